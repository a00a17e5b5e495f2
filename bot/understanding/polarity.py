"""Whether a text says yes, no or maybe: the last word wins.

oui | mais mon mari ne peut pas      yes: the second clause is about somebody else
oui oui | non finalement | non       no: corrected
je viens | si je peux                maybe: a condition
oui | mais je peux pas ouvrir        unclear, and a person reads
oui | mais je travaille              unclear: an excuse alone takes no "yes" back
oui | mais en retard | je travaille  yes: it says why they come late
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.clauses import NEGATIONS, Clause
from bot.understanding.doubts import SOMEBODY
from bot.understanding.sayings import Polarity, Saying, Strength, sayings
from bot.understanding.senses import Sense

_TURNING = (*NEGATIONS, Sense.NO_ALONE, Sense.YES_ALONE)
_NO_ITSELF = (Sense.NO, Sense.NO_ALONE, Sense.BARE_NO)
_CORRECTING = frozenset({Sense.BUT, Sense.FILLER})
_UNREAD = 2  # unknown words after a "but" that may take a yes back
_SHORT = 4  # marks of a correction that holds nothing but itself


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
    if len({one.polarity for one in said}) == 1 and any(map(_excuses_somebody, said)):
        return _unclear()
    if not own:
        unheard = any(clause.has(Sense.ME) for clause in clauses)  # "mio marito no, io sì"
        return _unclear() if unheard and about_others else _only_others(about_others)
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
    if len(polarities) == 1 and _turns_in_unknown_words(said, clauses):
        return _unclear()
    if len(polarities) == 1:
        return Verdict(said[-1].polarity, max(saying.strength for saying in said))
    if _answers_two(said, clauses):
        return _unclear(Strength.WORD)
    if Polarity.MAYBE in polarities:
        return _hesitating(said)
    if Polarity.UNCLEAR in polarities and (heard := _heard_before(said, polarities)):
        return heard
    return _last_word(said, clauses)


def _excuses_somebody(saying: Saying) -> bool:
    """ "My husband works but I am coming", in one breath."""
    return _is_excuse(saying) and saying.clause.has(Sense.COME) and saying.clause.has(*SOMEBODY)


def _regrets(said: list[Saying], clauses: Sequence[Clause]) -> bool:
    """ "Yes but unfortunately ...": what follows the yes takes it back in words we do not know."""
    answered = {saying.clause.number for saying in said}
    return any(
        clause.corrects and clause.number not in answered and _takes_back(clause)
        for clause in clauses
    )


def _takes_back(clause: Clause) -> bool:
    """A regret, an excuse, or a sentence that we cannot read and that is about the sender."""
    if Sense.SORRY in clause.said:
        return True
    if Sense.BUSY in clause.said and Sense.FIRST in clause.said:
        return Sense.LATE not in clause.said
    aside = clause.closed or clause.has(Sense.LATE, Sense.ASK, *SOMEBODY)
    return clause.unknown >= _UNREAD and not aside


def _turns_in_unknown_words(said: list[Saying], clauses: Sequence[Clause]) -> bool:
    """ "Ja, maar {eigenlijk} niet", "{aber} leider geht es nicht": a short correction or a regret
    that holds a negation and a word that we do not know.
    """
    answered = {saying.clause.number for saying in said}
    for clause in clauses:
        silent = clause.said <= _CORRECTING
        if not clause.unknown or clause.has(*SOMEBODY) or not (silent or clause.has(*_TURNING)):
            continue
        if Sense.SORRY in clause.said:
            return True
        if clause.corrects and clause.number not in answered and len(clause.marks) <= _SHORT:
            return True
    return False


def _flips_in_unknown_words(first: Saying, last: Saying) -> bool:
    """ "Samedi non | mais {dimanche} ok": the last word may be about what we do not know."""
    return last.clause.corrects and last.clause.unknown > 0 and first.clause != last.clause


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
    apart = last.clause is not first.clause
    if apart and first.polarity is Polarity.YES and first.strength is Strength.WORD:
        if all(map(_is_excuse, ending)):
            late = any(Sense.LATE in clause.said for clause in clauses)
            return Verdict(Polarity.YES, Strength.WORD, question=True) if late else _unclear()
        theirs = clauses[last.clause.number : last.clause.number + 2]
        if any(one.has(*SOMEBODY) for one in theirs):
            return _unclear()  # "oui pour la petite, non pour le grand"
    since = clauses[ending[0].clause.number : last.clause.number + 1]
    corrected = any(clause.corrects for clause in since)
    if last.polarity is Polarity.YES and first.polarity is Polarity.NO and _another_day(said):
        return _unclear(strength)
    if _flips_in_unknown_words(first, last):
        return _unclear(strength)
    if last.polarity is not Polarity.YES or corrected or strength is Strength.WORD:
        return Verdict(last.polarity, strength)
    if strength is Strength.WEAK and first.strength > Strength.WEAK:
        return Verdict(first.polarity, first.strength)  # "non merci, c'est bon"
    return _unclear(strength)


def _is_excuse(saying: Saying) -> bool:
    """A no that only a reason implies: "je travaille"."""
    return saying.clause.has(Sense.BUSY) and not saying.clause.has(*NEGATIONS, *_NO_ITSELF)


def _another_day(said: list[Saying]) -> bool:
    """ "Pas mercredi, mais samedi oui": a yes to a day that nobody proposed."""
    first, last = said[0].clause, said[-1].clause
    return first.number != last.number and last.corrects and last.has(Sense.DAY)


def _answers_two(said: list[Saying], clauses: Sequence[Clause]) -> bool:
    """ "Saturday no, Sunday is ok": two days or two gatherings, answered differently."""
    if not {Polarity.YES, Polarity.NO} <= {saying.polarity for saying in said}:
        return False
    days = {mark.text for clause in clauses for mark in clause.marks if Sense.DAY in mark.senses}
    first, last = said[0].clause, said[-1].clause
    apart = first.number != last.number and first.has(Sense.EVENT) and last.has(Sense.EVENT)
    return len(days) > 1 or apart


def _ending(said: list[Saying]) -> list[Saying]:
    """The last sayings that agree with each other."""
    at = len(said) - 1
    while at and said[at - 1].polarity is said[-1].polarity:
        at -= 1
    return said[at:]


def _hesitating(said: list[Saying]) -> Verdict:
    """A maybe among other sayings."""
    first, last = said[0], said[-1]
    if _refuses_and_doubts(said):
        return _unclear()
    maybe = [saying for saying in said if saying.polarity is Polarity.MAYBE]
    plain = [saying for saying in said if saying.polarity is not Polarity.MAYBE]
    later = last.clause.number > maybe[-1].clause.number
    if last.polarity is Polarity.NO and last.clause.corrects and last.clause.has(Sense.YES):
        return Verdict(Polarity.MAYBE, maybe[-1].strength)  # "maybe, but not for sure"
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


def _refuses_and_doubts(said: list[Saying]) -> bool:
    """ "Bof non": one maybe and the word no itself in one breath, unlike "maybe yes maybe no"."""
    doubted = [saying.clause for saying in said if saying.polarity is Polarity.MAYBE]
    return len(doubted) == 1 and doubted[0].has(Sense.BARE_NO) and not doubted[0].has(Sense.YES)


def _about_company(clause: Clause) -> bool:
    """The doubt is about somebody else or about being late, not about coming."""
    return clause.has(*SOMEBODY, Sense.LATE, Sense.FAMILY) and not clause.has(Sense.CAN, Sense.IF)
