"""Reminders of one day to one person leave in one message. Pure.

    the reminder that leaves  -->  its company: others of this person and day that may leave now

The message belongs to one row of the outbox, its carrier; what is told along rides with it, and
stands for itself again when the carrier ends without having left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.messages import DeliveryState, Purpose
from bot.wallclock import local

TOGETHER = 3  # events in one message: nobody reads more; the others leave on another day


def is_reminder(row: Row[Any]) -> bool:
    """Whether it reminds of an event, and so may leave with others."""
    about_event = row.event_id is not None and row.conversation_id is not None
    return about_event and row.contact_id is not None and row.purpose == Purpose.REMINDER


def company(
    row: Row[Any],
    waiting: Iterable[Row[Any]],
    zone: str,
    now: datetime,
    may_leave: Callable[[Row[Any]], bool],
) -> list[Row[Any]]:
    """What leaves along with a reminder, of those that wait; `zone` is where the family lives.

    What may have reached the provider is tried again as it was: nothing is added to it.
    """
    today = local(now, zone).date()
    doubtful = row.state == DeliveryState.SENDING

    def rides(one: Row[Any]) -> bool:
        if one.contact_id != row.contact_id:
            return False
        if one.merged_into == row.id:
            return may_leave(one)
        free = one.state == DeliveryState.WAITING and one.merged_into is None
        of_today = local(one.next_attempt_at, zone).date() <= today
        return free and of_today and not doubtful and may_leave(one)

    told = {row.event_id}  # each event once: a second reminder of it waits for its own hour
    found = []
    for one in waiting:
        if one.event_id not in told and rides(one):
            told.add(one.event_id)
            found.append(one)
    return found[: TOGETHER - 1]
