"""How fast and how evenly two workers send together: `python -m tests.bench_rate`.

Two thousand messages leave through the dispatchers of two processes on one database, on real time,
to a Bot API on loopback that counts what arrives. Telegram takes thirty in any second.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from datetime import timedelta
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import insert

from bot.app import build, wall_clock
from bot.channels.telegram import Telegram
from bot.messages import ChannelName, Purpose, say
from bot.settings import Settings
from bot.storage import outbox
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import addresses, contact_addresses, contacts, families
from tests.peers.telegram import TOKEN, BotApi

MESSAGES = 2_000
WORKERS = 2
LIMIT = 30  # in any second
AVERAGE = 29
FIRST_CHAT = 6_000_000


def write_messages(database: Database) -> None:
    """One family, one parent, one chat and one message that is due, for each of them."""
    now = wall_clock()
    numbers = range(1, MESSAGES + 1)
    long_ago = now - timedelta(days=30)
    with database.write() as db:
        db.execute(
            insert(families),
            [
                {"id": n, "reference": f"F{n}", "joined_on": now.date(), "created_at": long_ago}
                for n in numbers
            ],
        )
        db.execute(
            insert(contacts),
            [
                {
                    "id": n,
                    "family_id": n,
                    "rank": 1,
                    "name": f"Parent {n}",
                    "language": "fr",
                    "introduced_at": long_ago,
                    "created_at": long_ago,
                }
                for n in numbers
            ],
        )
        db.execute(
            insert(addresses),
            [
                {"id": n, "channel": "telegram", "value": str(FIRST_CHAT + n), "created_at": now}
                for n in numbers
            ],
        )
        db.execute(
            insert(contact_addresses),
            [{"contact_id": n, "address_id": n, "rank": 0, "source": "bound"} for n in numbers],
        )
        for n in numbers:
            outbox.insert_one(
                db,
                key=f"staff-{n}",
                purpose=Purpose.STAFF,  # leaves at any hour
                says=(say("{text}", text="Le centre est fermé demain."),),
                now=now,
                contact_id=n,
                family_id=n,
                address_id=n,
            )


def be_telegram(line: Connection) -> None:
    """Serve in a process of its own, as a provider does: tell the address, then what came when."""

    async def serve() -> None:
        async with BotApi(wall_clock) as peer:
            for n in range(1, MESSAGES + 1):
                peer.joins(FIRST_CHAT + n)
            line.send(peer.url)
            await asyncio.to_thread(line.recv)  # all has been sent
            line.send(sorted(one.at.timestamp() for one in peer.sent))

    asyncio.run(serve())


def be_worker(folder: Path, url: str, line: Connection) -> None:
    """Send what is due in a process of its own; tell how many that were."""

    async def work() -> int:
        settings = Settings(data_folder=folder, _env_file=None)  # type: ignore[call-arg]  # pydantic's
        telegram = Telegram(TOKEN, api_url=url, webhook_secret=None)
        carnet = build(settings, channels={ChannelName.TELEGRAM: telegram})
        line.send("ready")
        await asyncio.to_thread(line.recv)  # everybody is
        tried = await carnet.dispatcher.drain()
        await telegram.close()
        return tried

    line.send(asyncio.run(work()))


def send_all(folder: Path, url: str) -> list[int]:
    """Let all workers begin together; give how many each has sent."""
    lines, workers = [], []
    for _ in range(WORKERS):
        line, far_end = Pipe()
        workers.append(Process(target=be_worker, args=(folder, url, far_end), daemon=True))
        lines.append(line)
    for worker in workers:
        worker.start()
    for line in lines:
        assert line.recv() == "ready"
    for line in lines:
        line.send("go")
    tried = [int(line.recv()) for line in lines]
    for worker in workers:
        worker.join()
    return tried


def most_in_a_second(moments: list[float]) -> int:
    """The most messages in any second, wherever it begins."""
    most = first = 0
    for place, moment in enumerate(moments):
        while moment - moments[first] >= 1:
            first += 1
        most = max(most, place - first + 1)
    return most


def main() -> None:
    """Send, print, and fail where a limit or the pace was missed."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'carnet.db'}")
        migrate(database)
        write_messages(database)
        database.close()
        line, far_end = Pipe()
        telegram = Process(target=be_telegram, args=(far_end,), daemon=True)
        telegram.start()
        tried = send_all(Path(folder), line.recv())
        line.send("over")
        moments = line.recv()
        telegram.join()
    assert len(moments) == MESSAGES
    most, spent = most_in_a_second(moments), moments[-1] - moments[0]
    average = (len(moments) - 1) / spent
    sys.stdout.write(
        f"two processes sent {' and '.join(f'{one:,}' for one in tried)}; "
        f"load {' '.join(f'{one:.1f}' for one in os.getloadavg())}\n"
        f"{len(moments):,} messages in {spent:.1f} s: at most {most} in any second "
        f"(limit {LIMIT}), {average:.2f} a second on average (wanted {AVERAGE}), "
        f"{average / LIMIT:.1%} of the limit\n"
    )
    if most > LIMIT or average < AVERAGE:
        sys.exit(1)


if __name__ == "__main__":
    main()
