"""The wall clock: what people see (a date and an hour in a zone), and the instant behind it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def at_wall_clock(on: date, at: time, zone: str) -> datetime:
    """The instant (UTC) when a clock in `zone` shows this date and hour.

    An hour that the spring change skips means the same distance after the change (02:30 is 03:30);
    an hour that autumn shows twice means its first time.
    """
    return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)


def local(now: datetime, zone: str) -> datetime:
    """The same instant, as a clock in `zone` shows it."""
    return now.astimezone(ZoneInfo(zone))
