"""The list of events, and one event with its words, its plan and its numbers.

Of an event's families, each is counted once: by its answer, else as `unreachable` (nobody can be
written to, or nothing about this event could leave), else as `silent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    func,
    or_,
    select,
)

from bot.storage.console.centres import of_centre
from bot.storage.console.families import reachable_families
from bot.storage.console.lines import PER_PAGE, Counts, EventLine, Words
from bot.storage.console.messages import LEFT, OPEN, PERSONAL, WITHDRAWN
from bot.storage.tables import (
    centres,
    contacts,
    event_texts,
    events,
    invitations,
    outbox,
)

STILL_ON = timedelta(hours=6)  # an event stays among those to come while it takes place

LANGUAGE = "fr"  # the language that staff read


def coming_events(db: Connection, centre_id: int | None, now: datetime) -> tuple[EventLine, ...]:
    """Events that are not over, the next one first."""
    query = _events(centre_id).where(events.c.starts_at > now - STILL_ON)
    return _event_lines(db, query.order_by(events.c.starts_at, events.c.id))


def past_events(
    db: Connection, centre_id: int | None, now: datetime, page: int
) -> tuple[tuple[EventLine, ...], bool]:
    """One page of the events that are over, the latest first, and whether more follow."""
    query = (
        _events(centre_id)
        .where(events.c.starts_at <= now - STILL_ON)
        .order_by(events.c.starts_at.desc(), events.c.id)
        .limit(PER_PAGE + 1)
        .offset(PER_PAGE * (page - 1))
    )
    lines = _event_lines(db, query)
    return lines[:PER_PAGE], len(lines) > PER_PAGE


def event_line(db: Connection, centre_id: int | None, event_id: int) -> EventLine | None:
    """One event; None when there is none that the reader may see."""
    return next(iter(_event_lines(db, _events(centre_id).where(events.c.id == event_id))), None)


def event_words(db: Connection, event_id: int) -> tuple[Words, ...]:
    """The event in all its languages, the original first."""
    rows = db.execute(
        select(event_texts.c.language, event_texts.c.title, event_texts.c.notes)
        .where(event_texts.c.event_id == event_id)
        .order_by(event_texts.c.original.desc(), event_texts.c.id)
    )
    return tuple(Words(*row) for row in rows)


def titled(query: Select[Any], event_id: ColumnElement[Any]) -> Select[Any]:
    """The query with each event's `title` for staff: in their language, else in the original."""
    shown = event_texts.alias("shown")
    original = event_texts.alias("original")
    return (
        query.add_columns(func.coalesce(shown.c.title, original.c.title, "").label("title"))
        .outerjoin(shown, and_(shown.c.event_id == event_id, shown.c.language == LANGUAGE))
        .outerjoin(original, and_(original.c.event_id == event_id, original.c.original))
    )


def _events(centre_id: int | None) -> Select[Any]:
    """Events with their title and their centre's name."""
    query = select(events, centres.c.name.label("centre"))
    return titled(query.join(centres, centres.c.id == events.c.centre_id), events.c.id).where(
        of_centre(events.c.centre_id, centre_id)
    )


def _event_lines(db: Connection, query: Select[Any]) -> tuple[EventLine, ...]:
    rows = db.execute(query).all()
    counts = _counts(db, [row.id for row in rows])
    return tuple(
        EventLine(
            id=row.id,
            centre_id=row.centre_id,
            centre=row.centre,
            kind=row.kind,
            title=row.title,
            on=row.on,
            at=row.at,
            time_zone=row.time_zone,
            starts_at=row.starts_at,
            place=row.place,
            seats=row.seats,
            status=row.status,
            version=row.version,
            created_at=row.created_at,
            counts=counts.get(row.id, Counts()),
        )
        for row in rows
    )


def _counts(db: Connection, event_ids: Sequence[int]) -> dict[int, Counts]:
    """The numbers of these events; an event without a family is left out."""
    invited = select(invitations.c.family_id).where(invitations.c.event_id.in_(event_ids))
    living = reachable_families(contacts.c.family_id.in_(invited)).subquery("living")
    tried = _tried(event_ids)
    unanswered = invitations.c.rsvp.is_(None)
    beyond = or_(living.c.family_id.is_(None), tried.c.alive == 0)
    query = (
        select(
            invitations.c.event_id,
            *(
                func.count().filter(invitations.c.rsvp == reply).label(reply)
                for reply in ("yes", "no", "maybe")
            ),
            func.count().filter(unanswered, beyond).label("unreachable"),
            func.count().filter(unanswered).label("unanswered"),
            _places("held").label("places"),
            _places("waiting").label("queue"),
        )
        .select_from(
            invitations.outerjoin(living, living.c.family_id == invitations.c.family_id).outerjoin(
                tried,
                and_(
                    tried.c.event_id == invitations.c.event_id,
                    tried.c.family_id == invitations.c.family_id,
                ),
            )
        )
        .where(invitations.c.event_id.in_(event_ids))
        .group_by(invitations.c.event_id)
    )
    return {
        row.event_id: Counts(
            yes=row.yes,
            no=row.no,
            maybe=row.maybe,
            silent=row.unanswered - row.unreachable,
            unreachable=row.unreachable,
            places=row.places,
            queue=row.queue,
        )
        for row in db.execute(query)
    }


def _places(seat: str) -> ColumnElement[int]:
    mine = case((invitations.c.seat == seat, invitations.c.party), else_=0)
    return func.coalesce(func.sum(mine), 0)


def _tried(event_ids: Sequence[int]) -> FromClause:
    """Per event and family with a campaign's message: `alive` 0 when none left or may leave."""
    alive = func.max(case((outbox.c.state.in_((*LEFT, *OPEN)), 1), else_=0))
    return (
        select(outbox.c.event_id, outbox.c.family_id, alive.label("alive"))
        .where(
            outbox.c.event_id.in_(event_ids),
            outbox.c.purpose.not_in(PERSONAL),
            outbox.c.reason.not_in(WITHDRAWN),
        )
        .group_by(outbox.c.event_id, outbox.c.family_id)
        .subquery("tried")
    )
