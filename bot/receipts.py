"""Receipts: a provider's word on our messages, kept and applied. One transaction for a batch.

What is true of a message follows from all the words on it together, so that their order does not
matter and a word that comes twice changes nothing. Of a try before the last one only two things
still count: that the message arrived after all, and what is said of the address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.channels.twilio_codes import EXPIRED, TRIES, Failure, meaning
from bot.delivery import PAUSES, Retry, after_error, highest, raised
from bot.elsewhere import (
    NOT_DELIVERED,
    OTHER_CHANNEL,
    arrived_after_all,
    has_another_way,
    tell_the_centre,
    try_again,
    try_elsewhere,
    unsaid,
)
from bot.errors import SendDelayed
from bot.gate import WINDOW
from bot.merging import is_reminder
from bot.messages import ChannelName, DeliveryState, Receipt
from bot.storage import contacts, outbox, tries
from bot.storage.receipts import by_provider_id, receipts_of, record_receipt
from bot.storage.riders import set_riders
from bot.storage.tries import Outcome

ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)
WENT_ELSEWHERE = (OTHER_CHANNEL, NOT_DELIVERED)  # pages say why it left by the channel it did
RATHER_ELSEWHERE = "63049"  # Meta counts tries against us: only where no other channel is left


def receive_receipts(db: Connection, batch: Sequence[Receipt], now: datetime) -> int:
    """Apply each word once; give how many were new. A word on an unknown message is kept too."""
    return sum(_receive_one(db, receipt, now) for receipt in batch)


def _receive_one(db: Connection, receipt: Receipt, now: datetime) -> bool:
    code = receipt.error_code or ""
    spoken_of = receipt.channel, receipt.provider_id
    new = record_receipt(db, *spoken_of, receipt.state, code, now)
    if not new:
        return False
    row = by_provider_id(db, *spoken_of)
    earlier = tries.by_provider_id(db, *spoken_of) if row is None else None
    if row is not None:
        judge(db, row, [code], now)
    elif earlier is not None:
        _judge_earlier(db, earlier, receipt, now)
    return True


def judge(db: Connection, row: Row[Any], heard: Sequence[str], now: datetime) -> None:
    """Raise a message's state to what its words come to, and draw what follows from them.

    `heard`: the error codes that are new. A stop counts once: the person may have come back since.
    """
    if any(meaning(code) is Failure.STOPPED for code in heard):
        _stop(db, row, row.address_id, row.channel, now)
    words = receipts_of(db, row.channel, row.provider_id)
    states = [DeliveryState(one.state) for one in words]
    codes = {one.error_code for one in words if one.state == DeliveryState.FAILED}
    if any(one in ARRIVED for one in states):
        contacts.revive(db, row.address_id)  # what arrived there proves that it works
    before = arrived_before(db, row) if row.attempts > 1 else ()
    word = highest([*states, *before])
    if raised(DeliveryState(row.state), word) is not word:
        return
    _write(db, row, word, max(codes, default=""), now)
    if word is DeliveryState.FAILED:
        _after_failure(db, row, codes, now)


def arrived_before(db: Connection, row: Row[Any]) -> list[DeliveryState]:
    """The words that an earlier try of this message has arrived."""
    words = (
        DeliveryState(word.state)
        for one in tries.of(db, row.id)
        if one.provider_id is not None
        for word in receipts_of(db, one.channel, one.provider_id)
    )
    return [one for one in words if one in ARRIVED]


def note_earlier_arrival(db: Connection, outbox_id: int, now: datetime) -> None:
    """What became of the last try says nothing any more, where an earlier one has arrived."""
    row = outbox.row(db, outbox_id)
    before = arrived_before(db, row) if row is not None else []
    if row is not None and before:
        word = highest(before)
        standing = DeliveryState(row.state)
        if standing is DeliveryState.REFUSED or raised(standing, word) is word:
            _write(db, row, word, "", now)


def _judge_earlier(db: Connection, earlier: Row[Any], receipt: Receipt, now: datetime) -> None:
    """A late word on a try that another one has followed."""
    row = outbox.row(db, earlier.outbox_id)
    assert row is not None, "a try belongs to a message"
    said = meaning(receipt.error_code or "")
    if said is Failure.STOPPED:
        _stop(db, row, earlier.address_id, earlier.channel, now)
    if said is Failure.DEAD:
        contacts.mark_dead(db, earlier.address_id, "address_dead")
    if receipt.state in ARRIVED:
        contacts.revive(db, earlier.address_id)
        note_earlier_arrival(db, row.id, now)


def _write(db: Connection, row: Row[Any], word: DeliveryState, code: str, now: datetime) -> None:
    """Write the state that a message has come to."""
    values: dict[str, Any] = {"state": word}
    if word in ARRIVED:
        told = row.reason if row.reason in WENT_ELSEWHERE else ""
        values |= {"delivered_at": row.delivered_at or now, "reason": told, "error_code": None}
    if word is DeliveryState.FAILED:
        values |= {"reason": "failed_at_provider", "error_code": code or row.error_code}
    outbox.set_row(db, row.id, **values)
    if is_reminder(row):
        set_riders(db, row.id, **values)
    if word in ARRIVED:
        arrived_after_all(db, row, now)


def _after_failure(db: Connection, row: Row[Any], codes: Collection[str], now: datetime) -> None:
    """Try again, by template, or by the next way, as the codes say; else a person is told."""
    failures = {meaning(code) for code in codes}
    if Failure.STOPPED in failures or _is_over(row, codes, now):
        return
    if Failure.DEAD in failures:
        contacts.mark_dead(db, row.address_id, "address_dead")
    elif Failure.TEMPLATE in failures and _was_free_text(db, row):
        contacts.close_window(db, row.address_id)
        try_again(db, row, (row.address_id, row.channel), now, "window_closed", now)
        return
    elif Failure.RETRY in failures and _try_later(db, row, codes, Failure.RETRY, now):
        return
    if has_another_way(db, row, row.address_id):
        try_elsewhere(db, row, (row.address_id, row.channel), Outcome.FAILED, now)
    elif RATHER_ELSEWHERE in codes and _try_later(db, row, codes, Failure.OTHER_CHANNEL, now):
        return
    elif Failure.CONFIGURATION not in failures:  # that is for whoever looks after Carnet
        tell_the_centre(db, [unsaid(row)], now)


def _is_over(row: Row[Any], codes: Collection[str], now: datetime) -> bool:
    """Whether a message waited at its provider until it was of no use: nobody need be told then."""
    another_try = now + TRIES[EXPIRED][0]
    return EXPIRED in codes and row.expires_at is not None and row.expires_at <= another_try


def _try_later(
    db: Connection, row: Row[Any], codes: Collection[str], kind: Failure, now: datetime
) -> bool:
    """Let a message wait for another try at the same address, if it still may."""
    code = max(one for one in codes if meaning(one) is kind)
    tried = tries.how_many_at(db, row.id, row.address_id) + 1
    error, pauses = SendDelayed("not delivered", code=code), TRIES.get(code, PAUSES)
    verdict = after_error(error, tried, now, row.expires_at, pauses)
    if not isinstance(verdict, Retry):
        return False
    try_again(db, row, (row.address_id, row.channel), verdict.at, verdict.reason, now)
    return True


def _was_free_text(db: Connection, row: Row[Any]) -> bool:
    """Whether we took WhatsApp's window for open when this left."""
    address = contacts.address(db, row.address_id)
    heard = address.last_inbound_at if address is not None else None
    return heard is not None and heard + WINDOW > (row.sent_at or row.created_at)


def _stop(db: Connection, row: Row[Any], address_id: int, channel: str, now: datetime) -> None:
    person = contacts.person(db, row.contact_id) if row.contact_id else None
    author = effects.Author(person, address_id, ChannelName(channel), "carrier")
    effects.stop_address(db, author, now)
