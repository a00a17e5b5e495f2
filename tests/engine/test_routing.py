"""Whose answer it is: an answer belongs to its own question."""

from __future__ import annotations

import pytest

from bot.flows.base import EventStatus, HandOver, PauseMessages, RecordAnswer, RecordRsvp
from bot.seats import Seat
from tests.engine.states import (
    CIRCUS,
    CLOSED,
    COOKING,
    EXPECTED,
    MUSEUM,
    READING,
    WHICH,
    asked_back,
    asked_for_headcount,
    settled,
)
from tests.flows.scenes import card
from tests.flows.talk import Talk


def test_only_open_question_takes_the_answer() -> None:
    talk = Talk(READING)
    talk.writes("oui")
    assert talk.effects == [EXPECTED]
    assert talk.said == ["Great!", "How many adults will come?"]


def test_button_is_bound_to_its_own_event() -> None:
    talk = Talk(READING, COOKING)
    talk.taps("yes", conversation=1, question="coming")
    talk.taps("no", conversation=2, question="coming")
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == ("yes", "no")


def test_old_button_answers_its_own_question_and_not_the_one_on_the_table() -> None:
    talk = asked_for_headcount()
    talk.taps("2", question="adults")
    talk.taps("no", question="coming")
    assert talk.effects[-1] == RecordRsvp("no")


def test_yes_tapped_twice_forgets_no_headcount() -> None:
    talk = settled()
    talk.taps("yes", question="coming")
    assert talk.effects == []
    assert talk.said == ["Great!", "How many adults will come?"]


def test_button_of_a_closed_conversation_changes_nothing() -> None:
    talk = Talk(COOKING)
    outcome = talk.taps("yes", conversation=77, question="coming")
    assert talk.said == [CLOSED]
    assert talk.effects == []
    assert not outcome.answered
    assert talk.events[2].rsvp is None


@pytest.mark.parametrize("status", [EventStatus.OVER, EventStatus.CANCELLED])
def test_button_of_a_past_event_is_answered_and_not_ticked(status: EventStatus) -> None:
    talk = Talk(READING)
    talk.becomes(card(status=status))
    outcome = talk.taps("yes", question="coming")
    assert talk.effects == []
    assert not outcome.answered
    assert talk.open == []


def test_answered_question_is_ticked() -> None:
    assert Talk(READING).taps("yes", question="coming").answered


def test_tap_that_lost_its_conversation_goes_to_the_only_open_question() -> None:
    talk = Talk(READING)
    talk.taps("no", conversation=None)
    assert talk.effects == [RecordRsvp("no")]


def test_tap_that_lost_its_conversation_is_asked_back_where_two_are_open() -> None:
    talk = Talk(READING, COOKING)
    talk.taps("no", conversation=None)
    assert talk.said == [WHICH]
    talk.writes("2")
    assert talk.events[2].rsvp == "no"


def test_quoted_message_binds_the_answer() -> None:
    talk = Talk(READING, COOKING)
    talk.writes("non", quoting=1)
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == ("no", None)


def test_answer_that_quotes_a_closed_question_goes_to_no_other() -> None:
    talk = Talk(COOKING)
    talk.writes("oui", quoting=77)
    assert talk.said == [CLOSED]
    assert talk.events[2].rsvp is None


def test_question_about_a_closed_message_reaches_a_person() -> None:
    talk = Talk(COOKING)
    talk.writes("c'était à quelle adresse ?", quoting=77)
    assert talk.effects == [HandOver("question")]


@pytest.mark.parametrize(
    ("text", "rsvp"),
    [
        ("B1", "yes"),
        ("b 2", "no"),
        ("B-3", "maybe"),
        (" B) 1. ", "yes"),
        ("B١", "yes"),
        ("B1 merci", "yes"),
    ],
)
def test_letter_names_the_menu(text: str, rsvp: str) -> None:
    talk = Talk(READING, COOKING)
    talk.writes(text)
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == (None, rsvp)


@pytest.mark.parametrize("text", ["c oui", "d accord", "c 2 adultes", "b oui"])
def test_letter_that_is_only_french_shorthand_names_no_menu(text: str) -> None:
    talk = Talk(READING, COOKING, MUSEUM, CIRCUS)
    talk.writes(text)
    assert talk.said == [WHICH]


def test_letter_of_no_open_menu_names_no_other() -> None:
    talk = Talk(READING, COOKING)
    talk.writes("F2")
    assert talk.effects == []


@pytest.mark.parametrize(
    ("text", "rsvp"), [("oui", "yes"), ("2", "no"), ("on ne peut pas venir", "no"), ("1", "yes")]
)
def test_two_open_questions_are_asked_back_then_the_kept_text_goes_to_the_chosen_one(
    text: str, rsvp: str
) -> None:
    talk = Talk(READING, COOKING)
    talk.writes(text)
    assert talk.said == [WHICH]
    assert talk.effects == []
    talk.writes("2")
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == (None, rsvp)
    assert all(one.flow != "which" for one in talk.open)


def test_kept_headcount_is_understood_by_the_question_that_gets_it() -> None:
    talk = asked_for_headcount()
    talk.opens("rsvp", COOKING)
    talk.writes("3 dont 2 enfants")
    talk.writes("1")
    assert talk.effects[-1] == RecordRsvp("yes", 1, 2, Seat.HELD, 3)
    assert talk.events[2].rsvp is None


def test_at_most_three_choices_nearest_event_first() -> None:
    talk = Talk(READING, CIRCUS, MUSEUM, COOKING)
    talk.writes("oui")
    titles = [choice.label.params["title"] for choice in talk.last.says[0].choices]
    assert titles == [MUSEUM.title, READING.title, COOKING.title]


@pytest.mark.parametrize("named", ["B1", "tap", "quote"])
def test_ask_back_that_is_passed_over_is_dropped(named: str) -> None:
    talk = asked_back()
    match named:
        case "tap":
            talk.taps("yes", conversation=2, question="coming")
        case "quote":
            talk.writes("oui", quoting=2)
        case _:
            talk.writes(named)
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == (None, "yes")
    assert [one.flow for one in talk.open] == ["rsvp", "rsvp"]


def test_chosen_question_that_has_closed_meanwhile_changes_nothing() -> None:
    talk = asked_back()
    talk.open = [one for one in talk.open if one.id != 2]
    talk.writes("2")
    assert talk.said == [CLOSED]
    assert talk.effects == []


def test_invitation_that_has_not_left_yet_takes_no_answer() -> None:
    talk = settled()
    talk.opens("rsvp", COOKING, awaiting=False)
    talk.writes("finalement on ne vient pas")
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == ("no", None)


def test_menu_just_shown_takes_its_digit_and_leaves_words_to_the_event() -> None:
    by_digit = Talk(READING)
    by_digit.opens("preferences")
    by_digit.writes("2")
    assert by_digit.effects == [PauseMessages(30)]
    by_word = Talk(READING)
    by_word.opens("preferences")
    by_word.writes("non")
    assert by_word.effects == [RecordRsvp("no")]


def test_label_of_one_open_question_is_for_that_question() -> None:
    talk = Talk()
    talk.opens("survey", READING)
    talk.opens("rsvp", COOKING)
    talk.writes("Très bien")
    assert talk.effects == [RecordAnswer("satisfaction", "4")]
