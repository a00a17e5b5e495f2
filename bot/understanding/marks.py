"""A text as a row of marks: what each of its phrases carries, and where its clauses end.

"oui, on sera 3"   ->   [yes] [,] [first][come] [3]
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from bot.understanding.lexicon import Lexicon, told_apart, words_of
from bot.understanding.normalise import LONGEST, fold
from bot.understanding.senses import Sense


class Kind(StrEnum):
    """What a mark is."""

    __hash__ = str.__hash__

    WORDS = "words"
    NUMBER = "number"  # may count people
    FIGURE = "figure"  # a time, a date, a decimal, a phone number: never counts people
    PAUSE = "pause"  # comma, colon
    END = "end"
    QUESTION = "question"
    SIGN = "sign"


_NO_SENSES: frozenset[Sense] = frozenset()
_MATCHED = frozenset({Kind.WORDS, Kind.SIGN})
_COUNTED = frozenset({Kind.NUMBER, Kind.FIGURE})


class Mark(NamedTuple):
    """One phrase, number or sign of a text. Nothing is known of a phrase without senses."""

    kind: Kind
    text: str
    senses: frozenset[Sense] = _NO_SENSES
    number: int | None = None
    language: str | None = None
    spelled: bool = False  # a number in letters
    known: bool = False  # to some lexicon, or a number


_SIGNS = {
    "?": Kind.QUESTION, "!": Kind.END, ".": Kind.END, "…": Kind.END,
    ",": Kind.PAUSE, ":": Kind.PAUSE, "/": Kind.PAUSE,
}  # fmt: skip
_DIGITS_AND_LETTERS = re.compile(r"(\d+)([^\W\d_]+)")
_LETTERS_AND_DIGITS = re.compile(r"([^\W\d_]{3,})(\d{1,2})")
_LONGEST_DIGITS = 3


def read(text: str, lexicon: Lexicon) -> list[Mark]:
    """All marks of a text, in order."""
    if lexicon.accents and not text.isascii():
        text = told_apart(text[:LONGEST].lower(), lexicon.accents)
    words, kinds = _cut(fold(text), lexicon)
    marks: list[Mark] = []
    at = spelled = 0
    while at < len(words):
        kind = kinds[at]
        found = lexicon.match(words, at) if kind in _MATCHED else None
        if kind in _COUNTED and (told := lexicon.match(words, at)) and told[1].number is None:
            found = told  # "50/50", "0 souci"
        if found:
            length, entry = found
            phrase = words[at] if length == 1 else " ".join(words[at : at + length])
            mark = _mark(phrase, entry.senses, entry.number, entry.language)
            spelled += mark.spelled
            at += length
        else:
            number = int(words[at]) if kind is Kind.NUMBER else None
            mark = Mark(kind, words[at], _NO_SENSES, number, None, False, number is not None)
            at += 1
        marks.append(mark)
    return _added(marks) if spelled > 1 else marks


def _cut(text: str, lexicon: Lexicon) -> tuple[list[str], list[Kind]]:
    words: list[str] = []
    kinds: list[Kind] = []

    def add(word: str, kind: Kind) -> None:
        words.append(word)
        kinds.append(kind)

    for match in words_of(text):
        piece, group = match.group(), match.lastgroup
        if group == "word" and piece in lexicon.words:
            add(piece, Kind.WORDS)
        elif group == "sign":
            add(piece, _SIGNS.get(piece, Kind.SIGN))
        elif group == "figure":
            add(piece, Kind.FIGURE)
        elif piece.isascii() and piece.isdigit():
            add(piece, Kind.NUMBER if len(piece) < _LONGEST_DIGITS else Kind.FIGURE)
        elif (known := lexicon.known(piece)) is not None:
            add(known, Kind.WORDS)
        elif piece.isalpha():
            add(piece, Kind.WORDS)
        elif (cut := _DIGITS_AND_LETTERS.fullmatch(piece)) and lexicon.known(cut[2]):
            add(cut[1], Kind.NUMBER if len(cut[1]) < _LONGEST_DIGITS else Kind.FIGURE)
            add(lexicon.known(cut[2]) or cut[2], Kind.WORDS)
        elif (cut := _LETTERS_AND_DIGITS.fullmatch(piece)) and lexicon.known(cut[1]):
            add(lexicon.known(cut[1]) or cut[1], Kind.WORDS)
            add(cut[2], Kind.NUMBER)
        else:
            add(piece, Kind.WORDS)
    return words, kinds


@lru_cache(maxsize=16_384)  # phrases of lexicons only, never what a parent wrote
def _mark(phrase: str, senses: frozenset[Sense], number: int | None, language: str | None) -> Mark:
    kind = Kind.WORDS if number is None else Kind.NUMBER
    return Mark(kind, phrase, senses, number, language, spelled=number is not None, known=True)


def _added(marks: list[Mark]) -> list[Mark]:
    """Tens and units in letters are one number: "vingt deux", "on alti"."""
    merged: list[Mark] = []
    for mark in marks:
        last = merged[-1] if merged else None
        if last and _adds_up(last, mark):
            total = (last.number or 0) + (mark.number or 0)
            merged[-1] = last._replace(text=f"{last.text} {mark.text}", number=total)
        else:
            merged.append(mark)
    return merged


def _adds_up(tens: Mark, unit: Mark) -> bool:
    return (
        tens.spelled
        and unit.spelled
        and tens.number in range(10, 100, 10)
        and unit.number in range(1, 10)
    )
