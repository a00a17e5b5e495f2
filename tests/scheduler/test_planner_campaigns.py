"""Campaigns that are about no event: what is due of them, on the clocks of their families."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from bot.messages import About, Purpose
from bot.plans import Condition, PlannedStep, default_steps
from scheduler.planner import Household, Newcomer, State, plan, timetable, upcoming
from tests.scheduler.audience import (
    MARTINIQUE,
    PARIS,
    REUNION,
    campaign,
    due,
    gathering,
    household,
    wall,
)

WAVE = "survey:campaign-4:1:wave:family-7"


def june(moment: str) -> datetime:
    """The instant of "18 09:00" in June 2026, Paris."""
    day, hour = moment.split()
    return wall(f"2026-06-{day} {hour}")


def told(at: str = "11 10:00", *, answered: bool = False) -> Household:
    return household(invited_at=june(at), rsvp="answered" if answered else None)


@pytest.mark.parametrize(
    ("family", "now", "expected"),
    [
        (household(), "11 09:59", []),
        (household(), "11 10:00", ["wave"]),
        (household(), "25 23:59", ["wave"]),
        (household(), "26 00:00", []),
        (told(), "17 17:29", []),
        (told(), "17 17:30", ["wave_nudge"]),
        (told(), "25 23:59", ["wave_nudge"]),
        (told(), "26 00:00", []),
        (told(answered=True), "17 17:30", []),
        (told("17 12:00"), "17 17:30", []),
        (told("17 12:00"), "18 08:00", ["wave_nudge"]),
    ],
    ids=[
        "before its hour",
        "at its hour",
        "the last minute of its last day",
        "its last day is over",
        "before the nudge",
        "a silent family is nudged",
        "to the last minute",
        "and not after it",
        "who answered is not",
        "who was told late has time to answer",
        "and is nudged then",
    ],
)
def test_each_step_is_due_for_its_families_in_its_time(
    family: Household, now: str, expected: list[str]
) -> None:
    decided = [WAVE] if family.invited_at else []
    assert [one.step for one in due(campaign(family), june(now), *decided)] == expected


def test_an_intent_says_of_which_campaign_and_centre_it_is() -> None:
    (intent,) = due(campaign(household(), centre_id=9), june("11 12:00"))
    assert intent.key == WAVE
    assert (intent.about, intent.event_id) == (About(campaign_id=4), None)
    assert (intent.centre_id, intent.family_id, intent.contact_id) == (9, 7, 71)
    assert (intent.due_at, intent.expires_at) == (june("11 10:00"), june("26 00:00"))


def test_every_family_hears_on_its_own_clock() -> None:
    zones = {MARTINIQUE: 1, PARIS: 2, REUNION: 3}
    state = State(
        tuple(
            campaign(household(family_id=number), zone=zone, centre_id=number)
            for zone, number in zones.items()
        ),
        (),
        frozenset(),
    )
    found = {
        one.family_id: one.due_at
        for one in upcoming(state, june("01 12:00"), june("12 12:00"))
        if one.step == "wave"
    }
    assert found == {number: wall("2026-06-11 10:00", zone) for zone, number in zones.items()}


def test_nobody_has_to_be_anywhere_so_no_hour_is_too_late() -> None:
    last = PlannedStep("last", Purpose.REMINDER, 0, time(17, 30), Condition.SILENT, None)
    (slot,) = timetable(campaign(at=time(18), steps=(last,)))
    assert slot.due_at == june("11 17:30")


def test_a_campaign_made_late_leaves_at_once() -> None:
    subject = campaign(household(), created_at=june("13 15:00"))
    assert due(subject, june("13 14:59")) == ()
    (intent,) = due(subject, june("13 15:00"))
    assert intent.due_at == june("13 15:00")


def test_a_cancelled_campaign_plans_nothing() -> None:
    families = (household(), replace(told(), family_id=8))
    for now in (june("11 10:00"), june("17 17:30")):
        assert due(campaign(*families), now)
        assert due(campaign(*families, cancelled=True), now) == ()


def test_a_new_version_repeats_nothing_that_was_decided() -> None:
    every = tuple(
        PlannedStep(f"step{number}", purpose, 0, time(10), condition, None)
        for number, (purpose, condition) in enumerate(
            (purpose, condition)
            for purpose in (Purpose.INVITATION, Purpose.REMINDER, Purpose.SURVEY)
            for condition in (Condition.INVITED, Condition.SILENT)
        )
    )
    family = told("10 08:00")
    before = due(campaign(family, steps=every), june("11 12:00"))
    assert len(before) == len(every)
    again = campaign(family, steps=every, version=2)
    assert due(again, june("11 12:01"), *(one.key for one in before)) == ()


def test_a_campaign_speaks_to_nobody_as_if_they_had_come_or_stayed_away() -> None:
    steps = tuple(
        PlannedStep(condition, Purpose.SURVEY, 0, time(10), condition, None)
        for condition in (
            Condition.COMING, Condition.ATTENDED, Condition.ABSENT, Condition.NO_SHOW,
        )
    )  # fmt: skip
    families = (household(), replace(told(answered=True), family_id=8))
    assert due(campaign(*families, steps=steps), june("12 10:00")) == ()


def test_a_campaigns_message_can_be_a_newcomers_first_word() -> None:
    newcomer = Newcomer(71, 7, 3, PARIS, june("10 12:00"))
    subject = campaign(household(joined_at=june("10 12:00")))
    state = State((subject,), (newcomer,), frozenset())
    assert [one.step for one in plan(state, june("11 10:00"))] == ["wave"]
    later = State((replace(subject, on=date(2026, 6, 20)),), (newcomer,), frozenset())
    assert [one.step for one in plan(later, june("11 10:00"))] == ["welcome"]


def test_events_and_campaigns_with_one_number_stay_apart() -> None:
    event = gathering(household(), event_id=4, steps=default_steps("announcement"))
    subject = campaign(household(), campaign_id=4, steps=default_steps("announcement"))
    late = replace(event, on=date(2026, 6, 11))
    keys = [one.key for one in plan(State((late, subject), (), frozenset()), june("11 12:00"))]
    assert keys == [
        "invitation:campaign-4:1:announcement:family-7",
        "invitation:event-4:1:announcement:family-7",
    ]
