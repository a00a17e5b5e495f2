"""Voice notes and pictures for whoever holds their address: a provider, a parent's browser.

An address is signed and expires. What it opens never changes, so that a browser may keep it; who
plays it on an iPhone asks for it piece by piece.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.link import media_of_token, media_token
from bot.deployment import Deployment
from bot.media import heard_in
from bot.messages import About, MediaKind
from bot.storage.media import Stored, attached, stored
from bot.web.context import context_of

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
KEPT = "private, max-age=86400, immutable"
NAMES = {
    "image/jpeg": "image.jpg",
    "audio/ogg": "message.ogg",
    "audio/mpeg": "message.mp3",
    "audio/mp4": "message.m4a",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A voice note or a picture as a page shows it; `path` is on our own host."""

    path: str
    is_voice: bool
    width: int | None
    height: int | None


def seen_by(
    db: Connection, deployment: Deployment, about: About, language: str | None, now: datetime
) -> Seen | None:
    """What goes with an event or an announcement in a parent's own language; None: nothing does.

    The path is the same all day, so that a page which is opened again loads nothing again.
    """
    if about.event_id is None and about.campaign_id is None:
        return None
    for one in attached(db, about):
        if one.language == heard_in(language):
            until = datetime.combine(now.date(), time(), UTC) + timedelta(days=2)
            token = media_token(deployment.key, one.media_id, until)
            return Seen(f"/m/{token}", one.kind is MediaKind.VOICE, one.width, one.height)
    return None


async def show(request: Request) -> Response:
    """Give the file, or the piece of it that is asked for."""
    context = context_of(request)
    now = context.clock()
    media_id = media_of_token(context.deployment.key, request.path_params["token"], now)
    found = None
    if media_id is not None:
        wanted = media_id
        found = await context.database.reading(lambda db: stored(db, wanted))
    if found is None:
        return PlainTextResponse("404", 404, HEADERS | {"Cache-Control": "no-store"})
    return file_response(found, request.headers.get("range", ""), KEPT)


MEDIA_ROUTES = [Route("/m/{token}", show, methods=["GET"])]


def file_response(found: Stored, wanted: str, cached: str) -> Response:
    """The whole file, or the one piece that a Range header wants; 416 where there is no such."""
    headers = HEADERS | {
        "Accept-Ranges": "bytes",
        "Cache-Control": cached,
        "Content-Disposition": f'inline; filename="{NAMES[found.mime]}"',
    }
    match = RANGE.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        return Response(found.content, 200, headers, found.mime)
    size = len(found.content)
    first, last = _piece(match[1], match[2], size)
    if first >= size or last < first:
        return Response(None, 416, headers | {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(found.content[first : last + 1], 206, headers, found.mime)


def _piece(first: str, last: str, size: int) -> tuple[int, int]:
    """The first and the last byte; without a first one, the last so many are wanted."""
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
