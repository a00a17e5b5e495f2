"""Telegram, opened in the background: its library takes seconds to import, pages do not wait.

Until it is there, webhook calls are told to come back and what is to be sent waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.channels.shapes import SHAPES
from bot.errors import InboxFull
from bot.messages import (
    Address,
    ChannelName,
    Fetched,
    InboundMessage,
    Incoming,
    OutboundMessage,
    ProviderId,
    WebhookCall,
)

if TYPE_CHECKING:
    from bot.channels.telegram import Telegram


@dataclass(frozen=True, slots=True)
class Registered:
    """Where Telegram brings updates, and how that goes. `url` "": they wait for polling."""

    url: str
    last_error: str = ""
    waiting: int = 0


class TelegramLater:
    """The same channel as `Telegram`; `load` brings it in, everything else waits for that."""

    shape = SHAPES[ChannelName.TELEGRAM]

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        webhook_secret: str | None,
        key: str = "",
        others: tuple[str, ...] = (),
    ) -> None:
        """`key` is the bot's own among ours, `others` those of the bots beside it."""
        self._token = token
        self._api_url = api_url
        self._secret = webhook_secret
        self._key = key
        self._others = others
        self._telegram: Telegram | None = None
        self._loading = asyncio.Lock()

    async def load(self) -> Telegram:
        """Import and open it, off the event loop; once."""
        async with self._loading:
            if self._telegram is None:
                await asyncio.to_thread(_import)
                self._telegram = self._open()
        return self._telegram

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Read one call; raises InboxFull while there is nobody to read it."""
        if self._telegram is None:
            raise InboxFull("Telegram's library is still being loaded")
        return self._telegram.read(call)

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Send once, when it is there."""
        return await (await self.load()).send(message)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Telegram cannot be asked."""
        return await (await self.load()).find(message)

    async def fetch(self, sender: Address, ref: str) -> Fetched:
        """Fetch a file that a parent sent."""
        return await (await self.load()).fetch(sender, ref)

    async def check(self) -> str:
        """Give the bot's @name."""
        return await (await self.load()).check()

    async def acknowledge(self, tap_id: str) -> None:
        """Stop a tapped button's progress bar."""
        await (await self.load()).acknowledge(tap_id)

    async def poll(
        self,
        deliver: Callable[[tuple[Incoming, ...]], Awaitable[None]],
        *,
        stop: asyncio.Event,
    ) -> None:
        """Fetch updates until `stop`."""
        await (await self.load()).poll(deliver, stop=stop)

    async def set_webhook(self, url: str) -> None:
        """Have updates brought to `url`."""
        await (await self.load()).set_webhook(url)

    async def delete_webhook(self) -> None:
        """Have updates wait for `poll`."""
        await (await self.load()).delete_webhook()

    async def registered(self) -> Registered:
        """Ask where Telegram brings updates."""
        return await (await self.load()).registered()

    async def close(self) -> None:
        """Let go of connections, if there are any."""
        if self._telegram is not None:
            await self._telegram.close()

    def _open(self) -> Telegram:
        from bot.channels.telegram import Telegram

        return Telegram(
            self._token,
            api_url=self._api_url,
            webhook_secret=self._secret,
            key=self._key,
            others=self._others,
        )


def webhook_reply(incoming: tuple[Incoming, ...]) -> dict[str, str] | None:
    """Give the body with which our 2xx answer stops the tapped button's progress bar."""
    for one in incoming:
        if isinstance(one, InboundMessage) and one.tap_id:
            return {"method": "answerCallbackQuery", "callback_query_id": one.tap_id}
    return None


def _import() -> None:
    import bot.channels.telegram  # noqa: F401 - the import is the point
