"""One fortnight in three time zones, told line by line: the same on every machine.

Run as a program, in a process of its own, with the machine's zone in TZ and a fresh folder:

    python -m tests.scenarios.elsewhere FOLDER

writes FOLDER/story.txt and says at the end of its output where it stood.
"""

from __future__ import annotations

import asyncio
import sys
import time as machine
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select, update

from bot.app import build
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event, record_attendance
from bot.settings import Settings
from bot.storage.database import AloneDatabase
from bot.storage.schema import migrate
from bot.storage.tables import centres, contacts
from scheduler.jobs import plan_due
from scheduler.rehearsal import rehearse
from tests.house import SHAPES, SMS, Clock, House, Phones, guardian, phone, roster_row

START = datetime(2026, 10, 20, 6, tzinfo=UTC)  # five days before Paris puts its clocks back
DAYS = 14
HOMES = {  # centre -> its zone, its holidays
    "Les Tilleuls": ("Europe/Paris", "FR"),
    "Les Flamboyants": ("Indian/Reunion", "FR-974"),
    "Les Filaos": ("America/Martinique", "FR-972"),
}
EVENTS = (date(2026, 10, 26), date(2026, 10, 31))  # the day after, and the end of the month


def furnish(folder: Path) -> tuple[House, list[int]]:
    """Three centres with two families each, and two events in each."""
    database = AloneDatabase(f"sqlite:///{folder / 'carnet.db'}", durable=False)
    migrate(database)
    clock = Clock(START)
    phones = {name: Phones(shape, name.value) for name, shape in SHAPES.items()}
    settings = Settings(data_folder=folder, secret=SecretStr("the same everywhere"), _env_file=None)  # type: ignore[call-arg]
    carnet = build(settings, clock=clock, database=database, channels=phones, limits={})
    house = House(carnet, clock, phones)
    with database.write() as db:
        for place, (name, (zone, holidays)) in enumerate(HOMES.items()):
            numbers = (2 * place, 2 * place + 1)
            rows = [roster_row(one, centre=name, guardians=(guardian(one),)) for one in numbers]
            import_families(db, rows, START, zone=zone)
            db.execute(update(centres).where(centres.c.name == name).values(holidays=holidays))
        db.execute(update(contacts).values(surveys=True))
        found = db.execute(select(centres.c.id).order_by(centres.c.id)).all()
        made = [
            add_event(db, NewEvent("workshop", one.id, on, time(15), "Salle bleue",
                                   {"fr": Wording("Atelier écrans")}), START)
            for one in found for on in EVENTS
        ]  # fmt: skip
    return house, made


async def story(folder: Path) -> list[str]:
    """Rehearse the fortnight, live through it, and tell both."""
    house, made = furnish(folder)
    end = START + timedelta(days=DAYS)
    told = await rehearse(house.database, house.carnet.reach, START, end)
    lines = [f"rehearsed {line}" for line in told.lines]
    answered = False
    while house.clock() < end:
        house.clock.later(hours=2)
        with house.database.write() as db:
            plan_due(db, house.carnet.reach, house.clock())
        await house.drain()
        if not answered and house.clock() > START + timedelta(days=2):
            answered = True
            for number in (0, 2, 4):
                house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
        if house.clock() == datetime(2026, 10, 27, 6, tzinfo=UTC):
            came = {house.family_id(f"F{number:02d}"): True for number in (0, 2, 4)}
            with house.database.write() as db:
                for event_id in made[::2]:
                    record_attendance(db, event_id, came, house.clock())
    lines += log_of(house)
    house.database.close()
    return lines


def log_of(house: House) -> Iterator[str]:
    """Every row of the outbox, and every text on a phone."""
    for row in house.outbox():
        yield f"outbox {tuple(row)}"
    for name, phones in house.phones.items():
        for one in phones.taken:
            yield f"phone {name} {one}"


if __name__ == "__main__":
    here = Path(sys.argv[1])
    lines = asyncio.run(story(here))
    (here / "story.txt").write_text("\n".join(lines), encoding="utf-8")
    sys.stdout.write(machine.strftime("%z", machine.localtime(0)))
