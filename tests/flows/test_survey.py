"""The survey after an event, one conversation per test."""

from __future__ import annotations

import pytest

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.base import Consent, Effect, RecordAnswer, Turn
from bot.flows.survey import SURVEY, Question, Survey, advance, open_survey
from bot.messages import Asked
from tests.flows.scenes import card, scene

AGREED, REFUSED = Consent("surveys", given=True), Consent("surveys", given=False)
SKIP = Picked("skip")


def converse(*answers: Answer, agreed: bool | None = True) -> list[Turn[Survey]]:
    """Play a whole conversation with a family that agreed, refused or was never asked."""
    asked = scene(card(rsvp="yes"), surveys=agreed)
    turns = [open_survey(asked)]
    for answer in answers:
        state = turns[-1].state
        assert state is not None, "the flow ended early"
        turns.append(advance(state, answer, asked))
    return turns


def effects(turns: list[Turn[Survey]]) -> list[Effect]:
    return [effect for turn in turns for effect in turn.effects]


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ((Number(4), Yes()), ["4", "yes"]),
        ((Number(1), No()), ["1", "no"]),
        ((Number(2), Maybe()), ["2", "maybe"]),
        ((SKIP, SKIP), ["skip", "skip"]),
        ((Number(0), Number(0)), ["skip", "skip"]),
        ((Unclear(), Number(3), Unclear(), Yes()), ["3", "yes"]),
    ],
    ids=["happy", "unhappy", "undecided", "skips both", "skips by number", "recovers"],
)
def test_answers_are_kept_as_codes(answers: tuple[Answer, ...], kept: list[str]) -> None:
    turns = converse(*answers)
    assert effects(turns) == [
        RecordAnswer(question, code)
        for question, code in zip(("satisfaction", "again"), kept, strict=True)
    ]
    assert turns[-1].state is None


@pytest.mark.parametrize(
    ("answer", "effect", "goes_on"),
    [(Yes(), [AGREED], True), (No(), [REFUSED], False), (SKIP, [], False)],
    ids=["yes", "no", "passes"],
)
def test_family_that_was_never_asked_is_asked_for_leave_first(
    answer: Answer, effect: list[Effect], goes_on: bool
) -> None:
    turns = converse(answer, agreed=None)
    assert turns[0].state == Survey(Question.MAY_WE)
    assert effects(turns) == effect
    assert (turns[-1].state is not None) is goes_on


def test_family_that_agreed_is_asked_at_once() -> None:
    assert converse()[0].state == Survey(Question.SATISFACTION)


@pytest.mark.parametrize("rating", [5, 9, 40])
def test_number_off_the_scale_is_not_a_rating(rating: int) -> None:
    turns = converse(Number(rating))
    assert effects(turns) == []
    assert turns[-1].state == Survey(Question.SATISFACTION, unclear=1)


def test_two_unclear_answers_skip_the_question_without_keeping_one() -> None:
    turns = converse(Unclear(), Unclear(), Unclear(), Unclear())
    assert effects(turns) == []
    assert [turn.state.question if turn.state else None for turn in turns] == [
        Question.SATISFACTION,
        Question.SATISFACTION,
        Question.AGAIN,
        Question.AGAIN,
        None,
    ]


def test_every_question_can_be_passed_with_zero() -> None:
    for turn in converse(Number(4)):
        assert turn.says[-1].choices[-1].key == "0"


@pytest.mark.parametrize("question", list(Question))
def test_bare_number_is_a_rating_only_where_one_was_asked(question: Question) -> None:
    rating = question is Question.SATISFACTION
    assert SURVEY.asked(Survey(question)) is (Asked.RATING if rating else Asked.RSVP)
