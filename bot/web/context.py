"""What every page is handed: the database, the clock and the deployment's choices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request

from bot.deployment import Deployment
from bot.errors import SendRefused
from bot.messages import Address, Fetched, InboundMessage
from bot.reach import Reach
from bot.storage.database import Database
from bot.tariffs import Tariffs, read_tariffs
from bot.translators import Readings, Translator


async def no_media(_sender: Address, _ref: str) -> Fetched:
    """Fetch nothing: no provider is wired to these pages."""
    raise SendRefused("Ce canal est éteint : rien ne peut y être ouvert.")


@dataclass(frozen=True, slots=True)
class Context:
    """The composition root's gift to the web room.

    `receive` hands one inbound message to the writer and returns once it is committed; `wake` lets
    the dispatcher look at the outbox now; `fetch_media` asks a provider for what a parent sent.
    `tariffs` are for estimates. `translator` proposes drafts of the team's words; `readings` put
    parents' answers into French. Both are None where they are off.
    """

    database: Database
    clock: Callable[[], datetime]
    reach: Reach
    receive: Callable[[InboundMessage], Awaitable[None]]
    wake: Callable[[], None]
    fetch_media: Callable[[Address, str], Awaitable[Fetched]] = no_media
    tariffs: Tariffs = field(default_factory=lambda: read_tariffs(None))
    translator: Translator | None = None
    readings: Readings | None = None

    @property
    def deployment(self) -> Deployment:
        """The deployment's choices."""
        return self.reach.deployment


def context_of(request: Request) -> Context:
    """The context that the application was built with."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
