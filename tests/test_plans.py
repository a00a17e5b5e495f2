"""The plan that an event starts with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gate import EVERY_DAY, Hours
from bot.messages import Purpose
from bot.plans import (
    LOOKING_BACK,
    Condition,
    PlannedStep,
    default_steps,
    due_at,
    in_good_time,
    on_the_clock,
)
from bot.wallclock import at_wall_clock

KINDS = ("workshop", "outing", "meeting")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "workshop",
            [
                ("invitation", "invitation", -7, "10:00", "invited", None),
                ("nudge", "invitation", -4, "17:30", "silent", 48),
                ("reminder", "reminder", -2, "18:00", "coming", None),
                ("morning", "reminder", 0, "09:00", "coming", None),
                ("survey", "survey", 1, "morning", "attended", 96),
                ("absence", "survey", 1, "morning", "no_show", 96),
            ],
        ),
        (
            "outing",
            [
                ("invitation", "invitation", -10, "10:00", "invited", None),
                ("nudge", "invitation", -5, "17:30", "silent", 48),
                ("reminder", "reminder", -2, "18:00", "coming", None),
                ("morning", "reminder", 0, "09:00", "coming", None),
                ("survey", "survey", 1, "morning", "attended", 96),
                ("absence", "survey", 1, "morning", "no_show", 96),
            ],
        ),
        (
            "meeting",
            [
                ("invitation", "invitation", -7, "10:00", "invited", None),
                ("nudge", "invitation", -3, "17:30", "silent", 48),
                ("reminder", "reminder", -2, "18:00", "coming", None),
                ("morning", "reminder", 0, "09:00", "coming", None),
                ("survey", "survey", 1, "morning", "attended", 96),
                ("absence", "survey", 1, "morning", "no_show", 96),
            ],
        ),
    ],
)
def test_every_kind_of_event_has_its_plan(
    kind: str, expected: list[tuple[str, str, int, str, str, int | None]]
) -> None:
    assert default_steps(kind) == tuple(
        PlannedStep(
            name,
            Purpose(purpose),
            days,
            time() if at == "morning" else time.fromisoformat(at),
            Condition(who),
            late,
            morning=at == "morning",
        )
        for name, purpose, days, at, who, late in expected
    )


@pytest.mark.parametrize("kind", KINDS)
def test_default_steps_leave_while_messages_may(kind: str) -> None:
    for step in default_steps(kind):
        assert step.morning or time(9) <= step.at <= time(19, 30), step.name


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_within_a_plan(kind: str) -> None:
    names = [step.name for step in default_steps(kind)]
    assert len(names) == len(set(names))


def test_an_unknown_kind_has_no_plan() -> None:
    with pytest.raises(KeyError):
        default_steps("concert")


THURSDAY = date(2026, 6, 18)
NOEL = date(2026, 12, 25)  # a Friday
HOURS = Hours("Europe/Paris", holidays=frozenset({NOEL}))  # 9:00 to 19:30, no Sundays


def reminder(days: int = 0, at: str = "00:00", **way: Any) -> PlannedStep:
    """A reminder for who comes; `way`: hours or morning."""
    return PlannedStep(
        "morning", Purpose.REMINDER, days, time.fromisoformat(at), Condition.COMING, None, **way
    )


def survey(days: int = 1, condition: Condition = Condition.ATTENDED, **way: Any) -> PlannedStep:
    return PlannedStep("survey", Purpose.SURVEY, days, time(10), condition, 96, **way)


def paris(text: str) -> datetime:
    """The instant that a clock in Paris shows as "2026-06-18 18:00"."""
    shown = datetime.fromisoformat(text)
    return at_wall_clock(shown.date(), shown.time(), "Europe/Paris")


@pytest.mark.parametrize(
    ("step", "event_at", "expected"),
    [
        (reminder(0, "09:00"), "18:00", "2026-06-18 09:00"),
        (reminder(0, "09:00"), "10:01", "2026-06-18 09:00"),
        (reminder(0, "09:00"), "10:00", "2026-06-17 18:00"),
        (reminder(0, "09:00"), "09:30", "2026-06-17 18:00"),
        (reminder(0, "09:00"), "08:00", "2026-06-17 18:00"),
        (reminder(0, "17:30"), "18:00", "2026-06-17 18:00"),
        (reminder(-1, "09:00"), "09:30", "2026-06-17 09:00"),
        (reminder(-2, "18:00"), "08:00", "2026-06-16 18:00"),
        (reminder(morning=True), "18:00", "2026-06-18 09:00"),
        (reminder(morning=True), "09:30", "2026-06-17 18:00"),
        (reminder(hours=-3), "18:00", "2026-06-18 15:00"),
        (reminder(hours=-1), "18:00", "2026-06-18 17:00"),
        (reminder(hours=-3), "11:00", "2026-06-18 08:00"),
        (reminder(hours=-3), "10:00", "2026-06-17 18:00"),
        (reminder(hours=-3), "08:00", "2026-06-17 18:00"),
        (reminder(hours=-24), "10:00", "2026-06-17 10:00"),
        (reminder(-1, hours=-3), "18:00", "2026-06-18 15:00"),
    ],
)
def test_what_would_come_too_late_leaves_the_evening_before(
    step: PlannedStep, event_at: str, expected: str
) -> None:
    assert due_at(step, THURSDAY, time.fromisoformat(event_at), HOURS) == paris(expected)


@pytest.mark.parametrize(
    "step",
    [
        replace(survey(0, Condition.INVITED), at=time(19)),
        replace(reminder(0, "19:00"), condition=Condition.ATTENDED),
        replace(reminder(0, "19:00"), condition=Condition.ABSENT),
        reminder(hours=1),
        reminder(hours=0),
    ],
)
def test_what_looks_back_on_the_event_stays_after_it(step: PlannedStep) -> None:
    event = THURSDAY, time(19), HOURS
    assert in_good_time(step, *event) == step
    assert due_at(step, *event) == on_the_clock(step, *event) >= paris("2026-06-18 19:00")


@pytest.mark.parametrize(
    ("on", "days", "hours", "expected"),
    [
        (date(2026, 6, 18), 1, HOURS, "2026-06-19 09:00"),
        (date(2026, 6, 20), 1, HOURS, "2026-06-22 09:00"),
        (date(2026, 6, 20), 2, HOURS, "2026-06-22 09:00"),
        (date(2026, 12, 24), 1, HOURS, "2026-12-26 09:00"),
        (date(2026, 6, 18), 1, replace(HOURS, opens=time(10, 30)), "2026-06-19 10:30"),
        (date(2026, 6, 18), 1, replace(HOURS, opens=time(0)), "2026-06-19 00:00"),
        (date(2026, 6, 18), 1, replace(HOURS, quiet_days=frozenset({5, 6, 7})), "2026-06-22 09:00"),
        (date(2026, 10, 24), 1, replace(HOURS, quiet_days=frozenset()), "2026-10-25 09:00"),
        (date(2026, 3, 28), 1, replace(HOURS, quiet_days=frozenset()), "2026-03-29 09:00"),
        (date(2026, 6, 18), 1, replace(HOURS, quiet_days=EVERY_DAY), "2026-06-19 09:00"),
    ],
    ids=[
        "the next morning",
        "not on a Sunday",
        "two days on it is Monday anyway",
        "not on a holiday",
        "when the centre opens",
        "open at midnight",
        "a long week-end",
        "the clocks go back",
        "the clocks go forward",
        "nothing ever opens: the gate says so",
    ],
)
def test_the_next_contactable_morning(on: date, days: int, hours: Hours, expected: str) -> None:
    step = survey(days, morning=True)
    assert due_at(step, on, time(18), hours) == paris(expected)


@pytest.mark.parametrize(
    ("on", "at", "hours", "expected"),
    [
        (date(2026, 3, 29), "04:00", -3, "2026-03-28T23:00+00:00"),
        (date(2026, 3, 29), "12:00", -24, "2026-03-28T10:00+00:00"),
        (date(2026, 10, 25), "04:00", -3, "2026-10-25T00:00+00:00"),
        (date(2026, 10, 25), "12:00", -24, "2026-10-24T11:00+00:00"),
        (date(2026, 10, 24), "18:00", 24, "2026-10-25T16:00+00:00"),
    ],
)
def test_hours_are_those_that_pass_also_over_a_change_of_clocks(
    on: date, at: str, hours: int, expected: str
) -> None:
    step = survey(hours=hours)
    due = on_the_clock(step, on, time.fromisoformat(at), HOURS)
    assert due == datetime.fromisoformat(expected)


def test_a_saturdays_survey_leaves_on_monday_morning() -> None:
    for kind in KINDS:
        for step in default_steps(kind):
            if step.condition in LOOKING_BACK:
                saturday = date(2026, 11, 28)
                assert due_at(step, saturday, time(14), HOURS) == paris("2026-11-30 09:00")


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
centres = st.builds(
    Hours,
    zone=st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Martinique"]),
    opens=st.sampled_from([time(0), time(7), time(9), time(10, 30)]),
    closes=st.sampled_from([time(12), time(19, 30), time(21)]),
    quiet_days=st.frozensets(st.integers(1, 7), max_size=6),
    holidays=st.frozensets(days, max_size=20),
)


@given(days, clocks, st.integers(-9, 9), centres)
def test_a_morning_is_always_one_at_which_messages_may_leave(
    on: date, at: time, ahead: int, hours: Hours
) -> None:
    due = on_the_clock(survey(ahead, morning=True), on, at, hours)
    shown = due.astimezone(ZoneInfo(hours.zone))
    assert hours.next_open(due) == due
    assert shown.date() >= on + timedelta(days=ahead)
    assert shown.time() == hours.opens
    before = at_wall_clock(on + timedelta(days=ahead), time(), hours.zone)
    assert hours.next_open(before) == due  # none between


@given(days, clocks, st.integers(-72, 72), centres)
def test_hours_count_from_the_start_to_the_minute(
    on: date, at: time, count: int, hours: Hours
) -> None:
    starts_at = at_wall_clock(on, at, hours.zone)
    assert on_the_clock(survey(hours=count), on, at, hours) - starts_at == timedelta(hours=count)


ways = st.one_of(
    st.builds(reminder, st.integers(-3, 0), st.sampled_from(["08:00", "09:00", "17:30"])),
    st.builds(reminder, st.integers(-3, 0), morning=st.just(True)),
    st.builds(reminder, hours=st.integers(-30, -1)),
)


@given(days, clocks, ways, centres)
def test_a_reminder_never_comes_after_the_start(
    on: date, at: time, step: PlannedStep, hours: Hours
) -> None:
    assert due_at(step, on, at, hours) < at_wall_clock(on, at, hours.zone)
