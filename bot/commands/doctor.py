"""`carnet doctor`: what is set, what is missing, and whether each provider lets us in."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.console import Console
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.app import open_channels, open_translator, wall_clock, webhook_url
from bot.channels.provider_clock import time_at
from bot.channels.telegram_bots import TelegramBots
from bot.commands import plurals
from bot.drafts import drafts
from bot.errors import SendError, SettingsError
from bot.messages import Channel, ChannelName
from bot.settings import FamilyBot, Settings, read_settings
from bot.storage import templates
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import centres, families, staff
from bot.templates import State, read_templates
from bot.translation import catalog_languages
from bot.translators import TranslationFailed
from bot.watchdog import findings

if TYPE_CHECKING:
    from bot.channels.telegram_later import TelegramLater

MAX_SKEW_SECONDS = 60
OUR_REFUSAL = "403"  # what our webhook answers to a wrong secret
NOT_APPROVED = {
    State.UNSUBMITTED: "pas soumis",
    State.RECEIVED: "en examen",
    State.PENDING: "en examen",
    State.REJECTED: "refusés",
    State.PAUSED: "suspendus",
    State.DISABLED: "désactivés",
}
LONGEST_NAME = 11  # signs of an alphanumeric sender
SIGNS = {"ok": "[green]✓[/]", "off": "[dim]–[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `state`: ok, off (not set, not needed), warn, or bad."""

    state: str
    subject: str
    words: str


def run_doctor(*, as_json: bool) -> int:
    """Print every finding; the exit code is 1 when something is wrong."""
    findings = _examine()
    if as_json:
        print(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2))
    else:
        console = Console()
        for one in findings:
            console.print(f"{SIGNS[one.state]} [bold]{one.subject}[/] : {one.words}")
    return 1 if any(one.state == "bad" for one in findings) else 0


def _examine() -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [Finding("bad", "Réglages", str(error))]
    return [
        *_database(settings),
        *asyncio.run(_providers(settings)),
        asyncio.run(_pocket(settings)),
        _address(settings),
        *_templates(settings),
        _machine(settings),
        Finding("ok", "Langues des parents", ", ".join(catalog_languages())),
    ]


def _database(settings: Settings) -> list[Finding]:
    try:
        database = Database(settings.database)
        migrate(database)
        with database.read() as db:
            now = wall_clock()
            found_in = {
                name: db.scalar(select(func.count()).select_from(table)) or 0
                for name, table in (("centre", centres), ("famille", families))
            }
            accounts = db.scalar(select(func.count()).select_from(staff)) or 0
            bots = db.execute(
                select(centres.c.name, centres.c.telegram_bot).where(centres.c.telegram_bot != "")
            ).all()
            watched = findings(db, None, now)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is said in plain words
        return [Finding("bad", "Base de données", f"{_without_password(settings)} : {error}")]
    size = ", ".join(plurals.counted(number, name) for name, number in found_in.items())
    found = [Finding("ok", "Base de données", f"{_without_password(settings)} ({size})")]
    if not accounts:
        found.append(Finding("warn", "Équipe", "aucun compte : carnet staff add ADRESSE"))
    found += [
        Finding(
            "warn",
            f"Centre {one.name}",
            f"le robot « {one.telegram_bot} » n'est pas dans CARNET_TELEGRAM_BOTS : "
            "les cartes mènent au premier robot",
        )
        for one in bots
        if one.telegram_bot not in settings.telegram_bots
    ]
    found += [Finding("bad" if one.grave else "warn", "À regarder", one.told) for one in watched]
    return found


def _without_password(settings: Settings) -> str:
    """The database's address, fit to be shown to whoever stands behind the operator."""
    try:
        return make_url(settings.database).render_as_string(hide_password=True)
    except ArgumentError:
        return "CARNET_DATABASE_URL"


