"""Every command that writes to parents says what is hard in the words, and refuses what must go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.app import wall_clock
from tests.commands.terminal import Said, Terminal

ON = ("--date", (wall_clock() + timedelta(days=20)).date().isoformat())
SMS = {
    "CARNET_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "CARNET_TWILIO_AUTH_TOKEN": "token",
    "CARNET_SMS_SENDER": "+33639980090",
}
WAYS: dict[str, tuple[str, ...]] = {
    "event add": (
        *("event", "add", "--kind", "workshop", "--centre", "les tilleuls", *ON),
        *("--time", "18h", "--place", "Salle bleue"),
    ),
    "event change": ("event", "change", "1", "--yes"),
    "campaign announce": ("campaign", "announce", *ON, "--dry-run"),
    "meetings open": (
        *("meetings", "open", "--centre", "les tilleuls", "--with", "Mme Roy", *ON),
        *("--place", "Salle bleue", "--day", ON[1], "--from", "14h", "--to", "16h", "--dry-run"),
    ),
}


def write(terminal: Terminal, way: str, *titles: str) -> Said:
    words = [part for title in titles for part in ("--title", title)]
    return terminal.carnet(*WAYS[way], *words, **SMS)


@pytest.mark.parametrize("way", WAYS)
def test_what_must_change_is_refused_and_named(terminal: Terminal, way: str) -> None:
    terminal.furnish(families=2, days=15)
    said = write(terminal, way, "Un don pour l'atelier de 14 h", "tr=Saat 4 atölyesi")
    told = " ".join(said.err.split())
    assert said.code == 2, said.err
    assert "Rien n'a été écrit." in told
    assert "un message ne demande jamais d'argent" in told
    assert "turc : Il manque l'heure 14 h" in told


@pytest.mark.parametrize("way", WAYS)
def test_what_only_warns_is_shown_and_kept(terminal: Terminal, way: str) -> None:
    terminal.furnish(families=2, days=15)
    said = write(terminal, way, "L’atelier de 14 h", "tr=Saat 14:00 atölyesi")
    assert said.code in (0, 3), said.err
    assert "remplacez : ’ par ' (1 fois)" in " ".join(said.err.split())
