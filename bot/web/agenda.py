"""What a parent's link puts into their own calendar: what its message spoke of, as it stands now.

Titles are in the parent's language. No child, no number and no answer of theirs is in the file: it
may be synchronised to anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row

from bot.calendars import OUR_HOST, Meeting, write_agenda
from bot.opened import opened_by, shown_by
from bot.reach import written_in
from bot.seats import Seat
from bot.storage import events, slots


def agenda_of(db: Connection, public_url: str, token: str, now: datetime) -> bytes | None:
    """The calendar file of a token; None where it opens nothing, or there is nothing to note."""
    opened = opened_by(db, token, now)
    if opened is None:
        return None
    row, person = opened
    shown = [one for one in shown_by(db, row, now) if one is not None]
    named = {row.event_id, *(one.event_id for one in shown)} - {None}
    rounds = {row.campaign_id, *(one.campaign_id for one in shown)} - {None}
    ids = named | set(slots.meetings_with(db, rounds, person.family_id))
    found = tuple(_gatherings(db, ids, person))
    return write_agenda(found, urlsplit(public_url).hostname or OUR_HOST) if found else None


def _gatherings(db: Connection, event_ids: Iterable[int], person: Row[Any]) -> Iterable[Meeting]:
    """Those that the family comes to, may come to, or came to before they were called off."""
    ids = list(event_ids)
    invited = events.invitations_of(db, ids, [person.family_id])
    texts = events.texts_of(db, ids)
    language = written_in(person)
    for event in sorted(events.events_of(db, ids).values(), key=lambda one: one.starts_at):
        invitation = invited.get((event.id, person.family_id))
        if invitation is None or invitation.rsvp is None:
            continue
        slot = slots.slot_of_event(db, event.id)
        away = invitation.rsvp == "no" or invitation.seat == Seat.WAITING
        yield Meeting(
            event_id=event.id,
            version=event.version,
            title=texts[event.id][0].in_language(language),
            place=event.place,
            on=event.on,
            at=event.at,
            minutes=slot.minutes if slot is not None else None,
            zone=event.time_zone,
            cancelled=away or event.status == "cancelled",
            changed_at=_last_change(event, invitation),
        )


def _last_change(event: Row[Any], invitation: Row[Any]) -> datetime:
    moments: tuple[datetime | None, ...]
    moments = (event.created_at, event.changed_at, invitation.rsvp_at)
    return max(one for one in moments if one is not None)
