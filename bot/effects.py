"""Make a turn's effects true, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.flows.base import (
    AnsweredAll,
    ChangeLanguage,
    ChangeRendering,
    Consent,
    DeclineSlots,
    Effect,
    EndPause,
    HandOver,
    PauseMessages,
    RaiseAlarm,
    RecordAnswer,
    RecordRsvp,
    ResumeMessages,
    StopMessages,
    TakeSlot,
)
from bot.messages import NOTHING, About, ChannelName
from bot.safeguarding import raise_alarm, reason_of
from bot.seats import Outcome, Seat, ahead_of, passed_by
from bot.storage import campaigns, contacts, conversations, events, offers, tasks
from bot.storage.withdrawals import withdraw_stopped
from bot.taking import Taker, give_back, given_back_with, take
from bot.translation import readable

WORDING = "2026-11"  # version of the texts that consents and answers were given to
BY_PARENT = "Demandé par le parent"  # why a family is paused, as staff read it


@dataclass(frozen=True, slots=True)
class Author:
    """Who a turn belongs to, and through what. `person` None: a stranger."""

    person: Row[Any] | None
    address_id: int
    channel: ChannelName
    source: str = "parent"
    conversation_id: int | None = None
    about: About = NOTHING
    inbound_id: int | None = None


def apply(db: Connection, effects: Iterable[Effect], author: Author, now: datetime) -> None:
    """Write every effect of one turn."""
    for effect in effects:
        _apply_one(db, effect, author, now)


def _apply_one(db: Connection, effect: Effect, author: Author, now: datetime) -> None:
    person = author.person
    if isinstance(effect, HandOver):
        _hand_over(db, effect.reason, author, now)
    if isinstance(effect, RaiseAlarm):
        task_id = _hand_over(db, reason_of(effect.kind), author, now)
        language = person.language or "" if person is not None else ""
        raise_alarm(db, effect, task_id, author.inbound_id, language, now)
    if person is None:
        return
    match effect:
        case RecordRsvp():
            _record_rsvp(db, effect, author, person, now)
        case RecordAnswer(question, code):
            _record_answer(db, question, code, author, person, now)
        case AnsweredAll():
            _answered_all(db, author, person, now)
        case TakeSlot(slot_id):
            _take_slot(db, slot_id, author, person, now)
        case DeclineSlots():
            _decline_slots(db, author, person, now)
        case Consent(purpose, given):
            _agree(db, purpose, author, person, now, given=given)
        case StopMessages():
            stop_address(db, author, now)
        case ResumeMessages():
            _resume_address(db, author, now)
        case PauseMessages(days):
            _pause(db, now + timedelta(days=days), person)
        case EndPause():
            if person.pause_reason == BY_PARENT:
                tasks.set_pause(db, person.family_id, None, "")
        case ChangeLanguage(language):
            contacts.set_contact(db, person.contact_id, language=language, language_chosen_at=now)
        case ChangeRendering(rendering):
            chosen = {"rendering": rendering, "rendering_chosen_at": now}
            contacts.set_contact(db, person.contact_id, **chosen)
        case _:
            pass


def stop_address(db: Connection, author: Author, now: datetime) -> None:
    """Stop everyone who is reached at this address, on all their channels, at once."""
    stopped = contacts.people_at(db, author.address_id)
    for one in stopped:
        contacts.set_contact(db, one.contact_id, stopped_at=now)
        _consent(db, one.contact_id, "messages", "stopped", author, now)
    withdraw_stopped(db, [one.contact_id for one in stopped])


def _resume_address(db: Connection, author: Author, now: datetime) -> None:
    """Write again to everyone who is reached at this address."""
    for one in contacts.people_at(db, author.address_id):
        contacts.set_contact(db, one.contact_id, stopped_at=None)
        _consent(db, one.contact_id, "messages", "resumed", author, now)


def _pause(db: Connection, until: datetime, person: Row[Any]) -> None:
    own = person.pause_reason == BY_PARENT  # else the team's: the longer one holds
    if own or person.paused_until is None or person.paused_until < until:
        tasks.set_pause(db, person.family_id, until, BY_PARENT)


def _agree(
    db: Connection, purpose: str, author: Author, person: Row[Any], now: datetime, *, given: bool
) -> None:
    _consent(db, person.contact_id, purpose, "given" if given else "refused", author, now)
    if purpose == "surveys":
        contacts.set_contact(db, person.contact_id, surveys=given)
    elif given:
        contacts.set_contact(db, person.contact_id, stopped_at=None)


def _consent(
    db: Connection, contact_id: int, purpose: str, decision: str, author: Author, now: datetime
) -> None:
    language = readable(author.person.language) if author.person is not None else None
    contacts.record_consent(
        db,
        contact_id,
        purpose,
        decision,
        source=author.source,
        wording=WORDING,
        at=now,
        language=language,
    )


def _record_rsvp(
    db: Connection, effect: RecordRsvp, author: Author, person: Row[Any], now: datetime
) -> None:
    event_id = author.about.event_id
    assert event_id is not None, "an RSVP is always about an event"
    turn = _keep_the_line(db, effect, event_id, person.family_id, now)
    events.set_rsvp(
        db,
        event_id,
        person.family_id,
        {
            **turn,
            "rsvp": effect.reply,
            "adults": effect.adults,
            "children": effect.children,
            "party": effect.party,
            "seat": effect.seat,
            "rsvp_at": now,
            "rsvp_contact_id": person.contact_id,
            "rsvp_channel": author.channel,
        },
    )
    if author.conversation_id is not None:
        events.settle_others(db, event_id, person.family_id, author.conversation_id)
    if effect.reply != "no":
        conversations.close_reasons(db, event_id, person.family_id, now)
    else:
        given_back_with(db, event_id, _taker(author, person), now)


def _keep_the_line(
    db: Connection, effect: RecordRsvp, event_id: int, family_id: int, now: datetime
) -> dict[str, int | None]:
    """End the family's offer and count whom it has passed over; give its turn if it waits.

    A family that waits already keeps its turn, however many they are now.
    """
    before = events.invitation(db, event_id, family_id)
    waited = before is not None and before.seat == Seat.WAITING
    had = before.party if before is not None and before.seat == Seat.HELD else 0
    offered = waited and offers.close(db, event_id, family_id, _outcome(effect), now)
    if effect.seat == Seat.HELD and effect.party > had and not offered:
        ahead = ahead_of(offers.line(db, event_id), family_id)
        event = events.event(db, event_id) if ahead else None
        if event is not None:
            offers.pass_over(db, event_id, passed_by(ahead, event.seats))
    if effect.seat != Seat.WAITING:
        return {"waiting_number": None, "passed_over": 0}
    if before is not None and waited and before.waiting_number is not None:
        return {"waiting_number": before.waiting_number}
    return {"waiting_number": offers.next_number(db, event_id), "passed_over": 0}


def _outcome(effect: RecordRsvp) -> Outcome:
    if effect.seat == Seat.HELD:
        return Outcome.TAKEN
    return Outcome.WITHDRAWN if effect.seat == Seat.WAITING else Outcome.DECLINED


def _take_slot(
    db: Connection, slot_id: int, author: Author, person: Row[Any], now: datetime
) -> None:
    """Take what the flow has seen free: nobody can have come between, in one transaction."""
    campaign_id = _campaign(author)
    taken = take(db, campaign_id, slot_id, _taker(author, person), now)
    assert taken is not None, "a turn takes only what is free"
    _settle_others(db, campaign_id, author, person)


def _decline_slots(db: Connection, author: Author, person: Row[Any], now: datetime) -> None:
    campaign_id = _campaign(author)
    give_back(db, campaign_id, _taker(author, person), now)
    _settle_others(db, campaign_id, author, person)


def _settle_others(db: Connection, campaign_id: int, author: Author, person: Row[Any]) -> None:
    if author.conversation_id is not None:
        campaigns.settle_others(db, campaign_id, person.family_id, author.conversation_id)


def _campaign(author: Author) -> int:
    campaign_id = author.about.campaign_id
    assert campaign_id is not None, "such an answer is always about a campaign"
    return campaign_id


def _taker(author: Author, person: Row[Any]) -> Taker:
    return Taker(person.family_id, person.contact_id, author.channel)


def _record_answer(
    db: Connection, question: str, code: str, author: Author, person: Row[Any], now: datetime
) -> None:
    conversations.insert_answer(
        db,
        conversation_id=author.conversation_id,
        contact_id=person.contact_id,
        family_id=person.family_id,
        **author.about._asdict(),
        question=question,
        code=code,
        wording=WORDING,
        language=readable(person.language),
        channel=author.channel,
        at=now,
    )


def _answered_all(db: Connection, author: Author, person: Row[Any], now: datetime) -> None:
    """The household is done with a campaign: nobody of it is asked again."""
    campaign_id = _campaign(author)
    campaigns.set_answered(db, campaign_id, person.family_id, now)
    _settle_others(db, campaign_id, author, person)


def _hand_over(db: Connection, reason: str, author: Author, now: datetime) -> int:
    person = author.person
    return tasks.open_or_keep(
        db,
        author.address_id,
        contact_id=person.contact_id if person else None,
        family_id=person.family_id if person else None,
        centre_id=person.centre_id if person else None,
        event_id=author.about.event_id,
        reason=reason,
        opened_at=now,
    )
