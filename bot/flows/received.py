"""What we say to what is not words: a person looks at it, nothing of it is understood."""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages import Say, say

RECEIVED: Mapping[str, Say] = {  # by the kind that a channel gives it, see InboundMessage.media
    "photo": say("We received your photo. Someone will look at it."),
    "voice": say("We received your voice message. Someone will listen to it."),
    "video": say("We received your video. Someone will look at it."),
    "document": say("We received your file. Someone will look at it."),
    "location": say("We received the place that you sent. Someone will look at it."),
    "contact": say("We received the phone number that you sent. Someone will look at it."),
}
SIGNS = frozenset({"sticker"})  # says no more than an emoji does: no person is called for it


def received(kind: str) -> Say:
    """Tell that it is here, in words that fit."""
    return RECEIVED.get(kind) or say("We received what you sent. Someone will look at it.")
