"""A channel that takes every message and sends none: for rehearsals."""

from __future__ import annotations

from bot.errors import WebhookRejected
from bot.messages import Incoming, OutboundMessage, ProviderId, Shape, WebhookCall


class Recorder:
    """Has the shape of a real channel; the outbox notes what it took, nobody gets it."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Reject every call: nobody answers in a rehearsal."""
        raise WebhookRejected("a rehearsal has no webhook")

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Take the message; it goes nowhere."""
        return ProviderId(f"rehearsed-{message.id}")

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Know of nothing: what was in doubt counts as still to be sent."""
        return None

    async def check(self) -> str:
        """Say what stands behind this channel: nothing real."""
        return "répétition"

    async def close(self) -> None:
        """Nothing to let go of."""
