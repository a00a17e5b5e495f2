"""`carnet import families` and `carnet card`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot.app import deployment_of, wall_clock
from bot.channels.link import deep_link
from bot.commands.plurals import counted
from bot.contacts import new_binding_code, send_card
from bot.enrolment import Imported, import_families
from bot.errors import Rejected
from bot.roster.rows import Roster, read_roster
from bot.settings import Settings
from bot.storage import contacts
from bot.storage.database import Database


def run_import(database: Database, file: Path, *, dry_run: bool, as_json: bool) -> int:
    """Import a file; the exit code is 1 when some rows were left out."""
    console = Console(stderr=True)
    with _bar(console, shown=not as_json) as progress:
        reading = progress.add_task("Lecture", total=None)
        roster = read_roster(
            file, progress=lambda done, all_: progress.update(reading, completed=done, total=all_)
        )
        writing = progress.add_task("Vérification" if dry_run else "Écriture", total=None)
        done = _write(
            database,
            roster,
            dry_run=dry_run,
            progress=lambda at, all_: progress.update(writing, completed=at, total=all_),
        )
    if as_json:
        print(json.dumps(_as_json(roster, done), ensure_ascii=False, indent=2))
    else:
        _print(Console(), roster, done, dry_run=dry_run)
    return 1 if roster.errors else 0


def run_card(
    settings: Settings, database: Database, family: str, parent: int, *, by_sms: bool
) -> None:
    """Make one parent's one-time code and show what to print on the card, or send it by SMS."""
    deployment = deployment_of(settings)
    with database.write() as db:
        guardians = contacts.family_at(db, family)
        person = next((one for one in guardians if one.rank == parent), None)
        if person is None:
            raise Rejected(f"Aucun parent {parent} dans la famille « {family} ».")
        if by_sms:
            send_card(db, deployment, person.contact_id, wall_clock())
        else:
            code = new_binding_code(db, person.contact_id, wall_clock())
    console = Console()
    if by_sms:
        console.print("Le SMS partira dès que `carnet serve` tourne, une seule fois par jour.")
        return
    console.print(f"Code (une seule fois, 60 jours) : [bold]{code}[/]")
    bot = deployment.bot_named(person.telegram_bot or "")
    if bot:
        console.print(f"Lien : {deep_link(bot, code)}", soft_wrap=True)
    else:
        console.print("Réglez CARNET_TELEGRAM_BOT_NAME pour imprimer aussi le lien.")


def _write(database: Database, roster: Roster, *, dry_run: bool, progress: Any) -> Imported:
    with database.write() as db:
        rehearsal = db.begin_nested()
        done = import_families(db, roster.rows, wall_clock(), progress=progress)
        if dry_run:
            rehearsal.rollback()
    return done


def _as_json(roster: Roster, done: Imported) -> dict[str, Any]:
    return {
        "rows": roster.total,
        "families": done.families,
        "children": done.children,
        "contacts": done.contacts,
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "errors": [
            {"line": one.line, "column": one.column, "reason": one.reason} for one in roster.errors
        ],
    }


def _print(console: Console, roster: Roster, done: Imported, *, dry_run: bool) -> None:
    new_groups = ", ".join(done.new_groups)
    for notice in (
        *roster.notices,
        *(f"Nouveau centre : {one}" for one in done.new_centres),
        *([f"Nouveaux groupes : {new_groups}"] if new_groups else []),
    ):
        console.print(f"[yellow]À savoir :[/] {notice}")
    if roster.errors:
        table = Table(title="Lignes à corriger")
        for heading in ("Ligne", "Colonne", "Pourquoi"):
            table.add_column(heading)
        for one in roster.errors:
            table.add_row(str(one.line), one.column, one.reason)
        console.print(table)
    left_out = roster.total - len(roster.rows)
    console.print(
        f"{counted(roster.total, 'ligne')} = {counted(done.created, 'nouvelle')} "
        f"+ {counted(done.updated, 'modifiée')} + {counted(done.unchanged, 'inchangée')} "
        f"+ {left_out} à corriger"
    )
    people = counted(done.children, "enfant"), counted(done.contacts, "parent")
    console.print(f"{counted(done.families, 'famille')}, {', '.join(people)}.")
    if dry_run:
        console.print("[bold]Vérification seulement : rien n'a été écrit.[/]")


@contextmanager
def _bar(console: Console, *, shown: bool) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not shown, transient=True) as progress:
        yield progress
