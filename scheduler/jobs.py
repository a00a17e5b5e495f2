"""The recurring jobs: a handful, coarse, safe to run twice or late. What is due lives in tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from bot.asking import ask_providers
from bot.dispatcher import Dispatcher
from bot.meetings import offer_again
from bot.messages import About, Channel, ChannelName
from bot.outreach import Enqueued, enqueue
from bot.pacing import Pacing
from bot.plans import Intent
from bot.reach import Reach
from bot.safeguarding import anybody_to_call, call_next, forget
from bot.silence import look_at_silence, trusted_channels
from bot.storage.campaigns import close_over
from bot.storage.claims import stuck
from bot.storage.conversations import close_events_over
from bot.storage.database import Database
from bot.storage.inbound import forget_media
from bot.storage.media import delete_unused
from bot.storage.offers import anything_to_do
from bot.storage.silence import Cursor
from bot.storage.slots import rounds_with_free_slots
from bot.waitlist import serve_waiting_lists
from scheduler.planner import plan
from scheduler.state import load_state

log = structlog.get_logger()

STUCK_AFTER = timedelta(minutes=30)
MOST_PAGES = 10  # of silence, in one go: the next minute has time too
UNUSED_AFTER = timedelta(days=1)  # a voice note or a picture: a provider may still be fetching it


@dataclass(frozen=True, slots=True)
class Works:
    """What jobs are handed."""

    database: Database
    reach: Reach
    clock: Callable[[], datetime]
    dispatcher: Dispatcher
    patience: timedelta | None = None  # with a channel of which nobody hears; None: never another
    channels: Mapping[ChannelName, Channel] = field(default_factory=dict)  # that may be asked
    pacing: Pacing | None = None  # how fast they are asked; None: never


@dataclass(frozen=True, slots=True)
class Job:
    """One recurring job. `seconds`: how often; `grace_seconds`: how late it may still start."""

    name: str
    seconds: int
    grace_seconds: int
    run: Callable[[Works], Awaitable[None]]


def due(
    db: Connection, now: datetime, among: Collection[About] | None = None
) -> tuple[Intent, ...]:
    """What is due and not decided yet; `among`: of these events and campaigns, None: of all."""
    return plan(load_state(db, now, now, among), now)


def plan_due(
    db: Connection, reach: Reach, now: datetime, among: Collection[About] | None = None
) -> Enqueued:
    """Plan what is due, as `due` has it, and write it down, in the caller's transaction."""
    return enqueue(db, reach, due(db, now, among), now)


async def plan_outreach(works: Works) -> None:
    """Turn due steps into outbox rows.

    Nobody waits for the looking: the lock is taken where something is due, and what is due is then
    decided again, as others may have written meanwhile.
    """
    now = works.clock()
    found = await works.database.reading(lambda db: due(db, now))
    if not found:
        return
    among = {one.about for one in found}
    done = await works.database.writing(lambda db: plan_due(db, works.reach, now, among))
    if done.waiting or done.later or done.refused:
        log.info("planned", waiting=done.waiting, later=done.later, refused=done.refused)


async def serve_lists(works: Works) -> None:
    """Offer freed places to the families that wait, and end the offers whose time is over."""
    now = works.clock()
    if not await works.database.reading(lambda db: anything_to_do(db, now)):
        return
    made = await works.database.writing(lambda db: serve_waiting_lists(db, works.reach, now))
    if made:
        log.info("offered", offers=made)


async def offer_meetings(works: Works) -> None:
    """Offer moments once more to families that said no, or did not come, some days ago."""
    now = works.clock()
    if not await works.database.reading(lambda db: rounds_with_free_slots(db, now)):
        return
    done = await works.database.writing(lambda db: offer_again(db, works.reach, now))
    if done.waiting or done.later or done.refused:
        log.info("offered_again", waiting=done.waiting, later=done.later, refused=done.refused)


async def ask_after(works: Works) -> None:
    """Ask the providers what became of what they never spoke of."""
    if works.pacing is None:
        return
    done = await ask_providers(works.database, works.channels, works.pacing, works.clock)
    if done.asked:
        log.info("asked_after", messages=done.asked, ended=done.ended)


async def try_other_channels(works: Works) -> None:
    """Let what was not delivered leave by the next channel, or tell a person while that helps."""
    now, reach, patience = works.clock(), works.reach, works.patience
    after: Cursor | None = None
    trusted = await works.database.reading(lambda db: trusted_channels(db, reach, now, patience))
    for _ in range(MOST_PAGES):
        looked = await works.database.writing(
            partial(
                look_at_silence,
                reach=reach,
                now=now,
                patience=patience,
                trusted=trusted,
                after=after,
            )
        )
        if looked.moved or looked.told:
            log.info("sent_elsewhere", messages=looked.moved, tasks=looked.told)
        if looked.after is None:
            return
        after = looked.after


async def call_people(works: Works) -> None:
    """Call whoever is next for an alarm that nobody has acknowledged."""
    now = works.clock()
    if not await works.database.reading(anybody_to_call):
        return
    called = await works.database.writing(lambda db: call_next(db, now))
    if called:
        log.info("people_called", people=called)


async def drain_outbox(works: Works) -> None:
    """Send what is due."""
    await works.dispatcher.drain()


async def sweep(works: Works) -> None:
    """Close what is over, drop what nothing refers to any more, and say what is stuck."""
    now = works.clock()
    await works.database.writing(lambda db: close_events_over(db, now))
    await works.database.writing(lambda db: close_over(db, now))
    await works.database.writing(lambda db: forget_media(db, now))
    await works.database.writing(lambda db: forget(db, now))
    await works.database.writing(lambda db: delete_unused(db, now - UNUSED_AFTER))
    waiting = await works.database.reading(lambda db: stuck(db, now, STUCK_AFTER))
    if waiting:
        log.warning("outbox_stuck", rows=waiting)


JOBS = (
    Job("plan_outreach", seconds=60, grace_seconds=3600, run=plan_outreach),
    Job("serve_lists", seconds=10, grace_seconds=3600, run=serve_lists),
    Job("offer_meetings", seconds=60, grace_seconds=3600, run=offer_meetings),
    Job("ask_after", seconds=120, grace_seconds=3600, run=ask_after),
    Job("try_other_channels", seconds=60, grace_seconds=3600, run=try_other_channels),
    Job("call_people", seconds=20, grace_seconds=3600, run=call_people),
    Job("drain_outbox", seconds=5, grace_seconds=3600, run=drain_outbox),
    Job("sweep", seconds=900, grace_seconds=3600, run=sweep),
)
