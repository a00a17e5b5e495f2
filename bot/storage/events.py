"""Events, their texts, steps and invitations, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from bot.messages import Texts
from bot.plans import PlannedStep
from bot.storage.database import insert_of
from bot.storage.tables import (
    centres,
    children,
    contacts,
    conversations,
    event_texts,
    events,
    families,
    invitations,
    steps,
)


def centre_zone(db: Connection, centre_id: int) -> str | None:
    """A centre's IANA zone, or None when there is no such centre."""
    return db.scalar(select(centres.c.time_zone).where(centres.c.id == centre_id))


def insert_event(db: Connection, values: Mapping[str, Any]) -> int:
    """Write one event; give its id."""
    key = db.execute(insert(events).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def insert_text(
    db: Connection, event_id: int, language: str, *, original: bool, title: str, notes: str
) -> None:
    """Write an event's wording in one language."""
    db.execute(
        insert(event_texts).values(
            event_id=event_id, language=language, original=original, title=title, notes=notes
        )
    )


def insert_steps(db: Connection, event_id: int, planned: Iterable[PlannedStep]) -> None:
    """Write an event's plan of outreach."""
    rows = [
        {
            "event_id": event_id,
            "name": step.name,
            "purpose": step.purpose,
            "days": step.days,
            "at": step.at,
            "condition": step.condition,
            "late_hours": step.late_hours,
        }
        for step in planned
    ]
    if rows:
        db.execute(insert(steps), rows)


def invite(
    db: Connection, event_id: int, centre_id: int, chosen: Sequence[int] | None = None
) -> int:
    """Invite the centre's families, or the chosen among them; families that left are not invited."""
    query = (
        select(families.c.id)
        .join(children, children.c.family_id == families.c.id)
        .where(children.c.centre_id == centre_id, families.c.left_on.is_(None))
        .distinct()
    )
    if chosen is not None:
        query = query.where(families.c.id.in_(chosen))
    found = db.scalars(query).all()
    if found:
        statement = insert_of(db)(invitations).on_conflict_do_nothing()
        db.execute(statement, [{"event_id": event_id, "family_id": one} for one in found])
    return len(found)


def event(db: Connection, event_id: int) -> Row[Any] | None:
    """One event's row."""
    return db.execute(select(events).where(events.c.id == event_id)).first()


def texts(db: Connection, event_id: int) -> tuple[Texts, Texts | None]:
    """An event's title and, where any was written, its notes; in all their languages."""
    rows = db.execute(
        select(
            event_texts.c.language,
            event_texts.c.original,
            event_texts.c.title,
            event_texts.c.notes,
        ).where(event_texts.c.event_id == event_id)
    ).all()
    original = next(row.language for row in rows if row.original)
    titles = Texts(original, {row.language: row.title for row in rows})
    notes = {row.language: row.notes for row in rows if row.notes}
    return titles, Texts(original, notes) if original in notes else None


def set_cancelled(db: Connection, event_id: int) -> None:
    """Mark an event cancelled; its version moves on."""
    db.execute(
        update(events)
        .where(events.c.id == event_id)
        .values(status="cancelled", version=events.c.version + 1)
    )


def taken_by_others(db: Connection, event_id: int, family_id: int) -> int:
    """Places that other families hold."""
    held = select(func.coalesce(func.sum(invitations.c.party), 0)).where(
        invitations.c.event_id == event_id,
        invitations.c.family_id != family_id,
        invitations.c.seat == "held",
    )
    return int(db.scalar(held) or 0)


def invitation(db: Connection, event_id: int, family_id: int) -> Row[Any] | None:
    """One family's invitation to one event."""
    return db.execute(
        select(invitations).where(
            invitations.c.event_id == event_id, invitations.c.family_id == family_id
        )
    ).first()


def set_rsvp(db: Connection, event_id: int, family_id: int, values: Mapping[str, Any]) -> None:
    """Write a family's answer; the household's other open questions about it are answered too."""
    db.execute(
        update(invitations)
        .where(invitations.c.event_id == event_id, invitations.c.family_id == family_id)
        .values(**values)
    )


def settle_others(db: Connection, event_id: int, family_id: int, conversation_id: int) -> None:
    """One guardian answered: the other's question about the same event no longer waits."""
    guardians = select(contacts.c.id).where(contacts.c.family_id == family_id)
    db.execute(
        update(conversations)
        .where(
            conversations.c.event_id == event_id,
            conversations.c.flow == "rsvp",
            conversations.c.contact_id.in_(guardians),
            conversations.c.id != conversation_id,
        )
        .values(awaiting=False)
    )


def mark_invited(db: Connection, event_id: int, family_id: int, now: datetime) -> None:
    """The family has been written to about this event; the first time counts."""
    db.execute(
        update(invitations)
        .where(
            and_(
                invitations.c.event_id == event_id,
                invitations.c.family_id == family_id,
                invitations.c.invited_at.is_(None),
            )
        )
        .values(invited_at=now)
    )


def who_was_told(db: Connection, event_id: int) -> Sequence[Row[Any]]:
    """The families that know of an event and have not declined, with whom we wrote to or hear from."""
    first = (
        select(contacts.c.family_id, func.min(contacts.c.id).label("contact_id"))
        .where(contacts.c.erased_at.is_(None), contacts.c.stopped_at.is_(None))
        .group_by(contacts.c.family_id)
        .subquery()
    )
    return db.execute(
        select(
            invitations.c.family_id,
            func.coalesce(invitations.c.rsvp_contact_id, first.c.contact_id).label("contact_id"),
        )
        .join(first, first.c.family_id == invitations.c.family_id)
        .where(
            invitations.c.event_id == event_id,
            invitations.c.invited_at.is_not(None),
            func.coalesce(invitations.c.rsvp, "") != "no",
        )
    ).all()


def invite_to_coming(db: Connection, family_id: int, centre_id: int, now: datetime) -> int:
    """Invite a new family to the centre's coming events that are for everyone; give how many."""
    coming = db.scalars(
        select(events.c.id).where(
            events.c.centre_id == centre_id,
            events.c.for_everyone,
            events.c.status == "planned",
            events.c.starts_at > now,
        )
    ).all()
    if coming:
        statement = insert_of(db)(invitations).on_conflict_do_nothing()
        db.execute(statement, [{"event_id": one, "family_id": family_id} for one in coming])
    return len(coming)


def set_attendance(db: Connection, event_id: int, came: Mapping[int, bool], now: datetime) -> int:
    """Write who came; give how many families changed. Unknown family ids are left out."""
    known = set(db.scalars(select(families.c.id).where(families.c.id.in_(came.keys()))))
    changed = 0
    for family_id, present in came.items():
        if family_id not in known:
            continue
        db.execute(
            insert_of(db)(invitations)
            .values(event_id=event_id, family_id=family_id)
            .on_conflict_do_nothing()
        )
        done = db.execute(
            update(invitations)
            .where(
                invitations.c.event_id == event_id,
                invitations.c.family_id == family_id,
                invitations.c.attended.is_distinct_from(present),
            )
            .values(attended=present, attendance_at=now)
        )
        changed += done.rowcount
    return changed
