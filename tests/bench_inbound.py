"""How many answers a second the inbox writes down, beside a writer that only keeps the message.

    python -m tests.bench_inbound

Both sync every commit to disk; only the ratio travels from one machine to another.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, select

from bot.inbox import BATCH, Inbox
from bot.messages import Address, InboundMessage
from bot.storage.database import Database
from bot.storage.inbound import insert_inbound
from bot.storage.schema import migrate
from bot.storage.tables import addresses, conversations, outbox
from tests.house import MONDAY, SMS, Clock, House, open_house, phone

FAMILIES = 100
TURNS = 3  # yes, how many adults, how many children
TEXTS = ("oui", "2", "1")


def open_bench(folder: Path) -> House:
    """A centre whose hundred families have all been asked."""
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    migrate(database)
    clock = Clock(MONDAY)
    house = open_house(database, clock, folder)
    house.families(FAMILIES)
    house.event()
    clock.later(days=5)
    house.plan()
    with database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=clock()))
        db.execute(conversations.update().values(awaiting=True))
    return house


async def through_the_inbox(house: House, messages: Sequence[InboundMessage]) -> float:
    """Seconds for all of them, put in at once, each answered after its commit."""
    box = Inbox(house.database, house.carnet.reach, house.clock)
    writer = asyncio.create_task(box.run())
    start = time.perf_counter()
    await asyncio.gather(*(box.put([one]) for one in messages))
    seconds = time.perf_counter() - start
    writer.cancel()
    with suppress(asyncio.CancelledError):
        await writer
    return seconds


def through_a_bare_writer(house: House, messages: Sequence[InboundMessage]) -> float:
    """Seconds to insert the rows alone, in batches of the same size."""
    with house.database.read() as db:
        ids = {row.value: row.id for row in db.execute(select(addresses))}

    def keep(batch: Sequence[InboundMessage]) -> Callable[[Connection], None]:
        def write(db: Connection) -> None:
            for one in batch:
                insert_inbound(
                    db,
                    channel=SMS,
                    provider_id=f"bare-{one.provider_id}",
                    address_id=ids[one.sender.value],
                    text=one.text,
                    at=house.clock(),
                )

        return write

    start = time.perf_counter()
    for first in range(0, len(messages), BATCH):
        with house.database.write() as db:
            keep(messages[first : first + BATCH])(db)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        house = open_bench(Path(folder))
        full = bare = 0.0
        for turn in range(TURNS):
            messages = [
                InboundMessage(Address(SMS, phone(number)), f"{turn}-{number}", TEXTS[turn])
                for number in range(FAMILIES)
            ]
            full += asyncio.run(through_the_inbox(house, messages))
            bare += through_a_bare_writer(house, messages)
        turns = TURNS * FAMILIES
        sys.stdout.write(
            f"inbox: {turns / full:,.0f} turns/s; bare writer: {turns / bare:,.0f} rows/s; "
            f"ratio {bare / full:.2f}\n"
        )
        house.database.close()


if __name__ == "__main__":
    main()
