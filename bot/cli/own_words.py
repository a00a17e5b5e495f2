"""`carnet words ...`: what each command takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.given import OUTPUT, Plain, database

app = typer.Typer(help="Les mots de l'équipe dans chaque langue : titres, infos, annonces.")

Languages = Annotated[
    list[str] | None, typer.Option("--language", help="Code : ar, tr… ; sans rien : les utiles")
]


@app.callback(invoke_without_command=True)
def words(
    context: typer.Context,
    language: Languages = None,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Voir ce qui est traduit, relu, à refaire ou à écrire, événement par événement."""
    if context.invoked_subcommand is None:
        from bot.app import wall_clock
        from bot.commands.own_words import run_list

        run_list(database(), wall_clock(), language or [], as_json=output is Plain.JSON)


@app.command("export")
def words_export(
    to: Annotated[Path, typer.Argument(help="Fichier à écrire, .csv ou .xlsx")],
    language: Languages = None,
) -> None:
    """Écrire un tableau à remplir, pour qui traduit sans compte."""
    from bot.app import wall_clock
    from bot.commands.own_words import run_export

    run_export(database(), wall_clock(), language or [], to)


@app.command("import")
def words_import(
    file: Annotated[Path, typer.Argument(help="Le tableau rempli, .csv ou .xlsx")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Vérifier sans rien écrire.")] = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Reprendre le tableau rempli : chaque ligne est vérifiée, les bonnes sont gardées."""
    from bot.app import wall_clock
    from bot.commands.own_words import run_import

    as_json = output is Plain.JSON
    sys.exit(run_import(database(), wall_clock(), file, dry_run=dry_run, as_json=as_json))
