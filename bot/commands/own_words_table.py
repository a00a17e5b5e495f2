"""The table that a translator without an account fills in: a CSV as French Excel reads it, or a
workbook.

    Texte; Langue; État; Titre d'origine; Suite d'origine; Titre; Suite
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from bot.errors import FileUnreadable, Rejected
from bot.own_words import Words
from bot.roster.cells import fold, is_date, text_of
from bot.roster.files import HEADINGS_WITHIN, Record, read_table
from bot.translation import french_name

HEADINGS = (
    "Texte",
    "Langue",
    "État",
    "Titre d'origine",
    "Suite d'origine",
    "Titre",
    "Suite",
)
TEXT, LANGUAGE, _, OF_TITLE, OF_MORE, TITLE, MORE = map(fold, HEADINGS)
NEEDED = (TEXT, LANGUAGE, TITLE)
LOST = re.compile(r"\?{2,}|\w\?\w|\ufffd")  # what Windows writes for a letter that it does not have
MADE_A_DATE = "le tableur a fait une date de ce texte : mettez la colonne au format Texte."
LOST_LETTERS = (
    "des lettres sont perdues (des « ? »). Enregistrez le tableau en « CSV UTF-8 » ou en .xlsx, "
    "puis écrivez-les à nouveau."
)
WIDTHS = (16, 10, 18, 40, 60, 40, 60)


@dataclass(frozen=True, slots=True)
class Line:
    """One text in one language. `number`: of its row; `wrong`: why it cannot be taken, or ""."""

    number: int
    text: str
    language: str
    original: Words
    words: Words
    state: str = ""
    wrong: str = ""


def write_lines(to: Path, lines: Sequence[Line]) -> None:
    """Write the table. Raises Rejected for another ending than .csv or .xlsx."""
    rows = [HEADINGS, *(_cells(one) for one in lines)]
    match to.suffix.lower():
        case ".csv":
            content = _csv(rows)
        case ".xlsx":
            content = _workbook(rows)
        case _:
            raise Rejected("Donnez un nom de fichier en .csv ou en .xlsx.")
    try:
        to.write_bytes(content)
    except OSError as error:
        raise Rejected(f"Impossible d'écrire {to.name}. Est-il ouvert dans Excel ?") from error


def read_lines(path: Path) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The lines of a table as people save it, and what is to be said of the file.

    Raises FileUnreadable.
    """
    table = read_table(path, _score)
    for place, record in enumerate(table.records[:HEADINGS_WITHIN]):
        where = {fold(text_of(cell)): column for column, cell in enumerate(record.cells)}
        if all(name in where for name in NEEDED):
            rest = table.records[place + 1 :]
            found = (_line(one, where) for one in rest if any(map(text_of, one.cells)))
            return tuple(found), table.notices
    needed = "Texte, Langue et Titre"
    raise FileUnreadable(f"Les colonnes {needed} manquent. Partez de : carnet words export")


def _score(cells: Sequence[object]) -> int:
    known = {fold(one) for one in HEADINGS}
    return sum(fold(text_of(cell)) in known for cell in cells)


def _line(record: Record, where: Mapping[str, int]) -> Line:
    def cell(name: str) -> object:
        column = where.get(name)
        inside = column is not None and column < len(record.cells)
        return record.cells[column] if inside and column is not None else None

    words = Words(_written(cell(TITLE)), _written(cell(MORE))).stripped
    original = Words(_written(cell(OF_TITLE)), _written(cell(OF_MORE))).stripped
    wrong = ""
    if is_date(cell(TITLE)) or is_date(cell(MORE)):
        wrong = MADE_A_DATE
    elif _lost(words.title, original.title) or _lost(words.more, original.more):
        wrong = LOST_LETTERS
    return Line(
        number=record.line,
        text=" ".join(text_of(cell(TEXT)).casefold().split()),
        language=_code(text_of(cell(LANGUAGE))),
        original=original,
        words=words,
        wrong=wrong,
    )


def _written(cell: object) -> str:
    """A cell as it was written, its lines and its signs of direction kept."""
    if not isinstance(cell, str):
        return text_of(cell)
    return unicodedata.normalize("NFC", cell).replace("\r\n", "\n").replace("\r", "\n")


def _code(written: str) -> str:
    """A language from its code, whatever stands behind it: "tr (turc)"."""
    return written.partition("(")[0].strip().casefold()


def _lost(text: str, original: str) -> bool:
    return LOST.search(text) is not None and LOST.search(original) is None


def _cells(one: Line) -> tuple[str, ...]:
    language = f"{one.language} ({french_name(one.language)})"
    original, words = one.original, one.words
    return (
        one.text,
        language,
        one.state,
        original.title,
        original.more,
        words.title,
        words.more,
    )


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Semicolons and a mark of UTF-8 in front: French Excel opens it by a double click."""
    target = StringIO(newline="")
    csv.writer(target, delimiter=";", lineterminator="\r\n").writerows(rows)
    return target.getvalue().encode("utf-8-sig")


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    import openpyxl  # here, for it is heavy
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Traductions"
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            cell.value = text
            cell.data_type = "s"  # never a formula, whatever it begins with
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 1)
    for letter, width in zip("ABCDEFG", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    target = BytesIO()
    book.save(target)
    return target.getvalue()
