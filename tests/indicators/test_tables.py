"""How figures are shown: never finer than their families allow."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from bot.indicators.definitions import DEFINITIONS, Period
from bot.indicators.indicator import Indicator, Quality, measure
from bot.indicators.statistics import Tally
from bot.indicators.tables import (
    FIELDS,
    HEADINGS,
    as_csv,
    as_json,
    as_table,
    percent,
    quality_line,
)

SATISFACTION = next(one for one in DEFINITIONS if one.code == "I13")


def measured(
    *per_family: Tally, centre: str | None = "Centre des Tilleuls", excluded: int = 0
) -> Indicator:
    """One satisfaction figure."""
    return measure(
        SATISFACTION, per_family, period=Period(2026, 2), centre=centre, excluded=excluded
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "families", "shown"),
    [
        (0, 0, 0, "—"),
        (10, 10, 10, "—"),
        (40, 50, 10, "—"),
        (8, 11, 11, "75 %"),
        (29, 40, 29, "75 %"),
        (28, 39, 29, "70 %"),
        (11, 11, 11, "≥ 90 %"),
        (18, 20, 20, "≥ 90 %"),
        (2, 20, 20, "≤ 10 %"),
        (0, 20, 20, "≤ 10 %"),
        (29, 200, 30, "15 %"),
        (28, 39, 30, "72 %"),
        (30, 30, 30, "100 %"),
        (0, 30, 30, "0 %"),
    ],
)
def test_a_percentage_is_as_fine_as_its_families_allow(
    numerator: int, denominator: int, families: int, shown: str
) -> None:
    assert percent(numerator, denominator, families).replace("\u00a0", " ") == shown


def test_a_figure_of_few_families_is_counted_but_not_published() -> None:
    ten, eleven = measured(*[(1, 1)] * 10), measured(*[(1, 1)] * 11)
    assert (ten.numerator, ten.publishable, ten.note) == (10, False, "moins de 11 familles")
    assert ten.proportion == 1.0
    assert (eleven.publishable, eleven.note) == (True, "")


def test_many_answers_of_few_families_are_still_few_families() -> None:
    assert not measured(*[(10, 10)] * 10).publishable


def test_table_shows_counts_and_holds_back_the_rest() -> None:
    rows = as_table([measured(*[(1, 1)] * 8, (0, 1), excluded=3), measured(*[(1, 1)] * 12)])
    assert [len(row) for row in rows] == [len(HEADINGS)] * 2
    assert [cell.replace("\u00a0", " ") for cell in rows[0]] == [
        "I13",
        "Satisfaction séance",
        "8 / 9",
        "9",
        "—",
        "—",
        "moins de 11 familles ; 3 sans avis",
    ]
    assert [cell.replace("\u00a0", " ") for cell in rows[1][2:]] == [
        "12 / 12",
        "12",
        "≥ 90 %",
        "76 à 100 %",
        "",
    ]


def test_json_is_a_list_of_objects_with_the_fields() -> None:
    (one,) = json.loads(as_json([measured(*[(1, 1)] * 9, *[(0, 1)] * 3)]))
    assert tuple(one) == FIELDS
    assert one == {
        "code": "I13",
        "label": "Satisfaction séance",
        "numerator": 9,
        "denominator": 12,
        "families": 12,
        "proportion": 0.75,
        "lo": 0.467695,
        "hi": 0.911058,
        "publishable": True,
        "note": "",
        "period": "2026-H2",
        "centre": "Centre des Tilleuls",
    }


def test_json_says_null_for_what_was_not_counted() -> None:
    (one,) = json.loads(as_json([measured(centre=None)]))
    assert [one[name] for name in ("proportion", "lo", "hi", "centre")] == [None] * 4
    assert (one["numerator"], one["denominator"], one["families"]) == (0, 0, 0)


def test_csv_holds_the_same_as_json() -> None:
    figures = [measured(*[(1, 1)] * 9, *[(0, 1)] * 3, excluded=2), measured(centre=None)]
    rows = list(csv.reader(io.StringIO(as_csv(figures))))
    assert tuple(rows[0]) == FIELDS
    as_text = {True: "true", False: "false", None: ""}
    for row, record in zip(rows[1:], json.loads(as_json(figures)), strict=True):
        assert row == [
            as_text[value] if value is None or isinstance(value, bool) else str(value)
            for value in record.values()
        ]


def test_csv_never_hands_a_formula_to_a_spreadsheet() -> None:
    named = replace(measured((1, 1)), centre="=1+1")
    assert as_csv([named]).rstrip().endswith(",'=1+1")


def test_who_gave_no_opinion_is_reported_in_exports() -> None:
    (one,) = json.loads(as_json([measured(*[(1, 1)] * 12, excluded=2)]))
    assert one["note"] == "2 sans avis"


@pytest.mark.parametrize(
    ("in_time", "held", "line"),
    [
        (7, 9, "Q3 Présences notées sous 48 h : 7 / 9 séances (78 %)"),
        (0, 0, "Q3 Présences notées sous 48 h : 0 / 0 séances (—)"),
    ],
)
def test_quality_line(in_time: int, held: int, line: str) -> None:
    quality = Quality("Q3", "Présences notées sous 48 h", in_time, held)
    assert quality_line(quality).replace("\u00a0", " ") == line
