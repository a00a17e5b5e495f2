"""A text cut into clauses: at its punctuation, and before the words that turn a sentence around.

    oui mais mon mari ne peut pas, c'est où ?   ->   oui | mais mon mari ne peut pas | c'est où ?

Within a clause, a negation binds to one thing that it can negate ("peux PAS venir").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense

VERBS = frozenset({Sense.COME, Sense.CAN, Sense.WANT})
NEGATIONS = frozenset({Sense.NOT, Sense.NOT_AFTER})
SAYS_YES = frozenset({Sense.YES, Sense.YES_ALONE})

_BREAKS = frozenset({Kind.PAUSE, Kind.END, Kind.QUESTION})
_NEGATABLE = VERBS | {Sense.GOOD, Sense.BUSY, Sense.ATTEND, Sense.PROBLEM}
_BARRIERS = frozenset({
    Sense.YES, Sense.NO, Sense.MAYBE, Sense.IF, Sense.NEUTRAL, Sense.SORRY,
})  # fmt: skip
_PLAIN = (Sense.YES, Sense.NO, Sense.COME, Sense.LATE)
_ANSWERS = frozenset({Sense.YES, Sense.NO})
_SOMEBODY = frozenset({Sense.ADULT, Sense.CHILD})
_GREETS = frozenset({Sense.POLITE, Sense.FIRST})
_SMALL_WORDS = frozenset({Sense.FILLER, Sense.AND})
_NO_PLACES: frozenset[int] = frozenset()
_NOTHING: frozenset[Sense] = frozenset()
_REACH = 4  # marks between a negation and what it negates


class Clause(NamedTuple):
    """Marks that belong together, and what is true of them as a whole."""

    marks: tuple[Mark, ...]
    number: int
    asks: bool
    closed: bool  # a question mark ends it
    contested: bool  # a "but" follows, with nothing in it that we can read as an answer
    said: frozenset[Sense]  # all that its marks carry
    unknown: int  # words of which we cannot say what they do to an answer
    negated: frozenset[int]  # places of marks that a negation is bound to

    @property
    def corrects(self) -> bool:
        """It starts with "but", "finally": it counts more than what came before."""
        return Sense.BUT in self.said

    def has(self, *senses: Sense) -> bool:
        return not self.said.isdisjoint(senses)


def cut(marks: Sequence[Mark]) -> tuple[Clause, ...]:
    """The clauses of a text, in order."""
    clauses = [_clause(held, number, asked) for number, (held, asked) in enumerate(_held(marks))]
    for clause, after in pairwise(clauses):
        if after.corrects and not after.has(*_PLAIN):
            clauses[clause.number] = clause._replace(contested=True)
    return tuple(clauses)


def binds(marks: Sequence[Mark], at: int) -> int | None:
    """The place of what the negation at `at` negates."""
    forward = _first(marks, range(at + 1, min(len(marks), at + 1 + _REACH)))
    if at + 1 < len(marks) and Sense.JUST_ME in marks[at + 1].senses:
        return at + 1  # "je viens pas seule"
    if at + 1 < len(marks) and _says_yes(marks[at + 1]):
        forward = at + 1  # "not yes"
    if Sense.NO in marks[at].senses and Sense.NOT_AFTER not in marks[at].senses:
        busy = forward is not None and Sense.BUSY in marks[forward].senses
        return None if busy else forward  # "no, trabajo" is written without its comma
    backward = _first(marks, range(at - 1, max(-1, at - 1 - _REACH), -1))
    if Sense.NOT_AFTER in marks[at].senses:
        return forward if backward is None else backward
    return backward if forward is None else forward


def _held(marks: Sequence[Mark]) -> Iterator[tuple[tuple[Mark, ...], bool]]:
    """The marks of each clause, and whether a question mark ends it."""
    held: list[Mark] = []
    for mark in marks:
        if mark.kind in _BREAKS:
            if held or mark.kind is Kind.QUESTION:
                yield tuple(held), mark.kind is Kind.QUESTION
            held = []
            continue
        if held and (Sense.BUT in mark.senses or _changes_subject(held, mark)):
            yield tuple(held), False
            held = []
        held.append(mark)
    if held:
        yield tuple(held), False


def _changes_subject(held: list[Mark], mark: Mark) -> bool:
    """ "Moi oui | mon mari non": after an answer, somebody else starts a clause."""
    if mark.senses.isdisjoint(_SOMEBODY) or mark.number is not None:
        return False
    if any(Sense.WITH in each.senses for each in held[-2:]):
        return False
    return any(each.senses & _ANSWERS for each in held)


def _clause(held: tuple[Mark, ...], number: int, asked: bool) -> Clause:
    said = _NOTHING.union(*[mark.senses for mark in held])
    asks = Sense.ASK in said or (asked and not _greets(held))
    unknown = sum([is_unread(mark) for mark in held])
    negated = _bound(held) if said & NEGATIONS else _NO_PLACES
    return Clause(held, number, asks, asked, False, said, unknown, negated)


def is_unread(mark: Mark) -> bool:
    """A word that says nothing about coming, known or not: "le questionnaire"."""
    return mark.kind is Kind.WORDS and (not mark.known or Sense.SURVEYS in mark.senses)


def _greets(held: tuple[Mark, ...]) -> bool:
    """ "Ça va ?" asks nothing."""
    return bool(held) and all(mark.senses & _GREETS for mark in held)


def _bound(marks: tuple[Mark, ...]) -> frozenset[int]:
    """The places of what is negated; each negation binds once."""
    bound = (binds(marks, at) for at, mark in enumerate(marks) if mark.senses & NEGATIONS)
    return frozenset(place for place in bound if place is not None)


def _says_yes(mark: Mark) -> bool:
    """A word for yes, not one that is also a small word of grammar."""
    return bool(mark.senses & SAYS_YES) and not mark.senses & _SMALL_WORDS


def _first(marks: Sequence[Mark], places: Iterable[int]) -> int | None:
    for place in places:
        if marks[place].senses & _NEGATABLE:
            return place
        if marks[place].senses & _BARRIERS:
            return None
    return None
