"""Parents in every state of a conversation, and what the engine says to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from bot.flows.base import RecordRsvp
from bot.messages import Texts
from bot.seats import Seat
from tests.flows.scenes import card
from tests.flows.talk import Talk

CLOSED = "This question is closed. Nothing has changed."
PERSON = "Someone from the team will answer you."
CALLED = "Someone from the team will call you. We call when the centre is open."
MEDIA = "We received your photo. Someone will look at it."
SORRY = "Sorry, I did not understand."
MENU = "What would you like?"
WHICH = "Which one is your answer for?"
STOPPED = "It is done. You will get no more messages. To come back, write START."
RESUMED = "Welcome back! You will get our messages again. To stop, write STOP."
SPEAKING = "We will write to you in English."
ASKED = "{title}, {day} at {hour}. Will you come?"

EXPECTED = RecordRsvp("yes", seat=Seat.HELD, party=1)
READING = card()
COOKING = card(id=2, title=Texts("fr", {"fr": "Atelier cuisine"}), on=date(2026, 12, 8))
MUSEUM = card(id=3, title=Texts("fr", {"fr": "Sortie au musée"}), on=date(2026, 12, 2))
CIRCUS = card(id=4, title=Texts("fr", {"fr": "Cirque"}), on=date(2026, 12, 20))


def settled(*, rsvp: str = "oui") -> Talk:
    """A parent whose answer is complete."""
    talk = Talk(READING)
    talk.writes("oui, 3 dont 2 enfants" if rsvp == "oui" else rsvp)
    talk.effects.clear()
    talk.lately = True  # they have our answer
    return talk


def nothing_open() -> Talk:
    return Talk()


def asked_for_headcount() -> Talk:
    talk = Talk(READING)
    talk.writes("oui")
    return talk


def asked_in_welcome() -> Talk:
    talk = Talk()
    talk.opens("welcome")
    return talk


def asked_in_survey() -> Talk:
    talk = Talk()
    talk.opens("survey", READING)
    return talk


def asked_in_menu() -> Talk:
    talk = Talk()
    talk.opens("preferences")
    return talk


def asked_back() -> Talk:
    talk = Talk(READING, COOKING)
    talk.writes("oui")
    return talk


def with_a_person() -> Talk:
    talk = Talk(READING)
    talk.waiting = talk.talking = True
    return talk


def waiting_for_a_person() -> Talk:
    talk = Talk(READING)
    talk.waiting = True
    return talk


STATES: list[Callable[[], Talk]] = [
    nothing_open,
    lambda: Talk(READING),
    lambda: Talk(READING, COOKING),
    settled,
    asked_for_headcount,
    asked_in_welcome,
    asked_in_survey,
    asked_in_menu,
    asked_back,
    with_a_person,
    waiting_for_a_person,
]
STATE_IDS = [
    "nothing open",
    "invited",
    "invited twice",
    "settled",
    "asked for a headcount",
    "welcome",
    "survey",
    "menu",
    "asked back",
    "talking with a person",
    "waiting for a person",
]
in_every_state = pytest.mark.parametrize("start", STATES, ids=STATE_IDS)
