"""What a parent can set at any time: language, a pause, nothing more, easier messages, a person.

menu --1--> which language? --> over; its last line leads to other languages
  |--2--> paused for 30 days, over
  |--3--> stopped, over
  |--4--> how much do you read? --1 to 4--> said so from now on, over; --0--> nothing changes
  |--0--> nothing changes, over
  '--9--> a person

"pause" --> for how long? --1, 2--> paused for a week, or for 30 days, over
                 '--0--> nothing changes, over
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, Number, Picked
from bot.flows.base import (
    MAX_UNCLEAR,
    ChangeLanguage,
    ChangeRendering,
    Effect,
    Flow,
    HandOver,
    PauseMessages,
    Scene,
    StopMessages,
    Turn,
)
from bot.flows.menus import HUMAN, PROMISED, SKIP, asking, chosen, languages, page_of
from bot.messages import Asked, Choice, Rendering, Say, say, say_n

PAUSE_DAYS = 30
PAUSES = {"pause-7": 7, "pause-30": PAUSE_DAYS}  # days, by the code of the choice
READINGS = {
    "read-easy": Rendering.EASY,
    "read-numbers": Rendering.NUMBERS,
    "read-voice": Rendering.VOICE,
    "read-full": Rendering.STANDARD,
}

MENU = (
    Choice("language", say("My language"), "1"),
    Choice("pause", say("Pause for 30 days"), "2"),
    Choice("stop", say("Stop the messages"), "3"),
    Choice("rendering", say("Easier to read"), "4"),
    HUMAN,
)
HOW_LONG = (
    Choice("pause-7", say("1 week"), "1"),
    Choice("pause-30", say("1 month"), "2"),
    SKIP,
)
HOW = (
    Choice("read-easy", say("Short and simple"), "1"),
    Choice("read-numbers", say("Answer with digits"), "2"),
    Choice("read-voice", say("Listen first"), "3"),
    Choice("read-full", say("Full messages"), "4"),
    SKIP,
)


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    MENU = "menu"
    LANGUAGE = "language"
    PAUSE = "pause"
    RENDERING = "rendering"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the flow remembers between turns."""

    question: Question = Question.MENU
    unclear: int = 0
    page: int = 0  # of the list of languages


def open_preferences(scene: Scene) -> Turn[Preferences]:
    """Open with the menu."""
    state = Preferences()
    return Turn(state, (ask(state, scene),), awaiting=True)


def open_languages(scene: Scene) -> Turn[Preferences]:
    """Open at the list of languages."""
    state = Preferences(Question.LANGUAGE)
    return Turn(state, (ask(state, scene),), awaiting=True)


def open_pauses(scene: Scene) -> Turn[Preferences]:
    """Open at the question how long nothing shall come."""
    state = Preferences(Question.PAUSE)
    return Turn(state, (ask(state, scene),), awaiting=True)


def ask(state: Preferences, _scene: Scene) -> Say:
    """The question on the table."""
    if state.question is Question.PAUSE:
        return asking(say("No messages: for how long?"), state.question, HOW_LONG)
    if state.question is Question.RENDERING:
        return asking(say("How do you want our messages?"), state.question, HOW)
    if state.question is Question.MENU:
        return asking(say("What would you like?"), state.question, MENU)
    return asking(say("Which language do you read best?"), state.question, languages(state.page))


def advance(state: Preferences, answer: Answer, scene: Scene) -> Turn[Preferences]:
    """Take one turn on the contact's answer."""
    match state.question, answer:
        case Question.MENU, (Picked("language") | Number(1)):
            return open_languages(scene)
        case Question.MENU, (Picked("pause") | Number(2)):
            return _over(paused(PAUSE_DAYS), PauseMessages(PAUSE_DAYS))
        case Question.MENU, (Picked("stop") | Number(3)):
            return _over(stopped(), StopMessages())
        case Question.MENU, (Picked("rendering") | Number(4)):
            asked = Preferences(Question.RENDERING)
            return Turn(asked, (ask(asked, scene),), awaiting=True)
        case Question.PAUSE, Picked(code) if code in PAUSES:
            return _over(paused(PAUSES[code]), PauseMessages(PAUSES[code]))
        case Question.PAUSE, Number(n) if 1 <= n <= len(PAUSES):
            days = list(PAUSES.values())[n - 1]
            return _over(paused(days), PauseMessages(days))
        case Question.RENDERING, Picked(code) if code in READINGS:
            return _read_as(READINGS[code])
        case Question.RENDERING, Number(n) if 1 <= n <= len(READINGS):
            return _read_as(list(READINGS.values())[n - 1])
        case Question.LANGUAGE, _ if (line := chosen(answer, state.page)) is not None:
            page = page_of(line)
            if page is None:
                return _over(speaking(line), ChangeLanguage(line))
            turned = Preferences(Question.LANGUAGE, page=page)
            return Turn(turned, (ask(turned, scene),), awaiting=True)
        case _, Picked(SKIP.code):
            return _over(say("No problem. Thank you!"))
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def speaking(language: str) -> Say:
    """Confirm the new language, in it; where we have only promised it, say what comes instead."""
    if language in PROMISED:
        return say("We will write to you in simple French. To be called, answer 9.")
    return say("We will write to you in English.")


def reading(rendering: Rendering) -> tuple[Say, ...]:
    """Confirm how much is said from now on, in just as many words."""
    match rendering:
        case Rendering.STANDARD:
            return (say("It is done. You will get our full messages."),)
        case Rendering.EASY:
            return say("It is done."), say("Our messages are short now.")
        case Rendering.NUMBERS:
            return say("It is done."), say("You answer with a digit.")
        case Rendering.VOICE:
            return say("It is done."), say("If there is a voice, you hear it first.")


def stopped() -> Say:
    """Confirm a stop; the one message that leaves after it."""
    return say("It is done. You will get no more messages. To come back, write START.")


def without_surveys() -> Say:
    """Confirm that questions end, and only these."""
    return say("No more questionnaires. Invitations go on.")


def with_surveys() -> Say:
    """Confirm that questions come again."""
    return say("Thank you! You will get our questionnaires again.")


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


def _read_as(rendering: Rendering) -> Turn[Preferences]:
    return Turn(None, reading(rendering), (ChangeRendering(rendering),))


def _unclear(state: Preferences, scene: Scene) -> Turn[Preferences]:
    if state.unclear >= MAX_UNCLEAR:
        says = (say("Someone from the team will write to you."),)
        return Turn(None, says, (HandOver("unclear"),))
    return Turn(state, (say("Sorry, I did not understand."), ask(state, scene)), awaiting=True)


def _asked(_state: Preferences) -> Asked:
    return Asked.ANY


PREFERENCES = Flow(Preferences, open_preferences, ask, advance, _asked)
