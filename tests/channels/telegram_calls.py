"""Updates as the Bot API writes them, and what each of them says to us."""

from __future__ import annotations

import json
from typing import Any

from bot.messages import Address, ChannelName, Departure, InboundMessage, Incoming, ProviderId

Json = dict[str, Any]

CHAT = 6399801
HER: Json = {"id": CHAT, "is_bot": False, "first_name": "Awa", "last_name": "Ndiaye"}
BOT: Json = {"id": 4200, "is_bot": True, "first_name": "Carnet", "username": "carnet_bot"}
PRIVATE: Json = {"id": CHAT, "type": "private", "first_name": "Awa"}
GROUP: Json = {"id": -100639, "type": "supergroup", "title": "Parents"}
ASKED: Json = {"message_id": 41, "from": BOT, "chat": PRIVATE, "date": 1788768000, "text": "?"}
PHOTO: Json = {"file_id": "a", "file_unique_id": "b", "width": 90, "height": 60}
VOICE: Json = {"file_id": "a", "file_unique_id": "b", "duration": 4}
STICKER: Json = {
    "file_id": "a",
    "file_unique_id": "b",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
}
NUMBER = "33639980001"

SENDER = Address(ChannelName.TELEGRAM, str(CHAT))


def update(kind: str, content: Json) -> str:
    return json.dumps({"update_id": 700000001, kind: content})


def message(chat: Json = PRIVATE, **content: Any) -> str:
    head = {"message_id": 42, "from": HER, "chat": chat, "date": 1788768060}
    return update("message", head | content)


def tap(**content: Any) -> str:
    head = {"id": "18000000001", "from": HER, "chat_instance": "-1", "data": "7:2:yes"}
    return update("callback_query", head | content)


def membership(status: str, chat: Json = PRIVATE) -> str:
    now = {"user": BOT, "status": status} | ({"until_date": 0} if status == "kicked" else {})
    before = {"user": BOT, "status": "member"}
    head = {"chat": chat, "from": HER, "date": 1788768060}
    return update("my_chat_member", head | {"old_chat_member": before, "new_chat_member": now})


def command(text: str) -> str:
    return message(text=text, entities=[{"type": "bot_command", "offset": 0, "length": 6}])


def card(owner: int | None) -> str:
    owned = {"user_id": owner} if owner else {}
    return message(contact={"phone_number": NUMBER, "first_name": "Awa"} | owned)


def inbound(**values: Any) -> tuple[Incoming, ...]:
    name = "Awa Ndiaye"
    return (InboundMessage(sender=SENDER, provider_id="4200:700000001", name=name, **values),)


TELEGRAM_CALLS: dict[str, tuple[str, tuple[Incoming, ...]]] = {
    "a text": (message(text="oui, à 3 😀"), inbound(text="oui, à 3 😀")),
    "a text in Arabic": (message(text="نعم"), inbound(text="نعم")),
    "a text that quotes ours": (
        message(text="oui", reply_to_message=ASKED),
        inbound(text="oui", quoted=ProviderId(f"{CHAT}:41")),
    ),
    "a start with a code": (command("/start Ab_9-z"), inbound(text="/start", code="Ab_9-z")),
    "a start without a code": (command("/start"), inbound(text="/start")),
    "a start by the bot's full name": (
        command("/start@carnet_bot Ab9"),
        inbound(text="/start", code="Ab9"),
    ),
    "a word that only begins like start": (message(text="/starting"), inbound(text="/starting")),
    "another command": (message(text="/stop"), inbound(text="/stop")),
    "a tap": (
        tap(message=ASKED),
        inbound(payload="7:2:yes", tap_id="18000000001", quoted=ProviderId(f"{CHAT}:41")),
    ),
    "a tap on a message too old to be read": (
        tap(message={"message_id": 41, "chat": PRIVATE, "date": 0}),
        inbound(payload="7:2:yes", tap_id="18000000001", quoted=ProviderId(f"{CHAT}:41")),
    ),
    "a tap in a group": (tap(message=ASKED | {"chat": GROUP}), ()),
    "a photo": (
        message(photo=[PHOTO, PHOTO | {"file_id": "large"}]),
        inbound(media="photo", media_ref="large"),
    ),
    "a photo with words": (
        message(photo=[PHOTO], caption="mon fils"),
        inbound(media="photo", text="mon fils", media_ref="a"),
    ),
    "a voice message": (message(voice=VOICE), inbound(media="voice", media_ref="a")),
    "a sticker": (
        message(sticker=STICKER | {"emoji": "👍"}),
        inbound(media="sticker", text="👍", media_ref="a"),
    ),
    "a sticker that says nothing": (
        message(sticker=STICKER),
        inbound(media="sticker", media_ref="a"),
    ),
    "a die": (message(dice={"emoji": "🎲", "value": 3}), inbound(media="sticker", text="🎲")),
    "a file": (
        message(document={"file_id": "a", "file_unique_id": "b"}),
        inbound(media="document", media_ref="a"),
    ),
    "a place": (
        message(location={"latitude": 48.85, "longitude": 2.35}),
        inbound(media="location", point=(48.85, 2.35)),
    ),
    "a place with a name": (
        message(
            venue={
                "location": {"latitude": 43.7, "longitude": 7.27},
                "title": "Non",
                "address": "Nice",
            },
            location={"latitude": 43.7, "longitude": 7.27},
        ),
        inbound(media="location", point=(43.7, 7.27)),
    ),
    "a kind of content newer than us": (message(hologram={"id": 1}), inbound(media="unknown")),
    "her own card": (card(CHAT), inbound(media="contact", phone=f"+{NUMBER}")),
    "somebody else's card": (card(CHAT + 1), inbound(media="contact")),
    "a card without an owner": (card(None), inbound(media="contact")),
    "an unknown field beside a text": (
        message(text="oui", mood={"level": 3}),
        inbound(text="oui"),
    ),
    "an edited message": (update("edited_message", ASKED | {"edit_date": 1788768070}), ()),
    "a pinned message": (message(pinned_message=ASKED), ()),
    "a message in a group": (message(chat=GROUP, text="oui"), ()),
    "a post in a channel": (
        update("channel_post", ASKED | {"chat": GROUP | {"type": "channel"}}),
        (),
    ),
    "she blocks the bot": (membership("kicked"), (Departure(SENDER, "4200:700000001"),)),
    "she unblocks the bot": (membership("member"), ()),
    "the bot is thrown out of a group": (membership("kicked", GROUP), ()),
    "a kind of update newer than us": (update("telepathy", {"id": 1}), ()),
    "an update that cannot be read": (update("message", {"message_id": "?"}), ()),
}
