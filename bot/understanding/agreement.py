"""What several languages say together, where nobody told us the language of a text.

A phrase on which two of them disagree says nothing; one that negates in any of them never lets us
hear a yes around it.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.understanding.senses import Entry, Phrase, Phrases, Sense

_SAYS_YES = frozenset({Sense.YES, Sense.YES_ALONE})
_SAYS_NO = frozenset({Sense.NO, Sense.NO_ALONE, Sense.NOT, Sense.NOT_AFTER})
_NEGATES = frozenset({Sense.NOT, Sense.NOT_AFTER})
_TURNS = _NEGATES | {Sense.IF}
_QUIET = frozenset({Sense.FILLER, Sense.FIRST, Sense.ME, Sense.POLITE, Sense.AND, Sense.WITH,
                    Sense.BEFORE, Sense.UNIT})  # fmt: skip

_SMALL = _QUIET | _TURNS | {Sense.BUT, Sense.OR}


def _shared(readings: list[Entry]) -> Entry | None:
    """What several languages agree on, or nothing."""
    first = readings[0]
    named = {(each.number, each.language) for each in readings}
    if len(named) > 1:
        return _sole_number(readings) or _doubted(readings)
    senses = first.senses.intersection(*[each.senses for each in readings])
    if not senses and len(readings) > 1:
        senses = _least(frozenset[Sense]().union(*[each.senses for each in readings]))
    if senses or all(each == first for each in readings):
        return Entry(senses, first.number, first.language)
    return _doubted(readings)


def _sole_number(readings: list[Entry]) -> Entry | None:
    """A number, where the other languages have a word of grammar."""
    numbers = {each.number for each in readings if each.number is not None}
    others = [each for each in readings if each.number is None]
    quiet = all(each.senses <= _QUIET and each.language is None for each in others)
    return Entry(frozenset({Sense.ONLY}), numbers.pop()) if len(numbers) == 1 and quiet else None


def _doubted(readings: list[Entry]) -> Entry | None:
    """A word that negates or sets a condition somewhere never lets us hear a yes around it."""
    turning = [each for each in readings if each.senses & _TURNS]
    if 2 * len(turning) > len(readings) and len(readings) > 2:
        return Entry(frozenset({Sense.NOT})) if turning[0].senses & _NEGATES else None
    return Entry(frozenset({Sense.DOUBT})) if turning else None


def _least(both: frozenset[Sense]) -> frozenset[Sense]:
    """A word that answers in one language and is quiet in another answers only when alone."""
    for answers, alone in ((_SAYS_YES, Sense.YES_ALONE), (_SAYS_NO, Sense.NO_ALONE)):
        if both & answers and both <= answers | _QUIET:
            return frozenset({alone})
    return frozenset()


def agreed(lexicons: Iterable[Phrases]) -> Phrases:
    readings: dict[Phrase, list[Entry]] = {}
    for phrases in lexicons:
        for phrase, entry in phrases.items():
            readings.setdefault(phrase, []).append(entry)
    agreed = ((phrase, _shared(entries)) for phrase, entries in readings.items())
    return {phrase: entry for phrase, entry in agreed if entry is not None}


def not_french(phrases: Phrases, french: Phrases) -> Phrases:
    """Without the small words that French words make in another language: "n'a", "mais a"."""
    words = {word for phrase in french for word in phrase}
    return {
        phrase: entry
        for phrase, entry in phrases.items()
        if len(phrase) == 1 or not entry.senses <= _SMALL or not words.issuperset(phrase)
    }
