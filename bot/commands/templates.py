"""`carnet templates`: what WhatsApp must approve, submitted once, and what Meta says of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, Row

from bot.app import wall_clock
from bot.drafts import STEPS, WITHOUT, drafts
from bot.errors import Rejected
from bot.settings import Settings
from bot.storage import templates
from bot.storage.database import Database
from bot.templates import Draft, State, faults, read_templates
from bot.translation import catalog_languages

if TYPE_CHECKING:
    from bot.channels.twilio_templates import Standing, Templates

BY_FILE = "fichier"
OF_NO_USE = "ne sert plus"

REASONS = {
    "choices_vary": "sans modèle : ses choix changent à chaque envoi",
    "own_words": "sans modèle : ses mots sont ceux de l'équipe",
}
MISSING = {
    State.UNSUBMITTED: "à soumettre : carnet templates push",
    State.RECEIVED: "Meta l'examine : carnet templates sync",
    State.PENDING: "Meta l'examine : carnet templates sync",
    State.APPROVED: "",
    State.REJECTED: "refusé par Meta : changez ses mots, puis carnet templates push",
    State.PAUSED: "suspendu par Meta, trop de familles l'ont signalé",
    State.DISABLED: "désactivé par Meta",
}
REFUSED = (State.REJECTED, State.DISABLED)
WORDS = {
    State.UNSUBMITTED: "pas soumis",
    State.RECEIVED: "reçu",
    State.PENDING: "en examen",
    State.APPROVED: "approuvé",
    State.REJECTED: "refusé",
    State.PAUSED: "suspendu",
    State.DISABLED: "désactivé",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a step says in one language, and where its template stands."""

    step: str
    language: str
    state: str
    content_sid: str
    missing: str
    body: str
    name: str = ""


def run_list(database: Database, settings: Settings, step: str, language: str, output: str) -> None:
    """Print each step and language: state, ContentSid, what is missing."""
    wanted = _wanted(settings, step, language)
    with database.read() as db:
        lines = lines_of(db, settings, wanted)
    shown = [one for one in lines if step in ("", one.step) and language in ("", one.language)]
    if output == "json":
        print(json.dumps([asdict(one) for one in shown], ensure_ascii=False, indent=2))
        return
    table = Table()
    for heading in ("étape", "langue", "état", "ContentSid", "ce qui manque", "dit"):
        table.add_column(heading)
    for one in shown:
        said = " ".join(one.body.split())
        cells = (one.step, one.language, one.state, one.content_sid, one.missing, said)
        table.add_row(*map(escape, cells))
    console = Console()
    console.print(table)
    ready = sum(one.state in (WORDS[State.APPROVED], BY_FILE) for one in shown)
    console.print(f"{ready} modèles sur {sum(bool(one.language) for one in shown)} peuvent partir.")


def lines_of(db: Connection, settings: Settings, wanted: Iterable[Draft]) -> list[Line]:
    """Where each template stands, then what has none, then what nobody says any more."""
    known = templates.stored(db)
    by_hand = read_templates(settings.whatsapp_templates)
    said = {(one.signature, one.language) for one in drafts(settings.association)}
    return [
        *(_line(one, known.get((one.signature, one.language)), by_hand) for one in wanted),
        *(Line(step, "", "", "", REASONS[why], "") for step, why in WITHOUT.items()),
        *(
            Line(row.step, row.language, OF_NO_USE, row.content_sid, "", "", row.name)
            for key, row in known.items()
            if key not in said
        ),
    ]


def _line(draft: Draft, row: Row[Any] | None, by_hand: Mapping[str, Mapping[str, str]]) -> Line:
    state = State(row.state) if row is not None else State.UNSUBMITTED
    sid = row.content_sid if row is not None else ""
    named = by_hand.get(draft.step, {}).get(draft.language)
    if named and state is not State.APPROVED:
        return Line(draft.step, draft.language, BY_FILE, named, "", draft.body, draft.name)
    wrong = faults(draft.body, draft.samples, draft.buttons)
    missing = MISSING[state]
    if wrong:
        missing = f"WhatsApp ne le prendrait pas : {', '.join(wrong)}"
    elif row is not None and row.reason:
        missing = f"{missing} ({row.reason})" if missing else row.reason
    return Line(draft.step, draft.language, WORDS[state], sid, missing, draft.body, draft.name)


