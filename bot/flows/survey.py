"""Two questions after an event, once the family agreed to be asked.

    agreed before? --yes--> satisfaction 1..4 --> come again? --> over
         |                       | 0: skip            | 0: skip
         '-- not asked yet: may we? --no--> over

Answers are stored as codes. A question can always be skipped; two unclear answers skip it too, so
that nobody is caught in a loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Yes
from bot.flows.base import Consent, Effect, Flow, RecordAnswer, Scene, Turn
from bot.flows.menus import SKIP, YES_NO, YES_NO_MAYBE, asking
from bot.messages import Asked, Choice, Say, say

MAX_UNCLEAR = 2

SATISFACTION = (  # codes rise with satisfaction and equal the digit: the same in all languages
    Choice("1", say("Not good"), "1"),
    Choice("2", say("So-so"), "2"),
    Choice("3", say("Good"), "3"),
    Choice("4", say("Very good"), "4"),
    SKIP,
)


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    MAY_WE = "may_we"
    SATISFACTION = "satisfaction"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Survey:
    """What the flow remembers between turns."""

    question: Question = Question.SATISFACTION
    unclear: int = 0


def open_survey(scene: Scene) -> Turn[Survey]:
    """Thank the family, then ask; ask for permission first where it was never given."""
    assert scene.event is not None, "this survey is always about an event"
    state = Survey(Question.SATISFACTION if scene.surveys else Question.MAY_WE)
    thanks = say("Thank you for coming to {title}.", title=scene.event.title)
    return Turn(state, (thanks, ask(state, scene)), awaiting=True)


def ask(state: Survey, _scene: Scene) -> Say:
    """The question on the table."""
    match state.question:
        case Question.MAY_WE:
            line = say(
                "May we ask you 2 small questions? You are free. "
                "Your answers change nothing for your child."
            )
            return asking(line, state.question, YES_NO)
        case Question.SATISFACTION:
            return asking(say("How was it?"), state.question, SATISFACTION)
        case Question.AGAIN:
            line = say("Would you come again to an activity like this?")
            return asking(line, state.question, (*YES_NO_MAYBE, SKIP))


def advance(state: Survey, answer: Answer, scene: Scene) -> Turn[Survey]:
    """Take one turn on the contact's answer."""
    match state.question, answer:
        case Question.MAY_WE, Yes():
            return _next(Question.SATISFACTION, scene, Consent("surveys", given=True))
        case Question.MAY_WE, No():
            thanks = say("Understood. We will not ask.")
            return Turn(None, (thanks,), (Consent("surveys", given=False),))
        case Question.MAY_WE, Picked("skip"):
            return Turn(None, (say("No problem. Thank you!"),))
        case Question.SATISFACTION, Number(1 | 2 | 3 | 4 as rating):
            return _next(Question.AGAIN, scene, RecordAnswer("satisfaction", str(rating)))
        case Question.SATISFACTION, (Picked("skip") | Number(0)):
            return _next(Question.AGAIN, scene, RecordAnswer("satisfaction", "skip"))
        case Question.AGAIN, (Yes() | No() | Maybe() | Picked("skip") | Number(0)):
            return _over(RecordAnswer("again", _code(answer)))
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def _code(answer: Answer) -> str:
    match answer:
        case Yes():
            return "yes"
        case No():
            return "no"
        case Maybe():
            return "maybe"
        case _:
            return "skip"


def _next(question: Question, scene: Scene, *effects: Effect) -> Turn[Survey]:
    state = Survey(question)
    return Turn(state, (ask(state, scene),), effects, awaiting=True)


def _over(*effects: Effect) -> Turn[Survey]:
    return Turn(None, (say("Thank you! Your answers help us."),), effects)


def _unclear(state: Survey, scene: Scene) -> Turn[Survey]:
    if state.unclear < MAX_UNCLEAR:
        says = (say("Sorry, I did not understand."), ask(state, scene))
        return Turn(state, says, awaiting=True)
    if state.question is Question.SATISFACTION:
        return _next(Question.AGAIN, scene)
    return Turn(None, (say("No problem. Thank you!"),))


def _asked(state: Survey) -> Asked:
    return Asked.RATING if state.question is Question.SATISFACTION else Asked.RSVP


SURVEY = Flow(Survey, open_survey, ask, advance, _asked)
