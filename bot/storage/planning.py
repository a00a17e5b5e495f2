"""What planning looks at, read for all coming events and campaigns at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    func,
    or_,
    select,
    union,
)

from bot.households import Guardian
from bot.messages import Purpose
from bot.plans import Condition, PlannedStep
from bot.storage.contacts import TURN, WITHIN_REACH
from bot.storage.conversations import REASON
from bot.storage.tables import (
    addresses,
    campaign_families,
    campaigns,
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
ONE_DAY = timedelta(days=1)

HOURS = (centres.c.opens_at, centres.c.closes_at, centres.c.quiet_days, centres.c.holidays)


def _newcomers() -> Select[Any]:
    new = select(families.c.id).where(
        families.c.created_at > bindparam("since"), families.c.left_on.is_(None)
    )
    first = (
        select(contacts.c.family_id, func.min(TURN).label("turn"))
        .join(families, families.c.id == contacts.c.family_id)
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(contacts.c.family_id.in_(new), *WITHIN_REACH)
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
        .join(families, families.c.id == contacts.c.family_id)
        .join(first, (first.c.family_id == contacts.c.family_id) & (first.c.turn == TURN))
        .join(centres, centres.c.id == home)
        .where(
            contacts.c.introduced_at.is_(None),
            ~exists().where(outbox.c.family_id == contacts.c.family_id),
        )
        .order_by(contacts.c.id)
    )


def _guardians() -> Select[Any]:
    """One row per guardian and address that works, in the order in which they are written to."""
    return (
        select(
            contacts.c.family_id,
            contacts.c.id.label("contact_id"),
            TURN.label("turn"),
            contacts.c.stopped_at,
            contacts.c.no_contact,
            addresses.c.id.label("address_id"),
        )
        .join(families, families.c.id == contacts.c.family_id)
        .outerjoin(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .outerjoin(
            addresses,
            (addresses.c.id == contact_addresses.c.address_id) & addresses.c.dead_reason.is_(None),
        )
        .where(contacts.c.erased_at.is_(None))
        .order_by(contacts.c.family_id, "turn", contact_addresses.c.rank, contact_addresses.c.id)
    )


def _reminders() -> Select[Any]:
    return (
        select(
            invitations.c.family_id,
            families.c.both_guardians,
            events.c.id.label("event_id"),
            events.c.centre_id,
            events.c.version,
            events.c.on,
            events.c.at.label("event_at"),
            events.c.time_zone,
            *HOURS,
            *(steps.c[one.name] for one in fields(PlannedStep)),
        )
        .join(events, events.c.id == invitations.c.event_id)
        .join(families, families.c.id == invitations.c.family_id)
        .join(centres, centres.c.id == events.c.centre_id)
        .join(steps, steps.c.event_id == events.c.id)
        .where(
            invitations.c.family_id.in_(bindparam("family_ids", expanding=True)),
            invitations.c.rsvp.in_(["yes", "maybe"]),
            or_(invitations.c.seat.is_(None), invitations.c.seat != "waiting"),
            events.c.status == "planned",
            events.c.starts_at > bindparam("now"),
            families.c.left_on.is_(None),
            steps.c.purpose == Purpose.REMINDER,
            steps.c.condition == Condition.COMING,
        )
        .order_by(invitations.c.family_id, events.c.id, steps.c.id)
    )


# Built once: building a statement costs more than SQLite takes to run it.
_NEWCOMERS = _newcomers()
_REMINDERS = _reminders()
_GUARDIANS = _guardians()
_GUARDIANS_OF = _GUARDIANS.where(contacts.c.family_id.in_(bindparam("family_ids", expanding=True)))
_FAMILIES_AT = (
    select(contacts.c.family_id)
    .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
    .where(contact_addresses.c.address_id.in_(bindparam("address_ids", expanding=True)))
    .distinct()
)
_REMINDED = select(outbox.c.key).where(
    outbox.c.event_id.in_(bindparam("event_ids", expanding=True)),
    outbox.c.family_id.in_(bindparam("family_ids", expanding=True)),
    outbox.c.purpose == Purpose.REMINDER,
)


def planned_events(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Events that a step may still be due for, and their centres' hours."""
    return db.execute(
        select(events, *HOURS)
        .join(centres, centres.c.id == events.c.centre_id)
        .where(events.c.status == "planned", events.c.starts_at > now - AFTER)
        .order_by(events.c.id)
    ).all()


