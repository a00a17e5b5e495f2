"""`carnet event add|list|cancel` and `carnet attendance`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, case, func, select

from bot.app import Carnet, wall_clock
from bot.commands.lint import say_findings
from bot.commands.plurals import counted
from bot.deployment import Deployment
from bot.errors import Rejected
from bot.events import KINDS, NewEvent, Wording, add_event, record_attendance
from bot.own_words import Words
from bot.seats import SeatsFor
from bot.storage.console.centres import centre_row
from bot.storage.database import Database
from bot.storage.tables import centres, event_texts, events, families, invitations
from bot.translation import day, hour
from bot.vetting import look_over, would_say

TRANSLATED = re.compile(r"^([a-z]{2,3})=(.+)$", re.DOTALL)
CLOCK = re.compile(r"^(\d{1,2})\s*[:hH]\s*(\d{2})?$")


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it was typed."""

    kind: str
    title: Sequence[str]
    notes: Sequence[str]
    centre: str
    on: str
    at: str
    place: str
    seats: int | None
    families: Sequence[str] | None
    seats_for: str = SeatsFor.TOTAL


def run_add(carnet: Carnet, written: Written, *, as_json: bool) -> None:
    """Say what is seen in the words, add the event; print its number."""
    on, at = read_date(written.on), read_time(written.at)
    with carnet.database.write() as db:
        new = NewEvent(
            kind=written.kind,
            centre_id=centre_id(db, written.centre),
            on=on,
            at=at,
            place=written.place,
            wordings=_wordings(written),
            seats=written.seats,
            seats_for=written.seats_for,
            families=family_ids(db, written.families) if written.families else None,
        )
        look_at(db, carnet.reach.deployment, new)
        event_id = add_event(db, new, carnet.clock())
        invited = db.scalar(select(func.count()).where(invitations.c.event_id == event_id))
    if as_json:
        print(json.dumps({"event": event_id, "families": invited}))
        return
    who = counted(invited or 0, "famille sera invitée", "familles seront invitées")
    Console().print(
        f"Événement [bold]{event_id}[/] : {KINDS[written.kind]}, {day(on, 'fr')} à "
        f"{hour(at, 'fr')}. {who}."
    )


def look_at(db: Connection, deployment: Deployment, new: NewEvent) -> None:
    """Print what is seen in an event's words, and in its messages.

    Raises Rejected where something must change first.
    """
    found = look_over(db, new.centre_id, words_of(new.wordings), "notes", place=new.place)
    centre = centre_row(db, new.centre_id)
    spoken = would_say(deployment, centre.name if centre is not None else "", new)
    say_findings(found, ((one.step, one.language, one.findings) for one in spoken))


def words_of(wordings: Mapping[str, Wording]) -> dict[str, Words]:
    """An event's words as they are looked over."""
    return {language: Words(one.title, one.notes).stripped for language, one in wordings.items()}


def run_list(database: Database, *, as_json: bool) -> None:
    """List every event with its answers."""
    with database.read() as db:
        rows = db.execute(_with_counts()).all()
    if as_json:
        print(json.dumps([_event_json(row) for row in rows], ensure_ascii=False, indent=2))
        return
    table = Table(caption="? : peut-être ; … : sans réponse")
    for heading in ("N°", "Quand", "Événement", "Centre"):
        table.add_column(heading, no_wrap=heading in ("N°", "Quand"))
    for heading in ("Oui", "Non", "?", "…"):
        table.add_column(heading, justify="right")
    for row in rows:
        when = f"{row.on:%d/%m/%Y} {hour(row.at, 'fr')}"
        title = row.title if row.status == "planned" else f"{row.title} (annulé)"
        counts = (row.yes, row.no, row.maybe, row.silent)
        table.add_row(
            str(row.id), when, f"{title}, {KINDS[row.kind]}", row.centre, *map(str, counts)
        )
    Console().print(table)


