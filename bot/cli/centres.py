"""`carnet centre ...`: what each command takes."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.given import OUTPUT, Plain, database, settings

app = typer.Typer(help="Horaires, voix et budget des centres.", no_args_is_help=True)


@app.command("plan")
def centre_plan(
    centre: Annotated[str | None, typer.Argument(help="Nom du centre ; sinon tous")] = None,
    kind: Annotated[str | None, typer.Argument(help="workshop, outing ou meeting")] = None,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Montrer quand part chaque message d'un événement, dans un centre."""
    from bot.app import wall_clock
    from bot.commands.centre import run_plan

    run_plan(database(), centre, kind, wall_clock(), as_json=output is Plain.JSON)


@app.command("list")
def centre_list(
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Lister les centres et leurs réglages."""
    from bot.commands.centre import run_list

    run_list(database(), as_json=output is Plain.JSON)


@app.command("set")
def centre_set(
    name: Annotated[str, typer.Argument(help="Nom du centre")],
    opens: Annotated[str | None, typer.Option(help="Premiers messages : 09:00")] = None,
    closes: Annotated[str | None, typer.Option(help="Derniers messages : 19:30")] = None,
    quiet_days: Annotated[
        str | None, typer.Option(help="Jours sans message : 7, ou 6,7 (1 est lundi), ou aucun")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="Fuseau : Europe/Paris")] = None,
    holidays: Annotated[str | None, typer.Option(help="Jours fériés : FR, FR-57...")] = None,
    phone: Annotated[str | None, typer.Option(help="Téléphone donné aux parents")] = None,
    names_children: Annotated[
        str | None, typer.Option(help="Nommer les enfants dans les messages : yes ou no")
    ] = None,
    sms_sender: Annotated[
        str | None, typer.Option(help='Expéditeur des SMS ; "" : celui de la structure')
    ] = None,
    sms_can_receive: Annotated[
        str | None, typer.Option(help="Les parents peuvent répondre par SMS : yes ou no")
    ] = None,
    monthly_segments: Annotated[
        str | None, typer.Option(help="SMS par mois, ou aucun (pas de limite)")
    ] = None,
    city: Annotated[str | None, typer.Option(help="Ville, pour choisir un public")] = None,
    daily_cap: Annotated[
        str | None, typer.Option(help="Messages automatiques par personne et par jour : 1 à 5")
    ] = None,
    weekly_cap: Annotated[
        str | None, typer.Option(help="Messages automatiques par personne en sept jours : 3")
    ] = None,
    telegram_bot: Annotated[
        str | None,
        typer.Option(help="Robot de ses familles : une clé de CARNET_TELEGRAM_BOTS, ou aucun"),
    ] = None,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Changer les réglages d'un centre ; des horaires où rien ne partirait sont refusés."""
    from bot.commands import centre

    centre.run_set(
        database(),
        name,
        centre.Written(
            opens,
            closes,
            quiet_days,
            zone,
            holidays,
            phone,
            names_children,
            sms_sender,
            sms_can_receive,
            monthly_segments,
            city,
            daily_cap,
            weekly_cap,
            telegram_bot,
        ),
        {one.key: one.name for one in settings().family_bots},
        as_json=output is Plain.JSON,
    )
