"""Telegram, for the families' bot: plain text, inline buttons, webhook or long polling.

aiogram is slow to import: import this module only where a token is set.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
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
    EditMessageCaption,
    EditMessageText,
    GetFile,
    GetMe,
    GetWebhookInfo,
    SendMessage,
    SetWebhook,
    TelegramMethod,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)
from aiogram.utils.token import TokenValidationError
from aiohttp import ClientError, ClientResponseError

from bot.channels.fetching import (
    FETCH_SECONDS,
    GONE,
    MAX_MEDIA_BYTES,
    NO_ANSWER,
    TOO_BIG,
    read_whole,
)
from bot.channels.shapes import SHAPES
from bot.channels.telegram_chats import chat_of, chat_value
from bot.channels.telegram_errors import (
    NOTHING_TO_EDIT,
    PLAIN_WORDS,
    SAME_CONTENT,
    TOO_LATE,
    advice_on,
    error_of,
)
from bot.channels.telegram_later import Registered
from bot.channels.telegram_media import (
    FORGOTTEN,
    LONGEST_CAPTION,
    NO_TEXT,
    NOT_TAKEN,
    call_with,
    file_id_of,
)
from bot.channels.telegram_polling import poll
from bot.channels.telegram_updates import WANTED, Reader, message_id_of, read_update
from bot.errors import SendDelayed, SendError, SendRefused, SettingsError, WebhookRejected
from bot.messages import (
    Address,
    Button,
    ChannelName,
    Fetched,
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
        key: str = "",
        others: tuple[str, ...] = (),
    ) -> None:
        """Wait `patience` seconds for an answer; without a secret, reject every webhook call.

        `key` is the bot's own among ours, `others` those of the bots beside it.

        Raises SettingsError when `token` cannot be one.
        """
        session = AiohttpSession(api=TelegramAPIServer.from_base(api_url))
        try:
            self._bot = Bot(token, session=session)
        except TokenValidationError as error:
            raise SettingsError(PLAIN_WORDS["401"]) from error
        self._secret = webhook_secret
        self._patience = patience
        self._key = key
        self._reader = Reader(self._bot.id, key, others)
        self._files: dict[int, str] = {}  # what Telegram has taken of us, by our own number

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
        sent = await self._show(message, keyboard)
        if sent is None:
            text = SendMessage(
                chat_id=chat_of(message.to.value)[0],
                text=message.text,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard,
            )
            sent = await self._call(text)
        return message_id_of(chat_value(sent.chat.id, self._key), sent.message_id)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Say that it is not known: a bot cannot ask what it has sent."""
        return None

    async def fetch(self, sender: Address, ref: str) -> Fetched:
        """Fetch a file that a parent sent, by its id; the bot's token is part of its address.

        Raises SendError whose reason, in French, says why it cannot be shown.
        """
        try:
            file = await self._call(GetFile(file_id=ref))
        except SendRefused as error:
            raise SendRefused(TOO_BIG if "too big" in error.reason else GONE) from None
        except SendError as error:
            raise SendDelayed(NO_ANSWER, code=error.code) from None
        if (file.file_size or 0) > MAX_MEDIA_BYTES:
            raise SendRefused(TOO_BIG)
        path = file.file_path or ""
        session = self._bot.session
        url = session.api.file_url(self._bot.token, path)
        try:
            body = await read_whole(session.stream_content(url, timeout=FETCH_SECONDS))
        except ClientResponseError as error:
            gone = error.status in (400, 404)
            raise SendRefused(GONE) if gone else SendDelayed(NO_ANSWER) from None
        except (ClientError, OSError):  # its text holds the token
            raise SendDelayed(NO_ANSWER) from None
        kind, _ = mimetypes.guess_type(path)
        return Fetched(kind or "application/octet-stream", body)

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
            which = "TELEGRAM_BOTS, webhook_secret" if self._key else "TELEGRAM_WEBHOOK_SECRET"
            raise SettingsError(f"CARNET_{which} : à remplir pour le mode webhook.")
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
            raise type(error)(advice_on(error, self._key), code=error.code) from error
        return f"@{me.username}"

    async def close(self) -> None:
        """Let go of connections."""
        await self._bot.session.close()

    async def _show(
        self, message: OutboundMessage, keyboard: InlineKeyboardMarkup | None
    ) -> Message | None:
        """Send a voice note or a picture with the text beneath; None where it is not taken."""
        media = message.media
        if media is None or len(message.text) > LONGEST_CAPTION:
            return None
        chat_id, known = chat_of(message.to.value)[0], self._files.get(media.id)
        try:
            sent = await self._call(call_with(media, chat_id, message.text, keyboard, known))
        except SendRefused as error:
            if known is not None and any(words in error.reason for words in FORGOTTEN):
                del self._files[media.id]
                return await self._show(message, keyboard)
            if any(words in error.reason for words in NOT_TAKEN):
                return None
            raise
        if (file_id := file_id_of(sent)) is not None:
            self._files[media.id] = file_id
        return sent

    async def _edit(self, message: OutboundMessage, keyboard: InlineKeyboardMarkup | None) -> bool:
        """Replace a message in its place; False if it is gone."""
        chat, _, message_id = str(message.replaces).partition(":")
        if chat != message.to.value or not message_id.isdigit():
            return False  # it was shown elsewhere
        where: dict[str, Any] = {"chat_id": chat_of(chat)[0], "message_id": int(message_id)}
        where["reply_markup"] = keyboard
        text = EditMessageText(text=message.text, link_preview_options=NO_PREVIEW, **where)
        done = await self._edited(text)
        if done is not None or len(message.text) > LONGEST_CAPTION:
            return bool(done)
        return bool(await self._edited(EditMessageCaption(caption=message.text, **where)))

    async def _edited(self, edit: EditMessageText | EditMessageCaption) -> bool | None:
        """Whether it reads so now; None where it is a voice note or a picture and not a text."""
        try:
            await self._call(edit)
        except SendRefused as error:
            if NO_TEXT in error.reason:
                return None
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
        return read_update(update, self._reader)


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
