"""What a parent writes that a person must see at once, whatever was asked.

    "mon mari me frappe"   ->   violence, "me frappe"
    "je suis mort de rire" ->   nothing

Only a tripwire: it decides nothing about the answer, it says what to look at first. A missed danger
is worse than a false alarm, which costs one look. The words are data, in
`bot/locales/<lang>/alarm.toml`. The parent's own language is read, with French and English; without
a language, all are. Three things are listed there:

- under each kind, phrases that raise it by themselves;
- under [senses], words by what they mean. Nobody can foresee the sentences, so what raises an alarm
  is words of certain senses near each other, in any order: a word of harm beside "me" or a child,
  fear beside a husband or the way home. `understanding.together` says which, the same for all
  languages. A sense `play` beside them takes it back: "il m'a battu aux cartes";
- `harmless`: phrases that sound like an alarm and are none.

A translator needs to know: phrases are separated by commas or line ends, accents and case are
optional, `*` stands for any letters within one word, `..` for at most three words, `$` for the end
of the message, and `<child>` for any of the words that the same file lists as `child` under
[families] or [senses]. A doubled consonant may be written once: "frape", "apelez". What
[spellings] lists for a word is heard wherever that word stands in a phrase of the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.understanding.lexicon import FALLBACKS, LOCALES, SAME_LEXICON, words_of
from bot.understanding.normalise import fold_all
from bot.understanding.together import DENIABLE, ME, NOT, PLAY, TOGETHER, Kind

__all__ = ["Alarm", "Kind", "alarm", "alarm_languages", "warm"]

MOST = 4_000  # characters; the gateways cut longer texts themselves
HARMLESS = "harmless"
FAMILIES = "families"  # words that stand for one another in the phrases of a file
SPELLINGS = "spellings"  # words that are also written otherwise, wherever a phrase has them
SENSES = "senses"  # words that raise something together with words of other senses

_NO_SENSES = (FAMILIES, SPELLINGS)
_FAMILY = re.compile(r"<(\w+)>")
_DOUBLED = re.compile(r"([bcdfghjklmnpqrstvwxz])\1+")
_GAP = r"(?:\S+ ){0,3}"
_START = re.compile(r"\\S\*|\\.|[^\\(]")  # any letters, an escaped sign or a letter
_JOINTS = re.compile(r"['\-]")
_PLACEHOLDER = " ~"  # in place of each harmless word: it raises nothing any more


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was heard, and the words that made us think so, in folded spelling."""

    kind: Kind
    evidence: str


_PLAY_REACH = 6  # words between a play and what it takes back


@dataclass(frozen=True, slots=True)
class _Senses:
    """Compiled words of one language by sense. Senses of two languages raise nothing together:
    "o" is "he" in Turkish, and "gün" is no gun.
    """

    starts: re.Pattern[str]  # what a combination begins with: without it, nothing is sought
    words: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class _Words:
    """Compiled phrases of the languages that are read together."""

    kinds: tuple[tuple[Kind, re.Pattern[str]], ...]
    harmless: re.Pattern[str]
    play: re.Pattern[str]
    languages: tuple[_Senses, ...]


class _Heard:
    """The words of each sense in one text, in one language; sought when first asked for."""

    def __init__(self, said: str, senses: Mapping[str, re.Pattern[str]]) -> None:
        self._said = said
        self._senses = senses
        self._found: dict[str, list[range]] = {}

    def places(self, sense: str) -> list[range]:
        """Where words of a sense stand, counted in words; without those that are denied."""
        if sense not in self._found:
            pattern = self._senses.get(sense)
            found = _places(pattern, self._said) if pattern else []
            if found and sense in DENIABLE:
                found = [place for place in found if not self._is_denied(place)]
            self._found[sense] = found
        return self._found[sense]

    def any_of(self, senses: Sequence[str]) -> list[range]:
        """Where words of one of these senses stand."""
        if len(senses) == 1:
            return self.places(senses[0])
        return [place for sense in senses for place in self.places(sense)]

    def _is_denied(self, place: range) -> bool:
        """ "Ne me frappe pas", "no me pega", but not "n'arrête pas de me frapper"."""
        denying = self.places(NOT)
        before = {place.start, *(me.start for me in self.places(ME) if me.stop == place.start)}
        return any(no.stop in before or no.start == place.stop for no in denying)


