"""What is true around the rows that are due, and whether each still makes sense. Reads only.

Between the plan and the moment when a message leaves, families answer, events move and campaigns
end: what was planned then is looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.flows.base import EventStatus
from bot.media import heard_in
from bot.merging import is_reminder
from bot.messages import About, Purpose, version_of
from bot.outreach import FLOW_OF_STEP
from bot.reach import Facts, Reach, load_facts
from bot.scenes import Scenes, load_scenes
from bot.storage import campaigns, conversations
from bot.storage import media as stored_media
from bot.storage.riders import reminders_beside
from bot.storage.slots import NO_MOMENT
from bot.storage.withdrawals import CORRECTIONS

A_DAY = timedelta(days=1)
ANSWERS = (Purpose.REPLY, Purpose.STAFF)
ANSWERS_ASKED = {
    "invitation": (None,),
    "nudge": (None,),
    "reminder": ("yes", "maybe"),
    "morning": ("yes", "maybe"),
}
"""The answers of the family for which a step still makes sense when it leaves."""

HELD_TRUE = {"now_comes": "yes", "now_declines": "no"}
"""Steps that tell one guardian what another has answered: while that is the family's answer."""

TAKEN = {"slot_taken": True, "slot_gone": False}
"""Steps that tell whether the family has a moment of a round."""

CARRIERS = ("invitation", "announcement")
"""Steps that a voice note or a picture goes out with."""

LISTS = ("slots", "slots_nudge", "slots_again")
"""Steps that list free moments: which, and what a digit means, is settled when they leave."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is true around a batch, read once for all of it."""

    facts: Facts
    scenes: Scenes  # of what was planned; what answers somebody leaves as it was written
    asked: Mapping[tuple[int, int], Row[Any]]  # by campaign and family
    letters: Mapping[int, str]
    reminders: dict[int, Row[Any]]  # by id: about events, not decided yet in this batch
    media: Mapping[stored_media.Held, stored_media.Stored] = field(default_factory=dict)
    owed: Mapping[int, int] = field(default_factory=dict)  # an answer, and whose media it brings


def load_surroundings(
    db: Connection, reach: Reach, due: Sequence[Row[Any]], now: datetime
) -> Surroundings:
    """Read them for a batch, in a fixed number of queries."""
    reminders = [row for row in due if is_reminder(row)]
    if reminders:
        reminders += reminders_beside(db, reminders, now + A_DAY, now)
    rows = {row.id: row for row in (*due, *reminders)}.values()
    facts = load_facts(
        db,
        reach,
        (row.contact_id for row in rows if row.contact_id is not None),
        (row.centre_id for row in rows if row.centre_id is not None),
        now,
        claimed=[row.id for row in due],
        purposes={Purpose(row.purpose) for row in due},
    )
    planned = [row for row in rows if row.contact_id is not None and is_planned(row)]
    wanted = ((facts.people[row.contact_id], about_of(row)) for row in planned)
    waves = {(row.campaign_id, row.family_id) for row in planned if row.campaign_id is not None}
    talks = {row.conversation_id for row in rows if row.conversation_id is not None}
    owed = _owed(db, [row for row in due if row.contact_id is not None and is_reply(row)])
    carriers = [row for row in planned if _carries(row)]
    carriers += [row for row in due if row.id in owed]
    return Surroundings(
        facts=facts,
        scenes=load_scenes(db, reach.deployment, wanted, now),
        asked=campaigns.families_of(db, waves) if waves else {},
        letters=conversations.letters(db, talks) if talks else {},
        reminders={row.id: row for row in reminders},
        media=stored_media.media_for(db, {held_by(facts, row) for row in carriers}),
        owed=owed,
    )


