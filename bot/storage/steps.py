"""Planned steps as rows: of an event, of a campaign, of a centre's own plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Row, Table, insert

from bot.messages import Purpose
from bot.plans import Condition, PlannedStep


def insert_steps(
    db: Connection, table: Table, planned: Iterable[PlannedStep], **owner: Any
) -> None:
    """Write a plan; `owner` says whose it is."""
    rows = [owner | asdict(step) for step in planned]
    if rows:
        db.execute(insert(table), rows)


def step_of(row: Row[Any]) -> PlannedStep:
    """The step behind its row."""
    values: dict[str, Any] = {one.name: getattr(row, one.name) for one in fields(PlannedStep)}
    purpose, condition = Purpose(row.purpose), Condition(row.condition)
    return PlannedStep(**values | {"purpose": purpose, "condition": condition})
