"""The same gathering on the next dates: which ones, what is passed over, and what is copied."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import Rejected
from bot.events import NewEvent, Wording, add_event, cancel_event
from bot.repeats import Occurrence, Repeat, occurrences, repeat_event, school_holidays
from bot.storage.tables import event_texts, events, families, invitations, steps
from tests.house import House

FIRST = date(2026, 11, 28)


def repeat(house: House, event_id: int, **values: Any) -> list[date]:
    wanted = Repeat(**{"every": "week", "until": date(2026, 12, 18), **values})
    with house.database.write() as db:
        return [on for on, _ in repeat_event(db, event_id, wanted, house.clock())]


def dates(house: House, event_id: int, **values: Any) -> tuple[Occurrence, ...]:
    wanted = Repeat(**{"every": "week", "until": date(2026, 12, 18), **values})
    with house.database.read() as db:
        return occurrences(db, event_id, wanted, house.clock())


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, ["12-05", "12-12"]),
        ({"until": date(2026, 12, 19)}, ["12-05", "12-12", "12-19"]),
        ({"every": "two-weeks", "until": date(2026, 12, 31)}, ["12-12", "12-26"]),
    ],
)
def test_dates_follow_until_the_last_day_included(
    house: House, values: dict[str, Any], days: list[str]
) -> None:
    house.family(0)
    assert [f"{on:%m-%d}" for on in repeat(house, house.event(), **values)] == days


def test_everything_but_the_day_is_copied(house: House) -> None:
    house.families(2)
    words = {"fr": Wording("Écrans", "Goûter"), "tr": Wording("Ekranlar")}
    event_id = house.event(wordings=words, seats=12)
    repeat(house, event_id, until=date(2026, 12, 5))
    first, copy = house.all(select(events).order_by(events.c.id))
    same = ("centre_id", "kind", "at", "time_zone", "place", "seats", "for_everyone")
    assert [getattr(first, name) for name in same] == [getattr(copy, name) for name in same]
    assert (copy.on, copy.version) == (date(2026, 12, 5), 1)
    for table in (event_texts, steps, invitations):
        of_each = [
            house.all(select(table).where(table.c.event_id == one.id)) for one in (first, copy)
        ]
        assert len(of_each[0]) == len(of_each[1]) > 0


def test_chosen_families_are_chosen_again_unless_they_have_left(house: House) -> None:
    chosen = house.families(3)[:2]
    event_id = house.event(families=tuple(chosen))
    with house.database.write() as db:
        db.execute(update(families).where(families.c.id == chosen[1]).values(left_on=FIRST))
    repeat(house, event_id, until=date(2026, 12, 5))
    invited = house.all(select(invitations).where(invitations.c.event_id != event_id))
    assert [row.family_id for row in invited] == [chosen[0]]


def test_chosen_families_of_another_centre_are_chosen_again(house: House) -> None:
    here = house.family(0)
    centre_id = house.centre()
    elsewhere = house.family(1, centre="Le Port")
    first = NewEvent(
        *("workshop", centre_id, FIRST, time(18), "Maison de quartier"),
        wordings={"fr": Wording("Atelier écrans")},
        audience=(here, elsewhere),
    )
    weekly = Repeat("week", FIRST + timedelta(days=7))
    with house.database.write() as db:
        event_id = add_event(db, first, house.clock())
        [(_, again)] = repeat_event(db, event_id, weekly, house.clock())
    rows = house.all(select(invitations).where(invitations.c.event_id == again))
    assert {row.family_id for row in rows} == {here, elsewhere}


@pytest.mark.parametrize(
    ("on", "until", "instants"),
    [
        (date(2027, 3, 20), date(2027, 3, 28), [17]),
        (date(2027, 3, 21), date(2027, 4, 4), [16, 16]),
        (date(2026, 10, 18), date(2026, 11, 1), [17, 17]),
    ],
)
def test_hour_stays_on_the_wall_clock_across_both_clock_changes(
    house: House, on: date, until: date, instants: list[int]
) -> None:
    house.clock.set(datetime(2026, 10, 1, 9, tzinfo=UTC))
    house.family(0)
    event_id = house.event(on)
    repeat(house, event_id, until=until)
    copies = house.all(select(events).where(events.c.id != event_id).order_by(events.c.on))
    assert [row.starts_at.hour for row in copies] == instants
    assert {row.at for row in copies} == {time(18)}


@pytest.mark.parametrize(
    ("zone", "winter"),
    [
        ("A", (date(2027, 2, 13), date(2027, 2, 28))),
        ("B", (date(2027, 2, 20), date(2027, 3, 7))),
        ("C", (date(2027, 2, 6), date(2027, 2, 21))),
    ],
)
def test_each_zone_has_its_own_winter(zone: str, winter: tuple[date, date]) -> None:
    off = school_holidays(zone, FIRST, date(2027, 4, 1))
    in_winter = sorted(day for day in off if date(2027, 1, 15) < day < date(2027, 3, 15))
    assert (in_winter[0], in_winter[-1]) == winter
    assert len(in_winter) == 16
    assert date(2026, 12, 19) in off
    assert date(2027, 1, 4) not in off


def test_school_holidays_and_public_holidays_are_passed_over_when_asked(house: House) -> None:
    house.family(0)
    event_id = house.event(date(2026, 12, 11))  # Fridays; 25 December and 1 January among them
    until = date(2027, 1, 8)
    plain = [one.passed_over for one in dates(house, event_id, until=until)]
    assert plain == ["", "", "", ""]
    public = dates(house, event_id, until=until, skip_public_holidays=True)
    assert [one.passed_over for one in public] == ["", "public_holiday", "public_holiday", ""]
    school = dates(house, event_id, until=until, school_zone="A")
    assert [one.passed_over for one in school] == ["", "school_holidays", "school_holidays", ""]
    assert len(repeat(house, event_id, until=until, school_zone="A")) == 2


def test_repeating_twice_adds_nothing_and_a_cancelled_date_can_come_back(house: House) -> None:
    house.family(0)
    event_id = house.event()
    assert len(repeat(house, event_id)) == 2
    assert repeat(house, event_id) == []
    assert {one.passed_over for one in dates(house, event_id)} == {"exists"}
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, event_id + 1, house.clock())
    assert repeat(house, event_id) == [FIRST + timedelta(days=7)]


def test_dates_that_have_passed_are_not_planned(house: House) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(datetime(2026, 12, 6, 9, tzinfo=UTC))
    assert [one.passed_over for one in dates(house, event_id)] == ["past", ""]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"every": "month"}, "Le rythme doit être l'un de : week, two-weeks."),
        ({"until": FIRST}, "aucune date à ajouter"),
        ({"until": date(2028, 6, 1)}, "C'est trop d'un coup"),
        ({"school_zone": "D"}, "A, B ou C"),
        ({"school_zone": "A", "until": date(2027, 9, 4)}, "connues que jusqu'au 02/07/2027"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_in_french(
    house: House, values: dict[str, Any], words: str
) -> None:
    house.family(0)
    event_id = house.event()
    with pytest.raises(Rejected, match=words):
        repeat(house, event_id, **values)
    assert len(house.all(select(events))) == 1


def test_school_holidays_before_the_file_begins_are_refused() -> None:
    with pytest.raises(Rejected, match="à partir du 01/09/2026"):
        school_holidays("A", date(2026, 8, 30), date(2026, 10, 1))


def test_cancelled_or_unknown_event_is_not_repeated(house: House) -> None:
    house.family(0)
    event_id = house.event()
    with house.database.write() as db:
        db.execute(update(events).values(status="cancelled"))
    for one, words in ((event_id, "est annulé"), (99, "n'existe pas")):
        with pytest.raises(Rejected, match=words):
            repeat(house, one)
