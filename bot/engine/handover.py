"""What goes to a person: calls asked for, questions, what nobody understood, and alarms.

An answer beside them counts. While a person talks or an alarm stands, automation is silent.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.desk import Arrival, Desk, Moved, Open, Outcome
from bot.flows.alarms import SAFETY, called, emergency, gently
from bot.flows.answers import Answer, Picked, Unclear
from bot.flows.base import CALL, HandOver, RaiseAlarm, StopMessages
from bot.flows.preferences import stopped
from bot.flows.received import received
from bot.messages import Say, say
from bot.understanding.alarm import Alarm, Kind
from bot.understanding.intent import Intent, Understood

FOR_A_PERSON = frozenset({Intent.QUESTION, Intent.RESCHEDULE})
GUARDED = "safeguarding"  # why automation says nothing at all
WRONG_NUMBER = "wrong_number"


def handed_over(arrival: Arrival, desk: Desk) -> Outcome:
    """Hand over; who pressed "Call me" waits for a call, not for a message."""
    if arrival.tap is None:
        says = () if desk.talking else (_someone_answers(),)
        return Outcome(says, (HandOver("asked"),), intent="help")
    return Outcome((say("Someone from the team will call you."),), (HandOver(CALL),), intent="help")


def alarmed(outcome: Outcome, heard: Alarm, desk: Desk) -> Outcome:
    """The answer stands, a person is called, and one thing is said, once."""
    kept = [one for one in outcome.effects if not isinstance(one, HandOver)]
    if heard.kind is Kind.WRONG_NUMBER:  # whoever that is, they answer for nobody of ours
        kept = [one for one in kept if isinstance(one, StopMessages)]
        outcome = replace(outcome, moved=outcome.moved if kept else ())
    effects = (RaiseAlarm(heard.kind, heard.evidence), *kept)
    stops = tuple(one for one in outcome.says if one == stopped())
    if heard.kind in SAFETY:
        return replace(outcome, says=(*stops, emergency()), effects=effects, answered=False)
    said = () if desk.stopped or desk.held else (gently(heard.kind),)
    return replace(outcome, says=(*stops, *said), effects=effects, answered=False)


def with_a_call(outcome: Outcome, heard: Alarm, desk: Desk) -> Outcome:
    """The answer stands, and somebody will call; what was not understood is not asked again."""
    kept = tuple(one for one in outcome.effects if not isinstance(one, HandOver))
    effects = (*kept, HandOver(CALL), RaiseAlarm(heard.kind, heard.evidence))
    if desk.stopped:
        return replace(outcome, effects=effects)
    if not kept:
        return Outcome((called(),), effects, intent="help")
    return replace(outcome, says=_above_question(outcome.says, called()), effects=effects)


def guarded(outcome: Outcome, desk: Desk) -> Outcome:
    """Automation that waits for a person answers nothing: not in danger, not to a wrong number."""
    if desk.held != GUARDED:
        silent = desk.held == WRONG_NUMBER and not _is_safety(outcome)
        return replace(outcome, says=(), answered=False) if silent else outcome
    effects = tuple(
        HandOver(GUARDED) if isinstance(one, HandOver) else one for one in outcome.effects
    )
    return replace(outcome, says=(), effects=effects, answered=False)


def _is_safety(outcome: Outcome) -> bool:
    return any(isinstance(one, RaiseAlarm) and one.kind in SAFETY for one in outcome.effects)


def is_for_a_person(arrival: Arrival, meant: Understood, answer: Answer) -> bool:
    """Whether what was typed or sent asks for more than the answer that was found in it."""
    if arrival.tap is not None:
        return False
    if meant.intent is Intent.RESCHEDULE and isinstance(answer, Picked):
        return False  # moments are offered: the wish is heard
    asks = meant.intent in FOR_A_PERSON or meant.question
    return asks or (bool(arrival.media) and isinstance(answer, Unclear))


def with_a_person(outcome: Outcome, desk: Desk, reason: str) -> Outcome:
    """Hand over beside what was done."""
    effects = (*outcome.effects, HandOver(reason))
    if desk.waiting or desk.talking or desk.stopped:
        return replace(outcome, effects=effects)
    return replace(outcome, says=_above_question(outcome.says, _someone_answers()), effects=effects)


def _above_question(says: tuple[Say, ...], added: Say) -> tuple[Say, ...]:
    """The question stays last, next to its menu."""
    asks = bool(says) and bool(says[-1].choices)
    return (*says[:-1], added, says[-1]) if asks else (*says, added)


def to_a_person(
    meant: Understood,
    desk: Desk,
    target: Open | None = None,
    *,
    media: str = "",
    reason: str = "question",
) -> Outcome:
    """Hand over; say so unless a person is already reading along."""
    silent = desk.talking or desk.waiting or desk.stopped
    says = () if silent else (received(media) if media else _someone_answers(),)
    about: tuple[Moved, ...] = ()
    if target is not None:
        about = (Moved(target.id, target.flow, target.state, target.awaiting),)
    return Outcome(says, (HandOver(reason),), about, meant.intent)


def _someone_answers() -> Say:
    return say("Someone from the team will answer you.")