def run_push(
    database: Database, settings: Settings, step: str, language: str, *, dry_run: bool
) -> int:
    """Make and submit what is missing; the exit code is 1 where something could not be."""
    wanted = _wanted(settings, step, language)
    with database.read() as db:
        known = templates.stored(db)
    missing = [one for one in wanted if _is_missing(one, known.get((one.signature, one.language)))]
    wrong = [one for one in missing if faults(one.body, one.samples, one.buttons)]
    ready = [one for one in missing if one not in wrong]
    for one in wrong:
        words = ", ".join(faults(one.body, one.samples, one.buttons))
        print(f"{one.step} {one.language} : WhatsApp ne le prendrait pas ({words})")
    if dry_run:
        for one in ready:
            print(f"{one.step} {one.language} : à soumettre sous le nom {one.name}")
            print(f"    {' '.join(one.body.split())}")
    elif ready:
        asyncio.run(_push(database, _templates(settings), ready))
    stood = len(wanted) - len(missing)
    done = "à soumettre" if dry_run else "soumis"
    print(f"{len(ready)} {done}, {stood} déjà là, {len(wrong)} impossibles.")
    return 1 if wrong else 0


async def _push(database: Database, provider: Templates, ready: Sequence[Draft]) -> None:
    """One after the other; each step is written down before the next, so that nothing doubles."""
    try:
        for draft in ready:
            sid = await provider.find(draft.name)
            standing = await provider.standing(sid) if sid is not None else None
            if sid is None or standing is None:
                sid = await provider.create(draft)
                standing = _new()
                _save(database, draft, sid, standing)
            if standing.state is State.UNSUBMITTED:
                standing = await provider.submit(sid, draft.name)
            _save(database, draft, sid, standing)
            print(f"{draft.step} {draft.language} : {WORDS[standing.state]} ({sid})")
    finally:
        await provider.close()


def run_sync(database: Database, settings: Settings) -> None:
    """Ask for the state of every template; print what has changed."""
    with database.read() as db:
        rows = list(templates.stored(db).values())
    if not rows:
        print("Aucun modèle n'a été soumis : carnet templates push.")
        return
    changed = asyncio.run(_sync(database, _templates(settings), rows))
    print(f"{len(rows)} modèles, {changed} changements.")


async def _sync(database: Database, provider: Templates, rows: Sequence[Row[Any]]) -> int:
    changed = 0
    try:
        for row in rows:
            standing = await provider.standing(row.content_sid)
            news = _news(row, standing)
            if news:
                changed += 1
                with database.write() as db:
                    _keep(db, row, standing, wall_clock())
                print(f"{row.step} {row.language} : {news}")
    finally:
        await provider.close()
    return changed


def _news(row: Row[Any], standing: Standing | None) -> str:
    """What is to be told of a template, or ""."""
    if standing is None:
        return "supprimé chez Twilio ; carnet templates push le refait"
    before = (State(row.state), row.reason, row.category)
    if before == (standing.state, standing.reason, standing.category):
        return ""
    words = f"{WORDS[State(row.state)]} → {WORDS[standing.state]}"
    if standing.category != row.category:
        words += f", rangé par Meta en {standing.category}"
    return f"{words} ({standing.reason})" if standing.reason else words


def _keep(db: Connection, row: Row[Any], standing: Standing | None, now: datetime) -> None:
    if standing is None:
        templates.forget(db, row.id)
        return
    values = {
        "state": standing.state,
        "reason": standing.reason,
        "category": standing.category,
        "updated_at": now,
    }
    templates.set_state(db, row.id, values)


def _save(database: Database, draft: Draft, sid: str, standing: Standing) -> None:
    with database.write() as db:
        templates.save(
            db, draft, sid, standing.category, standing.state, standing.reason, wall_clock()
        )


def _new() -> Standing:
    from bot.channels.twilio_templates import Standing

    return Standing(State.UNSUBMITTED)


def _is_missing(draft: Draft, row: Row[Any] | None) -> bool:
    """Whether it is still to be submitted; what Meta refused is, once its words have changed."""
    if row is None or row.state == State.UNSUBMITTED:
        return True
    return row.state in REFUSED and row.name != draft.name


def _wanted(settings: Settings, step: str, language: str) -> list[Draft]:
    """The drafts of this step and language; all of them where none is named."""
    if step and step not in STEPS:
        raise Rejected(f"Étape inconnue : « {step} ». Choisissez parmi : {', '.join(STEPS)}.")
    if language and language not in catalog_languages():
        known = ", ".join(catalog_languages())
        raise Rejected(f"Langue inconnue : « {language} ». Choisissez parmi : {known}.")
    return [
        one
        for one in drafts(settings.association)
        if step in ("", one.step) and language in ("", one.language)
    ]


def _templates(settings: Settings) -> Templates:
    if not settings.twilio_account_sid or settings.twilio_auth_token is None:
        raise Rejected(
            "Il faut un compte Twilio : CARNET_TWILIO_ACCOUNT_SID et CARNET_TWILIO_AUTH_TOKEN."
        )
    from bot.channels.twilio_templates import Templates

    return Templates(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        content_url=settings.twilio_content_url,
    )
