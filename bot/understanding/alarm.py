"""What a parent writes that a person must see at once, whatever was asked.

    "mon mari me frappe"   ->   violence, "me frappe"
    "je suis mort de rire" ->   nothing

Only a tripwire: it decides nothing about the answer, it says what to look at first. The words are
data, in `bot/locales/<lang>/alarm.toml`, under the kind of alarm that they raise; `harmless` lists
what sounds like one and is none. The parent's own language is read, with French and English;
without a language, all are. A translator needs to know: phrases are separated by commas or line
ends, accents and case are optional, and `*` stands for any letters within one word.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.understanding.lexicon import FALLBACKS, LOCALES, SAME_LEXICON, words_of
from bot.understanding.normalise import fold_all

MOST = 4_000  # characters; the gateways cut longer texts themselves
HARMLESS = "harmless"

_JOINTS = re.compile(r"['\-]")
_PLACEHOLDER = " ~ "  # where something harmless stood: its words raise nothing any more


class Kind(StrEnum):
    """Why a person should look, the most urgent first."""

    DANGER = "danger"
    VIOLENCE = "violence"
    DISTRESS = "distress"
    BEREAVEMENT = "bereavement"
    WRONG_NUMBER = "wrong_number"
    MOVING = "moving"
    CALL_ME = "call_me"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was heard, and the words that made us think so, in folded spelling."""

    kind: Kind
    evidence: str


@dataclass(frozen=True, slots=True)
class _Words:
    """Compiled phrases of the languages that are read together."""

    kinds: tuple[tuple[Kind, re.Pattern[str]], ...]
    harmless: re.Pattern[str]


def alarm(text: str, language: str | None = None) -> Alarm | None:
    """The most urgent alarm that a text raises, or nothing. Never raises for any text."""
    words = _compiled(_code(language))
    said = words.harmless.sub(_PLACEHOLDER, _spaced(text[:MOST]))
    for kind, pattern in words.kinds:
        if found := pattern.search(said):
            return Alarm(kind, " ".join(found.group().split()))
    return None


@lru_cache(maxsize=1)
def alarm_languages() -> tuple[str, ...]:
    """The codes of the languages in which alarms are heard."""
    return tuple(sorted(path.parent.name for path in LOCALES.glob("*/alarm.toml")))


def _code(language: str | None) -> str | None:
    """The language to read; none when it is not known, French and English when it has no file."""
    code = (language or "").strip().replace("_", "-").lower().split("-")[0]
    code = SAME_LEXICON.get(code, code)
    if not code:
        return None
    return code if code in alarm_languages() else FALLBACKS[0]


@lru_cache(maxsize=64)
def _compiled(code: str | None) -> _Words:
    codes = dict.fromkeys((code, *FALLBACKS)) if code else dict.fromkeys(alarm_languages())
    files = [_read(each) for each in codes if each]
    return _Words(
        tuple((kind, _any_of([file.get(kind.value, "") for file in files])) for kind in Kind),
        _any_of([file.get(HARMLESS, "") for file in files]),
    )


@lru_cache(maxsize=64)
def _read(code: str) -> dict[str, str]:
    with (LOCALES / code / "alarm.toml").open("rb") as file:
        return {key: value for key, value in tomllib.load(file).items() if isinstance(value, str)}


def _any_of(listed: list[str]) -> re.Pattern[str]:
    """One pattern for all phrases, the longest first: a whole phrase between two spaces."""
    phrases = {_spaced(phrase).strip() for text in listed for phrase in _phrases(text)}
    ordered = sorted(phrases - {""}, key=len, reverse=True)
    spelled = "|".join(re.escape(phrase).replace(r"\*", r"\S*") for phrase in ordered)
    return re.compile(f"(?<= )(?:{spelled or '(?!)'})(?= )")


def _phrases(text: str) -> list[str]:
    return [phrase for line in text.splitlines() for phrase in line.partition("#")[0].split(",")]


def _spaced(text: str) -> str:
    """Folded words between single spaces: " mon mari me frappe ". Letters drawn out are cut."""
    folded = re.sub(r"(\w)\1{2,}", r"\1", _JOINTS.sub(" ", fold_all(text)))
    words = [match.group() for part in folded.split() for match in _pieces(part)]
    return f" {' '.join(words)} "


def _pieces(part: str) -> list[re.Match[str]]:
    if "*" in part:
        return [match] if (match := re.fullmatch(r"\S+", part)) else []
    return list(words_of(part))
