"""Whatever is edited, and whenever: once per family and version, and never for an old moment."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.changes import Changes, change_event
from bot.errors import Rejected, SendDelayed, SendUncertain
from bot.events import cancel_event
from bot.messages import Purpose, key_of, version_of
from bot.storage.database import Database
from bot.storage.says import load_say
from bot.storage.tables import event_moments, events, outbox
from tests.house import SMS, Clock, House, open_house, phone

FIRST = datetime(2026, 11, 20, 9, tzinfo=UTC)
LEFT = ("sent", "delivered", "read")

edits = st.builds(
    Changes,
    on=st.none() | st.dates(date(2026, 11, 23), date(2026, 12, 2)),
    at=st.none() | st.sampled_from([time(9, 30), time(14), time(18)]),
    place=st.none() | st.sampled_from(["Salle bleue", "Maison de quartier"]),
)
answers = st.tuples(st.integers(0, 2), st.sampled_from(["oui, 1 adulte et 1 enfant", "non"]))
errors = st.tuples(
    st.integers(0, 2), st.sampled_from([SendDelayed("busy"), SendUncertain("timeout")])
)
waits = st.sampled_from([1, 5, 11, 24, 40]).map(lambda hours: timedelta(hours=hours))
acts = st.one_of(edits, edits, answers, errors, waits, waits, st.just("cancel"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(acts, max_size=9))
def test_once_per_version_and_never_a_reminder_for_a_moment_that_is_gone(
    empty_file: Path, script: Sequence[object]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(empty_file, Path(folder) / "carnet.db"))
        database = Database(f"sqlite:///{path}", durable=False)
        try:
            house = open_house(database, Clock(FIRST), Path(folder))
            asyncio.run(live(house, script))
        finally:
            database.close()


async def live(house: House, script: Sequence[object]) -> None:
    """Act it out; look at what leaves after each act."""
    house.families(3)
    event_id = house.event()
    house.clock.set(datetime(2026, 11, 21, 9, tzinfo=UTC))
    await watched(house, event_id, house.clock())
    for act in script:
        with house.database.write() as db:
            try:
                if isinstance(act, Changes):
                    change_event(db, house.carnet.reach, event_id, act, house.clock())
                elif act == "cancel":
                    cancel_event(db, house.carnet.reach, event_id, house.clock())
            except Rejected:
                pass
        match act:
            case (int(who), str(words)):
                house.hear(SMS, phone(who), words)
            case (int(who), error) if isinstance(error, SendDelayed):
                house.phones[SMS].fail(phone(who), error)
            case timedelta():
                await watched(house, event_id, house.clock() + act)
        await watched(house, event_id, house.clock())
    await watched(house, event_id, datetime(2026, 12, 3, 20, tzinfo=UTC))
    told_once(house)


async def watched(house: House, event_id: int, until: datetime) -> None:
    """Let the jobs run; what leaves now is about the moment that is the event's now."""
    while True:
        seen = {row.id for row in house.outbox() if row.state in LEFT}
        await house.tick()
        row = house.one(select(events).where(events.c.id == event_id))
        for message in house.outbox():
            if message.id in seen or message.state not in LEFT or message.purpose == "reply":
                continue
            if message.step == "cancelled":
                continue
            assert row.status == "planned"
            params = {k: v for one in message.says for k, v in load_say(one).params.items()}
            assert params.get("day", row.on) == row.on
            assert params.get("hour", row.at) == row.at
            if message.purpose == "reminder":
                assert version_of(message.key) == row.version
                assert house.clock() < row.starts_at
        if house.clock() >= until:
            return
        house.clock.set(min(house.clock() + timedelta(hours=2), until))


def told_once(house: House) -> None:
    """At most one message per event, version, step and family, and one piece of news a version."""
    left = [row for row in house.outbox() if row.state in LEFT and row.purpose != "reply"]
    steps = Counter((row.event_id, version_of(row.key), row.step, row.family_id) for row in left)
    assert max(steps.values(), default=1) == 1
    news = Counter((version_of(row.key), row.family_id) for row in left if row.purpose == "change")
    assert max(news.values(), default=1) == 1
    asked = Counter((row.step, row.family_id) for row in left if row.purpose == "invitation")
    assert max(asked.values(), default=1) == 1
    keys = house.all(select(outbox.c.key))
    assert len(set(keys)) == len(keys)
    versions = [row.version for row in house.all(select(event_moments))]
    assert sorted(versions) == list(range(1, len(versions) + 1))


def test_version_is_read_back_from_a_key() -> None:
    key = key_of(Purpose.CHANGE, "event-7", 12, "moved", "family-3")
    assert version_of(key) == version_of(f"{key}:before-13") == 12
