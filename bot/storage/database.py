"""One door to the database: short reads from any thread, one writer at a time.

SQLite is opened in WAL mode, so that readers never wait, and synced on every commit. A write takes
its lock when it begins (BEGIN IMMEDIATE): what it read cannot change before it commits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, insert, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Compiled
from sqlalchemy.pool import QueuePool

T = TypeVar("T")

BUSY_SECONDS = 15  # another process (a command beside the server) may hold the lock that long


class Database:
    """Reads and writes; `db` in every service is the connection that one of these two lends."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """Open `url`. `durable=False` skips disk syncs: for invented data only."""
        self.url = url
        self.engine = _open(url, durable=durable)
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection that sees one moment of the database."""
        with self.engine.connect() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend the writing connection; commit at the end, roll back on any error."""
        with self._writer, self.engine.connect() as idle:
            db = idle.execution_options(writes=True)
            with db.begin():
                yield db

    async def reading(self, query: Callable[[Connection], T]) -> T:
        """Run one read off the event loop."""
        return await asyncio.to_thread(self._run, self.read, query)

    async def writing(self, service: Callable[[Connection], T]) -> T:
        """Run one transaction off the event loop."""
        return await asyncio.to_thread(self._run, self.write, service)

    @staticmethod
    def _run(lend: Callable[[], Any], work: Callable[[Connection], T]) -> T:
        with lend() as db:
            return work(db)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


class AloneDatabase(Database):
    """A database that nobody else waits for: it spares the way to another thread and back."""

    async def reading(self, query: Callable[[Connection], T]) -> T:
        """Run one read here."""
        with self.read() as db:
            return query(db)

    async def writing(self, service: Callable[[Connection], T]) -> T:
        """Run one transaction here."""
        with self.write() as db:
            return service(db)


def insert_of(db: Connection) -> Callable[..., Any]:
    """Give the dialect's INSERT that knows ON CONFLICT."""
    return sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert


def insert_row(db: Connection, table: Table, **values: Any) -> int:
    """Insert one row; give its id."""
    key = db.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def insert_once(db: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """Insert one row; give its id, or None where a unique key refuses it.

    Compiled once for each set of columns: SQLAlchemy would compile ON CONFLICT anew each time.
    """
    statement = _once(db.dialect, table, tuple(values))
    made = db.execute(statement, dict(values)).scalar()  # type: ignore[call-overload]  # compiled
    return int(made) if made is not None else None


@lru_cache(maxsize=64)
def _once(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> Compiled:
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement = make(table).on_conflict_do_nothing().returning(table.c.id)
    return statement.compile(dialect=dialect, column_keys=columns)


def _open(url: str, *, durable: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        poolclass=QueuePool,
        hide_parameters=True,  # an error in the log never shows what a family wrote
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, see `write`
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(db: Connection) -> None:
        writes = db.get_execution_options().get("writes", False)
        db.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
