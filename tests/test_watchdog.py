"""Each finding appears when its cause does, goes with it, and is seen by whom it concerns."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.messages import DeliveryState
from bot.storage.tables import addresses, centres, families, outbox, tasks
from bot.watchdog import findings
from tests.house import MONDAY, SMS, WORKSHOP, House, guardian, phone, roster_row

DUE = datetime(2026, 11, 21, 9, tzinfo=MONDAY.tzinfo)  # ten o'clock, a week before the workshop


def seen(house: House, centre_id: int | None = None) -> dict[str, int]:
    """What the watchdog finds now, by code."""
    with house.database.read() as db:
        found = findings(db, centre_id, house.clock())
    assert all(str(one.count) in one.words and one.words.endswith(".") for one in found)
    return {one.code: one.count for one in found}


def change(house: House, **values: Any) -> None:
    with house.database.write() as db:
        db.execute(update(outbox).values(**values))


async def test_a_house_that_works_shows_nothing(house: House) -> None:
    house.families(3)
    house.event()
    await house.live_until(DUE + timedelta(days=6))
    assert seen(house) == {}


def test_a_step_that_is_due_and_not_started(house: House) -> None:
    house.families(3)
    house.event()
    house.event(date(2026, 12, 20))  # due later
    house.clock.set(DUE + timedelta(minutes=59))
    assert seen(house) == {}
    house.clock.set(DUE + timedelta(minutes=61))
    assert seen(house) == {"not_started": 1}
    house.plan()
    assert seen(house) == {}


def test_a_new_family_is_given_the_time_to_be_planned_for(house: House) -> None:
    house.family(0)
    house.event()
    house.clock.set(DUE + timedelta(hours=2))
    house.plan()
    house.family(1, introduced=False)
    assert seen(house) == {}
    house.clock.later(hours=2)
    assert seen(house)["not_started"] == 1
    house.plan()
    assert "not_started" not in seen(house)


async def test_what_waits_past_its_time(house: House) -> None:
    house.families(2)
    house.event()
    house.clock.set(DUE)
    house.plan()
    house.clock.later(minutes=29)
    assert seen(house) == {}
    house.clock.later(minutes=2)
    assert seen(house) == {"not_sent": 2}
    await house.drain()
    assert seen(house) == {}


async def test_what_began_to_leave_and_was_never_heard_of(house: House) -> None:
    house.family(0)
    house.event()
    house.clock.set(DUE)
    house.plan()
    change(house, state=DeliveryState.SENDING, lease_until=DUE + timedelta(minutes=2))
    house.clock.later(minutes=31)
    assert seen(house) == {}  # its lease ended half an hour ago at the earliest
    house.clock.later(minutes=2)
    assert seen(house) == {"in_doubt": 1}
    await house.drain()
    assert seen(house) == {}


async def test_a_message_that_reached_nobody(house: House) -> None:
    house.families(2)
    event_id = house.event()
    house.clock.set(DUE)
    with house.database.write() as db:
        db.execute(update(addresses).values(dead_reason="address_dead"))
    await house.tick()
    assert seen(house) == {"nobody_reached": 1}
    change(house, reason="no_longer_needed")  # nothing failed: the families had answered
    assert seen(house) == {}
    change(house, reason="address_dead")
    house.clock.set(datetime(2026, 11, 28, 18, tzinfo=MONDAY.tzinfo))
    assert seen(house) == {}, f"event {event_id} has begun"


async def test_one_family_that_was_reached_is_enough(house: House) -> None:
    house.family(0)
    house.family(1, guardians=(guardian(1, phone="+33139980001", can_text=False),))
    house.event()
    house.clock.set(DUE)
    await house.tick()
    assert len(house.outbox(state="refused")) == 1
    assert seen(house) == {}


@pytest.mark.parametrize(
    ("budget", "found"),
    [(None, {}), (100, {}), (50, {"budget_low": 1}), (40, {"budget_spent": 1})],
)
async def test_a_budget_that_is_nearly_or_all_spent(
    house: House, budget: int | None, found: dict[str, int]
) -> None:
    house.family(0)
    house.event()
    house.clock.set(DUE)
    await house.tick()
    change(house, segments=40)
    house.centre(monthly_segments=budget)
    assert seen(house) == found
    house.clock.set(datetime(2026, 12, 1, 9, tzinfo=MONDAY.tzinfo))
    assert seen(house) == {}


def test_a_parent_who_has_waited_for_more_than_a_day(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(0), "je voudrais parler à quelqu'un")
    house.clock.later(hours=23)
    assert "people_wait" not in seen(house)
    house.clock.later(hours=2)
    assert seen(house)["people_wait"] == 1
    with house.database.write() as db:
        db.execute(update(tasks).values(answered_at=house.clock()))
    assert "people_wait" not in seen(house)


def test_hours_in_which_nothing_can_leave(house: House) -> None:
    house.family(0)
    house.centre(opens_at=time(20), closes_at=time(9))
    assert seen(house) == {"never_open": 1}
    house.centre(opens_at=time(9), closes_at=time(20))
    assert seen(house) == {}


def test_a_coordinator_sees_their_own_centre(house: House) -> None:
    house.families(2)
    house.event()
    with house.database.write() as db:
        made = db.execute(
            insert(centres).values(
                name="Le Port",
                opens_at=time(9),
                closes_at=time(9),
                quiet_days=[7],
                created_at=MONDAY,
            )
        ).inserted_primary_key
    assert made is not None
    house.clock.set(DUE + timedelta(hours=2))
    assert seen(house) == {"not_started": 1, "never_open": 1}
    assert seen(house, 1) == {"not_started": 1}
    assert seen(house, made[0]) == {"never_open": 1}


def test_what_families_miss_is_graver_than_what_can_wait(house: House) -> None:
    house.families(2)
    house.event(WORKSHOP)
    house.hear(SMS, phone(0), "je voudrais parler à quelqu'un")
    house.clock.set(DUE + timedelta(hours=2))
    with house.database.read() as db:
        grave = {one.code: one.grave for one in findings(db, None, house.clock())}
    assert grave["not_started"]
    assert not grave["people_wait"]


def test_a_family_that_left_is_not_waited_for(house: House) -> None:
    house.enrol(roster_row(1))
    house.event()
    house.clock.set(DUE + timedelta(hours=2))
    assert "not_started" in seen(house)
    with house.database.write() as db:
        db.execute(update(families).values(left_on=date(2026, 11, 20)))
    assert "not_started" not in seen(house)


def test_a_finding_names_the_events_that_it_is_about(house: House) -> None:
    house.families(2)
    ids = [house.event(title=f"Atelier {number}") for number in range(5)]
    house.clock.set(DUE + timedelta(hours=2))
    with house.database.read() as db:
        [found] = findings(db, None, house.clock())
    assert [one.id for one in found.events] == ids
    told = "« Atelier 0 », samedi 28 novembre ; « Atelier 1 », samedi 28 novembre ; "
    assert told in found.told
    assert found.told.endswith("; 2 autres)")


async def test_messages_that_are_stuck_name_their_event(house: House) -> None:
    house.families(2)
    event_id = house.event()
    house.clock.set(DUE)
    house.plan()
    house.clock.later(hours=3)
    with house.database.read() as db:
        [found] = findings(db, None, house.clock())
    assert (found.code, found.count) == ("not_sent", 2)
    assert [one.id for one in found.events] == [event_id]


@pytest.mark.parametrize(
    ("silent", "heard", "found"), [(20, 0, {}), (21, 0, {"no_receipts": 21}), (21, 21, {})]
)
async def test_a_channel_of_which_no_word_comes(
    house: House, silent: int, heard: int, found: dict[str, int]
) -> None:
    house.families(silent + heard)
    house.event()
    house.clock.set(DUE)
    await house.tick()
    for row in house.outbox()[:heard]:
        house.receipt(row, DeliveryState.DELIVERED)
    house.clock.later(hours=1, minutes=59)
    assert seen(house) == {}
    house.clock.later(minutes=1)
    assert seen(house) == found
    assert seen(house, house.centre()) == found
    house.clock.later(days=3)
    assert "no_receipts" not in seen(house)


async def test_what_has_to_be_asked_for_was_not_told(house: House) -> None:
    house.families(21)
    house.event()
    house.clock.set(DUE)
    await house.tick()
    change(house, state=DeliveryState.DELIVERED, ask_at=house.clock())
    house.clock.later(hours=2)
    assert seen(house) == {"no_receipts": 21}
    with house.database.read() as db:
        [found] = findings(db, None, house.clock())
    assert found.grave
    for named in ("CARNET_PUBLIC_URL", "/webhooks/twilio", "signature", "CARNET_TWILIO_AUTH_TOKEN"):
        assert named in found.words
    change(house, ask_at=None)
    assert seen(house) == {}
