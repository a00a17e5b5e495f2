"""A survey wave: four statements about what the association does, once the parent agreed.

    agreed before? --yes--> behaviour --> school --> choices --> role --> over
         |                  each: 1..4 agreement, 5: does not know, 0: skip
         '-- not asked yet: may we? --no--> over

Twice a year, in the words of the figures that are published, so that they stay comparable. Answers
are stored as codes. Two unclear answers pass a question, so that nobody is caught in a loop. Who
stopped halfway goes on with the first statement that they have not answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.answers import Answer, Maybe, No, Number, Picked, Yes
from bot.flows.base import (
    AnsweredAll,
    CampaignCard,
    Consent,
    Effect,
    EventStatus,
    Flow,
    RecordAnswer,
    Scene,
    Turn,
)
from bot.flows.menus import SKIP, YES_NO, asking
from bot.messages import Asked, Choice, Say, say

MAX_UNCLEAR = 2

UNKNOWN = Choice("unknown", say("I do not know"), "5")
UNCLEAR = "unclear"  # stored: asked, and nothing was understood

AGREEMENT = (  # codes rise with agreement and equal the digit: the same in all languages
    Choice("1", say("No, not at all"), "1"),
    Choice("2", say("No, not really"), "2"),
    Choice("3", say("Yes, rather"), "3"),
    Choice("4", say("Yes, completely"), "4"),
    UNKNOWN,
    SKIP,
)


class Question(StrEnum):
    """The question on the table. Values are stored: add to them, never rename them."""

    MAY_WE = "may_we"
    BEHAVIOUR = "behaviour"
    SCHOOL = "school"
    CHOICES = "choices"
    ROLE = "role"


STATEMENTS = (Question.BEHAVIOUR, Question.SCHOOL, Question.CHOICES, Question.ROLE)


@dataclass(frozen=True, slots=True)
class Wave:
    """What the flow remembers between turns."""

    question: Question = Question.BEHAVIOUR
    unclear: int = 0


def open_wave(scene: Scene) -> Turn[Wave]:
    """Say what it is about, then ask; ask for permission first where it was never given."""
    state = Wave(_first(scene))
    return Turn(state, (say("Your opinion helps us."), ask(state, scene)), awaiting=True)


def again(scene: Scene) -> tuple[Say, ...]:
    """Ask once more, without blame, what this person has not answered yet."""
    return (say("You can still give us your opinion."), ask(Wave(_first(scene)), scene))


def ask(state: Wave, scene: Scene) -> Say:
    """The question on the table."""
    us = scene.association
    match state.question:
        case Question.MAY_WE:
            line = say(
                "May we ask you 4 small questions? You are free. "
                "Your answers change nothing for your child."
            )
            return asking(line, state.question, YES_NO)
        case Question.BEHAVIOUR:
            line = say(
                "{association} helps your child to behave better. Do you agree?",
                association=us,
            )
        case Question.SCHOOL:
            line = say("{association} helps your child at school. Do you agree?", association=us)
        case Question.CHOICES:
            line = say(
                "{association} helps your child to choose their life. Do you agree?",
                association=us,
            )
        case Question.ROLE:
            line = say(
                "{association} helps you to take your full place as a parent. Do you agree?",
                association=us,
            )
    return asking(line, state.question, AGREEMENT)


def advance(state: Wave, answer: Answer, scene: Scene) -> Turn[Wave]:
    """Take one turn on the contact's answer."""
    if _card(scene).status is not EventStatus.UPCOMING:
        return Turn(None, (say("This question is closed. Nothing has changed."),))
    match state.question, answer:
        case Question.MAY_WE, Yes():
            return _next(state.question, scene, Consent("surveys", given=True))
        case Question.MAY_WE, No():
            refused = Consent("surveys", given=False)
            return Turn(None, (say("Understood. We will not ask."),), (refused, AnsweredAll()))
        case Question.MAY_WE, (Picked("skip") | Number(0)):
            return Turn(None, (say("No problem. Thank you!"),), (AnsweredAll(),))
        case Question.MAY_WE, _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)
        case _, Number(1 | 2 | 3 | 4 as agreement):
            return _kept(state, str(agreement), scene)
        case _, (Maybe() | Picked("unknown")):
            return _kept(state, UNKNOWN.code, scene)
        case _, (Picked("skip") | Number(0)):
            return _kept(state, SKIP.code, scene)
        case _:
            return _unclear(replace(state, unclear=state.unclear + 1), scene)


def _kept(state: Wave, code: str, scene: Scene) -> Turn[Wave]:
    return _next(state.question, scene, RecordAnswer(state.question, code))


def _next(done: Question, scene: Scene, *effects: Effect) -> Turn[Wave]:
    """Go on with what is not answered yet; over when nothing is left."""
    left = [one for one in STATEMENTS if one not in _card(scene).answered and one is not done]
    if not left:
        thanks = say("Thank you! Your answers help us.")
        return Turn(None, (thanks,), (*effects, AnsweredAll()))
    state = Wave(left[0])
    return Turn(state, (ask(state, scene),), effects, awaiting=True)


def _unclear(state: Wave, scene: Scene) -> Turn[Wave]:
    if state.unclear < MAX_UNCLEAR:
        says = (say("Sorry, I did not understand."), ask(state, scene))
        return Turn(state, says, awaiting=True)
    if state.question is Question.MAY_WE:
        return Turn(None, (say("No problem. Thank you!"),))
    return _kept(state, UNCLEAR, scene)


def _first(scene: Scene) -> Question:
    """Where this person begins, or goes on."""
    if not scene.surveys:
        return Question.MAY_WE
    answered = _card(scene).answered
    return next((one for one in STATEMENTS if one not in answered), Question.ROLE)


def _card(scene: Scene) -> CampaignCard:
    assert scene.campaign is not None, "a wave is a campaign"
    return scene.campaign


def _asked(state: Wave) -> Asked:
    return Asked.RSVP if state.question is Question.MAY_WE else Asked.RATING


WAVE = Flow(Wave, open_wave, ask, advance, _asked)
