"""Long polling: fetch, deliver, and only then move on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.channels.telegram_errors import PLAIN_WORDS
from bot.errors import SendDelayed, SendError
from bot.messages import Incoming

log = logging.getLogger(__name__)

T = TypeVar("T")
RawUpdate = dict[str, Any]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


async def poll(
    fetch: Callable[[int | None], Coroutine[Any, Any, list[RawUpdate]]],
    read: Callable[[RawUpdate], tuple[Incoming, ...]],
    deliver: Callable[[tuple[Incoming, ...]], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Hand every batch to `deliver` until `stop`; the same batch again when that failed."""
    offset: int | None = None
    pauses = Pauses()
    while not stop.is_set():
        try:
            updates = await unless(stop, fetch(offset)) or []
            incoming = tuple(one for update in updates for one in read(update))
            if incoming:
                await deliver(incoming)
        except Exception as error:  # noqa: BLE001 -- nothing may end the polling but `stop`
            await unless(stop, asyncio.sleep(pauses.after(error)))
        else:
            pauses.end()
            offset = max((one["update_id"] + 1 for one in updates), default=offset)


class Pauses:
    """The growing pauses of a run of failures."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE_SECONDS
        self._said: set[str] = set()

    def after(self, error: Exception) -> float:
        """Give the seconds to wait after this failure; log each kind of failure once.

        Nothing of the error but its code or its class is logged: the rest may quote a message.
        """
        code = (error.code if isinstance(error, SendError) else None) or type(error).__name__
        if code not in self._said:
            self._said.add(code)
            log.warning("polling pauses: %s", PLAIN_WORDS.get(code, code))
        pause, self._next = self._next, min(self._next * 2, LONGEST_PAUSE_SECONDS)
        asked = error.retry_after if isinstance(error, SendDelayed) else None
        return max(pause, asked or 0)

    def end(self) -> None:
        """Begin again with the shortest pause."""
        self._next = FIRST_PAUSE_SECONDS


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Give what `work` gives, or None as soon as `stop` is set."""
    tasks = (asyncio.ensure_future(work), asyncio.ensure_future(stop.wait()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
