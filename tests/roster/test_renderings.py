"""How much a parent reads, as people write it."""

from __future__ import annotations

import pytest

from bot.messages import Rendering
from bot.roster.renderings import ALLOWED, RenderingError, rendering_of


@pytest.mark.parametrize(
    ("written", "rendering"),
    [
        ("Normal", Rendering.STANDARD),
        ("messages complets", Rendering.STANDARD),
        ("Lit bien", Rendering.STANDARD),
        ("facile", Rendering.EASY),
        ("Facile à lire", Rendering.EASY),
        ("FALC", Rendering.EASY),
        ("Courts et simples", Rendering.EASY),
        ("chiffres", Rendering.NUMBERS),
        ("En chiffres", Rendering.NUMBERS),
        ("vocal", Rendering.VOICE),
        ("Vocal d'abord", Rendering.VOICE),
        ("Message  vocal", Rendering.VOICE),
        ("Ne lit pas", Rendering.VOICE),
        *((str(one), one) for one in Rendering if one),
    ],
)
def test_usual_words_are_read(written: str, rendering: Rendering) -> None:
    assert rendering_of(written) is rendering


@pytest.mark.parametrize("written", ["", "  ", "-", "?", "NC", "Ne sait pas"])
def test_what_is_left_open_says_nothing(written: str) -> None:
    assert rendering_of(written) is None


def test_the_words_that_a_refusal_names_are_read() -> None:
    named = [part.split(" »")[0] for part in ALLOWED.split("« ")[1:]]
    assert [rendering_of(one) for one in named] == list(Rendering)


@pytest.mark.parametrize("written", ["braille", "oui", "3", "facile / vocal", "x" * 500])
def test_any_other_word_is_refused_with_those_that_are_allowed(written: str) -> None:
    with pytest.raises(RenderingError) as refusal:
        rendering_of(written)
    assert ALLOWED in str(refusal.value)
    assert len(str(refusal.value)) < 160
