"""What leaves: each row decided once, found again and changed; the promise to send, by noun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from bot.messages import DeliveryState, Purpose, Say
from bot.storage.database import insert_of, insert_once
from bot.storage.says import dump_say
from bot.storage.tables import outbox

OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)

# Built once: building a statement costs more than SQLite takes to run it.
_SET_ROW = update(outbox).where(outbox.c.id == bindparam("outbox_id"))
_ROWS = select(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))


def insert_one(
    db: Connection,
    *,
    key: str,
    purpose: Purpose,
    says: Sequence[Say],
    now: datetime,
    state: DeliveryState = DeliveryState.WAITING,
    **columns: Any,
) -> int:
    """Write one promise to send; give its id, also when it stood there already."""
    values = {
        "key": key,
        "purpose": purpose,
        "says": [dump_say(one) for one in says],
        "state": state,
        "due_at": now,
        "next_attempt_at": now,
        "created_at": now,
        **columns,
    }
    made = insert_once(db, outbox, values)
    if made is not None:
        return made
    return int(db.scalar(select(outbox.c.id).where(outbox.c.key == key)) or 0)


def insert_many(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many decided rows; those whose key stands there already are left alone."""
    if rows:
        db.execute(insert_of(db)(outbox).on_conflict_do_nothing(), list(rows))


def set_row(db: Connection, outbox_id: int, **values: Any) -> None:
    """Change one row."""
    db.execute(_SET_ROW, {"outbox_id": outbox_id, **values})


def set_later(db: Connection, outbox_id: int, at: datetime, reason: str) -> None:
    """Hold one row until a moment, saying why."""
    set_row(db, outbox_id, next_attempt_at=at, reason=reason, lease_until=None)


def set_refused(db: Connection, outbox_id: int, reason: str) -> None:
    """This row will never leave; the reason is a code."""
    set_row(db, outbox_id, state=DeliveryState.REFUSED, reason=reason, lease_until=None)


def row(db: Connection, outbox_id: int) -> Row[Any] | None:
    """One row as it stands now."""
    return rows(db, [outbox_id]).get(outbox_id)


def rows(db: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Several rows as they stand now, by id."""
    return {one.id: one for one in db.execute(_ROWS, {"ids": ids})} if ids else {}


def awaken_held(db: Connection, reason: str, now: datetime) -> None:
    """What waits for this reason is looked at again at once."""
    db.execute(
        update(outbox)
        .where(outbox.c.state == DeliveryState.WAITING, outbox.c.reason == reason)
        .values(next_attempt_at=now)
    )
