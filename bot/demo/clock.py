"""The demonstration's clock: it can be moved, and runs on from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol


class MovableClock(Protocol):
    """A clock that the demonstration may set."""

    def __call__(self) -> datetime:
        """The moment that it shows."""
        ...

    def move_to(self, at: datetime) -> None:
        """Show this moment from now on."""
        ...


class DemoClock:
    """Runs with the real time, ahead of it by an offset that is kept in a file."""

    def __init__(self, real: Callable[[], datetime], file: Path) -> None:
        self._real = real
        self._file = file
        self._offset = _read(file)

    def __call__(self) -> datetime:
        """The real time and the offset."""
        return self._real() + self._offset

    def move_to(self, at: datetime) -> None:
        """Run on from this moment; a restart keeps it."""
        self._offset = at - self._real()
        self._file.write_text(str(self._offset.total_seconds()), encoding="ascii")


def _read(file: Path) -> timedelta:
    if not file.exists():
        return timedelta()
    try:
        offset = timedelta(seconds=float(file.read_text(encoding="ascii")))
    except (ValueError, OverflowError):
        return timedelta()  # not ours: the real time will do
    return max(offset, timedelta())  # never behind: a run was cut short while it caught up
