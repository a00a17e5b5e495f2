"""The reminders that will be due: nobody has decided them yet, and they keep their places already.

    whom a batch is for  -->  the events that they come to  -->  reminders, each with its hour

So a week's last place is not given to an invitation on Monday when Wednesday's reminder needs it.
Reads only, a fixed number of queries for any number of people; none but the first two where nobody
comes to anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.gate import Hours
from bot.households import Guardian, first_heard, heard_beside
from bot.messages import About, Purpose, key_of
from bot.plans import due_at, leaves_at
from bot.storage import planning
from bot.storage.frequency import Waiting
from bot.storage.steps import step_of

AHEAD = timedelta(days=10)  # the seven days of a cap, and some in which a place is looked for
HOUR = timedelta(hours=1)


def foresee(
    db: Connection,
    address_ids: Collection[int],
    hours_of: Callable[[Row[Any], datetime], Hours],
    now: datetime,
) -> list[Waiting]:
    """The reminders that will reach these addresses in the days to come, as things stand.

    What is due now is the planner's: it decides that within a minute.
    """
    coming = planning.reminders(db, planning.families_at(db, address_ids), now)
    ahead = [(row, at) for row, at in _on_the_clock(coming, hours_of, now) if at < now + AHEAD]
    if not ahead:
        return []
    family_ids = {row.family_id for row, _ in ahead}
    guardians = planning.guardians_of(db, family_ids)
    decided = planning.reminded(db, {row.event_id for row, _ in ahead}, family_ids)
    found: dict[tuple[int, str, int], Waiting] = {}
    for row, at in ahead:
        for recipient, guardian in _told(row, guardians.get(row.family_id, ())):
            about = About(event_id=row.event_id).subject
            key = key_of(Purpose.REMINDER, about, row.version, row.name, recipient)
            if key not in decided and guardian.address_ids:
                first = guardian.address_ids[0]
                one = Waiting(Purpose.REMINDER, at, guardian.contact_id, first, row.centre_id)
                found.setdefault((row.event_id, row.name, first), one)  # once to a shared phone
    return list(found.values())


def _on_the_clock(
    coming: Iterable[Row[Any]], hours_of: Callable[[Row[Any], datetime], Hours], now: datetime
) -> Iterator[tuple[Row[Any], datetime]]:
    """Each reminder that is still to come with the moment at which it leaves."""
    hours: dict[tuple[int, str], Hours] = {}
    moments: dict[tuple[int, str], datetime | None] = {}
    for row in coming:
        which = row.event_id, row.name
        if which not in moments:
            where = row.centre_id, row.time_zone
            known = hours.get(where) or hours.setdefault(where, hours_of(row, now))
            moments[which] = _moment(row, known, now)
        at = moments[which]
        if at is not None:
            yield row, at


def _moment(row: Row[Any], hours: Hours, now: datetime) -> datetime | None:
    """When a reminder leaves; None: its hour is over, or no hour is left for it."""
    step = step_of(row)
    due = due_at(step, row.on, row.event_at, hours)
    at = leaves_at(due, row.on, row.event_at, hours) if due > now else None
    late = at is not None and step.late_hours is not None and at >= due + step.late_hours * HOUR
    return None if late else at


def _told(row: Row[Any], guardians: Collection[Guardian]) -> Iterator[tuple[str, Guardian]]:
    """Who is reminded, each with the end of the message's key, as the planner has it."""
    first = first_heard(guardians)
    if first is None:
        return
    family = f"family-{row.family_id}"
    yield family, first
    second = heard_beside(first, guardians) if row.both_guardians else None
    if second is not None:
        yield f"{family}-second", second
