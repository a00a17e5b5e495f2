"""The plan that an event starts with."""

from __future__ import annotations

from datetime import time

import pytest

from bot.messages import Purpose
from bot.plans import Condition, PlannedStep, default_steps, in_good_time

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
                ("survey", "survey", 1, "10:30", "attended", 96),
                ("absence", "survey", 1, "10:45", "no_show", 96),
            ],
        ),
        (
            "outing",
            [
                ("invitation", "invitation", -10, "10:00", "invited", None),
                ("nudge", "invitation", -5, "17:30", "silent", 48),
                ("reminder", "reminder", -2, "18:00", "coming", None),
                ("morning", "reminder", 0, "09:00", "coming", None),
                ("survey", "survey", 1, "10:30", "attended", 96),
                ("absence", "survey", 1, "10:45", "no_show", 96),
            ],
        ),
        (
            "meeting",
            [
                ("invitation", "invitation", -7, "10:00", "invited", None),
                ("nudge", "invitation", -3, "17:30", "silent", 48),
                ("reminder", "reminder", -2, "18:00", "coming", None),
                ("morning", "reminder", 0, "09:00", "coming", None),
                ("survey", "survey", 1, "10:30", "attended", 96),
                ("absence", "survey", 1, "10:45", "no_show", 96),
            ],
        ),
    ],
)
def test_every_kind_of_event_has_its_plan(
    kind: str, expected: list[tuple[str, str, int, str, str, int | None]]
) -> None:
    assert default_steps(kind) == tuple(
        PlannedStep(name, Purpose(purpose), days, time.fromisoformat(at), Condition(who), late)
        for name, purpose, days, at, who, late in expected
    )


@pytest.mark.parametrize("kind", KINDS)
def test_default_steps_leave_while_messages_may(kind: str) -> None:
    for step in default_steps(kind):
        assert time(9) <= step.at <= time(19, 30), step.name


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_within_a_plan(kind: str) -> None:
    names = [step.name for step in default_steps(kind)]
    assert len(names) == len(set(names))


def test_an_unknown_kind_has_no_plan() -> None:
    with pytest.raises(KeyError):
        default_steps("concert")


def reminder(days: int, at: str) -> PlannedStep:
    return PlannedStep(
        "morning", Purpose.REMINDER, days, time.fromisoformat(at), Condition.COMING, None
    )


@pytest.mark.parametrize(
    ("step", "event_at", "expected"),
    [
        (reminder(0, "09:00"), "18:00", reminder(0, "09:00")),
        (reminder(0, "09:00"), "10:01", reminder(0, "09:00")),
        (reminder(0, "09:00"), "10:00", reminder(-1, "18:00")),
        (reminder(0, "09:00"), "09:30", reminder(-1, "18:00")),
        (reminder(0, "09:00"), "08:00", reminder(-1, "18:00")),
        (reminder(0, "17:30"), "18:00", reminder(-1, "18:00")),
        (reminder(-1, "09:00"), "09:30", reminder(-1, "09:00")),
        (reminder(-2, "18:00"), "08:00", reminder(-2, "18:00")),
    ],
)
def test_a_reminder_that_comes_too_late_leaves_the_evening_before(
    step: PlannedStep, event_at: str, expected: PlannedStep
) -> None:
    assert in_good_time(step, time.fromisoformat(event_at)) == expected


@pytest.mark.parametrize(
    ("purpose", "condition"),
    [
        (Purpose.SURVEY, Condition.INVITED),
        (Purpose.REMINDER, Condition.ATTENDED),
        (Purpose.REMINDER, Condition.ABSENT),
    ],
)
def test_what_looks_back_on_the_event_stays_after_it(
    purpose: Purpose, condition: Condition
) -> None:
    step = PlannedStep("survey", purpose, 0, time(19), condition, 24)
    assert in_good_time(step, time(17)) == step
