"""Private links: the page behind a one-way SMS, and what opens a Telegram chat with our bot.

A token is derived from the outbox row that carries it, so that a second try of the same message
carries the same link; the database holds its hash only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import struct
from datetime import datetime

BLOTTED = "•••"  # what is kept of a message where its token stood
TOKEN_BYTES = 16  # 128 bits: 22 characters in the address
START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
MEDIA_HEAD = struct.Struct(">IQ")  # whose it is, and until when: 12 bytes
MEDIA_TOKEN = MEDIA_HEAD.size + TOKEN_BYTES


def token_for(key: bytes, outbox_id: int) -> str:
    """Give the token of one outbox row: 22 URL-safe characters."""
    digest = hmac.digest(key, b"link:%d" % outbox_id, hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).rstrip(b"=").decode()


def hash_token(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


def link_url(public_url: str, token: str) -> str:
    """Give the short address of a token's page: 25 characters after the host."""
    return f"{public_url.rstrip('/')}/l/{token}"


def deep_link(bot_name: str, code: str) -> str:
    """Give the address that opens a Telegram bot and sends it `code`.

    Up to 64 letters, digits, "_" and "-" (Telegram, "Deep Links"); or what blots a code out.
    """
    if not START_CODE.fullmatch(code) and code != BLOTTED:
        raise ValueError("Telegram would not pass this code on")
    return f"https://t.me/{bot_name.removeprefix('@')}?start={code}"


def media_token(key: bytes, media_id: int, until: datetime) -> str:
    """Give the signed token of one voice note or picture: 38 URL-safe characters, till a moment."""
    head = MEDIA_HEAD.pack(media_id, int(until.timestamp()))
    return base64.urlsafe_b64encode(head + _media_seal(key, head)).rstrip(b"=").decode()


def media_of_token(key: bytes, token: str, now: datetime) -> int | None:
    """The voice note or picture that a token opens now; None where it opens none."""
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    head, seal = raw[: MEDIA_HEAD.size], raw[MEDIA_HEAD.size :]
    if len(raw) != MEDIA_TOKEN or not hmac.compare_digest(seal, _media_seal(key, head)):
        return None
    media_id, until = MEDIA_HEAD.unpack(head)
    return int(media_id) if until > now.timestamp() else None


def media_url(public_url: str, token: str) -> str:
    """Give the address of a voice note or a picture."""
    return f"{public_url.rstrip('/')}/m/{token}"


def _media_seal(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, b"media:" + head, hashlib.sha256)[:TOKEN_BYTES]
