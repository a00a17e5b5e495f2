"""What a machine sees wrong in a translation: every damage done to a real one is found."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.flows.menus import LANGUAGES
from bot.proofreading import Fault, faults, faults_of_forms, foreign_letters, longest_word, words_in
from bot.reviews import Wording, wordings
from bot.translation import number_of_forms

SAME_WORD = {("es", "No")}


def wrong(one: Wording, language: str) -> set[Fault]:
    found = faults_of_forms(one.source, one.forms, language, number_of_forms(language))
    same = language == "en" or (language, one.msgid) in SAME_WORD
    return set(found) - ({Fault.SAME} if same else set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_seen_wrong_in_our_catalogs(language: str) -> None:
    found = {one.msgid: wrong(one, language) for one in wordings(language).values()}
    assert {msgid: faults for msgid, faults in found.items() if faults} == {}


Damage = Callable[[str], str]

DAMAGES: dict[str, tuple[Fault, Damage]] = {
    "a placeholder is dropped": (
        Fault.PLACEHOLDER,
        lambda text: re.sub(r"\{\w+\}", "", text, count=1),
    ),
    "a placeholder is misspelt": (Fault.PLACEHOLDER, lambda text: text.replace("{", "{x", 1)),
    "a placeholder stands twice": (
        Fault.PLACEHOLDER,
        lambda text: re.sub(r"(\{\w+\})", r"\1 \1", text, count=1),
    ),
    "a number is another": (
        Fault.NUMBER,
        lambda text: re.sub(r"\d+", lambda found: str(int(found[0]) + 1), text, count=1),
    ),
    "a number is gone": (Fault.NUMBER, lambda text: re.sub(r"\d+", "", text, count=1)),
    "a number came": (Fault.NUMBER, lambda text: f"{text} 4"),
    "the keyword is translated": (Fault.KEYWORD, lambda text: re.sub("STOP|START", "…", text)),
    "the lines are turned round": (
        Fault.LINES,
        lambda text: "\n".join(reversed(text.splitlines())),
    ),
    "it is empty": (Fault.EMPTY, lambda _: " "),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_damage_to_every_wording_is_found(language: str, damage: str) -> None:
    fault, harm = DAMAGES[damage]
    tried, missed = 0, []
    for one in wordings(language).values():
        harmed = harm(one.forms[0])
        places = len([line for line in one.forms[0].splitlines() if "{" in line])
        if harmed == one.forms[0] or (fault is Fault.LINES and places < 2):
            continue
        tried += 1
        if not {fault, Fault.EMPTY} & set(faults(one.msgid, harmed, language)):
            missed.append(one.msgid)
    assert missed == []
    assert tried or damage == "the lines are turned round"


OTHER_SCRIPT = {
    "fr": "Да",
    "ar": "Oui",
    "prs": "پړ",
    "ps": "كتاب",
    "uk": "ы",
    "ru": "ї",
    "ro": "ş",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_of_another_language_are_found(language: str) -> None:
    stranger = OTHER_SCRIPT.get(language, "நன்றி" if language != "ta" else "谢谢")
    for one in wordings(language).values():
        assert Fault.SCRIPT in faults(one.msgid, f"{one.forms[0]} {stranger}", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_form_is_found(language: str) -> None:
    expected = number_of_forms(language)
    plurals = [one for one in wordings(language).values() if len(one.source) > 1]
    assert plurals
    for one in plurals:
        assert Fault.FORMS in faults_of_forms(one.source, one.forms, language, expected + 1)
        assert Fault.FORMS in faults_of_forms(one.source, (*one.forms, "x"), language, expected)


@pytest.mark.parametrize(
    ("source", "translation", "found"),
    [
        ("À 14h, salle A", "14:00, salle A", False),
        ("À 14 h 30", "Saat 14:30", False),
        ("À 14h", "١٤:٠٠", False),
        ("À 14h", "۱۴:۰۰", False),
        ("À 14h", "Saat 4", True),
        ("À 14h", "4:00", True),
        ("À 14h30", "14:00", True),
        ("1 semaine", "1 hafta", False),
        ("Le 3, à 9h", "Le 9, à 3h", True),
    ],
)
def test_an_hour_is_the_same_however_it_is_written(
    source: str, translation: str, found: bool
) -> None:
    assert (Fault.NUMBER in faults(source, translation, "tr")) is found


def test_words_are_counted_as_readers_see_them() -> None:
    assert words_in("Venez, même {title} !") == 3
    assert words_in("您的回答不会影响您的孩子") == 6
    assert words_in("உங்கள் கருத்து") == 2
    assert longest_word("Nous vous attendons {centre}.") == "attendons"
    assert foreign_letters("Привіт STOP {link}", "uk") == ""
    assert foreign_letters("要用 Telegram 写信", "zh") == ""
