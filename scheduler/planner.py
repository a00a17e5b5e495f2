"""What is due now: a pure function of who was invited, who answered and what was decided before.

    state, now --> plan(...) --> intents --> the gate, then the outbox

A step is planned about a subject: an event, or a campaign in one centre. It opens at its hour on
the centre's wall clock and closes with its subject (at the start of the event, after the last day
of the campaign), or once it is `late_hours` late, or when the next step of its kind opens: a server
that comes back after three days reminds each family once. For one family a step opens

    invited    at its hour; at once for a subject or a family that is newer than that
    silent     at its hour, not before the invitation has had its time to be answered
    coming     at its hour, for a family that had answered by then
    attended   at its hour
    absent     at its hour
    no_show    at its hour, once a month: the first absence in view speaks for the next ones

What is open and was not decided is due. A reminder is due from the beginning of its day on, and
says at which hour it leaves: so it stands in the outbox before anything less urgent of that day
does. No cursor is kept: a plan that is cut short, repeated or late loses nothing and repeats
nothing. `upcoming` is the same function with a longer view.

One family hears through its first guardian within reach; through two where it wishes so. Of those
who are reached on one phone, one hears of each step; the intents for the others say why not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from bot.gate import Hours
from bot.households import Guardian, first_heard, heard_beside
from bot.messages import About, Purpose, key_of, unaddressed
from bot.plans import Condition, Intent, PlannedStep, due_at, on_the_clock
from bot.wallclock import local
from scheduler.timing import day_of, offset

WELCOME = "welcome"  # stored
SHARED_PHONE = "shared_phone"  # why an intent is not to leave; stored

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
_NOT_EXPECTED = frozenset({"no", "waiting"})
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Household:
    """One family in the audience of one subject, with what is known of its answer.

    `rsvp`: its answer, None while it is silent. `asked_why_at`: when it was last asked, about any
    event, why it did not come; None: never. `both`: it wants two guardians written to.
    """

    family_id: int
    guardians: tuple[Guardian, ...]
    invited_at: datetime | None
    rsvp: str | None
    rsvp_at: datetime | None
    attended: bool | None
    joined_at: datetime
    asked_why_at: datetime | None = None
    both: bool = False

    @property
    def was_missed(self) -> bool:
        """Expected, and did not come."""
        return self.attended is False and self.rsvp == "yes"


@dataclass(frozen=True, slots=True)
class Subject:
    """One event, or one campaign in one centre: its steps and its audience, each family once.

    `on` and `at` say when the event starts, or when the first message of the campaign may leave;
    `starts_at` is that instant. `ends_at` is when a campaign is over; None: an event. `hours` are
    those of the centre, on the wall clock of the families. `changed_at` is when the families were
    last told of another day or hour; None: never.
    """

    about: About
    centre_id: int
    version: int
    cancelled: bool
    on: date
    at: time
    hours: Hours
    starts_at: datetime
    created_at: datetime
    steps: tuple[PlannedStep, ...]
    households: tuple[Household, ...]
    changed_at: datetime | None = None
    ends_at: datetime | None = None


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
    """All that planning looks at.

    `decided` holds the keys that stand in the outbox already. `taken`: the steps that they promise
    to an address, each as the beginning of its key (see `messages.unaddressed`) and the address.
    """

    subjects: tuple[Subject, ...]
    newcomers: tuple[Newcomer, ...]
    decided: frozenset[str]
    taken: frozenset[tuple[str, int]] = frozenset()


class Slot(NamedTuple):
    """One step of one subject, put on the clock; it is open from `due_at` until `expires_at`."""

    step: PlannedStep
    version: int
    due_at: datetime
    expires_at: datetime


class _Message(NamedTuple):
    """An intent, and the address that it would be sent to first; None: nobody is within reach."""

    intent: Intent
    address_id: int | None


def plan(state: State, now: datetime) -> tuple[Intent, ...]:
    """Everything that is due at `now` and not decided yet: by priority, then due time, then key."""
    return upcoming(state, now, now)


def upcoming(state: State, now: datetime, until: datetime) -> tuple[Intent, ...]:
    """What is decided by `until` if nobody answers meanwhile: all that becomes due by then.

    An invitation that has not left yet is taken to leave as soon as it is due.
    """
    newcomers = {newcomer.contact_id for newcomer in state.newcomers}
    first_words: dict[int, datetime] = {}
    intents: list[Intent] = []
    for intent in _planned(state, now, until):
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


def timetable(subject: Subject) -> tuple[Slot, ...]:
    """The steps on the clock, those for everyone first, then by due time.

    A step of which nothing is left, because the next of its kind is due as well, never opens.
    """
    slots = _usual(
        subject.steps, subject.on, subject.at, subject.hours, subject.starts_at, subject.ends_at
    )
    late = slots and _for_everyone(slots[0]) and slots[0].due_at < subject.created_at
    return _timetable(subject) if late or subject.version > 1 else slots


@lru_cache(maxsize=4096)
def _usual(
    steps: tuple[PlannedStep, ...],
    on: date,
    at: time,
    hours: Hours,
    starts_at: datetime,
    ends_at: datetime | None,
) -> tuple[Slot, ...]:
    """The timetable of a subject that was made in time and never changed: many share one."""
    about, early = About(), datetime.min.replace(tzinfo=UTC)
    subject = Subject(about, 0, 1, False, on, at, hours, starts_at, early, steps, (), None, ends_at)
    return _timetable(subject)


def _timetable(subject: Subject) -> tuple[Slot, ...]:
    placed = [(*_span(step, subject), step) for step in subject.steps]
    placed.sort(key=_by_due_time, reverse=True)
    slots: list[Slot] = []
    next_due: dict[tuple[Purpose, Condition], datetime] = {}
    for opens_at, expires_at, step in placed:
        version = _version(step, subject)
        if version > 1 and subject.changed_at is not None and opens_at <= subject.changed_at:
            continue  # the news of the change has reminded them
        kind = step.purpose, step.condition
        next_at = next_due.get(kind)
        if next_at is not None:
            expires_at = min(expires_at, _given_up(step, opens_at, next_at, subject.hours.zone))
        slots.append(Slot(step, version, opens_at, expires_at))
        next_due[kind] = opens_at
    slots.sort(key=_everyone_first)
    return tuple(slots)


def open_slots(subject: Subject, now: datetime, until: datetime) -> list[Slot]:
    """The steps of the timetable that are open at `now` or open by `until`.

    Those that remind on the day of `until` are open already.
    """
    return [
        slot
        for slot in timetable(subject)
        if now < slot.expires_at and slot.due_at <= _sight(slot, subject, until)
    ]


def _given_up(step: PlannedStep, opens_at: datetime, next_at: datetime, zone: str) -> datetime:
    """When a step gives way to the next of its kind: a reminder, to the whole day of the next."""
    if step.purpose is not Purpose.REMINDER:
        return next_at
    begins_at, _ = day_of(next_at, zone)
    return begins_at if begins_at > opens_at else next_at


def _by_due_time(placed: tuple[datetime, datetime, PlannedStep]) -> tuple[datetime, str]:
    return placed[0], placed[2].name


def _everyone_first(slot: Slot) -> tuple[bool, datetime, str]:
    return not _for_everyone(slot), slot.due_at, slot.step.name


def _for_everyone(slot: Slot) -> bool:
    return slot.step.condition is Condition.INVITED


def _sight(slot: Slot, subject: Subject, until: datetime) -> datetime:
    """How far ahead a step is seen: a reminder, to the end of the day where the families live."""
    if slot.step.purpose is not Purpose.REMINDER:
        return until
    return day_of(until, subject.hours.zone)[1]


def _span(step: PlannedStep, subject: Subject) -> tuple[datetime, datetime]:
    """When the step opens and closes, whatever the other steps do."""
    late = None if step.late_hours is None else step.late_hours * HOUR
    over_at = subject.ends_at
    if over_at is None:
        opens_at = due_at(step, subject.on, subject.at, subject.hours)
        over_at = subject.starts_at
        if opens_at >= over_at and step.condition is not Condition.SILENT:
            return opens_at, opens_at + (LOOK_BACK if late is None else late)
    else:
        opens_at = on_the_clock(step, subject.on, subject.at, subject.hours)
    if step.condition is Condition.INVITED:
        opens_at = max(opens_at, subject.created_at)
    return opens_at, over_at if late is None else min(over_at, opens_at + late)


def _version(step: PlannedStep, subject: Subject) -> int:
    """A changed event is reminded of anew; nobody is invited, nudged or asked twice for it.

    A campaign has no hour at which anybody must be anywhere: nothing of it is said twice.
    """
    dated = step.purpose is Purpose.REMINDER and step.condition is not Condition.INVITED
    return subject.version if dated and subject.ends_at is None else 1


def _planned(state: State, now: datetime, until: datetime) -> Iterator[Intent]:
    """The intents of all steps that are open, decided before or not."""
    named: dict[str, list[Subject]] = defaultdict(list)
    for subject in state.subjects:
        if not subject.cancelled:
            named[subject.about.subject].append(subject)
    missed = _first_missed(one for several in named.values() for one in several)
    for name, subjects in named.items():
        messages: list[_Message] = []
        for subject in subjects:
            slots = open_slots(subject, now, until)
            if slots:
                messages += _messages(subject, name, slots, missed, now, until)
        yield from _one_to_a_phone(messages, state)


def _first_missed(subjects: Iterable[Subject]) -> dict[int, str]:
    """By family, the first event that would ask why it did not come."""
    first: dict[int, tuple[datetime, str]] = {}
    for subject in subjects:
        families = [one.family_id for one in subject.households if one.was_missed]
        if not families:
            continue
        due = [it.due_at for it in timetable(subject) if it.step.condition is Condition.NO_SHOW]
        if due:
            occasion = min(due), subject.about.subject
            for family_id in families:
                first[family_id] = min(first.get(family_id, occasion), occasion)
    return {family_id: name for family_id, (_, name) in first.items()}


def _one_to_a_phone(messages: Sequence[_Message], state: State) -> Iterator[Intent]:
    """The intents about one event or campaign; on a shared phone the first family is told."""
    if len(messages) < 2 and not state.taken:
        yield from (one.intent for one in messages)
        return
    first: dict[tuple[str, int], Intent] = {}
    for intent, address_id in messages:
        if address_id is not None and intent.key not in state.decided:
            place = intent.step, address_id
            holder = first.setdefault(place, intent)
            if intent.family_id < holder.family_id:
                first[place] = intent
    for intent, address_id in messages:
        if address_id is None or intent.key in state.decided:
            yield intent
        elif first[intent.step, address_id] is not intent or (
            state.taken and (unaddressed(intent.key), address_id) in state.taken
        ):
            yield intent._replace(refusal=SHARED_PHONE)
        else:
            yield intent


def _messages(
    subject: Subject,
    name: str,
    slots: Sequence[Slot],
    missed: Mapping[int, str],
    now: datetime,
    until: datetime,
) -> Iterator[_Message]:
    """What the open steps of one subject mean for its families."""
    event_id, campaign_id = subject.about
    steps = [
        (slot, _sight(slot, subject, until), _beginning(slot, name), PRIORITY[slot.step.purpose])
        for slot in slots
    ]
    for household in subject.households:
        invited_at = household.invited_at
        speaks = missed.get(household.family_id, name) == name
        for slot, sight, beginning, priority in steps:
            opens_at = _opens_at(slot, household, invited_at, speaks=speaks)
            if opens_at is None or opens_at > sight or opens_at >= slot.expires_at:
                continue
            step = slot.step
            if invited_at is None and step.condition is Condition.INVITED:
                invited_at = max(opens_at, now)
            for recipient, guardian in _recipients(household, step):
                intent = Intent(
                    f"{beginning}{recipient}",
                    step.purpose,
                    step.name,
                    event_id,
                    subject.centre_id,
                    household.family_id,
                    guardian.contact_id,
                    opens_at,
                    slot.expires_at,
                    priority,
                    campaign_id,
                )
                addresses = guardian.address_ids
                yield _Message(intent, addresses[0] if addresses else None)


def _beginning(slot: Slot, name: str) -> str:
    """The key of a step's promises, but for who receives them."""
    return key_of(slot.step.purpose, name, slot.version, slot.step.name, "")