def alarm(text: str, language: str | None = None) -> Alarm | None:
    """The most urgent alarm that a text raises, or nothing. Never raises for any text."""
    words = _compiled(_code(language))
    spaced = _spaced(text[:MOST])
    said = words.harmless.sub(_crossed_out, _squeezed(spaced))
    heard = [_Heard(said, each.words) for each in words.languages if each.starts.search(said)]
    play = _places(words.play, said)
    for kind, pattern in words.kinds:
        if found := pattern.search(said):
            place = _place(found, said)
        elif (together := _together(kind, heard, play)) is not None:
            place = together
        else:
            continue
        return Alarm(kind, " ".join(spaced.split()[place.start : place.stop]))
    return None


def warm() -> None:
    """Compile what the first messages of an unknown language and of French would wait for."""
    for language in (None, FALLBACKS[0]):
        _compiled(language)


def _crossed_out(harmless: re.Match[str]) -> str:
    return _PLACEHOLDER * harmless.group().count(" ")


def _places(pattern: re.Pattern[str], said: str) -> list[range]:
    return [_place(match, said) for match in pattern.finditer(said)]


def _place(match: re.Match[str], said: str) -> range:
    """Which words of a text a pattern has found; a space stands before each of them."""
    first = said.count(" ", 0, match.start())
    return range(first, first + match.group().count(" "))


def _together(kind: Kind, heard: Sequence[_Heard], play: Sequence[range]) -> range | None:
    """The words that raise an alarm of a kind by standing near each other, unless in play."""
    for combination in TOGETHER:
        if combination.kind is not kind:
            continue
        first, *others = combination.senses
        for each in heard:
            for place in each.any_of(first):
                near = _near([place], [each.any_of(one) for one in others], combination.reach)
                if near and not any(_gap(near, one) <= _PLAY_REACH for one in play):
                    return near
    return None


def _near(chosen: list[range], wanted: Sequence[Sequence[range]], reach: int) -> range | None:
    """The words from one place to another, one of each list that is wanted, if within reach.

    Places may not overlap, but one word may carry several senses: "يضربني", "dayanamıyorum".
    """
    whole = range(min(each.start for each in chosen), max(each.stop for each in chosen))
    if len(whole) > reach:
        return None
    if not wanted:
        return whole
    for place in wanted[0]:
        same_word = len(place) == 1 and place in chosen
        free = same_word or not any(_overlap(place, each) for each in chosen)
        if free and (found := _near([*chosen, place], wanted[1:], reach)):
            return found
    return None


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _gap(one: range, other: range) -> int:
    return max(other.start - one.stop, one.start - other.stop)


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
        tuple((kind, _any_of(files, kind.value)) for kind in Kind),
        _any_of(files, HARMLESS),
        _any_of([_senses_of(each) for each in codes if each], PLAY),
        tuple(_senses(each) for each in codes if each),
    )


@lru_cache(maxsize=64)
def _senses(code: str) -> _Senses:
    listed = _senses_of(code)
    starts = "\n".join(listed.get(name, "") for one in TOGETHER for name in one.senses[0])
    return _Senses(
        _any_of([{**listed, "starts": starts}], "starts"),
        {name: _any_of([listed], name) for name in listed if name not in _NO_SENSES},
    )


def _senses_of(code: str) -> dict[str, Any]:
    """The senses of a file as if they were kinds, with its families and spellings."""
    return {**_read(code)[SENSES], **{name: _read(code).get(name, {}) for name in _NO_SENSES}}


@lru_cache(maxsize=64)
def _read(code: str) -> dict[str, Any]:
    with (LOCALES / code / "alarm.toml").open("rb") as file:
        return tomllib.load(file)


