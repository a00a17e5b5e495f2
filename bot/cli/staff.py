"""`carnet staff ...`: what each command takes."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.given import database

app = typer.Typer(help="Comptes de l'équipe.", no_args_is_help=True)


@app.command("add")
def staff_add(
    email: Annotated[str, typer.Argument(help="Adresse de la personne")],
    name: Annotated[str, typer.Option(help="Nom affiché aux parents")],
    role: Annotated[
        str, typer.Option(help="coordinator, director, evaluator ou admin")
    ] = "coordinator",
    centre: Annotated[str | None, typer.Option(help="Son centre ; sinon tous")] = None,
    password: Annotated[
        str, typer.Option(prompt="Mot de passe", hide_input=True, confirmation_prompt=True)
    ] = "",
) -> None:
    """Ouvrir un compte."""
    from bot.commands.staff import run_add

    run_add(database(), email, name, role, centre, password)
