"""`carnet audience`: who meets some conditions, who would be written to, and why not the others."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from bot.app import Carnet
from bot.audience import Answered, Attendance, Filter, check_filter, describe, tag_of
from bot.commands.events import centre_id, read_date
from bot.commands.plurals import counted
from bot.errors import Rejected
from bot.messages import Purpose
from bot.preview import Preview, preview_audience
from bot.roster.cells import fold
from bot.roster.languages import LanguageError, language_code
from bot.roster.levels import level_code
from bot.segments import Author, segment_called
from bot.storage import audience as stored
from bot.storage.console.families import families_called
from bot.storage.tables import centres, groups
from bot.translation import catalog
from bot.web.console.words import CHANNELS, REASONS

EVERYWHERE = Author(centre_id=None, leads=True)  # who has this terminal sees every centre
FORMULA = ("=", "+", "-", "@")  # a spreadsheet would run a cell that begins so


@dataclass(frozen=True, slots=True)
class Written:
    """The conditions as they were typed."""

    centres: Sequence[str] = ()
    cities: Sequence[str] = ()
    groups: Sequence[str] = ()
    levels: Sequence[str] = ()
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    without_tags: Sequence[str] = ()
    families: Sequence[str] = ()
    came: int | None = None
    never_came: bool = False
    since: str = ""
    kind: str = ""
    no_answer: int = 0
    no_answer_to: int | None = None
    answered: int | None = None
    answers: Sequence[str] = ()
    segment: str = ""


def run_audience(carnet: Carnet, written: Written, *, survey: bool, output: str) -> None:
    """Print the audience as a table, JSON or CSV."""
    now = carnet.clock()
    purpose, step = (Purpose.SURVEY, "survey") if survey else (Purpose.INVITATION, "invitation")
    with carnet.database.read() as db:
        wanted = read_filter(db, written)
        phrases = describe(wanted, stored.names_in(db, wanted))
        audience = stored.members(db, wanted, now, None)
        preview = preview_audience(db, carnet.reach, audience, now, purpose=purpose, step=step)
    if output == "json":
        print(json.dumps(_as_json(preview, phrases), ensure_ascii=False, indent=2))
    elif output == "csv":
        csv.writer(sys.stdout).writerows(_as_rows(preview))
    else:
        _print(Console(), preview, phrases)


def read_filter(db: Connection, written: Written) -> Filter:
    """The filter that was typed. Raises Rejected for a name that does not exist."""
    if written.segment:
        if written != Written(segment=written.segment):
            raise Rejected("Donnez un public enregistré ou des conditions, pas les deux.")
        return segment_called(db, EVERYWHERE, written.segment).filter
    wanted = Filter(
        centres=frozenset(centre_id(db, one) for one in written.centres),
        cities=_cities(db, written.cities),
        levels=frozenset(level_code(one) or one for one in written.levels),
        languages=frozenset(map(_language, written.languages)),
        attendance=_attendance(written),
        no_answer=written.no_answer,
        no_answer_to=written.no_answer_to,
        answered=_answered(written),
        tags_any=frozenset(map(tag_of, written.tags)),
        tags_none=frozenset(map(tag_of, written.without_tags)),
        families=_families(db, written.families),
        groups=_groups(db, written),
    )
    check_filter(wanted)
    return wanted


def _cities(db: Connection, names: Sequence[str]) -> frozenset[str]:
    known = {fold(city): city for city in db.scalars(select(centres.c.city)) if city}
    unknown = [name for name in names if fold(name) not in known]
    if unknown:
        cities = ", ".join(sorted(known.values())) or "aucune (carnet centre set --city)"
        raise Rejected(f"Ville inconnue : « {unknown[0]} ». Villes : {cities}.")
    return frozenset(known[fold(name)] for name in names)


def _groups(db: Connection, written: Written) -> frozenset[int]:
    """The groups with these names, in the centres that were named or in all."""
    rows = db.execute(select(groups.c.id, groups.c.name, groups.c.centre_id)).all()
    inside = {centre_id(db, one) for one in written.centres}
    here = [row for row in rows if not inside or row.centre_id in inside]
    for name in written.groups:
        if fold(name) not in {fold(row.name) for row in here}:
            names = ", ".join(sorted({row.name for row in here})) or "aucun"
            raise Rejected(f"Groupe inconnu : « {name} ». Groupes : {names}.")
    wanted = {fold(name) for name in written.groups}
    return frozenset(row.id for row in here if fold(row.name) in wanted)


def _language(written: str) -> str:
    try:
        code = language_code(written)
    except LanguageError as error:
        raise Rejected(f"--language : {error}.") from error
    return code or ""


def _attendance(written: Written) -> Attendance | None:
    since = read_date(written.since) if written.since else None
    if written.never_came and written.came is not None:
        raise Rejected("Choisissez --came ou --never-came, pas les deux.")
    if written.never_came or written.came is not None:
        return Attendance(0 if written.never_came else written.came or 0, since, written.kind)
    if since or written.kind:
        raise Rejected("--since et --kind vont avec --came N ou --never-came.")
    return None


def _answered(written: Written) -> Answered | None:
    if written.answered is None:
        if written.answers:
            raise Rejected("--answer va avec --answered, le numéro d'un événement.")
        return None
    return Answered(written.answered, frozenset(written.answers))


def _families(db: Connection, references: Sequence[str]) -> frozenset[int]:
    known = families_called(db, None, references) if references else {}
    unknown = [one for one in references if one.lower() not in known]
    if unknown:
        raise Rejected(f"Familles inconnues : {', '.join(unknown)}.")
    return frozenset(known.values())


def _as_json(preview: Preview, phrases: Sequence[str]) -> dict[str, Any]:
    return {
        "conditions": list(phrases),
        "families": preview.families,
        "written_to": [_plainly(asdict(one)) for one in preview.told],
        "left_out": [_plainly(asdict(one)) for one in preview.left_out],
        "people": len(preview.people),
        "channels": dict(preview.channels),
        "languages": dict(preview.languages),
        "reasons": dict(preview.reasons),
    }


def _plainly(value: Any) -> Any:
    """The same in what JSON knows; instants in ISO 8601."""
    if isinstance(value, dict):
        return {key: _plainly(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plainly(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _as_rows(preview: Preview) -> Iterator[list[str]]:
    yield ["reference", "centre", "enfants", "parent", "canal", "langue", "raison"]
    for told in preview.told:
        children = ", ".join(told.children)
        for one in told.people:
            cells = [told.reference, told.centre, children, one.name]
            yield [*map(_plain, cells), one.channel, one.language, ""]
    for left in preview.left_out:
        cells = [left.reference, left.centre, "", left.name]
        yield [*map(_plain, cells), "", "", left.reason]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _print(console: Console, preview: Preview, phrases: Sequence[str]) -> None:
    console.print("Conditions : " + (" ; ".join(phrases) or "aucune, tout le monde"), markup=False)
    told = Table(title="À qui écrire")
    named = any(family.children for family in preview.told)
    for heading in ("Famille", "Centre", *(("Enfants",) if named else ()), "Parents"):
        told.add_column(heading)
    for family in preview.told:
        people = ", ".join(
            f"{one.name} ({_called(CHANNELS, one.channel)}, {one.language})"
            for one in family.people
        )
        children = (", ".join(family.children) or "–",) if named else ()
        told.add_row(family.reference, family.centre, *children, people)
    left = Table(title="Laissées de côté")
    for heading in ("Famille", "Centre", "Parent", "Pourquoi"):
        left.add_column(heading)
    for one in preview.left_out:
        why = _called(REASONS, one.reason)
        left.add_row(one.reference, one.centre, one.name or "–", why)
    for table, rows in ((told, preview.told), (left, preview.left_out)):
        if rows:
            console.print(table)
    console.print(
        f"{counted(preview.families, 'famille')} = {len(preview.told)} à qui écrire "
        f"({counted(len(preview.people), 'personne')}) + "
        f"{counted(len(preview.left_out), 'laissée', 'laissées')} de côté"
    )
    for numbers, names in ((preview.channels, CHANNELS), (preview.reasons, REASONS)):
        for code, count in numbers.items():
            console.print(f"  {count} : {_called(names, code)}", markup=False)


def _called(names: Mapping[str, str], code: str) -> str:
    """What staff call a code, in French."""
    return catalog("fr", "console").gettext(names[code]) if code in names else code
