"""A number taken back for another: the last one counts.

4 pardon 3                         6 non 5, la grande travaille
pas 4 mais 3                       I pressed 2 by mistake, it is 1
"""

from __future__ import annotations

from bot.messages import Asked
from bot.understanding.clauses import NEGATIONS, is_unread
from bot.understanding.marks import Kind, Mark
from bot.understanding.ratings import RATINGS, choice
from bot.understanding.senses import Sense
from bot.understanding.spoken import WORDS, Spoken
from bot.understanding.understood import Intent, Understood

_ASIDE = frozenset({
    Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.ME, Sense.THEY, Sense.SORRY, Sense.NOTE,
    Sense.BE, Sense.COME, Sense.HOPE,
})  # fmt: skip
_TURNS = frozenset({Sense.BUT, Sense.NO, Sense.BARE_NO, Sense.NO_ALONE, Sense.SORRY})
_BESIDE_TURN = _ASIDE | _TURNS | {Sense.YES_ALONE, Sense.NOT_AFTER}
_COUNTED = frozenset({Sense.PERSONS, Sense.ADULTS, Sense.CHILDREN})
_ELSE = frozenset({Sense.UNIT, Sense.DAY, Sense.AND, Sense.WITH, Sense.OR, Sense.INCLUDING})


def corrected(text: Spoken, asked: Asked) -> Understood | None:
    """The number that stands, where one is taken back for another."""
    found = [at for at, mark in enumerate(text.marks) if mark.number is not None]
    if len(found) != 2 or text.asks:
        return None
    (first, last), marks = found, text.marks
    before, between, after = marks[:first], marks[first + 1 : last], marks[last + 1 :]
    if not _turns([*before, *between]) or not _stands(after, asked):
        return None
    if not all(mark.senses & _BESIDE_TURN or mark.kind not in WORDS for mark in between):
        return None
    if not all(mark.senses & _BESIDE_TURN or mark.kind not in WORDS for mark in before):
        return None
    denied = bool(between) and bool(between[-1].senses & NEGATIONS)
    if denied and any(mark.senses & (_COUNTED | {Sense.COME}) for mark in after):
        return None  # "5 değil 3 kişi": which of both depends on the language
    stands = first if denied else last  # "c'est 1 pas 2"
    return _answer(marks[stands].number or 0, asked)


def _turns(marks: list[Mark]) -> bool:
    return any(mark.senses & _TURNS for mark in marks)


def _stands(after: list[Mark], asked: Asked) -> bool:
    """What follows the number may tell why; it counts nothing else."""
    if any(mark.senses & _ELSE or mark.kind is Kind.FIGURE for mark in after[:1]):
        return False
    if asked in (Asked.HEADCOUNT, Asked.RATING):
        others = any(mark.senses & {Sense.AND, Sense.WITH, Sense.INCLUDING} for mark in after)
        return not others and not any(map(is_unread, after[:1]))
    return all(
        mark.kind not in WORDS or (mark.senses & _ASIDE and not mark.senses & _COUNTED)
        for mark in after
    )


def _answer(number: int, asked: Asked) -> Understood | None:
    if asked is Asked.HEADCOUNT:
        return Understood(Intent.HEADCOUNT, number)
    if asked is Asked.RSVP:
        return choice(number)
    return (
        Understood(Intent.RATING, number) if asked is Asked.RATING and number in RATINGS else None
    )
