"""The `carnet` command. Heavy libraries are imported where they are used, so that help is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import (
    campaigns,
    centres,
    duty,
    events,
    imports,
    languages,
    meetings,
    own_words,
    staff,
    templates,
)
from bot.cli.given import (
    FIGURES,
    ONE_CENTRE,
    OUTPUT,
    Format,
    Plain,
    carnet,
    database,
    demo_folder,
    fail,
    settings,
)
from bot.errors import BotError

app = typer.Typer(
    help="Carnet : inviter, rappeler, écouter et compter, dans la langue de chaque famille.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich alone takes a third of the time
    add_completion=False,
)
app.add_typer(imports.app, name="import")
app.add_typer(events.app, name="event")
app.add_typer(campaigns.app, name="campaign")
app.add_typer(meetings.app, name="meetings")
app.add_typer(centres.app, name="centre")
app.add_typer(staff.app, name="staff")
app.add_typer(duty.app, name="duty")
app.add_typer(templates.app, name="templates")
app.add_typer(languages.app, name="languages")
app.add_typer(own_words.app, name="words")


@app.command()
def audience(
    centre: Annotated[list[str] | None, typer.Option(help="Nom du centre")] = None,
    city: Annotated[list[str] | None, typer.Option(help="Ville")] = None,
    group: Annotated[list[str] | None, typer.Option(help="Nom du groupe")] = None,
    level: Annotated[list[str] | None, typer.Option(help="Classe : CP, CM2, 6e, 2de...")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Langue d'un parent")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Étiquette")] = None,
    without_tag: Annotated[list[str] | None, typer.Option(help="Sans cette étiquette")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Référence de la famille")] = None,
    came: Annotated[int | None, typer.Option(help="Venues au moins N fois")] = None,
    never_came: Annotated[
        bool, typer.Option("--never-came", help="Invitées, et jamais venues.")
    ] = False,
    since: Annotated[str, typer.Option(help="Avec --came : AAAA-MM-JJ ou JJ/MM/AAAA")] = "",
    kind: Annotated[str, typer.Option(help="Avec --came : workshop, outing ou meeting")] = "",
    no_answer: Annotated[int, typer.Option(help="Sans réponse aux N dernières invitations")] = 0,
    no_answer_to: Annotated[int | None, typer.Option(help="Sans réponse à cet événement")] = None,
    answered: Annotated[int | None, typer.Option(help="Ont répondu à cet événement")] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="Avec --answered : yes, no ou maybe")
    ] = None,
    segment: Annotated[str, typer.Option(help="Public enregistré, par son nom")] = "",
    survey: Annotated[bool, typer.Option("--survey", help="Pour poser des questions.")] = False,
    output: FIGURES = Format.TABLE,
) -> None:
    """Choisir des familles par conditions : combien, qui, et qui ne peut pas être joint."""
    from bot.commands.audience import Written, run_audience

    written = Written(
        centres=tuple(centre or ()),
        cities=tuple(city or ()),
        groups=tuple(group or ()),
        levels=tuple(level or ()),
        languages=tuple(language or ()),
        tags=tuple(tag or ()),
        without_tags=tuple(without_tag or ()),
        families=tuple(family or ()),
        came=came,
        never_came=never_came,
        since=since,
        kind=kind,
        no_answer=no_answer,
        no_answer_to=no_answer_to,
        answered=answered,
        answers=tuple(answer or ()),
        segment=segment,
    )
    run_audience(carnet(), written, survey=survey, output=output.value)


@app.command()
def attendance(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    families: Annotated[
        list[str] | None,
        typer.Argument(help="Références des familles venues ; sinon une par ligne en entrée"),
    ] = None,
    absent: Annotated[
        list[str] | None, typer.Option("--absent", help="Famille absente (répétable)")
    ] = None,
    others_absent: Annotated[
        bool,
        typer.Option("--others-absent", help="Toutes les autres familles invitées sont absentes."),
    ] = False,
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Noter qui est venu."""
    from bot.commands.events import run_attendance

    came = families or [] if families or absent else [line.strip() for line in sys.stdin]
    sys.exit(
        run_attendance(
            database(),
            event,
            [one for one in came if one],
            absent or [],
            others_absent=others_absent,
            as_json=output is Plain.JSON,
        )
    )


