"""The values that the coordinators' pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bot.languages import FALLBACK
from bot.messages import Say
from bot.storage.tasks import SAFEGUARDING

MAP = "https://www.openstreetmap.org"
PER_PAGE = 50  # lines of a long list


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that the reader may plan for."""

    id: int
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The families of one event, each in one of the first five numbers."""

    yes: int = 0
    no: int = 0
    maybe: int = 0
    silent: int = 0
    unreachable: int = 0
    places: int = 0  # held
    queue: int = 0  # places asked for by families on the waiting list

    @property
    def invited(self) -> int:
        """Every family of the event."""
        return self.yes + self.no + self.maybe + self.silent + self.unreachable


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, as lists show it."""

    id: int
    centre_id: int
    centre: str
    kind: str
    title: str
    on: date
    at: time
    time_zone: str
    starts_at: datetime
    place: str
    seats: int | None
    status: str
    version: int
    created_at: datetime
    counts: Counts

    @property
    def free(self) -> int | None:
        """Places left; None: no limit."""
        return None if self.seats is None else max(self.seats - self.counts.places, 0)


@dataclass(frozen=True, slots=True)
class Words:
    """An event's title and notes in one language."""

    language: str
    title: str
    notes: str


@dataclass(frozen=True, slots=True)
class AddressLine:
    """Where a guardian is reached; `dead_reason` None: it works."""

    channel: str
    value: str
    dead_reason: str | None


@dataclass(frozen=True, slots=True)
class Guardian:
    """A contact with their addresses, the first to try in front."""

    id: int
    name: str
    language: str | None
    stopped_at: datetime | None
    erased_at: datetime | None
    surveys: bool | None
    introduced_at: datetime | None
    addresses: tuple[AddressLine, ...]
    rank: int = 1
    no_contact: bool = False  # the team's decision: nobody writes to them
    no_contact_reason: str = ""
    rendering: str = ""  # how much they read, see messages.Rendering

    @property
    def reachable(self) -> bool:
        """Whether something may be sent to them now."""
        free = self.stopped_at is None and self.erased_at is None and not self.no_contact
        return free and any(one.dead_reason is None for one in self.addresses)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a family cannot be reached: a code, and whom it is about ("" for the family)."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One message and its fate."""

    id: int
    family_id: int | None
    reference: str
    name: str
    step: str
    purpose: str
    state: str
    reason: str
    error_code: str
    channel: str
    language: str | None
    at: datetime
    due_at: datetime
    says: tuple[Say, ...]
    body: str | None


@dataclass(frozen=True, slots=True)
class Household:
    """One family of one event."""

    family_id: int
    reference: str
    visible: bool  # its own page is
    children: tuple[str, ...]
    guardians: tuple[Guardian, ...]
    rsvp: str | None
    adults: int | None
    child_count: int | None
    party: int
    seat: str | None
    rsvp_at: datetime | None
    language: str | None
    channel: str
    attended: bool | None
    paused_until: datetime | None
    why: tuple[Why, ...]

    @property
    def group(self) -> str:
        """The one number of the event's counts that this family stands in."""
        return self.rsvp or ("unreachable" if self.why else "silent")


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of the messages of one step; `targeted` is the sum of the other numbers."""

    step: str
    sent: int
    waiting: int
    failed: int
    refused: Mapping[str, int]

    @property
    def targeted(self) -> int:
        """Every message that was decided."""
        return self.sent + self.waiting + self.failed + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family, as lists show it."""

    id: int
    reference: str
    left_on: date | None
    paused_until: datetime | None
    reachable: bool
    guardians: tuple[Guardian, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One line of the ledger."""

    contact_id: int
    purpose: str
    channel: str | None
    decision: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChildLine:
    """A child in one centre; `level` is a code of audience.LEVELS, "" where it is not known."""

    first_name: str
    centre: str
    level: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """One family with everything that its page shows."""

    line: FamilyLine
    joined_on: date
    pause_reason: str
    centres: tuple[str, ...]
    time_zone: str
    ledger: tuple[ConsentLine, ...]
    children: tuple[ChildLine, ...]
    tags: tuple[str, ...]
    first_rank: int | None  # the guardian to write to first; None: by rank
    both_guardians: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message in either direction; `text` is what a parent wrote, `says` what we did.

    `file`: the number under which what they sent can be opened; `point`: a place that they sent.
    """

    at: datetime
    from_parent: bool
    name: str
    channel: str
    text: str
    media: str | None
    says: tuple[Say, ...]
    body: str | None
    language: str | None
    state: str
    reason: str
    error_code: str
    file: int | None = None
    point: tuple[float, float] | None = None
    guarded: bool = False  # its words are left out: only those who take care of it read them

    @property
    def map_url(self) -> str:
        """Where the place can be seen; nothing of the family goes there but the point itself."""
        if self.point is None:
            return ""
        north, east = self.point
        return f"{MAP}/?mlat={north}&mlon={east}#map=17/{north}/{east}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parent who waits for a person."""

    task_id: int
    reason: str
    opened_at: datetime
    answered_at: datetime | None
    time_zone: str
    centre: str
    family_id: int | None
    reference: str
    name: str
    language: str | None
    channel: str
    value: str
    event_id: int | None
    event: str
    exchanges: tuple[Exchange, ...]
    taken_at: datetime | None = None  # a person said that they take care of it
    taken_by: str = ""
    unsure: bool = False  # what was to be said may have arrived: nobody told

    @property
    def last_words(self) -> Exchange | None:
        """What the parent wrote last."""
        return next((one for one in reversed(self.exchanges) if one.from_parent), None)

    @property
    def foreign(self) -> tuple[str, tuple[str, ...]] | None:
        """The last words of a parent who reads another language than the team, and their names.

        None where there are none. What few may read is not for a machine either.
        """
        last = self.last_words if self.reason != SAFEGUARDING else None
        if last is None or not last.text or self.language in (None, "", FALLBACK):
            return None
        return last.text, tuple(self.name.split())

    @property
    def received(self) -> tuple[Exchange, ...]:
        """What the parent sent lately beside words."""
        return tuple(one for one in self.exchanges if one.media)
