"""`carnet indicators`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.app import wall_clock
from bot.commands.events import centre_id
from bot.indicators.definitions import period_of, read_period
from bot.indicators.tables import HEADINGS, as_csv, as_json, as_table, quality_line
from bot.storage.database import Database
from bot.storage.indicators import attendance_quality, compute


def run_indicators(database: Database, period: str, centre: str | None, output: str) -> None:
    """Compute and print one half-year, for one centre or for all."""
    now = wall_clock()
    chosen = read_period(period) if period else period_of(now.date())
    with database.read() as db:
        place = centre_id(db, centre) if centre else None
        found = compute(db, chosen, centre_id=place, now=now)
        quality = attendance_quality(db, chosen, centre_id=place, now=now)
    if output == "json":
        print(as_json(found))
    elif output == "csv":
        print(as_csv(found), end="")
    else:
        table = Table(title=f"Indicateurs {chosen}{f', {centre}' if centre else ''}")
        for heading in HEADINGS:
            table.add_column(heading, overflow="fold")
        for row in as_table(found):
            table.add_row(*row)
        console = Console()
        console.print(table)
        console.print(quality_line(quality))