@app.command()
def indicators(
    period: Annotated[str, typer.Option(help="Semestre, par exemple 2026-H2")] = "",
    centre: ONE_CENTRE = None,
    output: FIGURES = Format.TABLE,
) -> None:
    """Calculer les indicateurs d'engagement des parents."""
    from bot.commands.indicators import run_indicators

    run_indicators(database(), period, centre, output.value)


@app.command()
def obstacles(
    period: Annotated[str, typer.Option(help="Semestre, par exemple 2026-H2")] = "",
    centre: ONE_CENTRE = None,
    output: FIGURES = Format.TABLE,
) -> None:
    """Compter ce qui empêche les familles de venir, par centre et par activité."""
    from bot.commands.obstacles import run_obstacles

    run_obstacles(database(), period, centre, output.value)


@app.command()
def lint(
    text: Annotated[str, typer.Argument(help="Le texte ; sinon dites --event, --campaign...")] = "",
    event: Annotated[int | None, typer.Option(help="Numéro de l'événement")] = None,
    campaign: Annotated[int | None, typer.Option(help="Numéro de la campagne")] = None,
    catalogs: Annotated[
        bool, typer.Option("--catalogs", help="Tous les messages, dans toutes les langues.")
    ] = False,
    language: Annotated[str, typer.Option(help="Code : fr, ar, tr...")] = "",
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Relire un texte pour les parents : phrases, mots, dates, SMS ; 1 si quelque chose bloque."""
    from bot.commands.lint import run_lint

    sys.exit(
        run_lint(
            database,
            text=text,
            event_id=event,
            campaign_id=campaign,
            catalogs=catalogs,
            language=language,
            as_json=output is Plain.JSON,
        )
    )


@app.command()
def understand() -> None:
    """Comprendre des réponses : lignes JSON en entrée, lignes JSON en sortie."""
    from bot.understanding.stream import run

    for line in run(sys.stdin):
        sys.stdout.write(line + "\n")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d'écoute")] = None,
    port: Annotated[int | None, typer.Option(help="Port")] = None,
) -> None:
    """Tout faire tourner : pages, messages et tâches."""
    from bot.commands.serve import run_serve

    run_serve(settings(), host, port)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port de la page")] = 8000,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Construire les données, sans ouvrir la page.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Refaire les données.")] = False,
) -> None:
    """Essayer Carnet : un centre inventé, 40 familles, des téléphones simulés."""
    from bot.commands.demo import run_demo

    run_demo(port, serve=not no_serve, fresh=fresh, folder=demo_folder())


@app.command()
def doctor(
    output: OUTPUT = Plain.TABLE,
) -> None:
    """Dire ce qui est réglé, ce qui manque, et essayer chaque fournisseur."""
    from bot.commands.doctor import run_doctor

    sys.exit(run_doctor(as_json=output is Plain.JSON))


@app.command()
def chat(
    family: Annotated[str, typer.Argument(help="Référence de la famille")],
    parent: Annotated[int, typer.Option(help="1 ou 2")] = 1,
) -> None:
    """Un téléphone dans le terminal : lire et répondre comme ce parent."""
    from bot.commands.chat import run_chat

    run_chat(settings(), family, parent)


@app.command()
def card(
    family: Annotated[str, typer.Argument(help="Référence de la famille")],
    parent: Annotated[int, typer.Option(help="1 ou 2")] = 1,
    by_sms: Annotated[bool, typer.Option("--sms", help="L'envoyer par SMS à ce parent")] = False,
) -> None:
    """Créer le code à usage unique qui relie un parent à Telegram."""
    from bot.commands.roster import run_card

    run_card(settings(), database(), family, parent, by_sms=by_sms)


@app.command()
def migrate() -> None:
    """Mettre les tables à jour (fait aussi au démarrage)."""
    database()
    typer.echo("Les tables sont à jour.")


@app.command("plan")
def plan_ahead(
    days: Annotated[int, typer.Option(min=1, max=366, help="Nombre de jours")] = 30,
    centre: ONE_CENTRE = None,
    output: FIGURES = Format.TABLE,
    against: Annotated[
        Path | None,
        typer.Option(help="Ne montrer que la différence avec une répétition gardée en JSON"),
    ] = None,
) -> None:
    """Répéter les jours qui viennent : qui recevra quoi, quand et comment. Rien ne part."""
    from bot.commands.plan import run_plan

    run_plan(settings(), days, centre, output.value, against)


def main() -> None:
    """Run the command; what a person got wrong is said in plain words, on standard error."""
    try:
        app()
    except BotError as error:
        fail(str(error))
    except OverflowError:
        fail("Ce nombre est trop grand.")
