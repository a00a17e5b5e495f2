"""What messages cost, by a dated tariff: an estimate, the invoice is the provider's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.errors import SettingsError

EXAMPLES = Path(__file__).with_name("tariffs.toml")


@dataclass(frozen=True, slots=True)
class Tariffs:
    """Prices of one day, and where they were read."""

    on: date
    source: str
    currency: str
    sms_segment: Decimal
    whatsapp_conversation: Decimal
    telegram_message: Decimal


def read_tariffs(path: Path | None) -> Tariffs:
    """Read a tariff file; None: the examples that come with Carnet.

    Raises SettingsError, in French, naming what is wrong.
    """
    file = path or EXAMPLES
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"CARNET_TARIFFS : {file} : {error}") from error
    on = found.get("date")
    if type(on) is not date:
        raise SettingsError(f"CARNET_TARIFFS : {file} : écrivez date = 2026-11-01.")
    return Tariffs(
        on=on,
        source=_text(file, found, "source"),
        currency=_text(file, found, "currency"),
        sms_segment=_price(file, found, "sms", "segment"),
        whatsapp_conversation=_price(file, found, "whatsapp", "conversation"),
        telegram_message=_price(file, found, "telegram", "message"),
    )


def _text(file: Path, found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f'CARNET_TARIFFS : {file} : écrivez {name} = "...".')
    return value


def _price(file: Path, found: Mapping[str, Any], channel: str, name: str) -> Decimal:
    table = found.get(channel)
    value = table.get(name) if isinstance(table, dict) else None
    is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    if not is_number or not Decimal(value or 0).is_finite() or Decimal(value or 0) < 0:
        raise SettingsError(
            f"CARNET_TARIFFS : {file} : sous [{channel}], écrivez {name} = 0.07 (0 ou plus)."
        )
    return Decimal(value or 0)
