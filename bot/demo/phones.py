"""The demonstration's page: every parent's phone, the clock, and what changes when either is used.

It works without JavaScript: plain forms, then back to the page. A real Carnet has none of this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from sqlalchemy import Connection, func, select, update
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.accounts import LASTS, Attempts, sign_in
from bot.app import Carnet
from bot.channels.link import media_token
from bot.demo.clock import MovableClock
from bot.demo.house import EMAIL, PASSWORD
from bot.demo.living import live, next_due, pass_time, send, until_next_message
from bot.demo.screens import LINK, Bubble, Line, bubbles, lines
from bot.indicators.definitions import Period, period_of
from bot.indicators.indicator import Indicator
from bot.messages import ChannelName, InboundMessage, ProviderId
from bot.storage.console.events import coming_events
from bot.storage.console.lines import EventLine
from bot.storage.indicators import compute
from bot.storage.tables import (
    addresses,
    centres,
    contact_addresses,
    contacts,
    families,
    simulated_messages,
)
from bot.translation import day, direction, has_catalog, hour, readable
from bot.wallclock import local
from bot.web.console.pages import language_name, phone
from bot.web.console.visit import COOKIE

TEMPLATES = Path(__file__).parent / "templates"
ZONE = "Europe/Paris"
LONGEST = 300
FRESH = timedelta(days=2)  # what came so lately is new when the page is first opened
STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
CHANNELS = {
    ChannelName.SMS: "SMS",
    ChannelName.WHATSAPP: "WhatsApp",
    ChannelName.TELEGRAM: "Telegram",
}
SHOWN_INDICATORS = ("I02", "I05")


@dataclass
class Stage:
    """The running demonstration. `looked_at`: the newest message seen on each phone."""

    carnet: Carnet
    clock: MovableClock
    attempts: Attempts = field(default_factory=Attempts)
    looked_at: dict[int, int] = field(default_factory=dict)
    moving: asyncio.Lock = field(default_factory=asyncio.Lock)
    known_up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list of parents."""

    contact_id: int
    name: str
    reference: str
    language: str
    channel: str
    new: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The phone on the page."""

    person: Person
    code: str | None
    tabs: tuple[Line, ...]
    line: Line
    talk: tuple[Bubble, ...]
    can_type: bool
    why: str


def phone_routes(stage: Stage) -> list[BaseRoute]:
    """The pages of the demonstration, to be mounted before all others."""
    pages = Pages(stage)
    return [
        Route("/", to_the_page),
        Route("/demo", pages.show, methods=["GET"]),
        Route("/demo/style.css", style),
        Route("/demo/answer", pages.answer, methods=["POST"]),
        Route("/demo/clock", pages.move_clock, methods=["POST"]),
        Route("/demo/number", pages.switch_number, methods=["POST"]),
        Route("/demo/console", pages.enter_console, methods=["POST"]),
    ]


async def to_the_page(_request: Request) -> Response:
    """The first page of the demonstration is the phones'."""
    return RedirectResponse("/demo", 303)


