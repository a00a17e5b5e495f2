"""Places at an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.seats import (
    MAX_PASSED,
    NoOffer,
    Seat,
    Standing,
    Waiting,
    next_in_line,
    party_size,
    passed_by,
    place,
    places_for,
    standings,
    time_to_answer,
    why_no_offer,
    within_reach,
)


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


@pytest.mark.parametrize(
    ("counted", "adults", "children", "total", "places"),
    [
        ("total", 2, 3, None, 5),
        ("total", None, None, 4, 4),
        ("total", None, None, None, 1),
        ("adults", 2, 3, None, 2),
        ("adults", 0, 3, None, 0),
        ("adults", None, 3, None, 1),
        ("children", 2, 3, None, 3),
        ("children", 2, 0, None, 0),
        ("children", 2, None, 5, 1),
    ],
)
def test_places_are_counted_for_those_that_the_event_counts(
    counted: str, adults: int | None, children: int | None, total: int | None, places: int
) -> None:
    assert places_for(counted, adults, children, total) == places


# -- the line -------------------------------------------------------------------------------------

OFTEN = MAX_PASSED


@pytest.mark.parametrize(
    ("line", "free", "found"),
    [
        ([Waiting(1, 2), Waiting(2, 2)], 0, ["no_room", "no_room"]),
        ([Waiting(1, 2), Waiting(2, 2)], 2, ["next", "behind"]),
        ([Waiting(1, 4), Waiting(2, 2)], 2, ["no_room", "next"]),
        ([Waiting(1, 4, OFTEN), Waiting(2, 2)], 2, ["no_room", "kept"]),
        ([Waiting(1, 4, OFTEN), Waiting(2, 2)], 4, ["next", "behind"]),
        ([Waiting(1, 2, offered=True), Waiting(2, 2)], 2, ["offered", "next"]),
        ([Waiting(1, 2, rests=Standing.NO_ANSWER), Waiting(2, 2)], 2, ["no_answer", "next"]),
        ([Waiting(1, 9, OFTEN), Waiting(2, 2)], 8, ["too_large", "next"]),
        ([Waiting(1, 9), Waiting(2, 2)], None, ["too_large", "next"]),
    ],
    ids=[
        "full",
        "the first that fits",
        "a smaller family may pass",
        "not for ever",
        "the large family fits at last",
        "one live offer each",
        "who let an offer pass rests",
        "a family larger than the event keeps nobody waiting",
        "no limit on what is free",
    ],
)
def test_every_family_in_line_has_a_reason(
    line: list[Waiting], free: int | None, found: list[str]
) -> None:
    assert [one.value for one in standings(line, free, 8)] == found


@pytest.mark.parametrize(
    ("spare", "own", "ahead", "reach"),
    [
        (None, 0, [], None),
        (3, 0, [], 3),
        (3, 2, [], 5),
        (-1, 2, [], 2),
        (3, 0, [Waiting(1, 2)], 0),
        (3, 2, [Waiting(1, 2)], 2),
        (3, 0, [Waiting(1, 4)], 3),
        (3, 0, [Waiting(1, 4, OFTEN)], 0),
        (3, 0, [Waiting(1, 2, offered=True)], 3),
        (3, 0, [Waiting(1, 2, rests=Standing.UNREACHABLE)], 3),
    ],
    ids=[
        "no limit",
        "nobody waits",
        "what it holds and what is free",
        "an event made smaller takes nothing back",
        "somebody waits for these places",
        "it keeps what it holds",
        "those who wait do not fit",
        "places are kept for a large family",
        "they have theirs",
        "they cannot be asked",
    ],
)
def test_nobody_jumps_the_line(
    spare: int | None, own: int, ahead: list[Waiting], reach: int | None
) -> None:
    assert within_reach(spare, own, ahead, 8) == reach


@pytest.mark.parametrize(
    ("line", "free", "why"),
    [
        ([Waiting(1, 2)], 0, NoOffer.NO_ROOM),
        ([Waiting(1, 2)], 2, NoOffer.SOON),
        ([Waiting(1, 4, OFTEN), Waiting(2, 2)], 2, NoOffer.KEPT),
        ([Waiting(1, 2, rests=Standing.NO_ANSWER)], 2, NoOffer.NOBODY_LEFT),
        ([Waiting(1, 9)], 2, NoOffer.NOBODY_LEFT),
    ],
)
def test_why_nobody_is_offered_a_place_is_said(
    line: list[Waiting], free: int, why: NoOffer
) -> None:
    found = standings(line, free, 8)
    assert why_no_offer(found, too_late=False) is why
    assert why_no_offer(found, too_late=True) is NoOffer.TOO_LATE


families = st.lists(
    st.builds(
        Waiting,
        st.just(0),
        st.integers(1, 9),
        st.integers(0, OFTEN),
        st.booleans(),
        st.none() | st.sampled_from([Standing.NO_ANSWER, Standing.UNREACHABLE]),
    ),
    max_size=8,
).map(lambda line: [replace(one, family_id=place) for place, one in enumerate(line)])


@given(families, st.integers(0, 12), st.integers(1, 8))
def test_places_go_to_the_first_that_fits_and_pass_nobody_too_often(
    line: list[Waiting], free: int, seats: int
) -> None:
    chosen = next_in_line(line, free, seats)
    if chosen is None:
        assert not any(
            one.hopes(seats) and one.party <= free
            for one in line[: next((n for n, o in enumerate(line) if o.passed >= OFTEN), 99)]
        )
        return
    assert chosen.party <= free
    assert not chosen.offered
    passed = passed_by(line[: line.index(chosen)], seats)
    assert all(line[one].party > free and line[one].passed < OFTEN for one in passed)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=40))
def test_a_large_family_is_passed_over_at_most_so_often(arrivals: list[int]) -> None:
    """Small families come for every place that is freed; one of six waits before them all."""
    seats, free, line = 6, 0, [Waiting(0, 6)]
    served: list[int] = []
    for number, freed in enumerate(arrivals, start=1):
        line.append(Waiting(number, 1))
        free = min(free + freed, seats)
        while (chosen := next_in_line(line, free, seats)) is not None:
            passed = passed_by(line[: line.index(chosen)], seats)
            served.append(chosen.family_id)
            line = [
                replace(one, passed=one.passed + 1) if one.family_id in passed else one
                for one in line
                if one is not chosen
            ]
            free -= chosen.party
    before = served.index(0) if 0 in served else len(served)
    assert before <= MAX_PASSED


@pytest.mark.parametrize(
    ("hours_left", "hours"), [(300, 12), (36, 12), (12, 4), (3, 1), (1, 1), (0, 1)]
)
def test_time_to_answer_leaves_time_for_the_next(hours_left: int, hours: int) -> None:
    assert time_to_answer(timedelta(hours=hours_left)) == timedelta(hours=hours)
