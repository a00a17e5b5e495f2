"""Where conversations stand after a turn, and which of them its effects belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.engine.desk import Arrival, Moved, Outcome
from bot.inbound.senders import Sender
from bot.messages import NOTHING, About
from bot.storage import conversations
from bot.storage.says import dump_state


@dataclass(frozen=True, slots=True)
class Talk:
    conversation_id: int
    contact_id: int
    about: About


def move(
    db: Connection,
    moved: Sequence[Moved],
    by_id: Mapping[int, Row[Any]],
    sender: Sender,
    now: datetime,
) -> Talk | None:
    """Write where every conversation stands; give the last of them."""
    last = None
    for one in moved:
        state = dump_state(one.flow, one.state) if one.state is not None else None
        if one.id is not None:
            row = by_id[one.id]
            conversations.move(db, one.id, state, awaiting=one.awaiting, now=now)
            last = Talk(one.id, row.contact_id, about_of(row))
        elif state is not None:
            assert sender.person is not None
            beside = by_id[one.beside] if one.beside is not None else None
            contact_id = beside.contact_id if beside is not None else sender.person.contact_id
            about = about_of(beside) if beside is not None else NOTHING
            new_id = _open(db, sender, contact_id, about, one, state, now)
            last = Talk(new_id, contact_id, about)
    return last


def _open(
    db: Connection,
    sender: Sender,
    contact_id: int,
    about: About,
    moved: Moved,
    state: Any,
    now: datetime,
) -> int:
    """Open a conversation; another of the same flow about the same is taken over."""
    standing = conversations.about(db, sender.address_id, contact_id, moved.flow, about)
    if standing is not None:
        conversations.move(db, standing.id, state, awaiting=moved.awaiting, now=now)
        return int(standing.id)
    return conversations.insert_conversation(
        db,
        address_id=sender.address_id,
        contact_id=contact_id,
        flow=moved.flow,
        **about._asdict(),
        letter=conversations.free_letter(db, sender.address_id) if about != NOTHING else "",
        state=state,
        turn=1,
        awaiting=moved.awaiting,
        opened_at=now,
        last_turn_at=now,
    )


def talk_of(
    outcome: Outcome,
    by_id: Mapping[int, Row[Any]],
    moved_to: Talk | None,
    arrival: Arrival,
) -> Talk | None:
    """The conversation that effects and replies belong to."""
    if outcome.intent == "stop":
        return None
    if moved_to is not None:
        return moved_to
    row = by_id.get(arrival.belongs_to or 0)
    return Talk(row.id, row.contact_id, about_of(row)) if row is not None else None


def about_of(row: Row[Any]) -> About:
    """The event or the campaign that a conversation is about."""
    return About(row.event_id, row.campaign_id)
