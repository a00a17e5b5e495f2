"""`carnet campaign ...`: what each command takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.given import Plain, asker, carnet, database

app = typer.Typer(help="Annonces et enquêtes, hors événement.", no_args_is_help=True)


@app.command("announce")
def campaign_announce(
    title: Annotated[
        list[str], typer.Option(help='Titre ; autres langues : --title "tr=Merkez kapalı"')
    ],
    on: Annotated[str, typer.Option("--date", help="AAAA-MM-JJ ou JJ/MM/AAAA")],
    at: Annotated[str, typer.Option("--time", help="10:00 ou 10h30")] = "10:00",
    body: Annotated[list[str] | None, typer.Option(help='Message ; autres langues : "ar=..."')] = (
        None
    ),
    until: Annotated[str, typer.Option(help="Dernier jour où le message peut partir")] = "",
    centre: Annotated[str | None, typer.Option(help="Un seul centre")] = None,
    families: Annotated[
        list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Un public enregistré")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Faire sans demander.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien écrire.")] = False,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
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
    on: Annotated[str, typer.Option("--date", help="AAAA-MM-JJ ou JJ/MM/AAAA")],
    at: Annotated[str, typer.Option("--time", help="10:00 ou 10h30")] = "10:00",
    until: Annotated[str, typer.Option(help="Dernier jour ; sinon trois semaines")] = "",
    centre: Annotated[str | None, typer.Option(help="Un seul centre")] = None,
    families: Annotated[
        list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Un public enregistré")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Faire sans demander.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien écrire.")] = False,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
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
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les annonces et les enquêtes, avec ce qu'elles sont devenues."""
    from bot.app import wall_clock
    from bot.commands.campaigns import run_list

    run_list(database(), wall_clock(), as_json=output is Plain.JSON)


@app.command("media")
def campaign_media(
    campaign: Annotated[int, typer.Argument(help="Numéro de l'annonce")],
    language: Annotated[str, typer.Option(help="Langue des familles : fr, ar, tr…")] = "",
    file: Annotated[
        Path | None, typer.Option(help="Note vocale (.ogg, .mp3, .m4a) ou image (.jpg, .png)")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Retirer celle-là.")] = False,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Joindre une note vocale ou une image à l'annonce, une par langue."""
    from bot.app import wall_clock
    from bot.commands.media import run_media
    from bot.messages import About

    run_media(
        database(),
        About(campaign_id=campaign),
        wall_clock(),
        language=language,
        file=file,
        remove=remove,
        as_json=output is Plain.JSON,
    )


@app.command("cancel")
def campaign_cancel(
    campaign: Annotated[int, typer.Argument(help="Numéro de la campagne")],
) -> None:
    """Annuler une campagne : ce qui n'est pas parti ne part pas."""
    from bot.commands.campaigns import run_cancel

    run_cancel(carnet(), campaign)
