"""The job that plans: it looks without keeping anybody waiting, and decides what it has found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection, update

from bot.events import cancel_event, record_attendance
from bot.messages import About
from bot.storage.database import AloneDatabase, Database
from bot.storage.tables import invitations
from scheduler.jobs import due, plan_outreach
from tests.house import MONDAY, House

T = TypeVar("T")

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
EARLIER, LATER = INVITED_AT - timedelta(minutes=1), INVITED_AT + timedelta(minutes=1)


@contextmanager
def written_by_another(database: Database) -> Iterator[None]:
    """Another process holds the write lock meanwhile."""
    file = database.engine.url.database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Overtaken(AloneDatabase):
    """Something is written just before the lock is ours."""

    def __init__(self, url: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(url, durable=False)
        self._meanwhile = meanwhile

    async def writing(self, service: Callable[[Connection], T]) -> T:
        """Let the other one go first."""
        self._meanwhile()
        return await super().writing(service)


@pytest.mark.parametrize("at", [EARLIER, LATER], ids=["nothing is due yet", "all is decided"])
async def test_a_tick_with_nothing_due_opens_no_write_transaction(
    house: House, at: datetime
) -> None:
    house.families(3)
    house.event()
    house.clock.set(INVITED_AT)
    if at > INVITED_AT:
        await house.tick()
    before = house.outbox()
    house.clock.set(at)
    with written_by_another(house.database):  # whoever wants to write has to wait for it
        await plan_outreach(house.carnet.works)
    assert house.outbox() == before


async def test_a_tick_with_something_due_writes_it_down(house: House) -> None:
    ids = house.families(3)
    house.event()
    house.clock.set(INVITED_AT)
    await plan_outreach(house.carnet.works)
    assert [row.family_id for row in house.outbox(step="invitation")] == ids


async def test_what_is_cancelled_between_the_look_and_the_lock_is_not_written(
    house: House,
) -> None:
    house.families(2)
    cancelled, stays = house.event(), house.event(title="Lecture")
    house.clock.set(INVITED_AT)

    def cancel() -> None:
        with house.database.write() as db:
            cancel_event(db, house.carnet.reach, cancelled, house.clock())

    database = Overtaken(house.database.url, cancel)
    await plan_outreach(replace(house.carnet.works, database=database))
    database.close()
    assert {row.event_id for row in house.outbox(step="invitation")} == {stays}


async def test_what_others_decide_between_the_look_and_the_lock_is_written_once(
    house: House,
) -> None:
    house.families(2)
    house.event()
    house.clock.set(INVITED_AT)
    database = Overtaken(house.database.url, house.plan)
    await plan_outreach(replace(house.carnet.works, database=database))
    database.close()
    assert len(house.outbox(step="invitation")) == 2


def test_what_is_due_of_some_events_is_their_part_of_all_that_is_due(house: House) -> None:
    """A family that missed two gatherings is asked once, whichever of them is looked at."""
    both_days, once = house.families(2)
    first = house.event(date(2026, 11, 18))
    second = house.event(date(2026, 11, 19))
    third = house.event(date(2026, 11, 27))
    with house.database.write() as db:
        come = {"rsvp": "yes", "rsvp_at": MONDAY, "invited_at": MONDAY}
        db.execute(update(invitations).where(invitations.c.event_id != third).values(**come))
    for event_id, on in ((first, 18), (second, 19)):
        house.clock.set(datetime(2026, 11, on, 21, tzinfo=UTC))
        missed = {both_days: False} if event_id == first else {both_days: False, once: False}
        with house.database.write() as db:
            record_attendance(db, event_id, missed, house.clock())
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    with house.database.read() as db:
        everything = due(db, now)
        for among in ({first}, {second}, {third}, {first, third}, {first, second, third}):
            abouts = {About(event_id=one) for one in among}
            found = [one for one in due(db, now, abouts) if one.about in abouts]
            assert found == [one for one in everything if one.about in abouts], among
    assert [(one.family_id, one.event_id) for one in everything if one.step == "absence"] == [
        (both_days, first),
        (once, second),
    ]
