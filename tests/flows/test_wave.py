"""A survey wave, one conversation per test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.composing import Way, compose, segments
from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    AnsweredAll,
    CampaignCard,
    Consent,
    Effect,
    EventStatus,
    RecordAnswer,
    Scene,
    Turn,
)
from bot.flows.menus import LANGUAGES
from bot.flows.wave import STATEMENTS, WAVE, Question, Wave, advance, again, ask, open_wave
from bot.messages import Asked, Shape, Texts
from bot.translation import render
from tests.flows.scenes import SATURDAY, scene

AGREED, REFUSED = Consent("surveys", given=True), Consent("surveys", given=False)
SKIP, UNKNOWN = Picked("skip"), Picked("unknown")
CARD = CampaignCard(
    id=4,
    kind="wave",
    title=Texts("fr", {"fr": "Votre avis"}),
    body=None,
    on=SATURDAY,
    status=EventStatus.UPCOMING,
)


def around(*, agreed: bool | None = True, answered: tuple[str, ...] = ()) -> Scene:
    return replace(scene(surveys=agreed), campaign=replace(CARD, answered=frozenset(answered)))


def converse(*answers: Answer, agreed: bool | None = True) -> list[Turn[Wave]]:
    """Play a whole conversation; what was answered is known at the next turn, as when it is
    stored."""
    asked = around(agreed=agreed)
    turns = [open_wave(asked)]
    for answer in answers:
        state = turns[-1].state
        assert state is not None, "the flow ended early"
        turns.append(advance(state, answer, asked))
        kept = [one.question for one in effects(turns) if isinstance(one, RecordAnswer)]
        asked = around(agreed=True, answered=tuple(kept))
    return turns


def effects(turns: list[Turn[Wave]]) -> list[Effect]:
    return [effect for turn in turns for effect in turn.effects]


def kept(*codes: str) -> list[Effect]:
    answers = [RecordAnswer(one, code) for one, code in zip(STATEMENTS, codes, strict=True)]
    return [*answers, AnsweredAll()]


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ((Number(4), Number(3), Number(2), Number(1)), ("4", "3", "2", "1")),
        ((UNKNOWN, Maybe(), Number(3), SKIP), ("unknown", "unknown", "3", "skip")),
        ((Number(0), SKIP, Number(0), SKIP), ("skip", "skip", "skip", "skip")),
        ((Unclear(), Number(4), Number(9), Number(2), SKIP, SKIP), ("4", "2", "skip", "skip")),
    ],
    ids=["every degree", "does not know", "skips all", "recovers"],
)
def test_answers_are_kept_as_codes_and_close_the_wave(
    answers: tuple[Answer, ...], codes: tuple[str, ...]
) -> None:
    turns = converse(*answers)
    assert effects(turns) == kept(*codes)
    assert turns[-1].state is None


@pytest.mark.parametrize(
    ("answer", "effect", "goes_on"),
    [
        (Yes(), [AGREED], True),
        (No(), [REFUSED, AnsweredAll()], False),
        (SKIP, [AnsweredAll()], False),
        (Number(0), [AnsweredAll()], False),
    ],
    ids=["yes", "no", "passes", "types zero"],
)
def test_family_that_was_never_asked_is_asked_for_leave_first(
    answer: Answer, effect: list[Effect], goes_on: bool
) -> None:
    turns = converse(answer, agreed=None)
    assert turns[0].state == Wave(Question.MAY_WE)
    assert "change nothing for your child" in turns[0].says[-1].msgid
    assert effects(turns) == effect
    assert (turns[-1].state is not None) is goes_on


def test_who_agreed_just_now_is_asked_the_first_statement() -> None:
    assert converse(Yes(), agreed=None)[-1].state == Wave(Question.BEHAVIOUR)


@pytest.mark.parametrize("answer", [Yes(), No()], ids=["yes", "no"])
def test_bare_yes_or_no_is_no_degree_of_agreement(answer: Answer) -> None:
    turns = converse(answer)
    assert effects(turns) == []
    assert turns[-1].state == Wave(Question.BEHAVIOUR, unclear=1)


def test_two_unclear_answers_pass_a_statement_and_say_so_in_the_data() -> None:
    turns = converse(Unclear(), Unclear())
    assert effects(turns) == [RecordAnswer("behaviour", "unclear")]
    assert turns[-1].state == Wave(Question.SCHOOL)


def test_two_unclear_answers_to_may_we_leave_in_peace_without_a_refusal() -> None:
    turns = converse(Unclear(), Unclear(), agreed=None)
    assert (turns[-1].state, effects(turns)) == (None, [])


def test_who_stopped_halfway_goes_on_with_what_is_left() -> None:
    halfway = around(answered=("behaviour", "school"))
    assert open_wave(halfway).state == Wave(Question.CHOICES)
    assert again(halfway)[-1].question == Question.CHOICES


def test_an_older_statement_answered_anew_goes_back_to_what_is_left() -> None:
    halfway = around(answered=("behaviour", "school", "choices"))
    turn = advance(Wave(Question.BEHAVIOUR), Number(1), halfway)
    assert turn.effects == (RecordAnswer("behaviour", "1"),)
    assert turn.state == Wave(Question.ROLE)


@pytest.mark.parametrize("status", [EventStatus.OVER, EventStatus.CANCELLED])
def test_answer_to_a_wave_that_is_over_changes_nothing(status: EventStatus) -> None:
    late = replace(scene(surveys=True), campaign=replace(CARD, status=status))
    turn = advance(Wave(Question.SCHOOL), Number(4), late)
    assert (turn.state, turn.effects) == (None, ())


def test_every_statement_offers_four_degrees_not_knowing_and_passing() -> None:
    for question in STATEMENTS:
        asked = WAVE.ask(Wave(question), around())
        assert asked is not None
        assert [(one.key, one.code) for one in asked.choices] == [
            ("1", "1"),
            ("2", "2"),
            ("3", "3"),
            ("4", "4"),
            ("5", "unknown"),
            ("0", "skip"),
        ]


@pytest.mark.parametrize("question", list(Question))
def test_bare_number_is_a_degree_only_where_one_was_asked(question: Question) -> None:
    expected = Asked.RSVP if question is Question.MAY_WE else Asked.RATING
    assert WAVE.asked(Wave(question)) is expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", STATEMENTS)
def test_statement_is_a_question_where_the_answers_stand_on_a_page(
    question: Question, language: str
) -> None:
    """Read on a one-way SMS, without the menu, it must still ask something."""
    asked = render(ask(Wave(question), scene(language=language)), language)
    assert asked.rstrip("\u2069").endswith(("?", "؟", "？"))


@pytest.mark.parametrize("question", STATEMENTS)
def test_statement_with_its_link_is_one_sms_in_french(question: Question) -> None:
    way = Way(Shape(), can_receive=False, link="https://carnet.example/r/AbCdEfGhIjKlMnOp")
    around = replace(scene(), association="Ma Chance Moi Aussi")
    told = compose((ask(Wave(question), around),), "fr", way, introduce=None)
    assert "D'accord ?" in told.text
    assert segments(told.text) == 1
