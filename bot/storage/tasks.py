"""Parents who wait for a person, by noun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.storage.tables import families, tasks

_OPEN_TASK = (
    select(tasks)
    .where(tasks.c.address_id == bindparam("address_id"), tasks.c.closed_at.is_(None))
    .order_by(tasks.c.id.desc())
    .limit(1)
)


def task(db: Connection, task_id: int) -> Row[Any] | None:
    """One task's row."""
    return db.execute(select(tasks).where(tasks.c.id == task_id)).first()


def open_task(db: Connection, address_id: int) -> Row[Any] | None:
    """The open task of an address; there is at most one."""
    return db.execute(_OPEN_TASK, {"address_id": address_id}).first()


def open_or_keep(db: Connection, address_id: int, **values: Any) -> int:
    """Open a task for an address, or keep the one that is open; give its id.

    Whoever writes again while their task is open waits again.
    """
    standing = open_task(db, address_id)
    if standing is not None:
        db.execute(
            update(tasks).where(tasks.c.id == standing.id).values(asked_at=values["opened_at"])
        )
        return int(standing.id)
    new = insert(tasks).values(address_id=address_id, asked_at=values["opened_at"], **values)
    key = db.execute(new).inserted_primary_key
    assert key is not None
    return int(key[0])


def mark_answered(db: Connection, task_id: int, now: datetime) -> None:
    """A person has written; the task stays open until they close it."""
    db.execute(update(tasks).where(tasks.c.id == task_id).values(answered_at=now))


def mark_closed(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> None:
    """The parent has what they needed."""
    db.execute(
        update(tasks)
        .where(tasks.c.id == task_id, tasks.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=staff_id)
    )


def set_pause(db: Connection, family_id: int, until: datetime | None, reason: str) -> None:
    """Write or lift a family's pause."""
    db.execute(
        update(families)
        .where(families.c.id == family_id)
        .values(paused_until=until, pause_reason=reason if until else "")
    )
