"""Intervals: published values first, then what holds for any families."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.indicators.statistics import (
    Interval,
    Tally,
    clustered_wilson,
    design_effect,
    wilson,
)


def family_tallies(*, smallest: int = 0) -> st.SearchStrategy[list[Tally]]:
    """Any families: some silent, some with many answers."""
    one = st.integers(0, 8).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return st.lists(one, min_size=smallest, max_size=40)


@pytest.mark.parametrize(
    ("successes", "n", "lo", "hi"),
    [
        (12, 12, 76, 100),
        (0, 12, 0, 24),
        (30, 30, 89, 100),
        (94, 100, 88, 97),
        (9, 11, 52, 95),
        (160, 200, 74, 85),
    ],
)
def test_wilson_gives_the_known_percentages(successes: int, n: int, lo: int, hi: int) -> None:
    interval = wilson(successes, n)
    assert (round(100 * interval.lo), round(100 * interval.hi)) == (lo, hi)


def test_several_answers_per_family_widen_the_interval() -> None:
    """303 answers of 200 families, 283 good ones, design effect 1.80: 88.6 to 96.3 %."""
    interval = wilson(283 / 1.8, 303 / 1.8)
    assert (round(100 * interval.lo, 1), round(100 * interval.hi, 1)) == (88.6, 96.3)


def test_nothing_counted_leaves_everything_possible() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    estimate = clustered_wilson([(0, 0), (0, 0)])
    assert (estimate.proportion, estimate.lo, estimate.hi) == (None, None, None)
    assert (estimate.num, estimate.den, estimate.families) == (0, 0, 0)


@pytest.mark.parametrize(
    ("per_family", "deff"),
    [
        ([], 1.0),
        ([(1, 1)] * 9 + [(0, 1)] * 3, 1.0),
        # p = 1/2, residuals 1, -1, 0: 3/2 x 2/36 = 1/12 over 1/4 / 5 = 1/20
        ([(2, 2), (0, 2), (1, 2)], 5 / 3),
        # each family repeats itself three times: (30 - 1) / (10 - 1)
        ([(3, 3), (0, 3)] * 5, 29 / 9),
        # every family half and half: less spread than chance, but never under 1
        ([(1, 2)] * 6, 1.0),
        # all agree: four answers of two families count as two
        ([(3, 3), (1, 1)], 2.0),
        ([(0, 3), (0, 1)], 2.0),
        # one family is one voice
        ([(2, 5)], 5.0),
    ],
    ids=[
        "nobody",
        "one answer each",
        "by hand",
        "families repeat themselves",
        "families are mixed",
        "all good",
        "all bad",
        "one family",
    ],
)
def test_design_effect(per_family: list[Tally], deff: float) -> None:
    assert design_effect(per_family) == pytest.approx(deff)


def test_one_answer_per_family_is_plain_wilson() -> None:
    estimate = clustered_wilson([(1, 1)] * 9 + [(0, 1)] * 3)
    assert (estimate.num, estimate.den, estimate.families) == (9, 12, 12)
    plain = wilson(9, 12)
    assert (estimate.lo, estimate.hi) == pytest.approx((plain.lo, plain.hi))


def test_unanimous_answers_count_as_their_families() -> None:
    estimate = clustered_wilson([(5, 5)] * 12)
    assert estimate.lo == pytest.approx(wilson(12, 12).lo)
    assert estimate.hi == 1.0


def test_silent_families_are_not_families_of_the_denominator() -> None:
    assert clustered_wilson([(1, 1), (0, 0), (0, 1)]) == clustered_wilson([(1, 1), (0, 1)])


@pytest.mark.parametrize("per_family", [[(2, 1)], [(-1, 1)]])
def test_impossible_tallies_are_refused(per_family: list[Tally]) -> None:
    with pytest.raises(ValueError, match="succeed"):
        clustered_wilson(per_family)
    with pytest.raises(ValueError, match="between"):
        wilson(*per_family[0])


@given(family_tallies())
def test_the_proportion_lies_in_its_interval(per_family: list[Tally]) -> None:
    estimate = clustered_wilson(per_family)
    assert estimate.deff >= 1
    if estimate.den:
        assert estimate.proportion is not None
        assert estimate.lo is not None
        assert estimate.hi is not None
        assert 0 <= estimate.lo <= estimate.proportion <= estimate.hi <= 1


@given(family_tallies(smallest=1))
def test_the_families_order_never_matters(per_family: list[Tally]) -> None:
    assert clustered_wilson(per_family) == clustered_wilson(per_family[::-1])
    assert clustered_wilson(per_family) == clustered_wilson(sorted(per_family))


@given(family_tallies(smallest=1))
def test_clusters_never_narrow_the_interval(per_family: list[Tally]) -> None:
    estimate = clustered_wilson(per_family)
    if estimate.lo is not None and estimate.hi is not None:
        plain = wilson(estimate.num, estimate.den)
        assert estimate.hi - estimate.lo >= plain.hi - plain.lo - 1e-12


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_more_answers_narrow_the_interval(counted: Tally) -> None:
    successes, n = counted
    few, many = wilson(successes, n), wilson(3 * successes, 3 * n)
    assert many.hi - many.lo < few.hi - few.lo
