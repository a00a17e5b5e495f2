"""Phones that exist in our database only, for the demonstration and for rehearsals.

`send` is the provider's side: what it takes is a row of `simulated_messages`. What such a phone
answers comes in through the demonstration's own pages, never through a webhook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, select

from bot.errors import SendError, WebhookRejected
from bot.messages import Incoming, OutboundMessage, ProviderId, Shape, WebhookCall
from bot.storage.database import Database, insert_of
from bot.storage.tables import simulated_messages

NOBODY: Mapping[str, SendError] = MappingProxyType({})


class Simulator:
    """A channel of any shape; `unreachable` says which address values fail, and how."""

    def __init__(
        self,
        database: Database,
        shape: Shape,
        clock: Callable[[], datetime],
        unreachable: Mapping[str, SendError] = NOBODY,
    ) -> None:
        self.shape = shape
        self._database = database
        self._clock = clock
        self._unreachable = unreachable

    def read(self, call: WebhookCall) -> tuple[Incoming, ...]:
        """Reject every call: no provider stands behind this channel."""
        raise WebhookRejected("the simulator has no webhook")

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Show the message on the phone, once however often it is sent."""
        error = self._unreachable.get(message.to.value)
        if error is not None:
            raise error
        row = _row(message, self.shape, self._clock())
        await self._database.writing(lambda db: _keep(db, row))
        return _provider_id(message)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Look whether the phone holds this message."""
        taken = await self._database.reading(lambda db: _holds(db, message.id))
        return _provider_id(message) if taken else None

    async def check(self) -> str:
        """Say what stands behind this channel: nothing real."""
        return "simulateur"

    async def close(self) -> None:
        """Nothing to let go of: the database belongs to whoever opened it."""


def _provider_id(message: OutboundMessage) -> ProviderId:
    return ProviderId(f"sim-{message.id}")


def _row(message: OutboundMessage, shape: Shape, now: datetime) -> dict[str, object]:
    return {
        "channel": message.to.channel,
        "value": message.to.value,
        "outbox_id": message.id,
        "text": message.text,
        "buttons": [{"label": one.label, "payload": one.payload} for one in message.buttons],
        "replaces": message.replaces if shape.edits else None,  # else it is one more message
        "at": now,
        "media_id": message.media.id if message.media is not None else None,
    }


def _keep(db: Connection, row: dict[str, object]) -> None:
    insert = insert_of(db)(simulated_messages).values(row)
    db.execute(insert.on_conflict_do_nothing(index_elements=["outbox_id"]))


def _holds(db: Connection, outbox_id: int) -> bool:
    query = select(simulated_messages.c.id).where(simulated_messages.c.outbox_id == outbox_id)
    return db.execute(query).first() is not None
