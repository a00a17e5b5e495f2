"""A centre's own plan: what may stand in it, who takes it, and how it goes again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from bot.centre_plans import (
    check_plan,
    example,
    plan_for,
    reset_plan,
    save_plan,
)
from bot.errors import Rejected
from bot.gate import Hours
from bot.plans import Condition, PlannedStep, default_steps
from bot.storage.events import steps_of
from bot.storage.tables import centre_steps
from tests.house import WORKSHOP, House

HOURS = Hours("Europe/Paris")
HOUSE = {step.name: step for step in default_steps("workshop")}


def plan(*without: str, **changed: dict[str, object]) -> tuple[PlannedStep, ...]:
    """The house's plan for a workshop, without some steps and with others changed."""
    return tuple(
        replace(step, **changed.get(name, {}))  # type: ignore[arg-type]  # fields by name
        for name, step in HOUSE.items()
        if name not in without
    )


def test_the_house_s_own_plans_may_stand_in_any_centre() -> None:
    for kind in ("workshop", "outing", "meeting"):
        check_plan(kind, default_steps(kind), HOURS)


@pytest.mark.parametrize(
    ("planned", "why"),
    [
        (plan("invitation"), "manque l'invitation"),
        ((*plan(), HOUSE["nudge"]), "Deux fois le même message : la relance"),
        ((*plan(), replace(HOUSE["nudge"], name="sermon")), "Message inconnu : « sermon »"),
        (plan(reminder={"at": time(20)}), "rien ne part à 20h dans ce centre"),
        (plan(reminder={"at": time(19, 30)}), "rien ne part à 19h30"),
        (plan(reminder={"days": 1}), "avant l'événement, ou le jour même"),
        (plan(reminder={"hours": 2}), "avant l'événement, ou le jour même"),
        (plan(invitation={"days": -61}), "entre 60 jours avant et 30 jours après"),
        (plan(survey={"days": 31}), "entre 60 jours avant et 30 jours après"),
        (plan(reminder={"hours": -61 * 24}), "entre 60 jours avant"),
        (plan(survey={"days": 0}), "après l'événement"),
        (plan(absence={"hours": -1}), "après l'événement"),
        (plan(nudge={"days": -7}), ""),
        (plan(nudge={"days": -8}), "après celui de l'invitation"),
        (plan(nudge={"days": -7, "at": time(10)}), "après celui de l'invitation"),
        (plan(nudge={"days": -7, "morning": True}), "après celui de l'invitation"),
        (plan(reminder={"hours": -24 * 9}), "après celui de l'invitation"),
        (plan(nudge={"condition": Condition.INVITED}), "ne se changent pas"),
        (plan(survey={"late_hours": 0}), "le retard permis"),
        (plan(survey={"late_hours": 721}), "le retard permis"),
        (plan(reminder={"hours": -3, "at": time(3)}), "même jour"),
        (plan("morning", reminder={"hours": -3, "at": time(3)}), ""),
        (plan(reminder={"days": 0, "at": time(12)}), "même jour"),
        (plan(morning={"morning": True, "at": time(0)}), ""),
        (plan("nudge", "reminder", "morning", "survey", "absence"), ""),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_reason(
    planned: tuple[PlannedStep, ...], why: str
) -> None:
    if not why:
        check_plan("workshop", planned, HOURS)
        return
    with pytest.raises(Rejected, match=why):
        check_plan("workshop", planned, HOURS)


def test_unknown_kind_is_named() -> None:
    with pytest.raises(Rejected, match="workshop, outing, meeting"):
        check_plan("wave", default_steps("workshop"), HOURS)


def test_new_events_take_the_centre_s_plan_and_older_ones_keep_theirs(house: House) -> None:
    house.family(0)
    before = house.event()
    mine = plan(
        "nudge", invitation={"days": -14}, reminder={"hours": -24}, morning={"morning": True}
    )
    with house.database.write() as db:
        save_plan(db, house.centre(), "workshop", mine, HOURS)
    after, outing = house.event(), house.event(kind="outing")
    with house.database.read() as db:
        assert set(steps_of(db, before)) == set(default_steps("workshop"))
        assert set(steps_of(db, after)) == set(mine)
        assert set(steps_of(db, outing)) == set(default_steps("outing"))


def test_a_plan_saved_twice_replaces_itself_and_reset_goes_back(house: House) -> None:
    house.family(0)
    centre = house.centre()
    with house.database.write() as db:
        save_plan(db, centre, "workshop", plan("nudge"), HOURS)
        save_plan(db, centre, "workshop", plan("survey"), HOURS)
        assert plan_for(db, centre, "workshop") == plan("survey")
        reset_plan(db, centre, "workshop")
        assert plan_for(db, centre, "workshop") == default_steps("workshop")


def test_the_house_s_plan_saved_unchanged_leaves_no_plan_of_its_own(house: House) -> None:
    house.family(0)
    with house.database.write() as db:
        save_plan(db, house.centre(), "workshop", plan(), HOURS)
    assert house.all(select(centre_steps)) == []


def test_a_refused_plan_leaves_the_one_that_stood(house: House) -> None:
    house.family(0)
    with house.database.write() as db:
        save_plan(db, house.centre(), "workshop", plan("nudge"), HOURS)
        with pytest.raises(Rejected):
            save_plan(db, house.centre(), "workshop", plan("invitation"), HOURS)
        assert plan_for(db, house.centre(), "workshop") == plan("nudge")


def test_example_says_when_each_step_leaves_and_what_sunday_moves() -> None:
    shown = example(plan("nudge", survey={"hours": 2}), WORKSHOP, time(18), HOURS)
    leaves = {one.step.name: one.leaves_at for one in shown}
    assert leaves["invitation"] == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert leaves["survey"] == datetime(2026, 11, 30, 8, tzinfo=UTC)  # Saturday 20:00, then Sunday
    assert [one.due_at for one in shown] == sorted(one.due_at for one in shown)


def test_example_of_a_morning_step_passes_over_a_public_holiday() -> None:
    hours = replace(HOURS, holidays=frozenset({date(2026, 11, 11)}))
    shown = example(
        plan(morning={"morning": True, "days": -1}), date(2026, 11, 12), time(18), hours
    )
    found = next(one for one in shown if one.step.name == "morning")
    assert found.leaves_at == datetime(2026, 11, 12, 8, tzinfo=UTC)


def test_example_leaves_out_a_reminder_for_which_a_sunday_event_has_no_hour_left() -> None:
    shown = example(default_steps("workshop"), date(2026, 11, 29), time(18), HOURS)
    leaves = {one.step.name: one.leaves_at for one in shown}
    assert leaves["morning"] is None  # not on Monday, the day after
    assert leaves["reminder"] == datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert leaves["survey"] == datetime(2026, 11, 30, 8, tzinfo=UTC)
