"""One conversation takes one answer: what it says, does and leaves open.

Thanks and "ok" after an answer change nothing and get none. What is no answer to the question on
the table goes to a person, or the question is put again.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from bot.engine.desk import Arrival, Desk, Moved, Open, Outcome, outcome_of
from bot.engine.handover import is_for_a_person, to_a_person, with_a_person
from bot.engine.routing import (
    asks_reason,
    is_settled,
    letter_in,
    named_in,
    question_closed,
    question_of,
    same_subject,
)
from bot.flows.answers import Answer, No, Picked, Unclear, Yes, of_code
from bot.flows.barrier import open_barrier
from bot.flows.base import (
    DeclineSlots,
    Effect,
    HandOver,
    RecordRsvp,
    Scene,
    StopMessages,
    TakeSlot,
    Turn,
)
from bot.flows.catalog import FLOWS
from bot.flows.menus import HUMAN
from bot.flows.rsvp import Rsvp
from bot.flows.which import Which
from bot.hearing import answer_to, digit, gives_reason, hear, is_courtesy, only_agrees, reason_in
from bot.understanding.intent import Intent, Scope, Understood


def advance(target: Open, arrival: Arrival, desk: Desk) -> Outcome:
    """Give one answer to its conversation, or what is none to a person."""
    flow = FLOWS[target.flow]
    state = _rewound(target, arrival)
    language = target.scene.language
    arrival = replace(arrival, text=letter_in(arrival, desk)[1])
    meant = Understood(Intent.OTHER)
    answer: Answer
    if arrival.tap is not None:
        answer = of_code(arrival.tap.code)
    else:
        meant = hear(arrival.text, language, flow.asked(state))
        asked = named_in(target, question_of(target, state), arrival.text)
        answer = answer_to(asked, arrival.text, meant, language)
        if asks_reason(target):
            answer = reason_in(answer, arrival.text, meant, language)
        if meant.scope is Scope.EVENT and meant.intent is Intent.STOP:
            meant, answer = Understood(Intent.NO), No()  # of this one gathering, not of us
        if answer == Picked(HUMAN.code):
            return to_a_person(meant, desk, target, reason="asked")
        taken = _without_turn(target, arrival, meant, answer, desk)
        if taken is not None:
            return taken
    turn = flow.advance(state, answer, target.scene)
    if isinstance(turn.state, Which) and turn.state.picked is not None:
        return _resolved(target, turn.state, desk)
    outcome = outcome_of(target, target.flow, turn, "tap" if arrival.tap else meant.intent)
    outcome = replace(outcome, moved=(*_overtaken(target, turn, desk), *outcome.moved))
    already = any(isinstance(one, HandOver) for one in turn.effects)
    if is_for_a_person(arrival, meant, answer) and not already:
        return with_a_person(outcome, desk, "question")
    if _may_ask_why(target, turn, desk) and not gives_reason(arrival.text, language):
        return _asking_why(outcome, target)
    return outcome


def _may_ask_why(target: Open, turn: Turn[Any], desk: Desk) -> bool:
    """A family's first no, unless they refused questions or a person is with them."""
    scene = target.scene
    if not any(_declines(one) for one in turn.effects) or scene.surveys is False:
        return False
    again = scene.event is not None and (scene.event.rsvp == "no" or scene.event.asked_why)
    again |= scene.campaign is not None and (scene.campaign.declined or scene.campaign.asked_why)
    return not again and not (desk.talking or desk.waiting or desk.stopped)


def _declines(effect: Effect) -> bool:
    if isinstance(effect, RecordRsvp):
        return effect.reply == "no"
    return isinstance(effect, DeclineSlots)


def _asking_why(outcome: Outcome, target: Open) -> Outcome:
    """Put the optional question under the thanks; it lives in a conversation of its own."""
    turn = open_barrier(target.scene)
    opened = Moved(None, "barrier", turn.state, turn.awaiting, beside=target.id)
    return replace(outcome, says=(*outcome.says, *turn.says), moved=(*outcome.moved, opened))


