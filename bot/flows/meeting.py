r"""The meeting flow: a family takes one of the moments that a member of staff keeps free.

    which moment? --1..5--> taken, settled --"another moment"--> which moment?
       |   |  \-- somebody else has it: the others are shown
       |   '-6, another moment--> the next five; none is left: a person calls
       no --> nothing is asked any more, settled

Digits and buttons belong to the list that was shown: `shown` keeps it, so that "2" means the same
moment although another family has taken the first one meanwhile. Who has a moment keeps it until
they take another. Taps on a moment that is gone change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    AnsweredAll,
    CampaignCard,
    DeclineSlots,
    EventStatus,
    Flow,
    HandOver,
    RecordAnswer,
    Scene,
    SlotCard,
    TakeSlot,
    Turn,
)
from bot.flows.menus import SKIP, asking
from bot.messages import Asked, Choice, Param, Say, say

MOST = 5  # moments in one list
ANSWER = "moment"  # the question's name among the stored answers
OTHER_MOMENT = "other_moment"  # stored; also why a person is called

OTHER = Choice("other", say("Another moment"), "6")
NONE = Choice("none", say("None of them"), "0")
SLOT = "slot-"  # a moment's code: "slot-12"


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    MOMENT = "moment"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What the flow remembers between turns.

    `shown`: the moments of the last list, by id, in its order. `seen`: those of the lists before.
    """

    question: Question = Question.MOMENT
    shown: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()
    unclear: int = 0


def open_meeting(scene: Scene) -> Turn[Meeting]:
    """Open with the first moments, or with the one that the family has."""
    taken = _card(scene).taken
    if taken is not None:
        return Turn(_settled(_first_list(scene)), (_noted(_card(scene), taken),))
    line = Say(
        "{centre} would like to meet you: {title}. With {host}, {place}. Which moment suits you?",
        params=_whom(scene),
    )
    state = _first_list(scene)
    return Turn(state, (_question(line, _choices(state, scene)),), awaiting=True)


def nudge(scene: Scene) -> tuple[Say, ...]:
    """Ask once more, without blame."""
    line = Say(
        "{title}, with {host}, {place}. We would love to see you. Which moment suits you?",
        params=_whom(scene),
    )
    return (_question(line, _choices(_first_list(scene), scene)),)


def again(scene: Scene) -> tuple[Say, ...]:
    """Offer moments once more to a family that took none, or did not come."""
    line = Say(
        "{title}, with {host}, {place}. You can still come. Which moment suits you?",
        params=_whom(scene),
    )
    return (_question(line, _choices(_first_list(scene), scene)),)


def gone(scene: Scene) -> tuple[Say, ...]:
    """Somebody else of the family has given the moment back, to who had taken it; no blame."""
    line = Say(
        "{title}: your family has no meeting with {host} any more. If that is a mistake, choose "
        "a moment again.",
        params=_whom(scene),
    )
    return (asking(line, Question.SETTLED, (OTHER,)),)


def ask(state: Meeting, scene: Scene) -> Say | None:
    """The question on the table: what is still free of the list; nothing once it is settled."""
    if state.question is Question.SETTLED:
        return None
    return _question(say("Which moment suits you?"), _choices(state, scene))


def advance(state: Meeting, answer: Answer, scene: Scene) -> Turn[Meeting]:
    """Take one turn on the contact's answer."""
    card = _card(scene)
    if card.status is not EventStatus.UPCOMING:
        return Turn(None, (_too_late(card),))
    match answer:
        case Number(value) if 0 < value <= len(state.shown):
            return _take(state, state.shown[value - 1], scene)
        case Picked(code) if code.startswith(SLOT) and code.removeprefix(SLOT).isdecimal():
            return _take(state, int(code.removeprefix(SLOT)), scene)
        case Picked(OTHER.code):
            return _others(state, scene)
        case Number(0) | Picked(NONE.code | SKIP.code):
            return _keeps(state, card) if card.taken else _declines(state, card)
        case No():
            choosing = card.taken is not None and state.question is Question.MOMENT
            return _keeps(state, card) if choosing else _declines(state, card)
        case Maybe():
            return Turn(state, (say("No problem. You can answer later."),), awaiting=_open(state))
        case Yes() if card.taken is not None:
            return Turn(_settled(state), (_noted(card, card.taken),))
        case Yes() if len(only := _free(state.shown, card)) == 1:
            return _take(state, only[0].id, scene)
        case Yes():
            return _lists(state, scene)
        case _:
            return _ask_again(state, scene)


def every_moment(scene: Scene) -> Say:
    """All that is free, shown or not: a day and an hour may name any of it. Never shown itself."""
    slots = _card(scene).slots
    return _question(say("Which moment suits you?"), tuple(_choice(one, "") for one in slots))


def _take(state: Meeting, slot_id: int, scene: Scene) -> Turn[Meeting]:
    """Take a moment, or say kindly that another family has it."""
    card = _card(scene)
    if card.taken is not None and card.taken.id == slot_id:
        return Turn(_settled(state), (_noted(card, card.taken),))
    slot = next((one for one in card.slots if one.id == slot_id), None)
    if slot is not None:
        return Turn(_settled(state), (_noted(card, slot),), (TakeSlot(slot_id),))
    gone = say("Sorry, this moment is not free any more.")
    if card.slots:
        return _lists(state, scene, gone)
    return _no_moment(state, gone)


def _others(state: Meeting, scene: Scene) -> Turn[Meeting]:
    """The next moments; who asks anew, having settled, begins with the first."""
    card = _card(scene)
    passed = (*state.seen, *state.shown) if state.question is Question.MOMENT else ()
    left = [one for one in card.slots if one.id not in passed]
    if not left:
        return _no_moment(state)
    listed = Meeting(shown=_ids(_spread(left)), seen=passed)
    return Turn(listed, (*_kept(card), _on_table(listed, scene)), awaiting=True)


