"""The wall clock: what families see, across clock changes, month ends, oceans and servers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wallclock import at_wall_clock, local
from scheduler.timing import offset

PARIS = "Europe/Paris"
REUNION = "Indian/Reunion"
MARTINIQUE = "America/Martinique"
ZONES = (PARIS, REUNION, MARTINIQUE, "Pacific/Noumea", "America/Cayenne", "UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "at", "zone", "expected"),
    [
        (date(2026, 1, 15), time(18), PARIS, "2026-01-15 17:00"),
        (date(2026, 7, 15), time(18), PARIS, "2026-07-15 16:00"),
        (date(2026, 3, 29), time(1, 59), PARIS, "2026-03-29 00:59"),
        (date(2026, 3, 29), time(2), PARIS, "2026-03-29 01:00"),
        (date(2026, 3, 29), time(2, 30), PARIS, "2026-03-29 01:30"),
        (date(2026, 3, 29), time(3), PARIS, "2026-03-29 01:00"),
        (date(2026, 10, 25), time(1, 59), PARIS, "2026-10-24 23:59"),
        (date(2026, 10, 25), time(2, 30), PARIS, "2026-10-25 00:30"),
        (date(2026, 10, 25), time(2, 30, fold=1), PARIS, "2026-10-25 00:30"),
        (date(2026, 10, 25), time(3), PARIS, "2026-10-25 02:00"),
        (date(2027, 3, 28), time(2, 30), PARIS, "2027-03-28 01:30"),
        (date(2027, 3, 28), time(9), PARIS, "2027-03-28 07:00"),
        (date(2027, 10, 31), time(2, 30), PARIS, "2027-10-31 00:30"),
        (date(2027, 10, 31), time(9), PARIS, "2027-10-31 08:00"),
        (date(2026, 3, 29), time(2, 30), REUNION, "2026-03-28 22:30"),
        (date(2026, 7, 15), time(18), REUNION, "2026-07-15 14:00"),
        (date(2026, 10, 25), time(2, 30), MARTINIQUE, "2026-10-25 06:30"),
        (date(2026, 12, 31), time(21), MARTINIQUE, "2027-01-01 01:00"),
    ],
)
def test_wall_clock_is_the_clock_of_the_families(
    on: date, at: time, zone: str, expected: str
) -> None:
    assert at_wall_clock(on, at, zone) == utc(expected)


@pytest.mark.parametrize("on", [date(2026, 3, 29), date(2027, 3, 28)])
def test_the_missing_hour_is_read_one_hour_later(on: date) -> None:
    shown = local(at_wall_clock(on, time(2, 30), PARIS), PARIS)
    assert (shown.date(), shown.time()) == (on, time(3, 30))


@pytest.mark.parametrize("on", [date(2026, 10, 25), date(2027, 10, 31)])
def test_the_hour_that_comes_twice_is_read_the_first_time(on: date) -> None:
    first = at_wall_clock(on, time(2, 30), PARIS)
    for instant in (first, first + timedelta(hours=1)):
        assert local(instant, PARIS).time() == time(2, 30)


@pytest.mark.parametrize(
    ("event_on", "days", "at", "zone", "expected"),
    [
        (date(2026, 3, 30), -2, time(18), PARIS, "2026-03-28 17:00"),
        (date(2026, 3, 30), -1, time(18), PARIS, "2026-03-29 16:00"),
        (date(2026, 10, 26), -2, time(18), PARIS, "2026-10-24 16:00"),
        (date(2026, 10, 26), -1, time(18), PARIS, "2026-10-25 17:00"),
        (date(2027, 3, 29), -2, time(18), PARIS, "2027-03-27 17:00"),
        (date(2027, 3, 29), -1, time(18), PARIS, "2027-03-28 16:00"),
        (date(2027, 11, 1), -2, time(18), PARIS, "2027-10-30 16:00"),
        (date(2027, 11, 1), -1, time(18), PARIS, "2027-10-31 17:00"),
        (date(2026, 5, 1), -2, time(18), PARIS, "2026-04-29 16:00"),
        (date(2026, 3, 1), -1, time(18), PARIS, "2026-02-28 17:00"),
        (date(2028, 3, 1), -1, time(18), PARIS, "2028-02-29 17:00"),
        (date(2028, 2, 29), 1, time(10, 30), PARIS, "2028-03-01 09:30"),
        (date(2028, 2, 29), 0, time(9), PARIS, "2028-02-29 08:00"),
        (date(2027, 1, 1), -7, time(10), PARIS, "2026-12-25 09:00"),
        (date(2026, 3, 30), -2, time(18), REUNION, "2026-03-28 14:00"),
        (date(2026, 11, 2), -7, time(10), REUNION, "2026-10-26 06:00"),
        (date(2026, 3, 30), -2, time(18), MARTINIQUE, "2026-03-28 22:00"),
        (date(2026, 3, 1), -1, time(21), MARTINIQUE, "2026-03-01 01:00"),
    ],
)
def test_days_are_counted_on_the_calendar(
    event_on: date, days: int, at: time, zone: str, expected: str
) -> None:
    assert offset(event_on, days, at, zone) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (PARIS, "2026-03-29T03:00:00+02:00"),
        (REUNION, "2026-03-29T05:00:00+04:00"),
        (MARTINIQUE, "2026-03-28T21:00:00-04:00"),
    ],
)
def test_local_shows_the_same_instant(zone: str, expected: str) -> None:
    assert local(utc("2026-03-29 01:00"), zone).isoformat() == expected


def test_every_instant_is_utc() -> None:
    assert at_wall_clock(date(2026, 7, 15), time(18), PARIS).tzinfo is UTC
    assert offset(date(2026, 7, 15), -2, time(18), PARIS).tzinfo is UTC


def test_the_servers_zone_plays_no_part(server_zone: str) -> None:
    shown_by_server = datetime(2026, 7, 15, 12).astimezone().utcoffset()
    expected = {"UTC": 0, "Asia/Tokyo": 9, "America/Los_Angeles": -7}[server_zone]
    assert shown_by_server == timedelta(hours=expected), "the machine did not move"

    assert at_wall_clock(date(2026, 3, 29), time(2, 30), PARIS) == utc("2026-03-29 01:30")
    assert at_wall_clock(date(2026, 10, 25), time(2, 30), PARIS) == utc("2026-10-25 00:30")
    assert offset(date(2026, 3, 30), -2, time(18), MARTINIQUE) == utc("2026-03-28 22:00")
    assert local(utc("2026-03-29 01:00"), PARIS).isoformat() == "2026-03-29T03:00:00+02:00"


@given(
    on=st.dates(date(2024, 1, 1), date(2034, 12, 31)),
    at=st.times().filter(lambda at: at.hour >= 4),
    days=st.integers(-30, 30),
    zone=st.sampled_from(ZONES),
)
def test_clocks_show_the_hour_that_was_asked_for(on: date, at: time, days: int, zone: str) -> None:
    shown = local(offset(on, days, at, zone), zone)
    assert (shown.date(), shown.time()) == (on + timedelta(days=days), at.replace(fold=0))
