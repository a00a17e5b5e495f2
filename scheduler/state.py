"""Read the planner's state out of the database: a fixed number of queries for any audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.messages import Purpose
from bot.plans import Condition, PlannedStep
from bot.storage import planning
from scheduler.planner import Gathering, Guardian, Household, Newcomer, State


def load_state(db: Connection, now: datetime) -> State:
    """Everything that `plan` looks at, at this moment."""
    found = planning.gatherings(db, now)
    ids = [row.id for row in found]
    steps = _steps(planning.steps_of(db, ids))
    households = _households(planning.invited(db, ids), _guardians(planning.guardians(db, ids)))
    return State(
        gatherings=tuple(
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
                steps=tuple(steps[row.id]),
                households=tuple(households[row.id]),
            )
            for row in found
        ),
        newcomers=tuple(
            Newcomer(row.contact_id, row.family_id, row.centre_id, row.time_zone, row.joined_at)
            for row in planning.newcomers(db, now)
        ),
        decided=planning.decided(db, ids),
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
    rows: Sequence[Row[Any]], guardians: dict[int, tuple[Guardian, ...]]
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
            )
            found[row.event_id].append(household)
    return found


def _answer(row: Row[Any]) -> str | None:
    """The family's answer; one on the waiting list is neither silent nor expected."""
    answer: str | None = "waiting" if row.seat == "waiting" else row.rsvp
    return answer
