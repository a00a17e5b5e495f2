"""Segments, by noun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, true, update

from bot.storage.database import insert_row
from bot.storage.tables import centres, segments


def segments_seen(db: Connection, within: int | None) -> Sequence[Row[Any]]:
    """The network's segments, then those of the centres that the reader sees, by name."""
    mine = true() if within is None else segments.c.centre_id == within
    return db.execute(
        select(segments, centres.c.name.label("centre"))
        .outerjoin(centres, centres.c.id == segments.c.centre_id)
        .where(or_(segments.c.centre_id.is_(None), mine))
        .order_by(segments.c.centre_id.is_not(None), centres.c.name, segments.c.name)
    ).all()


def names_of(db: Connection, centre_id: int | None) -> dict[int, str]:
    """The names of a centre's segments, or (None) of the network's, by id."""
    query = select(segments.c.id, segments.c.name)
    rows = db.execute(query.where(segments.c.centre_id.is_not_distinct_from(centre_id)))
    return {row.id: row.name for row in rows}


def insert_segment(
    db: Connection, centre_id: int | None, name: str, wanted: Mapping[str, Any], now: datetime
) -> int:
    """Write one segment; give its id."""
    values = {"centre_id": centre_id, "name": name, "filter": dict(wanted), "created_at": now}
    return insert_row(db, segments, **values)


def set_name(db: Connection, segment_id: int, name: str) -> None:
    """Rename one segment."""
    db.execute(update(segments).where(segments.c.id == segment_id).values(name=name))


def delete_segment(db: Connection, segment_id: int) -> None:
    """Remove one segment."""
    db.execute(delete(segments).where(segments.c.id == segment_id))
