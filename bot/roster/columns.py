"""Which column of the file holds what, whatever the heading is called.

A heading is a handful of words. It is recognised when every one of its words belongs to the
vocabulary of one column: "Tél. portable du parent 2" is `telephone2`, while "Date de naissance
de l'enfant" is not `enfant`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import FileUnreadable
from bot.roster.cells import fold, is_blank, text_of

REQUIRED = ("famille", "centre", "enfant", "parent1", "telephone1")
COLUMNS = (
    *("famille", "centre", "enfant"),
    *("parent1", "langue1", "telephone1", "whatsapp1"),
    *("parent2", "langue2", "telephone2", "whatsapp2"),
    *("niveau", "groupes", "etiquettes", "contact_principal", "prevenir_les_deux"),
    *("lecture1", "lecture2"),
)

_LINKS = frozenset(
    {
        "de",
        "du",
        "des",
        "d",
        "la",
        "le",
        "les",
        "l",
        "un",
        "of",
        "the",
        "a",
        "au",
        "er",
        "ere",
        "e",
        "eme",
        "ieme",
        "nd",
        "nde",
        "s",
    }
)
_NUMBER = frozenset({"n", "no", "nr", "num", "numero", "number"})
_NAMES = frozenset(
    {
        "nom",
        "prenom",
        "name",
        "first",
        "last",
        "surname",
        "firstname",
        "lastname",
        "et",
        "and",
        "complet",
    }
)
_FIRST = frozenset({"prenom", "first", "firstname"})
_LAST = frozenset({"nom", "last", "surname", "lastname"})
_MOTHER = frozenset({"mere", "mother", "maman"})
_FATHER = frozenset({"pere", "father", "papa"})
_GUARDIAN = (
    frozenset(
        {
            "parent",
            "parents",
            "responsable",
            "resp",
            "representant",
            "tuteur",
            "tutrice",
            "guardian",
        }
    )
    | _MOTHER
    | _FATHER
)
_OF_GUARDIAN = _GUARDIAN | _LINKS | {"legal", "legale", "n", "no"}
_POSITIONS = {
    **dict.fromkeys(("1", "premier", "premiere"), 1),
    **dict.fromkeys(("2", "deuxieme", "second", "seconde"), 2),
}
_POCKET = frozenset({"portable", "mobile", "gsm", "cell", "cellphone"})
_AT_HOME = frozenset({"fixe", "domicile", "maison"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """A column: one word of `names` tells it, the words of `beside` may come with it."""

    column: str
    names: frozenset[str]
    beside: frozenset[str]
    per_guardian: bool
    numbers: bool = False  # the heading may say "1 ou 2" of its values


# The first kind that fits wins: "Langue parent 1" is a language, not a parent.
_KINDS = (
    _Kind(
        "whatsapp",
        frozenset({"whatsapp", "wa"}),
        _OF_GUARDIAN | frozenset({"oui", "non", "o", "n", "compte"}),
        per_guardian=True,
    ),
    _Kind(
        "telephone",
        frozenset({"tel", "telephone", "phone"}) | _POCKET,
        _OF_GUARDIAN | _NUMBER | _AT_HOME | {"famille", "family", "sms", "contact"},
        per_guardian=True,
    ),
    _Kind(
        "langue",
        frozenset({"langue", "langues", "lang", "language", "languages"}),
        _OF_GUARDIAN
        | frozenset(
            {"parlee", "parlees", "principale", "maternelle", "preferee", "maison", "famille"}
        )
        | frozenset({"spoken", "preferred", "home", "family", "contact"}),
        per_guardian=True,
    ),
    _Kind(
        "lecture",
        frozenset({"lecture", "presentation", "rendering"}),
        _OF_GUARDIAN | frozenset({"message", "messages", "sms", "facile"}),
        per_guardian=True,
    ),
    _Kind(
        "enfant",
        frozenset({"enfant", "child", "eleve", "pupil", "kid"}),
        _LINKS | _NAMES,
        per_guardian=False,
    ),
    _Kind("parent", _GUARDIAN, _OF_GUARDIAN | _NAMES | {"full"}, per_guardian=True),
    _Kind(
        "famille",
        frozenset({"famille", "family", "foyer", "dossier", "household"}),
        _LINKS | _NUMBER | frozenset({"ref", "reference", "id", "identifiant", "code"}),
        per_guardian=False,
    ),
    _Kind(
        "centre",
        frozenset({"centre", "center", "site", "structure", "etablissement", "antenne"}),
        _LINKS
        | frozenset(
            {"nom", "name", "code", "id", "ref", "reference", "social", "socio", "culturel"}
        ),
        per_guardian=False,
    ),
    _Kind(
        "niveau",
        frozenset({"niveau", "niveaux", "classe", "classes", "level", "grade"}),
        _LINKS
        | frozenset({"scolaire", "actuel", "actuelle", "school", "en"})
        | frozenset({"enfant", "eleve", "child", "pupil"}),
        per_guardian=False,
    ),
    _Kind(
        "groupes",
        frozenset({"groupe", "groupes", "group", "groups"}),
        _LINKS | frozenset({"nom", "noms", "enfant", "eleve", "child", "activite", "activites"}),
        per_guardian=False,
    ),
    _Kind(
        "etiquettes",
        frozenset({"etiquette", "etiquettes", "tag", "tags"}),
        _LINKS | frozenset({"famille", "family"}),
        per_guardian=False,
    ),
    _Kind(
        "contact_principal",
        frozenset({"principal", "prioritaire", "preferred"}),
        _LINKS | frozenset({"contact", "parent", "responsable", "guardian", "ou"}),
        per_guardian=False,
        numbers=True,
    ),
    _Kind(
        "prevenir_les_deux",
        frozenset({"deux", "both"}),
        _LINKS
        | frozenset({"prevenir", "avertir", "informer", "contacter", "ecrire", "aux"})
        | frozenset({"parents", "responsables", "guardians", "oui", "non", "o", "n"}),
        per_guardian=False,
        numbers=True,
    ),
)

_VOCABULARY = frozenset().union(*(kind.names | kind.beside for kind in _KINDS)) | {*_POSITIONS}
_GLUED = re.compile(
    "(?:" + "|".join(sorted((w for w in _VOCABULARY if len(w) > 2), key=len, reverse=True)) + ")"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column is.

    A parent may have two places (first name, surname: they are joined), a telephone as well
    (mobile, landline: the first that is filled counts).
    """

    places: Mapping[str, tuple[int, ...]]
    ignored: tuple[str, ...]

    def cell(self, cells: Sequence[object], column: str) -> object:
        """Return what the row holds in a column, None where the row or the file has none."""
        held = [cells[i] for i in self.places.get(column, ()) if i < len(cells)]
        if len(held) > 1:
            held = [cell for cell in held if not is_blank(text_of(cell))]
        if len(held) > 1 and column.startswith("parent"):
            return " ".join(map(text_of, held))
        return held[0] if held else None


