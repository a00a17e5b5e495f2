"""The SMS that comes late, after the same question has gone out by WhatsApp: counted once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import ChannelName
from bot.storage.tables import conversations, invitations, tasks
from scheduler.jobs import try_other_channels
from tests.house import phone
from tests.peers.content import ContentApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN
from tests.scenarios.street import OUR_WHATSAPP, OURS, Street, street

WHATSAPP = f"whatsapp:{phone(0)}"


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Street]:
    """One family with both; Twilio keeps WhatsApp's buttons beside its messages."""
    async with street(folder, "twilio", 1) as place:
        contents = ContentApi(place.clock, place.peer.account.templates, ACCOUNT_SID, AUTH_TOKEN)
        async with contents:
            whatsapp: Any = place.house.channels[ChannelName.WHATSAPP]
            whatsapp._http._bases = {**whatsapp._http._bases, "content": contents.url}
            yield place


async def carried_on(place: Street) -> None:
    """The SMS left and nobody says that it arrived; the question leaves by WhatsApp."""
    place.bind(0, ChannelName.WHATSAPP, phone(0), 2)
    assert await place.peer.says(WHATSAPP, OUR_WHATSAPP, "bonjour") == 204  # its window is open
    await place.drain()
    place.clock.later(hours=2)
    await try_other_channels(place.house.works)
    await place.drain()
    (row,) = place.rows(step="invitation")
    assert (row.channel, row.reason) == ("whatsapp", "not_delivered")


ORDERS = {
    "WhatsApp first": ((WHATSAPP, OUR_WHATSAPP), (phone(0), OURS)),
    "SMS first": ((phone(0), OURS), (WHATSAPP, OUR_WHATSAPP)),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_both_are_answered_and_the_family_counts_once(
    tmp_path: Path, order: tuple[tuple[str, str], ...]
) -> None:
    async with home(tmp_path) as place:
        await carried_on(place)
        by_sms = next(one for one in place.peer.sent if one.to == phone(0))
        by_whatsapp = [one for one in place.peer.sent if one.to == WHATSAPP][-1]
        assert await place.peer.status(by_whatsapp.sid, "delivered") == 204
        assert await place.peer.status(by_sms.sid, "delivered") == 204  # late
        for from_, to in order:
            assert await place.peer.says(from_, to, "oui, 2 adultes et 1 enfant") == 204
            await place.drain()
        with place.house.database.read() as db:
            (counted,) = db.execute(select(invitations)).all()
            asked = select(conversations.c.id).where(conversations.c.flow == "rsvp")
            assert len(db.execute(asked).all()) == 1
            assert db.execute(select(tasks)).all() == []
        assert (counted.rsvp, counted.adults, counted.children) == ("yes", 2, 1)
        told = place.told()
        place.clock.later(hours=3)
        await try_other_channels(place.house.works)
        await place.drain()
        assert place.told() == told, "nothing leaves again"


async def test_the_last_answer_holds_whichever_way_it_came(tmp_path: Path) -> None:
    async with home(tmp_path) as place:
        await carried_on(place)
        assert await place.peer.says(WHATSAPP, OUR_WHATSAPP, "oui, 2 adultes et 1 enfant") == 204
        await place.drain()
        place.clock.later(minutes=5)
        assert await place.peer.says(phone(0), OURS, "non") == 204
        await place.drain()
        assert place.answer(0) == "no"


async def test_who_is_reached_by_neither_is_one_task(tmp_path: Path) -> None:
    async with home(tmp_path) as place:
        await carried_on(place)
        by_sms, by_whatsapp = (
            next(one for one in place.peer.sent if one.to == phone(0)),
            [one for one in place.peer.sent if one.to == WHATSAPP][-1],
        )
        assert await place.peer.status(by_whatsapp.sid, "undelivered", 63024) == 204
        assert await place.peer.status(by_sms.sid, "undelivered", 30005) == 204
        place.clock.now += timedelta(days=2)
        await try_other_channels(place.house.works)
        with place.house.database.read() as db:
            (task,) = db.execute(select(tasks)).all()
        assert (task.reason, task.closed_at) == ("unreachable", None)
        assert await place.peer.status(by_sms.sid, "delivered") == 204  # after all
        with place.house.database.read() as db:
            (task,) = db.execute(select(tasks)).all()
        assert task.closed_at == place.clock()
