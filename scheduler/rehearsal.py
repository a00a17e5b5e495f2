"""The rehearsal: what would leave over the next days if nobody answered.

    the database --> a private copy --> the real jobs on a held clock, channels that only note
                                                       |
                                         one line for each message, in the house's words

The clock jumps from one due moment to the next. Nothing of the real database changes, nothing
leaves: what really happens afterwards differs by what people answer and by what does not arrive,
and by nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.recorder import Recorder
from bot.dispatcher import Dispatcher
from bot.gate import impossible
from bot.messages import Channel, ChannelName, Purpose
from bot.reach import Reach, month_start
from bot.storage import claims, outbox, rehearsed
from bot.storage.budget import segments_since
from bot.storage.database import Database
from bot.translation import has_catalog
from bot.wallclock import HeldClock, day_start, local
from scheduler.jobs import JOBS, Works
from scheduler.planner import TIME_TO_ANSWER, State, timetable, upcoming
from scheduler.state import announced, load_state

LATE = timedelta(hours=20)  # behind its hour: another day than the one that was planned
LONG = 3  # segments: two are the house's limit
NEARLY = 0.8  # of a budget
ZONE = "Europe/Paris"  # of what belongs to no centre

RAREST_FIRST = sorted(JOBS, key=lambda one: one.seconds, reverse=True)  # it had run just before
IN_TURN = (*RAREST_FIRST, *(one for one in RAREST_FIRST if one.seconds < 60))
"""What happens at one moment; what runs every few seconds also sees what has just left."""


class Outcome(StrEnum):
    """What becomes of a message within the days that are rehearsed."""

    SENT = "sent"
    REFUSED = "refused"
    WAITING = "waiting"  # it leaves after them


@dataclass(frozen=True, slots=True)
class Line:
    """One message: for whom, when, how, and what to know about it.

    `at` is when it leaves, or when it is refused; `held` is why that is not `due_at`. `words` tells
    two texts apart without showing either. `remarks`: late, long, other_language.
    """

    key: str
    at: datetime
    due_at: datetime
    outcome: Outcome
    reason: str
    held: str
    centre_id: int | None
    centre: str
    zone: str
    family: str
    parent: int | None
    purpose: str
    step: str
    event_id: int | None
    event: str
    channel: str
    language: str
    segments: int
    words: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a whole rehearsal: a code, how many, and of which centre."""

    code: str
    count: int
    centre: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Everything that was decided from `start` until `end`, by the moment, then by the key."""

    start: datetime
    end: datetime
    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...]


async def rehearse(source: Database, reach: Reach, start: datetime, end: datetime) -> Rehearsal:
    """Live from `start` to `end` on a copy of `source`, without an answer from anyone.

    Raises Rejected for a database that cannot be copied.
    """
    with TemporaryDirectory(prefix="carnet-") as folder:
        copy = rehearsed.copy_of(source, Path(folder) / "carnet.db")
        try:
            return await _rehearse(copy, reach, start, end)
        finally:
            copy.close()


async def _rehearse(copy: Database, reach: Reach, start: datetime, end: datetime) -> Rehearsal:
    await copy.writing(claims.release_all)  # whoever holds them works elsewhere
    before = await copy.reading(rehearsed.standing)
    used = await copy.reading(lambda db: _segments_used(db, start))
    held = await _live(copy, reach, start, end)
    lines = await copy.reading(lambda db: read_lines(db, before, held))
    centres = await copy.reading(rehearsed.budgets)
    return Rehearsal(start, end, lines, (*_budgets(centres, used, lines), *_closed(centres)))


async def _live(copy: Database, reach: Reach, start: datetime, end: datetime) -> dict[int, str]:
    """Run the jobs at each due moment; give why rows were held back, by outbox id."""
    clock = HeldClock(start)
    channels: dict[ChannelName, Channel] = {
        name: Recorder(shape) for name, shape in reach.shapes.items()
    }
    works = Works(copy, reach, clock, Dispatcher(copy, reach, channels, clock, {}))
    openings = await copy.reading(lambda db: step_openings(db, start, end))
    held: dict[int, str] = {}
    due_at: datetime | None = start
    while due_at is not None and due_at <= end:
        clock.move_to(due_at)
        for job in IN_TURN:
            await job.run(works)
        for row in await copy.reading(rehearsed.held_back):
            held.setdefault(row.id, row.reason)
        due_at = await copy.reading(partial(next_moment, openings=openings, now=due_at, end=end))
    return held


def step_openings(db: Connection, now: datetime, end: datetime) -> frozenset[datetime]:
    """The moments by `end` at which a step opens, whoever it is for; nobody's answer moves them.

    A reminder is seen from the beginning of its day on.
    """
    moments: set[datetime] = set()
    for subject in announced(db, now):
        for slot in timetable(subject):
            moments.add(slot.due_at)
            if slot.step.purpose is Purpose.REMINDER:
                moments.add(day_start(slot.due_at, subject.hours.zone))
    newcomers = State((), load_state(db, now, now).newcomers, frozenset())
    moments |= {one.due_at for one in upcoming(newcomers, now, end)}
    return frozenset(at for at in moments if now < at <= end)


def next_moment(
    db: Connection, openings: Iterable[datetime], now: datetime, end: datetime
) -> datetime | None:
    """The next moment by `end` at which the planner or the outbox has something to do."""
    asked = rehearsed.told_since(db, now - TIME_TO_ANSWER)
    held = claims.next_due_at(db), rehearsed.next_offer_end(db)
    moments = (
        *openings,
        *(at + TIME_TO_ANSWER for at in asked),
        *(at for at in held if at is not None),
    )
    return min((at for at in moments if now < at <= end), default=None)


def read_lines(
    db: Connection, before: rehearsed.Standing, held: dict[int, str] | None = None
) -> tuple[Line, ...]:
    """What the outbox says of everything that was decided since `before`."""
    lines = (
        _line(row, (held or {}).get(row.id, "")) for row in rehearsed.written_since(db, before)
    )
    return tuple(sorted(lines, key=lambda one: (one.at, one.key)))


def _line(row: Row[Any], held: str) -> Line:
    outcome = Outcome.WAITING if row.state in outbox.OPEN else Outcome.SENT
    if row.sent_at is None and outcome is Outcome.SENT:
        outcome = Outcome.REFUSED
    at = row.sent_at or row.next_attempt_at
    left = outcome is Outcome.SENT
    return Line(
        key=row.key,
        at=at,
        due_at=row.due_at,
        outcome=outcome,
        reason=row.reason,
        held=held if left and at > row.due_at else "",
        centre_id=row.centre_id,
        centre=row.centre or "",
        zone=row.time_zone or ZONE,
        family=row.reference or "",
        parent=row.rank,
        purpose=row.purpose,
        step=row.step,
        event_id=row.event_id,
        event=row.title or "",
        channel=row.channel or "",
        language=row.language or "",
        segments=row.segments or 0,
        words=sha256((row.body or "").encode()).hexdigest()[:12] if left else "",
        remarks=_remarks(row, at - row.due_at) if left else (),
    )


def _remarks(row: Row[Any], behind: timedelta) -> tuple[str, ...]:
    found = (
        ("late", behind >= LATE),
        ("long", (row.segments or 0) >= LONG),
        ("other_language", row.wanted is not None and not has_catalog(row.wanted)),
    )
    return tuple(code for code, true in found if true)


def _segments_used(db: Connection, now: datetime) -> Counter[tuple[int, str]]:
    """SMS segments that each budgeted centre has used this month, by centre and month."""
    used: Counter[tuple[int, str]] = Counter()
    for one in rehearsed.budgets(db):
        if one.monthly_segments is not None:
            since = month_start(now, one.time_zone)
            used[one.id, _month(now, one.time_zone)] = segments_since(db, one.id, since)
    return used


def _budgets(
    centres: Sequence[Row[Any]], used: Counter[tuple[int, str]], lines: Iterable[Line]
) -> Iterable[Remark]:
    """The months in which a centre nears the end of its SMS: the count is the share in percent."""
    spent = used.copy()
    for line in lines:
        if line.outcome is Outcome.SENT and line.centre_id is not None:
            spent[line.centre_id, _month(line.at, line.zone)] += line.segments
    for one in centres:
        for (centre_id, month), segments in sorted(spent.items()):
            budget = one.monthly_segments
            if centre_id == one.id and budget is not None and segments >= budget * NEARLY:
                share = round(100 * segments / budget) if budget else 100
                yield Remark("budget", share, one.name, month)


def _closed(centres: Iterable[Row[Any]]) -> Iterable[Remark]:
    """The centres from which nothing can ever leave."""
    for one in centres:
        if impossible(one.time_zone, one.opens_at, one.closes_at, one.quiet_days, one.holidays):
            yield Remark("closed", 1, one.name)


def _month(at: datetime, zone: str) -> str:
    return f"{local(at, zone):%m/%Y}"
