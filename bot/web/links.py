"""The parents' link pages: answer without an account, without JavaScript, in their own language.

Opening a page changes nothing (mail and chat programs fetch links to preview them); a button does.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.link import hash_token
from bot.composing import payload
from bot.flows import notices
from bot.flows.base import EventStatus, Scene
from bot.flows.catalog import FLOWS
from bot.flows.meeting import Meeting, moment
from bot.flows.meeting import Question as MeetingQuestion
from bot.flows.menus import LANGUAGES
from bot.flows.offer import Offer, stands
from bot.flows.rsvp import Question, Rsvp
from bot.messages import About, Address, ChannelName, InboundMessage, Param, Say, say_n
from bot.scenes import scene_of
from bot.storage import contacts, conversations, events
from bot.storage.says import load_say, load_state
from bot.translation import FALLBACK, direction, readable, render, render_all
from bot.web.context import Context, context_of

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "link" / "style.css").read_text(encoding="utf-8")
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
MAX_FIELD = 600
ROW_ID = re.compile(r"[0-9]{1,18}")

pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Offered:
    """One button of the page."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a page shows of one conversation; a message may have spoken of several."""

    scene: Scene
    notice: str = ""  # what has become of it
    question: str = ""
    buttons: tuple[Offered, ...] = ()
    answered: str = ""
    changes: tuple[Offered, ...] = ()  # other answers, while something else is asked


@dataclass(frozen=True, slots=True)
class Page:
    """What one link shows at this moment; the nearest event in front."""

    language: str
    scene: Scene
    parts: tuple[Part, ...]
    said: str = ""
    stopped: bool = False


async def show(request: Request) -> Response:
    """Show the page; change nothing."""
    context = context_of(request)
    token, said = request.path_params["token"], request.query_params.get("said", "")
    now = context.clock()
    page = await context.database.reading(
        lambda db: _page(db, context, token, now, int(said) if ROW_ID.fullmatch(said) else 0)
    )
    if page is None:
        return _html("link/gone.html", {}, FALLBACK, status_code=404)
    values = {
        "page": page,
        "nonce": secrets.token_urlsafe(12),
        "languages": LANGUAGES,
        "token": token,
    }
    return _html("link/page.html", values, page.language)


async def answer(request: Request) -> Response:
    """Take one button or text, once, and show the page again."""
    context = context_of(request)
    token = request.path_params["token"]
    form = await request.form(max_files=0, max_fields=8)
    fields = {name: str(value)[:MAX_FIELD] for name, value in form.items()}
    hashed = hash_token(token)
    message = InboundMessage(
        sender=Address(ChannelName.LINK, token),
        provider_id=f"{hashed.hex()[:24]}:{fields.get('nonce', '')[:32]}",
        text=fields.get("text", "").strip() if not fields.get("answer") else "",
        payload=fields.get("answer", "")[:64] or None,
    )
    if not message.text and not message.payload:
        return RedirectResponse(f"/l/{token}", status_code=303, headers=HEADERS)
    await context.receive(message)
    context.wake()
    inbound_id = await context.database.reading(
        lambda db: conversations.inbound_id(db, ChannelName.LINK, message.provider_id)
    )
    said = f"?said={inbound_id}" if inbound_id else ""
    return RedirectResponse(f"/l/{token}{said}", status_code=303, headers=HEADERS)


LINK_ROUTES = [
    Route("/l/{token}", show, methods=["GET"]),
    Route("/l/{token}", answer, methods=["POST"]),
]


def _page(
    db: Connection, context: Context, token: str, now: datetime, inbound_id: int
) -> Page | None:
    row = conversations.token(db, hash_token(token))
    if row is None or row.expires_at <= now:
        return None
    person = contacts.person(db, row.contact_id)
    if person is None or person.erased_at is not None:
        return None
    conversation = (
        conversations.conversation(db, row.conversation_id) if row.conversation_id else None
    )
    beside = conversations.told_beside(db, row.conversation_id) if row.conversation_id else ()
    which = conversations.asking_back(db, row.address_id) if beside else None
    shown = (conversation, *beside) if which is None else (which, conversation, *beside)
    about = About(row.event_id, row.campaign_id)
    parts = [_part(db, context, person, one, about, now) for one in shown]
    language = readable(person.language)
    return Page(
        language=language,
        scene=parts[0].scene,
        parts=tuple(sorted(parts, key=_nearest_first)),
        said=_said(db, row, inbound_id, language),
        stopped=person.stopped_at is not None,
    )


