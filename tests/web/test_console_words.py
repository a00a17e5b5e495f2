"""What the pages say: everything is in the French catalog, and codes have names."""

from __future__ import annotations

import re
from datetime import date, time
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from bot import staff as staff_room
from bot import watchdog
from bot.languages import LOCALES
from bot.messages import ChannelName, DeliveryState
from bot.plans import Condition, default_steps
from bot.seats import NoOffer, SeatsFor, Standing
from bot.web.console import pages, words
from tests.web.console_stage import NOW

CONSOLE = Path(pages.__file__).parent
STAFF = Path(staff_room.__file__).parent
MESSAGE = str | tuple[str, ...]
KEYWORDS = {"word": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def extracted() -> set[MESSAGE]:
    """Every text of the console's templates and tables, of the watchdog and the pocket bot."""
    found = extract_from_dir(
        str(CONSOLE),
        [("**.py", "python"), ("templates/**.html", "jinja2")],
        {"templates/**.html": {"silent": "false"}},
        keywords=KEYWORDS,
    )
    watched = extract_from_file("python", str(watchdog.__file__), keywords=KEYWORDS)
    staff = extract_from_dir(str(STAFF), [("**.py", "python")], keywords=KEYWORDS)
    return {one[2] for one in (*found, *staff)} | {one[1] for one in watched}


def french() -> Catalog:
    """The catalog as it is stored."""
    path = LOCALES / "fr" / "LC_MESSAGES" / "console.po"
    return read_po(BytesIO(path.read_bytes()), locale="fr")


def test_every_text_is_in_the_french_catalog_and_nothing_else_is() -> None:
    assert {one.id for one in french() if one.id} == extracted()


def test_every_text_is_translated_with_its_own_placeholders() -> None:
    for one in french():
        if not one.id:
            continue
        sources = [one.id] if isinstance(one.id, str) else list(one.id)
        results = [one.string] if isinstance(one.string, str) else list(one.string or ())
        wanted = set(re.findall(r"%\(\w+\)s|\{\w+\}", " ".join(sources)))
        assert len(sources) == len(results)
        for text in results:
            assert text.strip(), one.id
            assert set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) <= wanted, one.id
        assert not one.fuzzy


def test_no_page_text_stands_outside_of_the_catalog() -> None:
    for path in sorted(pages.TEMPLATES.glob("*.html")):
        source = path.read_text()
        source = re.sub(r"\{%\s*trans.*?endtrans\s*%\}", "", source, flags=re.DOTALL)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", source, flags=re.DOTALL)
        source = re.sub(r"<[^>]*>", " ", source)
        source = re.sub(r'[a-z-]+="[^"]*"', "", source)  # attributes that a macro writes
        bare = re.sub(r"\bCarnet\b|\bà\b", "", source)
        assert not re.search(r"[A-Za-zÀ-ÿ]{2,}", bare), (path.name, bare.split())


def test_pages_hold_no_script_no_style_and_nothing_from_elsewhere() -> None:
    for path in [*pages.TEMPLATES.glob("*.html"), *pages.STATIC.glob("*.css")]:
        source = path.read_text()
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|@import", source), path.name
        assert not re.search(r"""(src|href)=["']https?://|url\(""", source), path.name


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("state", [state.value for state in DeliveryState]),
        ("channel", [channel.value for channel in ChannelName]),
        ("condition", [condition.value for condition in Condition]),
        ("standing", [standing.value for standing in Standing]),
        ("no_offer", [reason.value for reason in NoOffer]),
        ("seats_for", [counted.value for counted in SeatsFor]),
        ("step", sorted({s.name for kind in words.KINDS for s in default_steps(kind)})),
    ],
)
def test_every_stored_code_has_a_name(table: str, codes: list[str]) -> None:
    assert [code for code in codes if pages.called(code, table) == code] == []


@pytest.mark.parametrize(
    "file", ["gate.py", "delivery.py", "reach.py", "dispatcher.py", "wanted.py"]
)
def test_every_reason_that_is_given_for_a_message_has_a_sentence(file: str) -> None:
    source = (Path(pages.__file__).parents[2] / file).read_text()
    given = re.findall(
        r'(?:Refuse|GiveUp)\(\s*"(\w+)"|reason = "(\w+)"|return "(\w+)"|Retry\(\w+, "(\w+)"'
        r'|_until, "(\w+)"|or "(\w+)"|(?:return |\()None, "(\w+)"|set_refused\([^")]*"(\w+)"'
        r'|reason="(\w+)"',
        source,
    )
    codes = {code for found in given for code in found if code}
    assert codes, "the pattern finds nothing any more"
    assert codes <= set(words.REASONS)


def test_a_code_that_nobody_has_named_is_shown_as_it_is() -> None:
    assert pages.called("solar_flare", "reason") == "solar_flare"
    assert pages.why("failed_at_provider", "99999") == (
        "Le fournisseur n'a pas pu remettre le message. (code 99999)"
    )
    assert pages.why("failed_at_provider", "30005") == "Le numéro n'existe pas."


@pytest.mark.parametrize(
    ("code", "name"),
    [("ar", "arabe"), ("tr", "turc"), ("ckb", "sorani"), ("xx-unknown", "xx-unknown"), (None, "")],
)
def test_languages_have_their_french_names(code: str | None, name: str) -> None:
    assert pages.language_name(code) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [("+33639980001", "06 39 98 00 01"), ("+4915100", "+4915100"), ("chat-77", "chat-77")],
)
def test_french_numbers_are_shown_as_they_are_read_aloud(value: str, shown: str) -> None:
    assert pages.phone(value).replace("\u00a0", " ") == shown


def test_dates_carry_their_year_only_when_it_is_another() -> None:
    assert pages.day_and_hour(date(2026, 11, 26), time(18), NOW) == "jeudi 26 novembre à 18h"
    assert pages.on_day(date(2025, 9, 2), NOW) == "mardi 2 septembre 2025"
