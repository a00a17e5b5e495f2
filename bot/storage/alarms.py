"""What was heard that a person must see, whom it called, who has read it: by noun."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from bot.calling import DIRECTORS, Person
from bot.storage.database import insert_once, insert_row
from bot.storage.tables import (
    alarms,
    alerts,
    audit,
    centres,
    contacts,
    duties,
    families,
    inbound,
    staff,
    staff_absences,
    staff_chats,
    tasks,
)
from bot.storage.tasks import SILENCING

NAMES_SEEN = ("coordinator", "director", "admin")
URGENT = ("danger", "violence", "distress")
"""Kinds that call somebody at once; see understanding.alarm.Kind."""


class What(StrEnum):
    """What the audit keeps. Stored: add to them, never rename them."""

    OPENED = "opened"  # the words of one parent
    FILE = "file"  # something that came beside the words
    LISTED = "listed"  # the week's alarms, with the words that raised them
    EXPORTED = "exported"
    ACKNOWLEDGED = "acknowledged"
    RELEASED = "released"  # automation may speak again
    CLOSED = "closed"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who wants to see guarded words; `centre_id` None: they see every centre."""

    staff_id: int
    role: str
    centre_id: int | None


def insert_alarm(db: Connection, **values: Any) -> int:
    """Keep what was heard; give its id."""
    return insert_row(db, alarms, **values)


def guard(db: Connection, inbound_id: int, task_id: int) -> None:
    """Only the readers of this task may see these words from now on."""
    db.execute(update(inbound).where(inbound.c.id == inbound_id).values(guarded_by=task_id))


# -- who is called --------------------------------------------------------------------------------


def calling(db: Connection, task_id: int | None = None) -> Sequence[Row[Any]]:
    """The alarms that call somebody now: of each task, the eldest that nobody has acknowledged."""
    eldest = (
        select(func.min(alarms.c.id))
        .where(alarms.c.kind.in_(URGENT), alarms.c.acknowledged_at.is_(None))
        .group_by(alarms.c.task_id)
    )
    query = (
        select(
            alarms.c.id,
            alarms.c.task_id,
            alarms.c.at,
            tasks.c.centre_id,
            centres.c.name.label("centre"),
            centres.c.time_zone,
            centres.c.deputy_minutes,
            centres.c.again_minutes,
        )
        .join(tasks, tasks.c.id == alarms.c.task_id)
        .outerjoin(centres, centres.c.id == tasks.c.centre_id)
        .where(alarms.c.id.in_(eldest))
        .order_by(alarms.c.id)
    )
    return db.execute(query if task_id is None else query.where(tasks.c.id == task_id)).all()


def callable_people(db: Connection, centre_id: int | None, on: date) -> tuple[Person, ...]:
    """Everyone who may be called for a centre, and whether they are here on this day."""
    chat = exists().where(staff_chats.c.staff_id == staff.c.id)
    absent = exists().where(staff_absences.c.staff_id == staff.c.id, staff_absences.c.on == on)
    rows = db.execute(
        select(staff.c.id, staff.c.role, staff.c.centre_id, chat.label("chat"), absent.label("off"))
        .where(
            staff.c.disabled_at.is_(None),
            staff.c.role.in_(NAMES_SEEN),
            or_(staff.c.centre_id == centre_id, staff.c.centre_id.is_(None)),
        )
        .order_by(staff.c.id)
    )
    return tuple(
        Person(row.id, row.role, row.centre_id, has_chat=bool(row.chat), absent=bool(row.off))
        for row in rows
    )


def only_centre(db: Connection) -> int | None:
    """The centre of a stranger: the only one, if there is but one."""
    ids = db.scalars(select(centres.c.id).limit(2)).all()
    return int(ids[0]) if len(ids) == 1 else None


def insert_alert(db: Connection, alarm_id: int, staff_id: int, round_: int, now: datetime) -> bool:
    """Call a person in a round, once; False where they were called in it before."""
    values = {"alarm_id": alarm_id, "staff_id": staff_id, "round": round_, "at": now}
    return insert_once(db, alerts, values) is not None


