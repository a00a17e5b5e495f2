"""`carnet plan`: what will leave, printed three ways; what changed since; and nothing touched."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from bot.app import wall_clock
from bot.drafts import drafts
from bot.storage import templates
from bot.storage.tables import addresses, centres, contacts, families, metadata
from bot.templates import State
from tests.commands.terminal import Terminal


def introduce(terminal: Terminal) -> None:
    """The families have been written to before: no welcome is due."""
    database = terminal.database()
    with database.write() as db:
        db.execute(update(contacts).values(introduced_at=contacts.c.created_at))
    database.close()


def rows(terminal: Terminal) -> list[object]:
    database = terminal.database()
    with database.read() as db:
        found: list[object] = [
            tuple(row) for table in metadata.sorted_tables for row in db.execute(select(table))
        ]
    database.close()
    return found


def test_the_plan_says_who_gets_what_and_touches_nothing(terminal: Terminal) -> None:
    terminal.furnish(families=3, days=14)
    introduce(terminal)
    before = rows(terminal)
    said = terminal.carnet("plan", "--days", "20", "--format", "json")
    assert (said.code, said.err) == (0, "")
    found = said.json
    steps = sorted((one["family"], one["step"]) for one in found["messages"])
    assert steps == [(f"F0{n}", step) for n in range(3) for step in ("invitation", "nudge")]
    totals = found["totals"]
    assert totals["messages"] == totals["sent"] + totals["refused"] + totals["waiting"] == 6
    assert {one["channel"] for one in found["messages"]} == {"sms"}
    assert totals["segments"] >= 6
    assert float(totals["cost"]) > 0
    assert found["tariffs"]["date"] == "2026-11-01"
    assert {"no_answers", "no_channel"} <= {one["code"] for one in found["warnings"]}
    assert rows(terminal) == before
    assert [path.name for path in (terminal.folder / "data").glob("*.key")] == []


def test_the_table_and_the_sheet_say_the_same(terminal: Terminal) -> None:
    terminal.furnish(families=2, days=14)
    introduce(terminal)
    table = terminal.carnet("plan", "--days", "20")
    assert (table.code, table.err) == (0, "")
    assert "4 messages = 4 qui partent + 0 refusés + 0 qui attendent." in table.out
    assert "F01" in table.out
    assert "Coût estimé" in table.out
    sheet = list(csv.DictReader(io.StringIO(terminal.carnet("plan", "--format", "csv").out)))
    assert [one["family"] for one in sheet if one["step"] == "nudge"] == ["F00", "F01"]


def test_the_table_fits_a_terminal_and_is_written_as_in_french(terminal: Terminal) -> None:
    terminal.furnish(families=2, days=14)
    introduce(terminal)
    kept = terminal.file("avant.json", terminal.carnet("plan", "--format", "json").out.encode())
    database = terminal.database()
    with database.write() as db:
        db.execute(update(contacts).where(contacts.c.id == 1).values(language="ar"))
    database.close()
    for arguments in ((), ("--against", kept)):
        table = terminal.carnet("plan", "--days", "20", *arguments, COLUMNS="80").out
        assert max(map(len, table.splitlines())) <= 80
        lines = [one for one in table.splitlines() if "F01" in one or "F00" in one]
        when = re.compile(r"(lun|mar|mer|jeu|ven|sam)\. \d{1,2} [a-zéû]+\.? \d{1,2} h( \d\d)?  ")
        assert lines
        assert all(when.search(one) for one in lines)
        assert re.search(r"\d{4}-\d\d", table) is None
    priced = terminal.carnet("plan", "--days", "20").out
    assert re.search(r"\d SMS en fr\s+\d,\d\d\s€", priced)
    assert re.search(r"Coût estimé : \d,\d\d\s€ \(tarifs du 01/11/2026", priced)


def test_one_centre_is_shown_alone_and_an_unknown_one_is_refused(terminal: Terminal) -> None:
    terminal.furnish(families=2, days=14)
    introduce(terminal)
    terminal.second_centre()
    here = terminal.carnet("plan", "--centre", "les tilleuls", "--format", "json").json
    there = terminal.carnet("plan", "--centre", "Le Port", "--format", "json").json
    assert (here["centre"], len(here["messages"])) == ("Les Tilleuls", 4)
    assert (there["centre"], len(there["messages"])) == ("Le Port", 0)
    unknown = terminal.carnet("plan", "--centre", "Ailleurs")
    assert (unknown.code, unknown.out) == (2, "")
    assert "Centre inconnu" in unknown.err


def test_against_an_older_rehearsal_only_the_difference_is_shown(terminal: Terminal) -> None:
    terminal.furnish(families=3, days=14)
    introduce(terminal)
    older = terminal.file("avant.json", terminal.carnet("plan", "--format", "json").out.encode())
    same = terminal.carnet("plan", "--against", older, "--format", "json").json
    assert same["differences"] == []
    database = terminal.database()
    with database.write() as db:
        until = db.scalar(select(families.c.created_at))
        assert until is not None
        held = {"paused_until": until + timedelta(days=60)}
        db.execute(update(families).where(families.c.reference == "F01").values(**held))
        db.execute(update(contacts).where(contacts.c.id == 3).values(language="ar"))
    database.close()
    found = terminal.carnet("plan", "--against", older, "--format", "json").json
    kinds = {
        (one["kind"], (one["after"] or one["before"])["family"]) for one in found["differences"]
    }
    assert kinds == {("changed", "F01"), ("gone", "F01"), ("changed", "F02")}
    table = terminal.carnet("plan", "--against", older)
    assert "ne part plus : 1, déplacé : 0, changé : 3" in table.out
    sheet = terminal.carnet("plan", "--against", older, "--format", "csv").out
    assert len(sheet.splitlines()) == 5


def test_what_is_no_rehearsal_is_refused(terminal: Terminal) -> None:
    terminal.furnish(families=1, days=14)
    for content in (b"pas du JSON", b"[]", b"{}", b'{"centre": null, "messages": [{}]}'):
        said = terminal.carnet("plan", "--against", terminal.file("avant.json", content))
        assert (said.code, said.out) == (2, "")
        assert "carnet plan --format json" in said.err
    older = json.loads(terminal.carnet("plan", "--format", "json").out)
    older["centre"] = "Le Port"
    file = terminal.file("avant.json", json.dumps(older).encode())
    assert (
        "Cette répétition portait sur : Le Port" in terminal.carnet("plan", "--against", file).err
    )


def test_without_data_or_on_another_database_it_says_what_to_do(terminal: Terminal) -> None:
    empty = terminal.carnet("plan")
    assert (empty.code, empty.out) == (2, "")
    assert "importez d'abord les familles" in empty.err
    assert not Path(terminal.folder / "data").exists()
    other = terminal.carnet("plan", CARNET_DATABASE_URL="postgresql://carnet@127.0.0.1:1/carnet")
    assert (other.code, other.out) == (2, "")
    assert "SQLite" in other.err


def test_hours_that_let_nothing_leave_are_told(terminal: Terminal) -> None:
    terminal.furnish(families=1, days=14)
    database = terminal.database()
    with database.write() as db:
        db.execute(update(centres).values(quiet_days=[1, 2, 3, 4, 5, 6, 7]))
    database.close()
    said = terminal.carnet("plan")
    assert "Les Tilleuls : ses horaires ne laissent jamais rien partir" in said.out


def test_whatsapp_carries_what_is_approved_and_the_plan_says_so(terminal: Terminal) -> None:
    terminal.furnish(families=1, days=14)
    introduce(terminal)
    codes = {one["code"] for one in terminal.carnet("plan", "--format", "json").json["warnings"]}
    assert "no_templates" in codes
    draft = next(one for one in drafts("Ma Chance Moi Aussi") if "vous invite" in one.body)
    database = terminal.database()
    with database.write() as db:
        db.execute(update(addresses).values(channel="whatsapp"))
        templates.save(db, draft, "HX" + "0" * 32, "UTILITY", State.APPROVED, "", wall_clock())
    database.close()
    found = terminal.carnet("plan", "--format", "json").json
    assert "no_templates" not in {one["code"] for one in found["warnings"]}
    outcomes = {one["step"]: one["outcome"] for one in found["messages"]}
    assert outcomes == {"invitation": "sent", "nudge": "refused"}
