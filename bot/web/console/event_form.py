"""The form that plans an event: what was typed, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from bot.changes import Changes
from bot.events import KINDS, NewEvent, Wording
from bot.flows.menus import LANGUAGES
from bot.own_words import Words as OwnWords
from bot.seats import SeatsFor
from bot.storage.console.lines import Centre, EventLine, Words
from bot.wallclock import at_wall_clock
from bot.web.console.words import word

ORIGINAL = "fr"
TRANSLATIONS = tuple(language for language in LANGUAGES if language != ORIGINAL)
LONGEST_TITLE, LONGEST_NOTES, LONGEST_PLACE = 120, 400, 200
MOST_SEATS = 10_000

NAMES = (
    "kind",
    "centre",
    "on",
    "at",
    "place",
    "seats",
    "seats_for",
    "families",
    *(f"{part}_{language}" for language in LANGUAGES for part in ("title", "notes")),
)


@dataclass(frozen=True, slots=True)
class EventForm:
    """What was typed, by field; and by field what is wrong, in the source language.

    `unknown` are the references of families that the centre does not have.
    """

    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    unknown: tuple[str, ...] = ()


def empty_form(centres: Sequence[Centre]) -> EventForm:
    """A form to begin with."""
    typed = dict.fromkeys(NAMES, "") | {"kind": "workshop", "seats_for": SeatsFor.TOTAL}
    if len(centres) == 1:
        typed["centre"] = str(centres[0].id)
    return EventForm(typed, {})


def chosen_centre(typed: Mapping[str, str], centres: Sequence[Centre]) -> Centre | None:
    """The centre that the form names, when the reader may plan for it."""
    return next((one for one in centres if str(one.id) == typed["centre"]), None)


def references(typed: Mapping[str, str]) -> tuple[str, ...]:
    """The families that the form names, as they were written; none: every family."""
    return tuple(dict.fromkeys(re.findall(r"[^\s,;]+", typed["families"])))


def read_event(
    typed: Mapping[str, str],
    centres: Sequence[Centre],
    known: Mapping[str, int],
    now: datetime,
    *,
    by_conditions: bool = False,
) -> NewEvent | EventForm:
    """The event that was typed, or the form to show again with what is wrong.

    `known` holds the ids of the centre's families by reference, in lower case; `by_conditions`:
    its families are chosen by conditions, beside this form.
    """
    wrong: dict[str, str] = {}
    centre = chosen_centre(typed, centres)
    if typed["kind"] not in KINDS:
        wrong["kind"] = word("Choose a kind.")
    if centre is None:
        wrong["centre"] = word("Choose a centre.")
    on, at = _moment(typed, wrong, centre.time_zone if centre else None, now)
    seats = _place_and_seats(typed, wrong)
    seats_for = typed["seats_for"] or SeatsFor.TOTAL
    if seats_for not in set(SeatsFor):
        wrong["seats_for"] = word("Say whom the places are for.")
    named = references(typed)
    unknown = tuple(one for one in named if one.lower() not in known)
    if centre and unknown:
        wrong["families"] = word("The centre has no family with this reference:")
    if named and by_conditions:
        wrong["families"] = word("Give references or conditions, not both.")
    if typed["kind"] == "meeting" and not named:
        wrong["families"] = word("Say which family is invited to the meeting.")
    wordings = read_wordings(typed, wrong)
    if wrong or centre is None or on is None or at is None:
        return EventForm(typed, wrong, unknown)
    return NewEvent(
        kind=typed["kind"],
        centre_id=centre.id,
        on=on,
        at=at,
        place=typed["place"],
        wordings=wordings,
        original=ORIGINAL,
        seats=seats,
        seats_for=seats_for,
        families=tuple(known[one.lower()] for one in named) or None,
    )


def form_of(event: EventLine, words: Sequence[Words]) -> EventForm:
    """The form that changes an event, as the event stands."""
    typed = dict.fromkeys(NAMES, "") | {
        "kind": event.kind,
        "on": event.on.isoformat(),
        "at": event.at.isoformat("minutes"),
        "place": event.place,
        "seats": str(event.seats or ""),
    }
    for one in words:
        typed |= {f"title_{one.language}": one.title, f"notes_{one.language}": one.notes}
    return EventForm(typed, {})


def read_change(
    typed: Mapping[str, str], event: EventLine, words: Sequence[Words], now: datetime
) -> Changes | EventForm:
    """What the form makes different, or the form to show again with what is wrong.

    A translation that is emptied goes.
    """
    wrong: dict[str, str] = {}
    on, at = _moment(typed, wrong, event.time_zone, now)
    seats = _place_and_seats(typed, wrong)
    wordings = read_wordings(typed, wrong)
    if wrong:
        return EventForm(typed, wrong)
    emptied = {one.language: None for one in words if one.language in TRANSLATIONS}
    return Changes(on, at, typed["place"], {**emptied, **wordings}, seats)


def _moment(
    typed: Mapping[str, str], wrong: dict[str, str], zone: str | None, now: datetime
) -> tuple[date | None, time | None]:
    on, at = read_day(typed["on"]), read_hour(typed["at"])
    if on is None:
        wrong["on"] = word("Give the day, for example 25/11/2026.")
    if at is None:
        wrong["at"] = word("Give the hour, for example 18:30.")
    if zone and on and at is not None and at_wall_clock(on, at, zone) <= now:
        wrong["on"] = word("This moment has passed. Choose one to come.")
    return on, at


def _place_and_seats(typed: Mapping[str, str], wrong: dict[str, str]) -> int | None:
    if not typed["place"]:
        wrong["place"] = word("Say where families should come.")
    elif len(typed["place"]) > LONGEST_PLACE:
        wrong["place"] = word("The place is too long.")
    seats = read_seats(typed["seats"])
    if typed["seats"] and seats is None:
        wrong["seats"] = word("Give a number of 1 or more, or leave this empty.")
    return seats


def read_day(written: str) -> date | None:
    """A date as browsers send it (2026-11-25) or as people write it (25/11/2026)."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", written)
    parts = found.groups() if found else ()
    if not parts and (found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", written)):
        parts = tuple(reversed(found.groups()))
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def read_hour(written: str) -> time | None:
    """An hour as browsers send it (18:30) or as people write it (18h, 18 h 30)."""
    found = re.fullmatch(r"(\d{1,2})\s*[:hH]\s*(\d{2})?(?::\d{2})?", written)
    try:
        return time(int(found[1]), int(found[2] or 0)) if found else None
    except ValueError:
        return None


def read_seats(written: str) -> int | None:
    """A number of places; None for anything else."""
    if not (written.isascii() and written.isdigit()) or len(written) > 5:
        return None
    seats = int(written)
    return seats if 1 <= seats <= MOST_SEATS else None


def written(typed: Mapping[str, str], more: str = "notes") -> dict[str, OwnWords]:
    """The words that were typed, by language, whatever is wrong with them."""
    found = {
        one: OwnWords(typed[f"title_{one}"], typed[f"{more}_{one}"]).stripped for one in LANGUAGES
    }
    return {language: words for language, words in found.items() if words.title or words.more}


def read_wordings(typed: Mapping[str, str], wrong: dict[str, str]) -> dict[str, Wording]:
    """The titles and notes that were typed, by language; what is wrong with one goes to `wrong`."""
    wordings: dict[str, Wording] = {}
    for language in LANGUAGES:
        title, notes = typed[f"title_{language}"], typed[f"notes_{language}"]
        if not title and (notes or language == ORIGINAL):
            wrong[f"title_{language}"] = word("The title is missing.")
        if len(title) > LONGEST_TITLE:
            wrong[f"title_{language}"] = word("The title is too long: 120 signs at most.")
        if len(notes) > LONGEST_NOTES:
            wrong[f"notes_{language}"] = word("This is too long: 400 signs at most.")
        if title:
            wordings[language] = Wording(title, notes)
    return wordings
