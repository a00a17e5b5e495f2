"""A month foretold is the month lived; what families answer explains all that differs.

What must come, go and move is worked out here from the events' own plans and the house's limits
(one message a day, three a week, none on Sundays), without the planner or the gate.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot.messages import Address, ChannelName, InboundMessage, key_of
from bot.plans import default_steps
from bot.storage.database import AloneDatabase
from bot.storage.tables import addresses, children, events
from bot.wallclock import at_wall_clock, local
from scheduler.differences import ABOUT, Kind, Record, differences
from scheduler.rehearsal import Line, Outcome, Rehearsal, rehearse
from tests.house import MONDAY
from tests.month import END, REACH, foretold, furnish, live, said_of

PARIS = "Europe/Paris"
CENTRES, FAMILIES = 6, 120
OPENS, CLOSES = time(9), time(19, 30)
LUNCH = time(12, 30)
BEFORE_THE_NUDGE = timedelta(days=1)
WORDS = {"yes": ("1", "2", "1"), "no": ("2",), "maybe": ("3",)}  # a yes is asked how many they are
ANSWERS = ("yes", "no", "maybe", "yes")
"""Every third family answers to one of its centre's events; the others stay silent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One family's answer to one event."""

    family_id: int
    event: Row[Any]
    answer: str
    at: datetime


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rehearsal]:
    """The network on its first day, and what is foretold for it."""
    file = tmp_path_factory.mktemp("month") / "month.db"
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    furnish(database, FAMILIES, CENTRES)
    told = asyncio.run(rehearse(database, REACH, MONDAY, END))
    database.close()
    return file, told


@pytest.fixture
def told(network: tuple[Path, Rehearsal]) -> Rehearsal:
    return network[1]


@pytest.fixture
def database(network: tuple[Path, Rehearsal], tmp_path: Path) -> Iterator[AloneDatabase]:
    file = shutil.copy(network[0], tmp_path / "month.db")
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    yield database
    database.close()


async def test_the_simulated_month_is_the_dry_run_line_by_line(
    told: Rehearsal, database: AloneDatabase
) -> None:
    lived, log = await live(database)
    assert list(said_of(told.lines)) == list(said_of(lived))
    assert foretold(database, told.lines) == log
    assert len(log) > 5 * FAMILIES
    assert {one.channel for one in log} == {"sms", "whatsapp", "telegram"}
    assert Counter(one.outcome for one in lived)[Outcome.REFUSED] > 0


async def test_answers_explain_exactly_what_differs(
    told: Rehearsal, database: AloneDatabase
) -> None:
    answered = list(_answers(database))
    assert {one.answer for one in answered} == set(WORDS)
    lived, _ = await live(database, _script(database, answered))
    found = differences(_record(told.lines), _record(lived))
    keys = {kind: {one.record["key"] for one in found if one.kind is kind} for kind in Kind}
    replies = Counter(one.at for one in lived if one.purpose == "reply")
    assert replies == Counter(one.at for one in answered for _ in WORDS[one.answer])
    came = {key for key in keys[Kind.ADDED] if not key.startswith("reply:")}
    plans = {one.family_id: _plans(database, one, told.lines) for one in answered}
    before = {key: at for plan, _ in plans.values() for key, at in plan.items()}
    after = {key: at for _, plan in plans.values() for key, at in plan.items()}
    assert before == _moments(told.lines, before)  # the same arithmetic without the answers
    assert after == _moments(lived, after)
    assert keys[Kind.GONE] == before.keys() - after.keys()
    assert came == after.keys() - before.keys()
    kept = before.keys() & after.keys()
    other = {key for key in kept if before[key] != after[key]}
    fallen = {key for key in other if None in (before[key], after[key])}
    assert keys[Kind.MOVED] == other - fallen
    assert keys[Kind.CHANGED] == fallen
    assert keys[Kind.GONE]
    assert came
    assert keys[Kind.MOVED]


def _record(lines: tuple[Line, ...]) -> Record:
    """A month as `carnet plan --output json` keeps it, as far as two are compared."""
    return {
        "from": MONDAY.isoformat(),
        "until": END.isoformat(),
        "messages": [
            {"key": one.key, "at": one.at.isoformat()}
            | {name: getattr(one, name) for name in ABOUT}
            for one in lines
        ],
    }


# -- who answers what -----------------------------------------------------------------------------


def _answers(database: AloneDatabase) -> Iterator[Answered]:
    """Every third family that hears everything: at noon, the day before its nudge."""
    with database.read() as db:
        homes = db.execute(select(children.c.family_id, children.c.centre_id)).all()
        found = db.execute(select(events).order_by(events.c.starts_at)).all()
    for family_id, centre_id in sorted(tuple(home) for home in homes):
        if family_id % 3 or family_id % 20 in (5, 11, 17):
            continue
        place = family_id // 3
        event = [one for one in found if one.centre_id == centre_id][place % 3]
        nudge = next(one for one in default_steps(event.kind) if one.name == "nudge")
        on = event.on + timedelta(days=nudge.days) - BEFORE_THE_NUDGE
        at = at_wall_clock(on, LUNCH, PARIS)
        yield Answered(family_id, event, ANSWERS[place % len(ANSWERS)], at)


def _script(
    database: AloneDatabase, answered: list[Answered]
) -> Mapping[datetime, list[InboundMessage]]:
    """What their phones send; family and address have the same number."""
    with database.read() as db:
        phones = {row.id: row for row in db.execute(select(addresses))}
    script: dict[datetime, list[InboundMessage]] = {}
    for one in answered:
        phone = phones[one.family_id]
        sender = Address(ChannelName(phone.channel), phone.value)
        for number, text in enumerate(WORDS[one.answer]):
            said = InboundMessage(sender, f"in-{one.family_id}-{number}", text)
            script.setdefault(one.at, []).append(said)
    return script


# -- what must leave, and when --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """One message of a plan: its hour, and the last moment at which it makes sense."""

    key: str
    urgent: bool
    due_at: datetime
    until: datetime


Calendar = dict[str, datetime | None]
"""When each message leaves, by key; None: it finds no moment and is refused."""


def _plans(
    database: AloneDatabase, one: Answered, lines: tuple[Line, ...]
) -> tuple[Calendar, Calendar]:
    """A family's calendar without its answer, and with it."""
    with database.read() as db:
        home = select(children.c.centre_id).where(children.c.family_id == one.family_id)
        theirs = db.execute(select(events).where(events.c.centre_id.in_(home))).all()
    silent = [it for event in theirs for it in _steps(event, one.family_id, None)]
    spoken = [
        it
        for event in theirs
        for it in _steps(event, one.family_id, one.answer if event.id == one.event.id else None)
    ]
    return _settled(silent), _settled(spoken)


