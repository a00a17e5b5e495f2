"""`carnet staff add`."""

from __future__ import annotations

from rich.console import Console

from bot.accounts import add_staff
from bot.app import wall_clock
from bot.commands.events import centre_id
from bot.storage.database import Database


def run_add(
    database: Database, email: str, name: str, role: str, centre: str | None, password: str
) -> None:
    """Open one account."""
    with database.write() as db:
        place = centre_id(db, centre) if centre else None
        add_staff(db, email, name, role, password, place, wall_clock())
    Console().print(f"Compte ouvert pour {email}.")
