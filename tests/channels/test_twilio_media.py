"""What parents sent by MMS or WhatsApp, fetched from Twilio on loopback."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.channels.twilio_media import fetch_media
from bot.errors import SendDelayed, SendRefused
from bot.messages import Fetched
from tests.peers.loopback import Peer
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN

PATH = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
REF = f"https://api.twilio.com{PATH}"
OURS = "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()


class Media(Peer):
    """Twilio, as far as media go: it sends on to where they lie, which asks for no credentials."""

    def __init__(self) -> None:
        routes = [("GET", PATH, self._send_on), ("GET", "/kept", self._give)]
        super().__init__(routes, lambda: datetime(2026, 11, 16, tzinfo=UTC))
        self.seen: list[tuple[str, str]] = []
        self.onward = "/kept"
        self.status = 307
        self.body = b"\xff\xd8photo"

    async def _send_on(self, request: web.Request) -> web.Response:
        self.seen.append((request.path, request.headers.get("Authorization", "")))
        return web.Response(status=self.status, headers={"Location": self.onward})

    async def _give(self, request: web.Request) -> web.Response:
        self.seen.append((request.path, request.headers.get("Authorization", "")))
        return web.Response(body=self.body, content_type="image/jpeg")


@pytest.fixture
async def twilio() -> AsyncIterator[Media]:
    async with Media() as peer:
        yield peer


async def fetch(twilio: Media, ref: str = REF) -> Fetched:
    return await fetch_media(
        ref, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, api_url=twilio.url
    )


async def test_a_picture_is_fetched_and_our_credentials_go_to_twilio_only(twilio: Media) -> None:
    assert await fetch(twilio) == Fetched("image/jpeg", b"\xff\xd8photo")
    assert twilio.seen == [(PATH, OURS), ("/kept", "")]


@pytest.mark.parametrize(
    "ref",
    [
        f"https://twilio.example{PATH}",
        f"https://api.twilio.com.example{PATH}",
        f"https://api.twilio.com@evil.example{PATH}",
        "https://api.twilio.com/2010-04-01/Accounts.json",
        f"https://api.twilio.com{PATH}/../../Balance.json",
        f"https://api.twilio.com{PATH.replace(ACCOUNT_SID, 'AC' + 'f' * 32)}",
        "file:///etc/passwd",
        "",
    ],
)
async def test_nothing_is_asked_of_another_host_or_account(twilio: Media, ref: str) -> None:
    with pytest.raises(SendRefused):
        await fetch(twilio, ref)
    assert twilio.seen == []


@pytest.mark.parametrize("onward", ["http://169.254.169.254/latest", "ftp://example.org/x"])
async def test_twilio_sends_on_by_tls_only(twilio: Media, onward: str) -> None:
    twilio.onward = onward
    with pytest.raises(SendRefused):
        await fetch(twilio)


async def test_who_is_sent_round_in_circles_gives_up(twilio: Media) -> None:
    twilio.onward = PATH
    with pytest.raises(SendRefused):
        await fetch(twilio)
    assert len(twilio.seen) == 3


@pytest.mark.parametrize(("status", "error"), [(404, SendRefused), (500, SendDelayed)])
async def test_what_is_gone_is_told_apart_from_who_does_not_answer(
    twilio: Media, status: int, error: type[Exception]
) -> None:
    twilio.status = status
    with pytest.raises(error):
        await fetch(twilio)


async def test_what_is_too_big_is_not_read_to_its_end(twilio: Media) -> None:
    twilio.body = b"x" * 20_000_001
    with pytest.raises(SendRefused, match="trop gros"):
        await fetch(twilio)
