"""What differs between two rehearsals, on the days that both have looked at."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.differences import Kind, differences

NUDGE = {
    "key": "invitation:event-1:1:nudge:family-1",
    "at": "2026-11-24T16:30:00+00:00",
    "family": "F01",
    "parent": 1,
    "channel": "sms",
    "language": "fr",
    "segments": 1,
    "outcome": "sent",
    "reason": "",
    "words": "abc",
}


def rehearsal(*messages: dict[str, Any], start: str = "16", end: str = "30") -> dict[str, Any]:
    return {
        "from": f"2026-11-{start}T09:00:00+00:00",
        "until": f"2026-11-{end}T09:00:00+00:00",
        "messages": list(messages),
    }


def test_two_equal_rehearsals_do_not_differ() -> None:
    assert differences(rehearsal(NUDGE), rehearsal(NUDGE)) == ()


@pytest.mark.parametrize(
    ("before", "after", "kind", "fields"),
    [
        ((), (NUDGE,), Kind.ADDED, ()),
        ((NUDGE,), (), Kind.GONE, ()),
        ((NUDGE,), ({**NUDGE, "at": "2026-11-25T16:30:00+00:00"},), Kind.MOVED, ("at",)),
        ((NUDGE,), ({**NUDGE, "channel": "telegram"},), Kind.CHANGED, ("channel",)),
        ((NUDGE,), ({**NUDGE, "words": "abd"},), Kind.CHANGED, ("words",)),
        (
            (NUDGE,),
            ({**NUDGE, "at": "2026-11-25T16:30:00+00:00", "language": "ar"},),
            Kind.CHANGED,
            ("at", "language"),
        ),
        ((NUDGE,), ({**NUDGE, "at": "2026-12-05T08:00:00+00:00"},), Kind.MOVED, ("at",)),
    ],
)
def test_each_kind_of_difference(
    before: tuple[dict[str, Any], ...],
    after: tuple[dict[str, Any], ...],
    kind: Kind,
    fields: tuple[str, ...],
) -> None:
    found = differences(rehearsal(*before), rehearsal(*after))
    assert [(one.kind, one.fields) for one in found] == [(kind, fields)]


def test_days_that_only_one_has_looked_at_are_not_compared() -> None:
    lived = {**NUDGE, "at": "2026-11-17T10:00:00+00:00"}
    beyond = {**NUDGE, "key": "other", "at": "2026-12-02T10:00:00+00:00"}
    assert differences(rehearsal(lived), rehearsal(beyond, start="20", end="30")) == ()


def test_the_same_instant_written_in_another_zone_has_not_moved() -> None:
    after = {**NUDGE, "at": "2026-11-24T17:30:00+01:00"}
    assert differences(rehearsal(NUDGE), rehearsal(after)) == ()
