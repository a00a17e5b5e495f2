"""What a deployment decides for every message: names, keys and senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deployment:
    """Handed to services; made once from the settings.

    `telegram_bot` is the name of the families' first bot; `telegram_bots` are those of the others
    by key. `templates`: approved WhatsApp templates, ContentSid by step and language.
    """

    association: str
    public_url: str
    key: bytes
    sms_can_receive: bool = False
    telegram_bot: str = ""
    pocket_bot: str = ""
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    telegram_bots: Mapping[str, str] = field(default_factory=dict)

    def bot_named(self, key: str) -> str:
        """The name of the bot that a centre's cards lead to; "" where no bot has a name.

        A key that is not ours any more leads to the first bot: every bot takes every code.
        """
        others = next(iter(self.telegram_bots.values()), "")
        return self.telegram_bots.get(key) or self.telegram_bot or others
