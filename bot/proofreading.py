"""What a machine can see wrong in a translation: of catalogs, and of what coordinators write. Pure.

It knows nothing of meaning. It sees a number that has become another, a place that is left out,
lines in another order, letters of another language, and sentences that are hard to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from bot.languages import language_of

LONGEST_SENTENCE = 12  # words; FALC

PLACEHOLDER = re.compile(r"\{(\w+)\}")
KEYWORD = re.compile(r"\b(?:STOP|START)\b")
NAME = re.compile("Telegram")  # an application writes its name so in every script
HOUR = re.compile(r"(?<!\d)(\d{1,2})(?:\s?[hH]\s?(\d{2})?|:(\d{2}))(?!\w)")
NUMBER = re.compile(r"\d+(?::\d{2})?")
SENTENCE_ENDS = re.compile(r"[.?!؟:。？！：\n]")
QUESTION_MARKS = ("?", "؟", "？")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Fault(StrEnum):
    """What is wrong."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"  # one is missing, misspelt, or too many
    NUMBER = "number"  # a number or an hour is another one
    KEYWORD = "keyword"  # STOP or START is gone
    FORMS = "forms"  # not as many forms as the language has
    LINES = "lines"  # what stands on lines is in another order
    SCRIPT = "script"  # letters that this language is not written with
    SAME = "same"  # not translated
    LONG = "long"  # a sentence with too many words


def faults(source: str, translation: str, language: str) -> tuple[Fault, ...]:
    """What is wrong with one text as a translation of another; nothing where it may be right."""
    if not translation.strip():
        return (Fault.EMPTY,) if source.strip() else ()
    wrong = {
        Fault.PLACEHOLDER: _placeholders(translation) != _placeholders(source),
        Fault.NUMBER: _numbers(translation) != _numbers(source),
        Fault.KEYWORD: _keywords(translation) != _keywords(source),
        Fault.LINES: not _in_order(source, translation),
        Fault.SCRIPT: bool(foreign_letters(translation, language)),
        Fault.SAME: translation == source and any(map(str.isalpha, _letters(source))),
        Fault.LONG: longest_sentence(translation) > LONGEST_SENTENCE,
    }
    return tuple(fault for fault, found in wrong.items() if found)


def faults_of_forms(
    source: Sequence[str], forms: Sequence[str], language: str, expected: int
) -> tuple[Fault, ...]:
    """What is wrong with a saying and all its forms. `expected`: how many the language has."""
    each = (fault for form in forms for fault in faults(source[0], form, language))
    found = dict.fromkeys(each)
    if set(forms) - set(source):
        found.pop(Fault.SAME, None)  # "1 adult" is said alike in many languages
    if len(forms) != (expected if len(source) > 1 else 1):
        found[Fault.FORMS] = None
    return tuple(found)


def foreign_letters(text: str, language: str) -> str:
    """The letters that this language is not written with, each once."""
    known = language_of(language)
    scripts = tuple(known.script.split())
    found = dict.fromkeys(
        letter
        for letter in _letters(text)
        if letter in known.strange
        or (letter.isalpha() and not unicodedata.name(letter, "").startswith(scripts))
    )
    return "".join(found)


def longest_sentence(text: str) -> int:
    """The words of the longest sentence."""
    return max(words_in(sentence) for sentence in SENTENCE_ENDS.split(text))


def words_in(sentence: str) -> int:
    """What stands between spaces; Chinese has none, and most of its words have two signs."""
    others, signs = CHINESE.subn(" ", sentence)
    return sum(any(map(str.isalnum, one)) for one in others.split()) + signs // 2


def longest_word(text: str) -> str:
    """The word with the most letters, as people see them: without vowel signs and joints."""
    words = re.split(r"[\s.,;:?!،؛؟。，：！？()]+", PLACEHOLDER.sub(" ", text))
    return max((word.strip("«»\"'\u2068\u2069") for word in words), key=_seen, default="")


def _seen(word: str) -> int:
    return sum(unicodedata.category(sign)[0] in "LN" for sign in word)


def _placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def _keywords(text: str) -> Counter[str]:
    return Counter(KEYWORD.findall(text))


def _numbers(text: str) -> Counter[str]:
    """Every number, and every hour however it is written: 14h, 14 h 00, 14:00, ١٤:٠٠."""
    plain = PLACEHOLDER.sub(" ", "".join(_ascii_digit(sign) for sign in text))
    hours = HOUR.sub(lambda found: f"{int(found[1])}:{found[2] or found[3] or '00'} ", plain)
    return Counter(one.lstrip("0") or "0" for one in NUMBER.findall(hours))


def _ascii_digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)


def _letters(text: str) -> Iterator[str]:
    return iter(NAME.sub("", KEYWORD.sub("", PLACEHOLDER.sub("", text))))


def _in_order(source: str, translation: str) -> bool:
    """Whether what stands on lines of its own follows the source, its question last."""
    lines = [line for line in translation.splitlines() if line.strip()]
    if len(lines) < 2:
        return True
    places = [_first_place(source, line) for line in lines]
    known = [place for place in places if place is not None]
    opens = PLACEHOLDER.search(re.split(r"[.?!\n]", source)[0]) is not None
    asks = source.rstrip().endswith("?")
    return (
        known == sorted(known)
        and (opens or places[0] is None)
        and lines[-1].rstrip().endswith(QUESTION_MARKS) == asks
    )


def _first_place(source: str, line: str) -> int | None:
    """Where in the source the first of a line's placeholders stands."""
    found = [source.find(f"{{{name}}}") for name in PLACEHOLDER.findall(line)]
    return min((place for place in found if place >= 0), default=None)
