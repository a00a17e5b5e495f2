"""The same gathering again, on the next dates: which ones, which are passed over, and why.

The hour is the wall clock's, so both clock changes leave it where it is. School holidays stand in
`school_holidays.toml`, as far as they are published.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from bot.errors import Rejected
from bot.events import NewEvent, Wording, add_event
from bot.messages import About
from bot.reach import public_holidays
from bot.storage import events as stored
from bot.storage.console.centres import centre_row
from bot.storage.own_words import copy_standing
from bot.wallclock import at_wall_clock

SCHOOL_HOLIDAYS = Path(__file__).with_name("school_holidays.toml")
EVERY: Mapping[str, timedelta] = {"week": timedelta(days=7), "two-weeks": timedelta(days=14)}
ZONES = ("A", "B", "C")
MOST = 53  # dates at once: a year of weeks


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often, until which day included, and what to pass over. `school_zone` None: nothing."""

    every: str
    until: date
    school_zone: str | None = None
    skip_public_holidays: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date. `passed_over` is why there is no event: a code, or "" where there is one.

    Codes: school_holidays, public_holiday, exists, past.
    """

    on: date
    passed_over: str = ""


def occurrences(
    db: Connection, event_id: int, repeat: Repeat, now: datetime
) -> tuple[Occurrence, ...]:
    """The dates after the event's own, in order. Raises Rejected for what cannot be worked out."""
    event = _repeatable(db, event_id)
    dates = _dates(event.on, repeat)
    closed: frozenset[date] = frozenset()
    if repeat.school_zone:
        closed = school_holidays(repeat.school_zone, dates[0], dates[-1])
    public = _public(db, event, dates) if repeat.skip_public_holidays else frozenset()
    standing = stored.days_of_same(db, event)

    def why(on: date) -> str:
        if on in closed:
            return "school_holidays"
        if on in public:
            return "public_holiday"
        if on in standing:
            return "exists"
        return "past" if at_wall_clock(on, event.at, event.time_zone) <= now else ""

    return tuple(Occurrence(on, why(on)) for on in dates)


def repeat_event(
    db: Connection, event_id: int, repeat: Repeat, now: datetime
) -> tuple[tuple[date, int], ...]:
    """Plan the event again on each of its dates; give date and id of each, none twice.

    Who was chosen is chosen again, save families that have left; `everyone` is everyone at that
    time. Raises Rejected as `occurrences` does.
    """
    wanted = [one.on for one in occurrences(db, event_id, repeat, now) if not one.passed_over]
    added = tuple((on, add_event(db, _copy(db, event_id, on), now)) for on in wanted)
    for _, one in added:
        copy_standing(db, About(event_id), About(one))
    return added


def school_holidays(zone: str, first: date, until: date) -> frozenset[date]:
    """The days without school of one zone. Raises Rejected where part of the span is not known."""
    if zone not in ZONES:
        raise Rejected("La zone des vacances scolaires est A, B ou C.")
    known = _calendar()
    if first < known["known_from"]:
        raise Rejected(
            f"Les vacances scolaires ne sont connues qu'à partir du {known['known_from']:%d/%m/%Y}."
        )
    if until > known["known_until"]:
        raise Rejected(
            f"Les vacances scolaires ne sont connues que jusqu'au {known['known_until']:%d/%m/%Y}. "
            "Choisissez une date de fin plus proche."
        )
    return frozenset(
        one["first"] + timedelta(days=ahead)
        for one in known["holidays"]
        if zone in one["zones"]
        for ahead in range((one["last"] - one["first"]).days + 1)
    )


def _repeatable(db: Connection, event_id: int) -> Row[Any]:
    event = stored.event(db, event_id)
    if event is None:
        raise Rejected("Cet événement n'existe pas.")
    if event.status == "cancelled":
        raise Rejected("Cet événement est annulé : il ne peut pas être répété.")
    return event


def _dates(first: date, repeat: Repeat) -> tuple[date, ...]:
    if repeat.every not in EVERY:
        raise Rejected(f"Le rythme doit être l'un de : {', '.join(EVERY)}.")
    step = EVERY[repeat.every]
    count = (repeat.until - first) // step
    if count < 1:
        raise Rejected("La date de fin est trop proche : il n'y a aucune date à ajouter.")
    if count > MOST:
        raise Rejected(f"C'est trop d'un coup : {count} dates. Le plus est {MOST}.")
    return tuple(first + step * place for place in range(1, count + 1))


def _public(db: Connection, event: Row[Any], dates: tuple[date, ...]) -> frozenset[date]:
    centre = centre_row(db, event.centre_id)
    assert centre is not None, "an event has a centre"
    return public_holidays(centre.holidays, *range(dates[0].year, dates[-1].year + 1))


def _copy(db: Connection, event_id: int, on: date) -> NewEvent:
    event = _repeatable(db, event_id)
    rows = stored.wordings(db, event_id)
    return NewEvent(
        kind=event.kind,
        centre_id=event.centre_id,
        on=on,
        at=event.at,
        place=event.place,
        wordings={row.language: Wording(row.title, row.notes) for row in rows},
        original=next(row.language for row in rows if row.original),
        seats=event.seats,
        seats_for=event.seats_for,
        audience=None if event.for_everyone else stored.still_here(db, event),
    )


@cache
def _calendar() -> Mapping[str, Any]:
    with SCHOOL_HOLIDAYS.open("rb") as file:
        return tomllib.load(file)
