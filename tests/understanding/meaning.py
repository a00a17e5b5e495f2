"""How the tables of this folder write what was understood.

"yes 3"        yes, three people          "headcount 3 = 1 + 2"   one adult, two children
"yes ?"        yes, and a person reads    "language ar"           Arabic is wanted
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.messages import Asked
from bot.understanding.intent import Understood, understand

Table = dict[Asked, dict[str, tuple[str, ...]]]


def meaning(understood: Understood) -> str:
    """What was understood, in one line; who reads it is left out."""
    parts = [understood.intent.value]
    if understood.value is not None:
        parts.append(str(understood.value))
    if understood.adults is not None and understood.children is not None:
        parts.append(f"= {understood.adults} + {understood.children}")
    return " ".join(parts)


def rows(table: Table) -> Iterator[tuple[Asked, str, str]]:
    """One row for each text of a table: asked, text, expected meaning."""
    for asked, meanings in table.items():
        for expected, texts in meanings.items():
            yield from ((asked, text, expected) for text in texts)


def heard(text: str, language: str | None, asked: Asked = Asked.RSVP) -> str:
    return meaning(understand(text, language, asked))
