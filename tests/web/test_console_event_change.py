"""Changing an event in the browser: the form, what it will do, and doing it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, time, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.messages import ChannelName, Shape
from bot.reach import Reach
from bot.storage.tables import event_texts, events, outbox
from tests.web.console_stage import NOW, Stage, visible_text


@pytest.fixture
def sleep(stage: Stage) -> int:
    """The workshop "Bien dormir", on Thursday; SMS is switched on."""
    context = stage.app.state.context
    shapes = {ChannelName.SMS: Shape()}
    stage.app.state.context = replace(context, reach=Reach(context.deployment, shapes))
    return stage.ids["Bien dormir"]


def fields(html: str) -> dict[str, str]:
    """What the form on a page would send."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        if name and value and 'type="checkbox"' not in tag:
            found[name[1]] = unescape(value[1])
    for name_, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', html):
        found[name_] = unescape(text)
    return found


def filled(stage: Stage, event_id: int, **changes: str) -> dict[str, Any]:
    """The form as it opens, with some fields typed anew."""
    return fields(stage.browser().get(f"/events/{event_id}/edit").text) | changes


def test_form_opens_as_the_event_stands(stage: Stage, sleep: int) -> None:
    assert "Modifier" in visible_text(stage.browser().get(f"/events/{sleep}"))
    form = filled(stage, sleep)
    named = ("on", "at", "place", "seats", "title_fr", "title_ar", "notes_fr", "version")
    assert [form[name] for name in named] == [
        "2026-11-26",
        "18:00",
        "Salle bleue",
        "12",
        "Bien dormir",
        "نوم جيد",
        "Apportez un goûter.",
        "1",
    ]


def test_preview_says_who_reads_what_and_changes_nothing(stage: Stage, sleep: int) -> None:
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, on="2026-12-03"))
    words = visible_text(page)
    assert page.status_code == 200
    assert "Jour jeudi 26 novembre → jeudi 3 décembre" in words
    assert "3 familles seront prévenues par un message." in words
    for text in (
        "Changement : Bien dormir. Nouvelle date : jeudi 3 décembre à 18h, Salle bleue.",
        "الموعد الجديد",
        "Nova data: quinta-feira 3 de dezembro",
        "En français :",
        "1 famille a dit non et n'est pas dérangée.",
        "3 familles ne sont pas encore invitées",
        "Rappel : mardi 24 novembre à 18h → mardi 1er décembre à 18h",
    ):
        assert text in words, text
    row = stage.row(events, sleep)
    assert (row.on, row.version, stage.wakes) == (date(2026, 11, 26), 1, 0)


def test_confirmed_change_is_made_told_and_wakes_the_sender(stage: Stage, sleep: int) -> None:
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, on="2026-12-03"))
    done = stage.post(f"/events/{sleep}/change", fields(page.text))
    assert (done.status_code, done.headers["location"]) == (303, f"/events/{sleep}")
    row = stage.row(events, sleep)
    assert (row.on, row.at, row.version, row.changed_at) == (
        date(2026, 12, 3),
        time(18),
        2,
        NOW,
    )
    moved = stage.rows(select(outbox.c.state).where(outbox.c.step == "moved"))
    assert [one.state for one in moved] == ["waiting"] * 3
    assert stage.wakes == 1
    page_words = visible_text(stage.browser().get(f"/events/{sleep}"))
    assert "Changement de date" in page_words
    assert "L'événement a changé depuis." in page_words


def test_quiet_change_says_that_nobody_gets_a_message(stage: Stage, sleep: int) -> None:
    typed = filled(stage, sleep, title_ar="", notes_ar="", title_fr="Mieux dormir")
    page = stage.post(f"/events/{sleep}/edit", typed)
    assert "Aucune famille" in visible_text(page)
    stage.post(f"/events/{sleep}/change", fields(page.text))
    texts = stage.rows(select(event_texts).where(event_texts.c.event_id == sleep))
    assert [(one.language, one.title) for one in texts] == [("fr", "Mieux dormir")]


def test_fewer_places_than_are_held_want_a_tick(stage: Stage, sleep: int) -> None:
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, seats="2"))
    assert "3 places sont déjà prises" in visible_text(page)
    refused = stage.post(f"/events/{sleep}/change", fields(page.text))
    assert (refused.status_code, stage.row(events, sleep).seats) == (400, 12)
    done = stage.post(f"/events/{sleep}/change", fields(page.text) | {"fewer": "1"})
    assert (done.status_code, stage.row(events, sleep).seats) == (303, 2)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Il n'y a rien à changer."),
        ({"on": "2026-11-20"}, "Ce moment est passé"),
        ({"on": ""}, "Donnez le jour"),
        ({"place": ""}, "Dites où les familles"),
        ({"title_fr": ""}, "Le titre manque."),
        ({"seats": "beaucoup"}, "Donnez un nombre"),
    ],
)
def test_what_is_wrong_shows_the_form_again(
    stage: Stage, sleep: int, typed: dict[str, str], words: str
) -> None:
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, **typed))
    assert page.status_code == 400
    assert "Modifier l'événement" in visible_text(page)
    assert words.split()[0] in visible_text(page)


def test_change_by_a_colleague_meanwhile_is_not_overwritten(stage: Stage, sleep: int) -> None:
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, at="17:00"))
    with stage.database.write() as db:
        db.execute(update(events).where(events.c.id == sleep).values(version=2))
    late = stage.post(f"/events/{sleep}/change", fields(page.text))
    assert late.status_code == 400
    assert "a changé entre-temps" in visible_text(late)
    assert stage.row(events, sleep).at == time(18)


def test_what_is_over_cancelled_or_of_another_centre_cannot_be_changed(
    stage: Stage, sleep: int
) -> None:
    over = stage.ids["Sortie au musée"]
    assert stage.browser().get(f"/events/{over}/edit").status_code == 303
    assert stage.browser("port").get(f"/events/{sleep}/edit").status_code == 404
    form = filled(stage, sleep, at="17:00")
    assert stage.post(f"/events/{sleep}/change", form, who="port").status_code == 404
    with stage.database.write() as db:
        db.execute(update(events).values(status="cancelled"))
    assert stage.post(f"/events/{sleep}/change", form).status_code == 400


def test_cancel_page_shows_the_message_in_each_language(stage: Stage, sleep: int) -> None:
    words = visible_text(stage.browser().get(f"/events/{sleep}/cancel"))
    assert "Bien dormir, jeudi 26 novembre à 18h : c'est annulé." in words
    assert "تم الإلغاء" in words
    assert stage.row(events, sleep).status == "planned"
    assert stage.rows(select(outbox.c.id).where(outbox.c.step == "cancelled")) == []


def test_change_that_must_wait_says_from_when_it_leaves(stage: Stage, sleep: int) -> None:
    stage.now = NOW + timedelta(hours=11)  # nine in the evening
    page = stage.post(f"/events/{sleep}/edit", filled(stage, sleep, on="2026-12-03"))
    assert "Départ au plus tôt : mardi 24 novembre à 9h" in visible_text(page)
