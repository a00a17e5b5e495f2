"""The migrations build what `tables.py` describes, and can go back to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from bot.storage.database import Database
from bot.storage.schema import configuration, migrate
from bot.storage.tables import metadata


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}", durable=False)
    yield database
    database.close()


def run(database: Database, to: str) -> None:
    """Migrate up or down."""
    config: Config = configuration()
    with database.write() as db:
        config.attributes["connection"] = db
        (command.downgrade if to == "base" else command.upgrade)(config, to)


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def differences(database: Database) -> list[Any]:
    with database.read() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def shape(database: Database) -> dict[str, Any]:
    """Everything that the database itself knows of its tables, defaults and checks included."""
    seen = inspect(database.engine)
    return {
        table: {
            "columns": [
                (one["name"], str(one["type"]), one["nullable"], one["default"])
                for one in seen.get_columns(table)
            ],
            "unique": sorted(
                str(one["column_names"]) for one in seen.get_unique_constraints(table)
            ),
            "checks": sorted(one["sqltext"] for one in seen.get_check_constraints(table)),
            "indexes": sorted(
                (str(one["name"]), str(one["column_names"])) for one in seen.get_indexes(table)
            ),
            "references": sorted(
                (str(one["constrained_columns"]), one["referred_table"])
                for one in seen.get_foreign_keys(table)
            ),
        }
        for table in metadata.tables
    }


def test_migrations_from_nothing_give_the_tables_of_the_code(empty: Database) -> None:
    migrate(empty)
    assert tables(empty) == set(metadata.tables)
    assert differences(empty) == []


def test_migrated_tables_are_the_same_to_the_last_default(empty: Database, tmp_path: Path) -> None:
    migrate(empty)
    made = Database(f"sqlite:///{tmp_path / 'made.db'}", durable=False)
    with made.write() as db:
        metadata.create_all(db)
    assert shape(empty) == shape(made)
    made.close()


def test_migrations_go_down_to_nothing_and_up_again(empty: Database) -> None:
    run(empty, "head")
    run(empty, "base")
    assert tables(empty) == set()
    run(empty, "head")
    assert differences(empty) == []


def test_migrating_again_changes_nothing(empty: Database) -> None:
    migrate(empty)
    migrate(empty)
    assert tables(empty) == set(metadata.tables)


def test_there_is_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_families_that_wait_already_get_their_turn_in_the_order_of_their_answers(
    empty: Database,
) -> None:
    run(empty, "0001")
    with empty.write() as db:
        db.exec_driver_sql(
            "INSERT INTO centres (id, name, opens_at, closes_at, quiet_days, created_at)"
            " VALUES (1, 'Les Tilleuls', '09:00', '19:30', '[]', '2026-11-01')"
        )
        db.exec_driver_sql(
            'INSERT INTO events (id, centre_id, kind, "on", at, time_zone, starts_at, created_at)'
            " VALUES (1, 1, 'workshop', '2026-12-12', '18:00', 'Europe/Paris', '2026-12-12',"
            " '2026-11-01')"
        )
        answers = {1: ("waiting", 5), 2: ("held", 1), 3: ("waiting", 3), 4: ("waiting", 5)}
        for number, (seat, day) in answers.items():
            db.exec_driver_sql(
                "INSERT INTO families (id, reference, joined_on, created_at)"
                f" VALUES ({number}, 'F{number}', '2026-09-01', '2026-09-01')"
            )
            db.exec_driver_sql(
                "INSERT INTO invitations (event_id, family_id, rsvp, seat, rsvp_at)"
                f" VALUES (1, {number}, 'yes', '{seat}', '2026-11-0{day}')"
            )
    run(empty, "0002")
    with empty.read() as db:
        rows = db.exec_driver_sql("SELECT family_id, waiting_number FROM invitations")
        assert {row[0]: row[1] for row in rows} == {1: 2, 2: None, 3: 1, 4: 3}


def test_translations_of_before_know_the_original_that_stands(empty: Database) -> None:
    run(empty, "0006")
    with empty.write() as db:
        db.exec_driver_sql(
            "INSERT INTO centres (id, name, opens_at, closes_at, quiet_days, created_at)"
            " VALUES (1, 'Les Tilleuls', '09:00', '19:30', '[]', '2026-11-01')"
        )
        db.exec_driver_sql(
            'INSERT INTO events (id, centre_id, kind, "on", at, time_zone, starts_at, created_at)'
            " VALUES (1, 1, 'workshop', '2026-12-12', '18:00', 'Europe/Paris', '2026-12-12',"
            " '2026-11-01')"
        )
        db.exec_driver_sql(
            "INSERT INTO event_texts (event_id, language, original, title, notes)"
            " VALUES (1, 'fr', 1, 'Dormir', 'Un goûter'), (1, 'tr', 0, 'Uyku', '')"
        )
    run(empty, "0007")
    with empty.read() as db:
        rows = db.exec_driver_sql("SELECT language, of_title, of_notes, state FROM event_texts")
        assert {tuple(row) for row in rows} == {
            ("fr", None, None, "draft"),
            ("tr", "Dormir", "Un goûter", "draft"),
        }
