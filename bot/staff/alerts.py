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
from bot.storage import pocket
from bot.storage.console.waiting import waiting_parents
from bot.storage.pocket import Listener
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
        card = cards.question(shown[task.id])
        for one in who_hears(listeners, absences, task.centre_id, now):
            yield News(one.chat, subject, task.id, card)


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
