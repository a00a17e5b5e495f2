"""A person is one word away, and automation is silent while one talks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows.base import HandOver, RecordRsvp
from bot.flows.rsvp import Rsvp
from bot.messages import OptOut
from tests.engine.states import (
    MEDIA,
    PERSON,
    READING,
    asked_back,
    asked_in_survey,
    in_every_state,
    nothing_open,
    settled,
    waiting_for_a_person,
    with_a_person,
)
from tests.flows.talk import Talk


@in_every_state
@pytest.mark.parametrize("text", ["9", "9.", "٩", "۹", "aide"])
def test_a_person_is_one_word_away(start: Callable[[], Talk], text: str) -> None:
    talk = start()
    talk.effects.clear()
    before = [(one.state, one.awaiting) for one in talk.open]
    talk.writes(text)
    assert talk.effects == [HandOver("asked")]
    assert talk.said == ([] if talk.talking else [PERSON])
    assert [(one.state, one.awaiting) for one in talk.open] == before


def test_button_calls_a_person() -> None:
    talk = Talk(READING)
    talk.taps("human", conversation=1, question="coming")
    assert talk.effects == [HandOver("call")]
    assert talk.said == ["Someone from the team will call you."]


def test_help_at_the_carrier_calls_a_person() -> None:
    talk = Talk(READING)
    talk.opts(OptOut.HELP, "INFO")
    assert talk.effects == [HandOver("asked")]


@pytest.mark.parametrize(
    "text", ["oui", "non", "on sera 3", "merci", "c'est où ?", "xyz", "arabe", "bonjour", "2"]
)
def test_automation_is_silent_while_a_person_talks(text: str) -> None:
    talk = with_a_person()
    talk.writes(text)
    assert talk.said == []
    assert talk.effects == [HandOver("question")]
    assert talk.open[0].state == Rsvp()


def test_button_counts_while_a_person_talks() -> None:
    talk = with_a_person()
    talk.taps("no", question="coming")
    assert talk.effects == [RecordRsvp("no")]


def test_quoted_answer_counts_while_a_person_talks() -> None:
    talk = with_a_person()
    talk.writes("non", quoting=1)
    assert talk.effects == [RecordRsvp("no")]


def test_clear_answer_counts_while_a_person_is_awaited() -> None:
    talk = waiting_for_a_person()
    talk.writes("non")
    assert talk.effects == [RecordRsvp("no")]


@pytest.mark.parametrize("text", ["xyz qwerty", "c'est où ?"])
def test_unclear_text_waits_with_the_rest_for_the_person(text: str) -> None:
    talk = waiting_for_a_person()
    talk.writes(text)
    assert talk.effects == [HandOver("question")]
    assert talk.said == []
    assert talk.open[0].state == Rsvp()


@pytest.mark.parametrize(
    "start", [nothing_open, lambda: Talk(READING), settled, asked_in_survey, asked_back]
)
def test_picture_or_voice_message_reaches_a_person(start: Callable[[], Talk]) -> None:
    talk = start()
    talk.sends_picture()
    assert talk.effects[-1] == HandOver("question")
    assert talk.said == [MEDIA]


def test_picture_with_a_clear_caption_is_an_answer() -> None:
    talk = Talk(READING)
    talk.sends_picture("non, désolée")
    assert talk.effects == [RecordRsvp("no")]


def test_thanks_under_a_picture_still_show_it_to_a_person() -> None:
    talk = settled()
    talk.sends_picture("merci")
    assert talk.effects == [HandOver("question")]
