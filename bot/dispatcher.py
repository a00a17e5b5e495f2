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
from bot.channels.limiter import Limits
from bot.channels.twilio_codes import SLOW_DOWN, TRIES, Failure, meaning
from bot.delivery import MENDING, PAUSES, GiveUp, Retry, after_error
from bot.elsewhere import (
    NO_WAY_LEFT,
    has_another_way,
    take_back,
    tell_the_centre,
    try_again,
    try_elsewhere,
    unsaid,
    way_on,
)
from bot.errors import AccountRefused, SendDelayed, SendError, SendUncertain
from bot.gate import Later, Refuse, Send, decide
from bot.merging import company as company_of
from bot.merging import is_reminder
from bot.messages import (
    Channel,
    ChannelName,
    DeliveryState,
    OutboundMessage,
    ProviderId,
    Purpose,
)
from bot.pacing import NotYet, Pacing, Place, sender_of
from bot.packing import BEGUN, Mark, Packing, Ready, begin, says_of
from bot.reach import Facts, Reach
from bot.receipts import judge, note_earlier_arrival
from bot.silence import request_of
from bot.storage import campaigns, claims, contacts, conversations, events, outbox, tokens, tries
from bot.storage.database import Database
from bot.storage.receipts import by_provider_id, receipts_of, tried_as
from bot.storage.riders import free_riders, ride, set_riders
from bot.storage.tries import Outcome
from bot.traces import log_fault
from bot.wanted import Surroundings, is_planned, is_reply, load_surroundings, unwanted

log = structlog.get_logger()

BATCH = 50
LEASE = timedelta(minutes=2)
TELLS_OF_IT = (
    "invitation", "nudge", "moved", "moved_elsewhere", "new_hour", "new_hour_elsewhere",
)  # fmt: skip
"""Steps after which a family knows of the event."""


NOT_TO_BE_REACHED = ("address_dead", "refused_by_provider")
"""Failures that are about the person; a provider that was busy to the end is not."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was claimed together, and until when it is ours."""

    ready: Sequence[Ready]
    looked_at: int
    lease: datetime


@dataclass(frozen=True, slots=True)
class Halt:
    """Until when nothing is tried for a sender: its provider wants no more, or not from us."""

    until: datetime
    reason: str


