"""Every bot that families write to, as one channel: a message goes out through its chat's own bot.

Each bot is polled, registered and asked by itself, so that one that fails holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.channels.shapes import SHAPES
from bot.channels.telegram_chats import chat_of
from bot.channels.telegram_later import TelegramLater
from bot.errors import SendDelayed
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
from bot.settings import FamilyBot


class TelegramBots:
    """The families' bots by key; "" is the first."""

    shape = SHAPES[ChannelName.TELEGRAM]

    def __init__(self, bots: Iterable[FamilyBot], *, api_url: str) -> None:
        """Open each of `bots`, in the background."""
        known = {one.key: one for one in bots}
        self.bots: Mapping[str, TelegramLater] = {
            key: TelegramLater(
                one.token.get_secret_value(),
                api_url=api_url,
                webhook_secret=one.webhook_secret.get_secret_value()
                if one.webhook_secret
                else None,
                key=key,
                others=tuple(other for other in known if other != key),
            )
            for key, one in known.items()
        }

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Read a call to the first bot's webhook; each of the others has its own."""
        return next(iter(self.bots.values())).read(call)

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Send once, through the bot of this chat."""
        return await self._bot_of(message.to).send(message)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Telegram cannot be asked."""
        return await self._bot_of(message.to).find(message)

    async def fetch(self, sender: Address, ref: str) -> Fetched:
        """Fetch a file that a parent sent, from the bot that they sent it to."""
        return await self._bot_of(sender).fetch(sender, ref)

    async def acknowledge(self, tap: InboundMessage) -> None:
        """Stop the progress bar of a tapped button.

        Raises SendError.
        """
        if tap.tap_id is not None:
            await self._bot_of(tap.sender).acknowledge(tap.tap_id)

    async def check(self) -> str:
        """Give the @names of all.

        Raises the SendError of the first that does not answer.
        """
        return ", ".join([await one.check() for one in self.bots.values()])

    async def close(self) -> None:
        """Let go of connections."""
        for one in self.bots.values():
            await one.close()

    def _bot_of(self, chat: Address) -> TelegramLater:
        """The bot of a chat.

        Raises SendDelayed where it is missing among ours: settings may be put right.
        """
        bot = self.bots.get(chat_of(chat.value)[1])
        if bot is None:
            raise SendDelayed("the bot of this chat is not among ours", code="no_bot")
        return bot
