"""A families file into rows that can be imported and errors that a person can correct.

One row is one child with one or two guardians. A row with any error is left out and reported; it
never stops the others. Reasons never quote a telephone number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.audience import LONGEST_TAG, tag_of
from bot.errors import FileUnreadable
from bot.messages import Rendering
from bot.roster.cells import (
    MADE_A_DATE,
    NotYesOrNo,
    fold,
    is_blank,
    is_date,
    text_of,
    yes_or_no,
)
from bot.roster.columns import COLUMNS, Columns, count_known, locate
from bot.roster.files import HEADINGS_WITHIN, Record, Table, read_table
from bot.roster.languages import LanguageError, language_code
from bot.roster.levels import level_code
from bot.roster.phones import Phone, PhoneError, parse_phone
from bot.roster.renderings import RenderingError, rendering_of

MAX_NAME = 80
SEVERAL = re.compile(r"[;,]")  # between groups, or tags, in one cell
PROGRESS_EVERY = 200  # rows
LINES_SHOWN = 10  # in one notice

_FORMULA_ERRORS = frozenset(
    {"#N/A", "#REF!", "#NAME?", "#NOM?", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NULL!", "#NUL!"}
)
_FIRST_PARENT = frozenset({"1", "parent 1", "parent1", "premier", "mere", "mother", "maman"})
_SECOND_PARENT = frozenset({"2", "parent 2", "parent2", "deuxieme", "second", "pere", "papa"})
_NO_PHONE = frozenset({"aucun", "aucune", "neant", "non", "ras", "n a", "pas de telephone", "x"})


@dataclass(frozen=True, slots=True)
class Guardian:
    """An adult as the file tells them; `language` is None when it has to be asked.

    `rendering`: how much they read, None where the file does not say.
    """

    name: str
    language: str | None
    phone: str
    can_text: bool
    whatsapp: bool | None
    rendering: Rendering | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One child; the guardians keep the position of the file, parent1 first.

    `level` "" says that the file has the column and the child no level; None, that the file says
    nothing, or nothing that we understand. It is the same with no `groups` and None. An empty cell
    about the family (`tags`, `first`: 1 or 2, `both`) says nothing.
    """

    line: int
    family: str
    centre: str
    child: str
    guardians: tuple[Guardian, ...]
    level: str | None = None
    groups: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    first: int | None = None  # the position of the guardian to write to first
    both: bool | None = None  # whether both guardians are written to


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was left out: `column` is our name for it, `reason` plain French."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What the file holds; `total` is the rows kept and the distinct lines in error."""

    rows: tuple[Row, ...]
    errors: tuple[RowError, ...]
    notices: tuple[str, ...]
    total: int


def read_roster(
    path: Path, *, region: str = "FR", progress: Callable[[int, int], None] | None = None
) -> Roster:
    """Read a families file, CSV or Excel.

    `region` (ISO 3166) is the country of telephone numbers without "+"; `progress` is called
    with the rows done and all rows. Raises FileUnreadable when the file as a whole cannot be
    read.
    """
    table = read_table(path, count_known)
    headings, records = _below_headings(table)
    columns = locate(headings)
    titles = [fold(text_of(heading)) for heading in headings]
    filled = [record for record in records if _is_filled(record, columns)]
    repeated = {record.line for record in filled if _repeats(titles, record)}
    to_read = [record for record in filled if record.line not in repeated]
    reading = _Reading(columns, len(headings), table.delimiter, region)
    for done, record in enumerate(to_read, start=1):
        reading.take(record)
        if progress and (done % PROGRESS_EVERY == 0 or done == len(to_read)):
            progress(done, len(to_read))
    notices = (*table.notices, *_notices(columns, repeated, reading))
    bad = {error.line for error in reading.errors}
    return Roster(tuple(reading.rows), tuple(reading.errors), notices, len(reading.rows) + len(bad))


