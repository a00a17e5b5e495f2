"""What was said with somebody who may be in danger, for those who take care of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from bot.storage.console.centres import ZONE
from bot.storage.console.lines import Exchange
from bot.storage.console.messages import as_heard, as_said
from bot.storage.console.waiting import OF_WHOM
from bot.storage.tables import alarms, contacts, inbound, outbox, tasks

MOST = 50


@dataclass(frozen=True, slots=True)
class Guarded:
    """One task with all that its page shows: who, what was heard, what was said."""

    row: Row[Any]
    time_zone: str
    heard: tuple[Row[Any], ...]  # alarms, the latest first
    exchanges: tuple[Exchange, ...]  # the latest first


def guarded(db: Connection, task_id: int) -> Guarded | None:
    """Everything of one task; whoever asks has checked that it may be read."""
    row = db.execute(OF_WHOM.where(tasks.c.id == task_id)).first()
    if row is None:
        return None
    heard = db.execute(
        select(alarms).where(alarms.c.task_id == task_id).order_by(alarms.c.id.desc())
    ).all()
    theirs = db.execute(_of(inbound, row, inbound.c.at)).all()
    ours = db.execute(_of(outbox, row, outbox.c.created_at)).all()
    said = [*map(as_heard, theirs), *map(as_said, ours)]
    exchanges = tuple(sorted(said, key=lambda one: one.at, reverse=True)[:MOST])
    return Guarded(row, row.time_zone or ZONE, tuple(heard), exchanges)


def _of(messages: Any, task: Row[Any], at: Any) -> Any:
    """The messages of whoever a task is about, and what else its alarm guards."""
    if task.contact_id is not None:
        mine = messages.c.contact_id == task.contact_id
    else:
        stranger = messages.c.contact_id.is_(None)
        mine = and_(stranger, messages.c.address_id == task.address_id)
    if messages is inbound:
        mine = or_(mine, inbound.c.guarded_by == task.id)
    named = select(messages, contacts.c.name).outerjoin(
        contacts, contacts.c.id == messages.c.contact_id
    )
    return named.where(mine).order_by(at.desc(), messages.c.id.desc()).limit(MOST)
