"""A workshop on Thursday 18 June 2026 at 18:00 in Paris, and the families asked to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from bot.plans import Intent, PlannedStep, default_steps
from bot.wallclock import at_wall_clock
from scheduler.planner import Gathering, Guardian, Household, State, plan

PARIS = "Europe/Paris"
REUNION = "Indian/Reunion"
MARTINIQUE = "America/Martinique"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str, zone: str = PARIS) -> datetime:
    """The instant that a clock on the wall shows as "2026-06-18 18:00"."""
    shown = datetime.fromisoformat(text)
    return at_wall_clock(shown.date(), shown.time(), zone)


LONG_AGO = wall("2026-01-05 12:00")
MOTHER = Guardian(contact_id=71, rank=1, address_ids=frozenset({701}))
FATHER = Guardian(contact_id=72, rank=2, address_ids=frozenset({702}))


def household(
    *,
    family_id: int = 7,
    guardians: tuple[Guardian, ...] = (MOTHER,),
    invited_at: datetime | None = None,
    rsvp: str | None = None,
    rsvp_at: datetime | None = None,
    attended: bool | None = None,
    joined_at: datetime = LONG_AGO,
    asked_why_at: datetime | None = None,
) -> Household:
    return Household(
        family_id, guardians, invited_at, rsvp, rsvp_at, attended, joined_at, asked_why_at
    )


def gathering(
    *households: Household,
    event_id: int = 12,
    version: int = 1,
    cancelled: bool = False,
    on: date = date(2026, 6, 18),
    at: time = time(18),
    zone: str = PARIS,
    created_at: datetime = LONG_AGO,
    steps: tuple[PlannedStep, ...] | None = None,
    changed_at: datetime | None = None,
) -> Gathering:
    return Gathering(
        event_id=event_id,
        centre_id=3,
        version=version,
        cancelled=cancelled,
        on=on,
        at=at,
        zone=zone,
        starts_at=at_wall_clock(on, at, zone),
        created_at=created_at,
        steps=default_steps("workshop") if steps is None else steps,
        households=households,
        changed_at=changed_at,
    )


def due(event: Gathering, now: datetime, *decided: str) -> tuple[Intent, ...]:
    """What is due for this event alone."""
    return plan(State((event,), (), frozenset(decided)), now)
