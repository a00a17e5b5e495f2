"""The menu of what a parent can set, one conversation per test."""

from __future__ import annotations

import pytest

from bot.channels.shapes import SHAPES
from bot.flows.answers import Answer, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    ChangeRendering,
    Effect,
    HandOver,
    PauseMessages,
    StopMessages,
    Turn,
)
from bot.flows.menus import LANGUAGES, PROMISED, languages, page_of
from bot.flows.preferences import (
    HOW,
    MENU,
    PAUSE_DAYS,
    READINGS,
    Preferences,
    Question,
    advance,
    open_languages,
    open_preferences,
    reading,
)
from bot.messages import ChannelName, Rendering
from tests.flows.scenes import card, scene
from tests.flows.talk import Talk


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
        ((Picked("rendering"), Picked("read-easy")), (ChangeRendering(Rendering.EASY),)),
        ((Number(4), Number(2)), (ChangeRendering(Rendering.NUMBERS),)),
        ((Number(4), Number(3)), (ChangeRendering(Rendering.VOICE),)),
        ((Number(4), Picked("read-full")), (ChangeRendering(Rendering.STANDARD),)),
        ((Number(4), Picked("skip")), ()),
        ((Number(4), Number(7), Number(4)), (ChangeRendering(Rendering.STANDARD),)),
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
        "easy",
        "in digits, by number",
        "voice, by number",
        "full again",
        "as it was",
        "not a line, then a line",
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
    assert [choice.key for choice in MENU] == ["1", "2", "3", "4", "9"]
    assert MENU[-1].code == "human"


def test_unclear_answer_repeats_the_question_on_the_table() -> None:
    turn = converse(Number(1), Unclear())
    assert turn.state == Preferences(Question.LANGUAGE, unclear=1)
    assert turn.says[-1].choices == languages()
    assert turn.state.unclear < MAX_UNCLEAR


def test_every_rendering_is_offered_once_and_confirmed_in_its_own_manner() -> None:
    assert sorted(READINGS.values()) == sorted(Rendering)
    assert [one.code for one in HOW] == [*READINGS, "skip"]
    lines = {one: len(reading(one)) for one in Rendering}
    assert lines.pop(Rendering.STANDARD) == 1, "a sentence"
    assert set(lines.values()) == {2}, "one idea a line"
    assert len({reading(one)[-1].msgid for one in Rendering}) == len(Rendering)


@pytest.mark.parametrize(
    ("language", "answers", "rendering"),
    [
        ("fr", ("4", "1"), Rendering.EASY),
        ("fr", ("Plus facile à lire", "répondre en chiffres"), Rendering.NUMBERS),
        ("fr", ("4", "Écouter d'abord"), Rendering.VOICE),
        ("ar", ("٤", "٣"), Rendering.VOICE),
        ("fr", ("4", "bla bla", "4"), Rendering.STANDARD),
    ],
)
def test_typed_answers_to_the_menu_choose_how_it_reads(
    language: str, answers: tuple[str, ...], rendering: Rendering
) -> None:
    talk = Talk(language=language)
    talk.opens("preferences")
    for text in answers:
        talk.writes(text)
    assert talk.effects == [ChangeRendering(rendering)]
    assert talk.said == [one.msgid for one in reading(rendering)]
    assert talk.open == []


def test_a_digit_for_how_it_reads_answers_no_invitation_beside_it() -> None:
    talk = Talk(card())
    talk.opens("preferences")
    talk.writes("4")
    talk.writes("1")
    assert talk.effects == [ChangeRendering(Rendering.EASY)]


@pytest.mark.parametrize(("code", "rendering"), READINGS.items())
def test_a_button_of_the_link_page_needs_no_question(code: str, rendering: Rendering) -> None:
    talk = Talk(card())
    talk.taps(code, conversation=None)
    assert talk.effects == [ChangeRendering(rendering)]
    assert talk.standing(1) is not None, "the invitation still stands open"
