"""Every page and message of a parent, and the pocket bot's, with no word left untranslated."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.dates import get_day_names, get_month_names
from httpx import ASGITransport, AsyncClient

from bot.app import web_app
from bot.composing import Way, compose
from bot.flows.menus import LANGUAGES, PROMISED
from bot.languages import FALLBACK
from bot.messages import Shape
from bot.specimens import SAYINGS
from bot.translation import render
from bot.web.bodies import PAGE
from tests.house import CENTRE, House
from tests.pseudo import in_french, only_english, speak_pseudo, words_of, words_seen
from tests.staff.conftest import Team, stage, team  # noqa: F401 - fixtures
from tests.web.console_stage import Stage
from tests.web.test_browser_link_kinds import KINDS, told
from tests.web.test_console_own_words import link, write
from tests.web.test_console_own_words import stage as words_stage  # noqa: F401 - a fixture
from tests.web.test_pseudo import LONG, data_words

TYPED = (  # by the team, on the stages of these tests
    "Ma Chance Moi Aussi",
    CENTRE,
    "Mme Roy",
    "12 bis, rue du Professeur-Émile-Roux-et-des-Lilas, Maison de quartier",
    "Atelier écrans et tablettes",
    "Apportez un goûter et la carte du centre",
    "Le centre est fermé vendredi",
    "Nous revenons lundi",
    "Bureau du premier étage",
    "Café des parents",
    "Parlons de votre enfant",
)
DATES = [*get_day_names(locale="en").values(), *get_month_names(locale="en").values()]
ENDONYMS = " ".join((LANGUAGES | PROMISED).values())


def typed() -> set[str]:
    return {one.lower() for text in (*TYPED, *DATES, ENDONYMS) for one in words_of(text)}


def press(path: str, house: House) -> list[str]:
    """The page of a link, what follows each of its buttons, too much, and half a link."""

    async def ask() -> list[str]:
        transport = ASGITransport(web_app(house.carnet, jobs=False))
        async with (
            house.carnet.running(jobs=False),
            AsyncClient(
                transport=transport, base_url="http://carnet", follow_redirects=True
            ) as client,
        ):
            first = (await client.get(path)).text
            nonce = re.findall(r'name="nonce" value="([^"]+)"', first)[0]
            values = re.findall(r'name="answer" value="([^"]+)"', first)
            pages = [first]
            for value in (one for one in values if "speak" not in one):
                form = {"answer": value, "nonce": nonce}
                pages.append((await client.post(path, data=form)).text)
            pages.append((await client.post(path, data={"text": "x" * PAGE})).text)
            pages.append((await client.get("/l/" + "A" * 22)).text)
        return pages

    return asyncio.run(ask())


def left_on(pages: list[str], wrong: Callable[[str], bool]) -> set[str]:
    return {one for page in pages for one in words_seen(page) if wrong(one.lower())}


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_a_parents_page_is_untranslated(
    empty_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    house, path = told(empty_file, tmp_path, kind, "en")
    data = typed()
    speak_pseudo(monkeypatch)
    assert left_on(press(path, house), lambda one: one not in data) == set()
    house.database.close()


@pytest.mark.parametrize("kind", KINDS)
def test_no_word_of_a_french_parents_page_is_english(
    empty_file: Path, tmp_path: Path, kind: str
) -> None:
    house, path = told(empty_file, tmp_path, kind, "fr")
    english = only_english() - typed()
    pages = [in_french(one) for one in press(path, house)]
    assert left_on(pages, lambda one: one in english) == set()
    house.database.close()


@pytest.mark.parametrize("speaks", ["pseudo", FALLBACK])
def test_no_word_of_a_readers_page_is_untranslated(
    words_stage: Stage,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    speaks: str,
) -> None:
    write(words_stage)
    address = link(words_stage)
    data = data_words(words_stage)
    english = only_english() - data
    if speaks == "pseudo":
        speak_pseudo(monkeypatch)
    page = words_stage.stranger().get(address).text
    done = words_stage.stranger().post(address, {"verdict": "wrong", "by": "S", "note": "7"})
    wrong = {
        "pseudo": lambda one: one not in data,
        FALLBACK: lambda one: one in english,
    }[speaks]
    assert done.status_code in (303, 400)
    assert left_on([page], wrong) == set()


def test_no_message_in_french_has_an_english_word() -> None:
    english = only_english() - {"chance"}  # of the association's name
    for rendered in (
        Way(Shape(), can_receive=True),
        Way(Shape(), can_receive=False, link="https://carnet.example"),
    ):
        for name, says in SAYINGS.items():
            text = compose(says, FALLBACK, rendered, introduce=None).text
            labels = [render(one.label, FALLBACK) for say in says for one in say.choices]
            seen = [one for line in (text, *labels) for one in words_of(line)]
            assert (name, [one for one in seen if one.lower() in english]) == (name, [])


async def converse(team: Team) -> list[str]:  # noqa: F811
    """Everything that the pocket bot says in a day, with its buttons; every button is tapped."""
    chat = await team.bind("nadia")
    await team.bind("dina")
    await team.pocket.tell()
    for command in ("/aide", "/aujourdhui", "/questions", "/absent", "Bonjour", "/nouveau"):
        await team.says(chat, command)
    kind = team.api.sent[-1]
    await team.taps(kind, kind.buttons[0].text)
    for words in ("Les écrans", "01/11/2026", "18h30", "Salle bleue", "20", "12/12/2026"):
        await team.says(chat, words)
    done: set[str] = set()
    for sent in list(team.api.sent):
        for button in sent.buttons:
            kind_of = (button.callback_data or "").split(":")[0]
            if sent.chat_id == chat and button.text not in done and kind_of != "new":
                done.add(button.text)
                await team.taps(sent, button.text)
    await team.says(chat, "/quitter")
    await team.says(chat, "Bonjour")
    everything = [*team.api.sent, *team.api.edits]
    commands = [one for named in team.api.commands.values() for one in named.values()]
    return [
        *commands,
        *(one.text for one in everything),
        *(button.text for one in everything for button in one.buttons),
    ]


REFUSED = f"Ce moment est passé. Choisissez-en un à venir. Les écrans. {LONG}"  # in French, always


async def test_no_word_of_the_pocket_bot_is_untranslated(
    team: Team,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = data_words(team.stage) | {one.lower() for one in words_of(REFUSED)}
    speak_pseudo(monkeypatch)
    await team.pocket.open()  # it names its commands
    said = await converse(team)
    assert len(said) > 60
    left = {one for text in said for one in words_of(text) if one.lower() not in data}
    assert left == set()


async def test_no_word_of_the_pocket_bot_is_english(team: Team) -> None:  # noqa: F811
    english = only_english() - data_words(team.stage)
    said = await converse(team)
    assert {one for text in said for one in words_of(text) if one.lower() in english} == set()
