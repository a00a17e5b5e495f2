"""How fast each provider lets us write, and the moment that keeps us within it.

Pure: what has left, and what is on its way, comes from wherever all workers write it down. A
message counts from the moment at which its provider has answered, and as long as it is on its way
it counts in every second: whatever is late, a worker, a timer or the network, no second ever sees
more than the limit. Moments are spread over the second, a little more closely than the limit, so
that a lost one is caught up with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.messages import ChannelName

WINDOW = timedelta(seconds=1.005)  # a second, and room for the clocks of two machines
SPREAD = 0.9  # of the even distance between two messages


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second: over one sender (a bot, a number), and to one address if that is limited.

    For SMS the unit is the segment.
    """

    sender: int
    address: int | None = None


LIMITS: Mapping[ChannelName, Limits] = {  # as published in November 2026; no entry: no limit
    ChannelName.TELEGRAM: Limits(sender=30, address=1),
    ChannelName.SMS: Limits(sender=10),  # an alphanumeric sender
    ChannelName.WHATSAPP: Limits(sender=80),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """A message that has its moment. `gone_at` None: nobody knows yet when it has arrived."""

    at: datetime
    weight: int = 1
    gone_at: datetime | None = None


def moment_for(weight: int, most: int, paces: Collection[Pace], now: datetime) -> datetime | None:
    """The first moment for a message of `weight` at which no second sees more than `most`.

    None: too much is on its way to tell. What weighs more than `most` weighs `most`.
    """
    weight = min(weight, most)
    room = most - weight - _units(most, (one for one in paces if one.gone_at is None))
    if room < 0:
        return None
    gone = sorted(
        one.gone_at
        for one in paces
        if one.gone_at is not None
        for _ in range(min(one.weight, most))
    )
    earliest = [now]
    if len(gone) > room:
        earliest.append(gone[-1 - room] + WINDOW)
    earliest += [one.at + _spread(one.weight, most) for one in paces]
    return max(earliest)


def _units(most: int, paces: Iterable[Pace]) -> int:
    return sum(min(one.weight, most) for one in paces)


def _spread(weight: int, most: int) -> timedelta:
    return timedelta(seconds=SPREAD * min(weight, most) / most)
