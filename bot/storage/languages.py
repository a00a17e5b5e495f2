"""Who reads which language, and how often somebody was not written to in theirs."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from bot.storage.tables import contacts, outbox


def readers(db: Connection) -> Counter[str]:
    """The contacts of each language that is known."""
    query = (
        select(contacts.c.language, func.count())
        .where(contacts.c.language.is_not(None), contacts.c.erased_at.is_(None))
        .group_by(contacts.c.language)
    )
    return Counter({row[0]: row[1] for row in db.execute(query)})


def gaps(db: Connection) -> Counter[tuple[str, str]]:
    """The messages of each language beside or instead of which French left, by the reason."""
    query = (
        select(contacts.c.language, outbox.c.gap, func.count())
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.gap != "", contacts.c.language.is_not(None))
        .group_by(contacts.c.language, outbox.c.gap)
    )
    return Counter({(row[0], row[1]): row[2] for row in db.execute(query)})


def unsent(db: Connection) -> Counter[str]:
    """The messages of each language that did not leave because no words were ready in it."""
    query = (
        select(contacts.c.language, func.count())
        .select_from(outbox)
        .join(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.reason == "language_not_ready", contacts.c.language.is_not(None))
        .group_by(contacts.c.language)
    )
    return Counter({row[0]: row[1] for row in db.execute(query)})
