"""JSON lines in, JSON lines out: what `carnet understand` runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bot.messages import Asked
from bot.understanding.intent import Intent, understand


def run(lines: Iterable[str]) -> Iterator[str]:
    """One `{"intent", "value"}` for each `{"text", "lang", "context"}`, in the same order.

    A line that cannot be read gives `other` and says why, so that lines never shift.
    """
    return (json.dumps(_answered(line), ensure_ascii=False) for line in lines)


def _answered(line: str) -> dict[str, str | int | None]:
    try:
        text, language, asked = _question(line)
    except (ValueError, RecursionError) as error:
        return {"intent": Intent.OTHER.value, "value": None, "error": str(error)}
    understood = understand(text, language, asked)
    return {"intent": understood.intent.value, "value": understood.value}


def _question(line: str) -> tuple[str, str | None, Asked]:
    row = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError(  # noqa: TRY004 - a bad line is a bad value, whatever its type
            'expected a line like {"text": "oui", "lang": "fr", "context": "rsvp"}'
        )
    language = row.get("lang")
    if language is not None and not isinstance(language, str):
        raise ValueError("lang is a language code or null")
    return row["text"], language, Asked(row.get("context") or Asked.ANY)
