"""What a parent's link shows at this moment: built from what is stored, nothing is changed.

token --> who, and the conversations that its message spoke of --> a part for each --> Page
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from bot.channels.link import hash_token
from bot.composing import payload
from bot.deployment import Deployment
from bot.effects import BY_PARENT
from bot.flows import notices
from bot.flows.base import CALL, EventStatus, RecordRsvp, Scene
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting, moment
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.menus import CANNOT_COME, LANGUAGES, asking
from bot.flows.offer import Offer, stands
from bot.flows.offer import Question as OfferQuestion
from bot.flows.rsvp import Question, Rsvp, confirmed
from bot.flows.wave import Wave
from bot.languages import FALLBACK
from bot.messages import About, ChannelName, Say, say, say_n
from bot.reach import hours_of, written_in
from bot.reviews import is_careful, is_ready
from bot.scenes import scene_of
from bot.seats import Seat
from bot.storage import contacts, conversations, events, offers, tasks
from bot.storage.says import load_say, load_state
from bot.wallclock import local
from bot.web.maps import map_of
from bot.web.marked import apart, told, told_all
from bot.web.media import Seen, seen_by

NOTHING_SAID = Markup()
SETTLED = "settled"  # what flows call the question of an answer that can still change


@dataclass(frozen=True, slots=True)
class Offered:
    """One button of the page; `language` where its label is in another one."""

    label: Markup
    payload: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a page shows of one conversation; a message may have spoken of several.

    `agenda`: the label of the link to the calendar file; "" where there is nothing to note.
    """

    scene: Scene
    notice: Markup = NOTHING_SAID  # what has become of it
    question: Markup = NOTHING_SAID
    buttons: tuple[Offered, ...] = ()
    answered: Markup = NOTHING_SAID
    changes: tuple[Offered, ...] = ()  # other answers, while something else is asked
    map: str = ""
    agenda: Markup = NOTHING_SAID
    media: Seen | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one link shows at this moment; the nearest event in front."""

    language: str
    scene: Scene
    parts: tuple[Part, ...]
    said: Markup = NOTHING_SAID
    stands: tuple[Markup, ...] = ()  # a call to come, a pause, a stop
    stopped: bool = False
    paused: bool = False
    silenced: bool = False  # paused because the family wished so


def page_of(
    db: Connection, deployment: Deployment, token: str, now: datetime, inbound_id: int = 0
) -> Page | None:
    """The page behind a token, with the answer to one arrival; None where there is none."""
    opened = opened_by(db, token, now)
    if opened is None:
        return None
    row, person = opened
    language = written_in(person)
    about = About(row.event_id, row.campaign_id)
    city = _city(db, person)
    parts = [_part(db, deployment, person, one, about, now, city) for one in shown_by(db, row, now)]
    paused = person.paused_until is not None and person.paused_until > now
    return Page(
        language=language,
        scene=parts[0].scene,
        parts=tuple(sorted(parts, key=_nearest_first)),
        said=_said(db, row, inbound_id, language),
        stands=tuple(told(one, language) for one in _stands(db, row, person, now)),
        stopped=person.stopped_at is not None,
        paused=paused,
        silenced=paused and person.pause_reason == BY_PARENT,
    )


def opened_by(db: Connection, token: str, now: datetime) -> tuple[Row[Any], Row[Any]] | None:
    """The row of a token and whom it is for; None where it opens nothing, or nothing any more."""
    row = conversations.token(db, hash_token(token))
    if row is None or row.expires_at <= now:
        return None
    person = contacts.person(db, row.contact_id)
    return None if person is None or person.erased_at is not None else (row, person)


def owner_of_old(db: Connection, token: str) -> Row[Any] | None:
    """Whose link this was, so that the page can name the centre; None for what we never sent."""
    row = conversations.token(db, hash_token(token))
    person = contacts.person(db, row.contact_id) if row is not None else None
    return None if person is None or person.erased_at is not None else person


def shown_by(db: Connection, row: Row[Any], now: datetime) -> tuple[Row[Any] | None, ...]:
    """The conversations that a token's page shows: what was asked back comes first."""
    asked_back = conversations.asking_back(db, row.address_id, row.contact_id, now)
    first = () if asked_back is None else (asked_back,)
    if not row.conversation_id:
        return (*first, None)
    own = conversations.conversation(db, row.conversation_id)
    return (*first, own, *conversations.told_beside(db, row.conversation_id))


