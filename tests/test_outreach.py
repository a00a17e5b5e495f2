"""What is planned becomes one row each, or a refusal with its reason; totals always add up."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.event import listen, remove

from bot.errors import SendDelayed
from bot.events import cancel_event
from bot.outreach import Enqueued, enqueue
from bot.people import pause_family
from bot.plans import Intent
from bot.storage.database import Database
from bot.storage.tables import addresses, contacts, conversations, families, tasks
from scheduler.jobs import JOBS, STUCK_AFTER, plan_due, sweep
from scheduler.planner import plan
from scheduler.state import load_state
from tests.house import (
    SMS,
    Clock,
    House,
    guardian,
    open_house,
    phone,
    roster_row,
    states,
)

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
STARTS_AT = datetime(2026, 11, 28, 17, tzinfo=UTC)


def test_planning_twice_writes_nothing_twice(house: House) -> None:
    house.families(3)
    house.event()
    house.clock.set(INVITED_AT)
    first, second = house.plan(), house.plan()
    assert (first.waiting, second.waiting) == (3, 0)
    assert len(house.outbox()) == len(house.all(select(conversations))) == 3


def test_two_processes_that_plan_at_once_write_each_message_once(
    database_file: Path, clock: Clock, tmp_path: Path
) -> None:
    house = open_house(Database(f"sqlite:///{database_file}", durable=False), clock, tmp_path)
    house.families(20)
    house.event()
    clock.set(INVITED_AT)
    ready, planned = threading.Barrier(4), []

    def other_process() -> None:
        database = Database(f"sqlite:///{database_file}", durable=False)
        ready.wait()
        with database.write() as db:
            planned.append(plan_due(db, house.carnet.reach, clock()).waiting)
        database.close()

    workers = [threading.Thread(target=other_process) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rows = house.outbox()
    house.database.close()
    assert sorted(planned) == [0, 0, 0, 20]
    assert len({row.key for row in rows}) == len(rows) == 20


def test_every_refusal_is_kept_with_its_reason_and_totals_add_up(house: House) -> None:
    ids = house.families(6)
    house.enrol(roster_row(6, guardians=(guardian(6, can_text=False),)))
    event_id = house.event()
    with house.database.write() as db:
        stopped = update(contacts).where(contacts.c.family_id == ids[0])
        db.execute(stopped.values(stopped_at=INVITED_AT))
        pause_family(db, ids[1], INVITED_AT + timedelta(days=2), "hospitalisation", INVITED_AT)
        pause_family(db, ids[2], STARTS_AT + timedelta(days=2), "en voyage", INVITED_AT)
        db.execute(
            update(addresses)
            .where(addresses.c.value == phone(3))
            .values(dead_reason="address_dead")
        )
        db.execute(
            update(families).where(families.c.id == ids[4]).values(left_on=date(2026, 11, 1))
        )
    house.clock.set(INVITED_AT)
    done = house.plan()
    assert Counter((row.state, row.reason) for row in house.outbox(event_id=event_id)) == {
        ("refused", "stopped"): 1,
        ("waiting", "paused"): 1,
        ("refused", "too_late"): 1,
        ("refused", "address_dead"): 1,
        ("refused", "landline"): 1,
        ("waiting", ""): 1,
    }
    assert (done.waiting, done.later, done.refused) == (1, 1, 4)
    assert done.waiting + done.later + done.refused == len(house.outbox(event_id=event_id))


def test_household_without_any_phone_ends_refused_and_is_not_planned_again(house: House) -> None:
    house.family(0)
    house.event()
    with house.database.write() as db:
        db.execute(update(addresses).values(dead_reason="blocked"))
    house.clock.set(INVITED_AT)
    assert house.plan().refused == 1
    assert house.plan().refused == 0
    assert states(house.outbox()) == [("invitation", "refused", "blocked")]


async def test_family_is_written_to_once_though_two_guardians_and_two_children(
    house: House,
) -> None:
    both = (guardian(0), guardian(1))
    house.enrol(
        roster_row(0, child="Lina", guardians=both), roster_row(0, child="Adam", guardians=both)
    )
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    assert len(house.phones[SMS].taken) == 1


async def test_children_are_named_only_where_the_centre_allows_it(house: House) -> None:
    house.enrol(roster_row(0, child="Lina"), roster_row(1, child="Adam"))
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    await house.drain()
    assert not any("Lina" in one.text or "Adam" in one.text for one in house.phones[SMS].taken)
    house.centre(names_children=True)
    house.clock.set(datetime(2026, 11, 24, 9, tzinfo=UTC))
    house.event(on=date(2026, 12, 1), title="Jeux")
    await house.tick()
    assert "Lina" in house.texts(SMS, phone(0))[-1]
    assert "Adam" not in house.texts(SMS, phone(0))[-1]


async def test_late_server_reminds_once_and_never_after_the_start(house: House) -> None:
    house.families(2)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    house.clock.set(STARTS_AT - timedelta(minutes=20))  # the server slept for a week
    await house.tick()
    reminders = house.outbox(event_id=event_id, purpose="reminder", state="sent")
    assert len(reminders) <= 1
    house.clock.set(STARTS_AT)
    sent = len(house.phones[SMS].taken)
    await house.tick()
    assert len(house.phones[SMS].taken) == sent


async def test_event_made_long_ago_and_restored_sends_nothing(house: House) -> None:
    house.families(3)
    house.event()
    house.clock.set(STARTS_AT + timedelta(days=60))
    await house.tick()
    assert house.phones[SMS].tried == []
    assert house.outbox() == []


async def test_whole_life_of_an_event_adds_up(house: House) -> None:
    """Targeted = sent + waiting + refused + failed, at every hour of three weeks."""
    ids = house.families(8)
    event_id = house.event(seats=4)
    house.clock.set(INVITED_AT - timedelta(hours=1))
    said = {1: "oui, 1 adulte et 1 enfant", 2: "non", 3: "peut-être", 4: "STOP"}
    while house.clock() < STARTS_AT + timedelta(days=5):
        house.clock.later(hours=1)
        await house.tick()
        if house.clock() == INVITED_AT + timedelta(hours=3):
            for number, text in said.items():
                house.hear(SMS, phone(number), text)
        rows = [row for row in house.outbox(event_id=event_id) if row.purpose != "reply"]
        counted = Counter(row.state for row in rows)
        assert sum(counted.values()) == len(rows)
        assert set(counted) <= {"sent", "waiting", "refused", "failed"}
        assert all(row.reason for row in rows if row.state in ("refused", "failed"))
    assert not house.outbox(state="waiting")
    per_step = Counter((row.step, row.family_id) for row in house.outbox(event_id=event_id))
    planned = {one: n for one, n in per_step.items() if one[0] not in ("turn", "stopped")}
    assert set(planned.values()) == {1}
    assert {family for step, family in planned if step == "invitation"} == set(ids)


def test_name_and_weekday_of_the_event_stand_in_every_message(house: House) -> None:
    house.family(0)
    house.event()
    house.event(title="Bien dormir")
    house.clock.set(INVITED_AT)
    house.plan()
    asyncio.run(house.drain())
    text = house.texts(SMS, phone(0))[0]
    assert "Atelier écrans" in text
    assert "samedi 28 novembre" in text


async def test_what_should_have_left_and_did_not_raises_an_alert(house: House) -> None:
    house.family(0)
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    house.clock.set(INVITED_AT + STUCK_AFTER - timedelta(minutes=1))
    with structlog.testing.capture_logs() as quiet:
        await sweep(house.carnet.works)
    house.clock.later(minutes=1)
    with structlog.testing.capture_logs() as heard:
        await sweep(house.carnet.works)
    assert quiet == []
    assert [(one["event"], one["rows"]) for one in heard] == [("outbox_stuck", 1)]


async def test_jobs_are_a_handful_and_each_may_run_twice(house: House) -> None:
    house.families(2)
    house.event()
    house.clock.set(INVITED_AT)
    for _ in range(2):
        for job in JOBS:
            await job.run(house.carnet.works)
    assert len(JOBS) < 10
    assert len(house.phones[SMS].taken) == 2


async def test_sweep_closes_questions_about_what_has_begun(house: House) -> None:
    house.family(0)
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(STARTS_AT)
    await sweep(house.carnet.works)
    assert house.one(select(conversations)).closed_at == STARTS_AT


@pytest.mark.parametrize(
    ("cancelled_at", "leaves_at"),
    [
        # a weekday afternoon: at once
        (datetime(2026, 11, 26, 14, tzinfo=UTC), datetime(2026, 11, 26, 14, tzinfo=UTC)),
        # a weekday night: the next morning
        (datetime(2026, 11, 25, 22, tzinfo=UTC), datetime(2026, 11, 26, 8, tzinfo=UTC)),
        # Saturday night before a Sunday event: Sunday is quiet, but nobody shall come for nothing
        (datetime(2026, 11, 28, 21, tzinfo=UTC), datetime(2026, 11, 29, 8, tzinfo=UTC)),
        # on the day itself, though it is a Sunday: at once
        (datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 11, 29, 9, tzinfo=UTC)),
    ],
)
async def test_cancellation_reaches_the_family_before_the_event(
    house: House, cancelled_at: datetime, leaves_at: datetime
) -> None:
    house.family(0)
    event_id = house.event(on=date(2026, 11, 29), at=time(14))
    house.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    await house.tick()
    house.clock.set(cancelled_at)
    with house.database.write() as db:
        assert cancel_event(db, house.carnet.reach, event_id, cancelled_at) == 1
    await house.live_until(datetime(2026, 11, 29, 13, tzinfo=UTC))
    assert house.row(step="cancelled").state == "sent"
    await house.drain()
    assert house.row(step="cancelled").sent_at >= leaves_at
    assert house.row(step="cancelled").sent_at <= leaves_at + timedelta(hours=1)


async def test_cancellation_that_is_tried_again_at_night_waits_for_the_morning(
    house: House,
) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(datetime(2026, 11, 24, 18, 25, tzinfo=UTC))  # 19:25
    house.phones[SMS].fail(phone(0), SendDelayed("busy", retry_after=3600))
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, event_id, house.clock())
    await house.drain()
    house.clock.later(hours=1)
    assert await house.drain() == 0
    row = house.row(step="cancelled")
    assert (row.reason, row.next_attempt_at) == (
        "quiet_hours",
        datetime(2026, 11, 25, 8, tzinfo=UTC),
    )


async def test_person_who_is_answered_by_the_team_gets_no_automatic_message(
    house: House,
) -> None:
    family_id = house.family(0)
    house.event()
    house.clock.set(INVITED_AT)
    with house.database.write() as db:
        db.execute(
            insert(tasks).values(
                contact_id=house.contact_id(family_id),
                address_id=db.scalar(select(addresses.c.id)),
                reason="asked",
                opened_at=INVITED_AT,
                asked_at=INVITED_AT,
                answered_at=INVITED_AT,
            )
        )
    assert house.plan().later == 1
    assert house.row(step="invitation").reason == "person_talking"


# -- a whole plan at once -------------------------------------------------------------------------


def intents(house: House) -> tuple[Intent, ...]:
    with house.database.read() as db:
        return plan(load_state(db, house.clock(), house.clock()), house.clock())


def write(house: House, *planned: Intent) -> Enqueued:
    with house.database.write() as db:
        return enqueue(db, house.carnet.reach, planned, house.clock())


def test_what_the_planner_knows_not_to_leave_is_refused_with_its_reason(house: House) -> None:
    house.families(2)
    house.event()
    house.clock.set(INVITED_AT)
    first, second = intents(house)
    done = write(house, first._replace(refusal="shared_phone"), second)
    assert (done.waiting, done.later, done.refused) == (1, 0, 1)
    assert states(house.outbox()) == [
        ("invitation", "refused", "shared_phone"),
        ("invitation", "waiting", ""),
    ]


def test_what_is_planned_ahead_waits_for_its_hour_and_passes_the_gate_of_then(
    house: House,
) -> None:
    house.families(2)
    house.event()
    house.clock.set(INVITED_AT)
    first, second = intents(house)
    evening = INVITED_AT + timedelta(hours=7)  # 17:00 in Paris
    night = INVITED_AT + timedelta(hours=11)  # 21:00: it waits for Monday
    done = write(house, first._replace(due_at=evening), second._replace(due_at=night))
    assert (done.waiting, done.later, done.refused) == (0, 2, 0)
    assert [(row.reason, row.next_attempt_at) for row in house.outbox()] == [
        ("", evening),
        ("quiet_hours", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    ]


def test_a_plan_of_any_length_takes_the_same_statements(house: House) -> None:
    counted: list[int] = []
    house.clock.set(INVITED_AT)
    for number in range(12):
        house.family(number)
    house.event()
    planned = intents(house)
    for some in (planned[:1], planned[1:]):
        with counting(house.database) as statements:
            write(house, *some)
        counted.append(len(statements))
    assert counted[0] == counted[1]
    assert len(house.outbox()) == 12


def test_questions_at_one_phone_are_told_apart_also_when_they_are_planned_together(
    house: House,
) -> None:
    house.family(0)
    for title in ("Bien dormir", "Les écrans", "Le petit déjeuner"):
        house.event(title=title)
    house.clock.set(INVITED_AT)
    assert house.plan().waiting == 3
    talks = house.all(select(conversations).order_by(conversations.c.id))
    assert [row.letter for row in talks] == ["", "B", "C"]
    assert {row.conversation_id for row in house.outbox()} == {row.id for row in talks}


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that a database is asked meanwhile."""
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    listen(database.engine, "before_cursor_execute", note)
    yield asked
    remove(database.engine, "before_cursor_execute", note)
