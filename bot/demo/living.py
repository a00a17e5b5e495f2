"""Time passes: what is due is planned, sent and confirmed, at each moment when something is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, func, select

from bot.app import Carnet
from bot.demo.clock import MovableClock
from bot.inbox import write_batch
from bot.messages import ChannelName, DeliveryState, ProviderId, Receipt
from bot.storage.conversations import close_events_over
from bot.storage.tables import addresses, outbox, simulated_messages
from bot.waitlist import serve_waiting_lists
from scheduler.jobs import plan_due
from scheduler.planner import upcoming
from scheduler.state import load_state

HORIZON = timedelta(days=21)  # how far ahead something due is looked for
RECENTLY = timedelta(minutes=30)

SPEAKING = frozenset({ChannelName.SMS, ChannelName.WHATSAPP})  # Telegram never says what arrived
SMS_ARRIVES, WHATSAPP_ARRIVES, WHATSAPP_IS_READ = 0.95, 0.99, 0.75

NONE_BROKEN: Mapping[str, datetime] = {}


async def live(carnet: Carnet) -> None:
    """Do all that is due at this moment, as the jobs would."""
    now = carnet.clock()
    await carnet.database.writing(lambda db: plan(db, carnet, now))
    await send(carnet)


def plan(db: Connection, carnet: Carnet, now: datetime) -> None:
    """Close what is over, plan what is due."""
    close_events_over(db, now)
    serve_waiting_lists(db, carnet.reach, now)
    plan_due(db, carnet.reach, now)


async def send(carnet: Carnet, broken: Mapping[str, datetime] = NONE_BROKEN) -> None:
    """Send what waits; then the providers say what became of it."""
    await carnet.dispatcher.drain()
    now = carnet.clock()
    await carnet.database.writing(lambda db: confirm(db, carnet, now, broken))


async def pass_time(carnet: Carnet, clock: MovableClock, until: datetime) -> None:
    """Move the clock, stopping at each moment when something is due."""
    while (due_at := await next_due(carnet)) is not None and due_at <= until:
        clock.move_to(due_at)
        await live(carnet)
    clock.move_to(max(until, carnet.clock()))
    await live(carnet)


async def until_next_message(carnet: Carnet, clock: MovableClock) -> None:
    """Move the clock until something leaves; what is due in quiet hours only waits."""
    shown = await carnet.database.reading(_newest)
    while (due_at := await next_due(carnet)) is not None:
        clock.move_to(due_at)
        await live(carnet)
        if await carnet.database.reading(_newest) > shown:
            return


async def catch_up(carnet: Carnet, clock: MovableClock) -> None:
    """Live through what became due since the last message, up to the clock's own time."""
    now = clock()
    since = await carnet.database.reading(_last_message_at)
    if since is not None and since < now:
        clock.move_to(since)
    await pass_time(carnet, clock, now)


async def next_due(carnet: Carnet) -> datetime | None:
    """The next moment when something should leave; None: nothing for three weeks."""
    now = carnet.clock()
    return await carnet.database.reading(lambda db: _next_due(db, now))


def _next_due(db: Connection, now: datetime) -> datetime | None:
    planned = (one.due_at for one in upcoming(load_state(db, now), now, now + HORIZON))
    held = db.scalars(
        select(outbox.c.next_attempt_at)
        .where(
            outbox.c.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)),
            outbox.c.next_attempt_at > now,
        )
        .order_by(outbox.c.next_attempt_at)
        .limit(1)
    )
    return min((at for at in (*planned, *held) if at > now), default=None)


def _newest(db: Connection) -> int:
    return db.scalar(select(func.max(simulated_messages.c.id))) or 0


def _last_message_at(db: Connection) -> datetime | None:
    latest: datetime | None = db.scalar(select(func.max(simulated_messages.c.at)))
    return latest


def confirm(
    db: Connection, carnet: Carnet, now: datetime, broken: Mapping[str, datetime] = NONE_BROKEN
) -> None:
    """Let every provider speak of what it was given lately.

    `broken`: numbers that no longer exist, by the moment at which they ceased to.
    """
    rows = db.execute(
        select(outbox.c.id, outbox.c.channel, outbox.c.provider_id, addresses.c.value)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .where(
            outbox.c.state == DeliveryState.SENT,
            outbox.c.channel.in_(SPEAKING),
            outbox.c.sent_at > now - RECENTLY,
            outbox.c.provider_id.is_not(None),  # what another message told has no id of its own
        )
        .order_by(outbox.c.id)
    ).all()
    words = [
        Receipt(ChannelName(row.channel), ProviderId(row.provider_id), state, code)
        for row in rows
        for state, code in _fate(row.id, row.channel, broken.get(row.value, now) < now)
    ]
    write_batch(db, carnet.reach, words, now)


def _fate(outbox_id: int, channel: str, gone: bool) -> tuple[tuple[DeliveryState, str | None], ...]:
    """What a provider will say of one message; the same however often it is asked."""
    luck = Random(f"fate-{outbox_id}").random()  # noqa: S311 - a story, not a secret
    if gone:
        return ((DeliveryState.FAILED, "30005"),)
    if channel == ChannelName.SMS:
        return ((DeliveryState.DELIVERED, None),) if luck < SMS_ARRIVES else ()
    if luck >= WHATSAPP_ARRIVES:
        return ()
    delivered = (DeliveryState.DELIVERED, None)
    return (delivered, (DeliveryState.READ, None)) if luck < WHATSAPP_IS_READ else (delivered,)
