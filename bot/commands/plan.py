"""`carnet plan`: rehearse the days to come, and compare two rehearsals."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog
from babel.dates import format_date
from babel.numbers import format_currency
from pydantic import SecretStr
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import inspect, make_url, select

from bot.app import deployment_of, open_channels, wall_clock
from bot.channels.shapes import SHAPES
from bot.commands.events import centre_id
from bot.errors import FileUnreadable, Rejected
from bot.indicators.tables import FORMULA_STARTS
from bot.messages import ChannelName, Shape
from bot.reach import Reach
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.rehearsed import check_copied
from bot.storage.tables import centres, templates
from bot.storage.templates import approved
from bot.tariffs import read_tariffs
from bot.translation import catalog
from bot.wallclock import local
from bot.web.console import words
from scheduler.costs import costs
from scheduler.differences import Difference, Kind, Record, differences
from scheduler.rehearsal import Line, Outcome, Rehearsal, Remark, rehearse

REMARKS = {  # about one message
    "late": "un autre jour que prévu",
    "long": "3 SMS ou plus",
    "other_language": "en français simple : leur langue n'est pas écrite",
}
KINDS = {
    Kind.ADDED: "en plus",
    Kind.GONE: "ne part plus",
    Kind.MOVED: "déplacé",
    Kind.CHANGED: "changé",
}
FIELDS = {
    "at": "moment",
    "family": "famille",
    "parent": "parent",
    "channel": "canal",
    "language": "langue",
    "segments": "longueur",
    "outcome": "sort",
    "reason": "raison",
    "words": "texte",
}
COLUMNS = (
    "at",
    "local",
    "zone",
    "centre",
    "family",
    "parent",
    "step",
    "purpose",
    "event",
    "title",
    "outcome",
    "reason",
    "held",
    "channel",
    "language",
    "segments",
    "cost",
    "remarks",
    "due",
    "words",
    "key",
)


def run_plan(
    settings: Settings, days: int, centre: str | None, output: str, against: Path | None
) -> None:
    """Rehearse and print; with `against`, print only what differs from that older rehearsal."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    before = _older(against) if against else None
    record = rehearsed(settings, wall_clock(), days, centre)
    if before is None:
        _print(record, output)
        return
    if before["centre"] != record["centre"]:
        theirs = before["centre"] or "tous les centres"
        raise Rejected(f"Cette répétition portait sur : {theirs}. Comparez la même chose.")
    _print_differences(differences(before, record), before, record, output)


def rehearsed(settings: Settings, now: datetime, days: int, centre: str | None) -> dict[str, Any]:
    """One rehearsal as JSON holds it. Raises Rejected where it cannot be made."""
    tariffs = read_tariffs(settings.tariffs)
    shapes, assumed = _shapes(settings)
    source = _source(settings)
    try:
        place, name = _place(source, centre)
        by_template = settings.whatsapp_templates is not None or _any_approved(source)
        found = asyncio.run(
            rehearse(source, _reach(settings, shapes), now, now + timedelta(days=days))
        )
    finally:
        source.close()
    prices = costs(found.lines, tariffs)
    lines = [one for one in found.lines if place in (None, one.centre_id)]
    return {
        "from": found.start.isoformat(),
        "until": found.end.isoformat(),
        "centre": name,
        "channels": sorted(shapes),
        "tariffs": {
            "date": tariffs.on.isoformat(),
            "source": tariffs.source,
            "currency": tariffs.currency,
        },
        "totals": _totals(lines, prices),
        "warnings": [
            *_warnings(found, lines, shapes, by_template=by_template, assumed=assumed, centre=name)
        ],
        "messages": [_message(one, prices) for one in lines],
    }


def _place(source: Database, centre: str | None) -> tuple[int | None, str | None]:
    """The id of a centre and its name as it is written. Raises Rejected for an unknown one."""
    if centre is None:
        return None, None
    with source.read() as db:
        place = centre_id(db, centre)
        return place, db.scalar(select(centres.c.name).where(centres.c.id == place))


def _any_approved(source: Database) -> bool:
    """Whether WhatsApp has a template; an older database does not even know of them."""
    with source.read() as db:
        return inspect(db).has_table(templates.name) and bool(approved(db))


def _source(settings: Settings) -> Database:
    """The database as it stands; nothing of it is made or brought up to date here."""
    check_copied(settings.database)
    if not Path(make_url(settings.database).database or "").is_file():
        raise Rejected("Il n'y a pas encore de données : importez d'abord les familles.")
    return Database(settings.database)


def _shapes(settings: Settings) -> tuple[Mapping[ChannelName, Shape], bool]:
    """What the channels that are set can show; all three where none is."""
    opened = open_channels(settings)
    shapes = {name: channel.shape for name, channel in opened.items()}
    return (shapes, False) if shapes else (SHAPES, True)


def _reach(settings: Settings, shapes: Mapping[ChannelName, Shape]) -> Reach:
    """As the real one, with a key that opens nobody's link."""
    apart = settings.model_copy(update={"secret": SecretStr("répétition")})
    return Reach(deployment_of(apart), shapes)


