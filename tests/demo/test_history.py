"""Half a year, lived through the real code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, func, select

from bot.demo.families import unwritten
from bot.demo.house import DATABASE
from bot.flows.menus import LANGUAGES
from bot.indicators.definitions import Period
from bot.storage.database import Database
from bot.storage.indicators import compute
from bot.storage.tables import (
    addresses,
    answers,
    campaign_families,
    campaigns,
    consents,
    contacts,
    events,
    families,
    family_tags,
    inbound,
    invitations,
    metadata,
    outbox,
    slots,
    tasks,
)
from tests.demo.conftest import SUNDAY, build

START = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def db(story: Path) -> Iterator[Connection]:
    database = Database(f"sqlite:///{story / DATABASE}", durable=False)
    with database.read() as db:
        yield db
    database.close()


def everything(folder: Path) -> dict[str, Any]:
    """How many rows each table has, and how every message and invitation came out."""
    database = Database(f"sqlite:///{folder / DATABASE}", durable=False)
    counts: dict[str, Any] = {}
    with database.read() as db:
        for table in metadata.sorted_tables:
            counts[table.name] = db.scalar(select(func.count()).select_from(table))
        columns = (
            outbox.c.key,
            outbox.c.state,
            outbox.c.reason,
            outbox.c.sent_at,
            outbox.c.channel,
        )
        counts["messages"] = db.execute(select(*columns).order_by(outbox.c.id)).all()
        counts["replies"] = db.execute(
            select(invitations.c.rsvp, invitations.c.party, invitations.c.attended)
        ).all()
    database.close()
    return counts


def counted(db: Connection, query: Select[Any]) -> Counter[Any]:
    return Counter(db.scalars(query))


def test_the_same_day_gives_the_same_story(story: Path, tmp_path: Path) -> None:
    assert everything(build(tmp_path / "again", SUNDAY)) == everything(story)


def test_nothing_has_happened_yet_today(db: Connection) -> None:
    assert (db.scalar(select(func.max(outbox.c.created_at))) or START) < START
    assert (db.scalar(select(func.max(inbound.c.at))) or START) < START


def test_a_dozen_events_are_over_and_three_are_to_come(db: Connection) -> None:
    assert db.scalar(select(func.count()).where(families.c.id > 0)) == 40
    past = counted(db, select(events.c.kind).where(events.c.starts_at < START))
    assert set(past) == {"workshop", "outing", "meeting"}
    assert 12 <= past.total() <= 14
    planned = events.c.campaign_id.is_(None)  # meetings of a round are their families' choice
    coming = counted(db, select(events.c.kind).where(events.c.starts_at >= START, planned))
    assert coming == {"workshop": 2, "meeting": 1}
    assert counted(db, select(events.c.status).where(planned))["cancelled"] == 1


def test_the_next_event_is_the_day_after_tomorrow_and_another_waits_for_its_invitations(
    db: Connection,
) -> None:
    rows = db.execute(
        select(events.c.on, func.count(invitations.c.invited_at).label("invited"))
        .join(invitations)
        .where(events.c.starts_at >= START, events.c.campaign_id.is_(None))
        .group_by(events.c.id)
        .order_by(events.c.on)
    ).all()
    days = [((row.on - SUNDAY).days, row.invited) for row in rows]
    assert days[0][0] == 2
    assert days[0][1] > 30
    assert days[-1] == (8, 0)


def test_no_event_lies_on_a_sunday_or_a_public_holiday(db: Connection) -> None:
    assert all(on.isoweekday() != 7 for on in db.scalars(select(events.c.on)))


def test_every_channel_and_language_is_there(db: Connection) -> None:
    assert set(counted(db, select(inbound.c.channel))) == {"whatsapp", "telegram", "link"}
    sent = set(counted(db, select(outbox.c.channel).where(outbox.c.sent_at.is_not(None))))
    assert sent == {"sms", "whatsapp", "telegram", "link"}
    shown = set(counted(db, select(outbox.c.language).where(outbox.c.language.is_not(None))))
    assert shown == set(LANGUAGES)
    spoken = set(db.scalars(select(contacts.c.language)))
    assert set(unwritten()) < spoken


def test_every_fate_of_a_message_is_there(db: Connection) -> None:
    states = set(counted(db, select(outbox.c.state)))
    assert states == {"waiting", "sent", "delivered", "read", "failed", "refused"}


@pytest.mark.parametrize(
    "reason",
    ["paused", "stopped", "surveys_refused", "address_dead", "landline", "failed_at_provider"],
)
def test_every_kind_of_reason_is_there(db: Connection, reason: str) -> None:
    assert counted(db, select(outbox.c.reason))[reason] >= 1


def test_every_way_to_be_out_of_reach_is_there(db: Connection) -> None:
    dead = set(counted(db, select(addresses.c.dead_reason))) - {None}
    assert dead == {"landline", "address_dead", "blocked"}


def test_parents_stopped_and_came_back(db: Connection) -> None:
    decisions = counted(db, select(consents.c.decision))
    assert decisions["stopped"] == 2
    assert decisions["resumed"] == 1
    assert len(db.execute(select(contacts).where(contacts.c.stopped_at.is_not(None))).all()) == 1


def test_one_parent_waits_for_a_person_and_earlier_ones_were_answered(db: Connection) -> None:
    rows = db.execute(select(tasks)).all()
    still_open = [row for row in rows if row.closed_at is None]
    assert len(still_open) >= 1
    assert len(rows) - len(still_open) >= 4
    assert all(row.answered_at is None for row in still_open)
    assert {"question", "asked", "stranger", "large_party"} <= {row.reason for row in rows}


def test_codes_bound_the_telegram_phones(db: Connection) -> None:
    bound = counted(db, select(inbound.c.intent))["bind"]
    assert bound >= 5


def test_attendance_and_answers_give_the_indicators_something_to_count(db: Connection) -> None:
    found = {one.code: one for one in compute(db, Period(2026, 2), now=START)}
    for code in ("I01", "I02", "I05", "I06", "I07", "I13"):
        assert found[code].denominator >= 10, code
        assert 0 < found[code].numerator < found[code].denominator, code
    questions = counted(db, select(answers.c.question)).keys()
    statements = {"behaviour", "school", "choices", "role"}
    assert questions >= {"satisfaction", "again", "barrier"} | statements


def test_some_families_wait_for_a_place(db: Connection) -> None:
    seats = counted(db, select(invitations.c.seat))
    assert seats["held"] > 20
    assert seats["waiting"] >= 1


def test_nothing_left_is_stuck_or_still_held_by_a_worker(db: Connection) -> None:
    rows = db.execute(select(outbox).where(outbox.c.state.in_(("waiting", "sending")))).all()
    assert [(row.state, row.reason) for row in rows] == [("waiting", "paused")]


def test_each_page_of_the_console_has_something_alive_on_it(db: Connection) -> None:
    kinds = counted(db, select(campaigns.c.kind))
    assert kinds == {"announcement": 1, "wave": 1, "meetings": 1}
    free = counted(db, select(slots.c.family_id.is_(None)))
    assert free[True] > 0
    assert free[False] > 0  # some families have taken a moment
    told = select(campaign_families.c.campaign_id).where(campaign_families.c.told_at.is_not(None))
    assert len(counted(db, told)) == 3  # the words of each have left
    assert len(counted(db, select(family_tags.c.tag))) >= 2
