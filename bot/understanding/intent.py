"""What a parent's free text means.

The order of the rules is the order of what costs most: a refusal of messages is heard first, then
a wish for a person or another language, then yes, no and maybe, then how many. What no rule
recognises is `other` (we ask back); what a person must read is a `question`.

`language` is what the parent declared. The same letters mean yes in one language and no in
another, so without it only words on which languages agree are understood.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.messages import Asked
from bot.understanding.clauses import Clause, cut
from bot.understanding.lexicon import Sense, lexicon
from bot.understanding.marks import Kind, Mark, read
from bot.understanding.normalise import LONGEST
from bot.understanding.numbers import Party, party
from bot.understanding.polarity import Verdict, verdict
from bot.understanding.sayings import Polarity, Strength


class Scope(StrEnum):
    """How much is refused."""

    EVERYTHING = "everything"  # all our messages
    SURVEYS = "surveys"  # questions about how things are; invitations go on
    EVENT = "event"  # this one gathering


class Intent(StrEnum):
    """What the sender wants."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    HEADCOUNT = "headcount"
    RATING = "rating"
    STOP = "stop"
    START = "start"
    PAUSE = "pause"
    HELP = "help"
    LANGUAGE = "language"
    RESCHEDULE = "reschedule"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Understood:
    """What we understood.

    `value` is how many people (yes, maybe, headcount), a rating, or the code of a language.
    `adults` and `children` are given when the text tells them apart. `question`: a person should
    read the text although we understood something. `scope` is set where something is refused by
    name: with every `stop`, and with the `no` that takes back a registration.
    """

    intent: Intent
    value: int | str | None = None
    adults: int | None = None
    children: int | None = None
    question: bool = False
    scope: Scope | None = None


OTHER = Understood(Intent.OTHER)
RATINGS = range(1, 6)  # the widest scale that we offer; the question knows its own
WANTS_A_PERSON = 9  # the digit that means help, everywhere
_CHOICES = {1: Intent.YES, 2: Intent.NO, 3: Intent.MAYBE, WANTS_A_PERSON: Intent.HELP}
_DECISIONS = {Polarity.YES: Intent.YES, Polarity.NO: Intent.NO, Polarity.MAYBE: Intent.MAYBE}
_READ_BY_A_PERSON = Understood(Intent.QUESTION, question=True)
_MUCH = 4  # unknown words from which a text deserves a reader
_SHORT = 4  # words; in so short a text, a word of refusal deserves a reader
_MOST_MARKS = 80

_ENDS = frozenset({Kind.END, Kind.PAUSE})
_WORDS = frozenset({Kind.WORDS, Kind.NUMBER, Kind.FIGURE})
_STARS = frozenset("⭐🌟★")
_SCALES = frozenset({4, 5})  # "3 sur 4", "4/5"
_COUNTED = frozenset({Sense.PERSONS, Sense.ADULTS, Sense.CHILDREN})
_SPEAKER = frozenset({Sense.FIRST, Sense.ME})
_NO_SCALE = frozenset({Sense.OR, Sense.AND, Sense.BUT, Sense.NO, Sense.NOT, Sense.NOT_AFTER})
_NOT_RATED = frozenset({Sense.UNIT, Sense.DAY})
_ASIDE = frozenset({Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.THEY, Sense.SORRY})
_NONE_OF = frozenset({Sense.NOT, Sense.NOT_AFTER, Sense.BARE_NO})
_CORRECTS = _ASIDE | {Sense.NO, Sense.BARE_NO, Sense.NOT_AFTER, Sense.NO_ALONE, Sense.BUT}
_ANSWERING = (
    Sense.YES, Sense.YES_ALONE, Sense.NO, Sense.NO_ALONE, Sense.MAYBE, Sense.COME, Sense.ATTEND,
    Sense.GOOD, Sense.CAN, Sense.IF,
)  # fmt: skip
_BESIDE_DIGIT = _ASIDE | {Sense.BEFORE, Sense.HOPE}
_BESIDE_HOPE = _ASIDE | {Sense.HOPE, Sense.ATTEND, Sense.CAN}
_BESIDE_START = _ASIDE | {Sense.START, Sense.WANT, Sense.MESSAGES}
_BESIDE_PAUSE = _ASIDE | {Sense.PAUSE, Sense.WANT, Sense.MESSAGES, Sense.WITH}
_BESIDE_LANGUAGE = _ASIDE | {Sense.BEFORE, Sense.WITH, Sense.YES_ALONE, Sense.GOOD, Sense.NO}
_BESIDE_STOP = frozenset({
    Sense.POLITE, Sense.FIRST, Sense.ME, Sense.SORRY, Sense.WANT, Sense.YES, Sense.NO, Sense.GOOD,
    Sense.BUT, Sense.MESSAGES,
})  # fmt: skip
_REFUSES_LANGUAGE = (Sense.NOT, Sense.NOT_AFTER, Sense.NO, Sense.MAYBE, Sense.HELP)


