"""Outreach: what was planned becomes rows in the outbox, or refusals with their reasons.

One transaction for a whole plan, and the same few statements for every BATCH of it. The gate is
asked here and again when a row is sent; a promise that stands in the outbox already is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.elsewhere import NO_WAY_LEFT, Unsaid, tell_the_centre
from bot.flows import meeting, notices
from bot.flows.base import Moment, Scene
from bot.flows.catalog import FLOWS
from bot.gate import Decision, Later, Refuse, decide
from bot.messages import DeliveryState, Purpose, Say
from bot.plans import Intent
from bot.reach import Facts, Reach, load_facts
from bot.scenes import Scenes, load_scenes
from bot.storage import conversations, events, outbox
from bot.storage.conversations import Talk
from bot.storage.says import dump_say, dump_state
from bot.wallclock import at_wall_clock, local

BATCH = 500  # rows in one statement: far below what a database takes
NOTICE = timedelta(hours=2)  # before an event; a family may be on its way after that
FLOW_OF_STEP = {
    "invitation": "rsvp",
    "nudge": "rsvp",
    "reminder": "rsvp",
    "morning": "rsvp",
    "moved": "rsvp",
    "moved_elsewhere": "rsvp",
    "new_hour": "rsvp",
    "new_hour_elsewhere": "rsvp",
    "now_comes": "rsvp",
    "now_declines": "rsvp",
    "survey": "survey",
    "wave": "wave",
    "wave_nudge": "wave",
    "slots": "meeting",
    "slots_nudge": "meeting",
    "slots_again": "meeting",
    "slot_taken": "meeting",
    "slot_gone": "meeting",
    "absence": "barrier",
    "offer": "offer",
    "welcome": "welcome",
}
"""The flow that answers to a step belong to; a step that is not here asks nothing."""

NOTICE_OF_STEP: Mapping[str, Callable[[Scene], tuple[Say, ...]]] = {
    "nudge": notices.nudge,
    "reminder": notices.reminder,
    "moved": notices.moved,
    "moved_elsewhere": notices.moved_elsewhere,
    "new_hour": notices.new_hour,
    "new_hour_elsewhere": notices.new_hour_elsewhere,
    "now_comes": notices.now_comes,
    "now_declines": notices.now_declines,
    "new_place": notices.new_place,
    "cancelled": notices.cancelled,
    "announcement": notices.announcement,
    "wave_nudge": notices.wave_nudge,
    "slots_nudge": meeting.nudge,
    "slots_again": meeting.again,
    "slot_gone": meeting.gone,
}
"""What a step says; where it is not here, its flow has the first word."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """How a plan came out; the three add up to its length."""

    waiting: int
    later: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """One row that will leave, its conversation still to be found or opened."""

    row: dict[str, Any]
    says: tuple[Say, ...]
    talk: Talk | None
    state: Any  # of the conversation, where it is new


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
    later = refused = 0
    for first in range(0, len(intents), BATCH):
        rows = _rows(db, reach, intents[first : first + BATCH], now, known or {})
        outbox.insert_many(db, rows)
        tell_the_centre(db, (_unsaid(row) for row in rows if _is_lost(row)), now)
        refused += sum(row["state"] == DeliveryState.REFUSED for row in rows)
        later += sum(row["next_attempt_at"] > now for row in rows)
    return Enqueued(len(intents) - refused - later, later, refused)


def both_guardians(db: Connection, news: Sequence[Intent]) -> tuple[Intent, ...]:
    """The same news for the second guardian of the families that want both told."""
    others = events.also_told(db, {one.family_id: one.contact_id for one in news})
    return tuple(
        one._replace(key=f"{one.key}-second", contact_id=others[one.family_id])
        for one in news
        if one.family_id in others
    )


def _rows(
    db: Connection,
    reach: Reach,
    intents: Sequence[Intent],
    now: datetime,
    known: Mapping[int, Moment],
) -> list[dict[str, Any]]:
    facts = load_facts(
        db,
        reach,
        (one.contact_id for one in intents),
        (one.centre_id for one in intents),
        now,
        purposes={one.purpose for one in intents},
    )
    decided = [(one, _row(facts, one, now)) for one in intents]
    leaving = [(one, row) for one, row in decided if row["state"] == DeliveryState.WAITING]
    lost = [(one, row) for one, row in decided if _is_lost(row)]
    wanted = ((facts.people[one.contact_id], one.about) for one, _ in (*leaving, *lost))
    scenes = load_scenes(db, reach.deployment, wanted, now)
    drafts = [_draft(facts, scenes, one, row, now, known) for one, row in leaving]
    _converse(db, drafts, now)
    for one, row in lost:  # whoever calls them wants to know what to say
        row["says"] = [dump_say(said) for said in _draft(facts, scenes, one, row, now, known).says]
    return [row for _, row in decided]


def _is_lost(row: Mapping[str, Any]) -> bool:
    """Whether nothing is left by which this person could be told."""
    return row["state"] == DeliveryState.REFUSED and row["reason"] in NO_WAY_LEFT


def _unsaid(row: Mapping[str, Any]) -> Unsaid:
    return Unsaid(**{name: row[name] for name in Unsaid._fields if name in row})


def _row(facts: Facts, intent: Intent, now: datetime) -> dict[str, Any]:
    """The row of one intent, still without its words; what is planned ahead is asked for then."""
    address, unreachable = facts.way(intent.contact_id, intent.step)
    at = max(now, intent.due_at)
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
        "next_attempt_at": at,
        "created_at": now,
    }
    decision = _decision(facts, intent, unreachable, address.channel if address else "", at)
    if isinstance(decision, Refuse):
        refused = {"state": DeliveryState.REFUSED, "reason": decision.reason}
        return row | refused | {"next_attempt_at": now}
    if isinstance(decision, Later):
        row |= {"next_attempt_at": decision.at, "reason": decision.reason}
    return row


def _decision(
    facts: Facts, intent: Intent, unreachable: str, channel: str, at: datetime
) -> Decision:
    if intent.refusal:
        return Refuse(intent.refusal)
    request = facts.request(
        intent.contact_id,
        intent.centre_id,
        intent.purpose,
        intent.step,
        intent.expires_at,
        unreachable=unreachable,
        channel=channel,
        same_day=facts.same_day(intent.centre_id, intent.purpose, intent.expires_at),
    )
    decision = decide(request, at)
    if decision == Refuse("too_late"):
        decision = _before_it_is_too_late(facts, intent) or decision
    return Refuse(unreachable) if unreachable and isinstance(decision, Later) else decision


def _draft(
    facts: Facts,
    scenes: Scenes,
    intent: Intent,
    row: dict[str, Any],
    now: datetime,
    known: Mapping[int, Moment],
) -> _Draft:
    person, moment = facts.people[intent.contact_id], known.get(intent.family_id)
    scene = scenes.of(person, intent.about)
    if moment is not None and scene.event is not None:
        event = replace(scene.event, on=moment.on, at=moment.at, place=moment.place)
        scene = replace(scene, event=event)
    on = local(max(now, intent.due_at), person.time_zone).date()
    says = words_of(intent.step, scene, on=on)
    flow = FLOW_OF_STEP.get(intent.step)
    if flow is None:
        return _Draft(row, says, None, None)
    turn = FLOWS[flow].open(scene)
    talk = Talk(row["address_id"], intent.contact_id, flow, intent.about)
    return _Draft(row, says or turn.says, talk, dump_state(flow, turn.state))


def _converse(db: Connection, drafts: Iterable[_Draft], now: datetime) -> None:
    """Complete the rows: their words, and the conversation that answers will belong to.

    A new conversation awaits nothing until its question has left.
    """
    asking = {one.talk: one.state for one in drafts if one.talk is not None}
    address_ids = {talk.address_id for talk in asking}
    before = conversations.standing(db, address_ids)
    letters = {one: set(used) for one, used in before.letters.items()}
    new = []
    for talk, state in asking.items():
        if talk not in before.talks:
            used = letters.setdefault(talk.address_id, set())
            letter = conversations.letter_beside(used)
            used.add(letter)
            new.append(_conversation(talk, letter, state, now))
    conversations.insert_conversations(db, new)
    talks = conversations.standing(db, address_ids).talks if new else before.talks
    for one in drafts:
        one.row["says"] = [dump_say(said) for said in one.says]
        one.row["conversation_id"] = talks[one.talk] if one.talk is not None else None


def _conversation(talk: Talk, letter: str, state: Any, now: datetime) -> dict[str, Any]:
    return {
        "address_id": talk.address_id,
        "contact_id": talk.contact_id,
        "flow": talk.flow,
        **talk.about._asdict(),
        "letter": letter,
        "state": state,
        "awaiting": False,
        "opened_at": now,
        "last_turn_at": now,
    }


def words_of(step: str, scene: Scene, *, on: date) -> tuple[Say, ...]:
    """What a step says about its event on this day; nothing where its flow has the first word."""
    if step == "morning":
        assert scene.event is not None, "a step is about an event"
        return notices.morning(scene) if on == scene.event.on else notices.eve(scene)
    notice = NOTICE_OF_STEP.get(step)
    return notice(scene) if notice is not None else ()


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
