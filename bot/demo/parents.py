"""How the invented parents answer what they see. Pure: the dice are an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from bot.composing import payload
from bot.demo.families import Family, Parent, Temper
from bot.demo.screens import Screen
from bot.demo.words import EASTERN_DIGITS, QUESTIONS, UNCLEAR, WORDS
from bot.flows.meeting import SLOT
from bot.flows.menus import LANGUAGES
from bot.messages import Say
from bot.translation import readable

SOON = 12  # minutes
BREAKS = (time(8, 10), time(12, 20), time(18, 20), time(20, 10))  # when parents look at the phone
LATER = {  # how many breaks go by first; 0: they look soon
    Temper.PROMPT: (0, 0, 0, 1, 1, 2),
    Temper.USUAL: (0, 0, 1, 1, 2, 3),
    Temper.QUIET: (0, 1, 2, 2, 3, 4),
    Temper.SILENT: (4,),
}
LATEST = time(21, 30)  # parents sleep, too

COMING = {"invitation": 1.0, "nudge": 0.55, "reminder": 0.5, "morning": 0.3, "turn": 0.85}
"""How much of their usual readiness is left at each step that asks whether they come."""

REASONS = {"work": 6, "time": 4, "little_ones": 4, "transport": 3, "health": 2, "skip": 1}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a parent does about a message: a tap or a text. `at_once`: while the phone is in hand;
    else after so many breaks of their day, 0: in some minutes.
    """

    at_once: bool
    breaks: int
    text: str = ""
    payload: str | None = None


def react(screen: Screen, family: Family, parent: Parent, dice: Random) -> Reply | None:
    """Answer, or leave it."""
    if screen.question is None:
        return None
    code = _choose(screen, screen.question, family, parent, dice)
    if code is None:
        return None
    at_once = screen.step in ("turn", "bound")
    breaks = dice.choice(LATER[parent.temper])
    text, tapped = _put(screen, screen.question, family, parent, code, dice)
    return Reply(at_once, breaks, text, tapped)


def moment_of(reply: Reply, seen: datetime) -> datetime:
    """When the reply is given; `seen` is on the parents' wall clock, and so is the result."""
    if reply.at_once:
        return seen
    if not reply.breaks and seen.time() < LATEST:
        return seen + timedelta(minutes=SOON)
    today = [at for at in BREAKS if at > seen.time()]
    days, place = divmod(max(reply.breaks - 1, 0) - len(today), len(BREAKS))
    if days < 0:
        return datetime.combine(seen.date(), today[max(reply.breaks - 1, 0)], seen.tzinfo)
    return datetime.combine(seen.date() + timedelta(days=days + 1), BREAKS[place], seen.tzinfo)


def _choose(screen: Screen, asked: Say, family: Family, parent: Parent, dice: Random) -> str | None:
    offered = {one.code for one in asked.choices}
    luck = dice.random()
    match asked.question:
        case "language":
            return parent.reads if parent.reads in LANGUAGES else "fr"
        case "messages":
            return "yes" if luck < parent.temper.value else None
        case "surveys":
            return "yes" if luck < 0.8 else "no"
        case "coming":
            return _coming(screen.step, offered, parent, luck, dice)
        case "adults":
            return _either(dice, {"1": 7, "2": 3}) if luck < 0.75 else None
        case "children":
            return str(min(len(family.home.children), 5)) if luck < 0.95 else None
        case "may_we":
            return None if luck < 0.15 else _either(dice, {"yes": 8, "no": 1})
        case "satisfaction":
            return _either(dice, {"4": 9, "3": 8, "2": 3, "1": 1, "0": 1}) if luck < 0.8 else None
        case "why":
            return _either(dice, REASONS) if luck < 0.7 else None
        case "moment":
            return _a_moment(asked, dice) if luck < parent.temper.value else None
        case "behaviour" | "school" | "choices" | "role":
            return _either(dice, {"4": 9, "3": 8, "2": 2, "1": 1, "unknown": 1})
        case "again":
            return _either(dice, {"yes": 15, "maybe": 3, "no": 1}) if luck < 0.9 else None
        case _:
            return None


def _coming(step: str, offered: set[str], parent: Parent, luck: float, dice: Random) -> str | None:
    if "yes" not in offered:  # a reminder: only who cannot come says so
        return "no" if luck < 0.04 else None
    if luck >= parent.temper.value * COMING.get(step, 0):
        return None
    weights = {"yes": 12, "no": 5, "maybe": 4 if "maybe" in offered else 0}
    return _either(dice, weights)


def _a_moment(asked: Say, dice: Random) -> str:
    """One of the moments that are offered; now and then none of them."""
    codes = [one.code for one in asked.choices if one.code.startswith(SLOT)]
    return dice.choice([*codes, *codes, "none"])


def _either(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _put(
    screen: Screen,
    asked: Say,
    family: Family,
    parent: Parent,
    code: str,
    dice: Random,
) -> tuple[str, str | None]:
    """By the page behind the link, by a tap where there are buttons, else in words.

    A text, or nothing and what a button carries.
    """
    stored = "skip" if code == "0" and asked.question == "satisfaction" else code
    if screen.token and dice.random() < 0.9:
        return "", payload(screen.conversation_id, asked.question, stored)
    tap = next((one.payload for one in screen.buttons if one.payload.endswith(f":{stored}")), None)
    if tap is not None and dice.random() < 0.8:
        return "", tap
    return _typed(asked, family, parent, code, dice), None


def _typed(asked: Say, family: Family, parent: Parent, code: str, dice: Random) -> str:
    language = readable(parent.language or parent.reads)
    words = WORDS[language]
    if code.isdigit():
        return code.translate(EASTERN_DIGITS) if language == "ar" else code
    if asked.question == "coming":
        luck = dice.random()
        if luck < 0.08:
            return dice.choice(UNCLEAR[language])
        if luck < 0.16:
            return dice.choice(QUESTIONS[language])[0]
        if code == "yes" and luck < 0.5:
            return dice.choice(words["together"]).format(n=1 + len(family.home.children))
    if code in words and parent.language == language:
        return dice.choice(words[code])
    key = next((one.key for one in asked.choices if one.code == code), "")
    return key or words["yes"][0]
