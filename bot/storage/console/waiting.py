"""Parents who wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from bot.messages import DeliveryState
from bot.storage.console.centres import ZONE
from bot.storage.console.events import titled
from bot.storage.console.lines import Exchange, Waiting
from bot.storage.console.messages import as_heard_by_all, as_said_to_all
from bot.storage.tables import (
    addresses,
    centres,
    contacts,
    families,
    inbound,
    outbox,
    staff,
    tasks,
)
from bot.storage.tasks import SAFEGUARDING

PER_EXCHANGE = 6
MAY_ARRIVE = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.SENT)

OF_WHOM = (  # tasks, whoever they are about, and who took them
    select(
        tasks,
        centres.c.name.label("centre"),
        centres.c.time_zone,
        families.c.reference,
        contacts.c.name,
        contacts.c.language,
        addresses.c.channel,
        addresses.c.value,
        staff.c.name.label("taken_name"),
    )
    .join(addresses, addresses.c.id == tasks.c.address_id)
    .outerjoin(centres, centres.c.id == tasks.c.centre_id)
    .outerjoin(families, families.c.id == tasks.c.family_id)
    .outerjoin(contacts, contacts.c.id == tasks.c.contact_id)
    .outerjoin(staff, staff.c.id == tasks.c.taken_by)
)


def waiting_parents(db: Connection, centre_id: int | None) -> tuple[Waiting, ...]:
    """Parents who wait for a person, the one who waits longest first."""
    query = (
        OF_WHOM.add_columns(outbox.c.state.label("message_state"))
        .outerjoin(outbox, outbox.c.id == tasks.c.outbox_id)
        .where(open_tasks(centre_id))
        .order_by(tasks.c.opened_at, tasks.c.id)
    )
    rows = db.execute(titled(query, tasks.c.event_id)).all()
    exchanges = _exchanges(db, centre_id)
    return tuple(
        Waiting(
            task_id=row.id,
            reason=row.reason,
            opened_at=row.opened_at,
            answered_at=row.answered_at,
            time_zone=row.time_zone or ZONE,
            centre=row.centre or "",
            family_id=row.family_id,
            reference=row.reference or "",
            name=row.name or "",
            language=row.language,
            channel=row.channel,
            value=row.value,
            event_id=row.event_id,
            event=row.title,
            exchanges=exchanges.get(row.id, ()) if row.reason != SAFEGUARDING else (),
            taken_at=row.taken_at,
            taken_by=row.taken_name or "",
            unsure=row.message_state in MAY_ARRIVE,
        )
        for row in rows
    )


def waits(db: Connection, centre_id: int | None, task_id: int) -> bool:
    """Whether this parent still waits, and the reader may answer."""
    return bool(db.scalar(select(exists().where(tasks.c.id == task_id, open_tasks(centre_id)))))


def how_many_wait(db: Connection, centre_id: int | None) -> int:
    """How many parents wait for a person."""
    return int(db.scalar(select(func.count()).where(open_tasks(centre_id))) or 0)


def open_tasks(centre_id: int | None) -> ColumnElement[bool]:
    """Parents who wait for a person, and whom the reader may see."""
    return and_(tasks.c.closed_at.is_(None), _mine(centre_id))


def _mine(centre_id: int | None) -> ColumnElement[bool]:
    """A stranger belongs to no centre: only those who see all of them see them, or the only one."""
    if centre_id is None:
        return true()
    only_one = select(func.count()).select_from(centres).scalar_subquery() == 1
    return or_(tasks.c.centre_id == centre_id, and_(tasks.c.centre_id.is_(None), only_one))


def _exchanges(db: Connection, centre_id: int | None) -> dict[int, tuple[Exchange, ...]]:
    """The last messages with every parent who waits, in order, by task."""
    found: dict[int, list[Exchange]] = {}
    for row in db.execute(_latest(inbound, inbound.c.at, centre_id)):
        found.setdefault(row.task_id, []).append(as_heard_by_all(row))
    for row in db.execute(_latest(outbox, outbox.c.created_at, centre_id)):
        if row.merged_into is None or row.sent_at is None:  # else it is in its carrier's words
            found.setdefault(row.task_id, []).append(as_said_to_all(row))
    return {
        task_id: tuple(sorted(said, key=lambda one: one.at)[-PER_EXCHANGE:])
        for task_id, said in found.items()
    }


def _latest(
    messages: FromClause, at: ColumnElement[datetime], centre_id: int | None
) -> Select[Any]:
    """The last messages of the contact who waits, or of a stranger's address.

    Others may share the address: what they wrote is not shown.
    """
    mine = or_(
        messages.c.contact_id == tasks.c.contact_id,
        and_(
            tasks.c.contact_id.is_(None),
            messages.c.contact_id.is_(None),
            messages.c.address_id == tasks.c.address_id,
        ),
    )
    place = func.row_number().over(
        partition_by=tasks.c.id, order_by=(at.desc(), messages.c.id.desc())
    )
    ranked = (
        select(
            messages,
            tasks.c.id.label("task_id"),
            func.coalesce(contacts.c.name, literal("", String)).label("name"),
            place.label("place"),
        )
        .select_from(
            tasks.join(messages, mine).outerjoin(contacts, contacts.c.id == tasks.c.contact_id)
        )
        .where(open_tasks(centre_id))
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= PER_EXCHANGE)
