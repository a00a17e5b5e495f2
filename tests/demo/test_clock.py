"""Clocks that are moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.clock import DemoClock
from bot.wallclock import HeldClock

NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)
LATER = NOON + timedelta(hours=30)


class Real:
    """The real time, as a test says."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_held_clock_stands_until_it_is_moved() -> None:
    clock = HeldClock(NOON)
    assert clock() == NOON
    clock.move_to(LATER)
    assert clock() == LATER


def test_demo_clock_runs_on_from_where_it_was_moved(tmp_path: Path) -> None:
    real = Real()
    clock = DemoClock(real, tmp_path / "clock")
    assert clock() == NOON
    clock.move_to(LATER)
    real.now += timedelta(minutes=5)
    assert clock() == LATER + timedelta(minutes=5)


def test_restart_keeps_the_moved_clock(tmp_path: Path) -> None:
    DemoClock(Real(), tmp_path / "clock").move_to(LATER)
    assert DemoClock(Real(), tmp_path / "clock")() == LATER


def test_clock_left_in_the_past_by_an_interrupted_start_shows_the_real_time(tmp_path: Path) -> None:
    DemoClock(Real(), tmp_path / "clock").move_to(NOON - timedelta(days=3))
    assert DemoClock(Real(), tmp_path / "clock")() == NOON


@pytest.mark.parametrize("written", ["", "soon", "1e400", "nan"])
def test_unreadable_offset_shows_the_real_time(tmp_path: Path, written: str) -> None:
    (tmp_path / "clock").write_text(written, encoding="utf-8")
    assert DemoClock(Real(), tmp_path / "clock")() == NOON
