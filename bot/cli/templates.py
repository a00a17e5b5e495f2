"""`carnet templates ...`: what each command takes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.given import OUTPUT, Plain, database, settings

app = typer.Typer(help="Modèles WhatsApp : ce que Meta doit approuver.", no_args_is_help=True)


@app.command("list")
def templates_list(
    step: Annotated[str, typer.Option(help="Une seule étape : invitation, reminder...")] = "",
    language: Annotated[str, typer.Option(help="Une seule langue : fr, ar...")] = "",
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lister les modèles : état, ContentSid, ce qui manque."""
    from bot.commands import templates

    templates.run_list(database(), settings(), step, language, output.value)


@app.command("push")
def templates_push(
    step: Annotated[str, typer.Option(help="Une seule étape : invitation, reminder...")] = "",
    language: Annotated[str, typer.Option(help="Une seule langue : fr, ar...")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien envoyer.")] = False,
) -> None:
    """Soumettre à Meta les modèles qui manquent ; une reprise ne fait pas de doublon."""
    from bot.commands import templates

    sys.exit(templates.run_push(database(), settings(), step, language, dry_run=dry_run))


@app.command("sync")
def templates_sync() -> None:
    """Demander où en sont les modèles, et dire ce qui a changé."""
    from bot.commands import templates

    templates.run_sync(database(), settings())
