"""The form of a round of meetings: what was typed, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.calendars import LONGEST_UID
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.meetings import MOST_SLOTS, NewRound, NewSlot, every
from bot.storage.console.centres import ZONE
from bot.storage.console.lines import Centre
from bot.wallclock import at_wall_clock, local
from bot.web.console.event_form import (
    LONGEST_PLACE,
    ORIGINAL,
    read_day,
    read_hour,
    read_wordings,
)
from bot.web.console.words import word

FIRST_HOUR = time(10)  # of the first message, that the empty form proposes
DAYS = ("day_1", "day_2", "day_3", "day_4")
MOMENTS = (*DAYS, "first", "until", "minutes")
USUAL_MINUTES = "30"
KEPT = "slot"  # a moment of a calendar file, kept while the form is looked at
NAMES = (
    "centre",
    "host",
    "place",
    "on",
    "at",
    *MOMENTS,
    *(f"{part}_{language}" for language in LANGUAGES for part in ("title", "notes")),
)


@dataclass(frozen=True, slots=True)
class RoundForm:
    """What was typed, by field; and by field what is wrong, in the source language."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str]


def empty_form(centres: Sequence[Centre], now: datetime) -> RoundForm:
    """A form to begin with: the first message leaves tomorrow morning."""
    today = local(now, centres[0].time_zone if centres else ZONE).date()
    typed = dict.fromkeys(NAMES, "") | {
        "on": (today + timedelta(days=1)).isoformat(),
        "at": FIRST_HOUR.isoformat("minutes"),
        "minutes": USUAL_MINUTES,
    }
    if len(centres) == 1:
        typed["centre"] = str(centres[0].id)
    return RoundForm(typed, {})


def read_round(
    typed: Mapping[str, str], centre: Centre | None, now: datetime, *, has_file: bool
) -> NewRound | RoundForm:
    """The round that was typed, still without its families; or the form to show again.

    `has_file`: moments come from a calendar file, too, so that none need be typed.
    """
    wrong: dict[str, str] = {}
    if centre is None:
        wrong["centre"] = word("Choose a centre.")
    if not typed["host"]:
        wrong["host"] = word("Say whom the families meet.")
    if not typed["place"]:
        wrong["place"] = word("Say where families should come.")
    elif len(typed["place"]) > LONGEST_PLACE:
        wrong["place"] = word("The place is too long.")
    on, at = read_day(typed["on"]), read_hour(typed["at"])
    if on is None:
        wrong["on"] = word("Give the day, for example 25/11/2026.")
    if at is None:
        wrong["at"] = word("Give the hour, for example 18:30.")
    zone = centre.time_zone if centre else ZONE
    if on and at is not None and at_wall_clock(on, at, zone) <= now:
        wrong["on"] = word("This moment has passed. Choose one to come.")
    empty = not any(typed[name] for name in DAYS)
    slots = () if has_file and empty else read_moments(typed, wrong)
    wordings = read_wordings(typed, wrong)
    if wrong or centre is None or on is None or at is None:
        return RoundForm(typed, wrong)
    return NewRound(
        centre_id=centre.id,
        host=typed["host"],
        place=typed["place"],
        on=on,
        at=at,
        families=(),
        slots=slots,
        wordings=wordings,
        original=ORIGINAL,
    )


def read_moments(typed: Mapping[str, str], wrong: dict[str, str]) -> tuple[NewSlot, ...]:
    """The moments of the days that were typed; what is wrong is added to `wrong`."""
    days: list[date] = []
    for name in DAYS:
        on = read_day(typed[name]) if typed[name] else None
        if on is not None:
            days.append(on)
        elif typed[name] or (name == DAYS[0] and not any(typed[one] for one in DAYS)):
            wrong[name] = word("Give the day, for example 25/11/2026.")
    first, until = read_hour(typed["first"]), read_hour(typed["until"])
    for name, found in (("first", first), ("until", until)):
        if found is None:
            wrong[name] = word("Give the hour, for example 18:30.")
    minutes = typed["minutes"]
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 4):
        wrong["minutes"] = word("Give a number of minutes, for example 30.")
    if first is None or until is None or not days or wrong.keys() & {*MOMENTS}:
        return ()
    try:
        return every(days, first, until, int(minutes))
    except Rejected:
        wrong["until"] = word("No moment fits between these hours.")
        return ()


def written_slots(slots: Sequence[NewSlot]) -> tuple[str, ...]:
    """Moments of a calendar file as a form keeps them from one page to the next."""
    return tuple(
        f"{one.on.isoformat()} {one.at.isoformat('minutes')} {one.minutes} {one.uid or ''}"
        for one in slots
    )


def kept_slots(written: Sequence[str]) -> tuple[NewSlot, ...]:
    """The moments that such a form kept; what is none of ours is passed over."""
    found = []
    for line in written:
        on, _, rest = line.partition(" ")
        at, _, rest = rest.partition(" ")
        minutes, _, uid = rest.partition(" ")
        day, hour = read_day(on), read_hour(at)
        if day is not None and hour is not None and minutes.isascii() and minutes.isdigit():
            found.append(NewSlot(day, hour, int(minutes[:4]), uid[:LONGEST_UID] or None))
    return tuple(found[:MOST_SLOTS])


def with_families(new: NewRound, families: Sequence[int], chosen: Mapping[str, object]) -> NewRound:
    """The round for these families; `chosen` is the filter that found them, as data."""
    return replace(new, families=families, audience=chosen)
