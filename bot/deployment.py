"""What a deployment decides for every message: names, keys and senders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deployment:
    """Handed to services; made once from the settings.

    `templates`: approved WhatsApp templates, ContentSid by step and language.
    """

    association: str
    public_url: str
    key: bytes
    sms_can_receive: bool = False
    telegram_bot: str = ""
    pocket_bot: str = ""
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
