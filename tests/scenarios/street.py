"""A street of a few families, all by one provider: a real server, and that provider's strict peer.

python -m tests.scenarios.street FOLDER PROVIDER URL MOMENT sends what is due and ends; a test may
kill it on the way.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from aiohttp import ClientTimeout
from pydantic import SecretStr
from sqlalchemy import Row, event, insert, select
from sqlalchemy.exc import OperationalError

from bot.app import Carnet, build, web_app
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.messages import ChannelName
from bot.settings import Settings
from bot.storage.tables import (
    addresses,
    contact_addresses,
    contacts,
    families,
    inbound,
    invitations,
    outbox,
)
from scheduler.jobs import plan_due
from tests.house import Clock, guardian, phone, roster_row
from tests.peers.loopback import Peer
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioApi

ORIGIN = "https://carnet.example"
OURS = "+33639980099"
OUR_WHATSAPP = "whatsapp:+33639980098"
SECRET = "an-invented-secret"
ENROLLED = datetime(2026, 12, 3, 9, tzinfo=UTC)
DUE = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)  # a Saturday morning, a week before the workshop
WORKSHOP = date(2026, 12, 12)
PATIENCE = 0.4  # seconds, for a provider that does not answer


class Provider(ABC):
    """What the table of faults needs to know of one provider, and of its parents."""

    name: str
    channel: ChannelName
    webhook: str
    call: str  # its call that takes a message
    asked: bool  # whether it can say what it took
    peer: Peer

    @abstractmethod
    def told(self) -> list[str]:
        """Whom it has taken a message for, in order."""

    @abstractmethod
    def address(self, number: int) -> str:
        """Where a family is reached."""

    @abstractmethod
    async def says(self, number: int, text: str) -> int | None:
        """A parent writes; give our webhook's answer."""

    @abstractmethod
    async def again(self) -> int | None:
        """The provider brings its last call once more, to the letter."""

    @abstractmethod
    def make_impatient(self, house: Carnet) -> None:
        """Wait for an answer as long as a test may."""


class ByTelegram(Provider):
    """Families who write to our bot."""

    name, channel, webhook, call, asked = (
        "telegram",
        ChannelName.TELEGRAM,
        "/webhooks/telegram",
        "sendMessage",
        False,
    )

    def __init__(self, clock: Clock) -> None:
        self.peer: BotApi = BotApi(clock)

    def told(self) -> list[str]:
        return [str(one.chat_id) for one in self.peer.sent]

    def address(self, number: int) -> str:
        return str(7_000_000 + number)

    async def says(self, number: int, text: str) -> int | None:
        chat = int(self.address(number))
        self.peer.joins(chat)
        return await self.peer.says(chat, text)

    async def again(self) -> int | None:
        return await self.peer.redeliver(int(self.peer.updates[-1]["update_id"]))

    def make_impatient(self, house: Carnet) -> None:
        assert house.telegram is not None
        for bot in house.telegram.bots.values():
            assert bot._telegram is not None
            bot._telegram._patience = 1


class ByTwilio(Provider):
    """Families with a phone, and a number of ours that they can answer."""

    name, channel, webhook, call, asked = (
        "twilio",
        ChannelName.SMS,
        "/webhooks/twilio",
        "create",
        True,
    )

    def __init__(self, clock: Clock) -> None:
        inbound_url = f"{ORIGIN}{self.webhook}#rc=2&rp=all"
        self.peer: TwilioApi = TwilioApi(
            clock, senders=[OURS, OUR_WHATSAPP], inbound_url=inbound_url
        )

    def told(self) -> list[str]:
        return [one.to for one in self.peer.sent]

    def address(self, number: int) -> str:
        return phone(number)

    async def says(self, number: int, text: str) -> int | None:
        return await self.peer.says(phone(number), OURS, text)

    async def again(self) -> int | None:
        return await self.peer.redeliver(self.peer.called[-1].form["MessageSid"])

    def make_impatient(self, house: Carnet) -> None:
        channel: Any = house.channels[self.channel]
        channel._http._timeout = ClientTimeout(connect=PATIENCE, sock_read=PATIENCE)


PROVIDERS = {"telegram": ByTelegram, "twilio": ByTwilio}


