"""Ask back which of several open questions an answer was for; at most three choices.

which? --1..3--> the engine gives the kept text to that conversation, over
   '-----0-----> nothing changes, over
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.flows.answers import Answer, Number, Picked
from bot.flows.base import Flow, HandOver, Scene, Turn
from bot.flows.menus import asking
from bot.messages import Asked, Choice, Say, Texts, say

MOST = 3
MAX_UNCLEAR = 2
DATED = "{title}, {day}"  # the same in every language: the same workshop may come every week


class Question(StrEnum):
    """The question on the table. Values are stored."""

    WHICH = "which"


@dataclass(frozen=True, slots=True)
class Option:
    """One conversation that the text may have been for."""

    conversation_id: int
    title: Texts
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """What the flow remembers: the candidates and the text that waits for its question."""

    options: tuple[Option, ...] = ()
    text: str = ""
    question: Question = Question.WHICH
    unclear: int = 0
    picked: int | None = None  # the conversation that was chosen


def open_which(_scene: Scene) -> Turn[Which]:
    """Not opened alone: see `between`."""
    return Turn(None)


def between(options: tuple[Option, ...], text: str, scene: Scene) -> Turn[Which]:
    """Open with the candidates, nearest event first."""
    state = Which(options[:MOST], text)
    return Turn(state, (ask(state, scene),), awaiting=True)


def ask(state: Which, _scene: Scene) -> Say:
    """The question on the table."""
    choices = tuple(
        Choice(str(place), _label(option), str(place))
        for place, option in enumerate(state.options, start=1)
    )
    return asking(say("Which one is your answer for?"), state.question, choices)


def advance(state: Which, answer: Answer, scene: Scene) -> Turn[Which]:
    """Take one turn on the contact's answer; `picked` is set when it is known."""
    match answer:
        case Number(n) if 1 <= n <= len(state.options):
            return Turn(replace(state, picked=state.options[n - 1].conversation_id))
        case Picked("skip"):
            return Turn(None, (say("No problem. Thank you!"),))
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def _label(option: Option) -> Say:
    if option.on is None:
        return say("{text}", text=option.title)
    return Say(DATED, params={"title": option.title, "day": option.on})


def _unclear(state: Which, scene: Scene) -> Turn[Which]:
    if state.unclear >= MAX_UNCLEAR:
        says = (say("Someone from the team will write to you."),)
        return Turn(None, says, (HandOver("unclear"),))
    return Turn(state, (say("Sorry, I did not understand."), ask(state, scene)), awaiting=True)


def _asked(_state: Which) -> Asked:
    return Asked.ANY


WHICH = Flow(Which, open_which, ask, advance, _asked)
