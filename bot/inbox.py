"""The inbox: one writer for all that arrives; what comes together is committed together.

A caller puts its messages in and returns once they are on disk. Under load a batch fills while the
one before it is being written; alone, a message waits for nobody. When too many wait, new ones are
turned away, so that the provider tries again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import InboxFull
from bot.inbound.receiving import Received, receive
from bot.messages import Incoming, Receipt
from bot.reach import Reach
from bot.receipts import receive_receipts
from bot.storage.database import Database
from bot.traces import log_fault

LIMIT = 5_000
BATCH = 200


@dataclass(frozen=True, slots=True)
class _Waiting:
    incoming: Incoming
    done: asyncio.Future[Received]


class Inbox:
    """A bounded queue in front of the one writer."""

    def __init__(
        self, database: Database, reach: Reach, clock: Callable[[], datetime], limit: int = LIMIT
    ) -> None:
        self._database = database
        self._reach = reach
        self._clock = clock
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(limit)

    async def put(self, incoming: Sequence[Incoming]) -> list[Received]:
        """Hand everything to the writer; return once it is committed.

        Raises InboxFull when too much waits already, and whatever went wrong with a message.
        """
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(one, loop.create_future()) for one in incoming]
        for one in waiting:
            try:
                self._queue.put_nowait(one)
            except asyncio.QueueFull as error:
                raise InboxFull("too many messages wait to be written") from error
        received = [await one.done for one in waiting]
        for result in received:
            if result.error is not None:
                raise result.error
        return received

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._write(batch)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            results = await self._database.writing(
                lambda db: write_batch(
                    db, self._reach, [one.incoming for one in batch], self._clock()
                )
            )
        except Exception as error:  # noqa: BLE001 - logged, without what it holds
            log_fault("inbox_failed", error, messages=len(batch))
            results = [Received(None, error)] * len(batch)
        for one, result in zip(batch, results, strict=True):
            if not one.done.done():
                one.done.set_result(result)


def write_batch(
    db: Connection, reach: Reach, batch: Sequence[Incoming], now: datetime
) -> list[Received]:
    """Write messages and receipts of one batch, in order; the caller commits."""
    done: list[Received] = []
    for one in batch:
        if isinstance(one, Receipt):
            done.append(_write_receipt(db, one, now))
        else:
            done.extend(receive(db, reach.deployment, [one], now, reach.shapes))
    return done


def _write_receipt(db: Connection, receipt: Receipt, now: datetime) -> Received:
    """Write one receipt; one that we cannot take sinks nobody else's message."""
    try:
        with db.begin_nested():
            receive_receipts(db, [receipt], now)
    except Exception as error:  # noqa: BLE001 - logged, without what it holds
        log_fault("receipt_failed", error, channel=receipt.channel)
        return Received(None, error)
    return Received(None)