async def _providers(settings: Settings) -> list[Finding]:
    try:
        channels = open_channels(settings)
    except SettingsError as error:
        return [Finding("bad", "Fournisseurs", str(error))]
    found = []
    missing = {
        ChannelName.TELEGRAM: "CARNET_TELEGRAM_TOKEN",
        ChannelName.SMS: "CARNET_TWILIO_ACCOUNT_SID, CARNET_TWILIO_AUTH_TOKEN, CARNET_SMS_SENDER",
        ChannelName.WHATSAPP: "les deux réglages Twilio et CARNET_WHATSAPP_SENDER",
    }
    for name, needed in missing.items():
        channel = channels.get(name)
        if isinstance(channel, TelegramBots):
            for bot in settings.family_bots:
                found += await _bot(bot, channel.bots[bot.key], settings)
        elif channel is None:
            found.append(Finding("off", name.value, f"éteint ; pour l'allumer : {needed}"))
        else:
            found.append(await _try(name, channel, settings))
    found += await _clocks(channels, settings)
    for channel in channels.values():
        await channel.close()
    return found


async def _try(name: ChannelName, channel: Channel, settings: Settings) -> Finding:
    try:
        known_as = await channel.check()
    except SendError as error:
        return Finding("bad", name.value, error.reason)
    if name is ChannelName.SMS:
        if _is_bad_name(settings):
            words = "CARNET_SMS_SENDER : un nom a 11 signes au plus et ne reçoit pas de réponse"
            return Finding("bad", name.value, words)
        way = "les parents peuvent répondre" if settings.sms_can_receive else "sens unique + lien"
        return Finding("ok", name.value, f"{known_as}, expéditeur {settings.sms_sender} ({way})")
    return Finding("ok", name.value, known_as)


async def _bot(bot: FamilyBot, telegram: TelegramLater, settings: Settings) -> list[Finding]:
    """One of the families' bots: its token, its name on cards, and where its answers go."""
    subject = f"telegram {bot.key}".strip()
    try:
        name = await telegram.check()
    except SendError as error:
        return [Finding("bad", subject, error.reason)]
    if bot.name and bot.name.removeprefix("@").casefold() != name.removeprefix("@").casefold():
        words = f"ce robot s'appelle {name} : les cartes mènent à @{bot.name}. Corrigez le nom."
        found = [Finding("warn", subject, words)]
    else:
        found = [Finding("ok", subject, name)]
    if settings.telegram_mode == "webhook":
        found.append(await _webhook(bot, telegram, settings))
    return found


async def _webhook(bot: FamilyBot, telegram: TelegramLater, settings: Settings) -> Finding:
    """Whether Telegram brings the families' answers to us, with our secret."""
    subject, ours = f"webhook Telegram {bot.key}".strip(), webhook_url(settings, bot.key)
    try:
        told = await telegram.registered()
    except SendError as error:
        return Finding("bad", subject, error.reason)
    if not told.url:
        words = "pas encore enregistré : carnet serve l'enregistre en démarrant"
        return Finding("warn", subject, words)
    if told.url != ours:
        words = (
            f"les réponses vont à {told.url} ; relancez carnet serve pour qu'elles aillent à {ours}"
        )
        return Finding("bad", subject, words)
    waiting = f"{told.waiting} en attente"
    if OUR_REFUSAL in told.last_error:
        words = (
            f"nous avons refusé un appel de Telegram : {bot.setting} a changé "
            f"depuis l'enregistrement. Relancez carnet serve ({waiting})."
        )
        return Finding("bad" if told.waiting else "warn", subject, words)
    if told.last_error:
        words = f"{ours} : dernier incident : {told.last_error} ({waiting})"
        return Finding("bad" if told.waiting else "warn", subject, words)
    return Finding("ok", subject, f"{ours} ({waiting})")


async def _clocks(channels: Mapping[ChannelName, Channel], settings: Settings) -> list[Finding]:
    """Whether our clock shows the time of the providers that are on."""
    urls = {
        settings.telegram_api_url: ChannelName.TELEGRAM in channels,
        settings.twilio_api_url: {ChannelName.SMS, ChannelName.WHATSAPP} & set(channels),
    }
    return [
        _clock(urlsplit(url).hostname or url, (wall_clock() - told).total_seconds())
        for url, used in urls.items()
        if used and (told := await time_at(url)) is not None
    ]


def _clock(provider: str, ahead: float) -> Finding:
    seconds = round(abs(ahead))
    if seconds <= MAX_SKEW_SECONDS:
        return Finding("ok", "Horloge", f"à l'heure de {provider}, à {seconds} s près")
    way = "avance" if ahead > 0 else "retarde"
    words = (
        f"l'horloge de cette machine {way} de {seconds} s sur {provider} : rappels et silences se "
        "tromperaient d'autant. Réglez-la (NTP)."
    )
    return Finding("warn", "Horloge", words)


