"""What arrived, and what stands open there, in the engine's words. Reads only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.deployment import Deployment
from bot.engine.desk import Arrival, Desk, Open, Tap
from bot.flows.received import SIGNS
from bot.inbound.moving import about_of
from bot.inbound.senders import Sender
from bot.messages import NOTHING, InboundMessage, Say
from bot.people import silent_until
from bot.scenes import scene_of
from bot.storage import contacts, conversations, tasks
from bot.storage.frequency import asked_since, wrote_since
from bot.storage.receipts import tried_as
from bot.storage.says import load_say, load_state

ROW_ID = re.compile(r"[0-9]{1,18}")  # fits every database

JUST_NOW = timedelta(minutes=15)  # a question put in answer to them is still before their eyes
LATELY = timedelta(hours=12)  # thanks and greetings are an answer to what we wrote that lately
NOBODYS = 0  # the conversation that a damaged button names: none has this id


def open_conversations(db: Connection, sender: Sender, arrival: Arrival) -> Sequence[Row[Any]]:
    """What stands open at this address, and what a button names that has moved elsewhere since."""
    homes = (sender.address_id, *sender.elsewhere)
    found = [row for home in homes for row in conversations.open_at(db, home)]
    named = arrival.tap.conversation_id if arrival.tap else arrival.belongs_to
    assert sender.person is not None, "a stranger has no conversation"
    here = {sender.person.contact_id}
    if named is not None or any(row.contact_id not in here for row in found):
        here |= {one.contact_id for one in contacts.people_at(db, sender.address_id)}
        found = [row for row in found if row.contact_id in here]  # not who is gone from this phone
    if named is None or any(row.id == named for row in found):
        return found
    row = conversations.conversation(db, named)
    mine = row is not None and row.contact_id in here and row.closed_at is None
    return [*found, row] if row is not None and mine else found


def arrival_of(message: InboundMessage, quoted: Row[Any] | None, sender: Sender) -> Arrival:
    """One message in the engine's words."""
    belongs_to = quoted.conversation_id if quoted is not None else sender.conversation_id
    tap = None
    if message.payload:
        tap = _tap(message.payload, quoted, belongs_to)
    media = "" if message.media in SIGNS else message.media or ""
    return Arrival(message.text, tap, belongs_to, message.opt_out, media)


def _tap(payload: str, quoted: Row[Any] | None, belongs_to: int | None) -> Tap:
    """A button's payload; a bare code is bound by the message that it stood under."""
    parts = payload.split(":")
    if len(parts) == 3:
        named = int(parts[0]) if ROW_ID.fullmatch(parts[0]) else NOBODYS
        return Tap(named if parts[0] else belongs_to, parts[1], parts[2])
    question = last_question(quoted)
    return Tap(belongs_to, question.question if question else "", payload)


def last_question(row: Row[Any] | None) -> Say | None:
    """The question that a row of the outbox ends with."""
    says = [load_say(one) for one in row.says] if row is not None else []
    return next((one for one in reversed(says) if one.choices), None)


def quoted_by(db: Connection, message: InboundMessage) -> Row[Any] | None:
    """The row of the outbox that a message quotes or taps; the question, not what ticked it."""
    if message.quoted is None:
        return None
    return tried_as(db, message.sender.channel, message.quoted)


def desk_of(
    db: Connection,
    deployment: Deployment,
    sender: Sender,
    open_rows: Sequence[Row[Any]],
    people: Mapping[int, Row[Any]],
    now: datetime,
) -> Desk:
    """What we know of the sender, and what stands open for them."""
    assert sender.person is not None
    task = tasks.open_task(db, sender.address_id)
    silent = silent_until(task) if task is not None else None
    return Desk(
        scene=scene_of(db, deployment, sender.person, NOTHING, now),
        open=tuple(
            Open(
                id=row.id,
                flow=row.flow,
                state=load_state(row.flow, row.state),
                scene=scene_of(db, deployment, people[row.contact_id], about_of(row), now),
                awaiting=row.awaiting,
                letter=row.letter,
                order=order,
                fresh=_is_fresh(db, sender, row, now),
            )
            for order, row in enumerate(
                sorted(open_rows, key=lambda one: (one.last_turn_at, one.id))
            )
        ),
        stopped=sender.person.stopped_at is not None,
        paused=_asked_for_silence(sender.person, now),
        waiting=task is not None,
        talking=silent is not None and silent > now,
        lately=wrote_since(db, sender.address_id, now - LATELY),
    )


def _asked_for_silence(person: Row[Any], now: datetime) -> bool:
    """Whether the family is paused because it wished so."""
    paused = person.paused_until is not None and person.paused_until > now
    return paused and person.pause_reason == effects.BY_PARENT


def _is_fresh(db: Connection, sender: Sender, row: Row[Any], now: datetime) -> bool:
    """Whether its last turn was just now, and nothing else was asked here since."""
    if not row.awaiting or row.turn == 0 or row.last_turn_at <= now - JUST_NOW:
        return False
    return not asked_since(db, sender.address_id, row.last_turn_at)
