"""Inbound: what arrives becomes turns. One transaction for a batch of one or more.

Each message has a savepoint of its own, so that one that we cannot take sinks nobody else's. A
provider's message that was here before changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.deployment import Deployment
from bot.inbound.newcomers import bind, greet_stranger
from bot.inbound.senders import known_elsewhere, sender_of
from bot.inbound.turns import run_turn
from bot.messages import ChannelName, Departure, InboundMessage, Shape
from bot.storage import contacts
from bot.storage.inbound import insert_inbound
from bot.traces import log_fault

TYPED_CODE = re.compile(r"\s*[A-Za-z0-9_-]{16}\s*$")  # a card's code, typed by hand


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one message. `inbound_id` None: it was here before, or came from nowhere."""

    inbound_id: int | None
    error: Exception | None = None


def receive(
    db: Connection,
    deployment: Deployment,
    batch: Sequence[InboundMessage | Departure],
    now: datetime,
    shapes: Mapping[ChannelName, Shape],
) -> list[Received]:
    """Take every message of a batch, in order; the caller commits."""
    done = []
    for message in batch:
        try:
            with db.begin_nested():
                done.append(Received(_receive_one(db, deployment, message, now, shapes)))
        except Exception as error:  # noqa: BLE001 - logged, without what it holds
            log_fault("inbound_failed", error, channel=message.sender.channel)
            done.append(Received(None, error))
    return done


def _receive_one(
    db: Connection,
    deployment: Deployment,
    message: InboundMessage | Departure,
    now: datetime,
    shapes: Mapping[ChannelName, Shape],
) -> int | None:
    sender = sender_of(db, message.sender, now)
    if sender is None:
        return None
    if isinstance(message, Departure):
        contacts.mark_dead(db, sender.address_id, "blocked")
        return None
    if message.elsewhere:
        sender = known_elsewhere(db, message, sender, now)
    inbound_id = insert_inbound(
        db,
        channel=message.sender.channel,
        provider_id=message.provider_id,
        address_id=sender.address_id,
        contact_id=sender.person.contact_id if sender.person else None,
        text=message.text,
        payload=message.payload[:64] if message.payload else None,
        media=message.media,
        media_ref=message.media_ref,
        latitude=message.point[0] if message.point else None,
        longitude=message.point[1] if message.point else None,
        at=now,
    )
    if inbound_id is None:
        return None
    if message.sender.channel is not ChannelName.LINK:
        contacts.mark_heard(db, sender.address_id, now)
    if sender.person is None and TYPED_CODE.match(message.text):
        message = replace(message, code=message.text.strip())
    if message.code or message.phone:
        bind(db, deployment, message, sender, inbound_id, now)
    elif sender.person is None:
        greet_stranger(db, message, sender, inbound_id, now)
    else:
        run_turn(db, deployment, message, sender, inbound_id, now, shapes)
    return inbound_id
