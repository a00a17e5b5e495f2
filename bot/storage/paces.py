"""When each sender's last messages left: the few seconds of them that all workers keep in sight.

How often a page's buttons were pressed lately rests here as well: the page is its own sender.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from bot.channels.limiter import WINDOW, Pace
from bot.storage.database import insert_row
from bot.storage.tables import paces

KEPT = 2 * WINDOW  # what left before that is in nobody's second any more
ON_ITS_WAY = timedelta(minutes=2)  # then the worker that sent it is gone
CLOCK_STEP = timedelta(minutes=1)  # nothing is planned further ahead: the clock was put back

# Built once: building a statement costs more than SQLite takes to run it.
_FORGET = delete(paces).where(
    paces.c.sender == bindparam("of_sender"),
    or_(
        and_(paces.c.gone_at.is_not(None), paces.c.gone_at < bindparam("over")),
        paces.c.at < bindparam("lost"),
        paces.c.at > bindparam("never"),
    ),
)
_OF_SENDER = select(paces.c.at, paces.c.weight, paces.c.gone_at, paces.c.address).where(
    paces.c.sender == bindparam("of_sender")
)
_GONE = (
    update(paces)
    .where(paces.c.id == bindparam("pace_id"), paces.c.gone_at.is_(None))
    .values(gone_at=bindparam("moment"))
)
_UNDO = delete(paces).where(paces.c.id == bindparam("pace_id"))
_FORGET_PRESSES = delete(paces).where(
    paces.c.sender.startswith(bindparam("of_pages"), autoescape=False),
    or_(paces.c.at <= bindparam("over"), paces.c.at > bindparam("never")),
)
_PRESSES = select(func.count()).where(paces.c.sender == bindparam("of_sender"))


def of_sender(
    db: Connection, sender: str, address: str, now: datetime
) -> tuple[Sequence[Pace], Sequence[Pace]]:
    """What of a sender's still counts, and what of that went to one address.

    No other worker reads or writes of this sender before the caller commits.
    """
    _alone(db, sender)
    moments = {"over": now - KEPT, "lost": now - ON_ITS_WAY, "never": now + CLOCK_STEP}
    db.execute(_FORGET, {"of_sender": sender, **moments})
    rows = db.execute(_OF_SENDER, {"of_sender": sender}).all()
    found = [(row.address, Pace(row.at, row.weight, row.gone_at)) for row in rows]
    return [one for _, one in found], [one for to, one in found if to == address]


def insert_pace(db: Connection, sender: str, address: str, weight: int, at: datetime) -> int:
    """Take a moment; give its row."""
    return insert_row(db, paces, sender=sender, address=address, weight=weight, at=at)


def set_gone(db: Connection, pace_id: int, at: datetime) -> None:
    """The provider has answered: the message has not arrived later than that."""
    db.execute(_GONE, {"pace_id": pace_id, "moment": at})


def give_back(db: Connection, pace_id: int) -> None:
    """Nothing leaves at this moment after all."""
    db.execute(_UNDO, {"pace_id": pace_id})


def press(
    db: Connection, pages: str, page: str, most: int, within: timedelta, now: datetime
) -> bool:
    """Whether one press more of this page is in order; it counts where it is.

    `pages` names its kind. What has left the window is forgotten, of every page of that kind.
    """
    sender = f"{pages}:{page}"
    _alone(db, sender)
    moments = {"over": now - within, "never": now + CLOCK_STEP}
    db.execute(_FORGET_PRESSES, {"of_pages": f"{pages}:", **moments})
    if int(db.scalar(_PRESSES, {"of_sender": sender}) or 0) >= most:
        return False
    insert_pace(db, sender, "", 1, now)
    return True


def _alone(db: Connection, sender: str) -> None:
    """Let no other worker read or write of a sender before the caller commits."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext(sender))))
