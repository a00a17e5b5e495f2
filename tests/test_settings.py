"""The families' bots in the settings: what is read, and what is said where it cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.settings import read_settings

NICE = {"token": "4300:nice", "name": "@carnet_nice_bot", "webhook_secret": "a_Secret-1"}


def written(monkeypatch: pytest.MonkeyPatch, bots: Any, token: str = "") -> None:
    text = bots if isinstance(bots, str) else json.dumps(bots)
    monkeypatch.setenv("CARNET_TELEGRAM_BOTS", text)
    monkeypatch.setenv("CARNET_TELEGRAM_TOKEN", token)


@pytest.mark.parametrize("token", ["", "4200:first"])
def test_the_first_bot_comes_first_and_the_others_by_key(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    written(monkeypatch, {"nice": NICE, "lyon-2": {"token": "4400:lyon", "name": "l_bot"}}, token)
    bots = read_settings().family_bots
    assert [one.key for one in bots] == [*([""] if token else []), "nice", "lyon-2"]
    nice, lyon = bots[-2:]
    assert (nice.name, nice.token.get_secret_value()) == ("carnet_nice_bot", "4300:nice")
    assert nice.webhook_secret is not None
    assert nice.webhook_secret.get_secret_value() == "a_Secret-1"
    assert lyon.webhook_secret is None


@pytest.mark.parametrize("empty", ["", " ", "{}"])
def test_no_further_bot_is_the_normal_case(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    written(monkeypatch, empty)
    assert read_settings().family_bots == ()


BAD: dict[str, tuple[Any, str]] = {
    "not JSON": ("nice=4300:nice", "ce n'est pas du JSON"),
    "a list": ([NICE], "écrivez un objet JSON"),
    "a capital in the key": ({"Nice": NICE}, "« Nice » : une clé a 1 à 16 signes"),
    "an empty key": ({"": NICE}, "une clé a 1 à 16 signes"),
    "a long key": ({"n" * 17: NICE}, "une clé a 1 à 16 signes"),
    "an @ in the key": ({"a@b": NICE}, "une clé a 1 à 16 signes"),
    "only a token": ({"nice": "4300:nice"}, "« nice » : écrivez un objet JSON"),
    "no token": ({"nice": {"name": "b"}}, "« nice » : token manque"),
    "a token that is none": ({"nice": NICE | {"token": "secretive"}}, "« nice » : token manque"),
    "no name": ({"nice": {"token": "4300:secretive"}}, "« nice » : name manque"),
    "a misspelt field": ({"nice": NICE | {"secret": "secretive"}}, "réglage inconnu : secret"),
    "a bad secret": ({"nice": NICE | {"webhook_secret": "sécretive"}}, "webhook_secret a 1 à 256"),
    "one bot twice": ({"nice": NICE, "lyon": NICE}, "deux robots ont le même jeton"),
    "the first once more": ({"nice": NICE | {"token": "4200:x"}}, "deux robots ont le même jeton"),
}


@pytest.mark.parametrize(("bots", "words"), BAD.values(), ids=BAD)
def test_bad_bots_are_told_in_french_and_without_their_tokens(
    monkeypatch: pytest.MonkeyPatch, bots: Any, words: str
) -> None:
    written(monkeypatch, bots, "4200:first")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    told = str(caught.value)
    assert "CARNET_TELEGRAM_BOTS : " in told
    assert words in told
    assert "4300:nice" not in told
    assert "secretive" not in told
