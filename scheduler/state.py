"""Read the planner's state out of the database: a fixed number of queries for any audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.messages import Purpose
from bot.plans import Condition, PlannedStep
from bot.storage import planning
from scheduler.planner import Gathering, Guardian, Household, Newcomer, State, open_slots


def load_state(db: Connection, now: datetime, until: datetime | None = None) -> State:
    """Everything that `plan` looks at now and `upcoming` by `until`; None: however far ahead.

    Families are read for those events alone of which a step is open by then: `plan` asks for
    nothing of the others, and most events are weeks away.
    """
    found = announced(db, now)
    if until is not None:
        found = tuple(one for one in found if open_slots(one, now, until))
    ids = [one.event_id for one in found]
    households = _households(
        planning.invited(db, ids),
        _guardians(planning.guardians(db, ids)),
        planning.asked_why(db, ids),
    )
    return State(
        gatherings=tuple(replace(one, households=tuple(households[one.event_id])) for one in found),
        newcomers=tuple(
            Newcomer(row.contact_id, row.family_id, row.centre_id, row.time_zone, row.joined_at)
            for row in planning.newcomers(db, now)
        ),
        decided=planning.decided(db, ids) if ids else frozenset(),
    )


def announced(db: Connection, now: datetime) -> tuple[Gathering, ...]:
    """Every event that a step may still be due for, with its plan and without its families."""
    found = planning.gatherings(db, now)
    steps = _steps(planning.steps_of(db, [row.id for row in found]))
    return tuple(
        Gathering(
            event_id=row.id,
            centre_id=row.centre_id,
            version=row.version,
            cancelled=row.status == "cancelled",
            on=row.on,
            at=row.at,
            zone=row.time_zone,
            starts_at=row.starts_at,
            created_at=row.created_at,
            changed_at=row.changed_at,
            steps=tuple(steps[row.id]),
            households=(),
        )
        for row in found
    )


def _steps(rows: Sequence[Row[Any]]) -> dict[int, list[PlannedStep]]:
    found: dict[int, list[PlannedStep]] = defaultdict(list)
    for row in rows:
        step = PlannedStep(
            row.name,
            Purpose(row.purpose),
            row.days,
            row.at,
            Condition(row.condition),
            row.late_hours,
        )
        found[row.event_id].append(step)
    return found


def _guardians(rows: Sequence[Row[Any]]) -> dict[int, tuple[Guardian, ...]]:
    """Guardians by family; who stopped cannot be written to, so another is looked for first."""
    usable: dict[int, dict[tuple[int, int], set[int]]] = defaultdict(dict)
    for row in rows:
        reached = usable[row.family_id].setdefault((row.rank, row.contact_id), set())
        if row.address_id is not None and row.stopped_at is None:
            reached.add(row.address_id)
    return {
        family_id: tuple(
            Guardian(contact_id, rank, frozenset(address_ids))
            for (rank, contact_id), address_ids in sorted(members.items())
        )
        for family_id, members in usable.items()
    }


def _households(
    rows: Sequence[Row[Any]],
    guardians: dict[int, tuple[Guardian, ...]],
    asked_why: dict[int, datetime],
) -> dict[int, list[Household]]:
    found: dict[int, list[Household]] = defaultdict(list)
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
            )
            found[row.event_id].append(household)
    return found


def _answer(row: Row[Any]) -> str | None:
    """The family's answer; one on the waiting list is neither silent nor expected."""
    answer: str | None = "waiting" if row.seat == "waiting" else row.rsvp
    return answer
