"""A step such as "two days before, at 18:00" as an instant, where the families live."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from bot.wallclock import at_wall_clock, local

DAY = timedelta(days=1)


def offset(event_on: date, days: int, at: time, zone: str) -> datetime:
    """The instant of `at` on the day that lies `days` from the event's; negative: before it."""
    return at_wall_clock(event_on + days * DAY, at, zone)


@lru_cache(maxsize=4096)
def day_of(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """The first and the last moment of the day that clocks in `zone` show at an instant."""
    on = local(at, zone).date()
    next_day = at_wall_clock(on + DAY, time.min, zone)
    return at_wall_clock(on, time.min, zone), next_day - datetime.resolution
