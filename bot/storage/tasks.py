"""Parents who wait for a person, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from bot.flows.base import CALL
from bot.storage.database import insert_row
from bot.storage.tables import families, tasks

UNREACHABLE = "unreachable"  # nobody waits for an answer: we could not say something
SAFEGUARDING = "safeguarding"  # somebody may be in danger
WRONG_NUMBER = "wrong_number"
SILENCING = (SAFEGUARDING, WRONG_NUMBER, "bereavement", "moving")
"""Reasons that keep automation silent until a person releases it, the task closed or not."""

URGENCY = {one: place for place, one in enumerate((*SILENCING, CALL))}
"""What a task is about where there are several reasons: the first of these, else the eldest."""

_OPEN_TASK = (
    select(tasks)
    .where(
        tasks.c.address_id == bindparam("address_id"),
        tasks.c.closed_at.is_(None),
        tasks.c.reason != UNREACHABLE,
    )
    .order_by(tasks.c.id.desc())
    .limit(1)
)

_OPEN_ABOUT = select(tasks.c.id).where(
    tasks.c.outbox_id == bindparam("outbox_id"), tasks.c.closed_at.is_(None)
)


def task(db: Connection, task_id: int) -> Row[Any] | None:
    """One task's row."""
    return db.execute(select(tasks).where(tasks.c.id == task_id)).first()


def open_task(db: Connection, address_id: int) -> Row[Any] | None:
    """The open task of an address whose parent waits for a person; there is at most one."""
    return db.execute(_OPEN_TASK, {"address_id": address_id}).first()


def having_open(db: Connection, contact_ids: Iterable[int], reason: str) -> frozenset[int]:
    """Those of several people who have an open task for this reason."""
    return frozenset(
        db.scalars(
            select(tasks.c.contact_id).where(
                tasks.c.contact_id.in_(list(contact_ids)),
                tasks.c.reason == reason,
                tasks.c.closed_at.is_(None),
            )
        )
    )


def open_about(db: Connection, outbox_id: int) -> int | None:
    """The open task of a message that did not arrive."""
    return db.scalar(_OPEN_ABOUT, {"outbox_id": outbox_id})


def insert_task(db: Connection, **values: Any) -> int:
    """Open a task; give its id."""
    return insert_row(db, tasks, **values)


def open_or_keep(db: Connection, address_id: int, **values: Any) -> int:
    """Open a task for an address, or keep the one that is open; give its id.

    Whoever writes again while their task is open waits again, for the most urgent of the reasons:
    who asks for a call waits for that, and nothing takes an alarm back.
    """
    standing = open_task(db, address_id)
    if standing is not None:
        changed = {"asked_at": values["opened_at"]}
        reason = values["reason"]
        if _place(reason) <= _place(standing.reason) and reason in URGENCY:
            changed |= {"reason": reason}
            if reason in SILENCING:
                changed |= {"released_at": None, "released_by": None}
        db.execute(update(tasks).where(tasks.c.id == standing.id).values(changed))
        return int(standing.id)
    return insert_task(db, address_id=address_id, asked_at=values["opened_at"], **values)


def mark_answered(db: Connection, task_id: int, now: datetime) -> None:
    """A person has written; the task stays open until they close it."""
    db.execute(update(tasks).where(tasks.c.id == task_id).values(answered_at=now))


def mark_taken(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> None:
    """A person takes care of it; the parent still waits for an answer."""
    db.execute(update(tasks).where(tasks.c.id == task_id).values(taken_at=now, taken_by=staff_id))


def mark_closed(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> None:
    """The parent has what they needed."""
    db.execute(
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=staff_id)
    )


def holds_on(
    db: Connection,
    contact_ids: Iterable[int],
    family_ids: Iterable[int],
    address_ids: Iterable[int],
) -> Sequence[Row[Any]]:
    """The tasks that keep automation silent for some of these people, or at these addresses."""
    theirs = or_(
        tasks.c.contact_id.in_(list(contact_ids)),
        tasks.c.family_id.in_(list(family_ids)),
        tasks.c.address_id.in_(list(address_ids)),
    )
    return db.execute(
        select(
            tasks.c.id, tasks.c.reason, tasks.c.contact_id, tasks.c.family_id, tasks.c.address_id
        ).where(tasks.c.reason.in_(SILENCING), tasks.c.released_at.is_(None), theirs)
    ).all()


def holds(row: Row[Any], contact_id: int | None, family_id: int | None, address_id: int) -> bool:
    """Whether a silencing task is about this person, at this address.

    A wrong number is about the number; a death and a move are about the household; an alarm about
    whoever wrote, wherever, and about everybody on that phone.
    """
    if row.reason in (WRONG_NUMBER, SAFEGUARDING) and row.address_id == address_id:
        return True
    if row.reason == WRONG_NUMBER:
        return False
    if row.reason == SAFEGUARDING:
        return contact_id is not None and row.contact_id == contact_id
    return family_id is not None and row.family_id == family_id


def mark_released(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> bool:
    """Automation may speak again to whoever a task is about; False where it may already."""
    row = task(db, task_id)
    if row is None:
        return False
    same = tasks.c.address_id == row.address_id
    if row.contact_id is not None:
        same = or_(same, tasks.c.contact_id == row.contact_id)
    done = db.execute(
        update(tasks)
        .where(same, tasks.c.reason.in_(SILENCING), tasks.c.released_at.is_(None))
        .values(released_at=now, released_by=staff_id)
    )
    return bool(done.rowcount)


def set_pause(db: Connection, family_id: int, until: datetime | None, reason: str) -> None:
    """Write or lift a family's pause."""
    db.execute(
        update(families)
        .where(families.c.id == family_id)
        .values(paused_until=until, pause_reason=reason if until else "")
    )


def _place(reason: str) -> int:
    return URGENCY.get(reason, len(URGENCY))
