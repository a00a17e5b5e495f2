"""How often each person hears from us: what reached them, what is to, and where we wrote last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select

from bot.messages import DeliveryState, Purpose
from bot.storage.tables import outbox

Reaching = TypeVar("Reaching", Row[Any], "Waiting")

Homes = Mapping[int, Collection[int]]
"""The addresses of each person, by id."""


class Waiting(NamedTuple):
    """One message that is to leave: why, when, to whom, at which address, from which centre."""

    purpose: Purpose
    at: datetime
    contact_id: int | None
    address_id: int | None
    centre_id: int | None


# Built once: building a statement costs more than SQLite takes to run it.
_WROTE_SINCE = (
    select(outbox.c.id)
    .where(
        outbox.c.address_id == bindparam("address_id"),
        or_(
            outbox.c.sent_at >= bindparam("since"),
            (outbox.c.purpose == Purpose.REPLY) & (outbox.c.created_at >= bindparam("since")),
        ),
    )
    .limit(1)
)
_ASKED_SINCE = (
    select(outbox.c.id)
    .where(
        outbox.c.address_id == bindparam("address_id"),
        outbox.c.sent_at > bindparam("since"),
        outbox.c.conversation_id.is_not(None),
        outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
    )
    .limit(1)
)


def sent_days(
    db: Connection, homes: Homes, since: datetime, *, but: Iterable[int] = ()
) -> dict[int, list[datetime]]:
    """When automatic messages left for each person since a moment; answers to them not counted.

    `homes`: the addresses of each person; a message to anyone at one of them counts, for a shared
    phone is one person's attention. What may have left counts too, except the rows in `but`: those
    are about to be tried again.
    """
    left = func.coalesce(outbox.c.sent_at, outbox.c.lease_until, outbox.c.next_attempt_at)
    rows = db.execute(
        select(outbox.c.contact_id, outbox.c.address_id, left.label("at")).where(
            _reaches(homes),
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
            outbox.c.merged_into.is_(None),  # it disturbed nobody: its carrier did
            or_(outbox.c.sent_at >= since, outbox.c.state == DeliveryState.SENDING),
            outbox.c.id.not_in(list(but)),
        )
    ).all()
    days: dict[int, list[datetime]] = {}
    for contact_id, row in by_person(homes, rows):
        days.setdefault(contact_id, []).append(row.at)
    return days


def waiting_for(
    db: Connection, homes: Homes, now: datetime, *, but: Iterable[int] = ()
) -> dict[int, list[Waiting]]:
    """What is to leave for each person, and when; counted as in `sent_days`."""
    rows = db.execute(
        select(
            outbox.c.contact_id,
            outbox.c.address_id,
            outbox.c.centre_id,
            outbox.c.purpose,
            outbox.c.next_attempt_at.label("at"),
        ).where(
            _reaches(homes),
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.sent_at.is_(None),  # what leaves by another way has been counted
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            outbox.c.id.not_in(list(but)),
        )
    ).all()
    found: dict[int, list[Waiting]] = {}
    for contact_id, row in by_person(homes, rows):
        purpose, at = Purpose(row.purpose), max(row.at, now)
        one = Waiting(purpose, at, row.contact_id, row.address_id, row.centre_id)
        found.setdefault(contact_id, []).append(one)
    return found


def _reaches(homes: Homes) -> ColumnElement[bool]:
    """The rows for these people, or for anyone at an address of theirs."""
    shared = {one for addresses in homes.values() for one in addresses}
    return or_(outbox.c.contact_id.in_(list(homes)), outbox.c.address_id.in_(list(shared)))


def by_person(homes: Homes, rows: Iterable[Reaching]) -> Iterator[tuple[int, Reaching]]:
    """Each row, of the outbox or of what is to stand there, with everyone whom it reaches."""
    at: dict[int, list[int]] = {}
    for contact_id, theirs in homes.items():
        for one in theirs:
            at.setdefault(one, []).append(contact_id)
    for row in rows:
        reached = dict.fromkeys(at.get(row.address_id or 0, ()))
        if row.contact_id is not None and row.contact_id in homes:
            reached[row.contact_id] = None
        for contact_id in reached:
            yield contact_id, row


def wrote_since(db: Connection, address_id: int, since: datetime) -> bool:
    """Whether something of ours reached an address since a moment, or an answer is on its way."""
    return db.scalar(_WROTE_SINCE, {"address_id": address_id, "since": since}) is not None


def asked_since(db: Connection, address_id: int, since: datetime) -> bool:
    """Whether outreach has put a question to an address since a moment."""
    return db.scalar(_ASKED_SINCE, {"address_id": address_id, "since": since}) is not None
