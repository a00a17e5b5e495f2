"""`carnet doctor`: what is set, what is missing, and whether each provider lets us in."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass

from rich.console import Console
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import ArgumentError

from bot.app import open_channels, wall_clock
from bot.errors import SendError, SettingsError
from bot.messages import Channel, ChannelName
from bot.settings import Settings, read_settings
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import centres, families, staff
from bot.templates import read_templates
from bot.translation import catalog_languages
from bot.watchdog import findings

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
        _address(settings),
        _templates(settings),
        Finding("ok", "Langues des parents", ", ".join(catalog_languages())),
    ]


def _database(settings: Settings) -> list[Finding]:
    try:
        database = Database(settings.database)
        migrate(database)
        with database.read() as db:
            now = wall_clock()
            counted = {
                name: db.scalar(select(func.count()).select_from(table)) or 0
                for name, table in (("centres", centres), ("familles", families))
            }
            accounts = db.scalar(select(func.count()).select_from(staff)) or 0
            watched = findings(db, None, now)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is said in plain words
        return [Finding("bad", "Base de données", f"{_without_password(settings)} : {error}")]
    size = ", ".join(f"{number} {name}" for name, number in counted.items())
    found = [Finding("ok", "Base de données", f"{_without_password(settings)} ({size})")]
    if not accounts:
        found.append(Finding("warn", "Équipe", "aucun compte : carnet staff add ADRESSE"))
    found += [Finding("bad" if one.grave else "warn", "À regarder", one.words) for one in watched]
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
        if channel is None:
            found.append(Finding("off", name.value, f"éteint ; pour l'allumer : {needed}"))
        else:
            found.append(await _try(name, channel, settings))
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


def _templates(settings: Settings) -> Finding:
    try:
        templates = read_templates(settings.whatsapp_templates)
    except SettingsError as error:
        return Finding("bad", "Modèles WhatsApp", str(error))
    if not templates:
        words = "aucun : WhatsApp ne sert que dans les 24 h après un message du parent"
        return Finding("off", "Modèles WhatsApp", words)
    words = ", ".join(f"{step} ({', '.join(sids)})" for step, sids in templates.items())
    return Finding("ok", "Modèles WhatsApp", words)
