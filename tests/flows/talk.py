"""A parent and the engine: what the services do around it, in memory.

talk = Talk(card())
talk.writes("oui")
assert talk.effects == [RecordRsvp("yes", seat="held", party=1)]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.engine.desk import Arrival, Desk, Open, Outcome, Tap
from bot.engine.turn import take_turn
from bot.flows.base import ChangeLanguage, Effect, EventCard, RecordRsvp, ResumeMessages
from bot.flows.base import StopMessages as Stop
from bot.flows.catalog import FLOWS
from bot.messages import OptOut
from tests.flows.scenes import scene

LETTERS = ("", "B", "C", "D", "E")


@dataclass
class _Standing:
    """One conversation as it rests in the database."""

    id: int
    flow: str
    state: Any
    event_id: int | None
    awaiting: bool
    letter: str
    order: int


class Talk:
    """Invite a parent to some events, and let them write."""

    def __init__(self, *events: EventCard, language: str | None = "fr", asked: bool = True) -> None:
        self.events = {event.id: event for event in events}
        self.language = language
        self.open: list[_Standing] = []
        self.effects: list[Effect] = []
        self.last = Outcome()
        self.stopped = self.waiting = self.talking = self.lately = False
        self.surveys: bool | None = None
        self.held, self.refused_surveys = "", False
        self._turns = 0
        for event in events:
            self.opens("rsvp", event, awaiting=asked)

    def opens(self, flow: str, event: EventCard | None = None, *, awaiting: bool = True) -> int:
        """Ask the parent something; give the conversation's id."""
        if event is not None:
            self.events[event.id] = event
        around = scene(event, language=self.language, surveys=True)
        state = FLOWS[flow].open(around).state
        return self._add(flow, state, event.id if event else None, awaiting=awaiting)

    def writes(self, text: str, *, quoting: int | None = None) -> Outcome:
        """Type a message."""
        return self._takes(Arrival(text, belongs_to=quoting))

    def taps(self, code: str, conversation: int | None = 1, question: str = "") -> Outcome:
        """Press a button."""
        return self._takes(Arrival(tap=Tap(conversation, question, code), belongs_to=conversation))

    def sends_picture(self, text: str = "") -> Outcome:
        """Send a photo, perhaps with a caption."""
        return self._takes(Arrival(text, media="photo"))

    def opts(self, word: OptOut, text: str) -> Outcome:
        """Write a keyword on which the carrier has acted."""
        return self._takes(Arrival(text, opt_out=word))

    def becomes(self, event: EventCard) -> None:
        """The event has changed meanwhile."""
        self.events[event.id] = event

    @property
    def said(self) -> list[str]:
        """What was answered to the last message."""
        return [one.msgid for one in self.last.says]

    def standing(self, conversation: int) -> _Standing | None:
        """One open conversation."""
        return next((one for one in self.open if one.id == conversation), None)

    def desk(self) -> Desk:
        """What the services know when a message arrives."""
        return Desk(
            scene=scene(language=self.language, surveys=False if self.refused_surveys else None),
            open=tuple(
                Open(
                    one.id,
                    one.flow,
                    one.state,
                    scene(
                        self.events[one.event_id] if one.event_id else None,
                        language=self.language,
                        surveys=self.surveys,
                    ),
                    one.awaiting,
                    one.letter,
                    one.order,
                )
                for one in self.open
            ),
            stopped=self.stopped,
            waiting=self.waiting,
            talking=self.talking,
            lately=self.lately,
            held=self.held,
        )

    def _takes(self, arrival: Arrival) -> Outcome:
        self.last = take_turn(arrival, self.desk())
        about = None
        for moved in self.last.moved:
            if moved.id is None:
                beside = self.standing(moved.beside or 0)
                event_id = beside.event_id if beside else None
                about = self._add(moved.flow, moved.state, event_id, awaiting=moved.awaiting)
                if moved.flow == "barrier" and event_id is not None:
                    self.events[event_id] = replace(self.events[event_id], asked_why=True)
                continue
            one = self.standing(moved.id)
            assert one is not None, "only an open conversation moves"
            about = one.id
            self._turns += 1
            one.state, one.awaiting, one.order = moved.state, moved.awaiting, self._turns
        for effect in self.last.effects:
            self._apply(effect, about)
        self.open = [one for one in self.open if one.state is not None]
        return self.last

    def _apply(self, effect: Effect, about: int | None) -> None:
        self.effects.append(effect)
        match effect:
            case RecordRsvp(reply):
                one = self.standing(about or 0)
                assert one is not None, "an answer belongs to its conversation"
                assert one.event_id is not None, "an RSVP is about an event"
                self.events[one.event_id] = replace(self.events[one.event_id], rsvp=reply)
            case ChangeLanguage(language):
                self.language = language
            case Stop():
                self.stopped = True
            case ResumeMessages():
                self.stopped = False
            case _:
                pass

    def _add(self, flow: str, state: Any, event_id: int | None, *, awaiting: bool) -> int:
        used = {one.letter for one in self.open if one.event_id is not None}
        letter = next(letter for letter in LETTERS if letter not in used) if event_id else ""
        self._turns += 1
        new_id = self._turns + 100 if self.standing(len(self.open) + 1) else len(self.open) + 1
        self.open.append(_Standing(new_id, flow, state, event_id, awaiting, letter, self._turns))
        return new_id
