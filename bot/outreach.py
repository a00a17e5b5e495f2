"""Outreach: what was planned becomes rows in the outbox, or refusals with their reasons.

One transaction for a whole plan. The gate is asked here and again when a row is sent; a promise
that stands in the outbox already is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.flows import notices
from bot.flows.base import Moment, Scene
from bot.flows.catalog import FLOWS
from bot.gate import Later, Refuse, decide
from bot.messages import DeliveryState, Purpose, Say
from bot.plans import Intent
from bot.reach import Facts, Reach, load_facts
from bot.scenes import scene_of
from bot.storage import conversations, outbox
from bot.storage.says import dump_say, dump_state
from bot.wallclock import at_wall_clock, local

NOTICE = timedelta(hours=2)  # before an event; a family may be on its way after that
FLOW_OF_STEP = {
    "invitation": "rsvp",
    "nudge": "rsvp",
    "reminder": "rsvp",
    "morning": "rsvp",
    "moved": "rsvp",
    "survey": "survey",
    "absence": "barrier",
    "offer": "offer",
    "welcome": "welcome",
}


@dataclass(frozen=True, slots=True)
class Enqueued:
    """How a plan came out; the three add up to its length."""

    waiting: int
    later: int
    refused: int


def enqueue(
    db: Connection,
    reach: Reach,
    intents: Sequence[Intent],
    now: datetime,
    known: Mapping[int, Moment] | None = None,
) -> Enqueued:
    """Write every intent as a promise to send or as a refusal; the caller commits.

    `known`: families, by id, that are to read of a moment which is not the event's any more.
    """
    if not intents:
        return Enqueued(0, 0, 0)
    facts = load_facts(
        db, reach, (one.contact_id for one in intents), (one.centre_id for one in intents), now
    )
    rows = [_row(db, facts, one, now, (known or {}).get(one.family_id)) for one in intents]
    outbox.insert_many(db, rows)
    refused = sum(row["state"] == DeliveryState.REFUSED for row in rows)
    later = sum(row["next_attempt_at"] > now for row in rows)
    return Enqueued(len(rows) - refused - later, later, refused)


def _row(
    db: Connection, facts: Facts, intent: Intent, now: datetime, known: Moment | None
) -> dict[str, Any]:
    person = facts.people[intent.contact_id]
    address, unreachable = facts.way(intent.contact_id, intent.step)
    request = facts.request(
        intent.contact_id,
        intent.centre_id,
        intent.purpose,
        intent.step,
        intent.expires_at,
        unreachable=unreachable,
        channel=address.channel if address is not None else "",
        same_day=facts.same_day(intent.centre_id, intent.purpose, intent.expires_at),
    )
    decision = decide(request, now)
    if decision == Refuse("too_late"):
        decision = _before_it_is_too_late(facts, intent) or decision
    row: dict[str, Any] = {
        "key": intent.key,
        "centre_id": intent.centre_id,
        "family_id": intent.family_id,
        "contact_id": intent.contact_id,
        "address_id": address.id if address is not None else None,
        **intent.about._asdict(),
        "conversation_id": None,
        "purpose": intent.purpose,
        "step": intent.step,
        "says": [],
        "due_at": intent.due_at,
        "expires_at": intent.expires_at,
        "state": DeliveryState.WAITING,
        "reason": "",
        "next_attempt_at": now,
        "created_at": now,
    }
    if isinstance(decision, Refuse) or address is None:
        reason = decision.reason if isinstance(decision, Refuse) else unreachable
        return row | {"state": DeliveryState.REFUSED, "reason": reason}
    if isinstance(decision, Later):
        row |= {"next_attempt_at": decision.at, "reason": decision.reason}
    scene = scene_of(db, facts.reach.deployment, person, intent.about, now)
    if known is not None and scene.event is not None:
        event = replace(scene.event, on=known.on, at=known.at, place=known.place)
        scene = replace(scene, event=event)
    conversation_id, opening = _conversation(db, address.id, person, intent, scene, now)
    says = words_of(intent.step, scene, on=local(now, person.time_zone).date()) or opening
    return row | {"conversation_id": conversation_id, "says": [dump_say(one) for one in says]}


def _conversation(
    db: Connection,
    address_id: int,
    person: Row[Any],
    intent: Intent,
    scene: Scene,
    now: datetime,
) -> tuple[int | None, tuple[Say, ...]]:
    """The conversation that answers will belong to, and its opening words where it is new.

    It awaits nothing until its question has left.
    """
    flow = FLOW_OF_STEP.get(intent.step)
    if flow is None:
        return None, ()
    turn = FLOWS[flow].open(scene)
    standing = conversations.about(db, address_id, person.contact_id, flow, intent.about)
    if standing is not None:
        return int(standing.id), turn.says
    conversation_id = conversations.insert_conversation(
        db,
        address_id=address_id,
        contact_id=person.contact_id,
        flow=flow,
        **intent.about._asdict(),
        letter=conversations.free_letter(db, address_id),
        state=dump_state(flow, turn.state),
        awaiting=False,
        opened_at=now,
        last_turn_at=now,
    )
    return conversation_id, turn.says


def words_of(step: str, scene: Scene, *, on: date) -> tuple[Say, ...]:
    """What a step says about its event on this day; nothing where its flow has the first word."""
    match step:
        case "nudge":
            return notices.nudge(scene)
        case "reminder":
            return notices.reminder(scene)
        case "morning":
            assert scene.event is not None, "a step is about an event"
            return notices.morning(scene) if on == scene.event.on else notices.eve(scene)
        case "moved":
            return notices.moved(scene)
        case "new_place":
            return notices.new_place(scene)
        case "cancelled":
            return notices.cancelled(scene)
        case _:
            return ()


def says_now(step: str, scene: Scene, *, on: date) -> tuple[Say, ...]:
    """What a step says at this moment; its flow's first words where that has them."""
    return words_of(step, scene, on=on) or FLOWS[FLOW_OF_STEP[step]].open(scene).says


def _before_it_is_too_late(facts: Facts, intent: Intent) -> Later | None:
    """When a change leaves whose quiet hours last until its event begins: on the day itself.

    At the opening hour, or two hours before the event where that comes first. Nobody shall stand
    before a closed door because the day before was a Sunday.
    """
    centre = facts.centres.get(intent.centre_id)
    if intent.purpose is not Purpose.CHANGE or intent.expires_at is None or centre is None:
        return None
    starts_on = local(intent.expires_at, centre.time_zone).date()
    opens_at = at_wall_clock(starts_on, centre.opens_at, centre.time_zone)
    at = min(opens_at, intent.expires_at - NOTICE)
    return Later(at, "quiet_hours") if at > facts.now else None
