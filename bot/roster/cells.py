"""What one cell says, once its spelling and its invisible characters are set aside."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

MADE_A_DATE = "le tableur en a fait une date : mettez la colonne au format Texte"

_EXCEL_TEXT = re.compile(r'="([^"]*)"')  # how an export forces Excel to keep a leading zero
_JOINERS = "\u200c\u200d"  # invisible, yet part of the spelling in Persian and in Indian scripts
_NOT_IN_WORDS = re.compile(r"[\W_]+")
_LETTERS = str.maketrans({"ı": "i", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})

_YES = frozenset({"oui", "o", "x", "1", "vrai", "true", "yes", "y", "ok"})
_NO = frozenset({"non", "n", "0", "faux", "false", "no"})
_TICKED = frozenset("✓✔☑✅")
_CROSSED = frozenset("✗✘☐❌")


class NotYesOrNo(ValueError):
    """The cell says neither yes nor no."""


def text_of(cell: object) -> str:
    """Return the cell as one line of text: no control character, single spaces, NFC."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "vrai" if cell else "faux"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _clean(str(cell))


def is_date(cell: object) -> bool:
    """Tell whether the sheet holds a date, a time or a duration here."""
    return isinstance(cell, dt.date | dt.time | dt.timedelta)


def without_excel_form(text: str) -> str:
    """Return what `="..."` stands for, any other text as it is."""
    forced = _EXCEL_TEXT.fullmatch(text) if text.startswith("=") else None
    return forced[1].strip() if forced else text


def is_blank(text: str) -> bool:
    """Tell whether nothing is written: "" but also "-" or "/", which people put for "none"."""
    return not any(character.isalnum() for character in text)


def fold(text: str) -> str:
    """Return the words of a text without case, accents or punctuation, to compare spellings."""
    if text.isascii():
        plain = text.casefold()
    else:
        plain = "".join(
            character
            for character in unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
            if unicodedata.category(character) != "Mn"
        )
    return _NOT_IN_WORDS.sub(" ", plain).strip()


def yes_or_no(cell: object) -> bool | None:
    """Return what the cell answers, or None where it is left open. Raises NotYesOrNo."""
    written = text_of(cell)
    if written and set(written) <= _TICKED:
        return True
    if written and set(written) <= _CROSSED:
        return False
    word = fold(written)
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise NotYesOrNo(written)
    return None


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return without_excel_form(" ".join(text.split()))


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
        case "Cf" if character not in _JOINERS:
            return ""  # marks of direction, soft hyphens, zero-width spaces
        case "Cs":
            return ""  # half a character: no database stores it
    return character
