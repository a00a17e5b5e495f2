"""What should not be, counted: a fixed number of queries, whoever looks.

`centre_id` is what the reader may see; None: every centre.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, exists, func, or_, select

from bot.messages import DeliveryState, Purpose
from bot.plans import Condition
from bot.storage.console.centres import of_centre
from bot.storage.console.waiting import open_tasks
from bot.storage.tables import (
    centres,
    contacts,
    events,
    families,
    invitations,
    outbox,
    steps,
    tasks,
)

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
) -> int:
    """How many events have an invited family for which a step of theirs was never decided.

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
    return len(late)


def overdue(db: Connection, centre_id: int | None, before: datetime) -> tuple[int, int]:
    """The messages that should have left before a moment: those that wait, those in doubt.

    In doubt is what a worker began to send and never spoke of again.
    """
    free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= before)
    row = db.execute(
        select(_count_of(DeliveryState.WAITING), _count_of(DeliveryState.SENDING)).where(
            outbox.c.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)),
            outbox.c.next_attempt_at <= before,
            free,
            of_centre(outbox.c.centre_id, centre_id),
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


def events_that_reached_nobody(db: Connection, centre_id: int | None, now: datetime) -> int:
    """How many events to come have a message that left for none of the families it was for."""
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
        .subquery()
    )
    return int(db.scalar(select(func.count(func.distinct(nobody.c.event_id)))) or 0)


def centres_of(db: Connection, centre_id: int | None) -> Sequence[Row[Any]]:
    """The centres that the reader may see."""
    return db.execute(select(centres).where(of_centre(centres.c.id, centre_id))).all()


def segments_by_centre(
    db: Connection, centre_ids: Iterable[int], since: datetime
) -> dict[int, int]:
    """SMS segments that centres have used since a moment."""
    rows = db.execute(
        select(outbox.c.centre_id, func.coalesce(func.sum(outbox.c.segments), 0))
        .where(
            outbox.c.centre_id.in_(list(centre_ids)),
            outbox.c.channel == "sms",
            outbox.c.sent_at >= since,
        )
        .group_by(outbox.c.centre_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def parents_waiting(db: Connection, centre_id: int | None, before: datetime) -> int:
    """How many parents wrote before a moment and have had no answer from a person since."""
    count = select(func.count()).where(
        open_tasks(centre_id),
        or_(tasks.c.answered_at.is_(None), tasks.c.asked_at > tasks.c.answered_at),
        tasks.c.asked_at <= before,
    )
    return int(db.scalar(count) or 0)


def _count_of(state: DeliveryState) -> ColumnElement[int]:
    return func.sum(case((outbox.c.state == state, 1), else_=0))