def _steps(event: Row[Any], family_id: int, answer: str | None) -> Iterator[Planned]:
    """The steps before an event that are for a family with this answer."""
    wanted = {"invitation": True, "nudge": answer is None} | dict.fromkeys(
        ("reminder", "morning"), answer in ("yes", "maybe")
    )
    for step in default_steps(event.kind):
        if wanted.get(step.name):
            due_at = at_wall_clock(event.on + timedelta(days=step.days), step.at, PARIS)
            until = event.starts_at
            if step.late_hours is not None:
                until = min(until, due_at + timedelta(hours=step.late_hours))
            key = key_of(step.purpose, f"event-{event.id}", 1, step.name, f"family-{family_id}")
            yield Planned(key, step.purpose == "reminder", due_at, until)


def _settled(plan: list[Planned]) -> Calendar:
    """When each message leaves: the urgent take their days, the others the first day left."""
    taken: list[date] = []
    calendar: Calendar = {}
    for one in sorted(plan, key=lambda it: (not it.urgent, it.due_at)):
        on, at = local(one.due_at, PARIS).date(), one.due_at
        while not _open(on, at) or not _has_room(on, taken):
            on += timedelta(days=1)
            at = at_wall_clock(on, OPENS, PARIS)
        calendar[one.key] = at if at < one.until else None
        if at < one.until:
            taken.append(on)
    return calendar


def _open(on: date, at: datetime) -> bool:
    return on.isoweekday() != 7 and OPENS <= local(at, PARIS).time() < CLOSES


def _has_room(on: date, taken: list[date]) -> bool:
    """One a day, and three in any seven days."""
    weeks = (on + timedelta(days=ahead) for ahead in range(7))
    full = any(sum(end - timedelta(days=6) <= one <= end for one in taken) >= 3 for end in weeks)
    return on not in taken and not full


def _moments(lines: tuple[Line, ...], keys: Calendar) -> Calendar:
    """When the messages of these families really left."""
    families = {key.rsplit(":", 1)[1] for key in keys}
    return {
        one.key: one.at if one.outcome is Outcome.SENT else None
        for one in lines
        if one.key.rsplit(":", 1)[1] in families
    }
