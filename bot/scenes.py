"""Build the scene of a conversation from what is stored, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.deployment import Deployment
from bot.flows.base import EventCard, EventStatus, Scene
from bot.messages import About
from bot.seats import Seat, ahead_of, within_reach
from bot.storage import campaigns, contacts, conversations, events, offers


def scene_of(
    db: Connection,
    deployment: Deployment,
    person: Row[Any] | None,
    about: About,
    now: datetime,
) -> Scene:
    """What surrounds this person, and what it is about; a stranger has no centre."""
    if person is None:
        return Scene(deployment.association, deployment.association)
    names: tuple[str, ...] = ()
    event_id, campaign_id = about
    if event_id is not None and person.names_children:
        names = contacts.first_names(db, person.family_id, person.centre_id)
    return Scene(
        association=deployment.association,
        centre=person.centre or deployment.association,
        phone=person.phone or "",
        language=person.language,
        surveys=person.surveys,
        children=names,
        event=_card(db, event_id, person.family_id, now) if event_id is not None else None,
        campaign=campaigns.card(db, campaign_id, now) if campaign_id is not None else None,
    )


def _card(db: Connection, event_id: int, family_id: int, now: datetime) -> EventCard:
    row = events.event(db, event_id)
    assert row is not None, "events are never deleted"
    title, notes = events.texts(db, event_id)
    invitation = events.invitation(db, event_id, family_id)
    offered = offers.offered(db, event_id) if row.seats is not None else {}
    return EventCard(
        id=row.id,
        kind=row.kind,
        title=title,
        notes=notes,
        place=row.place,
        on=row.on,
        at=row.at,
        status=_status(row, now),
        free=_free(db, row, family_id, invitation, offered),
        rsvp=invitation.rsvp if invitation else None,
        asked_why=conversations.asked_why(db, event_id, family_id),
        seats_for=row.seats_for,
        seat=invitation.seat if invitation else None,
        party=invitation.party if invitation else 0,
        adults=invitation.adults if invitation else None,
        children=invitation.children if invitation else None,
        offered=offered.get(family_id, 0),
    )


def _free(
    db: Connection,
    event: Row[Any],
    family_id: int,
    invitation: Row[Any] | None,
    offered: Mapping[int, int],
) -> int | None:
    """The places that this family may have: its own, and those that nobody ahead waits for."""
    if event.seats is None:
        return None
    own = offered.get(family_id, 0)
    line = offers.line(db, event.id)
    if invitation is not None and invitation.seat == Seat.HELD:
        own = invitation.party
    held = events.taken_by_others(db, event.id, family_id)
    kept = sum(places for one, places in offered.items() if one != family_id)
    return within_reach(
        event.seats - held - kept - own, own, ahead_of(line, family_id), event.seats
    )


def _status(row: Row[Any], now: datetime) -> EventStatus:
    if row.status == "cancelled":
        return EventStatus.CANCELLED
    return EventStatus.OVER if row.starts_at <= now else EventStatus.UPCOMING
