"""The moment that keeps within a provider's limit, on lists of what has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.limiter import WINDOW, Pace, moment_for

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def gone(*seconds: float, weight: int = 1) -> list[Pace]:
    return [Pace(ago(one), weight, ago(one)) for one in seconds]


def on_its_way(*seconds: float, weight: int = 1) -> list[Pace]:
    return [Pace(ago(one), weight) for one in seconds]


def test_who_was_idle_leaves_at_once() -> None:
    assert moment_for(1, 30, [], NOW) == NOW
    assert moment_for(1, 30, gone(5), NOW) == NOW


def test_a_full_second_waits_for_its_oldest() -> None:
    full = gone(*(0.9 - n * 0.02 for n in range(30)))
    assert moment_for(1, 30, full, NOW) == ago(0.9) + WINDOW
    assert moment_for(2, 30, full, NOW) == ago(0.88) + WINDOW


def test_moments_are_spread_over_the_second() -> None:
    assert moment_for(1, 30, on_its_way(0), NOW) == NOW + timedelta(seconds=0.03)
    assert moment_for(1, 10, on_its_way(0, weight=3), NOW) == NOW + timedelta(seconds=0.27)


def test_what_is_late_counts_when_it_has_arrived() -> None:
    late = [Pace(ago(3), 1, ago(0.2))]
    assert moment_for(1, 1, late, NOW) == ago(0.2) + WINDOW


@pytest.mark.parametrize(("most", "held"), [(1, 1), (10, 10), (30, 30)])
def test_what_is_on_its_way_counts_in_every_second(most: int, held: int) -> None:
    assert moment_for(1, most, on_its_way(*(20.0 for _ in range(held))), NOW) is None
    left = on_its_way(*(20.0 for _ in range(held - 1)))
    assert moment_for(1, most, left, NOW) == NOW


def test_more_segments_than_the_limit_take_a_whole_second() -> None:
    assert moment_for(12, 10, [], NOW) == NOW
    assert moment_for(12, 10, gone(0.5), NOW) == ago(0.5) + WINDOW
    assert moment_for(1, 10, gone(0.95, weight=12), NOW) == ago(0.95) + WINDOW
    assert moment_for(1, 10, on_its_way(3, weight=12), NOW) is None
