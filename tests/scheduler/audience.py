"""A workshop on Thursday 18 June 2026 at 18:00 in Paris, and the families asked to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot.gate import Hours
from bot.households import Guardian
from bot.messages import About
from bot.plans import Intent, PlannedStep, default_steps
from bot.wallclock import at_wall_clock
from scheduler.planner import Household, State, Subject, plan

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
MOTHER = Guardian(contact_id=71, rank=1, address_ids=(701,))
FATHER = Guardian(contact_id=72, rank=2, address_ids=(702,))


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
    both: bool = False,
) -> Household:
    return Household(
        family_id, guardians, invited_at, rsvp, rsvp_at, attended, joined_at, asked_why_at, both
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
    holidays: frozenset[date] = frozenset(),
) -> Subject:
    """One event."""
    return Subject(
        about=About(event_id=event_id),
        centre_id=3,
        version=version,
        cancelled=cancelled,
        on=on,
        at=at,
        hours=Hours(zone, holidays=holidays),
        starts_at=at_wall_clock(on, at, zone),
        created_at=created_at,
        steps=default_steps("workshop") if steps is None else steps,
        households=households,
        changed_at=changed_at,
    )


def campaign(
    *households: Household,
    campaign_id: int = 4,
    centre_id: int = 3,
    version: int = 1,
    cancelled: bool = False,
    on: date = date(2026, 6, 11),
    at: time = time(10),
    ends_on: date = date(2026, 6, 25),
    zone: str = PARIS,
    created_at: datetime = LONG_AGO,
    steps: tuple[PlannedStep, ...] | None = None,
) -> Subject:
    """One campaign in one centre: a wave, whose first message leaves on Thursday 11 June."""
    return Subject(
        about=About(campaign_id=campaign_id),
        centre_id=centre_id,
        version=version,
        cancelled=cancelled,
        on=on,
        at=at,
        hours=Hours(zone),
        starts_at=at_wall_clock(on, at, zone),
        created_at=created_at,
        steps=default_steps("wave") if steps is None else steps,
        households=households,
        ends_at=at_wall_clock(ends_on + timedelta(days=1), time.min, zone),
    )


def due(subject: Subject, now: datetime, *decided: str) -> tuple[Intent, ...]:
    """What is due for this subject alone."""
    return plan(State((subject,), (), frozenset(decided)), now)
