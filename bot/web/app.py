"""The web application: providers' webhooks, parents' link pages, the coordinators' console."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.inbox import Inbox
from bot.storage.claims import next_due_at
from bot.web.console.routes import STATIC, router
from bot.web.context import Context
from bot.web.links import LINK_ROUTES
from bot.web.media import MEDIA_ROUTES
from bot.web.reviews import REVIEW_ROUTES
from bot.web.webhooks import Endpoint, webhook_routes

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def build_app(
    context: Context,
    inbox: Inbox,
    endpoints: Mapping[str, Endpoint],
    *,
    lifespan: Lifespan | None = None,
    extra: Sequence[BaseRoute] = (),
) -> FastAPI:
    """Put the rooms under one roof. `extra` routes come first: the demo's phones."""
    app = FastAPI(
        title="Carnet", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.state.context = context
    app.router.routes.extend(extra)
    app.router.routes.extend(
        webhook_routes(endpoints, inbox, context.deployment.public_url, context.wake)
    )
    app.router.routes.extend(LINK_ROUTES)
    app.router.routes.extend(MEDIA_ROUTES)
    app.router.routes.extend(REVIEW_ROUTES)
    app.router.routes.append(Route("/healthz", healthy))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(router)
    app.add_exception_handler(OverflowError, nowhere)
    app.add_middleware(SafeHeaders)
    return app


async def healthy(request: Request) -> Response:
    """Say that the process answers and reaches its database."""
    context = request.app.state.context
    await context.database.reading(next_due_at)
    return PlainTextResponse("ok")


async def nowhere(_request: Request, _error: Exception) -> Response:
    """Answer for a number in an address that is larger than any row's."""
    return PlainTextResponse("Cette page n'existe pas.", status_code=404)


class SafeHeaders:
    """Set the security headers that a page has not set more strictly itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; complete the headers of answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, complete)
