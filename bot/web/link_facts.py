"""What a link page tells: what has become of an event, what was answered, what holds for all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from bot.flows import notices
from bot.flows.base import CALL, EventStatus, RecordRsvp, Scene
from bot.flows.meeting import moment
from bot.flows.rsvp import confirmed
from bot.messages import Say, say, say_n
from bot.reach import hours_of
from bot.seats import Seat
from bot.storage import conversations, events, offers, tasks
from bot.wallclock import local
from bot.web.link_questions import is_over
from bot.web.marked import told


def notices_of(
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
    closed = conversation.closed_at is not None or (campaign is not None and is_over(scene))
    return (say("This question is closed. Nothing has changed."),) if closed else ()


def answered(db: Connection, person: Row[Any], scene: Scene, language: str) -> Markup:
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


def standing(db: Connection, token: Row[Any], person: Row[Any], now: datetime) -> Iterable[Say]:
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


def agenda_words(scene: Scene, language: str) -> Markup:
    """The words of the link to the calendar file; "" where the family has nothing to note."""
    event, campaign = scene.event, scene.campaign
    comes = campaign is not None and campaign.taken is not None
    if event is not None:
        comes = event.rsvp in ("yes", "maybe") and event.seat != Seat.WAITING
        if comes and event.status is EventStatus.CANCELLED:
            return told(say("Take it out of my calendar"), language)
        comes = comes and event.status is EventStatus.UPCOMING
    return told(say("Add to my calendar"), language) if comes else Markup()


def place_of(scene: Scene) -> str:
    """Where the event or the campaign's meetings take place, as the team wrote it."""
    if scene.event is not None:
        return scene.event.place
    return scene.campaign.place if scene.campaign is not None else ""


def city_of(db: Connection, person: Row[Any]) -> str:
    """The city of the family's centre; "" where none is known."""
    centre = offers.centre(db, person.centre_id) if person.centre_id else None
    return centre.city if centre is not None else ""
