"""A machine that proposes translations: what it must not touch is hidden from it. Pure.

    "À 14 h, Salle bleue" -> "À ⟦1⟧, ⟦2⟧" -> machine -> "Saat ⟦1⟧, ⟦2⟧" -> "Saat 14 h, Salle bleue"

Its output is a draft, whoever it comes from. What it has lost or doubled is found here and said.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Protocol

from bot.errors import BotError
from bot.invariants import spans
from bot.languages import FALLBACK

MARK = re.compile(r"⟦\s*(\d+)\s*⟧")
BUDGET = 10  # texts for one page
MOST_KEPT = 300
AUTO = "auto"  # let the machine find out the language

DAMAGED = (
    "La proposition du moteur a perdu un nombre, un lien ou un nom. Rien n'est enregistré : "
    "écrivez la traduction vous-même, ou réessayez."
)


class TranslationFailed(BotError):
    """The machine gave nothing of use; the text, in French, says what to do."""


class Translator(Protocol):
    """A machine that translates. It keeps nothing, and neither do we."""

    def translate(self, lines: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Translate some lines; give as many. Raises TranslationFailed."""
        ...

    def check(self) -> frozenset[str]:
        """Ask which of our languages it can write. Raises TranslationFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Hidden:
    """A text whose fixed parts stand under numbers."""

    text: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What parents wrote in French, by their own words; `failure`: why the rest is not there."""

    french: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""


def hide(text: str, names: Iterable[str] = ()) -> Hidden:
    """Put numbers in the place of links, hours, numbers, placeholders and names."""
    found = [*spans(text)]
    for name in filter(str.strip, names):
        for one in re.finditer(rf"(?<!\w){re.escape(name.strip())}(?!\w)", text, re.IGNORECASE):
            found = [each for each in found if each[1] <= one.start() or one.end() <= each[0]]
            found.append(one.span())
    kept: list[str] = []
    told, at = "", 0
    for start, end in sorted(found):
        if start < at:
            continue
        kept.append(text[start:end])
        told, at = f"{told}{text[at:start]}⟦{len(kept)}⟧", end
    return Hidden(told + text[at:], tuple(kept))


def show(translated: str, hidden: Hidden) -> str:
    """Put the fixed parts back. Raises TranslationFailed where one is lost or there twice."""
    seen = [int(one) for one in MARK.findall(translated)]
    if sorted(seen) != list(range(1, len(hidden.parts) + 1)):
        raise TranslationFailed(DAMAGED)
    return MARK.sub(lambda one: hidden.parts[int(one[1]) - 1], translated)


def propose(
    translator: Translator,
    texts: Sequence[str],
    source: str,
    target: str,
    names: Iterable[str] = (),
) -> tuple[str, ...]:
    """Let the machine translate some texts, line by line, with what is fixed left alone.

    Raises TranslationFailed.
    """
    called = tuple(names)
    lines = [line for text in texts for line in text.split("\n")]
    hidden = [hide(line, called) for line in lines]
    asked = [one.text for one in hidden if MARK.sub("", one.text).strip()]
    answers = iter(translator.translate(asked, source, target) if asked else ())
    told = [
        show(next(answers), one).strip() if MARK.sub("", one.text).strip() else line
        for one, line in zip(hidden, lines, strict=True)
    ]
    given = iter(told)
    return tuple("\n".join(next(given) for _ in text.split("\n")) for text in texts)


class Readings:
    """What parents wrote, in French for the team: in memory, for a while, and never logged.

    A page waits for `BUDGET` texts at most; once the machine has failed, it is left alone.
    """

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def read(self, texts: Iterable[tuple[str, tuple[str, ...]]]) -> Read:
        """Put texts into French, each with the names in it that the machine is not shown.

        Gives what could be read, by text: one that is French already is left out.
        """
        found: dict[str, str] = {}
        asked = 0
        for text, names in texts:
            key = sha256(text.encode()).digest()
            known = self._get(key)
            if known is None:
                if asked == BUDGET:
                    break
                asked += 1
                try:
                    [known] = propose(self._translator, [text], AUTO, FALLBACK, names)
                except TranslationFailed as failure:
                    return Read(found, str(failure))
                self._keep(key, known)
            if known.strip().casefold() != text.strip().casefold():
                found[text] = known
        return Read(found)

    def _get(self, key: bytes) -> str | None:
        with self._lock:
            return self._known.get(key)

    def _keep(self, key: bytes, text: str) -> None:
        with self._lock:
            self._known[key] = text
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
