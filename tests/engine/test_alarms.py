"""What a person must see comes before every conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows import base
from bot.flows.base import RecordRsvp
from tests.engine.states import READING, STATE_IDS, STATES
from tests.flows.talk import Talk

EMERGENCY = (
    "Emergency: call 112. By SMS: 114. Child in danger: 119. "
    "Nobody watches this number for emergencies. Someone from the team will call you."
)


def raised(talk: Talk) -> list[str]:
    return [one.kind for one in talk.effects if isinstance(one, base.RaiseAlarm)]


@pytest.mark.parametrize("state", STATES, ids=STATE_IDS)
def test_alarm_comes_before_every_conversation_and_one_thing_is_said(
    state: Callable[[], Talk],
) -> None:
    talk = state()
    talk.effects.clear()
    talk.writes("mon mari me frappe")
    assert raised(talk) == ["violence"]
    assert talk.said == [EMERGENCY]


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("oui on vient, mais mon mari me frappe", "yes"),
        ("je ne peux pas venir, mon mari me frappe", "no"),
        ("Oui, 2 adultes. Mon mari me frappe", "yes"),
    ],
)
def test_answer_beside_an_alarm_is_kept_and_the_alarm_comes_first(text: str, reply: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert isinstance(talk.effects[0], base.RaiseAlarm)
    assert [one.reply for one in talk.effects if isinstance(one, RecordRsvp)] == [reply]
    assert talk.said == [EMERGENCY]


def test_photo_with_such_a_caption_raises_it_and_one_without_words_does_not() -> None:
    talk = Talk(READING)
    talk.sends_picture("mon mari me frappe")
    assert raised(talk) == ["violence"]
    quiet = Talk(READING)
    quiet.sends_picture()
    assert raised(quiet) == []


@pytest.mark.parametrize(
    "text", ["oui", "merci", "bonjour", "9", "START", "vous êtes là ?", "arabe"]
)
def test_whoever_may_be_in_danger_gets_no_answer_to_anything(text: str) -> None:
    talk = Talk(READING)
    talk.held = "safeguarding"
    talk.writes(text)
    assert talk.said == []


def test_answers_count_while_automation_is_silent() -> None:
    talk = Talk(READING)
    talk.held = "safeguarding"
    talk.writes("oui, 2 adultes et 1 enfant")
    assert [one.reply for one in talk.effects if isinstance(one, RecordRsvp)] == ["yes"]


def test_help_is_told_once_and_each_alarm_is_kept() -> None:
    talk = Talk(READING)
    talk.held = "safeguarding"
    talk.writes("il me frappe encore, mon mari me frappe")
    assert raised(talk) == ["violence"]
    assert talk.said == []


def test_alarm_after_a_stop_still_says_where_help_is() -> None:
    talk = Talk(READING)
    talk.stopped = True
    talk.writes("mon mari me frappe")
    assert talk.said == [EMERGENCY]


@pytest.mark.parametrize(
    ("text", "kind", "start"),
    [
        ("ma mère est décédée", "bereavement", "We are very sorry."),
        ("on déménage", "moving", "Thank you for telling us."),
        ("vous vous trompez de numéro", "wrong_number", "Sorry!"),
    ],
)
def test_mild_alarm_gets_one_short_sentence(text: str, kind: str, start: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert raised(talk) == [kind]
    assert len(talk.said) == 1
    assert talk.said[0].startswith(start)


def test_death_beside_a_no_keeps_the_no_and_nobody_asks_why() -> None:
    talk = Talk(READING)
    talk.writes("ma mère est décédée on ne vient pas")
    assert [one.reply for one in talk.effects if isinstance(one, RecordRsvp)] == ["no"]
    assert [one.flow for one in talk.open if one.flow == "barrier"] == []


def test_wrong_number_answers_for_nobody() -> None:
    talk = Talk(READING)
    talk.writes("non, vous vous trompez de numéro")
    assert [type(one) for one in talk.effects] == [base.RaiseAlarm]


def test_button_that_repeats_our_own_words_raises_nothing() -> None:
    talk = Talk(READING)
    talk.taps("human")
    assert raised(talk) == []
