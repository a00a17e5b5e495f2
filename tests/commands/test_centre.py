"""`carnet centre list` and `carnet centre set`."""

from __future__ import annotations

import pytest

from tests.commands.terminal import Terminal

CENTRE = "Les Tilleuls"


def test_a_centre_is_changed_and_listed(terminal: Terminal) -> None:
    assert "Aucun centre" in terminal.carnet("centre", "list").out
    terminal.furnish(families=1)
    words = (
        *("--opens", "8h30", "--closes", "18:00", "--quiet-days", "6,7", "--holidays", "fr-57"),
        *("--phone", "06 39 98 00 99", "--names-children", "yes", "--sms-sender", "Tilleuls"),
        *("--sms-can-receive", "no", "--monthly-segments", "500", "--zone", "Europe/Paris"),
        *("--city", "Lyon", "--daily-cap", "2", "--weekly-cap", "5"),
    )
    said = terminal.carnet("centre", "set", "les tilleuls", *words, "--format", "json")
    assert (said.code, said.err) == (0, "")
    [listed] = terminal.carnet("centre", "list", "--format", "json").json
    assert said.json == [listed]
    expected = {
        "id": 1,
        "name": CENTRE,
        "city": "Lyon",
        "time_zone": "Europe/Paris",
        "phone": "06 39 98 00 99",
        "opens_at": "08:30",
        "closes_at": "18:00",
        "quiet_days": [6, 7],
        "holidays": "FR-57",
        "names_children": True,
        "sms_sender": "Tilleuls",
        "sms_can_receive": False,
        "monthly_segments": 500,
        "daily_cap": 2,
        "weekly_cap": 5,
    }
    assert {name: listed[name] for name in expected} == expected
    table = terminal.carnet("centre", "list").out
    assert "samedi, dimanche" in table
    assert "500 par mois" in table
    assert "2 par jour" in table
    cleared = terminal.carnet(
        "centre", "set", CENTRE, "--monthly-segments", "aucun", "--quiet-days", "aucun"
    )
    assert cleared.code == 0
    [listed] = terminal.carnet("centre", "list", "--format", "json").json
    assert (listed["monthly_segments"], listed["quiet_days"]) == (None, [])
    assert listed["phone"] == "06 39 98 00 99"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--opens", "19:30"), "rien ne partirait jamais"),
        (("--quiet-days", "1,2,3,4,5,6,7"), "Sept jours"),
        (("--quiet-days", "dimanche"), "Jours illisibles"),
        (("--zone", "Europe/Lutèce"), "Fuseau horaire inconnu"),
        (("--holidays", "Lune"), "Jours fériés inconnus"),
        (("--names-children", "peut-être"), "yes ou no"),
        (("--monthly-segments", "beaucoup"), "Nombre de SMS illisible"),
        (("--opens", "midi"), "Heure illisible"),
        (("--daily-cap", "0"), "de 1 à 5"),
        (("--daily-cap", "6"), "de 1 à 5"),
        (("--daily-cap", "deux"), "Nombre de messages illisible"),
        (("--weekly-cap", "0"), "de 1 à 14"),
        (("--daily-cap", "4"), "de 4 à 14, pas 3"),
        (("--weekly-cap", "15"), "de 1 à 14"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    terminal.furnish(families=1)
    before = terminal.carnet("centre", "list", "--format", "json").out
    refused = terminal.carnet("centre", "set", CENTRE, *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert terminal.carnet("centre", "list", "--format", "json").out == before


def test_a_centre_has_a_bot_among_ours(terminal: Terminal) -> None:
    terminal.furnish(families=1)
    bots = '{"nice": {"token": "4300:nice", "name": "carnet_nice_bot"}}'
    chosen = terminal.carnet(
        "centre", "set", CENTRE, "--telegram-bot", "nice", CARNET_TELEGRAM_BOTS=bots
    )
    assert chosen.code == 0
    refused = terminal.carnet(
        "centre", "set", CENTRE, "--telegram-bot", "lyon", CARNET_TELEGRAM_BOTS=bots
    )
    assert refused.code == 2
    assert "Robot Telegram inconnu : « lyon »" in refused.err
    assert "nice" in refused.err
    [listed] = terminal.carnet("centre", "list", "--format", "json").json
    assert listed["telegram_bot"] == "nice"
    terminal.carnet("centre", "set", CENTRE, "--telegram-bot", "aucun")
    [listed] = terminal.carnet("centre", "list", "--format", "json").json
    assert listed["telegram_bot"] == ""
