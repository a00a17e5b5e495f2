"""Messages as pages show them, and how far they have come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.messages import DeliveryState, Purpose, Say
from bot.storage.console.lines import Exchange, Sent
from bot.storage.says import load_say

LEFT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
PERSONAL = (Purpose.REPLY, Purpose.STAFF)  # not part of a campaign
GUARDED = ("alarm", "guarded")  # steps that tell what somebody has written to us
WITHDRAWN = (
    "event_cancelled",
    "campaign_cancelled",
    "event_changed",
)  # say nothing about whether a family can be reached


def as_sent(row: Row[Any]) -> Sent:
    """A row of the outbox with its family's `reference` and its contact's `name`."""
    return Sent(
        id=row.id,
        family_id=row.family_id,
        reference=row.reference or "",
        name=row.name or "",
        step=row.step,
        purpose=row.purpose,
        state=row.state,
        reason=row.reason,
        error_code=row.error_code or "",
        channel=row.channel or "",
        language=row.language,
        at=_moment(row),
        due_at=row.due_at,
        says=_says(row),
        body=row.body,
    )


def as_said(row: Row[Any]) -> Exchange:
    """What we wrote: a row of the outbox with its contact's `name`."""
    return Exchange(
        at=_moment(row),
        from_parent=False,
        name=row.name or "",
        channel=row.channel or "",
        text="",
        media=None,
        says=_says(row),
        body=row.body,
        language=row.language,
        state=row.state,
        reason=row.reason,
        error_code=row.error_code or "",
    )


def as_said_to_all(row: Row[Any]) -> Exchange:
    """What we wrote, for who may not read what is guarded."""
    shown = as_said(row)
    return replace(shown, says=(), body=None, guarded=True) if row.step in GUARDED else shown


def as_heard_by_all(row: Row[Any]) -> Exchange:
    """What a parent wrote, for who may not read what is guarded."""
    shown = as_heard(row)
    if row.guarded_by is None:
        return shown
    return replace(shown, text="", media=None, file=None, point=None, guarded=True)


def as_heard(row: Row[Any]) -> Exchange:
    """What a parent wrote: a row of what came in, with its contact's `name`."""
    return Exchange(
        at=row.at,
        from_parent=True,
        name=row.name or "",
        channel=row.channel,
        text=row.text,
        media=row.media,
        says=(),
        body=None,
        language=None,
        state="",
        reason="",
        error_code="",
        file=row.id if row.media_ref else None,
        point=None if row.latitude is None else (row.latitude, row.longitude),
    )


def _says(row: Row[Any]) -> tuple[Say, ...]:
    return tuple(load_say(one) for one in row.says)


def _moment(row: Row[Any]) -> datetime:
    """When it left, else when it is tried next, else when that was decided."""
    if row.sent_at is not None:
        moment = row.sent_at
    else:
        moment = row.next_attempt_at if row.state in OPEN else row.created_at
    assert isinstance(moment, datetime)
    return moment
