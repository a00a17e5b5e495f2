"""The machine that proposes translations: what it must not touch, and all that can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from bot.languages import read_languages
from bot.libretranslate import LibreTranslate
from bot.translators import (
    BUDGET,
    MOST_KEPT,
    Readings,
    TranslationFailed,
    hide,
    propose,
    show,
)
from tests.peers.ours import Clock
from tests.peers.translate import TranslateApi

TEXT = "Venez à 14 h, Salle bleue.\n{lien} https://exemple.org/a, 06 39 98 00 00"
KEY = "clef-de-la-machine"


@pytest.fixture
async def peer() -> AsyncIterator[TranslateApi]:
    async with TranslateApi(Clock(), key=KEY) as peer:
        yield peer


async def ask(
    machine: LibreTranslate, texts: Sequence[str], target: str = "tr", source: str = "fr"
) -> tuple[str, ...]:
    return await asyncio.to_thread(propose, machine, texts, source, target, ("Salle bleue",))


def test_what_is_fixed_is_hidden_and_comes_back() -> None:
    hidden = hide("Venez à 14 h, Salle bleue : 2 photos.", ["Salle bleue"])
    assert hidden.text == "Venez à ⟦1⟧, ⟦2⟧ : ⟦3⟧ photos."
    assert show("⟦3⟧ photos! ⟦ 2 ⟧ at ⟦1⟧", hidden) == "2 photos! Salle bleue at 14 h"


@pytest.mark.parametrize("told", ["⟦1⟧", "⟦1⟧ ⟦2⟧ ⟦2⟧", "⟦1⟧ ⟦3⟧", ""])
def test_what_is_lost_or_doubled_is_found(told: str) -> None:
    with pytest.raises(TranslationFailed, match="perdu"):
        show(told, hide("À 14 h, 2 photos"))


async def test_lines_are_translated_and_what_is_fixed_stays(peer: TranslateApi) -> None:
    told = await ask(LibreTranslate(peer.url, KEY), ["Bien dormir", TEXT])
    assert told == (
        "bIEN DORMIR",
        "vENEZ À 14 h, Salle bleue.\n{lien} https://exemple.org/a, 06 39 98 00 00",
    )
    [asked] = peer.asked
    assert asked["q"] == ["Bien dormir", "Venez à ⟦1⟧, ⟦2⟧."]  # nothing to translate in the other


@pytest.mark.parametrize("mangles", ["drop", "double", "digits"])
async def test_a_machine_that_mangles_is_found_out(peer: TranslateApi, mangles: str) -> None:
    peer.mangles = mangles
    with pytest.raises(TranslationFailed, match="perdu un nombre"):
        await ask(LibreTranslate(peer.url, KEY), [TEXT])


@pytest.mark.parametrize(("ours", "theirs"), [("prs", "fa"), ("tr", "tr")])
async def test_languages_go_by_the_machines_own_codes(
    peer: TranslateApi, ours: str, theirs: str
) -> None:
    await ask(LibreTranslate(peer.url, KEY), ["Bonjour"], ours)
    assert peer.asked[0]["target"] == theirs


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "cette langue"), (403, "CARNET_TRANSLATE_KEY"), (404, "CARNET_TRANSLATE_URL"),
     (429, "trop de demandes"), (500, "ne répond pas")],
)  # fmt: skip
async def test_a_refusal_is_said_in_french(peer: TranslateApi, status: int, words: str) -> None:
    peer.fail_next("translate", status)
    with pytest.raises(TranslationFailed, match=words):
        await ask(LibreTranslate(peer.url, KEY), ["Bonjour"])


async def test_a_wrong_key_and_an_unknown_language_are_refused(peer: TranslateApi) -> None:
    with pytest.raises(TranslationFailed, match="CARNET_TRANSLATE_KEY"):
        await ask(LibreTranslate(peer.url, "fausse"), ["Bonjour"])
    with pytest.raises(TranslationFailed, match="cette langue"):
        await ask(LibreTranslate(peer.url, KEY), ["Bonjour"], "ps")


async def test_a_machine_that_is_slow_or_gone_is_not_waited_for(peer: TranslateApi) -> None:
    peer.hang_next("translate")
    peer.reset_next("translate")
    for _ in range(2):
        with pytest.raises(TranslationFailed, match="ne répond pas"):
            await ask(LibreTranslate(peer.url, KEY, seconds=0.2), ["Bonjour"])
    with pytest.raises(TranslationFailed, match="ne répond pas"):
        await ask(LibreTranslate("http://127.0.0.1:1", KEY), ["Bonjour"])


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"translatedText": "x"}'])
async def test_an_odd_answer_is_no_translation(peer: TranslateApi, body: str) -> None:
    peer.fail_next("translate", 200, body=body)
    with pytest.raises(TranslationFailed, match="autre chose"):
        await ask(LibreTranslate(peer.url, KEY), ["Bonjour"])


async def test_the_peer_takes_nothing_that_it_does_not_know(peer: TranslateApi) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        asked = {"q": "x", "source": "fr", "target": "tr", "api_key": KEY}
        for wrong in ({"model": "x"}, {"format": "pdf"}, {"source": "xx"}):
            answer = await client.post(f"{peer.url}/translate", json={**asked, **wrong})
            assert answer.status_code == 400
        assert (await client.post(f"{peer.url}/translate", data=asked)).status_code == 400


async def test_the_check_gives_our_own_codes(peer: TranslateApi) -> None:
    known = await asyncio.to_thread(LibreTranslate(peer.url, KEY).check)
    assert known & set(read_languages()) >= {"ar", "en", "fr", "prs", "tr", "zh"}
    assert "ps" not in known


# -- what parents wrote ---------------------------------------------------------------------------


class Machine:
    """Counts what it is asked; gives the text with a word more."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def translate(self, lines: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Add a word, or fail."""
        assert (source, target) == ("auto", "fr")
        if self.broken:
            raise TranslationFailed("Rien.")
        self.asked += lines
        return tuple(f"dit {one}" for one in lines)

    def check(self) -> frozenset[str]:
        """No language."""
        return frozenset()


def test_an_answer_is_read_once_and_names_do_not_leave() -> None:
    machine = Machine()
    readings = Readings(machine)
    for _ in range(2):
        assert readings.read([("selin geliyor", ("Selin",))]).french == {
            "selin geliyor": "dit selin geliyor"
        }
    assert machine.asked == ["⟦1⟧ geliyor"]


def test_what_reads_the_same_is_not_shown_again() -> None:
    class Same(Machine):
        def translate(self, lines: Sequence[str], source: str, target: str) -> tuple[str, ...]:
            return tuple(one.upper() for one in lines)

    assert Readings(Same()).read([("oui", ())]).french == {}


def test_a_page_waits_for_few_texts_and_for_no_broken_machine() -> None:
    machine = Machine()
    read = Readings(machine).read([(f"metin {'x' * one}", ()) for one in range(1, 50)])
    assert len(machine.asked) == len(read.french) == BUDGET
    machine.broken = True
    assert Readings(machine).read([("a b", ()), ("c d", ())]).failure == "Rien."


def test_only_so_much_is_kept() -> None:
    machine = Machine()
    readings = Readings(machine)
    for one in range(MOST_KEPT + 1):
        readings.read([(f"metin {'x' * (one + 1)}", ())])
    readings.read([("metin x", ())])
    assert machine.asked.count("metin x") == 2
