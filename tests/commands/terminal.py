"""A terminal: runs `carnet` as people do, in a folder of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.app import wall_clock
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import centres
from tests.commands import warm
from tests.house import roster_row


@dataclass(frozen=True, slots=True)
class Said:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


@dataclass(slots=True)
class Terminal:
    """A folder with its own data."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def carnet(self, *words: str, typed: str = "", **settings: str) -> Said:
        """Run one command."""
        kept = {name: value for name, value in _surroundings().items() if "CARNET_" not in name}
        environment = {
            **kept,
            "CARNET_DATA_FOLDER": str(self.folder / "data"),
            "COLUMNS": "200",
            **self.settings,
            **settings,
        }
        return Said(*warm.run(words, self.folder, environment, typed))

    def file(self, name: str, content: bytes) -> str:
        """Write a file; give its path."""
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def database(self) -> Database:
        """The database behind the commands."""
        database = Database(f"sqlite:///{self.folder / 'data' / 'carnet.db'}", durable=False)
        migrate(database)
        return database

    def furnish(self, *, families: int = 3, days: int = -1) -> int:
        """Some families and a workshop so many days from now; give the event."""
        now, database = wall_clock(), self.database()
        planned = min(now, now + timedelta(days=days)) - timedelta(days=1)
        with database.write() as db:
            import_families(db, [roster_row(number) for number in range(families)], planned)
            event = NewEvent(
                "workshop",
                1,
                (now + timedelta(days=days)).date(),
                time(18),
                "Maison de quartier",
                {"fr": Wording("Atelier écrans")},
            )
            event_id = add_event(db, event, planned)
        database.close()
        return event_id

    def second_centre(self) -> None:
        """One more centre."""
        database = self.database()
        with database.write() as db:
            values = {"opens_at": time(9), "closes_at": time(19), "quiet_days": [7]}
            db.execute(insert(centres).values(name="Le Port", created_at=wall_clock(), **values))
        database.close()


def _surroundings() -> Mapping[str, str]:
    return dict(os.environ)  # noqa: TID251 - a process of its own needs the machine's PATH
