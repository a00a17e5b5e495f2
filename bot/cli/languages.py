"""`carnet languages ...`: what each command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.given import OUTPUT, Plain, database

app = typer.Typer(help="Langues des parents : traduits, relus, manquants.")


@app.callback(invoke_without_command=True)
def languages(
    context: typer.Context,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Voir où en est chaque langue : ce qui est traduit, relu, et ce qui a manqué."""
    if context.invoked_subcommand is None:
        from bot.commands.languages import run_list

        run_list(database(), as_json=output is Plain.JSON)


@app.command("export")
def languages_export(language: Annotated[str, typer.Argument(help="Code : ar, tr, uk...")]) -> None:
    """Donner tous les textes d'une langue en CSV, à qui les relira."""
    from bot.commands.languages import run_export
    from bot.languages import LOCALES

    run_export(language, LOCALES)


@app.command("review")
def languages_review(
    language: Annotated[str, typer.Argument(help="Code : ar, tr, uk...")],
    by: Annotated[str, typer.Option(help="Qui a relu")],
    message: Annotated[list[str] | None, typer.Option(help="Nom du texte, voir export")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Tous les textes.")] = False,
) -> None:
    """Noter qui a relu des textes ; un texte modifié ensuite redevient un brouillon."""
    from bot.app import wall_clock
    from bot.commands.languages import run_review
    from bot.languages import LOCALES

    today = wall_clock().date()
    run_review(language, by, message or [], today, everything=everything, folder=LOCALES)


@app.command("hold")
def languages_hold(
    centre: Annotated[str, typer.Argument(help="Nom du centre")],
    languages: Annotated[
        list[str] | None, typer.Argument(help="Codes des langues ; sans rien : aucune")
    ] = None,
) -> None:
    """Choisir les langues dont les brouillons ne partent pas : le français simple les remplace."""
    from bot.commands.languages import run_hold

    run_hold(database(), centre, languages or [])


@app.command("table")
def languages_table(
    to: Annotated[Path, typer.Option(help="Dossier à écrire")] = Path("docs/messages"),
) -> None:
    """Écrire un tableau par langue : chaque message, ses SMS, son retour en français."""
    from bot.commands.languages import run_table
    from bot.languages import LOCALES

    run_table(to, LOCALES)
