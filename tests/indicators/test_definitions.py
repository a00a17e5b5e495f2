"""What is counted, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Rejected
from bot.indicators.definitions import DEFINITIONS, Period, period_of, read_period

AUTUMN = Period(2026, 2)
LATER = date(2027, 1, 15)


def test_every_definition_is_complete_and_needs_enough_families() -> None:
    assert [one.code for one in DEFINITIONS] == [
        *("I01", "I02", "I05", "I06", "I07", "I13"),
        *("I15", "I16", "I17", "I18"),
    ]
    for one in DEFINITIONS:
        words = (one.label, one.numerator, one.denominator, one.unit, one.source, one.serves)
        assert all(words)
        assert one.min_n == (30 if one.unit.startswith("parent") else 11)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        (" 2027-h1 ", date(2027, 1, 1), date(2027, 6, 30)),
    ],
)
def test_a_period_is_a_year_and_a_half(text: str, start: date, end: date) -> None:
    period = read_period(text)
    assert (period.start, period.end) == (start, end)
    assert read_period(str(period)) == period


@pytest.mark.parametrize("text", ["", "2026", "2026-H3", "2026-S2", "26-H2", "٢٠٢٦-H2", "2026-H22"])
def test_an_unreadable_period_says_how_to_write_it(text: str) -> None:
    with pytest.raises(Rejected, match=r"par exemple 2026-H2"):
        read_period(text)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 1, 1), "2026-H1"),
        (date(2026, 6, 30), "2026-H1"),
        (date(2026, 7, 1), "2026-H2"),
        (date(2026, 12, 31), "2026-H2"),
    ],
)
def test_every_day_lies_in_the_half_year_named_after_it(day: date, written: str) -> None:
    period = period_of(day)
    assert str(period) == written
    assert period.start <= day <= period.end


def test_a_half_year_begins_and_ends_at_local_midnight() -> None:
    """Summer time in July, winter time in January."""
    assert AUTUMN.instants(ZoneInfo("Europe/Paris")) == (
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 12, 31, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("joined_on", "left_on", "today", "active"),
    [
        (date(2024, 9, 1), None, LATER, True),
        (date(2026, 11, 2), None, LATER, True),
        (date(2026, 11, 3), None, LATER, False),
        (date(2024, 9, 1), date(2026, 8, 29), LATER, True),
        (date(2024, 9, 1), date(2026, 8, 28), LATER, False),
        (date(2026, 9, 1), date(2026, 10, 30), LATER, True),
        (date(2026, 9, 1), date(2026, 10, 29), LATER, False),
        (date(2024, 9, 1), date(2026, 6, 30), LATER, False),
        (date(2027, 1, 2), None, LATER, False),
        (date(2024, 9, 1), None, date(2026, 8, 29), True),
        (date(2024, 9, 1), None, date(2026, 8, 28), False),
        (date(2024, 9, 1), date(2027, 5, 1), date(2026, 8, 28), False),
    ],
    ids=[
        "here all along",
        "joins 60 days before the end",
        "joins 59 days before the end",
        "leaves on the 60th day",
        "leaves on the 59th day",
        "60 days in the middle",
        "59 days in the middle",
        "left before",
        "joins after",
        "60th day of the running half-year",
        "59th day of the running half-year",
        "will leave, but days to come do not count",
    ],
)
def test_sixty_days_make_a_family_active(
    joined_on: date, left_on: date | None, today: date, active: bool
) -> None:
    assert AUTUMN.has_enrolled(joined_on, left_on, today=today) is active
