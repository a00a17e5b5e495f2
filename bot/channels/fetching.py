"""What is fetched for a member of staff who opens what a parent sent: how much, and why not."""

from __future__ import annotations

from collections.abc import AsyncIterable

from bot.errors import SendRefused

MAX_MEDIA_BYTES = 20_000_000  # what a bot may fetch from Telegram; WhatsApp takes 16 MB
FETCH_SECONDS = 30

TOO_BIG = "Ce fichier est trop gros pour être ouvert ici (20 Mo au plus)."
GONE = "Ce fichier n'existe plus chez le fournisseur : demandez au parent de le renvoyer."
NO_ANSWER = "Le fournisseur ne répond pas : réessayez dans une minute."


async def read_whole(chunks: AsyncIterable[bytes]) -> bytes:
    """Read a file that is coming in.

    Raises SendRefused as soon as it is larger than we take.
    """
    read = bytearray()
    async for chunk in chunks:
        read += chunk
        if len(read) > MAX_MEDIA_BYTES:
            raise SendRefused(TOO_BIG, code="too_big")
    return bytes(read)
