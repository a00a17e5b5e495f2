"""`carnet meetings ...`: what each command takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.given import DRY_RUN, FAMILIES, NOTES, OUTPUT, YES, Plain, asker, carnet, database

app = typer.Typer(
    help="Rencontres individuelles : des moments libres, que les familles choisissent.",
    no_args_is_help=True,
)

DAY = Annotated[list[str], typer.Option("--day", help="Jour : AAAA-MM-JJ ; plusieurs possibles")]
FIRST = Annotated[str, typer.Option("--from", help="Premier moment : 14:00 ou 14h")]
UNTIL = Annotated[str, typer.Option("--to", help="Le dernier moment finit avant : 18:00 ou 18h")]
EVERY = Annotated[int, typer.Option("--every", help="Durée de chacun, en minutes")]


@app.command("open")
def meetings_open(
    title: Annotated[list[str], typer.Option(help='Titre ; autres langues : --title "tr=Görüşme"')],
    host: Annotated[str, typer.Option("--with", help="Avec qui, comme les parents la connaissent")],
    centre: Annotated[str, typer.Option(help="Nom du centre")],
    place: Annotated[str, typer.Option(help="Lieu")],
    days: DAY,
    first: FIRST,
    until: UNTIL,
    on: Annotated[str, typer.Option("--date", help="Jour du premier message")],
    at: Annotated[str, typer.Option("--time", help="Heure du premier message")] = "10:00",
    minutes: EVERY = 30,
    notes: NOTES = None,
    families: FAMILIES = None,
    yes: YES = False,
    dry_run: DRY_RUN = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Ouvrir une série : chaque famille choisira un moment, dans sa langue."""
    from bot.commands import meetings

    code = meetings.run_open(
        carnet(),
        meetings.Written(
            title=title,
            notes=notes or [],
            centre=centre,
            host=host,
            place=place,
            on=on,
            at=at,
            moments=meetings.Moments(days, first, until, minutes),
            families=families or [],
        ),
        yes=yes,
        dry_run=dry_run,
        ask=asker(),
        as_json=output is Plain.JSON,
    )
    sys.exit(code)


@app.command("slots")
def meetings_slots(
    number: Annotated[int, typer.Argument(help="Numéro de la série")],
    days: DAY,
    first: FIRST,
    until: UNTIL,
    minutes: EVERY = 30,
) -> None:
    """Garder d'autres moments libres."""
    from bot.commands import meetings

    meetings.run_slots(database(), number, meetings.Moments(days, first, until, minutes))


@app.command("import")
def meetings_import(
    number: Annotated[int, typer.Argument(help="Numéro de la série")],
    file: Annotated[Path, typer.Argument(help="Fichier d'agenda, .ics")],
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lire les moments libres d'un agenda ; le même fichier ne change rien la seconde fois."""
    from bot.commands.meetings import run_import

    run_import(database(), number, file, as_json=output is Plain.JSON)


@app.command("list")
def meetings_list(
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lister les séries, avec leurs moments pris et libres."""
    from bot.commands.meetings import run_list

    run_list(database(), as_json=output is Plain.JSON)
