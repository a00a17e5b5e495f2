"""What became of a message of which no word has come: its provider is asked.

    sent, no word for a while --> a moment of our own --> ask --> heard as a receipt is
                                                            |--> still on its way: later, and each
                                                            |    time twice as long
                                                            '--> no answer: later; the run ends

A lost call, or a webhook that is down for a day, so costs no family a second message and no
coordinator a telephone call. An answer only ever raises a message's state, as every word does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from bot.errors import SendDelayed, SendError
from bot.messages import Channel, ChannelName, DeliveryState, ProviderId, Receipt, TellsFates
from bot.pacing import Pacing, Place
from bot.receipts import receive_receipts
from bot.storage.asking import set_ask_at, untold
from bot.storage.database import Database
from bot.traces import log_fault

log = structlog.get_logger()

NO_WORD_FOR = timedelta(minutes=10)  # so that silence is looked at when the provider has spoken
LOOK_BACK = timedelta(days=3)  # as far as silence does
MOST = 100  # messages, in one go


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a run: how many were asked about, and how many had come to an end."""

    asked: int = 0
    ended: int = 0


async def ask_providers(
    database: Database,
    channels: Mapping[ChannelName, Channel],
    pacing: Pacing,
    clock: Callable[[], datetime],
) -> Asked:
    """Ask about what nobody spoke of, the eldest first, one at a time and no faster than we send.

    Who cannot be asked now ends the run for that channel.
    """
    able: dict[ChannelName, TellsFates] = {
        name: one
        for name, one in channels.items()
        if isinstance(one, TellsFates) and one.shape.receipts
    }
    if not able:
        return Asked()
    now = clock()
    rows = await database.reading(
        lambda db: untold(db, able, now - LOOK_BACK, now - NO_WORD_FOR, now, MOST)
    )
    asked = ended = 0
    shut: set[ChannelName] = set()
    for row in rows:
        name = ChannelName(row.channel)
        if name in shut:
            continue
        place = await _moment(database, pacing, name)
        told = await _fate(able[name], row)
        asked += 1
        if isinstance(told, SendError):
            shut.add(name)
        elif told.state is not DeliveryState.SENT:
            ended += 1
        await database.writing(_writing(row, told, pacing.gone(place), clock()))
    return Asked(asked, ended)


async def _moment(database: Database, pacing: Pacing, name: ChannelName) -> Place:
    """A moment at which we may ask, shared with all workers; what is sent has its own."""
    while True:
        place = await database.writing(lambda db: pacing.take_as(db, name, f"{name}:asked", "", 1))
        await pacing.wait(place)
        if isinstance(place, Place):
            return place


async def _fate(channel: TellsFates, row: Row[Any]) -> Receipt | SendError:
    """What the provider says, or why it says nothing."""
    try:
        return await channel.fate(ProviderId(row.provider_id))
    except SendError as error:
        log.info("fate_not_told", outbox=row.id, channel=row.channel, code=error.code)
        return error
    except Exception as error:  # noqa: BLE001 - logged, without what it holds
        log_fault("asking_broke", error, outbox=row.id, channel=row.channel)
        return SendDelayed("unexpected")


def _writing(
    row: Row[Any], told: Receipt | SendError, gone: Callable[[Connection], None], now: datetime
) -> Callable[[Connection], None]:
    """Write what was told; where nothing was, others are asked about first next time."""
    waited = now - row.sent_at
    if isinstance(told, SendError):
        wished = told.retry_after if isinstance(told, SendDelayed) else None
        waited = timedelta(seconds=wished or 0)

    def mark(db: Connection) -> None:
        gone(db)
        set_ask_at(db, row.id, row.provider_id, now + max(waited, NO_WORD_FOR))
        if isinstance(told, Receipt):
            receive_receipts(db, [told], now)

    return mark
