"""What is due now: a pure function of who was invited, who answered and what was decided before.

    state, now --> plan(...) --> intents --> the gate, then the outbox

A step opens at its hour on the centre's wall clock and closes at the start of the event, or once it
is `late_hours` late, or when the next step of its kind opens: a server that comes back after three
days reminds each family once. For one family a step opens

    invited    at its hour; at once for an event or a family that is newer than that
    silent     at its hour, not before the invitation has had its time to be answered
    coming     at its hour, for a family that had answered by then
    attended   at its hour
    absent     at its hour
    no_show    at its hour, once a month: the first absence in view speaks for the next ones

What is open and was not decided is due. No cursor is kept: a plan that is cut short, repeated or
late loses nothing and repeats nothing. `upcoming` is the same function with a longer view.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple

from bot.messages import Purpose, key_of
from bot.plans import Condition, Intent, PlannedStep, in_good_time
from bot.wallclock import local
from scheduler.timing import offset

NUDGE = "nudge"  # the step that turns to the other guardian; stored
WELCOME = "welcome"  # stored

HOUR = timedelta(hours=1)
TIME_TO_ANSWER = 20 * HOUR  # asked in the morning, nudged the next day at the earliest
LOOK_BACK = 96 * HOUR  # how late a step after the event may leave when it does not say
WHY_AGAIN = timedelta(days=30)  # nobody is asked more often why they did not come
WELCOME_AT = time(10)  # the day after they joined
WELCOME_LATE = timedelta(days=14)

PRIORITY = {  # what leaves first when all cannot leave at once
    Purpose.REPLY: 0,
    Purpose.STAFF: 0,
    Purpose.CHANGE: 0,
    Purpose.REMINDER: 1,
    Purpose.INVITATION: 2,
    Purpose.WELCOME: 3,
    Purpose.SURVEY: 4,
}

_COMING = frozenset({"yes", "maybe"})
_NEVER = datetime.max.replace(tzinfo=UTC)
_rank = attrgetter("rank")


@dataclass(frozen=True, slots=True)
class Guardian:
    """Someone who may be written to for their family; without usable addresses, out of reach."""

    contact_id: int
    rank: int
    address_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Household:
    """One family in the audience of one gathering, with what is known of its answer.

    `asked_why_at`: when it was last asked, about any event, why it did not come; None: never.
    """

    family_id: int
    guardians: tuple[Guardian, ...]
    invited_at: datetime | None
    rsvp: str | None
    rsvp_at: datetime | None
    attended: bool | None
    joined_at: datetime
    asked_why_at: datetime | None = None

    @property
    def was_missed(self) -> bool:
        """Expected, and did not come."""
        return self.attended is False and self.rsvp == "yes"


@dataclass(frozen=True, slots=True)
class Gathering:
    """One event, its steps and its audience, each family once.

    `changed_at` is when the families were last told of another day or hour; None: never.
    """

    event_id: int
    centre_id: int
    version: int
    cancelled: bool
    on: date
    at: time
    zone: str
    starts_at: datetime
    created_at: datetime
    steps: tuple[PlannedStep, ...]
    households: tuple[Household, ...]
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The first guardian within reach of a family to whom nothing was ever sent."""

    contact_id: int
    family_id: int
    centre_id: int
    zone: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """All that planning looks at. `decided` holds the keys that stand in the outbox already."""

    gatherings: tuple[Gathering, ...]
    newcomers: tuple[Newcomer, ...]
    decided: frozenset[str]


class Slot(NamedTuple):
    """One step of one gathering, put on the clock; it is open from `due_at` until `expires_at`."""

    step: PlannedStep
    version: int
    due_at: datetime
    expires_at: datetime


def plan(state: State, now: datetime) -> tuple[Intent, ...]:
    """Everything that is due at `now` and not decided yet: by priority, then due time, then key."""
    return upcoming(state, now, now)


