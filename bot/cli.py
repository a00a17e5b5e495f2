"""The `carnet` command. Heavy libraries are imported where they are used, so that help is quick."""

from __future__ import annotations

import sys
from collections.abc import Callable
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
    rich_markup_mode=None,  # plain help: rich alone takes a third of the time
    add_completion=False,
)
import_app = typer.Typer(help="Importer des listes.", no_args_is_help=True)
event_app = typer.Typer(help="Préparer, voir et annuler des événements.", no_args_is_help=True)
campaign_app = typer.Typer(help="Annonces et enquêtes, hors événement.", no_args_is_help=True)
meetings_app = typer.Typer(
    help="Rencontres individuelles : des moments libres, que les familles choisissent.",
    no_args_is_help=True,
)
centre_app = typer.Typer(help="Horaires, voix et budget des centres.", no_args_is_help=True)
templates_app = typer.Typer(
    help="Modèles WhatsApp : ce que Meta doit approuver.", no_args_is_help=True
)
staff_app = typer.Typer(help="Comptes de l'équipe.", no_args_is_help=True)
app.add_typer(import_app, name="import")
app.add_typer(event_app, name="event")
app.add_typer(campaign_app, name="campaign")
app.add_typer(meetings_app, name="meetings")
app.add_typer(centre_app, name="centre")
app.add_typer(staff_app, name="staff")
app.add_typer(templates_app, name="templates")


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Plain(StrEnum):
    """How what is no table of figures is printed."""

    TABLE = "table"
    JSON = "json"


def main() -> None:
    """Run the command; what a person got wrong is said in plain words, on standard error."""
    try:
        app()
    except BotError as error:
        _fail(str(error))
    except OverflowError:
        _fail("Ce nombre est trop grand.")


@import_app.command("families")
def import_families(
    file: Annotated[Path, typer.Argument(help="Liste des familles, .csv ou .xlsx")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Vérifier sans rien écrire.")] = False,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Importer les familles : une ligne par enfant."""
    from bot.commands.roster import run_import

    sys.exit(run_import(_database(), file, dry_run=dry_run, as_json=output is Plain.JSON))


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
    seats_for: Annotated[
        str, typer.Option(help="Les places comptent : adults, children ou total")
    ] = "total",
    families: Annotated[
        list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
    ] = None,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Préparer un événement : les invitations et rappels partiront d'eux-mêmes."""
    from bot.commands import events

    events.run_add(
        _database(),
        events.Written(kind, title, notes or [], centre, on, at, place, seats, families, seats_for),
        as_json=output is Plain.JSON,
    )


@event_app.command("list")
def event_list(
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les événements, avec qui vient."""
    from bot.commands.events import run_list

    run_list(_database(), as_json=output is Plain.JSON)


@event_app.command("change")
def event_change(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    on: Annotated[str, typer.Option("--date", help="AAAA-MM-JJ ou JJ/MM/AAAA")] = "",
    at: Annotated[str, typer.Option("--time", help="18:00 ou 18h30")] = "",
    place: Annotated[str | None, typer.Option(help="Lieu")] = None,
    title: Annotated[
        list[str] | None, typer.Option(help='Titre ; autres langues : --title "tr=..."')
    ] = None,
    notes: Annotated[
        list[str] | None, typer.Option(help='Infos pratiques ; autres langues : "ar=..."')
    ] = None,
    seats: Annotated[int | None, typer.Option(help="Nombre de places")] = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Sans limite de places.")] = False,
    fewer_seats: Annotated[
        bool,
        typer.Option("--fewer-seats", help="Oui, moins de places que celles déjà prises."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Faire sans demander.")] = False,
) -> None:
    """Modifier un événement : montre d'abord qui sera prévenu, et comment."""
    from bot.commands import changes

    written = changes.Written(
        on, at, place, title or [], notes or [], seats, no_limit=no_limit, fewer_seats=fewer_seats
    )
    sys.exit(changes.run_change(_carnet(), event, written, yes=yes, ask=_asker()))


@event_app.command("repeat")
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien écrire.")] = False,
) -> None:
    """Répéter un événement aux dates suivantes."""
    from bot.commands import changes

    changes.run_repeat(
        _database(),
        event,
        every,
        until,
        school_zone,
        skip_public_holidays=skip_public,
        dry_run=dry_run,
    )


@event_app.command("cancel")
def event_cancel(
    event: Annotated[int, typer.Argument(help="Numéro de l'événement")],
    yes: Annotated[bool, typer.Option("--yes", help="Annuler sans poser la question")] = False,
) -> None:
    """Annuler un événement : montrer qui sera prévenu, demander, puis annuler."""
    from bot.commands.changes import run_cancel

    sys.exit(run_cancel(_carnet(), event, yes=yes, ask=_asker()))


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
    output: Annotated[Format, typer.Option("--format", help="table, json ou csv")] = Format.TABLE,
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
    run_audience(_carnet(), written, survey=survey, output=output.value)


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
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
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
            as_json=output is Plain.JSON,
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
def obstacles(
    period: Annotated[str, typer.Option(help="Semestre, par exemple 2026-H2")] = "",
    centre: Annotated[str | None, typer.Option(help="Un seul centre")] = None,
    output: Annotated[Format, typer.Option("--format", help="table, json ou csv")] = Format.TABLE,
) -> None:
    """Compter ce qui empêche les familles de venir, par centre et par activité."""
    from bot.commands.obstacles import run_obstacles

    run_obstacles(_database(), period, centre, output.value)


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
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
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


@app.command("plan")
def plan_ahead(
    days: Annotated[int, typer.Option(min=1, max=366, help="Nombre de jours")] = 30,
    centre: Annotated[str | None, typer.Option(help="Un seul centre")] = None,
    output: Annotated[Format, typer.Option("--format", help="table, json ou csv")] = Format.TABLE,
    against: Annotated[
        Path | None,
        typer.Option(help="Ne montrer que la différence avec une répétition gardée en JSON"),
    ] = None,
) -> None:
    """Répéter les jours qui viennent : qui recevra quoi, quand et comment. Rien ne part."""
    from bot.commands.plan import run_plan

    run_plan(_settings(), days, centre, output.value, against)


@campaign_app.command("announce")
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
        campaigns.run_add(
            _carnet(), written, yes=yes, dry_run=dry_run, ask=_asker(), as_json=as_json
        )
    )


@campaign_app.command("wave")
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
        campaigns.run_add(
            _carnet(), written, yes=yes, dry_run=dry_run, ask=_asker(), as_json=as_json
        )
    )


