"""What a parent's link shows at this moment: built from what is stored, nothing is changed.

token --> who, and the conversations that its message spoke of --> a part for each --> Page
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from bot.deployment import Deployment
from bot.effects import BY_PARENT
from bot.flows.base import Scene
from bot.messages import About, ChannelName
from bot.opened import opened_by, shown_by
from bot.reach import written_in
from bot.scenes import scene_of
from bot.storage import conversations
from bot.storage.inbound import said_on_page
from bot.storage.says import load_say
from bot.web.link_facts import agenda_words, answered, city_of, notices_of, place_of, standing
from bot.web.link_questions import Offered, buttons_of, is_settled, question_of, way_back
from bot.web.maps import map_of
from bot.web.marked import told, told_all, told_safely
from bot.web.media import Seen, seen_by

NOTHING_SAID = Markup()
SETTLED = "settled"  # what flows call the question of an answer that can still change


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
    city = city_of(db, person)
    parts = [_part(db, deployment, person, one, about, now, city) for one in shown_by(db, row, now)]
    paused = person.paused_until is not None and person.paused_until > now
    return Page(
        language=language,
        scene=parts[0].scene,
        parts=tuple(sorted(parts, key=_nearest_first)),
        said=_said(db, row, inbound_id, language),
        stands=tuple(told(one, language) for one in standing(db, row, person, now)),
        stopped=person.stopped_at is not None,
        paused=paused,
        silenced=paused and person.pause_reason == BY_PARENT,
    )


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
    own = question_of(conversation, scene)
    changes = buttons_of(way_back(own), conversation, language)
    if asking_why is not None and conversation is not None and asking_why.id != conversation.id:
        changes = buttons_of(own, conversation, language)
        conversation, own = asking_why, question_of(asking_why, scene)
    return Part(
        scene=scene,
        notice=told_all(notices_of(db, conversation, scene, own), language),
        question=told_safely(own, language) if own and not is_settled(conversation) else Markup(),
        buttons=buttons_of(own, conversation, language),
        answered=answered(db, person, scene, language),
        changes=changes,
        map=map_of(place_of(scene), city),
        agenda=agenda_words(scene, language),
        media=seen_by(db, deployment, about, person.language, now),
    )


def _said(db: Connection, token: Row[Any], inbound_id: int, language: str) -> Markup:
    """What was answered to the button just pressed; the next question has its own place."""
    if not inbound_id:
        return Markup()
    rows = said_on_page(db, inbound_id)
    mine = [row for row in rows if row.contact_id == token.contact_id]
    says = [load_say(one) for row in mine if row.channel == ChannelName.LINK for one in row.says]
    kept = [one for one in says if not one.choices or one.question == SETTLED]
    return told_all(tuple(kept), language)


def _nearest_first(part: Part) -> tuple[date, time]:
    """What is asked about nothing, such as which event was meant, comes before all."""
    event = part.scene.event
    return (event.on, event.at) if event is not None else (date.min, time())