def upcoming(state: State, now: datetime, until: datetime) -> tuple[Intent, ...]:
    """What is due at `now` or becomes due by `until`, if nobody answers meanwhile.

    An invitation that has not left yet is taken to leave as soon as it is due.
    """
    newcomers = {newcomer.contact_id for newcomer in state.newcomers}
    first_words: dict[int, datetime] = {}
    intents: list[Intent] = []
    for intent in _campaigns(state.gatherings, now, until):
        if intent.contact_id in newcomers:
            first = first_words.get(intent.contact_id, intent.due_at)
            first_words[intent.contact_id] = min(first, intent.due_at)
        if intent.key not in state.decided:
            intents.append(intent)
    for intent in _welcomes(state.newcomers, now, until):
        introduced_at = first_words.get(intent.contact_id, _NEVER)
        if intent.key not in state.decided and introduced_at > max(intent.due_at, now):
            intents.append(intent)
    intents.sort(key=attrgetter("priority", "due_at", "key"))
    return tuple(intents)


def timetable(gathering: Gathering) -> tuple[Slot, ...]:
    """The steps on the clock, those for everyone first, then by due time.

    A step of which nothing is left, because the next of its kind is due as well, never opens.
    """
    placed = sorted(
        ((*_span(step, gathering), step) for step in gathering.steps),
        key=lambda span: (span[0], span[2].name),
    )
    slots: list[Slot] = []
    next_due: dict[tuple[Purpose, Condition], datetime] = {}
    for due_at, expires_at, step in reversed(placed):
        version = _version(step, gathering)
        if version > 1 and gathering.changed_at is not None and due_at <= gathering.changed_at:
            continue  # the news of the change has reminded them
        kind = step.purpose, step.condition
        slots.append(Slot(step, version, due_at, min(expires_at, next_due.get(kind, _NEVER))))
        next_due[kind] = due_at
    slots.sort(key=lambda slot: (slot.step.condition is not Condition.INVITED, slot.due_at))
    return tuple(slots)


def open_slots(gathering: Gathering, now: datetime, until: datetime) -> list[Slot]:
    """The steps of the timetable that are open at `now` or open by `until`."""
    return [slot for slot in timetable(gathering) if slot.due_at <= until and now < slot.expires_at]


def _span(step: PlannedStep, gathering: Gathering) -> tuple[datetime, datetime]:
    """When the step opens and closes, whatever the other steps do."""
    fitted = in_good_time(step, gathering.at)
    due_at = offset(gathering.on, fitted.days, fitted.at, gathering.zone)
    starts_at = gathering.starts_at
    late = None if step.late_hours is None else step.late_hours * HOUR
    if due_at >= starts_at and step.condition is not Condition.SILENT:
        return due_at, due_at + (LOOK_BACK if late is None else late)
    if step.condition is Condition.INVITED:
        due_at = max(due_at, gathering.created_at)
    return due_at, starts_at if late is None else min(starts_at, due_at + late)


def _version(step: PlannedStep, gathering: Gathering) -> int:
    """A changed event is reminded of anew; nobody is invited, nudged or asked twice for it."""
    dated = step.purpose is Purpose.REMINDER and step.condition is not Condition.INVITED
    return gathering.version if dated else 1


def _campaigns(gatherings: Iterable[Gathering], now: datetime, until: datetime) -> Iterator[Intent]:
    gatherings = [gathering for gathering in gatherings if not gathering.cancelled]
    missed = _first_missed(gatherings)
    for gathering in gatherings:
        slots = open_slots(gathering, now, until)
        if slots:
            for household in gathering.households:
                asked = missed.get(household.family_id) == gathering.event_id
                yield from _campaign(gathering, _once(household, asked), slots, now, until)


def _once(household: Household, asked: bool) -> Household:
    """The family as it is; where another gathering speaks of its absence, not missed here."""
    return household if asked or not household.was_missed else replace(household, attended=None)