def _part(
    db: Connection,
    deployment: Deployment,
    person: Row[Any],
    conversation: Row[Any] | None,
    about: About,
    now: datetime,
    city: str,
) -> Part:
    """`about`: what the message spoke of, where it asked nothing."""
    asking_why = None
    if conversation is not None:
        about = About(conversation.event_id, conversation.campaign_id)
        asking_why = conversations.reason_beside(db, conversation.id)
    scene = scene_of(db, deployment, person, about, now)
    language = written_in(person)
    own = _question(conversation, scene)
    changes = _buttons(_way_back(own), conversation, language)
    if asking_why is not None and conversation is not None and asking_why.id != conversation.id:
        changes = _buttons(own, conversation, language)
        conversation, own = asking_why, _question(asking_why, scene)
    return Part(
        scene=scene,
        notice=told_all(_notices(db, conversation, scene, own), language),
        question=Markup() if own is None or _settled(conversation) else _asked(own, language),
        buttons=_buttons(own, conversation, language),
        answered=_answered(db, person, scene, language),
        changes=changes,
        map=map_of(_place(scene), city),
        agenda=_agenda(scene, language),
        media=seen_by(db, deployment, about, person.language, now),
    )


# -- what is asked --------------------------------------------------------------------------------


def _question(conversation: Row[Any] | None, scene: Scene) -> Say | None:
    """The question on the table; a settled answer can still be changed until the event starts."""
    if conversation is None or conversation.closed_at is not None:
        return None
    flow = FLOWS[conversation.flow]
    state = load_state(conversation.flow, conversation.state)
    match state:
        case Rsvp() | Wave() | Meeting() if _is_over(scene):
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


def _asked(question: Say, language: str) -> Markup:
    """A question in words; under a consent that nobody has read stands the French."""
    own = told(question, language)
    if not is_careful(question) or is_ready(question, language):
        return own
    return Markup("{}\n{}").format(own, apart(told(question, FALLBACK), FALLBACK))


def _way_back(question: Say | None) -> Say | None:
    """Who said yes by mistake need not tell how many they are."""
    counts = question is not None and question.question in (Question.ADULTS, Question.CHILDREN)
    return _calling_off(Question.COMING) if counts else None


def _calling_off(question: str) -> Say:
    return asking(say("Change my answer"), question, (CANNOT_COME,))


def _is_over(scene: Scene) -> bool:
    subject = scene.event or scene.campaign
    return subject is not None and subject.status is not EventStatus.UPCOMING


def _settled(conversation: Row[Any] | None) -> bool:
    return conversation is not None and not conversation.awaiting and conversation.turn > 0


def _buttons(
    question: Say | None, conversation: Row[Any] | None, language: str
) -> tuple[Offered, ...]:
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


# -- what is true ---------------------------------------------------------------------------------


def _notices(
    db: Connection, conversation: Row[Any] | None, scene: Scene, question: Say | None
) -> tuple[Say, ...]:
    """Nobody shall stand before a closed door because the page says nothing."""
    event, campaign = scene.event, scene.campaign
    if event is not None and event.status is EventStatus.CANCELLED:
        return notices.cancelled(scene)
    if event is not None and event.seat == Seat.WAITING and event.status is EventStatus.UPCOMING:
        waiting = RecordRsvp("yes", seat=Seat.WAITING)
        return () if event.offered else (confirmed(waiting, event),)
    if question is not None or conversation is None:
        return ()
    if conversations.has_answers(db, conversation.id):
        return (say("Thank you! Your answers help us."),)
    if event is not None and event.status is EventStatus.OVER:
        return (say("{title} is over.", title=event.title),)
    closed = conversation.closed_at is not None or (campaign is not None and _is_over(scene))
    return (say("This question is closed. Nothing has changed."),) if closed else ()


