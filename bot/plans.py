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

from bot.gate import Hours
from bot.messages import About, Purpose
from bot.wallclock import at_wall_clock

PLANS = Path(__file__).with_name("plans.toml")

NOTICE = timedelta(hours=1)  # a reminder that leaves later finds the family on its way
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
    """One planned send, as an offset from the event's day, or from the first day of a campaign.

    `days` is negative before that day; `at` stands on the wall clock. Two other ways to say when:
    `hours`, hours that pass between the step and the start (negative: before it), in place of both;
    `morning`, the first hour of that day at which messages may leave, or of the next day that has
    one, in place of `at`. `late_hours` is how late the step may leave, None: until its subject is
    over.
    """

    name: str
    purpose: Purpose
    days: int
    at: time
    condition: Condition
    late_hours: int | None
    hours: int | None = None
    morning: bool = False

    def __hash__(self) -> int:
        return hash((self.name, self.days))  # plans are looked up a million times


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
    refusal: str = ""  # why it will not leave, where that is known already; a code

    @property
    def about(self) -> About:
        """The event or the campaign that it is about."""
        return About(self.event_id, self.campaign_id)


def default_steps(kind: str) -> tuple[PlannedStep, ...]:
    """The plan of a new event of this kind. Raises KeyError for a kind that has none."""
    return _plans()[kind]


def due_at(step: PlannedStep, on: date, at: time, hours: Hours) -> datetime:
    """When a step is due for an event on this day at this hour, in good time before it starts."""
    return on_the_clock(in_good_time(step, on, at, hours), on, at, hours)


def on_the_clock(step: PlannedStep, on: date, at: time, hours: Hours) -> datetime:
    """When a step is due, to the letter, counted from this day and hour.

    `hours` are those of the centre that writes.
    """
    if step.hours is not None:
        return at_wall_clock(on, at, hours.zone) + timedelta(hours=step.hours)
    day = on + timedelta(days=step.days) if step.days else on
    if step.morning:
        midnight = at_wall_clock(day, time.min, hours.zone)
        return hours.next_open(midnight) or at_wall_clock(day, hours.opens, hours.zone)
    return at_wall_clock(day, step.at, hours.zone)


def in_good_time(step: PlannedStep, on: date, at: time, hours: Hours) -> PlannedStep:
    """The step as it is, or the evening before when it would come too late on the event's own day.

    Too late is an hour or less before the event starts. A step that counts in hours may come later
    than that, where messages may leave at its moment. One that looks back on the event stays.
    """
    other_day = step.days > 0 or (step.days < 0 and not step.morning)
    if (step.hours is None and other_day) or _looks_back(step):
        return step
    due = on_the_clock(step, on, at, hours)
    leaves_at = due if step.hours is None else hours.next_open(due)
    starts_at = at_wall_clock(on, at, hours.zone)
    in_time = leaves_at is None or starts_at - leaves_at > NOTICE
    if in_time or (step.hours is not None and leaves_at == due):
        return step
    return replace(step, days=-1, at=EVENING_BEFORE, hours=None, morning=False)


def leaves_at(due: datetime, on: date, at: time, hours: Hours) -> datetime | None:
    """When what is due really leaves; None: never, as no hour is left for it before the event."""
    leaves = hours.next_open(due)
    if leaves is not None and due < at_wall_clock(on, at, hours.zone) <= leaves:
        return None
    return leaves


def _looks_back(step: PlannedStep) -> bool:
    after = step.hours is not None and step.hours >= 0
    return after or step.condition in LOOKING_BACK or step.purpose is Purpose.SURVEY


@cache
def _plans() -> Mapping[str, tuple[PlannedStep, ...]]:
    with PLANS.open("rb") as file:
        tables = tomllib.load(file)
    return {
        kind: tuple(
            PlannedStep(
                name=row["name"],
                purpose=Purpose(row["purpose"]),
                days=row.get("days", 0),
                at=row.get("at", time.min),
                condition=Condition(row["condition"]),
                late_hours=row.get("late_hours"),
                hours=row.get("hours"),
                morning=row.get("morning", False),
            )
            for row in rows
        )
        for kind, rows in tables.items()
    }
