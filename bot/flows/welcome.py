"""The first conversation: who writes, in which language, and may we.

language known? --no--> which language? --> may we write? --yes--> may we ask? --> over
     '--yes-----------------------------------^   '--no--> messages stop, over
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, No, Picked, Yes
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    Consent,
    Effect,
    Flow,
    HandOver,
    Scene,
    StopMessages,
    Turn,
)
from bot.flows.menus import PROMISED, YES_NO, asking, chosen, languages, page_of
from bot.flows.preferences import speaking
from bot.messages import Asked, Say, say


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    LANGUAGE = "language"
    MESSAGES = "messages"
    SURVEYS = "surveys"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the flow remembers between turns."""

    question: Question = Question.MESSAGES
    unclear: int = 0
    page: int = 0  # of the list of languages


def open_welcome(scene: Scene) -> Turn[Welcome]:
    """Say who writes; ask for the language first where nobody told us."""
    state = Welcome(Question.LANGUAGE if scene.language is None else Question.MESSAGES)
    return Turn(state, (ask(state, scene),), awaiting=True)


def ask(state: Welcome, scene: Scene) -> Say:
    """The question on the table."""
    match state.question:
        case Question.LANGUAGE:
            line = say("Which language do you read best?")
            return asking(line, state.question, languages(state.page))
        case Question.MESSAGES:
            line = say(
                "Hello. This is {association}, {centre}. "
                "May we write to you about workshops, outings and meetings?",
                association=scene.association,
                centre=scene.centre,
            )
            return asking(line, state.question, YES_NO)
        case Question.SURVEYS:
            line = say(
                "May we also ask you small questions sometimes? You are free. "
                "Your answers change nothing for your child."
            )
            return asking(line, state.question, YES_NO)


def advance(state: Welcome, answer: Answer, scene: Scene) -> Turn[Welcome]:
    """Take one turn on the contact's answer."""
    match state.question, answer:
        case Question.LANGUAGE, _ if (code := chosen(answer, state.page)) is not None:
            return _with_language(code, scene)
        case Question.MESSAGES, Yes():
            return _next(Question.SURVEYS, scene, Consent("messages", given=True))
        case Question.MESSAGES, No():
            return Turn(None, (refused(),), (Consent("messages", given=False), StopMessages()))
        case Question.SURVEYS, Yes():
            return _over(Consent("surveys", given=True))
        case Question.SURVEYS, No():
            return _over(Consent("surveys", given=False))
        case Question.SURVEYS, Picked("skip"):
            return _over()
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def _with_language(code: str, scene: Scene) -> Turn[Welcome]:
    """Go on in the language that was picked, or turn the page of the list."""
    page = page_of(code)
    if page is not None:
        turned = Welcome(Question.LANGUAGE, page=page)
        return Turn(turned, (ask(turned, scene),), awaiting=True)
    turn = _next(Question.MESSAGES, scene, ChangeLanguage(code))
    return replace(turn, says=(speaking(code), *turn.says)) if code in PROMISED else turn


def _next(question: Question, scene: Scene, *effects: Effect) -> Turn[Welcome]:
    state = Welcome(question)
    return Turn(state, (ask(state, scene),), effects, awaiting=True)


def refused() -> Say:
    """Confirm that nothing will come."""
    return say("Understood. We will not write to you. To come back, write START.")


def thanks() -> Say:
    """Close, and say how to stop."""
    return say("Thank you! Write STOP to stop, or 9 to speak with someone.")


def _over(*effects: Effect) -> Turn[Welcome]:
    return Turn(None, (thanks(),), effects)


def _unclear(state: Welcome, scene: Scene) -> Turn[Welcome]:
    if state.unclear >= MAX_UNCLEAR:
        handed = (say("Someone from the team will write to you."),)
        return Turn(None, handed, (HandOver("unclear"),))
    return Turn(state, (say("Sorry, I did not understand."), ask(state, scene)), awaiting=True)


def _asked(state: Welcome) -> Asked:
    return Asked.ANY if state.question is Question.LANGUAGE else Asked.RSVP


WELCOME = Flow(Welcome, open_welcome, ask, advance, _asked)
