"""One guardian's answer that another guardian has changed: who had given it is told, once.

    what stood before the turn --> what stands after it --> news for the guardian who had answered

Whoever changes an answer has our reply; who had given it would learn of it at the door. The news
names nobody and blames nobody, and the gate decides as for every change: nothing to who has stopped
or is erased. It follows only a parent's own turn, once for an answer of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.effects import Author
from bot.flows.base import DeclineSlots, Effect, RecordRsvp, TakeSlot
from bot.messages import Purpose, key_of
from bot.outreach import enqueue
from bot.plans import Intent
from bot.reach import Reach
from bot.storage import contacts, events, slots

ANSWERS = (RecordRsvp, TakeSlot, DeclineSlots)
SETTLED = frozenset({"yes", "no"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a family had answered about an event, or about the meeting that a round has made of it.

    `contact_id`: the guardian who answered; None: nobody has, or staff did.
    """

    event: Row[Any]
    rsvp: str | None
    contact_id: int | None

    @property
    def answer(self) -> tuple[object, ...]:
        """What must be the same for nothing to have changed."""
        met = (self.event.on, self.event.at) if self.event.campaign_id and self.comes else ()
        return (self.rsvp, *met)

    @property
    def comes(self) -> bool:
        """Whether the family comes."""
        return self.rsvp == "yes"


def answer_before(db: Connection, effects: Iterable[Effect], author: Author) -> Standing | None:
    """What stands before the effects of a turn; None where they answer nothing, or nobody had."""
    if author.person is None or not any(isinstance(one, ANSWERS) for one in effects):
        return None
    return _standing(db, author)


def tell_overruled(
    db: Connection, reach: Reach, before: Standing, author: Author, now: datetime
) -> None:
    """Tell the guardian whose yes or no is not the family's any more."""
    after = _standing(db, author)
    theirs = before.contact_id
    if after is None or author.person is None or theirs in (None, author.person.contact_id):
        return
    settled = {before.rsvp, after.rsvp} <= SETTLED
    if theirs is None or not settled or before.answer == after.answer:
        return
    if any(one.contact_id == theirs for one in contacts.people_at(db, author.address_id)):
        return  # they read the same phone
    family_id = author.person.family_id
    if after.event.campaign_id is not None:
        step = "slot_taken" if after.comes else "slot_gone"
        news = meeting_news(after.event, step, family_id, theirs, now)
    else:
        step = "now_comes" if after.comes else "now_declines"
        news = _news(after.event, step, family_id, theirs, now)
    enqueue(db, reach, [news], now)


def meeting_news(
    event: Row[Any], step: str, family_id: int, contact_id: int, now: datetime
) -> Intent:
    """News of the moment that a family has in a round, or has no more; the round takes answers."""
    news = _news(event, step, family_id, contact_id, now)
    return news._replace(event_id=None, campaign_id=event.campaign_id)


def _news(event: Row[Any], step: str, family_id: int, contact_id: int, now: datetime) -> Intent:
    subject, whom = f"event-{event.id}", f"contact-{contact_id}"
    return Intent(
        key=key_of(Purpose.CHANGE, subject, event.version, step, whom),
        purpose=Purpose.CHANGE,
        step=step,
        event_id=event.id,
        centre_id=event.centre_id,
        family_id=family_id,
        contact_id=contact_id,
        due_at=now,
        expires_at=event.starts_at,
    )


def _standing(db: Connection, author: Author) -> Standing | None:
    assert author.person is not None, "a stranger answers for no family"
    event_id, campaign_id = author.about
    if event_id is None and campaign_id is not None:
        meeting = slots.last_meeting(db, campaign_id, author.person.family_id)
        event_id = meeting.id if meeting is not None else None
    if event_id is None:
        return None
    event = events.event(db, event_id)
    invitation = events.invitation(db, event_id, author.person.family_id)
    if event is None or invitation is None:
        return None
    return Standing(event, invitation.rsvp, invitation.rsvp_contact_id)
