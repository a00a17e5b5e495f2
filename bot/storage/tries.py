"""Tries before the last one: where a message went that did not arrive, by noun.

The outbox row stays one and the same; it shows its last try only. A provider may still speak of an
earlier one, a parent may still answer it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from bot.storage.tables import earlier_tries


class Outcome(StrEnum):
    """Why another try followed. Values are stored."""

    AGAIN = "again"  # at the same address, a little later
    FAILED = "failed"  # by the next way: it could not be delivered there
    SILENT = "silent"  # by the next way: nobody said that it arrived


ELSEWHERE = (Outcome.FAILED, Outcome.SILENT)

# Built once: building a statement costs more than SQLite takes to run it.
_OF = (
    select(earlier_tries)
    .where(earlier_tries.c.outbox_id == bindparam("outbox_id"))
    .order_by(earlier_tries.c.id)
)
_BY_PROVIDER = (
    select(earlier_tries)
    .where(
        earlier_tries.c.channel == bindparam("channel"),
        earlier_tries.c.provider_id == bindparam("provider_id"),
    )
    .order_by(earlier_tries.c.id)
    .limit(1)
)
_LEFT_BEHIND = (
    select(earlier_tries)
    .where(
        earlier_tries.c.outbox_id.in_(bindparam("ids", expanding=True)),
        earlier_tries.c.outcome.in_(ELSEWHERE),
    )
    .order_by(earlier_tries.c.id)
)
_AT = select(func.count()).where(
    earlier_tries.c.outbox_id == bindparam("outbox_id"),
    earlier_tries.c.address_id == bindparam("address_id"),
)


def keep(
    db: Connection, row: Row[Any], address_id: int, channel: str, outcome: Outcome, now: datetime
) -> None:
    """Keep the try that an outbox row shows, before the next one takes its place."""
    db.execute(
        insert(earlier_tries).values(
            outbox_id=row.id,
            address_id=address_id,
            channel=channel,
            provider_id=row.provider_id,
            outcome=outcome,
            segments=row.segments if row.provider_id is not None else None,
            sent_at=row.sent_at,
            at=now,
        )
    )


def of(db: Connection, outbox_id: int) -> Sequence[Row[Any]]:
    """A message's tries before the last one, the first in front."""
    return db.execute(_OF, {"outbox_id": outbox_id}).all()


def by_provider_id(db: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The earlier try that a provider speaks of."""
    return db.execute(_BY_PROVIDER, {"channel": channel, "provider_id": provider_id}).first()


def how_many_at(db: Connection, outbox_id: int, address_id: int) -> int:
    """How often a message was tried at an address before the last time."""
    among = {"outbox_id": outbox_id, "address_id": address_id}
    return int(db.scalar(_AT, among) or 0)


def left_behind(db: Connection, outbox_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The last try of each message that the next way carries on from, by outbox id."""
    if not outbox_ids:
        return {}
    return {row.outbox_id: row for row in db.execute(_LEFT_BEHIND, {"ids": list(outbox_ids)})}