def _older(file: Path) -> Record:
    """A rehearsal that was kept. Raises FileUnreadable."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        needed = {"key", "at", *FIELDS}
        sound = (
            "centre" in found
            and all(datetime.fromisoformat(found[name]).tzinfo for name in ("from", "until"))
            and all(needed <= one.keys() for one in found["messages"])
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise FileUnreadable(
            f"{file} : illisible. Donnez un fichier fait avec carnet plan --format json."
        )
    return found  # type: ignore[no-any-return]  # its form has just been looked at


def _message(line: Line, prices: Mapping[str, Decimal]) -> dict[str, Any]:
    return {
        "at": line.at.isoformat(),
        "local": f"{local(line.at, line.zone):%Y-%m-%d %H:%M}",
        "zone": line.zone,
        "centre": line.centre,
        "family": line.family,
        "parent": line.parent,
        "step": line.step,
        "purpose": line.purpose,
        "event": line.event_id,
        "title": line.event,
        "outcome": line.outcome.value,
        "reason": line.reason,
        "held": line.held,
        "channel": line.channel,
        "language": line.language,
        "segments": line.segments,
        "cost": str(prices.get(line.key, Decimal(0))),
        "remarks": list(line.remarks),
        "due": line.due_at.isoformat(),
        "words": line.words,
        "key": line.key,
    }


def _totals(lines: Iterable[Line], prices: Mapping[str, Decimal]) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    segments, cost = 0, Decimal(0)
    for line in lines:
        outcomes[line.outcome.value] += 1
        if line.outcome is Outcome.REFUSED:
            refused[line.reason] += 1
        elif line.outcome is Outcome.SENT:
            channels[line.channel] += 1
            segments += line.segments
            cost += prices[line.key]
    return {
        "messages": sum(outcomes.values()),
        **{outcome.value: outcomes[outcome.value] for outcome in Outcome},
        "by_reason": dict(sorted(refused.items())),
        "by_channel": dict(sorted(channels.items())),
        "segments": segments,
        "cost": str(cost),
    }


def _warnings(
    found: Rehearsal,
    lines: Sequence[Line],
    shapes: Mapping[ChannelName, Shape],
    *,
    by_template: bool,
    assumed: bool,
    centre: str | None,
) -> Iterable[dict[str, Any]]:
    counted = Counter(code for line in lines for code in line.remarks)
    waiting = sum(line.outcome is Outcome.WAITING for line in lines)
    windowed = any(shape.window for shape in shapes.values())
    remarks = [
        Remark("no_answers", 1),
        Remark("all_arrives", int(sum(one.receipts for one in shapes.values()) > 0)),
        Remark("no_channel", int(assumed)),
        Remark("no_templates", int(windowed and not by_template)),
        Remark("waiting", waiting),
        *(Remark(code, counted[code]) for code in REMARKS),
        *(one for one in found.remarks if centre in (None, one.centre)),
    ]
    for one in remarks:
        if one.count:
            yield {"code": one.code, "count": one.count, "words": _said(one)}


def _said(remark: Remark) -> str:
    n, whose = remark.count, remark.centre
    match remark.code:
        case "no_answers":
            return "Personne ne répond dans une répétition : ni rappels aux inscrits, ni réponses."
        case "all_arrives":
            return (
                "La répétition suppose que tout arrive : ce qui n'arrive pas par un canal part "
                "une fois par le suivant du même parent, s'il en a un."
            )
        case "no_channel":
            return (
                "Aucun canal n'est réglé : on a fait comme si SMS, WhatsApp et Telegram l'étaient."
            )
        case "no_templates":
            return "WhatsApp n'a aucun modèle approuvé : il ne porte que des réponses."
        case "waiting":
            return f"{n} messages attendent encore à la fin : ils partiront plus tard."
        case "late":
            return f"{n} messages partent un autre jour que prévu (trop de messages, jours fermés)."
        case "long":
            return f"{n} messages prennent 3 SMS ou plus : raccourcissez le titre ou les infos."
        case "other_language":
            return f"{n} messages partent en français simple : la langue de la famille manque."
        case "closed":
            return f"{whose} : ses horaires ne laissent jamais rien partir (carnet centre set)."
        case _:
            return f"{whose} : {n} % du budget de SMS de {remark.month}."


def _print(record: Record, output: str) -> None:
    if output == "json":
        print(json.dumps(record, ensure_ascii=False, indent=2))
    elif output == "csv":
        print(_csv(COLUMNS, record["messages"]), end="")
    else:
        _print_table(record)


def _print_table(record: Record) -> None:
    console = Console()
    currency = record["tariffs"]["currency"]
    table = Table(title=f"Ce qui partira{_of_centre(record)}, si personne ne répond", box=SIMPLE)
    table.add_column("Quand", no_wrap=True)
    table.add_column("Famille", overflow="fold")
    table.add_column("Message", ratio=1)
    table.add_column("Par")
    table.add_column("Coût", no_wrap=True, justify="right")
    for one in record["messages"]:
        price = _price(one["cost"], currency) if one["outcome"] == Outcome.SENT else ""
        table.add_row(_when(one), _who(one), _what_and_why(one), _by(one), price)
    console.print(table)
    totals, tariffs = record["totals"], record["tariffs"]
    console.print(
        f"{totals['messages']} messages = {totals['sent']} qui partent "
        f"+ {totals['refused']} refusés + {totals['waiting']} qui attendent."
    )
    for channel, count in totals["by_channel"].items():
        console.print(f"  {_called(channel, 'channel')} : {count}")
    for reason, count in totals["by_reason"].items():
        console.print(f"  Refus : {count}. {_called(reason, 'reason')}")
    console.print(
        f"{totals['segments']} SMS comptés. Coût estimé : {_price(totals['cost'], currency)} "
        f"(tarifs du {date.fromisoformat(tariffs['date']):%d/%m/%Y} : {tariffs['source']})."
    )
    for one in record["warnings"]:
        console.print(f"[yellow]À savoir :[/] {one['words']}")


def _of_centre(record: Record) -> str:
    return f", {record['centre']}" if record["centre"] else ""


def _when(one: Record) -> str:
    """ "sam. 28 nov. 14 h", on the wall clock of the family's centre."""
    at = local(datetime.fromisoformat(one["at"]), one["zone"])
    minutes = f" {at.minute:02d}" if at.minute else ""
    return f"{format_date(at.date(), 'EEE d MMM', locale='fr')} {at.hour} h{minutes}"


