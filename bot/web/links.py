"""The parents' link pages: answer without an account, without JavaScript, in their own language.

Opening a page changes nothing (mail and chat programs fetch links to preview them); a button does.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.link import hash_token
from bot.flows.menus import LANGUAGES, PROMISED
from bot.flows.preferences import HOW, HOW_LONG, PAUSES, READINGS
from bot.languages import FALLBACK, languages_of_phone
from bot.messages import Address, ChannelName, InboundMessage, Param, Say
from bot.opened import owner_of_old
from bot.reach import written_in
from bot.storage.inbound import arrival_id
from bot.translation import direction
from bot.web.agenda import agenda_of
from bot.web.bodies import PAGE, TooLarge, limited
from bot.web.context import Context, context_of
from bot.web.link_pages import page_of
from bot.web.marked import shown, told

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "link" / "style.css").read_text(encoding="utf-8")
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
        "img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
CALENDAR = {**HEADERS, "Content-Disposition": 'inline; filename="agenda.ics"'}
MAX_FIELD = 600
ROW_ID = re.compile(r"[0-9]{1,18}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
SILENCES = tuple(one for one in HOW_LONG if one.code in PAUSES)

pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


async def show(request: Request) -> Response:
    """Show the page; change nothing."""
    context = context_of(request)
    token, said = request.path_params["token"], request.query_params.get("said", "")
    kept = TOKEN.match(token)
    if kept is not None and kept[0] != token:  # a full stop or a bracket that a phone took along
        return RedirectResponse(f"/l/{kept[0]}", status_code=303, headers=HEADERS)
    now = context.clock()
    page = await context.database.reading(
        lambda db: page_of(
            db, context.deployment, token, now, int(said) if ROW_ID.fullmatch(said) else 0
        )
    )
    if page is None:
        owner = await context.database.reading(lambda db: owner_of_old(db, token))
        return _gone(context, owner)
    now_read = page.scene.rendering
    values = {
        "page": page,
        "nonce": secrets.token_urlsafe(12),
        "languages": _offered(request.headers.get("accept-language", "")),
        "silences": SILENCES,
        "readings": [one for one in HOW if READINGS.get(one.code, now_read) != now_read],
        "token": token,
    }
    return _html("link/page.html", values, page.language)


def _offered(accepted: str) -> Mapping[str, str]:
    """Every language to choose, the telephone's own first."""
    offered = LANGUAGES | PROMISED
    return {one: offered[one] for one in (*languages_of_phone(accepted), *offered)}


async def answer(request: Request) -> Response:
    """Take one button or text, once, and show the page again."""
    context = context_of(request)
    token = request.path_params["token"]
    try:
        form = await limited(request, PAGE).form(max_files=0, max_fields=8)
    except TooLarge:
        return await _too_large(context, token)
    fields = {name: str(value)[:MAX_FIELD] for name, value in form.items()}
    message = InboundMessage(
        sender=Address(ChannelName.LINK, token),
        provider_id=_once(token, fields),
        text=fields.get("text", "").strip() if not fields.get("answer") else "",
        payload=fields.get("answer", "")[:64] or None,
    )
    if not message.text and not message.payload:
        return RedirectResponse(f"/l/{token}", status_code=303, headers=HEADERS)
    await context.receive(message)
    context.wake()
    inbound_id = await context.database.reading(
        lambda db: arrival_id(db, ChannelName.LINK, message.provider_id)
    )
    said = f"?said={inbound_id}" if inbound_id else ""
    return RedirectResponse(f"/l/{token}{said}", status_code=303, headers=HEADERS)


async def agenda(request: Request) -> Response:
    """Give what the page is about as a calendar file; change nothing."""
    context = context_of(request)
    token, now = request.path_params["token"], context.clock()
    content = await context.database.reading(
        lambda db: agenda_of(db, context.deployment.public_url, token, now)
    )
    if content is None:
        return _gone(context, None)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=CALENDAR)


async def lost(request: Request) -> Response:
    """Say kindly, in every language, that half a link opens nothing."""
    return _gone(context_of(request), None)


LINK_ROUTES = [
    Route("/l/{token}/agenda.ics", agenda, methods=["GET"]),
    Route("/l/{token}", show, methods=["GET"]),
    Route("/l/{token}", answer, methods=["POST"]),
    Route("/l", lost, methods=["GET"]),
    Route("/l/{rest:path}", lost, methods=["GET"]),
]


def _once(token: str, fields: Mapping[str, str]) -> str:
    """The name of one press: a double tap has the same, another button of an old page has not."""
    pressed = sha256(f"{fields.get('answer', '')}\n{fields.get('text', '')}".encode())
    nonce = fields.get("nonce", "")[:32]
    return f"{hash_token(token).hex()[:24]}:{nonce}:{pressed.hexdigest()[:16]}"


async def _too_large(context: Context, token: str) -> HTMLResponse:
    """A page for a body that no button and no parent sends."""
    owner = await context.database.reading(lambda db: owner_of_old(db, token))
    return _line(context, owner, Say("Your message is too long. Please write less."), 413)


def _gone(context: Context, owner: Row[Any] | None) -> HTMLResponse:
    """A page for a link that opens nothing."""
    line = (
        Say("This link is too old. Please ask the centre.")
        if owner is not None
        else Say("This link does not open. Take the link in our last message, or ask the centre.")
    )
    return _line(context, owner, line, 404)


def _line(context: Context, owner: Row[Any] | None, line: Say, status: int) -> HTMLResponse:
    """One line in every language; only whose link it is, or was, is told the centre's number."""
    language = written_in(owner) if owner is not None else FALLBACK
    first = {language: LANGUAGES[language]} if language in LANGUAGES else {}
    values = {
        "association": context.deployment.association,
        "centre": owner.centre if owner is not None else None,
        "phone": owner.phone if owner is not None else None,
        "lines": {code: told(line, code) for code in first | LANGUAGES},
        "direction_of": direction,
    }
    return _html("link/gone.html", values, language, status_code=status)


def _html(
    template: str, values: dict[str, Any], language: str, *, status_code: int = 200
) -> HTMLResponse:
    def translate(msgid: str, **params: Param) -> Markup:
        return told(Say(msgid, params=params), language)

    def show_value(value: Param, name: str = "") -> Markup:
        return shown(value, language, name)

    html = pages.get_template(template).render(
        **values,
        _=translate,
        words=show_value,
        language=language,
        direction=direction(language),
        style=STYLE,
    )
    return HTMLResponse(html, status_code=status_code, headers=HEADERS)
