"""Receipts: a provider's word on our messages, kept and applied. One transaction for a batch.

What is true of a message follows from all the words on it together, so that their order does not
matter and a word that comes twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.channels.twilio_codes import HELD_BACK, Failure, meaning
from bot.delivery import Retry, after_error, highest, raised
from bot.errors import SendDelayed
from bot.merging import is_reminder
from bot.messages import ChannelName, DeliveryState, Purpose, Receipt
from bot.storage import contacts, outbox

OTHER_CHANNEL = "other_channel"  # reason of a row that the next address may carry
ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)


def receive_receipts(db: Connection, batch: Sequence[Receipt], now: datetime) -> int:
    """Apply each word once; give how many were new. A word on an unknown message is kept too."""
    return sum(_receive_one(db, receipt, now) for receipt in batch)


def _receive_one(db: Connection, receipt: Receipt, now: datetime) -> bool:
    code = receipt.error_code or ""
    new = outbox.record_receipt(db, receipt.channel, receipt.provider_id, receipt.state, code, now)
    row = outbox.by_provider_id(db, receipt.channel, receipt.provider_id) if new else None
    if row is not None:
        judge(db, row, [code], now)
    return new


def judge(db: Connection, row: Row[Any], heard: Sequence[str], now: datetime) -> None:
    """Raise a message's state to what its words come to, and draw what follows from them.

    `heard`: the error codes that are new. A stop counts once: the person may have come back since.
    """
    if any(meaning(code) is Failure.STOPPED for code in heard):
        _stop(db, row, now)
    words = outbox.receipts_of(db, row.channel, row.provider_id)
    codes = {one.error_code for one in words if one.state == DeliveryState.FAILED}
    word = highest(DeliveryState(one.state) for one in words)
    if word in ARRIVED:
        contacts.revive(db, row.address_id)  # what arrived there proves that it works
    if raised(DeliveryState(row.state), word) is not word:
        return
    values: dict[str, Any] = {"state": word}
    if word in ARRIVED:
        values |= {"delivered_at": row.delivered_at or now, "reason": "", "error_code": None}
    if word is DeliveryState.FAILED:
        values |= {"reason": "failed_at_provider", "error_code": max(codes) or row.error_code}
    outbox.set_row(db, row.id, **values)
    if is_reminder(row):
        outbox.set_riders(db, row.id, **values)
    if word is DeliveryState.FAILED:
        failures = {meaning(code) for code in codes}
        if Failure.DEAD in failures:
            contacts.mark_dead(db, row.address_id, "address_dead")
        if failures & {Failure.DEAD, Failure.OTHER_CHANNEL}:
            try_elsewhere(db, row, row.address_id, now)
        elif codes & HELD_BACK:
            _try_later(db, row, max(codes & HELD_BACK), now)


def try_elsewhere(db: Connection, row: Row[Any], failed_at: int, now: datetime) -> None:
    """Let a failed message wait again where an address behind the failed one may carry it.

    The gate will say. An answer goes nowhere else than to where its question came from.
    """
    if Purpose(row.purpose) is Purpose.REPLY or row.contact_id is None:
        return
    theirs = contacts.addresses_of(db, [row.contact_id]).get(row.contact_id, [])
    places = [place for place, one in enumerate(theirs, start=1) if one.id == failed_at]
    if any(one.dead_reason is None for one in theirs[places[0] if places else 0 :]):
        again = {
            "state": DeliveryState.WAITING,
            "reason": OTHER_CHANNEL,
            "address_id": failed_at,
            "next_attempt_at": now,
            "lease_until": None,
        }
        outbox.set_row(db, row.id, **again)
        if is_reminder(row):
            outbox.set_riders(db, row.id, **again)


def _try_later(db: Connection, row: Row[Any], code: str, now: datetime) -> None:
    """Let a message wait that the provider held back because we sent too many, if it still may."""
    verdict = after_error(SendDelayed("held back", code=code), row.attempts, now, row.expires_at)
    if not isinstance(verdict, Retry):
        return
    again = {
        "state": DeliveryState.WAITING,
        "reason": verdict.reason,
        "provider_id": None,  # late words on this try are not about the next one
        "next_attempt_at": verdict.at,
        "lease_until": None,
    }
    outbox.set_row(db, row.id, **again)
    if is_reminder(row):
        outbox.set_riders(db, row.id, **again)


def _stop(db: Connection, row: Row[Any], now: datetime) -> None:
    person = contacts.person(db, row.contact_id) if row.contact_id else None
    author = effects.Author(person, row.address_id, ChannelName(row.channel), "carrier")
    effects.stop_address(db, author, now)
