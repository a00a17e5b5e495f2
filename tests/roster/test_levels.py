"""School levels as people write them."""

from __future__ import annotations

import pytest

from bot.audience import LEVELS
from bot.roster.levels import level_code


@pytest.mark.parametrize("code", LEVELS)
def test_every_code_and_its_french_name_are_read(code: str) -> None:
    assert level_code(code) == code
    assert level_code(code.upper()) == code
    assert level_code(LEVELS[code]) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("cp", "CP"),
        ("C.P.", "CP"),
        ("Cours préparatoire", "CP"),
        ("Classe de CP", "CP"),
        ("CP B", "CP"),
        ("CE 1", "CE1"),
        ("ce1 a", "CE1"),
        ("CE1B", "CE1"),
        ("Cours élémentaire 2", "CE2"),
        ("CM2 1", "CM2"),
        ("6ème", "6e"),
        ("6e B", "6e"),
        ("6°", None),  # a number alone may be an age
        ("6ème 3", "6e"),
        ("6ème année", "6e"),
        ("Sixième", "6e"),
        ("en 5e", "5e"),
        ("3ème SEGPA", "3e"),
        ("ULIS", "other"),
        ("2nde", "2de"),
        ("Seconde", "2de"),
        ("1ère", "1re"),
        ("Première", "1re"),
        ("Tle", "term"),
        ("Terminale", "term"),
        ("petite section", "PS"),
        ("Maternelle GS", "GS"),
        ("autre", "other"),
        ("CAP", "other"),
        ("", ""),
        ("-", ""),
        ("6", None),
        ("CP/CE1", None),
        ("débutant", None),
        ("Mme Martin", None),
    ],
)
def test_usual_spellings_are_read_and_others_left_open(written: str, code: str | None) -> None:
    assert level_code(written) == code
