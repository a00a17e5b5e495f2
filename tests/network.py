"""A small invented network for audiences: three centres in two cities, eight families.

        centres       children                groups           guardians
F00     Nord          Ana CP                  Chorale          fr
F01     Nord          Bilal CE1, Chloé 6e     Chorale, Foot    ar, fr
F02     Nord + Sud    Dora CP (Nord), CM2     Foot             tr
F03     Nord          Elif (no level)         -                not known yet
F04     Sud           Farid CP                Théâtre          fr
F05     Sud           Gaël 3e                 Théâtre          pt
F06     Est           Hugo CE1                -                fr
F07     Est           Inès GS                 -                fr; they left
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.storage.tables import (
    centres,
    children,
    event_texts,
    events,
    families,
    family_tags,
    group_children,
    groups,
    invitations,
)
from tests.house import House, guardian, roster_row

CITIES = {"Nord": "Lyon", "Sud": "Lyon", "Est": "Nancy"}
CHILDREN = {  # child: family number, centre, level, groups
    "Ana": (0, "Nord", "CP", ("Chorale",)),
    "Bilal": (1, "Nord", "CE1", ("Chorale",)),
    "Chloé": (1, "Nord", "6e", ("Foot",)),
    "Dora": (2, "Nord", "CP", ()),
    "Dario": (2, "Sud", "CM2", ("Atelier bois",)),
    "Elif": (3, "Nord", "", ()),
    "Farid": (4, "Sud", "CP", ("Théâtre",)),
    "Gaël": (5, "Sud", "3e", ("Théâtre",)),
    "Hugo": (6, "Est", "CE1", ()),
    "Inès": (7, "Est", "GS", ()),
}
LANGUAGES: dict[int, tuple[str | None, ...]] = {
    0: ("fr",),
    1: ("ar", "fr"),
    2: ("tr",),
    3: (None,),
    4: ("fr",),
    5: ("pt",),
    6: ("fr",),
    7: ("fr",),
}
TAGS = {0: ("bénévole",), 1: ("bénévole", "transport"), 4: ("transport",)}


class Network:
    """The house with the network above, and the ids of what it holds."""

    def __init__(self, house: House) -> None:
        self.house = house
        for name, (family, centre, _, _) in CHILDREN.items():
            guardians = tuple(
                guardian(
                    family + 20 * place,
                    language=language,
                    name=f"Parent {family}{'ab'[place]}",
                )
                for place, language in enumerate(LANGUAGES[family])
            )
            house.enrol(roster_row(family, centre=centre, child=name, guardians=guardians))
        with house.database.write() as db:
            for centre, city in CITIES.items():
                db.execute(update(centres).where(centres.c.name == centre).values(city=city))
            self.centres = {row.name: row.id for row in db.execute(select(centres))}
            self.families = {int(row.reference[1:]): row.id for row in db.execute(select(families))}
            self.groups: dict[str, int] = {}
            for name, (_, centre, level, inside) in CHILDREN.items():
                mine = children.c.first_name == name
                db.execute(update(children).where(mine).values(school_level=level))
                child_id = db.scalar(select(children.c.id).where(mine))
                for group in inside:
                    if group not in self.groups:
                        self.groups[group] = _insert(
                            db, groups, centre_id=self.centres[centre], name=group
                        )
                    _insert(db, group_children, group_id=self.groups[group], child_id=child_id)
            for family, tags in TAGS.items():
                for tag in tags:
                    _insert(db, family_tags, family_id=self.families[family], tag=tag)
            gone = families.c.id == self.families[7]
            db.execute(update(families).where(gone).values(left_on=date(2026, 10, 1)))

    def event(
        self,
        days: int,
        *,
        centre: str = "Nord",
        kind: str = "workshop",
        invited: dict[int, dict[str, Any]] | None = None,
        status: str = "planned",
    ) -> int:
        """An event so many days from now; `invited` gives columns by the family's number."""
        now: datetime = self.house.clock()
        starts_at = now + timedelta(days=days)
        with self.house.database.write() as db:
            event_id = _insert(
                db,
                events,
                centre_id=self.centres[centre],
                kind=kind,
                on=starts_at.date(),
                at=starts_at.time().replace(tzinfo=None),
                time_zone="Europe/Paris",
                starts_at=starts_at,
                place="Salle",
                status=status,
                created_at=now - timedelta(days=90),
            )
            title = f"Rendez-vous {event_id}"
            _insert(db, event_texts, event_id=event_id, language="fr", original=True, title=title)
            for family, columns in (invited or {}).items():
                told = {"invited_at": starts_at - timedelta(days=10), **columns}
                _insert(
                    db,
                    invitations,
                    event_id=event_id,
                    family_id=self.families[family],
                    **told,
                )
        return event_id

    def numbers(self, family_ids: Any) -> set[int]:
        """The families' numbers."""
        known = {family_id: number for number, family_id in self.families.items()}
        return {known[one] for one in family_ids}


def _insert(db: Any, table: Any, **values: Any) -> int:
    return int(db.execute(insert(table).values(**values)).inserted_primary_key[0])
