"""School levels as people write them: "Cours préparatoire", "6ème B", "2nde"."""

from __future__ import annotations

import re

from bot.roster.cells import fold

_WRITTEN = {
    "PS": ("ps", "petite section", "maternelle ps", "maternelle petite section", "tps"),
    "MS": ("ms", "moyenne section", "maternelle ms", "maternelle moyenne section"),
    "GS": ("gs", "grande section", "maternelle gs", "maternelle grande section"),
    "CP": ("cp", "cours preparatoire"),
    "CE1": ("ce1", "cours elementaire 1"),
    "CE2": ("ce2", "cours elementaire 2"),
    "CM1": ("cm1", "cours moyen 1"),
    "CM2": ("cm2", "cours moyen 2"),
    "6e": ("6e", "6eme", "6ieme", "sixieme"),
    "5e": ("5e", "5eme", "5ieme", "cinquieme"),
    "4e": ("4e", "4eme", "4ieme", "quatrieme"),
    "3e": ("3e", "3eme", "3ieme", "troisieme"),
    "2de": ("2de", "2nde", "2nd", "2eme", "seconde", "deuxieme"),
    "1re": ("1re", "1ere", "1er", "premiere"),
    "term": ("term", "terminale", "tale", "tle", "terminal"),
    "other": (
        "autre",
        "autre classe",
        "other",
        "aucune",
        "non scolarise",
        "cap",
        "bac pro",
        "ime",
        "bts",
    ),
}
_CODES = {
    spelling.replace(" ", ""): code for code, several in _WRITTEN.items() for spelling in several
}
_SPECIAL = frozenset({"ulis", "segpa", "upe2a"})  # beside a level, or alone: another class
_AROUND = re.compile(r"^(?:classe (?:de )?|en )|(?: annee)$")
_CLASS = re.compile(r"(?: ?[a-h]| \d{1,2})$")  # "6e B", "CM2 1": the level, then which class


def level_code(written: str) -> str | None:
    """The code of a level (see audience.LEVELS), "" where nothing is written, None if unknown."""
    words = fold(written).split()
    if not words:
        return ""
    usual = [word for word in words if word not in _SPECIAL]
    if not usual:
        return "other"
    text = _AROUND.sub("", " ".join(usual))
    known = _CODES.get(text.replace(" ", ""))
    return known or _CODES.get(_CLASS.sub("", text).replace(" ", ""))
