"""What a month's answers change, worked out apart: `python -m tests.month FAMILIES --answers`.

What must come, go and move follows here from the plans of events and announcements and from the
house's limits (one message a day, three in any seven days, none on Sundays, a place for each
reminder of what a family has said it comes to), without the planner or the gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select

from bot.messages import Address, ChannelName, InboundMessage, Purpose, key_of
from bot.plans import default_steps
from bot.storage.database import AloneDatabase
from bot.storage.tables import addresses, campaigns, children, events
from bot.wallclock import at_wall_clock, local
from scheduler.differences import ABOUT, Kind, Record, differences
from scheduler.rehearsal import Line, Outcome

PARIS = "Europe/Paris"
OPENS, CLOSES = time(9), time(19, 30)
LUNCH = time(12, 30)
DAY = timedelta(days=1)
TIME_TO_ANSWER = timedelta(hours=20)
WORDS = {"yes": ("1", "2", "1"), "no": ("2",), "maybe": ("3",)}  # a yes is asked how many they are
ANSWERS = ("yes", "no", "maybe", "yes")
"""Every third family answers to one of its centre's events; the others stay silent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One family's answer to one event, of those in its centre."""

    family_id: int
    event: Row[Any]
    answer: str
    at: datetime
    events: Sequence[Row[Any]]


# -- who answers what -----------------------------------------------------------------------------


def answers(database: AloneDatabase) -> Iterator[Answered]:
    """Every third family that hears everything: at noon, the day before its nudge."""
    with database.read() as db:
        homes = db.execute(select(children.c.family_id, children.c.centre_id)).all()
        found = db.execute(select(events).order_by(events.c.starts_at)).all()
    for family_id, centre_id in sorted(tuple(home) for home in homes):
        if family_id % 3 or family_id % 20 in (5, 11, 17):
            continue
        place = family_id // 3
        theirs = [one for one in found if one.centre_id == centre_id]
        event = theirs[place % 3]
        nudge = next(one for one in default_steps(event.kind) if one.name == "nudge")
        on = event.on + timedelta(days=nudge.days) - DAY
        at = at_wall_clock(on, LUNCH, PARIS)
        yield Answered(family_id, event, ANSWERS[place % len(ANSWERS)], at, theirs)


def script(
    database: AloneDatabase, answered: Iterable[Answered]
) -> Mapping[datetime, list[InboundMessage]]:
    """What their phones send; family and address have the same number."""
    with database.read() as db:
        phones = {row.id: row for row in db.execute(select(addresses))}
    written: dict[datetime, list[InboundMessage]] = {}
    for one in answered:
        phone = phones[one.family_id]
        sender = Address(ChannelName(phone.channel), phone.value)
        for number, text in enumerate(WORDS[one.answer]):
            said = InboundMessage(sender, f"in-{one.family_id}-{number}", text)
            written.setdefault(one.at, []).append(said)
    return written


# -- what must leave, and when --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """One message of a plan: its hour, and how long it makes sense.

    `after`: the key of the message that it repeats to those who were silent; "": of none.
    """

    key: str
    urgent: bool
    due_at: datetime
    until: datetime
    late: timedelta | None = None
    after: str = ""


Calendar = dict[str, datetime | None]
"""When each message leaves, by key; None: it finds no moment and is refused."""


def unexplained(
    database: AloneDatabase,
    told: Sequence[Line],
    lived: Sequence[Line],
    answered: Sequence[Answered],
    period: tuple[datetime, datetime],
) -> tuple[Counter[str], list[str]]:
    """How many messages came, went and moved; and, in words, all that nothing explains."""
    with database.read() as db:
        others = db.execute(select(campaigns).order_by(campaigns.c.id)).all()
    before: Calendar = {}
    after: Calendar = {}
    for one in answered:
        silent, spoken = _plans(one, others)
        before |= silent
        after |= spoken
    found = differences(_record(told, period), _record(lived, period))
    keys = {kind: {one.record["key"] for one in found if one.kind is kind} for kind in Kind}
    keys[Kind.MOVED] &= {one.key for one in lived if one.outcome is Outcome.SENT}
    replies = Counter(one.at for one in lived if one.purpose == "reply")
    written = Counter(one.at for one in answered for _ in WORDS[one.answer])
    other = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    fallen = {key for key in other if None in (before[key], after[key])}
    came = {key for key in keys[Kind.ADDED] if not key.startswith("reply:")}
    families = {str(one.family_id) for one in answered}
    checks = (
        ("each of their words is answered", replies.items(), written.items()),
        ("as foretold", _moments(told, before, families), before.items()),
        ("as lived", _moments(lived, after, families), after.items()),
        ("gone", keys[Kind.GONE], before.keys() - after.keys()),
        ("came", came, after.keys() - before.keys()),
        ("moved", keys[Kind.MOVED], other - fallen),
        ("changed", keys[Kind.CHANGED], fallen),
    )
    wrong = [
        f"{what}: {one}"
        for what, really, expected in checks
        for one in sorted(map(str, set(really) ^ set(expected)))
    ]
    counts = Counter({"answers": len(answered), "gone": len(keys[Kind.GONE]), "came": len(came)})
    counts["moved"] = len(keys[Kind.MOVED])
    counts["fallen"] = len(keys[Kind.CHANGED])
    return counts, wrong


def _plans(one: Answered, others: Sequence[Row[Any]]) -> tuple[Calendar, Calendar]:
    """A family's calendar without its answer, and with it."""
    news = [_announcement(row, one.family_id) for row in others]
    silent, spoken = list(news), list(news)
    for event in one.events:
        silent += _steps(event, one.family_id, None)
        answer = one.answer if event.id == one.event.id else None
        spoken += _steps(event, one.family_id, answer)
    return _settled(silent, one.at), _settled(spoken, one.at)


