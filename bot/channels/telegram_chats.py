"""How a parent's chat with one of our bots is written down.

The first bot's chats are "12345", those of the bot keyed nice "12345@nice". Everybody else takes
the value as it is.
"""

from __future__ import annotations

AT = "@"


def chat_value(chat_id: int | str, bot: str) -> str:
    """Write down a chat with the bot of this key; "" is the first."""
    return f"{chat_id}{AT}{bot}" if bot else str(chat_id)


def chat_of(value: str) -> tuple[str, str]:
    """Give the chat's id at Telegram, and the key of the bot."""
    chat_id, _, bot = value.partition(AT)
    return chat_id, bot
