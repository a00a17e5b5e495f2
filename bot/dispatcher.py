"""The dispatcher: claim what is due, ask the gate, send, record. Nothing is sent in a transaction.

    claim a batch under a lease  ->  for each, one at a time per channel:
        commit "sending"  ->  send  ->  commit what came of it, with the next one's "sending"

So a process that dies leaves one message per channel in doubt, and no more. Where the provider can
be asked what it took, it is asked before another try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from bot import effects
from bot.channels.limiter import LIMITS, Limiter
from bot.channels.twilio_codes import Failure, meaning
from bot.delivery import GiveUp, Retry, after_error
from bot.errors import SendError, SendUncertain
from bot.gate import Later, Refuse, Request, Send, decide
from bot.merging import company as company_of
from bot.merging import is_reminder
from bot.messages import (
    Channel,
    ChannelName,
    DeliveryState,
    ProviderId,
    Purpose,
)
from bot.packing import BEGUN, Mark, Packing, Ready, begin, says_of
from bot.reach import Facts, Reach
from bot.receipts import OTHER_CHANNEL, judge, try_elsewhere
from bot.storage import campaigns, contacts, conversations, events, outbox
from bot.storage.database import Database
from bot.traces import log_fault
from bot.wanted import Surroundings, is_planned, is_reply, load_surroundings, unwanted

log = structlog.get_logger()

BATCH = 50
LEASE = timedelta(minutes=2)
TELLS_OF_IT = ("invitation", "nudge", "moved")
"""Steps after which a family knows of the event."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed together, and until when it is ours."""

    ready: Sequence[Ready]
    looked_at: int
    lease: datetime


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
        self._packing = Packing(reach)
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
        around = load_surroundings(db, self._reach, rows, now)
        ready: list[Ready] = []
        told: set[int] = set()
        for row in rows:
            one = self._pass_gate(db, around, row, now) if row.id not in told else None
            if one is not None:
                ready.append(one)
                told.update(rider.row.id for rider in one.riders)
        conversations.insert_tokens(db, [one.token for one in ready if one.token is not None])
        lease = now + LEASE
        outbox.lease(db, (*(one.row.id for one in ready), *told), lease)
        return Batch(ready, len(rows), lease)

    def _pass_gate(
        self, db: Connection, around: Surroundings, row: Row[Any], now: datetime
    ) -> Ready | None:
        """Ask the gate again; compose what may leave."""
        facts = around.facts
        around.reminders.pop(row.id, None)
        if row.contact_id is None:
            return self._ready_for_stranger(db, row)
        why = unwanted(row, around)
        if why:
            return self._give_back(db, row, why)
        address, unreachable = self._address(facts, row)
        if address is not None and facts.needs_template(address):
            address, unreachable = self._address(facts, row, self._packing.words(around, row, now))
        match decide(_request(facts, row, address, unreachable), now):
            case Refuse(reason):
                return self._give_back(db, row, reason)
            case Later(at, reason):
                outbox.set_later(db, row.id, at, reason)
                if is_reminder(row):
                    outbox.free_riders(db, row.id)
                return None
        assert address is not None, "the gate refuses who cannot be reached"
        if row.conversation_id is not None and row.address_id != address.id:
            conversations.readdress(db, row.conversation_id, address.id)
        if row.step in BEGUN:
            begin(db, around, row)
        says = says_of(around, row, now, named=not facts.needs_template(address))
        ready = self._packing.ready(around, row, address, says, now)
        company = _company(around, row, address, now)
        if company:
            ready = self._packing.together(db, around, ready, company, address, now)
        facts.note_sent(row.contact_id, Purpose(row.purpose), address.id)
        facts.note_segments(row.centre_id, ready.archived.get("segments") or 0)
        return ready

    def _give_back(self, db: Connection, row: Row[Any], reason: str) -> Ready | None:
        """Refuse what shall not leave; what may have left already is asked for first."""

        def refuse(db: Connection) -> None:
            outbox.set_refused(db, row.id, reason)
            outbox.free_riders(db, row.id)

        in_doubt = row.state == DeliveryState.SENDING and row.body is not None
        address = contacts.address(db, row.address_id) if in_doubt else None
        if address is None or ChannelName(address.channel) not in self._channels:
            refuse(db)
            return None
        return self._packing.as_archived(row, address, refuse)

    @staticmethod
    def _address(facts: Facts, row: Row[Any], words: str = "") -> tuple[Row[Any] | None, str]:
        """Where to send now. An answer goes back to where the question came from.

        A person's own words look for another way where that one is closed. `words`: the signature
        of what is said, which an approved template must carry to the letter.
        """
        purpose = Purpose(row.purpose)
        if purpose in (Purpose.REPLY, Purpose.STAFF):
            address, reason = facts.back(row.contact_id, row.address_id)
            if address is not None or purpose is Purpose.REPLY:
                return address, reason
        after = row.address_id if row.reason == OTHER_CHANNEL else None
        return facts.way(row.contact_id, row.step, after=after, words=words)

    def _ready_for_stranger(self, db: Connection, row: Row[Any]) -> Ready | None:
        address = contacts.address(db, row.address_id)
        if address is None or ChannelName(address.channel) not in self._channels:
            outbox.set_refused(db, row.id, "channel_off")
            return None
        return self._packing.for_stranger(row, address)

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
            row, until = ready.row, self._clock() + LEASE
            riding = [one.row.id for one in ready.riders]
            whole = not riding or outbox.still_ours(db, riding, lease)
            begun = {"attempts": row.attempts + 1, "merged_into": None, "lease_until": until}
            if not whole or not outbox.take(db, row.id, lease, **begun, **ready.archived):
                outbox.release(db, (row.id, *riding), lease)
                return False
            if is_reminder(row):
                outbox.free_riders(db, row.id)
            for one in ready.riders:
                outbox.ride(db, one.row.id, row.id, until, one.archived)
            return True

        return mark

    async def _send_one(self, name: ChannelName, ready: Ready) -> Mark:
        channel = self._channels[name]
        try:
            known = await channel.find(ready.message) if ready.doubtful else None
            if known is None and ready.instead is not None:
                return ready.instead
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
            left = {
                "state": DeliveryState.SENT if told else DeliveryState.DELIVERED,
                "reason": "",
                "sent_at": now,
                "delivered_at": None if told else now,
                "lease_until": None,
            }
            outbox.set_row(db, row.id, provider_id=provider_id, **left)
            if ready.riders or ready.instead is not None:
                outbox.set_riders(db, row.id, **left)
            for one in (row, *(rider.row for rider in ready.riders)):
                if one.conversation_id is not None and ready.asks and not is_reply(one):
                    outbox.awaken(db, one.conversation_id, one.created_at)
            if ready.introduces:
                contacts.mark_introduced(db, row.contact_id, now)
            if row.event_id is not None and row.step in TELLS_OF_IT:
                events.mark_invited(db, row.event_id, row.family_id, now)
            if row.campaign_id is not None and is_planned(row):
                campaigns.mark_told(db, row.campaign_id, row.family_id, now)
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
                again = {
                    "state": DeliveryState.SENDING if uncertain else DeliveryState.WAITING,
                    "reason": verdict.reason,
                    "error_code": error.code,
                    "next_attempt_at": verdict.at,
                    "lease_until": None,
                }
                outbox.set_row(db, row.id, **again)
                if ready.riders:
                    outbox.set_riders(db, row.id, **again)
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
        if ready.riders:
            outbox.free_riders(db, row.id)
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


