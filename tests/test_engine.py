"""The engine, one conversation per test: what a parent writes, and what becomes true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine import Arrival, Desk, Outcome, Tap, take_turn
from bot.flows import base
from bot.flows.base import (
    ChangeLanguage,
    Consent,
    Effect,
    EventStatus,
    HandOver,
    PauseMessages,
    RecordAnswer,
    RecordRsvp,
    ResumeMessages,
    StopMessages,
)
from bot.flows.menus import LANGUAGES, PROMISED, page_of
from bot.flows.rsvp import Question as RsvpQuestion
from bot.flows.rsvp import Rsvp
from bot.messages import OptOut, Say, Texts
from bot.seats import Seat
from tests.flows.scenes import card, scene
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


# -- STOP first, START only when explicit ---------------------------------------------------------


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


# -- a person ------------------------------------------------------------------------------------


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


# -- whose answer it is ---------------------------------------------------------------------------


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


# -- what an answer does --------------------------------------------------------------------------


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
    assert talk.effects == [HandOver("call")]
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


# -- thanks, "ok" and greetings -------------------------------------------------------------------

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


# -- language -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["arabe", "en arabe svp", "je préfère l'arabe"])
def test_named_language_is_taken_at_once_and_the_question_comes_again_in_it(text: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert talk.effects == [ChangeLanguage("ar")]
    assert talk.said == [SPEAKING, ASKED]
    talk.writes("نعم")
    assert talk.events[1].rsvp == "yes"


def test_language_button_of_the_link_page_says_only_so() -> None:
    talk = Talk(READING)
    talk.taps("speak-tr")
    assert talk.effects == [ChangeLanguage("tr")]
    assert talk.said == [SPEAKING]


def pages_of_languages(talk: Talk) -> list[str]:
    """The languages of the list on the table, its pages turned as a parent does, by their digit."""
    found: list[str] = []
    while True:
        *here, last = talk.last.says[-1].choices
        found += [choice.code for choice in here]
        if not page_of(last.code):  # back to the first page
            return found
        talk.writes(last.key)


def test_wish_for_another_language_gets_the_list() -> None:
    talk = Talk(READING)
    talk.writes("changer de langue")
    assert pages_of_languages(talk) == list(LANGUAGES | PROMISED)
    assert talk.effects == []


@pytest.mark.parametrize("known", ["fr", None])
def test_language_that_we_lack_gets_the_list_and_a_person(known: str | None) -> None:
    talk = Talk(language=known)
    if known is None:
        talk.opens("welcome")
    talk.writes("somali")
    assert talk.effects == [HandOver("language")]
    assert talk.said[0] == PERSON
    assert pages_of_languages(talk) == list(LANGUAGES | PROMISED)


# -- whatever arrives -----------------------------------------------------------------------------

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["oui", "non", "1", "B2", "c 2", "merci", "on sera 3", "arabe", "ok", "STOP"]),
)
arrivals = st.builds(
    Arrival,
    text=texts,
    tap=st.none()
    | st.builds(
        Tap,
        st.none() | st.integers(0, 4),
        st.sampled_from(["", "coming", "adults", "menu", "which", "x"]),
        st.sampled_from(["yes", "no", "skip", "human", "stop", "2", "speak-ar", "language", "x"]),
    ),
    belongs_to=st.none() | st.integers(0, 4),
    opt_out=st.none() | st.sampled_from(list(OptOut)),
    media=st.sampled_from(["", "photo", "voice"]),
)


@given(
    arrival=arrivals,
    start=st.sampled_from(STATES),
    stopped=st.booleans(),
    waiting=st.booleans(),
    lately=st.booleans(),
)
@example(Arrival(tap=Tap(1, "coming", "yes")), STATES[1], False, False, False)
def test_engine_takes_whatever_arrives(
    arrival: Arrival, start: Callable[[], Talk], stopped: bool, waiting: bool, lately: bool
) -> None:
    talk = start()
    talk.stopped, talk.waiting, talk.lately = stopped, waiting, lately
    desk = talk.desk()
    outcome = take_turn(arrival, desk)
    assert outcome == take_turn(arrival, desk), "the same again"
    _check(outcome, desk)


def _check(outcome: Outcome, desk: Desk) -> None:
    known = {one.id for one in desk.open}
    moved = [one.id for one in outcome.moved if one.id is not None]
    assert set(moved) <= known
    assert len(moved) == len(set(moved)), "a conversation moves once a turn"
    assert sum(isinstance(one, RecordRsvp) for one in outcome.effects) <= 1
    if StopMessages() in outcome.effects:
        closed = {one.id for one in outcome.moved if one.state is None}
        assert closed == known
    agreed = Consent("messages", given=True) in outcome.effects
    if desk.stopped and agreed:
        assert any(one.flow == "welcome" for one in desk.open), "only to the question itself"
    for saying in outcome.says:
        assert isinstance(saying, Say)
        assert len({choice.key for choice in saying.choices}) == len(saying.choices)


def test_stranger_to_every_conversation_moves_none() -> None:
    outcome = take_turn(Arrival(text="oui"), Desk(scene=scene()))
    assert outcome.moved == ()
    assert outcome.effects == (HandOver("question"),)


def test_old_headcount_button_rewinds_to_its_question() -> None:
    talk = settled()
    talk.taps("3", question=RsvpQuestion.ADULTS)
    assert talk.effects == [RecordRsvp("yes", 3, 2, Seat.HELD, 5)]


@pytest.mark.parametrize("text", ["توقف", "PARAR", "arrêt", "STOP", "durdur", "opreste", "СТОП"])
def test_stop_is_heard_in_another_language_than_the_parents_own(text: str) -> None:
    desk = Desk(scene=base.Scene("Ma Chance Moi Aussi", "Les Cèdres", language="fr"))
    outcome = take_turn(Arrival(text), desk)
    assert StopMessages() in outcome.effects


# -- what a person must see -----------------------------------------------------------------------

EMERGENCY = (
    "Nobody watches this number for emergencies. Emergency: call 112. "
    "You cannot speak: write an SMS to 114. Child in danger: call 119. "
    "Someone from the team will call you."
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


# -- how much is refused --------------------------------------------------------------------------

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
