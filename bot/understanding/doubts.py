"""What beside an answer keeps us from believing it: words that we do not know, and negations.

    won't come (one word unknown)      clouded: it may turn the verb around
    müsait {değilim}                   a phrase that says yes, and an unknown word right after it
    {sauf} imprévu                     a reason that the word before may set aside

An answer is worth as much as we understand around it. The word yes or no itself bears a name beside
it; a verb bears an unknown word only where a preposition makes that a name or a place.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.understanding.clauses import NEGATIONS, VERBS, Clause, is_unread
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense

SOMEBODY = frozenset({Sense.ADULT, Sense.ADULTS, Sense.CHILD, Sense.CHILDREN, Sense.PERSONS})
_SPEAKER = frozenset({Sense.FIRST, Sense.ME})
_TELLERS = SOMEBODY | _SPEAKER | {Sense.THEY}
_ANSWERED = frozenset({Sense.YES, Sense.NO, Sense.COME})
_SAYING = 3  # marks between who says, the verb, and what is said
_MUCH = 2  # unknown words that tell a story about somebody
_COMING = frozenset({Sense.ATTEND, Sense.COME})
_EXCUSES = frozenset({Sense.SORRY, Sense.BUT})
_SAYS_YES = frozenset({Sense.YES})
_FILLER = frozenset({Sense.FILLER})
_SMALL_WORDS = frozenset({Sense.FILLER}) | NEGATIONS
_REFUSES = NEGATIONS | {Sense.NO}
_TAKES_BACK = NEGATIONS | {Sense.NO_ALONE}


def is_clouded(clause: Clause, at: int) -> bool:
    """Beside a verb stands a word that we do not know, and may turn it around: "won't come".

    It does before the verb, whatever stands between; after it, only when no preposition makes it
    a name or a place. A yes that opens the clause says enough for both.
    """
    if not clause.unknown or any(mark.senses & _SAYS_YES for mark in clause.marks[:at]):
        return False
    if any(is_unread(mark) for mark in clause.marks[:at]):
        return True
    after = next((mark for mark in clause.marks[at + 1 :] if mark.senses != _FILLER), None)
    return after is not None and is_unread(after)


def is_unsure_yes(clause: Clause, at: int, mark: Mark) -> bool:
    """ "Müsait {değilim}": a phrase that says yes, but not the word itself, bears unknown words
    no better than a verb does.
    """
    bare = Sense.BARE_YES in mark.senses or Sense.YES not in mark.senses
    asked = clause.closed and clause.unknown > 0  # "si voy con el carrito, ¿hay ascensor?"
    return not bare and (asked or is_clouded(clause, at))


def is_far_negated(clause: Clause, at: int) -> bool:
    """A word that we do not know stands between the negation and the verb: it may be negated."""
    if not clause.unknown:
        return False
    negations = [place for place, mark in enumerate(clause.marks) if mark.senses & NEGATIONS]
    nearest = min(negations, key=lambda place: abs(place - at), default=at)
    between = clause.marks[min(nearest, at) + 1 : max(nearest, at)]
    return any(is_unread(mark) for mark in between)


def is_excepted(clause: Clause, at: int) -> bool:
    """ "Oui {sauf} imprévu", "{according to} my work": a reason that a word before it may set
    aside.
    """
    if Sense.BARE_YES in clause.said:
        return True
    before = [mark for mark in clause.marks[:at] if mark.senses.isdisjoint(_SMALL_WORDS)]
    return bool(before) and is_unread(before[-1])


def is_about_something_else(clause: Clause, at: int) -> bool:
    """ "Je ne peux pas ouvrir le lien": an unknown word follows, and no word for coming."""
    if not clause.unknown or Sense.COME in clause.marks[at].senses:
        return False
    after = clause.marks[at + 1 :]
    unknown = any(is_unread(mark) for mark in after)
    return unknown and not any(mark.senses & _COMING for mark in after)


def is_elsewhere(clause: Clause, at: int) -> bool:
    """ "Nous serons à Marseille": a place or a state that we do not know, and nobody counted."""
    if Sense.BE not in clause.marks[at].senses:
        return False
    after = clause.marks[at + 1 :]
    if any(mark.number is not None or mark.senses & _COMING for mark in after):
        return False
    return any(is_unread(mark) or mark.senses & SOMEBODY for mark in after)


def is_told(clause: Clause) -> bool:
    """ "Oui la rentrée s'est bien passée": a yes to something else, which is over."""
    if clause.has(*_COMING, *VERBS):
        return False
    named = clause.has(*SOMEBODY, Sense.THEY)
    return Sense.PAST in clause.said or (named and clause.unknown >= _MUCH)


def is_reported(marks: Sequence[Mark]) -> bool:
    """ "Ma soeur elle dit que oui": a yes or no right after what somebody else says."""
    for at, mark in enumerate(marks):
        if Sense.SAY not in mark.senses:
            continue
        before = marks[max(0, at - _SAYING) : at]
        teller = [each for each in before if each.senses & _TELLERS and each.number is None]
        told = marks[at + 1 : at + 1 + _SAYING]
        if (
            teller
            and not teller[-1].senses & _SPEAKER
            and any(each.senses & _ANSWERED for each in told)
        ):
            return True
    return False


def is_hour_set(clause: Clause, mark: Mark) -> bool:
    """ "Je peux après 18h": who can at an hour of their own may not come at ours."""
    timed = Sense.LATE in clause.said and Sense.YES not in clause.said
    return Sense.CAN in mark.senses and timed and any(map(_is_number, clause.marks))


def _is_number(mark: Mark) -> bool:
    return mark.kind in (Kind.NUMBER, Kind.FIGURE)


def is_wished(clause: Clause, mark: Mark) -> bool:
    """ "On aimerait venir | mais c'est loin": a wish that another clause takes back."""
    return clause.contested and not mark.senses & {Sense.COME, Sense.CAN}


def negates_unknown(clause: Clause, at: int, mark: Mark) -> bool:
    """A "no" that may negate another word than coming: "não há problema", "no doubt"."""
    if Sense.NOT in mark.senses:
        return clause.unknown > 0 or clause.has(Sense.SPEAK, Sense.HELP, Sense.ASK)
    if Sense.NOT_AFTER in mark.senses:
        return at > 0 and is_unread(clause.marks[at - 1])
    follows = clause.marks[at + 1 : at + 2]
    if Sense.NO in mark.senses and any(Sense.PROBLEM in each.senses for each in follows):
        return True
    return Sense.BEFORE in mark.senses and any(is_unread(each) for each in follows)


def is_turned(before: tuple[Mark, ...]) -> bool:
    """A no and, further on in the same breath, a yes: nothing says which one counts."""
    refused = [
        place
        for place, mark in enumerate(before)
        if mark.senses & _REFUSES
        and not any(Sense.PROBLEM in each.senses for each in before[place + 1 :])
    ]
    return bool(refused) and not any(mark.senses & _EXCUSES for mark in before[refused[-1] + 1 :])


def is_taken_back(clause: Clause, at: int) -> bool:
    """ "Yes {but} I can't {come}": after the yes, a negation and words that we do not know."""
    after = clause.marks[at + 1 :]
    return clause.unknown > 0 and any(mark.senses & _TAKES_BACK for mark in after)


def is_denied_twice(clause: Clause, at: int) -> bool:
    """ "Je peux pas dire non": a no that a negated verb before it may deny."""
    return any(
        place in clause.negated and mark.senses & VERBS
        for place, mark in enumerate(clause.marks[:at])
    )
