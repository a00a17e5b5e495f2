"""What providers have said of what left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.storage import tries
from bot.storage.database import insert_of
from bot.storage.outbox import row
from bot.storage.tables import outbox, receipts

# Built once: building a statement costs more than SQLite takes to run it.
_RECEIPTS = select(receipts).where(
    receipts.c.channel == bindparam("channel"), receipts.c.provider_id == bindparam("provider_id")
)
_BY_PROVIDER = (
    select(outbox)
    .where(
        outbox.c.channel == bindparam("channel"), outbox.c.provider_id == bindparam("provider_id")
    )
    .order_by(outbox.c.id)
    .limit(1)
)


def by_provider_id(db: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The row that a provider's id belongs to; an edit keeps the id of what it replaces."""
    return db.execute(_BY_PROVIDER, {"channel": channel, "provider_id": provider_id}).first()


def tried_as(db: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The row that a provider's id belongs to or once did, before another try was made."""
    found = by_provider_id(db, channel, provider_id)
    if found is None:
        earlier = tries.by_provider_id(db, channel, provider_id)
        return row(db, earlier.outbox_id) if earlier is not None else None
    return found


def record_receipt(
    db: Connection, channel: str, provider_id: str, state: str, error_code: str, now: datetime
) -> bool:
    """Keep one word of a provider; False when it was known already."""
    done = db.execute(
        insert_of(db)(receipts)
        .values(
            channel=channel,
            provider_id=provider_id,
            state=state,
            error_code=error_code,
            at=now,
        )
        .on_conflict_do_nothing()
    )
    return bool(done.rowcount)


def receipts_of(db: Connection, channel: str, provider_id: str) -> Sequence[Row[Any]]:
    """Every word of a provider on one message."""
    return db.execute(_RECEIPTS, {"channel": channel, "provider_id": provider_id}).all()
