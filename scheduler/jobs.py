"""The recurring jobs: a handful, coarse, safe to run twice or late. What is due lives in tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.dispatcher import Dispatcher
from bot.meetings import offer_again
from bot.outreach import Enqueued, enqueue
from bot.reach import Reach
from bot.storage.campaigns import close_over
from bot.storage.conversations import close_events_over
from bot.storage.database import Database
from bot.storage.offers import anything_to_do
from bot.storage.outbox import stuck
from bot.storage.slots import rounds_with_free_slots
from bot.waitlist import serve_waiting_lists
from scheduler.planner import plan
from scheduler.state import load_state

log = structlog.get_logger()

STUCK_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Works:
    """What jobs are handed."""

    database: Database
    reach: Reach
    clock: Callable[[], datetime]
    dispatcher: Dispatcher


@dataclass(frozen=True, slots=True)
class Job:
    """One recurring job. `seconds`: how often; `grace_seconds`: how late it may still start."""

    name: str
    seconds: int
    grace_seconds: int
    run: Callable[[Works], Awaitable[None]]


def plan_due(db: Connection, reach: Reach, now: datetime) -> Enqueued:
    """Plan what is due and write it down, in the caller's transaction."""
    return enqueue(db, reach, plan(load_state(db, now, now), now), now)


async def plan_outreach(works: Works) -> None:
    """Turn due steps into outbox rows."""
    now = works.clock()
    done = await works.database.writing(lambda db: plan_due(db, works.reach, now))
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


async def drain_outbox(works: Works) -> None:
    """Send what is due."""
    await works.dispatcher.drain()


async def sweep(works: Works) -> None:
    """Close what is over, and say what is stuck."""
    now = works.clock()
    await works.database.writing(lambda db: close_events_over(db, now))
    await works.database.writing(lambda db: close_over(db, now))
    waiting = await works.database.reading(lambda db: stuck(db, now, STUCK_AFTER))
    if waiting:
        log.warning("outbox_stuck", rows=waiting)


JOBS = (
    Job("plan_outreach", seconds=60, grace_seconds=3600, run=plan_outreach),
    Job("serve_lists", seconds=10, grace_seconds=3600, run=serve_lists),
    Job("offer_meetings", seconds=60, grace_seconds=3600, run=offer_meetings),
    Job("drain_outbox", seconds=5, grace_seconds=3600, run=drain_outbox),
    Job("sweep", seconds=900, grace_seconds=3600, run=sweep),
)
