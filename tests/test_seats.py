"""Places at an event."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.seats import Seat, party_size, place


@pytest.mark.parametrize(
    ("adults", "children", "places"),
    [(None, None, 1), (1, None, 1), (None, 2, 2), (2, 3, 5), (1, 0, 1), (0, 2, 2), (0, 0, 1)],
)
def test_family_takes_a_place_for_each_and_one_until_it_has_told(
    adults: int | None, children: int | None, places: int
) -> None:
    assert party_size(adults, children) == places


@pytest.mark.parametrize(
    ("free", "party", "seat"),
    [
        (None, 60, Seat.HELD),
        (3, 3, Seat.HELD),
        (2, 3, Seat.WAITING),
        (0, 1, Seat.WAITING),
        (1, 1, Seat.HELD),
    ],
    ids=["no limit", "the last places", "one short", "full", "the last place"],
)
def test_family_is_seated_together_or_waits(free: int | None, party: int, seat: Seat) -> None:
    assert place(free, party) is seat


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=30), st.integers(0, 40))
def test_event_is_never_overfull(families: list[tuple[int, int]], seats: int) -> None:
    taken = 0
    for adults, children in families:
        party = party_size(adults, children)
        if place(seats - taken, party) is Seat.HELD:
            taken += party
        assert taken <= seats
