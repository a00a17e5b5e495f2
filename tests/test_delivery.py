"""One message's fate: whatever the order of a provider's words, and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import (
    MAX_WAIT,
    PAUSES,
    RANK,
    GiveUp,
    Retry,
    after_error,
    highest,
    raised,
)
from bot.errors import (
    AddressDead,
    ContactStopped,
    SendDelayed,
    SendError,
    SendRefused,
    SendUncertain,
)
from bot.messages import DeliveryState

NOW = datetime(2026, 12, 2, 11, tzinfo=UTC)
S = DeliveryState

states = st.sampled_from(list(DeliveryState))
words = st.lists(st.sampled_from([S.SENT, S.FAILED, S.DELIVERED, S.READ]), max_size=8)


@pytest.mark.parametrize(
    ("state", "word", "after"),
    [
        (S.SENDING, S.SENT, S.SENT),
        (S.SENT, S.DELIVERED, S.DELIVERED),
        (S.DELIVERED, S.SENT, S.DELIVERED),
        (S.READ, S.DELIVERED, S.READ),
        (S.SENT, S.FAILED, S.FAILED),
        (S.FAILED, S.SENT, S.FAILED),
        (S.FAILED, S.DELIVERED, S.DELIVERED),
        (S.DELIVERED, S.FAILED, S.DELIVERED),
        (S.SENT, S.SENT, S.SENT),
    ],
    ids=[
        "sent",
        "delivered",
        "a late sent never undoes delivered",
        "a late delivered never undoes read",
        "failed",
        "a late sent never undoes failed",
        "delivered after all",
        "a late failure never undoes delivered",
        "the same word twice",
    ],
)
def test_word_only_raises_a_state(
    state: DeliveryState, word: DeliveryState, after: DeliveryState
) -> None:
    assert raised(state, word) is after


def test_every_state_has_its_own_rank() -> None:
    assert RANK.keys() == set(DeliveryState)
    assert len(set(RANK.values())) == len(RANK)


@given(states, states)
def test_state_never_falls(state: DeliveryState, word: DeliveryState) -> None:
    assert RANK[raised(state, word)] >= RANK[state]
    assert raised(state, word) in (state, word)


@given(states, states)
def test_two_words_come_to_the_same_in_either_order(
    first: DeliveryState, second: DeliveryState
) -> None:
    assert raised(first, second) is raised(second, first)


@given(states, states)
def test_word_heard_twice_counts_once(state: DeliveryState, word: DeliveryState) -> None:
    once = raised(state, word)
    assert raised(once, word) is once


@given(words.flatmap(lambda heard: st.tuples(st.just(heard), st.permutations(heard))))
def test_order_of_receipts_does_not_matter(
    heard: tuple[list[DeliveryState], list[DeliveryState]],
) -> None:
    sent, arrived = heard
    assert highest(sent) is highest(arrived)
    assert reduce(raised, arrived, S.SENDING) is reduce(raised, sent, S.SENDING)
    assert reduce(raised, arrived, S.SENT) is raised(S.SENT, highest(sent))


def test_silence_of_a_provider_means_sent() -> None:
    assert highest([]) is S.SENT


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ContactStopped("opted out"), GiveUp("stopped_at_provider", stopped=True)),
        (AddressDead("no such number"), GiveUp("address_dead", dead_address=True)),
        (SendRefused("bad template"), GiveUp("refused_by_provider")),
        (SendError("something else"), GiveUp("refused_by_provider")),
        (SendDelayed("busy"), Retry(NOW + PAUSES[0], "provider_busy")),
        (SendUncertain("no answer"), Retry(NOW + PAUSES[0], "provider_busy")),
        (
            SendDelayed("busy", retry_after=90),
            Retry(NOW + timedelta(seconds=90), "provider_busy"),
        ),
        (SendDelayed("busy", retry_after=0), Retry(NOW + timedelta(seconds=1), "provider_busy")),
        (SendDelayed("busy", retry_after=-5), Retry(NOW + timedelta(seconds=1), "provider_busy")),
        (SendDelayed("busy", retry_after=9e9), Retry(NOW + MAX_WAIT, "provider_busy")),
        (SendDelayed("busy", retry_after=float("inf")), Retry(NOW + MAX_WAIT, "provider_busy")),
    ],
)
def test_what_an_error_leads_to(error: SendError, verdict: Retry | GiveUp) -> None:
    assert after_error(error, 1, NOW, None) == verdict


def test_pauses_grow_then_the_message_has_failed() -> None:
    busy = SendDelayed("busy")
    verdicts = [after_error(busy, tries, NOW, None) for tries in range(1, len(PAUSES) + 2)]
    assert verdicts[:-1] == [Retry(NOW + pause, "provider_busy") for pause in PAUSES]
    assert verdicts[-1] == GiveUp("no_more_tries")
    assert list(PAUSES) == sorted(PAUSES)


@pytest.mark.parametrize(
    ("expires_in", "verdict"),
    [
        (timedelta(seconds=31), Retry(NOW + PAUSES[0], "provider_busy")),
        (PAUSES[0], GiveUp("too_late")),
        (timedelta(seconds=-1), GiveUp("too_late")),
    ],
    ids=["in time", "when it ends", "over"],
)
def test_tries_end_when_the_message_stops_making_sense(
    expires_in: timedelta, verdict: Retry | GiveUp
) -> None:
    assert after_error(SendDelayed("busy"), 1, NOW, NOW + expires_in) == verdict


@given(
    st.integers(0, 30),
    st.none() | st.floats(allow_nan=False),
    st.none() | st.integers(-100_000, 200_000).map(lambda ahead: NOW + timedelta(seconds=ahead)),
)
def test_every_try_lies_ahead_and_before_the_end(
    attempts: int, retry_after: float | None, expires_at: datetime | None
) -> None:
    verdict = after_error(SendDelayed("busy", retry_after=retry_after), attempts, NOW, expires_at)
    if isinstance(verdict, Retry):
        assert NOW < verdict.at <= NOW + MAX_WAIT
        assert expires_at is None or verdict.at < expires_at
