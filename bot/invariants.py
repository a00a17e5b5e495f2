"""What a translation may never change: numbers, hours, days, links, telephones, names. Pure.

    14 h = 14h00 = 14:00 = 2 pm = ٢ بعد الظهر        3 décembre = 3/12 = 3 Aralık = 12月3日

A family stands at a door at the hour that it has read. So whatever stands in one text and not in
the other is `grave`: the text is not saved. What may well be right, such as a number in words, is
said and does no more.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.languages import FALLBACK, LOCALES, language_of
from bot.proofreading import PLACEHOLDER, QUESTION_MARKS, foreign_letters
from bot.spelled_hours import AFTERNOON, in_digits


class Kind(StrEnum):
    """What differs."""

    EMPTY = "empty"
    LONG = "long"
    LINK = "link"
    PHONE = "phone"
    PLACEHOLDER = "placeholder"
    NAME = "name"
    DAY = "day"  # of the week
    DATE = "date"
    HOUR = "hour"
    NUMBER = "number"
    LINES = "lines"
    SCRIPT = "script"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is missing, too much, or odd.

    `shown`: as it stands in the text; `missing`: it stands in the original and not in the
    translation, else the other way round.
    """

    kind: Kind
    shown: str = ""
    missing: bool = True
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Anchor:
    """One thing that must be the same in all languages: what it is worth, and how it is written."""

    kind: Kind
    value: str
    shown: str


Found = tuple[int, Anchor]
Rule = tuple[Kind, re.Pattern[str]]
Same = Callable[[Anchor, Anchor], bool]

UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "：": ":", "٫": ",", "٬": ","})
LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"«»]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
LINK_ENDS = ".,;:!?)]'’،؟。，"
PHONE = re.compile(r"(?<![\w.,:/])(?:\+|00|0)\d(?:[ .\-()]{0,2}\d){7,13}(?!\d)")
FULL_DATE = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)")
SHORT_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
CHINESE_DATE = re.compile(r"(\d{1,2})\s?月\s?(\d{1,2})\s?[日号號]")
TWELVE = re.compile(r"(?<!\d)(\d{1,2})(?:[:.h](\d{2}))?\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
HOUR = re.compile(
    r"(?<!\d)(?<!\d[.,])(\d{1,2})(?:\s?h\s?(\d{2})(?!\d)|\s?h(?![^\W\d_])|:(\d{2})(?!\d))",
    re.IGNORECASE,
)
CHINESE_HOUR = re.compile(r"(?<!\d)(\d{1,2})\s?[点點时時](?:\s?(\d{1,2})\s?分|(半))?")
GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d])")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")

NOON = {"midi": 12, "minuit": 0}  # French says these hours without a number
LETTERS_OF_A_STEM = 5  # names of at least that many letters may have another ending
JOINED = frozenset({"ar", "prs", "ps", "ta", "zh"})  # small words stand before a name, unspaced


def differences(
    original: str,
    translation: str,
    language: str,
    *,
    of: str = FALLBACK,
    names: Iterable[str] = (),
    longest: int | None = None,
) -> tuple[Difference, ...]:
    """What is not the same in a translation, the grave things first.

    `of`: the language of the original; `names` are written alike in all languages, wherever the
    original has them.
    """
    if not translation.strip():
        return (Difference(Kind.EMPTY),) if original.strip() else ()
    left, right = _plain(original), _plain(translation)
    found = [
        *_too_long(translation, longest),
        *_anchors_that_differ(left, right, of, language),
        *_names(left, right, names),
        *_days(left, right, of, language),
        *_order(left, right, of, language),
        *_script(_bare(original), _bare(translation), language, names),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: not one.grave))


def agrees(original: str, translation: str, language: str, *, of: str = FALLBACK) -> bool:
    """Whether nothing grave differs."""
    return not any(one.grave for one in differences(original, translation, language, of=of))


