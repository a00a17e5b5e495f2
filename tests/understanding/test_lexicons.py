"""The lexicons as data: dated, readable, and without contradictions."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from bot.understanding.lexicon import LOCALES, known_languages, lexicon
from bot.understanding.senses import Sense

FILES = {code: LOCALES / code / "lexicon.toml" for code in known_languages()}
FILES["common"] = LOCALES / "common.toml"
HEADER = {"language", "state", "reviewed_on"}
TABLES = {"numbers", "languages", "accents"}


def content(code: str) -> dict[str, Any]:
    with FILES[code].open("rb") as file:
        return tomllib.load(file)


def test_the_languages_of_the_families_are_there() -> None:
    wanted = {"fr", "ar", "tr", "pt", "en", "ro", "es", "uk", "ru", "sq", "zh", "ta", "fa", "ps"}
    assert wanted | {"wo", "snk", "bm", "ln", "zdj"} <= set(known_languages())


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_lexicon_is_dated_and_says_its_state(code: str) -> None:
    data = content(code)
    assert isinstance(data["reviewed_on"], date)
    assert data["state"] in ("draft", "reviewed")
    assert data.get("language", code) == code


@pytest.mark.parametrize("code", sorted(FILES))
def test_a_lexicon_has_no_unknown_key(code: str) -> None:
    assert set(content(code)) <= HEADER | TABLES | {sense.value for sense in Sense}


@pytest.mark.parametrize("code", sorted(FILES))
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("yes", "no"),
        ("yes", "stop"),
        ("no", "stop"),
        ("yes", "busy"),
        ("come", "no"),
        ("maybe", "no"),
    ],
)
def test_no_phrase_says_a_thing_and_its_opposite(code: str, one: str, other: str) -> None:
    data = content(code)
    assert not _phrases(data, one) & _phrases(data, other)


@pytest.mark.parametrize("code", sorted(set(FILES) - {"common"}))
def test_the_carriers_words_stop_in_every_language(code: str) -> None:
    known = lexicon(code)
    for word in ("stop", "unsubscribe", "stopall", "arret", "cancel", "quit"):
        found = known.match([word], 0)
        assert found is not None
        assert Sense.STOP_ALONE in found[1].senses


def test_a_dialect_reads_the_lexicon_of_its_language() -> None:
    assert lexicon("ary") is lexicon("ar-MA")
    assert lexicon("prs") is lexicon("fa")
    assert lexicon("FR_fr") is lexicon("fr")


def test_an_unknown_language_reads_what_all_agree_on() -> None:
    assert lexicon("tlh") is lexicon(None)


def _phrases(data: dict[str, Any], sense: str) -> set[str]:
    lines = str(data.get(sense, "")).splitlines()
    listed = {each.strip() for line in lines for each in line.split("#")[0].split(",")}
    return listed - {""}
