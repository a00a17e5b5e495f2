"""What should not be, counted: a fixed number of queries, whoever looks.

`centre_id` is what the reader may see; None: every centre.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, case, exists, func, or_, select

from bot.messages import DeliveryState, Purpose
from bot.plans import Condition
from bot.storage.console.centres import of_centre
from bot.storage.console.events import titled
from bot.storage.console.waiting import open_tasks
from bot.storage.tables import (
    centres,
    contacts,
    duties,
    events,
    families,
    invitations,
    outbox,
    staff,
    staff_chats,
    steps,
    tasks,
)
from bot.storage.tasks import UNREACHABLE


@dataclass(frozen=True, slots=True)
class Named:
    """An event by its name."""

    id: int
    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Stuck:
    """Messages that stay where they are, and the events that they are about."""

    messages: int
    events: frozenset[int]


NOT_A_FAILURE = ("event_cancelled", "campaign_cancelled", "no_longer_needed")
"""Reasons that nobody need look at."""


def planned_for_everyone(
    db: Connection, centre_id: int | None, now: datetime
) -> Sequence[Row[Any]]:
    """The steps for every family of the events to come, with what puts them on the clock."""
    return db.execute(
        select(
            steps,
            events.c.centre_id,
            events.c.on,
            events.c.at.label("event_at"),
            events.c.time_zone,
            events.c.created_at,
            events.c.starts_at,
        )
        .join(events, events.c.id == steps.c.event_id)
        .where(
            events.c.status == "planned",
            events.c.starts_at > now,
            steps.c.condition == Condition.INVITED,
            of_centre(events.c.centre_id, centre_id),
        )
    ).all()


def events_undecided(
    db: Connection, due: Iterable[tuple[int, str]], joined_before: datetime
) -> frozenset[int]:
    """The events that have an invited family for which a step of theirs was never decided.

    `due`: event ids and names of steps. A family that nobody stands for is not waited for.
    """
    by_step: dict[str, list[int]] = {}
    for event_id, step in due:
        by_step.setdefault(step, []).append(event_id)
    late: set[int] = set()
    for step, event_ids in by_step.items():
        decided = exists().where(
            outbox.c.event_id == invitations.c.event_id,
            outbox.c.family_id == invitations.c.family_id,
            outbox.c.step == step,
        )
        stands = exists().where(
            contacts.c.family_id == invitations.c.family_id, contacts.c.erased_at.is_(None)
        )
        query = (
            select(invitations.c.event_id)
            .join(families, families.c.id == invitations.c.family_id)
            .where(
                invitations.c.event_id.in_(event_ids),
                families.c.left_on.is_(None),
                families.c.created_at <= joined_before,
                stands,
                ~decided,
            )
            .distinct()
        )
        late |= set(db.scalars(query))
    return frozenset(late)


def overdue(db: Connection, centre_id: int | None, before: datetime) -> tuple[Stuck, Stuck]:
    """The messages that should have left before a moment: those that wait, those in doubt.

    In doubt is what a worker began to send and never spoke of again.
    """
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= before)
    rows = db.execute(
        select(outbox.c.state, outbox.c.event_id, func.count().label("messages"))
        .where(
            outbox.c.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)),
            outbox.c.next_attempt_at <= before,
            free,
            of_centre(outbox.c.centre_id, centre_id),
        )
        .group_by(outbox.c.state, outbox.c.event_id)
    ).all()
    waiting, in_doubt = (
        Stuck(
            sum(row.messages for row in rows if row.state == state),
            frozenset(row.event_id for row in rows if row.state == state and row.event_id),
        )
        for state in (DeliveryState.WAITING, DeliveryState.SENDING)
    )
    return waiting, in_doubt


def held_by_settings(
    db: Connection, centre_id: int | None, codes: Iterable[str], since: datetime
) -> int:
    """How many messages a provider has turned away since a moment because of our own settings."""
    count = select(func.count()).where(
        outbox.c.state.in_((DeliveryState.WAITING, DeliveryState.FAILED)),
        outbox.c.error_code.in_(list(codes)),
        outbox.c.next_attempt_at > since,
        of_centre(outbox.c.centre_id, centre_id),
    )
    return int(db.scalar(count) or 0)


def events_that_reached_nobody(
    db: Connection, centre_id: int | None, now: datetime
) -> frozenset[int]:
    """The events to come with a message that left for none of the families it was for."""
    failed = outbox.c.state.in_((DeliveryState.REFUSED, DeliveryState.FAILED))
    nobody = (
        select(outbox.c.event_id)
        .join(events, events.c.id == outbox.c.event_id)
        .where(
            events.c.status == "planned",
            events.c.starts_at > now,
            outbox.c.purpose.in_((Purpose.INVITATION, Purpose.REMINDER)),
            outbox.c.reason.not_in(NOT_A_FAILURE),
            of_centre(events.c.centre_id, centre_id),
        )
        .group_by(outbox.c.event_id, outbox.c.step)
        .having(func.sum(case((failed, 0), else_=1)) == 0)
    )
    return frozenset(db.scalars(nobody))


def named(db: Connection, event_ids: Collection[int]) -> tuple[Named, ...]:
    """Some events by name, the soonest first."""
    if not event_ids:
        return ()
    query = titled(select(events.c.id, events.c.on), events.c.id)
    rows = db.execute(
        query.where(events.c.id.in_(event_ids)).order_by(events.c.starts_at, events.c.id)
    )
    return tuple(Named(row.id, row.title, row.on) for row in rows)


def centres_of(db: Connection, centre_id: int | None) -> Sequence[Row[Any]]:
    """The centres that the reader may see."""
    return db.execute(select(centres).where(of_centre(centres.c.id, centre_id))).all()


def cannot_be_called(db: Connection, centre_id: int | None) -> int:
    """How many people are on duty whom no alarm can call: no chat, or no account any more."""
    chat = exists().where(staff_chats.c.staff_id == staff.c.id)
    count = (
        select(func.count(func.distinct(staff.c.id)))
        .join(duties, duties.c.staff_id == staff.c.id)
        .where(
            of_centre(duties.c.centre_id, centre_id), or_(~chat, staff.c.disabled_at.is_not(None))
        )
    )
    return int(db.scalar(count) or 0)


def parents_waiting(db: Connection, centre_id: int | None, before: datetime) -> int:
    """How many parents wrote before a moment and have had no answer from a person since."""
    count = select(func.count()).where(
        open_tasks(centre_id),
        tasks.c.reason != UNREACHABLE,
        or_(tasks.c.answered_at.is_(None), tasks.c.asked_at > tasks.c.answered_at),
        tasks.c.asked_at <= before,
    )
    return int(db.scalar(count) or 0)