WORDS: Mapping[Kind, tuple[str, str]] = {  # missing, too much
    Kind.LINK: ("le lien {shown}", "le lien {shown}"),
    Kind.PHONE: ("le téléphone {shown}", "le téléphone {shown}"),
    Kind.PLACEHOLDER: ("le champ {shown}", "le champ {shown}"),
    Kind.NAME: ("le nom « {shown} », écrit comme en français", "le nom « {shown} »"),
    Kind.DAY: ("le jour « {shown} »", "le jour « {shown} »"),
    Kind.DATE: ("la date {shown}", "la date {shown}"),
    Kind.HOUR: ("l'heure {shown}", "l'heure {shown}"),
    Kind.NUMBER: ("le nombre {shown}", "le nombre {shown}"),
}
SENTENCES: Mapping[Kind, str] = {
    Kind.EMPTY: "La traduction est vide.",
    Kind.LONG: "La traduction est trop longue : {shown} signes de trop. Raccourcissez-la.",
    Kind.LINES: "L'ordre des lignes n'est pas celui de l'original. Gardez le même ordre.",
    Kind.SAME: "La traduction est le texte de l'original, mot pour mot.",
}


def told(one: Difference) -> str:
    """One difference as a French sentence that says what to do."""
    if one.kind is Kind.SCRIPT:
        if one.grave:
            return "Ce texte n'est pas écrit dans l'écriture de cette langue."
        return f"Ces lettres n'existent pas dans cette langue : {one.shown}. Vérifiez-les."
    if one.kind in SENTENCES:
        return SENTENCES[one.kind].format(shown=one.shown)
    missing, extra = WORDS[one.kind]
    if not one.missing:
        thing = extra.format(shown=one.shown)
        if one.grave:
            return f"Il y a {thing} en trop : l'original ne le dit pas. Corrigez la traduction."
        return f"À vérifier : {thing} n'est pas écrit ainsi dans l'original."
    thing = missing.format(shown=one.shown)
    if one.grave:
        return f"Il manque {thing} dans la traduction. Ajoutez-le."
    return f"À vérifier : {thing} n'est pas écrit ainsi dans la traduction."


# -- what must be the same ------------------------------------------------------------------------