def _without_turn(
    target: Open, arrival: Arrival, meant: Understood, answer: Answer, desk: Desk
) -> Outcome | None:
    """What a typed text does when it is no answer to this question; None: it is one."""
    text, language = arrival.text, target.scene.language
    if isinstance(answer, Unclear):
        if is_for_a_person(arrival, meant, answer) or desk.talking:
            return to_a_person(meant, desk, target, media=arrival.media)
        if is_courtesy(text, language):
            return _courteously(target, meant, desk)
        if desk.waiting or not target.awaiting:
            return to_a_person(meant, desk, target)
    answered = _said_yes(target.scene) or not target.awaiting
    if meant.intent is Intent.MAYBE and answered and is_courtesy(text, language):
        return _courteously(target, meant, desk)  # "inchallah" after an answer takes none back
    if answer == Yes() and not target.awaiting and _only_receives(target, text):
        undecided = target.scene.event is not None and target.scene.event.rsvp == "maybe"
        if undecided and not (desk.lately or desk.waiting):
            return asked_again(target, meant)
        return Outcome(intent=meant.intent)
    return None


def _said_yes(scene: Scene) -> bool:
    if scene.campaign is not None and scene.campaign.taken is not None:
        return True
    return scene.event is not None and scene.event.rsvp == "yes"


def _only_receives(target: Open, text: str) -> bool:
    return is_settled(target) and digit(text) == "" and only_agrees(text, target.scene.language)


def _courteously(target: Open, meant: Understood, desk: Desk) -> Outcome:
    """Thanks get no answer; an open question is put again, without blame, unless optional."""
    if desk.waiting or not target.awaiting or asks_reason(target):
        return Outcome(intent=meant.intent)
    return asked_again(target, meant)


def asked_again(target: Open, meant: Understood) -> Outcome:
    """The question on the table, put once more; for what is settled, whether they come."""
    asks = FLOWS[target.flow].ask(target.state, target.scene) is not None
    state = target.state if asks and target.awaiting else Rsvp()
    question = question_of(target, state)
    moved = Moved(target.id, target.flow, state, awaiting=True)
    return Outcome((question,) if question else (), moved=(moved,), intent=meant.intent)


def _rewound(target: Open, arrival: Arrival) -> Any:
    """An old button answers its own question, not the one on the table."""
    if arrival.tap is None or not arrival.tap.question:
        return target.state
    questions: type[StrEnum] = type(target.state.question)
    known = {one.value: one for one in questions}
    question = known.get(arrival.tap.question)
    return replace(target.state, question=question) if question else target.state


def _overtaken(target: Open, turn: Turn[Any], desk: Desk) -> tuple[Moved, ...]:
    """What this turn closes beside its own.

    An ask-back that was passed over; why they do not come, once they may; all, after a
    stop.
    """
    stops = any(isinstance(one, StopMessages) for one in turn.effects)
    return tuple(
        Moved(one.id, one.flow, None, awaiting=False)
        for one in desk.open
        if one.id != target.id
        and (stops or one.flow == "which" or _reason_is_past(one, target, turn))
    )


def _reason_is_past(one: Open, target: Open, turn: Turn[Any]) -> bool:
    changed = any(
        isinstance(it, TakeSlot) or (isinstance(it, RecordRsvp) and it.reply != "no")
        for it in turn.effects
    )
    return changed and same_subject(one, target) and asks_reason(one)


def _resolved(which: Open, state: Which, desk: Desk) -> Outcome:
    """Give the kept text to the conversation that the parent chose."""
    done = Moved(which.id, "which", None, awaiting=False)
    chosen = next((one for one in desk.open if one.id == state.picked), None)
    if chosen is None:
        return replace(question_closed(), moved=(done,))
    outcome = advance(chosen, Arrival(text=state.text), replace(desk, open=(chosen,)))
    return replace(outcome, moved=(done, *outcome.moved), answered=True)
