"""One message's fate: which word of a provider counts, and when to try again. Pure.

    waiting -> sending -> sent -> failed -> delivered -> read
       '-> refused

A word of a provider only ever raises a message's state, whatever the order in which it arrives: a
late "sent" changes nothing, and "delivered" outranks a failure that crossed it on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import AccountRefused, AddressDead, ContactStopped, SendDelayed, SendError
from bot.messages import DeliveryState

RANK = {
    DeliveryState.WAITING: 0,
    DeliveryState.SENDING: 1,
    DeliveryState.SENT: 2,
    DeliveryState.FAILED: 3,
    DeliveryState.DELIVERED: 4,
    DeliveryState.READ: 5,
    DeliveryState.REFUSED: 6,
}

PAUSES = (  # between tries, growing; then the message has failed
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
MAX_WAIT = timedelta(hours=24)
MENDING = timedelta(minutes=10)  # between looks at an account that a person must mend


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at this instant."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It has failed. What follows for the address or the person stands beside it."""

    reason: str
    dead_address: bool = False
    stopped: bool = False


def raised(state: DeliveryState, word: DeliveryState) -> DeliveryState:
    """The state after a provider's word: the higher of the two."""
    return word if RANK[word] > RANK[state] else state


def highest(words: Iterable[DeliveryState]) -> DeliveryState:
    """What several words of a provider come to, in any order."""
    return max(words, key=RANK.__getitem__, default=DeliveryState.SENT)


def after_error(
    error: SendError,
    attempts: int,
    now: datetime,
    expires_at: datetime | None,
    pauses: Sequence[timedelta] = PAUSES,
) -> Retry | GiveUp:
    """What to do about a send that failed after `attempts` tries.

    Tries end when the message stops making sense: a reminder never arrives after its event. No try
    is spent on an account that its provider refuses: what waits for a person waits until then.
    """
    if isinstance(error, ContactStopped):
        return GiveUp("stopped_at_provider", stopped=True)
    if isinstance(error, AddressDead):
        return GiveUp("address_dead", dead_address=True)
    if not isinstance(error, SendDelayed):
        return GiveUp("refused_by_provider")
    if isinstance(error, AccountRefused):
        pauses, attempts = (MENDING,), 1
    if attempts > len(pauses):
        return GiveUp("no_more_tries")
    pause = pauses[attempts - 1] if attempts else pauses[0]
    if error.retry_after is not None:
        seconds = min(max(error.retry_after, 1), MAX_WAIT.total_seconds())
        pause = timedelta(seconds=seconds)
    at = now + pause
    if expires_at is not None and at >= expires_at:
        return GiveUp("too_late")
    return Retry(at, "account_refused" if isinstance(error, AccountRefused) else "provider_busy")
