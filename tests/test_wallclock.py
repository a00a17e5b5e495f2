"""What a clock on the wall shows, and the instant behind it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wallclock import at_wall_clock, local

PARIS, REUNION, MARTINIQUE = "Europe/Paris", "Indian/Reunion", "America/Martinique"


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "at", "zone", "instant"),
    [
        (date(2026, 12, 5), time(14), PARIS, utc(2026, 12, 5, 13)),
        (date(2026, 7, 4), time(14), PARIS, utc(2026, 7, 4, 12)),
        (date(2026, 10, 24), time(18), PARIS, utc(2026, 10, 24, 16)),
        (date(2026, 10, 25), time(18), PARIS, utc(2026, 10, 25, 17)),
        (date(2026, 10, 25), time(2, 30), PARIS, utc(2026, 10, 25, 0, 30)),
        (date(2027, 3, 27), time(18), PARIS, utc(2027, 3, 27, 17)),
        (date(2027, 3, 28), time(18), PARIS, utc(2027, 3, 28, 16)),
        (date(2027, 3, 28), time(2, 30), PARIS, utc(2027, 3, 28, 1, 30)),
        (date(2026, 3, 29), time(2, 30), PARIS, utc(2026, 3, 29, 1, 30)),
        (date(2027, 10, 31), time(2, 30), PARIS, utc(2027, 10, 31, 0, 30)),
        (date(2026, 12, 5), time(14), REUNION, utc(2026, 12, 5, 10)),
        (date(2026, 7, 4), time(14), REUNION, utc(2026, 7, 4, 10)),
        (date(2026, 12, 5), time(1), REUNION, utc(2026, 12, 4, 21)),
        (date(2026, 12, 5), time(14), MARTINIQUE, utc(2026, 12, 5, 18)),
        (date(2026, 12, 5), time(21), MARTINIQUE, utc(2026, 12, 6, 1)),
    ],
    ids=[
        "winter",
        "summer",
        "the eve of the autumn change",
        "the day of the autumn change",
        "the hour that comes twice: its first time",
        "the eve of the spring change",
        "the day of the spring change",
        "the hour that is missing: an hour later",
        "the hour that is missing in 2026",
        "the hour that comes twice in 2027",
        "Reunion in December",
        "Reunion knows no summer time",
        "Reunion, the day before in Greenwich",
        "Martinique",
        "Martinique, the day after in Greenwich",
    ],
)
def test_instant_behind_a_date_and_an_hour(
    on: date, at: time, zone: str, instant: datetime
) -> None:
    assert at_wall_clock(on, at, zone) == instant
    assert at_wall_clock(on, at, zone).tzinfo is UTC


def test_hour_that_is_missing_reads_an_hour_later() -> None:
    skipped = at_wall_clock(date(2027, 3, 28), time(2, 30), PARIS)
    assert local(skipped, PARIS).time() == time(3, 30)


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.times().map(lambda at: at.replace(fold=0)),
    st.sampled_from([PARIS, REUNION, MARTINIQUE, "Indian/Mayotte", "Pacific/Noumea"]),
)
def test_clock_reads_what_was_planned(on: date, at: time, zone: str) -> None:
    shown = local(at_wall_clock(on, at, zone), zone)
    missing = zone == PARIS and on in SPRING and time(2) <= at < time(3)
    if missing:
        assert (shown.date(), shown.hour, shown.minute) == (on, 3, at.minute)
    else:
        assert (shown.date(), shown.time()) == (on, at)


SPRING = (date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26))
