"""`carnet languages`: what is translated, what is read, what was missed, what is held back."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import update

from bot.commands import languages as command
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES, PROMISED
from bot.languages import LOCALES
from bot.reviews import wordings
from bot.storage.tables import centres, outbox
from bot.web.links import _offered
from bot.wording import STALE, UNREAD
from tests.house import House, guardian
from tests.test_waitlist import INVITED_AT

TODAY = date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code in ("fr", "tr"):
        copytree(LOCALES / code, tmp_path / "locales" / code)
    return tmp_path / "locales"


def test_every_language_is_listed_with_its_readers(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.family(1, guardians=(guardian(1, language="ta"), guardian(2, language="ku")))
    command.run_list(house.database, as_json=True)
    found = {one["code"]: one for one in json.loads(capsys.readouterr().out)}
    assert list(found)[: len(LANGUAGES)] == list(LANGUAGES)
    assert {*LANGUAGES, *PROMISED, "ku"} == set(found)
    assert {code: found[code]["forms"] for code in ("ar", "uk", "zh", "wo")} == {
        "ar": 6,
        "uk": 3,
        "zh": 1,
        "wo": 0,
    }
    assert [found[code]["direction"] for code in ("ps", "prs", "ta")] == ["rtl", "rtl", "ltr"]
    assert (found["ta"]["readers"], found["ku"]["readers"], found["ku"]["translated"]) == (1, 1, 0)
    assert all(found[code]["translated"] == found[code]["wanted"] for code in LANGUAGES)
    assert all(found[code]["faults"] == 0 for code in LANGUAGES)
    assert found["prs"]["lexicon_on"], "Dari is understood with the words of Persian"
    command.run_list(house.database, as_json=False)
    assert "Langues des parents" in capsys.readouterr().out


def test_messages_without_words_of_today_are_counted_apart(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, language in enumerate(("tr", "tr", "ar")):
        house.family(number, guardians=(guardian(number, language=language),))
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    mine = [row.id for row in house.outbox() if row.step == "invitation"]
    with house.database.write() as db:
        for row_id, values in zip(
            mine,
            ({"gap": STALE}, {"state": "refused", "reason": "language_not_ready"}, {"gap": UNREAD}),
            strict=True,
        ):
            db.execute(update(outbox).where(outbox.c.id == row_id).values(**values))
    command.run_list(house.database, as_json=True)
    found = {one["code"]: one for one in json.loads(capsys.readouterr().out)}
    names = ("in_french", "french_below", "stale", "unsent")
    assert [found["tr"][name] for name in names] == [0, 0, 1, 1]
    assert [found["ar"][name] for name in names] == [0, 1, 0, 0]


def test_who_reads_a_wording_is_written_down(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(one for one in wordings("tr", folder).values() if one.is_words)
    command.run_review("tr", "Elif A.", [first.fingerprint], TODAY, everything=False, folder=folder)
    assert "1 textes relus par Elif A." in capsys.readouterr().out
    command.run_export("tr", folder)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    mine = [row for row in rows if row["relu par"]]
    assert [(row["nom"], row["état"]) for row in mine] == [(first.fingerprint, "relu")]
    assert len(rows) == len(wordings("tr", folder))
    command.run_review("tr", "Can", [], TODAY, everything=True, folder=folder)
    assert all(one.review for one in wordings("tr", folder).values())


@pytest.mark.parametrize(
    ("language", "by", "names", "said"),
    [
        ("fr", "Elif", [], "texte du projet"),
        ("xx", "Elif", [], "Aucun texte"),
        ("tr", " ", [], "Dites qui a relu"),
        ("tr", "Elif", [], "Dites quels textes"),
        ("tr", "Elif", ["0"], "a changé"),
    ],
)
def test_a_review_that_cannot_be_says_why(
    folder: Path, language: str, by: str, names: list[str], said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        command.run_review(language, by, names, TODAY, everything=False, folder=folder)


def test_a_centre_chooses_what_does_not_leave(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.family(1)
    name = house.one(centres.select()).name
    command.run_hold(house.database, name, ["tr", "ar"])
    assert house.one(centres.select()).held_drafts == ["ar", "tr"]
    command.run_hold(house.database, name, [])
    assert house.one(centres.select()).held_drafts == []
    assert "dans toutes les langues" in capsys.readouterr().out
    with pytest.raises(Rejected, match="Langue inconnue : wo"):
        command.run_hold(house.database, name, ["wo"])


def test_a_page_for_each_language_is_written(folder: Path, tmp_path: Path) -> None:
    command.run_table(tmp_path / "docs", folder)
    page = (tmp_path / "docs" / "tr.md").read_text("utf-8")
    assert len(page.splitlines()) == 8 + len(wordings("tr", folder))
    assert "| Oui | Evet |" in page
    assert "brouillon" in page


@pytest.mark.parametrize(
    ("accepted", "first"),
    [
        ("uk-UA,uk;q=0.9,fr;q=0.8", ["uk", "fr", "ar"]),
        ("fa-AF", ["prs", "fr", "ar"]),
        ("wo", ["wo", "fr", "ar"]),
        ("*, xx;q=1", ["fr", "ar", "tr"]),
        ("", ["fr", "ar", "tr"]),
    ],
)
def test_the_telephones_own_language_is_offered_first(accepted: str, first: list[str]) -> None:
    offered = list(_offered(accepted))
    assert offered[:3] == first
    assert set(offered) == {*LANGUAGES, *PROMISED}