class _Text(NamedTuple):
    """A text as the rules look at it."""

    marks: list[Mark]
    clauses: tuple[Clause, ...]
    said: frozenset[Sense]  # all that its marks carry
    asks: bool
    unknown: int

    def has(self, *senses: Sense) -> bool:
        return not self.said.isdisjoint(senses)

    def only(self, senses: frozenset[Sense]) -> bool:
        """Every word carries one of these senses."""
        return all(mark.senses & senses or mark.kind not in _WORDS for mark in self.marks)


def understand(text: str, language: str | None = None, asked: Asked = Asked.ANY) -> Understood:
    """What `text` means to somebody who was asked `asked`. Never raises."""
    spoken = _text(read(text, lexicon(language)))
    if not spoken.clauses:
        return OTHER
    if refused := _refusal(spoken, asked):
        return refused
    if len(text) > LONGEST or len(spoken.marks) > _MOST_MARKS:
        return _READ_BY_A_PERSON
    if (chosen := _digit(spoken, asked)) is not None:
        return chosen
    decided = verdict(spoken.clauses)
    return (
        _wish(spoken, decided)
        or _answer(spoken, asked, decided)
        or _count(spoken, asked)
        or _hope(spoken)
        or _leftover(spoken)
    )


def _text(marks: list[Mark]) -> _Text:
    clauses = cut(marks)
    said = clauses[0].said if clauses else frozenset[Sense]()
    return _Text(
        marks,
        clauses,
        said.union(*[clause.said for clause in clauses[1:]]),
        any([clause.asks for clause in clauses]),  # noqa: C419 - a list is twice as fast here
        sum([clause.unknown for clause in clauses]),
    )


def _refusal(text: _Text, asked: Asked) -> Understood | None:
    """Only where messages are refused: a bare word of refusal, or a phrase that names them."""
    if Sense.STOP in text.said:
        return Understood(Intent.STOP, scope=_scope(text))
    if Sense.SURVEYS in text.said and _refuses_surveys(text):
        return Understood(Intent.STOP, scope=Scope.SURVEYS)
    if Sense.CANCEL in text.said and not text.asks:
        if Sense.EVENT in text.said and not text.unknown:
            return Understood(Intent.NO, question=asked is Asked.ANY, scope=Scope.EVENT)
        if asked is Asked.ANY and Sense.STOP_ALONE not in text.said:
            return _READ_BY_A_PERSON
    if Sense.STOP_ALONE not in text.said:
        return None
    bare = [Sense.STOP_ALONE in mark.senses for mark in text.marks]
    beside = [mark for mark, is_bare in zip(text.marks, bare, strict=True) if not is_bare]
    if all(mark.senses & _BESIDE_STOP or mark.kind is not Kind.WORDS for mark in beside):
        return Understood(Intent.STOP, scope=_scope(text))
    if (bare[0] and Sense.MESSAGES in text.said) or _own_clause(text.marks, bare):
        return Understood(Intent.STOP, scope=_scope(text))
    short = sum(mark.kind in _WORDS for mark in text.marks) <= _SHORT
    return _READ_BY_A_PERSON if bare[0] or short else None


def _scope(text: _Text) -> Scope:
    """What a refusal of messages names."""
    if Sense.SURVEYS in text.said:
        return Scope.SURVEYS
    return Scope.EVENT if Sense.EVENT in text.said else Scope.EVERYTHING