def anchors(text: str, language: str) -> tuple[Anchor, ...]:
    """What must be the same in all languages, in the order of the text."""
    return tuple(one for _, one in sorted(_found(_plain(text), language), key=lambda one: one[0]))


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where links, telephones, placeholders and numbers stand in a text, as it is written."""
    found: list[tuple[int, int]] = []
    for pattern in (LINK, PLACEHOLDER, PHONE, FULL_DATE, TWELVE, HOUR, GROUPED, NUMBER):
        for one in pattern.finditer(text.translate(SPACES)):
            if all(one.end() <= start or end <= one.start() for start, end in found):
                found.append(one.span())
    return tuple(sorted(found))


def _plain(text: str) -> str:
    """The text with the digits, the spaces and the hours that rules know."""
    return in_digits(_bare(text))


def _bare(text: str) -> str:
    """The same with its own letters, one sign for one sign."""
    bare = UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(SPACES)
    return "".join(_ascii_digit(sign) for sign in bare)


def _ascii_digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)


def _found(text: str, language: str) -> Iterator[Found]:
    """Every anchor and its place; what one rule has read, no later one reads again."""
    left = text
    for kind, pattern in _rules(language):
        kept = left
        for one in pattern.finditer(kept):
            value, shown = _value(kind, pattern, one, language)
            if value:
                yield one.start(), Anchor(kind, value, shown)
                if pattern is FULL_DATE:
                    year = one[3] if len(one[3]) == 4 else f"20{one[3]}"
                    yield one.start(3), Anchor(Kind.NUMBER, year, one[3])
                blank = " " * (len(one[0]))
                left = f"{left[: one.start()]}{blank}{left[one.end() :]}"


@lru_cache(maxsize=64)
def _rules(language: str) -> tuple[Rule, ...]:
    months = _months(language)
    named: list[Rule] = []
    if months:
        names = "|".join(re.escape(one) for one in sorted(months, key=len, reverse=True))
        after = rf"(?<!\d)(\d{{1,2}})(?:er|st|nd|rd|th|[º°.])?[ -]?(?:de |of )?({names})"
        before = rf"(?<![^\W\d_])({names})[^\W\d_]* (\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
        named = [
            (Kind.DATE, re.compile(after, re.IGNORECASE)),
            (Kind.DATE, re.compile(before, re.IGNORECASE)),
        ]
    return (
        (Kind.LINK, LINK),
        (Kind.PLACEHOLDER, PLACEHOLDER),
        (Kind.DATE, FULL_DATE),
        (Kind.PHONE, PHONE),
        (Kind.DATE, CHINESE_DATE),
        *named,
        (Kind.HOUR, TWELVE),
        (Kind.HOUR, HOUR),
        (Kind.HOUR, CHINESE_HOUR),
        (Kind.DATE, SHORT_DATE),
        (Kind.NUMBER, GROUPED),
        (Kind.NUMBER, NUMBER),
    )


def _value(
    kind: Kind, pattern: re.Pattern[str], one: re.Match[str], language: str
) -> tuple[str, str]:
    """What a match is worth, and how it is shown; "" where it is none of its kind."""
    shown = one[0].strip()
    match kind:
        case Kind.LINK:
            link = shown.rstrip(LINK_ENDS)
            return link, link
        case Kind.PLACEHOLDER:
            return shown, shown
        case Kind.PHONE:
            digits = re.sub(r"\D", "", shown)
            return digits[-9:], shown
        case Kind.DATE:
            return _date(pattern, one, language), shown
        case Kind.HOUR:
            return _hour(pattern, one), shown
        case _:
            return _number(shown), shown


def _date(pattern: re.Pattern[str], one: re.Match[str], language: str) -> str:
    if pattern is CHINESE_DATE:
        month, day = int(one[1]), int(one[2])
    elif one[1].isdigit():
        day = int(one[1])
        month = int(one[2]) if one[2].isdigit() else _months(language)[one[2].casefold()]
    else:
        month, day = _months(language)[one[1].casefold()], int(one[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return ""
    return f"{day}/{month}"


def _hour(pattern: re.Pattern[str], one: re.Match[str]) -> str:
    hours, minutes = int(one[1]), 0
    if pattern is TWELVE:
        minutes = int(one[2] or 0)
        hours = hours % 12 + (12 if one[3].casefold() == "p" else 0)
    elif pattern is CHINESE_HOUR:
        minutes = 30 if one[3] else int(one[2] or 0)
    else:
        minutes = int(one[2] or one[3] or 0)
    return f"{hours}:{minutes:02d}" if hours < 25 and minutes < 60 else ""


def _number(written: str) -> str:
    bare = written.replace(" ", "")
    if THOUSANDS.fullmatch(bare):
        bare = re.sub(r"[.,]", "", bare)
    parts = re.split(r"[.,]", bare)
    if len(parts) == 2:
        return str(Decimal(f"{parts[0]}.{parts[1]}").normalize() + 0)
    return ".".join(str(int(part)) for part in parts)


# -- both texts beside each other -----------------------------------------------------------------


def _anchors_that_differ(left: str, right: str, of: str, language: str) -> Iterator[Difference]:
    ours = [one for _, one in sorted(_found(left, of), key=lambda one: one[0])]
    theirs = [one for _, one in sorted(_found(right, language), key=lambda one: one[0])]
    known = {(one.kind, one.value) for one in ours}, {(one.kind, one.value) for one in theirs}
    missing, extra = _without_pairs(ours, theirs, _equal)
    later = _says_afternoon(right, language), _says_afternoon(left, of)
    missing, extra = _without_pairs(
        missing,
        extra,
        lambda one, other: _alike(one, other, other_is_later=later[0], one_is_later=later[1]),
    )
    missing, extra = _without_split_dates(missing, extra)
    extra, missing = _without_split_dates(extra, missing)
    for one in missing:
        again = (one.kind, one.value) in known[1]
        grave = not again and not _in_words(one, right, language)
        yield Difference(one.kind, one.shown, missing=True, grave=grave)
    for one in extra:
        again = (one.kind, one.value) in known[0]
        grave = not again and not _in_words(one, left, of)
        yield Difference(one.kind, one.shown, missing=False, grave=grave)


def _without_pairs(
    ours: Sequence[Anchor], theirs: Sequence[Anchor], same: Same
) -> tuple[list[Anchor], list[Anchor]]:
    left, right = [], list(theirs)
    for one in ours:
        other = next((each for each in right if same(one, each)), None)
        if other is None:
            left.append(one)
        else:
            right.remove(other)
    return left, right


def _equal(one: Anchor, other: Anchor) -> bool:
    return (one.kind, one.value) == (other.kind, other.value)


def _alike(one: Anchor, other: Anchor, *, other_is_later: bool, one_is_later: bool) -> bool:
    """Whether two things that are written in other ways may be the same.

    An hour is often a bare number, or has a full stop in it.
    """
    kinds = {one.kind, other.kind}
    if Kind.HOUR not in kinds or not kinds <= {Kind.HOUR, Kind.NUMBER}:
        return False
    first, second = _minutes(one), _minutes(other)
    if first is None or second is None:
        return False
    if first == second:
        return True
    half_a_day = 12 * 60
    return (other_is_later and first - second == half_a_day) or (
        one_is_later and second - first == half_a_day
    )


def _minutes(one: Anchor) -> int | None:
    """An hour, or a number that may be one, in minutes."""
    if one.kind is Kind.HOUR:
        hours, minutes = one.value.split(":")
        return int(hours) * 60 + int(minutes)
    whole, _, rest = one.value.partition(".")
    if not whole.isdigit() or len(rest) > 2 or int(whole) > 24:
        return None
    return int(whole) * 60 + int(rest.ljust(2, "0") or 0)


def _without_split_dates(
    dates: Sequence[Anchor], others: Sequence[Anchor]
) -> tuple[list[Anchor], list[Anchor]]:
    """Leave out dates whose day stands there as a number: the month has a name unknown to us."""
    left, right = [], list(others)
    foreign = any(each.kind is Kind.DATE for each in others)
    for one in dates:
        number = one.value.partition("/")[0] if one.kind is Kind.DATE and not foreign else ""
        day = next((each for each in right if number and each.value == number), None)
        if day is None:
            left.append(one)
        else:
            right.remove(day)
    return left, right


def _says_afternoon(text: str, language: str) -> bool:
    words = (*AFTERNOON.get(language, ()), "p.m", "pm")
    return any(word in text.casefold() for word in words)


def _in_words(one: Anchor, text: str, language: str) -> bool:
    """Whether a small number stands in the other text as a word."""
    if one.kind is Kind.HOUR and one.value.endswith(":00"):
        number = one.value.removesuffix(":00")
    elif one.kind is Kind.NUMBER:
        number = one.value
    else:
        return False
    told_so = _number_words(language).get(number, ())
    said = set(re.findall(r"[^\W\d_]+", text.casefold()))
    joined = language in JOINED
    return any(word in said or (joined and word in text.casefold()) for word in told_so)


@lru_cache(maxsize=64)
def _number_words(language: str) -> Mapping[str, tuple[str, ...]]:
    """The words for small numbers, by number, from what parents write back."""
    path = LOCALES / ("fa" if language == "prs" else language) / "lexicon.toml"
    if not path.exists():
        return {}
    listed = tomllib.loads(path.read_text("utf-8")).get("numbers", {})
    found: dict[str, tuple[str, ...]] = {}
    for number, words in listed.items():
        each = (one.strip().casefold() for one in str(words).replace("\n", ",").split(","))
        found[str(number)] = tuple(one for one in each if one.isalpha())
    if language == FALLBACK:
        for word, hours in NOON.items():
            found[str(hours)] = (*found.get(str(hours), ()), word)
    return found


def _names(left: str, right: str, names: Iterable[str]) -> Iterator[Difference]:
    """A family looks for the name that stands on the door, whatever it means."""
    for name in names:
        plain = _plain(name).strip().casefold()
        if plain and _whole(plain, left.casefold()) and not _whole(plain, right.casefold()):
            yield Difference(Kind.NAME, name.strip())


def _whole(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}", text) is not None


# -- days -----------------------------------------------------------------------------------------


def _days(left: str, right: str, of: str, language: str) -> Iterator[Difference]:
    """Another day of the week; one whose name we do not find is nobody's fault."""
    ours, theirs = _weekdays(left, of), _weekdays(right, language)
    if ours and theirs and not ours.keys() & theirs.keys():
        yield Difference(Kind.DAY, ", ".join(ours.values()))
    elif len(ours) == len(theirs) and ours.keys() != theirs.keys():
        yield Difference(Kind.DAY, ", ".join(ours[one] for one in ours if one not in theirs))