@dataclass(frozen=True, slots=True)
class _Heading:
    """What one heading announces; the lowest rank is the best source of its column."""

    column: str
    rank: int
    place: int
    written: str
    part: str = ""


def locate(headings: Sequence[object]) -> Columns:
    """Find the columns in the row of headings.

    Raises FileUnreadable where a required column is missing or two headings compete.
    """
    written = [text_of(heading) for heading in headings]
    known = [h for place, text in enumerate(written) if (h := _recognise(text, place))]
    places = {
        column: _best([heading for heading in known if heading.column == column])
        for column in COLUMNS
        if any(heading.column == column for heading in known)
    }
    _require(places, written)
    used = {place for several in places.values() for place in several}
    ignored = (t for i, t in enumerate(written) if i not in used and not is_blank(t))
    return Columns(places, tuple(map(_shown, ignored)))


def count_known(cells: Sequence[object]) -> int:
    """Count the columns that a row names: how much it looks like the row of headings."""
    texts = (text_of(cell) for cell in cells if isinstance(cell, str))
    return len({heading.column for text in texts if (heading := _recognise(text, 0))})


def _recognise(written: str, place: int) -> _Heading | None:
    if len(written) > 80:
        return None
    words = _words(written)
    positions = {_POSITIONS[word] for word in words if word in _POSITIONS}
    rest = frozenset(word for word in words if word not in _POSITIONS)
    if rest and rest <= _FIRST and not positions:
        return _Heading("enfant", 3, place, written)  # "Prénom" alone, in a file of children
    for kind in _KINDS:
        if rest & kind.names and rest <= kind.names | kind.beside:
            return _heading(kind, positions, rest, place, written)
    return None


