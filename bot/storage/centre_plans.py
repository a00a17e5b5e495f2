"""Centres' own plans of outreach, in place of the house's, by noun."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from bot.plans import PlannedStep
from bot.storage.steps import insert_steps, step_of
from bot.storage.tables import centre_steps


def own_steps(db: Connection, centre_id: int, kind: str) -> tuple[PlannedStep, ...]:
    """A centre's own plan for a kind of event, as it was written; empty: it has none."""
    query = select(centre_steps).where(
        centre_steps.c.centre_id == centre_id, centre_steps.c.kind == kind
    )
    return tuple(step_of(row) for row in db.execute(query.order_by(centre_steps.c.id)))


def replace_steps(
    db: Connection, centre_id: int, kind: str, planned: Iterable[PlannedStep]
) -> None:
    """Write a centre's own plan for a kind of event in place of the one it had; none: the house's
    holds again."""
    db.execute(
        delete(centre_steps).where(
            centre_steps.c.centre_id == centre_id, centre_steps.c.kind == kind
        )
    )
    insert_steps(db, centre_steps, planned, centre_id=centre_id, kind=kind)
