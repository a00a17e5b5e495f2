"""How the understander bears words that no lexicon holds: the nearest thing to replies unseen.

    python -m tests.understanding.dropout replies.jsonl ...

Each line is a reply, `{"text", "lang", "context", "intent", "accept", "value"}`. It is read with
whole lexicons, then with lexicons from which something was taken at random:

    phrases   each phrase, one time in `share`; its words may stay known from other phrases
    words     each word, with all the phrases that hold it: it becomes unknown
    seldom    nothing at random: every phrase that only one of the replies holds

Words that many replies hold stay: who writes again writes those again. `harm` is an answer acted
upon and wrong, or a refusal of messages missed; `turned` a yes read as no, or a no as yes.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.messages import Asked
from bot.understanding.intent import Intent, Understood, understand_with
from bot.understanding.lexicon import (
    Lexicon,
    compiled,
    file_code,
    lexicon,
    phrases_of,
)
from bot.understanding.marks import read
from bot.understanding.senses import Phrase, Phrases

SAFE = frozenset({Intent.OTHER, Intent.QUESTION, Intent.HELP})  # a person reads, or we ask again
OPPOSITE = {Intent.YES: Intent.NO, Intent.NO: Intent.YES}
OFTEN = 12  # replies from which on a phrase or a word is taken to be known to everybody
SHARES = (0.1, 0.25)
SEEDS = range(3)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, and what it means."""

    text: str
    language: str
    asked: Asked
    intent: Intent
    accepted: frozenset[str]
    values: frozenset[int] = frozenset()
    countless: bool = False  # its number counts nobody


@dataclass(slots=True)
class Tally:
    """What became of the replies."""

    replies: int = 0
    right: int = 0
    acted: int = 0
    wrong: int = 0
    turned: int = 0
    invented_stops: int = 0
    missed_stops: int = 0

    @property
    def harm(self) -> float:
        return 100 * (self.wrong + self.missed_stops) / (self.replies or 1)

    def __str__(self) -> str:
        right = 100 * self.right / (self.replies or 1)
        sure = 100 - 100 * self.wrong / (self.acted or 1)
        return (
            f"right {right:5.1f}  right when acting {sure:6.2f}  harm {self.harm:5.2f}  "
            f"turned {self.turned:3}  stops invented {self.invented_stops:3} "
            f"missed {self.missed_stops:3}"
        )


Known = Callable[[str], Lexicon]


def tally(replies: Iterable[Reply], known: Known) -> Tally:
    """Every reply read with the lexicon that `known` gives for its language."""
    counted = Tally()
    for reply in replies:
        _count(counted, reply, understand_with(known(reply.language), reply.text, reply.asked))
    return counted


def without_phrases(share: float, seed: int, often: frozenset[Phrase]) -> Known:
    """Lexicons that lost some of their phrases."""

    def keeps(code: str, phrase: Phrase) -> bool:
        return phrase in often or _dice(seed, code, " ".join(phrase)) >= share

    return _thinned(keeps)


def without_words(share: float, seed: int, often: frozenset[str]) -> Known:
    """Lexicons that lost some of their words, with all phrases that hold them."""

    def keeps(code: str, phrase: Phrase) -> bool:
        return all(word in often or _dice(seed, code, word) >= share for word in phrase)

    return _thinned(keeps)


def without_seldom(replies: Iterable[Reply]) -> Known:
    """Lexicons without the phrases that one reply alone holds: each reads as if never seen."""
    seen = Counter(phrase for reply in replies for phrase in _phrases(reply))
    return _thinned(lambda _, phrase: seen[phrase] != 1)


def often_said(replies: Iterable[Reply]) -> tuple[frozenset[Phrase], frozenset[str]]:
    """The phrases, and the words, that many replies hold."""
    phrases: Counter[Phrase] = Counter()
    words: Counter[str] = Counter()
    for reply in replies:
        held = _phrases(reply)
        phrases.update(held)
        words.update({word for phrase in held for word in phrase})
    return (
        frozenset(each for each, times in phrases.items() if times >= OFTEN),
        frozenset(each for each, times in words.items() if times >= OFTEN),
    )


def _phrases(reply: Reply) -> set[Phrase]:
    marks = read(reply.text, lexicon(reply.language))
    return {tuple(mark.text.split()) for mark in marks if mark.known}


def _thinned(keeps: Callable[[str, Phrase], bool]) -> Known:
    @lru_cache(maxsize=128)
    def thinned(code: str) -> tuple[Phrases, dict[str, str]]:
        phrases, accents = phrases_of(code)
        return {each: entry for each, entry in phrases.items() if keeps(code, each)}, accents

    @lru_cache(maxsize=128)
    def known(code: str | None) -> Lexicon:
        return compiled(code, thinned)

    return lambda language: known(file_code(language))


def _dice(seed: int, code: str, word: str) -> float:
    return random.Random(f"{seed} {code} {word}").random()


def _count(counted: Tally, reply: Reply, understood: Understood) -> None:
    right = understood.intent.value in reply.accepted
    wrong_value = right and _is_wrong_value(reply, understood)
    acts = understood.intent not in SAFE
    counted.replies += 1
    counted.right += right
    counted.acted += acts
    counted.wrong += (acts and not right) or wrong_value
    if not right:
        counted.turned += OPPOSITE.get(understood.intent) is reply.intent
        counted.invented_stops += understood.intent is Intent.STOP
        counted.missed_stops += reply.intent is Intent.STOP and not acts


def _is_wrong_value(reply: Reply, understood: Understood) -> bool:
    if understood.value is None or understood.intent is Intent.LANGUAGE:
        return False
    return reply.countless or bool(reply.values and understood.value not in reply.values)


def replies_of(lines: Iterable[str]) -> Iterator[Reply]:
    """The replies of a file of JSON lines."""
    for line in lines:
        row: dict[str, Any] = json.loads(line)
        values = [row.get("value"), *row.get("accept_values", [])]
        yield Reply(
            row["text"],
            row["lang"],
            Asked(row["context"]),
            Intent(row["intent"]),
            frozenset(row["accept"]),
            frozenset(int(each) for each in values if isinstance(each, int | float)),
            bool(row.get("no_value")),
        )


def _figures(replies: list[Reply]) -> Iterator[str]:
    phrases, words = often_said(replies)
    yield f"{'whole':13} {tally(replies, lexicon)}"
    yield f"{'seldom':13} {tally(replies, without_seldom(replies))}"
    for share in SHARES:
        for seed in SEEDS:
            thin = tally(replies, without_phrases(share, seed, phrases))
            yield f"{f'phrases {share}':13} {thin}"
        for seed in SEEDS:
            yield f"{f'words {share}':13} {tally(replies, without_words(share, seed, words))}"


if __name__ == "__main__":
    every = [
        reply
        for name in sys.argv[1:]
        for reply in replies_of(Path(name).read_text(encoding="utf-8").splitlines())
    ]
    sys.stdout.writelines(f"{line}\n" for line in _figures(every))
