"""How long an audience takes: `python -m tests.bench_audience`.

180 centres, 10,000 families with two guardians each, three past events in every centre.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from sqlalchemy import Connection, insert

from bot.audience import EVERYBODY, LEVELS, Attendance, Filter
from bot.deployment import Deployment
from bot.messages import ChannelName, Shape
from bot.preview import preview_audience
from bot.reach import Reach
from bot.storage.audience import members
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import (
    addresses,
    centres,
    children,
    contact_addresses,
    contacts,
    events,
    families,
    family_tags,
    invitations,
)

CENTRES, FAMILIES = 180, 10_000
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FILTERS = {
    "everybody": EVERYBODY,
    "CP to CE2": Filter(levels=frozenset({"CP", "CE1", "CE2"})),
    "never came": Filter(attendance=Attendance(0)),
    "silent twice": Filter(no_answer=2),
    "everything": Filter(
        cities=frozenset({"Ville 1", "Ville 2", "Ville 3"}),
        levels=frozenset(LEVELS),
        languages=frozenset({"fr", "ar"}),
        attendance=Attendance(1, date(2026, 9, 1), "workshop"),
        no_answer=1,
        tags_none=frozenset({"relais"}),
    ),
}


def main() -> None:
    """Print seconds of the processor for the members of each filter and for its preview."""
    reach = Reach(
        Deployment("Carnet", "https://carnet.example", b"k" * 32), {ChannelName.SMS: Shape()}
    )
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder, 'carnet.db')}", durable=False)
        migrate(database)
        with database.write() as db:
            _fill(db)
        with database.read() as db:
            for name, wanted in FILTERS.items():
                started = process_time()
                audience = members(db, wanted, NOW, None)
                found = process_time()
                seen = preview_audience(db, reach, audience, NOW)
                done = process_time()
                print(
                    f"{name:14} {len(audience):6} families in {found - started:.3f} s, "
                    f"preview of {len(seen.people)} people in {done - found:.3f} s"
                )
        database.close()


def _fill(db: Connection) -> None:
    dice = random.Random(7)
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (
            *(centres, families, children, contacts, addresses, contact_addresses),
            *(family_tags, events, invitations),
        )
    }
    for one in range(1, CENTRES + 1):
        rows[centres].append(
            {
                "id": one,
                "name": f"Centre {one}",
                "city": f"Ville {one % 9}",
                "opens_at": time(9),
                "closes_at": time(19, 30),
                "quiet_days": [7],
                "created_at": NOW,
            }
        )
        for nth in range(3):
            starts_at = NOW - timedelta(days=10 + 14 * nth)
            rows[events].append(
                {
                    "id": 3 * one + nth,
                    "centre_id": one,
                    "kind": ("workshop", "outing")[nth % 2],
                    "on": starts_at.date(),
                    "at": time(18),
                    "time_zone": "Europe/Paris",
                    "starts_at": starts_at,
                    "created_at": NOW,
                }
            )
    for one in range(1, FAMILIES + 1):
        _add_family(rows, one, dice)
    for table, values in rows.items():
        db.execute(insert(table), values)


def _add_family(rows: dict[Any, list[dict[str, Any]]], one: int, dice: random.Random) -> None:
    home = one % CENTRES + 1
    rows[families].append(
        {"id": one, "reference": f"F{one:05}", "joined_on": NOW.date(), "created_at": NOW}
    )
    for name in ("Ana", "Bilal")[: dice.choice((1, 1, 2))]:
        rows[children].append(
            {
                "family_id": one,
                "centre_id": home,
                "first_name": name,
                "school_level": dice.choice(sorted(LEVELS)),
                "created_at": NOW,
            }
        )
    for rank in (1, 2):
        number = 2 * one + rank
        person = {"id": number, "family_id": one, "rank": rank, "name": "Parent"}
        language = dice.choice(("fr", "fr", "ar", "tr"))
        rows[contacts].append(person | {"language": language, "created_at": NOW})
        place = {"id": number, "channel": "sms", "value": f"bench-{number}"}
        rows[addresses].append(place | {"created_at": NOW})
        rows[contact_addresses].append(
            {"contact_id": number, "address_id": number, "rank": 1, "source": "import"}
        )
    if one % 10 == 0:
        rows[family_tags].append({"family_id": one, "tag": "relais"})
    for nth in range(3):
        rows[invitations].append(
            {
                "event_id": 3 * home + nth,
                "family_id": one,
                "invited_at": NOW - timedelta(days=20 + 14 * nth),
                "rsvp": dice.choice((None, None, "yes", "no")),
                "attended": dice.choice((True, False)),
            }
        )


if __name__ == "__main__":
    main()
