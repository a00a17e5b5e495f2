"""The demonstration's own folder, and Carnet opened on it with simulated phones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from pydantic import SecretStr

from bot.app import Carnet, build
from bot.channels.shapes import SHAPES as REAL
from bot.channels.simulator import Simulator
from bot.demo.families import families
from bot.errors import AddressDead, SendError
from bot.messages import Channel, ChannelName, Shape
from bot.settings import Settings
from bot.storage.database import AloneDatabase, Database

FOLDER = Path("data/demo")
BUILT, DATABASE, KEY, CLOCK = "demo.json", "carnet.db", "carnet.key", "clock"
OURS = (BUILT, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", KEY, CLOCK)

SHAPES: Mapping[ChannelName, Shape] = {  # as the real ones, save WhatsApp's window
    **REAL,
    ChannelName.WHATSAPP: replace(REAL[ChannelName.WHATSAPP], window=False),
}
NEVER_EXISTED = "TIL-019"

EMAIL, PASSWORD = "camille@tilleuls.example", "tilleuls-demo"


def open_house(
    folder: Path, port: int, clock: Callable[[], datetime], *, alone: bool = False
) -> Carnet:
    """Wire Carnet on the folder's database; no account, no credential, no network.

    `alone`: nothing but the story runs in this process.
    """
    settings = settings_of(folder, port)
    kind = AloneDatabase if alone else Database
    database = kind(settings.database, durable=False)
    return build(
        settings, clock=clock, database=database, channels=phones(database, clock), limits={}
    )


def phones(database: Database, clock: Callable[[], datetime]) -> dict[ChannelName, Channel]:
    """The simulated channels; one number never existed."""
    gone = next(one.phones[0] for one in families() if one.reference == NEVER_EXISTED)
    unreachable: dict[str, SendError] = {gone: AddressDead("no such number", code="21211")}
    return {name: Simulator(database, shape, clock, unreachable) for name, shape in SHAPES.items()}


def settings_of(folder: Path, port: int) -> Settings:
    """Settings of the demonstration, whatever the environment says."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        data_folder=folder,
        database_url=f"sqlite:///{folder.absolute() / DATABASE}",
        public_url=f"http://127.0.0.1:{port}",
        association="Ma Chance Moi Aussi",
        secret=_key(folder),
        host="127.0.0.1",
        port=port,
        telegram_token=None,
        telegram_bot_name="",
        twilio_account_sid="",
        twilio_auth_token=None,
        sms_sender="",
        whatsapp_sender="",
        whatsapp_templates=None,
        sms_can_receive=False,
    )


def _key(folder: Path) -> SecretStr:
    """A secret that protects nothing: it opens invented answers."""
    return SecretStr(f"demo {folder.absolute()}")


def built_on(folder: Path) -> date | None:
    """The day whose story the folder holds; None: no story, or half of one."""
    file = folder / BUILT
    if not file.exists() or not (folder / DATABASE).exists():
        return None
    try:
        return date.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["built_on"])
    except (ValueError, KeyError, TypeError):
        return None


def mark_built(folder: Path, today: date) -> None:
    """Say that the story is complete."""
    written = json.dumps({"built_on": today.isoformat()})
    (folder / BUILT).write_text(written, encoding="utf-8")


def clear(folder: Path) -> None:
    """Remove what an earlier run left; nothing else that lies there."""
    for name in OURS:
        (folder / name).unlink(missing_ok=True)
