"""WhatsApp templates: what was submitted, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.storage.database import insert_of
from bot.storage.tables import templates
from bot.templates import Draft, State

Approved = Mapping[tuple[str, str], Mapping[str, str]]
"""ContentSid by step and language, then by signature."""

_ALL = select(templates).order_by(templates.c.id)
_APPROVED = select(
    templates.c.step, templates.c.language, templates.c.signature, templates.c.content_sid
).where(templates.c.state == State.APPROVED)


def stored(db: Connection) -> dict[tuple[str, str], Row[Any]]:
    """Every template that we know of, by signature and language."""
    return {(row.signature, row.language): row for row in db.execute(_ALL)}


def approved(db: Connection) -> Approved:
    """Those that may be sent."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in db.execute(_APPROVED):
        found.setdefault((row.step, row.language), {})[row.signature] = row.content_sid
    return found


def save(
    db: Connection,
    draft: Draft,
    content_sid: str,
    category: str,
    state: State,
    reason: str,
    now: datetime,
) -> None:
    """Write down where a template stands; the row of the same words is the same row."""
    changing = {
        "content_sid": content_sid,
        "name": draft.name,
        "category": category,
        "state": state,
        "reason": reason,
        "updated_at": now,
    }
    insert = insert_of(db)(templates).values(
        step=draft.step, language=draft.language, signature=draft.signature, **changing
    )
    key: Sequence[str] = ("signature", "language")
    db.execute(insert.on_conflict_do_update(index_elements=key, set_=changing))


def forget(db: Connection, template_id: int) -> None:
    """Forget a template that the provider does not know any more."""
    db.execute(templates.delete().where(templates.c.id == template_id))


def set_state(db: Connection, template_id: int, values: Mapping[str, Any]) -> None:
    """Write down what the provider says of a template now."""
    db.execute(templates.update().where(templates.c.id == template_id).values(**values))
