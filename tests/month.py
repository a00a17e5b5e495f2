"""A month foretold and a month lived, line by line: `python -m tests.month [FAMILIES] [--answers]`.

The invented network of `bench_month`, of which some have stopped, are paused or are new. The month
is rehearsed on its first day; then the real jobs live it on a held clock, at every hour and at
every due moment, and the phones write down what reaches them. With `--answers` a third of the
families answer meanwhile, and what differs from the rehearsal is held against what must.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as hour
from hashlib import sha256
from pathlib import Path

import structlog
from sqlalchemy import select, update

from bot.campaigns import NewCampaign, Wording, add_campaign
from bot.channels.link import BLOTTED, token_for
from bot.channels.recorder import Recorder
from bot.channels.shapes import SHAPES
from bot.deployment import Deployment
from bot.dispatcher import Dispatcher
from bot.inbox import write_batch
from bot.messages import Channel, ChannelName, Incoming, OutboundMessage, ProviderId, Shape
from bot.reach import Reach
from bot.storage import rehearsed
from bot.storage.database import AloneDatabase
from bot.storage.schema import migrate
from bot.storage.tables import addresses, children, contact_addresses, contacts, families
from bot.wallclock import HeldClock
from scheduler.jobs import JOBS, Works
from scheduler.rehearsal import (
    IN_TURN,
    Line,
    Outcome,
    Rehearsal,
    next_moment,
    read_lines,
    rehearse,
    step_openings,
)
from tests.bench_month import DAYS, network
from tests.house import MONDAY
from tests.month_answers import answers, script, unexplained

END = MONDAY + timedelta(days=DAYS)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AWAKE = range(5, 21)  # in UTC
ANNOUNCED = (12, 17, 21)  # on which day of the month
REACH = Reach(
    Deployment("Ma Chance Moi Aussi", "https://carnet.example", b"month"),
    {**SHAPES, ChannelName.WHATSAPP: Shape(buttons=10)},  # as if templates were approved
)

Script = Mapping[datetime, Sequence[Incoming]]
"""What parents write, and when."""


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """One line of the log: what reached which phone, when. `words`: told apart, not shown."""

    at: datetime
    channel: str
    value: str
    words: str


@dataclass(slots=True)
class Phone(Recorder):
    """Takes every message and writes down when."""

    shape: Shape
    clock: Callable[[], datetime]
    log: list[Sent] = field(default_factory=list)

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Take the message, its private link blotted as in the books."""
        text = message.text.replace(token_for(REACH.deployment.key, message.id), BLOTTED)
        self.log.append(Sent(self.clock(), message.to.channel, message.to.value, _words(text)))
        return ProviderId(f"taken-{message.id}")


def furnish(database: AloneDatabase, count: int, places: int | None = None) -> int:
    """Invent the network: a twentieth stopped, as many paused, as many new; give the centres.

    Three announcements to everybody stand between the events.
    """
    migrate(database)
    places = network(database, count, places)
    until = MONDAY + timedelta(days=12)
    with database.write() as db:
        for table, every, values in (
            (contacts, 5, {"stopped_at": MONDAY}),
            (families, 11, {"paused_until": until}),
            (contacts, 17, {"introduced_at": None}),
        ):
            db.execute(update(table).where(table.c.id % 20 == every % 20).values(**values))
        newer = {"created_at": MONDAY - timedelta(hours=20)}
        db.execute(update(families).where(families.c.id % 20 == 17).values(**newer))
        homes = [
            tuple(one) for one in db.execute(select(children.c.family_id, children.c.centre_id))
        ]
        for days in ANNOUNCED:
            on = MONDAY.date() + days * DAY
            says = {"fr": Wording("Le centre ferme plus tôt", "À 17 heures ce soir.")}
            ends_on = on + 8 * DAY
            new = NewCampaign("announcement", on, hour(10), ends_on, homes, wordings=says)
            add_campaign(db, new, MONDAY)
    return places


