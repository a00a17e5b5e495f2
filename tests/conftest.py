"""A migrated database on disk, a clock that stands still, and a house around them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.storage.database import Database
from bot.storage.schema import migrate
from tests.house import MONDAY, Clock, House, open_house

settings.register_profile(
    "usual", derandomize=True, deadline=None
)  # the same everywhere, busy or not
settings.register_profile(
    "long", max_examples=2_000, deadline=None
)  # pytest --hypothesis-profile=long


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every table and nothing in them; migrated once, copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "carnet.db"
    database = Database(f"sqlite:///{path}", durable=False)
    migrate(database)
    database.close()
    return path


@pytest.fixture
def database_file(empty_file: Path, tmp_path: Path) -> Path:
    """This test's own database file, its tables up to date."""
    return Path(shutil.copy(empty_file, tmp_path / "carnet.db"))


@pytest.fixture
def database(database_file: Path) -> Iterator[Database]:
    """This test's own database."""
    database = Database(f"sqlite:///{database_file}", durable=False)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    """Ten o'clock in Paris on Monday 16 November 2026, until the test says otherwise."""
    return Clock(MONDAY)


@pytest.fixture
def house(database: Database, clock: Clock, tmp_path: Path) -> House:
    """A Carnet wired on phones that the test holds; no family and no centre yet."""
    return open_house(database, clock, tmp_path)
