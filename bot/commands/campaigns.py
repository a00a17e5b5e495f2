"""`carnet campaign announce|wave|list|cancel`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from bot.app import Carnet
from bot.audience import Filter, dump_filter
from bot.campaigns import (
    KINDS,
    NewCampaign,
    Wording,
    add_campaign,
    cancel_campaign,
    fates,
    foresee,
    last_day,
    reached,
)
from bot.commands.events import by_language, centre_id, read_date, read_time
from bot.commands.foreseen import foreseen_json, show_foreseen
from bot.commands.lint import say_findings
from bot.errors import Rejected
from bot.own_words import Words
from bot.segments import Author, segment_called
from bot.showing import Foreseen
from bot.storage.audience import members
from bot.storage.console.campaigns import campaign_lines
from bot.storage.console.centres import ZONE
from bot.storage.console.families import families_called
from bot.storage.database import Database
from bot.storage.events import centre_zone
from bot.tariffs import Tariffs, read_tariffs
from bot.translation import day, hour
from bot.vetting import heard, look_over

NOT_CONFIRMED = 3
FIRST = "announcement"  # the step whose message is shown
EVERYONE = Author(None, leads=True)


@dataclass(frozen=True, slots=True)
class Written:
    """A campaign as it was typed. `centre` None: every centre; `until` "": the usual last day."""

    kind: str
    on: str
    at: str
    until: str = ""
    title: Sequence[str] = ()
    body: Sequence[str] = ()
    wave: str = ""
    centre: str | None = None
    families: Sequence[str] = ()
    segment: str | None = None


def run_add(
    carnet: Carnet,
    written: Written,
    *,
    yes: bool,
    dry_run: bool,
    ask: Callable[[str], bool] | None,
    as_json: bool,
) -> int:
    """Show what a campaign will do, ask, plan it; the exit code is 3 when it was not confirmed."""
    with carnet.database.read() as db:
        new = _new(db, written, carnet)
        foreseen = foresee(db, carnet.reach, new, carnet.clock())
        seen = look_over(db, new.centre_id, _words_of(new), "body")
        zone = (centre_zone(db, new.centre_id) if new.centre_id is not None else None) or ZONE
    tariffs = read_tariffs(carnet.settings.tariffs)
    if new.kind == "announcement":
        messages = heard(foreseen.messages, asks=False)
        say_findings(seen, ((FIRST, one.language, found) for one, found in messages.items()))
    console = Console(highlight=False, stderr=as_json)
    if not as_json or not yes:
        _show(console, new, foreseen, tariffs, zone)
    if not dry_run and not yes and (ask is None or not ask("Planifier cette campagne ?")):
        console.print("Rien n'a été prévu. Ajoutez --yes pour le faire.")
        return NOT_CONFIRMED
    campaign_id = None
    if not dry_run:
        with carnet.database.write() as db:
            campaign_id = add_campaign(db, new, carnet.clock())
    if as_json:
        told = {"campaign": campaign_id, **foreseen_json(foreseen, tariffs)}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif campaign_id is not None:
        console.print(f"Campagne {campaign_id} prévue. Pour l'annuler : campaign cancel.")
    return 0


def run_list(database: Database, now: datetime, *, as_json: bool) -> None:
    """List the announcements and waves with what became of them, the latest first."""
    with database.read() as db:
        lines, _ = campaign_lines(db, None, 1)
        totals = {one.id: reached(fates(db, one.id, now)) for one in lines}
    if as_json:
        found = [
            {
                "id": one.id,
                "kind": one.kind,
                "wave": one.wave,
                "title": one.title,
                "centre": one.centre,
                "on": one.on.isoformat(),
                "at": one.at.isoformat("minutes"),
                "ends_on": one.ends_on.isoformat(),
                "status": one.status,
                "targeted": totals[one.id].targeted,
                "sent": totals[one.id].sent,
                "waiting": totals[one.id].waiting,
                "failed": totals[one.id].failed,
                "refused": dict(totals[one.id].refused),
                "answered": totals[one.id].answered,
            }
            for one in lines
        ]
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table = Table(caption="visées = parties + en attente + échecs + non parties")
    for heading in ("N°", "Premier message", "Campagne", "Centre"):
        table.add_column(heading, no_wrap=heading in ("N°", "Premier message"))
    for heading in ("Visées", "Parties", "En attente", "Échecs", "Non parties", "Réponses"):
        table.add_column(heading, justify="right")
    for one in lines:
        total = totals[one.id]
        title = one.title if one.status == "planned" else f"{one.title} (annulée)"
        kind = f"{KINDS[one.kind]} {one.wave}".strip()
        counts = (total.targeted, total.sent, total.waiting, total.failed)
        table.add_row(
            str(one.id),
            f"{one.on:%d/%m/%Y} {hour(one.at, 'fr')}",
            f"{title}, {kind}",
            one.centre or "plusieurs",
            *map(str, counts),
            str(sum(total.refused.values())),
            str(total.answered) if one.kind == "wave" else "—",
        )
    Console().print(table)


def run_cancel(carnet: Carnet, campaign_id: int) -> None:
    """Cancel one campaign; print how many messages are withdrawn."""
    with carnet.database.write() as db:
        withdrawn = cancel_campaign(db, campaign_id, carnet.clock())
    Console().print(f"Campagne annulée. {withdrawn} messages en attente ne partiront pas.")


def _new(db: Connection, written: Written, carnet: Carnet) -> NewCampaign:
    on, at = read_date(written.on), read_time(written.at)
    wanted, within = _audience(db, written)
    bodies = by_language(written.body)
    return NewCampaign(
        kind=written.kind,
        on=on,
        at=at,
        ends_on=read_date(written.until) if written.until else last_day(written.kind, on),
        families=members(db, wanted, carnet.clock(), None),
        wordings={
            language: Wording(title, bodies.get(language, ""))
            for language, title in by_language(written.title).items()
        },
        audience=dump_filter(wanted),
        centre_id=within,
        wave=written.wave,
    )


def _words_of(new: NewCampaign) -> dict[str, Words]:
    return {language: Words(one.title, one.body).stripped for language, one in new.wordings.items()}


def _audience(db: Connection, written: Written) -> tuple[Filter, int | None]:
    """The filter that was typed, and the only centre of its families, where it names one."""
    if written.segment is not None:
        if written.centre is not None or written.families:
            raise Rejected("Donnez un public enregistré, ou bien un centre et des familles.")
        wanted = segment_called(db, EVERYONE, written.segment).filter
        return wanted, next(iter(wanted.centres)) if len(wanted.centres) == 1 else None
    within = centre_id(db, written.centre) if written.centre is not None else None
    known = families_called(db, within, written.families) if written.families else {}
    unknown = [one for one in written.families if one.lower() not in known]
    if unknown:
        raise Rejected(f"Familles inconnues : {', '.join(unknown)}.")
    centres = frozenset({within}) if within is not None else frozenset()
    return Filter(centres=centres, families=frozenset(known.values())), within


def _show(
    console: Console, new: NewCampaign, foreseen: Foreseen, tariffs: Tariffs, zone: str
) -> None:
    wave = f" {new.wave.upper()}" if new.wave else ""
    console.print(
        f"{KINDS[new.kind].capitalize()}{wave}, {day(new.on, 'fr')} à {hour(new.at, 'fr')}, "
        f"jusqu'au {day(new.ends_on, 'fr')}."
    )
    show_foreseen(console, foreseen, tariffs, zone)
