"""Waiting lists and offers of freed places, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.messages import DeliveryState
from bot.seats import Outcome, Seat, Standing, Waiting
from bot.storage.tables import centres, events, families, invitations, offers, outbox

RESTS = {Outcome.EXPIRED: Standing.NO_ANSWER, Outcome.UNREACHABLE: Standing.UNREACHABLE}

_waits = and_(invitations.c.seat == Seat.WAITING, invitations.c.rsvp == "yes")

# Built once: building a statement costs more than SQLite takes to run it.
_WAITING = (
    select(
        invitations.c.event_id,
        invitations.c.family_id,
        invitations.c.party,
        invitations.c.passed_over,
        invitations.c.rsvp_at,
        offers.c.live,
        offers.c.outcome,
        offers.c.closed_at,
        offers.c.expires_at,
        offers.c.told_at,
    )
    .join(families, families.c.id == invitations.c.family_id)
    .outerjoin(
        offers,
        offers.c.id
        == select(func.max(offers.c.id))
        .where(
            offers.c.event_id == invitations.c.event_id,
            offers.c.family_id == invitations.c.family_id,
        )
        .correlate(invitations)
        .scalar_subquery(),
    )
    .where(
        invitations.c.event_id.in_(bindparam("event_ids", expanding=True)),
        _waits,
        families.c.left_on.is_(None),
    )
    .order_by(
        invitations.c.waiting_number.is_(None),
        invitations.c.waiting_number,
        invitations.c.rsvp_at,
        invitations.c.id,
    )
)
_OFFERED = select(offers.c.event_id, offers.c.family_id, offers.c.places).where(
    offers.c.event_id.in_(bindparam("event_ids", expanding=True)), offers.c.live
)
_TAKEN = select(func.coalesce(func.sum(invitations.c.party), 0)).where(
    invitations.c.event_id == bindparam("event_id"), invitations.c.seat == Seat.HELD
)
_LAST_NUMBER = select(func.coalesce(func.max(invitations.c.waiting_number), 0)).where(
    invitations.c.event_id == bindparam("event_id")
)
_CLOSE = (
    update(offers)
    .where(
        offers.c.event_id == bindparam("about_event"),
        offers.c.family_id == bindparam("of_family"),
        offers.c.live,
    )
    .values(live=None)
)


def line_rows(db: Connection, event_id: int) -> Sequence[Row[Any]]:
    """The families that wait for places at an event, in order, each with its last offer."""
    return db.execute(_WAITING, {"event_ids": [event_id]}).all()


def line(db: Connection, event_id: int) -> tuple[Waiting, ...]:
    """The same families as `bot.seats` knows them."""
    return tuple(waiting(row) for row in line_rows(db, event_id))


def lines(db: Connection, event_ids: Iterable[int]) -> dict[int, tuple[Waiting, ...]]:
    """The families that wait at several events, by event."""
    found: dict[int, tuple[Waiting, ...]] = {}
    for row in db.execute(_WAITING, {"event_ids": list(event_ids)}):
        found[row.event_id] = (*found.get(row.event_id, ()), waiting(row))
    return found


def waiting(row: Row[Any]) -> Waiting:
    """One of `line_rows`; whoever has answered since their last offer rests no more."""
    rests = RESTS.get(row.outcome) if row.outcome else None
    if rests is not None and row.closed_at is not None and row.rsvp_at > row.closed_at:
        rests = None
    return Waiting(row.family_id, row.party, row.passed_over, bool(row.live), rests)


def offered(db: Connection, event_id: int) -> dict[int, int]:
    """The places that are kept for families until they answer, by family."""
    return offered_of(db, [event_id]).get(event_id, {})


def offered_of(db: Connection, event_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """The same at several events, by event and family."""
    found: dict[int, dict[int, int]] = {}
    for row in db.execute(_OFFERED, {"event_ids": list(event_ids)}):
        found.setdefault(row.event_id, {})[row.family_id] = row.places
    return found


def free(db: Connection, event_id: int, seats: int | None) -> int | None:
    """Places that nobody holds and that are offered to nobody; None: no limit."""
    if seats is None:
        return None
    held = int(db.scalar(_TAKEN, {"event_id": event_id}) or 0)
    return max(seats - held - sum(offered(db, event_id).values()), 0)


def next_number(db: Connection, event_id: int) -> int:
    """The turn of a family that joins the line of an event now."""
    return int(db.scalar(_LAST_NUMBER, {"event_id": event_id}) or 0) + 1


def pass_over(db: Connection, event_id: int, family_ids: Iterable[int]) -> None:
    """A family behind these was served before them."""
    ids = list(family_ids)
    if ids:
        db.execute(
            update(invitations)
            .where(invitations.c.event_id == event_id, invitations.c.family_id.in_(ids))
            .values(passed_over=invitations.c.passed_over + 1)
        )


def how_many(db: Connection, event_id: int, family_id: int) -> int:
    """How many offers a family has had for an event."""
    query = select(func.count()).where(
        offers.c.event_id == event_id, offers.c.family_id == family_id
    )
    return int(db.scalar(query) or 0)


def insert_offer(db: Connection, **values: Any) -> None:
    """Keep places for one family."""
    db.execute(insert(offers).values(live=True, **values))


def close(db: Connection, event_id: int, family_id: int, outcome: Outcome, now: datetime) -> bool:
    """End a family's live offer, if it has one; what has not left yet will not leave."""
    live = _live(offers.c.event_id == event_id, offers.c.family_id == family_id)
    _withdraw_messages(db, live)
    done = db.execute(
        _CLOSE,
        {"about_event": event_id, "of_family": family_id, "outcome": outcome, "closed_at": now},
    )
    return bool(done.rowcount)