def _below_headings(table: Table) -> tuple[tuple[object, ...], Sequence[Record]]:
    """Split at the row that names the most columns; a title may stand above it."""
    first = list(table.records[:HEADINGS_WITHIN])
    scores = [count_known(record.cells) for record in first]
    if not any(scores):
        raise FileUnreadable(
            "Le fichier n'a pas de ligne de titres. Écrivez au-dessus des familles : "
            f"{', '.join(COLUMNS)}."
        )
    at = scores.index(max(scores))
    return first[at].cells, table.records[at + 1 :]


def _is_filled(record: Record, columns: Columns) -> bool:
    """Tell a row from a blank line; a numbering column alone does not make a row."""
    return any(not _says_nothing(columns.cell(record.cells, column)) for column in COLUMNS)


def _says_nothing(cell: object) -> bool:
    return cell is None or cell is False or is_blank(text_of(cell))


def _repeats(titles: Sequence[str], record: Record) -> bool:
    """Tell the row of headings itself, left in the middle where two lists were joined."""
    return len(record.cells) == len(titles) and all(
        fold(text_of(cell)) == title for cell, title in zip(record.cells, titles, strict=True)
    )


_Told = dict[str, tuple[object, int]]  # of one family: column -> what was said, on which line


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and what the next row is compared with."""

    columns: Columns
    width: int
    delimiter: str | None
    region: str
    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unreachable: list[int] = field(default_factory=list)  # lines with a parent2 without phone
    strange_levels: list[int] = field(default_factory=list)  # lines
    phones: dict[object, Phone | PhoneError] = field(default_factory=dict)
    told: defaultdict[str, _Told] = field(default_factory=lambda: defaultdict(dict))

    def take(self, record: Record) -> None:
        """Read one record into a row or into errors."""
        read = self._read(record)
        if isinstance(read, Row):
            read = self._contradictions(read) or read
        if isinstance(read, Row):
            self._keep(read, record)
        else:
            self.errors += read

    def _read(self, record: Record) -> Row | list[RowError]:
        if broken := self._broken(record):
            return [broken]
        cells = _Cells(record, self.columns, [])
        family, centre, child = (cells.name(column) for column in ("famille", "centre", "enfant"))
        for column, text in (("famille", family), ("centre", centre), ("enfant", child)):
            if not text:
                cells.refuse(column, "case vide : écrivez la valeur sur chaque ligne")
        guardians = self._guardians(cells)
        level = cells.level() if "niveau" in self.columns.places else None
        groups = cells.groups() if "groupes" in self.columns.places else None
        tags, first = cells.tags(), cells.first()
        both = cells.yes_or_no("prevenir_les_deux")
        errors = sorted(cells.errors, key=lambda error: COLUMNS.index(error.column))
        if errors:
            return errors
        if level is None and "niveau" in self.columns.places:
            self.strange_levels.append(record.line)
        return Row(record.line, family, centre, child, guardians, level, groups, tags, first, both)

    def _contradictions(self, row: Row) -> list[RowError]:
        """Compare with what the rows kept so far say of the same family."""
        told = self.told[fold(row.family)]
        return [
            RowError(
                row.line, column, f"différent de la ligne {told[column][1]} pour la même famille"
            )
            for column, value in _said(row)
            if column in told and told[column][0] != value
        ]

    def _keep(self, row: Row, record: Record) -> None:
        told = self.told[fold(row.family)]
        for column, value in _said(row):
            told.setdefault(column, (value, row.line))
        self.rows.append(row)
        parent2 = text_of(self.columns.cell(record.cells, "parent2"))
        if len(row.guardians) == 1 and not is_blank(parent2):
            self.unreachable.append(row.line)

    def _broken(self, record: Record) -> RowError | None:
        """Tell a CSV row whose cells are not those of its columns."""
        if self.delimiter is None:
            return None
        for place, cell in enumerate(record.cells):
            text = str(cell)
            folded = "\n" in text or "\r" in text
            if folded and text.count(self.delimiter) >= self._delimiters_of_a_row(place):
                return RowError(
                    record.line,
                    self._column_at(place),
                    f'un guillemet (") mal fermé colle les lignes {record.line} à '
                    f"{record.last_line} : retirez-le",
                )
        beyond = record.cells[self.width :]
        if all(is_blank(text_of(cell)) for cell in beyond):
            return None
        return RowError(
            record.line,
            COLUMNS[0],
            f"plus de cases que de titres : un « {self.delimiter} » de trop dans une case ?",
        )

    def _delimiters_of_a_row(self, place: int) -> int:
        """Return how many delimiters beside a line break betray a swallowed row.

        One is odd enough in a name; a column of remarks may hold whole sentences.
        """
        used = any(place in places for places in self.columns.places.values())
        return 1 if used else max(2, self.width - 1)

    def _column_at(self, place: int) -> str:
        named = (column for column, places in self.columns.places.items() if place in places)
        return next(named, COLUMNS[0])

    def _guardians(self, cells: _Cells) -> tuple[Guardian, ...]:
        first = self._guardian(cells, 1)
        second = None if cells.has_no_phone("telephone2") else self._guardian(cells, 2)
        return tuple(filter(None, (first, second)))

    def _guardian(self, cells: _Cells, position: int) -> Guardian | None:
        name = cells.name(f"parent{position}")
        language = cells.language(f"langue{position}")
        whatsapp = cells.yes_or_no(f"whatsapp{position}")
        rendering = cells.rendering(f"lecture{position}")
        column = f"telephone{position}"
        phone = self._phone(cells.cell(column))
        if isinstance(phone, PhoneError):
            cells.refuse(column, str(phone))
            return None
        return Guardian(name, language, phone.e164, phone.can_text, whatsapp, rendering)

    def _phone(self, cell: object) -> Phone | PhoneError:
        if cell not in self.phones:  # brothers and sisters repeat it, and reading one is slow
            try:
                self.phones[cell] = parse_phone(cell, self.region)
            except PhoneError as error:
                self.phones[cell] = error
        return self.phones[cell]


def _said(row: Row) -> Iterator[tuple[str, object]]:
    """Yield what a row states about its family, column by column; empty cells state nothing."""
    for position, guardian in enumerate(row.guardians, start=1):
        yield f"telephone{position}", guardian.phone
        if words := sorted(fold(guardian.name).split()):
            yield f"parent{position}", words
        if guardian.language:
            yield f"langue{position}", guardian.language
        if guardian.whatsapp is not None:
            yield f"whatsapp{position}", guardian.whatsapp
        if guardian.rendering is not None:
            yield f"lecture{position}", guardian.rendering
    if row.first is not None:
        yield "contact_principal", row.first
    if row.both is not None:
        yield "prevenir_les_deux", row.both


@dataclass(slots=True)
class _Cells:
    """The cells of one record, and the errors found in them."""

    record: Record
    columns: Columns
    errors: list[RowError]

    def refuse(self, column: str, reason: str) -> None:
        self.errors.append(RowError(self.record.line, column, reason))

    def cell(self, column: str) -> object:
        return self.columns.cell(self.record.cells, column)

    def has_no_phone(self, column: str) -> bool:
        text = text_of(self.cell(column))
        return is_blank(text) or fold(text) in _NO_PHONE

    def name(self, column: str) -> str:
        cell = self.cell(column)
        text = text_of(cell)
        if is_blank(text):
            return ""
        if is_date(cell):
            self.refuse(column, MADE_A_DATE)
        elif text in _FORMULA_ERRORS:
            self.refuse(column, f"la formule donne une erreur ({text})")
        elif len(text) > MAX_NAME:
            self.refuse(column, f"trop long : {len(text)} caractères, {MAX_NAME} au plus")
        return text

    def language(self, column: str) -> str | None:
        try:
            return language_code(text_of(self.cell(column)))
        except LanguageError as error:
            self.refuse(column, str(error))
            return None

    def rendering(self, column: str) -> Rendering | None:
        try:
            return rendering_of(text_of(self.cell(column)))
        except RenderingError as error:
            self.refuse(column, str(error))
            return None

    def level(self) -> str | None:
        return level_code(text_of(self.cell("niveau")))

    def groups(self) -> tuple[str, ...]:
        """The groups of the child, each once whatever its spelling."""
        named: dict[str, str] = {}
        for one in self._several("groupes"):
            named.setdefault(fold(one), one)
        if any(len(one) > MAX_NAME for one in named.values()):
            self.refuse("groupes", f"nom de groupe trop long : {MAX_NAME} caractères au plus")
        return tuple(named.values())

    def tags(self) -> tuple[str, ...]:
        written = self._several("etiquettes")
        if any(len(one) > LONGEST_TAG for one in written):
            self.refuse("etiquettes", f"étiquette trop longue : {LONGEST_TAG} caractères au plus")
        return tuple(dict.fromkeys(map(tag_of, written)))

    def first(self) -> int | None:
        text = fold(text_of(self.cell("contact_principal")))
        if text in _FIRST_PARENT or text in _SECOND_PARENT:
            return 1 if text in _FIRST_PARENT else 2
        if text:
            self.refuse("contact_principal", "écrivez 1 ou 2, ou laissez vide")
        return None

    def _several(self, column: str) -> list[str]:
        cell = self.cell(column)
        if is_date(cell):
            self.refuse(column, MADE_A_DATE)
            return []
        parts = (one.strip() for one in SEVERAL.split(text_of(cell)))
        return [one for one in parts if not is_blank(one)]

    def yes_or_no(self, column: str) -> bool | None:
        try:
            return yes_or_no(self.cell(column))
        except NotYesOrNo:
            self.refuse(column, "écrivez oui ou non, ou laissez vide")
            return None


def _notices(columns: Columns, repeated: set[int], reading: _Reading) -> Iterator[str]:
    if columns.ignored:
        titles = ", ".join(f"« {title} »" for title in columns.ignored)
        yield f"Colonnes non utilisées : {titles}."
    if not reading.rows and not reading.errors:
        yield "Aucune famille sous la ligne de titres."
    if repeated:
        yield f"Titres répétés, sautés : {_lines(sorted(repeated))}."
    if twice := list(_read_before(reading.rows)):
        yield f"Enfant déjà lu pour la même famille et le même centre : {_lines(twice)}."
    if reading.unreachable:
        yield f"Deuxième parent sans téléphone, non importé : {_lines(reading.unreachable)}."
    if reading.strange_levels:
        yield (
            f"Classe non reconnue, laissée de côté : {_lines(reading.strange_levels)}. "
            "Écrivez par exemple GS, CP, CM2, 6e, 2de ou autre."
        )
    if shared := list(_shared_phones(reading.rows)):
        yield f"Même téléphone pour plusieurs personnes, à vérifier : {_lines(shared)}."


def _read_before(rows: Iterable[Row]) -> Iterator[int]:
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        child = (fold(row.family), fold(row.centre), fold(row.child))
        if child in seen:
            yield row.line
        seen.add(child)


def _shared_phones(rows: Iterable[Row]) -> Iterator[int]:
    """Yield the lines where a number already belongs to another family or to the other parent."""
    holders: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in rows:
        family = fold(row.family)
        mine = [(guardian.phone, (family, i)) for i, guardian in enumerate(row.guardians)]
        if any(holders[phone] - {holder} for phone, holder in mine) or len(dict(mine)) < len(mine):
            yield row.line
        for phone, holder in mine:
            holders[phone].add(holder)


def _lines(lines: Iterable[int]) -> str:
    numbers = list(lines)
    shown = ", ".join(map(str, numbers[:LINES_SHOWN]))
    word = "ligne" if len(numbers) == 1 else "lignes"
    rest = len(numbers) - LINES_SHOWN
    return f"{word} {shown}" + (f" et {rest} autres" if rest > 0 else "")
