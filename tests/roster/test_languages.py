"""The language that a cell names."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.roster.languages import NAMES, LanguageError, language_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("français", "fr"),
        ("Francais ", "fr"),
        ("FR", "fr"),
        ("fr-FR", "fr"),
        ("fra", "fr"),
        ("Arabe", "ar"),
        ("arabe dialectal", "ar"),
        ("arabe (Maroc)", "ar"),
        ("Darija", "ar"),
        ("العربية", "ar"),
        ("العَرَبِيَّة", "ar"),
        ("turc", "tr"),
        ("Türkçe", "tr"),
        ("TÜRKÇE", "tr"),
        ("portugais", "pt"),
        ("pt_BR", "pt"),
        ("Português", "pt"),
        ("anglais", "en"),
        ("English", "en"),
        ("roumain", "ro"),
        ("moldave", "ro"),
        ("espagnol", "es"),
        ("ukrainien", "uk"),
        ("Українська", "uk"),
        ("russe", "ru"),
        ("русский", "ru"),
        ("albanais", "sq"),
        ("Shqip", "sq"),
        ("chinois", "zh"),
        ("zh-Hans", "zh"),
        ("中文", "zh"),
        ("tamoul", "ta"),
        ("தமிழ்", "ta"),
        ("dari", "prs"),
        ("prs", "prs"),
        ("pachto", "ps"),
        ("Pachtou", "ps"),
        ("farsi", "fa"),
        ("comorien", "zdj"),
        ("lingala", "ln"),
        ("wolof", "wo"),
        ("soninké", "snk"),
        ("Soninke", "snk"),
        ("bambara", "bm"),
        ("peul", "ff"),
        ("kabyle", "kab"),
        ("kurde", "ku"),
        ("serbe", "sr"),
        ("arménien", "hy"),
        ("tchétchène", "ce"),
        ("tigrinya", "ti"),
        ("romani", "rom"),
        ("vietnamien", "vi"),
    ],
)
def test_name_in_french_own_name_or_code(written: str, code: str) -> None:
    assert language_code(written) == code


@pytest.mark.parametrize("written", ["", " ", "-", "?", "NC", "n/a", "inconnue", "À demander"])
def test_unknown_to_the_coordinator_is_left_to_ask(written: str) -> None:
    assert language_code(written) is None


@pytest.mark.parametrize("written", ["oui", "non", "xyz", "Dialo", "tru", "multilingue", "mul"])
def test_what_is_no_language_is_refused_with_what_was_read(written: str) -> None:
    with pytest.raises(LanguageError, match=f"« {written} »"):
        language_code(written)


@pytest.mark.parametrize("written", ["arabe / français", "arabe, turc", "français et turc"])
def test_two_languages_in_one_cell_are_refused(written: str) -> None:
    with pytest.raises(LanguageError, match="une seule langue"):
        language_code(written)


def test_long_text_is_cut_in_the_reason() -> None:
    with pytest.raises(LanguageError) as refused:
        language_code("mot " * 100)
    assert len(str(refused.value)) < 120


def test_no_name_has_two_codes() -> None:
    names = [name for several in NAMES.values() for name in set(several)]
    assert len(names) == len(set(names))


def test_every_code_of_the_table_reads_as_itself() -> None:
    assert {code: language_code(code) for code in NAMES} == {code: code for code in NAMES}


def test_every_french_name_that_babel_knows_is_accepted() -> None:
    names = [name for code, name in Locale("fr").languages.items() if len(code) == 2]
    assert len(names) > 150
    assert all(language_code(name) for name in names)


def outcome(written: str) -> tuple[str | None, str]:
    try:
        return language_code(written), ""
    except LanguageError as refused:
        return None, str(refused)


@settings(deadline=None)  # the first one loads Babel
@given(st.text())
def test_any_text_gives_a_code_none_or_a_reason(written: str) -> None:
    code, reason = outcome(written)
    assert code is None or (code.isalpha() and code.islower() and len(code) in (2, 3))
    assert not reason or "langue" in reason
