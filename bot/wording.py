"""Sayings in words that may leave: a draft where the centre lets it, simple French where not. Pure.

A parent whose language has no messages yet reads simple French. So do those of a centre that holds
back what nobody has read: with what has been read above it. A consent that nobody has read leaves
with the French under it. Each of these is a gap, and is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.languages import FALLBACK
from bot.messages import Say, Texts
from bot.reviews import is_careful, is_ready
from bot.translation import has_catalog, readable, render_all

# Stored: add to them, never rename them.
NO_CATALOG = "no_catalog"  # their language has no messages
HELD = "held"  # its drafts are held back by the centre
STALE = "stale"  # a team's own words in it no longer say what the original says
UNREAD = "unread"  # French stands under a draft that nobody has read

INSTEAD = frozenset({NO_CATALOG, HELD, STALE})
"""Gaps that leave someone without their language: they are offered a call."""


@dataclass(frozen=True, slots=True)
class Worded:
    """Sayings in words. `language` is the one that was shown; `labels`, that of the answers."""

    text: str
    language: str
    labels: str
    gap: str = ""


def worded(says: Sequence[Say], language: str | None, *, drafts: bool = True) -> Worded:
    """Put sayings into words that may leave. `drafts`: those that nobody has read may, too."""
    shown = readable(language)
    if shown == FALLBACK:
        unwritten = language is not None and not has_catalog(language)
        return Worded(render_all(says, shown), shown, shown, NO_CATALOG if unwritten else "")
    unread = [one for one in says if not is_ready(one, shown)]
    labels = [choice.label for one in says for choice in one.choices]
    if drafts or not (unread or any(not is_ready(one, shown) for one in labels)):
        careful = [one for one in unread if is_careful(one)]
        text = _one_above(render_all(says, shown), render_all(careful, FALLBACK))
        stale = any(_is_doubtful(one, shown) for one in says)
        return Worded(text, shown, shown, STALE if stale else UNREAD if careful else "")
    read = [one for one in says if one not in unread]
    text = _one_above(render_all(read, shown), render_all(says, FALLBACK))
    return Worded(text, shown if read else FALLBACK, FALLBACK, HELD)


def _is_doubtful(saying: Say, language: str) -> bool:
    """Whether words of the team are left out in this language, for those of the original."""
    values = saying.params.values()
    if any(isinstance(value, Texts) and language in value.doubtful for value in values):
        return True
    return any(isinstance(value, Say) and _is_doubtful(value, language) for value in values)


def _one_above(own: str, french: str) -> str:
    """Both, one under the other; a line that both have stands once."""
    said = own.splitlines()
    return "\n".join([*said, *(line for line in french.splitlines() if line not in said)])
