"""What goes wrong, row by row, for each provider: nothing is lost, nothing is sent twice.

The one exception is the message in flight at a provider that cannot be asked what it took.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.app import build
from bot.enrolment import import_families
from bot.messages import ChannelName
from bot.storage.tables import addresses, tasks
from tests.house import Clock, guardian, phone, roster_row
from tests.peers.telegram import BotApi
from tests.peers.twilio import TwilioApi
from tests.scenarios.street import (
    DUE,
    ENROLLED,
    ORIGIN,
    OURS,
    PROVIDERS,
    ByTelegram,
    ByTwilio,
    Street,
    enrol,
    settings,
    street,
)

FAMILIES = 4


@pytest.fixture(params=PROVIDERS)
async def ours(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Street]:
    """The street, once for each provider."""
    async with street(tmp_path, request.param, FAMILIES) as place:
        yield place


def everybody(place: Street) -> Counter[str]:
    """Each family told once."""
    return Counter(place.provider.address(number) for number in range(FAMILIES))


# -- on the way out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one message; `taken`: it reached the provider, and we were not told."""

    happens: Callable[[Street], object]
    taken: bool = False


def refuse(place: Street, status: int, **how: object) -> None:
    place.peer.fail_next(place.provider.call, status, **how)


def hang(place: Street, *, taken: bool) -> None:
    place.peer.hang_next(place.provider.call, taken=taken)


def reset(place: Street, *, taken: bool) -> None:
    place.peer.reset_next(place.provider.call, taken=taken)


def skew(place: Street, minutes: int) -> None:
    """The provider's clock is off, and it is silent about a message that it took."""
    place.peer.clock = lambda: place.clock() + timedelta(minutes=minutes)
    hang(place, taken=True)


def twice(place: Street) -> None:
    hang(place, taken=False)
    refuse(place, 500)


ON_THE_WAY_OUT: dict[str, Fault] = {
    "429 with a delay": Fault(partial(refuse, status=429, retry_after=5)),
    "429 three times": Fault(partial(refuse, status=429, retry_after=5, times=3)),
    "500": Fault(partial(refuse, status=500)),
    "502 of a gateway": Fault(partial(refuse, status=502, body="<h1>Bad gateway</h1>")),
    "502 of a gateway, but it was taken": Fault(
        partial(refuse, status=502, body="<h1>Bad gateway</h1>", taken=True), taken=True
    ),
    "no answer, it was not taken": Fault(partial(hang, taken=False)),
    "no answer, but it was taken": Fault(partial(hang, taken=True), taken=True),
    "no answer, then 500": Fault(twice),
    "connection reset before it was taken": Fault(partial(reset, taken=False)),
    "connection reset after it was taken": Fault(partial(reset, taken=True), taken=True),
    "an answer that is no JSON": Fault(partial(refuse, status=200, body="<html>")),
    "an answer that is no JSON, but it was taken": Fault(
        partial(refuse, status=200, body="<html>", taken=True), taken=True
    ),
    "an answer that is cut, but it was taken": Fault(
        partial(refuse, status=200, body='{"ok": tr', taken=True), taken=True
    ),
    "its clock is 7 minutes ahead": Fault(partial(skew, minutes=7), taken=True),
    "its clock is 7 minutes behind": Fault(partial(skew, minutes=-7), taken=True),
}


@pytest.mark.parametrize("fault", ON_THE_WAY_OUT.values(), ids=ON_THE_WAY_OUT)
async def test_a_fault_on_the_way_out_loses_nothing_and_doubles_nothing(
    ours: Street, fault: Fault
) -> None:
    fault.happens(ours)
    await ours.live(hours=3)
    extra = ours.told() - everybody(ours)
    assert not everybody(ours) - ours.told(), "everybody is told"
    in_flight = fault.taken and not ours.provider.asked
    assert extra.total() == (1 if in_flight else 0)
    assert {row.state for row in ours.rows(step="invitation")} <= {"sent", "delivered"}


# -- on the way in --------------------------------------------------------------------------------


async def post(place: Street, body: bytes, **headers: str) -> int:
    """Somebody calls our webhook."""
    port = place.peer._wires[ORIGIN]
    async with httpx.AsyncClient(trust_env=False) as web:
        answer = await web.post(f"{port}{place.provider.webhook}", content=body, headers=headers)
    return answer.status_code


async def wrong_signature(place: Street) -> None:
    assert await post(place, b"From=%2B33639980000&Body=non&MessageSid=SM1") == 403
    if isinstance(place.peer, TwilioApi):
        for signature in ("wrong", "missing", "altered"):
            assert await place.peer.says(phone(0), OURS, "non", signature=signature) == 403


