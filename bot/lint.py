"""What a machine can see hard, dear or forbidden in the words for parents, and what to do. Pure.

    a title, a note --> lint_words     sentences, words, dates, names, letters
    a whole message --> lint_message   one question, its answers, its price, its direction

A text without findings has passed this, no more: that it is easy to read, only readers can say.
Which words are forbidden is dated data in `lint.toml`. What blocks is not saved by the console.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import smsutil
from babel.core import UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from bot.languages import FALLBACK, language_of
from bot.messages import ChannelName, Shape
from bot.proofreading import LONGEST_SENTENCE, longest_word, words_in
from bot.translation import END_ISOLATE, ISOLATE, RIGHT_TO_LEFT

DATA = Path(__file__).with_name("lint.toml")

TOO_LONG_A_SENTENCE = 20  # words; nobody who reads slowly comes to its end
MOST_SENTENCES = 4
MOST_SEGMENTS = 2
LEAST_EASE = 80  # Kandel and Moles: 100 is very easy, 30 is for universities
ENOUGH_WORDS = 20  # fewer say nothing about how easy a text is

LINK = re.compile(r"https?://\S+")
MENU_LINE = re.compile(r"(?m)^[A-Z]?\d{1,2}(?: =)? .*$")
ENDED = re.compile(r"[!?؟۔؛;。！？；।॥…]+|[.:](?=\s|$)|：")  # lines of facts are one
SENTENCE_ENDS = re.compile(r"[!?؟۔؛;。！？；।॥…\n]+|[.:](?=\s|$)|：")
QUESTION_MARK = re.compile(r"[?؟？]+")
WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
CAPITALS = re.compile(r"(?<!\w)[A-Z]{2,}(?!\w)")
UNFILLED = re.compile(
    r"\{+[^{}\n]{0,40}\}+|\[[^\[\]\n]{1,40}\]|<[^<>\n]{1,40}>|\bX{3,}\b|_{3,}|%\(\w+\)s|%s"
)
NUMERIC_DATE = re.compile(
    r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/\d{2,4})?(?![\d/])|(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)"
)
COLON_HOUR = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
ROMAN = re.compile(r"(?<!\w)(?=[IVXLC]{2,}(?!\w))C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\w)")
ORDINAL = re.compile(r"(?<!\w)([IVX]+)(?:e|ème|er|ère)(?!\w)")
PERCENT = re.compile(r"[%٪％]")
TITLED = re.compile(r"(?:mme|m\.|mlle|mr|dr|madame|monsieur|mademoiselle)\s*$", re.IGNORECASE)
VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöûüùœæ]+")
CHINESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1780-\u17ff]")  # no spaces


class Level(StrEnum):
    """What a finding means: look again, or change it before it is saved."""

    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen. `code` is for machines, `where` names the text, `advice` is French."""

    level: Level
    code: str
    where: str
    advice: str


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A word that parents should not have to read, and what to do about it."""

    level: Level
    code: str
    pattern: re.Pattern[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What `lint.toml` says."""

    acronyms: Mapping[str, str]
    forbidden: Mapping[str, tuple[Forbidden, ...]]  # by language
    longest: Mapping[str, int]
    cheaper: Mapping[str, str]
    kept: Mapping[str, frozenset[str]]


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether something must be changed first."""
    return any(one.level is Level.BLOCK for one in findings)


def lint_words(
    text: str, language: str, *, where: str = "", names: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Look at what somebody has written in one language.

    `names`: first names of children that no message may hold, see `centres.names_children`.
    """
    told = _whole(text)
    return tuple(
        Finding(level, code, where, advice)
        for look in (_sentences, _words, _dates, _signs, _ease)
        for level, code, advice in look(told, language)
    ) + tuple(
        Finding(Level.BLOCK, "child_name", where, advice)
        for advice in _names(told, frozenset(names))
    )


