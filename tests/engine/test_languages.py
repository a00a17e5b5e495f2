"""A parent names a language, or wishes for another one."""

from __future__ import annotations

import pytest

from bot.flows.base import ChangeLanguage, HandOver
from bot.flows.menus import LANGUAGES, PROMISED, page_of
from tests.engine.states import ASKED, PERSON, READING, SPEAKING
from tests.flows.talk import Talk


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
