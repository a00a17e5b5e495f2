"""`carnet campaign ...`: what each command takes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.given import (
    DRY_RUN,
    FAMILIES,
    MEDIA_FILE,
    MEDIA_LANGUAGE,
    MEDIA_REMOVED,
    ON,
    ONE_CENTRE,
    OUTPUT,
    SEGMENT,
    YES,
    Plain,
    asker,
    attach,
    carnet,
    database,
)

app = typer.Typer(help="Annonces et enquêtes, hors événement.", no_args_is_help=True)


@app.command("announce")
def campaign_announce(
    title: Annotated[
        list[str], typer.Option(help='Titre ; autres langues : --title "tr=Merkez kapalı"')
    ],
    on: ON,
    at: Annotated[str, typer.Option("--time", help="10:00 ou 10h30")] = "10:00",
    body: Annotated[list[str] | None, typer.Option(help='Message ; autres langues : "ar=..."')] = (
        None
    ),
    until: Annotated[str, typer.Option(help="Dernier jour où le message peut partir")] = "",
    centre: ONE_CENTRE = None,
    families: FAMILIES = None,
    segment: SEGMENT = None,
    yes: YES = False,
    dry_run: DRY_RUN = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Prévenir des familles, hors événement : montre d'abord qui lira quoi, et le coût."""
    from bot.commands import campaigns

    written = campaigns.Written(
        "announcement",
        on,
        at,
        until,
        title,
        body or [],
        centre=centre,
        families=families or [],
        segment=segment,
    )
    as_json = output is Plain.JSON
    sys.exit(
        campaigns.run_add(carnet(), written, yes=yes, dry_run=dry_run, ask=asker(), as_json=as_json)
    )


@app.command("wave")
def campaign_wave(
    wave: Annotated[str, typer.Argument(help="Semestre, par exemple 2026-H2")],
    on: ON,
    at: Annotated[str, typer.Option("--time", help="10:00 ou 10h30")] = "10:00",
    until: Annotated[str, typer.Option(help="Dernier jour ; sinon trois semaines")] = "",
    centre: ONE_CENTRE = None,
    families: FAMILIES = None,
    segment: SEGMENT = None,
    yes: YES = False,
    dry_run: DRY_RUN = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Demander leur avis aux parents, une fois par semestre."""
    from bot.commands import campaigns

    written = campaigns.Written(
        "wave",
        on,
        at,
        until,
        wave=wave,
        centre=centre,
        families=families or [],
        segment=segment,
    )
    as_json = output is Plain.JSON
    sys.exit(
        campaigns.run_add(carnet(), written, yes=yes, dry_run=dry_run, ask=asker(), as_json=as_json)
    )


@app.command("list")
def campaign_list(
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lister les annonces et les enquêtes, avec ce qu'elles sont devenues."""
    from bot.app import wall_clock
    from bot.commands.campaigns import run_list

    run_list(database(), wall_clock(), as_json=output is Plain.JSON)


@app.command("media")
def campaign_media(
    campaign: Annotated[int, typer.Argument(help="Numéro de l'annonce")],
    language: MEDIA_LANGUAGE = "",
    file: MEDIA_FILE = None,
    remove: MEDIA_REMOVED = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Joindre une note vocale ou une image à l'annonce, une par langue."""
    from bot.messages import About

    attach(About(campaign_id=campaign), language, file, remove=remove, output=output)


@app.command("cancel")
def campaign_cancel(
    campaign: Annotated[int, typer.Argument(help="Numéro de la campagne")],
) -> None:
    """Annuler une campagne : ce qui n'est pas parti ne part pas."""
    from bot.commands.campaigns import run_cancel

    run_cancel(carnet(), campaign)
