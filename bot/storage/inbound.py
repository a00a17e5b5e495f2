"""What arrived, by provider message, and what was understood of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, or_, select, update

from bot.storage.database import insert_once
from bot.storage.tables import inbound, outbox, tasks

MEDIA_STAYS = timedelta(days=30)
_SET_INBOUND = update(inbound).where(inbound.c.id == bindparam("inbound_id"))


def insert_inbound(db: Connection, **values: Any) -> int | None:
    """Write one arrival; None when this provider message was here before."""
    return insert_once(db, inbound, values)


def forget_media(db: Connection, now: datetime) -> None:
    """Forget where files of long ago are to be had, and places: nobody waits with them any more."""
    waits = exists().where(tasks.c.address_id == inbound.c.address_id, tasks.c.closed_at.is_(None))
    kept = or_(inbound.c.media_ref.is_not(None), inbound.c.latitude.is_not(None))
    old = inbound.c.at < now - MEDIA_STAYS
    nothing = {"media_ref": None, "latitude": None, "longitude": None}
    db.execute(update(inbound).where(kept, old, ~waits).values(nothing))


def set_inbound(db: Connection, inbound_id: int, **values: Any) -> None:
    """Complete one arrival with what was understood."""
    db.execute(_SET_INBOUND, {"inbound_id": inbound_id, **values})


def said_on_page(db: Connection, inbound_id: int) -> Sequence[Row[Any]]:
    """What was answered to one arrival on a link page."""
    return db.execute(
        select(outbox).where(outbox.c.inbound_id == inbound_id).order_by(outbox.c.id)
    ).all()


def arrival_id(db: Connection, channel: str, provider_id: str) -> int | None:
    """The row of one arrival."""
    return db.scalar(
        select(inbound.c.id).where(
            inbound.c.channel == channel, inbound.c.provider_id == provider_id
        )
    )
