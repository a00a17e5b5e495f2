"""One message of a known person: read, decided by the engine, applied, answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.deployment import Deployment
from bot.engine.turn import take_turn
from bot.inbound.holds import guard, hold_on
from bot.inbound.moving import Talk, move, talk_of
from bot.inbound.reading import arrival_of, desk_of, open_conversations, quoted_by
from bot.inbound.replies import reply, reply_step, tick_question
from bot.inbound.senders import Sender
from bot.messages import NOTHING, ChannelName, InboundMessage, Shape
from bot.overruled import answer_before, tell_overruled
from bot.reach import Reach
from bot.storage import contacts
from bot.storage.inbound import set_inbound
from bot.storage.riders import carries


def run_turn(
    db: Connection,
    deployment: Deployment,
    message: InboundMessage,
    sender: Sender,
    inbound_id: int,
    now: datetime,
    shapes: Mapping[ChannelName, Shape],
) -> None:
    """Read, decide, apply and answer one message of a known person."""
    assert sender.person is not None
    quoted = quoted_by(db, message)
    if quoted is not None and carries(db, quoted.id):
        quoted = None  # it spoke of several events: a button names its own, words name none
    arrival = arrival_of(message, quoted, sender)
    hold = hold_on(db, sender.person, sender.address_id)
    open_rows = open_conversations(db, sender, arrival)
    others = {row.contact_id for row in open_rows} - {sender.person.contact_id}
    people = contacts.people(db, others) if others else {}
    people[sender.person.contact_id] = sender.person
    held = hold.reason if hold is not None else ""
    desk = replace(desk_of(db, deployment, sender, open_rows, people, now), held=held)
    outcome = take_turn(arrival, desk)
    by_id = {row.id: row for row in open_rows}
    moved_to = move(db, outcome.moved, by_id, sender, now)
    talk = talk_of(outcome, by_id, moved_to, arrival)
    person = people[talk.contact_id] if talk is not None else sender.person
    author = _author(message, sender, person, talk, inbound_id)
    before = answer_before(db, outcome.effects, author)
    effects.apply(db, outcome.effects, author, now)
    guarded = guard(db, sender, inbound_id)
    if before is not None and not guarded:  # what they wrote is told to nobody
        tell_overruled(db, Reach(deployment, shapes), before, author, now)
    set_inbound(
        db,
        inbound_id,
        intent=outcome.intent,
        conversation_id=author.conversation_id,
        contact_id=person.contact_id,
    )
    shape = shapes.get(message.sender.channel, Shape())
    if outcome.answered and arrival.tap and quoted is not None and shape.edits:
        tick_question(db, message, quoted, arrival.tap, author, inbound_id, now)
    reply(db, outcome.says, author, inbound_id, now, step=reply_step(outcome))


def _author(
    message: InboundMessage,
    sender: Sender,
    person: Row[Any],
    talk: Talk | None,
    inbound_id: int,
) -> effects.Author:
    """Who has done what the turn does, and about what."""
    return effects.Author(
        person=person,
        address_id=sender.address_id,
        channel=message.sender.channel,
        source="carrier" if message.opt_out else "parent",
        conversation_id=talk.conversation_id if talk else None,
        about=talk.about if talk else NOTHING,
        inbound_id=inbound_id,
    )
