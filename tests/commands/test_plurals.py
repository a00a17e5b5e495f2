"""What commands say of one, of none and of several; and what they refuse to print."""

from __future__ import annotations

import pytest

from bot.commands.plurals import counted
from tests.commands.terminal import Terminal

LIST = (
    "famille,centre,enfant,parent1,langue1,telephone1\n"
    "TIL-001,Les Tilleuls,Zoé,Samia,français,06 39 98 00 01\n"
)


@pytest.mark.parametrize(
    ("count", "one", "several", "said"),
    [
        (0, "famille", "", "0 famille"),
        (1, "famille présente", "", "1 famille présente"),
        (2, "famille présente", "", "2 familles présentes"),
        (1, "famille sera invitée", "familles seront invitées", "1 famille sera invitée"),
        (3, "famille sera invitée", "familles seront invitées", "3 familles seront invitées"),
    ],
)
def test_one_is_not_several(count: int, one: str, several: str, said: str) -> None:
    assert counted(count, one, several) == said


def test_import_of_one_family_is_told_in_the_singular(terminal: Terminal) -> None:
    said = terminal.carnet("import", "families", terminal.file("liste.csv", LIST.encode()))
    assert "1 ligne = 1 nouvelle + 0 modifiée + 0 inchangée + 0 à corriger" in said.out
    assert "1 famille, 1 enfant, 1 parent." in said.out


def test_format_that_a_command_does_not_print_is_refused(terminal: Terminal) -> None:
    path = terminal.file("liste.csv", LIST.encode())
    said = terminal.carnet("import", "families", path, "--format", "csv")
    assert said.code == 2
    assert said.out == ""
