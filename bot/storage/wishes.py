"""What households wish, by noun."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.storage.tables import contacts, families, family_tags


def guardians(db: Connection, family_id: int) -> dict[int, Row[Any]]:
    """The guardians of a family whose details stand, by rank."""
    query = select(contacts.c.id, contacts.c.rank, contacts.c.no_contact).where(
        contacts.c.family_id == family_id, contacts.c.erased_at.is_(None)
    )
    return {row.rank: row for row in db.execute(query)}


def set_guardians(db: Connection, family_id: int, first_rank: int | None, both: bool) -> None:
    """Write who is written to first, and whether both are."""
    db.execute(
        update(families)
        .where(families.c.id == family_id)
        .values(first_rank=first_rank, both_guardians=both)
    )


def forget_first(db: Connection, family_id: int, contact_id: int) -> None:
    """Where this guardian was written to first, nobody is any more in particular."""
    rank = select(contacts.c.rank).where(contacts.c.id == contact_id).scalar_subquery()
    db.execute(
        update(families)
        .where(families.c.id == family_id, families.c.first_rank == rank)
        .values(first_rank=None)
    )


def set_tags(db: Connection, family_id: int, tags: Iterable[str]) -> None:
    """Give a family exactly these tags."""
    wanted = set(tags)
    mine = family_tags.c.family_id == family_id
    known = set(db.scalars(select(family_tags.c.tag).where(mine)))
    if known - wanted:
        db.execute(delete(family_tags).where(mine, family_tags.c.tag.in_(known - wanted)))
    for tag in sorted(wanted - known):
        db.execute(insert(family_tags).values(family_id=family_id, tag=tag))