def _any_of(files: Sequence[Mapping[str, Any]], under: str) -> re.Pattern[str]:
    """One pattern for all phrases, the longest first: a whole phrase between two spaces."""
    phrases: set[str] = set()
    for file in files:
        families = {**file.get(SENSES, {}), **file.get(FAMILIES, {})}
        spellings = _spellings(file.get(SPELLINGS, {}))
        listed = _phrases(file.get(under, ""))
        phrases.update(_pattern(phrase, families, spellings) for phrase in listed)
    ordered = sorted(phrases - {""}, key=lambda one: (-len(one), one))
    return re.compile(f" (?:{_either(ordered) if ordered else '(?!)'})(?= )")


def _either(patterns: Sequence[str], depth: int = 3) -> str:
    """Alternatives by how they start: each word of a text then meets few of a thousand phrases."""
    by_start: dict[str, list[str]] = {}
    for pattern in patterns:
        start = _START.match(pattern) if depth else None
        first = start.group() if start else ""
        by_start.setdefault(first, []).append(pattern.removeprefix(first))
    return "|".join(
        f"{first}(?:{_either(rest, depth - 1)})" if first else "|".join(rest)
        for first, rest in by_start.items()
    )


def _phrases(text: str) -> list[str]:
    return [phrase for line in text.splitlines() for phrase in line.partition("#")[0].split(",")]


def _spellings(listed: Mapping[str, str]) -> dict[str, str]:
    """Words as patterns of all their spellings, a first letter that these have in common first."""
    spelled = {}
    for word, others in listed.items():
        plain = {_plain(one) for one in (word, *_phrases(others))} - {""}
        firsts = {one[0] for one in plain}
        first = firsts.pop() if len(firsts) == 1 else ""
        rest = sorted((re.escape(one.removeprefix(first)) for one in plain), reverse=True)
        spelled[_plain(word)] = f"{first}(?:{'|'.join(rest)})"
    return spelled


def _pattern(phrase: str, families: Mapping[str, str], spellings: Mapping[str, str]) -> str:
    """A phrase as a pattern of words, each followed by a space but the last."""
    words = [_word(word, families, spellings) for word in phrase.split()]
    parts = [word if word == _GAP else f"{word} " for word in words if word]
    spelled = "".join(parts).removesuffix(" ")
    return spelled.removesuffix(" (?=$)") + ("(?= $)" if spelled.endswith(" (?=$)") else "")


def _word(word: str, families: Mapping[str, str], spellings: Mapping[str, str]) -> str:
    if word == "..":
        return _GAP
    if word == "$":
        return "(?=$)"
    if named := _FAMILY.fullmatch(word):
        listed = {_spelled(one, spellings) for one in _phrases(families[named[1]])} - {""}
        return f"(?:{'|'.join(sorted(listed, key=lambda one: (-len(one), one)))})"
    return _spelled(word, spellings)


def _spelled(words: str, spellings: Mapping[str, str]) -> str:
    return " ".join(
        spellings.get(word) or re.escape(word).replace(r"\*", r"\S*")
        for word in _plain(words).split()
    )


def _plain(words: str) -> str:
    return _squeezed(_spaced(words)).strip()


def _squeezed(spaced: str) -> str:
    """Without doubled consonants: half of the senders write them once, or where none stands."""
    return _DOUBLED.sub(r"\1", spaced)


def _spaced(text: str) -> str:
    """Folded words between single spaces: " mon mari me frappe ". Letters drawn out are cut."""
    folded = re.sub(r"(\w)\1{2,}", r"\1", _JOINTS.sub(" ", fold_all(text)))
    words = [match.group() for part in folded.split() for match in _pieces(part)]
    return f" {' '.join(words)} "


def _pieces(part: str) -> list[re.Match[str]]:
    if "*" in part:
        return [match] if (match := re.fullmatch(r"\S+", part)) else []
    return list(words_of(part))
