"""`carnet event change` and `carnet event repeat`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from sqlalchemy import Connection, select

from bot.app import Carnet, wall_clock
from bot.changes import (
    Changes,
    Keep,
    Preview,
    change_event,
    preview_cancellation,
    preview_change,
)
from bot.commands.events import by_language, read_date, read_time, words_of
from bot.commands.lint import say_findings
from bot.commands.plurals import counted
from bot.errors import Rejected
from bot.events import Wording, cancel_event
from bot.own_words import Words
from bot.repeats import Repeat, occurrences, repeat_event
from bot.storage import events as stored
from bot.storage.database import Database
from bot.storage.tables import families
from bot.translation import day, hour
from bot.vetting import look_over
from bot.wallclock import local

NOT_CONFIRMED = 3

FIELDS = {
    "on": "Jour",
    "at": "Heure",
    "place": "Lieu",
    "seats": "Places",
    "title": "Titre",
    "notes": "Infos pratiques",
}
STEPS = {
    "invitation": "Invitation",
    "nudge": "Relance",
    "reminder": "Rappel",
    "morning": "Dernier rappel",
    "survey": "Questions après l'événement",
    "absence": "Question après une absence",
}
PASSED_OVER = {
    "school_holidays": "vacances scolaires",
    "public_holiday": "jour férié",
    "exists": "existe déjà",
    "past": "date passée",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A change as it was typed; what is empty stays as it is."""

    on: str
    at: str
    place: str | None
    title: Sequence[str]
    notes: Sequence[str]
    seats: int | None
    no_limit: bool
    fewer_seats: bool


def run_change(
    carnet: Carnet,
    event_id: int,
    written: Written,
    *,
    yes: bool,
    ask: Callable[[str], bool] | None,
) -> int:
    """Show what a change does, ask, do it; the exit code is 3 when it was not confirmed."""
    now, console = carnet.clock(), Console(highlight=False)
    with carnet.database.write() as db:
        changes = _changes(db, event_id, written)
        _look_over(db, event_id, changes)
        preview = preview_change(db, carnet.reach, event_id, changes, now)
        event = stored.event(db, event_id)
        assert event is not None, "an event that can be changed is there"
        called = _references(db, preview.unreached)
    _print(console, preview, event.time_zone, called)
    if preview.too_few_seats and not written.fewer_seats:
        raise Rejected(
            f"{preview.held} places sont déjà prises. Ajoutez --fewer-seats pour confirmer ; "
            "personne ne perd sa place."
        )
    if not yes and (ask is None or not ask("Faire cette modification ?")):
        console.print("Rien n'a été modifié. Ajoutez --yes pour le faire.")
        return NOT_CONFIRMED
    with carnet.database.write() as db:
        done = change_event(db, carnet.reach, event_id, changes, carnet.clock())
    console.print(f"Événement modifié. {counted(done.told, 'famille prévenue')} par message.")
    return 0


def run_cancel(
    carnet: Carnet, event_id: int, *, yes: bool, ask: Callable[[str], bool] | None
) -> int:
    """Show who is told of a cancellation, ask, do it; the exit code is 3 when not confirmed."""
    console = Console(highlight=False)
    with carnet.database.write() as db:
        preview = preview_cancellation(db, carnet.reach, event_id, carnet.clock())
        event = stored.event(db, event_id)
        assert event is not None, "an event that can be cancelled is there"
        called = _references(db, preview.unreached)
    untold = "n'en savent rien encore et n'auront aucun message"
    _print(console, preview, event.time_zone, called, untold)
    if not yes and (ask is None or not ask("Annuler cet événement ?")):
        console.print("Rien n'a été annulé. Ajoutez --yes pour le faire.")
        return NOT_CONFIRMED
    with carnet.database.write() as db:
        told = cancel_event(db, carnet.reach, event_id, carnet.clock())
    who = counted(told, "famille sera prévenue", "familles seront prévenues")
    console.print(f"Événement annulé. {who}.")
    return 0


