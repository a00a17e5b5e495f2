"""What parents sent beside words, and who of the team may open it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select

from bot.storage.console.families import belongs
from bot.storage.console.waiting import open_tasks
from bot.storage.tables import addresses, contacts, families, inbound, tasks


def file_seen(db: Connection, centre_id: int | None, inbound_id: int) -> Row[Any] | None:
    """One file: its kind, its provider's name for it, and where it came from.

    None where there is none that the reader may see: a family's is for its centres; a stranger's
    for whoever answers them, as long as they wait.
    """
    of_family = exists().where(
        contacts.c.id == inbound.c.contact_id,
        contacts.c.erased_at.is_(None),
        families.c.id == contacts.c.family_id,
        belongs(centre_id),
    )
    of_stranger = exists().where(tasks.c.address_id == inbound.c.address_id, open_tasks(centre_id))
    return db.execute(
        select(
            inbound.c.media,
            inbound.c.media_ref,
            inbound.c.guarded_by,
            addresses.c.channel,
            addresses.c.value,
        )
        .join(addresses, addresses.c.id == inbound.c.address_id)
        .where(
            inbound.c.id == inbound_id,
            inbound.c.media_ref.is_not(None),
            or_(of_family, and_(inbound.c.contact_id.is_(None), of_stranger)),
        )
    ).first()
