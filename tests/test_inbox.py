"""One writer for all that arrives: what comes together is committed together, or turned away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot import inbox
from bot.engine.turn import take_turn
from bot.errors import InboxFull
from bot.inbound import turns
from bot.inbox import Inbox
from bot.messages import Address, DeliveryState, InboundMessage, ProviderId, Receipt
from bot.receipts import receive_receipts
from bot.storage.tables import inbound as arrivals
from bot.storage.tables import receipts
from tests.house import SMS, House, phone


@asynccontextmanager
async def writing(box: Inbox) -> AsyncIterator[None]:
    """The writer at work."""
    task = asyncio.create_task(box.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def message(number: int, text: str = "bonjour") -> InboundMessage:
    return InboundMessage(Address(SMS, phone(number % 10)), f"m{number}", text)


def counted(house: House, table: Any) -> int:
    return int(house.one(select(func.count().label("n")).select_from(table)).n)


def box_of(house: House, limit: int = inbox.LIMIT) -> Inbox:
    return Inbox(house.database, house.carnet.reach, house.clock, limit)


async def test_put_returns_only_once_the_message_is_committed(house: House) -> None:
    house.family(0)
    box = box_of(house)
    waiting = asyncio.create_task(box.put([message(0)]))
    await asyncio.sleep(0.05)
    assert not waiting.done(), "nobody writes yet"
    async with writing(box):
        (received,) = await waiting
        assert received.inbound_id is not None
        assert counted(house, arrivals) == 1


async def test_messages_that_arrive_together_share_commits(house: House) -> None:
    house.families(10)
    commits: list[object] = []

    def count_one(db: object) -> None:
        commits.append(db)

    event.listen(house.database.engine, "commit", count_one)
    box = box_of(house)
    together = [asyncio.create_task(box.put([message(number)])) for number in range(100)]
    await asyncio.sleep(0)
    async with writing(box):
        done = await asyncio.gather(*together)
    event.remove(house.database.engine, "commit", count_one)
    assert all(one[0].inbound_id is not None for one in done)
    assert len(commits) <= 2


async def test_full_inbox_turns_new_messages_away_and_loses_none(house: House) -> None:
    house.families(10)
    box = box_of(house, limit=5)
    first = [asyncio.create_task(box.put([message(number)])) for number in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(InboxFull):
        await box.put([message(5)])
    async with writing(box):
        await asyncio.gather(*first)
        await box.put([message(5)])  # the provider calls again
    assert counted(house, arrivals) == 6


async def test_error_goes_to_who_sent_the_message_and_to_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.families(3)

    def fails(arrival: Any, desk: Any) -> Any:
        if arrival.text == "bancal":
            raise ValueError("a defect of ours")
        return take_turn(arrival, desk)

    monkeypatch.setattr(turns, "take_turn", fails)
    box = box_of(house)
    texts = ("bonjour", "bancal", "bonjour")
    calls = [asyncio.create_task(box.put([message(n, text)])) for n, text in enumerate(texts)]
    await asyncio.sleep(0)
    async with writing(box):
        done = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(one, ValueError) for one in done] == [False, True, False]
    assert counted(house, arrivals) == 2


async def test_receipt_that_we_cannot_take_sinks_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.family(0)

    def fails(db: Any, batch: Any, now: Any) -> int:
        done = receive_receipts(db, batch, now)
        if batch[0].provider_id == "bad":
            raise ValueError("a defect of ours")
        return done

    monkeypatch.setattr(inbox, "receive_receipts", fails)
    words = [Receipt(SMS, ProviderId(one), DeliveryState.SENT) for one in ("a", "bad", "b")]
    done = house.receive(words[0], message(0), words[1], words[2])
    assert [one.error is None for one in done] == [True, True, False, True]
    assert counted(house, receipts) == 2
    assert counted(house, arrivals) == 1


async def test_writer_survives_a_batch_that_cannot_be_committed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.families(2)
    write, broken = inbox.write_batch, [True]

    def fails_once(*arguments: Any) -> Any:
        if broken.pop() if broken else False:
            raise OSError("the disk is full")
        return write(*arguments)

    monkeypatch.setattr(inbox, "write_batch", fails_once)
    box = box_of(house)
    async with writing(box):
        with pytest.raises(OSError, match="disk"):
            await box.put([message(0)])
        await box.put([message(0)])
    assert counted(house, arrivals) == 1
