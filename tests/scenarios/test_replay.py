"""Two hundred families at once on thirty places; their log, replayed, tells the same story."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select

from bot.inbox import write_batch
from bot.messages import Address, ChannelName, InboundMessage
from bot.storage.database import Database
from bot.storage.tables import addresses, contacts, conversations, inbound, invitations, outbox
from bot.waitlist import WaitingList, waiting_list
from tests.house import MONDAY, SMS, TELEGRAM, Clock, House, open_house, phone, roster_row

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
FAMILIES, SEATS, THREADS = 200, 30, 8
PARTIES = ("oui, 1 adulte et 0 enfant", "oui, 1 adulte et 2 enfants", "oui, 2 adultes et 1 enfant")


def invited(file: Path, folder: Path) -> tuple[House, int]:
    """Two hundred families, two on each phone and each with a chat; all have their invitation."""
    house = open_house(Database(f"sqlite:///{file}", durable=False), Clock(MONDAY), folder)
    house.enrol(*(roster_row(number % 100, family=f"G{number:03d}") for number in range(FAMILIES)))
    with house.database.write() as db:
        db.execute(contacts.update().values(introduced_at=MONDAY))
    for number in range(FAMILIES):
        house.bind(house.family_id(f"G{number:03d}"), TELEGRAM, str(7000 + number))
    event_id = house.event(seats=SEATS)
    house.clock.set(INVITED_AT)
    house.plan()
    with house.database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=INVITED_AT))
        db.execute(conversations.update().values(awaiting=True))
    return house, event_id


def answers_of(number: int) -> list[InboundMessage]:
    """What one family writes: a yes by chat, for some of them a second thought from the phone."""
    chat = Address(TELEGRAM, str(7000 + number))
    said = [InboundMessage(chat, f"first-{number}", PARTIES[number % len(PARTIES)])]
    if number % 7 == 0:
        said.append(InboundMessage(chat, f"second-{number}", "finalement non"))
    if number % 35 == 0:
        said.append(InboundMessage(chat, f"third-{number}", "oui, 1 adulte et 1 enfant"))
    if number % 10 == 3:
        said.append(InboundMessage(Address(SMS, phone(number % 100)), f"sms-{number}", "merci"))
    return said


def all_at_once(house: House) -> list[Exception]:
    """Every thread has a connection of its own to one real file; give what went wrong."""
    failed: list[Exception] = []
    start = threading.Barrier(THREADS)

    def answer(mine: Sequence[int]) -> None:
        database = Database(house.database.url, durable=False)
        start.wait()
        for number in mine:
            for message in answers_of(number):
                with database.write() as db:
                    done = write_batch(db, house.carnet.reach, [message, message], house.clock())
                failed.extend(one.error for one in done if one.error is not None)
        database.close()

    workers = [
        threading.Thread(target=answer, args=(range(first, FAMILIES, THREADS),))
        for first in range(THREADS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return failed


def log_of(house: House) -> Sequence[Row[Any]]:
    """What arrived, in the order in which it was committed."""
    query = select(inbound, addresses.c.value).join(
        addresses, addresses.c.id == inbound.c.address_id
    )
    return house.all(query.order_by(inbound.c.id))


def standing(house: House, event_id: int) -> tuple[list[tuple[Any, ...]], WaitingList]:
    """Each family's answer, seat and turn, and the list as staff see it."""
    rows = house.all(
        select(
            invitations.c.family_id,
            invitations.c.rsvp,
            invitations.c.seat,
            invitations.c.party,
            invitations.c.waiting_number,
            invitations.c.passed_over,
        )
        .where(invitations.c.event_id == event_id)
        .order_by(invitations.c.family_id)
    )
    with house.database.read() as db:
        return [tuple(row) for row in rows], waiting_list(db, event_id, house.clock())


def held(house: House, event_id: int) -> int:
    return int(
        house.one(
            select(func.sum(invitations.c.party).label("places")).where(
                invitations.c.event_id == event_id, invitations.c.seat == "held"
            )
        ).places
    )


def test_two_hundred_at_once_never_hold_too_many_and_their_log_tells_it_again(
    database_file: Path, empty_file: Path, tmp_path: Path
) -> None:
    house, event_id = invited(database_file, tmp_path)
    assert all_at_once(house) == []
    log = log_of(house)
    assert len(log) == sum(len(answers_of(number)) for number in range(FAMILIES))
    assert 0 < held(house, event_id) <= SEATS

    folder = tmp_path / "again"
    folder.mkdir()
    again, same_event = invited(Path(shutil.copy(empty_file, folder / "carnet.db")), folder)
    for row in log:
        sender = Address(ChannelName(row.channel), row.value)
        done = again.receive(InboundMessage(sender, row.provider_id, row.text))
        assert done[0].error is None
    told, told_again = standing(house, event_id), standing(again, same_event)
    house.database.close()
    again.database.close()
    assert told_again == told
    assert told[1].families, "somebody waits"
