"""What keeps families from coming: two small centres, counted by hand."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import select

from bot.events import NewEvent, Wording, add_event
from bot.indicators.obstacles import Obstacle
from bot.storage.obstacles import count_obstacles
from bot.storage.tables import centres
from tests.house import WORKSHOP, House
from tests.reasons import tell

FIRST, LAST = date(2026, 7, 1), date(2026, 12, 31)
OTHER = "Le Port"


def workshop(house: House, centre_id: int, on: date, kind: str = "workshop") -> int:
    """An event of one centre."""
    new = NewEvent(kind, centre_id, on, time(18), "Ici", {"fr": Wording("Atelier")})
    with house.database.write() as db:
        return add_event(db, new, house.clock())


def counted(house: House, **asked: object) -> list[tuple[object, ...]]:
    """Centre, kind, code, answers and families of the half-year."""
    with house.database.read() as db:
        found = count_obstacles(db, FIRST, LAST, **asked)  # type: ignore[arg-type]
    assert all(isinstance(one, Obstacle) for one in found)
    return [(one.centre, one.kind, one.code, one.answers, one.families) for one in found]


def two_centres(house: House) -> tuple[int, int]:
    """Three families here and one there, who said why about four events."""
    one, two, three = house.families(3)
    there = house.family(3, centre=OTHER)
    with house.database.read() as db:
        ids = {row.name: row.id for row in db.execute(select(centres.c.name, centres.c.id))}
    here, away = ids["Les Tilleuls"], ids[OTHER]
    first = workshop(house, here, WORKSHOP)
    second = workshop(house, here, date(2026, 12, 5))
    outing = workshop(house, here, WORKSHOP, "outing")
    next_year = workshop(house, here, date(2027, 1, 9))
    elsewhere = workshop(house, away, WORKSHOP)
    tell(house.database, one, first, "work")
    tell(house.database, one, second, "work")
    tell(house.database, two, first, "work")
    tell(house.database, three, first, "time")
    tell(house.database, three, first, "transport", minutes=5)  # the last word counts
    tell(house.database, three, second, "skip")
    tell(house.database, two, outing, "health")
    tell(house.database, one, next_year, "work")
    tell(house.database, there, elsewhere, "work")
    return here, away


def test_each_centre_and_kind_counts_answers_and_families(house: House) -> None:
    two_centres(house)
    assert counted(house, apart=True) == [
        (OTHER, "workshop", "work", 1, 1),
        ("Les Tilleuls", "workshop", "work", 3, 2),
        ("Les Tilleuls", "workshop", "transport", 1, 1),
        ("Les Tilleuls", "outing", "health", 1, 1),
    ]


def test_one_centre_or_all_together(house: House) -> None:
    _, away = two_centres(house)
    assert counted(house, centre_id=away) == [(OTHER, "workshop", "work", 1, 1)]
    assert counted(house) == [
        (None, "workshop", "work", 4, 3),
        (None, "workshop", "transport", 1, 1),
        (None, "outing", "health", 1, 1),
    ]