def _lists(state: Meeting, scene: Scene, *before: Say) -> Turn[Meeting]:
    """Show the first free moments, under some words."""
    card = _card(scene)
    if not card.slots:
        return _no_moment(state)
    listed = replace(_first_list(scene), unclear=state.unclear)
    return Turn(listed, (*before, *_kept(card), _on_table(listed, scene)), awaiting=True)


def _no_moment(state: Meeting, *before: Say) -> Turn[Meeting]:
    """No list can help: a person does."""
    words = say("Thank you. No other moment is free. Someone from the team will write to you.")
    effects = (RecordAnswer(ANSWER, OTHER_MOMENT), AnsweredAll(), HandOver(OTHER_MOMENT))
    return Turn(_settled(state), (*before, words), effects)


def _declines(state: Meeting, card: CampaignCard) -> Turn[Meeting]:
    effects = () if card.declined else (DeclineSlots(),)
    return Turn(_settled(state), (say("Thank you for telling us."),), effects)


def _keeps(state: Meeting, card: CampaignCard) -> Turn[Meeting]:
    assert card.taken is not None, "only what was taken is kept"
    kept = say(
        "Nothing has changed. See you on {day} at {hour}.", day=card.taken.on, hour=card.taken.at
    )
    return Turn(_settled(state), (kept,))


def _ask_again(state: Meeting, scene: Scene) -> Turn[Meeting]:
    if state.question is Question.SETTLED:
        return Turn(state)
    state = replace(state, unclear=state.unclear + 1)
    if state.unclear >= MAX_UNCLEAR:
        called = say("Someone from the team will write to you.")
        return Turn(_settled(state), (called,), (HandOver("unclear"),))
    return Turn(
        state, (say("Sorry, I did not understand."), _on_table(state, scene)), awaiting=True
    )


def _noted(card: CampaignCard, slot: SlotCard) -> Say:
    """When, where and with whom; one tap asks for another moment."""
    line = say(
        "Noted. You meet {host} on {day} at {hour}, {place}.",
        host=card.host,
        day=slot.on,
        hour=slot.at,
        place=card.place,
    )
    return asking(line, Question.SETTLED, (OTHER,))


def _kept(card: CampaignCard) -> tuple[Say, ...]:
    """Nobody shall think that asking for another moment has lost the one they have."""
    if card.taken is None:
        return ()
    return (
        say(
            "You keep {day} at {hour} until you choose another moment.",
            day=card.taken.on,
            hour=card.taken.at,
        ),
    )


def _too_late(card: CampaignCard) -> Say:
    if card.status is EventStatus.CANCELLED:
        return say("{title} is cancelled. Nothing has changed.", title=card.title)
    return say("{title} is over. Nothing has changed.", title=card.title)


# -- lists of moments -----------------------------------------------------------------------------


def _spread(slots: Sequence[SlotCard]) -> tuple[SlotCard, ...]:
    """The soonest moments, from as many days as there are: the first of each day, then the next."""
    days: dict[date, list[SlotCard]] = {}
    for one in slots:
        days.setdefault(one.on, []).append(one)
    turns = [(turn, one) for of_day in days.values() for turn, one in enumerate(of_day)]
    chosen = sorted(turns, key=lambda it: (it[0], it[1].on, it[1].at))[:MOST]
    return tuple(sorted((one for _, one in chosen), key=lambda one: (one.on, one.at)))


def _ids(slots: Iterable[SlotCard]) -> tuple[int, ...]:
    return tuple(one.id for one in slots)


def _free(shown: Iterable[int], card: CampaignCard) -> list[SlotCard]:
    by_id = {one.id: one for one in card.slots}
    return [by_id[one] for one in shown if one in by_id]


def _choices(state: Meeting, scene: Scene) -> tuple[Choice, ...]:
    """What is still free of the list, each under the digit that it was shown with."""
    by_id = {one.id: one for one in _card(scene).slots}
    moments = (
        _choice(by_id[one], str(place))
        for place, one in enumerate(state.shown, start=1)
        if one in by_id
    )
    return (*moments, OTHER, NONE)


def _choice(slot: SlotCard, key: str) -> Choice:
    return Choice(f"{SLOT}{slot.id}", moment(slot), key)


def moment(slot: SlotCard) -> Say:
    """A moment as people say it."""
    return say("{day} at {hour}", day=slot.on, hour=slot.at)


def _first_list(scene: Scene) -> Meeting:
    return Meeting(shown=_ids(_spread(_card(scene).slots)))


def _whom(scene: Scene) -> dict[str, Param]:
    card = _card(scene)
    return {
        "centre": scene.centre,
        "title": card.title,
        "host": card.host,
        "place": card.place,
    }


def _on_table(state: Meeting, scene: Scene) -> Say:
    question = ask(state, scene)
    assert question is not None, "only a settled question asks nothing"
    return question


def _question(line: Say, choices: tuple[Choice, ...]) -> Say:
    return asking(line, Question.MOMENT, choices)


def _open(state: Meeting) -> bool:
    return state.question is Question.MOMENT


def _settled(state: Meeting) -> Meeting:
    return replace(state, question=Question.SETTLED, unclear=0)


def _card(scene: Scene) -> CampaignCard:
    assert scene.campaign is not None, "a meeting is offered by a round"
    return scene.campaign


def _asked(_state: Meeting) -> Asked:
    return Asked.SLOT


MEETING = Flow(Meeting, open_meeting, ask, advance, _asked)
