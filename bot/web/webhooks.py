"""Providers' calls. Plain Starlette routes: verify, hand to the writer, answer after the commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import InboxFull, WebhookRejected
from bot.inbox import Inbox
from bot.messages import Incoming, WebhookCall
from bot.web.bodies import CALL, TooLarge, limited

log = structlog.get_logger()

BUSY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One provider's address here. `reply` gives the body of our answer, where it is read."""

    read: Callable[[WebhookCall], tuple[Incoming, ...]]
    reply: Callable[[tuple[Incoming, ...]], Mapping[str, Any] | None] = lambda _incoming: None


def webhook_routes(
    endpoints: Mapping[str, Endpoint], inbox: Inbox, public_url: str, wake: Callable[[], None]
) -> list[Route]:
    """One POST route per provider: /webhooks/<name>."""
    return [
        Route(
            f"/webhooks/{name}",
            _handler(name, endpoint, inbox, public_url.rstrip("/"), wake),
            methods=["POST"],
        )
        for name, endpoint in endpoints.items()
    ]


def _handler(
    name: str, endpoint: Endpoint, inbox: Inbox, public_url: str, wake: Callable[[], None]
) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            body = await limited(request, CALL, drained=0).body()
        except TooLarge:
            return PlainTextResponse("too large", status_code=413)
        query = f"?{request.url.query}" if request.url.query else ""
        call = WebhookCall(
            url=f"{public_url}{request.url.path}{query}",
            headers={key.lower(): value for key, value in request.headers.items()},
            body=body,
        )
        try:
            incoming = endpoint.read(call)
            await inbox.put(incoming)
        except WebhookRejected as error:
            log.warning("webhook_rejected", provider=name, reason=str(error))
            return PlainTextResponse("forbidden", status_code=403)
        except InboxFull:
            busy = {"Retry-After": str(BUSY_SECONDS)}
            return PlainTextResponse("busy", status_code=503, headers=busy)
        wake()
        reply = endpoint.reply(incoming)
        return JSONResponse(reply) if reply else Response(status_code=204)

    return handle
