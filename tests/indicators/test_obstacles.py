"""What may be read of what keeps families from coming, and what it suggests."""

from __future__ import annotations

import json

import pytest

from bot.indicators.obstacles import (
    SUGGESTIONS,
    Obstacle,
    as_csv,
    as_json,
    as_table,
    shown,
    suggestions,
)


def obstacle(code: str, families: int, *, answers: int = 0, kind: str = "workshop") -> Obstacle:
    """A reason that so many families gave, each once unless said."""
    return Obstacle("Les Tilleuls", kind, code, answers or families, families)


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ([], []),
        ([obstacle("work", 4)], []),
        ([obstacle("work", 4, answers=20)], []),
        ([obstacle("work", 5)], ["work"]),
        ([obstacle("work", 5), obstacle("little_ones", 7)], ["little_ones", "work"]),
        ([obstacle("time", 6), obstacle("work", 6)], ["time", "work"]),
        (
            [obstacle("time", 6), obstacle("work", 8), obstacle("transport", 7)],
            ["work", "transport"],
        ),
        ([obstacle("health", 9), obstacle("other", 9)], []),
        ([obstacle("work", 5), obstacle("other", 16)], []),
        ([obstacle("work", 5), obstacle("other", 15)], ["work"]),
        ([obstacle("work", 9, kind="outing")], []),
    ],
    ids=[
        "nothing told",
        "too few families",
        "too few families, many answers",
        "enough",
        "the most frequent first",
        "as many of each: in the order of the menu",
        "at most two",
        "nothing to suggest",
        "one in five is no fair share",
        "one in four is",
        "another kind of event",
    ],
)
def test_what_families_tell_suggests_at_most_two_things(
    told: list[Obstacle], codes: list[str]
) -> None:
    assert suggestions("workshop", told) == tuple(SUGGESTIONS[code] for code in codes)


def test_a_line_with_fewer_than_five_families_is_in_no_format() -> None:
    told = [obstacle("work", 4, answers=30), obstacle("time", 5, answers=8)]
    assert [one.code for one in shown(told)] == ["time"]
    assert as_table(told) == [("Les Tilleuls", "Atelier", "L'heure ou le jour", "8", "5")]
    assert [one["code"] for one in json.loads(as_json(told))] == ["time"]
    assert as_csv(told) == (
        "centre,kind,code,label,answers,families\n"
        "Les Tilleuls,workshop,time,L'heure ou le jour,8,5\n"
    )


def test_a_spreadsheet_computes_no_centre_s_name() -> None:
    told = [Obstacle("=1+1", "workshop", "time", 5, 5)]
    assert "'=1+1" in as_csv(told)
