"""An invented town for whole stories: a real server, real clients, and strict peers on loopback.

roster file -> Carnet (uvicorn on 127.0.0.1) <--HTTP--> Bot API peer, Twilio peer, Content peer
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx
import uvicorn
from pydantic import SecretStr
from sqlalchemy import Row, select

from bot.app import Carnet, build, web_app
from bot.contacts import new_binding_code
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.roster.rows import read_roster
from bot.settings import Settings
from bot.storage.tables import contacts, families, invitations, outbox
from scheduler.jobs import plan_due
from tests.peers.content import ContentApi
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioApi

ORIGIN = "https://carnet.example"
WEBHOOK_SECRET = "an-invented-secret"
SMS_NAME = "MaChance"
WHATSAPP_NUMBER = "whatsapp:+33639980099"
TEMPLATE = "HX" + "a" * 32

LANGUAGES = ("fr", "ar", "tr", "pt", "en", "ro")
NAMES_IN_FILE = {
    "fr": "français",
    "ar": "Arabe",
    "tr": "turc",
    "pt": "portugais",
    "en": "anglais",
    "ro": "roumain",
}
TELEGRAM = range(14)  # families by number: bound by their card
WHATSAPP = range(14, 26)  # said yes to WhatsApp at enrolment
SMS = range(26, 40)  # a one-way sender: they answer by link
LINK = re.compile(rf"{ORIGIN}/l/[\w-]+")


class Clock:
    """A clock that moves when the story says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def phone(family: int) -> str:
    """A family's number, from the range reserved for fiction."""
    return f"+336399800{family:02d}"


def chat(family: int) -> int:
    """A family's Telegram chat."""
    return 7_000_000 + family


def language(family: int) -> str:
    """The language that a family reads."""
    return LANGUAGES[family % len(LANGUAGES)]


def roster_file(folder: Path) -> Path:
    """Forty families as a French Excel saves them: semicolons, Windows-1252."""
    lines = ["Famille;Centre;Prénom enfant;Parent 1;Langue 1;Téléphone 1;WhatsApp 1"]
    for family in range(40):
        spoken = f"06 39 98 00 {family:02d}"
        whatsapp = "oui" if family in WHATSAPP else "non"
        tongue = NAMES_IN_FILE[language(family)]
        lines.append(f"F{family:02d};Les Cèdres;Zoé;Parent {family};{tongue};{spoken};{whatsapp}")
    path = folder / "familles.csv"
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


@dataclass(slots=True)
class Town:
    """Everything that a story touches."""

    house: Carnet
    clock: Clock
    telegram: BotApi
    twilio: TwilioApi
    content: ContentApi
    web: httpx.AsyncClient
    event_id: int = 0

    async def bind_telegram(self) -> None:
        """Each Telegram family opens the link on its card."""
        for family in TELEGRAM:
            with self.house.database.write() as db:
                contact_id = db.scalar(
                    select(contacts.c.id)
                    .join(families, families.c.id == contacts.c.family_id)
                    .where(families.c.reference == f"F{family:02d}")
                )
                assert contact_id is not None
                code = new_binding_code(db, contact_id, self.clock())
            self.telegram.joins(chat(family))
            assert await self.telegram.starts(chat(family), code) in (200, 204)
        await self.house.dispatcher.drain()

    def plan_workshop(self) -> None:
        """A coordinator plans one workshop, a week and a little ahead."""
        new = NewEvent(
            kind="workshop",
            centre_id=1,
            on=date(2026, 12, 12),
            at=time(14, 30),
            place="Salle Jean Macé",
            wordings={
                "fr": Wording("Atelier écrans", "Apportez un goûter."),
                "ar": Wording("ورشة الشاشات"),
            },
            seats=60,
        )
        with self.house.database.write() as db:
            self.event_id = add_event(db, new, self.clock())

    async def live_until(self, moment: datetime) -> None:
        """Let the planner and the dispatcher run, an hour at a time."""
        while self.clock.now < moment:
            self.clock.now = min(self.clock.now + timedelta(hours=1), moment)
            await self.work()

    async def work(self) -> None:
        """Plan what is due and send it; let the providers' receipts come in."""
        with self.house.database.write() as db:
            plan_due(db, self.house.reach, self.clock())
        await self.house.dispatcher.drain()
        await self.twilio.settled()

    def invitation(self, family: int) -> Row[tuple[object, ...]]:
        """What stands for one family and the workshop."""
        with self.house.database.read() as db:
            return db.execute(
                select(invitations)
                .join(families, families.c.id == invitations.c.family_id)
                .where(families.c.reference == f"F{family:02d}")
            ).one()

    def last_text(self, family: int) -> str:
        """The last thing that a family's phone shows."""
        if family in TELEGRAM:
            return [one.text for one in self.telegram.sent if one.chat_id == chat(family)][-1]
        return self.sms(family)[-1]

    def sms(self, family: int) -> list[str]:
        """All that one phone got through Twilio."""
        number = phone(family)
        return [one.body for one in self.twilio.sent if one.to.removeprefix("whatsapp:") == number]

    def decided(self, step: str) -> list[Row[tuple[object, ...]]]:
        """The outbox rows of one step."""
        with self.house.database.read() as db:
            return list(db.execute(select(outbox).where(outbox.c.step == step)).all())


