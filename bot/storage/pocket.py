"""Chats of people who work: who is behind them, what they were told, and who hears for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from bot.storage.database import insert_once
from bot.storage.staff import Staff
from bot.storage.tables import (
    centres,
    pocket_messages,
    staff,
    staff_absences,
    staff_chats,
    staff_codes,
    tasks,
)

ZONE = "Europe/Paris"  # the wall clock of those who see every centre


@dataclass(frozen=True, slots=True)
class Listener:
    """A person who works, in one chat."""

    chat: str
    staff_id: int
    name: str
    role: str
    centre_id: int | None
    time_zone: str


def insert_code(db: Connection, staff_id: int, code_hash: bytes, expires_at: datetime) -> None:
    """Keep a one-time code, by its hash."""
    values = {"staff_id": staff_id, "code_hash": code_hash, "expires_at": expires_at}
    db.execute(insert(staff_codes).values(**values))


def use_code(db: Connection, code_hash: bytes, now: datetime) -> int | None:
    """Spend a code; give whose it was, or None for one that is unknown, spent or too old."""
    mine = (
        staff_codes.c.code_hash == code_hash,
        staff_codes.c.used_at.is_(None),
        staff_codes.c.expires_at > now,
    )
    staff_id = db.scalar(select(staff_codes.c.staff_id).where(*mine))
    spent = db.execute(update(staff_codes).where(*mine).values(used_at=now)).rowcount
    return int(staff_id) if staff_id is not None and spent else None


def bind(db: Connection, staff_id: int, chat: str, now: datetime) -> None:
    """This chat is this person's from now on, and nobody else's."""
    unbind(db, chat)
    db.execute(insert(staff_chats).values(staff_id=staff_id, chat=chat, bound_at=now))


def unbind(db: Connection, chat: str) -> bool:
    """Nobody is behind this chat any more; False when nobody was."""
    return bool(db.execute(delete(staff_chats).where(staff_chats.c.chat == chat)).rowcount)


def unbind_all(db: Connection, staff_id: int) -> int:
    """Take every chat and every unspent code from a person; give how many chats."""
    unspent = staff_codes.c.staff_id == staff_id, staff_codes.c.used_at.is_(None)
    db.execute(delete(staff_codes).where(*unspent))
    return db.execute(delete(staff_chats).where(staff_chats.c.staff_id == staff_id)).rowcount


def chats_of(db: Connection, staff_id: int) -> tuple[datetime, ...]:
    """When each chat of a person was bound."""
    query = select(staff_chats.c.bound_at).where(staff_chats.c.staff_id == staff_id)
    return tuple(db.scalars(query.order_by(staff_chats.c.bound_at)))


def person_in(db: Connection, chat: str) -> Staff | None:
    """Who is behind a chat; None for a stranger and for a person who left."""
    row = db.execute(_people().where(staff_chats.c.chat == chat)).first()
    if row is None:
        return None
    name = row.centre or ""
    return Staff(row.staff_id, row.name, row.email, row.role, row.centre_id, name, form_token="")


def listeners(db: Connection) -> tuple[Listener, ...]:
    """Everyone who is reached by the pocket bot."""
    rows = db.execute(_people().order_by(staff_chats.c.id))
    return tuple(
        Listener(one.chat, one.staff_id, one.name, one.role, one.centre_id, one.time_zone or ZONE)
        for one in rows
    )


def colleagues(db: Connection, person: Staff) -> tuple[Listener, ...]:
    """Who can hear for this person: those with a chat who see the same centre, once each."""
    found: dict[int, Listener] = {}
    for one in listeners(db):
        sees = one.centre_id is None or one.centre_id == person.centre_id
        if sees and one.staff_id != person.id:
            found.setdefault(one.staff_id, one)
    return tuple(found.values())


def set_absent(db: Connection, staff_id: int, on: date, colleague_id: int | None) -> None:
    """On this day a colleague hears for this person; None: they hear for themselves again."""
    of_day = staff_absences.c.staff_id == staff_id, staff_absences.c.on == on
    db.execute(delete(staff_absences).where(*of_day))
    if colleague_id is not None:
        values = {"staff_id": staff_id, "on": on, "colleague_id": colleague_id}
        db.execute(insert(staff_absences).values(**values))


def absences(db: Connection, since: date) -> dict[tuple[int, date], int]:
    """Who hears for whom, by the absent person and the day."""
    rows = db.execute(select(staff_absences).where(staff_absences.c.on >= since))
    return {(row.staff_id, row.on): row.colleague_id for row in rows}


def waiting_tasks(db: Connection) -> Sequence[Row[Any]]:
    """Parents who wait for a person's first or next words."""
    unanswered = or_(tasks.c.answered_at.is_(None), tasks.c.answered_at < tasks.c.asked_at)
    query = select(tasks).where(tasks.c.closed_at.is_(None), unanswered)
    return db.execute(query.order_by(tasks.c.asked_at)).all()


def told(db: Connection, subjects: Iterable[str]) -> frozenset[tuple[str, str]]:
    """The chats that were told of these subjects, with the subject."""
    query = select(pocket_messages.c.chat, pocket_messages.c.subject).where(
        pocket_messages.c.subject.in_(list(subjects)), pocket_messages.c.message_id.is_not(None)
    )
    return frozenset((row.chat, row.subject) for row in db.execute(query))


def note_told(
    db: Connection,
    *,
    chat: str,
    subject: str,
    task_id: int | None,
    message_id: str,
    now: datetime,
) -> None:
    """Keep what a chat was told, and in which message, so that a reply to it finds its parent."""
    values = {"task_id": task_id, "message_id": message_id, "at": now}
    if insert_once(db, pocket_messages, {"chat": chat, "subject": subject, **values}) is None:
        mine = pocket_messages.c.chat == chat, pocket_messages.c.subject == subject
        db.execute(update(pocket_messages).where(*mine).values(**values))


def task_behind(db: Connection, chat: str, message_id: str) -> int | None:
    """The parent whose words a message of ours showed."""
    return db.scalar(
        select(pocket_messages.c.task_id).where(
            pocket_messages.c.chat == chat, pocket_messages.c.message_id == message_id
        )
    )


def _people() -> Select[Any]:
    return (
        select(
            staff_chats.c.chat,
            staff_chats.c.staff_id,
            staff.c.name,
            staff.c.email,
            staff.c.role,
            staff.c.centre_id,
            centres.c.name.label("centre"),
            centres.c.time_zone,
        )
        .join(staff, staff.c.id == staff_chats.c.staff_id)
        .outerjoin(centres, centres.c.id == staff.c.centre_id)
        .where(staff.c.disabled_at.is_(None))
    )
