"""Places at an event: who holds some, who waits. Pure; the caller holds the write lock."""

from __future__ import annotations

from enum import StrEnum


class Seat(StrEnum):
    """What a family that says yes gets. Values are stored."""

    HELD = "held"
    WAITING = "waiting"


def party_size(adults: int | None, children: int | None) -> int:
    """How many places a family takes; one while it has not told us how many they are."""
    return max(1, (adults or 0) + (children or 0))


def place(free: int | None, party: int) -> Seat:
    """Decide for a party of `party` when `free` places are not held by others (None: no limit)."""
    return Seat.HELD if free is None or party <= free else Seat.WAITING
