"""What one clause says about coming: yes, no, maybe, or something that a person must read.

oui je viens     yes (a word), yes (a verb)        pas samedi          no
je peux pas      no (a verb)                       si je peux          maybe
j'ai dit pas oui no (a negated yes)                je peux pas lire    unclear
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import NamedTuple

from bot.understanding.clauses import NEGATIONS, VERBS, Clause, binds, is_unread
from bot.understanding.doubts import (
    SOMEBODY,
    is_about_something_else,
    is_clouded,
    is_denied_twice,
    is_elsewhere,
    is_excepted,
    is_far_negated,
    is_hour_set,
    is_taken_back,
    is_told,
    is_turned,
    is_unsure_yes,
    is_wished,
    negates_unknown,
)
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense


class Polarity(StrEnum):
    """What the sender decided."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    UNCLEAR = "unclear"  # something is said about coming; a person must read what

    __hash__ = str.__hash__


class Strength(IntEnum):
    """How plainly it is said."""

    WEAK = 1  # "perfect"
    VERB = 2  # "we come"
    WORD = 3  # "yes"


class Saying(NamedTuple):
    """One decision within a text."""

    polarity: Polarity
    strength: Strength
    clause: Clause
    others: bool = False  # about somebody else than the sender


_Found = tuple[Polarity, Strength]

_THIRD = SOMEBODY | {Sense.THEY}
_SPEAKER = frozenset({Sense.FIRST, Sense.ME, Sense.JUST_ME})
_OPENS_WITH_ANSWER = frozenset({Sense.YES, Sense.NO, Sense.YES_ALONE})
_ANSWERS = frozenset({Sense.YES, Sense.NO})
_AGAINST_YES = frozenset({Sense.NO, Sense.NO_ALONE})
_AGAINST_NO = frozenset({Sense.YES})
_ANSWERS_QUIET = frozenset({Sense.POLITE, Sense.YES, Sense.NO, Sense.MAYBE, Sense.HOPE, Sense.DAY})
_WANTED = frozenset({Sense.ATTEND, Sense.GOOD})
_ARTICLE = frozenset({Sense.NO, Sense.BEFORE})
_YES_BY_ITSELF = frozenset({Sense.YES_ALONE, Sense.YES, Sense.POLITE})
_SILENT = frozenset({
    Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.THEY, Sense.ME, Sense.AND, Sense.DAY,
    Sense.SORRY, Sense.HOPE, Sense.UNIT, Sense.BEFORE, Sense.WITH,
})  # fmt: skip
_BESIDE_ALONE = NEGATIONS | VERBS | {
    Sense.POLITE, Sense.FIRST, Sense.THEY, Sense.ME, Sense.AND, Sense.DAY, Sense.SORRY,
    Sense.HOPE, Sense.YES_ALONE, Sense.NO_ALONE, Sense.YES, Sense.NO, Sense.GOOD, Sense.BUT,
    Sense.BUSY, Sense.ATTEND, Sense.PERSONS, Sense.CHILDREN, Sense.ADULTS,
}  # fmt: skip
_SPEAKS = frozenset({
    Sense.MAYBE, Sense.YES, Sense.NO, Sense.YES_ALONE, Sense.NO_ALONE, Sense.BUSY, Sense.HARD,
    Sense.ATTEND, Sense.GOOD, Sense.IF, Sense.PROBLEM, *VERBS, *NEGATIONS,
})  # fmt: skip
_BEFORE_BREAK = frozenset({Sense.FIRST, Sense.NOTE})
_FEW = 2  # unknown words beside a yes or no that does not open its clause: a name, a signature


def sayings(clause: Clause) -> Iterator[Saying]:
    """The decisions of one clause, in order."""
    if clause.said.isdisjoint(_SPEAKS):
        return
    found = [
        each
        for at, mark in enumerate(clause.marks)
        if not mark.senses.isdisjoint(_SPEAKS)
        for each in _of_mark(clause, at, mark)
    ]
    others = _about_others(clause)
    for polarity, strength in _kept(clause, _legible(clause, _conditional(clause, found))):
        yield Saying(polarity, strength, clause, others and polarity is not Polarity.MAYBE)


