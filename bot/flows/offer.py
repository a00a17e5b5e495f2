r"""The offer flow: places have become free for a family that waits.

    do you take them? --yes--> taken, settled
       |  \--too late--> somebody else has them: the family keeps its turn, over until the next
       no --> the family does not come, settled

An offer is kept for the family until it answers or its time is over. Whoever answers later gets the
places all the same where they are still free. Taps on a settled offer change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, Maybe, No, Number, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    EventCard,
    EventStatus,
    Flow,
    HandOver,
    RecordRsvp,
    Scene,
    Turn,
)
from bot.flows.menus import asking
from bot.flows.rsvp import noted, too_late
from bot.messages import Asked, Choice, Say, say, say_n
from bot.seats import Seat, place, places_for

TAKE = Choice("yes", say("I take it"), "1")
LEAVE = Choice("no", say("No thanks"), "2")


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    PLACE = "place"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the flow remembers between turns."""

    question: Question = Question.PLACE
    unclear: int = 0


def open_offer(scene: Scene) -> Turn[Offer]:
    """Open with the good news."""
    return Turn(Offer(), (_question(_event(scene)),), awaiting=True)


def ask(state: Offer, scene: Scene) -> Say | None:
    """The question on the table; nothing once the family has answered."""
    return _question(_event(scene)) if state.question is Question.PLACE else None


def stands(event: EventCard) -> bool:
    """Whether the places can be had at this moment: kept for the family, or free all the same."""
    return bool(event.offered) or place(event.free, event.party) is Seat.HELD


def advance(state: Offer, answer: Answer, scene: Scene) -> Turn[Offer]:
    """Take one turn on the contact's answer."""
    event = _event(scene)
    if event.status is not EventStatus.UPCOMING:
        return Turn(None, (too_late(event),))
    match answer:
        case No():
            return _leave(event)
        case Yes(None, None, None):
            return _take(event, event.adults, event.children, event.party)
        case Yes(adults, children, total):
            return _take_for(state, event, adults, children, total)
        case Number(value, adults, children) if value > 0:
            return _take_for(state, event, adults, children, value)
        case Maybe():
            return Turn(state, (_question(event),), awaiting=True)
        case _:
            return _ask_again(state, event)


def _take(event: EventCard, adults: int | None, children: int | None, party: int) -> Turn[Offer]:
    """Take the places, or keep the turn where they have gone on meanwhile."""
    settled = Offer(Question.SETTLED)
    if event.held:
        kept = RecordRsvp("yes", event.adults, event.children, Seat.HELD, event.held)
        return Turn(settled, (noted(kept, event),))
    record = RecordRsvp("yes", adults, children, place(event.free, party), party)
    if record.seat == Seat.WAITING:
        gone = say(
            "The place went to another family: {title}. You stay on the waiting list.",
            title=event.title,
        )
        return Turn(Offer(), (gone,), (record,))
    return Turn(settled, (noted(record, event),), (record,))


def _take_for(
    state: Offer, event: EventCard, adults: int | None, children: int | None, total: int | None
) -> Turn[Offer]:
    """They say how many they are: fewer is welcome, more than there is room for is not taken."""
    if adults is None and children is None and total == event.party:
        return _take(event, event.adults, event.children, event.party)
    if total is None or adults is not None or children is not None:
        adults = event.adults if adults is None else adults
        children = event.children if children is None else children
        total = None
    party = places_for(event.seats_for, adults, children, total)
    if event.offered and place(event.free, party) is Seat.WAITING:
        return Turn(state, (_question(event),), awaiting=True)
    return _take(event, adults, children, party)


def _leave(event: EventCard) -> Turn[Offer]:
    thanks = say("Thank you for telling us.")
    effects = () if event.rsvp == "no" else (RecordRsvp("no"),)
    return Turn(Offer(Question.SETTLED), (thanks,), effects)


def _ask_again(state: Offer, event: EventCard) -> Turn[Offer]:
    if state.question is Question.SETTLED:
        return Turn(state)
    state = replace(state, unclear=state.unclear + 1)
    if state.unclear >= MAX_UNCLEAR:
        called = say("Someone from the team will write to you.")
        return Turn(Offer(), (called,), (HandOver("unclear"),))
    says = (say("Sorry, I did not understand."), _question(event))
    return Turn(state, says, awaiting=True)


def _question(event: EventCard) -> Say:
    line = say_n(
        "{n} place is free for you: {title}, {day} at {hour}. Do you take it?",
        "{n} places are free for you: {title}, {day} at {hour}. Do you take them?",
        event.offered or event.party,
        title=event.title,
        day=event.on,
        hour=event.at,
    )
    return asking(line, Question.PLACE, (TAKE, LEAVE))


def _event(scene: Scene) -> EventCard:
    assert scene.event is not None, "an offer is always about an event"
    return scene.event


def _asked(_state: Offer) -> Asked:
    return Asked.RSVP


OFFER = Flow(Offer, open_offer, ask, advance, _asked)
