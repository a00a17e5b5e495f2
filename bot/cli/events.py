"""`carnet event ...`: what each command takes."""

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
    NOTES,
    ON,
    OUTPUT,
    YES,
    Plain,
    asker,
    attach,
    carnet,
    database,
)

app = typer.Typer(help="Préparer, voir et annuler des événements.", no_args_is_help=True)


@app.command("add")
def event_add(
    kind: Annotated[str, typer.Option(help="workshop, outing ou meeting")],
    title: Annotated[
        list[str], typer.Option(help='Titre ; autres langues : --title "tr=Mutfak atölyesi"')
    ],
    centre: Annotated[str, typer.Option(help="Nom du centre")],
    on: ON,
    at: Annotated[str, typer.Option("--time", help="18:00 ou 18h30")],
    place: Annotated[str, typer.Option(help="Lieu")],
    notes: NOTES = None,
    seats: Annotated[int | None, typer.Option(help="Nombre de places")] = None,
    seats_for: Annotated[
        str, typer.Option(help="Les places comptent : adults, children ou total")
    ] = "total",
    families: FAMILIES = None,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Préparer un événement : les invitations et rappels partiront d'eux-mêmes."""
    from bot.commands import events

    events.run_add(
        carnet(),
        events.Written(kind, title, notes or [], centre, on, at, place, seats, families, seats_for),
        as_json=output is Plain.JSON,
    )


@app.command("list")
def event_list(
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lister les événements, avec qui vient."""
    from bot.commands.events import run_list

    run_list(database(), as_json=output is Plain.JSON)


@app.command("media")
def event_media(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    language: MEDIA_LANGUAGE = "",
    file: MEDIA_FILE = None,
    remove: MEDIA_REMOVED = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Joindre une note vocale ou une image à l'invitation, une par langue."""
    from bot.messages import About

    attach(About(event_id=event), language, file, remove=remove, output=output)


@app.command("change")
def event_change(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    on: ON = "",
    at: Annotated[str, typer.Option("--time", help="18:00 ou 18h30")] = "",
    place: Annotated[str | None, typer.Option(help="Lieu")] = None,
    title: Annotated[
        list[str] | None, typer.Option(help='Titre ; autres langues : --title "tr=..."')
    ] = None,
    notes: NOTES = None,
    seats: Annotated[int | None, typer.Option(help="Nombre de places")] = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Sans limite de places.")] = False,
    fewer_seats: Annotated[
        bool,
        typer.Option("--fewer-seats", help="Oui, moins de places que celles déjà prises."),
    ] = False,
    yes: YES = False,
) -> None:
    """Modifier un événement : montre d'abord qui sera prévenu, et comment."""
    from bot.commands import changes

    written = changes.Written(
        on, at, place, title or [], notes or [], seats, no_limit=no_limit, fewer_seats=fewer_seats
    )
    sys.exit(changes.run_change(carnet(), event, written, yes=yes, ask=asker()))


@app.command("repeat")
def event_repeat(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    until: Annotated[str, typer.Option(help="Dernier jour possible")],
    every: Annotated[str, typer.Option(help="week ou two-weeks")] = "week",
    school_zone: Annotated[
        str | None,
        typer.Option("--skip-school-holidays", help="Passer les vacances de la zone A, B ou C."),
    ] = None,
    skip_public: Annotated[
        bool, typer.Option("--skip-public-holidays", help="Passer les jours fériés.")
    ] = False,
    dry_run: DRY_RUN = False,
) -> None:
    """Répéter un événement aux dates suivantes."""
    from bot.commands import changes

    changes.run_repeat(
        database(),
        event,
        every,
        until,
        school_zone,
        skip_public_holidays=skip_public,
        dry_run=dry_run,
    )


@app.command("cancel")
def event_cancel(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    yes: Annotated[bool, typer.Option("--yes", help="Annuler sans poser la question")] = False,
) -> None:
    """Annuler un événement : montrer qui sera prévenu, demander, puis annuler."""
    from bot.commands.changes import run_cancel

    sys.exit(run_cancel(carnet(), event, yes=yes, ask=asker()))