async def live(
    database: AloneDatabase, script: Script | None = None, end: datetime = END
) -> tuple[tuple[Line, ...], list[Sent]]:
    """Live the month; give what the books say of it, and what the phones do."""
    said = dict(script or {})
    clock = HeldClock(MONDAY)
    phones = {name: Phone(shape, clock) for name, shape in REACH.shapes.items()}
    channels: dict[ChannelName, Channel] = dict(phones)
    works = Works(database, REACH, clock, Dispatcher(database, REACH, channels, clock, {}))
    with database.read() as db:
        before = rehearsed.standing(db)
        openings = step_openings(db, MONDAY, end)
    at: datetime | None = MONDAY
    due: datetime | None = MONDAY
    while at is not None:
        clock.move_to(at)
        for job in IN_TURN if at == due else JOBS:
            await job.run(works)
        heard = said.pop(at, ())
        if heard:
            with database.write() as db:
                write_batch(db, REACH, heard, at)
            await works.dispatcher.drain()
        with database.read() as db:
            due = next_moment(db, (*openings, *said), at, end)
        at = min((one for one in (due, _next_hour(at)) if one and one <= end), default=None)
    with database.read() as db:
        lines = read_lines(db, before)
    return lines, sorted(one for phone in phones.values() for one in phone.log)


def _next_hour(at: datetime) -> datetime:
    """An hour later, and after the evening the next morning: at night there is nothing to catch."""
    after = at + HOUR
    return after if after.hour in AWAKE else (at + DAY).replace(hour=AWAKE.start)


def foretold(database: AloneDatabase, lines: Iterable[Line]) -> list[Sent]:
    """The log of the phones as a rehearsal foretells it."""
    with database.read() as db:
        homes = {
            (row.reference, row.rank, row.channel): row.value
            for row in db.execute(
                select(
                    families.c.reference, contacts.c.rank, addresses.c.channel, addresses.c.value
                )
                .join(contacts, contacts.c.family_id == families.c.id)
                .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
                .join(addresses, addresses.c.id == contact_addresses.c.address_id)
            )
        }
    return sorted(
        Sent(one.at, one.channel, homes[one.family, one.parent, one.channel], one.words)
        for one in lines
        if one.outcome is Outcome.SENT
    )


def said_of(lines: Iterable[Line]) -> Iterator[tuple[object, ...]]:
    """All that a line says, but for why it was held back: no book keeps that once it has left."""
    for one in lines:
        yield (
            one.key,
            one.at,
            one.due_at,
            one.outcome,
            one.reason,
            one.family,
            one.parent,
            one.channel,
            one.language,
            one.segments,
            one.words,
            one.remarks,
        )


def _words(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def main() -> None:
    """Foretell, live, compare and print."""
    words = [one for one in sys.argv[1:] if one != "--answers"]
    count = int(words[0]) if words else 500
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        database = AloneDatabase(f"sqlite:///{Path(folder) / 'month.db'}", durable=False)
        places = furnish(database, count)
        answered = list(answers(database)) if "--answers" in sys.argv else []
        start = time.perf_counter()
        told: Rehearsal = asyncio.run(rehearse(database, REACH, MONDAY, END))
        middle = time.perf_counter()
        lived, log = asyncio.run(live(database, script(database, answered)))
        seconds = time.perf_counter() - middle
        sys.stdout.write(
            f"{places} centres, {count:,} families: rehearsed in {middle - start:.0f} s, lived in "
            f"{seconds:.0f} s; {len(told.lines):,} lines and {len(log):,} messages on the phones\n"
        )
        if answered:
            well = _say_explained(
                *unexplained(database, told.lines, lived, answered, (MONDAY, END))
            )
        else:
            same = list(said_of(told.lines)) == list(said_of(lived))
            well = _say_equal(same, foretold(database, told.lines) == log)
        database.close()
    sys.exit(0 if well else 1)


def _say_equal(books: bool, phones: bool) -> bool:
    sys.stdout.write(
        f"the books are {'equal' if books else 'DIFFERENT'}, "
        f"the phones are {'equal' if phones else 'DIFFERENT'}, line by line\n"
    )
    return books and phones


def _say_explained(counts: Counter[str], wrong: Sequence[str]) -> bool:
    verdict = f"{len(wrong)} UNEXPLAINED" if wrong else "their answers explain each of them"
    sys.stdout.write(
        f"{counts['answers']:,} families answered: {counts['came']:,} messages came, "
        f"{counts['gone']:,} went, {counts['moved']:,} moved, {counts['fallen']:,} fell or rose; "
        f"{verdict}\n"
    )
    sys.stdout.writelines(f"  {one}\n" for one in wrong[:20])
    return not wrong


if __name__ == "__main__":
    main()
