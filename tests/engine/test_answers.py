"""What an answer does: what a parent writes, and what becomes true."""

from __future__ import annotations

import pytest

from bot.flows import base
from bot.flows.base import (
    ChangeLanguage,
    Effect,
    HandOver,
    PauseMessages,
    RecordAnswer,
    RecordRsvp,
    StopMessages,
)
from bot.seats import Seat
from tests.engine.states import (
    CALLED,
    EXPECTED,
    PERSON,
    READING,
    SORRY,
    SPEAKING,
    asked_in_menu,
    asked_in_survey,
)
from tests.flows.talk import Talk


@pytest.mark.parametrize(
    ("texts", "last"),
    [
        (("Oui.", "2", "1"), RecordRsvp("yes", 2, 1, Seat.HELD, 3)),
        (("1", "٢", "١"), RecordRsvp("yes", 2, 1, Seat.HELD, 3)),
        (("1", "۲", "০"), RecordRsvp("yes", 2, 0, Seat.HELD, 2)),
        (("oui, 3 dont 2 enfants",), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (("3 dont 2 enfants",), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (("on sera 3", "2"), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (("on sera 3", "2 enfants"), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (("oui", "2 enfants", "1"), RecordRsvp("yes", 1, 2, Seat.HELD, 3)),
        (("oui", "2 adultes", "2 enfants"), RecordRsvp("yes", 2, 2, Seat.HELD, 4)),
        (("oui", "deux", "trois"), RecordRsvp("yes", 2, 3, Seat.HELD, 5)),
        (("oui juste moi",), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("oui", "juste moi"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("oui", "1", "non"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("oui", "1", "pas d'enfants"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("oui", "1", "aucun"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("oui", "1", "on ne vient pas finalement"), RecordRsvp("no")),
        (("oui", "non"), RecordRsvp("no")),
        (("2",), RecordRsvp("no")),
        (("3",), RecordRsvp("maybe")),
        (("Je ne sais pas",), RecordRsvp("maybe")),
        (("👍", "1", "2", "finalement non"), RecordRsvp("no")),
        (("non", "finalement oui", "1", "0"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
        (("on ne sait pas", "je viens", "1", "0"), RecordRsvp("yes", 1, 0, Seat.HELD, 1)),
    ],
)
def test_conversation_records_what_the_family_means(texts: tuple[str, ...], last: Effect) -> None:
    talk = Talk(READING)
    for text in texts:
        talk.writes(text)
    assert talk.effects[-1] == last


@pytest.mark.parametrize(
    ("language", "text", "rsvp"),
    [
        ("ar", "نعم", "yes"),
        ("ar", "لا", "no"),
        ("ar", "١", "yes"),
        ("tr", "Evet", "yes"),
        ("tr", "Hayır", "no"),
        ("pt", "Sim", "yes"),
        ("pt", "Não", "no"),
        ("ro", "Da", "yes"),
        ("ro", "Nu", "no"),
        ("en", "Yes", "yes"),
    ],
)
def test_shown_label_picks_its_choice_in_every_language(
    language: str, text: str, rsvp: str
) -> None:
    talk = Talk(READING, language=language)
    talk.writes(text)
    assert talk.events[1].rsvp == rsvp


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Très bien", "4"),
        ("très bien !", "4"),
        ("TRES BIEN", "4"),
        ("Bien", "3"),
        ("Moyen", "2"),
        ("Pas bien", "1"),
        ("4 Très bien", "4"),
        ("4", "4"),
        ("٤", "4"),
        ("4/4", "4"),
        ("0", "skip"),
        ("Passer", "skip"),
    ],
)
def test_survey_takes_digits_and_labels(text: str, code: str) -> None:
    talk = asked_in_survey()
    talk.writes(text)
    assert talk.effects == [RecordAnswer("satisfaction", code)]


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("1", None),
        ("1 Ma langue", None),
        ("2", PauseMessages(30)),
        ("Pause de 30 jours", PauseMessages(30)),
        ("٢", PauseMessages(30)),
        ("3", StopMessages()),
        ("9", HandOver("asked")),
        ("0", None),
    ],
)
def test_menu_takes_digits_and_labels(text: str, effect: Effect | None) -> None:
    talk = asked_in_menu()
    talk.writes(text)
    assert talk.effects == ([effect] if effect else [])
    assert SORRY not in talk.said


@pytest.mark.parametrize("text", ["Appelez-moi", "9 Appelez-moi"])
def test_label_that_calls_a_person_calls_one(text: str) -> None:
    talk = asked_in_menu()
    talk.writes(text)
    assert talk.effects == [HandOver("call"), base.RaiseAlarm("call_me", "appelez moi")]
    assert talk.said == [CALLED]


@pytest.mark.parametrize("ask", ["ma langue", "1"])
@pytest.mark.parametrize("answer", ["2", "٢", "العربية", "arabe", "2 العربية"])
def test_language_is_picked_by_number_by_its_own_name_or_by_its_name(ask: str, answer: str) -> None:
    talk = asked_in_menu()
    talk.writes(ask)
    talk.writes(answer)
    assert talk.effects == [ChangeLanguage("ar")]
    assert talk.said == [SPEAKING]


@pytest.mark.parametrize("answer", ["2", "العربية", "arabe"])
def test_language_named_in_the_welcome_goes_on_with_the_welcome(answer: str) -> None:
    talk = Talk(language=None)
    talk.opens("welcome")
    talk.writes(answer)
    assert talk.effects == [ChangeLanguage("ar")]
    assert "May we write to you" in talk.said[-1]


def test_yes_with_a_question_keeps_both() -> None:
    talk = Talk(READING)
    talk.writes("Oui, c'est à quelle adresse ?")
    assert talk.effects == [EXPECTED, HandOver("question")]
    assert talk.said == ["Great!", PERSON, "How many adults will come?"]


def test_question_alone_reaches_a_person_and_leaves_the_question_open() -> None:
    talk = Talk(READING)
    talk.writes("C'est à quelle heure ?")
    assert talk.effects == [HandOver("question")]
    assert talk.said == [PERSON]
    assert talk.open[0].awaiting
    talk.writes("oui")
    assert talk.effects[-1] == EXPECTED


def test_third_unclear_answer_reaches_a_person() -> None:
    talk = Talk(READING)
    for text in ("abc def", "ghi jkl", "mno pqr"):
        talk.writes(text)
    assert talk.effects == [HandOver("unclear")]
