"""JSON lines in, JSON lines out."""

from __future__ import annotations

import json

import pytest

from bot.understanding.stream import run


def answers(*lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(lines)]


def test_one_answer_a_line_in_the_same_order() -> None:
    lines = (
        '{"text": "oui on sera 3", "lang": "fr", "context": "rsvp"}\n',
        '{"text": "la ma n9drch", "lang": "ar", "context": "rsvp"}\n',
        '{"text": "en arabe svp", "lang": "fr", "context": "any"}\n',
    )
    assert answers(*lines) == [
        {"intent": "yes", "value": 3},
        {"intent": "no", "value": None},
        {"intent": "language", "value": "ar"},
    ]


def test_language_and_context_may_be_missing() -> None:
    assert answers('{"text": "oui"}') == [{"intent": "yes", "value": None}]


@pytest.mark.parametrize(
    "line",
    ["", "not json", "[]", "3", '{"lang": "fr"}', '{"text": 3}', '{"text": "oui", "lang": 7}',
     '{"text": "oui", "context": "poem"}', "[" * 100_000, '{"text": "oui", "context": ["rsvp"]}'],
)  # fmt: skip
def test_a_bad_line_says_why_and_shifts_nothing(line: str) -> None:
    good = '{"text": "oui", "lang": "fr", "context": "rsvp"}'
    first, bad, last = answers(good, line, good)
    assert first == last == {"intent": "yes", "value": None}
    assert (bad["intent"], bad["value"]) == ("other", None)
    assert bad["error"]