class Street:
    """Everything that a row of the table touches."""

    def __init__(self, house: Carnet, clock: Clock, provider: Provider) -> None:
        self.house, self.clock, self.provider = house, clock, provider
        self.event_id = 0

    @property
    def peer(self) -> Any:
        return self.provider.peer

    async def drain(self) -> None:
        """Send what is due; let the provider's calls to us come to an end."""
        await self.house.dispatcher.drain()
        await self.peer.settled()

    async def live(self, hours: float = 8) -> None:
        """Let time pass until everything that can leave has left."""
        end = self.clock() + timedelta(hours=hours)
        while self.clock() < end:
            with suppress(OperationalError):  # the disk is full: the job is called again
                await self.drain()
            self.clock.later(minutes=10)

    def told(self) -> Counter[str]:
        """How many messages each address was sent."""
        return Counter(self.provider.told())

    def rows(self, **values: Any) -> list[Row[Any]]:
        """Outbox rows with these values."""
        query = select(outbox).order_by(outbox.c.id)
        query = query.where(*(outbox.c[name] == value for name, value in values.items()))
        with self.house.database.read() as db:
            return list(db.execute(query))

    def heard(self) -> list[str]:
        """What has arrived, in order."""
        with self.house.database.read() as db:
            return list(db.scalars(select(inbound.c.text).order_by(inbound.c.id)))

    def answer(self, number: int) -> str | None:
        """What a family has answered to the invitation."""
        with self.house.database.read() as db:
            return db.scalar(
                select(invitations.c.rsvp)
                .join(families, families.c.id == invitations.c.family_id)
                .where(families.c.reference == f"F{number:02d}")
            )

    def bind(self, number: int, channel: ChannelName, value: str, rank: int) -> None:
        """Reach a family at one more address."""
        with self.house.database.write() as db:
            _bind(db, number, channel, value, rank)

    @contextmanager
    def disk_full(self) -> Iterator[None]:
        """No page can be added to the database; what it holds can still be read."""
        engine, full = self.house.database.engine, [True]

        @event.listens_for(engine, "connect")
        def limit(connection: Any, _record: Any) -> None:
            most = connection.execute("PRAGMA page_count").fetchone()[0] if full[0] else 1 << 30
            connection.execute(f"PRAGMA max_page_count = {most}")

        engine.dispose()
        try:
            yield
        finally:
            full[0] = False
            engine.dispose()


def settings(folder: Path, provider: str, url: str) -> Settings:
    """One provider, against its peer."""
    chosen: dict[str, Any] = {
        "telegram": {
            "telegram_token": SecretStr(TOKEN),
            "telegram_api_url": url,
            "telegram_mode": "webhook",
            "telegram_webhook_secret": SecretStr(SECRET),
        },
        "twilio": {
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": SecretStr(AUTH_TOKEN),
            "twilio_api_url": url,
            "twilio_content_url": url,
            "sms_sender": OURS,
            "whatsapp_sender": OUR_WHATSAPP.removeprefix("whatsapp:"),
            "sms_can_receive": True,
        },
    }
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # a setting of pydantic's, not ours
        data_folder=folder,
        public_url=ORIGIN,
        **chosen[provider],
    )


@asynccontextmanager
async def street(folder: Path, provider: str, count: int = 4) -> AsyncIterator[Street]:
    """Open the street: the peer, the server, the families; nobody has been written to."""
    clock = Clock(ENROLLED)
    side: Provider = PROVIDERS[provider](clock)
    async with side.peer as peer:
        house = build(settings(folder, provider, peer.url), clock=clock, limits={})
        async with _served(house) as port:
            peer.wire(ORIGIN, f"http://127.0.0.1:{port}")
            if house.telegram is not None:
                await house.telegram.bots[""].load()
                await house.telegram.bots[""].set_webhook(f"{ORIGIN}{side.webhook}")
            side.make_impatient(house)
            place = Street(house, clock, side)
            place.event_id = enrol(house, side, count)
            clock.set(DUE)
            yield place
        house.database.close()


def enrol(house: Carnet, side: Provider, count: int) -> int:
    """Families who know us, each with one address; one workshop, its invitations planned."""
    with house.database.write() as db:
        rows = [roster_row(number, guardians=(guardian(number),)) for number in range(count)]
        import_families(db, rows, ENROLLED)
        db.execute(contacts.update().values(introduced_at=ENROLLED))
        if side.channel is not ChannelName.SMS:
            db.execute(contact_addresses.delete())
            for number in range(count):
                _bind(db, number, side.channel, side.address(number), 1)
                if isinstance(side.peer, BotApi):
                    side.peer.joins(int(side.address(number)))
        new = NewEvent(
            "workshop", 1, WORKSHOP, time(14, 30), "Salle Jean Macé", {"fr": Wording("Atelier")}
        )
        event_id = add_event(db, new, ENROLLED)
        assert plan_due(db, house.reach, DUE).waiting == count
    return event_id


def _bind(db: Any, number: int, channel: ChannelName, value: str, rank: int) -> None:
    contact_id = db.scalar(
        select(contacts.c.id)
        .join(families, families.c.id == contacts.c.family_id)
        .where(families.c.reference == f"F{number:02d}")
    )
    made = db.execute(insert(addresses).values(channel=channel, value=value, created_at=ENROLLED))
    db.execute(
        insert(contact_addresses).values(
            contact_id=contact_id,
            address_id=made.inserted_primary_key[0],
            rank=rank,
            source="bound",
        )
    )


@asynccontextmanager
async def _served(house: Carnet) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1; time-driven jobs are the test's own."""
    config = uvicorn.Config(
        web_app(house, jobs=False), port=0, log_level="critical", access_log=False, lifespan="on"
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


async def send(folder: Path, provider: str, url: str, moment: datetime) -> None:
    """Start as the server does, send, end."""
    house = build(settings(folder, provider, url), clock=lambda: moment, limits={})
    async with house.running(jobs=False):
        await house.dispatcher.drain()


if __name__ == "__main__":
    asyncio.run(
        send(Path(sys.argv[1]), sys.argv[2], sys.argv[3], datetime.fromisoformat(sys.argv[4]))
    )
