"""The team's own voice, or a picture, beside an event's invitation or an announcement."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile

from bot.attachments import attach_media, remove_media
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.media import MOST_BYTES, spoken_length
from bot.storage import media as stored
from bot.storage.console.media import families_by_language
from bot.web.bodies import TooLarge, limited
from bot.web.console.subjects import open_subject, subject_of
from bot.web.console.visit import (
    Coordinator,
    Form,
    FormTooOld,
    NotHere,
    Page,
    Visit,
    see_other,
    show,
    text,
)
from bot.web.media import file_response

router = APIRouter(route_class=Page)

FORM_BYTES = 100_000  # what a form weighs beside its file
DRAINED_BYTES = 100_000_000  # read and thrown away, so that the refusal is seen
TOO_LARGE = "Le fichier est trop lourd : 15 Mo au plus pour une photo, 2 Mo pour une note vocale."


@dataclass(frozen=True, slots=True)
class Voice:
    """One language of the page; `families` hear it."""

    language: str
    families: int
    attached: stored.Attached | None

    @property
    def length(self) -> str:
        """How long the voice note is, as people say it."""
        return spoken_length(self.attached.seconds or 0) if self.attached is not None else ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form brought, or why it was not read."""

    data: bytes = b""
    refusal: str = ""


async def uploaded(visit: Coordinator, request: Request) -> Upload:
    """The file of one of our forms, from somebody who is signed in. Raises FormTooOld."""
    sent = limited(request, MOST_BYTES + FORM_BYTES, drained=DRAINED_BYTES)
    try:
        async with sent.form(max_files=1, max_fields=4) as form:
            given = text(form, "form_token")
            if not compare_digest(given.encode(), visit.staff.form_token.encode()):
                raise FormTooOld
            file = form.get("file")
            return Upload(await file.read() if isinstance(file, UploadFile) else b"")
    except TooLarge:
        return Upload(refusal=TOO_LARGE)


Sent = Annotated[Upload, Depends(uploaded)]


@router.get("/events/{number}/media")
@router.get("/campaigns/{number}/media")
def media_page(visit: Coordinator, number: int) -> Response:
    """Every language: what goes out in it, and the form to change that."""
    return _page(visit, number)


@router.get("/events/{number}/media/{media_id}")
@router.get("/campaigns/{number}/media/{media_id}")
def media_file(visit: Coordinator, request: Request, number: int, media_id: int) -> Response:
    """One of them, to be seen or heard by the team."""
    with visit.context.database.read() as db:
        about = subject_of(db, visit, number).about
        found = stored.stored(db, media_id) if stored.is_attached(db, about, media_id) else None
    if found is None:
        raise NotHere
    return file_response(found, request.headers.get("range", ""), "no-store")


@router.post("/events/{number}/media/{language}")
@router.post("/campaigns/{number}/media/{language}")
def add(visit: Coordinator, upload: Sent, number: int, language: str) -> Response:
    """Let the file go out in this language, in place of what did."""
    if upload.refusal:
        return _page(visit, number, refusal=upload.refusal, refused=language)
    try:
        with visit.context.database.write() as db:
            subject = open_subject(db, visit, number)
            attach_media(db, subject.about, language, upload.data, visit.now)
    except Rejected as refusal:
        return _page(visit, number, refusal=str(refusal), refused=language)
    return see_other(f"{subject.path}/media#{language}")


@router.post("/events/{number}/media/{language}/remove")
@router.post("/campaigns/{number}/media/{language}/remove")
def remove(visit: Coordinator, _form: Form, number: int, language: str) -> Response:
    """Let nothing go out in this language."""
    try:
        with visit.context.database.write() as db:
            subject = open_subject(db, visit, number)
            remove_media(db, subject.about, language)
    except Rejected as refusal:
        return _page(visit, number, refusal=str(refusal), refused=language)
    return see_other(f"{subject.path}/media#{language}")


def _page(visit: Visit, number: int, *, refusal: str = "", refused: str = "") -> Response:
    with visit.context.database.read() as db:
        subject = subject_of(db, visit, number)
        heard = families_by_language(db, subject.about)
        held = {one.language: one for one in stored.attached(db, subject.about)}
    languages = dict.fromkeys((*heard, *held, *LANGUAGES))
    voices = [Voice(one, heard.get(one, 0), held.get(one)) for one in languages]
    wanted = [one for one in voices if one.families or one.attached or one.language == refused]
    return show(
        visit,
        "media.html",
        status=400 if refusal else 200,
        subject=subject,
        voices=wanted,
        others=[one for one in voices if one not in wanted],
        refusal=refusal,
        refused_language=refused,
    )
