"""What may leave: drafts where the centre lets them, French under a consent, French where held."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest

from bot import reviews
from bot.composing import Way, compose
from bot.flows import notices, preferences, welcome
from bot.flows.menus import HUMAN, LANGUAGES
from bot.languages import LOCALES
from bot.messages import ChannelName, Say, Shape, say
from bot.reviews import CAREFUL, Review, is_ready, record, wordings
from bot.storage.languages import gaps, readers
from bot.translation import render
from bot.wording import HELD, NO_CATALOG, UNREAD, worded
from tests.flows.scenes import card, scene
from tests.house import House, guardian

INVITED = scene(event=card())
CONSENT = welcome.ask(welcome.Welcome(), scene())
ORDINARY = say("Thank you for telling us.")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The msgids that a speaker has read; a test adds to them."""
    known: set[str] = set()
    monkeypatch.setattr(
        "bot.wording.is_ready", lambda one, language: language == "fr" or one.msgid in known
    )
    return known


def french(saying: Say) -> str:
    return render(saying, "fr")


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"fr"}))
def test_an_ordinary_draft_leaves_alone(language: str) -> None:
    told = worded([ORDINARY], language)
    assert (told.text, told.language, told.gap) == (render(ORDINARY, language), language, "")


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"fr"}))
def test_a_consent_that_nobody_has_read_leaves_with_french_under_it(language: str) -> None:
    told = worded([ORDINARY, CONSENT], language)
    own = render(CONSENT, language)
    assert told.text == f"{render(ORDINARY, language)}\n{own}\n{french(CONSENT)}"
    assert (told.language, told.gap) == (language, UNREAD)


def test_a_consent_that_somebody_has_read_leaves_alone(read: set[str]) -> None:
    read.add(CONSENT.msgid)
    assert worded([CONSENT], "ar").text == render(CONSENT, "ar")
    assert worded([CONSENT], "ar").gap == ""


def test_every_consent_and_statement_and_where_help_is_are_careful() -> None:
    assert len(CAREFUL) == 9
    assert set(wordings("fr")) >= CAREFUL


def test_where_drafts_are_held_what_is_read_stands_above_the_french(read: set[str]) -> None:
    read.add(ORDINARY.msgid)
    told = worded([ORDINARY, preferences.stopped()], "tr", drafts=False)
    assert told.text.splitlines() == [
        render(ORDINARY, "tr"),
        french(ORDINARY),
        french(preferences.stopped()),
    ]
    assert (told.language, told.labels, told.gap) == ("tr", "fr", HELD)


def test_where_all_is_held_it_is_french_with_the_offer_of_a_call() -> None:
    way = Way(Shape(buttons=10), can_receive=True, drafts=False)
    shown = compose(notices.nudge(INVITED), "tr", way, introduce=None)
    assert (shown.language, shown.gap) == ("fr", HELD)
    assert shown.buttons[-1].label == french(HUMAN.label)
    assert shown.text.startswith(french(notices.nudge(INVITED)[0])[:10])


@pytest.mark.parametrize("language", ["zdj", "ln", "wo", "snk", "bm", "ku"])
def test_who_reads_what_we_do_not_write_reads_french_and_is_offered_a_call(language: str) -> None:
    way = Way(Shape(buttons=10), can_receive=True)
    shown = compose(notices.nudge(INVITED), language, way, introduce=None)
    assert (shown.language, shown.gap) == ("fr", NO_CATALOG)
    assert shown.buttons[-1].label == french(HUMAN.label)


def test_whose_language_is_unknown_is_no_gap() -> None:
    assert worded([ORDINARY], None).gap == ""


# -- reviews --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for code in ("fr", "tr"):
        copytree(LOCALES / code, tmp_path / code)
    return tmp_path


def test_everything_ships_as_a_draft_but_french() -> None:
    reviewed = {
        code: [one.msgid for one in wordings(code).values() if one.review] for code in LANGUAGES
    }
    assert reviewed == {code: [] for code in LANGUAGES}
    assert is_ready(CONSENT, "fr")
    assert not is_ready(CONSENT, "tr")
    assert is_ready(say("{text}", text="ab"), "tr"), "nothing of ours to read"


def test_an_edited_text_is_a_draft_again(folder: Path) -> None:
    first, second, *_ = (one for one in wordings("tr", folder).values() if one.is_words)
    by = Review('Elif "A."', date(2026, 12, 1))
    record("tr", [first.fingerprint, second.fingerprint], by, folder)
    assert wordings("tr", folder)[first.msgid].review == by
    path = folder / "tr" / "LC_MESSAGES" / "parents.po"
    path.write_text(path.read_text("utf-8").replace(first.forms[0], f"{first.forms[0]}!"), "utf-8")
    reviews.wordings.cache_clear()
    again = wordings("tr", folder)
    assert again[first.msgid].review is None
    assert again[first.msgid].back == ""
    assert again[second.msgid].review == by


def test_a_second_review_keeps_the_first(folder: Path) -> None:
    first, second, *_ = (one for one in wordings("tr", folder).values() if one.is_words)
    record("tr", [first.fingerprint], Review("Elif", date(2026, 12, 1)), folder)
    record("tr", [second.fingerprint, "none"], Review("Can", date(2026, 12, 2)), folder)
    found = {one.review for one in wordings("tr", folder).values()} - {None}
    assert found == {Review("Elif", date(2026, 12, 1)), Review("Can", date(2026, 12, 2))}


@pytest.mark.parametrize("language", ["es", "uk", "ru", "sq", "zh", "ta", "prs", "ps"])
def test_what_a_wording_says_in_french_keeps_its_placeholders(language: str) -> None:
    for one in wordings(language).values():
        if one.is_words and one.back:
            names = set(re.findall(r"{(\w+)}", one.msgid))
            assert set(re.findall(r"{(\w+)}", one.back)) == names, one.back


# -- a centre decides -----------------------------------------------------------------------------


async def test_a_centre_holds_drafts_back_and_the_gap_is_counted(house: House) -> None:
    house.family(1, guardians=(guardian(1, language="tr"),))
    house.family(2, guardians=(guardian(2, language="wo"),))
    house.family(3, guardians=(guardian(3, language="ar"),))
    house.centre(held_drafts=["tr"])
    house.event()
    house.clock.set(datetime(2026, 11, 21, 9, tzinfo=UTC))
    await house.tick()
    rows = house.outbox(step="invitation")
    assert sorted((row.language, row.gap) for row in rows) == [
        ("ar", ""),
        ("fr", HELD),
        ("fr", NO_CATALOG),
    ]
    with house.database.read() as db:
        assert gaps(db) == {("tr", HELD): 1, ("wo", NO_CATALOG): 1}
        assert readers(db)["wo"] == 1
    assert all(row.channel == ChannelName.SMS for row in rows)
