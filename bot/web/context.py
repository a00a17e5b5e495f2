"""What every page is handed: the database, the clock and the deployment's choices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request

from bot.deployment import Deployment
from bot.messages import InboundMessage
from bot.reach import Reach
from bot.storage.database import Database
from bot.tariffs import Tariffs, read_tariffs


@dataclass(frozen=True, slots=True)
class Context:
    """The composition root's gift to the web room.

    `receive` hands one inbound message to the writer and returns once it is committed; `wake` lets
    the dispatcher look at the outbox now. `tariffs` are for estimates.
    """

    database: Database
    clock: Callable[[], datetime]
    reach: Reach
    receive: Callable[[InboundMessage], Awaitable[None]]
    wake: Callable[[], None]
    tariffs: Tariffs = field(default_factory=lambda: read_tariffs(None))

    @property
    def deployment(self) -> Deployment:
        """The deployment's choices."""
        return self.reach.deployment


def context_of(request: Request) -> Context:
    """The context that the application was built with."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