def _refuses_surveys(text: _Text) -> bool:
    """ "Plus de questionnaires", "arrêtez les enquêtes": every word of it is understood."""
    unknown = any(mark.kind is Kind.WORDS and not mark.known for mark in text.marks)
    if text.asks or unknown or text.has(Sense.CAN, Sense.HARD, Sense.IF, Sense.BUT, Sense.BUSY):
        return False
    if Sense.STOP_ALONE in text.said:
        return True
    named = [at for at, mark in enumerate(text.marks) if Sense.SURVEYS in mark.senses]
    beside = [mark for at in named for mark in text.marks[max(0, at - 2) : at]]
    return any(not mark.senses.isdisjoint(_NONE_OF) for mark in beside)


def _own_clause(marks: list[Mark], bare: list[bool]) -> bool:
    """ "STOP. Merci": the word of refusal between two ends, at the start or the end."""
    for at, is_bare in enumerate(bare):
        opens = at == 0 or marks[at - 1].kind in _ENDS
        closes = at + 1 == len(marks) or marks[at + 1].kind in _ENDS
        if is_bare and opens and closes:
            return True
    return False


def _digit(text: _Text, asked: Asked) -> Understood | None:
    """A digit, or a number in letters, and nothing else that says something."""
    if text.asks or not any(mark.number is not None for mark in text.marks):
        return _stars(text) if asked is Asked.RATING else None
    if asked is Asked.RATING:
        return _rating(text)
    content = [mark for mark in text.marks if mark.kind in _WORDS and not _is_aside(mark)]
    if asked is Asked.HEADCOUNT or len(content) != 1 or content[0].number is None:
        return None
    at = text.marks.index(content[0])
    if at and text.marks[at - 1].senses & _SPEAKER:
        return None  # "nous 3"
    if asked is Asked.RSVP:
        return Understood(_CHOICES.get(content[0].number, Intent.OTHER))
    if asked in (Asked.REASON, Asked.SLOT) and content[0].number != WANTS_A_PERSON:
        return Understood(Intent.RATING, content[0].number)
    return Understood(Intent.HELP) if content[0].number == WANTS_A_PERSON else OTHER


def _is_aside(mark: Mark) -> bool:
    if mark.number is not None or mark.senses & _COUNTED:
        return False
    return bool(mark.senses & _BESIDE_DIGIT)


def _stars(text: _Text) -> Understood | None:
    """Stars, or "3/4"."""
    stars = sum(mark.text in _STARS for mark in text.marks)
    over = [mark.text.split("/") for mark in text.marks if mark.kind is Kind.FIGURE]
    if len(over) == 1 and len(over[0]) == 2 and len(over[0][0]) == 1:
        return _rated(int(over[0][0])) if int(over[0][1]) in _SCALES else OTHER
    return _rated(stars) if stars and not text.asks else None


def _rating(text: _Text) -> Understood | None:
    numbers = [mark.number for mark in text.marks if mark.number is not None]
    if len(numbers) == 2 and text.marks[0].spelled and numbers[0] == 1:
        numbers = numbers[1:]  # "un bon 4"
    if len(numbers) == 2 and _is_scale(text.marks, numbers):
        numbers = numbers[:1]  # "3 sur 4"
    if len(set(numbers)) != 1:
        return None
    return OTHER if text.unknown > 1 or text.has(*_NOT_RATED) else _rated(numbers[0])


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


def _wish(text: _Text, decided: Verdict | None) -> Understood | None:
    """Silence for some time, another language, a person, help, another date, or us again."""
    if Sense.PAUSE in text.said and not text.asks and text.only(_BESIDE_PAUSE):
        return Understood(Intent.PAUSE)
    polarity = decided.polarity if decided is not None else Polarity.UNCLEAR
    strength = decided.strength if decided is not None else Strength.WEAK
    clear = polarity is not Polarity.UNCLEAR
    language = _language(text)
    if {Sense.YES, Sense.NO, Sense.RESCHEDULE} <= text.said:  # "non mais un autre jour oui"
        return Understood(Intent.RESCHEDULE, question=True)
    if clear and strength is Strength.WORD:
        unread = polarity is Polarity.MAYBE and Sense.SPEAK in text.said
        return language if unread else None  # "Fransızca bilmiyorum" is no maybe
    if language:
        return language
    if Sense.HUMAN in text.said:
        return _READ_BY_A_PERSON
    if Sense.RESCHEDULE in text.said and polarity is not Polarity.NO:
        return Understood(Intent.RESCHEDULE, question=True)
    if clear and strength is not Strength.WEAK:
        return None
    if Sense.HELP in text.said:
        return Understood(Intent.HELP)
    starts = Sense.START in text.said and text.only(_BESIDE_START)
    return Understood(Intent.START) if starts else None


