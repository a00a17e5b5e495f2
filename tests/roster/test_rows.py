"""A families file, from its bytes to rows, errors and notices."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path

import openpyxl
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FileUnreadable
from bot.messages import Rendering
from bot.roster.columns import COLUMNS
from bot.roster.rows import MAX_NAME, Guardian, Roster, Row, RowError, read_roster

patient = settings(deadline=None)  # each example reads a file
USUAL = COLUMNS[:11]  # a file may hold the others too
HEADINGS = ";".join(USUAL)
SAMIRA = Guardian("Samira Haddad", "ar", "+33639980001", can_text=True, whatsapp=True)
KARIM = Guardian("Karim Haddad", "fr", "+33639980002", can_text=True, whatsapp=False)
LINA = (
    "F1;Borny;Lina;Samira Haddad;arabe;06 39 98 00 01;oui;Karim Haddad;français;06 39 98 00 02;non"
)


def read(text: str, region: str = "FR") -> Roster:
    return read_bytes(text.encode(), region)


def read_bytes(data: bytes, region: str = "FR") -> Roster:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "familles")
        path.write_bytes(data)
        return read_roster(path, region=region)


def read_rows(*rows: str) -> Roster:
    return read("\n".join((HEADINGS, *rows)))


def read_sheet(*rows: tuple[object, ...]) -> Roster:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return read_bytes(buffer.getvalue())


def child(family: str = "F1", name: str = "Lina", phone: str = "0639980001", **cells: str) -> str:
    """Write one row; `cells` are the other columns."""
    known = {"famille": family, "enfant": name, "telephone1": phone, "centre": "Borny", **cells}
    return ";".join(known.get(column, "") for column in USUAL)


def reconciles(roster: Roster) -> bool:
    kept, bad = {row.line for row in roster.rows}, {error.line for error in roster.errors}
    return kept.isdisjoint(bad) and roster.total == len(roster.rows) + len(bad)


def test_full_row_gives_a_child_and_both_guardians() -> None:
    assert read_rows(LINA) == Roster(
        rows=(Row(2, "F1", "Borny", "Lina", (SAMIRA, KARIM)),), errors=(), notices=(), total=1
    )


def test_required_cells_are_enough() -> None:
    (row,) = read_rows(child()).rows
    assert row.guardians == (Guardian("", None, "+33639980001", can_text=True, whatsapp=None),)


def test_second_guardian_may_have_a_phone_only() -> None:
    (row,) = read_rows(child(telephone2="0639980002")).rows
    assert row.guardians[1] == Guardian("", None, "+33639980002", can_text=True, whatsapp=None)


def test_landline_is_kept_and_flagged() -> None:
    (row,) = read_rows(child(phone="01 99 00 00 01")).rows
    assert row.guardians[0].can_text is False


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"family": ""}, "famille", "case vide"),
        ({"family": "-"}, "famille", "case vide"),
        ({"centre": ""}, "centre", "case vide"),
        ({"name": ""}, "enfant", "case vide"),
        ({"phone": ""}, "telephone1", "aucun numéro"),
        ({"phone": "06 39 98"}, "telephone1", "il manque des chiffres"),
        ({"phone": "0639980001 0639980002"}, "telephone1", "plus d'un numéro"),
        ({"telephone2": "06 39 98"}, "telephone2", "il manque des chiffres"),
        ({"langue1": "klingonais"}, "langue1", "« klingonais »"),
        ({"langue2": "klingonais", "telephone2": "0639980002"}, "langue2", "« klingonais »"),
        ({"whatsapp1": "parfois"}, "whatsapp1", "oui ou non"),
        ({"name": "L" * (MAX_NAME + 1)}, "enfant", "trop long : 81"),
        ({"parent1": "S" * (MAX_NAME + 1)}, "parent1", "trop long"),
        ({"family": "#N/A"}, "famille", "formule"),
        ({"phone": "#VALEUR!"}, "telephone1", "aucun numéro"),
    ],
)
def test_bad_cell_leaves_its_row_out_and_no_other(
    cells: dict[str, str], column: str, reason: str
) -> None:
    roster = read_rows(child("F0"), child(**cells), child("F9", phone="0639980009"))
    assert [row.line for row in roster.rows] == [2, 4]
    (error,) = roster.errors
    assert (error.line, error.column) == (3, column)
    assert reason in error.reason
    assert roster.total == 3


def test_all_errors_of_a_row_are_told_at_once_and_count_as_one_line() -> None:
    roster = read_rows(child("", "", "06", centre="", langue1="zzz", whatsapp1="zzz"))
    assert [error.column for error in roster.errors] == [
        *("famille", "centre", "enfant", "langue1", "telephone1", "whatsapp1")
    ]
    assert roster.total == 1


def test_name_of_eighty_characters_is_kept() -> None:
    assert read_rows(child(name="L" * MAX_NAME)).total == 1
    assert not read_rows(child(name="L" * MAX_NAME)).errors


@pytest.mark.parametrize("name", ["=1+1", "+Lina", "-Lina", "@Lina"])
def test_formula_like_name_stays_text_without_control_characters(name: str) -> None:
    (row,) = read_rows(child(name=f'"{name}\t\r\x1b"')).rows
    assert row.child == name


@pytest.mark.parametrize("none", ["", "-", "/", "aucun", "Néant", "pas de téléphone"])
def test_second_guardian_without_phone_is_left_out_with_a_notice(none: str) -> None:
    roster = read_rows(child(parent2="Karim", langue2="fr", telephone2=none, whatsapp2="non"))
    assert len(roster.rows[0].guardians) == 1
    assert roster.notices == ("Deuxième parent sans téléphone, non importé : ligne 2.",)
    assert not roster.errors


def test_blank_lines_are_neither_rows_nor_errors() -> None:
    roster = read_rows("", child("F1"), ";" * 10, "  ; ;-;", "", child("F2", phone="0639980002"))
    assert [row.line for row in roster.rows] == [3, 7]
    assert roster.total == 2


def test_numbering_column_alone_is_not_a_row() -> None:
    roster = read(f"N;{HEADINGS}\n1;{child()}\n2;;;;;;;;;;;\n3\n")
    assert roster.total == 1
    assert not roster.errors


def test_columns_come_in_any_order_with_unknown_ones_between() -> None:
    roster = read(
        "E-mail;Tél parent 1;Prénom de l'enfant;Notes;N° famille;Parent 1;Centre\n"
        "x@example.org;06 39 98 00 01;Lina;CP;F1;Samira;Borny\n"
    )
    (row,) = roster.rows
    assert (row.family, row.centre, row.child) == ("F1", "Borny", "Lina")
    assert row.guardians[0].name == "Samira"
    assert roster.notices == ("Colonnes non utilisées : « E-mail », « Notes ».",)


def test_title_above_the_headings_is_skipped() -> None:
    roster = read(f"Liste des familles;;\nSeptembre 2026;;\n\n{HEADINGS}\n{child()}\n")
    assert [row.line for row in roster.rows] == [5]


def test_headings_repeated_further_down_are_skipped_with_a_notice() -> None:
    roster = read_rows(child("F1"), HEADINGS.upper(), child("F2", phone="0639980002"))
    assert [row.line for row in roster.rows] == [2, 4]
    assert roster.total == 2
    assert roster.notices == ("Titres répétés, sautés : ligne 3.",)


def test_file_without_headings_is_refused_with_the_columns_to_write() -> None:
    with pytest.raises(FileUnreadable, match="pas de ligne de titres") as refused:
        read(child())
    assert "telephone1" in str(refused.value)


def test_headings_without_families_are_noticed() -> None:
    assert read(HEADINGS) == Roster((), (), ("Aucune famille sous la ligne de titres.",), 0)


def test_same_child_twice_is_kept_with_a_notice() -> None:
    roster = read_rows(child("F1", "Lina"), child("f1", "LINA"), child("F1", "Sami"))
    assert len(roster.rows) == roster.total == 3
    assert not roster.errors
    assert roster.notices == ("Enfant déjà lu pour la même famille et le même centre : ligne 3.",)


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("telephone1", "0639980001", "0639980003"),
        ("telephone2", "0639980001", "0639980003"),
        ("parent1", "Samira Haddad", "Nadia Haddad"),
        ("langue1", "arabe", "turc"),
        ("whatsapp1", "oui", "non"),
    ],
)
def test_contradiction_in_a_family_keeps_the_first_row(
    column: str, first: str, second: str
) -> None:
    said = (("Lina", first), ("Noé", first), ("Sami", second), ("Rose", first))
    rows = [child(name=name, **{"telephone2": "0639980002", column: cell}) for name, cell in said]
    roster = read_rows(*rows)
    assert [row.child for row in roster.rows] == ["Lina", "Noé", "Rose"]
    reason = "différent de la ligne 2 pour la même famille"
    assert roster.errors == (RowError(4, column, reason),)
    assert roster.total == 4


def test_empty_cells_and_other_spellings_contradict_nothing() -> None:
    roster = read_rows(
        child(name="Lina", parent1="Samira Haddad", langue1="arabe", whatsapp1="oui"),
        child(name="Sami", phone="+33 6 39 98 00 01", parent1="HADDAD samira", langue1="ar"),
        child(name="Noé", phone="639980001", telephone2="0639980002", parent2="Karim"),
    )
    assert not roster.errors
    assert len(roster.rows) == 3


def test_row_in_error_is_not_what_later_rows_are_compared_with() -> None:
    roster = read_rows(child(name=""), child(name="Sami", phone="0639980003"))
    assert [row.child for row in roster.rows] == ["Sami"]
    assert len(roster.errors) == 1


def test_number_of_several_people_is_noticed_and_kept() -> None:
    roster = read_rows(
        child("F1"), child("F2"), child("F3", phone="0639980003", telephone2="0639980003")
    )
    assert len(roster.rows) == 3
    assert roster.notices == ("Même téléphone pour plusieurs personnes, à vérifier : lignes 3, 4.",)


def test_brothers_and_sisters_share_their_parents_phone_without_notice() -> None:
    assert read_rows(child(name="Lina"), child(name="Sami")).notices == ()


def test_long_list_of_lines_is_cut_short() -> None:
    (notice,) = read_rows(*[child()] * 14).notices
    assert notice.endswith("lignes 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 et 3 autres.")


def test_delimiter_too_many_is_an_error_of_its_row() -> None:
    roster = read_rows(child("F9", phone="0639980009"), LINA.replace("Borny", "Borny;Sud"))
    assert [row.line for row in roster.rows] == [2]
    assert [(e.line, "de trop" in e.reason) for e in roster.errors] == [(3, True)]


def test_trailing_empty_columns_are_no_delimiter_too_many() -> None:
    assert not read_rows(LINA + ";;;").errors


def test_remark_of_several_lines_is_not_a_stray_quote() -> None:
    roster = read(f'{HEADINGS};Remarques\n{LINA};"Vient le lundi ;\nle mardi ; le jeudi"\n')
    assert not roster.errors


def test_stray_quote_in_a_remark_never_swallows_rows_in_silence() -> None:
    roster = read(f'{HEADINGS};Remarques\n{LINA};"vient\n{LINA};ne vient pas\n{LINA};"lundi\n')
    assert [error.line for error in roster.errors] == [2]
    assert "colle les lignes 2 à 4" in roster.errors[0].reason


@pytest.mark.parametrize("closing", ["", '"'])
def test_stray_quote_never_swallows_rows_in_silence(closing: str) -> None:
    rows = [child("F2", '"Lina'), child("F3"), child("F4", closing + "Sami")]
    roster = read_rows(child("F1"), *rows, "")
    (error,) = roster.errors
    assert (error.line, error.column) == (3, "enfant")
    assert "colle les lignes 3 à 5" in error.reason
    assert len(roster.rows) == 1


def test_line_break_in_a_quoted_name_is_a_space_and_lines_stay_right() -> None:
    roster = read_rows(child("F1", '"Lina\nRose"'), child("F2", phone="zéro"))
    assert roster.rows[0].child == "Lina Rose"
    assert roster.errors[0].line == 4


def test_progress_ends_at_the_number_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "familles.csv"
    path.write_text("\n".join([HEADINGS, *[child()] * 450]), encoding="utf-8")
    seen: list[tuple[int, int]] = []
    read_roster(path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(200, 450), (400, 450), (450, 450)]


def test_region_reaches_the_numbers() -> None:
    example = phonenumbers.example_number_for_type("BE", phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    text = "\n".join((HEADINGS, child(phone=f"0{example.national_number}")))
    phone = read(text, region="BE").rows[0].guardians[0].phone
    assert phone == f"+32{example.national_number}"


def test_workbook_cells_are_read_as_excel_leaves_them() -> None:
    roster = read_sheet(
        COLUMNS,
        (12, "Borny", "Lina", "Samira", "arabe", 639980001.0, True, "Karim", None, 33639980002, 0),
        (),
        (12.0, "Borny", "Sami", "Samira", None, "06 39 98 00 01", None, None, None, None, None),
    )
    assert not roster.errors
    assert [(row.line, row.family, row.child) for row in roster.rows] == [
        (2, "12", "Lina"),
        (4, "12", "Sami"),
    ]
    assert [g.phone for g in roster.rows[0].guardians] == ["+33639980001", "+33639980002"]
    assert [g.whatsapp for g in roster.rows[0].guardians] == [True, False]


def test_value_turned_into_a_date_by_excel_is_an_error() -> None:
    roster = read_sheet(
        COLUMNS[:6], (dt.date(2026, 3, 12), "Borny", "Lina", "Samira", "", "0639980001")
    )
    assert [(error.line, error.column) for error in roster.errors] == [(2, "famille")]
    assert "date" in roster.errors[0].reason


def test_unticked_boxes_alone_are_not_a_row() -> None:
    roster = read_sheet(
        ("whatsapp1", *COLUMNS[:6]),
        (True, "F1", "Borny", "Lina", "", "", "0639980001"),
        (False, None, None, None, None, None, None),
    )
    assert roster.total == 1
    assert not roster.errors


def test_notes_beside_a_sheet_are_no_error() -> None:
    row = ("F1", "Borny", "Lina", "Samira", "", "0639980001", None, "rappeler lundi")
    roster = read_sheet(COLUMNS[:6], row)
    assert len(roster.rows) == 1
    assert not roster.errors


# -- levels, groups, tags and wishes ---------------------------------------------------------------


def read_with(extra: str, *cells: str) -> Roster:
    """Read children who have one more column."""
    rows = [f"{child(f'F{at}', phone=f'063998000{at}')};{cell}" for at, cell in enumerate(cells)]
    return read("\n".join((f"{HEADINGS};{extra}", *rows)))


def test_file_without_the_columns_says_nothing_of_them() -> None:
    (row,) = read_rows(LINA).rows
    assert (row.level, row.groups, row.tags, row.first, row.both) == (None, None, (), None, None)


def test_french_excel_file_holds_levels_groups_tags_and_wishes() -> None:
    headings = f"{HEADINGS};Classe;Groupe;Étiquettes;Contact principal (1/2);Prévenir les deux"
    cells = ';6ème B;"Chorale ; Théâtre, chorale";"Bénévole;parent  relais";2;oui'
    (row,) = read_bytes(f"{headings}\r\n{LINA}{cells}\r\n".encode("cp1252")).rows
    assert (row.level, row.groups) == ("6e", ("Chorale", "Théâtre"))
    assert row.tags == ("bénévole", "parent relais")
    assert (row.first, row.both) == (2, True)


def test_unknown_level_is_noticed_and_leaves_no_row_out() -> None:
    roster = read_with("Niveau", "CP", "débutant", "", "42")
    assert not roster.errors
    assert [row.level for row in roster.rows] == ["CP", None, "", None]
    assert any("Classe non reconnue, laissée de côté : lignes 3, 5." in n for n in roster.notices)


def test_empty_group_cell_says_that_the_child_is_in_none() -> None:
    assert [row.groups for row in read_with("Groupe", "", "-", "Foot").rows] == [(), (), ("Foot",)]


@pytest.mark.parametrize(
    ("heading", "cell", "reason"),
    [
        ("Contact principal", "3", "écrivez 1 ou 2"),
        ("Contact principal", "la tante", "écrivez 1 ou 2"),
        ("Prévenir les deux", "parfois", "écrivez oui ou non"),
        ("Étiquettes", "x" * 41, "40 caractères"),
        ("Groupe", "x" * 81, "80 caractères"),
    ],
)
def test_unreadable_wish_is_an_error_of_its_row(heading: str, cell: str, reason: str) -> None:
    roster = read_with(heading, cell, "")
    assert [(error.line, reason in error.reason) for error in roster.errors] == [(2, True)]
    assert [row.line for row in roster.rows] == [3]


# -- how much each parent reads --------------------------------------------------------------------


def test_each_parent_has_a_way_of_reading_of_their_own() -> None:
    text = f"{HEADINGS};Lecture parent 1;Présentation parent 2\n{LINA};Vocal;en chiffres"
    (row,) = read(text).rows
    assert [one.rendering for one in row.guardians] == [Rendering.VOICE, Rendering.NUMBERS]


def test_an_empty_cell_and_a_missing_column_say_nothing_of_how_they_read() -> None:
    for roster in (read_with("Lecture", ""), read_rows(LINA)):
        assert roster.rows[0].guardians[0].rendering is None


def test_an_unknown_way_of_reading_is_an_error_of_its_row() -> None:
    roster = read_with("Lecture", "facile", "braille")
    [error] = roster.errors
    assert (error.line, error.column) == (3, "lecture1")
    assert error.reason == (
        "lecture inconnue : « braille » ; écrivez « normal », « facile », « chiffres » "
        "ou « vocal », ou laissez vide"
    )
    assert [row.line for row in roster.rows] == [2]


def test_brothers_and_sisters_may_not_contradict_each_other_about_it() -> None:
    rows = f"{child()};facile", f"{child(name='Sami')};", f"{child(name='Nour')};vocal"
    roster = read("\n".join((f"{HEADINGS};Lecture", *rows)))
    assert [(e.line, e.column) for e in roster.errors] == [(4, "lecture1")]


def test_wishes_of_one_family_may_not_contradict_each_other() -> None:
    rows = f"{child()};1", f"{child(name='Sami')};", f"{child(name='Nour')};2"
    roster = read("\n".join((f"{HEADINGS};Contact principal", *rows)))
    assert [(e.line, e.column) for e in roster.errors] == [(4, "contact_principal")]


def test_reasons_and_notices_never_quote_a_number() -> None:
    roster = read_rows(
        child("F1"),
        child("F1", "Sami", "0639980003"),
        child("F2", phone="0639980001 / 0639980004"),
        child("F3", phone="06 39 98 00 0"),
        child("F4", whatsapp1="06 39 98 00 01"),
        child("F5"),
    )
    said = " ".join([*(error.reason for error in roster.errors), *roster.notices])
    assert len(roster.errors) == 4
    assert "98" not in said


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["F1", "F2", "Borny", "Lina", "oui", "non", "fr", "arabe", "-", '"', ";", "\n", "=1+1"]
        + [f"06 39 98 00 0{n}" for n in range(4)]
        + ["CP", "6ème B", "Chorale, Foot", "1", "2"]
    ),
)
TABLES = st.lists(st.lists(CELLS, max_size=18), max_size=12)


@patient
@given(TABLES, st.sampled_from([";", ",", "\t"]))
def test_any_table_reconciles(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([COLUMNS, *rows])
    roster = read(text.getvalue().encode("utf-8", "replace").decode())
    assert reconciles(roster)
    assert roster.total <= len(rows)
    assert all(error.reason and error.column in COLUMNS for error in roster.errors)
    for row in roster.rows:
        assert row.family
        assert row.centre
        assert row.child
        assert 1 <= len(row.guardians) <= 2


@patient
@given(st.lists(st.sampled_from([LINA, child("F2"), child("F3", "Sami", "0639980003")])))
def test_good_rows_are_all_kept(rows: list[str]) -> None:
    assert [row.line for row in read_rows(*rows).rows] == list(range(2, len(rows) + 2))


@patient
@given(TABLES)
def test_what_was_read_reads_the_same_when_written_again(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([COLUMNS, *rows])
    once = read(text.getvalue().encode("utf-8", "replace").decode())
    again = read(written(once))
    assert not again.errors
    assert [told(row) for row in again.rows] == [told(row) for row in once.rows]


def told(row: Row) -> tuple[object, ...]:
    about_child = row.family, row.centre, row.child, row.level or "", row.groups or ()
    return *about_child, row.guardians, row.tags, row.first, row.both


def written(roster: Roster) -> str:
    answers = {None: "", True: "oui", False: "non"}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for row in roster.rows:
        cells = [row.family, row.centre, row.child]
        for g in row.guardians:
            cells += [g.name, g.language or "", g.phone, answers[g.whatsapp]]
        cells += [""] * (len(USUAL) - len(cells))
        cells += [row.level or "", ", ".join(row.groups or ()), "; ".join(row.tags)]
        writer.writerow([*cells, row.first or "", answers[row.both]])
    return text.getvalue()


def survives(data: bytes) -> bool:
    try:
        return reconciles(read_bytes(data))
    except FileUnreadable as refused:
        return str(refused) != ""


@patient
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert survives(data)


@patient
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_any_bytes_under_good_headings_are_read_or_refused(data: bytes, encoding: str) -> None:
    assert survives(f"{HEADINGS}\n{LINA}\n".encode(encoding) + data)


@patient
@given(st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]), st.binary())
def test_any_bytes_that_look_like_a_workbook_are_refused(magic: bytes, data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        read_bytes(magic + data)


def good_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(LINA.split(";"))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


GOOD_WORKBOOK = good_workbook()


@patient
@given(st.integers(0, len(GOOD_WORKBOOK) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_workbook_is_read_or_refused(at: int, damage: bytes) -> None:
    assert survives(GOOD_WORKBOOK[:at] + damage + GOOD_WORKBOOK[at + len(damage) :])
