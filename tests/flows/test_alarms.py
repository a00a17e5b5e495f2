"""What a parent in danger reads: the numbers first, in any language, in as few SMS as can be."""

from __future__ import annotations

import re

import pytest
import smsutil

from bot.flows.alarms import MILD, called, emergency, gently
from bot.messages import Say
from bot.translation import render
from tests.understanding.test_alarm_sentences import PROMISED

WRITTEN = PROMISED[: PROMISED.index("zdj")]  # the others are read, and answered in French
ONE = ("fr", "en", "zh")


def sms(saying: Say, language: str) -> int:
    return len(smsutil.split(render(saying, language)).parts)


@pytest.mark.parametrize("language", WRITTEN)
def test_three_numbers_come_first_in_each_language_and_in_at_most_two_sms(language: str) -> None:
    words = render(emergency(), language)
    assert re.findall(r"\d+", words) == ["112", "114", "119"]
    assert words.index("119") < len(words) / 2 + 3, "within five seconds"
    assert sms(emergency(), language) <= (1 if language in ONE else 2)


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("saying", [called(), *map(gently, MILD)], ids=["called", *MILD])
def test_milder_answers_are_short_and_name_no_emergency(saying: Say, language: str) -> None:
    assert sms(saying, language) <= 2
    assert "112" not in render(saying, language)


def test_emergency_in_french_is_read_aloud_calmly() -> None:
    sentences = render(emergency(), "fr").rstrip(".").split(". ")
    assert sentences[:3] == [
        "Urgence : appelez le 112", "Par SMS : le 114", "Enfant en danger : le 119",
    ]  # fmt: skip
    assert max(len(one.split()) for one in sentences) <= 8
    assert "!" not in render(emergency(), "fr")
