"""Each channel beside its provider, so that one suite can hold them all to the same contract."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import ClientTimeout
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.twilio import Twilio
from bot.channels.twilio_http import TwilioHttp
from bot.errors import AddressDead, SendDelayed, SendError, WebhookRejected
from bot.messages import Address, Channel, ChannelName, Incoming, Media, Shape, WebhookCall
from bot.storage.database import Database
from bot.storage.tables import metadata, simulated_messages
from tests.peers.content import ContentApi
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioApi

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
ORIGIN = "https://carnet.example"
SECRET = "a-secret_of-ours"
CHAT = 6399801
PARENT = "+33639980001"
OURS = "+33639980099"
APPROVED = "HX" + "b" * 32
NOBODY_LISTENS = "http://127.0.0.1:9"  # the discard port
READ_SECONDS = 0.5


def clock() -> datetime:
    return NOW


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the parent sees it: its id at the provider, its text, its buttons by label."""

    id: str
    text: str
    buttons: dict[str, str]


class Inbox:
    """Our side of a webhook: reads what the provider brings, and keeps it."""

    def __init__(self) -> None:
        self.channel: Channel
        self.incoming: list[Incoming] = []
        self.files: dict[str, Media] = {}  # by the path of their address
        self.app = Starlette(
            routes=[
                Route("/{path:path}", self._take, methods=["POST"]),
                Route("/m/{token}", self._give, methods=["GET"]),
            ]
        )

    async def _give(self, request: Request) -> Response:
        file = self.files.get(request.url.path)
        return Response(file.content, 200, media_type=file.mime) if file else Response(None, 404)

    async def _take(self, request: Request) -> Response:
        call = WebhookCall(str(request.url), dict(request.headers), await request.body())
        try:
            self.incoming += self.channel.read(call)
        except WebhookRejected:
            return Response(status_code=403)
        return Response()


class Rig(ABC):
    """What the contract needs to know about one channel's provider."""

    channel: Channel
    to: Address
    unsigned: WebhookCall
    inbox: Inbox

    @abstractmethod
    async def shown(self) -> list[Shown]:
        """Give what the parent's phone shows, the oldest first."""

    @abstractmethod
    def fail_once(self) -> None:
        """Have the provider fail at the next message without taking it."""

    @abstractmethod
    def die(self) -> None:
        """Let the parent's address cease to exist."""

    async def tap(self, shown: Shown, label: str) -> None:
        raise NotImplementedError

    def lose_answer(self, *, hang: bool = False) -> None:
        raise NotImplementedError

    def slow_down(self, seconds: int) -> None:
        """Have the provider say that we are too fast."""
        raise NotImplementedError

    async def says(self, text: str) -> None:
        """Let the parent write."""
        raise NotImplementedError

    async def talks(self) -> None:
        """Let the parent write, where that opens a door."""
        return

    async def files(self) -> list[bytes]:
        """Give the voice notes and pictures that the parent's phone got."""
        raise NotImplementedError


class TelegramRig(Rig):
    def __init__(self, peer: BotApi, channel: Telegram, inbox: Inbox) -> None:
        self.peer, self.channel, self.inbox = peer, channel, inbox
        self.to = Address(ChannelName.TELEGRAM, str(CHAT))
        self.unsigned = WebhookCall(f"{ORIGIN}/telegram", {}, b'{"update_id": 1}')

    async def shown(self) -> list[Shown]:
        edits = {one.message_id: one for one in self.peer.edits}
        last = [edits.get(one.message_id, one) for one in self.peer.sent]
        return [
            Shown(
                f"{one.chat_id}:{one.message_id}",
                one.text,
                {button.text: str(button.callback_data) for button in one.buttons},
            )
            for one in last
        ]

    def fail_once(self) -> None:
        self.peer.fail_next("sendMessage", 500)

    def die(self) -> None:
        self.peer.deactivated.add(CHAT)

    async def tap(self, shown: Shown, label: str) -> None:
        message_id = int(shown.id.partition(":")[2])
        assert await self.peer.taps(CHAT, message_id, shown.buttons[label]) == 200

    def lose_answer(self, *, hang: bool = False) -> None:
        lose = self.peer.hang_next if hang else self.peer.reset_next
        lose("sendMessage", taken=True)

    def slow_down(self, seconds: int) -> None:
        self.peer.fail_next("sendMessage", 429, retry_after=seconds)

    async def says(self, text: str) -> None:
        assert await self.peer.says(CHAT, text) == 200

    async def files(self) -> list[bytes]:
        return [one.file.content for one in self.peer.sent if one.file is not None]