def lint_message(
    text: str,
    language: str,
    *,
    where: str = "",
    labels: Sequence[str] = (),
    asks: bool | None = None,
    shapes: Mapping[ChannelName, Shape] | None = None,
    sms: str | None = None,
) -> tuple[Finding, ...]:
    """Look at a message as it would be read: its question, its answers, its price, its direction.

    `labels`: of the answers that it offers; `asks`: whether it waits for one (None: as its words
    say); `shapes`: what the channels show of a label; `sms`: what is paid for by the segment (None:
    the text itself; "": nothing).
    """
    told = _whole(text)
    found = [
        *_amount(told),
        *_action(told, labels, asks),
        *_unfilled(told),
        *_price(told if sms is None else _whole(sms), language),
        *_direction(told, language),
        *_labels(labels, shapes or {}),
    ]
    return tuple(Finding(level, code, where, advice) for level, code, advice in found)


def lint_text(
    text: str, language: str, *, where: str = "", names: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Look at a text in every way, each finding once."""
    own = lint_words(text, language, where=where, names=names)
    whole = lint_message(text, language, where=where)
    return tuple(dict.fromkeys((*own, *whole)))


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in any script; its links and the lines of its menu are none."""
    plain = MENU_LINE.sub("", LINK.sub("", text))
    parts = (one.strip(f" \t\r-–{ISOLATE}{END_ISOLATE}") for one in SENTENCE_ENDS.split(plain))
    return tuple(one for one in parts if _says(one))


def reading_ease(text: str) -> float | None:
    """How easy a French text is, by Kandel and Moles (1958): 207 - 1.015 w/s - 73.6 syllables/w.

    None for a text too short to tell. A second opinion: it knows nothing of what words mean.
    """
    words = [one.lower() for one in WORD.findall(LINK.sub("", text))]
    parts = len(sentences(text))
    if len(words) < ENOUGH_WORDS or not parts:
        return None
    syllables = sum(_syllables(one) for one in words)
    return 207 - 1.015 * len(words) / parts - 73.6 * syllables / len(words)


def dear_letters(text: str) -> dict[str, int]:
    """The signs that no cheap SMS holds, with their number; the most frequent first."""
    counted = Counter(one for one in text if not smsutil.is_valid_gsm(one))
    return dict(counted.most_common())


def cheaper(text: str, language: str) -> str:
    """The same text with cheaper signs where it keeps its meaning."""
    rules = _rules()
    kept = rules.kept.get(language, frozenset())

    def said(found: re.Match[str]) -> str:
        own = found[0].casefold() in kept or language != FALLBACK
        return found[0] if own else _replaced(found[0], rules.cheaper, letters=True)

    signs = _replaced(text, rules.cheaper, letters=False)
    return re.sub(r"\w+", said, signs)


def isolation_faults(text: str) -> list[str]:
    """What is wrong with the isolates of right-to-left text: unbalanced, or a Latin sign outside.

    A digit that opens a line, such as a menu's, needs none.
    """
    depth, faults = 0, []
    for sign in re.sub(r"\{\w+\}|^\d", "", text, flags=re.MULTILINE):
        depth += (sign == ISOLATE) - (sign == END_ISOLATE)
        if depth not in (0, 1):
            faults.append("unbalanced")
        if depth == 0 and sign.isascii() and sign.isalnum():
            faults.append(sign)
    return faults if depth == 0 else [*faults, "open"]


def direction_faults(text: str) -> list[str]:
    """The same for a whole message: lines of French alone, links and bare numbers need none."""
    bare = re.compile(r"https?://\S+|(?<!\S)\d+(?!\S)")
    turned = (
        line
        for line in text.splitlines()
        if any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in line)
    )
    return [fault for line in turned for fault in isolation_faults(bare.sub("", line))]


# -- what somebody writes -------------------------------------------------------------------------

Seen = tuple[Level, str, str]
"""Level, code, what to do."""


def _sentences(text: str, _language: str) -> Iterator[Seen]:
    for one in sentences(text):
        count = words_in(one)
        if count > LONGEST_SENTENCE:
            level = Level.BLOCK if count > TOO_LONG_A_SENTENCE else Level.WARN
            advice = (
                f"Une phrase a {count} mots : « {_start(one)} ». Coupez-la : une idée par phrase, "
                f"{LONGEST_SENTENCE} mots au plus."
            )
            yield level, "long_sentence", advice
    yield from _amount(text)


