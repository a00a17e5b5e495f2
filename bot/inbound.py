"""Inbound: what arrives becomes turns. One transaction for a batch of one or more.

Each message has a savepoint of its own, so that one that we cannot take sinks nobody else's. A
provider's message that was here before changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import effects
from bot.channels.link import hash_token
from bot.contacts import bind_by_code, bind_by_phone, bind_elsewhere
from bot.deployment import Deployment
from bot.engine import Arrival, Desk, Moved, Open, Outcome, Tap, take_turn
from bot.flows.alarms import SAFETY, emergency
from bot.flows.base import HandOver, RaiseAlarm, ResumeMessages, StopMessages
from bot.flows.received import SIGNS
from bot.flows.welcome import open_welcome
from bot.messages import (
    NOTHING,
    About,
    Address,
    ChannelName,
    DeliveryState,
    Departure,
    InboundMessage,
    Purpose,
    Say,
    Shape,
    key_of,
    say,
)
from bot.overruled import answer_before, tell_overruled
from bot.people import silent_until
from bot.reach import Reach, drafts_leave
from bot.scenes import scene_of
from bot.storage import alarms, contacts, conversations, outbox, tasks
from bot.storage.says import dump_state, load_say, load_state
from bot.traces import log_fault
from bot.understanding.alarm import alarm
from bot.understanding.intent import Intent, understand
from bot.wording import Worded, worded

ROW_ID = re.compile(r"[0-9]{1,18}")  # fits every database
A_PHONE = re.compile(r"\+[0-9]{8,15}")  # E.164; shorter ones are services
TYPED_CODE = re.compile(r"\s*[A-Za-z0-9_-]{16}\s*$")  # a card's code, typed by hand

JUST_NOW = timedelta(minutes=15)  # a question put in answer to them is still before their eyes
LATELY = timedelta(hours=12)  # thanks and greetings are an answer to what we wrote that lately
NOBODYS = 0  # the conversation that a damaged button names: none has this id

STEP_AFTER_STOP = {StopMessages: "stopped", ResumeMessages: "resumed"}
"""Replies that may leave although the person has stopped: they confirm the person's own choice."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one message. `inbound_id` None: it was here before, or came from nowhere."""

    inbound_id: int | None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who wrote, from where; a stranger is nobody in the roster."""

    address_id: int
    person: Row[Any] | None
    conversation_id: int | None = None  # the one that a link page belongs to
    elsewhere: tuple[int, ...] = ()  # where other senders of ours know the same person


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
    sender = _sender(db, message.sender, now)
    if sender is None:
        return None
    if isinstance(message, Departure):
        contacts.mark_dead(db, sender.address_id, "blocked")
        return None
    if message.elsewhere:
        sender = _known_elsewhere(db, message, sender, now)
    inbound_id = conversations.insert_inbound(
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
        _bind(db, deployment, message, sender, inbound_id, now)
    elif sender.person is None:
        _greet_stranger(db, message, sender, inbound_id, now)
    else:
        _take_turn(db, deployment, message, sender, inbound_id, now, shapes)
    return inbound_id


def _sender(db: Connection, address: Address, now: datetime) -> _Sender | None:
    """Who is behind an address; a link page is behind its token."""
    if address.channel is ChannelName.LINK:
        token = conversations.token(db, hash_token(address.value))
        if token is None or token.expires_at <= now:
            return None
        person = contacts.person(db, token.contact_id)
        if person is None or person.erased_at is not None:
            return None
        return _Sender(token.address_id, person, _shown(db, token, now))
    address_id = contacts.address_id(db, address, now)
    people = contacts.people_at(db, address_id)
    return _Sender(address_id, people[0] if people else None)


def _known_elsewhere(
    db: Connection, message: InboundMessage, sender: _Sender, now: datetime
) -> _Sender:
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


# -- a known person -------------------------------------------------------------------------------


def _take_turn(
    db: Connection,
    deployment: Deployment,
    message: InboundMessage,
    sender: _Sender,
    inbound_id: int,
    now: datetime,
    shapes: Mapping[ChannelName, Shape],
) -> None:
    assert sender.person is not None
    quoted = _quoted(db, message)
    if quoted is not None and outbox.carries(db, quoted.id):
        quoted = None  # it spoke of several events: a button names its own, words name none
    arrival = _arrival(message, quoted, sender)
    hold = _hold_on(db, sender.person, sender.address_id)
    open_rows = _open_conversations(db, sender, arrival)
    others = {row.contact_id for row in open_rows} - {sender.person.contact_id}
    people = contacts.people(db, others) if others else {}
    people[sender.person.contact_id] = sender.person
    held = hold.reason if hold is not None else ""
    desk = replace(_desk(db, deployment, sender, open_rows, people, now), held=held)
    outcome = take_turn(arrival, desk)
    by_id = {row.id: row for row in open_rows}
    moved_to = _move(db, outcome.moved, by_id, sender, now)
    talk = _talk(outcome, by_id, moved_to, arrival)
    person = people[talk.contact_id] if talk is not None else sender.person
    author = effects.Author(
        person=person,
        address_id=sender.address_id,
        channel=message.sender.channel,
        source="carrier" if message.opt_out else "parent",
        conversation_id=talk.conversation_id if talk else None,
        about=talk.about if talk else NOTHING,
        inbound_id=inbound_id,
    )
    before = answer_before(db, outcome.effects, author)
    effects.apply(db, outcome.effects, author, now)
    guarded = _guard(db, sender, inbound_id)
    if before is not None and not guarded:  # what they wrote is told to nobody
        tell_overruled(db, Reach(deployment, shapes), before, author, now)
    conversations.set_inbound(
        db,
        inbound_id,
        intent=outcome.intent,
        conversation_id=author.conversation_id,
        contact_id=person.contact_id,
    )
    shape = shapes.get(message.sender.channel, Shape())
    if outcome.answered and arrival.tap and quoted is not None and shape.edits:
        _tick_question(db, message, quoted, arrival.tap, author, inbound_id, now)
    _reply(db, outcome.says, author, inbound_id, now, step=_reply_step(outcome))


def _hold_on(db: Connection, person: Row[Any] | None, address_id: int) -> Row[Any] | None:
    """The gravest task that keeps automation silent here; None: it may speak."""
    contact_id = person.contact_id if person is not None else None
    family_id = person.family_id if person is not None else None
    found = tasks.holds_on(
        db,
        [contact_id] if contact_id is not None else [],
        [family_id] if family_id is not None else [],
        [address_id],
    )
    mine = [one for one in found if tasks.holds(one, contact_id, family_id, address_id)]
    return min(mine, key=lambda one: (tasks.SILENCING.index(one.reason), -one.id), default=None)


def _guard(db: Connection, sender: _Sender, inbound_id: int) -> bool:
    """Keep the words of whoever may be in danger from all but those who take care of it."""
    hold = _hold_on(db, sender.person, sender.address_id)
    if hold is None or hold.reason != tasks.SAFEGUARDING:
        return False
    alarms.guard(db, inbound_id, hold.id)
    return True


def _open_conversations(db: Connection, sender: _Sender, arrival: Arrival) -> Sequence[Row[Any]]:
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


def _arrival(message: InboundMessage, quoted: Row[Any] | None, sender: _Sender) -> Arrival:
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
    question = _last_question(quoted)
    return Tap(belongs_to, question.question if question else "", payload)


def _last_question(row: Row[Any] | None) -> Say | None:
    says = [load_say(one) for one in row.says] if row is not None else []
    return next((one for one in reversed(says) if one.choices), None)


def _quoted(db: Connection, message: InboundMessage) -> Row[Any] | None:
    if message.quoted is None:
        return None
    return conversations.quoted(db, message.sender.channel, message.quoted)


def _desk(
    db: Connection,
    deployment: Deployment,
    sender: _Sender,
    open_rows: Sequence[Row[Any]],
    people: Mapping[int, Row[Any]],
    now: datetime,
) -> Desk:
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
                scene=scene_of(db, deployment, people[row.contact_id], _about(row), now),
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
        lately=outbox.wrote_since(db, sender.address_id, now - LATELY),
    )


def _asked_for_silence(person: Row[Any], now: datetime) -> bool:
    """Whether the family is paused because it wished so."""
    paused = person.paused_until is not None and person.paused_until > now
    return paused and person.pause_reason == effects.BY_PARENT


def _is_fresh(db: Connection, sender: _Sender, row: Row[Any], now: datetime) -> bool:
    """Whether its last turn was just now, and nothing else was asked here since."""
    if not row.awaiting or row.turn == 0 or row.last_turn_at <= now - JUST_NOW:
        return False
    return not outbox.asked_since(db, sender.address_id, row.last_turn_at)


@dataclass(frozen=True, slots=True)
class _Talk:
    conversation_id: int
    contact_id: int
    about: About


def _move(
    db: Connection,
    moved: Sequence[Moved],
    by_id: Mapping[int, Row[Any]],
    sender: _Sender,
    now: datetime,
) -> _Talk | None:
    """Write where every conversation stands; give the last of them."""
    last = None
    for one in moved:
        state = dump_state(one.flow, one.state) if one.state is not None else None
        if one.id is not None:
            row = by_id[one.id]
            conversations.move(db, one.id, state, awaiting=one.awaiting, now=now)
            last = _Talk(one.id, row.contact_id, _about(row))
        elif state is not None:
            assert sender.person is not None
            beside = by_id[one.beside] if one.beside is not None else None
            contact_id = beside.contact_id if beside is not None else sender.person.contact_id
            about = _about(beside) if beside is not None else NOTHING
            new_id = _open(db, sender, contact_id, about, one, state, now)
            last = _Talk(new_id, contact_id, about)
    return last


def _open(
    db: Connection,
    sender: _Sender,
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


def _talk(
    outcome: Outcome,
    by_id: Mapping[int, Row[Any]],
    moved_to: _Talk | None,
    arrival: Arrival,
) -> _Talk | None:
    """The conversation that effects and replies belong to."""
    if outcome.intent == "stop":
        return None
    if moved_to is not None:
        return moved_to
    row = by_id.get(arrival.belongs_to or 0)
    return _Talk(row.id, row.contact_id, _about(row)) if row is not None else None


def _about(row: Row[Any]) -> About:
    return About(row.event_id, row.campaign_id)


# -- what is answered -----------------------------------------------------------------------------


def _reply_step(outcome: Outcome) -> str:
    for one in outcome.effects:
        if isinstance(one, RaiseAlarm):
            return "alarm" if one.kind in SAFETY else "noted"
        if type(one) in STEP_AFTER_STOP:
            return STEP_AFTER_STOP[type(one)]
    return "turn"


def _reply(
    db: Connection,
    says: Sequence[Say],
    author: effects.Author,
    inbound_id: int,
    now: datetime,
    *,
    step: str = "turn",
) -> None:
    """Promise the answer; on a link page it is shown at once, there is nothing to send."""
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
    }
    if author.channel is ChannelName.LINK:
        shown = _worded_now(db, person, says)
        columns |= {
            "state": DeliveryState.DELIVERED,
            "channel": ChannelName.LINK,
            "language": shown.language,
            "gap": shown.gap,
            "body": shown.text,
            "sent_at": now,
            "delivered_at": now,
        }
    outbox.insert_one(
        db,
        key=key_of(Purpose.REPLY, f"inbound-{inbound_id}", 1, step, "1"),
        purpose=Purpose.REPLY,
        says=says,
        now=now,
        **columns,
    )


def _worded_now(db: Connection, person: Row[Any] | None, says: Sequence[Say]) -> Worded:
    """What is said in their language after the turn: they may have just chosen another."""
    fresh = contacts.person(db, person.contact_id) if person is not None else None
    if fresh is None:
        return worded(says, None)
    return worded(says, fresh.language, drafts=drafts_leave(fresh))


def _tick_question(
    db: Connection,
    message: InboundMessage,
    quoted: Row[Any],
    tap: Tap,
    author: effects.Author,
    inbound_id: int,
    now: datetime,
) -> None:
    """Replace the answered question by itself, its buttons gone and the choice ticked."""
    question = _last_question(quoted)
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


# -- someone new ----------------------------------------------------------------------------------


def _bind(
    db: Connection,
    deployment: Deployment,
    message: InboundMessage,
    sender: _Sender,
    inbound_id: int,
    now: datetime,
) -> None:
    """A card's code, or the sender's own shared number, links this address to a contact."""
    contact_id = (
        bind_by_code(db, message.code, sender.address_id, message.sender.channel, now)
        if message.code
        else bind_by_phone(db, message.phone or "", sender.address_id, message.sender.channel, now)
    )
    person = contacts.person(db, contact_id) if contact_id is not None else None
    if person is None:
        author = effects.Author(sender.person, sender.address_id, message.sender.channel)
        text = say("This code is not valid any more. Please ask the centre for a new one.")
        unknown = _stranger_text() if not message.code else text
        _reply(db, (unknown,), author, inbound_id, now)
        return
    scene = scene_of(db, deployment, person, NOTHING, now)
    turn = open_welcome(scene)
    bound = _Sender(sender.address_id, person)
    about = _move(db, (Moved(None, "welcome", turn.state, awaiting=True),), {}, bound, now)
    author = effects.Author(
        person,
        sender.address_id,
        message.sender.channel,
        conversation_id=about.conversation_id if about else None,
    )
    says = (say("Welcome! This phone is now linked to {centre}.", centre=scene.centre), *turn.says)
    conversations.set_inbound(db, inbound_id, intent="bind", contact_id=person.contact_id)
    contacts.mark_introduced(db, person.contact_id, now)
    if _guard(db, bound, inbound_id):
        return
    _reply(db, says, author, inbound_id, now, step="bound")


def _stranger_text() -> Say:
    return say(
        "We do not know this number yet. Please ask the centre, or send the code on your card."
    )


def _greet_stranger(
    db: Connection, message: InboundMessage, sender: _Sender, inbound_id: int, now: datetime
) -> None:
    """Answer a stranger, once a day; a person looks who it is. Who says stop gets no answer.

    Nor do names and short codes: they cannot read, and two automatons would never end.
    """
    if message.sender.channel is ChannelName.SMS and not A_PHONE.fullmatch(message.sender.value):
        return
    hold = _hold_on(db, None, sender.address_id)
    heard = alarm(message.text, None) if not message.payload else None
    author = effects.Author(None, sender.address_id, message.sender.channel, inbound_id=inbound_id)
    if heard is not None and heard.kind in SAFETY:
        effects.apply(db, (RaiseAlarm(heard.kind, heard.evidence),), author, now)
        _guard(db, sender, inbound_id)
        if hold is None or hold.reason != tasks.SAFEGUARDING:
            _reply(db, (emergency(),), author, inbound_id, now, step="alarm")
        return
    reason = hold.reason if hold is not None else "stranger"
    effects.apply(db, (HandOver(reason),), author, now)
    if hold is not None:
        _guard(db, sender, inbound_id)
        return
    if message.opt_out is not None or understand(message.text, None).intent is Intent.STOP:
        return
    day = now.date().isoformat()
    outbox.insert_one(
        db,
        key=key_of(Purpose.REPLY, f"stranger-{sender.address_id}", 1, day, "1"),
        purpose=Purpose.REPLY,
        says=(_stranger_text(),),
        now=now,
        address_id=author.address_id,
        inbound_id=inbound_id,
    )