def _words(written: str) -> list[str]:
    spaced = re.sub(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)", " ", fold(written))
    spaced = spaced.replace("whats app", "whatsapp")
    words = spaced.split()
    return [part for word in words for part in _unglued(word)]


def _unglued(word: str) -> list[str]:
    if word in _VOCABULARY:
        return [word]
    parts = _GLUED.findall(word)
    return parts if "".join(parts) == word else [word]


def _heading(
    kind: _Kind, positions: set[int], words: frozenset[str], place: int, written: str
) -> _Heading | None:
    if not kind.per_guardian:
        if positions and not kind.numbers:
            return None  # "Enfant 2": a row holds one child
        return _Heading(kind.column, _rank(kind, words), place, written)
    if words & _MOTHER:
        positions = positions | {1}
    if words & _FATHER:
        positions = positions | {2}
    if len(positions) > 1:
        return None
    column = f"{kind.column}{min(positions, default=1)}"
    return _Heading(column, _rank(kind, words), place, written, _part(kind, words))


def _rank(kind: _Kind, words: frozenset[str]) -> int:
    match kind.column:
        case "telephone":
            return 0 if words & _POCKET else 2 if words & _AT_HOME else 1
        case "enfant":
            if words & _LAST:
                return 1 if words & _FIRST else 2
            return 0
        case "niveau":
            return 0 if words & {"niveau", "niveaux", "level", "grade"} else 1
    return 0


def _part(kind: _Kind, words: frozenset[str]) -> str:
    if kind.column != "parent":
        return ""
    first, last = bool(words & _FIRST), bool(words & _LAST)
    return "first" if first and not last else "last" if last and not first else ""


def _best(headings: list[_Heading]) -> tuple[int, ...]:
    ranks = sorted({heading.rank for heading in headings})
    best = [heading for heading in headings if heading.rank == ranks[0]]
    parts = {heading.part: heading.place for heading in best}
    if len(best) == 2 and parts.keys() == {"first", "last"}:
        return parts["first"], parts["last"]
    if len(best) > 1:
        titles = " et ".join(f"« {_shown(heading.written)} »" for heading in best)
        raise FileUnreadable(
            f"Plusieurs colonnes disent « {best[0].column} » : {titles}. "
            "Gardez-en une, ou renommez l'autre."
        )
    if best[0].column.startswith("telephone") and len(headings) == len(ranks):
        return tuple(heading.place for heading in sorted(headings, key=lambda h: h.rank))
    return (best[0].place,)


def _require(places: Mapping[str, tuple[int, ...]], written: Sequence[str]) -> None:
    missing = [f"« {column} »" for column in REQUIRED if column not in places]
    if not missing:
        return
    found = ", ".join(f"« {_shown(text)} »" for text in written[:30] if not is_blank(text))
    what = "la colonne" if len(missing) == 1 else "les colonnes"
    raise FileUnreadable(
        f"Il manque {what} {', '.join(missing)}. Colonnes trouvées : {found}. "
        "Ajoutez ou renommez ce qui manque sur la ligne de titres."
    )


def _shown(written: str) -> str:
    return written if len(written) <= 40 else written[:39] + "…"
