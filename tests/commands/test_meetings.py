"""`carnet meetings`: opening a round, adding moments, reading a calendar, listing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.app import wall_clock
from tests.commands.terminal import Said, Terminal

SOON = wall_clock().date() + timedelta(days=2)
FIRST = wall_clock().date() + timedelta(days=9)


def opened(terminal: Terminal, *more: str, yes: bool = True) -> Said:
    return terminal.carnet(
        "meetings", "open", "--title", "Parlons de votre enfant", "--title", "tr=Görüşme",
        "--with", "Mme Roy", "--centre", "les tilleuls", "--place", "Bureau 2",
        "--day", FIRST.isoformat(), "--day", f"{FIRST + timedelta(days=1):%d/%m/%Y}",
        "--from", "14h", "--to", "15:30", "--every", "45", "--date", SOON.isoformat(),
        *more, *(("--yes",) if yes else ()),
    )  # fmt: skip


def test_round_is_opened_for_every_family_of_the_centre(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    said = opened(terminal, "--format", "json")
    assert said.code == 0, said.err
    assert {one: said.json[one] for one in ("round", "slots", "families")} == {
        "round": 1, "slots": 4, "families": 3,
    }  # fmt: skip
    [row] = terminal.carnet("meetings", "list", "--format", "json").json
    assert (row["host"], row["free"], row["taken"], row["families"]) == ("Mme Roy", 4, 0, 3)
    assert "Mme Roy" in terminal.carnet("meetings", "list").out


def test_round_is_shown_first_and_opened_only_when_confirmed(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    for more, code in (((), 3), (("--dry-run",), 0)):
        said = opened(terminal, *more, yes=False)
        assert said.code == code
        assert "4 moments avec Mme Roy." in said.out
        assert "3 familles : 0 reçoivent le message, 3 ne peuvent pas être jointes." in said.out
        assert "  3 : Ce canal n'est pas activé." in said.out
        assert re.search(r"Coût estimé : \d+,\d\d\s€", said.out)
        assert terminal.carnet("meetings", "list", "--format", "json").json == []


def test_round_is_opened_for_families_that_are_named(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    assert opened(terminal, "--family", "f01", "--format", "json").json["families"] == 1
    unknown = opened(terminal, "--family", "X9")
    assert (unknown.code, "X9" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--day", "demain"), "Date illisible"),
        (("--from", "tard"), "Heure illisible"),
        (("--every", "0"), "minutes"),
        (("--centre", "Nulle part"), "Centre inconnu"),
    ],
)
def test_what_cannot_be_is_said_in_french(
    terminal: Terminal, words: tuple[str, str], says: str
) -> None:
    terminal.furnish(families=1)
    said = opened(terminal, *words)
    assert (said.code, says in said.err) == (2, True)


def test_moments_are_added_once(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    opened(terminal)
    more = ("meetings", "slots", "1", "--day", FIRST.isoformat(), "--from", "9h", "--to", "10h")
    assert "2 moments ajoutés." in terminal.carnet(*more).out
    again = terminal.carnet(*more)
    assert (again.code, "chevauche" in again.err) == (2, True)


def test_calendar_file_is_read_line_by_line_and_once(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    opened(terminal)
    free = FIRST + timedelta(days=5)
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x",
        "BEGIN:VEVENT", "UID:a", "DTSTAMP:20260101T000000Z", f"DTSTART:{free:%Y%m%d}T090000",
        "DURATION:PT30M", "END:VEVENT",
        "BEGIN:VEVENT", "UID:b", "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{free:%Y%m%d}",
        "SUMMARY:Congé", "END:VEVENT",
        "END:VCALENDAR", "",
    )  # fmt: skip
    file = terminal.file("agenda.ics", "\r\n".join(lines).encode())
    first = terminal.carnet("meetings", "import", "1", file)
    assert "1 moment ajouté, 0 déplacé, 0 inchangé." in first.out
    assert "Congé" in first.out
    again = terminal.carnet("meetings", "import", "1", file, "--format", "json").json
    assert (again["added"], again["unchanged"]) == (0, 1)
    for words in (("1", "absent.ics"), ("9", file)):
        assert terminal.carnet("meetings", "import", *words).code == 2
