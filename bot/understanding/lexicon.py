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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from bot.understanding.normalise import fold_all

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


class Sense(StrEnum):
    """What a phrase can carry. Values are the keys of the lexicon files."""

    __hash__ = str.__hash__  # Enum's own is written in Python; every rule looks into sets

    YES = "yes"  # says yes by itself
    YES_ALONE = "yes_alone"  # says yes only when nothing else stands in its clause
    GOOD = "good"  # approves: a yes when nothing speaks against it
    NO = "no"
    NO_ALONE = "no_alone"
    BARE_NO = "bare_no"  # the word no itself: a verb that follows it is another saying
    COME = "come"  # "I come", "we will be there"
    BE = "be"  # "we will be": says coming, unless an unknown place or state follows
    ATTEND = "attend"  # "to come", "coming": says nothing by itself
    CAN = "can"
    WANT = "want"
    BUSY = "busy"  # the reasons for which people do not come
    REASON = "reason"  # a reason that is in the same breath a no: the phrase stands there, too
    SORRY = "sorry"
    MAYBE = "maybe"
    HOPE = "hope"  # inchallah: maybe alone, nothing beside a yes
    IF = "if"
    NOT = "not"  # negates what follows, else what precedes
    NOT_AFTER = "not_after"  # negates what precedes, else what follows
    BUT = "but"  # turns around or corrects
    OR = "or"
    AND = "and"
    ASK = "ask"  # makes its clause a question
    STOP = "stop"  # refuses our messages, wherever it stands
    STOP_ALONE = "stop_alone"  # refuses our messages when it is the whole message
    MESSAGES = "messages"  # our messages: beside a bare stop, they make it plain
    SURVEYS = "surveys"  # our questionnaires: who refuses them still wants invitations
    CANCEL = "cancel"  # takes back a registration; with nothing asked, we cannot know of what
    EVENT = "event"  # one gathering: who refuses this one still wants the others
    START = "start"
    PAUSE = "pause"  # silence for some time, when it is the whole message
    HELP = "help"
    HUMAN = "human"  # a person should read, call or come
    SPEAK = "speak"  # words around the name of a language when another one is wanted
    LANGUAGE = "other_language"  # asks for another language without naming it
    RESCHEDULE = "reschedule"
    HARD = "hard"  # "it will be difficult": never a yes
    LATE = "late"  # on the way, in part: never a no
    POLITE = "polite"
    FILLER = "filler"  # function words: known, and silent
    FIRST = "first"  # "I", "we"
    ME = "me"  # "myself": one person in a list
    JUST_ME = "just_me"
    THEY = "they"  # he, she, they
    ADULT = "adult"  # one adult other than the speaker
    ADULTS = "adults"
    CHILD = "child"
    CHILDREN = "children"
    PERSONS = "persons"
    FAMILY = "family"  # people that nobody counted
    INCLUDING = "including"
    WITH = "with"
    UNIT = "unit"  # after a number: it counts no people
    BEFORE = "before"  # before a number: it counts no people
    DAY = "day"
    PAST = "past"  # speaks of what is over
    NEUTRAL = "neutral"  # holds a known word and means something else
    DOUBT = "doubt"  # may negate something: around it, nothing is heard as a yes
    ONLY = "only"  # a number in some languages, when it is the whole text: made here


@dataclass(frozen=True, slots=True)
class Entry:
    """What one phrase says: its senses, and a number or a language when it names one."""

    senses: frozenset[Sense] = frozenset()
    number: int | None = None
    language: str | None = None

    def joined(self, other: Entry) -> Entry:
        return Entry(
            self.senses | other.senses,
            other.number if self.number is None else self.number,
            self.language or other.language,
        )


def _shared(readings: list[Entry]) -> Entry | None:
    """What several languages agree on, or nothing."""
    first = readings[0]
    named = {(each.number, each.language) for each in readings}
    if len(named) > 1:
        return _sole_number(readings) or _doubted(readings)
    senses = first.senses.intersection(*[each.senses for each in readings])
    if not senses and len(readings) > 1:
        senses = _least(frozenset[Sense]().union(*[each.senses for each in readings]))
    if senses or all(each == first for each in readings):
        return Entry(senses, first.number, first.language)
    return _doubted(readings)


def _sole_number(readings: list[Entry]) -> Entry | None:
    """A number, where the other languages have a word of grammar."""
    numbers = {each.number for each in readings if each.number is not None}
    others = [each for each in readings if each.number is None]
    quiet = all(each.senses <= _QUIET and each.language is None for each in others)
    return Entry(frozenset({Sense.ONLY}), numbers.pop()) if len(numbers) == 1 and quiet else None


def _doubted(readings: list[Entry]) -> Entry | None:
    """A word that negates or sets a condition somewhere never lets us hear a yes around it."""
    turning = [each for each in readings if each.senses & _TURNS]
    if 2 * len(turning) > len(readings) and len(readings) > 2:
        return Entry(frozenset({Sense.NOT})) if turning[0].senses & _NEGATES else None
    return Entry(frozenset({Sense.DOUBT})) if turning else None


