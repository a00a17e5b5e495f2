"""`carnet import families`, run as people run it, on files as Excel saves them in France."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
from sqlalchemy import func, select

from bot.storage.tables import addresses, centres, families
from tests.commands.terminal import Terminal

HEADINGS = "famille;centre;enfant;parent1;langue1;telephone1;whatsapp1;parent2;telephone2"
LINES = (
    "F-01;Les Tilleuls;Élise;Amélie Garnier;français;06 39 98 00 01;oui;;",
    "F-01;Les Tilleuls;Noël;Amélie Garnier;français;06 39 98 00 01;;;",
    "F-02;Les Tilleuls;Çağla;Selin Kaya;turc;639980002;non;Emre Kaya;06 39 98 00 03",
    "F-03;Le Port;Ana;Rosa Lima;portugais;06 39 98 00 02;;;",
    "F-04;Le Port;Zoé;Paul Duval;français;06 39;;;",
)
KEYS = {
    "rows",
    "families",
    "children",
    "contacts",
    "created",
    "updated",
    "unchanged",
    "errors",
}


def windows_file(*lines: str) -> bytes:
    """As French Excel saves a CSV: semicolons, Windows-1252, CRLF."""
    return "\r\n".join((HEADINGS, *lines, "")).encode("cp1252", errors="replace")


def counted(terminal: Terminal, table: Any) -> int:
    database = terminal.database()
    with database.read() as db:
        found = int(db.scalar(select(func.count()).select_from(table)) or 0)
    database.close()
    return found


def test_windows_file_gives_exactly_the_promised_report(terminal: Terminal) -> None:
    said = terminal.carnet(
        "import", "families", terminal.file("liste.csv", windows_file(*LINES)), "--format", "json"
    )
    assert said.code == 1, "one line is left out"
    assert set(said.json) == KEYS
    report = said.json
    assert (report["rows"], report["created"], report["updated"], report["unchanged"]) == (
        5,
        4,
        0,
        0,
    )
    assert (report["families"], report["children"], report["contacts"]) == (3, 4, 4)
    (error,) = report["errors"]
    assert set(error) == {"line", "column", "reason"}
    assert (error["line"], error["column"]) == (6, "telephone1")
    assert "06 39" not in error["reason"]
    assert report["created"] + report["updated"] + report["unchanged"] + 1 == report["rows"]


def test_importing_twice_changes_nothing_and_dry_run_writes_nothing(terminal: Terminal) -> None:
    path = terminal.file("liste.csv", windows_file(*LINES[:4]))
    rehearsed = terminal.carnet("import", "families", path, "--dry-run", "--format", "json")
    assert (rehearsed.code, rehearsed.json["created"]) == (0, 4)
    assert counted(terminal, families) == counted(terminal, centres) == 0
    first = terminal.carnet("import", "families", path, "--format", "json")
    second = terminal.carnet("import", "families", path, "--format", "json")
    assert first.json == rehearsed.json
    assert (second.code, second.json["unchanged"], second.json["created"]) == (0, 4, 0)
    assert counted(terminal, families) == 3
    assert counted(terminal, addresses) == 4  # one of three numbers on WhatsApp too


def test_workbook_is_read_like_a_csv_file_and_told_in_a_table(terminal: Terminal) -> None:
    workbook, content = openpyxl.Workbook(), io.BytesIO()
    for line in (HEADINGS, *LINES):
        workbook.active.append(line.split(";"))
    workbook.save(content)
    said = terminal.carnet("import", "families", terminal.file("liste.xlsx", content.getvalue()))
    assert said.code == 1
    assert "5 lignes = 4 nouvelles + 0 modifiée + 0 inchangée + 1 à corriger" in said.out
    assert "Nouveau centre : Le Port" in said.out
    assert counted(terminal, families) == 3


def test_file_that_is_not_there_is_said_in_plain_french(terminal: Terminal) -> None:
    said = terminal.carnet("import", "families", "absent.csv")
    assert said.code == 2
    assert "Fichier introuvable : absent.csv" in said.err
    assert "Traceback" not in said.err
