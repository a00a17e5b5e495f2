"""`carnet words`, `carnet words export|import`: the team's own words, for translators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from bot.commands.own_words_table import Line, read_lines, write_lines
from bot.commands.plurals import counted
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.messages import About
from bot.own_words import Words, findings, longest_more, names_in, remarks, save, state_of
from bot.storage import own_words as stored
from bot.storage.console.media import families_by_language
from bot.storage.database import Database
from bot.storage.own_words import Written
from bot.web.console.pages import called, language_name

EVENT, ANNOUNCEMENT = "événement", "annonce"
CHANGED = "l'original a changé depuis l'export. Exportez le tableau à nouveau pour ce texte."
GONE = "ce texte n'existe pas, ou c'est passé ou annulé."


@dataclass(frozen=True, slots=True)
class Standing:
    """One text in one language. `state`: see `own_words.state_of`."""

    text: str
    language: str
    state: str
    families: int
    original: Words
    words: Words
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one line of a table. `why`: of a refusal, or what to look at again."""

    line: int
    text: str
    language: str
    outcome: str  # saved, unchanged, empty, refused
    why: tuple[str, ...] = ()


OUTCOMES = {"saved": "gardée", "unchanged": "inchangée", "empty": "vide", "refused": "refusée"}


def run_list(database: Database, now: datetime, languages: Sequence[str], *, as_json: bool) -> None:
    """Show how far each text is in each language that its families read, or in `languages`."""
    with database.read() as db:
        found = list(_standing(db, now, languages))
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        Console().print("Rien à traduire : aucune famille ne lit une autre langue.")
        return
    table = Table(title="Les mots de l'équipe")
    for heading in ("Texte", "Titre", "Langue", "Familles", "État"):
        table.add_column(heading)
    for one in found:
        state = called(one.state, "reading")
        state = f"{state} ({one.reviewed_by})" if one.state == stored.REVIEWED else state
        name = language_name(one.language)
        table.add_row(one.text, one.original.title, name, str(one.families), state)
    Console(highlight=False).print(table, markup=False)


def run_export(database: Database, now: datetime, languages: Sequence[str], to: Path) -> None:
    """Write the table to fill in; a line for each text and language."""
    with database.read() as db:
        found = list(_standing(db, now, languages))
    lines = [
        Line(0, one.text, one.language, one.original, one.words, called(one.state, "reading"))
        for one in found
    ]
    write_lines(to, lines)
    Console().print(f"{counted(len(found), 'ligne écrite')} dans {to.name}.")


def run_import(
    database: Database, now: datetime, file: Path, *, dry_run: bool, as_json: bool
) -> int:
    """Take in a table; the exit code is 1 where a line was refused. Good lines are kept."""
    lines, notices = read_lines(file)
    with database.write() as db, db.begin_nested() as attempt:
        coming = {_name(one): one for one in stored.to_come(db, now)}
        done = [_take(db, coming, one) for one in lines]
        if dry_run:
            attempt.rollback()
    refused = sum(one.outcome == "refused" for one in done)
    if as_json:
        told = {"saved": not dry_run, "lines": [asdict(one) for one in done]}
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 1 if refused else 0
    console = Console(highlight=False)
    for notice in notices:
        console.print(notice, markup=False)
    for one in done:
        for why in one.why:
            where = f"Ligne {one.line} ({one.text}, {language_name(one.language)})"
            console.print(f"{where}, {OUTCOMES[one.outcome]} : {why}", markup=False)
    saved = counted(sum(one.outcome == "saved" for one in done), "traduction gardée")
    end = " Rien n'a été écrit." if dry_run else ""
    console.print(f"{saved}, {counted(refused, 'ligne refusée')}.{end}")
    return 1 if refused else 0


def _take(db: Connection, coming: dict[str, About], line: Line) -> Taken:
    """Keep one line of a table, where it says something new and nothing wrong."""
    about = coming.get(line.text)

    def taken(outcome: str, *why: str) -> Taken:
        return Taken(line.number, line.text, line.language, outcome, why)

    if not line.words.title and not line.words.more:
        return taken("empty")
    if line.wrong:
        return taken("refused", line.wrong)
    if about is None:
        return taken("refused", GONE)
    original, *others = stored.written(db, about)
    whole = Words(original.title, original.more)
    if line.original.title and line.original != whole.stripped:
        return taken("refused", CHANGED)
    standing = next((one for one in others if one.language == line.language), None)
    stale = standing is not None and stored.is_stale(original, standing)
    if standing and not stale and Words(standing.title, standing.more) == line.words:
        return taken("unchanged")
    before = Words(standing.title, standing.more) if standing is not None else None
    seen = findings(db, about, line.language, line.words, before)
    try:
        save(db, about, line.language, line.words)
    except Rejected as refusal:
        return taken("refused", str(refusal))
    light = remarks(
        whole,
        line.words,
        line.language,
        original.language,
        names_in(db, about),
        longest_more(about),
    )
    return taken("saved", *(one.words for one in light), *(one.advice for one in seen))


def _standing(db: Connection, now: datetime, languages: Sequence[str]) -> Iterator[Standing]:
    unknown = [one for one in languages if one not in LANGUAGES]
    if unknown:
        raise Rejected(f"Langue inconnue : {', '.join(unknown)}. Voyez la liste : carnet languages")
    for about in stored.to_come(db, now):
        original, *others = stored.written(db, about)
        heard = families_by_language(db, about)
        known = {one.language: one for one in others}
        wanted = languages or [one for one in LANGUAGES if one in heard or one in known]
        for language in wanted:
            if language != original.language:
                families = heard.get(language, 0)
                yield _one(about, original, language, known.get(language), families)


def _one(
    about: About, original: Written, language: str, written: Written | None, families: int
) -> Standing:
    return Standing(
        text=_name(about),
        language=language,
        state=state_of(original, written),
        families=families,
        original=Words(original.title, original.more).stripped,
        words=Words(written.title, written.more) if written is not None else Words(""),
        reviewed_by=written.reviewed_by if written is not None else "",
    )


def _name(about: About) -> str:
    """What a table calls a text: "événement 12"."""
    if about.event_id is not None:
        return f"{EVENT} {about.event_id}"
    return f"{ANNOUNCEMENT} {about.campaign_id}"
