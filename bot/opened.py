"""What a private link opens: for whom, and which conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.link import hash_token
from bot.storage import contacts, conversations, tokens


def opened_by(db: Connection, token: str, now: datetime) -> tuple[Row[Any], Row[Any]] | None:
    """The row of a token and whom it is for; None where it opens nothing, or nothing any more."""
    row = tokens.find(db, hash_token(token))
    if row is None or row.expires_at <= now:
        return None
    person = contacts.person(db, row.contact_id)
    return None if person is None or person.erased_at is not None else (row, person)


def owner_of_old(db: Connection, token: str) -> Row[Any] | None:
    """Whose link this was, so that the page can name the centre; None for what we never sent."""
    row = tokens.find(db, hash_token(token))
    person = contacts.person(db, row.contact_id) if row is not None else None
    return None if person is None or person.erased_at is not None else person


def shown_by(db: Connection, row: Row[Any], now: datetime) -> tuple[Row[Any] | None, ...]:
    """The conversations that a token's page shows: what was asked back comes first."""
    asked_back = conversations.asking_back(db, row.address_id, row.contact_id, now)
    first = () if asked_back is None else (asked_back,)
    if not row.conversation_id:
        return (*first, None)
    own = conversations.conversation(db, row.conversation_id)
    return (*first, own, *conversations.told_beside(db, row.conversation_id))
