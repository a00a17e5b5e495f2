"""What a family has been sent before it answers, and everything that an answer may change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.messages import ChannelName
from bot.storage.tables import addresses, consents, conversations, invitations, outbox, tasks
from bot.storage.tables import inbound as arrivals
from tests.house import House

LINK = ChannelName.LINK
INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


async def invited(house: House, *titles: str) -> list[int]:
    """The workshops of one family, each with its invitation sent."""
    found = [house.event(title=title) for title in titles or ("Atelier écrans",)]
    house.clock.set(INVITED_AT)
    for _ in found:
        await house.tick()
        house.clock.later(days=2)  # the cap: one a day
    house.clock.set(INVITED_AT + timedelta(days=2 * len(found)))
    return found


def everything(house: House) -> dict[str, list[tuple[Any, ...]]]:
    tables = (arrivals, outbox, conversations, invitations, tasks, consents, addresses)
    return {table.name: [tuple(row) for row in house.all(select(table))] for table in tables}
