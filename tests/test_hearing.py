"""What a text means to one open question: digits, labels, letters and courtesy."""

from __future__ import annotations

import pytest

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Unclear, Yes
from bot.flows.rsvp import Question, Rsvp, ask
from bot.flows.survey import Survey
from bot.flows.survey import ask as ask_survey
from bot.hearing import (
    answer_to,
    digit,
    hear,
    is_courtesy,
    lettered,
    only_agrees,
    picked,
    without_words,
)
from bot.messages import Asked
from tests.flows.scenes import card, scene

COMING = ask(Rsvp(), scene(card()))
CHILDREN = ask(Rsvp(Question.CHILDREN), scene(card()))
RATING = ask_survey(Survey(), scene(card()))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", Yes()),
        ("2.", No()),
        ("٣", Maybe()),
        ("Oui", Yes()),
        ("1 Oui", Yes()),
        ("Je ne sais pas", Maybe()),
        ("on sera 4", Yes(total=4)),
        ("oui juste moi", Yes(1, 0, 1)),
        ("0", Picked("skip")),
        ("7", Unclear()),
        ("merci", Unclear()),
    ],
)
def test_invitation_hears(text: str, answer: Answer) -> None:
    meant = hear(text, "fr", Asked.RSVP)
    assert answer_to(COMING, text, meant, "fr") == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("0", Number(0)),
        ("٢", Number(2)),
        ("7", Number(7)),
        ("non", Number(0, children=0)),
        ("Non merci.", No()),
        ("pas d'enfants", Number(0, children=0)),
        ("pas les enfants", Number(0, children=0)),
        ("2 enfants", Number(2, children=2)),
        ("on ne vient pas", No()),
        ("finalement non", No()),
        ("je suis malade", No()),
        ("non ?", No()),
    ],
)
def test_headcount_of_children_hears(text: str, answer: Answer) -> None:
    meant = hear(text, "fr", Asked.HEADCOUNT)
    assert answer_to(CHILDREN, text, meant, "fr") == answer


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("4", "fr", "4"),
        ("Très bien", "fr", "4"),
        ("TRÈS BIEN!", "fr", "4"),
        ("4 très bien", "fr", "4"),
        ("(4)", "fr", "4"),
        ("Passer", "fr", "skip"),
        ("Foarte bine", "ro", "4"),
        ("Très bien", "so", "4"),
        ("Très bien ?", "fr", None),
        ("pas très bien", "fr", None),
        ("5", "fr", None),
        ("", "fr", None),
    ],
)
def test_label_or_digit_picks_a_choice(text: str, language: str, code: str | None) -> None:
    choice = picked(RATING, text, language)
    assert (choice.code if choice else None) == code


def test_nothing_is_picked_where_nothing_was_asked() -> None:
    assert picked(None, "1", "fr") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", "3"), (" 3. ", "3"), ("٣", "3"), ("12)", "12"), ("3 oui", ""), ("", ""), ("trois", "")],
)
def test_number_that_is_the_whole_text(text: str, number: str) -> None:
    assert digit(text) == number


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("B1", ("B", "1")),
        ("b 2", ("B", "2")),
        ("B-1.", ("B", "1")),
        ("B) 2", ("B", "2")),
        ("B12", ("B", "12")),
        ("B٢", ("B", "2")),
        ("B1 merci", ("B", "1 merci")),
        ("C 3", ("C", "3")),
        ("C 3 enfants", ("", "C 3 enfants")),
        ("c oui", ("", "c oui")),
        ("D1", ("", "D1")),
        ("B", ("", "B")),
        ("bonjour", ("", "bonjour")),
    ],
)
def test_letter_of_an_open_menu_before_its_digit(text: str, split: tuple[str, str]) -> None:
    assert lettered(text, {"B", "C"}) == split


@pytest.mark.parametrize(
    ("text", "courtesy", "agrees"),
    [
        ("merci", True, True),
        ("Bonsoir madame, merci bcp, à mercredi", True, True),
        ("❤️🙏", True, True),
        ("inchallah", True, True),
        ("شكرا", True, True),
        ("", True, True),
        ("ok", False, True),
        ("d'accord merci", False, True),
        ("👍", False, True),
        ("parfait", False, True),
        ("oui", False, False),
        ("oui merci", False, False),
        ("evet", False, False),
        ("je viens", False, False),
        ("non merci", False, False),
        ("ok pour 3", False, False),
        ("ça va ?", False, False),
        ("arabe", False, False),
        ("le manteau de Lina", False, False),
        ("👎", False, False),
    ],
)
def test_courtesy_wants_no_answer_and_ok_decides_nothing(
    text: str, *, courtesy: bool, agrees: bool
) -> None:
    assert is_courtesy(text, "fr") is courtesy
    assert only_agrees(text, "fr") is agrees


@pytest.mark.parametrize(
    ("text", "signs"), [("🙏", True), ("…", True), ("ok", False), ("٣", False)]
)
def test_signs_are_no_words(text: str, *, signs: bool) -> None:
    assert without_words(text) is signs
