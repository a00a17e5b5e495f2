"""The wall clock: what people see (a day and an hour in an IANA zone), and the instant behind it.

Instants are worked out as late as possible. Twice a year the wall clock jumps, and an hour is
missing or comes twice:

    spring   02:30 does not exist: it becomes 03:30, as on the clock of someone who did not sleep
    autumn   02:30 comes twice: its first occurrence counts

The zone of the machine plays no part.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def at_wall_clock(on: date, at: time, zone: str) -> datetime:
    """The instant, in UTC, at which clocks in `zone` show this day and hour."""
    # fold=0 applies the offset before the jump: past the gap in spring, first of two in autumn
    first = at.replace(fold=0) if at.fold else at
    return datetime.combine(on, first, ZoneInfo(zone)).astimezone(UTC)


def local(now: datetime, zone: str) -> datetime:
    """The same instant as clocks in `zone` show it."""
    return now.astimezone(ZoneInfo(zone))


def day_start(at: datetime, zone: str) -> datetime:
    """The first moment of the day that clocks in `zone` show at an instant."""
    return at_wall_clock(local(at, zone).date(), time.min, zone)


class HeldClock:
    """Stands still until it is moved: half a year passes in seconds."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        """The moment that it was last moved to."""
        return self._at

    def move_to(self, at: datetime) -> None:
        """Stand at this moment."""
        self._at = at