def _language(text: _Text) -> Understood | None:
    """A language that the parent wants, or cannot read."""
    named = [mark.language for mark in text.marks if mark.language and mark.number is None]
    if Sense.LANGUAGE in text.said:
        return Understood(Intent.LANGUAGE, named[-1] if named else None)
    if not named:
        return None
    about = Sense.SPEAK in text.said or all(
        mark.language or mark.senses & _BESIDE_LANGUAGE or mark.kind not in _WORDS
        for mark in text.marks
    )
    if not about:
        return None
    if len(named) == 1 and text.has(*_REFUSES_LANGUAGE):
        return Understood(Intent.LANGUAGE, question=True)
    return Understood(Intent.LANGUAGE, named[-1])


def _answer(text: _Text, asked: Asked, decided: Verdict | None) -> Understood | None:
    """Yes, no and maybe, with how many."""
    if decided is None:
        return None
    if decided.polarity is Polarity.UNCLEAR or (decided.others and asked is Asked.ANY):
        return _READ_BY_A_PERSON
    if asked is Asked.ANY and (text.unknown or not text.has(*_ANSWERING)):
        return _READ_BY_A_PERSON  # nothing was asked: "je travaille" may mean anything
    if Sense.DOUBT in text.said and decided.polarity is not Polarity.NO:
        return _READ_BY_A_PERSON
    intent = _DECISIONS[decided.polarity]
    if asked is Asked.HEADCOUNT and intent is Intent.NO and (corrected := _corrected(text)):
        return corrected
    if asked is Asked.HEADCOUNT and intent is not Intent.NO and (counted := _count(text, asked)):
        return counted
    if asked is Asked.RATING and (intent is Intent.MAYBE or decided.strength is Strength.WEAK):
        return OTHER  # "je sais pas", "très bien": a rating is a number
    reads = decided.question or text.asks or text.has(Sense.HUMAN, Sense.RESCHEDULE)
    people = None if intent is Intent.NO or asked is Asked.RATING else party(text.marks)
    if (
        people is None
        or (people.total is None and not people.children)
        or _is_choice(people, asked)
    ):
        return Understood(intent, question=reads)
    return Understood(intent, people.total, people.adults, people.children, reads)


def _is_choice(people: Party, asked: Asked) -> bool:
    """ "1 oui" is the first choice of the menu, not one person."""
    return people.bare and people.total == 1 and asked is Asked.RSVP


def _count(text: _Text, asked: Asked) -> Understood | None:
    """People counted."""
    people = party(text.marks)
    if people is not None and not people.bare and all(clause.asks for clause in text.clauses):
        return _READ_BY_A_PERSON  # "2 enfants, c'est possible ?"
    if asked is Asked.HEADCOUNT:
        if people is None:
            return Understood(Intent.HEADCOUNT, question=True) if _whole_family(text) else None
    elif people is None or people.bare:
        return None
    elif people.total is None:
        return _READ_BY_A_PERSON
    unsure = people.total is None or text.asks
    return Understood(
        Intent.HEADCOUNT, people.total, people.adults, people.children, question=unsure
    )


def _corrected(text: _Text) -> Understood | None:
    """ "4, non 3", "pas 4 mais 3": numbers alone, of which the last one counts."""
    numbers = [mark.number for mark in text.marks if mark.number is not None]
    turned = text.has(Sense.BUT) or (len(numbers) > 1 and Sense.NO in text.said)
    if len(numbers) != 2 or not turned or text.unknown or text.marks[-1].number != numbers[-1]:
        return None
    if not all(mark.number is not None or mark.senses <= _CORRECTS for mark in text.marks):
        return None
    return Understood(Intent.HEADCOUNT, numbers[-1])


def _whole_family(text: _Text) -> bool:
    return Sense.FAMILY in text.said and not text.asks


def _hope(text: _Text) -> Understood | None:
    """ "Inchallah" alone."""
    hopes = Sense.HOPE in text.said and text.only(_BESIDE_HOPE)
    return Understood(Intent.MAYBE) if hopes else None


def _leftover(text: _Text) -> Understood:
    if text.asks or text.has(Sense.IF, Sense.LATE):
        return _READ_BY_A_PERSON
    return Understood(Intent.OTHER, question=text.unknown >= _MUCH)
