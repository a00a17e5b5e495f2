"""How long a month's rehearsal takes: `python -m tests.bench_month [FAMILIES]`.

An invented network in the proportions of 180 centres and 10,000 families (`10000` gives all of it),
each centre with two workshops and an outing in the month; a third of the families on each channel.
Beside it, a bare loop that inserts as many rows, one statement each, in one transaction: only the
ratio travels from one machine to another.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from datetime import time as hour
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Table, insert

from bot.channels.shapes import SHAPES
from bot.deployment import Deployment
from bot.events import NewEvent, Wording, add_event
from bot.messages import ChannelName, Shape
from bot.reach import Reach
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import (
    addresses,
    centres,
    children,
    contact_addresses,
    contacts,
    families,
    simulated_messages,
)
from scheduler.rehearsal import Outcome, rehearse
from tests.house import MONDAY

FAMILIES = 500
FAMILIES_PER_CENTRE = 10_000 / 180
DAYS = 30
LANGUAGES = ("fr", "fr", "ar", "tr", "pt", "en", "ro", "snk")
CHANNELS = (ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.TELEGRAM)
KINDS = (("workshop", 9), ("outing", 17), ("workshop", 24))  # and on which day of the month


def network(database: Database, count: int, places: int | None = None) -> int:
    """Invent `count` families in their centres, with a month of events; give the centres."""
    places = places or max(1, round(count / FAMILIES_PER_CENTRE))
    ids = range(1, count + 1)
    window = {"opens_at": hour(9), "closes_at": hour(19, 30), "quiet_days": [7]}
    joined = MONDAY - timedelta(days=100)
    with database.write() as db:
        for table, rows in (
            (centres, ({"name": f"Centre {n}", **window} for n in range(1, places + 1))),
            (families, ({"reference": f"F{n}", "joined_on": joined.date()} for n in ids)),
            (
                children,
                ({"family_id": n, "centre_id": 1 + n % places, "first_name": "Lou"} for n in ids),
            ),
            (contacts, _guardians(ids)),
            (
                addresses,
                ({"channel": CHANNELS[n % 3], "value": f"invented-{n}"} for n in ids),
            ),
        ):
            _fill(db, table, ({**row, "created_at": joined} for row in rows))
        links = ({"contact_id": n, "address_id": n, "rank": 1, "source": "import"} for n in ids)
        _fill(db, contact_addresses, links)
        for centre in range(1, places + 1):
            for kind, days in KINDS:
                on = date(2026, 11, 16) + timedelta(days=days + centre % 5)
                wording = {"fr": Wording(f"Rencontre {centre}")}
                new = NewEvent(kind, centre, on, hour(14 + centre % 5), "Au centre", wording)
                add_event(db, new, MONDAY)
    return places


def _guardians(ids: Iterable[int]) -> Iterator[dict[str, Any]]:
    for n in ids:
        yield {
            "family_id": n,
            "rank": 1,
            "name": f"Parent {n}",
            "language": LANGUAGES[n % len(LANGUAGES)],
            "introduced_at": MONDAY,
        }


def _fill(db: Any, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    db.execute(insert(table), list(rows))


def bare_loop(database: Database, count: int) -> float:
    """Seconds to insert as many rows, one statement each."""
    start = time.perf_counter()
    with database.write() as db:
        for number in range(count):
            row = {
                "channel": "sms",
                "value": "invented",
                "outbox_id": number,
                "text": "Bonjour, un atelier vous attend jeudi.",
                "buttons": [],
                "at": MONDAY,
            }
            db.execute(insert(simulated_messages).values(row))
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FAMILIES
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    shapes = {**SHAPES, ChannelName.WHATSAPP: Shape(buttons=10)}  # as if templates were approved
    reach = Reach(Deployment("Ma Chance Moi Aussi", "https://carnet.example", b"bench"), shapes)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}", durable=False)
        migrate(database)
        places = network(database, count)
        start, busy = time.perf_counter(), time.process_time()
        found = asyncio.run(rehearse(database, reach, MONDAY, MONDAY + timedelta(days=DAYS)))
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        sent = sum(line.outcome is Outcome.SENT for line in found.lines)
        bare = bare_loop(database, len(found.lines))
        database.close()
    sys.stdout.write(
        f"{places} centres, {count:,} families, {DAYS} days: {len(found.lines):,} lines, "
        f"{sent:,} messages in {seconds:.1f} s = {sent / seconds:,.0f} messages/s "
        f"({busy:.1f} s of processor, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} "
        f"MB at most); "
        f"as many bare inserts {bare:.2f} s, ratio {seconds / bare:.1f}\n"
    )


if __name__ == "__main__":
    main()