class Dispatcher:
    """Drains the outbox through the channels that it is handed."""

    def __init__(
        self,
        database: Database,
        reach: Reach,
        channels: Mapping[ChannelName, Channel],
        clock: Callable[[], datetime],
        limits: Mapping[ChannelName, Limits],
    ) -> None:
        self._database = database
        self._reach = reach
        self._packing = Packing(reach)
        self._channels = channels
        self._clock = clock
        self._pacing = Pacing(limits, clock)
        self._draining = asyncio.Lock()
        self._halts: dict[str, Halt] = {}  # by sender, see pacing.sender_of

    async def drain(self) -> int:
        """Send everything that is due; give how many rows were tried."""
        async with self._draining:
            tried = 0
            while True:
                batch = await self._database.writing(self._claim)
                await asyncio.gather(
                    *(self._send_all(*one, batch.lease) for one in _by_sender(batch.ready))
                )
                tried += len(batch.ready)
                if batch.looked_at < BATCH:
                    return tried

    def _claim(self, db: Connection) -> Batch:
        now = self._clock()
        rows = claims.due(db, now, BATCH)
        if not rows:
            return Batch((), 0, now)
        around = load_surroundings(db, self._reach, rows, now)
        behind = tries.left_behind(db, [row.id for row in rows if row.attempts])
        ready: list[Ready] = []
        told: set[int] = set()
        for row in rows:
            if row.id in told:
                continue
            one = self._pass_gate(db, around, row, behind.get(row.id), now)
            if one is not None:
                ready.append(one)
                told.update(rider.row.id for rider in one.riders)
        tokens.insert_many(db, [one.token for one in ready if one.token is not None])
        lease = now + LEASE
        claims.lease(db, (*(one.row.id for one in ready), *told), lease)
        return Batch(ready, len(rows), lease)

    def _pass_gate(
        self,
        db: Connection,
        around: Surroundings,
        row: Row[Any],
        behind: Row[Any] | None,
        now: datetime,
    ) -> Ready | None:
        """Ask the gate again; compose what may leave.

        `behind`: the try, if there was one, whose address did not carry it; the next one is due.
        """
        facts = around.facts
        around.reminders.pop(row.id, None)
        if row.contact_id is None:
            return self._ready_for_stranger(db, row)
        why = unwanted(row, around)
        if why:
            return self._give_back(db, row, why, behind)
        after = behind.address_id if behind is not None else None
        address, unreachable = self._address(facts, row, after)
        if address is not None and facts.needs_template(address):
            words = self._packing.words(around, row, now)
            address, unreachable = self._address(facts, row, after, words)
        match decide(request_of(facts, row, address, unreachable), now):
            case Refuse(reason):
                return self._give_back(db, row, reason, behind)
            case Later(at, reason):
                return self._wait(db, row, at, reason)
        assert address is not None, "the gate refuses who cannot be reached"
        if row.conversation_id is not None and row.address_id != address.id:
            conversations.readdress(db, row.conversation_id, address.id)
        if row.step in BEGUN:
            begin(db, around, row)
        says = says_of(around, row, now, named=not facts.needs_template(address))
        ready = self._packing.ready(around, row, address, says, now)
        halt = self._halt_of(sender_of(ready.message), now)
        if halt is not None:
            return self._wait(db, row, halt.until, halt.reason)
        company = _company(around, row, address, now)
        if company:
            ready = self._packing.together(db, around, ready, company, address, now)
        facts.note_sent(row.contact_id, Purpose(row.purpose), address.id)
        facts.note_segments(row.centre_id, ready.archived.get("segments") or 0)
        return ready

    @staticmethod
    def _wait(db: Connection, row: Row[Any], until: datetime, reason: str) -> None:
        outbox.set_later(db, row.id, until, reason)
        if is_reminder(row):
            free_riders(db, row.id)

    def _give_back(
        self, db: Connection, row: Row[Any], reason: str, behind: Row[Any] | None
    ) -> Ready | None:
        """Refuse what shall not leave; what may have left already is asked for first.

        What another way has carried already, and nobody said that it failed, has left.
        """

        def refuse(db: Connection) -> None:
            if behind is not None and take_back(db, row, behind):
                return
            outbox.set_refused(db, row.id, reason)
            free_riders(db, row.id)
            if reason in NO_WAY_LEFT or (behind is not None and reason == "too_late"):
                tell_the_centre(db, [unsaid(row)], self._clock())

        in_doubt = row.state == DeliveryState.SENDING and row.body is not None
        address = contacts.address(db, row.address_id) if in_doubt else None
        if address is None or ChannelName(address.channel) not in self._channels:
            refuse(db)
            return None
        return self._packing.as_archived(row, address, refuse)

    @staticmethod
    def _address(
        facts: Facts, row: Row[Any], after: int | None, words: str = ""
    ) -> tuple[Row[Any] | None, str]:
        """Where to send now. An answer goes back to where the question came from.

        A person's own words look for another way where that one is closed. `after`: the address
        that did not carry it. `words`: the signature of what is said, which an approved template
        must carry to the letter.
        """
        purpose = Purpose(row.purpose)
        if purpose in (Purpose.REPLY, Purpose.STAFF):
            address, reason = facts.back(row.contact_id, row.address_id)
            if address is not None or purpose is Purpose.REPLY:
                return address, reason
        return facts.way(row.contact_id, row.step, after=after, words=words)

    def _ready_for_stranger(self, db: Connection, row: Row[Any]) -> Ready | None:
        address = contacts.address(db, row.address_id)
        if address is None or ChannelName(address.channel) not in self._channels:
            outbox.set_refused(db, row.id, "channel_off")
            return None
        return self._packing.for_stranger(row, address)

    async def _send_all(self, sender: str, batch: Sequence[Ready], lease: datetime) -> None:
        """One message of a sender in flight at a time; each outcome is committed with the next."""
        outcome: Mark = _nothing
        waiting = list(batch)
        while waiting:
            halt = self._halt_of(sender, self._clock())
            if halt is not None:
                await self._database.writing(_holding(outcome, waiting, lease, halt))
                return
            ready = waiting.pop(0)
            taken = await self._database.writing(self._taking(outcome, ready, lease))
            outcome = _nothing
            if isinstance(taken, NotYet):
                waiting = _behind_the_others(ready, waiting)
                if waiting[0] is ready:
                    await self._pacing.wait(taken)
            elif taken is not None:
                outcome = await self._send_one(sender, ready, taken)
        await self._database.writing(outcome)

    def _taking(
        self, outcome: Mark, ready: Ready, lease: datetime
    ) -> Callable[[Connection], Place | NotYet | None]:
        """Write what came of the last one; then take this one and its moment; None: not ours."""

        def mark(db: Connection) -> Place | NotYet | None:
            outcome(db)
            weight = int(ready.archived.get("segments") or 1)
            place = self._pacing.take(db, ready.message, weight)
            if isinstance(place, NotYet):
                return place
            row, until = ready.row, self._clock() + LEASE
            riding = [one.row.id for one in ready.riders]
            whole = not riding or claims.still_ours(db, riding, lease)
            begun = {"attempts": row.attempts + 1, "merged_into": None, "lease_until": until}
            if not whole or not claims.take(db, row.id, lease, **begun, **ready.archived):
                claims.release(db, (row.id, *riding), lease)
                self._pacing.give_back(db, place)
                return None
            if is_reminder(row):
                free_riders(db, row.id)
            for one in ready.riders:
                ride(db, one.row.id, row.id, until, one.archived)
            return place

        return mark

    async def _send_one(self, sender: str, ready: Ready, place: Place) -> Mark:
        """Send at its moment; give what came of it, and when, to be written down."""
        outcome = await self._try_one(sender, ready, place)
        gone = self._pacing.gone(place)

        def mark(db: Connection) -> None:
            gone(db)
            outcome(db)

        return mark

    async def _try_one(self, sender: str, ready: Ready, place: Place) -> Mark:
        name = ready.message.to.channel
        channel = self._channels[name]
        try:
            known = await self._find(channel, ready.message) if ready.doubtful else None
            if known is None and ready.instead is not None:
                return ready.instead
            if known is None:
                await self._pacing.wait(place)
                known = await channel.send(ready.message)
        except SendError as error:
            log.info("send_failed", outbox=ready.row.id, channel=name, code=error.code)
            self._halt(sender, error)
            return self._failed(ready, error)
        except Exception as error:  # noqa: BLE001 - logged, without what it holds
            log_fault("send_broke", error, outbox=ready.row.id, channel=name)
            return self._failed(ready, SendUncertain("unexpected"))
        return self._sent(ready, known)

    async def _find(self, channel: Channel, message: OutboundMessage) -> ProviderId | None:
        """What the provider took on an earlier try; never the same words of another message."""
        found = await channel.find(message)
        if found is None or message.replaces is not None:
            return found
        name = message.to.channel
        whose = await self._database.reading(lambda db: tried_as(db, name, found))
        return found if whose is None or whose.id == message.id else None

    def _halt(self, sender: str, error: SendError) -> None:
        """What a provider says of us, and not of one message, is for all that would follow."""
        now = self._clock()
        if isinstance(error, AccountRefused):
            self._halts[sender] = Halt(now + MENDING, "account_refused")
            log.error("account_refused", sender=sender, code=error.code)
        elif isinstance(error, SendDelayed) and error.code in SLOW_DOWN:
            pause = timedelta(seconds=max(error.retry_after or PAUSES[0].total_seconds(), 1))
            self._halts[sender] = Halt(now + pause, "provider_busy")

    def _halt_of(self, sender: str, now: datetime) -> Halt | None:
        halt = self._halts.get(sender)
        return halt if halt is not None and halt.until > now else None

    def _sent(self, ready: Ready, provider_id: ProviderId) -> Mark:
        told = self._reach.shapes[ready.message.to.channel].receipts

        def mark(db: Connection) -> None:
            now, row = self._clock(), ready.row
            behind = tries.left_behind(db, [row.id]).get(row.id) if row.attempts else None
            left = {
                "state": DeliveryState.SENT if told else DeliveryState.DELIVERED,
                "reason": "" if behind is None else way_on(behind),
                "error_code": None,
                "sent_at": now,
                "delivered_at": None if told else now,
                "lease_until": None,
            }
            outbox.set_row(db, row.id, provider_id=provider_id, **left)
            if ready.riders or ready.instead is not None:
                set_riders(db, row.id, **left)
            for one in (row, *(rider.row for rider in ready.riders)):
                if one.conversation_id is not None and ready.asks and not is_reply(one):
                    conversations.awaken(db, one.conversation_id, one.created_at)
            if ready.pays is not None:
                outbox.set_row(db, ready.pays, owes_media=False)
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
        words = receipts_of(db, channel, provider_id)
        row = by_provider_id(db, channel, provider_id) if words else None
        if row is not None:
            judge(db, row, [one.error_code for one in words], now)
        elif ready.row.sent_at is not None:  # by another way
            note_earlier_arrival(db, ready.row.id, now)

    def _failed(self, ready: Ready, error: SendError) -> Mark:
        def mark(db: Connection) -> None:
            now, row = self._clock(), ready.row
            pauses = TRIES.get(error.code or "", PAUSES)
            verdict = after_error(error, row.attempts + 1, now, row.expires_at, pauses)
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
                    set_riders(db, row.id, **again)
            else:
                self._give_up(db, ready, verdict, error, now)
            if row.sent_at is not None:  # by another way
                note_earlier_arrival(db, row.id, now)

        return mark

    def _give_up(
        self, db: Connection, ready: Ready, verdict: GiveUp, error: SendError, now: datetime
    ) -> None:
        row, channel, kind = ready.row, ready.message.to.channel, meaning(error.code or "")
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
            free_riders(db, row.id)
        if verdict.dead_address:
            contacts.mark_dead(db, address_id, "address_dead")
        if verdict.stopped and row.contact_id is not None:
            person = contacts.person(db, row.contact_id)
            effects.stop_address(db, effects.Author(person, address_id, channel, "carrier"), now)
        elif kind is Failure.TEMPLATE and ready.message.template is None:
            contacts.close_window(db, address_id)
            try_again(db, row, (address_id, channel), now, "window_closed", now)
        elif has_another_way(db, row, address_id):
            try_elsewhere(db, row, (address_id, channel), Outcome.FAILED, now)
        elif verdict.reason in NOT_TO_BE_REACHED and kind is not Failure.CONFIGURATION:
            tell_the_centre(db, [unsaid(row)], now)


