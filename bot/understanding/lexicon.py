"""What words mean to us, per language: dated data, read from `bot/locales/<lang>/lexicon.toml`.

A lexicon lists phrases under the sense that they carry. The parent's own language decides; French
and English fill what it leaves open. Without a language, all lexicons speak together, and a phrase
on which two of them disagree says nothing.

A translator needs to know four things: phrases are separated by commas or line ends; `#` starts a
comment; accents, case, hyphens and apostrophes are optional; `*` stands for any letters within one
word ("*miyorum").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from bot.understanding.agreement import agreed, not_french
from bot.understanding.normalise import fold_all
from bot.understanding.senses import Entry, Phrase, Phrases, Sense
from bot.understanding.slips import deletions, is_slip, slips, squeezed

LOCALES = Path(__file__).parent.parent / "locales"
FALLBACKS = ("fr", "en")  # every parent in France meets both
SHARED = "common"  # emoji and carriers' words
SAME_LEXICON = {
    "prs": "fa", "dari": "fa", "pes": "fa", "ary": "ar", "arq": "ar", "arz": "ar", "aeb": "ar",
    "apc": "ar", "ara": "ar", "yue": "zh", "wuu": "zh", "cmn": "zh", "mo": "ro", "nb": "no",
    "nn": "no", "hr": "sr", "bs": "sr", "cnr": "sr", "aln": "sq", "swb": "zdj", "wni": "zdj",
    "ber": "kab", "tzm": "kab", "dyu": "bm", "kmr": "ku",
}  # fmt: skip
TYPO_LEAST = 6  # letters; in a shorter word one slip too often makes another word

_WORD_JOINTS = re.compile(r"['\-]")
_SCRIPTS_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
)
# letters whose vowel signs Python does not count as letters
_SCRIPTS_WITH_SIGNS = "\u0900-\u0dff"
PIECES = re.compile(
    r"(?P<figure>\d+(?:[.,:/h]\d+)+(?!\w)|\d+h\d*(?!\w)|\d+'[^\W\d_]+)"
    rf"|(?P<letter>[{_SCRIPTS_WITHOUT_SPACES}])"
    rf"|(?P<word>(?:[^\W_{_SCRIPTS_WITHOUT_SPACES}]|[{_SCRIPTS_WITH_SIGNS}])+)"
    r"|(?P<sign>[^\s'\-\"“”«»()\[\]*~|<>])"
)


_FIRM = frozenset({Sense.STOP, Sense.NEUTRAL})
_REFUSES = frozenset({Sense.STOP, Sense.STOP_ALONE})
_IMPLIED = {
    Sense.EVENT: frozenset({Sense.EVENT, Sense.FILLER}),
    Sense.BE: frozenset({Sense.BE, Sense.COME}),
}
NEGATES_INSIDE = frozenset({"az", "kk", "tr", "uz"})  # one letter more is the opposite
_SILENT = Entry()
Reader = Callable[[str], tuple[Phrases, dict[str, str]]]


class Lexicon:
    """Compiled phrases: find the longest one that starts at a word."""

    def __init__(self, phrases: Phrases, accents: dict[str, str], corrected: Iterable[str]) -> None:
        self.accents = accents
        words = {word for phrase in phrases for word in phrase}
        self.words = frozenset(word for word in words if not word.isdigit())
        self._phrases = phrases
        self._single = {phrase[0]: entry for phrase, entry in phrases.items() if len(phrase) == 1}
        lengths: dict[str, set[int]] = {}
        for phrase in phrases:
            if len(phrase) > 1:
                lengths.setdefault(phrase[0], set()).add(len(phrase))
        self._lengths = {first: sorted(each, reverse=True) for first, each in lengths.items()}
        patterns = sorted((word for word in self.words if "*" in word), key=len, reverse=True)
        self._affixes = [_affix(pattern) for pattern in patterns]
        self._corrected = corrected
        self._slips: dict[str, list[str]] | None = None  # built for the first unknown word
        self.known = lru_cache(maxsize=8_192)(self._known)

    def match(self, words: list[str], at: int) -> tuple[int, Entry] | None:
        """The longest phrase that starts at `words[at]`, unless a longer one starts inside it.

        "i do" gives way to "do not know" in "i do not know", and any phrase to a refusal of
        messages, but for one that is listed because it refuses none: "don't stop".
        """
        found = self._longest(words, at)
        if found is None or found[1].senses & _FIRM:
            return found
        most = found[0]
        for inside in range(1, most):
            other = self._longest(words, at + inside)
            if other and (other[0] > most or Sense.STOP in other[1].senses):
                return self._longest(words, at, inside)
        return found

    def _longest(self, words: list[str], at: int, most: int = 99) -> tuple[int, Entry] | None:
        first = words[at]
        if lengths := self._lengths.get(first):
            most = min(most, len(words) - at)
            for length in lengths:
                if length <= most and (entry := self._phrases.get(tuple(words[at : at + length]))):
                    return length, entry
        single = self._single.get(first)
        return (1, single) if single else None

    def _known(self, word: str) -> str | None:
        """The word of the lexicon that `word` stands for, allowing for haste."""
        if word in self.words:
            return word
        for prefix, suffix, pattern in self._affixes:
            if (
                len(word) >= len(prefix) + len(suffix)
                and word.startswith(prefix)
                and word.endswith(suffix)
            ):
                return pattern
        for shorter in squeezed(word):
            if shorter in self.words:
                return shorter
        if word[0] in "وف" and len(word) > 3 and word[1:] in self.words:  # Arabic "and", "so"
            return word[1:]
        return self._without_slip(word)

    def _without_slip(self, word: str) -> str | None:
        if len(word) < TYPO_LEAST or len(word) > 24 or not word.isalpha():
            return None
        if self._slips is None:
            self._slips = slips(each for each in self._corrected if each in self.words)
        meant = {
            candidate
            for key in (word, *deletions(word))
            for candidate in self._slips.get(key, ())
            if candidate[0] == word[0] and is_slip(word, candidate)
        }
        senses = {self._single.get(each, _SILENT).senses for each in meant}
        return min(meant) if len(meant) == 1 or (len(senses) == 1 and all(senses)) else None


def words_of(text: str) -> Iterator[re.Match[str]]:
    """The words, figures and signs of a folded text."""
    return PIECES.finditer(text)


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """The codes of all lexicons."""
    return tuple(sorted(path.parent.name for path in LOCALES.glob("*/lexicon.toml")))


def lexicon(language: str | None) -> Lexicon:
    """The lexicon for one declared language, or for none."""
    return _compiled(file_code(language))


@lru_cache(maxsize=512)
def file_code(language: str | None) -> str | None:
    code = (language or "").strip().replace("_", "-").lower().split("-")[0]
    code = SAME_LEXICON.get(code, code)
    return code if code in known_languages() else None


@lru_cache(maxsize=64)
def _compiled(code: str | None) -> Lexicon:
    return compiled(code, phrases_of)


def compiled(code: str | None, read: Reader) -> Lexicon:
    """The lexicon for the language of one file, or for none, from what `read` says of each file."""
    own = [code] if code else [each for each in known_languages() if each not in FALLBACKS]
    phrases = agreed(read(each)[0] for each in own)
    if not code:
        phrases = not_french(phrases, read(FALLBACKS[0])[0])
    accents = {word: meant for each in own for word, meant in read(each)[1].items()}
    louder: Phrases = {}  # without a language French wins over all, English over all but French
    for each in FALLBACKS:
        more, more_accents = read(each)
        phrases = {**more, **phrases} if code else {**phrases, **more, **louder}
        louder = {**louder, **more}
        accents = {**more_accents, **accents}
    phrases = {**read(SHARED)[0], **phrases}
    spoken = (code, FALLBACKS[0]) if code else FALLBACKS
    return Lexicon(phrases, accents, {word for each in spoken for word in _correctable(each)})


@lru_cache(maxsize=128)
def phrases_of(code: str) -> tuple[Phrases, dict[str, str]]:
    """The phrases of one file, and its words whose accent changes the meaning."""
    name = f"{code}.toml" if code == SHARED else f"{code}/lexicon.toml"
    with (LOCALES / name).open("rb") as file:
        data = tomllib.load(file)
    accents: dict[str, str] = data.get("accents", {})
    phrases: Phrases = {}
    for sense in Sense:
        for phrase in _listed(str(data.get(sense.value, "")), accents):
            _add(phrases, phrase, Entry(_IMPLIED.get(sense, frozenset({sense}))))
    for number, listed in data.get("numbers", {}).items():
        for phrase in _listed(listed, accents):
            _add(phrases, phrase, Entry(number=int(number)))
    for language, listed in data.get("languages", {}).items():
        for phrase in _listed(listed, accents):
            _add(phrases, phrase, Entry(language=language))
    return phrases, accents


def told_apart(text: str, accents: dict[str, str]) -> str:
    """Words whose accent changes the meaning ("où" is not "ou") become another word."""
    for accented, meant in accents.items():
        if accented in text:
            text = re.sub(rf"\b{accented}\b", meant, text)
    return text


def _add(phrases: Phrases, phrase: Phrase, entry: Entry) -> None:
    phrases[phrase] = phrases[phrase].joined(entry) if phrase in phrases else entry


def _listed(text: str, accents: dict[str, str]) -> Iterator[Phrase]:
    text = told_apart(text, accents).replace("\u200c", "-")  # Persian half-space
    for line in fold_all(text).splitlines():
        for phrase in line.partition("#")[0].split(","):
            if phrase and not phrase.isspace():
                yield from _spellings(phrase)


def _spellings(phrase: str) -> Iterator[Phrase]:
    """With the joints of a phrase open, and with them closed: "c'est" and "cest"."""
    joined = "'" in phrase or "-" in phrase
    if opened := tuple(_pieces(_WORD_JOINTS.sub(" ", phrase) if joined else phrase)):
        yield opened
    if joined and (closed := tuple(_pieces(_WORD_JOINTS.sub("", phrase)))):
        yield closed


def _pieces(phrase: str) -> Iterator[str]:
    for part in phrase.split():
        if "*" in part or (part.isascii() and part.isalpha()):
            yield part
        else:
            yield from (match.group() for match in words_of(part))


def _affix(pattern: str) -> tuple[str, str, str]:
    prefix, _, suffix = pattern.partition("*")
    return prefix, suffix, pattern


def _correctable(code: str) -> Iterator[str]:
    """Words of one language that we recognise with one slip; never a word of a refusal."""
    if code in NEGATES_INSIDE:
        return
    phrases = phrases_of(code)[0]
    refusing = {word for phrase, entry in phrases.items() if entry.senses & _REFUSES
                for word in phrase}  # fmt: skip
    for phrase in phrases:
        yield from (
            word
            for word in phrase
            if len(word) >= TYPO_LEAST and word.isascii() and word.isalpha()
            if word not in refusing
        )