def _answered(db: Connection, person: Row[Any], scene: Scene, language: str) -> Markup:
    """What the family has answered so far, in words; "" where it has not."""
    event, campaign = scene.event, scene.campaign
    if campaign is not None and campaign.taken is not None:
        return told(moment(campaign.taken), language)
    if event is None or event.rsvp is None:
        return Markup()
    row = events.invitation(db, event.id, person.family_id)
    assert row is not None, "an answer has an invitation"
    words = {"yes": Say("Yes"), "no": Say("No"), "maybe": Say("Maybe")}[event.rsvp]
    answer = told(words, language)
    if row.adults is not None and row.children is not None:
        adults = told(say_n("{n} adult", "{n} adults", row.adults), language)
        children = told(say_n("{n} child", "{n} children", row.children), language)
        answer += Markup(" ({}, {})").format(adults, children)
    return answer


def _stands(db: Connection, token: Row[Any], person: Row[Any], now: datetime) -> Iterable[Say]:
    """What holds for the family whatever was asked: somebody calls, nothing comes."""
    task = tasks.open_task(db, token.address_id)
    waits = task is not None and task.reason == CALL and task.answered_at is None
    if waits and task is not None and task.family_id == person.family_id:
        centre = offers.centre(db, person.centre_id) if person.centre_id else None
        yield say("Someone from the team will call you.")
        hours = hours_of(centre, now)
        first = hours.next_open(now)
        if first is not None:
            yield say(
                "We call from {day} on, between {opens} and {closes}.",
                day=local(first, hours.zone).date(),
                opens=hours.opens,
                closes=hours.closes,
            )
    if person.stopped_at is not None:
        yield say("Your messages are stopped.")
    elif person.paused_until is not None and person.paused_until > now:
        zone = person.time_zone or "Europe/Paris"
        yield say("No messages before {day}.", day=local(person.paused_until, zone).date())


def _agenda(scene: Scene, language: str) -> Markup:
    """The words of the link to the calendar file; "" where the family has nothing to note."""
    event, campaign = scene.event, scene.campaign
    comes = campaign is not None and campaign.taken is not None
    if event is not None:
        comes = event.rsvp in ("yes", "maybe") and event.seat != Seat.WAITING
        if comes and event.status is EventStatus.CANCELLED:
            return told(say("Take it out of my calendar"), language)
        comes = comes and event.status is EventStatus.UPCOMING
    return told(say("Add to my calendar"), language) if comes else Markup()


def _said(db: Connection, token: Row[Any], inbound_id: int, language: str) -> Markup:
    """What was answered to the button just pressed; the next question has its own place."""
    if not inbound_id:
        return Markup()
    rows = conversations.said_on_page(db, inbound_id)
    mine = [row for row in rows if row.contact_id == token.contact_id]
    says = [load_say(one) for row in mine if row.channel == ChannelName.LINK for one in row.says]
    kept = [one for one in says if not one.choices or one.question == SETTLED]
    return told_all(tuple(kept), language)


def _place(scene: Scene) -> str:
    if scene.event is not None:
        return scene.event.place
    return scene.campaign.place if scene.campaign is not None else ""


def _city(db: Connection, person: Row[Any]) -> str:
    centre = offers.centre(db, person.centre_id) if person.centre_id else None
    return centre.city if centre is not None else ""


def _nearest_first(part: Part) -> tuple[date, time]:
    """What is asked about nothing, such as which event was meant, comes before all."""
    event = part.scene.event
    return (event.on, event.at) if event is not None else (date.min, time())
