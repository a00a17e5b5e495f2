"""Places at an event: who holds some, who waits, and who is next. Pure.

The caller holds the write lock, so that what was free is still free when it is written.

    freed places --> the first family in line that fits --> offered --> taken, or let go

A family that does not fit is passed over by later, smaller ones; after MAX_PASSED of them, places
are kept until it fits. A family that let an offer pass keeps its turn and rests until it writes, so
that no list ever writes to anybody in a loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MAX_PASSED = 3
LONGEST_TIME_TO_ANSWER = timedelta(hours=12)  # of hours at which we may write: a day and a bit
SHORTEST_TIME_TO_ANSWER = timedelta(hours=1)
SHARE_OF_TIME_LEFT = 3  # so that at least two more families can be asked


class Seat(StrEnum):
    """What a family that says yes gets. Values are stored."""

    HELD = "held"
    WAITING = "waiting"


class SeatsFor(StrEnum):
    """Whom an event's places are counted for. Values are stored."""

    TOTAL = "total"
    ADULTS = "adults"
    CHILDREN = "children"


class Outcome(StrEnum):
    """What became of an offer. Values are stored."""

    TAKEN = "taken"
    DECLINED = "declined"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"  # its message could not leave
    WITHDRAWN = "withdrawn"  # the family or the event has changed meanwhile


class Standing(StrEnum):
    """How a family stands in line."""

    NEXT = "next"
    OFFERED = "offered"
    NO_ROOM = "no_room"
    BEHIND = "behind"  # it would fit, but one that fits stands before it
    KEPT = "kept"  # it would fit, but places are kept for one that was passed over too often
    NO_ANSWER = "no_answer"  # it let an offer pass and has not written since
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"  # for this event, even if it were empty


class NoOffer(StrEnum):
    """Why no place is offered to anybody at this moment."""

    TOO_LATE = "too_late"
    SOON = "soon"  # nothing stands in the way
    KEPT = "places_kept"
    NO_ROOM = "not_enough_places"
    NOBODY_LEFT = "nobody_left"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One family in line. `party`: the places it asks for; `rests`: NO_ANSWER or UNREACHABLE."""

    family_id: int
    party: int
    passed: int = 0
    offered: bool = False
    rests: Standing | None = None

    def hopes(self, seats: int | None) -> bool:
        """Whether places may be offered to it at all."""
        return not self.offered and self.rests is None and (seats is None or self.party <= seats)


def party_size(adults: int | None, children: int | None) -> int:
    """How many people a family is; one while it has not told us how many they are."""
    return max(1, (adults or 0) + (children or 0))


def places_for(
    counted: str, adults: int | None, children: int | None, total: int | None = None
) -> int:
    """How many of an event's places a family takes.

    Where only adults or only children are counted, it is one until they have told us how many of
    them come, and none if none of them does.
    """
    if counted == SeatsFor.ADULTS:
        return 1 if adults is None else adults
    if counted == SeatsFor.CHILDREN:
        return 1 if children is None else children
    return max(total or 0, party_size(adults, children))


def place(free: int | None, party: int) -> Seat:
    """Decide for a party of `party` when `free` places are not held by others (None: no limit)."""
    return Seat.HELD if free is None or party <= free else Seat.WAITING


def standings(line: Sequence[Waiting], free: int | None, seats: int | None) -> tuple[Standing, ...]:
    """How each family of a line stands, the first in line in front; at most one is NEXT.

    `free`: places that nobody holds and that are offered to nobody.
    """
    found: list[Standing] = []
    barred: Standing | None = None
    for one in line:
        if one.offered:
            found.append(Standing.OFFERED)
        elif one.rests is not None:
            found.append(one.rests)
        elif not one.hopes(seats):
            found.append(Standing.TOO_LARGE)
        elif place(free, one.party) is Seat.WAITING:
            found.append(Standing.NO_ROOM)
            if one.passed >= MAX_PASSED:
                barred = barred or Standing.KEPT
        else:
            found.append(barred or Standing.NEXT)
            barred = barred or Standing.BEHIND
    return tuple(found)


def next_in_line(line: Sequence[Waiting], free: int | None, seats: int | None) -> Waiting | None:
    """The family that free places are offered to; None: nobody."""
    for one, standing in zip(line, standings(line, free, seats), strict=True):
        if standing is Standing.NEXT:
            return one
    return None


def ahead_of(line: Sequence[Waiting], family_id: int) -> tuple[Waiting, ...]:
    """Who stands before a family; the whole line before one that does not wait."""
    found = [one.family_id for one in line]
    return tuple(line[: found.index(family_id)] if family_id in found else line)


def passed_by(ahead: Sequence[Waiting], seats: int | None) -> tuple[int, ...]:
    """The families among those ahead of one that was served that have been passed over by it."""
    return tuple(one.family_id for one in ahead if one.hopes(seats))


def within_reach(
    spare: int | None, own: int, ahead: Sequence[Waiting], seats: int | None
) -> int | None:
    """How many places a family may have in all, at this moment and without an offer.

    What it holds, or is offered, is its `own`. Of the `spare` ones it may take none while a family
    ahead of it could have them, or has been passed over too often.
    """
    if spare is None:
        return None
    hoping = [one for one in ahead if one.hopes(seats)]
    taken = any(one.party <= spare or one.passed >= MAX_PASSED for one in hoping)
    return own if taken else own + max(spare, 0)


def why_no_offer(found: Sequence[Standing], *, too_late: bool) -> NoOffer:
    """Say why nobody of a line is being offered a place."""
    if too_late:
        return NoOffer.TOO_LATE
    if Standing.NEXT in found:
        return NoOffer.SOON
    if Standing.KEPT in found:
        return NoOffer.KEPT
    if Standing.NO_ROOM in found or Standing.OFFERED in found:
        return NoOffer.NO_ROOM
    return NoOffer.NOBODY_LEFT


def time_to_answer(left: timedelta) -> timedelta:
    """How long an offer stands, when `left` of contactable time remains; both count only hours at
    which we may write."""
    share = left / SHARE_OF_TIME_LEFT
    return min(max(share, SHORTEST_TIME_TO_ANSWER), LONGEST_TIME_TO_ANSWER)