def withdraw_over(db: Connection, now: datetime) -> None:
    """End the offers of events that are cancelled or have begun."""
    gone = select(events.c.id).where(or_(events.c.status != "planned", events.c.starts_at <= now))
    live = _live(offers.c.event_id.in_(gone))
    _withdraw_messages(db, live)
    db.execute(
        update(offers).where(live).values(live=None, outcome=Outcome.WITHDRAWN, closed_at=now)
    )


def withdraw_untold(db: Connection, event_id: int, now: datetime) -> None:
    """End the offers of an event of which no family has heard: they speak of another moment.

    Nobody has let them pass: the places are offered again, to whoever is first in line then.
    """
    leaves = select(outbox.c.key).where(outbox.c.state == DeliveryState.WAITING)
    unheard = _live(offers.c.event_id == event_id, offers.c.key.in_(leaves))
    ended = update(offers).where(unheard)
    db.execute(ended.values(live=None, outcome=Outcome.WITHDRAWN, closed_at=now))


def lists_to_serve(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Coming events for which somebody waits, with the number of offers that stand."""
    somebody = exists().where(invitations.c.event_id == events.c.id, _waits)
    return db.execute(
        select(events)
        .where(events.c.status == "planned", events.c.starts_at > now, somebody)
        .order_by(events.c.starts_at, events.c.id)
    ).all()


def anything_to_do(db: Connection, now: datetime) -> bool:
    """Whether anybody waits for places or has an offer."""
    live = db.scalar(select(offers.c.id).where(offers.c.live).limit(1))
    return live is not None or bool(lists_to_serve(db, now))


def live_with_message(db: Connection, event_id: int) -> Sequence[Row[Any]]:
    """The offers of an event that stand, each with the state of its message."""
    return db.execute(
        select(offers, outbox.c.state, outbox.c.sent_at)
        .outerjoin(outbox, outbox.c.key == offers.c.key)
        .where(offers.c.event_id == event_id, offers.c.live)
        .order_by(offers.c.id)
    ).all()


def set_told(db: Connection, offer_id: int, told_at: datetime, expires_at: datetime) -> None:
    """The family knows of its offer: from now on its time counts."""
    db.execute(
        update(offers).where(offers.c.id == offer_id).values(told_at=told_at, expires_at=expires_at)
    )


def centre(db: Connection, centre_id: int) -> Row[Any] | None:
    """A centre's row."""
    return db.execute(select(centres).where(centres.c.id == centre_id)).first()


def _live(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(offers.c.live, *which)


def _withdraw_messages(db: Connection, live: ColumnElement[bool]) -> None:
    db.execute(
        update(outbox)
        .where(
            outbox.c.key.in_(select(offers.c.key).where(live)),
            outbox.c.state == DeliveryState.WAITING,
        )
        .values(state=DeliveryState.REFUSED, reason="no_longer_needed", lease_until=None)
    )
