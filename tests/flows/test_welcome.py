"""The first conversation, one per test."""

from __future__ import annotations

import pytest

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    Consent,
    Effect,
    HandOver,
    StopMessages,
    Turn,
)
from bot.flows.menus import LANGUAGES, languages
from bot.flows.welcome import Question, Welcome, advance, open_welcome
from tests.flows.scenes import scene

MESSAGES, NO_MESSAGES = Consent("messages", given=True), Consent("messages", given=False)
SURVEYS, NO_SURVEYS = Consent("surveys", given=True), Consent("surveys", given=False)


def converse(*answers: Answer, language: str | None = "fr") -> list[Turn[Welcome]]:
    turns = [open_welcome(scene(language=language))]
    for answer in answers:
        state = turns[-1].state
        assert state is not None, "the flow ended early"
        turns.append(advance(state, answer, scene(language=language)))
    return turns


def effects(turns: list[Turn[Welcome]]) -> list[Effect]:
    return [effect for turn in turns for effect in turn.effects]


@pytest.mark.parametrize(
    ("answers", "made_true"),
    [
        ((Yes(), Yes()), [MESSAGES, SURVEYS]),
        ((Yes(), No()), [MESSAGES, NO_SURVEYS]),
        ((Yes(), Picked("skip")), [MESSAGES]),
        ((No(),), [NO_MESSAGES, StopMessages()]),
        ((Unclear(), Yes(), Maybe(), Yes()), [MESSAGES, SURVEYS]),
    ],
    ids=["agrees", "messages only", "passes", "refuses", "recovers"],
)
def test_family_says_what_it_agrees_to(
    answers: tuple[Answer, ...], made_true: list[Effect]
) -> None:
    turns = converse(*answers)
    assert effects(turns) == made_true
    assert turns[-1].state is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_language_is_asked_for_first(language: str) -> None:
    asked, told = converse(Picked(language), language=None)
    assert asked.state == Welcome(Question.LANGUAGE)
    assert told.effects == (ChangeLanguage(language),)
    assert told.state == Welcome(Question.MESSAGES)


def test_other_languages_stand_on_other_pages() -> None:
    more = Number(len(languages()))
    _, turned, told = converse(more, Number(2), language=None)
    assert turned.state == Welcome(Question.LANGUAGE, page=1)
    assert turned.says[-1].choices == languages(1)
    assert told.effects == (ChangeLanguage(languages(1)[1].code),)


def test_a_promised_language_goes_on_in_simple_french() -> None:
    _, told = converse(Picked("wo"), language=None)
    assert told.effects == (ChangeLanguage("wo"),)
    assert [one.msgid[:33] for one in told.says] == [
        "We will write to you in simple Fr",
        "Hello. This is {association}, {ce",
    ]


@pytest.mark.parametrize("answer", [Number(0), Number(9), Picked("xx"), Picked("more-"), Yes()])
def test_language_that_is_not_offered_is_asked_for_again(answer: Answer) -> None:
    *_, again = converse(answer, language=None)
    assert again.state == Welcome(Question.LANGUAGE, unclear=1)
    assert again.effects == ()


def test_silence_is_no_consent() -> None:
    assert effects(converse()) == []


def test_third_unclear_answer_calls_a_person_and_agrees_to_nothing() -> None:
    turns = converse(*(Unclear(),) * MAX_UNCLEAR)
    assert effects(turns) == [HandOver("unclear")]
    assert turns[-1].state is None


def test_first_words_say_who_writes() -> None:
    (opening,) = converse()[0].says
    assert opening.params == {"association": "Les Mots", "centre": "Les Tilleuls"}
