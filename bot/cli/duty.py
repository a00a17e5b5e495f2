"""`carnet duty ...`: what each command takes."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.given import database

app = typer.Typer(help="Qui est appelé quand un parent est en danger.", no_args_is_help=True)


@app.command("set")
def duty_set(
    centre: Annotated[str, typer.Argument(help="Nom du centre")],
    person: Annotated[str, typer.Option(help="Adresse de la personne d'astreinte")],
    deputy: Annotated[str | None, typer.Option(help="Adresse de qui est appelé ensuite")] = None,
    minutes: Annotated[
        int | None, typer.Option(help="Minutes avant d'appeler la suite ; 15 au départ")
    ] = None,
    again: Annotated[
        int | None, typer.Option(help="Minutes avant de rappeler tout le monde ; 30 au départ")
    ] = None,
) -> None:
    """Dire qui est d'astreinte dans un centre."""
    from bot.commands.duty import run_set

    run_set(database(), centre, person, deputy, minutes, again)


@app.command("list")
def duty_list() -> None:
    """Lister les astreintes de tous les centres."""
    from bot.commands.duty import run_list

    run_list(database())
