"""Somebody may be in danger: a person is called at once, and again until one acknowledges.

    alarm --> who is on duty --> their deputy --> everybody, again and again --> acknowledged
                                                                                     |
    automation says nothing to that parent <------ until a person releases them -----'

What was decided rests in the tables: a process that dies between two calls loses nothing, and a
call that was made twice is one. Times and turns are in bot/calling.py. One transaction each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.calling import AGAIN_MINUTES, DEPUTY_MINUTES, MOST_MINUTES, Waits, calls_by, turns
from bot.errors import Rejected
from bot.flows.alarms import SAFETY
from bot.flows.base import CALL, RaiseAlarm
from bot.storage import alarms as stored
from bot.storage import alarms_kept as kept
from bot.storage import outbox, tasks
from bot.storage.alarms import Reader, What
from bot.storage.console.centres import ZONE
from bot.storage.tasks import SAFEGUARDING
from bot.wallclock import local

CALL_ME = "call_me"  # see understanding.alarm.Kind
WORDS_STAY = timedelta(days=365)  # once it is settled; for the data protection officer to confirm
AUDIT_STAYS = timedelta(days=365)  # who has opened what: six to twelve months is usual
HELD = "held"  # why what waits for a silenced parent waits


def reason_of(kind: str) -> str:
    """What a task is about that this kind of alarm opens."""
    if kind in SAFETY:
        return SAFEGUARDING
    return CALL if kind == CALL_ME else kind


def raise_alarm(
    db: Connection,
    heard: RaiseAlarm,
    task_id: int,
    inbound_id: int | None,
    language: str,
    now: datetime,
) -> None:
    """Keep what was heard; where somebody may be in danger, guard the words and call a person."""
    stored.insert_alarm(
        db,
        task_id=task_id,
        inbound_id=inbound_id,
        kind=heard.kind,
        evidence=heard.evidence,
        language=language,
        at=now,
    )
    if heard.kind in SAFETY:
        for one in stored.calling(db, task_id):
            _call(db, one, now)


def call_next(db: Connection, now: datetime) -> int:
    """Call whoever is to be called by now and was not; give how many."""
    return sum(_call(db, one, now) for one in stored.calling(db))


def anybody_to_call(db: Connection) -> bool:
    """Whether an alarm is still to be acknowledged. Reads only."""
    return bool(stored.calling(db))


def _call(db: Connection, alarm: Row[Any], now: datetime) -> int:
    centre_id = alarm.centre_id if alarm.centre_id is not None else stored.only_centre(db)
    today = local(now, alarm.time_zone or ZONE).date()
    people = stored.callable_people(db, centre_id, today)
    waits = Waits(
        timedelta(minutes=alarm.deputy_minutes or DEPUTY_MINUTES),
        timedelta(minutes=alarm.again_minutes or AGAIN_MINUTES),
    )
    found = calls_by(turns(people, stored.duty(db, centre_id), centre_id), alarm.at, now, waits)
    return sum(stored.insert_alert(db, alarm.id, one.staff_id, one.round, now) for one in found)


def acknowledge(db: Connection, reader: Reader, task_id: int, now: datetime) -> None:
    """Answer the call: this person takes care of it, and nobody else is called.

    Raises Rejected where somebody has answered before, or it was not for them to answer.
    """
    called = stored.was_called(db, reader.staff_id, task_id)
    if not (called or stored.may_read(db, reader, task_id)):
        raise Rejected("Cette alerte n'est pas pour vous : prévenez la personne d'astreinte.")
    if not stored.acknowledge(db, task_id, reader.staff_id, now):
        before = stored.who_acknowledged(db, task_id)
        name = before.name if before is not None else "Quelqu'un de l'équipe"
        raise Rejected(f"{name} s'en occupe déjà.")
    tasks.mark_taken(db, task_id, reader.staff_id, now)
    stored.note(db, reader.staff_id, What.ACKNOWLEDGED, now, task_id=task_id)


def release(db: Connection, task_id: int, staff_id: int, now: datetime) -> None:
    """Let automation speak again to whoever this task is about; what waits for them may leave.

    Raises Rejected where nothing is held back.
    """
    task = tasks.task(db, task_id)
    if task is None or not tasks.mark_released(db, task_id, staff_id, now):
        raise Rejected("Les messages automatiques ne sont pas retenus pour ce parent.")
    outbox.awaken_held(db, HELD, now)
    stored.note(db, staff_id, What.RELEASED, now, task_id=task_id)


def close_guarded(db: Connection, task_id: int, staff_id: int, now: datetime) -> None:
    """The parent has what they needed; automation is silent until they are released.

    Raises Rejected where nobody has acknowledged yet: an alarm is not closed unseen.
    """
    if any(one.task_id == task_id for one in stored.calling(db, task_id)):
        raise Rejected("Dites d'abord que vous vous en occupez.")
    tasks.mark_closed(db, task_id, staff_id, now)
    stored.note(db, staff_id, What.CLOSED, now, task_id=task_id)


def forget(db: Connection, now: datetime) -> int:
    """Remove what was kept long enough, and all of people who were erased; give how many alarms.

    That there was an alarm stays, with its kind, its day and how long until somebody answered.
    Where nobody has answered yet, everything stays: somebody may be in danger.
    """
    gone = kept.of_the_erased(db)
    if gone:
        kept.keep_past(db, [_past(one) for one in gone])
        kept.drop(db, [one.id for one in gone], [one.task_id for one in gone])
    kept.drop_audit_before(db, now - AUDIT_STAYS)
    return len(gone) + kept.blot_before(db, now - WORDS_STAY)


def _past(alarm: Row[Any]) -> dict[str, Any]:
    answered = alarm.acknowledged_at
    return {
        "kind": alarm.kind,
        "language": alarm.language,
        "centre_id": alarm.centre_id,
        "on": local(alarm.at, alarm.time_zone or ZONE).date(),
        "minutes": None if answered is None else (answered - alarm.at) // timedelta(minutes=1),
        "verdict": alarm.verdict,
    }


def set_duty(
    db: Connection, centre_id: int, staff_ids: Sequence[int], deputy: int, again: int
) -> None:
    """Say who is on duty in a centre, who is next, and how long each has.

    Raises Rejected for people who do not see its families, the same one twice, or odd minutes.
    """
    if len(set(staff_ids)) < len(staff_ids):
        raise Rejected("La personne d'astreinte et son adjointe sont deux personnes.")
    known = {one.id for one in stored.eligible(db, centre_id)}
    if not set(staff_ids) <= known:
        raise Rejected("Cette personne ne suit pas ce centre, ou n'y voit pas les familles.")
    for minutes in (deputy, again):
        if not 1 <= minutes <= MOST_MINUTES:
            raise Rejected(f"Le nombre de minutes va de 1 à {MOST_MINUTES}, pas {minutes}.")
    stored.set_duty(db, centre_id, staff_ids)
    stored.set_waits(db, centre_id, deputy, again)
