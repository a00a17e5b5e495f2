"""Our side of the seam, as small as it can be: a clock, a webhook and the twilio library."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from aiogram.types import Update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN

ORIGIN = "https://carnet.example"
FIRST_MOMENT = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
PARENT = "+33639980001"
OURS = "+33639980099"
WHATSAPP_PARENT, WHATSAPP_OURS = f"whatsapp:{PARENT}", f"whatsapp:{OURS}"
NAME = "CARNET"
SERVICE = "MG" + "a" * 32
TEMPLATE = "HX" + "b" * 32


class Clock:
    """A clock that moves when the test says so."""

    def __init__(self) -> None:
        self.now = FIRST_MOMENT

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Receiver:
    """Our side of a webhook: keeps what comes in, answers what the test has scripted."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        url = str(request.url)
        self.calls.append((url, dict(request.headers), await request.body()))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        return Response(status_code=status, headers=headers)

    @property
    def updates(self) -> list[Update]:
        return [Update.model_validate_json(body) for _, _, body in self.calls]

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(httpx.QueryParams(body.decode()).multi_items()) for _, _, body in self.calls]


class LoopbackHttp:
    """The library's own HTTP client; only the host of what it calls is another one."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.inner = TwilioHttpClient(timeout=1)
        self.inner.session.trust_env = False

    def request(self, method: str, url: str, **options: Any) -> Any:
        here = url.replace("https://api.twilio.com", self.base)
        return self.inner.request(method, here, **options)

    def close(self) -> None:
        self.inner.session.close()


class Twilio:
    """The real client library, its blocking calls on a thread."""

    def __init__(self, base: str, token: str = AUTH_TOKEN) -> None:
        self.http = LoopbackHttp(base)
        self.client = Client(ACCOUNT_SID, token, http_client=self.http)

    async def send(self, to: str = PARENT, **options: Any) -> Any:
        if not {"from_", "messaging_service_sid"} & set(options):
            options["from_"] = WHATSAPP_OURS if to.startswith("whatsapp:") else NAME
        if not {"body", "content_sid"} & set(options):
            options["body"] = "Bonjour"
        return await asyncio.to_thread(self.client.messages.create, to=to, **options)

    async def fetch(self, sid: str) -> Any:
        return await asyncio.to_thread(lambda: self.client.messages(sid).fetch())

    async def list(self, **filters: Any) -> list[Any]:
        return await asyncio.to_thread(lambda: self.client.messages.list(**filters))