def run_attendance(
    database: Database,
    event_id: int,
    came: Sequence[str],
    absent: Sequence[str],
    *,
    others_absent: bool,
    as_json: bool,
) -> int:
    """Tick families by reference; the exit code is 1 when a reference is unknown."""
    with database.write() as db:
        known = _references(db, [*came, *absent])
        marks = {known[one]: True for one in came if one in known}
        marks |= {known[one]: False for one in absent if one in known}
        if others_absent:
            marks = dict.fromkeys(_invited(db, event_id), False) | marks
        changed = record_attendance(db, event_id, marks, wall_clock())
    unknown = [one for one in (*came, *absent) if one not in known]
    present = sum(marks.values())
    if as_json:
        print(
            json.dumps(
                {
                    "event": event_id,
                    "present": present,
                    "absent": len(marks) - present,
                    "changed": changed,
                    "unknown": unknown,
                }
            )
        )
    else:
        console = Console()
        away = counted(len(marks) - present, "absente")
        console.print(f"{counted(present, 'famille présente')}, {away}.")
        for one in unknown:
            console.print(f"[red]Famille inconnue :[/] {one}")
    return 1 if unknown else 0


def centre_id(db: Connection, name: str) -> int:
    """The id of a centre by its name, whatever its capitals.

    Raises Rejected naming the centres that exist.
    """
    found = {row.name: row.id for row in db.execute(select(centres.c.name, centres.c.id))}
    for known, number in found.items():
        if known.casefold() == name.strip().casefold():
            return int(number)
    names = ", ".join(sorted(found)) or "aucun (importez d'abord les familles)"
    raise Rejected(f"Centre inconnu : « {name} ». Centres : {names}.")


def _wordings(written: Written) -> Mapping[str, Wording]:
    titles, notes = by_language(written.title), by_language(written.notes)
    return {language: Wording(title, notes.get(language, "")) for language, title in titles.items()}


def by_language(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        match = TRANSLATED.match(text)
        language, words = (match[1], match[2]) if match else ("fr", text)
        found[language] = words
    return found


def read_date(text: str) -> date:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a date only
        except ValueError:
            continue
    raise Rejected(f"Date illisible : « {text} ». Écrivez 2026-11-28 ou 28/11/2026.")


def read_time(text: str) -> time:
    """Read an hour as people write it. Raises Rejected."""
    match = CLOCK.match(text.strip())
    if match and int(match[1]) < 24 and int(match[2] or 0) < 60:
        return time(int(match[1]), int(match[2] or 0))
    raise Rejected(f"Heure illisible : « {text} ». Écrivez 18:00 ou 18h30.")


def family_ids(db: Connection, references: Sequence[str]) -> tuple[int, ...]:
    """The ids of families by reference, whatever their capitals.

    Raises Rejected naming those that are unknown.
    """
    known = _references(db, references)
    unknown = [one for one in references if one not in known]
    if unknown:
        raise Rejected(f"Familles inconnues : {', '.join(unknown)}.")
    return tuple(known.values())


def _references(db: Connection, references: Sequence[str]) -> dict[str, int]:
    """The ids of the families that exist among these, whatever their capitals."""
    rows = db.execute(select(families.c.reference, families.c.id))
    known = {row.reference.casefold(): row.id for row in rows}
    return {one: known[one.casefold()] for one in references if one.casefold() in known}


def _invited(db: Connection, event_id: int) -> Sequence[int]:
    return db.scalars(
        select(invitations.c.family_id).where(invitations.c.event_id == event_id)
    ).all()


def _with_counts() -> Any:
    def count(rsvp: str | None) -> Any:
        matches = invitations.c.rsvp == rsvp if rsvp else invitations.c.rsvp.is_(None)
        invited = invitations.c.id.is_not(None)
        return func.coalesce(func.sum(case((matches & invited, 1), else_=0)), 0)

    return (
        select(
            events.c.id,
            events.c.kind,
            events.c.on,
            events.c.at,
            events.c.place,
            events.c.seats,
            events.c.seats_for,
            events.c.status,
            centres.c.name.label("centre"),
            event_texts.c.title,
            count("yes").label("yes"),
            count("no").label("no"),
            count("maybe").label("maybe"),
            count(None).label("silent"),
        )
        .join(centres, centres.c.id == events.c.centre_id)
        .join(event_texts, (event_texts.c.event_id == events.c.id) & event_texts.c.original)
        .outerjoin(invitations, invitations.c.event_id == events.c.id)
        .group_by(events.c.id, centres.c.name, event_texts.c.title)
        .order_by(events.c.starts_at)
    )


def _event_json(row: Any) -> dict[str, Any]:
    values: dict[str, Any] = row._asdict()
    return values | {"on": row.on.isoformat(), "at": row.at.isoformat("minutes")}
