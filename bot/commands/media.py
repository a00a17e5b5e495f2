"""`carnet event media` and `carnet campaign media`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Connection

from bot.attachments import attach_media, remove_media
from bot.errors import Rejected
from bot.media import MOST_BYTES, spoken_length
from bot.messages import About, MediaKind
from bot.storage.console.campaigns import campaign_line
from bot.storage.console.events import event_line
from bot.storage.database import Database
from bot.storage.media import Attached, attached
from bot.web.console.pages import language_name


def run_media(
    database: Database,
    about: About,
    now: datetime,
    *,
    language: str = "",
    file: Path | None = None,
    remove: bool = False,
    as_json: bool,
) -> None:
    """Add, replace or remove what goes out in one language; else show what goes out."""
    if (file is not None or remove) and not language:
        raise Rejected("Dites pour quelle langue : --language ar, par exemple.")
    if file is not None and remove:
        raise Rejected("Choisissez : --file pour mettre un fichier, ou --remove pour le retirer.")
    if language and file is None and not remove:
        raise Rejected("Dites quel fichier : --file note.ogg, ou --remove pour retirer.")
    data = _read(file) if file is not None else b""
    with database.write() as db:
        _check(db, about)
        if file is not None:
            attach_media(db, about, language, data, now)
        elif remove:
            remove_media(db, about, language)
        held = attached(db, about)
    if as_json:
        print(json.dumps([_as_json(one) for one in held], ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for one in held:
        console.print(f"{language_name(one.language)} : {_described(one)}")
    if not held:
        console.print("Ni note vocale ni image.")


def _read(file: Path) -> bytes:
    """The file, unless it is far too large to be one of ours."""
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Rejected(f"Fichier illisible : {file} ({error.strerror}).") from error


def _check(db: Connection, about: About) -> None:
    if about.event_id is not None and event_line(db, None, about.event_id) is None:
        raise Rejected(f"Aucun événement ne porte le numéro {about.event_id}.")
    if about.campaign_id is not None:
        line = campaign_line(db, None, about.campaign_id)
        if line is None or line.kind != "announcement":
            raise Rejected(f"Aucune annonce ne porte le numéro {about.campaign_id}.")


def _described(one: Attached) -> str:
    if one.kind is MediaKind.VOICE:
        return f"note vocale, {spoken_length(one.seconds or 0)}"
    return f"image, {one.width} sur {one.height}"


def _as_json(one: Attached) -> dict[str, Any]:
    return {
        "language": one.language,
        "kind": one.kind,
        "seconds": one.seconds,
        "width": one.width,
        "height": one.height,
    }
