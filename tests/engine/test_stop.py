"""What a parent refuses: all messages, questions, or one event; and how they come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows import base
from bot.flows.base import Consent, HandOver, RecordRsvp, ResumeMessages, StopMessages
from bot.messages import OptOut
from tests.engine.states import (
    COOKING,
    READING,
    RESUMED,
    STOPPED,
    WHICH,
    asked_in_survey,
    in_every_state,
    nothing_open,
)
from tests.flows.talk import Talk

# -- STOP first, START only when explicit ----------------------------------------------------------


@in_every_state
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "STOP"),
        ("fr", "Arrêt."),
        ("fr", "arret"),
        ("fr", "Stop aux messages"),
        ("fr", "stop merci"),
        ("ar", "توقف"),
        ("tr", "durdur"),
        ("pt", "parar"),
        ("ro", "opriți mesajele"),
        ("en", "unsubscribe"),
        (None, "stop"),
    ],
)
def test_stop_comes_before_any_conversation(
    start: Callable[[], Talk], language: str | None, text: str
) -> None:
    talk = start()
    talk.language = language
    talk.effects.clear()
    talk.writes(text)
    assert talk.effects == [StopMessages()]
    assert talk.said == [STOPPED]
    assert talk.open == []


@in_every_state
def test_what_the_carrier_has_stopped_is_not_confirmed_again(start: Callable[[], Talk]) -> None:
    talk = start()
    talk.effects.clear()
    talk.opts(OptOut.STOP, "STOP")
    assert talk.effects == [StopMessages()]
    assert talk.said == []
    assert talk.open == []


def test_stop_button_stops_from_anywhere() -> None:
    talk = Talk(READING)
    talk.taps("stop", conversation=None)
    assert talk.effects == [StopMessages()]
    assert talk.open == []


@pytest.mark.parametrize("text", ["3", "Stop aux messages"])
def test_stop_in_the_menu_closes_every_conversation(text: str) -> None:
    talk = Talk(READING, COOKING)
    talk.opens("preferences")
    talk.writes(text)
    assert talk.effects == [StopMessages()]
    assert talk.open == []


def test_refusing_messages_in_the_welcome_closes_every_conversation() -> None:
    talk = Talk(READING)
    talk.opens("welcome")
    talk.writes("non")
    assert talk.effects == [Consent("messages", given=False), StopMessages()]
    assert talk.open == []


@pytest.mark.parametrize(
    "text", ["j'attends à l'arrêt de bus", "le bébé pleure sans arrêt", "mon mari est en arrêt"]
)
def test_word_for_stop_about_something_else_stops_nothing(text: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert StopMessages() not in talk.effects


def test_start_opens_again() -> None:
    talk = nothing_open()
    talk.stopped = True
    talk.writes("START")
    assert talk.effects == [ResumeMessages()]
    assert talk.said == [RESUMED]


def test_start_at_the_carrier_opens_again_without_a_word() -> None:
    talk = nothing_open()
    talk.stopped = True
    talk.opts(OptOut.START, "START")
    assert talk.effects == [ResumeMessages()]
    assert talk.said == []


@pytest.mark.parametrize("text", ["START", "/start"])
def test_start_of_someone_who_never_stopped_changes_nothing(text: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert talk.effects == []
    assert talk.said == [RESUMED]
    assert talk.open[0].awaiting


@pytest.mark.parametrize(
    "text", ["oui", "bonjour, une question", "1", "3 dont 2 enfants", "c'est où ?"]
)
def test_nothing_but_start_opens_again_and_a_person_reads_it(text: str) -> None:
    talk = nothing_open()
    talk.stopped = True
    talk.writes(text)
    assert talk.effects == [HandOver("wrote_after_stop")]
    assert talk.said == []


def test_tap_after_a_stop_reaches_a_person() -> None:
    talk = Talk(READING)
    talk.writes("STOP")
    talk.taps("yes", conversation=1, question="coming")
    assert talk.effects == [StopMessages(), HandOver("wrote_after_stop")]


@pytest.mark.parametrize("text", ["merci", "ok", "🙏"])
def test_thanks_after_a_stop_need_nobody(text: str) -> None:
    talk = Talk(READING)
    talk.writes("STOP")
    talk.writes(text)
    assert talk.effects == [StopMessages()]
    assert talk.said == []


# -- how much is refused ---------------------------------------------------------------------------


NO_SURVEYS = "No more questionnaires. Invitations go on."
SURVEYS_AGAIN = "Thank you! You will get our questionnaires again."


@pytest.mark.parametrize("text", ["plus de questionnaires", "STOP les questionnaires"])
def test_stop_of_questions_ends_questions_and_nothing_else(text: str) -> None:
    talk = asked_in_survey()
    talk.writes(text)
    assert talk.effects == [Consent("surveys", given=False)]
    assert talk.said == [NO_SURVEYS]
    assert talk.open == []
    invited = Talk(READING)
    invited.writes(text)
    assert [one.flow for one in invited.open] == ["rsvp"]


@pytest.mark.parametrize("text", ["questionnaires oui", "oui questionnaires", "START"])
def test_questions_come_again_when_they_are_asked_for(text: str) -> None:
    talk = Talk(READING)
    talk.refused_surveys = True
    talk.writes(text)
    assert talk.effects == [Consent("surveys", given=True)]
    assert talk.said == [SURVEYS_AGAIN]


def test_start_after_a_whole_stop_brings_messages_and_no_questions() -> None:
    talk = Talk()
    talk.stopped = talk.refused_surveys = True
    talk.writes("START")
    assert talk.effects == [ResumeMessages()]


@pytest.mark.parametrize("events", [(READING,), (READING, COOKING)])
def test_stop_of_one_event_is_a_no_for_that_event(events: tuple[base.EventCard, ...]) -> None:
    talk = Talk(*events)
    talk.writes("arrêtez les messages pour l'atelier")
    if len(events) > 1:
        assert talk.said == [WHICH]
        talk.writes("1")
    assert [one.reply for one in talk.effects if isinstance(one, RecordRsvp)] == ["no"]
    assert StopMessages() not in talk.effects


def test_stop_of_an_event_that_is_none_of_ours_goes_to_a_person() -> None:
    talk = Talk()
    talk.writes("arrêtez les messages pour l'atelier")
    assert talk.effects == [HandOver("question")]
