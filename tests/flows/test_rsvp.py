"""The RSVP flow, one conversation per test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    Effect,
    EventCard,
    EventStatus,
    HandOver,
    RecordRsvp,
    Turn,
)
from bot.flows.rsvp import MAX_PARTY, RSVP, Question, Rsvp, advance, ask, open_rsvp
from bot.messages import Asked
from bot.seats import Seat
from tests.flows.scenes import card, scene

HELD, WAITING = Seat.HELD, Seat.WAITING
ASKED_AGAIN = "Sorry, I did not understand."


def converse(*answers: Answer, event: EventCard | None = None) -> list[Turn[Rsvp]]:
    """Play a whole conversation; what the family has answered is known to the next turn."""
    event = event or card()
    turns = [open_rsvp(scene(event))]
    for answer in answers:
        state = turns[-1].state
        assert state is not None, "the flow ended early"
        turns.append(advance(state, answer, scene(event)))
        for effect in turns[-1].effects:
            if isinstance(effect, RecordRsvp):
                event = replace(event, rsvp=effect.reply)
    return turns


def recorded(turns: list[Turn[Rsvp]]) -> Effect | None:
    """The last thing that the conversation made true."""
    effects = [effect for turn in turns for effect in turn.effects]
    return effects[-1] if effects else None


def said(turn: Turn[Rsvp]) -> list[str]:
    return [one.msgid for one in turn.says]


def coming(adults: int, children: int) -> RecordRsvp:
    return RecordRsvp("yes", adults, children, HELD, adults + children)


@pytest.mark.parametrize(
    ("answers", "effect"),
    [
        ((No(),), RecordRsvp("no")),
        ((Maybe(),), RecordRsvp("maybe")),
        ((Yes(),), RecordRsvp("yes", seat=HELD, party=1)),
        ((Yes(), Number(2)), RecordRsvp("yes", 2, None, HELD, 2)),
        ((Yes(), Number(2), Number(1)), coming(2, 1)),
        ((Yes(), Number(1), Number(0)), coming(1, 0)),
        ((Yes(1, 2, 3),), coming(1, 2)),
        ((Number(3, 1, 2),), coming(1, 2)),
        ((Yes(), Number(3, 1, 2)), coming(1, 2)),
        ((Yes(), Number(2), Number(3, 2, 1)), coming(2, 1)),
        ((Yes(total=3),), RecordRsvp("yes", seat=HELD, party=3)),
        ((Yes(total=3), Number(2)), coming(1, 2)),
        ((Number(3), Number(2)), coming(1, 2)),
        ((Yes(total=3), Number(2, children=2)), coming(1, 2)),
        ((Yes(total=3), Number(1, adults=1)), coming(1, 2)),
        ((Yes(total=3), Number(3)), RecordRsvp("yes", None, 3, HELD, 3)),
        ((Yes(total=3), Number(4), Number(2)), coming(2, 4)),
        ((Yes(), Number(2, adults=2), Number(2, children=2)), coming(2, 2)),
        ((Yes(), Number(2, children=2), Number(1)), coming(1, 2)),
        ((Yes(2, None, 2), Number(1)), coming(2, 1)),
        ((Yes(None, 2, 2), Number(1)), coming(1, 2)),
        ((Yes(1, 0, 1),), coming(1, 0)),
        ((Yes(), Number(1), Number(2, adults=2), Number(1)), coming(2, 1)),
        ((Unclear(), Yes(), Unclear(), Unclear(), Number(1), Number(3)), coming(1, 3)),
    ],
    ids=[
        "declines",
        "does not know yet",
        "is expected at once, before the headcount",
        "tells the adults",
        "tells adults, then children",
        "comes alone",
        "says all in the first answer",
        "says all without a yes",
        "three, two of them children",
        "corrects it all while asked for the children",
        "three of us",
        "three of us, two children",
        "three, two children",
        "three of us; two children, in words",
        "three of us; one adult, in words",
        "three of us, all children: asked for the adults",
        "three of us, four children: the children stay, the adults are asked",
        "two adults, in words, says nothing of the children",
        "the children before the adults",
        "yes with two adults",
        "yes with two children",
        "just me",
        "corrects the adults while asked for the children",
        "recovers from being unclear",
    ],
)
def test_conversation_records_who_comes(answers: tuple[Answer, ...], effect: Effect) -> None:
    assert recorded(converse(*answers)) == effect


@pytest.mark.parametrize(
    ("answers", "effect"),
    [
        ((Yes(), Number(2), No()), RecordRsvp("no")),
        ((Yes(), No()), RecordRsvp("no")),
        ((Yes(1, 2, 3), No()), RecordRsvp("no")),
        ((Yes(1, 2, 3), Maybe()), RecordRsvp("maybe")),
        ((No(), Yes(1, 2, 3)), coming(1, 2)),
        ((No(), Yes(), Number(2), Number(0)), coming(2, 0)),
        ((Maybe(), Yes(), Number(1), Number(1)), coming(1, 1)),
        ((Maybe(), No()), RecordRsvp("no")),
        ((Yes(1, 2, 3), Number(4), Number(3)), coming(1, 3)),
        ((Yes(1, 2, 3), Number(3, children=3)), coming(1, 3)),
        ((Yes(1, 2, 3), Number(2, adults=2)), coming(2, 2)),
        ((Yes(1, 2, 3), No(), Number(2, children=2), Number(2)), coming(2, 2)),
    ],
    ids=[
        "no, while asked for the children",
        "no, while asked for the adults",
        "no, after all was told",
        "perhaps not",
        "yes after a no, all in one",
        "yes after a no, step by step",
        "yes after a maybe",
        "no after a maybe",
        "four instead of three",
        "another child; the adult stays",
        "another adult; the children stay",
        "a no forgets the headcount",
    ],
)
def test_every_answer_can_change_until_the_event(
    answers: tuple[Answer, ...], effect: Effect
) -> None:
    assert recorded(converse(*answers)) == effect


def test_conversation_about_a_told_headcount_is_settled() -> None:
    last = converse(Yes(), Number(1), Number(2))[-1]
    assert not last.awaiting
    assert last.state == Rsvp(Question.SETTLED, 1, children=2, seat=HELD)
    assert said(last) == ["Noted: {n} person. See you on {day} at {hour}."]
    assert last.says[0].n == 3


def test_second_yes_confirms_and_forgets_nobody() -> None:
    *_, settled, again = converse(Yes(1, 2, 3), Yes())
    assert again.effects == ()
    assert again.state == settled.state
    assert again.says == settled.says


def test_second_yes_of_a_family_that_waits_for_a_place_promises_none() -> None:
    again = converse(Yes(1, 2, 3), Yes(), event=card(free=0))[-1]
    assert again.says == ()
    assert again.effects == ()


@pytest.mark.parametrize("told", [(), (Number(2),)], ids=["adults", "children"])
def test_yes_while_asked_for_a_headcount_asks_for_it_again(told: tuple[Answer, ...]) -> None:
    *_, asked, again = converse(Yes(), *told, Yes())
    assert again.state == asked.state
    assert again.says == asked.says[-1:]
    assert again.effects == ()


def test_yes_button_tapped_again_asks_anew_and_keeps_what_was_recorded() -> None:
    tapped = advance(
        Rsvp(Question.COMING, 1, children=2, seat=HELD), Yes(), scene(card(rsvp="yes"))
    )
    assert tapped.effects == ()
    assert tapped.state == Rsvp(Question.ADULTS)
    assert tapped.awaiting


def test_yes_after_the_other_guardian_declined_counts() -> None:
    turn = advance(Rsvp(), Yes(), scene(card(rsvp="no")))
    assert recorded([turn]) == RecordRsvp("yes", seat=HELD, party=1)


@pytest.mark.parametrize("status", [EventStatus.OVER, EventStatus.CANCELLED])
@pytest.mark.parametrize("question", list(Question))
@pytest.mark.parametrize("answer", [Yes(1, 1, 2), No(), Maybe(), Number(3), Unclear()])
def test_nothing_changes_once_the_event_is_over_or_cancelled(
    status: EventStatus, question: Question, answer: Answer
) -> None:
    turn = advance(Rsvp(question), answer, scene(card(status=status)))
    assert turn.state is None
    assert turn.effects == ()
    assert [one.params["title"] for one in turn.says] == [card().title]


@pytest.mark.parametrize(
    ("free", "answers", "effect"),
    [
        (3, (Yes(1, 2, 3),), RecordRsvp("yes", 1, 2, HELD, 3)),
        (2, (Yes(1, 2, 3),), RecordRsvp("yes", 1, 2, WAITING, 3)),
        (0, (Yes(),), RecordRsvp("yes", seat=WAITING, party=1)),
        (1, (Yes(), Number(1), Number(1)), RecordRsvp("yes", 1, 1, WAITING, 2)),
        (0, (No(),), RecordRsvp("no")),
        (0, (Maybe(),), RecordRsvp("maybe")),
        (None, (Yes(1, 2, 3),), RecordRsvp("yes", 1, 2, HELD, 3)),
    ],
    ids=[
        "the last places",
        "one place short",
        "full",
        "one place for one of two",
        "declines a full event",
        "perhaps a full event",
        "no limit",
    ],
)
def test_family_that_finds_no_place_waits_with_its_headcount(
    free: int | None, answers: tuple[Answer, ...], effect: Effect
) -> None:
    assert recorded(converse(*answers, event=card(free=free))) == effect


def test_family_on_the_waiting_list_is_told_so() -> None:
    last = converse(Yes(1, 2, 3), event=card(free=0))[-1]
    assert said(last)[0].startswith("{title} is full. You are on the waiting list.")


@pytest.mark.parametrize(
    "answers",
    [
        (Yes(total=MAX_PARTY + 1),),
        (Number(MAX_PARTY + 1),),
        (Yes(), Number(MAX_PARTY + 1)),
        (Yes(), Number(6), Number(7)),
        (Yes(6, 7, 13),),
    ],
    ids=["of us", "bare", "adults", "with children", "all in one"],
)
def test_large_party_is_expected_and_goes_to_a_coordinator(answers: tuple[Answer, ...]) -> None:
    turns = converse(*answers)
    assert recorded(turns) == HandOver("large_party")
    assert any(
        isinstance(effect, RecordRsvp) and effect.reply == "yes"
        for turn in turns
        for effect in turn.effects
    )
    assert not turns[-1].awaiting


def test_party_as_large_as_the_table_needs_no_coordinator() -> None:
    assert recorded(converse(Yes(5, 7, MAX_PARTY))) == coming(5, 7)


@pytest.mark.parametrize("answer", [Yes(), Yes(total=2), Yes(1, 1, 2)])
def test_meeting_asks_for_no_headcount(answer: Answer) -> None:
    last = converse(answer, event=card(kind="meeting"))[-1]
    assert not last.awaiting
    assert said(last) == ["Noted. See you on {day} at {hour}."]


def test_meeting_can_be_declined_and_agreed_to_again() -> None:
    turns = converse(Yes(), No(), Yes(), event=card(kind="meeting"))
    assert recorded(turns) == RecordRsvp("yes", seat=HELD, party=1)


@pytest.mark.parametrize("told", [(), (Yes(),), (Yes(), Number(2))])
def test_third_unclear_answer_calls_a_person(told: tuple[Answer, ...]) -> None:
    turns = converse(*told, *(Unclear(),) * MAX_UNCLEAR)
    assert recorded(turns) == HandOver("unclear")
    assert [turn.awaiting for turn in turns[-2:]] == [True, False]


@pytest.mark.parametrize("answer", [Unclear(), Number(0), Picked("skip"), Picked("ar")])
def test_unclear_answer_repeats_the_question(answer: Answer) -> None:
    opened, again = converse(answer)
    assert again.state == Rsvp(unclear=1)
    assert said(again)[0] == ASKED_AGAIN
    assert again.says[-1].choices == opened.says[-1].choices


@pytest.mark.parametrize("told", [Number(0), Number(0, adults=0), Number(0, 0, 0)])
def test_nobody_at_all_is_asked_again(told: Answer) -> None:
    *_, asked, again = converse(Yes(), told)
    assert asked.state is not None
    assert again.state == replace(asked.state, unclear=1)
    assert again.effects == ()


def test_a_clear_answer_forgives_the_unclear_ones() -> None:
    turns = converse(Unclear(), Unclear(), Yes(), Unclear(), Unclear(), Number(1))
    assert turns[-1].awaiting
    assert recorded(turns) == RecordRsvp("yes", 1, None, HELD, 1)


def test_old_headcount_button_answers_its_own_question() -> None:
    settled = Rsvp(Question.ADULTS, 1, children=2, seat=HELD)  # rewound by the engine
    turn = advance(settled, Number(3), scene(card(rsvp="yes")))
    assert recorded([turn]) == coming(3, 2)


def test_invitation_names_the_children_only_where_their_names_are_given() -> None:
    named = open_rsvp(scene(card(), children=("Lina", "Sami"))).says[0]
    assert named.params["children"] == "Lina, Sami"
    assert "children" not in open_rsvp(scene(card())).says[0].params


@pytest.mark.parametrize("kind", ["workshop", "outing", "meeting"])
def test_invitation_says_when_where_and_how_to_answer(kind: str) -> None:
    invitation = open_rsvp(scene(card(kind=kind)))
    assert invitation.awaiting
    (line,) = invitation.says
    assert {"title", "day", "hour", "place"} <= line.params.keys()
    assert [choice.code for choice in line.choices] == ["yes", "no", "maybe"]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (Question.COMING, Asked.RSVP),
        (Question.ADULTS, Asked.HEADCOUNT),
        (Question.CHILDREN, Asked.HEADCOUNT),
        (Question.SETTLED, Asked.RSVP),
    ],
)
def test_bare_number_means_what_was_asked(question: Question, asked: Asked) -> None:
    assert RSVP.asked(Rsvp(question)) is asked


def test_settled_answer_asks_nothing() -> None:
    assert ask(Rsvp(Question.SETTLED), scene(card())) is None
