"""Messages of whose fate no word has come, and when their provider is asked, by noun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from bot.messages import DeliveryState
from bot.storage.console.centres import of_centre
from bot.storage.tables import outbox

ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)

# Built once: building a statement costs more than SQLite takes to run it.
_UNTOLD = (
    select(outbox.c.id, outbox.c.channel, outbox.c.provider_id, outbox.c.sent_at)
    .where(
        outbox.c.state == DeliveryState.SENT,
        outbox.c.next_attempt_at > bindparam("since"),
        outbox.c.channel.in_(bindparam("channels", expanding=True)),
        outbox.c.provider_id.is_not(None),
        outbox.c.merged_into.is_(None),  # its carrier's fate is its own
        outbox.c.sent_at <= bindparam("until"),
        or_(outbox.c.ask_at.is_(None), outbox.c.ask_at <= bindparam("now")),
    )
    .order_by(func.coalesce(outbox.c.ask_at, outbox.c.sent_at), outbox.c.id)
    .limit(bindparam("most"))
)
_ASK_AT = (
    update(outbox)
    .where(outbox.c.id == bindparam("outbox_id"), outbox.c.provider_id == bindparam("theirs"))
    .values(ask_at=bindparam("moment"))
)


def untold(
    db: Connection,
    channels: Collection[str],
    since: datetime,
    until: datetime,
    now: datetime,
    most: int,
) -> Sequence[Row[Any]]:
    """What left by these channels between two moments and has no word; who waits longest first."""
    among = {"channels": list(channels), "since": since, "until": until, "now": now, "most": most}
    return db.execute(_UNTOLD, among).all()


def set_ask_at(db: Connection, outbox_id: int, provider_id: str, at: datetime) -> None:
    """Ask about a message again then, if no word of it comes; not if it left anew since."""
    db.execute(_ASK_AT, {"outbox_id": outbox_id, "theirs": provider_id, "moment": at})


def mute_and_heard(
    db: Connection, centre_id: int | None, since: datetime, until: datetime
) -> dict[str, tuple[int, int]]:
    """By channel, of what left between two moments: what nobody told us of, and what they did.

    What had to be asked for was not told. `centre_id` None: of every centre.
    """
    arrived = outbox.c.state.in_(ARRIVED)
    asked_for = and_(arrived, outbox.c.ask_at.is_not(None))
    rows = db.execute(
        select(
            outbox.c.channel,
            func.count().filter(or_(outbox.c.state == DeliveryState.SENT, asked_for)).label("mute"),
            func.count().filter(arrived, outbox.c.ask_at.is_(None)).label("heard"),
        )
        .where(
            outbox.c.state.in_((DeliveryState.SENT, *ARRIVED)),
            outbox.c.next_attempt_at > since,
            outbox.c.sent_at <= until,
            outbox.c.merged_into.is_(None),
            of_centre(outbox.c.centre_id, centre_id),
        )
        .group_by(outbox.c.channel)
    )
    return {row.channel: (row.mute, row.heard) for row in rows}
