"""`carnet lint`: what is hard, dear or forbidden in the words for parents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from rich.console import Console
from rich.table import Table

from bot.channels.shapes import SHAPES
from bot.errors import Rejected
from bot.languages import FALLBACK
from bot.lint import Finding, Level, blocks, lint_message, lint_text, lint_words
from bot.specimens import MENUS, specimens
from bot.storage.console.campaigns import campaign_line, campaign_words
from bot.storage.console.centres import unspoken_names
from bot.storage.console.events import event_line, event_words
from bot.storage.database import Database
from bot.translation import catalog_languages, render
from bot.vetting import Findings, every, must_change
from bot.web.console.pages import called, language_name

LEVELS = {Level.WARN: "à revoir", Level.BLOCK: "bloque"}
LONGEST_PLACE = 36  # signs
FIELDS = {"title": "titre", "notes": "informations", "body": "message"}
BLOCKED = "Des mots sont à changer : lisez le tableau. Rien n'a été écrit."
CLEAN = "Rien à signaler. Faites quand même lire le texte à un parent."


@dataclass(frozen=True, slots=True)
class Told:
    """One finding, and the language of the text that it is about."""

    language: str
    finding: Finding


def run_lint(
    open_database: Callable[[], Database],
    *,
    text: str = "",
    event_id: int | None = None,
    campaign_id: int | None = None,
    catalogs: bool = False,
    language: str = "",
    as_json: bool,
) -> int:
    """Print what was seen; give 1 when something blocks, else 0. `language`: only this one."""
    asked = (bool(text.strip()), event_id is not None, campaign_id is not None, catalogs)
    if sum(asked) != 1:
        raise Rejected("Donnez un texte, ou --event, ou --campaign, ou --catalogs.")
    if text:
        found = [Told(language or FALLBACK, one) for one in lint_text(text, language or FALLBACK)]
    elif catalogs:
        found = list(_catalogs(language))
    else:
        found = list(_stored(open_database(), event_id, campaign_id, language))
    _print(found, as_json=as_json)
    return int(blocks(one.finding for one in found))


def say_findings(found: Findings, messages: Iterable[tuple[str, str, Sequence[Finding]]]) -> None:
    """Print on standard error what was seen in words that are about to be kept.

    `messages`: what they make of whole messages, by step and language. Raises Rejected where
    something must change first.
    """
    seen = [_of_field(one) for one in every(found)]
    for step, language, told in messages:
        where = called(step, "step")
        seen += [Told(language, replace(one, where=where)) for one in told]
    first = {(one.language, one.finding.advice): one for one in reversed(seen)}
    if first:
        _table(Console(highlight=False, stderr=True), [*reversed(first.values())])
    if must_change(found):
        raise Rejected(BLOCKED)


def _of_field(one: Finding) -> Told:
    part, _, language = one.where.partition("_")
    return Told(language, replace(one, where=FIELDS.get(part, part)))


def _catalogs(language: str) -> Iterator[Told]:
    """Every message to parents and every menu, filled with the longest values."""
    if language and language not in catalog_languages():
        raise Rejected(f"Aucun texte en « {language} ». Voyez la liste : carnet languages")
    french = {one.name: _start(one.text) for one in specimens(FALLBACK)}
    for code in (language,) if language else catalog_languages():
        for one in specimens(code):
            where = french[one.name]
            whole = lint_message(
                one.text,
                code,
                where=where,
                labels=one.labels,
                asks=bool(one.labels),
                sms=one.sms,
            )
            own = lint_words(one.text, code, where=where)
            yield from (Told(code, each) for each in dict.fromkeys((*own, *whole)))
        for menu in MENUS.values():
            where = _start(" / ".join(render(choice.label, FALLBACK) for choice in menu))
            labels = [render(choice.label, code) for choice in menu]
            for each in lint_message("", code, where=where, labels=labels, shapes=SHAPES):
                yield Told(code, each)


def _stored(
    database: Database, event_id: int | None, campaign_id: int | None, language: str
) -> Iterator[Told]:
    """What coordinators wrote about an event or a campaign, in each of its languages."""
    with database.read() as db:
        if event_id is not None:
            event = event_line(db, None, event_id)
            if event is None:
                raise Rejected(f"Aucun événement ne porte le numéro {event_id}.")
            names = unspoken_names(db, event.centre_id)
            written = [
                (one.language, part, said)
                for one in event_words(db, event_id)
                for part, said in (("titre", one.title), ("informations", one.notes))
            ]
        else:
            campaign = campaign_line(db, None, campaign_id or 0)
            if campaign is None:
                raise Rejected(f"Aucune campagne ne porte le numéro {campaign_id}.")
            names = unspoken_names(db, campaign.centre_id)
            written = [
                (one.language, part, said)
                for one in campaign_words(db, campaign.id)
                for part, said in (("titre", one.title), ("message", one.body))
            ]
    for code, part, said in written:
        if said and language in ("", code):
            for each in lint_words(said, code, where=part, names=names):
                yield Told(code, each)


def _start(text: str) -> str:
    """The beginning of a message, by which staff know it."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_PLACE else f"{line[:LONGEST_PLACE]}..."


def _print(found: list[Told], *, as_json: bool) -> None:
    if as_json:
        rows = [{"language": one.language, **asdict(one.finding)} for one in found]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print(CLEAN)
        return
    _table(console, found)


def _table(console: Console, found: list[Told]) -> None:
    table = Table(title="Relecture")
    for heading in ("Niveau", "Langue", "Où", "Que faire"):
        table.add_column(heading)
    for one in sorted(found, key=lambda one: one.finding.level is not Level.BLOCK):
        seen = one.finding
        table.add_row(LEVELS[seen.level], language_name(one.language), seen.where, seen.advice)
    console.print(table, markup=False)
