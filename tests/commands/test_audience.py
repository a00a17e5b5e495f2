"""`carnet audience`, run as people run it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import wall_clock
from bot.audience import Filter
from bot.commands.audience import Written, read_filter
from bot.enrolment import import_families
from bot.errors import Rejected
from bot.segments import Author, save_segment
from bot.storage.audience import members
from bot.storage.contacts import set_contact
from bot.storage.tables import centres, contacts, families
from tests.commands.terminal import Said, Terminal
from tests.house import guardian, roster_row

SMS = {
    "CARNET_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "CARNET_TWILIO_AUTH_TOKEN": "invented",
    "CARNET_SMS_SENDER": "CARNET",
}


@pytest.fixture
def town(terminal: Terminal) -> Terminal:
    """Two centres, four families; one has stopped."""
    terminal.settings |= SMS
    database = terminal.database()
    rows = [
        roster_row(0, level="CP", groups=("Chorale",), tags=("relais",)),
        roster_row(1, level="CE1", guardians=(guardian(1, language="ar"),)),
        roster_row(2, level="CP"),
        roster_row(3, level="CP", centre="Le Port"),
    ]
    with database.write() as db:
        import_families(db, rows, wall_clock())
        stopped = select(families.c.id).where(families.c.reference == "F02").scalar_subquery()
        contact_id = db.scalar(select(contacts.c.id).where(contacts.c.family_id == stopped))
        set_contact(db, contact_id or 0, stopped_at=wall_clock())
        db.execute(update(centres).where(centres.c.name == "Le Port").values(city="Nice"))
        wanted = Filter(levels=frozenset({"CP"}))
        save_segment(db, Author(None, leads=True), "Les CP", wanted, None, wall_clock())
    database.close()
    return terminal


def asked(town: Terminal, *words: str) -> Said:
    return town.carnet("audience", *words)


def references(said: Said) -> tuple[list[str], list[tuple[str, str]]]:
    assert said.code == 0, said.err
    told: list[dict[str, Any]] = said.json["written_to"]
    left: list[dict[str, Any]] = said.json["left_out"]
    return [one["reference"] for one in told], [(one["reference"], one["reason"]) for one in left]


def test_conditions_choose_and_who_cannot_be_written_to_is_named(town: Terminal) -> None:
    said = asked(town, "--level", "cp", "--centre", "les tilleuls", "--format", "json")
    assert references(said) == (["F00"], [("F02", "stopped")])
    assert said.json["conditions"] == ["centre : Les Tilleuls", "classe : CP"]
    assert said.json["families"] == 2
    kept = asked(town, "--segment", "les cp", "--format", "json")
    assert references(kept) == (["F00", "F03"], [("F02", "stopped")])
    wrong = asked(town, "--centre", "Ailleurs")
    assert wrong.code == 2
    assert "Centres : Le Port, Les Tilleuls." in " ".join(wrong.err.split())


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        (Written(), [0, 1, 2, 3]),
        (Written(levels=["CP", "Cours élémentaire 1"]), [0, 1, 2, 3]),
        (Written(levels=["CE1"]), [1]),
        (Written(cities=["nice"]), [3]),
        (Written(groups=["chorale"]), [0]),
        (Written(languages=["arabe"]), [1]),
        (Written(tags=["Relais"]), [0]),
        (Written(without_tags=["relais"], families=["f00", "F01"]), [1]),
        (Written(segment="les cp"), [0, 2, 3]),
        (Written(came=1), []),
        (Written(never_came=True), []),
        (Written(no_answer=1), []),
    ],
)
def test_names_are_read_whatever_their_spelling(
    town: Terminal, written: Written, numbers: list[int]
) -> None:
    database = town.database()
    with database.read() as db:
        found = members(db, read_filter(db, written), wall_clock(), None)
        query = select(families.c.reference).where(
            families.c.id.in_([one.family_id for one in found])
        )
        assert [int(one[1:]) for one in sorted(db.scalars(query))] == numbers
    database.close()


def test_the_table_says_it_in_french_and_reconciles(town: Terminal) -> None:
    out = asked(town, "--level", "CP").out
    assert "Conditions : classe : CP" in out
    assert "3 familles = 2 à qui écrire (2 personnes) + 1 laissée de côté" in out
    assert "STOP" in out
    assert "Parent 0 (SMS, fr)" in out


def test_csv_has_a_line_for_each_person_and_each_family_left_out(town: Terminal) -> None:
    said = asked(town, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["reference"] for row in rows] == ["F00", "F01", "F03", "F02"]
    assert rows[1]["langue"] == "ar"
    assert [row["raison"] for row in rows] == ["", "", "", "stopped"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (Written(centres=["Ailleurs"]), "Centres : Le Port, Les Tilleuls."),
        (Written(cities=["Metz"]), "Villes : Nice."),
        (Written(groups=["Foot"]), "Groupes : Chorale."),
        (Written(groups=["Chorale"], centres=["Le Port"]), "Groupe inconnu : « Chorale »"),
        (Written(levels=["CP9"]), "Classe inconnue : CP9."),
        (Written(languages=["arabe et turc"]), "une seule langue"),
        (Written(families=["F99"]), "Familles inconnues : F99."),
        (Written(segment="Autre"), "Publics : Les CP."),
        (Written(segment="Les CP", levels=["CP"]), "pas les deux"),
        (Written(came=1, never_came=True), "pas les deux"),
        (Written(since="2026-01-01"), "--came N ou --never-came"),
        (Written(came=1, since="hier"), "Date illisible"),
        (Written(came=1, kind="fête"), "Type d'événement inconnu"),
        (Written(answers=["yes"]), "--answered"),
        (Written(answered=1), "au moins une réponse"),
        (Written(no_answer=-1), "de 1 à 99"),
    ],
)
def test_what_is_mistyped_is_said_with_what_would_do(
    town: Terminal, written: Written, said: str
) -> None:
    database = town.database()
    with database.read() as db, pytest.raises(Rejected) as refused:
        read_filter(db, written)
    assert said in str(refused.value)
    database.close()
