"""`carnet obstacles`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.app import wall_clock
from bot.commands.events import centre_id
from bot.indicators.definitions import period_of, read_period
from bot.indicators.obstacles import HEADINGS, HIDDEN_LINES, as_csv, as_json, as_table
from bot.storage.database import Database
from bot.storage.obstacles import count_obstacles


def run_obstacles(database: Database, period: str, centre: str | None, output: str) -> None:
    """Count and print one half-year, for one centre or for each."""
    chosen = read_period(period) if period else period_of(wall_clock().date())
    with database.read() as db:
        place = centre_id(db, centre) if centre else None
        found = count_obstacles(db, chosen.start, chosen.end, centre_id=place, apart=True)
    if output == "json":
        print(as_json(found))
    elif output == "csv":
        print(as_csv(found), end="")
    else:
        table = Table(title=f"Ce qui empêche de venir, {chosen}")
        for heading in HEADINGS:
            table.add_column(heading)
        for row in as_table(found):
            table.add_row(*row)
        console = Console()
        console.print(table)
        console.print(HIDDEN_LINES)
