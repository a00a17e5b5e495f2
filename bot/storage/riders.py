"""Several rows told in one message: one carries the others, which share its fate.

A carrier's riders wait with it; one that ends without them leaves each to stand for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, or_, select, update

from bot.messages import DeliveryState, Purpose
from bot.storage.outbox import OPEN, set_row
from bot.storage.tables import outbox

_carrier = outbox.alias("carrier")
STANDS_ALONE = or_(  # what rides along is tried with its carrier; a carrier that ended frees it
    outbox.c.merged_into.is_(None),
    ~exists().where(_carrier.c.id == outbox.c.merged_into, _carrier.c.state.in_(OPEN)),
)

# Built once: building a statement costs more than SQLite takes to run it.
_STATE_OF_RIDERS = update(outbox).where(
    outbox.c.merged_into == bindparam("carrier"), outbox.c.state != DeliveryState.REFUSED
)
_BESIDE = select(outbox).where(
    outbox.c.contact_id.in_(bindparam("contact_ids", expanding=True)),
    outbox.c.purpose == Purpose.REMINDER,
    outbox.c.event_id.is_not(None),
    outbox.c.id.not_in(bindparam("but", expanding=True)),
    outbox.c.next_attempt_at <= bindparam("until"),
    outbox.c.state.in_(OPEN),
    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now")),
)


def reminders_beside(
    db: Connection, rows: Iterable[Row[Any]], until: datetime, now: datetime
) -> Sequence[Row[Any]]:
    """The reminders of events that wait, until a moment, for the people of these rows."""
    ids = {row.id: row.contact_id for row in rows}
    among = {"contact_ids": list(set(ids.values())), "but": list(ids), "until": until, "now": now}
    return db.execute(_BESIDE, among).all()


def set_riders(db: Connection, carrier_id: int, **values: Any) -> None:
    """Change what rides along with a row as the row itself is changed."""
    db.execute(_STATE_OF_RIDERS, {"carrier": carrier_id, **values})


def ride(
    db: Connection, outbox_id: int, carrier_id: int, until: datetime, archived: Mapping[str, Any]
) -> None:
    """Begin to send one leased row in the message of another."""
    begun = {"state": DeliveryState.SENDING, "merged_into": carrier_id, "lease_until": until}
    set_row(db, outbox_id, **begun, **archived)


def free_riders(db: Connection, carrier_id: int) -> None:
    """What rode along with a row stands for itself again."""
    freed = {"merged_into": None, "state": DeliveryState.WAITING, "lease_until": None}
    db.execute(_STATE_OF_RIDERS.where(outbox.c.state.in_(OPEN)), {"carrier": carrier_id, **freed})


def carries(db: Connection, outbox_id: int) -> bool:
    """Whether a message speaks of other rows too."""
    rider = select(outbox.c.id).where(outbox.c.merged_into == outbox_id).limit(1)
    return db.scalar(rider) is not None
