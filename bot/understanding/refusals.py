"""What refuses our messages, and how much of them; and who takes back a registration.

Four ways say it, in every language:

    STOP                           the word that carriers act on, by itself or beside our messages
    supprimez mon numéro           a phrase that the lexicon knows for a refusal
    arrêtez ... messages, écrire   to cease, with our messages or with writing
    n'envoyez plus, veux pas de messages, enlevez ... numéro

The last two are made of words that say nothing alone, so a word that we do not know, a question
or a condition beside them leaves them to a person. Whoever stops one gathering ("stop la sortie")
does not come: messages go on.
"""

from __future__ import annotations

from bot.messages import Asked
from bot.understanding.clauses import NEGATIONS, Clause, is_unread
from bot.understanding.marks import Kind, Mark
from bot.understanding.senses import Sense
from bot.understanding.spoken import WORDS, Spoken
from bot.understanding.understood import READ_BY_A_PERSON, Intent, Scope, Understood

_SHORT = 4  # words; in so short a text, a word of refusal deserves a reader
_NEAR = 3  # marks between a negation and the writing that it refuses
_ENDS = frozenset({Kind.END, Kind.PAUSE})
_NONE_OF = frozenset({Sense.NOT, Sense.NOT_AFTER, Sense.BARE_NO})
_REFUSES = NEGATIONS | {Sense.NO, Sense.NO_ALONE}
_OURS = frozenset({Sense.MESSAGES, Sense.SEND})
_HEDGES = (Sense.CAN, Sense.HARD, Sense.IF, Sense.LATE, Sense.ASK)
_BESIDE_STOP = frozenset({
    Sense.POLITE, Sense.FIRST, Sense.ME, Sense.SORRY, Sense.WANT, Sense.YES, Sense.NO, Sense.GOOD,
    Sense.BUT, Sense.MESSAGES, Sense.SEND, Sense.CEASE, Sense.REMOVE, Sense.LISTED,
})  # fmt: skip
_BESIDE_CANCEL = frozenset({Sense.CANCEL, Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.ME})
_FILLER = frozenset({Sense.FILLER})
_MUCH_ELSE = 8  # unknown words beside a refusal that names our messages
_BEFORE_LAST = frozenset({Sense.POLITE, Sense.NOTE, Sense.AND, Sense.SORRY})
_GOES_ON = frozenset({Sense.FIRST, Sense.POLITE, Sense.NO})
_BESIDE_OPENING = _BESIDE_STOP | {Sense.FILLER}


def refusal(text: Spoken, asked: Asked) -> Understood | None:
    """What the text refuses, or nothing. Nobody is silenced by a word that we guessed."""
    if Sense.STOP in text.said:
        return _stop(text)
    if Sense.SURVEYS in text.said and _refuses_surveys(text):
        return Understood(Intent.STOP, scope=Scope.SURVEYS)
    if Sense.CANCEL in text.said and not text.asks:
        if Sense.EVENT in text.said and not text.unknown:
            return Understood(Intent.NO, question=asked is Asked.ANY, scope=Scope.EVENT)
        if asked is Asked.ANY and text.only(_BESIDE_CANCEL):
            return _stop(text)
        if asked is Asked.ANY and not text.has(Sense.STOP_ALONE, *_OURS, Sense.LISTED):
            return READ_BY_A_PERSON
    composed = next(filter(None, map(_composed, text.clauses)), None)
    if composed is not None:
        return _stop(text) if composed is Intent.STOP else READ_BY_A_PERSON
    return _bare(text, asked) if Sense.STOP_ALONE in text.said else None


def _stop(text: Spoken) -> Understood:
    """A stop, and what it names; one that asks in the same breath to go on is for a person."""
    if any(one.corrects and one.has(*_OURS) for one in text.clauses):
        return READ_BY_A_PERSON
    if Sense.SURVEYS in text.said:
        return Understood(Intent.STOP, scope=Scope.SURVEYS)
    scope = Scope.EVENT if Sense.EVENT in text.said else Scope.EVERYTHING
    return Understood(Intent.STOP, scope=scope)


def _composed(clause: Clause) -> Intent | None:
    """A refusal made of several words of one clause: a stop, or what a person must read."""
    if clause.said.isdisjoint(_MADE_OF):
        return None
    ceases = clause.has(Sense.CEASE) and not clause.said.isdisjoint(_OURS)
    removes = clause.has(Sense.REMOVE) and clause.has(Sense.LISTED)
    if not ceases and not removes and not _refuses_writing(clause):
        return None
    denied = any(
        mark.senses & _VERBS and any(each.senses & NEGATIONS for each in clause.marks[at - 1 : at])
        for at, mark in enumerate(clause.marks)
    )
    clear = not denied and not clause.closed and not clause.has(*_HEDGES, Sense.DAY)
    most = _MUCH_ELSE if _names_ours(clause) else 1
    return Intent.STOP if clear and clause.unknown <= most else Intent.QUESTION


def _names_ours(clause: Clause) -> bool:
    """ "My children left your school please {stop the sms}": what ceases, or is not to be sent,
    are our messages, named in the same breath; reasons in any words may stand before it.
    """
    marks = [mark for mark in clause.marks if mark.senses != _FILLER]
    for at, mark in enumerate(marks):
        after = marks[at + 1 : at + 3]
        if Sense.CEASE in mark.senses and any(_OURS & each.senses for each in after[:1]):
            return True
        refused = at > 0 and not marks[at - 1].senses.isdisjoint(_REFUSES)
        if refused and Sense.SEND in mark.senses and any(_OURS & each.senses for each in after):
            return True
    return False


