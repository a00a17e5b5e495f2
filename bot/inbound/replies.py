"""What is answered: promised to the outbox, or shown at once on a link page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.engine.desk import Outcome, Tap
from bot.flows.alarms import MILD, SAFETY
from bot.flows.base import RaiseAlarm, ResumeMessages, StopMessages
from bot.inbound.reading import last_question
from bot.messages import ChannelName, DeliveryState, InboundMessage, Purpose, Say, key_of, say
from bot.reach import drafts_leave
from bot.storage import contacts, outbox
from bot.storage.says import load_say
from bot.wording import Worded, worded

STEP_AFTER_STOP = {StopMessages: "stopped", ResumeMessages: "resumed"}
"""Replies that may leave although the person has stopped: they confirm the person's own choice."""


def reply_step(outcome: Outcome) -> str:
    """The step of an answer: what it confirms, or that it is one turn of many."""
    for one in outcome.effects:
        if isinstance(one, RaiseAlarm) and one.kind in (*SAFETY, *MILD):
            return "alarm" if one.kind in SAFETY else "noted"
        if type(one) in STEP_AFTER_STOP:
            return STEP_AFTER_STOP[type(one)]
    return "turn"


def reply(
    db: Connection,
    says: Sequence[Say],
    author: effects.Author,
    inbound_id: int,
    now: datetime,
    *,
    step: str = "turn",
    language: str | None = None,
) -> None:
    """Promise the answer; on a link page it is shown at once, there is nothing to send.

    `language`: what a stranger's telephone speaks; of a person we know more.
    """
    if not says:
        return
    person = author.person
    columns: dict[str, Any] = {
        "contact_id": person.contact_id if person else None,
        "family_id": person.family_id if person else None,
        "centre_id": person.centre_id if person else None,
        "address_id": author.address_id,
        "conversation_id": author.conversation_id,
        **author.about._asdict(),
        "inbound_id": inbound_id,
        "step": step,
        "language": language if person is None else None,
    }
    if author.channel is ChannelName.LINK:
        columns |= _shown(_worded_now(db, person, says), now)
    outbox.insert_one(
        db,
        key=key_of(Purpose.REPLY, f"inbound-{inbound_id}", 1, step, "1"),
        purpose=Purpose.REPLY,
        says=says,
        now=now,
        **columns,
    )


def _shown(answer: Worded, now: datetime) -> dict[str, Any]:
    """What the outbox says of an answer that a link page shows at once."""
    return {
        "state": DeliveryState.DELIVERED,
        "channel": ChannelName.LINK,
        "language": answer.language,
        "gap": answer.gap,
        "body": answer.text,
        "sent_at": now,
        "delivered_at": now,
    }


def _worded_now(db: Connection, person: Row[Any] | None, says: Sequence[Say]) -> Worded:
    """What is said in their language after the turn: they may have just chosen another."""
    fresh = contacts.person(db, person.contact_id) if person is not None else None
    if fresh is None:
        return worded(says, None)
    return worded(says, fresh.language, drafts=drafts_leave(fresh))


def tick_question(
    db: Connection,
    message: InboundMessage,
    quoted: Row[Any],
    tap: Tap,
    author: effects.Author,
    inbound_id: int,
    now: datetime,
) -> None:
    """Replace the answered question by itself, its buttons gone and the choice ticked."""
    question = last_question(quoted)
    chosen = (
        next((one for one in question.choices if one.code == tap.code), None) if question else None
    )
    if question is None or chosen is None or message.quoted is None:
        return
    told = [load_say(one) for one in quoted.says]
    says = [replace(one, choices=(), question="") for one in told]
    says.append(say("✓ {choice}", choice=chosen.label))
    outbox.insert_one(
        db,
        key=key_of(Purpose.REPLY, f"inbound-{inbound_id}", 1, "tick", "1"),
        purpose=Purpose.REPLY,
        says=says,
        now=now,
        contact_id=quoted.contact_id,
        family_id=quoted.family_id,
        centre_id=quoted.centre_id,
        address_id=author.address_id,
        inbound_id=inbound_id,
        step="tick",
        replaces=message.quoted,
    )