def _opens_at(
    slot: Slot, household: Household, invited_at: datetime | None, *, speaks: bool
) -> datetime | None:
    """When the step opens for this family; None if, as things stand, it is not for them.

    `speaks`: this event is the one to ask a family that was missed.
    """
    opens_at = slot.due_at
    match slot.step.condition:
        case Condition.INVITED:
            return max(opens_at, household.joined_at)
        case Condition.SILENT:
            if household.rsvp is not None or invited_at is None:
                return None
            if max(invited_at, household.joined_at) > opens_at:
                return None
            return max(opens_at, invited_at + TIME_TO_ANSWER)
        case Condition.COMING:
            answered = household.rsvp_at is None or household.rsvp_at < opens_at
            return opens_at if household.rsvp in _COMING and answered else None
        case Condition.ATTENDED:
            return opens_at if household.attended else None
        case Condition.ABSENT:
            absent = household.attended is False and household.rsvp not in _NOT_EXPECTED
            return opens_at if absent and (speaks or not household.was_missed) else None
        case Condition.NO_SHOW:
            asked_at = household.asked_why_at
            lately = asked_at is not None and asked_at + WHY_AGAIN > opens_at
            return opens_at if household.was_missed and speaks and not lately else None


def _recipients(household: Household, step: PlannedStep) -> Sequence[tuple[str, Guardian]]:
    """Who hears for the family, each with the end of the message's key.

    The first within reach, else the first, so that it shows. A nudge turns to another guardian
    within reach who shares no address with that one; a family that wants two told has them both.
    Only questions about themselves stay with whom was asked first.
    """
    nudges = step.condition is Condition.SILENT and step.purpose is not Purpose.SURVEY
    first = first_heard(household.guardians)
    if first is None:
        return ()
    family = f"family-{household.family_id}"
    if not household.both and not nudges:
        return ((family, first),)
    second = heard_beside(first, household.guardians)
    if second is None:
        return ((family, first),)
    return (
        ((family, first), (f"{family}-second", second)) if household.both else ((family, second),)
    )


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
