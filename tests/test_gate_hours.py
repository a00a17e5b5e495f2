"""Hours in which nothing could ever leave are refused when they are set, in words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.centres import change_centre
from bot.enrolment import import_families
from bot.errors import Rejected
from bot.gate import Hours, impossible
from bot.storage.tables import centres
from tests.house import MONDAY, House, roster_row

USUAL: dict[str, Any] = {
    "zone": "Europe/Paris",
    "opens": time(9),
    "closes": time(19, 30),
    "quiet_days": [7],
    "holidays": "FR",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quiet_days": []},
        {"quiet_days": [1, 2, 3, 4, 5, 6]},
        {"opens": time(0), "closes": time(0, 1)},
        {"zone": "Indian/Reunion", "holidays": "FR-974"},
        {"holidays": "FR-57"},
        {"holidays": "BE"},
    ],
)
def test_hours_in_which_something_can_leave_are_taken(changes: dict[str, Any]) -> None:
    hours = {**USUAL, **changes}
    assert impossible(**hours) == ""
    window = Hours(hours["zone"], hours["opens"], hours["closes"], frozenset(hours["quiet_days"]))
    assert window.next_open(MONDAY) is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opens": time(19, 30), "closes": time(9)}, "rien ne partirait jamais"),
        ({"opens": time(9), "closes": time(9)}, "rien ne partirait jamais"),
        ({"quiet_days": [7, 6, 5, 4, 3, 2, 1]}, "Sept jours"),
        ({"quiet_days": [0]}, "de 1 (lundi) à 7"),
        ({"quiet_days": [8]}, "de 1 (lundi) à 7"),
        ({"zone": "Europe/Lutèce"}, "Europe/Lutèce"),
        ({"zone": ""}, "Fuseau horaire inconnu"),
        ({"zone": "/etc/localtime"}, "Fuseau horaire inconnu"),
        ({"holidays": "FR-00"}, "FR-00"),
        ({"holidays": "Alsace"}, "Alsace"),
        ({"holidays": ""}, "Jours fériés inconnus"),
    ],
)
def test_an_impossible_window_says_why(changes: dict[str, Any], said: str) -> None:
    assert said in impossible(**{**USUAL, **changes})


def test_a_change_is_judged_with_what_stands_already(house: House) -> None:
    house.enrol(roster_row(1))
    centre_id = house.centre(opens_at=time(10), closes_at=time(12))
    with house.database.write() as db, pytest.raises(Rejected, match="12:00"):
        change_centre(db, centre_id, {"opens_at": time(13)})
    assert house.one(select(centres.c.opens_at)).opens_at == time(10)
    with house.database.write() as db:
        row = change_centre(db, centre_id, {"opens_at": time(13), "closes_at": time(18)})
    assert (row.opens_at, row.closes_at, row.quiet_days) == (time(13), time(18), [7])


@pytest.mark.parametrize(
    "values",
    [
        {"sms_sender": "UnNomBeaucoupTropLong"},
        {"sms_sender": "Été"},
        {"monthly_segments": -1},
        {"phone": "0" * 33},
    ],
)
def test_what_no_provider_takes_is_refused(house: House, values: dict[str, Any]) -> None:
    house.enrol(roster_row(1))
    with house.database.write() as db, pytest.raises(Rejected):
        change_centre(db, house.centre(), values)


def test_no_centre_is_made_in_a_zone_that_does_not_exist(house: House) -> None:
    with house.database.write() as db, pytest.raises(Rejected, match="Mars/Olympus"):
        import_families(db, [roster_row(1)], MONDAY, zone="Mars/Olympus")
    assert house.one(select(func.count().label("n")).select_from(centres)).n == 0


def test_what_is_taken_lets_something_leave_within_a_week() -> None:
    window = Hours("Europe/Paris", time(0), time(0, 1), frozenset({1, 2, 3, 4, 5, 6}))
    opens = window.next_open(MONDAY)
    assert isinstance(opens, datetime)
    assert opens - MONDAY < timedelta(days=7)
