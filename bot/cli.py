"""The `carnet` command. Heavy libraries are imported where they are used, so that help is quick."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.errors import BotError

if TYPE_CHECKING:
    from bot.app import Carnet
    from bot.storage.database import Database

app = typer.Typer(
    help="Carnet : inviter, rappeler, écouter et compter, dans la langue de chaque famille.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
import_app = typer.Typer(help="Importer des listes.", no_args_is_help=True)
event_app = typer.Typer(help="Préparer, voir et annuler des événements.", no_args_is_help=True)
staff_app = typer.Typer(help="Comptes de l'équipe.", no_args_is_help=True)
app.add_typer(import_app, name="import")
app.add_typer(event_app, name="event")
app.add_typer(staff_app, name="staff")


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def main() -> None:
    """Run the command; what a person got wrong is said in plain words, on standard error."""
    try:
        app()
    except BotError as error:
        _fail(str(error))


@import_app.command("families")
def import_families(
    file: Annotated[Path, typer.Argument(help="Liste des familles, .csv ou .xlsx")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Vérifier sans rien écrire.")] = False,
    output: Annotated[Format, typer.Option("--format", help="table ou json")] = Format.TABLE,
) -> None:
    """Importer les familles : une ligne par enfant."""
    from bot.commands.roster import run_import

    sys.exit(run_import(_database(), file, dry_run=dry_run, as_json=output is Format.JSON))


@event_app.command("add")
def event_add(
    kind: Annotated[str, typer.Option(help="workshop, outing ou meeting")],
    title: Annotated[
        list[str], typer.Option(help='Titre ; autres langues : --title "tr=Mutfak atölyesi"')
    ],
    centre: Annotated[str, typer.Option(help="Nom du centre")],
    on: Annotated[str, typer.Option("--date", help="AAAA-MM-JJ ou JJ/MM/AAAA")],
    at: Annotated[str, typer.Option("--time", help="18:00 ou 18h30")],
    place: Annotated[str, typer.Option(help="Lieu")],
    notes: Annotated[
        list[str] | None, typer.Option(help='Infos pratiques ; autres langues : "ar=..."')
    ] = None,
    seats: Annotated[int | None, typer.Option(help="Nombre de places")] = None,
    families: Annotated[
        list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="table ou json")] = Format.TABLE,
) -> None:
    """Préparer un événement : les invitations et rappels partiront d'eux-mêmes."""
    from bot.commands import events

    events.run_add(
        _database(),
        events.Written(kind, title, notes or [], centre, on, at, place, seats, families),
        as_json=output is Format.JSON,
    )


@event_app.command("list")
def event_list(
    output: Annotated[Format, typer.Option("--format", help="table ou json")] = Format.TABLE,
) -> None:
    """Lister les événements, avec qui vient."""
    from bot.commands.events import run_list

    run_list(_database(), as_json=output is Format.JSON)


@event_app.command("cancel")
def event_cancel(event: Annotated[int, typer.Argument(help="Numéro de l'événement")]) -> None:
    """Annuler un événement ; les familles invitées sont prévenues."""
    from bot.commands.events import run_cancel

    run_cancel(_carnet(), event)


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
    output: Annotated[Format, typer.Option("--format", help="table ou json")] = Format.TABLE,
) -> None:
    """Noter qui est venu."""
    from bot.commands.events import run_attendance

    came = families or [] if families or absent else [line.strip() for line in sys.stdin]
    sys.exit(
        run_attendance(
            _database(),
            event,
            [one for one in came if one],
            absent or [],
            others_absent=others_absent,
            as_json=output is Format.JSON,
        )
    )


@app.command()
def indicators(
    period: Annotated[str, typer.Option(help="Semestre, par exemple 2026-H2")] = "",
    centre: Annotated[str | None, typer.Option(help="Un seul centre")] = None,
    output: Annotated[Format, typer.Option("--format", help="table, json ou csv")] = Format.TABLE,
) -> None:
    """Calculer les indicateurs d'engagement des parents."""
    from bot.commands.indicators import run_indicators

    run_indicators(_database(), period, centre, output.value)


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

    run_serve(_settings(), host, port)


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

    run_demo(port, serve=not no_serve, fresh=fresh)


@app.command()
def doctor(
    output: Annotated[Format, typer.Option("--format", help="table ou json")] = Format.TABLE,
) -> None:
    """Dire ce qui est réglé, ce qui manque, et essayer chaque fournisseur."""
    from bot.commands.doctor import run_doctor

    sys.exit(run_doctor(as_json=output is Format.JSON))


@app.command()
def chat(
    family: Annotated[str, typer.Argument(help="Référence de la famille")],
    parent: Annotated[int, typer.Option(help="1 ou 2")] = 1,
) -> None:
    """Un téléphone dans le terminal : lire et répondre comme ce parent."""
    from bot.commands.chat import run_chat

    run_chat(_settings(), family, parent)


@app.command()
def card(
    family: Annotated[str, typer.Argument(help="Référence de la famille")],
    parent: Annotated[int, typer.Option(help="1 ou 2")] = 1,
) -> None:
    """Créer le code à usage unique qui relie un parent à Telegram."""
    from bot.commands.roster import run_card

    run_card(_settings(), _database(), family, parent)


@app.command()
def migrate() -> None:
    """Mettre les tables à jour (fait aussi au démarrage)."""
    _database()
    typer.echo("Les tables sont à jour.")


@staff_app.command("add")
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

    run_add(_database(), email, name, role, centre, password)


def _settings() -> Any:
    from bot.settings import read_settings

    return read_settings()


def _database() -> Database:
    """The configured database, its tables up to date."""
    from bot.storage.database import Database
    from bot.storage.schema import migrate

    database = Database(_settings().database)
    migrate(database)
    return database


def _carnet() -> Carnet:
    from bot.app import build

    return build(_settings())


def _fail(text: str) -> NoReturn:
    typer.secho(text, fg=typer.colors.RED, err=True)
    raise SystemExit(2)
