"""`carnet campaign` and `carnet centre plan`, run as people run them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.app import wall_clock
from bot.centre_plans import save_plan
from bot.gate import Hours
from bot.plans import default_steps
from tests.commands.terminal import Terminal

SMS = {
    "CARNET_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "CARNET_TWILIO_AUTH_TOKEN": "jeton",
    "CARNET_SMS_SENDER": "+33939980000",
}


def announce(*more: str, days: int = 1) -> list[str]:
    on = (wall_clock() + timedelta(days=days)).date()
    return [
        *("campaign", "announce", "--title", "Le centre est fermé vendredi"),
        *("--date", on.strftime("%d/%m/%Y"), "--time", "10h", *more),
    ]


def test_an_announcement_is_shown_planned_listed_and_cancelled(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    words = ("--body", "Revenez lundi.", "--title", "tr=Cuma günü kapalıyız")
    shown = terminal.carnet(*announce(*words, "--dry-run"), **SMS)
    assert shown.code == 0
    assert "la suite du titre n'est pas traduite" in " ".join(shown.err.split())
    assert "3 familles : 3 reçoivent le message, 0 ne peuvent pas être jointes." in shown.out
    assert "Le centre est fermé vendredi\nRevenez lundi." in shown.out
    assert "Coût estimé" in shown.out
    assert terminal.carnet("campaign", "list", "--format", "json").json == []

    asked = terminal.carnet(*announce(*words), **SMS)
    assert asked.code == 3
    assert "Rien n'a été prévu. Ajoutez --yes" in asked.out

    made = terminal.carnet(*announce(*words, "--yes", "--format", "json"), **SMS)
    assert made.code == 0, made.err
    assert (made.json["campaign"], made.json["families"], made.json["told"]) == (1, 3, 3)
    assert made.json["segments"] == sum(
        one["segments"] * one["people"] for one in made.json["messages"]
    )
    [listed] = terminal.carnet("campaign", "list", "--format", "json").json
    counts = [listed[name] for name in ("targeted", "sent", "waiting", "failed", "refused")]
    assert counts == [3, 0, 3, 0, {}]
    assert "Le centre est fermé vendredi, annonce" in terminal.carnet("campaign", "list").out

    gone = terminal.carnet("campaign", "cancel", "1")
    assert (gone.code, gone.err) == (0, "")
    [listed] = terminal.carnet("campaign", "list", "--format", "json").json
    assert (listed["status"], listed["refused"]) == ("cancelled", {"campaign_cancelled": 3})
    again = terminal.carnet("campaign", "cancel", "1")
    assert (again.code, again.err.strip()) == (
        2,
        "Cette campagne n'existe pas ou elle est déjà annulée.",
    )


def test_a_wave_is_for_some_families_and_once_a_half_year(terminal: Terminal) -> None:
    terminal.furnish(families=3)
    on = (wall_clock() + timedelta(days=1)).date().isoformat()
    wave = ("campaign", "wave", "2026-h2", "--date", on, "--centre", "les tilleuls")
    made = terminal.carnet(*wave, "--family", "f01", "--yes", "--format", "json", **SMS)
    assert (made.code, made.json["families"]) == (0, 1)
    assert "4 petites questions" in made.json["messages"][0]["text"]
    [listed] = terminal.carnet("campaign", "list", "--format", "json").json
    assert (listed["wave"], listed["title"]) == ("2026-H2", "Votre avis")
    again = terminal.carnet(*wave, "--yes", **SMS)
    assert again.code == 2
    assert "L'enquête 2026-H2 existe déjà" in again.err


def test_what_is_mistyped_is_said_in_french(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    cases = (
        (announce("--centre", "Ailleurs"), "Centre inconnu : « Ailleurs »."),
        (announce("--family", "F99"), "Familles inconnues : F99."),
        (announce("--segment", "CP"), "Public enregistré inconnu"),
        (announce("--segment", "CP", "--family", "F00"), "ou bien un centre et des familles"),
        (announce(days=-3), "Cette date est passée."),
        (announce("--until", "2020-01-01"), "avant le premier"),
        (["campaign", "wave", "automne", "--date", "2030-01-01"], "illisible"),
    )
    for words, expected in cases:
        said = terminal.carnet(*words, "--yes", **SMS)
        assert said.code == 2, words
        assert expected in said.err
        assert "Traceback" not in said.err


def test_the_plan_of_a_centre_is_printed(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    terminal.second_centre()
    mine = tuple(step for step in default_steps("workshop") if step.name != "nudge")
    database = terminal.database()
    with database.write() as db:
        save_plan(db, 1, "workshop", mine, Hours("Europe/Paris"))
    database.close()
    shown = terminal.carnet("centre", "plan", "les tilleuls", "workshop")
    assert (shown.code, shown.err) == (0, "")
    assert "Les Tilleuls, atelier : son propre plan" in shown.out
    assert "7 j avant, 10h" in shown.out
    assert "Deuxième invitation" not in shown.out
    plans = terminal.carnet("centre", "plan", "--format", "json").json
    assert len(plans) == 6
    own = [one for one in plans if one["own"]]
    assert [(one["centre"], one["kind"], len(one["steps"])) for one in own] == [
        ("Les Tilleuls", "workshop", len(mine))
    ]


@pytest.mark.parametrize("words", [("Ailleurs",), ("Les Tilleuls", "wave")])
def test_unknown_centres_and_kinds_are_refused(terminal: Terminal, words: tuple[str, ...]) -> None:
    terminal.furnish(families=1)
    said = terminal.carnet("centre", "plan", *words)
    assert said.code == 2
    assert "Traceback" not in said.err
