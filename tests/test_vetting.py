"""What the team writes is looked over in the same way, wherever it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest

import bot
from bot.deployment import Deployment
from bot.events import NewEvent, Wording
from bot.lint import Level
from bot.own_words import Words
from bot.vetting import Spoken, must_change, vet, would_say
from tests.house import CENTRE, WORKSHOP

NOTES = "Venez à 14 h, Salle bleue."
ORIGINAL = Words("Atelier écrans", NOTES)
FIXED = ("Salle bleue",)

CASES = [
    ("fr", Words("Aidez-nous, un don suffit"), "title_fr", "donation", Level.BLOCK),
    ("fr", Words("La sortie d'Emre"), "title_fr", "child_name", Level.BLOCK),
    ("fr", Words("Le dispositif CLAS"), "title_fr", "jargon", Level.BLOCK),
    ("fr", Words("L’atelier"), "title_fr", "dear_signs", Level.WARN),
    ("tr", Words("Ekran", "Saat 4, Salle bleue."), "notes_tr", "differs_hour", Level.BLOCK),
    ("tr", Words("Ekran", "Saat 14:00, Mavi Salon."), "notes_tr", "differs_name", Level.BLOCK),
    ("ar", Words("Ekran", "14:00, Salle bleue."), "title_ar", "differs_script", Level.BLOCK),
    ("tr", Words("{ad} için ekran", ""), "title_tr", "differs_placeholder", Level.BLOCK),
    ("tr", Words("Ekran"), "notes_tr", "untranslated", Level.WARN),
    ("tr", Words("Atelier écrans", "Saat 14:00, Salle bleue."), "title_tr", "differs_same",
     Level.WARN),
]  # fmt: skip


@pytest.mark.parametrize(("language", "words", "field", "code", "level"), CASES)
def test_each_fault_is_found_at_its_field(
    language: str, words: Words, field: str, code: str, level: Level
) -> None:
    together = {"fr": ORIGINAL} | {language: words}
    found = vet(together, "notes", children={"Emre"}, fixed=FIXED)
    assert (code, level) in {(one.code, one.level) for one in found[field]}
    assert must_change(found) is (level is Level.BLOCK)


def test_a_difference_names_its_language_and_what_differs() -> None:
    found = vet({"fr": ORIGINAL, "tr": Words("Ekran", "Saat 15, Salle bleue.")}, "notes")
    [advice] = [one.advice for one in found["notes_tr"] if "manque" in one.advice]
    assert advice == "turc : Il manque l'heure 14 h dans la traduction. Ajoutez-le."


def test_a_faithful_translation_is_silent() -> None:
    own = Words("Ekran atölyesi", "Saat 14:00, Salle bleue.")
    assert vet({"fr": ORIGINAL, "tr": own}, "notes", fixed=FIXED) == {}


def test_words_that_stand_were_looked_at_before() -> None:
    words = {"fr": Words("Un don"), "tr": Words("Saat 3")}
    assert must_change(vet(words, "notes"))
    assert vet(words, "notes", standing=words) == {}


def test_a_translation_that_stays_while_the_original_changes_is_only_said() -> None:
    before = {"fr": ORIGINAL, "tr": Words("Ekran", "Saat 14:00, Salle bleue.")}
    now = before | {"fr": Words("Atelier écrans", "Venez à 15 h, Salle bleue.")}
    found = vet(now, "notes", standing=before)
    assert not must_change(found)
    assert "ces familles recevront l'original" in found["notes_tr"][0].advice


def test_what_stands_below_a_title_without_an_original_is_refused() -> None:
    found = vet({"fr": Words("Atelier"), "tr": Words("Atölye", "Gelin")}, "body")
    assert must_change(found)
    assert found["body_tr"][0].advice.startswith("turc : L'original n'a rien sous le titre.")


@pytest.mark.parametrize("language", ["fr", "ar", "ta"])
def test_only_what_the_team_can_change_is_said_of_a_message(language: str) -> None:
    title, notes = "Lire ensemble", "Venez. Goûtez. Lisez. Riez. Chantez. Restez. Partez."
    short, long = (
        {one.code for each in said(language, words) for one in each.findings}
        for words in (Wording(title), Wording(title, notes))
    )
    assert short == set()
    assert "many_sentences" in long


def said(language: str, wording: Wording) -> tuple[Spoken, ...]:
    wordings = {"fr": wording} | ({language: wording} if language != "fr" else {})
    new = NewEvent("workshop", 1, WORKSHOP, time(14), "Maison de quartier", wordings)
    return would_say(Deployment("Ma Chance Moi Aussi", "https://x.example", b""), CENTRE, new)


# -- no way in is forgotten -----------------------------------------------------------------------

WRITERS = (
    "add_event", "change_event", "preview_change", "add_campaign", "open_round", "repeat_event",
    "answer_parent", "insert_text", "set_changed",
)  # fmt: skip

# A translation alone is kept by `own_words`, which looks over it itself: for the page, the table,
# the machine and the reviewer's link.
LOOKED_OVER = {  # who keeps the words of the team: all of these look over them first
    "bot/commands/campaigns.py": {"add_campaign"},
    "bot/commands/changes.py": {"preview_change", "change_event"},
    "bot/commands/events.py": {"add_event"},
    "bot/commands/meetings.py": {"open_round"},
    "bot/staff/wizard.py": {"add_event"},
    "bot/web/console/campaigns.py": {"add_campaign"},
    "bot/web/console/events.py": {"add_event", "change_event", "preview_change"},
    "bot/web/console/meetings.py": {"open_round"},
}
OTHERWISE = {  # and why the others need not
    "bot/events.py": {"insert_text"},  # the services themselves
    "bot/campaigns.py": {"insert_text"},
    "bot/meetings.py": {"insert_text", "open_round"},
    "bot/changes.py": {"change_event", "set_changed"},
    "bot/storage/events.py": {"insert_text"},
    "bot/taking.py": {"insert_text", "set_changed"},  # copies of a round's words
    "bot/repeats.py": {"add_event"},  # copies of an event's words
    "bot/commands/changes.py": {"repeat_event"},
    "bot/demo/history.py": {"add_event", "add_campaign", "answer_parent", "open_round"},
    "bot/web/console/inbox.py": {"answer_parent"},  # one person to another, in their own words
    "bot/web/console/safeguarding.py": {"answer_parent"},
    "bot/staff/desk.py": {"answer_parent"},
}


def ways_in() -> Iterator[tuple[str, str]]:
    """Every call, by file, of what keeps words that parents will read."""
    home = Path(bot.__file__).parent
    for path in home.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in WRITERS:
                    yield path.relative_to(home.parent).as_posix(), name


def test_every_way_in_is_in_the_table() -> None:
    found: dict[str, set[str]] = {}
    for path, name in ways_in():
        found.setdefault(path, set()).add(name)
    known = {
        path: LOOKED_OVER.get(path, set()) | OTHERWISE.get(path, set())
        for path in LOOKED_OVER.keys() | OTHERWISE.keys()
    }
    assert found == known


@pytest.mark.parametrize("path", LOOKED_OVER)
def test_whoever_keeps_words_looks_over_them_first(path: str) -> None:
    text = (Path(bot.__file__).parent.parent / path).read_text("utf-8")
    called = {
        getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }
    assert "look_over" in called
