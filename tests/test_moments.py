"""Which of the offered moments a text names, and what names none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from bot.engine.desk import Arrival, Desk, Open, Outcome, Tap
from bot.engine.turn import take_turn
from bot.flows.answers import Answer, No, Number, Picked, Unclear, Yes
from bot.flows.barrier import Barrier
from bot.flows.base import DeclineSlots, EventCard, HandOver, SlotCard, TakeSlot
from bot.flows.meeting import Meeting, Question, ask
from bot.flows.rsvp import Question as RsvpQuestion
from bot.flows.rsvp import Rsvp
from bot.hearing import answer_to, hear, picked
from bot.messages import Asked, Say
from tests.flows.scenes import card
from tests.flows.test_meeting import around, round_of

MONDAY, TUESDAY, THURSDAY = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3)
SLOTS = (
    SlotCard(1, MONDAY, time(17), 30),
    SlotCard(2, MONDAY, time(17, 30), 30),
    SlotCard(3, TUESDAY, time(10), 30),
    SlotCard(4, THURSDAY, time(14), 30),
)
ROUND = round_of(*SLOTS)
LISTED = Meeting(shown=(1, 2, 3, 4))


def question() -> Say:
    asked = ask(LISTED, around(ROUND))
    assert asked is not None
    return asked


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("2", "fr", "slot-2"),
        ("lundi 30 novembre à 17h", "fr", "slot-1"),
        ("lundi 17h", "fr", "slot-1"),
        ("Lundi à 17h30 svp", "fr", "slot-2"),
        ("17h30", "fr", "slot-2"),
        ("oui mardi", "fr", "slot-3"),
        ("je prends jeudi", "fr", "slot-4"),
        ("plutôt jeudi", "fr", "slot-4"),
        ("d'accord pour jeudi merci", "fr", "slot-4"),
        ("jeudi à 14 heures", "fr", "slot-4"),
        ("le 3 décembre", "fr", "slot-4"),
        ("mardi 1er", "fr", "slot-3"),
        ("3/12", "fr", "slot-4"),
        ("mardi inchallah", "fr", "slot-3"),
        ("الثلاثاء", "ar", "slot-3"),
        ("jeudi", "ar", "slot-4"),
        ("Salı", "tr", "slot-3"),
        ("perşembe saat 14:00", "tr", "slot-4"),
        ("quinta às 14h", "pt", "slot-4"),
        ("joi", "ro", "slot-4"),
        ("Thursday at 2 pm", "en", "slot-4"),
        ("Thursday at 2 pm", None, "slot-4"),
    ],
)
def test_text_that_names_one_moment_picks_it(text: str, language: str | None, code: str) -> None:
    choice = picked(question(), text, language)
    assert choice is not None
    assert choice.code == code


@pytest.mark.parametrize(
    "text",
    [
        "lundi",
        "lundi 17",
        "mardi ou jeudi",
        "mardi et jeudi",
        "pas mardi",
        "tout sauf mardi",
        "je ne peux pas mardi",
        "je ne peux que jeudi",
        "mardi ?",
        "jeudi matin",
        "jeudi après 14h",
        "avant 14h",
        "jeudi 15h",
        "vendredi",
        "peut-être mardi",
        "mardi si je finis tôt",
        "demain",
        "17",
        "14",
        "",
        "👍",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert picked(question(), text, "fr") is None


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("un autre moment", "fr", Picked("other")),
        ("je voudrais un autre jour", "fr", Picked("other")),
        ("başka gün", "tr", Picked("other")),
        ("موعد آخر", "ar", Picked("other")),
        ("aucun", "fr", Picked("none")),
        ("0", "fr", Picked("none")),
        ("3", "fr", Picked("slot-3")),
        ("5", "fr", Number(5)),
        ("٣", "ar", Picked("slot-3")),
        ("non merci", "fr", No()),
        ("oui", "fr", Yes()),
        ("mardi ou jeudi", "fr", Unclear()),
    ],
)
def test_answer_that_a_text_gives(text: str, language: str, answer: Answer) -> None:
    meant = hear(text, language, Asked.SLOT)
    assert answer_to(question(), text, meant, language) == answer


# -- among other conversations --------------------------------------------------------------------

TAKEN = replace(ROUND, slots=SLOTS[1:], taken=SLOTS[0], meeting_id=5)
MET = card(id=5, kind="meeting", rsvp="yes")
WORKSHOP = card(id=9)


def talk(
    number: int, state: object, *, awaiting: bool = False, event: EventCard | None = None
) -> Open:
    """One open conversation: about an event, else about the round in which a moment was taken."""
    scene = around(TAKEN)
    if event is not None:
        scene = replace(scene, event=event, campaign=None)
    flow = "meeting" if isinstance(state, Meeting) else "rsvp"
    return Open(number, flow, state, scene, awaiting, order=number)


ARRANGED = talk(1, Meeting(Question.SETTLED, shown=(1, 2, 3, 4)))
REMINDED = talk(2, Rsvp(RsvpQuestion.SETTLED), event=MET)
INVITED = talk(3, Rsvp(), awaiting=True, event=WORKSHOP)


def writes(text: str, *standing: Open) -> Outcome:
    return take_turn(Arrival(text), Desk(around(TAKEN), standing))


def test_wish_for_another_moment_after_the_reminder_goes_to_the_round() -> None:
    outcome = writes("je voudrais un autre jour", ARRANGED, REMINDED)
    assert [one.id for one in outcome.moved] == [1]
    assert [one.msgid for one in outcome.says] == [
        "You keep {day} at {hour} until you choose another moment.",
        "Which moment suits you?",
    ]
    assert outcome.effects == ()


def test_day_and_hour_move_a_meeting_that_was_arranged() -> None:
    assert writes("plutôt jeudi 14h", ARRANGED).effects == (TakeSlot(4),)


def test_day_and_hour_may_name_a_free_moment_that_was_not_shown() -> None:
    few = replace(talk(1, Meeting(shown=(1, 3)), awaiting=True), scene=around(ROUND))
    assert writes("jeudi 14h", few).effects == (TakeSlot(4),)
    assert writes("lundi", few).effects == (TakeSlot(1),)  # of those shown, only one is a Monday
    assert writes("4", few).effects == ()


def test_no_after_the_reminder_is_an_answer_to_it_and_asks_nobody_which() -> None:
    outcome = writes("je ne peux pas venir", ARRANGED, REMINDED)
    assert outcome.moved[0].id == 2
    assert "Which one is your answer for?" not in [one.msgid for one in outcome.says]


def test_wish_for_another_day_under_another_question_goes_to_a_person() -> None:
    outcome = writes("un autre jour", ARRANGED, INVITED)
    assert [one for one in outcome.effects if isinstance(one, HandOver)]


def test_thanks_after_a_moment_was_taken_get_no_answer() -> None:
    assert writes("ok merci", ARRANGED).says == ()


def test_no_to_the_list_is_followed_by_the_optional_question_once() -> None:
    open_list = replace(talk(1, LISTED, awaiting=True), scene=around(ROUND))
    outcome = writes("non merci", open_list)
    assert outcome.effects == (DeclineSlots(),)
    assert [one.flow for one in outcome.moved] == ["meeting", "barrier"]
    asked = replace(open_list, scene=around(replace(ROUND, asked_why=True)))
    assert [one.flow for one in writes("non merci", asked).moved] == ["meeting"]


def test_old_button_belongs_to_its_own_list_and_moment() -> None:
    tap = Arrival(tap=Tap(1, "moment", "slot-4"), belongs_to=1)
    outcome = take_turn(tap, Desk(around(TAKEN), (ARRANGED, INVITED)))
    assert outcome.effects == (TakeSlot(4),)


def test_taking_a_moment_closes_the_question_why() -> None:

    asks = replace(ARRANGED, id=4, flow="barrier", state=Barrier(), awaiting=True, order=4)
    tap = Arrival(tap=Tap(1, "moment", "slot-4"), belongs_to=1)
    outcome = take_turn(tap, Desk(around(TAKEN), (ARRANGED, asks)))
    assert (outcome.moved[0].id, outcome.moved[0].state) == (4, None)
