"""A language is a folder, nothing else has to change; and no word is left untranslated."""

from __future__ import annotations

import re
import subprocess
import sys
from gettext import NullTranslations
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from bot import translation
from bot.composing import Way, compose
from bot.flows import welcome
from bot.messages import Shape
from bot.reviews import wordings
from bot.specimens import SAYINGS
from bot.translation import render
from bot.web.links import LINK_ROUTES
from tests.catalogs import ROOT
from tests.flows.scenes import scene

TRY = """
from bot.composing import Way, compose
from bot.flows import rsvp
from bot.flows.menus import LANGUAGES, languages
from bot.messages import Shape
from bot.translation import direction, readable
from bot.web.console.event_form import TRANSLATIONS
from bot.specimens import SCENE
print(LANGUAGES["xx"], readable("xx"), direction("xx"), "xx" in TRANSLATIONS)
print(any(one.code == "xx" for page in range(4) for one in languages(page)))
print(compose(rsvp.open_rsvp(SCENE).says, "xx", Way(Shape(), True), introduce=None).text)
"""


@pytest.mark.parametrize("right_to_left", [True, False])
def test_a_folder_is_all_that_a_language_needs(tmp_path: Path, *, right_to_left: bool) -> None:
    for package in ("bot", "tests"):
        copytree(ROOT / package, tmp_path / package, ignore=ignore_patterns("__pycache__"))
    made = tmp_path / "bot" / "locales" / "xx"
    (made / "LC_MESSAGES").mkdir(parents=True)
    source = (ROOT / "bot/locales/en/LC_MESSAGES/parents.po").read_text("utf-8")
    own = source.replace("Language: en", "Language: xx").replace(
        r'"{centre} invites you:\n"', r'"{centre} xoxox yoxu:\n"'
    )
    (made / "LC_MESSAGES" / "parents.po").write_text(own, "utf-8")
    written = "rtl" if right_to_left else "ltr"
    (made / "language.toml").write_text(
        f'name = "Xoxo"\nplace = 99\ndirection = "{written}"\nformats = "en"\n', "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-c", TRY], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    about, offered, *shown = done.stdout.splitlines()
    assert about == f"Xoxo xx {written} True"
    assert offered == "True"
    assert "xoxox yoxu" in shown[0] or "xoxox yoxu" in shown[1]
    assert any("Wednesday 23 September" in line for line in shown)


class Pseudo(NullTranslations):
    """Every saying in marks and with accents: what shows without them was never translated."""

    def gettext(self, message: str) -> str:
        kept = re.split(r"(\{\w+\})", message)
        return "⟦" + "".join(one if one.startswith("{") else _accented(one) for one in kept) + "⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def _accented(text: str) -> str:
    return text.translate(str.maketrans("aeiouAEIOU", "àéîôûÀÉÎÔÛ"))


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "catalog", lambda *_: Pseudo())


def bare(text: str) -> str:
    """What stands outside of every mark."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    return text


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("typed", [True, False], ids=["menu", "link"])
def test_no_word_of_a_message_is_untranslated(typed: bool) -> None:
    link = "" if typed else "https://carnet.example.org/l/abc"
    way = Way(Shape(), can_receive=typed, link=link)
    for name, says in SAYINGS.items():
        shown = compose(says, "en", way, introduce=None).text
        assert re.findall(r"[^\W\d_]{2,}", bare(shown)) == [], name


@pytest.mark.usefixtures("pseudo")
def test_a_word_without_a_catalog_is_seen() -> None:
    question = welcome.ask(welcome.Welcome(), scene())
    assert bare(render(question, "en")) == ""
    assert bare(render(question, "en") + " Hello") == " Hello"


def test_every_word_of_the_link_pages_goes_through_the_catalog() -> None:
    """In the templates, outside of tags and expressions, stands no word at all."""
    assert LINK_ROUTES
    known = set(wordings("fr"))
    for path in sorted((ROOT / "bot/web/templates/link").glob("*.html")):
        page = path.read_text("utf-8")
        said = set(re.findall(r"_\(\s*\"([^\"]+)\"", page))
        assert said <= known, said - known
        visible = re.sub(r"(?s){{.*?}}|{%.*?%}|{#.*?#}|<style.*?</style>|<[^>]*>", " ", page)
        assert re.findall(r"[^\W\d_]{2,}", visible.replace("&nbsp;", " ")) == [], path.name
        named = re.findall(r"(?:alt|title|placeholder|aria-label)=\"([^\"]*)\"", page)
        left = [re.sub(r"{{.*?}}|{%.*?%}", "", one) for one in named]
        assert [one for one in left if re.search(r"[^\W\d_]{2,}", one)] == [], path.name
