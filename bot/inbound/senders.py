"""Who wrote, from where: the person behind an address, a link or another of our bots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.contacts import bind_elsewhere
from bot.messages import Address, ChannelName, InboundMessage
from bot.opened import opened_by
from bot.storage import contacts, conversations


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, from where; a stranger is nobody in the roster."""

    address_id: int
    person: Row[Any] | None
    conversation_id: int | None = None  # the one that a link page belongs to
    elsewhere: tuple[int, ...] = ()  # where other senders of ours know the same person


def sender_of(db: Connection, address: Address, now: datetime) -> Sender | None:
    """Who is behind an address; a link page is behind its token."""
    if address.channel is ChannelName.LINK:
        opened = opened_by(db, address.value, now)
        if opened is None:
            return None
        token, person = opened
        return Sender(token.address_id, person, _shown(db, token, now))
    address_id = contacts.address_id(db, address, now)
    people = contacts.people_at(db, address_id)
    return Sender(address_id, people[0] if people else None)


def known_elsewhere(
    db: Connection, message: InboundMessage, sender: Sender, now: datetime
) -> Sender:
    """Who writes to another of our bots than the one that knows them is known there too."""
    found = (contacts.find_address(db, one) for one in message.elsewhere)
    homes = tuple(one for one in found if one is not None)
    if sender.person is None and homes:
        bind_elsewhere(db, homes, sender.address_id, message.sender.channel, now)
        people = contacts.people_at(db, sender.address_id)
        sender = replace(sender, person=people[0] if people else None)
    return replace(sender, elsewhere=homes)


def _shown(db: Connection, token: Row[Any], now: datetime) -> int | None:
    """The conversation that words typed on a link page are for; None where it shows several."""
    conversation_id = token.conversation_id
    if conversations.asking_back(db, token.address_id, token.contact_id, now) is not None:
        return None
    asking = conversations.reason_beside(db, conversation_id or 0)
    if asking is not None:
        return int(asking.id)
    several = conversation_id is not None and conversations.told_beside(db, conversation_id)
    return None if several else conversation_id
