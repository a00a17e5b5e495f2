"""`carnet chat`: one parent's simulated phone in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from sqlalchemy import Connection, make_url, select

from bot.app import Carnet, build, wall_clock
from bot.channels.simulator import Simulator
from bot.demo.clock import DemoClock, MovableClock
from bot.demo.house import BUILT, CLOCK, SHAPES, open_house
from bot.demo.living import catch_up, send
from bot.demo.screens import Bubble, Line, bubbles, guardian, latest_text, lines, link_in, menu
from bot.errors import Rejected
from bot.inbox import write_batch
from bot.messages import Address, ChannelName, InboundMessage
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import centres, contacts, outbox, simulated_messages
from bot.translation import hour
from bot.wallclock import local
from bot.web.console.pages import language_name

ZONE = "Europe/Paris"
RECENT = 4  # messages shown when the phone is opened
CHANNELS = {
    ChannelName.SMS: "SMS",
    ChannelName.WHATSAPP: "WhatsApp",
    ChannelName.TELEGRAM: "Telegram",
}


@dataclass(slots=True)
class Phone:
    """The phone in hand. `seen`: the newest message that was shown."""

    carnet: Carnet
    contact_id: int
    console: Console
    seen: int = 0


def run_chat(settings: Settings, family: str, parent: int) -> None:
    """Show a parent's messages and send what is typed; each line of a pipe is one answer."""
    carnet, clock = _open(settings)
    try:
        with carnet.database.read() as db:
            contact_id = guardian(db, family, parent)
        if contact_id is None:
            raise Rejected(f"Aucun parent {parent} dans la famille « {family} ».")
        asyncio.run(_talk(carnet, clock, contact_id, family))
    finally:
        carnet.database.close()


def _open(settings: Settings) -> tuple[Carnet, MovableClock | None]:
    """Open the demonstration, or a database whose messages have only ever been simulated."""
    folder = _demo_folder(settings.database)
    if folder is not None:
        clock = DemoClock(wall_clock, folder / CLOCK)
        return open_house(folder, settings.port, clock), clock
    database = Database(settings.database)
    migrate(database)
    with database.read() as db:
        if not _only_simulated(db):
            raise Rejected(
                "« carnet chat » ne marche que sur des téléphones simulés. Ici il n'y en a pas "
                "encore, ou de vrais messages sont partis. Essayez-le sur la démonstration : "
                "« carnet demo --no-serve »."
            )
    channels = {name: Simulator(database, shape, wall_clock) for name, shape in SHAPES.items()}
    return build(settings, database=database, channels=channels, limits={}), None