async def style(_request: Request) -> Response:
    """The page's style sheet."""
    return PlainTextResponse(_style(), media_type="text/css")


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page and form."""

    stage: Stage

    async def show(self, request: Request) -> Response:
        """The page: parents, one phone, the clock and the figures."""
        chosen = request.query_params.get("parent", "")
        channel = request.query_params.get("channel", "")
        carnet = self.stage.carnet
        now = carnet.clock()
        values = await carnet.database.reading(lambda db: self._page(db, chosen, channel, now))
        due_at = await next_due(carnet)
        html = (
            _templates()
            .get_template("phones.html")
            .render(
                **values,
                media_path=self._media_path,
                now=now,
                due_at=due_at,
                chosen=bool(chosen),
            )
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    def _media_path(self, media_id: int) -> str:
        carnet = self.stage.carnet
        key, until = carnet.reach.deployment.key, carnet.clock() + timedelta(days=1)
        return f"/m/{media_token(key, media_id, until)}"

    async def answer(self, request: Request) -> Response:
        """One tap or text on one phone."""
        form = await _form(request)
        contact_id, address_id = _number(form.get("contact")), _number(form.get("address"))
        carnet = self.stage.carnet
        line = await carnet.database.reading(lambda db: _writing_line(db, contact_id, address_id))
        text = form.get("text", "").strip()[:LONGEST]
        payload = form.get("payload", "")[:64] or None
        if line is not None and (text or payload):
            quoted = _number(form.get("message")) if payload else 0
            message = InboundMessage(
                line.address,
                f"demo-{uuid4().hex}",
                "" if payload else text,
                payload=payload,
                quoted=ProviderId(f"sim-{quoted}") if quoted else None,
            )
            await carnet.receive(message)
            await send(carnet)
        return _back(contact_id, line, "#ecrire")

    async def move_clock(self, request: Request) -> Response:
        """Let an hour or a day pass, or the time until something leaves."""
        form = await _form(request)
        step, stage = form.get("step", ""), self.stage
        async with stage.moving:
            if step in STEPS:
                await pass_time(stage.carnet, stage.clock, stage.carnet.clock() + STEPS[step])
            else:
                await until_next_message(stage.carnet, stage.clock)
        answer = _back(_number(form.get("contact")), None, "")
        if COOKIE in request.cookies:  # a sign-in lasts half a day: the clock may have passed it
            await self._sign_in(answer)
        return answer

    async def switch_number(self, request: Request) -> Response:
        """Change whether the centre's SMS number reads answers."""
        form = await _form(request)
        reads = form.get("reads") == "yes"
        await self.stage.carnet.database.writing(
            lambda db: db.execute(update(centres).values(sms_can_receive=reads)).rowcount
        )
        return _back(_number(form.get("contact")), None, "")

    async def enter_console(self, request: Request) -> Response:
        """Sign in as the invented coordinator, in one tap."""
        await _form(request)
        answer = RedirectResponse("/events", 303)
        await self._sign_in(answer)
        return answer

    async def _sign_in(self, answer: Response) -> None:
        carnet = self.stage.carnet
        now = carnet.clock()
        opened = await asyncio.to_thread(
            sign_in, carnet.database, self.stage.attempts, EMAIL, PASSWORD, now
        )
        answer.set_cookie(
            COOKIE,
            opened.token,
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
        )

    def _page(self, db: Connection, chosen: str, channel: str, now: datetime) -> dict[str, Any]:
        newest = _newest(db)
        known = self._known_up_to(db, now)
        contact_id = _number(chosen)
        people = _people(db, newest, self.stage.looked_at, known, contact_id)
        shown = _shown(db, people, contact_id, channel) if people else None
        if shown is not None and contact_id:  # without a choice a narrow screen shows no phone
            for tab in shown.tabs:
                self.stage.looked_at[tab.address_id] = newest.get(tab.address_id, 0)
        coming = [one for one in coming_events(db, None, now) if one.starts_at > now]
        found = compute(db, period_of(local(now, ZONE).date()), now=now)
        return {
            "people": sorted(people, key=lambda one: (not one.new, one.reference)),
            "shown": shown,
            "event": _next_event(coming),
            "figures": _figures(found),
            "reads_sms": bool(db.scalar(select(centres.c.sms_can_receive).limit(1))),
            "period": _period(period_of(local(now, ZONE).date())),
        }

    def _known_up_to(self, db: Connection, now: datetime) -> int:
        """The last message that is not new any more when the page is opened for the first time."""
        if self.stage.known_up_to is None:
            older = select(func.max(simulated_messages.c.id)).where(
                simulated_messages.c.at < now - FRESH
            )
            self.stage.known_up_to = db.scalar(older) or 0
        return self.stage.known_up_to


async def keep_living(stage: Stage, every_seconds: float = 3) -> None:
    """Do what is due as time goes by, until cancelled."""
    while True:
        async with stage.moving:
            await live(stage.carnet)
        await asyncio.sleep(every_seconds)


# -- what the page shows --------------------------------------------------------------------------


def _newest(db: Connection) -> dict[int, int]:
    """The newest message of every address."""
    rows = db.execute(
        select(addresses.c.id, func.max(simulated_messages.c.id))
        .join(
            simulated_messages,
            (simulated_messages.c.channel == addresses.c.channel)
            & (simulated_messages.c.value == addresses.c.value),
        )
        .group_by(addresses.c.id)
    )
    return {row[0]: row[1] for row in rows}


def _people(
    db: Connection,
    newest: dict[int, int],
    looked_at: dict[int, int],
    known: int,
    open_now: int,
) -> list[Person]:
    rows = db.execute(
        select(
            contacts.c.id,
            contacts.c.name,
            contacts.c.language,
            contacts.c.stopped_at,
            families.c.reference,
            families.c.paused_until,
            addresses.c.id.label("address_id"),
            addresses.c.channel,
            addresses.c.dead_reason,
        )
        .join(families, families.c.id == contacts.c.family_id)
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(contacts.c.erased_at.is_(None))
        .order_by(families.c.reference, contacts.c.rank, contact_addresses.c.rank)
    ).all()
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    people = []
    for contact_id, mine in grouped.items():
        first = next((one for one in mine if not one.dead_reason), mine[0])
        unseen = any(
            newest.get(one.address_id, 0) > looked_at.get(one.address_id, known) for one in mine
        )
        people.append(
            Person(
                contact_id,
                first.name,
                first.reference,
                _language(first.language),
                CHANNELS[ChannelName(first.channel)],
                unseen and contact_id != open_now,
                _remark(first),
            )
        )
    return people


def _language(code: str | None) -> str:
    if code is None:
        return "langue inconnue"
    name = language_name(code)
    return name if has_catalog(code) else f"{name} (écrit en français)"


