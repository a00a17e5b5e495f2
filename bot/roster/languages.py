"""The language that a cell names: its code, its name in French, or its own name."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from bot.roster.cells import fold

# Names that people write and that Babel's French list lacks or gives another code. Each code is
# the one that our catalogs and lexicons use for what families speak and read.
NAMES: dict[str, tuple[str, ...]] = {
    "am": ("አማርኛ", "amharic"),
    "ar": (
        "العربية",
        "عربي",
        "arabic",
        "arabe dialectal",
        "arabe littéraire",
        "arabe classique",
        "arabe standard",
        "arabe moderne",
        "arabe maghrébin",
        "arabe algérien",
        "arabe marocain",
        "arabe tunisien",
        "arabe égyptien",
        "arabe syrien",
        "arabe irakien",
        "arabe soudanais",
        "darija",
        "الدارجة",
        "ara",
    ),
    "az": ("azéri", "azerbaïdjanais", "azərbaycan"),
    "ber": ("berbère",),
    "bg": ("български", "bulgarian"),
    "bm": ("bamanankan", "bamana", "bambara"),
    "bn": ("বাংলা", "bengali", "bangla"),
    "bs": ("bosanski",),
    "ce": ("нохчийн", "chechen"),
    "ckb": ("kurde sorani", "سۆرانی"),
    "de": ("deutsch", "german", "deu", "ger"),
    "en": ("english", "eng"),
    "es": ("español", "castellano", "castillan", "spanish", "spa"),
    "fa": ("farsi", "فارسی", "persan", "perse", "iranien", "persian"),
    "ff": ("peul", "peulh", "pulaar", "pular", "fulfulde", "fula"),
    "fr": ("french", "fra", "fre"),
    "hr": ("hrvatski",),
    "ht": ("créole haïtien", "kreyòl", "kreyòl ayisyen", "haïtien"),
    "hy": ("հայերեն", "armenian"),
    "it": ("italiano", "italian"),
    "ka": ("ქართული", "georgian"),
    "kab": ("taqbaylit",),
    "kg": ("kikongo", "kongo", "kituba"),
    "km": ("khmer", "cambodgien", "ភាសាខ្មែរ"),
    "ku": ("kurmandji", "kurmanji", "kurdî", "kurde kurmandji", "kurdish"),
    "ln": ("lingála",),
    "lo": ("laotien",),
    "lua": ("tshiluba", "ciluba", "tchiluba"),
    "mg": ("malagasy",),
    "mk": ("македонски",),
    "mn": ("монгол",),
    "mos": ("moré", "mooré"),
    "nl": ("nederlands", "hollandais", "dutch"),
    "pa": ("penjabi", "punjabi", "ਪੰਜਾਬੀ"),
    "pl": ("polski", "polish"),
    "prs": ("dari", "دری", "persan dari"),
    "ps": ("pachto", "pachtou", "pachtoune", "pashto", "پښتو"),
    "pt": ("português", "portugais du brésil", "brésilien", "portuguese", "por"),
    "rcf": ("créole réunionnais",),
    "ro": ("română", "moldave", "romanian", "ron", "rum"),
    "rom": ("rromani", "romanes", "tsigane", "rromanès"),
    "ru": ("русский", "russian", "rus"),
    "shi": ("tachelhit", "tachelhite", "chleuh"),
    "snk": ("soninkanxanne", "sarakolé"),
    "so": ("soomaali", "af soomaali"),
    "sq": ("shqip", "albanian", "kosovar"),
    "sr": ("српски", "srpski", "monténégrin"),
    "sus": ("soussou", "sosso"),
    "sw": ("kiswahili",),
    "swb": ("shimaoré", "mahorais"),
    "ta": ("தமிழ்", "tamil"),
    "ti": ("ትግርኛ", "tigrinya", "tigrigna"),
    "tr": ("türkçe", "turkish", "tur"),
    "tzm": ("tamazight",),
    "uk": ("українська", "ukrainian", "ukr"),
    "ur": ("اردو", "urdu"),
    "vi": ("tiếng việt", "vietnamese"),
    "wo": ("ouolof", "wolof"),
    "zdj": ("comorien", "shikomori", "shikomor", "shingazidja"),
    "zgh": ("amazigh", "amazighe"),
    "zh": (
        "中文",
        "汉语",
        "普通话",
        "mandarin",
        "chinois mandarin",
        "chinois simplifié",
        "chinese",
        "zho",
        "chi",
    ),
}

# Written by a coordinator who does not know: the parent will be asked.
_TO_ASK = frozenset(
    {"inconnu", "inconnue", "nc", "n c", "na", "n a", "nsp", "ne sait pas", "a demander"}
    | {"non renseigne", "non renseignee"}
)
_NOT_LANGUAGES = frozenset({"art", "mis", "mul", "root", "und", "zxx"})

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Z]{2}|\d{3}))?")
_ASIDE = re.compile(r"\([^)]*\)")
_SEVERAL = re.compile(r"[/,;+&]|\bet\b|\bou\b|-")


class LanguageError(ValueError):
    """The cell does not name one language that we know; the text says why, in French."""


@lru_cache(maxsize=512)  # a column holds a few languages, thousands of times
def language_code(written: str) -> str | None:
    """Return the ISO code of the language named, None where it is left open.

    Raises LanguageError.
    """
    name = fold(_ASIDE.sub(" ", written)) or fold(written)
    if not name or name in _TO_ASK:
        return None
    if code := _codes_by_name().get(name) or _tag(written) or _codes_in_french().get(name):
        return code
    shown = written if len(written) <= 40 else written[:39] + "…"
    if _names_several(written):
        raise LanguageError(f"une seule langue par case (lu : « {shown} »)")
    raise LanguageError(f"langue inconnue : « {shown} » ; écrivez par exemple « turc » ou « tr »")


def _names_several(written: str) -> bool:
    parts = [fold(part) for part in _SEVERAL.split(written.casefold())]
    known = [p for p in parts if p in _codes_by_name() or p in _codes_in_french()]
    return len(known) > 1


def _tag(written: str) -> str | None:
    """Read a code such as "tr", "pt-BR" or "zh_Hans"; three letters only where we know them.

    Three letters at large would read "non" as Old Norse.
    """
    tag = _TAG.fullmatch(written.strip())
    code = tag[1].casefold() if tag else ""
    if code in NAMES or (len(code) == 2 and code in _codes_in_french().values()):
        return code
    return _codes_by_name().get(code) if code else None


@cache
def _codes_by_name() -> dict[str, str]:
    return {fold(name): code for code, names in NAMES.items() for name in names}


@cache
def _codes_in_french() -> dict[str, str]:
    from babel import Locale  # here, for a file without languages does without

    names = Locale("fr").languages.items()
    plain = {c: n for c, n in names if c.isalpha() and c not in _NOT_LANGUAGES}
    return {fold(_ASIDE.sub(" ", name)): code for code, name in plain.items()}
