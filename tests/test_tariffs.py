"""Prices come from a dated file; what is wrong in it is named in French."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.tariffs import EXAMPLES, read_tariffs


def test_the_examples_say_that_they_are_examples() -> None:
    assert "exemples" in read_tariffs(None).source
    assert "EXAMPLES" in EXAMPLES.read_text(encoding="utf-8")


def test_a_contract_replaces_them(tmp_path: Path) -> None:
    file = tmp_path / "tariffs.toml"
    file.write_text(EXAMPLES.read_text(encoding="utf-8").replace("0.07 ", "0.0635 "))
    assert read_tariffs(file).sms_segment == Decimal("0.0635")


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        ("segment = 0.07", 'segment = "7 centimes"', "[sms]"),
        ("conversation = 0.05", "conversation = -1", "[whatsapp]"),
        ("conversation = 0.05", "conversation = nan", "[whatsapp]"),
        ("date = 2026-11-01", 'date = "hier"', "date = 2026-11-01"),
        ('currency = "EUR"', "", "currency"),
        ("[telegram]", "[telegram", "CARNET_TARIFFS"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, wrong: str, said: str) -> None:
    file = tmp_path / "tariffs.toml"
    file.write_text(EXAMPLES.read_text(encoding="utf-8").replace(text, wrong, 1))
    with pytest.raises(SettingsError) as refusal:
        read_tariffs(file)
    assert said in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CARNET_TARIFFS"):
        read_tariffs(tmp_path / "nowhere.toml")
