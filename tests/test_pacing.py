"""Limits that hold over all workers: several on one database, on a clock that tests move."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.channels.limiter import LIMITS, Limits
from bot.messages import Address, ChannelName, OutboundMessage, ProviderId
from bot.pacing import NotYet, Pacing, Place, sender_of
from bot.storage import paces as stored
from bot.storage.database import Database
from bot.storage.tables import metadata, paces
from tests.house import MONDAY, Clock

TELEGRAM, SMS = ChannelName.TELEGRAM, ChannelName.SMS


def message(
    to: str, channel: ChannelName = TELEGRAM, *, sender: str | None = None, replaces: str = ""
) -> OutboundMessage:
    return OutboundMessage(
        1, Address(channel, to), "?", sender, replaces=ProviderId(replaces) if replaces else None
    )


class Workers:
    """Workers with a pacing each, as processes have, on one database.

    Time passes from one event to the next. Each is late as `delay` says: in waking, in reaching the
    provider, in hearing of it.
    """

    def __init__(self, path: Path, clock: Clock, count: int, delay: Callable[[], float]) -> None:
        self.clock, self.delay = clock, delay
        url = f"sqlite:///{path}"
        self.databases = [Database(url, durable=False) for _ in range(count)]
        self.pacings = [Pacing(LIMITS, clock) for _ in range(count)]
        self.arrived: list[tuple[datetime, OutboundMessage, int]] = []

    def send(self, letters: Sequence[tuple[OutboundMessage, int]]) -> None:
        """Let the workers send all of it; each takes the next one as soon as it is free."""
        left, numbers = list(letters), itertools.count()
        doing = [self._work(n, left) for n in range(len(self.databases))]
        events = [(self.clock.now, next(numbers), one) for one in doing]
        heapq.heapify(events)
        while events:
            at, _, work = heapq.heappop(events)
            self.clock.set(max(at, self.clock.now))
            pause = next(work, None)
            if pause is not None:
                heapq.heappush(events, (self.clock.now + pause, next(numbers), work))

    def _work(self, number: int, left: list[tuple[OutboundMessage, int]]) -> Iterator[timedelta]:
        pacing, database = self.pacings[number], self.databases[number]
        outcome: Callable[..., None] = lambda _db: None  # noqa: E731
        while left:
            letter = left.pop(0)
            while True:
                with database.write() as db:
                    outcome(db)
                    taken = pacing.take(db, *letter)
                if isinstance(taken, Place):
                    break
                outcome = lambda _db: None  # noqa: E731
                yield taken.at - self.clock.now
            yield max(taken.at - self.clock.now, timedelta()) + self._late()
            yield self._late()
            self.arrived.append((self.clock.now, *letter))
            yield self._late()
            outcome = pacing.gone(taken)
            yield self._late()
        with database.write() as db:
            outcome(db)

    def _late(self) -> timedelta:
        return timedelta(seconds=self.delay())

    def close(self) -> None:
        for one in self.databases:
            one.close()


@contextmanager
def workers(count: int, delay: Callable[[], float]) -> Iterator[Workers]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shared.db"
        first = Database(f"sqlite:///{path}", durable=False)
        metadata.create_all(first.engine, tables=[paces])
        first.close()
        made = Workers(path, Clock(MONDAY), count, delay)
        yield made
        made.close()


def most_in_a_second(arrived: Sequence[tuple[datetime, int]]) -> int:
    """The most units in any second, wherever it begins."""
    return max(
        sum(weight for at, weight in arrived if start <= at < start + timedelta(seconds=1))
        for start, _ in arrived
    )


def moments(done: Workers, sender: str) -> list[tuple[datetime, int]]:
    return [(at, weight) for at, one, weight in done.arrived if sender_of(one) == sender]


def stalls(random: Random, usual: float, worst: float) -> Callable[[], float]:
    """Usually a little late, one time in ten very much."""
    return lambda: random.uniform(0, worst if random.random() < 0.1 else usual)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 5),
    worst=st.sampled_from([0.01, 0.1, 0.6, 3.0]),
)
def test_no_second_sees_more_than_the_limit_whoever_is_late(
    seed: int, count: int, worst: float
) -> None:
    random = Random(seed)
    with workers(count, stalls(random, 0.01, worst)) as house:
        house.send([(message(str(n)), 1) for n in range(100)])
        found = moments(house, "telegram:")
    assert len(found) == 100
    assert most_in_a_second(found) <= 30


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 4))
def test_segments_and_chats_keep_their_limits_too(seed: int, count: int) -> None:
    random = Random(seed)
    letters = [(message(str(random.randrange(4))), 1) for _ in range(24)]
    letters += [(message("+33639980001", SMS), random.choice((1, 2, 3, 12))) for _ in range(20)]
    random.shuffle(letters)
    with workers(count, stalls(random, 0.02, 1.2)) as house:
        house.send(letters)
        by_sms = [(at, min(weight, 10)) for at, weight in moments(house, "sms:")]
        chats = {one.to.value for _, one, _ in house.arrived if one.to.channel is TELEGRAM}
        by_chat = {
            chat: [(at, 1) for at, one, _ in house.arrived if one.to.value == chat]
            for chat in chats
        }
    assert most_in_a_second(by_sms) <= 10
    assert {most_in_a_second(one) for one in by_chat.values()} == {1}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_workers_together_reach_the_pace(count: int) -> None:
    random = Random(count)
    with workers(count, stalls(random, 0.002, 0.05)) as house:
        house.send([(message(str(n)), 1) for n in range(300)])
        found = moments(house, "telegram:")
    assert most_in_a_second(found) <= 30
    assert (len(found) - 1) / (found[-1][0] - found[0][0]).total_seconds() >= 29


def test_each_bot_and_each_number_has_its_own_limit() -> None:
    letters = [
        letter
        for n in range(60)
        for letter in (
            (message(f"{n}"), 1),
            (message(f"{n}@nice"), 1),
            (message("+33639980001", SMS, sender="CARNET"), 1),
        )
    ]
    with workers(6, lambda: 0.001) as house:
        house.send(letters)
        counted = Counter(sender_of(one) for _, one, _ in house.arrived)
        spent = house.clock.now - MONDAY
    assert counted == {"telegram:": 60, "telegram:nice": 60, "sms:CARNET": 60}
    assert spent < timedelta(seconds=8), "they wait for themselves only"


@pytest.fixture
def shared(database: Database, clock: Clock) -> tuple[Database, Clock, Pacing]:
    return database, clock, Pacing(LIMITS, clock)


Shared = tuple[Database, Clock, Pacing]


def take(shared: Shared, letter: OutboundMessage, weight: int = 1) -> Place | NotYet:
    database, _, pacing = shared
    with database.write() as db:
        return pacing.take(db, letter, weight)


def test_a_chat_gets_one_message_a_second_and_holds_up_nobody(shared: Shared) -> None:
    database, clock, pacing = shared
    first = take(shared, message("1"))
    assert isinstance(first, Place)
    assert isinstance(take(shared, message("1")), NotYet), "the first is on its way"
    other = take(shared, message("2"))
    assert isinstance(other, Place)
    assert other.at - first.at < timedelta(seconds=0.05)
    with database.write() as db:
        pacing.gone(first)(db)
    waits = take(shared, message("1"))
    assert isinstance(waits, NotYet)
    clock.set(waits.at)
    assert isinstance(take(shared, message("1")), Place)


def test_an_edit_is_no_new_message_in_its_chat(shared: Shared) -> None:
    assert isinstance(take(shared, message("1")), Place)
    assert isinstance(take(shared, message("1", replaces="1:7")), Place)


def test_a_channel_without_a_limit_leaves_at_once_and_writes_nothing(shared: Shared) -> None:
    database, clock, _ = shared
    place = take(shared, message("phone-1", ChannelName.SIMULATOR))
    assert place == Place(clock.now)
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(paces)) == 0


def test_a_moment_that_was_given_back_counts_no_more(shared: Shared) -> None:
    database, _, pacing = shared
    place = take(shared, message("1"))
    assert isinstance(place, Place)
    with database.write() as db:
        pacing.give_back(db, place)
    assert isinstance(take(shared, message("1")), Place)


def test_what_a_dead_worker_had_taken_is_forgotten_after_two_minutes(shared: Shared) -> None:
    _, clock, _ = shared
    assert isinstance(take(shared, message("1")), Place)
    clock.later(seconds=115)
    assert isinstance(take(shared, message("1")), NotYet)
    clock.later(seconds=6)
    assert isinstance(take(shared, message("1")), Place)


def test_a_clock_that_is_put_back_stops_nothing(shared: Shared) -> None:
    _, clock, _ = shared
    for n in range(40):
        take(shared, message(str(n)))
    clock.later(hours=-1)
    place = take(shared, message("50"))
    assert isinstance(place, Place)
    assert place.at == clock.now


def test_only_a_few_seconds_are_kept(shared: Shared) -> None:
    database, clock, pacing = shared
    for n in range(300):
        place = take(shared, message(str(n)))
        assert isinstance(place, Place)
        clock.set(max(place.at, clock.now))
        with database.write() as db:
            pacing.gone(place)(db)
    with database.read() as db:
        kept = db.scalar(select(func.count()).select_from(paces)) or 0
    assert kept <= 30 * (stored.KEPT.total_seconds() + 1)


def test_limits_are_whole_numbers_of_messages() -> None:
    assert all(isinstance(one, Limits) and one.sender >= 1 for one in LIMITS.values())
