"""What left and of which nobody says that it arrived: how long that is waited for. Pure.

    purpose      to the next way                      to a person, where no way is left
    change       the patience, at most a quarter      as soon; what is for later than tomorrow waits
                 of the time that is left             until the day before, at most for a day
    reminder     the same, at most half of it         the same
    invitation   the patience                         after a day
    survey       the patience                         never

So a telephone that is off for an hour is nobody's work, and whoever would stand before a closed
door is called while that still helps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.messages import Purpose

PATIENCE = timedelta(hours=2)  # where a deployment never tries another way
A_DAY = timedelta(days=1)
PART: Mapping[Purpose, int] = {Purpose.CHANGE: 4, Purpose.REMINDER: 2}
"""The part of the time that is left, between sending and the event, that may be waited for."""

MOST_AHEAD = max(PART.values()) - 1
"""Whatever is waited for less than the patience has, when its time comes, no more than that many
times the patience before it: so it is found in a database."""


DEAF_FROM = 20  # messages without a word, if they are more than those that were told of


def is_deaf(mute: int, heard: int) -> bool:
    """Whether it is the provider's words that are lost, and not the messages."""
    return mute > max(DEAF_FROM, heard)


def next_way_at(
    purpose: Purpose, sent_at: datetime, expires_at: datetime | None, patience: timedelta
) -> datetime:
    """When a message that was not delivered leaves by the next way."""
    if expires_at is None or purpose not in PART:
        return sent_at + patience
    return sent_at + min(patience, (expires_at - sent_at) / PART[purpose])


def person_at(
    purpose: Purpose, sent_at: datetime, expires_at: datetime | None, patience: timedelta
) -> datetime | None:
    """When a person is told of a message that was not delivered and has no other way; None: never.

    Never once it is of no use any more.
    """
    at: datetime | None = None
    if purpose is Purpose.INVITATION:
        at = sent_at + A_DAY
    elif purpose in PART:
        calm = sent_at + A_DAY
        eve = expires_at - A_DAY if expires_at is not None else calm
        at = max(next_way_at(purpose, sent_at, expires_at, patience), min(eve, calm))
    return None if at is None or (expires_at is not None and at >= expires_at) else at
