"""Indicators of a half-year, for those who work and for evaluators. No name stands here."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from fastapi import APIRouter, Response

from bot.errors import Rejected
from bot.indicators.definitions import DEFINITIONS, Period, period_of, read_period
from bot.indicators.indicator import Indicator
from bot.indicators.obstacles import MIN_FAMILIES, shown
from bot.indicators.tables import ROUNDED_TO_FIVE_FROM, percent
from bot.storage.indicators import attendance_quality, compute
from bot.storage.obstacles import count_obstacles
from bot.wallclock import local
from bot.web.console.visit import Page, Signed, show

router = APIRouter(route_class=Page)

ZONE = "Europe/Paris"  # half-years begin and end there
HALVES = 6  # how many the page offers


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the page. `shown` False: too few families for whoever reads."""

    indicator: Indicator
    counts: str  # what is counted, of what
    of: str
    share: str
    lo: int | None
    hi: int | None
    shown: bool


@router.get("/indicators")
def indicators_page(visit: Signed, period: str = "") -> Response:
    """The figures of one half-year: the reader's centre, or all of them together."""
    today = local(visit.now, ZONE).date()
    current = period_of(today)
    refusal = ""
    try:
        chosen = read_period(period) if period else current
    except Rejected as error:
        chosen, refusal = current, str(error)
    with visit.context.database.read() as db:
        measured = compute(db, chosen, centre_id=visit.centre_id, now=visit.now)
        quality = attendance_quality(db, chosen, centre_id=visit.centre_id, now=visit.now)
        obstacles = count_obstacles(db, chosen.start, chosen.end, centre_id=visit.centre_id)
    return show(
        visit,
        "indicators.html",
        status=400 if refusal else 200,
        period=chosen,
        periods=_periods(current, chosen),
        figures=[_figure(one, inside=visit.sees_families) for one in measured],
        quality=quality,
        obstacles=shown(obstacles),
        fewest=MIN_FAMILIES,
        refusal=refusal,
    )


def _periods(current: Period, chosen: Period) -> list[Period]:
    periods = [current]
    while len(periods) < HALVES:
        last = periods[-1]
        periods.append(Period(last.year, 1) if last.half == 2 else Period(last.year - 1, 2))
    return periods if chosen in periods else [*periods, chosen]


def _figure(one: Indicator, *, inside: bool) -> Figure:
    definition = next(known for known in DEFINITIONS if known.code == one.code)
    fine = one.families >= ROUNDED_TO_FIVE_FROM and one.lo is not None and one.hi is not None
    return Figure(
        indicator=one,
        counts=definition.numerator,
        of=definition.denominator,
        share=percent(one.numerator, one.denominator, one.families),
        lo=floor(100 * one.lo + 0.5) if fine and one.lo is not None else None,
        hi=floor(100 * one.hi + 0.5) if fine and one.hi is not None else None,
        shown=inside or one.publishable,
    )
