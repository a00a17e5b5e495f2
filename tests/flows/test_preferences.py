"""The menu of what a parent can set, one conversation per test."""

from __future__ import annotations

import pytest

from bot.flows.answers import Answer, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    Effect,
    HandOver,
    PauseMessages,
    StopMessages,
    Turn,
)
from bot.flows.menus import LANGUAGES
from bot.flows.preferences import (
    MENU,
    PAUSE_DAYS,
    Preferences,
    Question,
    advance,
    open_languages,
    open_preferences,
)
from tests.flows.scenes import scene


def converse(*answers: Answer) -> Turn[Preferences]:
    turn = open_preferences(scene())
    for answer in answers:
        assert turn.state is not None, "the flow ended early"
        turn = advance(turn.state, answer, scene())
    return turn


@pytest.mark.parametrize(
    ("answers", "effects"),
    [
        ((Picked("pause"),), (PauseMessages(PAUSE_DAYS),)),
        ((Number(2),), (PauseMessages(PAUSE_DAYS),)),
        ((Picked("stop"),), (StopMessages(),)),
        ((Number(3),), (StopMessages(),)),
        ((Picked("language"), Picked("tr")), (ChangeLanguage("tr"),)),
        ((Number(1), Number(2)), (ChangeLanguage("ar"),)),
        ((Picked("skip"),), ()),
        ((Number(1), Picked("skip")), ()),
        ((Unclear(), Yes(), Number(2)), (PauseMessages(PAUSE_DAYS),)),
        ((Unclear(), No(), Number(8)), (HandOver("unclear"),)),
    ],
    ids=[
        "pause",
        "pause by number",
        "stop",
        "stop by number",
        "language",
        "language by number",
        "nothing",
        "no language either",
        "recovers",
        "stays unclear",
    ],
)
def test_menu_leads_to_one_effect_at_most(
    answers: tuple[Answer, ...], effects: tuple[Effect, ...]
) -> None:
    turn = converse(*answers)
    assert turn.effects == effects
    assert turn.state is None
    assert turn.says


@pytest.mark.parametrize(("place", "language"), list(enumerate(LANGUAGES, start=1)))
def test_every_language_has_its_number(place: int, language: str) -> None:
    state = open_languages(scene()).state
    assert state is not None
    assert advance(state, Number(place), scene()).effects == (ChangeLanguage(language),)


def test_menu_offers_a_person_at_nine() -> None:
    assert [choice.key for choice in MENU] == ["1", "2", "3", "9"]
    assert MENU[-1].code == "human"


def test_unclear_answer_repeats_the_question_on_the_table() -> None:
    turn = converse(Number(1), Unclear())
    assert turn.state == Preferences(Question.LANGUAGE, unclear=1)
    assert [choice.code for choice in turn.says[-1].choices] == list(LANGUAGES)
    assert turn.state.unclear < MAX_UNCLEAR