def _who(one: Record) -> str:
    if not one["family"]:
        return "—"
    return str(one["family"]) if one["parent"] == 1 else f"{one['family']} (parent {one['parent']})"


def _what(one: Record) -> str:
    return " : ".join(part for part in (_called(one["step"], "step"), one["title"]) if part)


def _what_and_why(one: Record) -> str:
    """What leaves, and below it what is to be known of it."""
    remarks = [REMARKS[code] for code in one["remarks"]]
    if one["outcome"] != Outcome.SENT:
        sort = "Refusé" if one["outcome"] == Outcome.REFUSED else "Attend"
        remarks.insert(0, f"{sort} : {_called(one['reason'], 'reason')}")
    elif one["held"]:
        remarks.insert(0, _called(one["held"], "reason"))
    return "\n".join([escape(_what(one)), *(f"[dim]{escape(each)}[/]" for each in remarks)])


def _by(one: Record) -> str:
    """ "2 SMS en ar", "WhatsApp en fr": the channel, its SMS and the language."""
    if not one["channel"]:
        return ""
    called = _called(one["channel"], "channel")
    counted = f"{one['segments']} {called}" if one["segments"] else called
    return f"{counted} en {one['language']}" if one["language"] else counted


def _price(cost: str, currency: str) -> str:
    """ "0,08 €"."""
    return format_currency(Decimal(cost), currency, locale="fr")


def _print_differences(
    found: Sequence[Difference], before: Record, after: Record, output: str
) -> None:
    counted = {kind.value: sum(one.kind is kind for one in found) for kind in Kind}
    if output == "json":
        changes = [
            {
                "kind": one.kind.value,
                "fields": list(one.fields),
                "before": one.before,
                "after": one.after,
            }
            for one in found
        ]
        summary = {"against": before["from"], "from": after["from"], "counts": counted}
        print(json.dumps({**summary, "differences": changes}, ensure_ascii=False, indent=2))
        return
    if output == "csv":
        rows = [{**one.record, "kind": one.kind.value, "fields": list(one.fields)} for one in found]
        print(_csv(("kind", "fields", *COLUMNS), rows), end="")
        return
    table = Table(title=f"Ce qui a changé{_of_centre(after)}", box=SIMPLE)
    table.add_column("")
    table.add_column("Quand", no_wrap=True)
    table.add_column("Famille", overflow="fold")
    table.add_column("Message", ratio=1)
    for one in found:
        moved = f"\navant : {_when(one.before)}" if one.before and "at" in one.fields else ""
        fields = ", ".join(FIELDS[name] for name in one.fields)
        what = escape(_what(one.record)) + (f"\n[dim]{fields}{moved}[/]" if fields else "")
        table.add_row(KINDS[one.kind], _when(one.record), _who(one.record), what)
    console = Console()
    console.print(table)
    console.print(", ".join(f"{KINDS[kind]} : {counted[kind.value]}" for kind in Kind))


def _csv(columns: Sequence[str], rows: Iterable[Record]) -> str:
    target = io.StringIO()
    sheet = csv.writer(target, lineterminator="\n")
    sheet.writerow(columns)
    for row in rows:
        sheet.writerow([_cell(row[name]) for name in columns])
    return target.getvalue()


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text  # a spreadsheet would compute it


def _called(code: str, table: str) -> str:
    """What the pages call a code; the code itself where nobody has named it yet."""
    known = words.TABLES[table].get(code)
    return catalog("fr", "console").gettext(known) if known else code
