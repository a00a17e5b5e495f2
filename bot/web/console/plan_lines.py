"""When each step of an event's plan would leave, as pages and the pocket bot show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from bot.centre_plans import plan_for
from bot.events import NewEvent
from bot.gate import Hours
from bot.plans import Condition, PlannedStep, in_good_time, leaves_at, on_the_clock
from bot.reach import hours_of
from bot.storage.console.centres import centre_row
from bot.wallclock import local


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One step on the clock. `moved`: its own hour is one at which nothing may leave."""

    step: PlannedStep
    leaves_at: datetime | None
    moved: bool
    past: bool
    zone: str

    @property
    def leaves_here(self) -> datetime | None:
        """When it leaves, on the centre's wall clock."""
        return local(self.leaves_at, self.zone) if self.leaves_at is not None else None


def plan_lines(db: Connection, new: NewEvent, now: datetime) -> tuple[PlanLine, ...]:
    """The plan of an event that is not written yet, in the order in which it happens."""
    hours = hours_of(centre_row(db, new.centre_id), now)
    steps = plan_for(db, new.centre_id, new.kind)
    found = (plan_line(step, new.on, new.at, now, hours, now) for step in steps)
    never = datetime.max.replace(tzinfo=now.tzinfo)
    return tuple(sorted(found, key=lambda one: one.leaves_at or never))


def plan_line(
    step: PlannedStep, on: date, at: time, created_at: datetime, hours: Hours, now: datetime
) -> PlanLine:
    """When a step leaves for an event on this day at this hour, first known of at `created_at`."""
    fitted = in_good_time(step, on, at, hours)
    due_at = on_the_clock(fitted, on, at, hours)
    if fitted.condition is Condition.INVITED:
        due_at = max(due_at, created_at)
    leaves = leaves_at(due_at, on, at, hours)
    return PlanLine(fitted, leaves, leaves != due_at, due_at < now, hours.zone)
