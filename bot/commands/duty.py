"""`carnet duty`: whom an alarm calls first in a centre, and who is next."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.commands.events import centre_id
from bot.errors import Rejected
from bot.safeguarding import set_duty
from bot.storage import alarms
from bot.storage.database import Database

HEADINGS = ("Centre", "Astreinte", "Ensuite", "Minutes avant la suite", "Minutes avant un rappel")


def run_set(
    database: Database,
    centre: str,
    person: str,
    deputy: str | None,
    minutes: int | None,
    again: int | None,
) -> None:
    """Say who is on duty, by e-mail address; minutes that are not given stay."""
    with database.write() as db:
        place = centre_id(db, centre)
        [row] = alarms.duty_lists(db, place)
        people = {one.email: one for one in alarms.eligible(db, place)}
        wanted = [one.strip().lower() for one in (person, deputy or "") if one.strip()]
        unknown = [one for one in wanted if one not in people]
        if unknown:
            raise Rejected(
                f"Personne ne suit ce centre sous l'adresse : {', '.join(unknown)}. "
                "Ouvrez un compte : carnet staff add"
            )
        set_duty(
            db,
            place,
            [people[one].id for one in wanted],
            row.deputy_minutes if minutes is None else minutes,
            row.again_minutes if again is None else again,
        )
    print(f"{centre} : {', puis '.join(people[one].name for one in wanted)}.")
    for one in wanted:
        if not people[one].has_chat:
            print(
                f"{people[one].name} n'a pas relié le robot : la suite est appelée tout de suite."
            )


def run_list(database: Database) -> None:
    """Print the duty list of every centre."""
    table = Table(title="Astreintes")
    for heading in HEADINGS:
        table.add_column(heading)
    with database.read() as db:
        for one in alarms.duty_lists(db, None):
            names = {each.id: each.name for each in alarms.eligible(db, one.id)}
            first, *others = [names.get(each, "–") for each in alarms.duty(db, one.id)] or [
                "personne : la direction"
            ]
            minutes = str(one.deputy_minutes), str(one.again_minutes)
            table.add_row(one.name, first, ", ".join(others), *minutes)
    Console().print(table)
