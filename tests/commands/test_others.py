"""Commands that ask or open something, on nothing and on a little."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.app import wall_clock
from bot.commands.doctor import run_doctor
from bot.indicators.definitions import period_of
from tests.commands.terminal import Terminal
from tests.reasons import tell


def test_doctor_on_an_empty_folder_says_what_is_missing(terminal: Terminal) -> None:
    said = terminal.carnet("doctor", "--format", "json")
    found = {(one["subject"], one["state"]) for one in said.json}
    assert said.code == 0
    assert {("Base de données", "ok"), ("sms", "off"), ("Équipe", "warn")} <= found
    assert "CARNET_TELEGRAM_TOKEN" in said.out
    assert terminal.carnet("doctor").out.count("\n") >= 7


def test_doctor_never_shows_a_password(terminal: Terminal) -> None:
    url = "postgresql+asyncpg://carnet:motdepasse@127.0.0.1:1/carnet"
    said = terminal.carnet("doctor", CARNET_DATABASE_URL=url)
    assert said.code == 1
    assert "motdepasse" not in said.out + said.err
    assert "Traceback" not in said.err


def test_doctor_names_each_setting_that_is_wrong(terminal: Terminal) -> None:
    said = terminal.carnet("doctor", CARNET_PORT="porte", CARNET_TELEGRAM_MODE="pigeon")
    assert said.code == 1
    assert "CARNET_PORT" in said.out
    assert "CARNET_TELEGRAM_MODE" in said.out


def test_doctor_reads_the_same_in_the_process(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.furnish()
    monkeypatch.chdir(terminal.folder)
    monkeypatch.setenv("CARNET_DATA_FOLDER", str(terminal.folder / "data"))
    assert run_doctor(as_json=False) == 0
    assert "1 centre, 3 familles" in capsys.readouterr().out


def test_doctor_says_what_should_not_be_and_what_to_do(terminal: Terminal) -> None:
    terminal.furnish(families=2, days=3)  # its invitations have been due for a day
    said = terminal.carnet("doctor")
    assert said.code == 1
    assert "1 événement aurait dû être annoncé" in said.out


def test_indicators_on_nothing_and_on_a_little(terminal: Terminal) -> None:
    empty = terminal.carnet("indicators", "--format", "json")
    assert empty.code == 0
    assert empty.json is not None
    terminal.furnish(families=3)
    terminal.carnet("attendance", "1", "F00", "--others-absent")
    for output in ("table", "csv", "json"):
        said = terminal.carnet("indicators", "--centre", "Les Tilleuls", "--format", output)
        assert (said.code, said.err) == (0, "")
        assert said.out.strip()
    unknown = terminal.carnet("indicators", "--centre", "Ailleurs")
    assert unknown.code == 2
    assert "Centre inconnu" in unknown.err


def test_obstacles_show_no_line_of_fewer_than_five_families(terminal: Terminal) -> None:
    event_id = terminal.furnish(families=5)
    period = str(period_of((wall_clock() - timedelta(days=1)).date()))
    database = terminal.database()
    for family_id in range(1, 6):
        tell(database, family_id, event_id, "work" if family_id < 5 else "time")
    few = terminal.carnet("obstacles", "--period", period)
    assert (few.code, few.err) == (0, "")
    assert "Le travail" not in few.out
    assert "moins de 5 familles" in few.out
    tell(database, 5, event_id, "work", minutes=9)
    database.close()
    said = terminal.carnet("obstacles", "--period", period, "--format", "json")
    assert said.json == [
        {
            "centre": "Les Tilleuls",
            "kind": "workshop",
            "code": "work",
            "label": "Le travail",
            "answers": 5,
            "families": 5,
        }
    ]
    one = terminal.carnet(
        "obstacles", "--period", period, "--centre", "Les Tilleuls", "--format", "csv"
    )
    assert one.out.splitlines()[1] == "Les Tilleuls,workshop,work,Le travail,5,5"
    assert terminal.carnet("obstacles", "--centre", "Ailleurs").code == 2


def test_card_gives_a_code_once_and_an_unknown_family_none(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    said = terminal.carnet("card", "F00", CARNET_TELEGRAM_BOT_NAME="carnet_essai_bot")
    assert said.code == 0
    assert "https://t.me/carnet_essai_bot?start=" in said.out
    missing = terminal.carnet("card", "F00", "--parent", "2")
    assert (missing.code, missing.err.strip()) == (2, "Aucun parent 2 dans la famille « F00 ».")


def test_card_by_sms_shows_no_code_in_the_terminal(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    said = terminal.carnet("card", "F00", "--sms", CARNET_TELEGRAM_BOT_NAME="carnet_essai_bot")
    assert (said.code, "Le SMS partira" in said.out, "t.me" in said.out) == (0, True, False)
    without = terminal.carnet("card", "F00", "--sms")
    assert (without.code, "n'est pas encore activé" in without.err) == (2, True)


def test_staff_account_is_opened_and_migrate_can_be_repeated(terminal: Terminal) -> None:
    assert terminal.carnet("migrate").out == "Les tables sont à jour.\n"
    words = ("staff", "add", "nadia@example.org", "--name", "Nadia", "--role", "director")
    said = terminal.carnet(*words, "--password", "un long mot de passe")
    assert (said.code, said.out) == (0, "Compte ouvert pour nadia@example.org.\n")
    assert "un long mot de passe" not in said.out + said.err
