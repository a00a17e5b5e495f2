"""Whether a text says yes, no or maybe: the last word wins.

oui | mais mon mari ne peut pas      yes: the second clause is about somebody else
oui oui | non finalement | non       no: corrected
je viens | si je peux                maybe: a condition
oui | mais je peux pas ouvrir        unclear, and a person reads
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.clauses import Clause
from bot.understanding.lexicon import Sense
from bot.understanding.sayings import SOMEBODY, Polarity, Saying, Strength, sayings


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of a whole text."""

    polarity: Polarity
    strength: Strength
    question: bool = False  # a person should read what stands beside it
    others: bool = False  # only about somebody else than the sender


def verdict(clauses: Sequence[Clause]) -> Verdict | None:
    """The decision that the text carries, or nothing."""
    said = [saying for clause in clauses for saying in sayings(clause)]
    own = [saying for saying in said if not saying.others]
    about_others = [saying for saying in said if saying.others]
    if not own:
        return _only_others(about_others)
    decided = _decided(own, clauses)
    against = any(saying.polarity is not decided.polarity for saying in about_others)
    if against and decided.polarity is not Polarity.YES:
        return _unclear(decided.strength)
    return Verdict(decided.polarity, decided.strength, decided.question or against)


def _unclear(strength: Strength = Strength.VERB) -> Verdict:
    return Verdict(Polarity.UNCLEAR, strength, question=True)


def _only_others(said: list[Saying]) -> Verdict | None:
    polarities = {saying.polarity for saying in said}
    if len(polarities) > 1:
        return _unclear()
    return Verdict(polarities.pop(), Strength.VERB, others=True) if said else None


def _decided(said: list[Saying], clauses: Sequence[Clause]) -> Verdict:
    """One decision out of several."""
    polarities = {saying.polarity for saying in said}
    if polarities == {Polarity.YES} and _regrets(said, clauses):
        return _unclear()
    if len(polarities) == 1:
        return Verdict(said[-1].polarity, max(saying.strength for saying in said))
    if Polarity.MAYBE in polarities:
        return _hesitating(said)
    if Polarity.UNCLEAR in polarities and (heard := _heard_before(said, polarities)):
        return heard
    return _last_word(said, clauses)


def _regrets(said: list[Saying], clauses: Sequence[Clause]) -> bool:
    """ "Yes but unfortunately ...": what follows the yes takes it back in words we do not know."""
    answered = {saying.clause.number for saying in said}
    return any(
        clause.corrects and Sense.SORRY in clause.said and clause.number not in answered
        for clause in clauses
    )


def _heard_before(said: list[Saying], polarities: set[Polarity]) -> Verdict | None:
    """What was plain before something unclear stays plain, unless that corrects it."""
    first, last = said[0], said[-1]
    if last.polarity is Polarity.UNCLEAR and last.strength is Strength.WORD:
        return Verdict(first.polarity, first.strength, question=True)
    later = last.clause.number > first.clause.number
    if Polarity.YES not in polarities and later and not last.clause.corrects:
        return Verdict(Polarity.NO, first.strength, question=True)
    return None


def _last_word(said: list[Saying], clauses: Sequence[Clause]) -> Verdict:
    first, last, ending = said[0], said[-1], _ending(said)
    strength = max(saying.strength for saying in ending)
    since = clauses[ending[0].clause.number : last.clause.number + 1]
    corrected = any(clause.corrects for clause in since)
    if last.polarity is Polarity.YES and first.polarity is Polarity.NO and _another_day(said):
        return _unclear(strength)
    if last.polarity is not Polarity.YES or corrected or strength is Strength.WORD:
        return Verdict(last.polarity, strength)
    if strength is Strength.WEAK and first.strength > Strength.WEAK:
        return Verdict(first.polarity, first.strength)  # "non merci, c'est bon"
    return _unclear(strength)


def _another_day(said: list[Saying]) -> bool:
    """ "Pas mercredi, mais samedi oui": a yes to a day that nobody proposed."""
    first, last = said[0].clause, said[-1].clause
    return first.number != last.number and last.corrects and last.has(Sense.DAY)


def _ending(said: list[Saying]) -> list[Saying]:
    """The last sayings that agree with each other."""
    at = len(said) - 1
    while at and said[at - 1].polarity is said[-1].polarity:
        at -= 1
    return said[at:]


def _hesitating(said: list[Saying]) -> Verdict:
    """A maybe among other sayings."""
    first, last = said[0], said[-1]
    maybe = [saying for saying in said if saying.polarity is Polarity.MAYBE]
    plain = [saying for saying in said if saying.polarity is not Polarity.MAYBE]
    later = last.clause.number > maybe[-1].clause.number
    if last.polarity is not Polarity.MAYBE and (
        last.clause.corrects or (later and last.strength is Strength.WORD)
    ):
        return Verdict(last.polarity, last.strength)
    refused = first.polarity is Polarity.NO and first.strength is Strength.WORD
    if refused and not last.clause.corrects:
        return _unclear()
    if plain[0].polarity is Polarity.YES and all(
        saying.clause.number > plain[0].clause.number and _about_company(saying.clause)
        for saying in maybe
    ):
        return Verdict(Polarity.YES, plain[0].strength, question=True)
    return Verdict(Polarity.MAYBE, last.strength)


def _about_company(clause: Clause) -> bool:
    """The doubt is about somebody else or about being late, not about coming."""
    return clause.has(*SOMEBODY, Sense.LATE, Sense.FAMILY) and not clause.has(Sense.CAN, Sense.IF)
