"""What a parent's text means to one open question: a menu's digit, a shown label, or its words.

Pure; labels are read from the catalogs in the language that the parent was shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from bot.flows.answers import Answer, Explained, Maybe, No, Number, Picked, Unclear, Yes, of_code
from bot.flows.meeting import OTHER as OTHER_MOMENT
from bot.flows.menus import LANGUAGES, SKIP, YES
from bot.flows.rsvp import Question
from bot.languages import FALLBACK
from bot.messages import Asked, Choice, Say
from bot.moments import named
from bot.translation import readable, render
from bot.understanding.intent import Intent, Understood, understand
from bot.understanding.lexicon import lexicon
from bot.understanding.marks import Kind, Mark, read
from bot.understanding.normalise import fold
from bot.understanding.senses import Sense

# "B1", "b 2", "B-1.": a letter and a digit of its menu. More words only when the two touch, because
# "c 2 adultes" is how French texts spell "it is 2 adults".
LETTERED = re.compile(r"\s*([a-z])(?:(\d{1,2}\b.*)|\s*[-.:)]?\s*(\d{1,2})\s*[.!)]?\s*)", re.DOTALL)
WORDS = re.compile(r"\w+")

COURTESY = frozenset({Sense.POLITE, Sense.HOPE, Sense.SORRY})
AGREEMENT = COURTESY | {Sense.YES, Sense.YES_ALONE, Sense.GOOD}
REFUSAL = COURTESY | {
    Sense.NO, Sense.NO_ALONE, Sense.BARE_NO, Sense.NOT, Sense.NOT_AFTER, Sense.COME, Sense.ATTEND,
    Sense.CAN,
}  # fmt: skip
BESIDE = frozenset({Sense.FILLER, Sense.FIRST, Sense.ME, Sense.DAY, Sense.AND, Sense.MESSAGES})
SURVEYS = AGREEMENT | {Sense.SURVEYS, Sense.WANT, Sense.START}
REFUSALS = frozenset({Sense.NO, Sense.NO_ALONE, Sense.NOT})
CHILDREN = frozenset({Sense.CHILD, Sense.CHILDREN, Sense.FAMILY})


def hear(text: str, language: str | None, asked: Asked) -> Understood:
    """What the words mean to someone who was asked this."""
    return understand(text, language, asked)


def answer_to(question: Say | None, text: str, meant: Understood, language: str | None) -> Answer:
    """The answer that a typed text gives to the question on the table."""
    choice = picked(question, text, language)
    if choice is not None:
        return of_code(choice.code)
    if digit(text) == SKIP.key:
        return Picked(SKIP.code)
    if question is not None and question.question == Question.CHILDREN and _none(text, language):
        return Number(0, children=0)
    children = meant.children
    if children is None and meant.adults == 1 and _says(text, language, Sense.JUST_ME):
        children = 0
    match meant.intent:
        case Intent.YES:
            return Yes(meant.adults, children, _whole(meant.value))
        case Intent.NO:
            return No()
        case Intent.MAYBE:
            return Maybe()
        case Intent.RESCHEDULE if question is not None and OTHER_MOMENT in question.choices:
            return Picked(OTHER_MOMENT.code)
        case Intent.HEADCOUNT | Intent.RATING if _whole(meant.value) is not None:
            return Number(_whole(meant.value) or 0, meant.adults, children)
        case _:
            return Unclear()


def reason_in(answer: Answer, text: str, meant: Understood, language: str | None) -> Answer:
    """The answer to why they do not come: what picks no line of the menu is told in own words."""
    if isinstance(answer, Picked) or meant.intent is Intent.RATING:
        return answer
    if is_courtesy(text, language):
        return Unclear()
    return answer if decides(text, language) else Explained()


def decides(text: str, language: str | None) -> bool:
    """A yes, no or maybe about coming, and nothing that tells why."""
    meant = understand(text, language, Asked.REASON)
    if meant.intent is Intent.NO:
        bare = _made_of(REFUSAL, text, language)  # "pas de bus" is more than a no
        return bare and not gives_reason(text, language)
    changes = meant.intent in (Intent.YES, Intent.MAYBE)
    return changes and not meant.question and not gives_reason(text, language)


def gives_reason(text: str, language: str | None) -> bool:
    """ "Je travaille", "pas de voiture": who said why is not asked."""
    return any(_says(text, language, sense) for sense in (Sense.BUSY, Sense.REASON))


def picked(question: Say | None, text: str, language: str | None) -> Choice | None:
    """The choice whose digit or shown label the text repeats, or both: "1", "Oui", "1 Oui".

    Of moments, also the one that it names in other words.
    """
    said = _plain(text)
    if question is None or not said:
        return None
    for choice in question.choices:
        shown = (_plain(render(choice.label, one)) for one in (readable(language), FALLBACK))
        if any(said in (choice.key, label, f"{choice.key} {label}") for label in shown):
            return choice
    return named(question, text, language)


def digit(text: str) -> str:
    """The number that is the whole text, in ASCII digits; "" when it is anything else."""
    said = _plain(text)
    return said if said.isdecimal() else ""


def lettered(text: str, letters: Collection[str]) -> tuple[str, str]:
    """Split "B1" into the letter of an open menu and the rest; no letter when none is meant."""
    found = LETTERED.fullmatch(fold(text))
    if found and found[1].upper() in letters:
        return found[1].upper(), found[2] or found[3]
    return "", text


def is_courtesy(text: str, language: str | None) -> bool:
    """Thanks, a greeting, emoji or nothing at all: nothing that wants an answer."""
    return _made_of(COURTESY, text, language)


def only_agrees(text: str, language: str | None) -> bool:
    """ "Ok merci", "parfait", 👍: receives what was said, where a plain "oui" would decide."""
    plain = _words_for_yes()
    decides = any(word in plain for word in WORDS.findall(fold(text)))
    return not decides and _made_of(AGREEMENT, text, language)


def wants_surveys(text: str, language: str | None) -> bool:
    """ "Questionnaires oui", "oui pour les questions": our questions by name, and nothing else."""
    return any(_all_are(SURVEYS, read(text, lexicon(one))) for one in (language, None)) and any(
        _says(text, one, Sense.SURVEYS)
        and any(_says(text, one, sense) for sense in (Sense.YES, Sense.YES_ALONE, Sense.START))
        for one in (language, None)
    )


def without_words(text: str) -> bool:
    """Only signs: emoji, punctuation."""
    return not any(sign.isalnum() for sign in text)


def _plain(text: str) -> str:
    return " ".join(fold(text).split()).strip(" .!()-:,…")


def _whole(value: int | str | None) -> int | None:
    return value if isinstance(value, int) else None


def _made_of(wanted: frozenset[Sense], text: str, language: str | None) -> bool:
    """Every word carries one of these senses or stands beside them; a parent may write in another
    language than they read."""
    return any(_all_are(wanted, read(text, lexicon(one))) for one in (language, None))


def _all_are(wanted: frozenset[Sense], marks: list[Mark]) -> bool:
    if any(mark.kind is Kind.QUESTION for mark in marks):
        return False
    worded = [mark for mark in marks if mark.kind in (Kind.WORDS, Kind.NUMBER, Kind.FIGURE)]
    if any(mark.number is not None or not mark.senses & (wanted | BESIDE) for mark in worded):
        return False
    return not worded or any(mark.senses & wanted for mark in worded)


def _says(text: str, language: str | None, sense: Sense) -> bool:
    return any(sense in mark.senses for mark in read(text, lexicon(language)))


def _none(text: str, language: str | None) -> bool:
    """ "Non", "pas d'enfants": none of them, where "on ne vient pas" is about the whole family."""
    marks = [
        mark
        for mark in read(text, lexicon(language))
        if mark.kind not in (Kind.END, Kind.PAUSE) and not mark.senses & COURTESY
    ]
    refusals = [mark for mark in marks if mark.senses & REFUSALS]
    if not refusals or any(mark.kind is Kind.QUESTION or mark.number is not None for mark in marks):
        return False
    if any(mark.senses & CHILDREN for mark in marks):
        return all(mark.senses & (REFUSALS | CHILDREN | {Sense.FILLER}) for mark in marks)
    return len(marks) == 1 and " " not in marks[0].text


@lru_cache(maxsize=1)
def _words_for_yes() -> frozenset[str]:
    """The word on the "yes" button, in every language that we show."""
    return frozenset(fold(render(YES.label, language)) for language in LANGUAGES)
