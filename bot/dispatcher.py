"""The dispatcher: claim what is due, ask the gate, send, record. Nothing is sent in a transaction.

    claim a batch under a lease  ->  for each, one at a time per channel:
        commit "sending"  ->  send  ->  commit what came of it, with the next one's "sending"

So a process that dies leaves one message per channel in doubt, and no more. Where the provider can
be asked what it took, it is asked before another try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from bot import effects
from bot.channels.limiter import LIMITS, Limiter
from bot.channels.link import hash_token, link_url, token_for
from bot.channels.twilio_codes import Failure, meaning
from bot.composing import Composed, Way, compose, introduction
from bot.delivery import GiveUp, Retry, after_error
from bot.errors import SendError, SendUncertain
from bot.gate import Later, Refuse, decide
from bot.messages import (
    About,
    Address,
    Channel,
    ChannelName,
    DeliveryState,
    OutboundMessage,
    ProviderId,
    Purpose,
    Say,
    Template,
    version_of,
)
from bot.outreach import says_now
from bot.reach import Facts, Reach, load_facts
from bot.receipts import OTHER_CHANNEL, judge, try_elsewhere
from bot.scenes import scene_of
from bot.storage import contacts, conversations, events, outbox
from bot.storage.database import Database
from bot.storage.says import dump_say, load_say
from bot.templates import variables_of
from bot.traces import log_fault
from bot.wallclock import local

log = structlog.get_logger()

BATCH = 50
LEASE = timedelta(minutes=2)
TOKEN_LIFE = timedelta(days=45)
BLOTTED = "•••"  # what the archive shows in place of a private link
ANSWERS_ASKED = {
    "invitation": (None,),
    "nudge": (None,),
    "reminder": ("yes", "maybe"),
    "morning": ("yes", "maybe"),
}
"""The answers of the family for which a step still makes sense when it leaves."""

REWORDED = ("invitation", "nudge", "reminder", "morning", *outbox.CORRECTIONS)
"""Steps whose words depend on the event, the day and the answer at the moment when they leave."""

TELLS_OF_IT = ("invitation", "nudge", "moved")
"""Steps after which a family knows of the event."""

Mark = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """One row that passed the gate, put into words."""

    row: Row[Any]
    message: OutboundMessage
    doubtful: bool  # an earlier try may have reached the provider
    asks: bool  # an answer is waited for
    archived: Mapping[str, Any] = field(default_factory=dict)
    token: Mapping[str, Any] | None = None  # the private link's, as the database keeps it


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed together, and until when it is ours."""

    ready: Sequence[Ready]
    looked_at: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is true around a batch, read once for all of it."""

    facts: Facts
    events: Mapping[int, Row[Any]]
    invitations: Mapping[tuple[int, int], Row[Any]]
    letters: Mapping[int, str]


class Dispatcher:
    """Drains the outbox through the channels that it is handed."""

    def __init__(
        self,
        database: Database,
        reach: Reach,
        channels: Mapping[ChannelName, Channel],
        clock: Callable[[], datetime],
        limiters: Mapping[ChannelName, Limiter],
    ) -> None:
        self._database = database
        self._reach = reach
        self._channels = channels
        self._clock = clock
        self._limiters = limiters
        self._draining = asyncio.Lock()

    async def drain(self) -> int:
        """Send everything that is due; give how many rows were tried."""
        async with self._draining:
            tried = 0
            while True:
                batch = await self._database.writing(self._claim)
                await asyncio.gather(
                    *(self._send_all(*one, batch.lease) for one in _by_channel(batch.ready))
                )
                tried += len(batch.ready)
                if batch.looked_at < BATCH:
                    return tried

    def _claim(self, db: Connection) -> Batch:
        now = self._clock()
        rows = outbox.due(db, now, BATCH)
        if not rows:
            return Batch((), 0, now)
        around = self._surroundings(db, rows, now)
        ready = [one for row in rows if (one := self._pass_gate(db, around, row, now)) is not None]
        conversations.insert_tokens(db, [one.token for one in ready if one.token is not None])
        lease = now + LEASE
        outbox.lease(db, (one.row.id for one in ready), lease)
        return Batch(ready, len(rows), lease)

    def _surroundings(
        self, db: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> Surroundings:
        event_ids = {row.event_id for row in rows if row.event_id is not None}
        family_ids = {row.family_id for row in rows if row.family_id is not None}
        talks = {row.conversation_id for row in rows if row.conversation_id is not None}
        return Surroundings(
            facts=load_facts(
                db,
                self._reach,
                (row.contact_id for row in rows if row.contact_id is not None),
                (row.centre_id for row in rows if row.centre_id is not None),
                now,
                claimed=[row.id for row in rows],
            ),
            events=events.events_of(db, event_ids),
            invitations=events.invitations_of(db, event_ids, family_ids),
            letters=conversations.letters(db, talks),
        )

    def _pass_gate(
        self, db: Connection, around: Surroundings, row: Row[Any], now: datetime
    ) -> Ready | None:
        """Ask the gate again; compose what may leave."""
        facts = around.facts
        if row.contact_id is None:
            return self._ready_for_stranger(db, row)
        if not _still_wanted(row, around):
            outbox.set_refused(db, row.id, "no_longer_needed")
            return None
        address, unreachable = self._address(facts, row)
        purpose = Purpose(row.purpose)
        request = facts.request(
            row.contact_id,
            row.centre_id,
            purpose,
            row.step,
            row.expires_at,
            unreachable=unreachable,
            channel=address.channel if address is not None else "",
            same_day=facts.same_day(row.centre_id, purpose, row.expires_at),
        )
        match decide(request, now):
            case Refuse(reason):
                outbox.set_refused(db, row.id, reason)
                return None
            case Later(at, reason):
                outbox.set_later(db, row.id, at, reason)
                return None
        assert address is not None, "the gate refuses who cannot be reached"
        if row.conversation_id is not None and row.address_id != address.id:
            conversations.readdress(db, row.conversation_id, address.id)
        ready = self._ready(around, row, address, self._says(db, facts, row, now), now)
        facts.note_sent(row.contact_id, purpose)
        facts.note_segments(row.centre_id, ready.archived.get("segments") or 0)
        return ready

    @staticmethod
    def _address(facts: Facts, row: Row[Any]) -> tuple[Row[Any] | None, str]:
        """Where to send now. An answer goes back to where the question came from.

        A person's own words look for another way where that one is closed.
        """
        purpose = Purpose(row.purpose)
        if purpose in (Purpose.REPLY, Purpose.STAFF):
            address, reason = facts.back(row.contact_id, row.address_id)
            if address is not None or purpose is Purpose.REPLY:
                return address, reason
        after = row.address_id if row.reason == OTHER_CHANNEL else None
        return facts.way(row.contact_id, row.step, after=after)

    def _says(self, db: Connection, facts: Facts, row: Row[Any], now: datetime) -> list[Say]:
        """What is said now: a reminder that was held back speaks of today, not of tomorrow."""
        if row.step not in REWORDED:
            return [load_say(one) for one in row.says]
        person = facts.people[row.contact_id]
        about = About(row.event_id, row.campaign_id)
        scene = scene_of(db, self._reach.deployment, person, about, now)
        return list(says_now(row.step, scene, on=local(now, person.time_zone).date()))

    def _ready(
        self,
        around: Surroundings,
        row: Row[Any],
        address: Row[Any],
        says: list[Say],
        now: datetime,
    ) -> Ready:
        facts = around.facts
        person = facts.people[row.contact_id]
        channel = ChannelName(address.channel)
        two_way = facts.can_receive(channel, person)
        token = token_for(self._reach.deployment.key, row.id)
        way = Way(
            shape=self._reach.shapes[channel],
            can_receive=two_way,
            link=link_url(self._reach.deployment.public_url, token),
            letter=around.letters.get(row.conversation_id, ""),
            conversation_id=row.conversation_id,
        )
        introduce = None
        if person.introduced_at is None and Purpose(row.purpose) is not Purpose.REPLY:
            introduce = introduction(self._reach.deployment.association, can_receive=two_way)
        composed = compose(says, person.language, way, introduce=introduce)
        template = self._template(facts, row, address, says, composed)
        message = OutboundMessage(
            id=row.id,
            to=Address(channel, address.value),
            text=composed.text,
            sender=(person.sms_sender or None) if channel is ChannelName.SMS else None,
            buttons=composed.buttons,
            replaces=ProviderId(row.replaces) if row.replaces else None,
            template=template,
            decided_at=row.created_at,
        )
        kept = {
            "token_hash": hash_token(token),
            "address_id": address.id,
            "contact_id": row.contact_id,
            "conversation_id": row.conversation_id,
            "expires_at": now + TOKEN_LIFE,
        }
        return Ready(
            row,
            message,
            doubtful=row.state == DeliveryState.SENDING,
            asks=any(len(one.choices) > 1 for one in says),
            archived=_archived(message, composed, address, token)
            | {"says": [dump_say(one) for one in says]},
            token=None if two_way else kept,
        )

    def _ready_for_stranger(self, db: Connection, row: Row[Any]) -> Ready | None:
        """Someone outside the roster wrote: they get our one line where they wrote from."""
        address = contacts.address(db, row.address_id)
        if address is None or ChannelName(address.channel) not in self._channels:
            outbox.set_refused(db, row.id, "channel_off")
            return None
        says = [load_say(one) for one in row.says]
        channel = ChannelName(address.channel)
        composed = compose(says, None, Way(self._reach.shapes[channel], True), introduce=None)
        message = OutboundMessage(row.id, Address(channel, address.value), composed.text)
        doubtful = row.state == DeliveryState.SENDING
        archived = _archived(message, composed, address, "")
        return Ready(row, message, doubtful, asks=False, archived=archived)

    def _template(
        self,
        facts: Facts,
        row: Row[Any],
        address: Row[Any],
        says: Sequence[Say],
        composed: Composed,
    ) -> Template | None:
        if not facts.needs_template(address):
            return None
        content_sid = facts.template(row.contact_id, row.step)
        return Template(content_sid, variables_of(says, composed.language)) if content_sid else None

    async def _send_all(
        self, channel: ChannelName, batch: Sequence[Ready], lease: datetime
    ) -> None:
        """One message of a channel in flight at a time; each outcome is committed with the next."""
        outcome: Mark = _nothing
        for ready in batch:
            ours = await self._database.writing(self._taking(outcome, ready, lease))
            outcome = await self._send_one(channel, ready) if ours else _nothing
        await self._database.writing(outcome)

    def _taking(self, outcome: Mark, ready: Ready, lease: datetime) -> Callable[[Connection], bool]:
        def mark(db: Connection) -> bool:
            outcome(db)
            return outbox.take(
                db,
                ready.row.id,
                lease,
                attempts=ready.row.attempts + 1,
                lease_until=self._clock() + LEASE,
                **ready.archived,
            )

        return mark

    async def _send_one(self, name: ChannelName, ready: Ready) -> Mark:
        channel = self._channels[name]
        try:
            known = await channel.find(ready.message) if ready.doubtful else None
            if known is None:
                await self._wait_our_turn(name, ready)
                known = await channel.send(ready.message)
        except SendError as error:
            log.info("send_failed", outbox=ready.row.id, channel=name, code=error.code)
            return self._failed(ready, error)
        except Exception as error:  # noqa: BLE001 - logged, without what it holds
            log_fault("send_broke", error, outbox=ready.row.id, channel=name)
            return self._failed(ready, SendUncertain("unexpected"))
        return self._sent(ready, known)

    async def _wait_our_turn(self, name: ChannelName, ready: Ready) -> None:
        limiter = self._limiters.get(name)
        if limiter is not None:
            sender = ready.message.sender or name
            weight = int(ready.archived.get("segments") or 1)
            edit = "edit" if ready.message.replaces else ""  # does not count as a new message
            await limiter.turn(sender, f"{ready.message.to.value}{edit}", weight)

    def _sent(self, ready: Ready, provider_id: ProviderId) -> Mark:
        told = self._reach.shapes[ready.message.to.channel].receipts

        def mark(db: Connection) -> None:
            now, row = self._clock(), ready.row
            outbox.set_row(
                db,
                row.id,
                state=DeliveryState.SENT if told else DeliveryState.DELIVERED,
                reason="",
                provider_id=provider_id,
                sent_at=now,
                delivered_at=None if told else now,
                lease_until=None,
            )
            if row.conversation_id is not None and ready.asks and not _is_reply(row):
                outbox.awaken(db, row.conversation_id, row.created_at)
            if row.contact_id is not None and not _is_reply(row):
                contacts.mark_introduced(db, row.contact_id, now)
            if row.event_id is not None and row.step in TELLS_OF_IT:
                events.mark_invited(db, row.event_id, row.family_id, now)
            self._early_words(db, ready, provider_id, now)

        return mark

    def _early_words(
        self, db: Connection, ready: Ready, provider_id: ProviderId, now: datetime
    ) -> None:
        """A provider may speak of a message before its answer to us has been written down."""
        channel = ready.message.to.channel
        words = outbox.receipts_of(db, channel, provider_id)
        row = outbox.by_provider_id(db, channel, provider_id) if words else None
        if row is not None:
            judge(db, row, [one.error_code for one in words], now)

    def _failed(self, ready: Ready, error: SendError) -> Mark:
        def mark(db: Connection) -> None:
            now, row = self._clock(), ready.row
            verdict = after_error(error, row.attempts + 1, now, row.expires_at)
            uncertain = isinstance(error, SendUncertain)
            if isinstance(verdict, Retry):
                outbox.set_row(
                    db,
                    row.id,
                    state=DeliveryState.SENDING if uncertain else DeliveryState.WAITING,
                    reason=verdict.reason,
                    error_code=error.code,
                    next_attempt_at=verdict.at,
                    lease_until=None,
                )
                return
            self._give_up(db, ready, verdict, error, now)

        return mark

    def _give_up(
        self, db: Connection, ready: Ready, verdict: GiveUp, error: SendError, now: datetime
    ) -> None:
        row = ready.row
        address_id = ready.archived["address_id"]
        outbox.set_row(
            db,
            row.id,
            state=DeliveryState.FAILED,
            reason=verdict.reason,
            error_code=error.code,
            lease_until=None,
        )
        if verdict.dead_address:
            contacts.mark_dead(db, address_id, "address_dead")
        if verdict.dead_address or meaning(error.code or "") is Failure.OTHER_CHANNEL:
            try_elsewhere(db, row, address_id, now)
        if verdict.stopped and row.contact_id is not None:
            person = contacts.person(db, row.contact_id)
            channel = ready.message.to.channel
            effects.stop_address(db, effects.Author(person, address_id, channel, "carrier"), now)


def limiters(monotonic: Callable[[], float]) -> dict[ChannelName, Limiter]:
    """One limiter for each channel whose provider sets a limit."""
    return {name: Limiter(limits, monotonic) for name, limits in LIMITS.items()}


def _is_reply(row: Row[Any]) -> bool:
    return Purpose(row.purpose) is Purpose.REPLY


def _still_wanted(row: Row[Any], around: Surroundings) -> bool:
    """Whether a planned message still makes sense: the answer may have changed since."""
    if row.event_id is None or Purpose(row.purpose) in (Purpose.REPLY, Purpose.STAFF):
        return True
    event = around.events[row.event_id]
    if event.status == "cancelled" and row.purpose != Purpose.CHANGE:
        return False
    invitation = around.invitations.get((row.event_id, row.family_id))
    if row.step in outbox.CORRECTIONS:
        declined = invitation is not None and invitation.rsvp == "no"
        return event.status != "cancelled" and not declined and _of_this_version(row, event)
    if row.step == "survey":
        return invitation is not None and bool(invitation.attended)
    if row.step == "absence":
        return invitation is not None and _was_missed(invitation)
    if row.step == "offer":
        return invitation is not None and invitation.seat == "waiting"
    if row.step not in ANSWERS_ASKED:
        return True
    if invitation is None or invitation.seat == "waiting":
        return False
    if Purpose(row.purpose) is Purpose.REMINDER and not _of_this_version(row, event):
        return False
    return invitation.rsvp in ANSWERS_ASKED[row.step]


def _was_missed(invitation: Row[Any]) -> bool:
    expected = invitation.rsvp == "yes" and invitation.seat != "waiting"
    return expected and invitation.attended is False


def _of_this_version(row: Row[Any], event: Row[Any]) -> bool:
    """Whether a dated message was planned for the moment that is still the event's."""
    return version_of(row.key) == int(event.version)


def _archived(
    message: OutboundMessage, composed: Composed, address: Row[Any], token: str
) -> dict[str, Any]:
    """What the outbox keeps of the words: never a private link."""
    body = composed.text.replace(token, BLOTTED) if token else composed.text
    archived: dict[str, Any] = {
        "address_id": address.id,
        "channel": message.to.channel,
        "language": composed.language,
        "body": body,
    }
    if message.to.channel is ChannelName.SMS:
        archived["segments"] = segments(message.text)
    return archived


def segments(text: str) -> int:
    """How many SMS a text is charged as (GSM-7 160/153, else UCS-2 70/67)."""
    import smsutil

    return len(smsutil.split(text).parts)


def _by_channel(ready: Sequence[Ready]) -> list[tuple[ChannelName, list[Ready]]]:
    groups: dict[ChannelName, list[Ready]] = {}
    for one in ready:
        groups.setdefault(one.message.to.channel, []).append(one)
    return list(groups.items())


def _nothing(_db: Connection) -> None:
    return None
