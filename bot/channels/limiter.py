"""How fast each provider lets us write, and the wait that keeps us within it.

Evenly spaced (GCRA), a little below the limit: at exactly the limit the first and the last message
of a second make one too many, and a full bucket lets twice the limit out at first. Whoever comes a
little late keeps its place in the row, so that slow disks do not lower the pace; and whatever comes
late together, what has left is counted: no second ever sees more than the limit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.messages import ChannelName

MARGIN = 0.98  # of the limit; leaves room for timers that fire late
WINDOW_SECONDS = 1.02  # a second, and room for messages that are not all as long on their way
CATCH_UP_SECONDS = 0.25  # who comes later than that was idle, and begins anew
KEYS_KEPT = 1024  # below this many keys it is not worth looking for those that are over


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second: over one sender (a bot, a number), and to one address if that is limited.

    For SMS the unit is the segment.
    """

    sender: float
    address: float | None = None


LIMITS: Mapping[ChannelName, Limits] = {  # as published in November 2026; no entry: no limit
    ChannelName.TELEGRAM: Limits(sender=30, address=1),
    ChannelName.SMS: Limits(sender=10),  # an alphanumeric sender
    ChannelName.WHATSAPP: Limits(sender=80),
}


class Rate:
    """At most `per_second` reservations in any second, for each key apart."""

    def __init__(self, per_second: float, catch_up: float = 0.0) -> None:
        """Space reservations for `per_second`, which is 1 or more.

        Who comes up to `catch_up` seconds late keeps its place in the row.
        """
        if per_second < 1:
            raise ValueError("a rate below one a second would not be kept")
        self._catch_up = catch_up
        self._gap = 1 / (per_second * MARGIN)
        self._free_at: dict[str, float] = {}
        self._room = KEYS_KEPT

    def reserve(self, now: float, key: str = "", weight: int = 1) -> float:
        """Take the next free moment of `key`; give the seconds until then.

        `weight` moments are taken together: a message of three segments is sent at the first.
        """
        start = self._free_at.get(key, now)
        if start < now - self._catch_up:
            start = now
        self._free_at[key] = start + self._gap * weight
        if len(self._free_at) > self._room:
            self._forget(now)
        return max(start - now, 0.0)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._free_at)

    def _forget(self, now: float) -> None:
        past = now - self._catch_up
        self._free_at = {key: free_at for key, free_at in self._free_at.items() if free_at > past}
        self._room = max(KEYS_KEPT, 2 * len(self._free_at))


class Limiter:
    """One channel's rates against a monotonic clock."""

    def __init__(
        self,
        limits: Limits,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._senders = Rate(limits.sender, CATCH_UP_SECONDS)
        self._most = int(limits.sender)
        self._left: dict[str, deque[float]] = {}  # when each sender's last messages left
        self._addresses = Rate(limits.address) if limits.address else None
        self._monotonic = monotonic
        self._sleep = sleep

    async def turn(self, sender: str, address: str, weight: int = 1) -> None:
        """Return when a message of this sender may leave for this address.

        The sender's moment is taken last: a message that waits for its address holds up nobody.
        """
        if self._addresses is not None:
            await self._wait(self._addresses.reserve(self._monotonic(), address))
        await self._wait(self._senders.reserve(self._monotonic(), sender, weight))
        await self._leave(sender, min(weight, self._most))

    async def _leave(self, sender: str, weight: int) -> None:
        """Wait while the last second is full, as it is when timers were late together."""
        left = self._left.setdefault(sender, deque(maxlen=self._most))
        while (behind := len(left) + weight - self._most) > 0:
            seconds = left[behind - 1] + WINDOW_SECONDS - self._monotonic()
            if seconds <= 0:
                break
            await self._sleep(seconds)
        left.extend([self._monotonic()] * weight)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)
