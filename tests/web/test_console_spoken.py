"""The pages that write to parents say what is hard in the words, and refuse what must change."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.messages import ChannelName, Shape
from bot.storage.tables import campaigns, centres, contacts, event_texts, events
from tests.web.console_stage import Stage, furnish, open_stage, visible_text

BLOCKED = "Des mots sont à changer."


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The furnished stage, with SMS switched on."""
    stage = open_stage(tmp_path, shapes={ChannelName.SMS: Shape()})
    furnish(stage)
    yield stage
    stage.database.close()


def event(stage: Stage, **changes: str) -> dict[str, str]:
    return {
        "kind": "outing",
        "centre": str(stage.ids["tilleuls"]),
        "title_fr": "Sortie au parc",
        "notes_fr": "Prenez un manteau.",
        "on": "2026-12-02",
        "at": "14:30",
        "place": "Parc Blandan",
    } | changes


def announcement(**changes: str) -> dict[str, str]:
    return {
        "kind": "announcement",
        "on": "2026-11-24",
        "at": "10:00",
        "title_fr": "Le centre est fermé vendredi",
        "body_fr": "Revenez lundi.",
    } | changes


def beside(html: str, field: str) -> str:
    """What stands under a field."""
    found = re.search(rf'<ul class="findings" id="{field}-findings">(.*?)</ul>', html, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("field", "words", "told"),
    [
        ("title_fr", "Réunion du CLAS", "aide aux devoirs"),
        ("notes_fr", "Rendez-vous le 03/12", "mardi 3 novembre"),
        ("title_ar", "{title}", "pas rempli"),
        ("notes_fr", "Le groupe de Lina", "votre enfant"),
    ],
)
def test_an_event_with_words_to_change_is_not_saved(
    stage: Stage, field: str, words: str, told: str
) -> None:
    typed = event(stage, title_ar="نزهة") | {field: words}
    page = stage.post("/events/new", typed)
    assert page.status_code == 400
    assert BLOCKED in visible_text(page)
    assert told in beside(page.text, field)
    control = re.search(rf'<(?:input|textarea) id="{field}"[^>]*>', page.text)
    assert control is not None
    assert f"{field}-findings" in control[0]
    assert not stage.rows(select(events.c.id).where(events.c.place == "Parc Blandan"))


def test_what_is_only_to_look_at_is_shown_and_saved(stage: Stage) -> None:
    typed = event(stage, notes_fr="On part à 14:30.")
    page = stage.post("/events/new", typed | {"see": "1"})
    assert page.status_code == 200
    assert "14h30" in beside(page.text, "notes_fr")
    assert stage.post("/events/new", typed).status_code == 303


def test_the_preview_reads_the_words_aloud_in_every_rendering(stage: Stage) -> None:
    typed = event(stage, title_ar="نزهة", see="1")
    words = visible_text(stage.post("/events/new", typed))
    assert "vous invite : Sortie au parc" in words
    assert "Chiffres : l'essentiel, puis 1 ou 2" in words
    assert "Sortie au parc mercredi 2 décembre, 14h30 Parc Blandan" in words
    assert "Facile : l'essentiel, rien de plus" in words
    assert "نزهة" in words


def test_a_child_may_be_named_where_the_centre_names_children(stage: Stage) -> None:
    with stage.database.write() as db:
        db.execute(update(centres).values(names_children=True))
    done = stage.post("/events/new", event(stage, title_fr="Le groupe de Lina"))
    assert done.status_code == 303


