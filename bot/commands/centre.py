"""`carnet centre set`, `carnet centre list` and `carnet centre plan`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Row, select

from bot.centre_plans import example, plan_for
from bot.centres import change_centre
from bot.commands.events import centre_id, read_time
from bot.errors import Rejected
from bot.events import KINDS
from bot.plans import PlannedStep
from bot.reach import hours_of
from bot.storage.centre_plans import own_steps
from bot.storage.database import Database
from bot.storage.tables import centres
from bot.translation import hour
from bot.wallclock import local
from bot.web.console.pages import called

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NONE = ("", "aucun")
EXAMPLE_DAYS, EXAMPLE_AT = 21, time(18)  # an event that puts the steps of a plan in order
YES_OR_NO = {"yes": True, "oui": True, "no": False, "non": False}


@dataclass(frozen=True, slots=True)
class Written:
    """A centre's settings as they were typed; None: not to be changed."""

    opens: str | None = None
    closes: str | None = None
    quiet_days: str | None = None
    zone: str | None = None
    holidays: str | None = None
    phone: str | None = None
    names_children: str | None = None
    sms_sender: str | None = None
    sms_can_receive: str | None = None
    monthly_segments: str | None = None
    city: str | None = None
    daily_cap: str | None = None
    weekly_cap: str | None = None
    telegram_bot: str | None = None


