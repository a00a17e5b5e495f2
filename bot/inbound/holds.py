"""What keeps automation silent for whoever writes, and their words from most eyes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from bot.inbound.senders import Sender
from bot.storage import alarms, tasks


def hold_on(db: Connection, person: Row[Any] | None, address_id: int) -> Row[Any] | None:
    """The gravest task that keeps automation silent here; None: it may speak."""
    contact_id = person.contact_id if person is not None else None
    family_id = person.family_id if person is not None else None
    found = tasks.holds_on(
        db,
        [contact_id] if contact_id is not None else [],
        [family_id] if family_id is not None else [],
        [address_id],
    )
    mine = [one for one in found if tasks.holds(one, contact_id, family_id, address_id)]
    return min(mine, key=lambda one: (tasks.SILENCING.index(one.reason), -one.id), default=None)


def guard(db: Connection, sender: Sender, inbound_id: int) -> bool:
    """Keep the words of whoever may be in danger from all but those who take care of it."""
    hold = hold_on(db, sender.person, sender.address_id)
    if hold is None or hold.reason != tasks.SAFEGUARDING:
        return False
    alarms.guard(db, inbound_id, hold.id)
    return True
