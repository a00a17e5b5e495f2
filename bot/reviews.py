"""Who has read which wording: data beside each catalog, in `locales/<code>/reviews.toml`.

    [3f9c2a71d0be]                        # names the source and its translation, see fingerprint
    source = "Will you come?"
    by = "Amina B."
    on = 2026-11-20

A translation that is edited afterwards has another fingerprint, and so is a draft again. French is
the project's own wording. `back.toml` keeps, by the same names, what a wording says in French to
someone who reads only it: where the two differ, the translation has drifted.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po

from bot.flows import survey, wave, welcome
from bot.flows.alarms import emergency
from bot.flows.base import Scene
from bot.languages import FALLBACK, LOCALES, catalog_path, language_of
from bot.messages import Say, Texts


class State(StrEnum):
    """How far one wording is."""

    OWN = "own"  # French: the project wrote it
    DRAFT = "draft"  # nobody who speaks the language has read it
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Review:
    """Who read a wording and stands by it, and when."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Wording:
    """One saying in one language: all its forms, in the order of the catalog."""

    source: tuple[str, ...]  # the singular, then the plural where there is one
    forms: tuple[str, ...]
    fingerprint: str
    review: Review | None
    back: str  # in French, by someone who read only this wording; "" where nobody has, or of old

    @property
    def msgid(self) -> str:
        """What the code calls it."""
        return self.source[0]

    @property
    def is_words(self) -> bool:
        """Whether there is anything to read: a title and a line break are no words of ours."""
        return any(
            sign.isalnum() for form in self.source for text, *_ in Formatter().parse(form)
            for sign in text
        )  # fmt: skip


_ANYONE = Scene("", "", language=FALLBACK)

CAREFUL = frozenset(
    one.msgid
    for one in (
        welcome.ask(welcome.Welcome(welcome.Question.MESSAGES), _ANYONE),
        welcome.ask(welcome.Welcome(welcome.Question.SURVEYS), _ANYONE),
        survey.ask(survey.Survey(survey.Question.MAY_WE), _ANYONE),
        *(wave.ask(wave.Wave(each), _ANYONE) for each in wave.Question),
        emergency(),
    )
)
"""Consents, statements whose answers are published, where help is: no draft goes alone."""


@lru_cache(maxsize=64)
def wordings(language: str, folder: Path = LOCALES) -> Mapping[str, Wording]:
    """Every saying of a language by its msgid; none where we do not write it."""
    path = catalog_path(language, folder)
    if not path.exists():
        return {}
    reviews, backs = (
        _table(folder / language / "reviews.toml"),
        _table(folder / language / "back.toml"),
    )
    with path.open("rb") as file:
        catalog = read_po(file, locale=language_of(language).formats or language)
    found = {}
    for message in catalog:
        source, forms = as_forms(message.id), as_forms(message.string)
        if source[0]:
            name = fingerprint(source, forms)
            read = reviews.get(name)
            review = Review(str(read["by"]), read["on"]) if read else None
            back = str(backs.get(name, {}).get("french", ""))
            found[source[0]] = Wording(source, forms, name, review, back)
    return found


def as_forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """A catalog's text, or its several forms."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def fingerprint(source: Iterable[str], forms: Iterable[str]) -> str:
    """The name of these very words for this very source; with either changed, another one."""
    told = json.dumps([list(source), list(forms)], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def state_of(wording: Wording, language: str) -> State:
    """How far one wording is."""
    if language == FALLBACK:
        return State.OWN
    return State.REVIEWED if wording.review is not None else State.DRAFT


def is_ready(saying: Say, language: str) -> bool:
    """Whether a person stands by all that a saying says in this language."""
    if language == FALLBACK:
        return True
    values = saying.params.values()
    if any(isinstance(value, Texts) and language in value.drafts for value in values):
        return False
    within = [value for value in values if isinstance(value, Say)]
    wording = wordings(language).get(saying.msgid)
    own = wording is None or wording.review is not None or not wording.is_words
    return own and all(is_ready(one, language) for one in within)


def is_careful(saying: Say) -> bool:
    """Whether a draft of this never goes alone: French stands under it."""
    return saying.msgid in CAREFUL


def record(
    language: str, names: Iterable[str], review: Review, folder: Path = LOCALES
) -> tuple[Wording, ...]:
    """Write down that these wordings, by their fingerprints, were read; give those that are.

    The reviews of wordings that are no more are left out: they vouch for nothing.
    """
    wordings.cache_clear()
    current = {one.fingerprint: one for one in wordings(language, folder).values()}
    chosen = tuple(current[name] for name in names if name in current)
    kept = {name: one.review for name, one in current.items() if one.review is not None}
    kept |= {one.fingerprint: review for one in chosen}
    lines = ["# Who has read which wording; see bot/reviews.py."]
    for name in sorted(kept, key=lambda name: current[name].msgid):
        source, by = _quoted(current[name].msgid), _quoted(kept[name].by)
        lines += ["", f"[{name}]", f"source = {source}", f"by = {by}"]
        lines.append(f"on = {kept[name].on.isoformat()}")
    (folder / language / "reviews.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    wordings.cache_clear()
    return chosen


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _table(path: Path) -> Mapping[str, Mapping[str, Any]]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return tomllib.load(file)
