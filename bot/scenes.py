"""Build the scenes of conversations from what is stored, at one moment: for one, or for many.

whom and about what --> load_scenes: the same few queries for any number --> Scenes --> a Scene
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.deployment import Deployment
from bot.flows.base import CampaignCard, EventCard, EventStatus, Scene
from bot.messages import About, Texts
from bot.seats import Seat, Waiting, ahead_of, within_reach
from bot.storage import campaigns, contacts, conversations, events, offers, slots

Wanted = tuple[Row[Any] | None, About]
"""Someone, and what a message of theirs is about."""


@dataclass(frozen=True, slots=True)
class Places:
    """Who holds, waits for, or is offered the places of one event."""

    held: int
    line: tuple[Waiting, ...]
    offered: Mapping[int, int]  # by family


NO_PLACES = Places(0, (), {})


@dataclass(frozen=True, slots=True)
class Scenes:
    """What surrounds some people, read once for all of them; see `load_scenes`."""

    deployment: Deployment
    now: datetime
    first_names: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    events: Mapping[int, Row[Any]] = field(default_factory=dict)
    texts: Mapping[int, tuple[Texts, Texts | None]] = field(default_factory=dict)
    invitations: Mapping[tuple[int, int], Row[Any]] = field(default_factory=dict)
    places: Mapping[int, Places] = field(default_factory=dict)  # of events that count them
    asked_why: frozenset[tuple[int, int]] = frozenset()
    campaigns: Mapping[int, CampaignCard] = field(default_factory=dict)
    rounds: Mapping[tuple[int, int], CampaignCard] = field(default_factory=dict)  # by family
    answered: Mapping[tuple[int, int], frozenset[str]] = field(default_factory=dict)

    def of(self, person: Row[Any] | None, about: About) -> Scene:
        """What surrounds this person, and what it is about; a stranger has no centre."""
        association = self.deployment.association
        if person is None:
            return Scene(association, association)
        event_id, campaign_id = about
        named = event_id is not None and person.names_children
        home = person.family_id, person.centre_id
        return Scene(
            association=association,
            centre=person.centre or association,
            phone=person.phone or "",
            language=person.language,
            surveys=person.surveys,
            children=self.first_names.get(home, ()) if named else (),
            event=self._event(event_id, person.family_id) if event_id is not None else None,
            campaign=self._campaign(campaign_id, person) if campaign_id is not None else None,
            rendering=person.rendering,
        )

    def _campaign(self, campaign_id: int, person: Row[Any]) -> CampaignCard:
        answered = self.answered.get((campaign_id, person.contact_id), frozenset())
        card = self.rounds.get((campaign_id, person.family_id)) or self.campaigns[campaign_id]
        return replace(card, answered=answered)

    def _event(self, event_id: int, family_id: int) -> EventCard:
        row = self.events[event_id]
        title, notes = self.texts[event_id]
        invitation = self.invitations.get((event_id, family_id))
        places = self.places.get(event_id, NO_PLACES)
        return EventCard(
            id=row.id,
            kind=row.kind,
            title=title,
            notes=notes,
            place=row.place,
            on=row.on,
            at=row.at,
            status=_status(row, self.now),
            free=_free(row, places, family_id, invitation),
            rsvp=invitation.rsvp if invitation else None,
            asked_why=(event_id, family_id) in self.asked_why,
            seats_for=row.seats_for,
            seat=invitation.seat if invitation else None,
            party=invitation.party if invitation else 0,
            adults=invitation.adults if invitation else None,
            children=invitation.children if invitation else None,
            offered=places.offered.get(family_id, 0),
            host=row.host,
        )


def scene_of(
    db: Connection,
    deployment: Deployment,
    person: Row[Any] | None,
    about: About,
    now: datetime,
) -> Scene:
    """What surrounds one person, and what it is about."""
    return load_scenes(db, deployment, [(person, about)], now).of(person, about)


def load_scenes(
    db: Connection, deployment: Deployment, wanted: Iterable[Wanted], now: datetime
) -> Scenes:
    """Read what surrounds these people: a handful of queries for any number of them."""
    known = [(person, about) for person, about in wanted if person is not None]
    asked = [
        (person, about.campaign_id) for person, about in known if about.campaign_id is not None
    ]
    campaign_ids, contact_ids = {one for _, one in asked}, {one.contact_id for one, _ in asked}
    cards = {one: campaigns.card(db, one, now) for one in campaign_ids}
    answered = campaigns.answered(db, campaign_ids, contact_ids) if asked else {}
    rounds = slots.on_cards(db, cards, {one.family_id for one, _ in asked}, now)
    told = [(person, about.event_id) for person, about in known if about.event_id is not None]
    if not told:
        return Scenes(deployment, now, campaigns=cards, rounds=rounds, answered=answered)
    event_ids = {event_id for _, event_id in told}
    family_ids = {person.family_id for person, _ in told}
    named = {person.family_id for person, _ in told if person.names_children}
    found = events.events_of(db, event_ids)
    counted = [one.id for one in found.values() if one.seats is not None]
    return Scenes(
        deployment,
        now,
        first_names=contacts.first_names(db, named) if named else {},
        events=found,
        texts=events.texts_of(db, event_ids),
        invitations=events.invitations_of(db, event_ids, family_ids),
        places=_places(db, counted) if counted else {},
        asked_why=conversations.asked_why(db, event_ids, family_ids),
        campaigns=cards,
        rounds=rounds,
        answered=answered,
    )


def _places(db: Connection, event_ids: Iterable[int]) -> dict[int, Places]:
    ids = list(event_ids)
    held, line = events.held(db, ids), offers.lines(db, ids)
    offered = offers.offered_of(db, ids)
    return {one: Places(held.get(one, 0), line.get(one, ()), offered.get(one, {})) for one in ids}


def _free(
    event: Row[Any], places: Places, family_id: int, invitation: Row[Any] | None
) -> int | None:
    """The places that this family may have: its own, and those that nobody ahead waits for."""
    if event.seats is None:
        return None
    own, others = places.offered.get(family_id, 0), places.held
    if invitation is not None and invitation.seat == Seat.HELD:
        own, others = invitation.party, places.held - invitation.party
    kept = sum(count for one, count in places.offered.items() if one != family_id)
    return within_reach(
        event.seats - others - kept - own, own, ahead_of(places.line, family_id), event.seats
    )


def _status(row: Row[Any], now: datetime) -> EventStatus:
    if row.status == "cancelled":
        return EventStatus.CANCELLED
    return EventStatus.OVER if row.starts_at <= now else EventStatus.UPCOMING
