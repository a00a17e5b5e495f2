"""Asking back which event an answer was for, one conversation per test."""

from __future__ import annotations

from datetime import date

import pytest

from bot.flows.answers import Answer, No, Number, Picked, Unclear, Yes
from bot.flows.base import HandOver, Turn
from bot.flows.which import MOST, Option, Which, advance, between
from bot.messages import Texts
from bot.translation import render
from tests.flows.scenes import scene


def option(id: int, day: int) -> Option:  # noqa: A002  # as the field is called
    return Option(id, Texts("fr", {"fr": "Atelier lecture"}), date(2026, 12, day))


WEEKLY = (option(31, 2), option(32, 9), option(33, 16), option(34, 23))


def converse(*answers: Answer) -> Turn[Which]:
    turn = between(WEEKLY, "oui", scene())
    for answer in answers:
        assert turn.state is not None, "the flow ended early"
        turn = advance(turn.state, answer, scene())
    return turn


def test_at_most_three_choices_each_with_its_day() -> None:
    (question,) = converse().says
    assert len(question.choices) == MOST
    labels = [render(choice.label, "fr") for choice in question.choices]
    assert labels == [
        "Atelier lecture, mercredi 2 décembre",
        "Atelier lecture, mercredi 9 décembre",
        "Atelier lecture, mercredi 16 décembre",
    ]


@pytest.mark.parametrize(("number", "conversation"), [(1, 31), (2, 32), (3, 33)])
def test_number_picks_the_conversation_that_gets_the_kept_text(
    number: int, conversation: int
) -> None:
    state = converse(Unclear(), Number(number)).state
    assert state is not None
    assert (state.picked, state.text) == (conversation, "oui")


@pytest.mark.parametrize("answer", [Number(0), Number(4), Yes(), No(), Unclear()])
def test_anything_else_is_asked_once_more_then_a_person_takes_over(answer: Answer) -> None:
    again = converse(answer)
    assert again.awaiting
    assert again.state is not None
    assert again.state.picked is None
    given_up = converse(answer, answer)
    assert given_up.state is None
    assert given_up.effects == (HandOver("unclear"),)


def test_zero_drops_the_answer() -> None:
    turn = converse(Picked("skip"))
    assert turn.state is None
    assert turn.effects == ()


def test_conversation_of_before_the_day_was_kept_is_still_understood() -> None:
    undated = between((Option(1, WEEKLY[0].title), option(2, 9)), "oui", scene())
    assert render(undated.says[0].choices[0].label, "fr") == "Atelier lecture"
