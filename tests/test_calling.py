"""Whom an alarm calls, by the minute: tables of cases, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.calling import Person, Waits, calls_by, turns

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
CENTRE = 7
NADIA = Person(1, "coordinator", CENTRE, has_chat=True)
KARIM = Person(2, "coordinator", CENTRE, has_chat=True)
DINA = Person(3, "director", CENTRE, has_chat=True)
ADA = Person(4, "admin", None, has_chat=True)
JULES = Person(5, "coordinator", 8, has_chat=True)
TEAM = (NADIA, KARIM, DINA, ADA, JULES)
WAITS = Waits()


def called(team: tuple[Person, ...], duty: tuple[int, ...], minutes: int) -> set[tuple[int, int]]:
    order = turns(team, duty, CENTRE)
    now = AT + timedelta(minutes=minutes)
    return {(one.staff_id, one.round) for one in calls_by(order, AT, now, WAITS)}


def absent(*ids: int) -> tuple[Person, ...]:
    return tuple(replace(one, absent=one.id in ids) for one in TEAM)


EVERYBODY = {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("minutes", "who", "round_"),
    [
        (0, {1}, 0),
        (14, {1}, 0),
        (15, {1, 2}, None),
        (29, {1, 2}, None),
        (30, EVERYBODY, 2),
        (59, EVERYBODY, 2),
        (60, EVERYBODY, 3),
        (300, EVERYBODY, 11),
    ],
)
def test_duty_then_deputy_then_everybody_again_and_again(
    minutes: int, who: set[int], round_: int | None
) -> None:
    found = called(TEAM, (1, 2), minutes)
    assert {one for one, _ in found} == who
    if round_ is not None:
        assert {each for _, each in found} == {round_}


def test_nobody_on_duty_calls_the_director_first() -> None:
    assert called(TEAM, (), 0) == {(3, 0)}
    assert {one for one, _ in called(TEAM, (), 15)} == EVERYBODY


def test_centre_without_a_director_calls_those_who_see_every_centre() -> None:
    assert called((NADIA, ADA, JULES), (), 0) == {(4, 0)}


def test_centre_with_nobody_above_calls_everybody_at_once() -> None:
    assert called((NADIA, KARIM), (), 0) == {(1, 0), (2, 0)}


def test_stranger_of_no_centre_calls_those_who_see_every_centre() -> None:
    order = turns(TEAM, (), None)
    assert [one.staff_id for one in calls_by(order, AT, AT, WAITS)] == [4]


def test_who_is_absent_today_is_passed_over_at_once() -> None:
    assert called(absent(1), (1, 2), 0) == {(2, 0)}
    assert called(absent(1, 2), (1, 2), 0) == {(3, 0)}
    assert called(absent(1, 2, 3), (1, 2), 0) == {(4, 0)}


def test_where_all_are_absent_they_are_called_all_the_same() -> None:
    assert called(absent(1, 2, 3, 4), (1, 2), 0) == {(1, 0)}


def test_turn_without_a_chat_is_called_and_the_next_one_too() -> None:
    team = (replace(NADIA, has_chat=False), KARIM, DINA)
    assert called(team, (1, 2), 0) == {(1, 0), (2, 1)}
    silent = tuple(replace(one, has_chat=False) for one in team)
    assert {one for one, _ in called(silent, (1, 2), 0)} == {1, 2, 3}


def test_rounds_that_passed_while_nothing_ran_are_not_made_up_for() -> None:
    assert {each for _, each in called(TEAM, (1, 2), 24 * 60)} == {2 + 47}


def test_nobody_at_all_calls_nobody() -> None:
    assert called((), (1,), 0) == set()