def _weekdays(text: str, language: str) -> dict[int, str]:
    found: dict[int, str] = {}
    left = text.casefold()
    for name, number in _day_names(language):
        start = "" if language in JOINED else r"(?<![^\W\d_])"
        shape = re.compile(rf"{start}{re.escape(name)}[^\W\d_]*")
        for one in shape.finditer(left):
            found.setdefault(number, one[0])
        left = shape.sub(" ", left)
    return found


@lru_cache(maxsize=64)
def _day_names(language: str) -> tuple[tuple[str, int], ...]:
    """The beginnings of the names of days, the longest first."""
    locale = _locale(language)
    if locale is None:
        return ()
    whole = {
        _plain(name).split()[-1].casefold(): number
        for way in ("format", "stand-alone")
        for number, name in locale.days[way]["wide"].items()
    }
    in_two = {  # the day of some languages ends in another's name, and people leave a space there
        f"{name.removesuffix(other)} {other}": number
        for name, number in whole.items()
        for other in whole
        if name != other and name.endswith(other)
    }
    named = {_stem(name): number for name, number in {**whole, **in_two}.items()}
    return tuple(sorted(named.items(), key=lambda one: -len(one[0])))


@lru_cache(maxsize=64)
def _months(language: str) -> Mapping[str, int]:
    """The beginnings of the names of months, where they are names."""
    locale = _locale(language)
    if locale is None:
        return {}
    return {
        _stem(name.casefold()): number
        for way in ("format", "stand-alone")
        for number, name in locale.months[way]["wide"].items()
        if any(map(str.isalpha, name)) and "月" not in name
    }


