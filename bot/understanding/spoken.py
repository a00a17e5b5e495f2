"""A text as the rules look at it: its marks, its clauses, and what is true of it as a whole."""

from __future__ import annotations

from typing import NamedTuple

from bot.understanding.clauses import Clause, cut
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense

WORDS = frozenset({Kind.WORDS, Kind.NUMBER, Kind.FIGURE})


class Spoken(NamedTuple):
    """A text, read and cut."""

    marks: list[Mark]
    clauses: tuple[Clause, ...]
    said: frozenset[Sense]  # all that its marks carry
    asks: bool
    unknown: int

    def has(self, *senses: Sense) -> bool:
        return not self.said.isdisjoint(senses)

    def only(self, senses: frozenset[Sense]) -> bool:
        """Every word carries one of these senses."""
        return all(mark.senses & senses or mark.kind not in WORDS for mark in self.marks)


def spoken(marks: list[Mark]) -> Spoken:
    """The text that these marks make."""
    clauses = cut(marks)
    said = clauses[0].said if clauses else frozenset[Sense]()
    return Spoken(
        marks,
        clauses,
        said.union(*[clause.said for clause in clauses[1:]]),
        any([clause.asks for clause in clauses]),  # noqa: C419 - a list is twice as fast here
        sum([clause.unknown for clause in clauses]),
    )
