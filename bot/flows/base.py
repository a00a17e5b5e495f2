"""What every flow is made of: a turn says things, remembers things and reports effects.

A flow is a pure function of its state, one answer and the scene around it. It reads no clock, opens
no connection and knows no language; the engine supplies all of that. Every state has a `question`,
the one on the table, so that an old button can be answered for the question that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from bot.flows.answers import Answer
from bot.messages import Asked, Param, Rendering, Say, Texts
from bot.seats import Seat, SeatsFor

MAX_UNCLEAR = 3  # then a person takes over


class EventStatus(StrEnum):
    """Whether an answer about an event can still change anything."""

    UPCOMING = "upcoming"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where an event is, as people say it."""

    on: date
    at: time
    place: str


@dataclass(frozen=True, slots=True)
class EventCard:
    """What a flow knows of an event, and what the family has there.

    `free`: places that this family may have in all, now; None: no limit. `party`: those that it
    takes or waits for. `offered`: those that are kept for it until it answers.
    """

    id: int
    kind: str
    title: Texts
    notes: Texts | None
    place: str
    on: date
    at: time
    status: EventStatus
    free: int | None = None
    rsvp: str | None = None
    asked_why: bool = False  # the family was asked what keeps it from coming
    seats_for: str = SeatsFor.TOTAL
    seat: str | None = None
    party: int = 0
    adults: int | None = None
    children: int | None = None
    offered: int = 0
    host: str = ""  # of a meeting that a round has made: whom the family meets

    @property
    def held(self) -> int:
        """The places that this family holds."""
        return self.party if self.seat == Seat.HELD else 0

    @property
    def params(self) -> dict[str, Param]:
        """The placeholders that sayings about an event share."""
        named: dict[str, Param] = {"host": self.host} if self.host else {}
        when: dict[str, Param] = {"day": self.on, "hour": self.at}
        return {"title": self.title, **when, "place": self.place, **named}


@dataclass(frozen=True, slots=True)
class SlotCard:
    """A moment that a member of staff keeps free to meet one family."""

    id: int
    on: date
    at: time
    minutes: int


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """What a flow knows of a campaign that is about no event.

    `slots`: the moments that this family may still take, soonest first; `taken`: the one it has.
    `answered`: the questions of a survey wave that this person has answered already. `meeting_id`:
    the event that the moment taken has become. `declined`: the family wants none.
    """

    id: int
    kind: str
    title: Texts
    body: Texts | None
    on: date
    status: EventStatus
    host: str = ""
    place: str = ""
    slots: tuple[SlotCard, ...] = ()
    taken: SlotCard | None = None
    answered: frozenset[str] = frozenset()
    meeting_id: int | None = None
    declined: bool = False
    asked_why: bool = False  # the family was asked what keeps it from coming


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a conversation at this moment."""

    association: str
    centre: str
    phone: str = ""
    language: str | None = None
    surveys: bool | None = None  # survey consent; None: never asked
    children: tuple[str, ...] = ()  # first names, only where the centre allows them
    event: EventCard | None = None
    campaign: CampaignCard | None = None
    rendering: str = ""  # how much this person reads, see messages.Rendering


class State(Protocol):
    """What every flow remembers."""

    @property
    def question(self) -> StrEnum:
        """The question on the table."""
        ...


S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something a turn makes true outside the conversation."""


@dataclass(frozen=True, slots=True)
class RecordRsvp(Effect):
    """The family answered the invitation. `seat` is held, waiting, or None when none is needed."""

    reply: str
    adults: int | None = None
    children: int | None = None
    seat: str | None = None
    party: int = 0  # places taken


@dataclass(frozen=True, slots=True)
class RecordAnswer(Effect):
    """The contact answered a survey question with a code."""

    question: str
    code: str


@dataclass(frozen=True, slots=True)
class AnsweredAll(Effect):
    """The family has answered all that a campaign asks, or will not: it is asked no more."""


@dataclass(frozen=True, slots=True)
class TakeSlot(Effect):
    """The family takes a moment; the one that it had is free again."""

    slot_id: int


@dataclass(frozen=True, slots=True)
class DeclineSlots(Effect):
    """The family wants no moment, or cannot come to the one that it had: that is free again."""


@dataclass(frozen=True, slots=True)
class Consent(Effect):
    """The contact agreed to, or refused, one purpose: `messages` or `surveys`."""

    purpose: str
    given: bool


@dataclass(frozen=True, slots=True)
class StopMessages(Effect):
    """The contact wants nothing more from us, on any channel."""


@dataclass(frozen=True, slots=True)
class ResumeMessages(Effect):
    """The contact explicitly wants messages again."""


@dataclass(frozen=True, slots=True)
class PauseMessages(Effect):
    """The family wants nothing automatic for some days."""

    days: int


@dataclass(frozen=True, slots=True)
class EndPause(Effect):
    """The family wants to be written to again before the pause that it asked for is over."""


@dataclass(frozen=True, slots=True)
class ChangeLanguage(Effect):
    """The contact chose the language we write in."""

    language: str


@dataclass(frozen=True, slots=True)
class ChangeRendering(Effect):
    """The contact chose how much they read at once."""

    rendering: Rendering


CALL = "call"  # why a person is needed: a parent pressed "Call me"


@dataclass(frozen=True, slots=True)
class HandOver(Effect):
    """The contact needs a person; the reason is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class RaiseAlarm(Effect):
    """Their words hold something that a person must see: of what kind, and which words."""

    kind: str  # see understanding.alarm.Kind
    evidence: str


@dataclass(frozen=True, slots=True)
class Turn(Generic[S]):
    """The outcome of one step of a flow.

    `state` None: the flow is over. `awaiting`: a question stands open; a flow that is settled but
    can still change (a given RSVP) keeps its state and awaits nothing.
    """

    state: S | None
    says: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
    awaiting: bool = False


@dataclass(frozen=True, slots=True)
class Flow(Generic[S]):
    """One script: how it opens, what it asks now, and how it takes an answer."""

    state: type[S]
    open: Callable[[Scene], Turn[S]]
    ask: Callable[[S, Scene], Say | None]
    advance: Callable[[S, Answer, Scene], Turn[S]]
    asked: Callable[[S], Asked]


AnyFlow = Flow[Any]
