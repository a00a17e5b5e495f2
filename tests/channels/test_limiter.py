"""The wait before each message, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterable
from itertools import pairwise

import pytest

from bot.channels.limiter import KEYS_KEPT, LIMITS, Limiter, Rate
from bot.messages import ChannelName

TELEGRAM = LIMITS[ChannelName.TELEGRAM]


class SimulatedTime:
    """A monotonic clock that only sleeping moves; every sleep ends `late` seconds too late."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 1000.0
        self.late = late

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + self.late


def moments(per_second: float, count: int) -> list[float]:
    rate, now, taken = Rate(per_second), 0.0, []
    for _ in range(count):
        now += rate.reserve(now)
        taken.append(now)
    return taken


def most_in_a_second(taken: list[float]) -> int:
    return max(sum(start <= one < start + 1 for one in taken[i:]) for i, start in enumerate(taken))


@pytest.mark.parametrize("per_second", [1, 10, 30, 80])
def test_never_more_than_the_limit_in_any_second(per_second: int) -> None:
    assert most_in_a_second(moments(per_second, 500)) <= per_second


def test_2000_messages_leave_at_29_a_second_or_more_and_never_at_more_than_30() -> None:
    taken = moments(30, 2000)
    assert len(taken) / taken[-1] >= 29
    assert most_in_a_second(taken) <= 30


def test_an_idle_sender_does_not_save_up_for_a_burst() -> None:
    rate = Rate(30)
    rate.reserve(0)
    waits = [rate.reserve(60) for _ in range(3)]
    assert waits == pytest.approx([0, 1 / 29.4, 2 / 29.4])


def test_senders_do_not_wait_for_each_other() -> None:
    rate = Rate(1)
    assert [rate.reserve(0, key) for key in ("one", "two")] == [0, 0]
    assert rate.reserve(0, "one") > 1


def test_a_message_of_three_segments_takes_three_places() -> None:
    rate = Rate(10)
    assert rate.reserve(0, weight=3) == 0
    assert rate.reserve(0) == pytest.approx(3 / 9.8)


def test_keys_that_are_over_are_forgotten() -> None:
    rate = Rate(1)
    for n in range(20 * KEYS_KEPT):
        rate.reserve(n * 0.1, str(n))
    assert len(rate) <= KEYS_KEPT + 1


def test_keys_that_still_wait_are_kept() -> None:
    rate = Rate(1)
    waits = [rate.reserve(0, str(n)) for n in range(2 * KEYS_KEPT)]
    assert set(waits) == {0}
    assert all(rate.reserve(0, str(n)) > 1 for n in range(2 * KEYS_KEPT))


def test_a_rate_that_would_not_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="below one"):
        Rate(0.5)


@pytest.mark.parametrize("late", [0.0, 0.002])
async def test_a_bot_keeps_within_its_limit_over_many_chats(late: float) -> None:
    time = SimulatedTime(late)
    limiter = Limiter(TELEGRAM, time.monotonic, time.sleep)
    taken = []
    for n in range(400):
        await limiter.turn("", f"chat-{n}")
        taken.append(time.now)
    assert most_in_a_second(taken) <= 30


async def test_one_chat_gets_one_message_a_second() -> None:
    time = SimulatedTime()
    limiter = Limiter(TELEGRAM, time.monotonic, time.sleep)
    taken = []
    for _ in range(5):
        await limiter.turn("", "chat")
        taken.append(time.now)
    assert all(after - before >= 1 for before, after in pairwise(taken))


async def test_a_chat_that_waits_takes_nobody_elses_moment() -> None:
    waits: list[float] = []
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if seconds > 1:
            await over.wait()

    limiter = Limiter(TELEGRAM, lambda: 0.0, sleep)
    await limiter.turn("", "busy")
    held = asyncio.create_task(limiter.turn("", "busy"))
    await asyncio.sleep(0)
    await limiter.turn("", "other")
    assert waits == pytest.approx([1 / 0.98, 1 / 29.4])
    over.set()
    await held


class Stalls(SimulatedTime):
    """A machine that is busy now and then: some sleeps end much too late."""

    def __init__(self, stalls: Iterable[float]) -> None:
        super().__init__()
        self._stalls = iter(stalls)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + next(self._stalls, 0.0)


@pytest.mark.parametrize("stall", [0.05, 0.1, 0.2, 0.4, 1.5])
@pytest.mark.parametrize("every", [3, 10, 40])
async def test_a_busy_machine_never_makes_too_many_in_a_second(stall: float, every: int) -> None:
    late = (stall if turn % every == 0 else 0.0 for turn in itertools.count(1))
    time = Stalls(late)
    limiter = Limiter(TELEGRAM, time.monotonic, time.sleep)
    taken = []
    for n in range(600):
        await limiter.turn("", f"chat-{n}")
        taken.append(time.now)
    assert most_in_a_second(taken) <= 30


async def test_a_little_lateness_now_and_then_does_not_lower_the_pace() -> None:
    time = Stalls(0.03 if turn % 20 == 0 else 0.0 for turn in itertools.count(1))
    limiter = Limiter(TELEGRAM, time.monotonic, time.sleep)
    start = time.now
    for n in range(1000):
        await limiter.turn("", f"chat-{n}")
    assert 1000 / (time.now - start) >= 29


@pytest.mark.parametrize("workers", [2, 5])
async def test_workers_that_share_a_limiter_share_its_limit(workers: int) -> None:
    """A quick stand-in for `tests.bench_rate`: every worker wakes at its own simulated moment."""
    time = SimulatedTime()
    taken: list[float] = []
    sleeping: list[tuple[float, int, asyncio.Event]] = []
    numbers = itertools.count()

    async def sleep(seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(sleeping, (time.now + seconds, next(numbers), woken))
        await woken.wait()

    limiter = Limiter(TELEGRAM, time.monotonic, sleep)

    async def work(worker: int) -> None:
        for n in range(2000 // workers):
            await limiter.turn("", f"chat-{worker}-{n}")
            taken.append(time.now)
            await sleep(0.02)  # to write down, to send

    tasks = [asyncio.create_task(work(one)) for one in range(workers)]
    while not all(task.done() for task in tasks):
        for _ in range(20):
            await asyncio.sleep(0)
        if sleeping:
            time.now, _, woken = heapq.heappop(sleeping)
            woken.set()
    assert len(taken) == 2000
    assert most_in_a_second(taken) <= 30
    assert 2000 / (taken[-1] - taken[0]) >= 29


async def test_segments_count_as_messages() -> None:
    time = Stalls([0.0, 0.5])
    limiter = Limiter(LIMITS[ChannelName.SMS], time.monotonic, time.sleep)
    taken = []
    for weight in (3, 4, 3, 2, 12, 1):
        await limiter.turn("CARNET", "", weight)
        taken += [time.now] * min(weight, 10)
    assert most_in_a_second(taken) <= 10
