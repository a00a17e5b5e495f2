"""`carnet event change` and `carnet event repeat`, run as people run them."""

from __future__ import annotations

from datetime import timedelta

from bot.app import wall_clock
from tests.commands.terminal import Terminal


def listed(terminal: Terminal) -> list[dict[str, object]]:
    found: list[dict[str, object]] = terminal.carnet("event", "list", "--format", "json").json
    return found


def test_change_shows_first_and_does_nothing_unless_confirmed(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=2, days=20))
    words = ("event", "change", event, "--time", "17h30", "--place", "Salle bleue")
    asked = terminal.carnet(*words)
    assert asked.code == 3
    assert "Heure : 18h -> 17h30" in asked.out
    assert "Lieu : Maison de quartier -> Salle bleue" in asked.out
    assert "2 familles : ne sont pas encore invitées" in asked.out
    assert "Rien n'a été modifié." in asked.out
    assert listed(terminal)[0]["at"] == "18:00"
    done = terminal.carnet(*words, "--yes")
    assert (done.code, "Événement modifié." in done.out) == (0, True)
    assert (listed(terminal)[0]["at"], listed(terminal)[0]["place"]) == ("17:30", "Salle bleue")


def test_change_of_texts_keeps_what_was_not_typed(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=1, days=20))
    terminal.carnet("event", "change", event, "--notes", "Goûter offert", "--yes")
    done = terminal.carnet("event", "change", event, "--title", "Bien dormir", "--yes")
    assert "Titre (fr) : Atelier écrans -> Bien dormir" in done.out
    assert "Infos pratiques" not in done.out


def test_what_cannot_be_changed_is_said_in_french(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=1, days=20))
    cases = (
        ((event, "--yes"), "Il n'y a rien à changer."),
        (("9", "--seats", "3"), "Cet événement n'existe pas."),
        ((event, "--date", "2020-01-01"), "Cette date est passée."),
        ((event, "--time", "midi"), "Heure illisible"),
    )
    for words, expected in cases:
        said = terminal.carnet("event", "change", *words)
        assert (said.code, expected in said.err, "Traceback" in said.err) == (2, True, False)


def test_repeat_shows_dates_then_adds_them_once(terminal: Terminal) -> None:
    event = str(terminal.furnish(families=2, days=3))
    until = (wall_clock() + timedelta(days=18)).date().isoformat()
    words = ("event", "repeat", event, "--every", "week", "--until", until)
    dry = terminal.carnet(*words, "--dry-run")
    assert (dry.code, "2 dates seraient ajoutées. Rien n'a été écrit." in dry.out) == (0, True)
    assert len(listed(terminal)) == 1
    assert "2 dates ajoutées." in terminal.carnet(*words).out
    again = terminal.carnet(*words)
    assert ("existe déjà" in again.out, "0 date ajoutée." in again.out) == (True, True)
    assert len(listed(terminal)) == 3
    refused = terminal.carnet(*words, "--skip-school-holidays", "Z")
    assert (refused.code, "A, B ou C" in refused.err) == (2, True)
