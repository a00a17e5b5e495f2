"""`carnet centre set` and `carnet centre list`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Row, select

from bot.centres import change_centre
from bot.commands.events import centre_id, read_time
from bot.errors import Rejected
from bot.storage.database import Database
from bot.storage.tables import centres
from bot.translation import hour

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NONE = ("", "aucun")
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


def run_set(database: Database, name: str, written: Written, *, as_json: bool) -> None:
    """Change one centre; print how it stands now."""
    values = _values(written)
    with database.write() as db:
        row = change_centre(db, centre_id(db, name), values)
    _print([row], as_json=as_json)


def run_list(database: Database, *, as_json: bool) -> None:
    """List every centre with its settings."""
    with database.read() as db:
        rows = db.execute(select(centres).order_by(centres.c.name)).all()
    _print(rows, as_json=as_json)


def _values(written: Written) -> dict[str, Any]:
    read: dict[str, Any] = {
        "opens_at": _maybe(written.opens, read_time),
        "closes_at": _maybe(written.closes, read_time),
        "quiet_days": _maybe(written.quiet_days, _quiet_days),
        "time_zone": _maybe(written.zone, str.strip),
        "holidays": _maybe(written.holidays, lambda text: text.strip().upper()),
        "phone": _maybe(written.phone, str.strip),
        "names_children": _maybe(written.names_children, _yes_or_no),
        "sms_sender": _maybe(written.sms_sender, str.strip),
        "sms_can_receive": _maybe(written.sms_can_receive, _yes_or_no),
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


def _budget(text: str) -> int | None:
    if text.strip().casefold() in NONE:
        return None
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Rejected(f"Nombre de SMS illisible : « {text} ». Écrivez 500, ou aucun.")
    return int(text)


def _print(rows: Sequence[Row[Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))
        return
    if not rows:
        Console().print("Aucun centre : importez d'abord les familles.")
        return
    table = Table()
    for heading in ("Centre", "Messages", "Sauf", "Fuseau", "Fériés", "Téléphone", "SMS"):
        table.add_column(heading)
    for row in rows:
        quiet = ", ".join(DAYS[day - 1] for day in row.quiet_days) or "—"
        window = f"{hour(row.opens_at, 'fr')} à {hour(row.closes_at, 'fr')}"
        table.add_row(
            row.name, window, quiet, row.time_zone, row.holidays, row.phone or "—", _sms(row)
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
