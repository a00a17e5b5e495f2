"""Private links: what stands in a one-way SMS so that a parent can answer on a small web page.

A token is derived from the outbox row that carries it, so that a second try of the same message
carries the same link; the database holds its hash only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

TOKEN_BYTES = 16  # 128 bits: 22 characters in the address


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