def _words(text: str, language: str) -> Iterator[Seen]:
    rules = _rules()
    for one in dict.fromkeys(CAPITALS.findall(text)):
        if one in rules.acronyms:
            advice = f"Un parent ne connaît pas « {one} ». Écrivez : {rules.acronyms[one]}."
            yield Level.BLOCK, "acronym", advice
    folded = _folded(text)
    for word in rules.forbidden.get(language, ()):
        if word.pattern.search(folded):
            yield word.level, word.code, word.advice
    longest = longest_word(LINK.sub("", text))
    most = rules.longest.get(language, rules.longest["others"])
    if _letters(longest) > most and not CHINESE.search(longest):
        advice = f"Un mot est très long : « {longest} ». Cherchez un mot plus court."
        yield Level.WARN, "long_word", advice


def _dates(text: str, language: str) -> Iterator[Seen]:
    plain = LINK.sub("", text)
    for found in NUMERIC_DATE.finditer(plain):
        day, month = (int(one) if one else 1 for one in (found[1], found[2]))
        if 1 <= day <= 31 and 1 <= month <= 12:
            sure = found[2] is None or len(found[2]) == 2
            level = Level.BLOCK if sure else Level.WARN  # "1/2" may be a half
            advice = (
                f"« {found[0]} » : écrivez le jour, la date et le mois en lettres, "
                "par exemple « mardi 3 novembre »."
            )
            yield level, "numeric_date", advice
    if _lonely_date(plain, language):
        advice = "Ajoutez le jour de la semaine à la date, par exemple « mardi 3 novembre »."
        yield Level.WARN, "no_weekday", advice
    hour = COLON_HOUR.search(plain) if language == FALLBACK else None
    if hour:
        minutes = "" if hour[2] == "00" else hour[2]
        advice = f"« {hour[0]} » : écrivez l'heure comme on la dit, « {int(hour[1])}h{minutes} »."
        yield Level.WARN, "hour", advice


def _signs(text: str, language: str) -> Iterator[Seen]:
    if PERCENT.search(text):
        advice = "Pas de pourcentage : écrivez par exemple « la moitié » ou « 3 enfants sur 10 »."
        yield Level.BLOCK, "percent", advice
    roman = ROMAN.search(text) or ORDINAL.search(text)
    if roman and roman[0]:
        advice = f"« {roman[0]} » : écrivez ce nombre avec les chiffres 1, 2, 3."
        yield Level.WARN, "roman", advice
    yield from _unfilled(text)
    dear, plain = dear_letters(text), cheaper(text, language)
    if dear and smsutil.is_valid_gsm(plain):
        told = ", ".join(
            f"{_named(sign)} par {_offer(sign)} ({count} fois)" for sign, count in dear.items()
        )
        yield Level.WARN, "dear_signs", f"Pour des SMS moins chers, remplacez : {told}."


def _unfilled(text: str) -> Iterator[Seen]:
    for one in dict.fromkeys(UNFILLED.findall(text)):
        advice = f"« {one} » n'est pas rempli. Écrivez le mot lui-même, ou retirez-le."
        yield Level.BLOCK, "unfilled", advice


def _ease(text: str, language: str) -> Iterator[Seen]:
    ease = reading_ease(text) if language == FALLBACK else None
    if ease is not None and ease < LEAST_EASE:
        advice = (
            f"Le texte semble difficile (indice {ease:.0f}, visez {LEAST_EASE} ou plus) : des mots "
            "courts, des phrases courtes."
        )
        yield Level.WARN, "reading_ease", advice


def _names(text: str, names: frozenset[str]) -> Iterator[str]:
    """A name is written with a capital; an adult of the same name has a title before theirs."""
    told = set()
    for found in _called(names).finditer(text) if names else ():
        name = found[0]
        if name[0].islower() or name in told or TITLED.search(text[: found.start()]):
            continue
        told.add(name)
        yield (
            f"« {name} » est le prénom d'un enfant du centre. Écrivez « votre enfant » ; "
            f"pour un adulte, « Mme {name} » ou « M. {name} »."
        )