def _stem(name: str) -> str:
    return name[:-1] if len(name) >= LETTERS_OF_A_STEM else name


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language_of(language).formats or language)
    except (ValueError, UnknownLocaleError):
        return None


# -- lines, letters, length -----------------------------------------------------------------------


def _order(left: str, right: str, of: str, language: str) -> Iterator[Difference]:
    """What stands on lines of its own stays in its order."""
    ours = [one for one in left.splitlines() if one.strip()]
    theirs = [one for one in right.splitlines() if one.strip()]
    if len(theirs) < 2 or len(ours) < 2:
        return
    where: dict[tuple[Kind, str], int] = {}
    repeated: Counter[tuple[Kind, str]] = Counter()
    for place, line in enumerate(ours):
        for one in anchors(line, of):
            where[one.kind, one.value] = place
            repeated[one.kind, one.value] += 1
    places = [
        where[one.kind, one.value]
        for line in theirs
        for one in anchors(line, language)
        if repeated[one.kind, one.value] == 1
    ]
    asks = [line.rstrip().endswith(QUESTION_MARKS) for line in ours]
    asked = [line.rstrip().endswith(QUESTION_MARKS) for line in theirs]
    moved = len(ours) == len(theirs) and sum(asks) == sum(asked) and asks != asked
    if moved or places != sorted(places):
        yield Difference(Kind.LINES)


def _script(left: str, right: str, language: str, names: Iterable[str]) -> Iterator[Difference]:
    own = PLACEHOLDER.sub(" ", LINK.sub(" ", right))
    for name in names:
        own = (
            re.sub(re.escape(_plain(name)), " ", own, flags=re.IGNORECASE) if name.strip() else own
        )
    letters = [one for one in own if one.isalpha()]
    known = language_of(language)
    if letters and (known.written or known.place):
        scripts = tuple(known.script.split())
        strangers = [one for one in letters if not unicodedata.name(one, "").startswith(scripts)]
        if 2 * len(strangers) > len(letters):
            yield Difference(Kind.SCRIPT)
            return
        odd = "".join(one for one in foreign_letters(own, language) if one in known.strange)
        if odd:
            yield Difference(Kind.SCRIPT, " ".join(odd), grave=False)
    if left.strip().casefold() == right.strip().casefold() and letters:
        yield Difference(Kind.SAME, grave=False)


def _too_long(text: str, longest: int | None) -> Iterator[Difference]:
    if longest is not None and len(text.strip()) > longest:
        yield Difference(Kind.LONG, str(len(text.strip()) - longest))
