"""Waiting lists: freed places become offers, and offers that nobody answers end.

One transaction: what is free, whom it is offered to, and the promise to tell them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.gate import Hours
from bot.messages import DeliveryState, Purpose, key_of
from bot.outreach import NOTICE, enqueue
from bot.plans import Intent
from bot.reach import Reach, hours_of
from bot.seats import (
    NoOffer,
    Outcome,
    Standing,
    Waiting,
    next_in_line,
    passed_by,
    standings,
    time_to_answer,
    why_no_offer,
)
from bot.storage import events, offers

STEP = "offer"
LOST = (DeliveryState.REFUSED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class InLine:
    """One family that waits. `told_at`, `until`: of the offer that stands, where one does."""

    family_id: int
    party: int
    standing: Standing
    passed: int = 0
    told_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Who waits, in order. `why`: why nobody is offered a place; None: somebody is."""

    families: tuple[InLine, ...] = ()
    free: int | None = None
    why: NoOffer | None = None


def serve_waiting_lists(db: Connection, reach: Reach, now: datetime) -> int:
    """End the offers whose time is over, then offer what is free; give how many offers were made.

    Safe at any time and any number of times.
    """
    offers.withdraw_over(db, now)
    made = 0
    for event in offers.lists_to_serve(db, now):
        hours = hours_of(offers.centre(db, event.centre_id), now)
        for offer in offers.live_with_message(db, event.id):
            _look_after(db, event, offer, hours, now)
        if not _too_late(event, now):
            made += _offer(db, reach, event, hours, now)
    return made


def waiting_list(db: Connection, event_id: int, now: datetime) -> WaitingList:
    """The list of one event as it stands, with the reason where nobody is offered a place."""
    event = events.event(db, event_id)
    rows = offers.line_rows(db, event_id)
    if event is None or not rows:
        return WaitingList()
    free = offers.free(db, event_id, event.seats)
    found = standings([offers.waiting(row) for row in rows], free, event.seats)
    stands = Standing.OFFERED in found
    return WaitingList(
        tuple(_in_line(row, standing) for row, standing in zip(rows, found, strict=True)),
        free,
        None if stands else why_no_offer(found, too_late=_too_late(event, now)),
    )


def _in_line(row: Row[Any], standing: Standing) -> InLine:
    stands = standing is Standing.OFFERED
    return InLine(
        row.family_id,
        row.party,
        standing,
        row.passed_over,
        row.told_at if stands else None,
        row.expires_at if stands else None,
    )


def _too_late(event: Row[Any], now: datetime) -> bool:
    """Whether an offer would find the families on their way, or the event gone."""
    over = event.status != "planned" or now >= event.starts_at - NOTICE
    return bool(over)


def _look_after(
    db: Connection, event: Row[Any], offer: Row[Any], hours: Hours, now: datetime
) -> None:
    """Start the clock of an offer when its message has left; end it when its time is over."""
    told_at, expires_at = offer.told_at, offer.expires_at
    if offer.state is None or offer.state in LOST:
        offers.close(db, event.id, offer.family_id, Outcome.UNREACHABLE, now)
        return
    if told_at is None and offer.sent_at is not None:
        told_at, expires_at = offer.sent_at, _deadline(event, hours, offer.sent_at)
        offers.set_told(db, offer.id, told_at, expires_at)
    if expires_at <= now:
        outcome = Outcome.UNREACHABLE if told_at is None else Outcome.EXPIRED
        offers.close(db, event.id, offer.family_id, outcome, now)


def _deadline(event: Row[Any], hours: Hours, since: datetime) -> datetime:
    """Until when an offer stands that the family knows of since this moment."""
    left = hours.open_between(since, event.starts_at - NOTICE)
    until = hours.after(since, time_to_answer(left)) or event.starts_at
    latest: datetime = event.starts_at
    return min(until, latest)


def _offer(db: Connection, reach: Reach, event: Row[Any], hours: Hours, now: datetime) -> int:
    """Offer free places until they are given, or fit nobody; give how many offers were made."""
    made = 0
    speakers: dict[int, int] | None = None
    while True:
        line = offers.line(db, event.id)
        free = offers.free(db, event.id, event.seats)
        chosen = next_in_line(line, free, event.seats)
        if chosen is None:
            return made
        if speakers is None:
            speakers = {row.family_id: row.contact_id for row in events.who_was_told(db, event.id)}
        key = _key(db, event.id, chosen)
        offers.insert_offer(
            db,
            event_id=event.id,
            family_id=chosen.family_id,
            key=key,
            places=chosen.party,
            made_at=now,
            expires_at=_deadline(event, hours, now),
        )
        if _tell(db, reach, event, chosen, key, speakers.get(chosen.family_id), now):
            made += 1
            offers.pass_over(db, event.id, passed_by(line[: line.index(chosen)], event.seats))
        else:
            offers.close(db, event.id, chosen.family_id, Outcome.UNREACHABLE, now)


def _key(db: Connection, event_id: int, chosen: Waiting) -> str:
    number = offers.how_many(db, event_id, chosen.family_id) + 1
    subject, family = f"event-{event_id}", f"family-{chosen.family_id}"
    return key_of(Purpose.INVITATION, subject, number, STEP, family)


def _tell(
    db: Connection,
    reach: Reach,
    event: Row[Any],
    chosen: Waiting,
    key: str,
    contact_id: int | None,
    now: datetime,
) -> bool:
    """Promise to tell them, like any invitation: within the caps; False where nothing can leave."""
    if contact_id is None:
        return False
    intent = Intent(
        key=key,
        purpose=Purpose.INVITATION,
        step=STEP,
        event_id=event.id,
        centre_id=event.centre_id,
        family_id=chosen.family_id,
        contact_id=contact_id,
        due_at=now,
        expires_at=event.starts_at - NOTICE,
    )
    return enqueue(db, reach, [intent], now).refused == 0
