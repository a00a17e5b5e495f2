"""Sayings as HTML: what stands in another language than the page says so, and is kept apart. Pure.

A screen reader changes its voice at `lang`, and `bdi` keeps the direction of a French name from
turning the Arabic words around it.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bot.languages import FALLBACK
from bot.messages import Param, Say, Texts
from bot.reviews import is_careful, is_ready
from bot.translation import direction, pattern_of, words

TEAMS_OWN = frozenset({"association", "centre", "host", "place"})
"""Placeholders whose values the team writes once, in French, for every reader."""

NUMBER = re.compile(r"[+\d ().-]{4,}")  # a telephone number


def told(saying: Say, language: str) -> Markup:
    """A saying as HTML, in this language."""
    filled = {name: shown(value, language, name) for name, value in saying.params.items()}
    return escape(pattern_of(saying, language)).format(**filled)


def told_safely(saying: Say, language: str) -> Markup:
    """A saying; under a consent, or where help is, that nobody has read stands the French."""
    own = told(saying, language)
    if not is_careful(saying) or is_ready(saying, language):
        return own
    return Markup("{}\n{}").format(own, apart(told(saying, FALLBACK), FALLBACK))


def told_all(says: tuple[Say, ...], language: str) -> Markup:
    """Several sayings, a line each."""
    lines = (told_safely(one, language) for one in says)
    return Markup("\n").join(line for line in lines if line)


def shown(value: Param, language: str, name: str = "") -> Markup:
    """One value as HTML; `name` is the placeholder that it stands for."""
    match value:
        case Markup():
            return value
        case Say():
            return told(value, language)
        case Texts() if not value.by_language.get(language):
            return apart(value.in_language(language), value.original)
        case str() if NUMBER.fullmatch(value):
            return Markup('<bdi dir="ltr">{}</bdi>').format(value)
        case str() if name in TEAMS_OWN and value and language != FALLBACK:
            return apart(value, FALLBACK)
        case _:
            return escape(words(value, language))


def apart(text: str, language: str) -> Markup:
    """Words in another language than the page."""
    bdi = Markup('<bdi lang="{}" dir="{}">{}</bdi>')
    return bdi.format(language, direction(language), text)
