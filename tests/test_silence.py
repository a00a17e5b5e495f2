"""Nobody says that it arrived and no way is left: a person is told while that helps, once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.changes import Changes, change_event
from bot.events import cancel_event
from bot.messages import DeliveryState, Shape
from bot.people import close_task
from bot.storage.database import Database
from bot.storage.tables import addresses, families, invitations, outbox, tasks
from bot.unheard import DEAF_FROM
from scheduler.jobs import try_other_channels
from tests.house import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    WORKSHOP,
    Clock,
    House,
    guardian,
    open_house,
    phone,
)

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday, 10:00 in Paris
STARTS_AT = datetime(2026, 11, 28, 17, tzinfo=UTC)  # the Saturday after, 18:00
DELIVERED, FAILED = DeliveryState.DELIVERED, DeliveryState.FAILED


async def quiet(house: House, **duration: float) -> int:
    """Time passes without a word, the jobs look; give how many tasks are open."""
    house.clock.later(**duration)
    await try_other_channels(house.carnet.works)
    await house.drain()
    return len(open_tasks(house))


def open_tasks(house: House) -> list[tuple[str, int | None]]:
    """The tasks that stand: why, and for which message."""
    query = select(tasks).where(tasks.c.closed_at.is_(None)).order_by(tasks.c.id)
    return [(one.reason, one.outbox_id) for one in house.all(query)]


async def invited(house: House, count: int = 1, **changes: object) -> int:
    """Families with one number each, their invitations delivered; give the event."""
    house.families(count, **changes)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    for row in house.outbox():
        house.receipt(row, DELIVERED)
    return event_id


async def cancelled(house: House, event_id: int, hours: float) -> None:
    """The event is cancelled so many hours before it begins; the news leaves."""
    house.clock.set(STARTS_AT - timedelta(hours=hours))
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, event_id, house.clock())
    await house.drain()


def tell_both(house: House) -> None:
    """The families want both guardians told."""
    with house.database.write() as db:
        db.execute(update(families).values(both_guardians=True))


# -- when -----------------------------------------------------------------------------------------


async def test_a_telephone_that_is_off_for_an_hour_is_nobodys_work(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=8)
    assert await quiet(house, minutes=60) == 0
    house.receipt(house.row(step="cancelled"), DELIVERED)
    assert await quiet(house, hours=5) == 0


async def test_who_would_stand_before_a_closed_door_is_called_in_time(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, minutes=59) == 0
    assert await quiet(house, minutes=1) == 1
    row = house.row(step="cancelled")
    (task,) = house.all(select(tasks))
    assert (task.reason, task.outbox_id, task.event_id) == ("unreachable", row.id, event_id)
    assert (task.contact_id, task.family_id, task.centre_id, task.address_id) == (
        row.contact_id,
        row.family_id,
        row.centre_id,
        row.address_id,
    )


async def test_what_is_for_next_week_waits_for_a_day(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=100)
    assert await quiet(house, hours=23, minutes=59) == 0
    assert await quiet(house, minutes=1) == 1


async def test_a_reminder_that_never_arrived_is_told_the_day_before(house: House) -> None:
    event_id = await invited(house)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.live_until(datetime(2026, 11, 26, 17, tzinfo=UTC))
    reminder = house.row(step="reminder")
    assert (reminder.state, reminder.event_id) == ("sent", event_id)
    house.clock.set(datetime(2026, 11, 26, 22, 59, tzinfo=UTC))
    assert await quiet(house) == 0
    assert await quiet(house, minutes=1) == 1, "the day before begins"


async def test_an_invitation_is_told_after_a_day_and_one_for_each_person(house: House) -> None:
    house.families(1)
    house.event()
    house.event(title="Bien dormir", at=time(15))
    house.centre(daily_cap=2)
    house.clock.set(INVITED_AT)
    await house.tick()
    assert [row.state for row in house.outbox(step="invitation")] == ["sent", "sent"]
    assert await quiet(house, hours=23) == 0
    assert await quiet(house, hours=1) == 1
    assert await quiet(house, hours=3) == 1


async def test_nothing_is_told_once_it_is_of_no_use(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, hours=5) == 0


async def test_a_survey_calls_nobody(house: House) -> None:
    house.families(1)
    house.enrol()
    house.campaign("wave")
    with house.database.write() as db:
        db.exec_driver_sql("UPDATE contacts SET surveys = 1")
    house.clock.set(datetime(2026, 11, 17, 10, tzinfo=UTC))
    await house.tick()
    assert {row.state for row in house.outbox(purpose="survey")} == {"sent"}
    assert await quiet(house, hours=30) == 0


# -- for whom -------------------------------------------------------------------------------------


async def test_a_channel_that_never_tells_calls_nobody(house: House) -> None:
    house.families(1)
    with house.database.write() as db:
        db.execute(update(addresses).values(dead_reason="address_dead"))
    house.bind(house.family_id("F00"), TELEGRAM, "700")
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    await cancelled(house, event_id, hours=4)
    assert house.row(step="cancelled").channel == "telegram"
    assert await quiet(house, hours=2) == 0


async def test_sms_without_receipts_calls_nobody(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    house = open_house(database, clock, tmp_path, shapes={SMS: Shape(receipts=False)})
    house.families(1)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, hours=2) == 0


async def test_a_household_where_one_has_heard_it_needs_no_call(house: House) -> None:
    event_id = await invited(house, guardians=(guardian(0), guardian(1)))
    tell_both(house)
    await cancelled(house, event_id, hours=4)
    first, second = house.outbox(step="cancelled")
    house.receipt(first, DELIVERED)
    assert await quiet(house, hours=2) == 0
    assert second.state == "sent"


async def test_a_household_where_nobody_has_heard_it_is_one_task(house: House) -> None:
    event_id = await invited(house, guardians=(guardian(0), guardian(1)))
    tell_both(house)
    await cancelled(house, event_id, hours=4)
    assert len(house.outbox(step="cancelled")) == 2
    assert await quiet(house, hours=2) == 1
    assert await quiet(house, hours=1) == 1


async def test_who_has_answered_is_not_called_about_it(house: House) -> None:
    house.families(1)
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    with house.database.write() as db:
        db.execute(update(invitations).values(rsvp="yes"))
    assert await quiet(house, hours=30) == 0


async def test_who_stopped_is_not_called(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=4)
    house.hear(SMS, phone(0), "STOP")
    await house.drain()
    assert await quiet(house, hours=2) == 0


async def test_a_next_way_that_is_closed_is_no_way(house: House) -> None:
    house.family(0)
    second = house.bind(house.family_id("F00"), WHATSAPP, phone(0))
    with house.database.write() as db:
        db.exec_driver_sql(f"UPDATE contact_addresses SET rank = 9 WHERE address_id = {second}")
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.receipt(house.row(step="invitation"), DELIVERED)
    await cancelled(house, event_id, hours=4)
    with house.database.write() as db:
        db.execute(update(addresses).where(addresses.c.id == second).values(dead_reason="x"))
    assert await quiet(house, hours=1) == 1


async def test_a_next_way_comes_before_a_person(house: House) -> None:
    event_id = await invited(house, guardians=(guardian(0, whatsapp=True),))
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, hours=1) == 0
    assert house.row(step="cancelled").channel == "sms"
    assert await quiet(house, minutes=44) == 0
    assert await quiet(house, minutes=1) == 1


@pytest.mark.parametrize("minutes", [0, 120])
async def test_where_no_other_way_is_ever_tried_a_person_is_told(
    database: Database, clock: Clock, tmp_path: Path, minutes: int
) -> None:
    house = open_house(database, clock, tmp_path, fallback_minutes=minutes)
    event_id = await invited(house, guardians=(guardian(0, whatsapp=True),))
    await cancelled(house, event_id, hours=8)
    assert await quiet(house, hours=2) == (0 if minutes else 1)
    assert house.row(step="cancelled").channel == ("sms" if minutes else "whatsapp")


# -- what becomes of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("word", [DELIVERED, DeliveryState.READ])
async def test_it_closes_itself_when_the_message_arrives(house: House, word: DeliveryState) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, hours=1) == 1
    house.receipt(house.row(step="cancelled"), word)
    assert open_tasks(house) == []
    (task,) = house.all(select(tasks))
    assert (task.closed_at, task.closed_by) == (house.clock(), None)
    assert await quiet(house, hours=1) == 0


async def test_it_stays_while_something_else_could_not_be_said(house: House) -> None:
    event_id = await invited(house)
    other = house.event(title="Bien dormir", at=time(15), on=WORKSHOP)
    await cancelled(house, event_id, hours=8)
    assert await quiet(house, hours=2) == 1
    with house.database.write() as db:
        row = db.execute(select(outbox).where(outbox.c.step == "cancelled")).one()
        copied = {**row._mapping, "id": None, "key": "other", "event_id": other, "state": "failed"}
        db.execute(outbox.insert().values(copied))
    house.receipt(house.row(key=row.key), DELIVERED)
    assert len(open_tasks(house)) == 1


async def test_who_settled_it_is_not_asked_again(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=8)
    assert await quiet(house, hours=2) == 1
    (task,) = house.all(select(tasks))
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    assert await quiet(house, hours=4) == 0


async def test_a_failure_that_follows_opens_no_second_one(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=8)
    assert await quiet(house, hours=2) == 1
    house.receipt(house.row(step="cancelled"), FAILED, "30005")
    assert await quiet(house, hours=2) == 1


async def test_silence_after_a_failure_of_the_same_event_opens_no_second_one(
    house: House,
) -> None:
    house.families(1)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.receipt(house.row(step="invitation"), FAILED, "30004")
    assert len(open_tasks(house)) == 1
    await cancelled(house, event_id, hours=4)
    assert await quiet(house, hours=2) == 1


async def test_news_is_told_although_the_invitation_was_settled(house: House) -> None:
    house.families(1)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    assert await quiet(house, hours=24) == 1
    (task,) = house.all(select(tasks))
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    house.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    with house.database.write() as db:
        change_event(db, house.carnet.reach, event_id, Changes(place="Gymnase"), house.clock())
    await house.drain()
    assert await quiet(house, hours=23) == 0
    assert await quiet(house, hours=1) == 1


async def test_a_phone_that_is_tried_again_and_again_is_told_of_in_time(house: House) -> None:
    event_id = await invited(house)
    await cancelled(house, event_id, hours=9.5)
    house.receipt(house.row(step="cancelled"), FAILED, "30003")
    assert house.row(step="cancelled").state == "waiting"
    assert await quiet(house, minutes=30) == 0
    house.phones[SMS].name = "again"
    house.receipt(house.row(step="cancelled"), FAILED, "30003")
    assert await quiet(house, hours=2) == 1, "it waits for another try, and so does nobody"


# -- many -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "told"), [(0, 0), (DEAF_FROM, 0), (DEAF_FROM + 1, DEAF_FROM + 1)]
)
async def test_where_words_are_lost_no_family_is_called_for_that(
    house: House, heard: int, told: int
) -> None:
    silent = DEAF_FROM + 1
    event_id = await invited(house, silent + heard)
    with house.database.write() as db:  # what was delivered before is long ago
        db.execute(update(outbox).values(next_attempt_at=INVITED_AT - timedelta(days=9)))
    await cancelled(house, event_id, hours=4)
    for row in house.outbox(step="cancelled")[:heard]:
        house.receipt(row, DELIVERED)
    assert await quiet(house, hours=2) == told