def alerted(db: Connection, alarm_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The last call to each person, for these alarms."""
    return db.execute(
        select(alerts.c.alarm_id, alerts.c.staff_id, func.max(alerts.c.round).label("round"))
        .where(alerts.c.alarm_id.in_(alarm_ids))
        .group_by(alerts.c.alarm_id, alerts.c.staff_id)
        .order_by(alerts.c.alarm_id, alerts.c.staff_id)
    ).all()


def acknowledged_since(db: Connection, since: datetime) -> Sequence[Row[Any]]:
    """Alarms that somebody has acknowledged lately, with who."""
    return db.execute(
        select(alarms.c.id, alarms.c.task_id, alarms.c.acknowledged_by, staff.c.name)
        .join(staff, staff.c.id == alarms.c.acknowledged_by)
        .where(alarms.c.acknowledged_at > since, alarms.c.kind.in_(URGENT))
        .order_by(alarms.c.id)
    ).all()


def acknowledge(db: Connection, task_id: int, staff_id: int, now: datetime) -> bool:
    """Answer the call of a task; False where somebody has already."""
    done = db.execute(
        update(alarms)
        .where(
            alarms.c.task_id == task_id,
            alarms.c.kind.in_(URGENT),
            alarms.c.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=now, acknowledged_by=staff_id)
    )
    return bool(done.rowcount)


def who_acknowledged(db: Connection, task_id: int) -> Row[Any] | None:
    """Who answered the last call of a task, and when; None: nobody has, or none was made."""
    return db.execute(
        select(staff.c.id, staff.c.name, alarms.c.acknowledged_at)
        .join(staff, staff.c.id == alarms.c.acknowledged_by)
        .where(alarms.c.task_id == task_id)
        .order_by(alarms.c.id.desc())
        .limit(1)
    ).first()


# -- who is on duty -------------------------------------------------------------------------------


def duty(db: Connection, centre_id: int | None) -> tuple[int, ...]:
    """Who is on duty in a centre, and then who is next."""
    query = select(duties.c.staff_id).where(duties.c.centre_id == centre_id)
    return tuple(db.scalars(query.order_by(duties.c.rank)))


def set_duty(db: Connection, centre_id: int, staff_ids: Sequence[int]) -> None:
    """Let these people be on duty from now on, in this order."""
    db.execute(delete(duties).where(duties.c.centre_id == centre_id))
    rows = [
        {"centre_id": centre_id, "staff_id": one, "rank": rank}
        for rank, one in enumerate(staff_ids, start=1)
    ]
    if rows:
        db.execute(insert(duties), rows)


def set_waits(db: Connection, centre_id: int, deputy: int, again: int) -> None:
    """Let a centre's deputy, and then everybody, be called after so many minutes."""
    db.execute(
        update(centres)
        .where(centres.c.id == centre_id)
        .values(deputy_minutes=deputy, again_minutes=again)
    )


def eligible(db: Connection, centre_id: int) -> Sequence[Row[Any]]:
    """Who may be on duty in a centre: those who see its families, by name."""
    chat = exists().where(staff_chats.c.staff_id == staff.c.id)
    return db.execute(
        select(
            staff.c.id,
            staff.c.name,
            staff.c.email,
            staff.c.role,
            staff.c.centre_id,
            chat.label("has_chat"),
        )
        .where(
            staff.c.disabled_at.is_(None),
            staff.c.role.in_(NAMES_SEEN),
            or_(staff.c.centre_id == centre_id, staff.c.centre_id.is_(None)),
        )
        .order_by(staff.c.name)
    ).all()


def duty_lists(db: Connection, centre_id: int | None) -> Sequence[Row[Any]]:
    """The centres that the reader may see, with how long their turns last."""
    query = select(
        centres.c.id, centres.c.name, centres.c.deputy_minutes, centres.c.again_minutes
    ).order_by(centres.c.name)
    return db.execute(query if centre_id is None else query.where(centres.c.id == centre_id)).all()


# -- who may read ---------------------------------------------------------------------------------


def of_reader(reader: Reader, centre: ColumnElement[Any]) -> ColumnElement[bool]:
    """Rows of the reader's own centre; a stranger belongs to the only one, or to none."""
    if reader.centre_id is None:
        return true()
    only_one = select(func.count()).select_from(centres).scalar_subquery() == 1
    return or_(centre == reader.centre_id, and_(centre.is_(None), only_one))


def readable_tasks(reader: Reader) -> ColumnElement[bool]:
    """Guarded tasks whose words this person may open.

    Directors and admins; who is on duty in the centre, first or deputy; who has answered the call.
    """
    if reader.role not in NAMES_SEEN:
        return ~true()
    seen = of_reader(reader, tasks.c.centre_id)
    if reader.role in DIRECTORS:
        return seen
    home = func.coalesce(tasks.c.centre_id, reader.centre_id)
    on_duty = exists().where(duties.c.centre_id == home, duties.c.staff_id == reader.staff_id)
    answered = exists().where(
        alarms.c.task_id == tasks.c.id, alarms.c.acknowledged_by == reader.staff_id
    )
    return and_(seen, or_(on_duty, answered))


def may_read(db: Connection, reader: Reader, task_id: int) -> bool:
    """Whether this person may open the words of a task."""
    query = select(exists().where(tasks.c.id == task_id, readable_tasks(reader)))
    return bool(db.scalar(query))


def readable_of(db: Connection, reader: Reader, task_ids: Collection[int]) -> frozenset[int]:
    """Those of some tasks whose words this person may open."""
    query = select(tasks.c.id).where(tasks.c.id.in_(task_ids), readable_tasks(reader))
    return frozenset(db.scalars(query)) if task_ids else frozenset()


def was_called(db: Connection, staff_id: int, task_id: int) -> bool:
    """Whether an alarm of this task has called this person."""
    query = (
        select(alerts.c.id)
        .join(alarms, alarms.c.id == alerts.c.alarm_id)
        .where(alarms.c.task_id == task_id, alerts.c.staff_id == staff_id)
        .limit(1)
    )
    return db.scalar(query) is not None


def sees_lists(db: Connection, reader: Reader) -> bool:
    """Whether this person may read the weeks' alarms: directors, admins, who is on duty."""
    if reader.role in DIRECTORS:
        return True
    theirs = exists().where(
        duties.c.staff_id == reader.staff_id, duties.c.centre_id == reader.centre_id
    )
    return reader.role in NAMES_SEEN and bool(db.scalar(select(theirs)))


def note(
    db: Connection,
    staff_id: int,
    what: What,
    now: datetime,
    *,
    task_id: int | None = None,
    centre_id: int | None = None,
) -> None:
    """Append one line to the audit."""
    if task_id is not None:
        centre_id = db.scalar(select(tasks.c.centre_id).where(tasks.c.id == task_id))
    values = {"staff_id": staff_id, "what": what, "at": now, "task_id": task_id}
    db.execute(insert(audit).values(**values, centre_id=centre_id))


def audited(
    db: Connection,
    reader: Reader,
    *,
    task_id: int | None = None,
    between: tuple[datetime, datetime] | None = None,
) -> Sequence[Row[Any]]:
    """Who opened what, the latest first: of one task, or of some time."""
    query = (
        select(audit.c.at, audit.c.what, audit.c.task_id, staff.c.name)
        .join(staff, staff.c.id == audit.c.staff_id)
        .where(of_reader(reader, audit.c.centre_id))
        .order_by(audit.c.at.desc(), audit.c.id.desc())
    )
    if task_id is not None:
        query = query.where(audit.c.task_id == task_id)
    if between is not None:
        query = query.where(audit.c.at >= between[0], audit.c.at < between[1])
    return db.execute(query).all()


# -- what was heard -------------------------------------------------------------------------------


def unanswered(db: Connection, reader: Reader) -> int:
    """How many tasks of the reader's centre call somebody, and nobody has answered."""
    query = (
        select(func.count(func.distinct(tasks.c.id)))
        .join(alarms, alarms.c.task_id == tasks.c.id)
        .where(
            alarms.c.kind.in_(URGENT),
            alarms.c.acknowledged_at.is_(None),
            of_reader(reader, tasks.c.centre_id),
        )
    )
    return int(db.scalar(query) or 0)


def silenced(db: Connection, reader: Reader) -> Sequence[Row[Any]]:
    """Those for whom automation is silent until a person releases them, the eldest first."""
    return db.execute(
        select(
            tasks.c.id,
            tasks.c.reason,
            tasks.c.opened_at,
            tasks.c.closed_at,
            tasks.c.family_id,
            families.c.reference,
            contacts.c.name,
            centres.c.name.label("centre"),
            centres.c.time_zone,
        )
        .outerjoin(families, families.c.id == tasks.c.family_id)
        .outerjoin(contacts, contacts.c.id == tasks.c.contact_id)
        .outerjoin(centres, centres.c.id == tasks.c.centre_id)
        .where(silencing(), of_reader(reader, tasks.c.centre_id))
        .order_by(tasks.c.opened_at, tasks.c.id)
    ).all()


def silencing() -> ColumnElement[bool]:
    """Tasks that keep automation silent."""
    return and_(tasks.c.reason.in_(SILENCING), tasks.c.released_at.is_(None))


def heard_between(
    db: Connection, reader: Reader, since: datetime, until: datetime
) -> Sequence[Row[Any]]:
    """Every alarm of some time with what was done about it, the latest first."""
    judge, answered, taken = (staff.alias(one) for one in ("judge", "answered", "taken"))
    return db.execute(
        select(
            alarms.c.id,
            alarms.c.task_id,
            alarms.c.kind,
            alarms.c.evidence,
            alarms.c.language,
            alarms.c.at,
            alarms.c.acknowledged_at,
            alarms.c.verdict,
            tasks.c.taken_at,
            tasks.c.answered_at,
            tasks.c.closed_at,
            judge.c.name.label("judge"),
            answered.c.name.label("acknowledged_name"),
            taken.c.name.label("taken_name"),
            centres.c.name.label("centre"),
            centres.c.time_zone,
        )
        .join(tasks, tasks.c.id == alarms.c.task_id)
        .outerjoin(centres, centres.c.id == tasks.c.centre_id)
        .outerjoin(judge, judge.c.id == alarms.c.verdict_by)
        .outerjoin(answered, answered.c.id == alarms.c.acknowledged_by)
        .outerjoin(taken, taken.c.id == tasks.c.taken_by)
        .where(alarms.c.at >= since, alarms.c.at < until, of_reader(reader, tasks.c.centre_id))
        .order_by(alarms.c.at.desc(), alarms.c.id.desc())
    ).all()


def hints(db: Connection, reader: Reader) -> Sequence[Row[Any]]:
    """The words that raised alarms, how often, and how often for nothing: for a translator."""
    false = func.sum(case((alarms.c.verdict == "false", 1), else_=0))
    true_ = func.sum(case((alarms.c.verdict == "true", 1), else_=0))
    return db.execute(
        select(
            alarms.c.language,
            alarms.c.kind,
            alarms.c.evidence,
            func.count().label("alarms"),
            false.label("false"),
            true_.label("true"),
        )
        .join(tasks, tasks.c.id == alarms.c.task_id)
        .where(of_reader(reader, tasks.c.centre_id), alarms.c.evidence != "")
        .group_by(alarms.c.language, alarms.c.kind, alarms.c.evidence)
        .order_by(false.desc(), alarms.c.language, alarms.c.kind, alarms.c.evidence)
    ).all()


def judge(
    db: Connection, reader: Reader, verdicts: Mapping[int, str], now: datetime
) -> tuple[int, ...]:
    """Write what a reader thinks of some alarms; give the tasks of those that it changes."""
    found: list[int] = []
    for alarm_id, verdict in verdicts.items():
        row = db.execute(
            select(alarms.c.task_id, alarms.c.verdict)
            .join(tasks, tasks.c.id == alarms.c.task_id)
            .where(alarms.c.id == alarm_id, of_reader(reader, tasks.c.centre_id))
        ).first()
        if row is None or row.verdict == verdict:
            continue
        values = {"verdict": verdict, "verdict_by": reader.staff_id, "verdict_at": now}
        db.execute(update(alarms).where(alarms.c.id == alarm_id).values(**values))
        found.append(int(row.task_id))
    return tuple(found)
