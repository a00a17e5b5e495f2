"""What an update of the Bot API says, in our words. Private chats only.

A person has the same id with each of our bots, and may write to another than the one that knows
them: what arrives says where else to look.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Contact,
    MaybeInaccessibleMessageUnion,
    Message,
    Update,
    User,
)
from pydantic import ValidationError

from bot.channels.telegram_chats import chat_value
from bot.languages import languages_of_phone
from bot.messages import Address, ChannelName, Departure, InboundMessage, Incoming, ProviderId

log = logging.getLogger(__name__)

WANTED = ("message", "callback_query", "my_chat_member")  # the updates that we ask Telegram for
START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
MEDIA: Mapping[
    str, str
] = {  # what a parent sends beside text; every other kind is news about the chat itself
    "animation": "video",
    "audio": "voice",
    "checklist": "unknown",
    "contact": "contact",
    "dice": "sticker",
    "document": "document",
    "game": "unknown",
    "live_photo": "photo",
    "location": "location",
    "paid_media": "photo",
    "photo": "photo",
    "poll": "unknown",
    "rich_message": "unknown",
    "sticker": "sticker",
    "story": "video",
    "unknown": "unknown",  # newer than the library: still worth an answer
    "venue": "location",
    "video": "video",
    "video_note": "video",
    "voice": "voice",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Which of our bots an update is for. `id`: at Telegram; `others`: the keys beside its own."""

    id: int
    key: str = ""
    others: tuple[str, ...] = ()

    def address(self, chat_id: int) -> Address:
        """Give a parent's address: in a private chat, chat and user have the same id."""
        return Address(ChannelName.TELEGRAM, chat_value(chat_id, self.key))

    def elsewhere(self, chat_id: int) -> tuple[Address, ...]:
        """Where our other bots would know the same person."""
        values = (chat_value(chat_id, key) for key in self.others)
        return tuple(Address(ChannelName.TELEGRAM, value) for value in values)


def read_update(update: dict[str, Any], bot: Reader) -> tuple[Incoming, ...]:
    """Translate one update as it came; one that the library cannot read gives nothing.

    To refuse it would have Telegram bring it again for a day, and hold up its chat.
    """
    try:
        return translate(Update.model_validate(update), bot)
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]) for one in error.errors(include_input=False)})
        log.warning("update %s cannot be read: %s", update.get("update_id"), fields)
        return ()


def translate(update: Update, bot: Reader) -> tuple[Incoming, ...]:
    """Give what happened, or nothing if it does not concern us.

    An edited message gives nothing: what it said first has already been answered.
    """
    provider_id = f"{bot.id}:{update.update_id}"
    if update.message is not None:
        return _message(update.message, bot, provider_id)
    if update.callback_query is not None:
        return _tap(update.callback_query, bot, provider_id)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, bot, provider_id)
    return ()


def message_id_of(chat: str, message_id: int) -> ProviderId:
    """Give one message an id that is unique over all chats with all bots."""
    return ProviderId(f"{chat}:{message_id}")


def _message(message: Message, bot: Reader, provider_id: str) -> tuple[InboundMessage, ...]:
    is_text = message.content_type == ContentType.TEXT
    media = None if is_text else MEDIA.get(message.content_type)
    if not _is_private(message.chat) or not (is_text or media):
        return ()
    text = message.text or message.caption or _sign(message)
    start = START.fullmatch(text)
    inbound = InboundMessage(
        sender=bot.address(message.chat.id),
        provider_id=provider_id,
        text="/start" if start else text,  # a one-time code is kept nowhere in plain text
        code=start[1] if start else None,
        quoted=_named(message.reply_to_message, bot),
        media=media,
        name=message.from_user.full_name if message.from_user else None,
        phone=_own_phone(message.contact, message.chat.id) if message.contact else None,
        media_ref=_file_id(message),
        point=_point(message),
        elsewhere=bot.elsewhere(message.chat.id),
        language=_language(message.from_user),
    )
    return (inbound,)


def _tap(query: CallbackQuery, bot: Reader, provider_id: str) -> tuple[InboundMessage, ...]:
    tapped = query.message  # perhaps too old to be read; its id is there all the same
    if tapped is not None and not _is_private(tapped.chat):
        return ()
    inbound = InboundMessage(
        sender=bot.address(query.from_user.id),
        provider_id=provider_id,
        payload=query.data,
        quoted=_named(tapped, bot),
        tap_id=query.id,
        name=query.from_user.full_name,
        elsewhere=bot.elsewhere(query.from_user.id),
        language=_language(query.from_user),
    )
    return (inbound,)


def _membership(change: ChatMemberUpdated, bot: Reader, provider_id: str) -> tuple[Departure, ...]:
    blocked = change.new_chat_member.status == ChatMemberStatus.KICKED
    if not blocked or not _is_private(change.chat):
        return ()
    return (Departure(bot.address(change.chat.id), provider_id),)


def _named(message: MaybeInaccessibleMessageUnion | None, bot: Reader) -> ProviderId | None:
    """The id of a message that is tapped or quoted."""
    if message is None:
        return None
    return message_id_of(chat_value(message.chat.id, bot.key), message.message_id)


def _sign(message: Message) -> str:
    """What a sticker says: the emoji that it stands for."""
    sign = message.sticker or message.dice
    return (sign.emoji if sign is not None else "") or ""


def _file_id(message: Message) -> str | None:
    """What the Bot API gives the file out for; of a photo the largest size."""
    if message.photo:
        return message.photo[-1].file_id
    file = (
        message.voice
        or message.audio
        or message.video
        or message.video_note
        or message.animation
        or message.document
        or message.sticker
    )
    return file.file_id if file is not None else None


def _language(user: User | None) -> str | None:
    """The language of ours in which their Telegram speaks to them."""
    told = user.language_code if user is not None else None
    return next(iter(languages_of_phone(told or "")), None)


def _point(message: Message) -> tuple[float, float] | None:
    place = message.location or (message.venue.location if message.venue else None)
    return (place.latitude, place.longitude) if place is not None else None


def _is_private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE


def _own_phone(contact: Contact, user_id: int) -> str | None:
    """Give the number on a card, unless it is somebody else's: any card can be passed on."""
    if contact.user_id != user_id:
        return None
    return "+" + re.sub(r"\D", "", contact.phone_number)
