"""Build the scene of a conversation from what is stored, at one moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.deployment import Deployment
from bot.flows.base import EventCard, EventStatus, Scene
from bot.storage import contacts, events


def scene_of(
    db: Connection,
    deployment: Deployment,
    person: Row[Any] | None,
    event_id: int | None,
    now: datetime,
) -> Scene:
    """What surrounds this person, and this event if there is one; a stranger has no centre."""
    if person is None:
        return Scene(deployment.association, deployment.association)
    names: tuple[str, ...] = ()
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
    )


def _card(db: Connection, event_id: int, family_id: int, now: datetime) -> EventCard:
    row = events.event(db, event_id)
    assert row is not None, "events are never deleted"
    title, notes = events.texts(db, event_id)
    invitation = events.invitation(db, event_id, family_id)
    free = None
    if row.seats is not None:
        free = max(row.seats - events.taken_by_others(db, event_id, family_id), 0)
    return EventCard(
        id=row.id,
        kind=row.kind,
        title=title,
        notes=notes,
        place=row.place,
        on=row.on,
        at=row.at,
        status=_status(row, now),
        free=free,
        rsvp=invitation.rsvp if invitation else None,
    )


def _status(row: Row[Any], now: datetime) -> EventStatus:
    if row.status == "cancelled":
        return EventStatus.CANCELLED
    return EventStatus.OVER if row.starts_at <= now else EventStatus.UPCOMING
