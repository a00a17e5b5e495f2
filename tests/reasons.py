"""What families have told of why they do not come, written without a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from bot.storage.database import Database
from bot.storage.tables import answers, contact_addresses, contacts, conversations

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def tell(database: Database, family_id: int, event_id: int, code: str, *, minutes: int = 0) -> None:
    """One family's word on one event."""
    with database.write() as db:
        who = db.execute(
            select(contacts.c.id, contact_addresses.c.address_id)
            .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
            .where(contacts.c.family_id == family_id)
            .order_by(contacts.c.rank)
        ).first()
        assert who is not None
        about = {"contact_id": who.id, "event_id": event_id}
        made = db.execute(
            insert(conversations).values(
                **about,
                address_id=who.address_id,
                flow="barrier",
                state={"question": "why"},
                awaiting=False,
                opened_at=AT,
                last_turn_at=AT,
            )
        ).inserted_primary_key
        assert made is not None
        db.execute(
            insert(answers).values(
                **about,
                conversation_id=made[0],
                family_id=family_id,
                question="barrier",
                code=code,
                wording="2026-11",
                language="fr",
                channel="sms",
                at=AT + timedelta(minutes=minutes),
            )
        )
