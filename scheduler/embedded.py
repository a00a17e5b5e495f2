"""APScheduler inside one process: it holds the handful of recurring jobs and nothing else."""

from __future__ import annotations

from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.jobs import JOBS, Works


def start_jobs(works: Works) -> AsyncIOScheduler:
    """Start every job on the running event loop; the first run is at once.

    A late run is run once, never dropped (`coalesce`, an explicit misfire grace), and a job never
    overlaps itself.
    """
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in JOBS:
        scheduler.add_job(
            job.run,
            IntervalTrigger(seconds=job.seconds, timezone=UTC),
            args=[works],
            id=job.name,
            name=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=job.grace_seconds,
            next_run_time=works.clock(),
        )
    scheduler.start()
    return scheduler
