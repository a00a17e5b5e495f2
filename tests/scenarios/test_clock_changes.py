"""Changes of the clock, leap days and islands, lived through: each step once, at its own hour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.events import record_attendance
from bot.gate import Hours
from bot.storage.tables import contacts
from tests.house import SMS, House, phone

PARIS, REUNION, MARTINIQUE = "Europe/Paris", "Indian/Reunion", "America/Martinique"
FAMILIES = 3
NO_HOLIDAY = "US"  # a country without any in these weeks; in France, Easter Monday comes in between
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)  # Sundays, as are the two others
FIRST_SPRING, NEXT_AUTUMN = date(2026, 3, 29), date(2027, 10, 31)

STEPS = {  # days from the event, and the hour that the plan says
    "invitation": (-7, time(10)),
    "nudge": (-4, time(17, 30)),
    "reminder": (-2, time(18)),
    "morning": (0, time(9)),
    "survey": (1, time(9)),  # the next morning, when the centre opens
}


async def live(house: House, on: date, zone: str) -> int:
    """Ten days around a workshop at 15:00, half an hour at a time by day; give the event."""
    house.clock.set(datetime.combine(on - timedelta(days=8), time(12), ZoneInfo(zone)))
    house.families(FAMILIES)
    house.centre(time_zone=zone, quiet_days=[], holidays=NO_HOLIDAY)
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    event_id = house.event(on=on, at=time(15))
    end = datetime.combine(on + timedelta(days=2), time(12), ZoneInfo(zone)).astimezone(UTC)
    house.clock.set(house.clock().astimezone(UTC))
    said = False
    while house.clock() < end:
        here = house.clock().astimezone(ZoneInfo(zone))
        house.clock.later(minutes=30 if 6 <= here.hour < 20 else 60)
        await house.tick()
        here = house.clock().astimezone(ZoneInfo(zone))
        if not said and here.date() == on - timedelta(days=5):  # before the nudge
            said = True
            for number in (0, 1):
                house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
        if here.date() == on and here.time() == time(20):
            came = {house.family_id(f"F{number:02d}"): number < 2 for number in range(FAMILIES)}
            with house.database.write() as db:
                record_attendance(db, event_id, came, house.clock())
    return event_id


@pytest.mark.parametrize(
    ("zone", "on"),
    [
        (PARIS, AUTUMN - timedelta(days=1)),
        (PARIS, AUTUMN),
        (PARIS, AUTUMN + timedelta(days=1)),
        (PARIS, SPRING - timedelta(days=1)),
        (PARIS, SPRING),
        (PARIS, SPRING + timedelta(days=1)),
        (PARIS, FIRST_SPRING),
        (PARIS, FIRST_SPRING + timedelta(days=1)),
        (PARIS, NEXT_AUTUMN),
        (PARIS, NEXT_AUTUMN + timedelta(days=1)),  # and the first of a month
        (PARIS, date(2028, 2, 29)),
        (MARTINIQUE, date(2028, 3, 1)),  # its survey is the only step in March
        (REUNION, AUTUMN),
        (REUNION, SPRING),
    ],
    ids=str,
)
async def test_every_step_leaves_once_at_its_hour_where_the_families_live(
    house: House, zone: str, on: date
) -> None:
    event_id = await live(house, on, zone)
    rows = [row for row in house.outbox(event_id=event_id) if row.purpose != "reply"]
    assert {(row.state, row.reason) for row in rows} == {("sent", "")}
    per_family = Counter((row.step, row.family_id) for row in rows)
    assert set(per_family.values()) == {1}
    assert Counter(row.step for row in rows) == {
        "invitation": 3,
        "nudge": 1,
        "reminder": 2,
        "morning": 2,
        "survey": 2,
    }
    for row in rows:
        days, at = STEPS[row.step]
        here = row.sent_at.astimezone(ZoneInfo(zone))
        assert (here.date(), here.time()) == (on + timedelta(days=days), at), row.step


async def test_family_hears_the_hour_that_stands_on_its_own_wall(house: House) -> None:
    await live(house, SPRING, PARIS)
    texts = house.texts(SMS, phone(0))
    assert "à 15h" in texts[0]
    assert all("14h" not in text and "16h" not in text for text in texts)


@pytest.mark.parametrize(
    ("on", "at", "starts_at"),
    [
        (AUTUMN, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of two
        (NEXT_AUTUMN, time(2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
async def test_hour_that_comes_twice_is_one_instant(
    house: House, on: date, at: time, starts_at: datetime
) -> None:
    house.clock.set(starts_at - timedelta(days=24))
    house.families(1)
    event_id = house.event(on=on, at=at)
    house.clock.set(starts_at - timedelta(days=7))
    await house.live_until(starts_at + timedelta(days=1), timedelta(hours=2))
    rows = house.outbox(event_id=event_id)
    assert all(row.expires_at <= starts_at for row in rows)
    assert Counter(row.step for row in rows)["invitation"] == 1


# -- holidays and hours of a centre's own ---------------------------------------------------------

ABOLITION = {  # the day on which each of them remembers the end of slavery: a working day in Paris
    "FR-974": (REUNION, date(2027, 12, 20)),
    "FR-972": (MARTINIQUE, date(2026, 5, 22)),
    "FR-976": ("Indian/Mayotte", date(2027, 4, 27)),
}


async def reminded_at(house: House, zone: str, on: date, **centre: Any) -> datetime:
    """Live around a workshop of a family that comes; give the wall clock of its reminder."""
    noon = datetime.combine(on - timedelta(days=8), time(12), ZoneInfo(zone))
    house.clock.set(noon.astimezone(UTC))
    family_id = house.family(1)
    house.centre(time_zone=zone, **centre)
    event_id = house.event(on=on, at=time(15))
    await house.live_until(house.clock() + timedelta(days=4), timedelta(hours=3))
    house.hear(SMS, phone(1), "oui, 1 adulte et 1 enfant")
    end = datetime.combine(on, time(8), ZoneInfo(zone)).astimezone(UTC)
    await house.live_until(end, timedelta(minutes=30))
    row = house.row(event_id=event_id, step="reminder", family_id=family_id)
    there: datetime = row.sent_at.astimezone(ZoneInfo(zone))
    return there.replace(tzinfo=None)


@pytest.mark.parametrize("region", ABOLITION)
async def test_centre_is_silent_on_the_holidays_of_where_it_is(house: House, region: str) -> None:
    zone, free = ABOLITION[region]
    sent = await reminded_at(house, zone, free + timedelta(days=2), holidays=region)
    assert sent == datetime.combine(free + timedelta(days=1), time(9))


@pytest.mark.parametrize("region", ABOLITION)
async def test_paris_works_on_the_holidays_of_the_islands(house: House, region: str) -> None:
    _, free = ABOLITION[region]
    sent = await reminded_at(house, PARIS, free + timedelta(days=2), holidays="FR")
    assert sent == datetime.combine(free, time(18))


@pytest.mark.parametrize("zone", [PARIS, REUNION, MARTINIQUE])
async def test_centre_with_short_hours_sends_when_it_opens_on_its_own_wall(
    house: House, zone: str
) -> None:
    hours = {"opens_at": time(10, 30), "closes_at": time(16)}
    sent = await reminded_at(house, zone, date(2026, 11, 27), holidays="FR", **hours)
    assert sent == datetime.combine(date(2026, 11, 26), time(10, 30))


@pytest.mark.parametrize(
    ("on", "opens_at"),
    [
        (SPRING, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # 02:30 is missing: 03:30 in summer
        (FIRST_SPRING, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (AUTUMN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:30 comes twice: the first
        (NEXT_AUTUMN, datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
    ids=str,
)
def test_hours_that_open_in_the_missing_or_doubled_hour_open_once(
    on: date, opens_at: datetime
) -> None:
    hours = Hours(PARIS, time(2, 30), time(4), quiet_days=frozenset())
    midnight = datetime.combine(on, time(), ZoneInfo(PARIS)).astimezone(UTC)
    assert hours.next_open(midnight) == opens_at
    closes = datetime.combine(on, time(4), ZoneInfo(PARIS)).astimezone(UTC)
    assert hours.open_between(midnight, closes) == closes - opens_at
