"""`carnet meetings open|slots|import|list`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from bot.app import Carnet, wall_clock
from bot.calendars import read_diary
from bot.commands.events import by_language, centre_id, family_ids, read_date, read_time, words_of
from bot.commands.foreseen import foreseen_json, show_foreseen
from bot.commands.lint import say_findings
from bot.commands.plurals import counted
from bot.errors import FileUnreadable, Rejected
from bot.events import Wording
from bot.meetings import (
    NewRound,
    NewSlot,
    add_slots,
    every,
    foresee_round,
    import_slots,
    open_round,
)
from bot.storage import campaigns
from bot.storage.console.meetings import RoundLine, round_lines
from bot.storage.database import Database
from bot.storage.events import centre_zone
from bot.storage.tables import children, families
from bot.tariffs import read_tariffs
from bot.translation import day, hour
from bot.vetting import heard, look_over
from bot.wallclock import local

NOT_CONFIRMED = 3
FIRST = "slots"  # the step whose message is shown
FAR = timedelta(days=183)  # how far ahead a calendar file is read


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments as they were typed: the same hours on each of some days."""

    days: Sequence[str]
    first: str
    until: str
    minutes: int

    def read(self) -> tuple[NewSlot, ...]:
        """The moments. Raises Rejected, in French."""
        days = [read_date(one) for one in self.days]
        return every(days, read_time(self.first), read_time(self.until), self.minutes)


@dataclass(frozen=True, slots=True)
class Written:
    """A round as it was typed. `families` empty: every family of the centre."""

    title: Sequence[str]
    notes: Sequence[str]
    centre: str
    host: str
    place: str
    on: str
    at: str
    moments: Moments
    families: Sequence[str]


def run_open(
    carnet: Carnet,
    written: Written,
    *,
    yes: bool,
    dry_run: bool,
    ask: Callable[[str], bool] | None,
    as_json: bool,
) -> int:
    """Show what a round will do, ask, open it; the exit code is 3 when it was not confirmed."""
    now, tariffs = carnet.clock(), read_tariffs(carnet.settings.tariffs)
    with carnet.database.write() as db:
        new = _new(db, written)
        foreseen = foresee_round(db, carnet.reach, new, now)
        zone = centre_zone(db, new.centre_id)
        seen = look_over(db, new.centre_id, words_of(new.wordings), "notes", place=new.place)
    messages = heard(foreseen.messages)
    say_findings(seen, ((FIRST, one.language, found) for one, found in messages.items()))
    assert zone is not None, "its centre was found by name"
    console = Console(highlight=False, stderr=as_json)
    if not as_json or not yes:
        moments = counted(len(new.slots), "moment")
        when = f"{day(new.on, 'fr')} à {hour(new.at, 'fr')}"
        console.print(f"{moments} avec {new.host}. Premier message : {when}.")
        show_foreseen(console, foreseen, tariffs, zone)
    if not dry_run and not yes and (ask is None or not ask("Ouvrir cette série ?")):
        console.print("Rien n'a été ouvert. Ajoutez --yes pour le faire.")
        return NOT_CONFIRMED
    campaign_id = None
    if not dry_run:
        with carnet.database.write() as db:
            campaign_id = open_round(db, new, now)
    if as_json:
        told = {"round": campaign_id, "slots": len(new.slots)}
        print(json.dumps({**told, **foreseen_json(foreseen, tariffs)}, ensure_ascii=False))
    elif campaign_id is not None:
        console.print(f"Série {campaign_id} ouverte. Pour ajouter des moments : meetings slots.")
    return 0


def _new(db: Connection, written: Written) -> NewRound:
    titles, notes = by_language(written.title), by_language(written.notes)
    centre = centre_id(db, written.centre)
    return NewRound(
        centre_id=centre,
        host=written.host,
        place=written.place,
        on=read_date(written.on),
        at=read_time(written.at),
        families=_families(db, centre, written.families),
        slots=written.moments.read(),
        wordings={one: Wording(title, notes.get(one, "")) for one, title in titles.items()},
    )


def run_slots(database: Database, campaign_id: int, moments: Moments) -> None:
    """Keep more moments free; print how many."""
    with database.write() as db:
        added = add_slots(db, campaign_id, moments.read(), wall_clock())
    Console().print(f"{counted(added, 'moment ajouté')}.")


def run_import(database: Database, campaign_id: int, file: Path, *, as_json: bool) -> None:
    """Take in a calendar file; print what became of each entry that was not taken."""
    now = wall_clock()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"Le fichier {file} ne s'ouvre pas. Vérifiez son nom.") from error
    with database.write() as db:
        row = campaigns.campaign(db, campaign_id)
        if row is None or row.time_zone is None:
            raise Rejected("Cette série de rencontres n'existe pas.")
        until = local(now + FAR, row.time_zone).date()
        done = import_slots(db, campaign_id, read_diary(content, row.time_zone, now, until), now)
    if as_json:
        left = [{"entry": one.entry, "why": one.why} for one in done.left]
        counts = {"added": done.added, "moved": done.moved, "unchanged": done.unchanged}
        print(json.dumps(counts | {"left": left}, ensure_ascii=False))
        return
    console = Console()
    console.print(
        f"{counted(done.added, 'moment ajouté')}, {counted(done.moved, 'déplacé')}, "
        f"{counted(done.unchanged, 'inchangé')}."
    )
    for one in done.left:
        console.print(f"[yellow]Pas pris :[/] {one.entry} : {one.why}.")


def run_list(database: Database, *, as_json: bool) -> None:
    """List every round with its moments."""
    now = wall_clock()
    with database.read() as db:
        rounds = _every_round(db)
    if as_json:
        print(json.dumps([_round_json(one) for one in rounds], ensure_ascii=False, indent=2))
        return
    today = now.date()
    table = Table(caption="Pris et libres : les moments à venir")
    for heading in ("N°", "Premier message", "Rencontre", "Avec", "Centre"):
        table.add_column(heading, no_wrap=heading in ("N°", "Premier message"))
    for heading in ("Familles", "Réponses", "Pris", "Libres"):
        table.add_column(heading, justify="right")
    for one in rounds:
        table.add_row(
            str(one.id),
            f"{one.on:%d/%m/%Y} {hour(one.at, 'fr')}",
            _called(one, today),
            one.host,
            one.centre,
            *map(str, (one.targeted, one.answered, one.taken, one.free)),
        )
    Console().print(table)


def _every_round(db: Connection) -> list[RoundLine]:
    found: list[RoundLine] = []
    page, more = 1, True
    while more:
        lines, more = round_lines(db, None, wall_clock(), page)
        found += lines
        page += 1
    return found


def _called(one: RoundLine, today: date) -> str:
    if one.status == "cancelled":
        return f"{one.title} (annulée)"
    return f"{one.title} (terminée)" if one.ends_on < today else one.title


def _round_json(one: RoundLine) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "host": one.host,
        "centre": one.centre,
        "on": one.on.isoformat(),
        "at": one.at.isoformat("minutes"),
        "ends_on": one.ends_on.isoformat(),
        "status": one.status,
        "families": one.targeted,
        "answered": one.answered,
        "taken": one.taken,
        "free": one.free,
    }


def _families(db: Connection, centre: int, references: Sequence[str]) -> tuple[int, ...]:
    """The families that were named, else every family of the centre."""
    if references:
        return family_ids(db, references)
    query = (
        select(families.c.id)
        .join(children, children.c.family_id == families.c.id)
        .where(children.c.centre_id == centre, families.c.left_on.is_(None))
        .distinct()
    )
    return tuple(db.scalars(query))