def _demo_folder(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    folder = Path(parsed.database).parent
    return folder if (folder / BUILT).exists() else None


def _only_simulated(db: Connection) -> bool:
    """Whether a phone has been simulated here, and no provider has ever been given a message."""
    simulated = db.scalar(select(simulated_messages.c.id).limit(1))
    real = db.scalar(
        select(outbox.c.id)
        .where(outbox.c.provider_id.is_not(None), outbox.c.provider_id.not_like("sim-%"))
        .limit(1)
    )
    return simulated is not None and real is None


async def _talk(carnet: Carnet, clock: MovableClock | None, contact_id: int, family: str) -> None:
    phone = Phone(carnet, contact_id, Console(highlight=False, markup=False, soft_wrap=True))
    await _refresh(carnet, clock)
    typing = sys.stdin.isatty()
    _introduce(phone, family, typing=typing)
    _show(phone, recent=RECENT)
    for text in _typed(phone.console, typing=typing):
        if text:
            _say(phone, text)
            await send(carnet)
        else:
            await _refresh(carnet, clock)
        if not _show(phone) and text:
            phone.console.print("    (Pas de réponse automatique.)")


async def _refresh(carnet: Carnet, clock: MovableClock | None) -> None:
    """Send what is due: in the demonstration its own time has passed, too."""
    if clock is not None:
        await catch_up(carnet, clock)
    else:
        await send(carnet)


def _typed(console: Console, *, typing: bool) -> Iterator[str]:
    while True:
        if typing:
            try:
                yield console.input("> ").strip()
            except (EOFError, KeyboardInterrupt):
                console.print()
                return
        else:
            line = sys.stdin.readline()
            if not line:
                return
            console.print(f"> {line.strip()}")
            yield line.strip()


def _say(phone: Phone, text: str) -> None:
    """Hand one answer over as the phone would: from the number, or through the link in the SMS."""
    with phone.carnet.database.write() as db:
        line = _line(db, phone.contact_id)
        sender = line.address if _reads(db, line) else _behind_the_link(db, line)
        if sender is None:
            phone.console.print("  (Aucun SMS avec un lien sur ce téléphone : rien à répondre.)")
            return
        message = InboundMessage(sender, f"chat-{uuid4().hex}", text)
        for result in write_batch(db, phone.carnet.reach, [message], phone.carnet.clock()):
            if result.error is not None:
                raise result.error


def _behind_the_link(db: Connection, line: Line) -> Address | None:
    token = link_in(latest_text(db, line.address))
    return Address(ChannelName.LINK, token) if token else None


def _reads(db: Connection, line: Line) -> bool:
    """Whether this channel's answers reach us; else the link in the SMS does."""
    if line.address.channel is not ChannelName.SMS:
        return True
    return bool(db.scalar(select(centres.c.sms_can_receive).limit(1)))


def _line(db: Connection, contact_id: int) -> Line:
    """The channel on which this parent heard from us last, among those that work."""
    found = lines(db, contact_id)
    if not found:
        raise Rejected("Ce parent n'a pas de téléphone.")
    working = [one for one in found if one.dead_reason is None] or list(found)
    return max(working, key=lambda one: _heard_at(db, one))


def _heard_at(db: Connection, line: Line) -> float:
    shown = bubbles(db, line)
    return shown[-1].at.timestamp() if shown else 0


def _introduce(phone: Phone, family: str, *, typing: bool) -> None:
    with phone.carnet.database.read() as db:
        line = _line(db, phone.contact_id)
        person = db.execute(select(contacts).where(contacts.c.id == phone.contact_id)).one()
        reads = _reads(db, line)
    language = language_name(person.language) or "langue inconnue"
    channel = CHANNELS.get(line.address.channel, line.address.channel)
    phone.console.print(f"{person.name}, {family}, {language}, {channel} (téléphone simulé)")
    if line.dead_reason:
        phone.console.print("Ce téléphone ne reçoit plus rien.")
    if not reads:
        phone.console.print(
            "Ce numéro ne lit pas les SMS : vos réponses passent par la page du lien."
        )
    if typing:
        phone.console.print("Entrée sans texte : actualiser. Ctrl-D : partir.")
    phone.console.print()


def _show(phone: Phone, recent: int | None = None) -> int:
    """Print what has arrived since the last time; give how many messages."""
    with phone.carnet.database.read() as db:
        shown = bubbles(db, _line(db, phone.contact_id))
        new = shown[-recent:] if recent else tuple(one for one in shown if _is_new(phone, one))
        for one in new:
            _print(phone, one, menu(db, one.outbox_id) if one.outbox_id else ())
    phone.seen = max((one.outbox_id or 0 for one in shown), default=phone.seen)
    return len(new)


def _is_new(phone: Phone, one: Bubble) -> bool:
    return one.outbox_id is not None and one.outbox_id > phone.seen


def _print(phone: Phone, one: Bubble, offered: tuple[tuple[str, str], ...]) -> None:
    at = _at(one.at)
    if one.mine:
        phone.console.print(f"{at}  > {one.text}")
        return
    where = " (page du lien)" if one.page else ""
    phone.console.print(f"{at}{where}")
    for line in one.text.splitlines():
        phone.console.print(f"    {line}")
    answers = [key if key == label else f"{key} {label}" for key, label in offered]
    if answers and f"\n{answers[0]}" not in one.text:
        phone.console.print(f"    [{'] ['.join(answers)}]")


def _at(at: datetime) -> str:
    here = local(at, ZONE)
    return f"{here:%d/%m} {hour(here.time(), 'fr')}"