class TwilioRig(Rig):
    def __init__(
        self,
        peer: TwilioApi,
        contents: ContentApi,
        channel: Twilio,
        inbox: Inbox,
        name: ChannelName,
    ) -> None:
        self.peer, self.contents, self.channel, self.inbox = peer, contents, channel, inbox
        self.to = Address(name, PARENT)
        body = urlencode({"MessageSid": "SM1", "From": PARENT, "Body": "oui"}).encode()
        self.unsigned = WebhookCall(f"{ORIGIN}/twilio", {}, body)

    @property
    def dialled(self) -> str:
        return f"whatsapp:{PARENT}" if self.to.channel is ChannelName.WHATSAPP else PARENT

    async def shown(self) -> list[Shown]:
        return [
            Shown(
                one.sid, one.body, self.contents.buttons(one.content_sid) if one.content_sid else {}
            )
            for one in self.peer.sent
        ]

    def fail_once(self) -> None:
        self.peer.fail_next("create", 500)

    def die(self) -> None:
        self.peer.landlines.add(self.dialled)

    async def tap(self, shown: Shown, label: str) -> None:
        status = await self.peer.says(
            self.dialled,
            f"whatsapp:{OURS}",
            label,
            button_payload=shown.buttons[label],
            replied_to=shown.id,
        )
        assert status == 200

    def lose_answer(self, *, hang: bool = False) -> None:
        lose = self.peer.hang_next if hang else self.peer.reset_next
        lose("create", taken=True)

    def slow_down(self, seconds: int) -> None:
        self.peer.fail_next("create", 429, retry_after=seconds)

    async def says(self, text: str) -> None:
        ours = f"whatsapp:{OURS}" if self.to.channel is ChannelName.WHATSAPP else OURS
        assert await self.peer.says(self.dialled, ours, text) == 200

    async def talks(self) -> None:
        status = await self.peer.says(self.dialled, f"whatsapp:{OURS}", "Bonjour")
        assert status == 200

    async def files(self) -> list[bytes]:
        await self.peer.settled()
        assert [one.error_code for one in self.peer.downloaded if one.error_code] == []
        return [one.content for one in self.peer.downloaded]


class SimulatorRig(Rig):
    def __init__(self, database: Database) -> None:
        self.database = database
        self.errors: dict[str, SendError] = {}
        self.media: dict[int, Media] = {}  # what a phone may show of ours, by our own number
        self.channel = Simulator(database, Shape(buttons=8, edits=True), clock, self.errors)
        self.to = Address(ChannelName.SIMULATOR, "phone-1")
        self.unsigned = WebhookCall(f"{ORIGIN}/simulator", {}, b"{}")
        self.inbox = Inbox()

    async def shown(self) -> list[Shown]:
        with self.database.read() as db:
            rows = db.execute(select(simulated_messages)).mappings().all()
        return [
            Shown(
                f"sim-{row['outbox_id']}",
                row["text"],
                {one["label"]: one["payload"] for one in row["buttons"]},
            )
            for row in rows
        ]

    async def files(self) -> list[bytes]:
        held = self.media
        with self.database.read() as db:
            ids = db.scalars(select(simulated_messages.c.media_id))
            return [held[one].content for one in ids if one is not None]

    def fail_once(self) -> None:
        self.errors[self.to.value] = SendDelayed("the phone is off")

    def die(self) -> None:
        self.errors[self.to.value] = AddressDead("no such phone")


@asynccontextmanager
async def telegram_rig() -> AsyncIterator[TelegramRig]:
    async with BotApi(clock) as peer:
        channel = Telegram(TOKEN, api_url=peer.url, webhook_secret=SECRET, patience=1)
        inbox = Inbox()
        inbox.channel = channel
        peer.joins(CHAT)
        peer.wire(ORIGIN, inbox.app)
        await channel.set_webhook(f"{ORIGIN}/telegram")
        yield TelegramRig(peer, channel, inbox)
        await channel.close()


@asynccontextmanager
async def twilio_rig(name: ChannelName, sender: str = OURS) -> AsyncIterator[TwilioRig]:
    templates = {APPROVED: "Bonjour, {{1}} vous invite le {{2}}."}
    contents = ContentApi(clock, templates, ACCOUNT_SID, AUTH_TOKEN)
    peer = TwilioApi(
        clock,
        senders=[OURS, f"whatsapp:{OURS}", "CARNET"],
        services={"MG" + "a" * 32: OURS},
        templates=templates,
        inbound_url=f"{ORIGIN}/twilio",
    )
    async with peer, contents:
        channel = twilio_channel(name, peer.url, contents.url, sender)
        inbox = Inbox()
        inbox.channel = channel
        peer.wire(ORIGIN, inbox.app)
        yield TwilioRig(peer, contents, channel, inbox, name)
        await channel.close()


def twilio_channel(name: ChannelName, api_url: str, content_url: str, sender: str = OURS) -> Twilio:
    bases = {"api": api_url, "content": content_url}
    return Twilio(
        name,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        sender=sender,
        api_url=api_url,
        content_url=content_url,
        clock=clock,
        status_url=f"{ORIGIN}/twilio",
        http=TwilioHttp(bases, ClientTimeout(connect=READ_SECONDS, sock_read=READ_SECONDS)),
    )


@asynccontextmanager
async def simulator_rig(folder: Path) -> AsyncIterator[SimulatorRig]:
    database = Database(f"sqlite:///{folder / 'phones.db'}", durable=False)
    metadata.create_all(database.engine)
    yield SimulatorRig(database)
    database.close()