def planned_campaigns(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Campaigns that are not over: one row for each centre that writes, and its hours."""
    writing = (
        select(campaign_families.c.campaign_id, campaign_families.c.centre_id)
        .distinct()
        .subquery("writing")
    )
    return db.execute(
        select(
            campaigns.c.id,
            campaigns.c.version,
            campaigns.c.status,
            campaigns.c.on,
            campaigns.c.at,
            campaigns.c.ends_on,
            campaigns.c.created_at,
            centres.c.id.label("centre_id"),
            centres.c.time_zone,
            *HOURS,
        )
        .join(writing, writing.c.campaign_id == campaigns.c.id)
        .join(centres, centres.c.id == writing.c.centre_id)
        .where(
            campaigns.c.status == "planned",
            campaigns.c.ends_on >= (now - ONE_DAY).date(),  # it may still be that day elsewhere
        )
        .order_by(campaigns.c.id, centres.c.id)
    ).all()


def steps_of(
    db: Connection, event_ids: Iterable[int], campaign_ids: Iterable[int]
) -> Sequence[Row[Any]]:
    """The steps of several events and campaigns."""
    return db.execute(
        select(steps).where(_about(steps, event_ids, campaign_ids)).order_by(steps.c.id)
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
            families.c.both_guardians,
        )
        .join(families, families.c.id == invitations.c.family_id)
        .where(invitations.c.event_id.in_(list(event_ids)), families.c.left_on.is_(None))
        .order_by(invitations.c.event_id, invitations.c.family_id)
    ).all()


def told(db: Connection, campaign_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """The families of several campaigns, and whether they have answered."""
    return db.execute(
        select(
            campaign_families.c.campaign_id,
            campaign_families.c.centre_id,
            campaign_families.c.family_id,
            campaign_families.c.told_at,
            campaign_families.c.answered_at,
            families.c.created_at.label("joined_at"),
            families.c.both_guardians,
        )
        .join(families, families.c.id == campaign_families.c.family_id)
        .where(
            campaign_families.c.campaign_id.in_(list(campaign_ids)), families.c.left_on.is_(None)
        )
        .order_by(campaign_families.c.campaign_id, campaign_families.c.family_id)
    ).all()


def guardians(
    db: Connection, event_ids: Iterable[int], campaign_ids: Iterable[int]
) -> dict[int, tuple[Guardian, ...]]:
    """The guardians of these audiences, by family; see `_by_family`."""
    audience = union(_invited_to(event_ids), _families_of(campaign_ids)).subquery("audience")
    return _by_family(
        db.execute(_GUARDIANS.join(audience, audience.c.family_id == contacts.c.family_id))
    )


def guardians_of(db: Connection, family_ids: Iterable[int]) -> dict[int, tuple[Guardian, ...]]:
    """The guardians of these families; see `_by_family`."""
    return _by_family(db.execute(_GUARDIANS_OF, {"family_ids": list(family_ids)}))


def families_at(db: Connection, address_ids: Iterable[int]) -> Sequence[int]:
    """The families that are reached at these addresses; several where a phone is shared."""
    return db.scalars(_FAMILIES_AT, {"address_ids": list(address_ids)}).all()


def reminders(db: Connection, family_ids: Iterable[int], now: datetime) -> Sequence[Row[Any]]:
    """The reminders of coming events to which these families come: a row per family and step.

    Decided before or not. `event_at` is the hour at which the event starts, `at` the step's.
    """
    return db.execute(_REMINDERS, {"family_ids": list(family_ids), "now": now}).all()


def reminded(
    db: Connection, event_ids: Collection[int], family_ids: Collection[int]
) -> frozenset[str]:
    """The keys of the reminders of these events that were decided for these families."""
    among = {"event_ids": list(event_ids), "family_ids": list(family_ids)}
    return frozenset(db.scalars(_REMINDED, among))


def asked_why(db: Connection, event_ids: Iterable[int]) -> dict[int, datetime]:
    """When the families invited to several events were last asked why they did not come."""
    rows = db.execute(
        select(contacts.c.family_id, func.max(conversations.c.opened_at).label("asked_at"))
        .join(conversations, conversations.c.contact_id == contacts.c.id)
        .where(conversations.c.flow == REASON, contacts.c.family_id.in_(_invited_to(event_ids)))
        .group_by(contacts.c.family_id)
    )
    return {row.family_id: row.asked_at for row in rows}


def decided(
    db: Connection, event_ids: Iterable[int], campaign_ids: Iterable[int]
) -> Sequence[Row[Any]]:
    """What stands in the outbox for several events and campaigns: keys, addresses, states."""
    return db.execute(
        select(outbox.c.key, outbox.c.address_id, outbox.c.state).where(
            _about(outbox, event_ids, campaign_ids)
        )
    ).all()


def newcomers(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Each new family's first guardian who can be reached and to whom nothing was ever decided."""
    return db.execute(_NEWCOMERS, {"since": now - NEW}).all()


def _by_family(rows: Iterable[Row[Any]]) -> dict[int, tuple[Guardian, ...]]:
    """Guardians by family, each with the addresses that work in the order of trying.

    Who stopped, or whom staff never writes to, cannot be reached: another is looked for first.
    """
    usable: dict[int, dict[tuple[int, int], list[int]]] = defaultdict(dict)
    for row in rows:
        reached = usable[row.family_id].setdefault((row.turn, row.contact_id), [])
        if row.address_id is not None and row.stopped_at is None and not row.no_contact:
            reached.append(row.address_id)
    return {
        family_id: tuple(
            Guardian(contact_id, turn, tuple(address_ids))
            for (turn, contact_id), address_ids in members.items()
        )
        for family_id, members in usable.items()
    }


def _about(
    table: Table, event_ids: Iterable[int], campaign_ids: Iterable[int]
) -> ColumnElement[bool]:
    return or_(table.c.event_id.in_(list(event_ids)), table.c.campaign_id.in_(list(campaign_ids)))


def _invited_to(event_ids: Iterable[int]) -> Select[Any]:
    return select(invitations.c.family_id).where(invitations.c.event_id.in_(list(event_ids)))


def _families_of(campaign_ids: Iterable[int]) -> Select[Any]:
    return select(campaign_families.c.family_id).where(
        campaign_families.c.campaign_id.in_(list(campaign_ids))
    )
