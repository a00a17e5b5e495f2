"""What one address did not carry leaves by the next way; where none is left, a person is told.

    could not be delivered -.                   .-> another address behind it: the same row waits
    nobody said it arrived -'-> this try is kept -'-> none left: one task for the centre, closed by
                                                      itself if the message arrives after all

The promise stays the same row: one key, one conversation, one place in every count. Its earlier
tries are kept, so that a late word of a provider, or a late answer, still finds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from bot.messages import DeliveryState, Purpose
from bot.storage import contacts, outbox, tasks, tries
from bot.storage.riders import set_riders
from bot.storage.silence import unsaid_to
from bot.storage.tasks import UNREACHABLE
from bot.storage.tries import Outcome

OTHER_CHANNEL = "other_channel"  # reason of a row that the next way may carry
NOT_DELIVERED = "not_delivered"  # the same, where nobody has said that it failed

NO_WAY_LEFT = frozenset({"address_dead", "blocked", "window_closed", OTHER_CHANNEL})
"""Why no address works, where a person can still find another way to say it.

Who never had a working address is in the list of what stands in a family's way; a channel that is
not switched on, and an account that a provider refuses, are for whoever looks after Carnet.
"""

ANSWERS = (Purpose.REPLY, Purpose.STAFF)


def has_another_way(db: Connection, row: Row[Any], behind: int) -> bool:
    """Whether an address behind this one may carry a message; the gate has the last word.

    An answer goes nowhere else than to where its question came from.
    """
    if Purpose(row.purpose) is Purpose.REPLY or row.contact_id is None:
        return False
    theirs = contacts.addresses_of(db, [row.contact_id]).get(row.contact_id, [])
    places = [place for place, one in enumerate(theirs, start=1) if one.id == behind]
    return any(one.dead_reason is None for one in theirs[places[0] if places else 0 :])


def try_elsewhere(
    db: Connection, row: Row[Any], at: tuple[int, str], outcome: Outcome, now: datetime
) -> None:
    """Let a message wait again for the address behind the one where it was tried.

    `at`: that address and its channel.
    """
    address_id, channel = at
    tries.keep(db, row, address_id, channel, outcome, now)
    again = {
        "state": DeliveryState.WAITING,
        "reason": _reason(outcome),
        "address_id": address_id,
        "provider_id": None,  # late words on this try are not about the next one
        "next_attempt_at": now,
        "lease_until": None,
    }
    outbox.set_row(db, row.id, **again)
    set_riders(db, row.id, **again)


def try_again(
    db: Connection,
    row: Row[Any],
    at: tuple[int, str],
    later: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Let a message that was not delivered wait for one more try at the same address.

    `at`: that address and its channel.
    """
    address_id, channel = at
    tries.keep(db, row, address_id, channel, Outcome.AGAIN, now)
    again = {
        "state": DeliveryState.WAITING,
        "reason": reason,
        "provider_id": None,
        "next_attempt_at": later,
        "lease_until": None,
    }
    outbox.set_row(db, row.id, **again)
    set_riders(db, row.id, **again)


def way_on(behind: Row[Any]) -> str:
    """Why a message left by the way it did; `behind`: the try that it goes on from."""
    return _reason(Outcome(behind.outcome))


def _reason(outcome: Outcome) -> str:
    return NOT_DELIVERED if outcome is Outcome.SILENT else OTHER_CHANNEL


def take_back(db: Connection, row: Row[Any], behind: Row[Any]) -> bool:
    """The next way is closed to a message that another way has carried: what was true stays true.

    `behind`: the try that it would have gone on from. False where that one had failed.
    """
    if behind.outcome != Outcome.SILENT:
        return False
    before = {
        "state": DeliveryState.SENT,
        "reason": "",
        "address_id": behind.address_id,
        "provider_id": behind.provider_id,
        "lease_until": None,
    }
    outbox.set_row(db, row.id, **before)
    set_riders(db, row.id, **before)
    return True


class Unsaid(NamedTuple):
    """One message that cannot be said, and to whom."""

    contact_id: int | None
    family_id: int | None
    centre_id: int | None
    address_id: int | None
    event_id: int | None
    purpose: str
    id: int | None = None  # of its row; None: not written down yet


def unsaid(row: Row[Any]) -> Unsaid:
    """A row of the outbox as what could not be said."""
    return Unsaid(*(getattr(row, name) for name in Unsaid._fields))


def tell_the_centre(db: Connection, messages: Iterable[Unsaid], now: datetime) -> int:
    """Open one task for each person whom none of these can reach; give how many are new.

    Whoever has such a task open keeps that one, however many more messages cannot be said; who
    never had an address is no news.
    """
    first: dict[int, Unsaid] = {}
    for one in messages:
        if one.contact_id is not None and one.purpose not in ANSWERS:
            first.setdefault(one.contact_id, one)
    told = tasks.having_open(db, first, UNREACHABLE) if first else frozenset()
    addresses = contacts.addresses_of(db, [one for one in first if one not in told])
    for contact_id, found in addresses.items():
        message = first[contact_id]
        _open_task(db, message, message.address_id or found[0].id, now)
    return len(addresses)


def tell_of_silence(db: Connection, row: Row[Any], now: datetime) -> None:
    """Open the task of a message that nobody has said arrived; that it does closes it."""
    _open_task(db, unsaid(row), row.address_id, now)


def arrived_after_all(db: Connection, row: Row[Any], now: datetime) -> None:
    """Close the task of a message that has arrived, where nothing else is left to be said."""
    task_id = tasks.open_about(db, row.id)
    if task_id is not None and not unsaid_to(db, row, NO_WAY_LEFT, now):
        tasks.mark_closed(db, task_id, None, now)


def _open_task(db: Connection, message: Unsaid, address_id: int, now: datetime) -> None:
    tasks.insert_task(
        db,
        address_id=address_id,
        contact_id=message.contact_id,
        family_id=message.family_id,
        centre_id=message.centre_id,
        event_id=message.event_id,
        outbox_id=message.id,
        reason=UNREACHABLE,
        asked_at=now,
        opened_at=now,
    )
