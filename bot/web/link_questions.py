"""What a link page asks of one conversation, and the buttons under it. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from bot.composing import payload
from bot.flows.base import EventStatus, Scene
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.menus import CANNOT_COME, LANGUAGES, asking
from bot.flows.offer import Offer, stands
from bot.flows.offer import Question as OfferQuestion
from bot.flows.rsvp import Question, Rsvp
from bot.flows.wave import Wave
from bot.messages import Say, say
from bot.storage.says import load_state
from bot.web.marked import told


@dataclass(frozen=True, slots=True)
class Offered:
    """One button of the page; `language` where its label is in another one."""

    label: Markup
    payload: str
    language: str = ""


def question_of(conversation: Row[Any] | None, scene: Scene) -> Say | None:
    """The question on the table; a settled answer can still be changed until the event starts."""
    if conversation is None or conversation.closed_at is not None:
        return None
    flow = FLOWS[conversation.flow]
    state = load_state(conversation.flow, conversation.state)
    match state:
        case Rsvp() | Wave() | Meeting() if is_over(scene):
            return None
        case Rsvp(Question.SETTLED):
            return flow.ask(Rsvp(), scene)
        case Meeting():
            return flow.ask(replace(state, question=MeetingQuestion.MOMENT), scene)
        case Offer() if scene.event is not None and not stands(scene.event):
            return None
        case Offer(OfferQuestion.SETTLED):
            holds = scene.event is not None and bool(scene.event.held)
            return _calling_off(OfferQuestion.PLACE) if holds else None
        case _:
            return flow.ask(state, scene)


def way_back(question: Say | None) -> Say | None:
    """Who said yes by mistake need not tell how many they are."""
    counts = question is not None and question.question in (Question.ADULTS, Question.CHILDREN)
    return _calling_off(Question.COMING) if counts else None


def _calling_off(question: str) -> Say:
    return asking(say("Change my answer"), question, (CANNOT_COME,))


def is_over(scene: Scene) -> bool:
    """Whether an answer would change nothing: the event or the campaign has had its time."""
    subject = scene.event or scene.campaign
    return subject is not None and subject.status is not EventStatus.UPCOMING


def is_settled(conversation: Row[Any] | None) -> bool:
    """Whether it was answered to its end; nothing is asked, the answer can still change."""
    return conversation is not None and not conversation.awaiting and conversation.turn > 0


def buttons_of(
    question: Say | None, conversation: Row[Any] | None, language: str
) -> tuple[Offered, ...]:
    """The choices of a question, each bound to its conversation."""
    if question is None or conversation is None:
        return ()
    return tuple(
        Offered(
            told(one.label, language),
            payload(conversation.id, question.question, one.code),
            one.code if one.code in LANGUAGES and one.code != language else "",
        )
        for one in question.choices
    )