async def the_same_call_twice(place: Street) -> None:
    assert await place.provider.says(0, "oui, 1 adulte et 1 enfant") == 204
    for _ in range(3):
        assert await place.provider.again() == 204


async def old_call_again_after_a_new_one(place: Street) -> None:
    assert await place.provider.says(0, "non") == 204
    replay: Callable[[], Awaitable[object]]
    if isinstance(place.peer, TwilioApi):
        replay = partial(place.peer.redeliver, place.peer.called[-1].form["MessageSid"])
    else:
        replay = partial(place.peer.redeliver, int(place.peer.updates[-1]["update_id"]))
    assert await place.provider.says(0, "oui, 1 adulte et 1 enfant") == 204
    assert await replay() == 204


async def ten_megabytes(place: Street) -> None:
    assert await post(place, b"x" * 10_000_000) == 413


async def not_what_a_provider_writes(place: Street) -> None:
    for body in (b"", b"{", b"\xff\xfe", b"[1, 2]", b"a=" + b"%ff" * 9):
        assert await post(place, body) == 403


async def unknown_fields(place: Street) -> None:
    if isinstance(place.peer, TwilioApi):
        text = "oui, 1 adulte et 1 enfant"
        new = {"Mood": "good", "Empty": "", "ChannelMetadata": '{"deep": [1]}'}
        assert await place.peer.says(phone(0), OURS, text, fields=new) == 204
    else:
        chat = int(place.provider.address(0))
        said = {"text": "oui, 1 adulte et 1 enfant", "mood": {"level": 3}, "aura": [1]}
        head = place.peer._compose(chat, said)
        assert await place.peer._updates.happen("message", head) == 204


ON_THE_WAY_IN: dict[str, tuple[Callable[[Street], Awaitable[None]], list[str], str | None]] = {
    # what happens, what has arrived, what the family has answered
    "a wrong signature": (wrong_signature, [], None),
    "the same call four times": (the_same_call_twice, ["oui, 1 adulte et 1 enfant"], "yes"),
    "an old call again, after a new one": (
        old_call_again_after_a_new_one,
        ["non", "oui, 1 adulte et 1 enfant"],
        "yes",
    ),
    "a body of 10 MB": (ten_megabytes, [], None),
    "bodies that no provider writes": (not_what_a_provider_writes, [], None),
    "fields that are newer than us": (unknown_fields, ["oui, 1 adulte et 1 enfant"], "yes"),
}


@pytest.mark.parametrize(("happens", "heard", "answer"), ON_THE_WAY_IN.values(), ids=ON_THE_WAY_IN)
async def test_a_fault_on_the_way_in_counts_once_or_not_at_all(
    ours: Street,
    happens: Callable[[Street], Awaitable[None]],
    heard: list[str],
    answer: str | None,
) -> None:
    await ours.drain()
    told = ours.told()
    await happens(ours)
    await ours.drain()
    assert ours.heard() == heard
    assert ours.answer(0) == answer
    replies = (ours.told() - told).total()
    assert replies == len(ours.rows(purpose="reply")) == len(heard)


# -- receipts: only Twilio tells ------------------------------------------------------------------

Words = tuple[tuple[str, int | None], ...]

RECEIPTS: dict[str, tuple[Words, str]] = {
    "in order": ((("sent", None), ("delivered", None)), "delivered"),
    "out of order": ((("delivered", None), ("sent", None)), "delivered"),
    "twice each": ((("sent", None), ("sent", None), *[("delivered", None)] * 2), "delivered"),
    "a failure that crossed the arrival": (
        (("delivered", None), ("undelivered", 30008)),
        "delivered",
    ),
    "a code, then none": ((("undelivered", 30007), ("undelivered", None)), "failed"),
    "none, then a code": ((("undelivered", None), ("undelivered", 30007)), "failed"),
}


@pytest.mark.parametrize(("words", "end"), RECEIPTS.values(), ids=RECEIPTS)
async def test_words_on_a_message_come_to_the_same_in_any_order(
    tmp_path: Path, words: Words, end: str
) -> None:
    async with street(tmp_path, "twilio", 1) as place:
        await place.drain()
        (sent,) = place.peer.sent
        for status, code in words:
            assert await place.peer.status(sent.sid, status, code) == 204
        (row,) = place.rows(step="invitation")
        assert row.state == end
        assert row.error_code == ("30007" if end == "failed" else None)


async def test_word_on_a_message_that_nobody_knows_changes_nothing(tmp_path: Path) -> None:
    async with street(tmp_path, "twilio", 1) as place:
        await place.drain()
        form = {"MessageSid": "SM" + "9" * 32, "MessageStatus": "failed", "ErrorCode": "30005"}
        before = place.rows()
        both = {"To": phone(0), "From": OURS}
        status = await place.peer._call(f"{ORIGIN}/webhooks/twilio", form | both, "good")
        assert status == 204
        assert place.rows() == before


