"""A private copy of the database, and what was written into it since."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, select, union

from bot.errors import Rejected
from bot.storage.database import AloneDatabase, Database
from bot.storage.outbox import OPEN
from bot.storage.schema import migrate
from bot.storage.tables import (
    campaign_families,
    centres,
    contacts,
    event_texts,
    families,
    invitations,
    offers,
    outbox,
)

MANY = 500  # ids in one query


@dataclass(frozen=True, slots=True)
class Standing:
    """What the outbox held at a moment: its last row, and the rows that had still to leave."""

    last_id: int
    open_ids: tuple[int, ...]


def copy_of(source: Database, file: Path) -> AloneDatabase:
    """Copy a database into a new file, its tables up to date; the source stays as it is.

    Raises Rejected for another database than SQLite.
    """
    check_copied(source.url)
    with closing(sqlite3.connect(file)) as target:
        opened = source.engine.raw_connection()
        try:
            driver: Any = opened.driver_connection
            driver.backup(target)
        finally:
            opened.close()
    copy = AloneDatabase(f"sqlite:///{file}", durable=False)
    migrate(copy)
    return copy


def check_copied(url: str) -> None:
    """Refuse, in French, the address of a database that cannot be copied. Raises Rejected."""
    if not url.startswith("sqlite"):
        raise Rejected(
            "La répétition se joue sur une copie privée, que Carnet sait faire d'une base SQLite "
            "seulement. Avec votre base, ouvrez un événement dans les pages : tout ce qui partira "
            "pour lui y est écrit, avec l'heure."
        )


def standing(db: Connection) -> Standing:
    """What the outbox holds now."""
    last_id = db.scalar(select(func.max(outbox.c.id))) or 0
    open_ids = db.scalars(select(outbox.c.id).where(outbox.c.state.in_(OPEN))).all()
    return Standing(last_id, tuple(open_ids))


def written_since(db: Connection, before: Standing) -> list[Row[Any]]:
    """Every row that was decided or had still to leave since then, with the words around it."""
    query = (
        select(
            outbox.c.id,
            outbox.c.key,
            outbox.c.centre_id,
            outbox.c.event_id,
            outbox.c.purpose,
            outbox.c.step,
            outbox.c.due_at,
            outbox.c.state,
            outbox.c.reason,
            outbox.c.next_attempt_at,
            outbox.c.sent_at,
            outbox.c.channel,
            outbox.c.language,
            outbox.c.segments,
            outbox.c.body,
            centres.c.name.label("centre"),
            centres.c.time_zone,
            families.c.reference,
            contacts.c.rank,
            contacts.c.language.label("wanted"),
            event_texts.c.title,
        )
        .outerjoin(centres, centres.c.id == outbox.c.centre_id)
        .outerjoin(families, families.c.id == outbox.c.family_id)
        .outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
        .outerjoin(
            event_texts, (event_texts.c.event_id == outbox.c.event_id) & event_texts.c.original
        )
    )
    rows = list(db.execute(query.where(outbox.c.id > before.last_id)))
    for first in range(0, len(before.open_ids), MANY):
        rows += db.execute(query.where(outbox.c.id.in_(before.open_ids[first : first + MANY])))
    return rows


def held_back(db: Connection) -> Sequence[Row[Any]]:
    """The rows that wait, and why."""
    return db.execute(
        select(outbox.c.id, outbox.c.reason).where(outbox.c.state.in_(OPEN), outbox.c.reason != "")
    ).all()


def next_offer_end(db: Connection) -> datetime | None:
    """When the next offer of a freed place ends: it then goes to another family."""
    at: datetime | None = db.scalar(select(func.min(offers.c.expires_at)).where(offers.c.live))
    return at


def told_since(db: Connection, since: datetime) -> Sequence[datetime]:
    """The moments since then at which families were first told of an event or a campaign."""
    query = union(
        select(invitations.c.invited_at).where(invitations.c.invited_at > since),
        select(campaign_families.c.told_at).where(campaign_families.c.told_at > since),
    )
    return db.scalars(query).all()


def budgets(db: Connection) -> Sequence[Row[Any]]:
    """The centres, with their hours and budgets."""
    return db.execute(select(centres).order_by(centres.c.name)).all()
