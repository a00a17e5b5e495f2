"""Twilio's calls are lost: it is asked what became of each message, and its answer is a word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import asking
from bot.asking import NO_WORD_FOR, Asked, ask_providers
from bot.channels.limiter import Limits
from bot.messages import ChannelName
from bot.pacing import Pacing
from bot.storage.tables import addresses, paces, tasks
from bot.watchdog import findings
from scheduler.jobs import ask_after, try_other_channels
from tests.house import phone
from tests.scenarios.street import Street, street


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Street]:
    """Three families were invited by SMS; nothing that Twilio tells of it gets through."""
    async with street(tmp_path, "twilio", 3) as one:
        one.peer.calls_back = False
        await one.drain()
        yield one


async def become(place: Street, status: str, code: int | None = None) -> None:
    """Something becomes of every message, and nobody tells us."""
    for one in place.peer.sent:
        await place.peer.status(one.sid, status, code)


async def ask(place: Street) -> Asked:
    """One run of the job, and what came of it."""
    house = place.house
    pacing = Pacing({}, place.clock)
    return await ask_providers(house.database, house.channels, pacing, place.clock)


def fates(place: Street) -> set[tuple[Any, ...]]:
    """What became of the invitations."""
    return {(one.state, one.error_code) for one in place.rows(step="invitation")}


async def test_what_arrived_and_was_never_told_is_asked_for(place: Street) -> None:
    await become(place, "delivered")
    place.clock.now += NO_WORD_FOR - timedelta(seconds=1)
    await ask_after(place.house.works)
    assert (place.peer.fetched, fates(place)) == ([], {("sent", None)})
    place.clock.later(seconds=1)
    await ask_after(place.house.works)
    assert fates(place) == {("delivered", None)}
    assert {one.delivered_at for one in place.rows()} == {place.clock()}
    asked = len(place.peer.fetched)
    place.clock.later(hours=30)
    await ask_after(place.house.works)
    await try_other_channels(place.house.works)
    assert len(place.peer.fetched) == asked, "what has ended is not asked about again"
    assert [one for one in place.rows() if one.state != "delivered"] == []


async def test_what_arrived_costs_nobody_a_call(place: Street) -> None:
    await become(place, "delivered")
    place.clock.later(hours=25)
    await ask_after(place.house.works)
    await try_other_channels(place.house.works)
    with place.house.database.read() as db:
        assert db.execute(select(tasks)).all() == []


async def test_a_failure_that_was_never_told_has_its_consequences(place: Street) -> None:
    await become(place, "undelivered", 30005)
    place.clock.later(minutes=10)
    await ask_after(place.house.works)
    assert fates(place) == {("failed", "30005")}
    with place.house.database.read() as db:
        assert set(db.scalars(select(addresses.c.dead_reason))) == {"address_dead"}
        assert {one.reason for one in db.execute(select(tasks))} == {"unreachable"}


async def test_what_twilio_does_not_know_has_failed_and_says_why(place: Street) -> None:
    for one in place.peer.sent:
        place.peer.forget(one.sid)
    place.clock.later(minutes=10)
    assert await ask(place) == Asked(3, 3)
    assert fates(place) == {("failed", "unknown_there")}


async def test_what_is_still_on_its_way_is_asked_about_less_and_less(place: Street) -> None:
    runs: list[int] = []
    for minute in range(1, 24 * 60):
        place.clock.later(minutes=1)
        if (await ask(place)).asked:
            runs.append(minute)
    assert runs == [10, 20, 40, 80, 160, 320, 640, 1280]
    assert fates(place) == {("sent", None)}
    place.clock.later(days=3)
    assert await ask(place) == Asked(), "by then it says nothing of the phone any more"


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_who_cannot_be_asked_now_is_asked_later(place: Street, status: int) -> None:
    await become(place, "delivered")
    place.clock.later(minutes=10)
    place.peer.fail_next("fetch", status)
    assert await ask(place) == Asked(1, 0), "the run ends there"
    assert fates(place) == {("sent", None)}
    assert await ask(place) == Asked(2, 2), "the others go first"
    place.clock.later(minutes=10)
    assert await ask(place) == Asked(1, 1)
    assert fates(place) == {("delivered", None)}


async def test_the_provider_says_when_to_come_back(place: Street) -> None:
    place.clock.later(minutes=10)
    place.peer.fail_next("fetch", 429, retry_after=3600)
    assert await ask(place) == Asked(1, 0)
    place.clock.later(minutes=59)
    first = place.rows(step="invitation")[0]
    assert first.ask_at == place.clock() + timedelta(minutes=1)


async def test_no_answer_changes_nothing(place: Street) -> None:
    await become(place, "delivered")
    place.clock.later(minutes=10)
    place.peer.hang_next("fetch")
    assert await ask(place) == Asked(1, 0)
    assert fates(place) == {("sent", None)}


async def test_an_answer_never_undoes_what_has_arrived(place: Street) -> None:
    sid = place.peer.sent[0].sid
    place.clock.later(minutes=10)

    real = place.house.channels[ChannelName.SMS]
    asked_of = real.fate  # type: ignore[attr-defined]

    async def overtaken(provider_id: Any) -> Any:
        """While the answer "sent" is on its way to us, the call comes through."""
        word = await asked_of(provider_id)
        place.peer.calls_back = True
        for one in place.peer.sent:
            if place.peer._messages[one.sid]["status"] == "queued":
                await place.peer.status(one.sid, "delivered")
        return word

    real.fate = overtaken  # type: ignore[attr-defined]
    await ask(place)
    assert fates(place) == {("delivered", None)}
    await place.peer.status(sid, "read")
    assert "read" in {one.state for one in place.rows(step="invitation")}


async def test_a_run_asks_about_the_eldest_and_no_more_than_it_may(
    place: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 2)
    await become(place, "delivered")
    place.clock.later(minutes=10)
    assert await ask(place) == Asked(2, 2)
    assert place.peer.fetched == [one.sid for one in place.peer.sent[:2]]
    assert await ask(place) == Asked(1, 1)


async def test_asking_is_no_faster_than_sending(place: Street) -> None:
    place.clock.later(minutes=10)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        place.clock.now += timedelta(seconds=seconds)

    pacing = Pacing({ChannelName.SMS: Limits(sender=1)}, place.clock, sleep)
    house = place.house
    await ask_providers(house.database, house.channels, pacing, place.clock)
    assert len(place.peer.fetched) == 3
    assert sum(slept) >= 2, "three questions take two seconds at one a second"
    with house.database.read() as db:
        assert set(db.scalars(select(paces.c.sender))) == {"sms:asked"}


async def test_a_webhook_that_is_down_is_seen_although_each_fate_is_known(
    tmp_path: Path,
) -> None:
    async with street(tmp_path, "twilio", 21) as place:
        place.peer.calls_back = False
        await place.drain()
        await become(place, "delivered")
        place.clock.later(hours=2)
        await ask_after(place.house.works)
        assert fates(place) == {("delivered", None)}
        with place.house.database.read() as db:
            found = {one.code: one for one in findings(db, None, place.clock())}
        assert found["no_receipts"].count == 21
        assert "CARNET_PUBLIC_URL" in found["no_receipts"].words


# -- what expires ----------------------------------------------------------------------------------


async def test_an_sms_that_waits_too_long_at_twilio_is_never_sent(tmp_path: Path) -> None:
    async with street(tmp_path, "twilio", 1) as place:
        place.peer.busy = True
        place.clock.set(place.rows()[0].expires_at - timedelta(hours=2))
        await place.drain()
        (sent,) = place.peer.sent
        assert (sent.to, sent.validity) == (phone(0), 7200)
        place.clock.later(hours=2, seconds=1)
        await place.peer.catch_up()
        assert fates(place) == {("failed", "30036")}
        with place.house.database.read() as db:
            assert db.execute(select(tasks)).all() == [], "a call would come too late as well"


async def test_an_sms_that_leaves_the_queue_in_time_is_sent(tmp_path: Path) -> None:
    async with street(tmp_path, "twilio", 1) as place:
        place.peer.busy = True
        place.clock.set(place.rows()[0].expires_at - timedelta(hours=2))
        await place.drain()
        place.clock.later(hours=1, minutes=59)
        await place.peer.catch_up()
        (sent,) = place.peer.sent
        assert await place.peer.status(sent.sid, "delivered") == 204
        assert fates(place) == {("delivered", None)}


async def test_what_waited_too_long_and_is_still_of_use_leaves_again(place: Street) -> None:
    place.peer.calls_back = True
    await become(place, "failed", 30036)  # a Messaging Service may allow less than we do
    assert {one.state for one in place.rows(step="invitation")} == {"waiting"}
    place.clock.later(minutes=10)
    await place.drain()
    assert len(place.peer.sent) == 6
