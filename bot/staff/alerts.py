"""Who is to be told what now: parents' questions and what the watchdog has seen, once each.

what waits x who hears it  -  what was told already  ->  news
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.staff import cards
from bot.staff.cards import Card
from bot.staff_chats import ROLES, Absences, hears_for, who_hears
from bot.storage import alarms, pocket
from bot.storage.console.waiting import waiting_parents
from bot.storage.pocket import Listener
from bot.storage.tasks import SAFEGUARDING
from bot.wallclock import local
from bot.watchdog import PEOPLE_WAIT, findings

DAY = timedelta(days=1)  # around midnight France is on two dates


@dataclass(frozen=True, slots=True)
class News:
    """One card for one chat; `subject` names it, so that nobody is told twice."""

    chat: str
    subject: str
    task_id: int | None
    card: Card


def news(db: Connection, now: datetime) -> tuple[News, ...]:
    """Everything that somebody is to be told and was not."""
    listeners = pocket.listeners(db)
    if not listeners:
        return ()
    absences = pocket.absences(db, (now - DAY).date())
    found = (
        *_alarms(db, listeners, now),
        *_questions(db, listeners, absences, now),
        *_findings(db, listeners, absences, now),
    )
    known = pocket.told(db, {one.subject for one in found})
    return tuple(one for one in found if (one.chat, one.subject) not in known)


def _questions(
    db: Connection, listeners: Sequence[Listener], absences: Absences, now: datetime
) -> Iterator[News]:
    """Parents who wait for a person's words: again each time that they write again."""
    tasks = pocket.waiting_tasks(db)
    if not tasks:
        return
    shown = {one.task_id: one for one in waiting_parents(db, None)}
    for task in tasks:
        if task.id not in shown:
            continue
        subject = f"task-{task.id}:{task.asked_at.timestamp():.0f}"
        if task.reason == SAFEGUARDING:
            acknowledged = alarms.who_acknowledged(db, task.id)
            if acknowledged is not None and task.asked_at > acknowledged.acknowledged_at:
                wrote = cards.wrote_again(shown[task.id].centre)
                for one in listeners:
                    if one.staff_id == acknowledged.id:
                        yield News(one.chat, subject, None, wrote)
            continue
        card = cards.question(shown[task.id])
        for one in who_hears(listeners, absences, task.centre_id, now):
            yield News(one.chat, subject, task.id, card)


def _alarms(db: Connection, listeners: Sequence[Listener], now: datetime) -> Iterator[News]:
    """Whom an alarm calls, and, once somebody has acknowledged it, that they need not come.

    No word of the parent leaves for Telegram, nor who they are.
    """
    calling = {one.id: one for one in alarms.calling(db)}
    for call in alarms.alerted(db, calling) if calling else ():
        alarm = calling[call.alarm_id]
        card = cards.alarm(alarm.task_id, alarm.centre or "", late=call.round > 0)
        for one in listeners:
            if one.staff_id == call.staff_id:
                yield News(one.chat, f"alarm-{alarm.id}:{call.round}", None, card)
    done = {one.id: one for one in alarms.acknowledged_since(db, now - DAY)}
    for call in alarms.alerted(db, done) if done else ():
        answered = done[call.alarm_id]
        for one in listeners:
            if one.staff_id == call.staff_id != answered.acknowledged_by:
                card = cards.somebody_comes(answered.name)
                yield News(one.chat, f"alarm-{answered.id}:done", None, card)


def _findings(
    db: Connection, listeners: Sequence[Listener], absences: Absences, now: datetime
) -> Iterator[News]:
    """What keeps families from their messages, once a day."""
    by_sight: dict[int | None, list[Listener]] = {}
    for one in listeners:
        if one.role in ROLES:
            by_sight.setdefault(one.centre_id, []).append(one)
    for centre_id, readers in by_sight.items():
        for found in findings(db, centre_id, now):
            if not found.grave or found.code == PEOPLE_WAIT:
                continue
            told = (each for one in readers for each in hears_for(one, listeners, absences, now))
            for one in dict.fromkeys(told):
                on = local(now, one.time_zone).date()
                yield News(one.chat, f"{found.code}:{on}", None, cards.finding(found))
