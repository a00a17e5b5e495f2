"""Thanks, "ok" and greetings: most of them need no answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows.base import HandOver, RecordRsvp
from bot.flows.rsvp import Rsvp
from tests.engine.states import (
    ASKED,
    CLOSED,
    EXPECTED,
    MENU,
    PERSON,
    READING,
    asked_for_headcount,
    nothing_open,
    settled,
)
from tests.flows.talk import Talk

THANKS = [
    "merci",
    "Merci beaucoup !",
    "❤️🙏",
    "bonjour",
    "à samedi",
    "inchallah",
    "شكرا",
    "merci à vous, bonne journée",
]
AGREEING = ["ok", "ok merci", "d'accord", "parfait", "super merci", "👍", "c'est noté"]


@pytest.mark.parametrize("text", THANKS + AGREEING)
@pytest.mark.parametrize("rsvp", ["oui", "non"])
def test_thanks_after_an_answer_change_nothing_and_get_none(text: str, rsvp: str) -> None:
    talk = settled(rsvp=rsvp)
    before = talk.open[0].state
    talk.writes(text)
    assert talk.effects == []
    assert talk.said == []
    assert talk.open[0].state == before


@pytest.mark.parametrize("text", THANKS + AGREEING)
def test_thanks_right_after_a_maybe_get_no_answer(text: str) -> None:
    talk = settled(rsvp="je ne sais pas")
    talk.writes(text)
    assert talk.effects == []
    assert talk.said == []


@pytest.mark.parametrize("text", ["ok", "d'accord", "parfait"])
def test_ok_long_after_a_maybe_is_asked_what_it_means(text: str) -> None:
    talk = settled(rsvp="je ne sais pas")
    talk.lately = False
    talk.writes(text)
    assert talk.said == [ASKED]
    assert talk.effects == []
    talk.writes("ok")
    assert talk.effects == [EXPECTED]


@pytest.mark.parametrize("text", ["ok", "d'accord", "oui", "1"])
def test_reminder_that_asks_a_maybe_again_takes_a_simple_ok(text: str) -> None:
    talk = settled(rsvp="je ne sais pas")
    talk.open[0].awaiting = True  # the reminder has reached them
    talk.writes(text)
    assert talk.effects == [EXPECTED]


def test_thanks_for_a_reminder_that_asks_bring_its_question_again() -> None:
    talk = settled(rsvp="je ne sais pas")
    talk.open[0].awaiting = True
    talk.writes("merci")
    assert talk.said == [ASKED]
    assert talk.effects == []


@pytest.mark.parametrize("text", ["oui", "Oui !", "finalement oui", "je viens", "on vient", "1"])
@pytest.mark.parametrize("rsvp", ["non, je travaille", "je ne sais pas"])
def test_plain_yes_changes_a_settled_answer(text: str, rsvp: str) -> None:
    talk = settled(rsvp=rsvp)
    talk.writes(text)
    assert talk.effects == [EXPECTED]


@pytest.mark.parametrize("text", ["merci", "❤️🙏", "ok merci"])
def test_thanks_that_quote_the_settled_answer_get_none(text: str) -> None:
    talk = settled()
    talk.writes(text, quoting=1)
    assert talk.effects == []
    assert talk.said == []


@pytest.mark.parametrize("text", ["merci", "bonjour", "🙏", "شكرا"])
def test_courtesy_before_an_answer_brings_the_question_again_without_blame(text: str) -> None:
    talk = Talk(READING)
    for _ in range(4):
        talk.writes(text)
        assert talk.said == [ASKED]
    assert talk.effects == []
    assert talk.open[0].state == Rsvp()


def test_god_willing_takes_no_yes_back() -> None:
    talk = asked_for_headcount()
    talk.writes("inchallah")
    assert talk.said == ["How many adults will come?"]
    assert talk.events[1].rsvp == "yes"


def test_god_willing_answers_the_invitation_as_maybe() -> None:
    talk = Talk(READING)
    talk.writes("inchallah")
    assert talk.effects == [RecordRsvp("maybe")]


@pytest.mark.parametrize("text", ["bonjour", "Bonsoir madame", "السلام عليكم"])
def test_greeting_out_of_the_blue_gets_the_menu(text: str) -> None:
    for talk in (nothing_open(), settled()):
        talk.lately = False
        talk.writes(text)
        assert talk.said == [MENU]
        assert talk.effects == []


@pytest.mark.parametrize("text", THANKS)
def test_courtesy_after_something_of_ours_gets_no_menu(text: str) -> None:
    talk = nothing_open()
    talk.lately = True
    talk.writes(text)
    assert talk.said == []
    assert talk.open == []


@pytest.mark.parametrize("text", ["❤️🙏", "👍", "…", "", "ok", "super merci"])
def test_sign_or_ok_out_of_the_blue_gets_no_menu(text: str) -> None:
    talk = nothing_open()
    talk.writes(text)
    assert talk.said == []
    assert talk.effects == []


@pytest.mark.parametrize(
    "text",
    [
        "Lina a perdu son manteau",
        "le code du wifi",
        "c'est quand la prochaine sortie ?",
        "on peut changer la date",
    ],
)
@pytest.mark.parametrize("start", [nothing_open, settled])
def test_text_without_an_open_question_goes_to_a_person_in_one_sentence(
    start: Callable[[], Talk], text: str
) -> None:
    talk = start()
    talk.writes(text)
    assert talk.effects == [HandOver("question")]
    assert talk.said == [PERSON]


def test_refusal_without_an_open_question_goes_to_a_person() -> None:
    talk = nothing_open()
    talk.writes("non on ne viendra pas samedi")
    assert talk.effects == [HandOver("question")]


@pytest.mark.parametrize("text", ["1", "2.", "٣", "0"])
def test_digit_without_a_menu_is_late(text: str) -> None:
    talk = nothing_open()
    talk.writes(text)
    assert talk.said == [CLOSED]
    assert talk.effects == []