def _company(
    around: Surroundings, row: Row[Any], address: Row[Any], now: datetime
) -> list[Row[Any]]:
    """The reminders that leave in this one's message: the cap has let that one pass already."""
    if not is_reminder(row) or around.facts.needs_template(address):
        return []

    def may_leave(one: Row[Any]) -> bool:
        request = replace(request_of(around.facts, one, address), sent=(), reserved=())
        return not unwanted(one, around) and decide(request, now) == Send()

    zone = around.facts.people[row.contact_id].time_zone
    nearest = sorted(
        around.reminders.values(),
        key=lambda one: (one.merged_into != row.id, around.scenes.events[one.event_id].starts_at),
    )
    return company_of(row, nearest, zone, now, may_leave)


def _by_sender(ready: Sequence[Ready]) -> list[tuple[str, list[Ready]]]:
    groups: dict[str, list[Ready]] = {}
    for one in ready:
        groups.setdefault(sender_of(one.message), []).append(one)
    return list(groups.items())


def _behind_the_others(ready: Ready, waiting: Sequence[Ready]) -> list[Ready]:
    """Who waits for its address lets the others go first; what is for one address keeps order."""
    here = [one for one in waiting if one.message.to == ready.message.to]
    others = [one for one in waiting if one.message.to != ready.message.to]
    return [*others, ready, *here]


def _holding(outcome: Mark, rest: Sequence[Ready], lease: datetime, halt: Halt) -> Mark:
    """Write what came of the last one; what follows it waits, untouched."""
    ids = [row.id for one in rest for row in (one.row, *(rider.row for rider in one.riders))]

    def mark(db: Connection) -> None:
        outcome(db)
        claims.hold(db, ids, lease, halt.until, halt.reason)

    return mark


def _nothing(_db: Connection) -> None:
    return None
