"""From a saying to words: catalogs, plurals, dates, hours and writing direction, per language.

The language is always an argument. Catalogs are gettext `.po` files under `locales/`, read as they
are; a language without one is written in simple French.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, time
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.languages import FALLBACK, LOCALES, catalog_path, language_of, read_languages
from bot.messages import Param, Say, Texts

RIGHT_TO_LEFT = frozenset(
    {"fa", "prs", "ps", "ur", "he"}  # parents write to us in these, too
    | {one.code for one in read_languages().values() if one.direction == "rtl"}
)
ISOLATE, END_ISOLATE = "\u2068", "\u2069"  # Unicode bidi: first-strong isolate and its end


def readable(language: str | None) -> str:
    """The language that this parent will really be shown: theirs, or French where we have none."""
    return language if language and has_catalog(language) else FALLBACK


@lru_cache
def has_catalog(language: str) -> bool:
    """Whether parents' messages exist in this language."""
    return language.isalnum() and catalog_path(language).exists()


def catalog_languages() -> tuple[str, ...]:
    """Every language that parents' messages exist in, French first."""
    found = {path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/parents.po")}
    return (FALLBACK, *sorted(found - {FALLBACK}))


def direction(language: str) -> str:
    """`rtl` or `ltr`, for pages."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def french_name(language: str) -> str:
    """What the team calls a language."""
    try:
        name = Locale.parse(language).get_display_name(FALLBACK)
    except (ValueError, UnknownLocaleError):
        name = Locale(FALLBACK).languages.get(language)
    known = language_of(language)
    return known.french or name or known.name


def render(saying: Say, language: str) -> str:
    """Put a saying into words. `language` must be `readable`."""
    filled = {name: words(value, language) for name, value in saying.params.items()}
    return pattern_of(saying, language).format_map(filled)


def pattern_of(saying: Say, language: str) -> str:
    """A saying in this language, its placeholders still open."""
    translations = catalog(language)
    if saying.plural is not None and saying.n is not None:
        return translations.ngettext(saying.msgid, saying.plural, saying.n)
    return translations.gettext(saying.msgid)


def plural_form(n: int, language: str) -> int:
    """Which of the language's forms goes with this number; 0 where there is no catalog."""
    form_of = getattr(catalog(language), "plural", None)
    return int(form_of(n)) if form_of is not None else 0


def number_of_forms(language: str) -> int:
    """How many forms the language's rule of plurals has; 0 where there is no catalog."""
    return len({plural_form(n, language) for n in range(200)}) if has_catalog(language) else 0


def render_all(says: Iterable[Say], language: str) -> str:
    """Put several sayings into one message, a line each."""
    return "\n".join(line for line in (render(one, language) for one in says) if line)


def day(on: date, language: str) -> str:
    """A date as people say it: weekday, day and month; the first of a month is "1er" in French."""
    said = format_date(on, language_of(language).day, locale=_locale(language))
    return said.replace(" 1 ", " 1er ") if language == "fr" and on.day == 1 else said


def hour(at: time, language: str) -> str:
    """An hour as people write it: 18h and 18h30 in French, 18:00 elsewhere."""
    if language == "fr":
        return f"{at.hour}h{at.minute:02d}" if at.minute else f"{at.hour}h"
    return f"{at.hour:02d}:{at.minute:02d}"


@lru_cache(maxsize=64)
def catalog(language: str, domain: str = "parents") -> NullTranslations:
    """One language's catalog, compiled in memory; the source language itself has none."""
    path = catalog_path(language, LOCALES, domain)
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        read = read_po(file)
    read.locale = _locale_name(language)  # else the plural rule of one unknown to Babel is lost
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def words(value: Param, language: str) -> str:
    """Put one placeholder's value into words."""
    match value:
        case Say():
            return render(value, language)
        case Texts():
            written = value.in_language(language)
        case date():
            written = day(value, language)
        case time():
            written = hour(value, language)
        case _:
            written = str(value)
    return _isolated(written) if language in RIGHT_TO_LEFT else written


def _isolated(text: str) -> str:
    """Keep numbers and Latin words in their own order inside right-to-left text.

    A bare number needs nothing, and a phone would take the mark behind a link into the link.
    """
    if text.isdecimal() or "://" in text:
        return text
    mixed = any(unicodedata.bidirectional(sign) in ("L", "EN", "AN") for sign in text)
    return f"{ISOLATE}{text}{END_ISOLATE}" if mixed else text


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(_locale_name(language))


def _locale_name(language: str) -> str:
    return language_of(language).formats or language
