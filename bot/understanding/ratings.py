"""A digit that picks a line of a menu, and a note: "4", "4/5", "un bon 4", "2, trop long".

A note may be followed by its reasons in any words; what counts people, hours or children is none.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from bot.messages import Asked
from bot.understanding.clauses import is_unread
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense
from bot.understanding.spoken import WORDS, Spoken
from bot.understanding.understood import (
    OTHER,
    READ_BY_A_PERSON,
    WANTS_A_PERSON,
    Intent,
    Understood,
)

RATINGS = range(1, 6)  # the widest scale that we offer; the question knows its own
_CHOICES = {1: Intent.YES, 2: Intent.NO, 3: Intent.MAYBE, WANTS_A_PERSON: Intent.HELP}
_STARS = frozenset("⭐🌟★")
_SCALES = frozenset({4, 5})  # "3 sur 4", "4/5"
_COUNTED = frozenset({Sense.PERSONS, Sense.ADULTS, Sense.CHILDREN})
_SPEAKER = frozenset({Sense.FIRST, Sense.ME})
_NO_SCALE = frozenset({Sense.OR, Sense.AND, Sense.BUT, Sense.NO, Sense.NOT, Sense.NOT_AFTER})
_NOT_RATED = frozenset({Sense.UNIT, Sense.DAY})
_COUNTS = _COUNTED | _NOT_RATED | {Sense.ADULT, Sense.CHILD}
_BEFORE_NOTE = frozenset({
    Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.GOOD, Sense.BEFORE, Sense.MAYBE, Sense.YES,
    Sense.NOTE,
})  # fmt: skip
_AFTER_NOTE = frozenset({Sense.POLITE, Sense.ME, Sense.FILLER, Sense.FIRST})
_OPENING = 4  # marks before a note that has its reasons after it
_BESIDE_DIGIT = frozenset({
    Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.THEY, Sense.SORRY, Sense.BEFORE, Sense.HOPE,
})  # fmt: skip


def digit(text: Spoken, asked: Asked) -> Understood | None:
    """A digit, or a number in letters, and nothing else that says something."""
    if asked is Asked.RATING and (noted := _noted(text.marks)) is not None:
        return _rated_and_asked(text, noted) if text.asks else _rated(noted)
    if asked is Asked.RATING and (noted := _concluded(text)) is not None:
        return _rated(noted)
    if text.asks or not any(mark.number is not None for mark in text.marks):
        return _stars(text) if asked is Asked.RATING else None
    if asked is Asked.RATING:
        return _rating(text)
    content = [mark for mark in text.marks if mark.kind in WORDS and not _is_aside(mark)]
    if asked is Asked.HEADCOUNT or len(content) != 1 or content[0].number is None:
        return None
    before = text.marks[: text.marks.index(content[0])]
    if any(mark.senses & _SPEAKER for mark in before[-2:]):
        return None  # "nous 3", "nous sommes 3"
    if asked is Asked.RSVP:
        return choice(content[0].number) or OTHER
    if asked in (Asked.REASON, Asked.SLOT) and content[0].number != WANTS_A_PERSON:
        return Understood(Intent.RATING, content[0].number)
    return Understood(Intent.HELP) if content[0].number == WANTS_A_PERSON else OTHER


def choice(number: int) -> Understood | None:
    """The line of the menu of an invitation that bears this number."""
    return Understood(_CHOICES[number]) if number in _CHOICES else None


def _rated_and_asked(text: Spoken, noted: int) -> Understood:
    """ "5 sur 5 et c'est quand la prochaine ?" rates and asks; "is 1 good or bad?" asks."""
    marks, clause = text.marks, text.clauses[0]
    opens = marks[0].number is not None and (
        not clause.asks
        or any(Sense.AND in mark.senses or mark.number is not None for mark in marks[1:4])
    )
    return replace(_rated(noted), question=True) if opens else READ_BY_A_PERSON


def _is_aside(mark: Mark) -> bool:
    if mark.number is not None or mark.senses & _COUNTED:
        return False
    return bool(mark.senses & _BESIDE_DIGIT)


def _noted(marks: list[Mark]) -> int | None:
    """The note that opens a text and is explained after it: "2, on a attendu dehors"."""
    found = [at for at, mark in enumerate(marks) if mark.number is not None]
    figures = [mark for mark in marks if mark.kind is Kind.FIGURE]
    if not found or figures or found[0] > _OPENING:
        return None
    at, number = found[0], marks[found[0]].number
    before, after = marks[:at], marks[at + 1 : at + 2]
    quiet = all(mark.senses & _BEFORE_NOTE or mark.kind not in WORDS for mark in before)
    if not quiet or any(mark.senses & {Sense.PAST, Sense.COME} for mark in before):
        return None
    if before and before[-1].senses & _SPEAKER:
        return None  # "nous 3"
    if any(mark.senses & _COUNTS for mark in after) or (marks[at].spelled and number == 1):
        return None
    if before and Sense.FILLER in before[-1].senses and any(map(_is_thing, after)):
        return None  # "les 2 ateliers"
    others = [marks[each].number for each in found[1:] if not _is_measure(marks, each)]
    if len(found) == 2 and _is_scale(marks, [marks[each].number or 0 for each in found]):
        others = []  # "5 sur 5 et c'est quand la prochaine ?"
    return number if number in RATINGS and not others else None


def _is_thing(mark: Mark) -> bool:
    return is_unread(mark) or Sense.EVENT in mark.senses


def _concluded(text: Spoken) -> int | None:
    """The note that ends a text: "tout était bien donc je mets 4", "entre les deux, 3"."""
    marks = [mark for mark in text.marks if mark.kind is not Kind.END and not _is_quiet(mark)]
    if text.asks or not marks or marks[-1].number not in RATINGS or len(marks) == 1:
        return None
    note, last = marks[-1], text.marks.index(marks[-1])
    others = [mark for mark in marks[:-1] if mark.number is not None and not mark.spelled]
    figures = any(mark.kind is Kind.FIGURE for mark in marks)
    if (
        others
        or figures
        or Sense.OR in text.said
        or any(Sense.AND in mark.senses for mark in text.marks[max(0, last - 1) : last])
    ):
        return None
    before = text.marks[max(0, last - 2) : last]
    if any(mark.senses & _NOT_RATED or Sense.FIRST in mark.senses for mark in before[-1:]):
        return None
    gives = any(Sense.NOTE in mark.senses for mark in before)
    apart = bool(before) and before[-1].kind in (Kind.PAUSE, Kind.END)
    return note.number if gives or apart else None


def _is_quiet(mark: Mark) -> bool:
    """What may follow a note that ends a text: "merci", "from me"."""
    return mark.number is None and bool(mark.senses & _AFTER_NOTE)


def _is_measure(marks: list[Mark], at: int) -> bool:
    """ "1 hour": a number that counts something else than a note."""
    return any(mark.senses & _NOT_RATED for mark in marks[at + 1 : at + 2])


def _stars(text: Spoken) -> Understood | None:
    """Stars, or "3/4"."""
    stars = sum(mark.text in _STARS for mark in text.marks)
    over = [mark.text.split("/") for mark in text.marks if mark.kind is Kind.FIGURE]
    if len(over) == 1 and len(over[0]) == 2 and len(over[0][0]) == 1:
        return _rated(int(over[0][0])) if int(over[0][1]) in _SCALES else OTHER
    return _rated(stars) if stars and not text.asks else None


def _rating(text: Spoken) -> Understood | None:
    marks = _without_article(text.marks)
    numbers = [mark.number for mark in marks if mark.number is not None]
    if len(numbers) == 2 and _is_scale(marks, numbers):
        numbers = numbers[:1]  # "3 sur 4"
    if len(set(numbers)) != 1:
        return OTHER
    unsure = text.unknown > 1 or text.has(*_NOT_RATED, Sense.PAST) or _counts_us(marks)
    return OTHER if unsure else _rated(numbers[0])


def _without_article(marks: list[Mark]) -> list[Mark]:
    """ "Un bon 4", "le doy un 4": where another number stands, "un" is an article."""
    numbers = [mark for mark in marks if mark.number is not None]
    articles = [mark for mark in numbers if mark.spelled and mark.number == 1]
    if len(articles) == len(numbers):
        return marks
    return [mark for mark in marks if mark not in articles]


def _counts_us(marks: list[Mark]) -> bool:
    """ "Nous 3": people, not a note; unlike "moi 3"."""
    beside = [before.senses for before, mark in pairwise(marks) if mark.number is not None]
    return any(Sense.FIRST in senses and Sense.ME not in senses for senses in beside)


def _is_scale(marks: list[Mark], numbers: list[int]) -> bool:
    """ "3 sur 4", "4 out of 5": a word between the note and its scale, and no "or"."""
    first, last = (at for at, mark in enumerate(marks) if mark.number is not None)
    between = {sense for mark in marks[first + 1 : last] for sense in mark.senses}
    joined = last - first in (2, 3) and between.isdisjoint(_NO_SCALE)
    return joined and numbers[0] <= numbers[1] and numbers[1] in _SCALES


def _rated(number: int) -> Understood:
    if number in RATINGS:
        return Understood(Intent.RATING, number)
    return Understood(Intent.HELP) if number == WANTS_A_PERSON else OTHER
