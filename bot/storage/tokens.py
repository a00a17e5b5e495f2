"""Link tokens: what each private link opens, kept by its hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.storage.database import insert_of
from bot.storage.tables import link_tokens


def insert_many(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the hashes of link tokens; the same token again only moves its expiry."""
    if not rows:
        return
    statement = insert_of(db)(link_tokens)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[link_tokens.c.token_hash],
            set_={"expires_at": statement.excluded.expires_at},
        ),
        list(rows),
    )


def find(db: Connection, token_hash: bytes) -> Row[Any] | None:
    """What a link token opens, expired or not."""
    return db.execute(select(link_tokens).where(link_tokens.c.token_hash == token_hash)).first()
