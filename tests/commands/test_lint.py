"""`carnet lint`, run as people run it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from bot.app import wall_clock
from bot.storage.tables import campaign_texts, campaigns, children, event_texts
from bot.translation import catalog_languages
from tests.commands.terminal import Terminal


def test_a_text_that_blocks_ends_in_one_and_says_what_to_write(terminal: Terminal) -> None:
    said = terminal.carnet("lint", "Rendez-vous le 03/11 au CLAS")
    assert said.code == 1
    words = " ".join(said.out.split())
    assert "bloque" in words
    assert "« mardi 3 novembre »" in words
    fine = terminal.carnet("lint", "Atelier cuisine mardi à 18h")
    assert fine.code == 0
    assert "Rien à signaler" in fine.out


def test_what_is_only_to_look_at_ends_in_zero(terminal: Terminal) -> None:
    said = terminal.carnet("lint", "On commence à 18:30", "--format", "json")
    assert said.code == 0
    assert [(one["level"], one["code"], one["language"]) for one in said.json] == [
        ("warn", "hour", "fr")
    ]
    other = terminal.carnet("lint", "Starts at 18:30", "--language", "en", "--format", "json")
    assert other.json == []


def test_an_event_is_looked_at_in_each_of_its_languages(terminal: Terminal) -> None:
    event = terminal.furnish(days=7)
    database = terminal.database()
    with database.write() as db:
        words = {"language": "tr", "title": "CLAS", "notes": "", "original": False}
        db.execute(insert(event_texts).values(event_id=event, **words))
        name = db.scalar(children.select().with_only_columns(children.c.first_name))
        words = {"language": "en", "title": f"With {name}", "notes": "", "original": False}
        db.execute(insert(event_texts).values(event_id=event, **words))
    database.close()
    said = terminal.carnet("lint", "--event", str(event), "--format", "json")
    assert said.code == 1
    found = {(one["language"], one["code"], one["where"]) for one in said.json}
    assert found == {("tr", "acronym", "titre"), ("en", "child_name", "titre")}
    only = terminal.carnet("lint", "--event", str(event), "--language", "fr", "--format", "json")
    assert (only.code, only.json) == (0, [])


def test_a_campaign_is_looked_at_too(terminal: Terminal) -> None:
    terminal.furnish()
    database, now = terminal.database(), wall_clock()
    with database.write() as db:
        values = {"kind": "announcement", "on": now.date(), "at": now.time(), "audience": {}}
        db.execute(insert(campaigns).values(ends_on=now.date(), created_at=now, **values))
        text = {"language": "fr", "original": True, "title": "Bonjour", "body": "50 % de dons"}
        db.execute(insert(campaign_texts).values(campaign_id=1, **text))
    database.close()
    said = terminal.carnet("lint", "--campaign", "1", "--format", "json")
    assert said.code == 1
    assert {one["code"] for one in said.json} == {"percent", "donation"}


def test_the_catalogs_hold_nothing_that_blocks(terminal: Terminal) -> None:
    said = terminal.carnet("lint", "--catalogs", "--format", "json")
    assert said.code == 0
    assert {one["language"] for one in said.json} <= set(catalog_languages())
    french = terminal.carnet("lint", "--catalogs", "--language", "fr", "--format", "json")
    assert french.json == [one for one in said.json if one["language"] == "fr"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Donnez un texte"),
        (("Bonjour", "--catalogs"), "Donnez un texte"),
        (("--event", "99"), "Aucun événement ne porte le numéro 99"),
        (("--campaign", "99"), "Aucune campagne ne porte le numéro 99"),
        (("--catalogs", "--language", "de"), "Aucun texte en « de »"),
    ],
)
def test_what_cannot_be_done_is_said(terminal: Terminal, words: tuple[str, ...], says: str) -> None:
    said = terminal.carnet("lint", *words)
    assert said.code == 2
    assert says in " ".join(said.err.split())