def _announcement(row: Row[Any], family_id: int) -> Planned:
    key = key_of(Purpose.INVITATION, f"campaign-{row.id}", 1, "announcement", f"family-{family_id}")
    due_at = at_wall_clock(row.on, row.at, PARIS)
    return Planned(key, False, due_at, at_wall_clock(row.ends_on + DAY, time.min, PARIS))


def _steps(event: Row[Any], family_id: int, answer: str | None) -> Iterator[Planned]:
    """The steps before an event that are for a family with this answer."""
    wanted = {"invitation": True, "nudge": answer is None} | dict.fromkeys(
        ("reminder", "morning"), answer in ("yes", "maybe")
    )
    invitation = ""
    for step in default_steps(event.kind):
        if wanted.get(step.name):
            due_at = at_wall_clock(event.on + timedelta(days=step.days), step.at, PARIS)
            late = None if step.late_hours is None else timedelta(hours=step.late_hours)
            key = key_of(step.purpose, f"event-{event.id}", 1, step.name, f"family-{family_id}")
            after = invitation if step.name == "nudge" else ""
            urgent = step.purpose == "reminder"
            yield Planned(key, urgent, due_at, event.starts_at, late, after)
            invitation = invitation or key


def _settled(plan: Sequence[Planned], known_at: datetime) -> Calendar:
    """When each message leaves: the first day left, and none that a reminder needs.

    Of a reminder nobody knows before `known_at`, when the family says that it comes: what has left
    by then, or was given up, stands.
    """
    ordered = sorted(plan, key=lambda one: (one.due_at, one.key))
    usual = [one for one in ordered if not one.urgent]
    urgent = [one for one in ordered if one.urgent]
    calendar: Calendar = {}
    if urgent:
        due = {one.key: one.due_at for one in usual}
        calendar = {
            key: at
            for key, at in _placed(usual, {}).items()
            if (due[key] if at is None else at) < known_at
        }
    calendar = _placed(urgent, calendar)
    return _placed([one for one in usual if one.key not in calendar], calendar)


def _placed(plan: Iterable[Planned], stands: Calendar) -> Calendar:
    """What stands, and each of these on the first day left."""
    calendar = dict(stands)
    taken = [local(at, PARIS).date() for at in stands.values() if at is not None]
    for one in plan:
        opens_at = one.due_at
        if one.after:
            asked_at = calendar.get(one.after)
            if asked_at is None or asked_at > opens_at:
                continue  # who has not been asked yet is not asked again
            opens_at = max(opens_at, asked_at + TIME_TO_ANSWER)
        until = one.until if one.late is None else min(one.until, one.due_at + one.late)
        if opens_at >= until:
            continue
        at = _first_left(opens_at, taken)
        calendar[one.key] = at if at < until else None
        if at < until:
            taken.append(local(at, PARIS).date())
    return calendar


def _first_left(at: datetime, taken: Collection[date]) -> datetime:
    on = local(at, PARIS).date()
    while not _open(on, at) or not _has_room(on, taken):
        on += DAY
        at = at_wall_clock(on, OPENS, PARIS)
    return at


def _open(on: date, at: datetime) -> bool:
    return on.isoweekday() != 7 and OPENS <= local(at, PARIS).time() < CLOSES


def _has_room(on: date, taken: Collection[date]) -> bool:
    """One a day, and three in any seven days."""
    weeks = (on + timedelta(days=ahead) for ahead in range(7))
    full = any(sum(end - timedelta(days=6) <= one <= end for one in taken) >= 3 for end in weeks)
    return on not in taken and not full


def _moments(
    lines: Iterable[Line], keys: Calendar, families: Collection[str]
) -> Iterator[tuple[str, datetime | None]]:
    """When the messages of these families really left."""
    for one in lines:
        beginning, _, family = one.key.rpartition(":family-")
        if beginning and family in families and (one.key in keys or one.purpose != "reply"):
            yield one.key, one.at if one.outcome is Outcome.SENT else None


def _record(lines: Iterable[Line], period: tuple[datetime, datetime]) -> Record:
    """A month as `carnet plan --output json` keeps it, as far as two are compared."""
    return {
        "from": period[0].isoformat(),
        "until": period[1].isoformat(),
        "messages": [
            {"key": one.key, "at": one.at.isoformat()}
            | {name: getattr(one, name) for name in ABOUT}
            for one in lines
        ],
    }
