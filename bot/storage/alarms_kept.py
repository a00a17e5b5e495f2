"""How long what was heard is kept: words go after a time, and with the person; numbers stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.storage.alarms import URGENT, Reader, of_reader
from bot.storage.tables import (
    alarms,
    alerts,
    audit,
    centres,
    contacts,
    inbound,
    past_alarms,
    tasks,
)


def of_the_erased(db: Connection) -> Sequence[Row[Any]]:
    """The alarms of people whose details were erased, save those that still call somebody."""
    erased = select(contacts.c.id).where(contacts.c.erased_at.is_not(None))
    return db.execute(
        select(alarms, tasks.c.centre_id, centres.c.time_zone)
        .join(tasks, tasks.c.id == alarms.c.task_id)
        .outerjoin(centres, centres.c.id == tasks.c.centre_id)
        .where(
            tasks.c.contact_id.in_(erased),
            or_(alarms.c.kind.not_in(URGENT), alarms.c.acknowledged_at.is_not(None)),
        )
        .order_by(alarms.c.id)
    ).all()


def keep_past(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep that there were alarms, without words and without whose they were."""
    if rows:
        db.execute(insert(past_alarms), rows)


def drop(db: Connection, alarm_ids: Sequence[int], task_ids: Sequence[int]) -> None:
    """Drop alarms, whom they called and the words that their tasks guard.

    The audit stays, and says no more about whom.
    """
    db.execute(delete(alerts).where(alerts.c.alarm_id.in_(alarm_ids)))
    db.execute(delete(alarms).where(alarms.c.id.in_(alarm_ids)))
    db.execute(update(audit).where(audit.c.task_id.in_(task_ids)).values(task_id=None))
    _blot_guarded(db, inbound.c.guarded_by.in_(task_ids))


def blot_before(db: Connection, before: datetime) -> int:
    """Remove the words of settled alarms that are older; the alarms stay. Give how many."""
    settled = select(tasks.c.id).where(tasks.c.closed_at < before)
    old = and_(alarms.c.at < before, alarms.c.task_id.in_(settled), alarms.c.evidence != "")
    done = db.execute(update(alarms).where(old).values(evidence="")).rowcount
    _blot_guarded(db, and_(inbound.c.at < before, inbound.c.guarded_by.in_(settled)))
    return int(done)


def drop_audit_before(db: Connection, before: datetime) -> int:
    """Drop what the audit has kept long enough; give how many lines."""
    return int(db.execute(delete(audit).where(audit.c.at < before)).rowcount)


def past_between(
    db: Connection, reader: Reader, since: date, until: date
) -> Sequence[tuple[str, str, int, int]]:
    """How many alarms of erased people there were, and how many false, by kind and language."""
    false = func.count().filter(past_alarms.c.verdict == "false")
    rows = db.execute(
        select(past_alarms.c.kind, past_alarms.c.language, func.count(), false)
        .where(
            past_alarms.c.on >= since,
            past_alarms.c.on < until,
            of_reader(reader, past_alarms.c.centre_id),
        )
        .group_by(past_alarms.c.kind, past_alarms.c.language)
    )
    return [(kind, language, int(count), int(mistaken)) for kind, language, count, mistaken in rows]


def _blot_guarded(db: Connection, which: ColumnElement[bool]) -> None:
    db.execute(update(inbound).where(which, inbound.c.text != "").values(text=""))
