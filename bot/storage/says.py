"""Sayings and conversation states as JSON, as they rest in the database."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from bot.flows.catalog import FLOWS
from bot.messages import Choice, Param, Say, Texts


def dump_say(saying: Say) -> dict[str, Any]:
    """A saying as JSON; what is empty is left out."""
    stored: dict[str, Any] = {"msgid": saying.msgid}
    if saying.plural is not None:
        stored |= {"plural": saying.plural, "n": saying.n}
    if saying.params:
        stored["params"] = {name: _dump(value) for name, value in saying.params.items()}
    if saying.choices:
        stored["question"] = saying.question
        stored["choices"] = [
            {"code": one.code, "label": dump_say(one.label), "key": one.key}
            for one in saying.choices
        ]
    return stored


def load_say(stored: dict[str, Any]) -> Say:
    """The saying behind its JSON."""
    return Say(
        stored["msgid"],
        stored.get("plural"),
        stored.get("n"),
        {name: _load(value) for name, value in stored.get("params", {}).items()},
        tuple(
            Choice(one["code"], load_say(one["label"]), one["key"])
            for one in stored.get("choices", ())
        ),
        stored.get("question", ""),
    )


def _dump(value: Param) -> Any:
    match value:
        case Say():
            return {"say": dump_say(value)}
        case Texts():
            stored: dict[str, Any] = {"texts": dict(value.by_language), "original": value.original}
            for name in ("drafts", "doubtful"):
                if languages := sorted(getattr(value, name)):
                    stored[name] = languages
            return stored
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat("minutes")}
        case _:
            return value


def _load(stored: Any) -> Param:
    match stored:
        case {"say": inner}:
            return load_say(inner)
        case {"texts": by_language, "original": original}:
            drafts, doubtful = stored.get("drafts", ()), stored.get("doubtful", ())
            return Texts(original, by_language, frozenset(drafts), frozenset(doubtful))
        case {"date": written}:
            return date.fromisoformat(written)
        case {"time": written}:
            return time.fromisoformat(written)
        case str() | int():
            return stored
        case _:
            raise ValueError("a saying holds text, numbers, dates, times, texts or sayings")


def dump_state(flow: str, state: Any) -> Any:
    """A flow's state as JSON."""
    return _adapter(flow).dump_python(state, mode="json")


def load_state(flow: str, stored: Any) -> Any:
    """The state behind its JSON."""
    return _adapter(flow).validate_python(stored)


@lru_cache
def _adapter(flow: str) -> TypeAdapter[Any]:
    return TypeAdapter(FLOWS[flow].state)