@campaign_app.command("list")
def campaign_list(
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les annonces et les enquêtes, avec ce qu'elles sont devenues."""
    from bot.app import wall_clock
    from bot.commands.campaigns import run_list

    run_list(_database(), wall_clock(), as_json=output is Plain.JSON)


@campaign_app.command("cancel")
def campaign_cancel(
    campaign: Annotated[int, typer.Argument(help="Numéro de la campagne")],
) -> None:
    """Annuler une campagne : ce qui n'est pas parti ne part pas."""
    from bot.commands.campaigns import run_cancel

    run_cancel(_carnet(), campaign)


@centre_app.command("plan")
def centre_plan(
    centre: Annotated[str | None, typer.Argument(help="Nom du centre ; sinon tous")] = None,
    kind: Annotated[str | None, typer.Argument(help="workshop, outing ou meeting")] = None,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Montrer quand part chaque message d'un événement, dans un centre."""
    from bot.app import wall_clock
    from bot.commands.centre import run_plan

    run_plan(_database(), centre, kind, wall_clock(), as_json=output is Plain.JSON)


@centre_app.command("list")
def centre_list(
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les centres et leurs réglages."""
    from bot.commands.centre import run_list

    run_list(_database(), as_json=output is Plain.JSON)


@centre_app.command("set")
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
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Changer les réglages d'un centre ; des horaires où rien ne partirait sont refusés."""
    from bot.commands import centre

    centre.run_set(
        _database(),
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
        ),
        as_json=output is Plain.JSON,
    )


@templates_app.command("list")
def templates_list(
    step: Annotated[str, typer.Option(help="Une seule étape : invitation, reminder...")] = "",
    language: Annotated[str, typer.Option(help="Une seule langue : fr, ar...")] = "",
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les modèles : état, ContentSid, ce qui manque."""
    from bot.commands import templates

    templates.run_list(_database(), _settings(), step, language, output.value)


@templates_app.command("push")
def templates_push(
    step: Annotated[str, typer.Option(help="Une seule étape : invitation, reminder...")] = "",
    language: Annotated[str, typer.Option(help="Une seule langue : fr, ar...")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer sans rien envoyer.")] = False,
) -> None:
    """Soumettre à Meta les modèles qui manquent ; une reprise ne fait pas de doublon."""
    from bot.commands import templates

    sys.exit(templates.run_push(_database(), _settings(), step, language, dry_run=dry_run))


@templates_app.command("sync")
def templates_sync() -> None:
    """Demander où en sont les modèles, et dire ce qui a changé."""
    from bot.commands import templates

    templates.run_sync(_database(), _settings())


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


DAY = Annotated[list[str], typer.Option("--day", help="Jour : AAAA-MM-JJ ; plusieurs possibles")]
FIRST = Annotated[str, typer.Option("--from", help="Premier moment : 14:00 ou 14h")]
UNTIL = Annotated[str, typer.Option("--to", help="Le dernier moment finit avant : 18:00 ou 18h")]
EVERY = Annotated[int, typer.Option("--every", help="Durée de chacun, en minutes")]


@meetings_app.command("open")
def meetings_open(
    title: Annotated[list[str], typer.Option(help='Titre ; autres langues : --title "tr=Görüşme"')],
    host: Annotated[str, typer.Option("--with", help="Avec qui, comme les parents la connaissent")],
    centre: Annotated[str, typer.Option(help="Nom du centre")],
    place: Annotated[str, typer.Option(help="Lieu")],
    days: DAY,
    first: FIRST,
    until: UNTIL,
    on: Annotated[str, typer.Option("--date", help="Jour du premier message")],
    at: Annotated[str, typer.Option("--time", help="Heure du premier message")] = "10:00",
    minutes: EVERY = 30,
    notes: Annotated[
        list[str] | None, typer.Option(help='Infos pratiques ; autres langues : "ar=..."')
    ] = None,
    families: Annotated[
        list[str] | None, typer.Option("--family", help="Seulement ces familles (référence)")
    ] = None,
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Ouvrir une série : chaque famille choisira un moment, dans sa langue."""
    from bot.commands import meetings

    meetings.run_open(
        _database(),
        meetings.Written(
            title=title,
            notes=notes or [],
            centre=centre,
            host=host,
            place=place,
            on=on,
            at=at,
            moments=meetings.Moments(days, first, until, minutes),
            families=families or [],
        ),
        as_json=output is Plain.JSON,
    )


@meetings_app.command("slots")
def meetings_slots(
    number: Annotated[int, typer.Argument(help="Numéro de la série")],
    days: DAY,
    first: FIRST,
    until: UNTIL,
    minutes: EVERY = 30,
) -> None:
    """Garder d'autres moments libres."""
    from bot.commands import meetings

    meetings.run_slots(_database(), number, meetings.Moments(days, first, until, minutes))


@meetings_app.command("import")
def meetings_import(
    number: Annotated[int, typer.Argument(help="Numéro de la série")],
    file: Annotated[Path, typer.Argument(help="Fichier d'agenda, .ics")],
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lire les moments libres d'un agenda ; le même fichier ne change rien la seconde fois."""
    from bot.commands.meetings import run_import

    run_import(_database(), number, file, as_json=output is Plain.JSON)


@meetings_app.command("list")
def meetings_list(
    output: Annotated[Plain, typer.Option("--format", help="table ou json")] = Plain.TABLE,
) -> None:
    """Lister les séries, avec leurs moments pris et libres."""
    from bot.commands.meetings import run_list

    run_list(_database(), as_json=output is Plain.JSON)


def _settings() -> Any:
    from bot.settings import read_settings

    return read_settings()


def _database() -> Database:
    """The configured database, its tables up to date."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.errors import SettingsError
    from bot.storage.database import Database
    from bot.storage.schema import migrate

    url = _settings().database
    try:
        database = Database(url)
        migrate(database)
    except (OSError, SQLAlchemyError) as error:
        raise SettingsError(
            "La base de données ne s'ouvre pas. Vérifiez CARNET_DATA_FOLDER ou "
            f"CARNET_DATABASE_URL ({type(error).__name__})."
        ) from error
    return database


def _carnet() -> Carnet:
    from bot.app import build

    return build(_settings())


def _asker() -> Callable[[str], bool] | None:
    """How to ask before something leaves; None where nobody sits at the keyboard."""
    return typer.confirm if sys.stdin.isatty() else None


def _fail(text: str) -> NoReturn:
    typer.secho(text, fg=typer.colors.RED, err=True)
    raise SystemExit(2)