def _least(both: frozenset[Sense]) -> frozenset[Sense]:
    """A word that answers in one language and is quiet in another answers only when alone."""
    for answers, alone in ((_SAYS_YES, Sense.YES_ALONE), (_SAYS_NO, Sense.NO_ALONE)):
        if both & answers and both <= answers | _QUIET:
            return frozenset({alone})
    return frozenset()


_SAYS_YES = frozenset({Sense.YES, Sense.YES_ALONE})
_SAYS_NO = frozenset({Sense.NO, Sense.NO_ALONE, Sense.NOT, Sense.NOT_AFTER})
_NEGATES = frozenset({Sense.NOT, Sense.NOT_AFTER})
_TURNS = _NEGATES | {Sense.IF}
_QUIET = frozenset({Sense.FILLER, Sense.FIRST, Sense.ME, Sense.POLITE, Sense.AND, Sense.WITH,
                    Sense.BEFORE, Sense.UNIT})  # fmt: skip

_REFUSES = frozenset({Sense.STOP, Sense.STOP_ALONE})
_IMPLIED = {
    Sense.EVENT: frozenset({Sense.EVENT, Sense.FILLER}),
    Sense.BE: frozenset({Sense.BE, Sense.COME}),
}
NEGATES_INSIDE = frozenset({"az", "kk", "tr", "uz"})  # one letter more is the opposite
_SILENT = Entry()
Phrase = tuple[str, ...]
Phrases = dict[Phrase, Entry]


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
        messages.
        """
        found = self._longest(words, at)
        if found is None or Sense.STOP in found[1].senses:
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
        for shorter in _squeezed(word):
            if shorter in self.words:
                return shorter
        for prefix, suffix, pattern in self._affixes:
            if (
                len(word) >= len(prefix) + len(suffix)
                and word.startswith(prefix)
                and word.endswith(suffix)
            ):
                return pattern
        if word[0] in "وف" and len(word) > 3 and word[1:] in self.words:  # Arabic "and", "so"
            return word[1:]
        return self._without_slip(word)

    def _without_slip(self, word: str) -> str | None:
        if len(word) < TYPO_LEAST or len(word) > 24 or not word.isalpha():
            return None
        if self._slips is None:
            self._slips = _slips(each for each in self._corrected if each in self.words)
        meant = {
            candidate
            for key in (word, *_deletions(word))
            for candidate in self._slips.get(key, ())
            if candidate[0] == word[0] and abs(len(candidate) - len(word)) < 2
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
    return _compiled(_file_code(language))


@lru_cache(maxsize=512)
def _file_code(language: str | None) -> str | None:
    code = (language or "").strip().replace("_", "-").lower().split("-")[0]
    code = SAME_LEXICON.get(code, code)
    return code if code in known_languages() else None


@lru_cache(maxsize=64)
def _compiled(code: str | None) -> Lexicon:
    own = [code] if code else [each for each in known_languages() if each not in FALLBACKS]
    phrases = _agreed(_read(each)[0] for each in own)
    accents = {word: meant for each in own for word, meant in _read(each)[1].items()}
    for each in FALLBACKS:
        more, more_accents = _read(each)
        phrases = {**more, **phrases} if code else {**phrases, **_missing(more, phrases, each)}
        accents = {**more_accents, **accents}
    phrases = {**_read(SHARED)[0], **phrases}
    spoken = (code, FALLBACKS[0]) if code else FALLBACKS
    return Lexicon(phrases, accents, {word for each in spoken for word in _correctable(each)})


def _missing(more: Phrases, phrases: Phrases, language: str) -> Phrases:
    """French wins over all other languages, English over all but French."""
    if language == FALLBACKS[0]:
        return more
    french = _read(FALLBACKS[0])[0]
    return {phrase: entry for phrase, entry in more.items() if phrase not in french}


def _agreed(lexicons: Iterable[Phrases]) -> Phrases:
    readings: dict[Phrase, list[Entry]] = {}
    for phrases in lexicons:
        for phrase, entry in phrases.items():
            readings.setdefault(phrase, []).append(entry)
    agreed = ((phrase, _shared(entries)) for phrase, entries in readings.items())
    return {phrase: entry for phrase, entry in agreed if entry is not None}


@lru_cache(maxsize=128)
def _read(code: str) -> tuple[Phrases, dict[str, str]]:
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


def _squeezed(word: str) -> Iterator[str]:
    """The word with drawn-out letters shortened: "ouiiii" to "ouii", "oui"."""
    for most in (2, 1):
        shorter = re.sub(rf"(.)\1{{{most},}}", r"\1" * most, word)
        if shorter != word:
            yield shorter


def _correctable(code: str) -> Iterator[str]:
    """Words of one language that we recognise with one slip; never a word of a refusal."""
    if code in NEGATES_INSIDE:
        return
    phrases = _read(code)[0]
    refusing = {word for phrase, entry in phrases.items() if entry.senses & _REFUSES
                for word in phrase}  # fmt: skip
    for phrase in phrases:
        yield from (
            word
            for word in phrase
            if len(word) >= TYPO_LEAST and word.isascii() and word.isalpha()
            if word not in refusing
        )


def _slips(words: Iterable[str]) -> dict[str, list[str]]:
    slips: dict[str, list[str]] = {}
    for word in words:
        for key in (word, *_deletions(word)):
            slips.setdefault(key, []).append(word)
    return slips


def _deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))
