"""What time it is at a provider: the Date that every HTTP answer carries."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

TIMEOUT = ClientTimeout(total=10)


async def time_at(url: str) -> datetime | None:
    """The time on the clock behind an address; None where nobody answers, or without a Date.

    Any answer will do, also a refusal: nothing is sent with the question.
    """
    try:
        async with (
            ClientSession(timeout=TIMEOUT) as session,
            session.head(url, allow_redirects=False) as response,
        ):
            told = parsedate_to_datetime(response.headers.get("Date", ""))
    except (ClientError, TimeoutError, OSError, ValueError):
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