def _request(
    facts: Facts, row: Row[Any], address: Row[Any] | None, unreachable: str = ""
) -> Request:
    """What the gate is asked about a row at an address."""
    purpose = Purpose(row.purpose)
    return facts.request(
        row.contact_id,
        row.centre_id,
        purpose,
        row.step,
        row.expires_at,
        unreachable=unreachable,
        channel=address.channel if address is not None else "",
        same_day=facts.same_day(row.centre_id, purpose, row.expires_at),
    )


def _company(
    around: Surroundings, row: Row[Any], address: Row[Any], now: datetime
) -> list[Row[Any]]:
    """The reminders that leave in this one's message: the cap has let that one pass already."""
    if not is_reminder(row) or around.facts.needs_template(address):
        return []

    def may_leave(one: Row[Any]) -> bool:
        request = replace(_request(around.facts, one, address), sent=(), reserved=())
        return not unwanted(one, around) and decide(request, now) == Send()

    zone = around.facts.people[row.contact_id].time_zone
    nearest = sorted(
        around.reminders.values(),
        key=lambda one: (one.merged_into != row.id, around.scenes.events[one.event_id].starts_at),
    )
    return company_of(row, nearest, zone, now, may_leave)


def _by_channel(ready: Sequence[Ready]) -> list[tuple[ChannelName, list[Ready]]]:
    groups: dict[ChannelName, list[Ready]] = {}
    for one in ready:
        groups.setdefault(one.message.to.channel, []).append(one)
    return list(groups.items())


def _nothing(_db: Connection) -> None:
    return None