def _part(
    db: Connection,
    context: Context,
    person: Row[Any],
    conversation: Row[Any] | None,
    about: About,
    now: datetime,
) -> Part:
    """`about`: what the message spoke of, where it asked nothing."""
    asking = None
    if conversation is not None:
        about = About(conversation.event_id, conversation.campaign_id)
        asking = conversations.reason_beside(db, conversation.id)
    scene = scene_of(db, context.deployment, person, about, now)
    language = readable(person.language)
    changes: tuple[Offered, ...] = ()
    if asking is not None:
        changes = _buttons(_question(db, person, conversation, scene), conversation, language)
        conversation = asking
    question = _question(db, person, conversation, scene)
    return Part(
        scene=scene,
        notice=_notice(scene, language),
        question="" if question is None or _settled(conversation) else render(question, language),
        buttons=_buttons(question, conversation, language),
        answered=_answered(db, person, scene, language),
        changes=changes,
    )


def _notice(scene: Scene, language: str) -> str:
    """Nobody shall stand before a closed door because the page says nothing."""
    cancelled = scene.event is not None and scene.event.status is EventStatus.CANCELLED
    return render_all(notices.cancelled(scene), language) if cancelled else ""


def _nearest_first(part: Part) -> tuple[date, time]:
    """What is asked about nothing, such as which event was meant, comes before all."""
    event = part.scene.event
    return (event.on, event.at) if event is not None else (date.min, time())


def _question(
    db: Connection, person: Row[Any], conversation: Row[Any] | None, scene: Scene
) -> Say | None:
    """The question on the table; a settled RSVP can still be changed until the event starts."""
    if conversation is None or conversation.closed_at is not None:
        return None
    flow = FLOWS[conversation.flow]
    state = load_state(conversation.flow, conversation.state)
    over = scene.event is not None and scene.event.status is not EventStatus.UPCOMING
    if isinstance(state, Rsvp) and over:
        return None
    if isinstance(state, Offer) and scene.event is not None and not stands(scene.event):
        return None
    if isinstance(state, Rsvp) and state.question is Question.SETTLED:
        return flow.ask(Rsvp(), scene)
    if isinstance(state, Meeting) and scene.campaign is not None:
        still = scene.campaign.status is EventStatus.UPCOMING
        return flow.ask(replace(state, question=MeetingQuestion.MOMENT), scene) if still else None
    return flow.ask(state, scene)


def _settled(conversation: Row[Any] | None) -> bool:
    return conversation is not None and not conversation.awaiting and conversation.turn > 0


def _buttons(
    question: Say | None, conversation: Row[Any] | None, language: str
) -> tuple[Offered, ...]:
    if question is None or conversation is None:
        return ()
    return tuple(
        Offered(render(one.label, language), payload(conversation.id, question.question, one.code))
        for one in question.choices
    )


def _answered(db: Connection, person: Row[Any], scene: Scene, language: str) -> str:
    """What the family has answered so far, in words; "" where it has not."""
    event, campaign = scene.event, scene.campaign
    if campaign is not None and campaign.taken is not None:
        return render(moment(campaign.taken), language)
    if event is None or event.rsvp is None:
        return ""
    row = events.invitation(db, event.id, person.family_id)
    assert row is not None, "an answer has an invitation"
    words = {"yes": Say("Yes"), "no": Say("No"), "maybe": Say("Maybe")}[event.rsvp]
    told = render(words, language)
    if row.adults is not None and row.children is not None:
        adults = render(say_n("{n} adult", "{n} adults", row.adults), language)
        children = render(say_n("{n} child", "{n} children", row.children), language)
        told += f" ({adults}, {children})"
    return told


def _said(db: Connection, token: Row[Any], inbound_id: int, language: str) -> str:
    """What was answered to the button just pressed; the next question has its own place."""
    if not inbound_id:
        return ""
    rows = conversations.said_on_page(db, inbound_id)
    mine = [row for row in rows if row.contact_id == token.contact_id and row.channel == "link"]
    says = [load_say(one) for row in mine for one in row.says]
    return render_all([one for one in says if not one.choices], language)


def _html(
    template: str, values: dict[str, Any], language: str, *, status_code: int = 200
) -> HTMLResponse:
    def translate(msgid: str, **params: Param) -> str:
        return render(Say(msgid, params=params), language)

    def show_param(value: Param) -> str:
        return render(Say("{text}", params={"text": value}), language)

    html = pages.get_template(template).render(
        **values,
        _=translate,
        words=show_param,
        language=language,
        direction=direction(language),
        style=STYLE,
    )
    return HTMLResponse(html, status_code=status_code, headers=HEADERS)