def _owed(db: Connection, answers: Sequence[Row[Any]]) -> dict[int, int]:
    """Answers that can bring a voice note or a picture which the invitation could not.

    Outside of WhatsApp's window only approved words leave; a parent's answer has opened it.
    """
    owing = stored_media.owing_media(db, {row.contact_id for row in answers}) if answers else ()
    first: dict[int, int] = {}
    for one in owing:
        mine = (one.contact_id, About(one.event_id, one.campaign_id))
        bring = [row.id for row in answers if (row.contact_id, about_of(row)) == mine]
        if bring:
            first.setdefault(min(bring), one.id)
    return first


def held_by(facts: Facts, row: Row[Any]) -> stored_media.Held:
    """What a voice note or a picture must belong to, to go out with a row.

    It is the parent's own language or none: a voice in another one is for nobody.
    """
    return about_of(row), heard_in(facts.people[row.contact_id].language)


def _carries(row: Row[Any]) -> bool:
    return row.step in CARRIERS


def unwanted(row: Row[Any], around: Surroundings) -> str:
    """Why a planned message makes no sense any more, or "": an answer may have come since."""
    if not is_planned(row):
        return ""
    if row.campaign_id is not None:
        return _campaign_over(row, around)
    if row.event_id is None or _still_wanted(row, around):
        return ""
    return "no_longer_needed"


def _campaign_over(row: Row[Any], around: Surroundings) -> str:
    """Why a campaign's message makes no sense any more, or ""."""
    status = around.scenes.campaigns[row.campaign_id].status
    if status is EventStatus.CANCELLED and row.purpose != Purpose.CHANGE:
        return "campaign_cancelled"
    if status is EventStatus.OVER:
        return "too_late"
    asked = around.asked.get((row.campaign_id, row.family_id))
    if asked is None:
        return "no_longer_needed"
    if row.step in TAKEN:
        card = around.scenes.rounds[row.campaign_id, row.family_id]
        return "" if (card.taken is not None) is TAKEN[row.step] else "no_longer_needed"
    if row.step in FLOW_OF_STEP and asked.answered_at is not None:
        return "answered"
    if row.step in LISTS and not around.scenes.rounds[row.campaign_id, row.family_id].slots:
        return NO_MOMENT
    return ""


def _still_wanted(row: Row[Any], around: Surroundings) -> bool:
    """Whether what was planned about an event still makes sense."""
    event = around.scenes.events[row.event_id]
    if event.status == "cancelled" and row.purpose != Purpose.CHANGE:
        return False
    invitation = around.scenes.invitations.get((row.event_id, row.family_id))
    if row.step in CORRECTIONS:
        declined = invitation is not None and invitation.rsvp == "no"
        return event.status != "cancelled" and not declined and _of_this_version(row, event)
    if row.step in HELD_TRUE:
        answer = invitation.rsvp if invitation is not None else None
        return event.status != "cancelled" and answer == HELD_TRUE[row.step]
    if row.step == "survey":
        return invitation is not None and bool(invitation.attended)
    if row.step == "absence":
        return invitation is not None and _was_missed(invitation)
    if row.step == "offer":
        return invitation is not None and invitation.seat == "waiting"
    if row.step not in ANSWERS_ASKED:
        return True
    if invitation is None or invitation.seat == "waiting":
        return False
    if Purpose(row.purpose) is Purpose.REMINDER and not _of_this_version(row, event):
        return False
    return invitation.rsvp in ANSWERS_ASKED[row.step]


def _was_missed(invitation: Row[Any]) -> bool:
    expected = invitation.rsvp == "yes" and invitation.seat != "waiting"
    return expected and invitation.attended is False


def _of_this_version(row: Row[Any], event: Row[Any]) -> bool:
    """Whether a dated message was planned for the moment that is still the event's."""
    return version_of(row.key) == int(event.version)


def is_planned(row: Row[Any]) -> bool:
    """Whether a plan decided it, and not somebody's own words."""
    return Purpose(row.purpose) not in ANSWERS


def is_reply(row: Row[Any]) -> bool:
    """Whether it answers a parent who has just written."""
    return Purpose(row.purpose) is Purpose.REPLY


def about_of(row: Row[Any]) -> About:
    """The event or the campaign that a row is about."""
    return About(row.event_id, row.campaign_id)