def run_set(
    database: Database,
    name: str,
    written: Written,
    bots: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    """Change one centre; print how it stands now. `bots`: the families' robots, names by key."""
    values = _values(written)
    if written.telegram_bot is not None:
        values["telegram_bot"] = _bot(written.telegram_bot, bots)
    with database.write() as db:
        row = change_centre(db, centre_id(db, name), values)
    _print([row], as_json=as_json)


def run_list(database: Database, *, as_json: bool) -> None:
    """List every centre with its settings."""
    with database.read() as db:
        rows = db.execute(select(centres).order_by(centres.c.name)).all()
    _print(rows, as_json=as_json)


def run_plan(
    database: Database, name: str | None, kind: str | None, now: datetime, *, as_json: bool
) -> None:
    """Print the plans of outreach of one centre or of each, for one kind of event or for each."""
    if kind is not None and kind not in KINDS:
        raise Rejected(f"Le type doit être l'un de : {', '.join(KINDS)}.")
    with database.read() as db:
        chosen = select(centres).order_by(centres.c.name)
        if name is not None:
            chosen = chosen.where(centres.c.id == centre_id(db, name))
        plans = [
            (centre, one, bool(own_steps(db, centre.id, one)), plan_for(db, centre.id, one))
            for centre in db.execute(chosen)
            for one in ([kind] if kind else KINDS)
        ]
    if as_json:
        found = [
            {"centre": centre.name, "kind": one, "own": own, "steps": [*map(_step_json, steps)]}
            for centre, one, own, steps in plans
        ]
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for centre, one, own, steps in plans:
        whose = "son propre plan" if own else "le plan habituel"
        table = Table(title=f"{centre.name}, {KINDS[one]} : {whose}")
        for heading in ("Message", "Moment", "Pour qui", "Retard permis"):
            table.add_column(heading)
        on = local(now, centre.time_zone).date() + timedelta(days=EXAMPLE_DAYS)
        for leaving in example(steps, on, EXAMPLE_AT, hours_of(centre, now)):
            table.add_row(*_step_cells(leaving.step))
        Console().print(table)


def _step_cells(step: PlannedStep) -> tuple[str, ...]:
    late = f"{step.late_hours} h" if step.late_hours else "—"
    return (
        called(step.name, "step"),
        _moment(step),
        called(step.condition, "condition"),
        late,
    )


def _moment(step: PlannedStep) -> str:
    if step.hours is not None:
        return f"{abs(step.hours)} h {'avant' if step.hours < 0 else 'après'} le début"
    when = f"{abs(step.days)} j {'avant' if step.days < 0 else 'après'}" if step.days else "le jour"
    return f"{when}, {'premier matin possible' if step.morning else hour(step.at, 'fr')}"


def _step_json(step: PlannedStep) -> dict[str, Any]:
    return asdict(step) | {"at": step.at.isoformat("minutes")}


def _values(written: Written) -> dict[str, Any]:
    read: dict[str, Any] = {
        "opens_at": _maybe(written.opens, read_time),
        "closes_at": _maybe(written.closes, read_time),
        "quiet_days": _maybe(written.quiet_days, _quiet_days),
        "time_zone": _maybe(written.zone, str.strip),
        "holidays": _maybe(written.holidays, lambda text: text.strip().upper()),
        "phone": _maybe(written.phone, str.strip),
        "city": _maybe(written.city, str.strip),
        "names_children": _maybe(written.names_children, _yes_or_no),
        "sms_sender": _maybe(written.sms_sender, str.strip),
        "sms_can_receive": _maybe(written.sms_can_receive, _yes_or_no),
        "daily_cap": _maybe(written.daily_cap, _count),
        "weekly_cap": _maybe(written.weekly_cap, _count),
    }
    values = {column: value for column, value in read.items() if value is not None}
    if written.monthly_segments is not None:  # None is a value here: no budget
        values["monthly_segments"] = _budget(written.monthly_segments)
    return values


def _maybe(text: str | None, read: Any) -> Any:
    return None if text is None else read(text)


def _quiet_days(text: str) -> list[int]:
    """ISO weekdays: "7", "6,7"; "aucun": every day may carry messages."""
    if text.strip().casefold() in NONE:
        return []
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise Rejected(f"Jours illisibles : « {text} ». Écrivez 7, ou 6,7 (1 est lundi), ou aucun.")
    return sorted({int(part) for part in parts})


def _yes_or_no(text: str) -> bool:
    found = YES_OR_NO.get(text.strip().casefold())
    if found is None:
        raise Rejected(f"Écrivez yes ou no, pas « {text} ».")
    return found


def _bot(text: str, bots: Mapping[str, str]) -> str:
    """The key of one of our robots; "" or "aucun": the first one."""
    key = text.strip()
    if key.casefold() in NONE:
        return ""
    if key not in bots:
        known = ", ".join(one for one in bots if one) or "aucune"
        raise Rejected(
            f"Robot Telegram inconnu : « {key} ». Les clés de CARNET_TELEGRAM_BOTS : {known}."
        )
    return key


def _budget(text: str) -> int | None:
    if text.strip().casefold() in NONE:
        return None
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Rejected(f"Nombre de SMS illisible : « {text} ». Écrivez 500, ou aucun.")
    return int(text)


def _count(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Rejected(f"Nombre de messages illisible : « {text} ». Écrivez un nombre, 1 ou 3.")
    return int(text)


def _print(rows: Sequence[Row[Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        Console().print("Aucun centre : importez d'abord les familles.")
        return
    table = Table()
    for heading in (
        *("Centre", "Ville", "Messages", "Sauf", "Au plus", "Fuseau", "Fériés", "Téléphone", "SMS"),
        "Telegram",
    ):
        table.add_column(heading)
    for row in rows:
        quiet = ", ".join(DAYS[day - 1] for day in row.quiet_days) or "—"
        window = f"{hour(row.opens_at, 'fr')} à {hour(row.closes_at, 'fr')}"
        table.add_row(
            row.name,
            row.city or "—",
            window,
            quiet,
            f"{row.daily_cap} par jour, {row.weekly_cap} par semaine",
            row.time_zone,
            row.holidays,
            row.phone or "—",
            _sms(row),
            row.telegram_bot or "—",
        )
    Console().print(table)


def _sms(row: Row[Any]) -> str:
    parts = []
    if row.sms_sender:
        parts.append(f"de {row.sms_sender}")
    if row.sms_can_receive is not None:
        parts.append("réponses par SMS" if row.sms_can_receive else "réponses par lien")
    if row.monthly_segments is not None:
        parts.append(f"{row.monthly_segments} par mois")
    return ", ".join(parts) or "—"


def _as_json(row: Row[Any]) -> dict[str, Any]:
    values: dict[str, Any] = row._asdict()
    del values["created_at"]
    return {
        column: value.isoformat("minutes") if isinstance(value, time) else value
        for column, value in values.items()
    }
