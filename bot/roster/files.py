"""A table out of a file as people really save it: CSV of any dialect, or an Excel workbook.

The bytes decide, not the file's name. What cannot be a table is refused in plain French, with what
to do about it.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bot.errors import FileUnreadable

MAX_BYTES = 20_000_000
MAX_UNZIPPED = 300_000_000  # a workbook may be built to fill the memory when it is opened
MAX_RECORDS = 100_000
MAX_SHEET_ROWS = 1_048_576  # Excel's own; a damaged file may announce more
HEADINGS_WITHIN = 20  # records; people put a title and a date above their table

_DELIMITERS = (";", ",", "\t", "|")
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)  # a first line for Excel alone
_PADDED = re.compile(r"0{2,}")  # the cell format of a reference such as 0042
_MAC_ACCENT = re.compile(rb"[a-z]\x8e")  # é in Mac Roman; Windows has Ž, never after a small letter
_UNREADABLE = re.compile(r"[\x01-\x08\x0e-\x1f]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BROKEN_ACCENT = re.compile("\ufffd|Ã[\u0080-\u00bf]")  # UTF-8 once read as Windows-1252

_SAVE_AGAIN = "Ouvrez-le dans Excel ou LibreOffice et enregistrez-le en « Classeur Excel (.xlsx) »."
_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
_NOT_TABLES = (
    (b"%PDF", "C'est un PDF, pas un tableau. Demandez le fichier Excel ou CSV d'origine."),
    (b"{\\rtf", f"C'est un document texte, pas un tableau. {_SAVE_AGAIN}"),
    (b"\x89PNG", "C'est une image, pas un tableau. Demandez le fichier Excel ou CSV d'origine."),
    (b"\xff\xd8\xff", "C'est une photo, pas un tableau. Demandez le fichier Excel ou CSV."),
    (b"\x1f\x8b", "C'est une archive compressée. Extrayez le fichier, puis recommencez."),
    (b"<", f"C'est une page web enregistrée comme un tableau. {_SAVE_AGAIN}"),
)

Score = Callable[[Sequence[object]], int]


@dataclass(frozen=True, slots=True)
class Record:
    """One row; `line` is the number that people see, `last_line` where its text ends."""

    line: int
    cells: tuple[object, ...]
    last_line: int


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, blank ones included; `delimiter` is None for a workbook."""

    records: tuple[Record, ...]
    delimiter: str | None
    notices: tuple[str, ...] = ()


def read_table(path: Path, score: Score) -> Table:
    """Read every row. `score` says how much a row looks like the row of headings, which tells
    the delimiter of a CSV file. Raises FileUnreadable.
    """
    data = _bytes_of(path)
    if data.startswith(b"PK"):
        return _read_workbook(data)
    _refuse_other_formats(data)
    return _read_csv(_decode(data), score)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise FileUnreadable(f"Fichier introuvable : {path.name}") from error
    except (OSError, ValueError) as error:
        raise FileUnreadable(
            f"Impossible d'ouvrir {path.name}. Est-il fermé dans Excel ?"
        ) from error
    if len(data) > MAX_BYTES:
        raise FileUnreadable(
            f"Le fichier dépasse {MAX_BYTES // 1_000_000} Mo. "
            "Gardez seulement la liste des familles."
        )
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileUnreadable("Le fichier est vide. Vérifiez que c'est le bon, puis recommencez.")
    return data


def _refuse_other_formats(data: bytes) -> None:
    if data.startswith(_OLD_EXCEL):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise FileUnreadable(
                "Le fichier est protégé par un mot de passe. Enregistrez-en une copie sans mot "
                "de passe, puis recommencez."
            )
        raise FileUnreadable(f"C'est un ancien fichier Office (.xls ou .doc). {_SAVE_AGAIN}")
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, message in _NOT_TABLES:
        if start.startswith(magic):
            raise FileUnreadable(message)


def _decode(data: bytes) -> str:
    """Return the text, without the NUL and control characters that no sheet shows."""
    text = _decoded(data).replace("\x00", "")
    if len(_UNREADABLE.findall(text)) > len(text) // 10:
        raise FileUnreadable(f"Ce fichier n'est pas un tableau. {_SAVE_AGAIN}")
    return _UNREADABLE.sub("", text)


def _decoded(data: bytes) -> str:
    for encoding in _likely_encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("mac_roman")  # gives a meaning to every byte


