"""A step such as "two days before, at 18:00" as an instant, where the families live."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bot.wallclock import at_wall_clock

DAY = timedelta(days=1)


def offset(event_on: date, days: int, at: time, zone: str) -> datetime:
    """The instant of `at` on the day that lies `days` from the event's; negative: before it."""
    return at_wall_clock(event_on + days * DAY, at, zone)