def test_a_change_looks_only_at_the_words_that_change(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    with stage.database.write() as db:
        mine = event_texts.c.event_id == event_id
        db.execute(update(event_texts).where(mine).values(title="Bien dormir, CLAS"))
    row = stage.row(events, event_id)
    typed = {
        "title_fr": "Bien dormir, CLAS",
        "on": "2026-12-09",
        "at": "18:00",
        "place": "Salle verte",
        "version": str(row.version),
        "fewer": "1",
    }
    assert stage.post(f"/events/{event_id}/edit", typed).status_code == 200
    worse = typed | {"title_fr": "Bien dormir, REAAP"}
    for path in ("edit", "change"):
        page = stage.post(f"/events/{event_id}/{path}", worse)
        assert page.status_code == 400
        assert BLOCKED in visible_text(page)
    assert stage.row(events, event_id).place != "Salle verte"


@pytest.mark.parametrize("path", ["/campaigns/preview", "/campaigns/new"])
def test_an_announcement_with_words_to_change_is_not_planned(stage: Stage, path: str) -> None:
    page = stage.post(path, announcement(body_fr="Faites un don."))
    assert page.status_code == 400
    assert BLOCKED in visible_text(page)
    assert "jamais d&#39;argent" in beside(page.text, "body_fr")
    assert stage.rows(select(campaigns)) == []


def test_the_preview_of_an_announcement_shows_what_to_look_at(stage: Stage) -> None:
    page = stage.post("/campaigns/preview", announcement(body_fr="Venez-vous à 18:00 ?"))
    words = visible_text(page)
    assert page.status_code == 200
    assert "À revoir dans vos mots" in words
    assert "« 18h »" in words
    assert "personne ne peut y répondre par un chiffre" in words


def test_a_wave_is_in_our_own_words_and_passes(stage: Stage) -> None:
    wave = {"kind": "wave", "on": "2026-11-24", "at": "10:00", "wave": "2026-H2"}
    words = visible_text(stage.post("/campaigns/preview", wave))
    assert "À revoir" not in words


def test_how_a_guardian_reads_is_noted_on_the_familys_page(stage: Stage) -> None:
    family, contact = stage.ids["F-001"], stage.ids["Amina Berrada"]
    path = f"/families/{family}/contacts/{contact}/rendering"
    done: Any = stage.post(path, {"rendering": "numbers"})
    assert done.status_code == 303
    assert stage.row(contacts, contact).rendering == "numbers"
    page = stage.browser().get(done.headers["location"])
    assert "nous écrirons ainsi" in visible_text(page)
    assert re.search(r'<option value="numbers" selected>', page.text)
    wrong = stage.post(path, {"rendering": "braille"})
    assert wrong.status_code == 400
    assert stage.row(contacts, contact).rendering == "numbers"


def test_another_centre_cannot_note_it(stage: Stage) -> None:
    family, contact = stage.ids["F-001"], stage.ids["Amina Berrada"]
    path = f"/families/{family}/contacts/{contact}/rendering"
    assert stage.post(path, {"rendering": "easy"}, who="port").status_code == 404
    assert stage.row(contacts, contact).rendering == ""


DIFFERENT = [
    ("event", {"title_tr": "Saat 4 gezisi", "title_fr": "Sortie à 14 h"}, "title_tr",
     "l'heure 14 h"),
    ("event", {"title_ar": "Park gezisi"}, "title_ar", "l'écriture de cette langue"),
    ("event", {"title_tr": "Gezi", "notes_tr": "{ad} manto"}, "notes_tr", "le champ {ad} en trop"),
    ("event", {"title_tr": "Gezi", "notes_fr": "Parc Blandan", "notes_tr": "Blan"}, "notes_tr",
     "le nom « Parc Blandan »"),
    ("announcement", {"title_tr": "Pazartesi kapalı", "title_fr": "Fermé vendredi"}, "title_tr",
     "le jour"),
    ("announcement", {"title_tr": "Kapalı", "body_fr": "Lisez https://exemple.org/a",
     "body_tr": "Okuyun https://exemple.org/b"}, "body_tr", "le lien https://exemple.org/a"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "field", "why"), DIFFERENT)
def test_a_translation_that_says_something_else_is_refused_and_nothing_typed_is_lost(
    stage: Stage, kind: str, changes: dict[str, str], field: str, why: str
) -> None:
    if kind == "event":
        sent, answer = event(stage, **changes), "/events/new"
    else:
        sent, answer = announcement(**changes), "/campaigns/preview"
    page = stage.post(answer, sent)
    assert page.status_code == 400
    shown = visible_text(page)
    assert BLOCKED in shown
    assert why in shown
    language = {"tr": "turc", "ar": "arabe"}[field[-2:]]
    assert f"{language} : " in shown
    for value in changes.values():
        assert value in html.unescape(page.text)
