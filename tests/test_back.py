"""What a wording says in French to someone who reads only it: the same facts, and of today."""

from __future__ import annotations

import tomllib
from string import Formatter
from typing import Any

import pytest

from bot.languages import LOCALES
from bot.reviews import fingerprint, wordings

LANGUAGES = sorted(path.parent.name for path in LOCALES.glob("*/back.toml"))


def backs(language: str) -> dict[str, dict[str, Any]]:
    with (LOCALES / language / "back.toml").open("rb") as file:
        return tomllib.load(file)


def fields(text: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_tells_all_the_facts_and_no_other(language: str) -> None:
    told = backs(language)
    assert [
        (one["source"], one["french"])
        for one in told.values()
        if not one["french"].strip() or fields(one["french"]) != fields(one["source"])
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_of_a_language_has_been_told_back(language: str) -> None:
    """A new wording may wait for its reader; a language never does as a whole."""
    known = [one for one in wordings(language).values() if one.is_words]
    assert sum(bool(one.back) for one in known) > 0.8 * len(known)


def test_an_edited_wording_is_told_back_by_nobody() -> None:
    for one in wordings("tr").values():
        edited = fingerprint(one.source, [form + " !" for form in one.forms])
        assert edited not in backs("tr")
