"""How large what is sent to us may be: counted while it arrives, refused before it is held."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Message

CALL = 1_000_000  # bytes: larger than any provider's call, than any form of the console
PAGE = 16_000  # many times what a parent types
LETTER = 64_000  # many times what a reader of a translation types
DRAINED = 2_000_000  # read and thrown away, so that a browser shows the refusal


class TooLarge(Exception):
    """More was sent than is taken here."""


def limited(request: Request, most: int, *, drained: int = DRAINED) -> Request:
    """The same request; reading a body of more than `most` bytes raises TooLarge.

    Who still sends hears no answer: what follows, up to `drained` bytes, is read and not kept.
    """
    seen = 0
    refused = announced(request) > most

    async def receive() -> Message:
        nonlocal seen, refused
        more = True
        while more:
            message = await request.receive()
            seen += len(message.get("body", b""))
            refused = refused or seen > most
            if not refused:
                return message
            more = message.get("more_body", False) and seen <= most + drained
        raise TooLarge

    return Request(request.scope, receive)


def announced(request: Request) -> int:
    """How many bytes are to come, as their sender says; 0 where they do not."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0
