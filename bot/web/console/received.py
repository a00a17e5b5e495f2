"""What a parent sent beside words, opened: fetched from the provider each time, kept nowhere."""

from __future__ import annotations

import mimetypes

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.errors import SendError
from bot.messages import Address, ChannelName
from bot.storage.alarms import What, may_read, note
from bot.storage.console.received import file_seen
from bot.web.console.visit import Coordinator, NotHere, Page, Visit, show

router = APIRouter(route_class=Page)

SHOWN = frozenset(  # what a browser shows without running anything; all else is saved
    (
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/amr",
        "video/mp4",
        "video/webm",
        "video/3gpp",
    )
)
SAVED = "application/octet-stream"
POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


@router.get("/received/{inbound_id}")
async def received(visit: Coordinator, inbound_id: int) -> Response:
    """Show or save one file that a parent sent."""
    context = visit.context
    file = await context.database.reading(lambda db: file_seen(db, visit.centre_id, inbound_id))
    if file is None:
        raise NotHere
    if file.guarded_by is not None:
        await context.database.writing(lambda db: _open_guarded(db, visit, file.guarded_by))
    sender = Address(ChannelName(file.channel), file.value)
    try:
        found = await context.fetch_media(sender, file.media_ref)
    except SendError as error:
        return show(visit, "received_not_shown.html", status=502, reason=error.reason)
    kind = found.content_type.partition(";")[0].strip().lower()
    way = "inline" if kind in SHOWN else "attachment"
    name = f"{file.media or 'fichier'}-{inbound_id}{mimetypes.guess_extension(kind) or ''}"
    return Response(
        found.body,
        media_type=kind if way == "inline" or kind == "application/pdf" else SAVED,
        headers={
            "Content-Disposition": f'{way}; filename="{name}"',
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def _open_guarded(db: Connection, visit: Visit, task_id: int) -> None:
    """Note who opens it. Raises NotHere for who may not."""
    person = visit.staff
    if not may_read(db, visit.reader, task_id):
        raise NotHere
    note(db, person.id, What.FILE, visit.now, task_id=task_id)
