"""Contacts: cards that bind a phone, and the household as it was imported. One transaction each."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.link import BLOTTED, deep_link, hash_token, token_for
from bot.deployment import Deployment
from bot.errors import Rejected
from bot.flows import notices
from bot.messages import Address, ChannelName, Purpose, key_of
from bot.storage import contacts, outbox
from bot.storage.tasks import WRONG_NUMBER, holds_on

CARD = "card"  # the step of an SMS that carries a one-time code
CARD_LIFE = timedelta(days=60)
CARD_BYTES = 12  # 96 bits; 16 signs in Telegram's start parameter
PREFERRED = 0  # the rank of an address that the parent bound themselves


def new_binding_code(db: Connection, contact_id: int, now: datetime) -> str:
    """Make a one-time code for a contact's card; only its hash is kept."""
    code = secrets.token_urlsafe(CARD_BYTES)
    contacts.insert_binding_code(db, contact_id, hash_token(code), now + CARD_LIFE)
    return code


def send_card(db: Connection, deployment: Deployment, contact_id: int, now: datetime) -> int:
    """Write the SMS with which a parent opens our bot on Telegram; give its row in the outbox.

    Its code is the row's own token: every try carries the same, and what is kept shows none. Asked
    for again on the same day, it is the same SMS. Raises Rejected where it could not arrive.
    """
    person = contacts.person(db, contact_id)
    if person is None:
        raise Rejected("Ce parent n'existe pas.")
    bot = deployment.bot_named(person.telegram_bot or "")
    if not bot:
        raise Rejected("Le robot Telegram n'est pas encore activé : il n'y a rien à ouvrir.")
    address_id = _mobile(db, person)
    outbox_id = outbox.insert_one(
        db,
        key=key_of(Purpose.STAFF, f"contact-{contact_id}", 1, CARD, f"{now:%Y-%m-%d}"),
        purpose=Purpose.STAFF,
        step=CARD,
        says=notices.telegram_link(deep_link(bot, BLOTTED)),
        contact_id=contact_id,
        family_id=person.family_id,
        centre_id=person.centre_id,
        address_id=address_id,
        now=now,
    )
    code = hash_token(token_for(deployment.key, outbox_id))
    contacts.insert_binding_code(db, contact_id, code, now + CARD_LIFE)
    return outbox_id


def _mobile(db: Connection, person: Row[Any]) -> int:
    """The address that takes an SMS for this person; Rejected says why there is none."""
    if person.erased_at is not None or person.no_contact or person.stopped_at is not None:
        raise Rejected("On n'écrit pas à ce parent. Remettez-lui une carte imprimée au centre.")
    found = contacts.addresses_of(db, [person.contact_id]).get(person.contact_id, [])
    phones = [one for one in found if one.channel == ChannelName.SMS and not one.dead_reason]
    if not phones:
        raise Rejected("Aucun numéro de ce parent ne reçoit de SMS. Remettez-lui une carte.")
    homes = [one.id for one in phones]
    doubtful = {
        task.address_id for task in holds_on(db, (), (), homes) if task.reason == WRONG_NUMBER
    }
    for one in homes:
        if one not in doubtful:
            return int(one)
    raise Rejected("Ce numéro est peut-être celui de quelqu'un d'autre. Vérifiez-le d'abord.")


def bind_by_code(
    db: Connection, code: str, address_id: int, channel: ChannelName, now: datetime
) -> int | None:
    """Spend a card's code for this address; give its contact, or None for one that is no good."""
    contact_id = contacts.use_binding_code(db, hash_token(code.strip()), now)
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
