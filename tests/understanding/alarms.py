"""How well alarms are heard: `python -m tests.understanding.alarms FILE.jsonl [-v]`.

Each line of the file holds `text`, `lang`, `kind` ("none" when no alarm should be raised) and
perhaps `soft`: true where opinions differ; those are counted apart. Among danger, violence and
distress any kind is right: the same person looks. `-v` adds the lines that were heard otherwise.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.flows.alarms import SAFETY
from bot.understanding.alarm import Alarm, alarm

NOTHING = "none"
SAME_KIND = {"death": "bereavement", "move": "moving"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the file, and what was heard in it."""

    text: str
    lang: str
    kind: str  # what should be heard
    soft: bool
    heard: Alarm | None

    @property
    def right(self) -> bool:
        kind = self.heard.kind.value if self.heard else NOTHING
        return kind == self.kind or {kind, self.kind} <= set(SAFETY)


def readings(path: Path) -> Iterator[Reading]:
    """Every line of a file as it is heard."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kind = row["kind"] or NOTHING
        heard = alarm(row["text"], row["lang"])
        kind = SAME_KIND.get(kind, kind)
        yield Reading(row["text"], row["lang"], kind, row.get("soft") is True, heard)


def main(path: Path, *, verbose: bool) -> None:
    every = list(readings(path))
    hard = [one for one in every if not one.soft]
    alarms = [one for one in hard if one.kind != NOTHING]
    nothing = [one for one in hard if one.kind == NOTHING]
    _print("heard, by kind", ((one.kind, one.right) for one in alarms))
    safety = [one for one in alarms if one.kind in SAFETY]
    _print("heard, danger violence distress", ((one.lang, one.right) for one in safety))
    _print("heard, by language", ((one.lang, one.right) for one in alarms))
    _print("raised, of any kind", ((one.lang, one.heard is not None) for one in alarms))
    _print("false alarms", ((one.lang, one.heard is not None) for one in nothing))
    _print("soft lines heard", ((one.kind, one.right) for one in every if one.soft))
    for one in every:
        if verbose and not one.right:
            soft = "soft " if one.soft else ""
            sys.stdout.write(f"{soft}{one.lang} {one.kind}: {one.text} -> {one.heard}\n")


def _print(title: str, counted: Iterable[tuple[str, bool]]) -> None:
    """ "title  12/15 80 %" for all, then for each name."""
    total: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for name, value in counted:
        for each in (name, "all"):
            total[each] += 1
            true[each] += value
    sys.stdout.write(f"{title}\n")
    for name, count in sorted(total.items(), key=lambda item: (item[0] != "all", -item[1])):
        percent = 100 * true[name] / count
        sys.stdout.write(f"  {name:14} {true[name]:4}/{count:<4} {percent:4.0f} %\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), verbose="-v" in sys.argv[2:])
