"""One optional question after a no or an absence: what makes it difficult to come?

    why? --1..7--> over          6 "I did not understand": a person writes, too
      |  '-own words--> other    a person reads them
      '-0, or unclear: over, politely

Nobody has to answer, and nobody is asked twice. What was said about coming is none of this flow's
business: it stays as it is, and can still change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.flows.answers import Answer, Explained, Number, Picked
from bot.flows.base import Effect, EventStatus, Flow, HandOver, RecordAnswer, Scene, Turn
from bot.flows.menus import SKIP, asking
from bot.messages import Asked, Choice, Say, say

ANSWER = "barrier"  # the question's name among the stored answers
UNCLEAR_MESSAGE, OTHER = "unclear_message", "other"

REASONS = (  # codes are stored: add to them, never rename them
    Choice("time", say("The time"), "1"),
    Choice("work", say("Work"), "2"),
    Choice("transport", say("Transport"), "3"),
    Choice("little_ones", say("Little children"), "4"),
    Choice("health", say("Health"), "5"),
    Choice(UNCLEAR_MESSAGE, say("I did not understand"), "6"),
    Choice(OTHER, say("Something else"), "7"),
)
BY_KEY = {one.key: one.code for one in REASONS}
CODES = tuple(one.code for one in REASONS)


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    WHY = "why"


@dataclass(frozen=True, slots=True)
class Barrier:
    """What the flow remembers between turns: nothing, it asks once."""

    question: Question = Question.WHY


def open_barrier(scene: Scene) -> Turn[Barrier]:
    """Ask; a family that was expected is told first that it was missed."""
    state, event = Barrier(), scene.event
    if event is None or event.status is not EventStatus.OVER:
        return Turn(state, (ask(state, scene),), awaiting=True)
    missed = say("We missed you: {title}.", title=event.title)
    return Turn(state, (missed, ask(state, scene)), awaiting=True)


def ask(state: Barrier, _scene: Scene) -> Say:
    """The only question."""
    line = say("What makes it difficult? You may answer or not.")
    return asking(line, state.question, (*REASONS, SKIP))


def advance(_state: Barrier, answer: Answer, _scene: Scene) -> Turn[Barrier]:
    """Take the one answer; whatever it is, nothing more is asked."""
    match answer:
        case Number(value) if str(value) in BY_KEY:
            return _told(BY_KEY[str(value)])
        case Picked(code) if code in CODES:
            return _told(code)
        case Explained():
            return Turn(
                None,
                (_thanks(), say("Someone from the team will read it.")),
                (RecordAnswer(ANSWER, OTHER), HandOver("explained")),
            )
        case Picked(SKIP.code) | Number(0):
            return _passed(RecordAnswer(ANSWER, SKIP.code))
        case _:
            return _passed()


def _told(code: str) -> Turn[Barrier]:
    recorded = RecordAnswer(ANSWER, code)
    if code != UNCLEAR_MESSAGE:
        return Turn(None, (say("Thank you! Your answers help us."),), (recorded,))
    says = (_thanks(), say("Someone from the team will write to you."))
    return Turn(None, says, (recorded, HandOver("not_understood")))


def _passed(*effects: Effect) -> Turn[Barrier]:
    return Turn(None, (say("No problem. Thank you!"),), effects)


def _thanks() -> Say:
    return say("Thank you for telling us.")


def _asked(_state: Barrier) -> Asked:
    return Asked.REASON


BARRIER = Flow(Barrier, open_barrier, ask, advance, _asked)