_VERBS = frozenset({Sense.CEASE, Sense.REMOVE})
_MADE_OF = frozenset({Sense.CEASE, Sense.REMOVE, Sense.SEND, Sense.MESSAGES})


def _refuses_writing(clause: Clause) -> bool:
    """ "Ne m'envoyez plus rien", "no quiero más mensajes": what is negated is our writing."""
    for at, mark in enumerate(clause.marks):
        wanted = Sense.WANT in mark.senses or _refuses_wish(mark)
        if Sense.SEND in mark.senses and _negated(clause, at) and Sense.CAN not in clause.said:
            return True
        if wanted and (_refuses_wish(mark) or _negated(clause, at)):
            after = clause.marks[at + 1 : at + 2 + _NEAR]
            before = clause.marks[max(0, at - 2) : at]
            if any(each.senses & _OURS for each in (*before, *after)):
                return True
    return False


def _refuses_wish(mark: Mark) -> bool:
    """A phrase that says "do not want" by itself."""
    return {Sense.NO, Sense.WANT} <= mark.senses


def _negated(clause: Clause, at: int) -> bool:
    """A negation stands close, and no word that we do not know stands between."""
    marks = clause.marks
    for places in (range(at - 1, max(-1, at - 1 - _NEAR), -1), range(at + 1, at + 3)):
        for place in places:
            if not 0 <= place < len(marks) or is_unread(marks[place]):
                break
            if marks[place].senses & _REFUSES:
                return True
    return False


def _refuses_surveys(text: Spoken) -> bool:
    """ "Plus de questionnaires", "arrêtez les enquêtes": every word of it is understood."""
    unknown = any(mark.kind is Kind.WORDS and not mark.known for mark in text.marks)
    if text.asks or unknown or text.has(Sense.CAN, Sense.HARD, Sense.IF, Sense.BUT, Sense.BUSY):
        return False
    if Sense.STOP_ALONE in text.said:
        return True
    named = [at for at, mark in enumerate(text.marks) if Sense.SURVEYS in mark.senses]
    beside = [mark for at in named for mark in text.marks[max(0, at - 2) : at]]
    return any(not mark.senses.isdisjoint(_NONE_OF) for mark in beside)


def _bare(text: Spoken, asked: Asked) -> Understood | None:
    """The word of refusal itself: alone, beside our messages, or beside one gathering."""
    bare = [Sense.STOP_ALONE in mark.senses for mark in text.marks]
    beside = [mark for mark, is_bare in zip(text.marks, bare, strict=True) if not is_bare]
    if bare[0] and _names_event(text, beside):
        return Understood(Intent.NO, question=asked is Asked.ANY, scope=Scope.EVENT)
    quiet = _BESIDE_OPENING if _opens(text.marks) else _BESIDE_STOP
    if all(mark.senses & quiet or mark.kind is not Kind.WORDS for mark in beside):
        return _stop(text)
    if (bare[0] and Sense.MESSAGES in text.said) or _own_clause(text.marks, bare):
        return _stop(text)
    if _goes_on(text) or _ends(text):
        return _stop(text)
    short = sum(mark.kind in WORDS for mark in text.marks) <= _SHORT
    return READ_BY_A_PERSON if bare[0] or short else None


def _opens(marks: list[Mark]) -> bool:
    """A word of refusal that means nothing else opens the text: "stop tout", "basta ya con eso"."""
    return Sense.STOP_ALONE in marks[0].senses and Sense.FILLER not in marks[0].senses


def _goes_on(text: Spoken) -> bool:
    """ "Stop je change de numéro": who stops goes on with a sentence, which is not about coming."""
    if not _opens(text.marks) or text.asks or text.has(Sense.COME, Sense.YES, Sense.ATTEND):
        return False
    return any(mark.senses & _GOES_ON for mark in text.marks[1:2]) and Sense.EVENT not in text.said


def _ends(text: Spoken) -> bool:
    """ "J'ai plus d'enfant chez vous donc arrêtez svp": the last word bids us to cease."""
    if text.asks or text.has(Sense.COME, Sense.EVENT, Sense.CAN, Sense.IF):
        return False
    marks = [mark for mark in text.marks if mark.kind not in _ENDS]
    while marks and Sense.POLITE in marks[-1].senses:
        marks.pop()
    if len(marks) < 2 or not {Sense.STOP_ALONE, Sense.CEASE} <= marks[-1].senses:
        return False
    return bool(marks[-2].senses & _BEFORE_LAST)


def _names_event(text: Spoken, beside: list[Mark]) -> bool:
    """ "Stop l'atelier", "stop pour la sortie": all that it stops is one gathering."""
    if Sense.EVENT not in text.said or text.asks or text.has(Sense.MESSAGES, Sense.SEND):
        return False
    return not any(is_unread(mark) for mark in beside)


def _own_clause(marks: list[Mark], bare: list[bool]) -> bool:
    """ "STOP. Merci": the word of refusal between two ends, at the start or the end."""
    for at, is_bare in enumerate(bare):
        opens = at == 0 or marks[at - 1].kind in _ENDS
        closes = at + 1 == len(marks) or marks[at + 1].kind in _ENDS
        if is_bare and opens and closes:
            return True
    return False
