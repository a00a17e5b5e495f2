r"""The RSVP flow: learn whether a family comes to an event, and how many of them.

    coming? --yes--> adults? --n--> children? --n--> settled
       |  \--yes, 3 of us--------------^
       no, maybe --> settled                 any later no, maybe or headcount --> the same again

A yes is recorded at once, before the headcount is known, so that a parent who stops answering is
still expected. Until the event starts every answer can change; after it, nothing does. A meeting
has one family and asks for no headcount.
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
from bot.flows.menus import YES_NO, YES_NO_MAYBE, asking, numbers
from bot.flows.renderings import facts, is_easy, is_numbers, offered
from bot.messages import Asked, Param, Say, say, say_n
from bot.seats import Seat, party_size, place, places_for

MAX_PARTY = 12  # a larger party needs a seat plan, so a coordinator takes over
MEETING = "meeting"


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    COMING = "coming"
    ADULTS = "adults"
    CHILDREN = "children"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Rsvp:
    """What the flow remembers between turns.

    `total` is set while only the sum is known. A settled yes keeps its headcount and its seat, so
    that one half of it can be changed alone. `provisional`: the places that the family may hold by
    now were given while it was still telling us how many they are.
    """

    question: Question = Question.COMING
    adults: int | None = None
    total: int | None = None
    unclear: int = 0
    children: int | None = None
    seat: str | None = None
    provisional: bool = False


def open_rsvp(scene: Scene) -> Turn[Rsvp]:
    """Open with the invitation."""
    state = Rsvp()
    return Turn(state, (_invite(scene),), awaiting=True)


def ask(state: Rsvp, scene: Scene) -> Say | None:
    """The question on the table; nothing once the family has answered."""
    match state.question:
        case Question.COMING:
            return coming(scene)
        case Question.ADULTS:
            return asking(say("How many adults will come?"), Question.ADULTS, numbers(1, 4))
        case Question.CHILDREN:
            return asking(say("How many children will come?"), Question.CHILDREN, numbers(0, 5))
        case Question.SETTLED:
            return None


def coming(scene: Scene) -> Say:
    """Ask whether they come: again, or of who reads little."""
    event = _event(scene)
    if is_numbers(scene):
        return asking(facts(event), Question.COMING, offered(scene, YES_NO))
    if is_easy(scene):
        line = Say("{title}: {day} at {hour}, {place}. Will you come?", params=event.params)
    else:
        line = Say("{title}, {day} at {hour}. Will you come?", params=event.params)
    return asking(line, Question.COMING, YES_NO_MAYBE)


def advance(state: Rsvp, answer: Answer, scene: Scene) -> Turn[Rsvp]:
    """Take one turn on the contact's answer."""
    event = _event(scene)
    if event.status is not EventStatus.UPCOMING:
        return Turn(None, (too_late(event),))
    match state.question, answer:
        case _, No():
            return _settle(RecordRsvp("no"), say("Thank you for telling us."))
        case _, Maybe():
            return _settle(
                RecordRsvp("maybe"),
                say("Noted: maybe. You can answer yes or no when you know."),
            )
        case _, Yes(None, None, None) if event.rsvp == "yes" and event.kind != MEETING:
            return _still_coming(state, scene)
        case _, Yes(adults, children, total):
            return _coming(state, adults, children, total, scene)
        case _, Number(value, adults, children) if adults is not None or children is not None:
            return _coming(state, adults, children, value, scene)
        case Question.ADULTS, Number(value):
            return _coming(state, value, None, None, scene)
        case Question.CHILDREN, Number(value):
            return _coming(state, None, value, None, scene)
        case ((Question.COMING | Question.SETTLED), Number(value)) if value > 0:
            return _coming(state, None, None, value, scene)
        case _:
            return _ask_again(state, scene)


def _coming(
    state: Rsvp, adults: int | None, children: int | None, total: int | None, scene: Scene
) -> Turn[Rsvp]:
    """Record the yes with what is known, then ask for what is missing."""
    adults, children, total = _headcount(state, adults, children, total)
    if adults == 0 and not children:
        return _ask_again(state, scene)
    event = _event(scene)
    if max(total or 0, party_size(adults, children)) > MAX_PARTY:
        return _large_party(event)
    party = places_for(event.seats_for, adults, children, total)
    seat = place(event.free, party)
    if seat is Seat.WAITING and event.held and not state.provisional:
        return _kept(event)
    record = RecordRsvp("yes", adults, children, seat, party)
    if event.kind == MEETING or (adults is not None and children is not None):
        return _settle(record, confirmed(record, event))
    asked = Question.ADULTS if adults is None and total is None else Question.CHILDREN
    provisional = state.provisional or not event.held
    told = Rsvp(asked, adults, total, children=children, provisional=provisional)
    return _ask_headcount(told, scene, record)


def _kept(event: EventCard) -> Turn[Rsvp]:
    """More of them want to come than there is room for: they keep the places that they hold."""
    state = Rsvp(Question.SETTLED, event.adults, children=event.children, seat=event.seat)
    line = say_n(
        "Sorry, there is not enough room for all. We keep {n} place for you.",
        "Sorry, there is not enough room for all. We keep {n} places for you.",
        event.held,
    )
    return Turn(state, (line,))


def _headcount(
    state: Rsvp, adults: int | None, children: int | None, total: int | None
) -> tuple[int | None, int | None, int | None]:
    """Adults, children and their sum, as far as they are known after this answer.

    Who tells one half keeps what they told of the other. "3 of us" begins anew. A sum that is not
    larger than its half ("2 adults": 2) says nothing of the other half.
    """
    if adults is None and children is None:
        return None, None, total
    half = (adults or 0) + (children or 0)
    if adults is not None and children is not None:
        return adults, children, None
    whole = next((one for one in (total, state.total) if one is not None and one > half), None)
    if adults is None:
        return (state.adults if whole is None else whole - half), children, None
    return adults, (state.children if whole is None else whole - half), None


