"""The composition root: settings in, a running Carnet out. The only home of the clock.

settings -> database, channels -> reach -> dispatcher, inbox -> jobs, web application
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from bot.channels.limiter import LIMITS, Limits
from bot.deployment import Deployment
from bot.dispatcher import Dispatcher
from bot.errors import SendError, SendRefused, SettingsError
from bot.inbox import Inbox
from bot.messages import (
    Address,
    Channel,
    ChannelName,
    Fetched,
    GivesMedia,
    InboundMessage,
    Incoming,
)
from bot.pacing import Pacing
from bot.reach import Reach
from bot.settings import Settings
from bot.storage import claims
from bot.storage.alone import hold_alone
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.tariffs import read_tariffs
from bot.templates import read_templates
from bot.traces import log_fault
from bot.translators import Readings, Translator
from bot.understanding import alarm
from bot.understanding.lexicon import lexicon
from scheduler.jobs import Works

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.routing import BaseRoute

    from bot.channels.telegram_bots import TelegramBots
    from bot.channels.telegram_later import TelegramLater
    from bot.staff.pocket import Pocket

log = structlog.get_logger()

Clock = Callable[[], datetime]

SETUP_AGAIN_SECONDS = 30


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)  # noqa: TID251 - the clock's one home


@dataclass(slots=True)
class Carnet:
    """Everything of one process, wired."""

    settings: Settings
    database: Database
    channels: Mapping[ChannelName, Channel]
    reach: Reach
    clock: Clock
    dispatcher: Dispatcher
    inbox: Inbox
    limits: Mapping[ChannelName, Limits]
    telegram: TelegramBots | None = None
    _due: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def works(self) -> Works:
        """What jobs are handed."""
        minutes = self.settings.fallback_minutes
        patience = timedelta(minutes=minutes) if minutes else None
        return Works(
            self.database,
            self.reach,
            self.clock,
            self.dispatcher,
            patience,
            self.channels,
            Pacing(self.limits, self.clock),
        )

    def wake(self) -> None:
        """Let the dispatcher look now; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._due.set)

    async def receive(self, message: InboundMessage) -> None:
        """Take one inbound message; return once it is committed."""
        await self.inbox.put([message])

    async def deliver(self, incoming: tuple[Incoming, ...]) -> None:
        """Take what long polling brought; answer its taps."""
        await self.inbox.put(incoming)
        self.wake()
        for one in incoming:
            if self.telegram is not None and isinstance(one, InboundMessage) and one.tap_id:
                with contextlib.suppress(SendError):
                    await self.telegram.acknowledge(one)

    async def fetch_media(self, sender: Address, ref: str) -> Fetched:
        """Ask the provider for what a parent sent beside words.

        Raises SendError whose reason, in French, says why it cannot be shown.
        """
        channel: object = self.channels.get(sender.channel)
        if not isinstance(channel, GivesMedia):
            raise SendRefused("Ce canal est éteint : rien ne peut y être ouvert.")
        return await channel.fetch(sender, ref)

    @contextlib.asynccontextmanager
    async def running(self, *, jobs: bool = True) -> AsyncIterator[None]:
        """Run the writer, the dispatcher, the jobs and the polling until the block ends."""
        from scheduler.embedded import start_jobs

        self._loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        await asyncio.to_thread(lexicon, None)  # reads every language's words, once
        tasks = [asyncio.create_task(self.inbox.run()), asyncio.create_task(self._dispatch())]
        tasks.append(asyncio.create_task(asyncio.to_thread(alarm.warm)))  # nobody waits for it
        if self.telegram is not None:
            tasks += [
                asyncio.create_task(self._telegram(key, one, stop))
                for key, one in self.telegram.bots.items()
            ]
        if self.settings.pocket_token is not None:
            token = self.settings.pocket_token.get_secret_value()
            tasks.append(asyncio.create_task(self._pocket(token, stop)))
        alone = hold_alone(self.database.url)
        if alone is not None:  # what was claimed by a process that died is free again
            await self.database.writing(claims.release_all)
        scheduler = start_jobs(self.works) if jobs else None
        try:
            yield
        finally:
            stop.set()
            if scheduler is not None:
                scheduler.shutdown(wait=False)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for channel in self.channels.values():
                await channel.close()
            if alone is not None:
                alone.close()
            self._loop = None

    async def _dispatch(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self.dispatcher.drain()
            except Exception as error:  # noqa: BLE001 - logged, without what it holds
                log_fault("dispatch_failed", error)

    async def _telegram(self, key: str, telegram: TelegramLater, stop: asyncio.Event) -> None:
        """Long polling of one bot, or its webhook registered with its secret."""
        if self.settings.telegram_mode == "polling":
            await self._without_webhook(telegram, stop)
            await telegram.poll(self.deliver, stop=stop)
            return
        url = webhook_url(self.settings, key)
        while not stop.is_set():
            try:
                await telegram.set_webhook(url)
            except SendError as error:
                log.warning("telegram_webhook_not_set", bot=key, reason=error.reason)
                await asyncio.sleep(SETUP_AGAIN_SECONDS)
            else:
                return

    async def _pocket(self, token: str, stop: asyncio.Event) -> None:
        """The coordinators' robot; its library is imported off the event loop."""
        pocket = await asyncio.to_thread(self._open_pocket, token)
        await pocket.run(stop)

    def _open_pocket(self, token: str) -> Pocket:
        from bot.staff.pocket import Pocket

        url = self.settings.telegram_api_url
        readings = open_readings(self.settings)
        return Pocket(self.database, self.reach, self.clock, self.wake, token, url, readings)

    async def _without_webhook(self, telegram: TelegramLater, stop: asyncio.Event) -> None:
        """Polling brings nothing while a webhook stands."""
        while not stop.is_set():
            try:
                await telegram.delete_webhook()
            except SendError as error:
                log.warning("telegram_webhook_not_deleted", reason=error.reason)
                await asyncio.sleep(SETUP_AGAIN_SECONDS)
            else:
                return


def build(
    settings: Settings,
    *,
    clock: Clock = wall_clock,
    database: Database | None = None,
    channels: Mapping[ChannelName, Channel] | None = None,
    limits: Mapping[ChannelName, Limits] = LIMITS,
) -> Carnet:
    """Wire one process. Channels are those whose credentials are set, unless they are given."""
    database = database or Database(settings.database)
    migrate(database)
    deployment = deployment_of(settings)
    found = dict(channels) if channels is not None else open_channels(settings, clock)
    reach = Reach(deployment, {name: one.shape for name, one in found.items()})
    from bot.channels.telegram_bots import TelegramBots

    telegram = found.get(ChannelName.TELEGRAM)
    return Carnet(
        settings=settings,
        database=database,
        channels=found,
        reach=reach,
        clock=clock,
        dispatcher=Dispatcher(database, reach, found, clock, limits),
        inbox=Inbox(database, reach, clock),
        limits=limits,
        telegram=telegram if isinstance(telegram, TelegramBots) else None,  # or simulated phones
    )


def deployment_of(settings: Settings) -> Deployment:
    """What the settings decide for every message."""
    return Deployment(
        association=settings.association,
        public_url=settings.public_url,
        key=settings.key(),
        sms_can_receive=settings.sms_can_receive,
        telegram_bot=settings.telegram_bot_name.removeprefix("@"),
        telegram_bots={key: one.name for key, one in settings.telegram_bots.items()},
        pocket_bot=settings.pocket_bot_name if settings.pocket_token is not None else "",
        templates=read_templates(settings.whatsapp_templates),
    )


def open_channels(settings: Settings, clock: Clock = wall_clock) -> dict[ChannelName, Channel]:
    """Open every channel whose credentials are set; heavy libraries are imported only for those."""
    channels: dict[ChannelName, Channel] = {}
    bots = settings.family_bots
    if bots:
        from bot.channels.telegram_bots import TelegramBots

        for one in bots:
            if settings.telegram_mode == "webhook" and one.webhook_secret is None:
                raise SettingsError(
                    f"{one.setting} : à remplir pour le mode webhook "
                    "(lettres, chiffres, _ et - ; par exemple 40 signes au hasard)."
                )
        channels[ChannelName.TELEGRAM] = TelegramBots(bots, api_url=settings.telegram_api_url)
    if settings.twilio_account_sid and settings.twilio_auth_token is not None:
        from bot.channels.twilio import Twilio

        senders = {
            ChannelName.SMS: settings.sms_sender,
            ChannelName.WHATSAPP: settings.whatsapp_sender,
        }
        for name, sender in senders.items():
            if sender:
                channels[name] = Twilio(
                    name,
                    account_sid=settings.twilio_account_sid,
                    auth_token=settings.twilio_auth_token.get_secret_value(),
                    sender=sender,
                    api_url=settings.twilio_api_url,
                    content_url=settings.twilio_content_url,
                    clock=clock,
                    status_url=_status_url(settings),
                )
    return channels


def open_translator(settings: Settings) -> Translator | None:
    """The machine that proposes translations, where there is one."""
    if not settings.translate_url:
        return None
    from bot.libretranslate import LibreTranslate

    key = settings.translate_key
    return LibreTranslate(settings.translate_url, key.get_secret_value() if key else "")


def open_readings(settings: Settings) -> Readings | None:
    """What puts parents' words into French for the team, where there is a machine for it."""
    translator = open_translator(settings) if settings.translate_answers else None
    return Readings(translator) if translator is not None else None


def webhook_name(key: str) -> str:
    """A bot's part of the address of its webhook."""
    return f"telegram/{key}" if key else "telegram"


def webhook_url(settings: Settings, key: str) -> str:
    """Where Telegram brings what is written to the bot of this key."""
    return f"{settings.public_url.rstrip('/')}/webhooks/{webhook_name(key)}"


def _status_url(settings: Settings) -> str | None:
    """Where Twilio tells how messages fare; the real one refuses an address that is not public."""
    at_home = urlsplit(settings.public_url).hostname in ("127.0.0.1", "localhost")
    real = urlsplit(settings.twilio_api_url).hostname == "api.twilio.com"
    return None if at_home and real else f"{settings.public_url.rstrip('/')}/webhooks/twilio"


def web_app(carnet: Carnet, *, jobs: bool = True, extra: Sequence[BaseRoute] = ()) -> FastAPI:
    """The web application around a wired process; it runs the process for as long as it lives."""
    from bot.channels.telegram_later import webhook_reply
    from bot.web.app import build_app
    from bot.web.context import Context
    from bot.web.webhooks import Endpoint

    endpoints: dict[str, Endpoint] = {}
    if carnet.telegram is not None:
        for key, one in carnet.telegram.bots.items():
            endpoints[webhook_name(key)] = Endpoint(one.read, webhook_reply)
    for name in (ChannelName.SMS, ChannelName.WHATSAPP):
        if name in carnet.channels:
            endpoints["twilio"] = Endpoint(carnet.channels[name].read)
    context = Context(
        database=carnet.database,
        clock=carnet.clock,
        reach=carnet.reach,
        receive=carnet.receive,
        wake=carnet.wake,
        fetch_media=carnet.fetch_media,
        tariffs=read_tariffs(carnet.settings.tariffs),
        translator=open_translator(carnet.settings),
        readings=open_readings(carnet.settings),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with carnet.running(jobs=jobs):
            yield

    return build_app(context, carnet.inbox, endpoints, lifespan=lifespan, extra=extra)
