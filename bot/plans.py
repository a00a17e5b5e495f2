"""What a campaign is made of: planned steps, what they intend, and the plan of each kind of event.

The plans stand in `plans.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bot.messages import About, Purpose
from bot.wallclock import at_wall_clock

PLANS = Path(__file__).with_name("plans.toml")

NOTICE_MINUTES = 60  # a reminder that leaves later finds the family on its way
EVENING_BEFORE = time(18)


class Condition(StrEnum):
    """Which families a step is for. Values are stored: add to them, never rename them."""

    INVITED = "invited"  # every family in the audience
    SILENT = "silent"  # no answer yet
    COMING = "coming"  # said yes or maybe
    ATTENDED = "attended"
    ABSENT = "absent"  # did not come, and had not said no
    NO_SHOW = "no_show"  # said yes and did not come


LOOKING_BACK = frozenset({Condition.ATTENDED, Condition.ABSENT, Condition.NO_SHOW})


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One planned send, as an offset on the wall clock from the event's day.

    `days` is negative before the event; `late_hours` is how late the step may leave, None: until
    the event starts.
    """

    name: str
    purpose: Purpose
    days: int
    at: time
    condition: Condition
    late_hours: int | None


class Intent(NamedTuple):
    """One message that should leave; the gate has the last word.

    A tuple: a plan may hold a million of them, and a frozen dataclass takes longer to make.
    """

    key: str
    purpose: Purpose
    step: str
    event_id: int | None
    centre_id: int
    family_id: int
    contact_id: int
    due_at: datetime
    expires_at: datetime | None
    priority: int = 0
    campaign_id: int | None = None

    @property
    def about(self) -> About:
        """The event or the campaign that it is about."""
        return About(self.event_id, self.campaign_id)


def default_steps(kind: str) -> tuple[PlannedStep, ...]:
    """The plan of a new event of this kind. Raises KeyError for a kind that has none."""
    return _plans()[kind]


def due_at(step: PlannedStep, on: date, at: time, zone: str) -> datetime:
    """When a step is due for an event on this day at this hour."""
    fitted = in_good_time(step, at)
    return at_wall_clock(on + timedelta(days=fitted.days), fitted.at, zone)


def in_good_time(step: PlannedStep, event_at: time) -> PlannedStep:
    """The step as it is, or the evening before when its hour on the day itself comes too late.

    Too late is an hour or less before `event_at`, the hour at which the event starts. A step that
    looks back on the event stays where it is.
    """
    looks_back = step.condition in LOOKING_BACK or step.purpose is Purpose.SURVEY
    if looks_back or step.days != 0 or _minutes(event_at) - _minutes(step.at) > NOTICE_MINUTES:
        return step
    return replace(step, days=-1, at=EVENING_BEFORE)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@cache
def _plans() -> Mapping[str, tuple[PlannedStep, ...]]:
    with PLANS.open("rb") as file:
        tables = tomllib.load(file)
    return {
        kind: tuple(
            PlannedStep(
                name=row["name"],
                purpose=Purpose(row["purpose"]),
                days=row["days"],
                at=row["at"],
                condition=Condition(row["condition"]),
                late_hours=row.get("late_hours"),
            )
            for row in rows
        )
        for kind, rows in tables.items()
    }
