"""Who hears for a family: its guardians, and which of them is written to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guardian:
    """Someone who may be written to for their family; without usable addresses, out of reach.

    `rank`: who is written to first, the family's own wish before all. `address_ids` stand in the
    order in which they are tried.
    """

    contact_id: int
    rank: int
    address_ids: tuple[int, ...]


def first_heard(guardians: Iterable[Guardian]) -> Guardian | None:
    """The first guardian within reach, else the first, so that it shows."""
    return min(guardians, key=_order, default=None)


def heard_beside(first: Guardian, guardians: Iterable[Guardian]) -> Guardian | None:
    """The next one within reach who shares no address with the first."""
    others = [
        one
        for one in guardians
        if one.address_ids and set(first.address_ids).isdisjoint(one.address_ids)
    ]
    second = min(others, key=_order, default=None)
    return None if second is first else second


def _order(guardian: Guardian) -> tuple[bool, int]:
    return not guardian.address_ids, guardian.rank
