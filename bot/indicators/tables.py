"""Indicators as people and programs read them: terminal rows, JSON, neutral CSV.

Percentages follow the number of families: none under 11, to 5 points under 30 (extremes as "at
least 90 %"), to 1 point from 30 on. Rows keep the order of the codes; centres are never ranked and
no figure belongs to one family.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from math import floor

from bot.indicators.indicator import Indicator, Quality

FIELDS = (
    "code",
    "label",
    "numerator",
    "denominator",
    "families",
    "proportion",
    "lo",
    "hi",
    "publishable",
    "note",
    "period",
    "centre",
)

HEADINGS = ("Code", "Indicateur", "Compte", "Familles", "Part", "Intervalle à 95 %", "Remarque")

ROUNDED_TO_FIVE_FROM = 11
ROUNDED_TO_ONE_FROM = 30
EXTREME_PERCENT = 10  # between 11 and 29 families: nothing finer than this from either end

HIDDEN = "—"
SPACE = "\u00a0"  # French sets the percent sign after a space that does not break

FORMULA_STARTS = ("=", "+", "-", "@")  # a spreadsheet would compute such a cell


def as_table(indicators: Iterable[Indicator]) -> list[tuple[str, ...]]:
    """Give one row per indicator under HEADINGS."""
    return [
        (
            one.code,
            one.label,
            f"{one.numerator} / {one.denominator}",
            str(one.families),
            percent(one.numerator, one.denominator, one.families),
            _interval(one),
            _remarks(one),
        )
        for one in indicators
    ]


def as_json(indicators: Iterable[Indicator]) -> str:
    """Give a list of objects with FIELDS as keys; what is not known is null."""
    return json.dumps([_record(one) for one in indicators], ensure_ascii=False, indent=2) + "\n"


def as_csv(indicators: Iterable[Indicator]) -> str:
    """Give FIELDS, comma-separated, with decimal points: the form that R, Stata and Python read.

    A blank cell is what is not known; booleans are `true` and `false`.
    """
    target = io.StringIO()
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(FIELDS)
    for one in indicators:
        rows.writerow([_cell(value) for value in _record(one).values()])
    return target.getvalue()


def quality_line(quality: Quality) -> str:
    """Say one data-quality line, to print beside every table."""
    share = HIDDEN
    if quality.denominator:
        share = f"{_rounded(quality.numerator, quality.denominator, 1)}{SPACE}%"
    return (
        f"{quality.code} {quality.label} : {quality.numerator} / {quality.denominator} "
        f"séances ({share})"
    )


def percent(numerator: int, denominator: int, families: int) -> str:
    """Say a percentage as finely as its number of families allows."""
    if denominator == 0 or families < ROUNDED_TO_FIVE_FROM:
        return HIDDEN
    if families >= ROUNDED_TO_ONE_FROM:
        return f"{_rounded(numerator, denominator, 1)}{SPACE}%"
    if 100 * numerator <= EXTREME_PERCENT * denominator:
        return f"≤{SPACE}{EXTREME_PERCENT}{SPACE}%"
    if 100 * numerator >= (100 - EXTREME_PERCENT) * denominator:
        return f"≥{SPACE}{100 - EXTREME_PERCENT}{SPACE}%"
    return f"{_rounded(numerator, denominator, 5)}{SPACE}%"


def spreadsheet_safe(text: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _rounded(numerator: int, denominator: int, step: int) -> int:
    """A percentage to the nearest `step`, halves up; in whole numbers, so that 14.5 is 15."""
    return step * ((200 * numerator + step * denominator) // (2 * step * denominator))


def _interval(one: Indicator) -> str:
    if one.lo is None or one.hi is None or one.families < ROUNDED_TO_FIVE_FROM:
        return HIDDEN
    return f"{floor(100 * one.lo + 0.5)} à {floor(100 * one.hi + 0.5)}{SPACE}%"


def _remarks(one: Indicator) -> str:
    left_out = f"{one.excluded} sans avis" if one.excluded else ""
    return " ; ".join(part for part in (one.note, left_out) if part)


def _record(one: Indicator) -> dict[str, str | int | float | bool | None]:
    return {
        "code": one.code,
        "label": one.label,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "families": one.families,
        "proportion": _short(one.proportion),
        "lo": _short(one.lo),
        "hi": _short(one.hi),
        "publishable": one.publishable,
        "note": _remarks(one),
        "period": str(one.period),
        "centre": one.centre,
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _cell(value: str | float | bool | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return spreadsheet_safe(value)
        case _:
            return str(value)
