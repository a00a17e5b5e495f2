"""Voice notes and pictures, and which event or campaign each belongs to, by language."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, select

from bot.media import Checked
from bot.messages import About, MediaKind
from bot.storage.database import insert_once
from bot.storage.tables import attachments, media, outbox, simulated_messages

Held = tuple[About, str]
"""What a voice note or a picture is attached to: an event or a campaign, in one language."""

_OWING = select(outbox.c.id, outbox.c.contact_id, outbox.c.event_id, outbox.c.campaign_id).where(
    outbox.c.contact_id.in_(bindparam("contacts", expanding=True)), outbox.c.owes_media
)


@dataclass(frozen=True, slots=True)
class Attached:
    """What goes out in one language, without its content."""

    media_id: int
    language: str
    kind: MediaKind
    seconds: int | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A voice note or a picture, whole."""

    id: int
    kind: MediaKind
    mime: str
    content: bytes
    seconds: int | None


def insert_media(db: Connection, checked: Checked, now: datetime) -> int:
    """Keep it, once for the same content; give its id."""
    digest = sha256(checked.content).digest()
    values = {
        "sha256": digest,
        "kind": checked.kind,
        "mime": checked.mime,
        "content": checked.content,
        "seconds": checked.seconds,
        "width": checked.width,
        "height": checked.height,
        "created_at": now,
    }
    made = insert_once(db, media, values)
    if made is not None:
        return made
    return int(db.scalar(select(media.c.id).where(media.c.sha256 == digest)) or 0)


def attach(db: Connection, about: About, language: str, media_id: int) -> None:
    """Let it go out in this language, in place of what did."""
    detach(db, about, language)
    values = {**about._asdict(), "language": language, "media_id": media_id}
    db.execute(attachments.insert().values(values))


def detach(db: Connection, about: About, language: str) -> bool:
    """Let nothing go out in this language; False where nothing did."""
    done = db.execute(delete(attachments).where(*_about(about), attachments.c.language == language))
    return bool(done.rowcount)


def attached(db: Connection, about: About) -> tuple[Attached, ...]:
    """What goes out, by language."""
    rows = db.execute(
        select(
            media.c.id,
            attachments.c.language,
            media.c.kind,
            media.c.seconds,
            media.c.width,
            media.c.height,
        )
        .join(media)
        .where(*_about(about))
        .order_by(attachments.c.language)
    )
    return tuple(
        Attached(row.id, row.language, MediaKind(row.kind), row.seconds, row.width, row.height)
        for row in rows
    )


def is_attached(db: Connection, about: About, media_id: int) -> bool:
    """Whether it goes out with this event or this campaign."""
    query = select(attachments.c.id).where(*_about(about), attachments.c.media_id == media_id)
    return db.execute(query).first() is not None


def stored(db: Connection, media_id: int) -> Stored | None:
    """One, whole; None where it is gone."""
    row = db.execute(select(*_WHOLE).where(media.c.id == media_id)).first()
    return Stored(**_parts(row)) if row is not None else None


def media_for(db: Connection, held: Collection[Held]) -> dict[Held, Stored]:
    """What goes out with these, each content read once for all of them."""
    events = {about.event_id for about, _ in held if about.event_id is not None}
    campaigns = {about.campaign_id for about, _ in held if about.campaign_id is not None}
    if not events and not campaigns:
        return {}
    rows = db.execute(
        select(attachments).where(
            attachments.c.event_id.in_(events) | attachments.c.campaign_id.in_(campaigns)
        )
    )
    found = {(About(row.event_id, row.campaign_id), row.language): row.media_id for row in rows}
    wanted = {one: found[one] for one in held if one in found}
    if not wanted:
        return {}
    whole = db.execute(select(*_WHOLE).where(media.c.id.in_(set(wanted.values()))))
    by_id = {row.id: Stored(**_parts(row)) for row in whole}
    return {one: by_id[media_id] for one, media_id in wanted.items()}


def delete_unused(db: Connection, before: datetime) -> int:
    """Delete what nothing refers to any more and was there before a moment; give how many."""
    done = db.execute(
        delete(media).where(
            media.c.created_at < before,
            ~exists().where(attachments.c.media_id == media.c.id),
            ~exists().where(simulated_messages.c.media_id == media.c.id),
        )
    )
    return done.rowcount


_WHOLE = (media.c.id, media.c.kind, media.c.mime, media.c.content, media.c.seconds)


def _parts(row: Row[Any]) -> dict[str, Any]:
    return row._asdict() | {"kind": MediaKind(row.kind)}


def _about(about: About) -> tuple[Any, ...]:
    return (
        attachments.c.event_id == about.event_id
        if about.event_id is not None
        else attachments.c.campaign_id == about.campaign_id,
    )


def owing_media(db: Connection, contact_ids: Collection[int]) -> Sequence[Row[Any]]:
    """What left for these people without its voice note or picture: id, contact and subject."""
    return db.execute(_OWING, {"contacts": list(contact_ids)}).all()
