"""How sure a percentage is: Wilson's interval, widened when answers come several per family.

Ten answers of one family tell less than ten families. The design effect says how much less: the
variance of the proportion with families as the drawn unit (linearised), over its variance had every
answer been drawn alone. The interval then counts `n / deff` answers (Kish's effective size).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Tally = tuple[int, int]
"""One family: how many of its cases succeeded, how many it had."""

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Interval:
    """Two proportions, `lo` <= `hi`, both from 0 to 1."""

    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A proportion with what it stands on; nothing was counted when `den` is 0."""

    num: int
    den: int
    families: int
    proportion: float | None
    lo: float | None
    hi: float | None
    deff: float


def wilson(successes: float, n: float, *, z: float = Z_95) -> Interval:
    """Give Wilson's score interval (1927); `n` may be an effective size, not whole.

    Nothing counted leaves everything possible: 0 to 1.
    """
    if not 0 <= successes <= n:
        raise ValueError("successes must lie between 0 and n")
    if n == 0:
        return Interval(0.0, 1.0)
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def design_effect(per_family: Sequence[Tally]) -> float:
    """Give how many answers here tell as much as one drawn alone; never under 1.

    When all answers agree, or all come from one family, the variance says nothing: the families
    are counted instead. Whole numbers up to the last division, so the order never matters.
    """
    present = _present(per_family)
    num, den = sum(s for s, _ in present), sum(n for _, n in present)
    families = len(present)
    if den == 0:
        return 1.0
    if families == 1 or num in (0, den):
        return den / families
    residuals = sum((s * den - num * n) ** 2 for s, n in present)
    as_families = families * residuals * (den - 1)
    as_answers = (families - 1) * den * den * num * (den - num)
    return max(1.0, as_families / as_answers)


def clustered_wilson(per_family: Sequence[Tally], *, z: float = Z_95) -> Estimate:
    """Estimate one proportion from every family's tally; families without a case do not count."""
    present = _present(per_family)
    num, den = sum(s for s, _ in present), sum(n for _, n in present)
    if den == 0:
        return Estimate(0, 0, 0, None, None, None, 1.0)
    deff = design_effect(present)
    p, effective = num / den, den / deff
    interval = wilson(p * effective, effective, z=z)
    return Estimate(num, den, len(present), p, min(p, interval.lo), max(p, interval.hi), deff)


def _present(per_family: Sequence[Tally]) -> list[Tally]:
    if any(not 0 <= s <= n for s, n in per_family):
        raise ValueError("a family cannot succeed more often than it had cases")
    return [(s, n) for s, n in per_family if n]
