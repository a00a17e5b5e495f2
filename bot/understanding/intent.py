"""What a parent's free text means.

The order of the rules is the order of what costs most: a refusal of messages is heard first, then
a wish for a person or another language, then yes, no and maybe, then how many. What no rule
recognises is `other` (we ask back); what a person must read is a `question`.

`language` is what the parent declared. The same letters mean yes in one language and no in
another, so without it only words on which languages agree are understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.messages import Asked
from bot.understanding.clauses import NEGATIONS, Clause
from bot.understanding.corrections import corrected
from bot.understanding.doubts import is_reported
from bot.understanding.lexicon import Lexicon, lexicon
from bot.understanding.marks import Kind, Mark, read
from bot.understanding.normalise import LONGEST
from bot.understanding.numbers import Party, is_counting_unknown, party
from bot.understanding.polarity import Verdict, verdict
from bot.understanding.ratings import digit
from bot.understanding.refusals import refusal
from bot.understanding.sayings import Polarity, Strength
from bot.understanding.senses import Sense
from bot.understanding.spoken import WORDS, Spoken, spoken
from bot.understanding.understood import OTHER, READ_BY_A_PERSON, Intent, Scope, Understood

__all__ = ["Intent", "Scope", "Understood", "understand", "understand_with"]

_DECISIONS = {Polarity.YES: Intent.YES, Polarity.NO: Intent.NO, Polarity.MAYBE: Intent.MAYBE}
_MUCH = 4  # unknown words from which a text deserves a reader
_MOST_MARKS = 80

_ASIDE = frozenset({Sense.POLITE, Sense.FILLER, Sense.FIRST, Sense.THEY, Sense.SORRY})
_ANSWERING = (Sense.YES, Sense.NO, Sense.COME, Sense.ATTEND, Sense.CAN)
_OURS = (Sense.MESSAGES, Sense.SEND, Sense.CEASE, Sense.LISTED)
_BARE_ANSWER = frozenset({
    Sense.YES, Sense.YES_ALONE, Sense.NO, Sense.NO_ALONE, Sense.POLITE, Sense.SORRY,
})  # fmt: skip
_BOTH = frozenset({Sense.YES, Sense.NO})
_MENU = (Sense.YES, Sense.NO, Sense.MAYBE)  # a text that holds all three repeats our menu
_BESIDE_HOPE = _ASIDE | {Sense.HOPE, Sense.ATTEND, Sense.CAN}
_BESIDE_START = _ASIDE | {Sense.START, Sense.WANT, Sense.MESSAGES}
_BESIDE_PAUSE = _ASIDE | {Sense.PAUSE, Sense.WANT, Sense.MESSAGES, Sense.WITH}
_BESIDE_LANGUAGE = _ASIDE | {
    Sense.BEFORE, Sense.WITH, Sense.YES_ALONE, Sense.YES, Sense.GOOD, Sense.NO, Sense.WANT,
    Sense.MESSAGES, Sense.SEND, Sense.ADULT, Sense.OR, Sense.ME, Sense.ONLY,
}  # fmt: skip
_REFUSED = NEGATIONS | {Sense.NO, Sense.MAYBE}
_REFUSES_LANGUAGE = (Sense.NOT, Sense.NOT_AFTER, Sense.NO, Sense.MAYBE, Sense.HELP)


def understand(text: str, language: str | None = None, asked: Asked = Asked.ANY) -> Understood:
    """What `text` means to somebody who was asked `asked`. Never raises."""
    return understand_with(lexicon(language), text, asked)


def understand_with(words: Lexicon, text: str, asked: Asked = Asked.ANY) -> Understood:
    """What `text` means in one lexicon."""
    said = spoken(read(text, words))
    if not said.clauses:
        return OTHER
    if refused := refusal(said, asked):
        return refused
    if len(text) > LONGEST or len(said.marks) > _MOST_MARKS:
        return READ_BY_A_PERSON
    if (turned := corrected(said, asked)) is not None:
        return turned
    if (chosen := digit(said, asked)) is not None:
        return chosen
    if Sense.SAY in said.said and is_reported(said.marks):
        return READ_BY_A_PERSON
    if (said.asks and Sense.ELSEWHERE in said.said) or _offers_both(said):
        return READ_BY_A_PERSON  # "did she tell you no?"
    decided = verdict(said.clauses)
    return (
        _wish(said, asked, decided)
        or _answer(said, asked, decided)
        or _count(said, asked)
        or _hope(said, asked)
        or _leftover(said)
    )


def _offers_both(text: Spoken) -> bool:
    """ "Tu viens ? oui ou non": yes and no with an "or" between ask for an answer."""
    if Sense.OR not in text.said or Sense.MAYBE in text.said:
        return False
    return any(
        Sense.OR in each.senses
        and (before.senses | after.senses) >= _BOTH
        and not before.senses >= _BOTH
        for before, each, after in zip(text.marks, text.marks[1:], text.marks[2:], strict=False)
    )


def _wish(text: Spoken, asked: Asked, decided: Verdict | None) -> Understood | None:
    """Silence for some time, another language, a person, help, another date, or us again."""
    if Sense.PAUSE in text.said and not text.asks and text.only(_BESIDE_PAUSE):
        return Understood(Intent.PAUSE)
    polarity = decided.polarity if decided is not None else Polarity.UNCLEAR
    strength = decided.strength if decided is not None else Strength.WEAK
    clear = polarity is not Polarity.UNCLEAR
    language = _language(text)
    if {Sense.YES, Sense.NO, Sense.RESCHEDULE} <= text.said:  # "non mais un autre jour oui"
        return Understood(Intent.RESCHEDULE, question=True)
    if polarity is Polarity.MAYBE and Sense.HUMAN in text.said:
        return READ_BY_A_PERSON  # "vous pouvez m'appeler, je sais pas bien écrire"
    if language and asked is Asked.ANY and polarity is Polarity.YES:
        return language  # "pode escrever em francês, não há problema"
    if clear and strength is Strength.WORD:
        unread = polarity is Polarity.MAYBE and Sense.SPEAK in text.said
        return language if unread else None  # "Fransızca bilmiyorum" is no maybe
    if language:
        return language
    if Sense.HUMAN in text.said:
        return READ_BY_A_PERSON
    if Sense.RESCHEDULE in text.said and polarity is not Polarity.NO:
        return Understood(Intent.RESCHEDULE, question=True)
    if clear and strength is not Strength.WEAK:
        return None
    if Sense.HELP in text.said:
        return Understood(Intent.HELP)
    starts = Sense.START in text.said and text.only(_BESIDE_START)
    return Understood(Intent.START) if starts else None


def _language(text: Spoken) -> Understood | None:
    """A language that the parent wants, or cannot read."""
    named = [mark.language for mark in text.marks if mark.language and mark.number is None]
    if len(set(named)) > 1 and not text.has(*_REFUSES_LANGUAGE):
        return READ_BY_A_PERSON  # "my language is Arabic but French is fine"
    if Sense.LANGUAGE in text.said:
        return Understood(Intent.LANGUAGE, named[-1] if named else None)
    if not named:
        return None
    about = Sense.SPEAK in text.said or all(
        mark.language or mark.senses & _BESIDE_LANGUAGE or mark.kind not in WORDS
        for mark in text.marks
    )
    if not about:
        return None
    if not text.has(*_REFUSES_LANGUAGE):
        return Understood(Intent.LANGUAGE, named[-1])
    wanted = {each for clause in text.clauses for each in _wanted(clause)}
    if len(wanted) == 1 and len(set(named)) > 1:
        return Understood(Intent.LANGUAGE, wanted.pop())
    return Understood(Intent.LANGUAGE, question=True)


def _wanted(clause: Clause) -> Iterator[str]:
    """The languages of a clause that no negation stands before: "in română, nu știu franceza"."""
    for at, mark in enumerate(clause.marks):
        refused = any(each.senses & _REFUSED for each in clause.marks[max(0, at - 3) : at])
        refused = refused or any(each.senses & NEGATIONS for each in clause.marks[at + 1 : at + 4])
        if mark.language and mark.number is None and not refused:
            yield mark.language


def _answer(text: Spoken, asked: Asked, decided: Verdict | None) -> Understood | None:
    """Yes, no and maybe, with how many."""
    if decided is None:
        return None
    if decided.others and asked is Asked.HEADCOUNT and (counted := _count(text, asked)):
        return counted  # "on est 3, mon mari ne vient pas"
    if decided.polarity is Polarity.UNCLEAR and asked is Asked.RATING and not text.asks:
        return Understood(Intent.OTHER, question=True)  # we ask for a number again
    if decided.polarity is Polarity.UNCLEAR or (decided.others and asked is Asked.ANY):
        return READ_BY_A_PERSON
    if asked is Asked.ANY and decided.strength is Strength.WEAK and not text.unknown:
        return OTHER  # "super merci"
    if asked is Asked.ANY and not _answers_unasked(text, decided):
        return READ_BY_A_PERSON  # nothing was asked: "je travaille" may mean anything
    if asked is Asked.RATING and text.asks:
        return READ_BY_A_PERSON  # "c'est sur combien ?"
    if asked is Asked.RATING and not text.only(_BARE_ANSWER):
        return OTHER  # "pas de problème, c'était bien": a rating is a number
    if Sense.ELSEWHERE in text.said or all(text.has(each) for each in _MENU):
        return READ_BY_A_PERSON
    if decided.polarity is Polarity.MAYBE and Sense.HELP in text.said:
        return READ_BY_A_PERSON  # "I don't understand how to answer"
    if decided.polarity is not Polarity.NO and (Sense.DOUBT in text.said or _tells_problem(text)):
        return READ_BY_A_PERSON
    intent = _DECISIONS[decided.polarity]
    if asked is Asked.HEADCOUNT and intent is Intent.NO and _numbers(text):
        return READ_BY_A_PERSON  # "non pas 3, on est 4 avec mamie"
    if asked is Asked.HEADCOUNT and intent is not Intent.NO and (counted := _count(text, asked)):
        return counted
    if asked is Asked.HEADCOUNT and intent is not Intent.NO and _holds_figures(text):
        return READ_BY_A_PERSON  # "we come around 3pm"
    if asked is Asked.RATING and (intent is Intent.MAYBE or decided.strength is Strength.WEAK):
        return OTHER  # "je sais pas", "très bien": a rating is a number
    reads = decided.question or text.asks or text.has(Sense.HUMAN, Sense.RESCHEDULE)
    people = None if intent is Intent.NO or asked is Asked.RATING else party(text.marks)
    if (
        people is None
        or (people.bare and (text.unknown or text.asks or Sense.LATE in text.said))
        or (people.total is None and not people.children)
        or _is_choice(people, asked)
    ):
        return Understood(intent, question=reads)
    return Understood(intent, people.total, people.adults, people.children, reads)


def _holds_figures(text: Spoken) -> bool:
    """Something is counted or told in digits, and it is not people."""
    return any(mark.kind is not Kind.WORDS for mark in text.marks if mark.kind in WORDS) or any(
        character.isdigit() for mark in text.marks for character in mark.text
    )


def _answers_unasked(text: Spoken, decided: Verdict) -> bool:
    """Where nothing was asked, only who does not come, or a plain "yes" to what we wrote, counts.

    Both in words that we know all.
    """
    if (
        text.unknown
        or text.has(*_OURS)
        or not text.has(*_ANSWERING)
        or decided.polarity is Polarity.MAYBE
    ):
        return False
    return decided.polarity is Polarity.NO or decided.strength is not Strength.WEAK


def _tells_problem(text: Spoken) -> bool:
    """ "Oui bonjour, j'ai un problème avec ...": a problem that nothing negates."""
    return any(
        Sense.PROBLEM in mark.senses and at not in clause.negated
        for clause in text.clauses
        for at, mark in enumerate(clause.marks)
        if not (at and {Sense.NO, Sense.BEFORE} <= clause.marks[at - 1].senses)
    )


def _is_choice(people: Party, asked: Asked) -> bool:
    """ "1 oui" is the first choice of the menu, not one person."""
    return people.bare and people.total == 1 and asked is Asked.RSVP


def _count(text: Spoken, asked: Asked) -> Understood | None:
    """People counted."""
    people = party(text.marks)
    if people is not None and len(_numbers(text)) > 1 and _denies_number(text.marks):
        return READ_BY_A_PERSON  # "5 değil 3 kişi geleceğiz"
    if people is not None and not people.bare and all(clause.asks for clause in text.clauses):
        return READ_BY_A_PERSON  # "2 enfants, c'est possible ?"
    if people is not None and Sense.ELSEWHERE in text.said and asked is not Asked.HEADCOUNT:
        return READ_BY_A_PERSON
    if people is not None and any(is_counting_unknown(text.marks, at) for at in _places(text)):
        return READ_BY_A_PERSON  # "10 lira"
    if asked is Asked.HEADCOUNT:
        if people is None:
            return Understood(Intent.OTHER, question=True) if _whole_family(text) else None
    elif people is None or people.bare:
        return None
    elif people.total is None:
        return READ_BY_A_PERSON
    unsure = people.total is None or text.asks
    return Understood(
        Intent.HEADCOUNT, people.total, people.adults, people.children, question=unsure
    )


def _numbers(text: Spoken) -> frozenset[int]:
    return frozenset(mark.number for mark in text.marks if mark.number is not None)


def _denies_number(marks: Sequence[Mark]) -> bool:
    """A negation right beside a number."""
    return any(
        (one.number is not None and beside.senses & NEGATIONS)
        or (beside.number is not None and one.senses & NEGATIONS)
        for one, beside in pairwise(marks)
    )


def _places(text: Spoken) -> range:
    return range(len(text.marks))


def _whole_family(text: Spoken) -> bool:
    return Sense.FAMILY in text.said and not text.asks


def _hope(text: Spoken, asked: Asked) -> Understood | None:
    """ "Inchallah" alone, to a question that it can answer."""
    hopes = asked is not Asked.ANY and Sense.HOPE in text.said and text.only(_BESIDE_HOPE)
    return Understood(Intent.MAYBE) if hopes else None


def _leftover(text: Spoken) -> Understood:
    if text.asks or text.has(Sense.IF, Sense.LATE):
        return READ_BY_A_PERSON
    return Understood(Intent.OTHER, question=text.unknown >= _MUCH)