def _first_missed(gatherings: Iterable[Gathering]) -> dict[int, int]:
    """By family, the first gathering that would ask why it did not come."""
    first: dict[int, tuple[datetime, int]] = {}
    for gathering in gatherings:
        due = [it.due_at for it in timetable(gathering) if it.step.condition is Condition.NO_SHOW]
        if due:
            occasion = min(due), gathering.event_id
            for household in gathering.households:
                if household.was_missed:
                    known = first.get(household.family_id, occasion)
                    first[household.family_id] = min(known, occasion)
    return {family_id: event_id for family_id, (_, event_id) in first.items()}


def _campaign(
    gathering: Gathering,
    household: Household,
    slots: Iterable[Slot],
    now: datetime,
    until: datetime,
) -> Iterator[Intent]:
    invited_at = household.invited_at
    for slot in slots:
        opens_at = _opens_at(slot, household, invited_at)
        if opens_at is None or opens_at > until or opens_at >= slot.expires_at:
            continue
        step = slot.step
        if step.condition is Condition.INVITED and invited_at is None:
            invited_at = max(opens_at, now)
        guardian = _recipient(household.guardians, step.name)
        if guardian is None:
            return
        yield Intent(
            key=key_of(
                step.purpose,
                f"event-{gathering.event_id}",
                slot.version,
                step.name,
                f"family-{household.family_id}",
            ),
            purpose=step.purpose,
            step=step.name,
            event_id=gathering.event_id,
            centre_id=gathering.centre_id,
            family_id=household.family_id,
            contact_id=guardian.contact_id,
            due_at=opens_at,
            expires_at=slot.expires_at,
            priority=PRIORITY[step.purpose],
        )


def _opens_at(slot: Slot, household: Household, invited_at: datetime | None) -> datetime | None:
    """When the step opens for this family; None if, as things stand, it is not for them."""
    due_at = slot.due_at
    match slot.step.condition:
        case Condition.INVITED:
            return max(due_at, household.joined_at)
        case Condition.SILENT:
            if household.rsvp is not None or invited_at is None:
                return None
            if max(invited_at, household.joined_at) > due_at:
                return None
            return max(due_at, invited_at + TIME_TO_ANSWER)
        case Condition.COMING:
            answered = household.rsvp_at is None or household.rsvp_at < due_at
            return due_at if household.rsvp in _COMING and answered else None
        case Condition.ATTENDED:
            return due_at if household.attended else None
        case Condition.ABSENT:
            return due_at if household.attended is False and household.rsvp != "no" else None
        case Condition.NO_SHOW:
            asked_at = household.asked_why_at
            lately = asked_at is not None and asked_at + WHY_AGAIN > due_at
            return due_at if household.was_missed and not lately else None


def _recipient(guardians: tuple[Guardian, ...], step: str) -> Guardian | None:
    """Who hears for the family: the first within reach, else the first, so that it shows.

    A nudge turns to another guardian within reach who shares no address with that one.
    """
    within_reach = [guardian for guardian in guardians if guardian.address_ids]
    first = min(within_reach or guardians, key=_rank, default=None)
    if step != NUDGE or first is None:
        return first
    others = [
        guardian for guardian in within_reach if guardian.address_ids.isdisjoint(first.address_ids)
    ]
    return min(others, key=_rank, default=first)


def _welcomes(newcomers: Iterable[Newcomer], now: datetime, until: datetime) -> Iterator[Intent]:
    for newcomer in newcomers:
        joined_on = local(newcomer.joined_at, newcomer.zone).date()
        due_at = offset(joined_on, 1, WELCOME_AT, newcomer.zone)
        expires_at = due_at + WELCOME_LATE
        if due_at <= until and now < expires_at:
            contact = f"contact-{newcomer.contact_id}"
            yield Intent(
                key=key_of(Purpose.WELCOME, contact, 1, WELCOME, contact),
                purpose=Purpose.WELCOME,
                step=WELCOME,
                event_id=None,
                centre_id=newcomer.centre_id,
                family_id=newcomer.family_id,
                contact_id=newcomer.contact_id,
                due_at=due_at,
                expires_at=expires_at,
                priority=PRIORITY[Purpose.WELCOME],
            )
