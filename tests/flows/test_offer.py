"""The offer of a freed place, one answer per test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.flows.answers import Answer, Maybe, No, Number, Unclear, Yes
from bot.flows.base import MAX_UNCLEAR, EventCard, EventStatus, HandOver, RecordRsvp, Turn
from bot.flows.offer import OFFER, Offer, Question, advance, ask, open_offer
from bot.messages import Asked
from bot.seats import Seat
from tests.flows.scenes import card, scene

GONE = "The place went to another family: {title}. You stay on the waiting list."


def waiting(**changes: Any) -> EventCard:
    """A family of three that waits, with an offer of three places."""
    told: dict[str, Any] = {
        "seat": Seat.WAITING,
        "party": 3,
        "adults": 1,
        "children": 2,
        "offered": 3,
    }
    return replace(card(free=3, rsvp="yes"), **told | changes)


LATE = {"offered": 0, "free": 0}


def take(answer: Answer, event: EventCard, state: Offer | None = None) -> Turn[Offer]:
    return advance(state or Offer(), answer, scene(event))


def said(turn: Turn[Offer]) -> list[str]:
    return [one.msgid for one in turn.says]


def test_it_opens_with_how_many_places_are_free() -> None:
    opened = open_offer(scene(waiting()))
    (line,) = opened.says
    assert opened.awaiting
    assert line.n == 3
    assert [choice.code for choice in line.choices] == ["yes", "no"]


@pytest.mark.parametrize(
    ("answer", "event", "effect"),
    [
        (Yes(), waiting(), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (Yes(total=3), waiting(), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (Number(3), waiting(), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (Number(2), waiting(), RecordRsvp("yes", None, None, Seat.HELD, 2)),
        (Yes(None, 1, 1), waiting(), RecordRsvp("yes", 1, 1, Seat.HELD, 2)),
        (Yes(), waiting(seats_for="children", party=2), RecordRsvp("yes", 1, 2, Seat.HELD, 2)),
        (No(), waiting(), RecordRsvp("no")),
        (Yes(), waiting(**LATE), RecordRsvp("yes", 1, 2, Seat.WAITING, 3)),
        (Yes(), waiting(offered=0, free=3), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (Yes(), waiting(**LATE, seat=None, rsvp="no"), RecordRsvp("yes", 1, 2, Seat.WAITING, 3)),
    ],
    ids=[
        "takes it",
        "takes it, saying how many they are",
        "writes how many they are",
        "comes with fewer",
        "comes with fewer children",
        "places counted for children",
        "does not come",
        "too late, and the place is gone",
        "too late, and the place is still free",
        "changes their mind after a no",
    ],
)
def test_answer_records_what_the_family_gets(
    answer: Answer, event: EventCard, effect: RecordRsvp
) -> None:
    assert take(answer, event).effects == (effect,)


def test_late_answer_is_told_politely_and_keeps_its_turn() -> None:
    turn = take(Yes(), waiting(**LATE))
    assert said(turn) == [GONE]
    assert turn.state == Offer()
    assert not turn.awaiting


def test_more_people_than_places_are_not_taken_and_the_offer_stands() -> None:
    turn = take(Number(5), waiting())
    assert turn.effects == ()
    assert turn.awaiting
    assert turn.says[-1].n == 3


@pytest.mark.parametrize("state", [Offer(), Offer(Question.SETTLED)])
def test_second_tap_on_a_taken_place_says_the_same_and_changes_nothing(state: Offer) -> None:
    first = take(Yes(), waiting())
    again = take(Yes(), waiting(seat=Seat.HELD, offered=0), state)
    assert again.effects == ()
    assert again.says == first.says
    assert again.state == first.state


def test_second_no_changes_nothing() -> None:
    again = take(No(), waiting(seat=None, rsvp="no", offered=0, party=0))
    assert again.effects == ()


def test_maybe_hears_the_question_again_and_keeps_the_offer() -> None:
    turn = take(Maybe(), waiting())
    assert (turn.effects, turn.awaiting) == ((), True)


def test_third_unclear_answer_calls_a_person() -> None:
    state, turn = Offer(), open_offer(scene(waiting()))
    for _ in range(MAX_UNCLEAR):
        turn = take(Unclear(), waiting(), state)
        assert turn.state is not None
        state = turn.state
    assert turn.effects == (HandOver("unclear"),)


@pytest.mark.parametrize("status", [EventStatus.OVER, EventStatus.CANCELLED])
@pytest.mark.parametrize("answer", [Yes(), No(), Number(2), Unclear()])
def test_nothing_changes_once_the_event_is_over_or_cancelled(
    status: EventStatus, answer: Answer
) -> None:
    turn = take(answer, waiting(status=status))
    assert (turn.state, turn.effects) == (None, ())


def test_settled_offer_asks_nothing() -> None:
    assert ask(Offer(Question.SETTLED), scene(waiting())) is None
    assert OFFER.asked(Offer()) is Asked.RSVP
