"""Files as people really save them, built byte by byte."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest

from bot.errors import FileUnreadable
from bot.roster import files
from bot.roster.columns import count_known
from bot.roster.files import Table, read_table

HEADINGS = ("famille", "centre", "enfant", "parent1", "telephone1")
LINA = ("F1", "Borny", "Éloïse", "Zoé Müller", "06 39 98 00 01")


def read(tmp_path: Path, data: bytes, name: str = "familles.csv") -> Table:
    path = tmp_path / name
    path.write_bytes(data)
    return read_table(path, count_known)


def cells(table: Table) -> list[tuple[object, ...]]:
    return [record.cells for record in table.records]


def refusal(tmp_path: Path, data: bytes, name: str = "familles.csv") -> str:
    with pytest.raises(FileUnreadable) as refused:
        read(tmp_path, data, name)
    return str(refused.value)


def workbook(*rows: tuple[object, ...]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_every_dialect_gives_the_same_table(
    tmp_path: Path, delimiter: str, ending: str, encoding: str
) -> None:
    text = ending.join(delimiter.join(row) for row in (HEADINGS, LINA)) + ending
    table = read(tmp_path, text.encode(encoding))
    assert cells(table) == [HEADINGS, LINA]
    assert table.delimiter == delimiter
    assert table.notices == ()


def test_commas_inside_a_semicolon_file_do_not_split(tmp_path: Path) -> None:
    text = "famille;centre;enfant;Remarques\nF1;Borny;Lina;lun, mar, mer, jeu, ven, sam\n"
    assert len(cells(read(tmp_path, text.encode()))[1]) == 4


def test_quoted_field_keeps_its_line_break_and_rows_keep_their_first_line(tmp_path: Path) -> None:
    text = 'famille;centre;enfant\r\nF1;"Borny\r\nSud";Lina\r\n\r\nF2;Borny;Sami\r\n'
    records = read(tmp_path, text.encode()).records
    assert [(r.line, r.last_line, r.cells) for r in records] == [
        (1, 1, ("famille", "centre", "enfant")),
        (2, 3, ("F1", "Borny\r\nSud", "Lina")),
        (4, 4, ()),
        (5, 5, ("F2", "Borny", "Sami")),
    ]


@pytest.mark.parametrize("hint", ["sep=|", "SEP=|", '"sep=|"'])
def test_line_meant_for_excel_tells_the_delimiter(tmp_path: Path, hint: str) -> None:
    table = read(tmp_path, f"{hint}\na;b|c\nF1;F2|d\n".encode())
    assert [(r.line, r.cells) for r in table.records] == [(2, ("a;b", "c")), (3, ("F1;F2", "d"))]


def test_nul_and_control_characters_are_dropped(tmp_path: Path) -> None:
    data = b"famille;centre;enfant;parent1\nF1;Bo\x00rny;Li\x07na;Samira\n"
    assert cells(read(tmp_path, data))[1] == ("F1", "Borny", "Lina", "Samira")


def test_capital_z_with_caron_is_not_taken_for_a_mac_accent(tmp_path: Path) -> None:
    data = "famille;enfant\nF1;Žana Ždanov\n".encode("cp1252")
    assert cells(read(tmp_path, data))[1] == ("F1", "Žana Ždanov")


@pytest.mark.parametrize("damage", ["Eloïse".encode().decode("cp1252"), "Elo\ufffdse"])
def test_damaged_accents_are_noticed_with_their_line(tmp_path: Path, damage: str) -> None:
    text = f"famille;enfant\r\nF1;Lina\r\nF2;{damage}\r\n"
    (notice,) = read(tmp_path, text.encode()).notices
    assert "accents" in notice
    assert "ligne 3" in notice


def test_quote_never_closed_in_a_long_file_names_its_line(tmp_path: Path) -> None:
    text = 'famille;centre\nF1;"Borny\n' + "F2;Borny\n" * 20_000
    assert "Ligne 2" in refusal(tmp_path, text.encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "vide"),
        (b"\xef\xbb\xbf\r\n \r\n", "vide"),
        (b"\x00" * 4096, "vide"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2048), "ancien fichier Office"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            "mot de passe",
        ),
        (b"{\\rtf1\\ansi famille}", "document texte"),
        (b"\x89PNG\r\n\x1a\n0000", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "photo"),
        (b"\x1f\x8b\x08\x00familles", "archive"),
        (b"\xef\xbb\xbf \n<html><table><tr><td>famille</td></tr></table>", "page web"),
        (b"PK\x03\x04 not really", "abîmé"),
        (bytes(range(1, 32)) * 40, "pas un tableau"),
    ],
)
@pytest.mark.parametrize("name", ["familles.csv", "familles.xlsx"])
def test_other_files_are_told_apart_whatever_their_name(
    tmp_path: Path, data: bytes, said: str, name: str
) -> None:
    assert said in refusal(tmp_path, data, name)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("xl/workbook.bin", ".xlsb"),
        ("content.xml", ".ods"),
        ("word/document.xml", "autre document"),
        ("familles.csv", "archive"),
        ("xl/workbook.xml", "abîmé"),
    ],
)
def test_other_archives_are_told_apart(tmp_path: Path, inside: str, said: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(inside, "rien")
    assert said in refusal(tmp_path, buffer.getvalue(), "familles.xlsx")


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"introuvable : absent\.csv"):
        read_table(tmp_path / "absent.csv", count_known)
    with pytest.raises(FileUnreadable, match="Impossible d'ouvrir"):
        read_table(tmp_path, count_known)


def test_too_big_a_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    assert "dépasse 1 Mo" in refusal(tmp_path, b"famille;centre\n" * 100_000)


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_RECORDS", 10)
    assert "plus de 10 lignes" in refusal(tmp_path, b"famille;centre\n" * 11)
    book = workbook(*[HEADINGS] * 11)
    assert "plus de 10 lignes" in refusal(tmp_path, saved(book))


def test_workbook_built_to_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_UNZIPPED", 1_000)
    assert "trop grand" in refusal(tmp_path, saved(workbook(HEADINGS)))


def test_workbook_keeps_numbers_dates_and_row_numbers(tmp_path: Path) -> None:
    row = ("F1", True, 639980001.0, 33639980001, dt.datetime(2019, 5, 4))  # noqa: DTZ001
    table = read(tmp_path, saved(workbook(HEADINGS, (), row, (None, "x", None))))
    assert [(r.line, r.cells) for r in table.records] == [(1, HEADINGS), (3, row), (4, (None, "x"))]
    assert table.delimiter is None


def test_name_of_a_workbook_does_not_matter(tmp_path: Path) -> None:
    assert cells(read(tmp_path, saved(workbook(HEADINGS, LINA)), "x.csv")) == [HEADINGS, LINA]


def test_reference_shown_with_leading_zeros_keeps_them(tmp_path: Path) -> None:
    book = workbook(("famille", "enfant"), (42, "Lina"))
    book.active["A2"].number_format = "0000"
    assert cells(read(tmp_path, saved(book)))[1] == ("0042", "Lina")


def test_merged_cells_hold_their_value_once(tmp_path: Path) -> None:
    book = workbook(("famille", "enfant"), ("F1", "Lina"), (None, "Sami"), (None, None))
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("A4:B4")
    table = read(tmp_path, saved(book))
    assert [(r.line, r.cells) for r in table.records][1:] == [
        (2, ("F1", "Lina")),
        (3, (None, "Sami")),
    ]


def test_first_visible_sheet_is_read_and_the_others_are_noticed(tmp_path: Path) -> None:
    book = workbook(("ancien",))
    book.active.sheet_state = "hidden"
    for title in ("Familles 2026", "Sorties"):
        book.create_sheet(title).append((title,))
    book.active = 1
    table = read(tmp_path, saved(book))
    assert cells(table) == [("Familles 2026",)]
    assert table.notices == (
        "Seule la première feuille, « Familles 2026 », est lue (1 autre(s) laissée(s)).",
    )


def test_sheet_that_announces_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    source = io.BytesIO(saved(workbook(HEADINGS, LINA)))
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:E2"', b'ref="A1"'))
    assert cells(read(tmp_path, target.getvalue())) == [HEADINGS, LINA]


def test_empty_sheet_is_named(tmp_path: Path) -> None:
    book = workbook()
    book.active.title = "Vide"
    assert "« Vide », est vide" in refusal(tmp_path, saved(book))


def test_truncated_workbook_is_refused(tmp_path: Path) -> None:
    data = saved(workbook(HEADINGS, LINA))
    for cut in range(4, len(data), 97):
        assert "abîmé" in refusal(tmp_path, data[:cut])


def test_reading_a_workbook_leaves_warnings_as_they_were(tmp_path: Path) -> None:
    before = list(warnings.filters)
    read(tmp_path, saved(workbook(HEADINGS)))
    assert list(warnings.filters) == before
