"""A person answers a parent; automation is silent meanwhile. One transaction each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.errors import Rejected
from bot.messages import Purpose, key_of, say
from bot.storage import contacts, outbox, tasks

TALK = timedelta(hours=24)  # how long automation is silent once a person answers or takes over
GUARDED = "guarded"  # the step of words that only those who take care of somebody may read
LONGEST = 600  # signs; four SMS


def answer_parent(
    db: Connection, task_id: int, text: str, name: str, now: datetime, *, reply: str = ""
) -> int:
    """Write a person's words to the parent who waits; give the outbox row's id.

    `reply` names the message in which they wrote: brought twice, it is one answer. Raises Rejected
    when the text is empty or too long, or nobody waits there any more.
    """
    text = text.strip()
    if not text:
        raise Rejected("Écrivez votre réponse avant d'envoyer.")
    if len(text) > LONGEST:
        raise Rejected(f"Votre réponse est trop longue : {LONGEST} signes au plus.")
    task = tasks.task(db, task_id)
    if task is None:
        raise Rejected("Ce message n'existe pas.")
    person = contacts.person(db, task.contact_id) if task.contact_id is not None else None
    if person is not None and person.stopped_at is not None:
        raise Rejected("Ce parent ne veut plus de messages. Appelez-le ou parlez-lui au centre.")
    tasks.mark_answered(db, task_id, now)
    said = reply or f"{now.timestamp():.6f}"
    says = (say("{name} from the team:", name=name), say("{text}", text=text))
    return outbox.insert_one(
        db,
        key=key_of(Purpose.STAFF, f"task-{task_id}", 1, f"answer-{said}", "1"),
        purpose=Purpose.STAFF,
        step=GUARDED if task.reason == tasks.SAFEGUARDING else "",
        says=says,
        contact_id=task.contact_id,
        family_id=task.family_id,
        centre_id=task.centre_id,
        address_id=task.address_id,
        now=now,
    )


def take_task(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> None:
    """Somebody takes care of it: automation is silent from now on, as after an answer.

    Raises Rejected where nobody waits there any more.
    """
    task = tasks.task(db, task_id)
    if task is None or task.closed_at is not None:
        raise Rejected("Ce parent n'attend plus : la demande est déjà réglée.")
    tasks.mark_taken(db, task_id, staff_id, now)


def silent_until(task: Row[Any]) -> datetime | None:
    """Until when a task keeps automation silent; None: nobody has answered or taken it."""
    spoken = [at for at in (task.answered_at, task.taken_at) if at is not None]
    return max(spoken) + TALK if spoken else None


def close_task(db: Connection, task_id: int, staff_id: int | None, now: datetime) -> None:
    """The parent has what they needed; automation may speak again."""
    tasks.mark_closed(db, task_id, staff_id, now)


def pause_family(
    db: Connection, family_id: int, until: datetime | None, reason: str, now: datetime
) -> None:
    """Hold everything automatic for one family until a date, or (None) let it go on.

    Raises Rejected when the date has passed or no reason is given.
    """
    if until is not None and until <= now:
        raise Rejected("La fin de la pause doit être une date à venir.")
    if until is not None and not reason.strip():
        raise Rejected("Dites pourquoi, pour vos collègues.")
    tasks.set_pause(db, family_id, until, reason.strip())