@asynccontextmanager
async def town(tmp_path: Path, now: datetime | None = None) -> AsyncIterator[Town]:
    """Open the town: peers, server, channels; the roster is imported, the cards are used."""
    clock = Clock(now or datetime(2026, 12, 3, 9, 0, tzinfo=UTC))
    templates = {TEMPLATE: "{{1}} vous invite : {{2}}. {{3}} à {{4}}, {{5}}. Venez-vous ?"}
    approved = tmp_path / "templates.toml"
    approved.write_text("[invitation]\n" + "\n".join(f'{one} = "{TEMPLATE}"' for one in LANGUAGES))
    async with (
        BotApi(clock) as telegram,
        TwilioApi(
            clock,
            senders=[SMS_NAME, WHATSAPP_NUMBER],
            templates=templates,
            inbound_url=f"{ORIGIN}/webhooks/twilio",
        ) as twilio,
        ContentApi(clock, templates, ACCOUNT_SID, AUTH_TOKEN) as content,
    ):
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # a setting of pydantic's, not ours
            data_folder=tmp_path,
            public_url=ORIGIN,
            telegram_token=SecretStr(TOKEN),
            telegram_api_url=telegram.url,
            telegram_mode="webhook",
            telegram_webhook_secret=SecretStr(WEBHOOK_SECRET),
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=SecretStr(AUTH_TOKEN),
            twilio_api_url=twilio.url,
            twilio_content_url=content.url,
            sms_sender=SMS_NAME,
            whatsapp_sender=WHATSAPP_NUMBER.removeprefix("whatsapp:"),
            whatsapp_templates=approved,
        )
        house = build(settings, clock=clock, limits={})
        async with _served(house) as port, _browser() as web:
            for peer in (telegram, twilio):
                peer.wire(ORIGIN, f"http://127.0.0.1:{port}")
            web.base_url = httpx.URL(f"http://127.0.0.1:{port}")
            place = Town(house, clock, telegram, twilio, content, web)
            await _webhook_set(telegram)
            with house.database.write() as db:
                import_families(db, read_roster(roster_file(tmp_path)).rows, clock())
            await place.bind_telegram()
            yield place
        house.database.close()


@asynccontextmanager
async def _served(house: Carnet) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1; time-driven jobs are the story's own."""
    config = uvicorn.Config(
        web_app(house, jobs=False), port=0, log_level="error", access_log=False, lifespan="on"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def _browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as web:
        yield web


async def _webhook_set(telegram: BotApi) -> None:
    """The house registers its webhook when it starts."""
    for _ in range(6000):
        if telegram.webhook_url:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no webhook was set")
