"""The offer of moments for a meeting, one answer per test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from bot.channels.shapes import SHAPES
from bot.composing import Way, compose
from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    AnsweredAll,
    CampaignCard,
    DeclineSlots,
    EventStatus,
    HandOver,
    RecordAnswer,
    Scene,
    SlotCard,
    TakeSlot,
    Turn,
)
from bot.flows.meeting import (
    ANSWER,
    MOST,
    NONE,
    OTHER,
    OTHER_MOMENT,
    Meeting,
    Question,
    advance,
    again,
    ask,
    nudge,
    open_meeting,
)
from bot.messages import ChannelName, Say, Texts
from tests.flows.scenes import scene

MONDAY, TUESDAY, THURSDAY = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3)
TITLE = Texts("fr", {"fr": "Parlons de votre enfant"})
SLOTS = tuple(
    SlotCard(number, on, at, 30)
    for number, (on, at) in enumerate(
        [
            *((MONDAY, time(17, minute)) for minute in (0, 30)),
            *((TUESDAY, time(hour)) for hour in (9, 10, 11)),
            *((THURSDAY, time(hour)) for hour in (14, 15, 16)),
        ],
        start=11,
    )
)
SHOWN = (11, 12, 13, 14, 16)  # two of each day before the third of any
TAKES_FIRST = (TakeSlot(11),)
CALLS = (RecordAnswer(ANSWER, OTHER_MOMENT), AnsweredAll(), HandOver(OTHER_MOMENT))
GONE = "Sorry, this moment is not free any more."
NOTED = "Noted. You meet {host} on {day} at {hour}, {place}."
ASKS = "Which moment suits you?"
KEPT = "You keep {day} at {hour} until you choose another moment."
SAME = "Nothing has changed. See you on {day} at {hour}."
THANKS = "Thank you for telling us."
NO_OTHER = "Thank you. No other moment is free. Someone from the team will write to you."


def round_of(*slots: SlotCard, **changes: Any) -> CampaignCard:
    """Moments that Mme Roy keeps free."""
    card = CampaignCard(
        id=7,
        kind="meetings",
        title=TITLE,
        body=None,
        on=date(2026, 11, 20),
        status=EventStatus.UPCOMING,
        host="Mme Roy",
        place="Salle Pergaud",
        slots=slots,
    )
    return replace(card, **changes)


def around(card: CampaignCard) -> Scene:
    return replace(scene(), campaign=card)


FREE = round_of(*SLOTS)
HAS_FIRST = round_of(*SLOTS[1:], taken=SLOTS[0], meeting_id=3)
LISTED = Meeting(shown=SHOWN)
SETTLED = Meeting(Question.SETTLED, shown=SHOWN)


def take(answer: Answer, card: CampaignCard = FREE, state: Meeting = LISTED) -> Turn[Meeting]:
    return advance(state, answer, around(card))


def said(turn: Turn[Meeting]) -> list[str]:
    return [one.msgid for one in turn.says]


def keys(line: Say) -> list[tuple[str, str]]:
    return [(one.key, one.code) for one in line.choices]


def test_it_opens_with_the_soonest_moments_of_every_day() -> None:
    turn = open_meeting(around(FREE))
    (line,) = turn.says
    assert turn.awaiting
    assert turn.state == LISTED
    assert keys(line) == [
        ("1", "slot-11"),
        ("2", "slot-12"),
        ("3", "slot-13"),
        ("4", "slot-14"),
        ("5", "slot-16"),
        ("6", OTHER.code),
        ("0", NONE.code),
    ]
    assert len(SHOWN) == MOST


@pytest.mark.parametrize("words", [nudge, again])
def test_later_words_list_the_same_moments_under_the_same_digits(words: Any) -> None:
    (opened,) = open_meeting(around(FREE)).says
    (line,) = words(around(FREE))
    assert line.choices == opened.choices
    assert line.msgid != opened.msgid


@pytest.mark.parametrize(
    ("answer", "state", "card", "effects", "words"),
    [
        (Picked("slot-11"), LISTED, FREE, TAKES_FIRST, [NOTED]),
        (Number(1), LISTED, FREE, TAKES_FIRST, [NOTED]),
        (Yes(), Meeting(shown=(11,)), round_of(SLOTS[0]), TAKES_FIRST, [NOTED]),
        (Yes(), LISTED, FREE, (), [ASKS]),
        (Number(1), LISTED, round_of(*SLOTS[1:]), (), [GONE, ASKS]),
        (Number(2), LISTED, round_of(*SLOTS[1:]), (TakeSlot(12),), [NOTED]),
        (Picked("slot-99"), LISTED, FREE, (), [GONE, ASKS]),
        (Picked("slot-11"), LISTED, round_of(), CALLS, [GONE, NO_OTHER]),
        (Picked("other"), LISTED, FREE, (), [ASKS]),
        (Picked("other"), Meeting(shown=(15, 17), seen=SHOWN), round_of(*SLOTS[:7]), CALLS,
         [NO_OTHER]),
        (Picked("none"), LISTED, FREE, (DeclineSlots(),), [THANKS]),
        (Number(0), LISTED, FREE, (DeclineSlots(),), [THANKS]),
        (No(), LISTED, FREE, (DeclineSlots(),), [THANKS]),
        (No(), LISTED, replace(FREE, declined=True), (), [THANKS]),
        (Maybe(), LISTED, FREE, (), ["No problem. You can answer later."]),
        (Number(17), LISTED, FREE, (), ["Sorry, I did not understand.", ASKS]),
        (Unclear(), LISTED, FREE, (), ["Sorry, I did not understand.", ASKS]),
    ],
    ids=[
        "taps a moment",
        "writes its digit",
        "says yes to the only one",
        "says yes to several: to which",
        "somebody else has it",
        "digits stay those that were shown",
        "a button of another round",
        "somebody else has the last one",
        "wants other moments",
        "no other is left",
        "wants none",
        "passes",
        "says no",
        "says no again",
        "does not know yet",
        "a number that is no line",
        "unclear",
    ],
)  # fmt: skip
def test_answer_to_the_list(
    answer: Answer, state: Meeting, card: CampaignCard, effects: tuple[Any, ...], words: list[str]
) -> None:
    turn = take(answer, card, state)
    assert (turn.effects, said(turn)) == (effects, words)


@pytest.mark.parametrize(
    ("answer", "state", "effects", "words"),
    [
        (Picked("slot-11"), SETTLED, (), [NOTED]),
        (Picked("slot-13"), SETTLED, (TakeSlot(13),), [NOTED]),
        (Number(3), SETTLED, (TakeSlot(13),), [NOTED]),
        (Picked("slot-99"), LISTED, (), [GONE, KEPT, ASKS]),
        (Picked("other"), SETTLED, (), [KEPT, ASKS]),
        (Picked("none"), LISTED, (), [SAME]),
        (Picked("skip"), SETTLED, (), [SAME]),
        (No(), LISTED, (), [SAME]),
        (No(), SETTLED, (DeclineSlots(),), [THANKS]),
        (Yes(), SETTLED, (), [NOTED]),
        (Unclear(), SETTLED, (), []),
    ],
    ids=[
        "taps its own moment again",
        "taps another button: moves",
        "writes another digit: moves",
        "an old button for what is gone changes nothing",
        "wants another moment and keeps this one meanwhile",
        "none of the others",
        "passes",
        "no to the others is no to the others",
        "cannot come any more",
        "says yes again",
        "unclear",
    ],
)
def test_answer_of_a_family_that_has_a_moment(
    answer: Answer, state: Meeting, effects: tuple[Any, ...], words: list[str]
) -> None:
    turn = take(answer, HAS_FIRST, state)
    assert (turn.effects, said(turn)) == (effects, words)


def test_what_was_taken_is_told_with_day_hour_host_and_place() -> None:
    turn = take(Number(2))
    assert turn.says[0].params == {
        "host": "Mme Roy",
        "day": MONDAY,
        "hour": time(17, 30),
        "place": "Salle Pergaud",
    }
    assert [one.code for one in turn.says[0].choices] == ["other"]
    assert not turn.awaiting


def test_another_moment_shows_those_that_were_not_seen_until_none_is_left() -> None:
    turn = take(Picked("other"))
    assert turn.state == Meeting(shown=(15, 17, 18), seen=SHOWN)
    assert [one.code for one in turn.says[-1].choices[:-2]] == ["slot-15", "slot-17", "slot-18"]
    last = take(Picked("other"), state=turn.state)
    assert last.effects == CALLS


def test_list_keeps_its_digits_when_a_moment_goes() -> None:
    line = ask(LISTED, around(round_of(*SLOTS[2:])))
    assert line is not None
    assert [one.key for one in line.choices] == ["3", "4", "5", "6", "0"]


def test_third_unclear_answer_calls_a_person() -> None:
    state, turn = LISTED, open_meeting(around(FREE))
    for _ in range(MAX_UNCLEAR):
        turn = take(Unclear(), state=state)
        assert turn.state is not None
        state = turn.state
    assert turn.effects == (HandOver("unclear"),)


@pytest.mark.parametrize("status", [EventStatus.OVER, EventStatus.CANCELLED])
@pytest.mark.parametrize("answer", [Picked("slot-11"), Number(1), No(), Picked("other")])
def test_nothing_changes_once_it_is_over_or_cancelled(status: EventStatus, answer: Answer) -> None:
    turn = take(answer, replace(FREE, status=status))
    assert (turn.state, turn.effects) == (None, ())


def test_settled_question_asks_nothing() -> None:
    assert ask(SETTLED, around(FREE)) is None


def test_every_button_stays_within_what_telegram_takes() -> None:
    (line,) = open_meeting(around(round_of(replace(SLOTS[0], id=10**12)))).says
    assert all(len(f"{10**12}:{line.question}:{one.code}".encode()) <= 64 for one in line.choices)


def test_whatsapp_shows_numbered_lines_where_a_button_would_cut_the_hour() -> None:
    way = Way(SHAPES[ChannelName.WHATSAPP], can_receive=True, conversation_id=1)
    composed = compose(open_meeting(around(FREE)).says, "fr", way, introduce=None)
    assert composed.buttons == ()
    assert "2 lundi 30 novembre à 17h30\n" in composed.text
    telegram = replace(way, shape=SHAPES[ChannelName.TELEGRAM])
    assert (
        len(compose(open_meeting(around(FREE)).says, "fr", telegram, introduce=None).buttons) == 7
    )