def _of_mark(clause: Clause, at: int, mark: Mark) -> Iterator[_Found]:
    """What one mark says where it stands."""
    senses = mark.senses
    if Sense.MAYBE in senses:
        asked = clause.closed and Sense.ATTEND not in senses and _says_more(clause, at)
        asked = asked or any(Sense.ASK in each.senses for each in clause.marks[at + 1 : at + 2])
        yield (Polarity.UNCLEAR if asked else Polarity.MAYBE), Strength.WORD
    elif senses & _ANSWERS:
        yield from _word(clause, at, mark)
    elif Sense.YES_ALONE in senses and _stands_alone(clause, at, _AGAINST_YES):
        yield (Polarity.NO if at in clause.negated else Polarity.YES), Strength.WORD
    elif Sense.NO_ALONE in senses and _stands_alone(clause, at, _AGAINST_NO):
        if at and clause.marks[at - 1].number is not None:
            return  # "une personne"
        if at and Sense.CANCEL in clause.marks[at - 1].senses:
            return  # "je n'annule pas"
        yield Polarity.NO, Strength.WORD
    elif Sense.NO_ALONE in senses and _breaks_off(clause, at):
        yield Polarity.NO, Strength.VERB
    elif Sense.PROBLEM in senses:
        if at in clause.negated or _is_without(clause, at):
            told = any(is_unread(each) for each in clause.marks[at + 1 :])
            yield (Polarity.UNCLEAR if told else Polarity.YES), Strength.WORD
    elif Sense.GOOD in senses and senses.isdisjoint(VERBS):
        yield from _approval(clause, at)
    elif not clause.asks:
        yield from _statement(clause, at, mark)


def _says_more(clause: Clause, at: int) -> bool:
    """Beside a maybe that ends with a question mark: "ممكن أجيب أختي؟" asks for leave."""
    others = clause.marks[:at] + clause.marks[at + 1 :]
    return any(mark.kind is Kind.WORDS and not mark.senses & _ANSWERS_QUIET for mark in others)


def _word(clause: Clause, at: int, mark: Mark) -> Iterator[_Found]:
    """Yes and no themselves."""
    if _is_refusal_denied(clause, at, mark):
        yield Polarity.UNCLEAR, Strength.WORD
    elif at in clause.negated:
        unsure = at > 0 and Sense.NO in clause.marks[at - 1].senses  # "no sí": which one?
        yield (Polarity.UNCLEAR if unsure else Polarity.NO), Strength.WORD
    elif _is_denied(clause, at, mark):
        plainly = " " in mark.text  # "ça me va pas", unlike "oui pas"
        yield (Polarity.NO if plainly else Polarity.UNCLEAR), Strength.VERB
    elif _is_no_answer(clause, at, mark):
        return
    elif negates_unknown(clause, at, mark):
        yield Polarity.UNCLEAR, Strength.VERB  # "no" and a verb that is not about coming
    elif _is_lost(clause, at, mark) or is_unsure_yes(clause, at, mark):
        yield Polarity.UNCLEAR, Strength.VERB
    else:
        yield (Polarity.YES if Sense.YES in mark.senses else Polarity.NO), Strength.WORD


def _is_without(clause: Clause, at: int) -> bool:
    """ "No wahala": a "no" that is an article negates the problem that follows it."""
    return at > 0 and clause.marks[at - 1].senses >= _ARTICLE


def _is_refusal_denied(clause: Clause, at: int, mark: Mark) -> bool:
    """ "Je n'annule pas", "I don't cancel": a verb of refusing, negated, says no no."""
    if Sense.CANCEL not in mark.senses or not at:
        return False
    before = clause.marks[at - 1].senses
    return Sense.NOT in before and Sense.NO not in before


