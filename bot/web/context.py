"""What every page is handed: the database, the clock and the deployment's choices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from bot.deployment import Deployment
from bot.messages import InboundMessage
from bot.reach import Reach
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The composition root's gift to the web room.

    `receive` hands one inbound message to the writer and returns once it is committed; `wake` lets
    the dispatcher look at the outbox now.
    """

    database: Database
    clock: Callable[[], datetime]
    reach: Reach
    receive: Callable[[InboundMessage], Awaitable[None]]
    wake: Callable[[], None]

    @property
    def deployment(self) -> Deployment:
        """The deployment's choices."""
        return self.reach.deployment


def context_of(request: Request) -> Context:
    """The context that the application was built with."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context