@lru_cache(maxsize=8)
def _called(names: frozenset[str]) -> re.Pattern[str]:
    """Any of these names, whole."""
    written = sorted((one.strip() for one in names if len(one.strip()) > 1), key=len, reverse=True)
    any_of = "|".join(map(re.escape, written)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE)


def _lonely_date(text: str, language: str) -> bool:
    """Whether a day and a month stand in a sentence that names no day of the week."""
    months, weekdays = _calendar(language)
    if months is None or weekdays is None:
        return False
    return any(
        months.search(one) and not weekdays.search(one)
        for one in (part.casefold() for part in SENTENCE_ENDS.split(text))
    )


# -- a whole message ------------------------------------------------------------------------------


def _amount(text: str) -> Iterator[Seen]:
    plain = MENU_LINE.sub("", LINK.sub("", text))
    count = sum(_says(one) for one in ENDED.split(plain))
    if count > MOST_SENTENCES:
        advice = f"Le texte a {count} phrases. Gardez l'essentiel : {MOST_SENTENCES} au plus."
        yield Level.WARN, "many_sentences", advice


def _action(text: str, labels: Sequence[str], asks: bool | None) -> Iterator[Seen]:
    questions = len(QUESTION_MARK.findall(LINK.sub("", text)))
    if questions > 1:
        advice = f"Il y a {questions} questions. Posez-en une seule : on répond à la dernière."
        yield Level.WARN, "several_questions", advice
    if asks is True and not labels:
        advice = "Le message pose une question et ne propose aucune réponse."
        yield Level.BLOCK, "no_answer", advice
    if asks is False and questions:
        advice = (
            "Le message pose une question, et personne ne peut y répondre par un chiffre. "
            "Dites plutôt ce qui se passe, ou préparez un événement."
        )
        yield Level.WARN, "no_answer", advice


def _price(text: str, language: str) -> Iterator[Seen]:
    parts = len(smsutil.split(text).parts)
    if parts <= MOST_SEGMENTS:
        return
    dear = dear_letters(text)
    less = len(smsutil.split(cheaper(text, language)).parts)
    advice = f"Ce texte coûte {parts} SMS ({MOST_SEGMENTS} au plus). Raccourcissez-le."
    if dear and language_of(language).script == "LATIN":
        named = ", ".join(f"{_named(one)} ({count})" for one, count in list(dear.items())[:8])
        advice += f" Signes qui coûtent : {named}."
    if less < parts:
        advice += f" Avec des signes simples, il en coûte {less}."
    yield Level.WARN, "segments", advice


def _direction(text: str, language: str) -> Iterator[Seen]:
    if language in RIGHT_TO_LEFT and (faults := direction_faults(text)):
        signs = "".join(dict.fromkeys(one for one in faults if len(one) == 1))
        where = f" Voyez : {signs}." if signs else ""
        advice = (
            "Des mots latins ou des chiffres peuvent s'afficher dans le désordre. Entourez-les "
            f"des signes U+2068 et U+2069, ou mettez-les sur leur propre ligne.{where}"
        )
        yield Level.WARN, "direction", advice


def _labels(labels: Sequence[str], shapes: Mapping[ChannelName, Shape]) -> Iterator[Seen]:
    for channel, shape in shapes.items():
        if not shape.buttons:
            continue
        for one in labels:
            if len(one) > shape.label:
                advice = (
                    f"« {one} » est trop long pour un bouton {channel} ({shape.label} signes au "
                    "plus) : les réponses y deviennent une liste à numéros."
                )
                yield Level.WARN, "label", advice
        if len(labels) > shape.buttons:
            advice = (
                f"{len(labels)} réponses : {channel} montre {shape.buttons} boutons au plus, "
                "les réponses y deviennent une liste à numéros."
            )
            yield Level.WARN, "labels", advice
    if len(set(labels)) < len(labels):
        yield Level.BLOCK, "labels_alike", "Deux réponses ont les mêmes mots. Changez-en une."


# -- the data, and small things -------------------------------------------------------------------


