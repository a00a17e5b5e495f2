"""Which of the offered moments a text names: "lundi", "mardi à 17h", "le 3 décembre". Pure.

Nothing is guessed. Every word must be known and quiet beside the day and the hour, and exactly one
offered moment must fit: "pas lundi", "lundi ou mardi", "après 17h" and "lundi matin" name none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache

from babel import Locale

from bot.messages import Choice, Say
from bot.translation import readable
from bot.understanding.lexicon import lexicon
from bot.understanding.marks import Kind, Mark, read
from bot.understanding.normalise import fold
from bot.understanding.senses import Sense

HOUR = re.compile(r"([01]?\d|2[0-3])[h:.]([0-5]\d)?")
DAY_AND_MONTH = re.compile(r"([0-3]?\d)/([01]?\d)")
ORDINAL = re.compile(r"([0-3]?\d)(?:er|re|e|st|nd|rd|th)")
HOURS = {"h": 0, "hr": 0, "hrs": 0, "heure": 0, "heures": 0, "am": 0, "pm": 12}  # after a number
WIDTHS = ("wide", "abbreviated")
ALWAYS_HEARD = ("fr", "en")  # every parent in France meets both

QUIET = frozenset({
    Sense.POLITE, Sense.YES, Sense.YES_ALONE, Sense.GOOD, Sense.FILLER, Sense.FIRST, Sense.ME,
    Sense.BEFORE, Sense.WITH, Sense.COME, Sense.CAN, Sense.WANT, Sense.HOPE, Sense.UNIT,
})  # fmt: skip
LOUD = frozenset({
    Sense.NO, Sense.NO_ALONE, Sense.BARE_NO, Sense.NOT, Sense.NOT_AFTER, Sense.BUT, Sense.OR,
    Sense.IF, Sense.ASK, Sense.LATE, Sense.MAYBE, Sense.BUSY, Sense.HARD, Sense.PAST, Sense.DAY,
})  # fmt: skip


@dataclass(slots=True)
class _Named:
    """What a text says of a moment. `numbers` may be a day of the month or an hour."""

    weekdays: set[int] = field(default_factory=set)  # 0: Monday
    months: set[int] = field(default_factory=set)
    days: set[int] = field(default_factory=set)  # of a month
    hours: set[time] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)

    def fits(self, on: date, at: time) -> bool:
        """Whether a moment is all that was said."""
        said = (
            (self.weekdays, on.weekday()),
            (self.months, on.month),
            (self.days, on.day),
            (self.hours, at),
        )
        return all(not named or named == {one} for named, one in said) and all(
            number in (on.day, at.hour, at.hour - 12) for number in self.numbers
        )

    @property
    def anything(self) -> bool:
        """Whether a day or an hour was named; a bare number is neither."""
        return bool(self.weekdays or self.months or self.days or self.hours)


def named(question: Say, text: str, language: str | None) -> Choice | None:
    """The one offered moment that the text names; None where it names none, or several."""
    moments = list(_moments(question))
    said = _said(read(text, lexicon(language)), language) if moments else None
    if said is None or not said.anything:
        return None
    found = [choice for choice, on, at in moments if said.fits(on, at)]
    return found[0] if len(found) == 1 else None


def _moments(question: Say) -> Iterator[tuple[Choice, date, time]]:
    for choice in question.choices:
        on, at = (choice.label.params.get(name) for name in ("day", "hour"))
        if isinstance(on, date) and isinstance(at, time):
            yield choice, on, at


def _said(marks: list[Mark], language: str | None) -> _Named | None:
    """All that the marks say of a moment; None where one of them says anything else."""
    said = _Named()
    names = _names(readable(language))
    for place, mark in enumerate(marks):
        after = marks[place + 1].text if place + 1 < len(marks) else ""
        if not _take(said, mark, after, names):
            return None
    return said


def _take(said: _Named, mark: Mark, after: str, names: dict[str, tuple[str, int]]) -> bool:
    """Add what one mark says; False where it says anything else than a moment."""
    match mark.kind:
        case Kind.PAUSE | Kind.END:
            return True
        case Kind.QUESTION:
            return False
        case Kind.FIGURE:
            return _take_figure(said, mark.text)
        case Kind.NUMBER:
            return _take_number(said, mark.number, after)
    if ordinal := ORDINAL.fullmatch(mark.text):
        said.days.add(int(ordinal[1]))
        return True
    found = [names[word] for word in mark.text.split() if word in names]
    for part, number in found:
        (said.weekdays if part == "weekday" else said.months).add(number)
    if found:
        return True
    return bool(mark.senses & QUIET) and not mark.senses & LOUD


def _take_figure(said: _Named, text: str) -> bool:
    if hour := HOUR.fullmatch(text):
        said.hours.add(time(int(hour[1]), int(hour[2] or 0)))
        return True
    if written := DAY_AND_MONTH.fullmatch(text):
        said.days.add(int(written[1]))
        said.months.add(int(written[2]))
        return True
    return False


def _take_number(said: _Named, number: int | None, after: str) -> bool:
    if number is None:
        return False
    if after not in HOURS:
        said.numbers.add(number)
        return True
    hour = number + HOURS[after] if number < 12 else number
    if hour < 24:
        said.hours.add(time(hour))
    return hour < 24


@lru_cache(maxsize=64)
def _names(language: str) -> dict[str, tuple[str, int]]:
    """What days of the week and months are called, as `fold` spells it."""
    found: dict[str, tuple[str, int]] = {}
    for one in dict.fromkeys((language, *ALWAYS_HEARD)):
        locale = Locale.parse(one)
        for width in WIDTHS:
            for number, name in locale.days["format"][width].items():
                found.setdefault(_first_word(name), ("weekday", number))
            for number, name in locale.months["format"][width].items():
                found.setdefault(_first_word(name), ("month", number))
    return found


def _first_word(name: str) -> str:
    """ "segunda-feira" is "segunda" to those who write it."""
    return re.split(r"[\s\-.]", fold(name), maxsplit=1)[0]
