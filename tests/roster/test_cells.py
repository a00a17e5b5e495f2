"""What one cell says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.roster.cells import NotYesOrNo, fold, is_blank, is_date, text_of, yes_or_no


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("  Lina\u00a0 Haddad ", "Lina Haddad"),
        ("Lina\r\nHaddad\t", "Lina Haddad"),
        ("Li\x00na\x07", "Li na"),
        ("e\u0301lodie", "élodie"),
        ("\u200eLina\u200b\ufeff", "Lina"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800Lina", "Lina"),
        ("=SOMME(A1)", "=SOMME(A1)"),
        ("@lina", "@lina"),
        ('="0042"', "0042"),
        (42, "42"),
        (42.0, "42"),
        (4.5, "4.5"),
        (True, "vrai"),
    ],
)
def test_cell_becomes_one_clean_line(cell: object, text: str) -> None:
    assert text_of(cell) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_one_printable_line(text: str) -> None:
    once = text_of(text)
    assert text_of(once) == once or once.startswith('="')
    assert "\n" not in once
    assert "\x00" not in once
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Téléphone n° 1", "telephone n 1"),
        ("  RÉF_FAMILLE ", "ref famille"),
        ("TÜRKÇE", "turkce"),
        ("İstanbul ılık", "istanbul ilik"),
        ("Œuvre", "oeuvre"),
        ("Prénom de l’enfant", "prenom de l enfant"),
    ],
)
def test_folding_forgets_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["", "-", "/", "—", "...", " "])
def test_punctuation_alone_means_none(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "李", "م", "O'"])
def test_one_letter_or_digit_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_dates_times_and_durations_are_dates() -> None:
    cells = (
        dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        dt.date(2026, 9, 1),
        dt.time(18),
        dt.timedelta(hours=1),
    )
    assert all(is_date(cell) for cell in cells)
    assert not is_date("2026-09-01")


@pytest.mark.parametrize(
    ("cell", "answer"),
    [(cell, True) for cell in ("oui", "OUI ", "o", "x", "1", 1, 1.0, True, "vrai", "yes", "✓", "☑")]
    + [(cell, False) for cell in ("non", "Non.", "n", "0", 0, False, "FAUX", "no", "✗")]
    + [(cell, None) for cell in ("", None, " ", "-", "?")],
)
def test_yes_no_or_left_open(cell: object, answer: bool | None) -> None:
    assert yes_or_no(cell) is answer


@pytest.mark.parametrize("cell", ["peut-être", "2", "oui non", "06 39 98 00 01"])
def test_anything_else_is_neither_yes_nor_no(cell: str) -> None:
    with pytest.raises(NotYesOrNo):
        yes_or_no(cell)
