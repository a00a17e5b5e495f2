"""Read the planner's state out of the database: a fixed number of queries for any audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.gate import Hours
from bot.households import Guardian
from bot.messages import About, DeliveryState, unaddressed
from bot.plans import LOOKING_BACK, PlannedStep
from bot.reach import hours_of
from bot.storage import planning
from bot.storage.steps import step_of
from bot.wallclock import at_wall_clock
from scheduler.planner import Household, Newcomer, Slot, State, Subject, open_slots

Audience = tuple[About, int | None]
"""Whose families: those of an event, or those of a campaign for whom one centre writes."""


def load_state(
    db: Connection,
    now: datetime,
    until: datetime | None = None,
    among: Collection[About] | None = None,
) -> State:
    """Everything that `plan` looks at now and `upcoming` by `until`; None: however far ahead.

    Families are read for those subjects alone of which a step is open by then: `plan` asks for
    nothing of the others, and most are weeks away. `among`: only these subjects are asked about,
    and what looks back on an event, as one such question to a family stands for several events.
    """
    found = announced(db, now)
    if until is not None:
        found = tuple(one for one in found if _matters(open_slots(one, now, until), one, among))
    event_ids, campaign_ids = _ids(one.about for one in found)
    guardians = planning.guardians(db, event_ids, campaign_ids)
    households = _invited(
        planning.invited(db, event_ids), guardians, planning.asked_why(db, event_ids)
    )
    households |= _told(planning.told(db, campaign_ids), guardians)
    decided = planning.decided(db, event_ids, campaign_ids)
    return State(
        subjects=tuple(
            replace(one, households=tuple(households.get(_audience(one), ()))) for one in found
        ),
        newcomers=tuple(
            Newcomer(row.contact_id, row.family_id, row.centre_id, row.time_zone, row.joined_at)
            for row in planning.newcomers(db, now)
        ),
        decided=frozenset(row.key for row in decided),
        taken=frozenset(
            (unaddressed(row.key), row.address_id)
            for row in decided
            if row.address_id is not None and row.state != DeliveryState.REFUSED
        ),
    )


def _matters(slots: Sequence[Slot], subject: Subject, among: Collection[About] | None) -> bool:
    """Whether a subject with these open steps is to be looked at."""
    if among is None or subject.about in among:
        return bool(slots)
    return any(slot.step.condition in LOOKING_BACK for slot in slots)


def announced(db: Connection, now: datetime) -> tuple[Subject, ...]:
    """All that a step may still be due for, with its plan and without its families."""
    events = planning.planned_events(db, now)
    campaigns = planning.planned_campaigns(db, now)
    rows = planning.steps_of(db, [row.id for row in events], {row.id for row in campaigns})
    steps = _steps(rows)
    hours: dict[tuple[int, str], Hours] = {}

    def of_centre(row: Row[Any]) -> Hours:
        where = row.centre_id, row.time_zone
        return hours.get(where) or hours.setdefault(where, hours_of(row, now))

    return (
        *(_event(row, of_centre(row), steps) for row in events),
        *(_campaign(row, of_centre(row), steps) for row in campaigns),
    )


def _event(row: Row[Any], hours: Hours, steps: dict[About, tuple[PlannedStep, ...]]) -> Subject:
    about = About(event_id=row.id)
    return Subject(
        about=about,
        centre_id=row.centre_id,
        version=row.version,
        cancelled=row.status == "cancelled",
        on=row.on,
        at=row.at,
        hours=hours,
        starts_at=row.starts_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        steps=steps.get(about, ()),
        households=(),
    )


def _campaign(row: Row[Any], hours: Hours, steps: dict[About, tuple[PlannedStep, ...]]) -> Subject:
    about = About(campaign_id=row.id)
    return Subject(
        about=about,
        centre_id=row.centre_id,
        version=row.version,
        cancelled=row.status == "cancelled",
        on=row.on,
        at=row.at,
        hours=hours,
        starts_at=at_wall_clock(row.on, row.at, hours.zone),
        created_at=row.created_at,
        steps=steps.get(about, ()),
        households=(),
        ends_at=at_wall_clock(row.ends_on + timedelta(days=1), time.min, hours.zone),
    )


def _ids(subjects: Iterable[About]) -> tuple[list[int], list[int]]:
    """The events and the campaigns, each once."""
    wanted = dict.fromkeys(subjects)
    return (
        [one.event_id for one in wanted if one.event_id is not None],
        [one.campaign_id for one in wanted if one.campaign_id is not None],
    )


def _audience(subject: Subject) -> Audience:
    return subject.about, None if subject.ends_at is None else subject.centre_id


def _steps(rows: Sequence[Row[Any]]) -> dict[About, tuple[PlannedStep, ...]]:
    """The plan of each; those that are equal are one and the same."""
    found: dict[About, list[PlannedStep]] = defaultdict(list)
    for row in rows:
        found[About(row.event_id, row.campaign_id)].append(step_of(row))
    same: dict[tuple[PlannedStep, ...], tuple[PlannedStep, ...]] = {}
    return {
        about: same.setdefault(plan, plan)
        for about, plan in ((about, tuple(planned)) for about, planned in found.items())
    }


def _invited(
    rows: Sequence[Row[Any]],
    guardians: dict[int, tuple[Guardian, ...]],
    asked_why: dict[int, datetime],
) -> dict[Audience, list[Household]]:
    found: dict[Audience, list[Household]] = defaultdict(list)
    for row in rows:
        if row.family_id in guardians:
            household = Household(
                row.family_id,
                guardians[row.family_id],
                row.invited_at,
                _answer(row),
                row.rsvp_at,
                row.attended,
                row.joined_at,
                asked_why.get(row.family_id),
                row.both_guardians,
            )
            found[About(event_id=row.event_id), None].append(household)
    return found


def _told(
    rows: Sequence[Row[Any]], guardians: dict[int, tuple[Guardian, ...]]
) -> dict[Audience, list[Household]]:
    found: dict[Audience, list[Household]] = defaultdict(list)
    for row in rows:
        if row.family_id in guardians:
            household = Household(
                row.family_id,
                guardians[row.family_id],
                row.told_at,
                None if row.answered_at is None else "answered",
                row.answered_at,
                None,
                row.joined_at,
                both=row.both_guardians,
            )
            found[About(campaign_id=row.campaign_id), row.centre_id].append(household)
    return found


def _answer(row: Row[Any]) -> str | None:
    """The family's answer; one on the waiting list is neither silent nor expected."""
    answer: str | None = "waiting" if row.seat == "waiting" else row.rsvp
    return answer
