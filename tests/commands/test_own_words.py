"""`carnet words`, run as people run it: a translator without an account fills in a table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select, update

from bot.messages import About
from bot.own_words import Words, save
from bot.storage.own_words import REVIEWED, mark
from bot.storage.tables import contacts, event_texts, events
from tests.commands.terminal import Said, Terminal

NOTES = "À 14 h, Salle bleue.\nApportez 2 photos."
TURKISH = ("Ekran atölyesi", "Saat 14:00, Salle bleue.\n2 fotoğraf getirin.")
HEADINGS = "Texte;Langue;Titre d'origine;Suite d'origine;Titre;Suite"


@pytest.fixture
def words(terminal: Terminal) -> Terminal:
    """An event to come with notes, whose first family reads Turkish and the second Arabic."""
    terminal.furnish(families=3, days=20)
    database = terminal.database()
    with database.write() as db:
        db.execute(update(event_texts).values(notes=NOTES))
        readers = db.scalars(select(contacts.c.id).where(contacts.c.rank == 1)).all()
        for contact, language in zip(readers, ("tr", "ar", "fr"), strict=True):
            db.execute(update(contacts).where(contacts.c.id == contact).values(language=language))
    database.close()
    return terminal


def states(terminal: Terminal, *more: str) -> dict[str, str]:
    listed = terminal.carnet("words", "--format", "json", *more)
    assert listed.code == 0, listed.err
    return {one["language"]: one["state"] for one in listed.json}


def rows(said: Said) -> list[tuple[int, str, str, str]]:
    return [
        (one["line"], one["language"], one["outcome"], " ".join(one["why"]))
        for one in said.json["lines"]
    ]


def table(*lines: tuple[str, str, str, str]) -> str:
    """A table as a program writes it, with what the original says."""
    target = io.StringIO(newline="")
    target.write(HEADINGS + "\r\n")
    sheet = csv.writer(target, delimiter=";", lineterminator="\r\n")
    for text, language, title, more in lines:
        sheet.writerow((text, language, "Atelier écrans", NOTES, title, more))
    return target.getvalue()


def import_(terminal: Terminal, content: bytes, *more: str, name: str = "t.csv") -> Said:
    return terminal.carnet(
        "words", "import", terminal.file(name, content), "--format", "json", *more
    )


def test_each_text_shows_how_far_it_is_in_the_languages_that_its_families_read(
    words: Terminal,
) -> None:
    assert states(words) == {"ar": "none", "tr": "none"}
    assert states(words, "--language", "uk") == {"uk": "none"}
    database = words.database()
    about = About(event_id=1)
    with database.write() as db:
        save(db, about, "tr", Words(*TURKISH))
    assert states(words) == {"ar": "none", "tr": "draft"}
    with database.write() as db:
        mark(db, about, "tr", state=REVIEWED, reviewed_by="Selin")
    assert states(words) == {"ar": "none", "tr": "reviewed"}
    assert "(Selin)" in words.carnet("words").out
    with database.write() as db:
        db.execute(
            update(event_texts).where(event_texts.c.original).values(title="Atelier sommeil")
        )
    database.close()
    assert states(words) == {"ar": "none", "tr": "stale"}


def filled_csv(path: Path) -> None:
    found = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";"))
    for row in found[1:]:
        if row[1].startswith("tr"):
            row[5:] = TURKISH
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";").writerows(found)
    path.write_bytes(target.getvalue().encode("utf-8-sig"))


def filled_xlsx(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        if str(row[1].value).startswith("tr"):
            row[5].value, row[6].value = TURKISH
    book.save(path)


@pytest.mark.parametrize(("name", "fill"), [("t.csv", filled_csv), ("t.xlsx", filled_xlsx)])
def test_an_exported_table_comes_back_filled_in(words: Terminal, name: str, fill: object) -> None:
    path = words.folder / name
    assert words.carnet("words", "export", str(path)).out == f"2 lignes écrites dans {name}.\n"
    assert callable(fill)
    fill(path)
    tried = words.carnet("words", "import", str(path), "--dry-run")
    assert (tried.code, states(words)["tr"]) == (0, "none")
    assert tried.out.endswith("Rien n'a été écrit.\n")
    done = words.carnet("words", "import", str(path), "--format", "json")
    assert done.code == 0, done.err
    assert {one[1:3] for one in rows(done)} == {("ar", "empty"), ("tr", "saved")}
    assert states(words) == {"ar": "none", "tr": "draft"}
    database = words.database()
    with database.read() as db:
        [row] = db.execute(select(event_texts).where(event_texts.c.language == "tr")).all()
    database.close()
    assert (row.title, row.notes, row.source) == (*TURKISH, "person")
    again = words.carnet("words", "import", str(path), "--format", "json")
    assert {one[1:3] for one in rows(again)} == {("ar", "empty"), ("tr", "unchanged")}


REFUSED = [
    (("événement 1", "tr", "Ekran", TURKISH[1].replace("14", "4")), "Il manque l'heure 14 h"),
    (("événement 1", "tr", "Ekran", TURKISH[1].replace("Salle bleue", "Mavi")), "Salle bleue"),
    (("événement 1", "ar", "Ekran", "Saat 14:00, Salle bleue. 2"), "l'écriture de cette langue"),
    (("événement 1", "tr", "Ekran", ""), "La traduction est vide."),
    (("événement 1", "fr", "Écrans", "14 h, Salle bleue. 2"), "C'est la langue de l'original"),
    (("événement 1", "xx", "Ekran", TURKISH[1]), "Cette langue n'est pas encore dans Carnet."),
    (("événement 9", "tr", "Ekran", TURKISH[1]), "ce texte n'existe pas"),
    (("événement 1", "tr", "Ekran at?lyesi", TURKISH[1]), "des lettres sont perdues"),
    (("événement 1", "en", "Donate now", "2 pm, Salle bleue. 2 photos."), "jamais d'argent"),
]


@pytest.mark.parametrize(("line", "why"), REFUSED)
def test_a_line_that_cannot_be_kept_is_named_and_the_others_are_kept(
    words: Terminal, line: tuple[str, str, str, str], why: str
) -> None:
    database = words.database()
    with database.write() as db:  # a room that families look for
        db.execute(update(events).values(place="Salle bleue"))
    database.close()
    good = ("événement 1", "es", "Taller", "A las 14:00, Salle bleue.\nTraiga 2 fotos.")
    content = table(line, good).encode("utf-8-sig")
    said = import_(words, content)
    assert said.code == 1
    bad, kept = rows(said)
    assert (bad[0], bad[2]) == (2, "refused")
    assert why in bad[3]
    assert (kept[0], kept[1], kept[2]) == (5 if line[3] and "\n" in line[3] else 4, "es", "saved")
    told = words.carnet("words", "import", words.file("u.csv", content))
    assert "Ligne 2 (" in told.out


def test_a_table_of_french_excel_is_read_without_a_mark_and_in_windows_letters(
    words: Terminal,
) -> None:
    whole = ("événement 1", "es", "Taller de niños", "A las 14:00, Salle bleue.\nTraiga 2 fotos.")
    said = import_(words, table(whole).encode("cp1252"))
    assert [one[2] for one in rows(said)] == ["saved"]


def test_an_original_that_has_changed_since_is_said(words: Terminal) -> None:
    content = table(("événement 1", "tr", *TURKISH)).encode("utf-8-sig")
    database = words.database()
    with database.write() as db:
        db.execute(update(event_texts).values(title="Atelier sommeil"))
    database.close()
    said = import_(words, content)
    assert said.code == 1
    assert "l'original a changé depuis l'export" in rows(said)[0][3]


def test_what_is_no_table_is_said_in_french(words: Terminal) -> None:
    said = words.carnet("words", "import", words.file("t.csv", b"a;b\r\n1;2\r\n"))
    assert said.code == 2
    assert "Les colonnes Texte, Langue et Titre manquent." in said.err
    said = words.carnet("words", "export", "t.doc")
    assert (said.code, "en .csv ou en .xlsx" in said.err) == (2, True)
    assert json.loads(words.carnet("words", "--format", "json").out)
