"""One door to the database: one writer at a time, readers never wait, instants are never naive."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from bot.storage.database import Database
from bot.storage.tables import centres, contacts, families

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


def add(database: Database, reference: str, at: datetime = NOW) -> None:
    with database.write() as db:
        db.execute(insert(families).values(reference=reference, joined_on=NOW, created_at=at))


def references(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.scalars(select(families.c.reference).order_by(families.c.id)))


def test_error_rolls_everything_back(database: Database) -> None:
    def fails_half_way() -> None:
        with database.write() as db:
            db.execute(insert(families).values(reference="A", joined_on=NOW, created_at=NOW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_half_way()
    assert references(database) == []


def test_every_commit_is_on_disk_before_it_returns(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'a.db'}").read() as db:
        assert db.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert db.scalar(text("PRAGMA journal_mode")) == "wal"
        assert db.scalar(text("PRAGMA foreign_keys")) == 1


def test_references_must_exist(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(insert(contacts).values(family_id=9, rank=1, name="", created_at=NOW))


def test_reader_sees_one_moment_and_never_waits_for_the_writer(database: Database) -> None:
    add(database, "A")
    with database.read() as reader:
        count = select(func.count()).select_from(families)
        assert reader.scalar(count) == 1
        with database.write() as writer:
            values = {"reference": "B", "joined_on": NOW, "created_at": NOW}
            writer.execute(insert(families).values(values))
            assert reader.scalar(count) == 1
        assert reader.scalar(count) == 1
    assert references(database) == ["A", "B"]


def test_writers_in_threads_and_in_another_process_take_turns(
    database: Database, database_file: Path
) -> None:
    """What a writer reads cannot change before it commits: a counter loses no step."""
    add(database, "0")
    other = Database(f"sqlite:///{database_file}", durable=False)

    def count_up(door: Database) -> None:
        for _ in range(10):
            with door.write() as db:
                last = int(db.scalar(select(families.c.reference)) or 0)
                db.execute(families.update().values(reference=str(last + 1)))

    threads = [
        threading.Thread(target=count_up, args=(door,)) for door in (database, database, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert references(database) == ["30"]


def test_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        add(database, "A", at=NOW.replace(tzinfo=None))


def test_instant_comes_back_aware_whatever_zone_it_was_written_in(database: Database) -> None:
    reunion = timezone(timedelta(hours=4))
    add(database, "A", at=NOW.astimezone(reunion))
    with database.read() as db:
        at = db.scalar(select(families.c.created_at))
    assert at == NOW
    assert at.utcoffset() == timedelta(0)


def test_error_of_the_database_never_shows_what_was_written(database: Database) -> None:
    values: dict[str, Any] = {
        "name": "Amina Berrada",
        "opens_at": None,
        "closes_at": None,
        "quiet_days": [],
    }
    with pytest.raises(IntegrityError) as caught, database.write() as db:
        db.execute(insert(centres).values(**values, created_at=NOW))
    assert "Amina" not in str(caught.value)


async def test_work_is_done_off_the_event_loop(database: Database) -> None:
    here = threading.get_ident()
    assert await database.writing(lambda _db: threading.get_ident()) != here
    assert await database.reading(lambda _db: threading.get_ident()) != here