def run_repeat(
    database: Database,
    event_id: int,
    every: str,
    until: str,
    school_zone: str | None,
    *,
    skip_public_holidays: bool,
    dry_run: bool,
) -> None:
    """Show the dates; plan the event on them unless this is a dry run."""
    zone = school_zone.upper() if school_zone else None
    repeat = Repeat(every, read_date(until), zone, skip_public_holidays)
    now, console = wall_clock(), Console(highlight=False)
    with database.write() as db:
        dates = occurrences(db, event_id, repeat, now)
        made = {} if dry_run else dict(repeat_event(db, event_id, repeat, now))
    for one in dates:
        note = PASSED_OVER.get(one.passed_over, one.passed_over)
        if one.on in made:
            note = f"événement {made[one.on]}"
        console.print(f"{day(one.on, 'fr')} {one.on.year}{' : ' if note else ''}{note}")
    kept = sum(not one.passed_over for one in dates)
    if dry_run:
        would = counted(kept, "date serait ajoutée", "dates seraient ajoutées")
        console.print(f"{would}. Rien n'a été écrit.")
    else:
        console.print(f"{counted(len(made), 'date ajoutée')}.")


def _changes(db: Connection, event_id: int, written: Written) -> Changes:
    seats: int | Keep | None = Keep.SEATS if written.seats is None else written.seats
    event = stored.event(db, event_id)
    return Changes(
        on=read_date(written.on) if written.on else None,
        at=read_time(written.at) if written.at else None,
        place=written.place,
        wordings=_wordings(db, event_id, written),
        seats=None if written.no_limit else seats,
        fewer_seats=written.fewer_seats,
        version=event.version if event is not None else None,
    )


def _look_over(db: Connection, event_id: int, changes: Changes) -> None:
    """Print what is seen in the words that change. Raises Rejected where they must not be kept."""
    event = stored.event(db, event_id)
    if event is None or not changes.wordings:
        return
    rows = stored.wordings(db, event_id)
    before = {row.language: Words(row.title, row.notes) for row in rows}
    kept = {language: one for language, one in changes.wordings.items() if one is not None}
    original = next(row.language for row in rows if row.original)
    place = event.place if changes.place is None else changes.place
    words = before | words_of(kept)
    say_findings(
        look_over(
            db,
            event.centre_id,
            words,
            "notes",
            original=original,
            place=place,
            standing=before,
        ),
        (),
    )


def _wordings(db: Connection, event_id: int, written: Written) -> dict[str, Wording | None]:
    """Each text that was typed, beside what stands of it."""
    titles, notes = by_language(written.title), by_language(written.notes)
    standing = {row.language: row for row in stored.wordings(db, event_id)}
    found: dict[str, Wording | None] = {}
    for language in titles.keys() | notes.keys():
        row: Any = standing.get(language)
        found[language] = Wording(
            titles.get(language, row.title if row else ""),
            notes.get(language, row.notes if row else ""),
        )
    return found


def _print(
    console: Console,
    preview: Preview,
    zone: str,
    called: dict[str, str],
    uninvited: str = "ne sont pas encore invitées et le seront à la nouvelle date",
) -> None:
    for one in preview.differences:
        name = f"{FIELDS[one.field]} ({one.language})" if one.language else FIELDS[one.field]
        console.print(f"{name} : {one.before or '-'} -> {one.after or '-'}", markup=False)
    for notice in preview.notices:
        leaves = local(notice.leaves_at, zone)
        when = f"à partir du {day(leaves.date(), 'fr')} à {hour(leaves.time(), 'fr')}"
        head = (
            f"{counted(notice.families, 'famille')}, {notice.channel}, {notice.language}, {when} :"
        )
        console.print(f"\n{head}\n{notice.text}", markup=False)
        if notice.text != notice.french:
            console.print(f"En français : {notice.french}", markup=False)
    for reference, reason in called.items():
        console.print(f"À prévenir vous-même : {reference} ({reason})", markup=False)
    for families_of, why in (
        (preview.declined, "ont dit non et ne sont pas dérangées"),
        (preview.uninvited, uninvited),
        (preview.aware, "n'ont rien de nouveau à apprendre"),
    ):
        if families_of:
            console.print(f"{counted(len(families_of), 'famille')} : {why}.", markup=False)
    for move in preview.moves:
        step = STEPS.get(move.step, move.step)
        before, after = (
            f"{day(at.date(), 'fr')} {hour(at.time(), 'fr')}" if at else "-"
            for at in (_here(move.before, zone), _here(move.after, zone))
        )
        console.print(f"{step} : {before} -> {after}", markup=False)


def _here(at: Any, zone: str) -> Any:
    return local(at, zone) if at is not None else None


def _references(db: Connection, unreached: Any) -> dict[str, str]:
    """References of the families that no message reaches, with the reason code."""
    rows = db.execute(
        select(families.c.id, families.c.reference).where(families.c.id.in_(list(unreached)))
    )
    return {row.reference: unreached[row.id] for row in rows}
