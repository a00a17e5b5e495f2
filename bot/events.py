"""Gatherings: planning one, cancelling one, and who came. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from bot.centre_plans import plan_for
from bot.errors import Rejected
from bot.flows.base import Moment
from bot.messages import About, Purpose, key_of
from bot.outreach import both_guardians, enqueue
from bot.plans import Intent
from bot.reach import Reach
from bot.seats import SeatsFor
from bot.storage import events as stored
from bot.storage.own_words import remember_original
from bot.storage.slots import withdraw_with
from bot.storage.withdrawals import unheard, withdraw
from bot.wallclock import at_wall_clock, local

YEARS_AHEAD = 2
NOBODY = "Aucune famille ne correspond à ce public. Changez ses conditions."
KINDS = {"workshop": "atelier", "outing": "sortie", "meeting": "rencontre individuelle"}


@dataclass(frozen=True, slots=True)
class Wording:
    """An event's title and practical notes in one language."""

    title: str
    notes: str = ""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What a coordinator plans.

    `families`: None invites every family of the centre. `audience` are families of any centre,
    chosen in place of those.
    """

    kind: str
    centre_id: int
    on: date
    at: time
    place: str
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    original: str = "fr"
    seats: int | None = None
    families: tuple[int, ...] | None = None
    seats_for: str = SeatsFor.TOTAL
    audience: tuple[int, ...] | None = None


def add_event(db: Connection, new: NewEvent, now: datetime) -> int:
    """Write the event, its texts, its plan of outreach and its invitations; give its id.

    Raises Rejected, in French, when something is missing or the moment has passed.
    """
    zone = _check(db, new)
    starts_at = check_moment(new.on, new.at, zone, now)
    event_id = stored.insert_event(
        db,
        {
            "centre_id": new.centre_id,
            "kind": new.kind,
            "on": new.on,
            "at": new.at,
            "time_zone": zone,
            "starts_at": starts_at,
            "place": new.place.strip(),
            "seats": new.seats,
            "seats_for": new.seats_for,
            "for_everyone": new.families is None and new.audience is None,
            "created_at": now,
        },
    )
    for language, wording in new.wordings.items():
        stored.insert_text(
            db,
            event_id,
            language,
            original=language == new.original,
            title=wording.title.strip(),
            notes=wording.notes.strip(),
        )
    remember_original(db, About(event_id))
    stored.insert_steps(db, event_id, plan_for(db, new.centre_id, new.kind))
    if new.audience is not None:
        if not stored.invite_audience(db, event_id, new.audience):
            raise Rejected(NOBODY)
        return event_id
    invited = stored.invite(db, event_id, new.centre_id, new.families)
    if new.families is not None and invited < len(set(new.families)):
        raise Rejected("Une famille choisie n'est pas, ou n'est plus, dans ce centre.")
    return event_id


def check_moment(on: date, at: time, zone: str, now: datetime) -> datetime:
    """Give the instant of a day and an hour to come.

    Raises Rejected, in French, for the past, for what lies years ahead (a slip of the finger), and
    for an hour that the clocks skip.
    """
    if on.year > now.year + YEARS_AHEAD:
        raise Rejected(f"Cette date est trop lointaine : {YEARS_AHEAD} ans au plus.")
    starts_at = at_wall_clock(on, at, zone)
    if starts_at <= now:
        raise Rejected("Cette date est passée. Choisissez une date à venir.")
    if local(starts_at, zone).time() != at:
        raise Rejected("Cette heure n'existe pas ce jour-là : on passe à l'heure d'été.")
    return starts_at


def cancel_event(db: Connection, reach: Reach, event_id: int, now: datetime) -> int:
    """Cancel: nothing planned leaves any more, and who was invited is told; give how many are.

    Families that declined are not disturbed. A family that cannot be written to stands in the
    outbox as refused, for a person to call. Raises Rejected for an event that is over or cancelled
    already.
    """
    event = stored.event(db, event_id)
    if event is None or event.status == "cancelled":
        raise Rejected("Cet événement n'existe pas ou il est déjà annulé.")
    if event.starts_at <= now:
        raise Rejected("Cet événement a déjà eu lieu.")
    stored.set_cancelled(db, event_id)
    withdraw(db, event_id)
    withdraw_with(db, event_id, now)
    known = heard_of(db, event)
    told = [
        Intent(
            key=key_of(
                Purpose.CHANGE,
                f"event-{event_id}",
                event.version + 1,
                "cancelled",
                f"family-{row.family_id}",
            ),
            purpose=Purpose.CHANGE,
            step="cancelled",
            event_id=event_id,
            centre_id=event.centre_id,
            family_id=row.family_id,
            contact_id=row.contact_id,
            due_at=now,
            expires_at=first_of(event, known.get(row.family_id), now),
        )
        for row in stored.who_was_told(db, event_id)
    ]
    done = enqueue(db, reach, told, now, known)
    enqueue(db, reach, both_guardians(db, told), now, known)
    return done.waiting + done.later


def record_attendance(
    db: Connection, event_id: int, came: Mapping[int, bool], now: datetime
) -> int:
    """Tick who came, by family id; give how many families changed.

    A family that came without an invitation is added. Raises Rejected before the event's day.
    """
    event = stored.event(db, event_id)
    if event is None:
        raise Rejected("Cet événement n'existe pas.")
    if event.status == "cancelled":
        raise Rejected("Cet événement est annulé : il n'y a pas de présence à noter.")
    if event.on > local(now, event.time_zone).date():
        raise Rejected("La présence se note le jour même ou après.")
    return stored.set_attendance(db, event_id, came, now)


def heard_of(db: Connection, event: Row[Any]) -> dict[int, Moment]:
    """What families know where the last news did not leave, by family; others know what is."""
    moments = stored.moments(db, event.id)
    return {
        family_id: moments[version]
        for family_id, version in unheard(db, event.id).items()
        if version in moments
    }


def first_of(event: Row[Any], known: Moment | None, now: datetime) -> datetime:
    """Until when news helps: the moment that the family knows, or the event's where that is sooner.

    Nobody shall stand before a door that is closed because the event was put off.
    """
    starts_at: datetime = event.starts_at
    if known is None:
        return starts_at
    expected_at = at_wall_clock(known.on, known.at, event.time_zone)
    return min(starts_at, expected_at) if expected_at > now else starts_at


def check_wordings(wordings: Mapping[str, Wording], original: str) -> None:
    """Refuse texts that are missing or too long."""
    wording = wordings.get(original)
    if wording is None or not wording.title.strip():
        raise Rejected("Le titre manque.")
    if any(not one.title.strip() for one in wordings.values()):
        raise Rejected("Chaque traduction a besoin d'un titre.")
    if any(len(one.title) > 120 or len(one.notes) > 400 for one in wordings.values()):
        raise Rejected("Le titre tient en 120 signes, les informations pratiques en 400.")


def check_place(place: str, seats: int | None) -> None:
    """Refuse an event without a place or with no seat."""
    if not place.strip():
        raise Rejected("Le lieu manque : les familles doivent savoir où venir.")
    if seats is not None and seats < 1:
        raise Rejected("Le nombre de places doit être 1 ou plus, ou rester vide.")


def _check(db: Connection, new: NewEvent) -> str:
    """Refuse what is incomplete; give the centre's time zone."""
    if new.kind not in KINDS:
        raise Rejected(f"Le type doit être l'un de : {', '.join(KINDS)}.")
    check_wordings(new.wordings, new.original)
    check_place(new.place, new.seats)
    if new.seats_for not in set(SeatsFor):
        raise Rejected(f"Les places se comptent pour l'un de : {', '.join(SeatsFor)}.")
    if new.families is not None and not new.families:
        raise Rejected("Choisissez au moins une famille.")
    zone = stored.centre_zone(db, new.centre_id)
    if zone is None:
        raise Rejected("Ce centre n'existe pas.")
    return zone
