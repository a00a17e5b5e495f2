"""What the pocket bot does for a person who works: one transaction each, cards out.

Each function asks first whether the reader may see what they name: an event or a parent of another
centre is answered like one that does not exist.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from bot.errors import Rejected
from bot.events import record_attendance
from bot.people import answer_parent, close_task, take_task
from bot.safeguarding import acknowledge
from bot.staff import cards
from bot.staff.cards import Card
from bot.staff_chats import bind_staff, hand_over
from bot.storage import alarms, pocket
from bot.storage.alarms import Reader
from bot.storage.console import events, invited
from bot.storage.console.centres import ZONE, centre_row
from bot.storage.console.lines import Waiting
from bot.storage.console.waiting import waiting_parents, waits
from bot.storage.staff import Staff
from bot.storage.tasks import SAFEGUARDING, task
from bot.wallclock import local


def start(db: Connection, code: str, chat: str, now: datetime) -> Card:
    """Bind this chat; who is bound already and sends no code is greeted."""
    if code:
        person = bind_staff(db, code, chat, now)
        return cards.welcome(person) if person is not None else cards.no_code()
    known = pocket.person_in(db, chat)
    return cards.welcome(known) if known is not None else cards.private()


def today(db: Connection, person: Staff, now: datetime) -> tuple[Card, ...]:
    """Today's events, the first one in front."""
    coming = events.coming_events(db, person.centre_id, now)
    return cards.today([one for one in coming if one.on == local(now, one.time_zone).date()])


def silent(db: Connection, person: Staff, event_id: int) -> Card:
    """Who has not answered."""
    event = events.event_line(db, person.centre_id, event_id)
    if event is None:
        return cards.gone()
    sent = invited.event_messages(db, event_id)
    return cards.silent(event, invited.households(db, person.centre_id, event_id, sent))


def ticks(db: Connection, person: Staff, event_id: int, page: int) -> Card:
    """The attendance of an event, one page of families."""
    event = events.event_line(db, person.centre_id, event_id)
    if event is None:
        return cards.gone()
    households = invited.households(db, person.centre_id, event_id, ())
    return cards.ticks(event, households, max(page, 0))


def tick(
    db: Connection,
    person: Staff,
    event_id: int,
    family_id: int,
    page: int,
    now: datetime,
    *,
    came: bool,
) -> Card:
    """Write whether one invited family came. Raises Rejected before the event's day."""
    if events.event_line(db, person.centre_id, event_id) is None:
        return cards.gone()
    if family_id in invited.attendance(db, event_id):
        record_attendance(db, event_id, {family_id: came}, now)
    return ticks(db, person, event_id, page)


def questions(db: Connection, person: Staff) -> tuple[tuple[int, Card], ...]:
    """Every parent who waits, by task."""
    return tuple((one.task_id, _asked(db, one)) for one in waiting_parents(db, person.centre_id))


def _asked(db: Connection, waiting: Waiting) -> Card:
    """A parent's words; of whoever may be in danger, that the console must be opened."""
    if waiting.reason != SAFEGUARDING:
        return cards.question(waiting)
    if not alarms.calling(db, waiting.task_id):
        return cards.only_in_the_console()
    return cards.alarm(waiting.task_id, waiting.centre)


def answer(
    db: Connection, person: Staff, chat: str, quoted: str, message_id: str, text: str, now: datetime
) -> Card:
    """Send a person's words to the parent whose message they reply to.

    The same reply brought twice is one answer. Raises Rejected for words that cannot leave.
    """
    task_id = pocket.task_behind(db, chat, quoted)
    if task_id is None:
        return cards.reply_how()
    waiting = {one.task_id: one for one in waiting_parents(db, person.centre_id)}
    if task_id not in waiting:
        return cards.gone()
    if waiting[task_id].reason == SAFEGUARDING:
        return cards.only_in_the_console()
    answer_parent(db, task_id, text, person.name, now, reply=f"{chat}-{message_id}")
    return cards.answered(waiting[task_id].channel)


def acknowledge_alarm(db: Connection, person: Staff, task_id: int, now: datetime) -> Card:
    """They answer the call. Raises Rejected where somebody has, or it was not for them."""
    if not waits(db, person.centre_id, task_id):
        return cards.gone()
    acknowledge(db, Reader(person.id, person.role, person.centre_id), task_id, now)
    return cards.alarm_is_mine()


def take(db: Connection, person: Staff, task_id: int, now: datetime) -> Card:
    """They take care of it: automation is silent meanwhile."""
    if not waits(db, person.centre_id, task_id):
        return cards.gone()
    if _is_guarded(db, task_id):
        return cards.only_in_the_console()
    take_task(db, task_id, person.id, now)
    return cards.taken()


def settle(db: Connection, person: Staff, task_id: int, now: datetime) -> Card:
    """The parent has what they needed."""
    if not waits(db, person.centre_id, task_id):
        return cards.gone()
    if _is_guarded(db, task_id):
        return cards.only_in_the_console()
    close_task(db, task_id, person.id, now)
    return cards.settled()


def _is_guarded(db: Connection, task_id: int) -> bool:
    row = task(db, task_id)
    return row is not None and row.reason == SAFEGUARDING


def absent(db: Connection, person: Staff, now: datetime) -> Card:
    """Who could hear the parents in this person's place."""
    on = _today(db, person, now)
    absent = (person.id, on) in pocket.absences(db, on)
    return cards.who_takes_over(pocket.colleagues(db, person), absent=absent)


def take_over(
    db: Connection, person: Staff, colleague_id: int, now: datetime
) -> tuple[Card, tuple[tuple[str, Card], ...]]:
    """Hand over until tonight, or come back (0); give what others are told, by chat."""
    on = _today(db, person, now)
    try:
        hand_over(db, person, colleague_id or None, on)
    except Rejected:
        return cards.gone(), ()
    if not colleague_id:
        return cards.is_back(), ()
    theirs = [one for one in pocket.listeners(db) if one.staff_id == colleague_id]
    heard = tuple((one.chat, cards.heard_for(person.name)) for one in theirs)
    return cards.handed_over(theirs[0].name), heard


def leave(db: Connection, chat: str) -> Card:
    """Unlink this chat."""
    pocket.unbind(db, chat)
    return cards.unlinked()


def _today(db: Connection, person: Staff, now: datetime) -> date:
    centre = centre_row(db, person.centre_id) if person.centre_id is not None else None
    return local(now, centre.time_zone if centre is not None else ZONE).date()
