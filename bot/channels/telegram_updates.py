"""What an update of the Bot API says, in our words. Private chats only."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Contact, Message, Update
from pydantic import ValidationError

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


def read_update(update: dict[str, Any], bot_id: int) -> tuple[Incoming, ...]:
    """Translate one update as it came; one that the library cannot read gives nothing.

    To refuse it would have Telegram bring it again for a day, and hold up its chat.
    """
    try:
        return translate(Update.model_validate(update), bot_id)
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]) for one in error.errors(include_input=False)})
        log.warning("update %s cannot be read: %s", update.get("update_id"), fields)
        return ()


def translate(update: Update, bot_id: int) -> tuple[Incoming, ...]:
    """Give what happened, or nothing if it does not concern us.

    An edited message gives nothing: what it said first has already been answered.
    """
    provider_id = f"{bot_id}:{update.update_id}"
    if update.message is not None:
        return _message(update.message, provider_id)
    if update.callback_query is not None:
        return _tap(update.callback_query, provider_id)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, provider_id)
    return ()


def message_id_of(chat_id: int, message_id: int) -> ProviderId:
    """Give one message an id that is unique over all chats."""
    return ProviderId(f"{chat_id}:{message_id}")


def _message(message: Message, provider_id: str) -> tuple[InboundMessage, ...]:
    is_text = message.content_type == ContentType.TEXT
    media = None if is_text else MEDIA.get(message.content_type)
    if not _is_private(message.chat) or not (is_text or media):
        return ()
    text = message.text or message.caption or ""
    start = START.fullmatch(text)
    quoted = message.reply_to_message
    inbound = InboundMessage(
        sender=_address(message.chat.id),
        provider_id=provider_id,
        text="/start" if start else text,  # a one-time code is kept nowhere in plain text
        code=start[1] if start else None,
        quoted=message_id_of(quoted.chat.id, quoted.message_id) if quoted else None,
        media=media,
        name=message.from_user.full_name if message.from_user else None,
        phone=_own_phone(message.contact, message.chat.id) if message.contact else None,
    )
    return (inbound,)


def _tap(query: CallbackQuery, provider_id: str) -> tuple[InboundMessage, ...]:
    tapped = query.message  # perhaps too old to be read; its id is there all the same
    if tapped is not None and not _is_private(tapped.chat):
        return ()
    inbound = InboundMessage(
        sender=_address(query.from_user.id),
        provider_id=provider_id,
        payload=query.data,
        quoted=message_id_of(tapped.chat.id, tapped.message_id) if tapped else None,
        tap_id=query.id,
        name=query.from_user.full_name,
    )
    return (inbound,)


def _membership(change: ChatMemberUpdated, provider_id: str) -> tuple[Departure, ...]:
    blocked = change.new_chat_member.status == ChatMemberStatus.KICKED
    if not blocked or not _is_private(change.chat):
        return ()
    return (Departure(_address(change.chat.id), provider_id),)


def _is_private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE


def _address(chat_id: int) -> Address:
    """Give a parent's address: in a private chat, chat and user have the same id."""
    return Address(ChannelName.TELEGRAM, str(chat_id))


def _own_phone(contact: Contact, user_id: int) -> str | None:
    """Give the number on a card, unless it is somebody else's: any card can be passed on."""
    if contact.user_id != user_id:
        return None
    return "+" + re.sub(r"\D", "", contact.phone_number)
