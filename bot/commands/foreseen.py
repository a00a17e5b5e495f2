"""What a first message will do, printed before it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.numbers import format_currency
from rich.console import Console

from bot.commands.plurals import counted
from bot.showing import Foreseen, Shown
from bot.tariffs import Tariffs
from bot.translation import day, hour
from bot.wallclock import local
from bot.web.console.pages import called, language_name


def show_foreseen(console: Console, foreseen: Foreseen, tariffs: Tariffs, zone: str) -> None:
    """Who hears of it and who does not, the words with their hour, and what it costs."""
    told, left_out = foreseen.audience.told, foreseen.audience.left_out
    console.print(
        f"{counted(foreseen.audience.families, 'famille')} : {len(told)} reçoivent le message, "
        f"{len(left_out)} ne peuvent pas être jointes."
    )
    if foreseen.again:
        again = counted(foreseen.again, "famille est", "familles sont")
        console.print(f"{again} déjà dans cette enquête.")
    for reason, count in foreseen.audience.reasons.items():
        console.print(f"  {count} : {called(reason, 'reason')}")
    for one in foreseen.messages:
        length = f", {one.segments} SMS" if one.segments else ""
        console.print(
            f"\n{one.people} × {called(one.channel, 'channel')}, "
            f"{language_name(one.language)}{length}{_leaves(one, zone)} :"
        )
        console.print(one.text, markup=False)
    cost = format_currency(foreseen.cost(tariffs), tariffs.currency, locale="fr")
    console.print(f"\n{foreseen.segments} SMS pour le premier message. Coût estimé : {cost}.")


def foreseen_json(foreseen: Foreseen, tariffs: Tariffs) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "families": foreseen.audience.families,
        "told": len(foreseen.audience.told),
        "left_out": dict(foreseen.audience.reasons),
        "again": foreseen.again,
        "segments": foreseen.segments,
        "cost": f"{foreseen.cost(tariffs)} {tariffs.currency}",
        "leaves_at": _iso(foreseen.leaves_at),
        "messages": [
            {
                "channel": one.channel,
                "language": one.language,
                "people": one.people,
                "segments": one.segments,
                "leaves_at": _iso(one.leaves_at),
                "text": one.text,
            }
            for one in foreseen.messages
        ],
    }


def _leaves(one: Shown, zone: str) -> str:
    """ ", départ mardi 24 novembre à 10h": that of the first where they do not leave at once."""
    if one.leaves_at is None:
        return ""
    at = local(one.leaves_at, zone)
    sooner = "à partir de " if one.last_at != one.leaves_at else ""
    return f", départ {sooner}{day(at.date(), 'fr')} à {hour(at.time(), 'fr')}"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