# -- people ---------------------------------------------------------------------------------------


async def test_who_blocks_us_is_left_alone_and_who_comes_back_is_written_to(
    tmp_path: Path,
) -> None:
    async with street(tmp_path, "telegram", 2) as place:
        chat = int(place.provider.address(0))
        await place.peer.blocks(chat)
        await place.live(hours=1)
        assert place.told() == Counter([place.provider.address(1)])
        assert _dead(place, str(chat)) == "blocked"
        assert [row.reason for row in place.rows(state="refused")] == ["blocked"]
        with place.house.database.read() as db:
            assert [one.reason for one in db.execute(select(tasks))] == ["unreachable"]
        await place.peer.unblocks(chat)
        assert await place.provider.says(0, "bonjour") == 204
        await place.drain()
        assert _dead(place, str(chat)) is None
        assert place.told()[str(chat)] == 1


async def test_who_stops_at_the_carrier_is_left_alone_on_every_way(tmp_path: Path) -> None:
    async with street(tmp_path, "twilio", 2) as place:
        place.peer.opted_out.add(phone(0))
        await place.live(hours=1)
        assert place.told() == Counter([phone(1)])
        assert [row.reason for row in place.rows(state="failed")] == ["stopped_at_provider"]


async def test_who_changes_number_is_written_to_at_the_new_one(ours: Street) -> None:
    if isinstance(ours.provider, ByTwilio):
        new = roster_row(0, guardians=(guardian(77),))
        with ours.house.database.write() as db:
            import_families(db, [new], ENROLLED)
        wanted = phone(77)
    else:
        assert isinstance(ours.peer, BotApi)
        ours.peer.deactivated.add(int(ours.provider.address(0)))
        wanted = str(7_000_077)
        ours.peer.joins(int(wanted))
        ours.bind(0, ChannelName.TELEGRAM, wanted, 2)
    await ours.live(hours=1)
    assert ours.told()[wanted] == 1
    assert ours.told()[ours.provider.address(0)] == 0


async def test_who_has_two_phones_is_written_to_on_one_and_may_answer_from_both(
    ours: Street,
) -> None:
    second = phone(77) if isinstance(ours.provider, ByTwilio) else str(7_000_077)
    ours.bind(0, ours.provider.channel, second, 2)
    await ours.live(hours=1)
    assert (ours.told()[ours.provider.address(0)], ours.told()[second]) == (1, 0)
    assert await ours.provider.says(77, "oui, 1 adulte et 1 enfant") == 204
    await ours.drain()
    assert ours.told()[second] == 1, "answered where it was said"


def _dead(place: Street, value: str) -> str | None:
    query = select(addresses.c.dead_reason).where(addresses.c.value == value)
    with place.house.database.read() as db:
        return db.scalar(query)


# -- the machine ----------------------------------------------------------------------------------


async def test_a_full_disk_loses_no_message_and_doubles_none(ours: Street) -> None:
    with ours.disk_full():
        await ours.live(hours=0.5)
    await ours.live(hours=3)
    extra = ours.told() - everybody(ours)
    assert not everybody(ours) - ours.told()
    assert extra.total() <= (0 if ours.provider.asked else 1)


async def test_a_full_disk_answers_no_call_that_it_has_not_written(ours: Street) -> None:
    await ours.drain()
    said, kept = [], []
    with ours.disk_full():
        for turn in range(60):
            text = f"numéro {turn} " + "x" * 900
            said.append(text)
            status = await ours.provider.says(turn % FAMILIES, text)
            if status == 204:
                kept.append(text)
            elif turn - len(kept) > 2:
                break
        assert len(kept) < len(said), "the disk was full"
    assert ours.heard() == kept
    assert await ours.provider.again() == 204
    assert ours.heard() == [*kept, said[-1]]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_killed_in_the_middle_of_a_campaign_then_started_again(
    tmp_path: Path, provider: str
) -> None:
    clock = Clock(DUE)
    side: ByTelegram | ByTwilio = PROVIDERS[provider](clock)  # type: ignore[assignment]
    async with side.peer:
        house = build(settings(tmp_path, provider, side.peer.url), clock=clock, limits={})
        enrol(house, side, 20)
        house.database.close()
        process = await _start(tmp_path, provider, side.peer.url)
        while len(side.told()) < 7:
            assert process.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        again = await _start(tmp_path, provider, side.peer.url)
        assert await again.wait() == 0
    told = Counter(side.told())
    assert len(told) == 20
    assert told.total() - 20 <= (0 if side.asked else 1)


async def _start(folder: Path, provider: str, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.scenarios.street",
        str(folder),
        provider,
        url,
        DUE.isoformat(),
        cwd=Path(__file__).parents[2],
    )
