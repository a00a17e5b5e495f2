"""Whose turn it is to leave, over all workers: each provider's limits hold for the whole house.

A worker takes its moment in the transaction that says "sending", waits for it, sends, and writes
down with its next transaction when the provider has answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.channels.limiter import Limits, moment_for
from bot.channels.telegram_chats import chat_of
from bot.messages import ChannelName, OutboundMessage
from bot.storage import paces

LOOK_AGAIN = timedelta(seconds=0.1)  # while the last message to an address is on its way


@dataclass(frozen=True, slots=True)
class Place:
    """A moment that is ours. `id` None: this channel knows no limit."""

    at: datetime
    id: int | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """This address has just been written to: look again then."""

    at: datetime


class Pacing:
    """Keeps `limits`, on a clock that all workers share."""

    def __init__(
        self,
        limits: Mapping[ChannelName, Limits],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep

    def take(self, db: Connection, message: OutboundMessage, weight: int) -> Place | NotYet:
        """Take the next moment for a message, in the caller's transaction.

        Who waits for an address takes nobody else's moment.
        """
        return self.take_as(
            db, message.to.channel, sender_of(message), _address_of(message), weight
        )

    def take_as(
        self, db: Connection, channel: ChannelName, sender: str, address: str, weight: int
    ) -> Place | NotYet:
        """Take the next moment at a channel's provider, which counts for this sender."""
        now, limits = self._clock(), self._limits.get(channel)
        if limits is None:
            return Place(now)
        of_sender, of_address = paces.of_sender(db, sender, address, now)
        if limits.address is not None:
            free = moment_for(1, limits.address, of_address, now)
            if free is None or free > now:
                return NotYet(free or now + LOOK_AGAIN)
        at = moment_for(weight, limits.sender, of_sender, now)
        if at is None:
            return NotYet(now + LOOK_AGAIN)
        return Place(at, paces.insert_pace(db, sender, address, weight, at))

    async def wait(self, moment: Place | NotYet) -> None:
        """Return when the moment has come."""
        while (seconds := (moment.at - self._clock()).total_seconds()) > 0:
            await self._sleep(seconds)

    def gone(self, place: Place) -> Callable[[Connection], None]:
        """Note that the provider has answered now; to be written with the next transaction."""
        now = self._clock()

        def mark(db: Connection) -> None:
            if place.id is not None:
                paces.set_gone(db, place.id, now)

        return mark

    @staticmethod
    def give_back(db: Connection, place: Place) -> None:
        """Nothing leaves at this moment after all."""
        if place.id is not None:
            paces.give_back(db, place.id)


def sender_of(message: OutboundMessage) -> str:
    """Whom the provider counts for: one bot, one number, one name."""
    channel = message.to.channel
    if channel is ChannelName.TELEGRAM:
        return f"{channel}:{chat_of(message.to.value)[1]}"
    return f"{channel}:{message.sender or ''}"


def _address_of(message: OutboundMessage) -> str:
    """Where a message arrives; an edit arrives nowhere, it does not count as a new message."""
    return f"{message.to.value} edit" if message.replaces else message.to.value
