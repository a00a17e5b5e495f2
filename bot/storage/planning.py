"""What planning looks at, read for all coming events at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, select

from bot.storage.conversations import REASON
from bot.storage.tables import (
    addresses,
    centres,
    children,
    contact_addresses,
    contacts,
    conversations,
    events,
    families,
    invitations,
    outbox,
    steps,
)

AFTER = timedelta(days=8)  # how long after an event its last step may still leave
NEW = timedelta(days=20)


def _newcomers() -> Select[Any]:
    new = select(families.c.id).where(
        families.c.created_at > bindparam("since"), families.c.left_on.is_(None)
    )
    first = (
        select(contacts.c.family_id, func.min(contacts.c.rank).label("rank"))
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(
            contacts.c.family_id.in_(new),
            addresses.c.dead_reason.is_(None),
            contacts.c.stopped_at.is_(None),
            contacts.c.erased_at.is_(None),
        )
        .group_by(contacts.c.family_id)
        .subquery()
    )
    home = (
        select(func.min(children.c.centre_id))
        .where(children.c.family_id == families.c.id)
        .scalar_subquery()
    )
    return (
        select(
            contacts.c.id.label("contact_id"),
            contacts.c.family_id,
            centres.c.id.label("centre_id"),
            centres.c.time_zone,
            families.c.created_at.label("joined_at"),
        )
        .join(
            first, (first.c.family_id == contacts.c.family_id) & (first.c.rank == contacts.c.rank)
        )
        .join(families, families.c.id == contacts.c.family_id)
        .join(centres, centres.c.id == home)
        .where(
            contacts.c.introduced_at.is_(None),
            ~exists().where(outbox.c.family_id == contacts.c.family_id),
        )
        .order_by(contacts.c.id)
    )


# Built once: building a statement costs more than SQLite takes to run it.
_NEWCOMERS = _newcomers()


def gatherings(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Events that a step may still be due for."""
    return db.execute(
        select(events)
        .where(events.c.status == "planned", events.c.starts_at > now - AFTER)
        .order_by(events.c.id)
    ).all()


def steps_of(db: Connection, event_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """The steps of several events."""
    return db.execute(
        select(steps).where(steps.c.event_id.in_(list(event_ids))).order_by(steps.c.id)
    ).all()


def invited(db: Connection, event_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """The families invited to several events, with their answers."""
    return db.execute(
        select(
            invitations.c.event_id,
            invitations.c.family_id,
            invitations.c.invited_at,
            invitations.c.rsvp,
            invitations.c.seat,
            invitations.c.rsvp_at,
            invitations.c.attended,
            families.c.created_at.label("joined_at"),
        )
        .join(families, families.c.id == invitations.c.family_id)
        .where(invitations.c.event_id.in_(list(event_ids)), families.c.left_on.is_(None))
        .order_by(invitations.c.event_id, invitations.c.family_id)
    ).all()


def guardians(db: Connection, event_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """The guardians of the families invited, one row per guardian and address that works."""
    audience = select(invitations.c.family_id).where(invitations.c.event_id.in_(list(event_ids)))
    return db.execute(
        select(
            contacts.c.family_id,
            contacts.c.id.label("contact_id"),
            contacts.c.rank,
            contacts.c.stopped_at,
            addresses.c.id.label("address_id"),
        )
        .outerjoin(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .outerjoin(
            addresses,
            (addresses.c.id == contact_addresses.c.address_id) & addresses.c.dead_reason.is_(None),
        )
        .where(contacts.c.family_id.in_(audience), contacts.c.erased_at.is_(None))
        .order_by(contacts.c.family_id, contacts.c.rank)
    ).all()


def asked_why(db: Connection, event_ids: Iterable[int]) -> dict[int, datetime]:
    """When the families invited to several events were last asked why they did not come."""
    audience = select(invitations.c.family_id).where(invitations.c.event_id.in_(list(event_ids)))
    rows = db.execute(
        select(contacts.c.family_id, func.max(conversations.c.opened_at).label("asked_at"))
        .join(conversations, conversations.c.contact_id == contacts.c.id)
        .where(conversations.c.flow == REASON, contacts.c.family_id.in_(audience))
        .group_by(contacts.c.family_id)
    )
    return {row.family_id: row.asked_at for row in rows}


def decided(db: Connection, event_ids: Iterable[int]) -> frozenset[str]:
    """The keys that stand in the outbox for several events."""
    return frozenset(db.scalars(select(outbox.c.key).where(outbox.c.event_id.in_(list(event_ids)))))


def newcomers(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Each new family's first guardian who can be reached and to whom nothing was ever decided."""
    return db.execute(_NEWCOMERS, {"since": now - NEW}).all()
