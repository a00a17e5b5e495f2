"""The menu of what a parent can set, one conversation per test."""

from __future__ import annotations

import pytest

from bot.channels.shapes import SHAPES
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
from bot.flows.menus import LANGUAGES, PROMISED, languages, page_of
from bot.flows.preferences import (
    MENU,
    PAUSE_DAYS,
    Preferences,
    Question,
    advance,
    open_languages,
    open_preferences,
)
from bot.messages import ChannelName
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


@pytest.mark.parametrize("language", [*LANGUAGES, *PROMISED])
def test_every_language_is_reached_by_digits_alone(language: str) -> None:
    turn = open_languages(scene())
    for _ in range(3):
        assert turn.state is not None
        lines = turn.says[-1].choices
        digit = next((one.key for one in lines if one.code == language), lines[-1].key)
        turn = advance(turn.state, Number(int(digit)), scene())
        if turn.effects:
            break
    assert turn.effects == (ChangeLanguage(language),)


def test_a_page_of_languages_fits_every_channel_and_leaves_nine_to_a_person() -> None:
    pages = [languages(page) for page in range(3)]
    assert max(len(page) for page in pages) <= min(
        SHAPES[name].buttons for name in (ChannelName.WHATSAPP, ChannelName.TELEGRAM)
    )
    assert {one.key for page in pages for one in page} <= set("12345678")
    offered = [one.code for page in pages for one in page if page_of(one.code) is None]
    assert offered == [*LANGUAGES, *PROMISED]
    assert languages(len(pages)) == pages[0]


def test_a_button_of_another_page_still_answers() -> None:
    state = Preferences(Question.LANGUAGE, page=1)
    assert advance(state, Picked("tr"), scene()).effects == (ChangeLanguage("tr"),)


@pytest.mark.parametrize("language", PROMISED)
def test_a_promised_language_is_kept_and_what_comes_instead_is_said(language: str) -> None:
    turn = converse(Picked("language"), Picked(language))
    assert turn.effects == (ChangeLanguage(language),)
    assert "simple French" in turn.says[0].msgid
    assert "9" in turn.says[0].msgid


def test_menu_offers_a_person_at_nine() -> None:
    assert [choice.key for choice in MENU] == ["1", "2", "3", "9"]
    assert MENU[-1].code == "human"


def test_unclear_answer_repeats_the_question_on_the_table() -> None:
    turn = converse(Number(1), Unclear())
    assert turn.state == Preferences(Question.LANGUAGE, unclear=1)
    assert turn.says[-1].choices == languages()
    assert turn.state.unclear < MAX_UNCLEAR
