r"""Taking a moment, moving to another, giving one back. Inside the caller's transaction.

    free --take--> taken: a meeting, with one family that comes
      ^                |  \--take another--> the same meeting, moved; the old moment is free
      '---give back----'   the meeting is cancelled, and nobody needs to be told

A moment belongs to one family, and a family has one moment of a round: the database holds both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.flows.base import Moment
from bot.messages import About
from bot.plans import Condition, PlannedStep, default_steps
from bot.seats import Seat
from bot.storage import campaigns, events
from bot.storage import slots as stored
from bot.storage.centre_plans import own_steps
from bot.storage.own_words import copy_standing, remember_original
from bot.storage.withdrawals import withdraw, withdraw_changed

MEETING = "meeting"  # the kind of event
LONGEST_NOTES = 400  # signs of an event's notes
ARRANGED = frozenset({Condition.INVITED, Condition.SILENT})
"""Steps that ask whether the family comes: who has taken a moment has answered that."""


@dataclass(frozen=True, slots=True)
class Taker:
    """The family, and who answered for it: a guardian through a channel, or nobody (staff)."""

    family_id: int
    contact_id: int | None = None
    channel: str | None = None


def take(db: Connection, campaign_id: int, slot_id: int, taker: Taker, now: datetime) -> int | None:
    """Take a moment, giving back the one that the family had; give the meeting's event.

    None: the moment is not free, and nothing has changed.
    """
    slot = stored.slot(db, slot_id)
    campaign = campaigns.campaign(db, campaign_id)
    if slot is None or campaign is None or not _can_be_taken(slot, campaign, taker, now):
        return None
    mine = stored.slot_of(db, campaign_id, taker.family_id)
    if mine is not None and mine.id == slot_id:
        return int(mine.event_id)
    standing = mine is not None and mine.starts_at > now
    if mine is not None:
        stored.release(db, mine.id)
    if not stored.claim(db, slot_id, taker.family_id, None, now):
        if mine is not None:
            stored.claim(db, mine.id, taker.family_id, mine.event_id, mine.taken_at)
        return None
    if mine is not None and standing:
        event_id = int(mine.event_id)
        _move(db, event_id, slot, now)
    else:
        event_id = _arrange(db, campaign, slot, taker.family_id, now)
    stored.set_event(db, slot_id, event_id)
    stored.withdraw_news(db, campaign_id, taker.family_id)
    _comes(db, event_id, taker, now)
    campaigns.set_answered(db, campaign_id, taker.family_id, now)
    stored.close_reasons(db, campaign_id, taker.family_id)
    return event_id


def give_back(db: Connection, campaign_id: int, taker: Taker, now: datetime) -> bool:
    """The family does not come: its moment is free again; False where it has none to come."""
    campaigns.set_answered(db, campaign_id, taker.family_id, now)
    mine = stored.slot_of(db, campaign_id, taker.family_id)
    if mine is None or mine.starts_at <= now:
        return False
    stored.release(db, mine.id)
    stored.withdraw_news(db, campaign_id, taker.family_id)
    _answer(db, mine.event_id, taker, {"rsvp": "no", "party": 0, "seat": None}, now)
    events.set_cancelled(db, mine.event_id)
    withdraw(db, mine.event_id)
    return True


def given_back_with(db: Connection, event_id: int, taker: Taker, now: datetime) -> None:
    """A family has said no to a meeting: where it stood on a moment of a round, that is free."""
    slot = stored.slot_of_event(db, event_id)
    if slot is not None and slot.family_id == taker.family_id:
        give_back(db, slot.campaign_id, taker, now)


def _can_be_taken(slot: Row[Any], campaign: Row[Any], taker: Taker, now: datetime) -> bool:
    ours = slot.campaign_id == campaign.id and campaign.status == "planned"
    free = slot.withdrawn_at is None and slot.family_id in (None, taker.family_id)
    return bool(ours and free and slot.starts_at > now)


def _move(db: Connection, event_id: int, slot: Row[Any], now: datetime) -> None:
    """The meeting stands on another moment; what waits for the old one is planned anew."""
    event = events.event(db, event_id)
    assert event is not None, "events are never deleted"
    moment = {"on": slot.on, "at": slot.at, "starts_at": slot.starts_at}
    events.set_changed(db, event_id, event.version, moment, {})
    withdraw_changed(db, event_id, event.version, now)
    before = Moment(event.on, event.at, event.place)
    events.set_moment(db, event_id, event.version, before, now)


def _arrange(
    db: Connection, campaign: Row[Any], slot: Row[Any], family_id: int, now: datetime
) -> int:
    """Write the meeting: an event for one family that knows of it already."""
    event_id = events.insert_event(
        db,
        {
            "centre_id": slot.centre_id,
            "kind": MEETING,
            "on": slot.on,
            "at": slot.at,
            "time_zone": slot.time_zone,
            "starts_at": slot.starts_at,
            "place": campaign.place,
            "for_everyone": False,
            "created_at": now,
            "campaign_id": campaign.id,
        },
    )
    for one in stored.wordings(db, campaign.id):
        events.insert_text(
            db,
            event_id,
            one.language,
            original=one.original,
            title=one.title,
            notes=one.body[:LONGEST_NOTES],
        )
    remember_original(db, About(event_id))
    copy_standing(db, About(campaign_id=campaign.id), About(event_id))
    events.insert_steps(db, event_id, plan_of_meeting(db, slot.centre_id))
    stored.insert_invitation(db, event_id, family_id, now)
    return event_id


def plan_of_meeting(db: Connection, centre_id: int) -> tuple[PlannedStep, ...]:
    """What leaves about a meeting whose moment was chosen: no invitation, but all the rest."""
    planned = own_steps(db, centre_id, MEETING) or default_steps(MEETING)
    return tuple(one for one in planned if one.condition not in ARRANGED)


def _comes(db: Connection, event_id: int, taker: Taker, now: datetime) -> None:
    _answer(db, event_id, taker, {"rsvp": "yes", "party": 1, "seat": Seat.HELD}, now)


def _answer(
    db: Connection, event_id: int, taker: Taker, values: dict[str, Any], now: datetime
) -> None:
    told = {
        "rsvp_at": now,
        "rsvp_contact_id": taker.contact_id,
        "rsvp_channel": taker.channel,
    }
    events.set_rsvp(db, event_id, taker.family_id, values | told)