def _is_denied(clause: Clause, at: int, mark: Mark) -> bool:
    """ "Ça ira pas": a negation right after a yes, that negates nothing else."""
    if Sense.YES not in mark.senses or at + 1 >= len(clause.marks):
        return False
    follows = clause.marks[at + 1].senses
    return not follows.isdisjoint(NEGATIONS) and binds(clause.marks, at + 1) is None


def _is_no_answer(clause: Clause, at: int, mark: Mark) -> bool:
    """A yes or no that negates, numbers or asks."""
    if mark.senses & NEGATIONS and binds(clause.marks, at) is not None:
        return True  # "no puedo": this "no" negates the verb
    if Sense.BEFORE in mark.senses and _number_follows(clause, at):
        return True  # "no 5": number five
    if mark.senses >= _ARTICLE and any(
        Sense.PROBLEM in each.senses for each in clause.marks[at + 1 : at + 2]
    ):
        return True  # "no wahala"
    if not clause.asks:
        return False
    tag = any(Sense.POLITE not in each.senses for each in clause.marks[:at])
    return tag or clause.has(Sense.OR)  # "c'est samedi, non ?", "oui ou non ?"


def _is_lost(clause: Clause, at: int, mark: Mark) -> bool:
    """A yes or no among words that may change it."""
    before = clause.marks[:at]
    unknown = sum(not each.known and each.kind is Kind.WORDS for each in before)
    if unknown > _FEW:
        return True
    if Sense.YES in mark.senses:
        return is_turned(before) or is_taken_back(clause, at) or is_told(clause)
    if is_denied_twice(clause, at):
        return True
    if Sense.BEFORE in mark.senses and before and at + 1 < len(clause.marks):
        return True  # "there is no bus"
    return any(each.language for each in clause.marks)  # "no French"


def _number_follows(clause: Clause, at: int) -> bool:
    return at + 1 < len(clause.marks) and clause.marks[at + 1].kind is Kind.NUMBER


def _stands_alone(clause: Clause, at: int, against: frozenset[Sense]) -> bool:
    """A word that is too short or too common to count among others: "ya", "sur", "la"."""
    if clause.asks:
        return False
    return all(
        place == at
        or mark.kind is not Kind.WORDS
        or (mark.senses & _BESIDE_ALONE and mark.senses.isdisjoint(against))
        for place, mark in enumerate(clause.marks)
    )


def _breaks_off(clause: Clause, at: int) -> bool:
    """ "... so I can't": the sender, a word that says no alone, and nothing after it."""
    last = at + 1 == len(clause.marks) and Sense.NOT in clause.marks[at].senses
    before = clause.marks[at - 1].senses if at else frozenset[Sense]()
    return last and not clause.asks and bool(before & _BEFORE_BREAK)


def _approval(clause: Clause, at: int) -> Iterator[_Found]:
    """ "Parfait": a yes when everything around it is understood."""
    if not clause.asks and not clause.unknown and Sense.PAST not in clause.said:
        yield (Polarity.NO if at in clause.negated else Polarity.YES), Strength.WEAK


def _statement(clause: Clause, at: int, mark: Mark) -> Iterator[_Found]:
    """What people do, can, want, and why not."""
    senses, negated = mark.senses, at in clause.negated
    if Sense.BUSY in senses:
        if not negated and Sense.LATE not in clause.said:  # "je travaille jusqu'à 17h"
            excused = is_excepted(clause, at)
            yield (Polarity.UNCLEAR if excused else Polarity.NO), Strength.VERB
    elif senses & NEGATIONS:
        if _is_not_that_day(clause, at):
            yield (Polarity.UNCLEAR if clause.corrects else Polarity.NO), Strength.VERB
    elif Sense.HARD in senses:
        yield Polarity.UNCLEAR, Strength.VERB
    elif Sense.PAST in clause.said:
        return
    elif negated:
        yield from _negated_verb(clause, at, mark)
    elif _affirms(clause, at, mark):
        asks = Sense.CAN in mark.senses and _about_others(clause)  # "ma soeur peut venir"
        unsure = (
            asks
            or is_elsewhere(clause, at)
            or is_wished(clause, mark)
            or is_clouded(clause, at)
            or is_hour_set(clause, mark)
        )
        yield (Polarity.UNCLEAR if unsure else Polarity.YES), Strength.VERB


