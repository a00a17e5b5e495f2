"""Understanding bears missing words: it abstains more, and hardly ever says the opposite."""

from __future__ import annotations

from functools import lru_cache

import pytest

from bot.understanding.intent import Intent
from bot.understanding.lexicon import lexicon

from . import test_french, test_languages
from .dropout import (
    Known,
    Reply,
    Tally,
    often_said,
    tally,
    without_phrases,
    without_seldom,
    without_words,
)
from .meaning import Table, rows

TABLES: dict[str, Table] = {
    "fr": test_french.FRENCH,
    "ar": test_languages.ARABIC,
    "tr": test_languages.TURKISH,
    "pt": test_languages.PORTUGUESE,
    "en": test_languages.ENGLISH,
    "ro": test_languages.ROMANIAN,
}
SHARES = (0.1, 0.25)
SEEDS = (1, 2, 3)
TURNED = 0.003  # of all replies: a yes read as no, or a no as yes
WRONG = 0.015  # of the replies acted upon


@lru_cache(maxsize=1)
def replies() -> tuple[Reply, ...]:
    """The replies of the tables of this folder."""
    return tuple(
        Reply(text, language, asked, (meant := Intent(expected.split()[0])), frozenset({meant}))
        for language, table in TABLES.items()
        for asked, text, expected in rows(table)
    )


def read_with(known: Known) -> Tally:
    return tally(replies(), known)


def test_whole_lexicons_do_no_harm() -> None:
    assert read_with(lexicon).harm == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", SHARES)
def test_missing_words_cost_answers_and_not_their_sense(share: float, seed: int) -> None:
    read = read_with(without_words(share, seed, often_said(replies())[1]))
    assert read.right < read.replies
    assert read.turned <= TURNED * read.replies
    assert read.wrong <= WRONG * read.acted


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", SHARES)
def test_missing_phrases_cost_answers_and_not_their_sense(share: float, seed: int) -> None:
    read = read_with(without_phrases(share, seed, often_said(replies())[0]))
    assert read.right < read.replies
    assert read.turned <= TURNED * read.replies
    assert read.wrong <= WRONG * read.acted


def test_replies_never_seen_are_rather_left_to_a_person() -> None:
    read = read_with(without_seldom(replies()))
    assert read.turned <= TURNED * read.replies
    assert read.invented_stops == 0
