"""Long polling, against the Bot API on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channels import telegram_polling
from bot.channels.telegram import Telegram
from bot.channels.telegram_polling import Pauses
from bot.errors import InboxFull, SendDelayed
from bot.messages import InboundMessage, Incoming
from tests.channels.rigs import CHAT, TelegramRig, telegram_rig


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramRig]:
    monkeypatch.setattr(telegram_polling, "FIRST_PAUSE_SECONDS", 0.01)
    async with telegram_rig() as rig:
        await telegram(rig).delete_webhook()
        yield rig


def telegram(rig: TelegramRig) -> Telegram:
    assert isinstance(rig.channel, Telegram)
    return rig.channel


class Reader:
    """What `deliver` is in these tests: keeps texts, fails when told to, stops at the last."""

    def __init__(self, *failures: Exception, last: str) -> None:
        self.batches: list[list[str]] = []
        self.stop = asyncio.Event()
        self.delivered = asyncio.Event()
        self._failures = list(failures)
        self._last = last

    async def __call__(self, incoming: tuple[Incoming, ...]) -> None:
        texts = [one.text if isinstance(one, InboundMessage) else "departure" for one in incoming]
        self.batches.append(texts)
        self.delivered.set()
        if self._failures:
            raise self._failures.pop(0)
        if self._last in texts:
            self.stop.set()

    async def read(self, rig: TelegramRig) -> list[list[str]]:
        async with asyncio.timeout(10):
            await telegram(rig).poll(self, stop=self.stop)
        return self.batches


async def test_what_waits_is_delivered_in_order_and_in_one_batch(rig: TelegramRig) -> None:
    for text in ("un", "deux", "trois"):
        await rig.peer.says(CHAT, text)
    assert await Reader(last="trois").read(rig) == [["un", "deux", "trois"]]


async def test_what_was_delivered_is_not_fetched_again(rig: TelegramRig) -> None:
    reader = Reader(last="deux")
    polling = asyncio.create_task(reader.read(rig))
    await rig.peer.says(CHAT, "un")
    await reader.delivered.wait()
    await rig.peer.says(CHAT, "deux")
    assert await polling == [["un"], ["deux"]]


@pytest.mark.parametrize(
    "failure", [InboxFull(), ConnectionError("the database is away")], ids=["full", "other"]
)
async def test_what_was_not_delivered_is_fetched_again(
    rig: TelegramRig, failure: Exception
) -> None:
    await rig.peer.says(CHAT, "un")
    assert await Reader(failure, failure, last="un").read(rig) == [["un"], ["un"], ["un"]]


async def test_a_restarted_poller_gets_what_the_last_one_had_not_confirmed(
    rig: TelegramRig,
) -> None:
    await rig.peer.says(CHAT, "un")
    assert await Reader(last="un").read(rig) == await Reader(last="un").read(rig) == [["un"]]


async def test_a_departure_is_delivered_too(rig: TelegramRig) -> None:
    await rig.peer.says(CHAT, "bonjour")
    await rig.peer.blocks(CHAT)
    assert await Reader(last="departure").read(rig) == [["bonjour", "departure"]]


async def test_an_edited_message_is_not_even_asked_for(rig: TelegramRig) -> None:
    await rig.peer.says(CHAT, "un")
    await Reader(last="un").read(rig)
    await rig.peer.edits_message(CHAT, 1, "une")
    await rig.peer.says(CHAT, "deux")
    assert await Reader(last="deux").read(rig) == [["un", "deux"]]


async def test_an_update_that_cannot_be_read_hides_no_other(rig: TelegramRig) -> None:
    await rig.peer.says(CHAT, "un")
    await rig.peer.says(CHAT, "deux")
    rig.peer.updates[0]["message"]["date"] = "yesterday"
    assert await Reader(last="deux").read(rig) == [["deux"]]


async def test_polling_goes_on_after_telegram_was_down(rig: TelegramRig) -> None:
    rig.peer.fail_next("getUpdates", 500)
    rig.peer.reset_next("getUpdates")
    rig.peer.fail_next("getUpdates", 502, body="<h1>Bad Gateway</h1>")
    await rig.peer.says(CHAT, "un")
    assert await Reader(last="un").read(rig) == [["un"]]


@pytest.mark.parametrize(("status", "words"), [(409, "webhook"), (401, "CARNET_TELEGRAM_TOKEN")])
async def test_what_a_person_must_mend_is_said_once_in_plain_words(
    rig: TelegramRig, caplog: pytest.LogCaptureFixture, status: int, words: str
) -> None:
    rig.peer.fail_next("getUpdates", status, times=3)
    await rig.peer.says(CHAT, "un")
    await Reader(last="un").read(rig)
    said = [one.getMessage() for one in caplog.records if one.name == telegram_polling.__name__]
    assert len(said) == 1
    assert words in said[0]


async def test_stopping_ends_a_poll_that_waits(rig: TelegramRig) -> None:
    rig.peer.hang_next("getUpdates")
    reader = Reader(last="never")
    polling = asyncio.create_task(reader.read(rig))
    await asyncio.sleep(0.1)
    reader.stop.set()
    async with asyncio.timeout(1):
        assert await polling == []


def test_pauses_grow_up_to_a_minute_and_never_undercut_telegram() -> None:
    pauses = Pauses()
    assert [pauses.after(InboxFull()) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses.after(SendDelayed("", code="429", retry_after=300)) == 300
    pauses.end()
    assert pauses.after(InboxFull()) == 1
