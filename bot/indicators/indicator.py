"""One figure: a definition measured over a half-year, with its interval and its right to leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.indicators.definitions import VERSION, Definition, Period
from bot.indicators.statistics import Tally, clustered_wilson


@dataclass(frozen=True, slots=True)
class Indicator:
    """What was counted. `publishable` is about leaving the centre, which knows its own families.

    `proportion`, `lo` and `hi` are None when nothing was counted. `excluded` counts the cases left
    out of the denominator on purpose. `centre` is a name; None: all centres.
    """

    code: str
    label: str
    numerator: int
    denominator: int
    families: int
    proportion: float | None
    lo: float | None
    hi: float | None
    deff: float
    excluded: int
    publishable: bool
    note: str
    period: Period
    centre: str | None
    version: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the ground was kept: cases in order, of all cases. About work, not families."""

    code: str
    label: str
    numerator: int
    denominator: int


def measure(
    definition: Definition,
    per_family: Sequence[Tally],
    *,
    period: Period,
    centre: str | None,
    excluded: int = 0,
) -> Indicator:
    """Turn every family's tally into one figure."""
    estimate = clustered_wilson(per_family)
    publishable = estimate.families >= definition.min_n
    return Indicator(
        code=definition.code,
        label=definition.label,
        numerator=estimate.num,
        denominator=estimate.den,
        families=estimate.families,
        proportion=estimate.proportion,
        lo=estimate.lo,
        hi=estimate.hi,
        deff=estimate.deff,
        excluded=excluded,
        publishable=publishable,
        note="" if publishable else f"moins de {definition.min_n} familles",
        period=period,
        centre=centre,
        version=VERSION,
    )
