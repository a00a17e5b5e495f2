"""Who tries which row of the outbox, and until when: a worker's lease keeps the others away.

due --> lease --> take --> sent, or released, or held until a moment
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, or_, select, update

from bot.messages import DeliveryState, Purpose
from bot.storage.outbox import OPEN, rows
from bot.storage.riders import STANDS_ALONE
from bot.storage.tables import outbox

URGENCY = {  # a parent who has just written never waits behind a campaign
    Purpose.REPLY: 0,
    Purpose.STAFF: 0,
    Purpose.CHANGE: 1,
    Purpose.REMINDER: 2,
    Purpose.INVITATION: 3,
    Purpose.WELCOME: 4,
    Purpose.SURVEY: 5,
}

# Built once: building a statement costs more than SQLite takes to run it.
_TAKE = update(outbox).where(
    outbox.c.id == bindparam("outbox_id"),
    outbox.c.lease_until == bindparam("our_lease"),
    outbox.c.state.in_(OPEN),
)
_DUE = (
    select(outbox.c.id)
    .where(
        STANDS_ALONE,
        outbox.c.state.in_(OPEN),
        outbox.c.next_attempt_at <= bindparam("now"),
        or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now")),
    )
    .order_by(case(URGENCY, value=outbox.c.purpose), outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("most"))
)
_LEASE = update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_STILL_OURS = select(func.count()).where(
    outbox.c.id.in_(bindparam("ids", expanding=True)),
    outbox.c.lease_until == bindparam("our_lease"),
    outbox.c.state.in_(OPEN),
)


def due(db: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Rows that may be tried now, answers first; rows under another worker's lease are not."""
    first = _DUE.with_for_update(skip_locked=True) if db.dialect.name == "postgresql" else _DUE
    ids = list(db.scalars(first, {"now": now, "most": limit}))
    found = rows(db, ids)
    return [found[one] for one in ids]


def lease(db: Connection, ids: Iterable[int], until: datetime) -> None:
    """Keep other workers away from these rows until a moment."""
    db.execute(_LEASE, {"ids": list(ids), "lease_until": until})


def take(db: Connection, outbox_id: int, lease: datetime, **values: Any) -> bool:
    """Begin to send one leased row; False when it is not ours any more.

    A stop, a cancellation or another worker may have come between the lease and this moment.
    """
    ours = {"outbox_id": outbox_id, "our_lease": lease}
    done = db.execute(_TAKE, {**ours, "state": DeliveryState.SENDING, **values})
    return bool(done.rowcount)


def still_ours(db: Connection, ids: Collection[int], lease: datetime) -> bool:
    """Whether nobody has touched these rows since they were leased."""
    among = {"ids": list(ids), "our_lease": lease}
    return db.scalar(_STILL_OURS, among) == len(ids)


def release(db: Connection, ids: Iterable[int], lease: datetime) -> None:
    """Give rows of a lease back untouched."""
    ours = outbox.c.id.in_(list(ids)), outbox.c.lease_until == lease
    db.execute(update(outbox).where(*ours).values(lease_until=None))


def next_due_at(db: Connection) -> datetime | None:
    """When the next row may be tried."""
    query = select(func.min(outbox.c.next_attempt_at)).where(outbox.c.state.in_(OPEN), STANDS_ALONE)
    at: datetime | None = db.scalar(query)
    return at


def stuck(db: Connection, now: datetime, longer_than: timedelta) -> int:
    """How many rows should have left and did not."""
    count = select(func.count()).where(
        outbox.c.state.in_(OPEN), outbox.c.next_attempt_at <= now - longer_than
    )
    return int(db.scalar(count) or 0)


def hold(db: Connection, ids: Iterable[int], lease: datetime, until: datetime, reason: str) -> None:
    """Give rows of a lease back, not to be tried before a moment."""
    ours = outbox.c.id.in_(list(ids)), outbox.c.lease_until == lease
    held = {"next_attempt_at": until, "reason": reason, "lease_until": None}
    db.execute(update(outbox).where(*ours).values(**held))


def release_all(db: Connection) -> None:
    """Give every leased row back: their worker is gone."""
    db.execute(update(outbox).where(outbox.c.lease_until.is_not(None)).values(lease_until=None))