def _still_coming(state: Rsvp, scene: Scene) -> Turn[Rsvp]:
    """A second yes takes nothing back: no headcount, no seat and no turn in line is lost."""
    event = _event(scene)
    if event.offered:  # whatever was asked, they take the places that are kept for them
        seat = place(event.free, event.party)
        record = RecordRsvp("yes", event.adults, event.children, seat, event.party)
        return _settle(record, noted(record, event))
    told = event.adults is not None and event.children is not None
    if event.seat == Seat.WAITING and (told or state.question is Question.SETTLED):
        waits = RecordRsvp("yes", event.adults, event.children, Seat.WAITING)
        state = Rsvp(Question.SETTLED, event.adults, children=event.children, seat=Seat.WAITING)
        return Turn(state, (confirmed(waits, event),))
    match state.question:
        case Question.COMING:
            return _ask_headcount(Rsvp(Question.ADULTS, provisional=state.provisional), scene)
        case Question.SETTLED if state.seat == Seat.HELD or event.held:
            record = RecordRsvp(
                "yes",
                state.adults,
                state.children,
                Seat.HELD,
                party_size(state.adults, state.children),
            )
            return Turn(state, (confirmed(record, event),))
        case Question.SETTLED:
            return Turn(state)
        case _:
            return Turn(state, (_asking(state, scene),), awaiting=True)


def _ask_headcount(state: Rsvp, scene: Scene, *effects: RecordRsvp) -> Turn[Rsvp]:
    return Turn(state, (say("Great!"), _asking(state, scene)), effects, awaiting=True)


def _asking(state: Rsvp, scene: Scene) -> Say:
    question = ask(state, scene)
    assert question is not None, "only a settled answer asks nothing"
    return question


def confirmed(record: RecordRsvp, event: EventCard) -> Say:
    """Say what was noted: the day and how many they are, or that they wait for a place."""
    if record.seat == Seat.WAITING:
        return say(
            "{title} is full. You are on the waiting list. "
            "We will write to you if a place is free.",
            title=event.title,
        )
    if event.kind == MEETING:
        return say("Noted. See you on {day} at {hour}.", day=event.on, hour=event.at)
    return say_n(
        "Noted: {n} person. See you on {day} at {hour}.",
        "Noted: {n} people. See you on {day} at {hour}.",
        party_size(record.adults, record.children),
        day=event.on,
        hour=event.at,
    )


def noted(record: RecordRsvp, event: EventCard) -> Say:
    """Say how many are expected, where they have told us."""
    if record.adults is None or record.children is None:
        return say("Noted. See you on {day} at {hour}.", day=event.on, hour=event.at)
    return confirmed(record, event)


def _settle(record: RecordRsvp, *says: Say) -> Turn[Rsvp]:
    state = Rsvp(Question.SETTLED, record.adults, children=record.children, seat=record.seat)
    return Turn(state, says, (record,))


def _large_party(event: EventCard) -> Turn[Rsvp]:
    """A coordinator seats them; until then they are expected, and nobody asks them again."""
    turn = _hand_over("large_party", say("That is many of you: how nice! We will call you."))
    if event.rsvp == "yes":
        return turn
    expected = RecordRsvp("yes", seat=place(event.free, 1), party=1)
    return replace(turn, effects=(expected, *turn.effects))


def _ask_again(state: Rsvp, scene: Scene) -> Turn[Rsvp]:
    if state.question is Question.SETTLED:
        state = Rsvp()
    state = replace(state, unclear=state.unclear + 1)
    if state.unclear >= MAX_UNCLEAR:
        return _hand_over("unclear", say("Someone from the team will write to you."))
    says = (say("Sorry, I did not understand."), _asking(state, scene))
    return Turn(state, says, awaiting=True)


def _hand_over(reason: str, *says: Say) -> Turn[Rsvp]:
    return Turn(Rsvp(Question.SETTLED), says, (HandOver(reason),))


def _invite(scene: Scene) -> Say:
    event = _event(scene)
    if is_numbers(scene):
        return coming(scene)
    params: dict[str, Param] = {"centre": scene.centre, **event.params}
    if event.kind == MEETING:
        line = Say(
            "{centre} would like to meet you: {title}. {day} at {hour}, {place}. Will you come?",
            params=params,
        )
    elif scene.children:
        line = Say(
            "{centre} invites you with {children}: {title}. {day} at {hour}, {place}. "
            "Will you come?",
            params={**params, "children": ", ".join(scene.children)},
        )
    else:
        line = Say(
            "{centre} invites you: {title}. {day} at {hour}, {place}. Will you come?",
            params=params,
        )
    return asking(line, Question.COMING, YES_NO_MAYBE)


def too_late(event: EventCard) -> Say:
    """An answer about what is over or cancelled changes nothing."""
    if event.status is EventStatus.CANCELLED:
        return say("{title} is cancelled. Nothing has changed.", title=event.title)
    return say("{title} is over. Nothing has changed.", title=event.title)


def _event(scene: Scene) -> EventCard:
    assert scene.event is not None, "an RSVP is always about an event"
    return scene.event


def _asked(state: Rsvp) -> Asked:
    numeric = state.question in (Question.ADULTS, Question.CHILDREN)
    return Asked.HEADCOUNT if numeric else Asked.RSVP


RSVP = Flow(Rsvp, open_rsvp, ask, advance, _asked)
