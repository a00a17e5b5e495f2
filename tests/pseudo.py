"""A language that nobody speaks: its letters are no letters of ours, so what is left of ours shows.

What stands on a page in plain letters was never translated, or is data: names, dates, typed words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from bot import translation, watchdog
from bot.languages import catalog_path
from bot.web.console import pages

PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STRANGE = str.maketrans({one: chr(ord(one) + 0xFEE0) for one in PLAIN})  # full-width letters
KEPT = re.compile(r"(\{\w*\}|%\(\w+\)[sd]|%%|<[^>]*>|&\w+;)")
WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]{2,}")  # Latin letters
NO_WORD = re.compile(r"https?://\S+|\S+@\S+\.\w+|/[\w/.-]+|[\w-]{16,}")  # an address, a code
ELSEWHERE = re.compile(r'(?s)<(p|button|bdi|label|div)\b[^>]* lang="(?!fr)[^>]*>.*?</\1>')
READ_OUT = ("title", "placeholder", "aria-label", "alt", "label", "data-label")


class Pseudo(NullTranslations):
    """Every text in letters of its own; what is filled in stays as it is."""

    def gettext(self, message: str) -> str:
        """Put a text into them."""
        parts = KEPT.split(message)
        return "".join(one if KEPT.fullmatch(one) else one.translate(STRANGE) for one in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Put one of two texts into them."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def speak_pseudo(patch: pytest.MonkeyPatch) -> None:
    """Let everything that is read be in this language, until the patch is undone."""
    for module in (translation, pages, watchdog):
        patch.setattr(module, "catalog", lambda *_: Pseudo())
    patch.setattr(pages, "_environment", pages._environment.__wrapped__)


def words_seen(html: str) -> list[str]:
    """Every word that a page shows or that a screen reader says."""
    reader = _Reader()
    reader.feed(html)
    return [one for text in reader.texts for one in words_of(text)]


def in_french(html: str) -> str:
    """A page without what it says in another language, and says that it does."""
    return ELSEWHERE.sub("", html)


def words_of(text: str) -> list[str]:
    """The words of a text in plain letters."""
    return WORD.findall(NO_WORD.sub(" ", text))


def only_english() -> frozenset[str]:
    """The words of our source texts that no French text of ours has."""
    english: set[str] = set()
    french: set[str] = set()
    for domain in ("parents", "console"):
        with catalog_path("fr", domain=domain).open("rb") as file:
            for one in read_po(file):
                english |= _vocabulary(one.id)
                french |= _vocabulary(one.string)
    return frozenset(english - french)


def _vocabulary(texts: str | Iterable[str] | None) -> set[str]:
    several = (texts,) if isinstance(texts, str) else tuple(texts or ())
    return {one.lower() for text in several for one in WORD.findall(KEPT.sub(" ", text))}


class _Reader(HTMLParser):
    """Collects text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("style", "script"):
            self._inside.append(tag)
        self.texts += [named[one] or "" for one in READ_OUT if one in named]
        if tag == "input" and named.get("type") in ("submit", "button", "reset"):
            self.texts.append(named.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)
