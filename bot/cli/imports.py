"""`carnet import ...`: what each command takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.given import OUTPUT, Plain, database

app = typer.Typer(help="Importer des listes.", no_args_is_help=True)


@app.command("families")
def import_families(
    file: Annotated[Path, typer.Argument(help="Liste des familles, .csv ou .xlsx")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Vérifier sans rien écrire.")] = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Importer les familles : une ligne par enfant."""
    from bot.commands.roster import run_import

    sys.exit(run_import(database(), file, dry_run=dry_run, as_json=output is Plain.JSON))
