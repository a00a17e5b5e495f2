"""What changed between two rehearsals, each as its JSON output holds it. Pure.

Only the days that both have rehearsed are compared: what an older one foretold for the days since
has been lived, what the newer one adds at its end was out of the other's sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Record = Mapping[str, Any]

ABOUT = (  # what makes a message another one when it differs
    "family",
    "parent",
    "channel",
    "language",
    "segments",
    "outcome",
    "reason",
    "words",
)


class Kind(StrEnum):
    """How a message differs."""

    ADDED = "added"
    GONE = "gone"
    MOVED = "moved"  # the same message at another moment
    CHANGED = "changed"  # another text, channel, language, length or outcome


@dataclass(frozen=True, slots=True)
class Difference:
    """One message that is not as it was. `fields`: what differs; `at` counts among them."""

    kind: Kind
    before: Record | None
    after: Record | None
    fields: tuple[str, ...] = ()

    @property
    def record(self) -> Record:
        """The message as it is now, else as it was."""
        found = self.after or self.before
        assert found is not None, "a difference is about a message"
        return found


def differences(before: Record, after: Record) -> tuple[Difference, ...]:
    """Every difference, in the order of time."""
    start = max(_at(before["from"]), _at(after["from"]))
    end = min(_at(before["until"]), _at(after["until"]))
    old = {one["key"]: one for one in before["messages"]}
    new = {one["key"]: one for one in after["messages"]}

    def shared(record: Record) -> bool:
        return start <= _at(record["at"]) <= end

    found = [Difference(Kind.GONE, one, None) for key, one in old.items() if key not in new]
    found += [Difference(Kind.ADDED, None, one) for key, one in new.items() if key not in old]
    found = [one for one in found if shared(one.record)]
    for key in old.keys() & new.keys():
        if shared(old[key]) or shared(new[key]):
            found += _changed(old[key], new[key])
    return tuple(sorted(found, key=lambda one: (one.record["at"], one.record["key"])))


def _changed(old: Record, new: Record) -> list[Difference]:
    fields = tuple(name for name in ABOUT if old[name] != new[name])
    moved = ("at",) if _at(old["at"]) != _at(new["at"]) else ()
    if fields:
        return [Difference(Kind.CHANGED, old, new, moved + fields)]
    return [Difference(Kind.MOVED, old, new, moved)] if moved else []


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
