"""The centres that a reader may see.

In every room, `centre_id` is what the reader may see; None: every centre.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, true

from bot.storage.console.lines import Centre
from bot.storage.tables import centres, children

ZONE = "Europe/Paris"  # the wall clock of those who belong to no centre


def of_centre(column: ColumnElement[Any], centre_id: int | None) -> ColumnElement[bool]:
    """Rows whose `column` names a centre that the reader may see."""
    return true() if centre_id is None else column == centre_id


def centres_seen(db: Connection, centre_id: int | None) -> tuple[Centre, ...]:
    """The centres that the reader may plan for."""
    rows = db.execute(
        select(centres.c.id, centres.c.name, centres.c.time_zone)
        .where(of_centre(centres.c.id, centre_id))
        .order_by(centres.c.name)
    )
    return tuple(Centre(*row) for row in rows)


def centre_row(db: Connection, centre_id: int) -> Row[Any] | None:
    """One centre, whoever reads; None when there is none."""
    return db.execute(select(centres).where(centres.c.id == centre_id)).first()


def unspoken_names(db: Connection, centre_id: int | None) -> frozenset[str]:
    """First names of children that no message may hold: of a centre that does not name them."""
    rows = db.scalars(
        select(children.c.first_name)
        .join(centres, centres.c.id == children.c.centre_id)
        .where(of_centre(centres.c.id, centre_id), centres.c.names_children.is_(False))
        .distinct()
    )
    return frozenset(rows)
