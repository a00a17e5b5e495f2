"""What was decided and shall not leave any more: cancelled, changed, stopped or forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, case, cast, or_, select, update

from bot.messages import DeliveryState, Purpose, version_of
from bot.storage.tables import outbox

CORRECTIONS = ("moved", "moved_elsewhere", "new_hour", "new_hour_elsewhere", "new_place")
"""Steps that tell of a change: of the day, of the hour, of the place alone or beside these."""

WANT_OF_TIME = ("too_late", "cap", "no_open_hours")  # refusals that another moment may lift
CHANGED = "event_changed"  # why a message for the old moment was withdrawn


def withdraw(db: Connection, event_id: int) -> int:
    """Refuse everything that still waits about a cancelled event; give how many."""
    done = db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.WAITING)
        .values(state=DeliveryState.REFUSED, reason="event_cancelled", lease_until=None)
    )
    return done.rowcount


def withdraw_campaign(db: Connection, campaign_id: int) -> int:
    """Refuse everything that still waits of a cancelled campaign; give how many."""
    done = db.execute(
        update(outbox)
        .where(
            outbox.c.campaign_id == campaign_id,
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
        )
        .values(state=DeliveryState.REFUSED, reason="campaign_cancelled", lease_until=None)
    )
    return done.rowcount


def withdraw_changed(db: Connection, event_id: int, version: int, now: datetime) -> int:
    """Refuse what still waits for a moment that was this version's; give how many.

    The key of an invitation, or of a question after the event, holds no version: it is set free, so
    that it can be planned anew; also of one that was refused for want of time, as there is time
    now. What may be on its way is not tried again.
    """
    planned = outbox.c.purpose.in_([Purpose.INVITATION, Purpose.REMINDER, Purpose.SURVEY])
    dated = or_(planned, outbox.c.step.in_(CORRECTIONS))
    of_no_version = outbox.c.purpose.in_([Purpose.INVITATION, Purpose.SURVEY])
    freed = outbox.c.key + f":before-{version + 1}"
    done = db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.WAITING, dated)
        .values(
            key=case((of_no_version, freed), else_=outbox.c.key),
            state=DeliveryState.REFUSED,
            reason=CHANGED,
            lease_until=None,
        )
    )
    db.execute(
        update(outbox)
        .where(
            outbox.c.event_id == event_id,
            outbox.c.state == DeliveryState.REFUSED,
            outbox.c.reason.in_(WANT_OF_TIME),
            of_no_version,
            ~outbox.c.key.contains(":before-"),
        )
        .values(key=freed)
    )
    db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.SENDING, dated)
        .values(expires_at=now)
    )
    return done.rowcount


def unheard(db: Connection, event_id: int) -> dict[int, int]:
    """The families whose last news of a change was withdrawn, and the version they know of."""
    rows = db.execute(
        select(outbox.c.family_id, outbox.c.key, outbox.c.state, outbox.c.reason)
        .where(outbox.c.event_id == event_id, outbox.c.step.in_(CORRECTIONS))
        .order_by(outbox.c.id.desc())
    )
    known: dict[int, int] = {}
    heard: set[int] = set()
    for family_id, key, state, reason in rows:
        if state != DeliveryState.REFUSED or reason not in (CHANGED, "event_cancelled"):
            heard.add(family_id)
        elif family_id not in heard:
            known[family_id] = version_of(key) - 1
    return known


def decided_about(db: Connection, event_id: int, keys: Iterable[str]) -> Sequence[Row[Any]]:
    """The rows of an event with these keys, the first decided in front."""
    query = select(outbox).where(outbox.c.event_id == event_id, outbox.c.key.in_(list(keys)))
    return db.execute(query.order_by(outbox.c.id)).all()


def withdraw_stopped(db: Connection, contact_ids: Iterable[int]) -> int:
    """Refuse everything that still waits for people who stopped, their confirmation excepted."""
    done = db.execute(
        update(outbox)
        .where(
            outbox.c.contact_id.in_(list(contact_ids)),
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.step != "stopped",
        )
        .values(state=DeliveryState.REFUSED, reason="stopped", lease_until=None)
    )
    return done.rowcount


def withdraw_forbidden(db: Connection, contact_id: int) -> int:
    """Refuse everything that still waits for someone who may not be written to; give how many.

    The keys are set free, so that what is for the family is planned anew for another guardian.
    """
    done = db.execute(
        update(outbox)
        .where(outbox.c.contact_id == contact_id, outbox.c.state == DeliveryState.WAITING)
        .values(
            key=outbox.c.key + ":forbidden-" + cast(outbox.c.id, String),
            state=DeliveryState.REFUSED,
            reason="do_not_contact",
            lease_until=None,
        )
    )
    return done.rowcount