def _negated_verb(clause: Clause, at: int, mark: Mark) -> Iterator[_Found]:
    after = clause.marks[at + 1 :]
    if Sense.ATTEND in mark.senses:
        yield Polarity.NO, Strength.VERB
    elif any(Sense.LATE in each.senses for each in after):
        return  # "je ne peux pas rester longtemps"
    elif mark.senses & VERBS:
        other = is_about_something_else(clause, at) or is_far_negated(clause, at)
        yield (Polarity.UNCLEAR if other else Polarity.NO), Strength.VERB


def _affirms(clause: Clause, at: int, mark: Mark) -> bool:
    if Sense.COME in mark.senses:
        return True
    if Sense.CAN in mark.senses:
        return not is_about_something_else(clause, at)
    wants = Sense.WANT in mark.senses
    return wants and any(after.senses & _WANTED for after in clause.marks[at + 1 :])


def _is_not_that_day(clause: Clause, at: int) -> bool:
    """ "Pas samedi": a negation of the day alone refuses that day."""
    after = clause.marks[at + 1 :]
    return (
        any(Sense.DAY in mark.senses for mark in after)
        and all(mark.senses & _SILENT or mark.kind is not Kind.WORDS for mark in after)
        and binds(clause.marks, at) is None
        and Sense.NEUTRAL not in clause.said
    )


def _conditional(clause: Clause, found: list[_Found]) -> list[_Found]:
    """A condition makes a maybe of whatever its clause says."""
    if Sense.IF not in clause.said:
        return found
    if all(mark.senses & _YES_BY_ITSELF for mark in clause.marks):
        return found  # the Spanish "si" without its accent
    if clause.asks:
        return [each for each in found if each[0] is Polarity.MAYBE]
    if found or _is_condition(clause):
        return [(Polarity.MAYBE, Strength.VERB)]
    return []


def _is_condition(clause: Clause) -> bool:
    """The whole clause is a condition, whatever its verb: "si j'ai le temps"."""
    opening = next((mark for mark in clause.marks if Sense.POLITE not in mark.senses), None)
    opens = opening is not None and Sense.IF in opening.senses
    whole = len(clause.marks) > 1 or " " in clause.marks[0].text  # "si possible"
    return opens and whole and Sense.RESCHEDULE not in clause.said


def _legible(clause: Clause, found: list[_Found]) -> list[_Found]:
    """Nothing is made of one familiar word in a sentence that we cannot read."""
    words = sum(mark.kind is Kind.WORDS for mark in clause.marks)
    if clause.unknown <= _FEW or 2 * clause.unknown < words:
        return found
    plain = [each for each in found if each[1] is Strength.WORD]
    if clause.unknown == _FEW + 1:
        return plain
    return [(Polarity.UNCLEAR, strength) for _, strength in plain]


def _kept(clause: Clause, found: list[_Found]) -> list[_Found]:
    """In one clause, what is refused stays refused whatever verb follows."""
    refused = {strength for polarity, strength in found if polarity is Polarity.NO}
    if not refused:
        return found
    kept = [each for each in found if each[0] is not Polarity.YES or each[1] is Strength.WORD]
    plainly = refused == {Strength.WORD} and Sense.BARE_NO in clause.said
    if plainly and (Polarity.YES, Strength.VERB) in found:
        kept.append((Polarity.UNCLEAR, Strength.VERB))  # "non je viens"
    return kept


def _about_others(clause: Clause) -> bool:
    """ "Mon mari ne peut pas": somebody is named, and the speaker is not."""
    if clause.said.isdisjoint(_THIRD) or clause.said & _SPEAKER:
        return False
    if not any(mark.senses & _THIRD and mark.number is None for mark in clause.marks):
        return False
    opening = next((mark for mark in clause.marks if Sense.POLITE not in mark.senses), None)
    return opening is None or opening.senses.isdisjoint(_OPENS_WITH_ANSWER)
