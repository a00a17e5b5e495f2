"""`carnet event` and `carnet attendance`, run as people run them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.app import wall_clock
from bot.storage.tables import invitations
from tests.commands.terminal import Terminal


def attended(terminal: Terminal) -> list[bool | None]:
    database = terminal.database()
    with database.read() as db:
        found = list(db.scalars(select(invitations.c.attended).order_by(invitations.c.family_id)))
    database.close()
    return found


def add(terminal: Terminal, *more: str, date: str = "", centre: str = "les tilleuls") -> list[str]:
    coming = (wall_clock() + timedelta(days=20)).date()
    return [
        *("event", "add", "--kind", "workshop", "--title", "Bien dormir", "--centre", centre),
        *("--date", date or coming.strftime("%d/%m/%Y"), "--time", "18h30"),
        *("--place", "Maison de quartier", *more),
    ]


def test_event_is_added_listed_and_cancelled(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    titles = ("--title", "tr=Rahat uyku", "--seats", "12")
    counted = ("--seats-for", "children", "--format", "json")
    added = terminal.carnet(*add(terminal, *titles, *counted))
    assert (added.code, added.json) == (0, {"event": 2, "families": 3})
    listed = terminal.carnet("event", "list", "--format", "json").json[1]
    assert (listed["title"], listed["at"], listed["seats"]) == ("Bien dormir", "18:30", 12)
    assert listed["seats_for"] == "children"
    assert [listed[one] for one in ("yes", "no", "maybe", "silent")] == [0, 0, 0, 3]
    shown = terminal.carnet("event", "cancel", "2")
    assert shown.code == 3
    assert "3 familles : n'en savent rien encore et n'auront aucun message." in shown.out
    assert shown.out.endswith("Rien n'a été annulé. Ajoutez --yes pour le faire.\n")
    assert "(annulé)" not in terminal.carnet("event", "list").out
    cancelled = terminal.carnet("event", "cancel", "2", "--yes")
    assert cancelled.code == 0
    assert cancelled.out.endswith("Événement annulé. 0 famille sera prévenue.\n")
    again = terminal.carnet("event", "cancel", "2", "--yes")
    assert (again.code, again.err.strip()) == (
        2,
        "Cet événement n'existe pas ou il est déjà annulé.",
    )
    assert "Bien dormir (annulé)" in terminal.carnet("event", "list").out


def test_what_is_mistyped_is_said_in_french_with_what_would_do(terminal: Terminal) -> None:
    terminal.furnish()
    terminal.second_centre()
    cases = (
        (add(terminal, centre="Ailleurs"), "Centres : Le Port, Les Tilleuls."),
        (add(terminal, date="demain"), "Écrivez 2026-11-28 ou 28/11/2026."),
        (add(terminal, date="2020-01-01"), "Cette date est passée."),
        (add(terminal, "--seats-for", "dogs"), "adults, children."),
        (add(terminal, "--family", "F99"), "Familles inconnues : F99."),
    )
    for words, expected in cases:
        said = terminal.carnet(*words)
        assert said.code == 2, words
        assert expected in said.err
        assert "Traceback" not in said.err


def test_empty_database_lists_no_event(terminal: Terminal) -> None:
    assert terminal.carnet("event", "list", "--format", "json").json == []
    assert terminal.carnet("event", "list").code == 0


def test_attendance_by_references(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=4))
    said = terminal.carnet("attendance", event, "F00", "F01", "--absent", "F02", "--format", "json")
    assert (said.code, said.json) == (
        0,
        {"event": 1, "present": 2, "absent": 1, "changed": 3, "unknown": []},
    )
    assert attended(terminal) == [True, True, False, None]
    rest = terminal.carnet("attendance", event, "f00", "--others-absent", "--format", "json")
    assert (rest.code, rest.json["absent"]) == (0, 3)
    assert attended(terminal) == [True, False, False, False]


def test_attendance_from_standard_input_reports_unknown_references(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=2))
    said = terminal.carnet("attendance", event, typed="F00\n\n  F01 \nF77\n")
    assert said.code == 1
    assert "2 familles présentes, 0 absente." in said.out
    assert "Famille inconnue : F77" in said.out
    assert attended(terminal) == [True, True]


def test_attendance_before_the_day_is_refused(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=1, days=3))
    said = terminal.carnet("attendance", event, "F00")
    assert (said.code, said.err.strip()) == (2, "La présence se note le jour même ou après.")
