"""The families of one event: who they are, what was sent to them, and who came.

What puts a family among the `silent` or the `unreachable` is said in `events`, which counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.messages import DeliveryState
from bot.storage.console.families import belongs, first_names_of, guardians_of
from bot.storage.console.lines import Guardian, Household, Sent, Totals, Why
from bot.storage.console.messages import LEFT, OPEN, PERSONAL, WITHDRAWN, as_sent
from bot.storage.tables import contacts, families, invitations, outbox


def households(
    db: Connection, centre_id: int | None, event_id: int, sent: Sequence[Sent]
) -> tuple[Household, ...]:
    """The families of an event by reference; `sent` is what `event_messages` gives."""
    rows = db.execute(
        select(
            invitations,
            families.c.reference,
            families.c.paused_until,
            belongs(centre_id).label("visible"),
        )
        .join(families, families.c.id == invitations.c.family_id)
        .where(invitations.c.event_id == event_id)
        .order_by(families.c.reference)
    ).all()
    invited = select(invitations.c.family_id).where(invitations.c.event_id == event_id)
    guardians = guardians_of(db, invited)
    names = first_names_of(db, invited)
    theirs: dict[int | None, list[Sent]] = {}
    for one in sent:
        theirs.setdefault(one.family_id, []).append(one)
    return tuple(
        _household(
            row,
            guardians.get(row.family_id, ()),
            names.get(row.family_id, ()),
            theirs.get(row.family_id, ()),
        )
        for row in rows
    )


def event_messages(db: Connection, event_id: int) -> tuple[Sent, ...]:
    """Every message of an event's campaign, the latest first."""
    rows = db.execute(
        select(outbox, families.c.reference, contacts.c.name)
        .outerjoin(families, families.c.id == outbox.c.family_id)
        .outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.event_id == event_id, outbox.c.purpose.not_in(PERSONAL))
        .order_by(outbox.c.due_at.desc(), outbox.c.id.desc())
    )
    return tuple(as_sent(row) for row in rows)


def totals(sent: Iterable[Sent]) -> tuple[Totals, ...]:
    """What became of the messages, per step, in the order in which the steps began."""
    by_step: dict[str, list[Sent]] = {}
    for one in sorted(sent, key=lambda one: (one.due_at, one.id)):
        by_step.setdefault(one.step or one.purpose, []).append(one)
    return tuple(_total(step, of_step) for step, of_step in by_step.items())


def attendance(db: Connection, event_id: int) -> dict[int, bool | None]:
    """Who came, by family id; None: not recorded."""
    query = select(invitations.c.family_id, invitations.c.attended)
    rows = db.execute(query.where(invitations.c.event_id == event_id))
    return {row.family_id: row.attended for row in rows}


def _household(
    row: Row[Any],
    guardians: tuple[Guardian, ...],
    names: tuple[str, ...],
    sent: Sequence[Sent],
) -> Household:
    speaker = next(
        (one for one in guardians if one.id == row.rsvp_contact_id),
        next((one for one in guardians if one.erased_at is None), None),
    )
    used = (one.channel for one in sent if one.channel and one.state in LEFT)
    offered = (place.channel for one in guardians for place in one.addresses)
    return Household(
        family_id=row.family_id,
        reference=row.reference,
        visible=bool(row.visible),
        children=names,
        guardians=guardians,
        rsvp=row.rsvp,
        adults=row.adults,
        child_count=row.children,
        party=row.party,
        seat=row.seat,
        rsvp_at=row.rsvp_at,
        language=speaker.language if speaker else None,
        channel=row.rsvp_channel or next(used, "") or next(offered, ""),
        attended=row.attended,
        paused_until=row.paused_until,
        why=_why(guardians, sent),
    )


def _why(guardians: tuple[Guardian, ...], sent: Sequence[Sent]) -> tuple[Why, ...]:
    """Why nothing reaches them; empty when something does, may, or was never tried."""
    if not any(one.reachable for one in guardians):
        return tuple(_closed_ways(guardians)) or (Why("", "no_contact"),)
    tried = [one for one in sent if one.reason not in WITHDRAWN]
    if not tried or any(one.state in (*LEFT, *OPEN) for one in tried):
        return ()
    return tuple(
        dict.fromkeys(Why(one.name, one.error_code or one.reason or one.state) for one in tried)
    )


def _closed_ways(guardians: tuple[Guardian, ...]) -> Iterable[Why]:
    for one in guardians:
        if one.erased_at is not None:
            continue
        if one.no_contact:
            yield Why(one.name, "do_not_contact")
        elif one.stopped_at is not None:
            yield Why(one.name, "stopped")
        elif not one.addresses:
            yield Why(one.name, "no_address")
        else:
            dead = dict.fromkeys(place.dead_reason or "" for place in one.addresses)
            yield from (Why(one.name, reason) for reason in dead)


def _total(step: str, sent: Sequence[Sent]) -> Totals:
    refused: dict[str, int] = {}
    for one in sent:
        if one.state == DeliveryState.REFUSED:
            refused[one.reason] = refused.get(one.reason, 0) + 1
    return Totals(
        step=step,
        sent=sum(one.state in LEFT for one in sent),
        waiting=sum(one.state in OPEN for one in sent),
        failed=sum(one.state == DeliveryState.FAILED for one in sent),
        refused=refused,
    )
