"""Both changes of the clock, lived through hour by hour: each step once, at its wall-clock hour."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.events import record_attendance
from bot.storage.tables import contacts
from tests.house import SMS, House, phone

PARIS, REUNION = "Europe/Paris", "Indian/Reunion"
FAMILIES = 3
NO_HOLIDAY = "US"  # a country without any in these weeks; in France, Easter Monday comes in between
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)  # Sundays

STEPS = {  # days from the event, and the hour that the plan says
    "invitation": (-7, time(10)),
    "nudge": (-4, time(17, 30)),
    "reminder": (-2, time(18)),
    "morning": (0, time(9)),
    "survey": (1, time(10, 30)),
}


async def live(house: House, on: date, zone: str) -> int:
    """Ten days around a workshop at 15:00, half an hour at a time; give the event."""
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
        house.clock.later(minutes=30)
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
    ],
)
async def test_hour_that_comes_twice_is_one_instant(
    house: House, on: date, at: time, starts_at: datetime
) -> None:
    house.clock.set(datetime(2026, 10, 1, 9, tzinfo=UTC))
    house.families(1)
    event_id = house.event(on=on, at=at)
    house.clock.set(starts_at - timedelta(days=7))
    await house.live_until(starts_at + timedelta(days=1), timedelta(hours=2))
    rows = house.outbox(event_id=event_id)
    assert all(row.expires_at <= starts_at for row in rows)
    assert Counter(row.step for row in rows)["invitation"] == 1
