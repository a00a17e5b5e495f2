"""Telegram, for the families' bot: plain text, inline buttons, webhook or long polling.

aiogram is slow to import: import this module only where a token is set.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteWebhook,
    EditMessageText,
    GetMe,
    GetWebhookInfo,
    SendMessage,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from aiogram.utils.token import TokenValidationError

from bot.channels.shapes import SHAPES
from bot.channels.telegram_errors import (
    NOTHING_TO_EDIT,
    PLAIN_WORDS,
    SAME_CONTENT,
    TOO_LATE,
    advice_on,
    error_of,
)
from bot.channels.telegram_later import Registered
from bot.channels.telegram_polling import poll
from bot.channels.telegram_updates import WANTED, message_id_of, read_update
from bot.errors import SendError, SendRefused, SettingsError, WebhookRejected
from bot.messages import (
    Button,
    ChannelName,
    Incoming,
    OutboundMessage,
    ProviderId,
    WebhookCall,
)

T = TypeVar("T")

MAX_CALL_BYTES = 1_000_000
MAX_PAYLOAD_BYTES = 64
CALL_SECONDS = 20
POLL_SECONDS = 30  # Telegram allows 50; proxies often do not
LABEL_BESIDE_ANOTHER = 14  # characters that fit on half the width of a small phone
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, each update left as it came: one that cannot be read must not hide the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]


class Telegram:
    """One bot."""

    shape = SHAPES[ChannelName.TELEGRAM]

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        webhook_secret: str | None,
        patience: int = CALL_SECONDS,
    ) -> None:
        """Wait `patience` seconds for an answer; without a secret, reject every webhook call.

        Raises SettingsError when `token` cannot be one.
        """
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_url))
        try:
            self._bot = Bot(token, session=session)
        except TokenValidationError as error:
            raise SettingsError(PLAIN_WORDS["401"]) from error
        self._secret = webhook_secret
        self._patience = patience

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Check the secret, then translate the update."""
        given = call.headers.get("x-telegram-bot-api-secret-token", "")
        if not self._secret or not secrets.compare_digest(given.encode(), self._secret.encode()):
            raise WebhookRejected("the call does not carry our secret")
        if len(call.body) > MAX_CALL_BYTES:
            raise WebhookRejected("the call is too long")
        try:
            update = json.loads(call.body)
        except (ValueError, RecursionError) as error:
            raise WebhookRejected("the call is not JSON") from error
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            raise WebhookRejected("the call is not an update")
        return self._translated(update)

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Send a message, or put it in the place of the one that it replaces."""
        keyboard = keyboard_of(message.buttons)
        if message.replaces is not None and await self._edit(message, keyboard):
            return message.replaces
        sent = await self._call(
            SendMessage(
                chat_id=message.to.value,
                text=message.text,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard,
            )
        )
        return message_id_of(sent.chat.id, sent.message_id)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Say that it is not known: a bot cannot ask what it has sent."""
        return None

    async def acknowledge(self, tap_id: str, text: str | None = None) -> None:
        """Stop the progress bar of a tap; too late is as good.

        Raises SendError.
        """
        try:
            await self._call(AnswerCallbackQuery(callback_query_id=tap_id, text=text))
        except SendRefused as error:
            if TOO_LATE not in error.reason:
                raise

    async def poll(
        self,
        deliver: Callable[[tuple[Incoming, ...]], Awaitable[None]],
        *,
        stop: asyncio.Event,
    ) -> None:
        """Fetch updates until `stop`; an update is done with once `deliver` has returned.

        Whatever fails, the same updates are fetched again, after a growing pause.
        """
        await poll(self._fetch, self._translated, deliver, stop)

    async def set_webhook(self, url: str) -> None:
        """Have updates brought to `url`.

        Raises SettingsError without a secret, SendError when Telegram does not agree.
        """
        if not self._secret:
            raise SettingsError("CARNET_TELEGRAM_WEBHOOK_SECRET : à remplir pour le mode webhook.")
        wanted = SetWebhook(url=url, secret_token=self._secret, allowed_updates=list(WANTED))
        await self._call(wanted)

    async def delete_webhook(self) -> None:
        """Have updates wait for `poll`; those that wait already are kept.

        Raises SendError.
        """
        await self._call(DeleteWebhook())

    async def registered(self) -> Registered:
        """Ask where Telegram brings updates.

        Raises SendError.
        """
        info = await self._call(GetWebhookInfo())
        return Registered(info.url, info.last_error_message or "", info.pending_update_count)

    async def check(self) -> str:
        """Give the bot's @name.

        Raises SendError whose reason, in French, says what to do.
        """
        try:
            me = await self._call(GetMe())
        except SendError as error:
            raise type(error)(advice_on(error), code=error.code) from error
        return f"@{me.username}"

    async def close(self) -> None:
        """Let go of connections."""
        await self._bot.session.close()

    async def _edit(self, message: OutboundMessage, keyboard: InlineKeyboardMarkup | None) -> bool:
        """Replace a message in its place; False if it is gone."""
        chat_id, _, message_id = str(message.replaces).partition(":")
        if chat_id != message.to.value or not message_id.isdigit():
            return False  # it was shown elsewhere
        edit = EditMessageText(
            chat_id=chat_id,
            message_id=int(message_id),
            text=message.text,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard,
        )
        try:
            await self._call(edit)
        except SendRefused as error:
            if any(words in error.reason for words in NOTHING_TO_EDIT):
                return False
            if SAME_CONTENT not in error.reason:
                raise
        return True

    async def _fetch(self, offset: int | None) -> list[dict[str, Any]]:
        wanted = RawUpdates(offset=offset, timeout=POLL_SECONDS, allowed_updates=list(WANTED))
        return await self._call(wanted, more_seconds=POLL_SECONDS)

    async def _call(self, method: TelegramMethod[T], more_seconds: int = 0) -> T:
        try:
            return await self._bot(method, request_timeout=self._patience + more_seconds)
        except (AiogramError, OSError, UnicodeDecodeError) as error:
            raise error_of(error) from None  # its text may hold a chat's id

    def _translated(self, update: dict[str, Any]) -> tuple[Incoming, ...]:
        return read_update(update, self._bot.id)


def deep_link(bot_name: str, code: str) -> str:
    """Give the address that opens the bot and sends it `code`; its letters are Telegram's rule."""
    if not START_CODE.fullmatch(code):
        raise ValueError("Telegram would not pass this code on")
    return f"https://t.me/{bot_name.removeprefix('@')}?start={code}"


def keyboard_of(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """Lay buttons out, two to a row where both labels are short.

    Raises SendRefused for a payload that Telegram would not take.
    """
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        if not 1 <= len(button.payload.encode()) <= MAX_PAYLOAD_BYTES:
            raise SendRefused("a button's payload is empty or over 64 bytes", code="payload")
        shown = InlineKeyboardButton(text=button.label, callback_data=button.payload)
        if rows and _has_room(rows[-1], button.label):
            rows[-1].append(shown)
        else:
            rows.append([shown])
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _has_room(row: list[InlineKeyboardButton], label: str) -> bool:
    return len(row) == 1 and max(len(row[0].text), len(label)) <= LABEL_BESIDE_ANOTHER
