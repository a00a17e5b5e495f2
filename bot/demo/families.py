"""The invented centre and its forty families. Numbers come from the range kept for fiction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from bot.messages import ChannelName
from bot.roster.rows import Guardian, Row
from bot.translation import has_catalog

CENTRE = "Les Tilleuls"
CITY = "Valbrune"
CENTRE_PHONE = "06 39 98 00 99"
STRANGER = "+33639980090"  # writes once, and is in nobody's list

SMS, WHATSAPP, TELEGRAM = ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.TELEGRAM

LEVELS = ("CP", "CE1", "CE2", "CM1", "CM2", "6e", "5e")  # one child after the other
GROUPS = ("Aide aux devoirs", "Sport du mercredi", "Chorale")
TAGS = {  # what coordinators note, to choose an audience by
    **dict.fromkeys(("TIL-002", "TIL-007", "TIL-013", "TIL-024"), ("accompagne les sorties",)),
    **dict.fromkeys(("TIL-005", "TIL-011", "TIL-033"), ("nouveau dans le quartier",)),
}

MAYBE_UNWRITTEN = ("snk", "wo", "bm", "ln", "ff", "rom")  # spoken here; catalogs may come later


class Temper(Enum):
    """How likely someone is to answer an invitation at all."""

    PROMPT = 0.88
    USUAL = 0.6
    QUIET = 0.25
    SILENT = 0.0


PROMPT, USUAL, QUIET, SILENT = Temper.PROMPT, Temper.USUAL, Temper.QUIET, Temper.SILENT


@dataclass(frozen=True, slots=True)
class Parent:
    """One guardian. `language` None: nobody knows it yet; `reads` is then what they will choose."""

    name: str
    language: str | None
    channel: ChannelName
    temper: Temper
    reads: str = "fr"
    same_phone: bool = False  # as the guardian before them
    landline: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """One family. `joined`: how many days after the start of the story they were enrolled."""

    children: tuple[str, ...]
    parents: tuple[Parent, ...]
    joined: int = 0


def _home(children: str, *parents: Parent, joined: int = 0) -> Home:
    return Home(tuple(children.split()), parents, joined)


def unwritten() -> tuple[str, str]:
    """Two languages of these families in which we cannot write yet."""
    first, second = [one for one in MAYBE_UNWRITTEN if not has_catalog(one)][:2]
    return first, second


_FIRST, _SECOND = "first unwritten", "second unwritten"

_HOMES = (
    _home("Yanis Lina", Parent("Amina Benali", "ar", WHATSAPP, PROMPT)),
    _home("Enzo", Parent("Sandrine Lefort", "fr", SMS, USUAL)),
    _home("Elif Kerem", Parent("Zeynep Aydemir", "tr", WHATSAPP, USUAL)),
    _home("Tiago", Parent("Marta Figueiral", "pt", SMS, PROMPT)),
    _home("Defne", Parent("Hatice Korkmazer", "tr", TELEGRAM, PROMPT)),
    _home("Inès Adam Jade", Parent("Leïla Mansouri", "fr", WHATSAPP, PROMPT)),
    _home(
        "Andrei Sofia",
        Parent("Ioana Munteanu", "ro", SMS, PROMPT),
        Parent("Vasile Munteanu", "ro", SMS, QUIET, same_phone=True),
    ),
    _home("Mamadou", Parent("Hawa Sissoko", _FIRST, SMS, USUAL)),
    _home("Sami", Parent("Nabil Cherkaoui", "ar", WHATSAPP, USUAL)),
    _home("Grace", Parent("Blessing Okoye", "en", TELEGRAM, USUAL)),
    _home("Lucas Emma", Parent("Fabien Roussillon", "fr", SMS, QUIET)),
    _home(
        "Mateus Clara",
        Parent("Céline Tavares", "fr", SMS, QUIET),
        Parent("Rui Tavares", "pt", WHATSAPP, PROMPT),
    ),
    _home("Nour", Parent("Khadija Ziani", "ar", SMS, PROMPT)),
    _home("Awa Ibrahima", Parent("Coumba Ndiouf", _SECOND, WHATSAPP, USUAL)),
    _home("Maëlys", Parent("Odette Garnier", "fr", SMS, SILENT, landline=True)),
    _home("Ayaan", Parent("Farah Siddiq", "en", WHATSAPP, PROMPT)),
    _home("Mei", Parent("Lihua Shenlan", "zh", TELEGRAM, USUAL)),
    _home("Omid Laila Yusuf", Parent("Zarghuna Rahimyar", "prs", SMS, USUAL)),
    _home("Noé", Parent("Kevin Marchandeau", "fr", SMS, SILENT)),
    _home("Danylo", Parent("Oksana Verbytska", "uk", SMS, USUAL)),
    _home("Beatriz", Parent("Joana Serrado", "pt", WHATSAPP, USUAL)),
    _home("Chloé Tom", Parent("Aurélie Besnier", "fr", TELEGRAM, PROMPT)),
    _home("Salma", Parent("Driss Ouahbi", "ar", SMS, QUIET)),
    _home("Kadiatou", Parent("Bintou Diawara", _FIRST, SMS, QUIET)),
    _home("Ștefan Ana", Parent("Cristina Lupescu", "ro", TELEGRAM, USUAL)),
    _home("Ilyes", Parent("Malika Ferhati", "ar", TELEGRAM, USUAL)),
    _home("Nila", Parent("Kavitha Selvanayakam", "ta", SMS, QUIET)),
    _home("Louna", Parent("Jessica Pruvot", "fr", SMS, USUAL)),
    _home("Arben Lira", Parent("Drita Hoxhallari", "sq", SMS, QUIET)),
    _home("Mateo", Parent("Pilar Quintanar", "es", SMS, USUAL)),
    _home("Manon Hugo", Parent("Delphine Ancelin", "fr", WHATSAPP, USUAL)),
    _home("Ousmane Aïssata", Parent("Ndeye Fallou", _SECOND, SMS, USUAL)),
    _home("Mila", Parent("Svetlana Ozerskaya", "ru", TELEGRAM, PROMPT)),
    _home("Zalmay", Parent("Gulalai Stanakzai", "ps", SMS, QUIET)),
    _home("Aylin", Parent("Songül Taşdelen", None, WHATSAPP, USUAL, reads="tr"), joined=58),
    _home("Youssef Hiba", Parent("Hanane Lamrabet", "ar", WHATSAPP, USUAL), joined=58),
    _home("Théo", Parent("Magali Fontanel", "fr", SMS, PROMPT), joined=75),
    _home("Moussa Hawa", Parent("Salif Camarou", _FIRST, WHATSAPP, USUAL), joined=104),
    _home("Maria", Parent("Lurdes Caldeira", None, SMS, PROMPT, reads="pt"), joined=104),
    _home("Adèle Jules", Parent("Thomas Vauquelin", "fr", SMS, USUAL), joined=131),
)


@dataclass(frozen=True, slots=True)
class Family:
    """A home with its reference and its telephones, one for each guardian."""

    reference: str
    home: Home
    phones: tuple[str, ...]


def families() -> tuple[Family, ...]:
    """The forty, in order; languages that we cannot write are settled here."""
    first, second = unwritten()
    spoken = {_FIRST: first, _SECOND: second}
    phones = _phones()
    found = []
    for place, home in enumerate(_HOMES, start=1):
        parents = tuple(_speaking(one, spoken) for one in home.parents)
        numbers: list[str] = []
        for parent in parents:
            numbers.append(numbers[-1] if parent.same_phone else next(phones))
        settled = Home(home.children, parents, home.joined)
        found.append(Family(f"TIL-{place:03d}", settled, tuple(numbers)))
    return tuple(found)


def roster_rows(found: tuple[Family, ...]) -> list[Row]:
    """These families as a file would have told them, a row for each child."""
    rows: list[Row] = []
    for family in found:
        guardians = tuple(
            Guardian(
                name=parent.name,
                language=parent.language,
                phone=phone,
                can_text=not parent.landline,
                whatsapp=parent.channel is WHATSAPP,
            )
            for parent, phone in zip(family.home.parents, family.phones, strict=True)
        )
        for child in family.home.children:
            place = len(rows)
            rows.append(
                Row(
                    place + 2,
                    family.reference,
                    CENTRE,
                    child,
                    guardians,
                    level=LEVELS[place % len(LEVELS)],
                    groups=(GROUPS[place % len(GROUPS)],),
                    tags=TAGS.get(family.reference, ()),
                )
            )
    return rows


def _speaking(parent: Parent, spoken: dict[str, str]) -> Parent:
    if parent.language not in spoken:
        return parent
    return Parent(parent.name, spoken[parent.language], parent.channel, parent.temper)


def _phones() -> Iterator[str]:
    return (f"+336399800{n:02d}" for n in range(90))
