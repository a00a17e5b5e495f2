"""Alembic's entry: run migrations on the connection that `bot.storage.schema` lends."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from bot.storage.tables import metadata
from bot.storage.types import Instant


def plain(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column type as what it is in the database: migrations import nothing of ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_item=plain)
with context.begin_transaction():
    context.run_migrations()
