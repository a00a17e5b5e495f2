"""The optional question after a no or an absence, one conversation per test."""

from __future__ import annotations

import pytest

from bot.flows.answers import Answer, Explained, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.barrier import BARRIER, CODES, Barrier, Question, advance, ask, open_barrier
from bot.flows.base import Effect, EventStatus, HandOver, RecordAnswer, Scene, Turn
from bot.indicators.obstacles import LABELS
from bot.messages import Asked
from tests.flows.scenes import card, scene

MISSED = "We missed you: {title}."
WHY = "What makes it difficult? You may answer or not."
AFTER_NO = scene(card(rsvp="no"))
ABSENT = scene(card(rsvp="yes", status=EventStatus.OVER))


def told(answer: Answer) -> Turn[Barrier]:
    """The end of a conversation with this answer."""
    return advance(Barrier(), answer, AFTER_NO)


@pytest.mark.parametrize(
    ("around", "said"), [(AFTER_NO, [WHY]), (ABSENT, [MISSED, WHY])], ids=["no", "absent"]
)
def test_who_was_expected_is_told_that_they_were_missed(around: Scene, said: list[str]) -> None:
    turn = open_barrier(around)
    assert [one.msgid for one in turn.says] == said
    assert turn.awaiting


@pytest.mark.parametrize(
    ("answer", "effects"),
    [
        (Number(1), [RecordAnswer("barrier", "time")]),
        (Number(2), [RecordAnswer("barrier", "work")]),
        (Number(3), [RecordAnswer("barrier", "transport")]),
        (Number(4), [RecordAnswer("barrier", "little_ones")]),
        (Number(5), [RecordAnswer("barrier", "health")]),
        (Number(6), [RecordAnswer("barrier", "unclear_message"), HandOver("not_understood")]),
        (Number(7), [RecordAnswer("barrier", "other")]),
        (Picked("transport"), [RecordAnswer("barrier", "transport")]),
        (Picked("skip"), [RecordAnswer("barrier", "skip")]),
        (Number(0), [RecordAnswer("barrier", "skip")]),
        (Explained(), [RecordAnswer("barrier", "other"), HandOver("explained")]),
        (Number(8), []),
        (Unclear(), []),
        (Yes(), []),
        (No(), []),
        (Maybe(), []),
        (Picked("human"), []),
    ],
)
def test_one_answer_ends_it_whatever_it_is(answer: Answer, effects: list[Effect]) -> None:
    turn = told(answer)
    assert list(turn.effects) == effects
    assert turn.state is None
    assert not turn.awaiting
    assert turn.says, "politely"
    assert not any(one.choices for one in turn.says), "nothing more is asked"


def test_seven_reasons_have_the_digits_one_to_seven_and_zero_passes() -> None:
    choices = ask(Barrier(), AFTER_NO).choices
    assert [one.key for one in choices] == ["1", "2", "3", "4", "5", "6", "7", "0"]
    assert [one.code for one in choices] == [*CODES, "skip"]


def test_every_code_has_a_name_in_the_table_of_obstacles() -> None:
    assert tuple(LABELS) == CODES


def test_question_wants_a_line_of_the_menu_or_own_words() -> None:
    assert BARRIER.asked(Barrier(Question.WHY)) is Asked.REASON
