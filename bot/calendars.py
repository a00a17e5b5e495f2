"""Calendar files (iCalendar, RFC 5545): moments kept free in, meetings and a family's agenda out.

Reading gives every entry either as a moment on the centre's wall clock or as a line that says, in
French, why it is none. Writing names the zone with its rules, so that a meeting at 17:00 stays at
17:00 when the clocks change. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import FileUnreadable
from bot.wallclock import at_wall_clock, local

LARGEST = 2_000_000  # bytes; a calendar of years is smaller
MOST_ENTRIES = 500  # moments in one file
LONGEST_UID = 200
SOMETIMES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
SHORTEST, LONGEST = 5, 8 * 60  # minutes of one moment
OUR_HOST = "carnet"  # what our entries' names end with
PRODUCT = "-//Carnet//Rencontres//FR"
PARENTS_PRODUCT = "-//Carnet//Agenda//FR"


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment of a calendar: its name there, and the centre's wall clock."""

    uid: str
    on: date
    at: time
    minutes: int


@dataclass(frozen=True, slots=True)
class Left:
    """One entry that is no moment, by what the calendar calls it, and why."""

    entry: str
    why: str


@dataclass(frozen=True, slots=True)
class Diary:
    """What a calendar file holds."""

    entries: tuple[Entry, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting, or another gathering, as a calendar shows it. `minutes` None: not known."""

    event_id: int
    version: int
    title: str
    place: str
    on: date
    at: time
    minutes: int | None
    zone: str
    cancelled: bool
    changed_at: datetime


def read_diary(content: bytes, zone: str, now: datetime, until: date) -> Diary:
    """Read the moments to come in a calendar file, up to a day; the zone is the centre's.

    An entry without a zone is on the centre's wall clock. Each repetition is a moment of its own.
    Raises FileUnreadable, in French, for what is no calendar.
    """
    calendar = _calendar(content)
    entries: list[Entry] = []
    left: list[Left] = []
    for series in _series(calendar):
        for found in _moments(calendar, series, zone, now, until):
            if isinstance(found, Entry):
                entries.append(found)
            else:
                left.append(found)
        if len(entries) > MOST_ENTRIES:
            raise FileUnreadable(
                f"Ce calendrier tient plus de {MOST_ENTRIES} moments. "
                "Exportez une période plus courte."
            )
    entries.sort(key=lambda one: (one.on, one.at, one.uid))
    return Diary(tuple(entries), tuple(left))


def write_meetings(meetings: Iterable[Meeting], name: str) -> bytes:
    """Meetings as a calendar file that calendars take in, and take in again when they change."""
    calendar = _empty(PRODUCT, "PUBLISH")
    calendar.add("x-wr-calname", name)
    for one in meetings:
        uid = f"meeting-{one.event_id}@{OUR_HOST}"
        calendar.add_component(_component(one, uid, one.version - 1))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def write_agenda(gatherings: Sequence[Meeting], host: str) -> bytes:
    """What a family comes to, for the parent's own calendar; what is off is taken out of it.

    `host` is the deployment's: the same entry keeps its name there, whatever changes.
    """
    off = all(one.cancelled for one in gatherings)
    calendar = _empty(PARENTS_PRODUCT, "CANCEL" if off else "PUBLISH")
    for one in gatherings:
        calendar.add_component(_component(one, f"event-{one.event_id}@{host}", one.version))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


# -- writing --------------------------------------------------------------------------------------


def _empty(product: str, method: str) -> Any:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", product)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _component(one: Meeting, uid: str, sequence: int) -> Any:
    from icalendar import Event

    starts_at = datetime.combine(one.on, one.at, ZoneInfo(one.zone))
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", one.changed_at.astimezone(UTC))
    event.add("dtstart", starts_at)
    if one.minutes is not None:
        event.add("dtend", starts_at + timedelta(minutes=one.minutes))
    event.add("summary", one.title)
    event.add("location", one.place)
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    return event


# -- reading --------------------------------------------------------------------------------------


def _calendar(content: bytes) -> Any:
    from icalendar import Calendar

    if len(content) > LARGEST:
        raise FileUnreadable("Ce fichier est trop gros : 2 Mo au plus.")
    try:
        return Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise FileUnreadable(
            "Ce fichier n'est pas un calendrier (.ics). Exportez-le de nouveau depuis votre agenda."
        ) from error


def _series(calendar: Any) -> list[list[Any]]:
    """The entries, those of one name together: a repeated one and its exceptions."""
    found: dict[str, list[Any]] = {}
    for place, one in enumerate(calendar.walk("VEVENT")):
        found.setdefault(str(one.get("uid", "")).strip() or f"#{place}", []).append(one)
    return list(found.values())


def _moments(
    calendar: Any, series: Sequence[Any], zone: str, now: datetime, until: date
) -> Iterator[Entry | Left]:
    """The moments of one entry; where it is repeated, those from now until the last day."""
    first = series[0]
    repeated = any(one.get("rrule") or one.get("rdate") for one in series)
    why = _unusable(first) or (_too_often(series) if repeated else "")
    if why:
        yield Left(_called(first), why)
    elif not repeated:
        for one in series:
            yield _entry(one, zone, now, until, repeated=False)
    else:
        try:
            found = list(_occurrences(calendar, series, zone, now, until))
        except Exception:  # noqa: BLE001 - the library raises many kinds on what people write
            yield Left(_called(first), "la répétition est illisible")
            return
        for one in found:
            yield _entry(one, zone, now, until, repeated=True)
        if not found:
            yield Left(_called(first), "aucune répétition dans la période")


def _occurrences(
    calendar: Any, series: Sequence[Any], zone: str, now: datetime, until: date
) -> Iterator[Any]:
    import recurring_ical_events
    from icalendar import Calendar

    alone = Calendar()
    for one in (*calendar.walk("VTIMEZONE"), *series):
        alone.add_component(one)
    ends_at = at_wall_clock(until + timedelta(days=1), time(), zone)
    query = recurring_ical_events.of(alone)
    for place, one in enumerate(query.between(now, ends_at)):
        if place > MOST_ENTRIES:
            return
        yield one


def _unusable(one: Any) -> str:
    """Why an entry can be no moment, whenever it is; "" where it can."""
    if not str(one.get("uid", "")).strip():
        return "sans identifiant (UID)"
    if one.errors:
        return "illisible"
    start = _start(one)
    if start is None:
        return "sans date"
    if not isinstance(start, datetime):
        return "journée entière : donnez une heure de début et une heure de fin"
    return ""


def _too_often(series: Iterable[Any]) -> str:
    for one in series:
        found = one.get("rrule", [])
        for rule in found if isinstance(found, list) else [found]:
            often = not set(map(str.upper, rule.get("FREQ", ()))) <= SOMETIMES
            if often or "BYSECOND" in rule or "BYMINUTE" in rule or "BYHOUR" in rule:
                return "se répète plusieurs fois par jour : entrez ces moments un par un"
    return ""


def _entry(one: Any, zone: str, now: datetime, until: date, *, repeated: bool) -> Entry | Left:
    why = _unusable(one)
    if why:
        return Left(_called(one), why)
    here = _on_wall_clock(one["dtstart"].dt, zone)
    minutes = _minutes(one)
    if str(one.get("status", "")).upper() == "CANCELLED":
        why = "annulé dans le calendrier"
    elif at_wall_clock(here.date(), here.time(), zone) <= now:
        why = "passé"
    elif here.date() > until:
        why = f"après le {until:%d/%m/%Y}"
    elif minutes is None or not SHORTEST <= minutes <= LONGEST:
        why = f"sa durée n'est pas entre {SHORTEST} minutes et {LONGEST // 60} heures"
    if why or minutes is None:
        return Left(_called(one), why)
    at = here.time().replace(second=0, microsecond=0, fold=0)
    return Entry(_name(one, repeated=repeated), here.date(), at, minutes)


def _start(one: Any) -> date | None:
    """When an entry begins, a date where it lasts all day; None where nothing can be read."""
    try:
        start = one["dtstart"].dt
    except (KeyError, AttributeError, ValueError):
        return None
    return start if isinstance(start, date) else None


def _on_wall_clock(at: datetime, zone: str) -> datetime:
    return at if at.tzinfo is None else local(at, zone).replace(tzinfo=None)


def _minutes(one: Any) -> int | None:
    """How long an entry lasts, in whole minutes; None where it does not say."""
    try:
        if "duration" in one:
            lasts = one["duration"].dt
        else:
            start, end = one["dtstart"].dt, one["dtend"].dt
            lasts = end - start if start.tzinfo is None else end.astimezone(UTC) - start
        return int(lasts.total_seconds() // 60)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _name(one: Any, *, repeated: bool) -> str:
    """What the calendar calls the entry, for as long as it stands there."""
    uid = str(one["uid"]).strip()
    if repeated:
        original = one.get("recurrence-id") or one["dtstart"]
        uid = f"{uid}/{original.dt.isoformat()}"
    if len(uid) > LONGEST_UID:
        return hashlib.sha256(uid.encode()).hexdigest()
    return uid


def _called(one: Any) -> str:
    """An entry as its owner knows it."""
    title = str(one.get("summary", "")).strip() or "(sans titre)"
    start = _start(one)
    if isinstance(start, datetime):
        return f"{title}, {start:%d/%m/%Y %H:%M}"
    return f"{title}, {start:%d/%m/%Y}" if isinstance(start, date) else title
