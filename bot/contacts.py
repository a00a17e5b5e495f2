"""Contacts: cards that bind a phone, and the household as it was imported. One transaction each."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.messages import Address, ChannelName
from bot.storage import contacts

CARD_LIFE = timedelta(days=60)
CARD_BYTES = 12  # 96 bits; 16 signs in Telegram's start parameter
PREFERRED = 0  # the rank of an address that the parent bound themselves


def new_binding_code(db: Connection, contact_id: int, now: datetime) -> str:
    """Make a one-time code for a contact's card; only its hash is kept."""
    code = secrets.token_urlsafe(CARD_BYTES)
    contacts.insert_binding_code(db, contact_id, _hash(code), now + CARD_LIFE)
    return code


def bind_by_code(
    db: Connection, code: str, address_id: int, channel: ChannelName, now: datetime
) -> int | None:
    """Spend a card's code for this address; give its contact, or None for one that is no good."""
    contact_id = contacts.use_binding_code(db, _hash(code.strip()), now)
    if contact_id is not None:
        _bind(db, contact_id, address_id, channel, now)
    return contact_id


def bind_by_phone(
    db: Connection, phone: str, address_id: int, channel: ChannelName, now: datetime
) -> int | None:
    """Link everyone who is reached at a phone to this address; give the first guardian.

    `phone` must be the sender's own, as their provider vouches for it.
    """
    number = phone if phone.startswith("+") else f"+{phone}"
    sms_id = contacts.find_address(db, Address(ChannelName.SMS, number))
    people = contacts.people_at(db, sms_id) if sms_id is not None else ()
    for one in people:
        _bind(db, one.contact_id, address_id, channel, now)
    return int(people[0].contact_id) if people else None


def bind_elsewhere(
    db: Connection, known: Iterable[int], address_id: int, channel: ChannelName, now: datetime
) -> None:
    """Reach who is known at other senders of ours at this address too: they wrote from there."""
    for one in known:
        for person in contacts.people_at(db, one):
            _bind(db, person.contact_id, address_id, channel, now)


def _bind(
    db: Connection, contact_id: int, address_id: int, channel: ChannelName, now: datetime
) -> None:
    if contacts.attach(db, contact_id, address_id, PREFERRED, "bound"):
        contacts.record_consent(
            db,
            contact_id,
            "channel",
            "given",
            source="parent",
            wording="card",
            at=now,
            channel=channel,
        )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
