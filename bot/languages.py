"""The languages that we write, and what is particular to each, in `locales/<code>/language.toml`.

    name = "Español"            # its own name, as its readers look for it
    place = 7                   # where it stands in menus
    script = "LATIN"            # how Unicode names its letters; several are separated by spaces
    strange = "ñ"               # letters of that script that it never uses: another language's
    direction = "rtl"           # where it is not written from left to right
    day = "EEEE d 'de' MMMM"    # how a date is said, where it is not weekday, day, month
    formats = "fa_AF"           # whose names of days and months it takes, where Babel has none
    whatsapp = "zh_CN"          # its code at WhatsApp, where it is another one
    french = "comorien"         # its name for staff, where Babel has none
    phones = "fa"               # what telephones call it, where they have no code of its own

A folder that also holds parents' messages is a language that we write. One that holds none is
promised: who chooses it reads simple French and is offered a call, until a speaker has translated.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
FALLBACK = "fr"
WEEKDAY_DAY_MONTH = "EEEE d MMMM"
FIRST_SUBTAG = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `written`: parents' messages exist in it."""

    code: str
    name: str
    place: int
    written: bool
    script: str = "LATIN"
    strange: str = ""
    direction: str = "ltr"
    day: str = WEEKDAY_DAY_MONTH
    formats: str = ""
    whatsapp: str = ""
    french: str = ""
    phones: str = ""


@lru_cache(maxsize=4)
def read_languages(folder: Path = LOCALES) -> Mapping[str, Language]:
    """Every language that we write or have promised, in the order of menus."""
    found = (_read(path) for path in folder.glob("*/language.toml"))
    ordered = sorted(found, key=lambda one: (not one.written, one.place, one.code))
    return {one.code: one for one in ordered}


def language_of(code: str) -> Language:
    """What is particular to a language; one that we do not know of is as plain as can be."""
    known = read_languages().get(code)
    return known or Language(code, code, place=0, written=False)


def languages_of_phone(tags: str) -> tuple[str, ...]:
    """Ours among the languages that a telephone asks for, in its order: "ar-MA,fr;q=0.8".

    A code that is not ours counts for the language whose readers' telephones say so: Telegram and
    browsers have Persian, and no Dari.
    """
    known = read_languages()
    called = {name: one.code for one in known.values() for name in one.phones.split()}
    firsts = (FIRST_SUBTAG.match(one.strip()) for one in tags.split(","))
    asked = [one[0].lower() for one in firsts if one is not None]
    ours = (one if one in known else called.get(one) for one in asked)
    return tuple(dict.fromkeys(one for one in ours if one is not None))


def _read(path: Path) -> Language:
    code = path.parent.name
    with path.open("rb") as file:
        told = tomllib.load(file)
    return Language(code=code, written=catalog_path(code, path.parent.parent).exists(), **told)


def catalog_path(language: str, folder: Path = LOCALES, domain: str = "parents") -> Path:
    """Where a language's catalog is, or would be."""
    return folder / language / "LC_MESSAGES" / f"{domain}.po"
