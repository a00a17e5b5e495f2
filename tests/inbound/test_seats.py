"""Seats are never oversold, and a party keeps what it holds."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.inbox import write_batch
from bot.messages import Address, InboundMessage
from bot.storage.database import Database
from bot.storage.tables import conversations, events, invitations, outbox
from tests.house import SMS, Clock, House, open_house, phone
from tests.inbound.arrivals import INVITED_AT


@pytest.mark.parametrize("threads", [1, 6])
def test_thirty_seats_and_sixty_families_never_oversell(
    database_file: Path, clock: Clock, tmp_path: Path, threads: int
) -> None:
    """Each family is alone; every thread has a connection of its own to one real file."""
    house = open_house(Database(f"sqlite:///{database_file}", durable=False), clock, tmp_path)
    house.families(60)
    event_id = house.event(seats=30)
    clock.set(INVITED_AT)
    assert house.plan().waiting == 60
    with house.database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=clock()))
        db.execute(conversations.update().values(awaiting=True))
    reach = house.carnet.reach
    failed: list[Exception] = []

    def answer(mine: list[int]) -> None:
        database = Database(f"sqlite:///{database_file}", durable=False)
        for number in mine:
            text = "oui, 1 adulte et 0 enfant"
            message = InboundMessage(Address(SMS, phone(number)), f"yes-{number}", text)
            with database.write() as db:
                done = write_batch(db, reach, [message], clock())
            failed.extend(one.error for one in done if one.error is not None)
        database.close()

    workers = [
        threading.Thread(target=answer, args=(list(range(start, 60, threads)),))
        for start in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seats = house.all(
        select(invitations.c.seat, func.sum(invitations.c.party).label("party"))
        .where(invitations.c.event_id == event_id)
        .group_by(invitations.c.seat)
    )
    house.database.close()
    assert failed == []
    assert {row.seat: row.party for row in seats} == {"held": 30, "waiting": 30}


async def test_party_that_grows_beyond_the_last_place_keeps_what_it_holds(house: House) -> None:
    first, second = house.families(2)
    event_id = house.event(seats=4)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "oui, 2 adultes et 1 enfant")
    assert house.invitation(event_id, first).seat == "held"
    kept = house.invitation(event_id, second)
    assert (kept.seat, kept.adults, kept.children, kept.party) == ("held", 1, 1, 2)
    await house.drain()
    assert "Nous gardons 2 places pour vous." in house.texts(SMS, phone(1))[-1]
    assert house.one(select(events)).seats == 4


async def test_first_headcount_that_does_not_fit_waits_with_all_of_them(house: House) -> None:
    first, second = house.families(2)
    event_id = house.event(seats=4)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    for text in ("oui", "2", "1"):
        house.hear(SMS, phone(1), text)
    assert house.invitation(event_id, first).seat == "held"
    waits = house.invitation(event_id, second)
    assert (waits.seat, waits.party) == ("waiting", 3)