async def _pocket(settings: Settings) -> Finding:
    """The team's robot: its token, and that it is not the families'."""
    subject = "robot de poche"
    if settings.pocket_token is None:
        return Finding("off", subject, "éteint ; pour l'allumer : CARNET_POCKET_TOKEN")
    token = settings.pocket_token.get_secret_value()
    if token in {one.token.get_secret_value() for one in settings.family_bots}:
        words = "CARNET_POCKET_TOKEN : c'est le jeton d'un robot des familles. Il en faut un autre."
        return Finding("bad", subject, words)
    from bot.staff.pocket import name_of

    try:
        name = await name_of(token, settings.telegram_api_url)
    except SendError as error:
        return Finding("bad", subject, error.reason)
    if name != settings.pocket_bot_name.lstrip("@"):
        return Finding("warn", subject, f"CARNET_POCKET_BOT_NAME : ce robot s'appelle {name}")
    return Finding("ok", subject, f"@{name}")


def _is_bad_name(settings: Settings) -> bool:
    """An alphanumeric sender that is too long, or of which answers are expected."""
    sender = settings.sms_sender
    is_name = not sender.lstrip("+").isdigit() and not sender.startswith("MG")
    return is_name and (len(sender) > LONGEST_NAME or settings.sms_can_receive)


def _address(settings: Settings) -> Finding:
    url = settings.public_url
    if url.startswith("https://"):
        return Finding("ok", "Adresse publique", url)
    words = f"{url} : les parents et les fournisseurs ont besoin d'une adresse https://"
    return Finding("warn", "Adresse publique", words)


def _templates(settings: Settings) -> list[Finding]:
    """What WhatsApp may send outside of its window, language by language."""
    subject = "Modèles WhatsApp"
    try:
        by_hand = read_templates(settings.whatsapp_templates)
    except SettingsError as error:
        return [Finding("bad", subject, str(error))]
    account = settings.twilio_account_sid and settings.twilio_auth_token
    if not (settings.whatsapp_sender and account):
        return [Finding("off", subject, "WhatsApp est éteint : aucun n'est nécessaire")]
    try:
        known = _known_templates(settings)
    except SQLAlchemyError:
        return []  # said above, of the database
    found = []
    for language in catalog_languages():
        wanted = [one for one in drafts(settings.association) if one.language == language]
        counted = Counter(
            State.APPROVED
            if language in by_hand.get(one.step, {})
            else known.get((one.signature, language), State.UNSUBMITTED)
            for one in wanted
        )
        found.append(_language(f"{subject} {language}", len(wanted), counted))
    return found


def _machine(settings: Settings) -> Finding:
    """The machine that proposes translations: whether it answers, and in which languages."""
    subject = "Moteur de traduction"
    translator = open_translator(settings)
    if translator is None:
        return Finding("off", subject, "éteint ; pour l'allumer : CARNET_TRANSLATE_URL")
    try:
        known = translator.check()
    except TranslationFailed as failure:
        return Finding("bad", subject, str(failure))
    missing = [one for one in catalog_languages() if one not in known]
    lacks = f" ; il n'écrit pas : {', '.join(missing)}" if missing else ""
    answers = "avec" if settings.translate_answers else "sans"
    words = f"il propose des brouillons, {answers} les réponses des parents{lacks}"
    return Finding("warn" if missing else "ok", subject, words)


def _known_templates(settings: Settings) -> dict[tuple[str, str], State]:
    database = Database(settings.database)
    try:
        with database.read() as db:
            return {key: State(row.state) for key, row in templates.stored(db).items()}
    finally:
        database.close()


def _language(subject: str, wanted: int, counted: Mapping[State, int]) -> Finding:
    approved = counted[State.APPROVED]
    if approved == wanted:
        return Finding("ok", subject, f"les {wanted} sont approuvés")
    others: Counter[str] = Counter()
    for state, number in counted.items():
        if state is not State.APPROVED:
            others[NOT_APPROVED[state]] += number
    words = (
        f"{approved} approuvés sur {wanted} "
        f"({', '.join(f'{number} {name}' for name, number in others.items())}) : "
        "sans eux, un autre canal, ou rien. Voir carnet templates list"
    )
    return Finding("warn", subject, words)