def _remark(row: Any) -> str:
    if row.stopped_at is not None:
        return "a dit STOP"
    if row.dead_reason:
        return "injoignable"
    return "en pause" if row.paused_until is not None else ""


def _shown(db: Connection, people: Sequence[Person], contact_id: int, channel: str) -> Shown | None:
    person = next((one for one in people if one.contact_id == contact_id), people[0])
    code = db.scalar(select(contacts.c.language).where(contacts.c.id == person.contact_id))
    tabs = lines(db, person.contact_id)
    talks = {tab.address_id: bubbles(db, tab) for tab in tabs}
    used = [tab for tab in tabs if talks[tab.address_id]] or list(tabs[:1])
    latest = max(
        used,
        key=lambda tab: (
            tab.dead_reason is None,
            talks[tab.address_id][-1].at.timestamp() if talks[tab.address_id] else 0,
        ),
    )
    line = next((tab for tab in used if tab.address.channel == channel), latest)
    can_type, why = _typing(db, line)
    return Shown(person, code, tuple(used), line, talks[line.address_id], can_type, why)


def _typing(db: Connection, line: Line) -> tuple[bool, str]:
    """Whether this phone can write to us, and what to know about it."""
    if line.dead_reason == "blocked":
        return (
            True,
            "Ce parent a bloqué le bot : rien ne lui arrive ici. S'il écrit, il le débloque.",
        )
    if line.dead_reason == "landline":
        return False, "Téléphone fixe : il ne reçoit pas de SMS. L'équipe appelle."
    if line.dead_reason:
        return (
            False,
            "Ce numéro ne fonctionne plus : rien n'arrive. L'équipe le voit dans la console.",
        )
    if line.address.channel is ChannelName.SMS:
        if not db.scalar(select(centres.c.sms_can_receive).limit(1)):
            return False, (
                "Le numéro du centre ne lit pas les réponses par SMS, comme souvent en France. "
                "Le parent répond par le lien qui est dans le SMS."
            )
        return True, ""
    return True, ""


def _next_event(coming: Sequence[EventLine]) -> EventLine | None:
    whole = [one for one in coming if one.kind != "meeting"]
    return next(iter([*whole, *coming]), None)


def _figures(found: Sequence[Indicator]) -> list[Indicator]:
    by_code = {one.code: one for one in found}
    return [by_code[code] for code in SHOWN_INDICATORS]


def _writing_line(db: Connection, contact_id: int, address_id: int) -> Line | None:
    """The channel that this parent writes from; None where it cannot carry an answer."""
    line = next((one for one in lines(db, contact_id) if one.address_id == address_id), None)
    return line if line is not None and _typing(db, line)[0] else None


# -- forms and words ------------------------------------------------------------------------------


async def _form(request: Request) -> dict[str, str]:
    """A form of this very page. Raises HTTPException for a form from elsewhere."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise HTTPException(403)
    form = await request.form(max_files=0, max_fields=8)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _number(written: str | None) -> int:
    text = written or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _back(contact_id: int, line: Line | None, fragment: str) -> RedirectResponse:
    query: dict[str, str] = {}
    if contact_id:
        query["parent"] = str(contact_id)
    if line is not None:
        query["channel"] = line.address.channel
    asked = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(f"/demo{asked}{fragment}", 303)


def _moment(at: datetime) -> str:
    here = local(at, ZONE)
    return f"{day(here.date(), 'fr')} à {hour(here.time(), 'fr')}"


def _short_moment(at: datetime, now: datetime) -> str:
    here = local(at, ZONE)
    if here.date() == local(now, ZONE).date():
        return hour(here.time(), "fr")
    return f"{here.day:02d}/{here.month:02d} {hour(here.time(), 'fr')}"


def _linked(text: str) -> Markup:
    """The text with its private link made to open, whatever port it was written for."""
    found = LINK.search(text)
    if found is None:
        return escape(text)
    before, after = text[: found.start()], text[found.end() :]
    link = Markup(
        '<a href="/l/{0}" target="_blank" rel="noopener">{1}'
        '<span class="unseen"> (s’ouvre dans un nouvel onglet)</span></a>'
    ).format(found[1], found[0].split("://", 1)[1])
    return escape(before) + link + escape(after)


def _period(period: Period) -> str:
    return f"{'1er' if period.half == 1 else '2e'} semestre {period.year}"


def _percent(figure: Indicator) -> str:
    return "–" if figure.proportion is None else f"{round(100 * figure.proportion)} %"


@cache
def _style() -> str:
    return (TEMPLATES / "phones.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": _moment,
        "linked": _linked,
        "percent": _percent,
        "phone": phone,
        "direction": direction,
        "readable": readable,
        "day": lambda on: day(on, "fr"),
        "hour": lambda at: hour(at, "fr"),
    }
    environment.globals |= {"short_moment": _short_moment, "CHANNELS": CHANNELS}
    return environment
