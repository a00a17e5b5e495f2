"""What a parent can set at any time: language, a pause, nothing more, a person.

menu --1--> which language? --> over
  |--2--> paused for 30 days, over
  |--3--> stopped, over
  |--0--> nothing changes, over
  '--9--> a person
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, Number, Picked
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    Effect,
    Flow,
    HandOver,
    PauseMessages,
    Scene,
    StopMessages,
    Turn,
)
from bot.flows.menus import HUMAN, LANGUAGES, asking, languages
from bot.messages import Asked, Choice, Say, say, say_n

PAUSE_DAYS = 30

MENU = (
    Choice("language", say("My language"), "1"),
    Choice("pause", say("Pause for 30 days"), "2"),
    Choice("stop", say("Stop the messages"), "3"),
    HUMAN,
)


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    MENU = "menu"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the flow remembers between turns."""

    question: Question = Question.MENU
    unclear: int = 0


def open_preferences(scene: Scene) -> Turn[Preferences]:
    """Open with the menu."""
    state = Preferences()
    return Turn(state, (ask(state, scene),), awaiting=True)


def open_languages(scene: Scene) -> Turn[Preferences]:
    """Open at the list of languages."""
    state = Preferences(Question.LANGUAGE)
    return Turn(state, (ask(state, scene),), awaiting=True)


def ask(state: Preferences, _scene: Scene) -> Say:
    """The question on the table."""
    if state.question is Question.MENU:
        return asking(say("What would you like?"), state.question, MENU)
    return asking(say("Which language do you read best?"), state.question, languages())


def advance(state: Preferences, answer: Answer, scene: Scene) -> Turn[Preferences]:
    """Take one turn on the contact's answer."""
    match state.question, answer:
        case Question.MENU, (Picked("language") | Number(1)):
            return open_languages(scene)
        case Question.MENU, (Picked("pause") | Number(2)):
            return _over(paused(PAUSE_DAYS), PauseMessages(PAUSE_DAYS))
        case Question.MENU, (Picked("stop") | Number(3)):
            return _over(stopped(), StopMessages())
        case Question.LANGUAGE, Picked(code) if code in LANGUAGES:
            return _over(speaking(), ChangeLanguage(code))
        case Question.LANGUAGE, Number(n) if 1 <= n <= len(LANGUAGES):
            return _over(speaking(), ChangeLanguage(list(LANGUAGES)[n - 1]))
        case _, Picked("skip"):
            return _over(say("No problem. Thank you!"))
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def speaking() -> Say:
    """Confirm the new language, in it."""
    return say("We will write to you in English.")


def stopped() -> Say:
    """Confirm a stop; the one message that leaves after it."""
    return say("It is done. You will get no more messages. To come back, write START.")


def resumed() -> Say:
    """Confirm that messages come again."""
    return say("Welcome back! You will get our messages again. To stop, write STOP.")


def paused(days: int) -> Say:
    """Confirm a pause."""
    return say_n(
        "No messages for {n} day. Then we write again.",
        "No messages for {n} days. Then we write again.",
        days,
    )


def _over(saying: Say, *effects: Effect) -> Turn[Preferences]:
    return Turn(None, (saying,), effects)


def _unclear(state: Preferences, scene: Scene) -> Turn[Preferences]:
    if state.unclear >= MAX_UNCLEAR:
        says = (say("Someone from the team will write to you."),)
        return Turn(None, says, (HandOver("unclear"),))
    return Turn(state, (say("Sorry, I did not understand."), ask(state, scene)), awaiting=True)


def _asked(_state: Preferences) -> Asked:
    return Asked.ANY


PREFERENCES = Flow(Preferences, open_preferences, ask, advance, _asked)
