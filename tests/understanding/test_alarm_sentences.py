"""Whole messages in every promised language: what must be heard, and what must raise nothing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.flows.alarms import SAFETY
from bot.understanding.alarm import FAMILIES, HARMLESS, SENSES, Kind, alarm, alarm_languages
from bot.understanding.lexicon import LOCALES, SAME_LEXICON

SENTENCES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("alarm_sentences.toml").read_text()
)
PROMISED = (
    "fr", "ar", "tr", "pt", "en", "ro", "es", "uk", "ru", "sq", "zh", "ta", "prs", "ps",
    "zdj", "ln", "wo", "snk", "bm",
)  # fmt: skip
OUR_OWN = (  # what we say to parents about danger and about calls may come back in a quote
    "Merci ! C'est noté : 2 personnes.",
    "Ici Les Tilleuls. Venez à l'atelier samedi à 18h. Répondez 1 pour oui, 2 pour non.",
)


def listed(name: str) -> list[tuple[str, str]]:
    return [(code, text) for code, one in SENTENCES.items() for text in one.get(name, ())]


@pytest.mark.parametrize("code", PROMISED)
def test_every_promised_language_has_words_and_sentences(code: str) -> None:
    assert SAME_LEXICON.get(code, code) in alarm_languages()
    assert len(SENTENCES[code]["nothing"]) >= 4
    assert sum(map(len, SENTENCES[code]["heard"].values())) >= 4


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (code, kind, text)
        for code, one in SENTENCES.items()
        for kind, texts in one["heard"].items()
        for text in texts
    ],
)
def test_what_a_person_must_see_is_heard(code: str, kind: str, text: str) -> None:
    heard = alarm(text, code)
    assert heard is not None
    assert heard.kind in (SAFETY if kind in SAFETY else (kind,))


@pytest.mark.parametrize(("code", "text"), listed("nothing"))
def test_what_is_innocent_raises_nothing(code: str, text: str) -> None:
    assert alarm(text, code) is None


@pytest.mark.parametrize(("code", "text"), listed("calls_for_nothing"))
def test_a_known_false_alarm_only_asks_for_a_call(code: str, text: str) -> None:
    heard = alarm(text, code)
    assert heard is not None
    assert heard.kind is Kind.CALL_ME


@pytest.mark.parametrize("text", OUR_OWN)
def test_our_own_words_raise_nothing_when_they_are_quoted(text: str) -> None:
    assert alarm(text, None) is None


@pytest.mark.parametrize("code", alarm_languages())
def test_phrases_name_only_families_and_senses_of_their_own_file(code: str) -> None:
    with (LOCALES / code / "alarm.toml").open("rb") as file:
        data = tomllib.load(file)
    phrases = " ".join(data[kind] for kind in (*Kind, HARMLESS))
    words = phrases.replace(",", " ").split()
    named = {word for word in words if "<" in word or ">" in word}
    assert {word for word in named if not re.fullmatch(r"<\w+>", word)} == set()
    assert {word.strip("<>") for word in named} <= {*data.get(FAMILIES, {}), *data[SENSES]}


@pytest.mark.parametrize("text", ["il me frape", "apelez la police", "rapelez moi", "je meurt"])
def test_a_doubled_consonant_may_be_written_once(text: str) -> None:
    assert (alarm(text, "fr") is None) is (text == "je meurt")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("appelle-moi", True),
        ("appelle-moi ce soir", True),
        ("appelle-moi Fatou", False),
        ("ma fille a disparu", True),
        ("ma fille de cinq ans a disparu", True),
        ("ma fille a un pull, le crayon rouge de Lina a disparu", False),
    ],
)
def test_end_and_gap_of_a_phrase(text: str, heard: bool) -> None:
    assert (alarm(text, "fr") is not None) is heard