@lru_cache(maxsize=1)
def _rules() -> Rules:
    with DATA.open("rb") as file:
        told = tomllib.load(file)
    forbidden: dict[str, list[Forbidden]] = {}
    for code, level in (("jargon", Level.BLOCK), ("heavy", Level.WARN)):
        for language, words in told[code].items():
            for word, instead in words.items():
                advice = f"« {word.rstrip('*')} » est difficile à lire. Écrivez : {instead}."
                one = Forbidden(level, code, _pattern(word), advice)
                forbidden.setdefault(language, []).append(one)
    for language, words in told["donations"].items():
        for word in words:
            advice = f"Retirez « {word.rstrip('*')} » : un message ne demande jamais d'argent."
            one = Forbidden(Level.BLOCK, "donation", _pattern(word), advice)
            forbidden.setdefault(language, []).append(one)
    return Rules(
        acronyms=told["acronyms"],
        forbidden={language: tuple(words) for language, words in forbidden.items()},
        longest=told["longest_word"],
        cheaper=told["cheaper"],
        kept={one: frozenset(words) for one, words in told["kept"].items()},
    )


def _pattern(word: str) -> re.Pattern[str]:
    """A word whole, whatever its case and accents; a star stands for any letters behind it."""
    written = re.escape(_folded(word)).replace(r"\*", r"\w*")
    return re.compile(rf"(?<!\w){written}(?!\w)")


@lru_cache(maxsize=64)
def _calendar(language: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """A day beside a month, and the days of the week, as this language writes them."""
    locale = language_of(language).formats or language
    try:
        months = _told(get_month_names(width, context, locale) for width, context in _FORMS)
        weekdays = _told(get_day_names(width, context, locale) for width, context in _FORMS)
    except (LookupError, ValueError, UnknownLocaleError):  # Babel does not know the language
        return None, None
    named = "|".join(re.escape(one) for one in months)
    before = rf"\d{{1,2}}(?:er|st|nd|rd|th|\.|º)?\s*(?:de\s+|d')?(?:{named})(?!\w)"
    behind = rf"(?:{named})\s*\d{{1,2}}(?!\d)"  # "November 3", "11月28日"
    return re.compile(f"{before}|{behind}"), re.compile("|".join(map(re.escape, weekdays)))


_FORMS: tuple[tuple[Any, Any], ...] = (
    ("wide", "format"), ("wide", "stand-alone"), ("abbreviated", "format"),
)  # fmt: skip


def _told(tables: Iterable[Mapping[int, str]]) -> list[str]:
    """The names; an abbreviation of letters would be found within other words."""
    wide, alone, short = tables
    written = [*wide.values(), *alone.values(), *(one for one in short.values() if _is_sign(one))]
    return sorted({one.casefold() for one in written}, key=len, reverse=True)


def _is_sign(name: str) -> bool:
    return CHINESE.search(name) is not None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one)).replace("’", "'")


def _replaced(text: str, table: Mapping[str, str], *, letters: bool) -> str:
    return "".join(table.get(one, one) if one.isalpha() is letters else one for one in text)


def _named(sign: str) -> str:
    """A sign as it can be seen in a sentence."""
    if sign.isspace():
        return "l'espace insécable"
    return sign if sign.isprintable() else f"U+{ord(sign):04X}"


def _offer(sign: str) -> str:
    instead = _rules().cheaper[sign]
    return "un espace simple" if instead == " " else instead


def _says(part: str) -> bool:
    """Whether there is anything to read."""
    return any(map(str.isalnum, part))


def _start(sentence: str) -> str:
    return sentence if len(sentence) <= 40 else f"{sentence[:40].rstrip()}..."


def _letters(word: str) -> int:
    return sum(unicodedata.category(sign)[0] in "LN" for sign in word)


def _syllables(word: str) -> int:
    """Groups of vowels; a silent e at the end counts for none."""
    groups = VOWELS.findall(word)
    silent = len(groups) > 1 and re.search(r"[^aeiouyéèêà](?:e|es|ent)$", word) is not None
    return max(len(groups) - silent, 1)


def _whole(text: str) -> str:
    """The text without halves of signs, which no encoding takes."""
    return text.encode("utf-16", "replace").decode("utf-16") if _is_torn(text) else text


def _is_torn(text: str) -> bool:
    return any("\ud800" <= one <= "\udfff" for one in text)