def _likely_encodings(data: bytes) -> Iterator[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"  # Excel's "Texte Unicode"
    nul_after, nul_before = data[1:400:2].count(0), data[0:400:2].count(0)
    if max(nul_after, nul_before) > len(data[:400]) // 3:
        yield "utf-16-le" if nul_after > nul_before else "utf-16-be"
    yield "utf-8-sig"
    if not _MAC_ACCENT.search(data):
        yield "cp1252"


def _read_csv(text: str, score: Score) -> Table:
    hint = _EXCEL_HINT.match(text)
    delimiter = hint[1] if hint and hint[1] in _DELIMITERS else _delimiter(text, score)
    records = list(islice(_records(text, delimiter), MAX_RECORDS + 1))
    _refuse_too_many(len(records))
    if hint:
        records = records[1:]
    return Table(tuple(records), delimiter, _accents(text))


def _delimiter(text: str, score: Score) -> str:
    """Choose the delimiter that reveals the most headings, else the widest rows."""

    def promise(delimiter: str) -> tuple[int, int]:
        best = (0, 0)
        with suppress(FileUnreadable):  # told later, if this delimiter is the right one
            for record in islice(_records(text, delimiter), HEADINGS_WITHIN):
                best = max(best, (score(record.cells), len(record.cells)))
        return best

    return max(_DELIMITERS, key=promise)


def _records(text: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield Record(line, tuple(cells), reader.line_num)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileUnreadable(
            f'Ligne {line} : un guillemet (") est ouvert et jamais refermé. '
            "Retirez-le, puis recommencez."
        ) from error


def _accents(text: str) -> tuple[str, ...]:
    broken = _BROKEN_ACCENT.search(text)
    if not broken:
        return ()
    line = len(_LINE_END.findall(text, 0, broken.start())) + 1
    notice = (
        f"Des accents semblent abîmés (ligne {line}, peut-être d'autres). "
        "Enregistrez le fichier en « CSV UTF-8 » ou en .xlsx pour les garder."
    )
    return (notice,)


def _refuse_too_many(records: int) -> None:
    if records > MAX_RECORDS:
        raise FileUnreadable(
            f"Le fichier a plus de {MAX_RECORDS} lignes. Gardez seulement la liste des familles."
        )


def _read_workbook(data: bytes) -> Table:
    _refuse_other_archives(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations that we do not read
            return _read_first_sheet(data)
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl and the XML below it fail in every way on a bad file
        raise FileUnreadable(f"Le classeur est abîmé. {_SAVE_AGAIN}") from error


def _refuse_other_archives(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            size = sum(entry.file_size for entry in archive.infolist())
    # zipfile raises NotImplementedError for a compression that it does not know
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileUnreadable(
            "Le classeur est abîmé ou incomplet. Copiez-le ou téléchargez-le de nouveau."
        ) from error
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise FileUnreadable(f"Ce format de tableau (.xlsb ou .ods) n'est pas lu. {_SAVE_AGAIN}")
    if "xl/workbook.xml" not in names:
        raise FileUnreadable(
            "C'est une archive ou un autre document, pas un tableau Excel. Extrayez le fichier, "
            "ou enregistrez-le en « Classeur Excel (.xlsx) »."
        )
    if size > MAX_UNZIPPED:
        raise FileUnreadable("Le classeur est trop grand. Gardez seulement la liste des familles.")


def _read_first_sheet(data: bytes) -> Table:
    import openpyxl  # here, for it is heavy and a CSV file does without

    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        sheets = workbook.worksheets
        shown = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        if not shown:
            raise FileUnreadable(f"Le classeur n'a pas de feuille de calcul. {_SAVE_AGAIN}")
        shown[0].reset_dimensions()  # some programs write a wrong size, and rows would be lost
        records = tuple(_sheet_records(shown[0]))
        if not records:
            raise FileUnreadable(f"La première feuille, « {shown[0].title} », est vide.")
        return Table(records, None, _other_sheets(shown[0].title, len(shown) - 1))
    finally:
        workbook.close()


def _sheet_records(sheet: Any) -> Iterator[Record]:
    count = 0
    for line, row in enumerate(islice(sheet.iter_rows(), MAX_SHEET_ROWS), start=1):
        cells = tuple(_value(cell) for cell in row)
        width = max((i for i, cell in enumerate(cells, start=1) if cell is not None), default=0)
        if width == 0:
            continue
        count += 1
        _refuse_too_many(count)
        yield Record(line, cells[:width], line)


def _value(cell: Any) -> object:
    value = cell.value
    if type(value) in (int, float) and _PADDED.fullmatch(cell.number_format or ""):
        return str(round(value)).zfill(len(cell.number_format))
    return value


def _other_sheets(title: str, others: int) -> tuple[str, ...]:
    if others == 0:
        return ()
    return (f"Seule la première feuille, « {title} », est lue ({others} autre(s) laissée(s)).",)
