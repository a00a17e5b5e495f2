"""The counts behind what keeps families from coming: one set-based query."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, String, func, literal, select, true

from bot.indicators.obstacles import KINDS, LABELS, Obstacle
from bot.storage.tables import answers, centres, events

BARRIER = "barrier"  # the question's name among the stored answers


def count_obstacles(
    db: Connection,
    first: date,
    last: date,
    *,
    centre_id: int | None = None,
    apart: bool = False,
) -> tuple[Obstacle, ...]:
    """Count reasons about the events between two days, both included, by kind of event.

    `apart`: each centre by itself, else what was asked for together. One answer stands for a
    family and an event: its last. An event belongs to the centre that holds it. Sorted by centre,
    kind and menu line.
    """
    named = apart or centre_id is not None
    newest = func.row_number().over(
        partition_by=(answers.c.family_id, answers.c.event_id),
        order_by=(answers.c.at.desc(), answers.c.id.desc()),
    )
    ranked = (
        select(
            (centres.c.name if named else literal(None, String)).label("centre"),
            events.c.kind,
            answers.c.code,
            answers.c.family_id,
            newest.label("place"),
        )
        .select_from(answers.join(events, events.c.id == answers.c.event_id).join(centres))
        .where(
            answers.c.question == BARRIER,
            answers.c.code.in_(list(LABELS)),
            events.c.on.between(first, last),
            events.c.centre_id == centre_id if centre_id is not None else true(),
        )
        .subquery()
    )
    columns = (ranked.c.centre, ranked.c.kind, ranked.c.code)
    rows = db.execute(
        select(*columns, func.count(), func.count(ranked.c.family_id.distinct()))
        .where(ranked.c.place == 1)
        .group_by(*columns)
    )
    found = [Obstacle(*row) for row in rows]
    kinds, codes = list(KINDS), list(LABELS)
    found.sort(key=lambda one: (one.centre or "", kinds.index(one.kind), codes.index(one.code)))
    return tuple(found)
