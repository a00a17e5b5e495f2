"""A process that dies in the middle of sending: everybody gets their message, nobody two."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import build
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.roster.rows import read_roster
from scheduler.jobs import plan_due
from tests.peers.twilio import TwilioApi
from tests.scenarios.sender import settings
from tests.scenarios.town import SMS_NAME, roster_file

ENROLLED = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("survives", [1, 15, 39])
async def test_killed_while_sending_forty_then_restarted(tmp_path: Path, survives: int) -> None:
    async with TwilioApi(lambda: DUE, senders=[SMS_NAME]) as twilio:
        promise_forty(tmp_path, twilio.url)
        process = await start(tmp_path, twilio.url)
        while len(twilio.sent) < survives:
            assert process.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert survives <= len(twilio.sent) < 40 or survives == 39

        again = await start(tmp_path, twilio.url)
        assert await again.wait() == 0
        told = Counter(one.to for one in twilio.sent)
        assert len(told) == 40
        # Twilio is asked what became of the one in flight, so not even that one is sent twice
        assert set(told.values()) == {1}


def promise_forty(folder: Path, twilio_url: str) -> None:
    """Forty families, one workshop, forty invitations in the outbox; nothing sent yet."""
    house = build(settings(folder, twilio_url), clock=lambda: DUE, limits={})
    with house.database.write() as db:
        import_families(db, read_roster(roster_file(folder)).rows, ENROLLED)
        db.exec_driver_sql("DELETE FROM contact_addresses WHERE rank = 1")  # SMS only
        new = NewEvent(
            "workshop",
            1,
            datetime(2026, 12, 12, tzinfo=UTC).date(),
            datetime(2026, 12, 12, 14, 30, tzinfo=UTC).time(),
            "Salle Jean Macé",
            {"fr": Wording("Atelier écrans")},
        )
        add_event(db, new, ENROLLED)
        assert plan_due(db, house.reach, DUE).waiting == 40
    house.database.close()


async def start(folder: Path, twilio_url: str) -> asyncio.subprocess.Process:
    """Run the sender in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.scenarios.sender",
        str(folder),
        twilio_url,
        DUE.isoformat(),
        cwd=Path(__file__).parents[2],
    )
