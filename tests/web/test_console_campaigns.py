"""Announcements and survey waves in the browser: look first, then plan, follow, cancel."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select, update

from bot.messages import ChannelName, Shape
from bot.storage.tables import campaign_families, campaign_texts, campaigns, contacts
from tests.web.console_stage import Stage, furnish, open_stage, visible_text


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The furnished stage, with SMS switched on."""
    stage = open_stage(tmp_path, shapes={ChannelName.SMS: Shape()})
    furnish(stage)
    yield stage
    stage.database.close()


RIGHT = {
    "kind": "announcement",
    "on": "2026-11-24",
    "at": "10:00",
    "title_fr": "Le centre est fermé vendredi",
    "body_fr": "Revenez lundi.",
    "title_ar": "المركز مغلق يوم الجمعة",
}
WAVE = {"kind": "wave", "on": "2026-11-24", "at": "10:00", "wave": "2026-H2"}


def preview(stage: Stage, *, who: str = "nadia", **changes: Any) -> Response:
    return stage.post("/campaigns/preview", RIGHT | changes, who=who)


def plan(stage: Stage, *, who: str = "nadia", **changes: Any) -> Response:
    return stage.post("/campaigns/new", RIGHT | changes, who=who)


def families_of(stage: Stage, campaign_id: int) -> set[int]:
    rows = stage.rows(
        select(campaign_families.c.family_id).where(campaign_families.c.campaign_id == campaign_id)
    )
    return {row.family_id for row in rows}


def test_the_form_proposes_tomorrow_morning_and_this_half_year(stage: Stage) -> None:
    page = stage.browser().get("/campaigns/new/wave")
    assert 'value="2026-11-24"' in page.text
    assert 'value="2026-H2"' in page.text
    assert "title_fr" not in page.text
    assert "title_fr" in stage.browser().get("/campaigns/new/announcement").text
    assert stage.browser().get("/campaigns/new/party").status_code == 404


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title_fr": ""}, "Le titre manque."),
        ({"title_ar": "", "body_ar": "الاثنين"}, "Le titre manque."),
        ({"title_fr": "t" * 121}, "Le titre est trop long"),
        ({"body_fr": "b" * 601}, "600 signes au plus"),
        ({"on": "demain"}, "Donnez le jour"),
        ({"at": "midi"}, "Donnez l'heure"),
        ({"on": "2026-11-23", "at": "09:59"}, "Ce moment est passé"),
        ({"ends_on": "2026-11-23"}, "Le dernier jour vient avant le premier"),
        ({"kind": "wave", "wave": "automne"}, "par exemple 2026-H2"),
        ({"audience_families": "F-999"}, "F-999"),
        ({"audience_families": "P-001"}, "P-001"),
        ({"audience_tags_any": "inconnue"}, "Choisissez de nouveau"),
        ({"ends_on": "2027-11-23"}, "trop loin"),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(
    stage: Stage, changes: dict[str, str], told: str
) -> None:
    for send in (preview, plan):
        page = send(stage, **changes)
        assert page.status_code == 400
        assert told in visible_text(page)
        if changes.get("kind") != "wave" and changes.get("title_fr", "Le") == "Le":
            assert 'value="Le centre est fermé vendredi"' in unescape(page.text)
    assert stage.rows(select(campaigns)) == []


def test_a_preview_shows_who_what_how_much_and_plans_nothing(stage: Stage) -> None:
    page = visible_text(preview(stage))
    assert "7 familles" in page
    assert "6 reçoivent le message," in page
    assert "1 ne peut pas être jointe." in page
    assert "Le numéro ne fonctionne plus." in page
    assert "المركز مغلق يوم الجمعة" in page
    assert "Revenez lundi." in page
    assert "Coût estimé" in page
    assert "€" in page
    assert "mardi 24 novembre à 10h" in page
    assert stage.rows(select(campaigns)) == []


def test_a_preview_carries_every_field_to_the_confirmation_and_back(stage: Stage) -> None:
    page = preview(stage, audience_languages=["ar", "tr"])
    for name, value in (RIGHT | {"audience_languages": "tr"}).items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in unescape(page.text)
    again = stage.post("/campaigns/form", RIGHT | {"audience_languages": ["ar", "tr"]})
    assert again.status_code == 200
    assert 'value="Le centre est fermé vendredi"' in unescape(again.text)
    assert again.text.count(" checked") == 2


def test_an_announcement_is_planned_for_the_families_of_the_reader_s_centre(stage: Stage) -> None:
    answer = plan(stage)
    assert (answer.status_code, answer.headers["location"]) == (303, "/campaigns/1")
    row = stage.row(campaigns, 1)
    assert (row.centre_id, row.kind, row.audience) == (stage.ids["tilleuls"], "announcement", {})
    assert str(row.ends_on) == "2026-11-27"
    assert families_of(stage, 1) == {stage.ids[f"F-00{n}"] for n in range(1, 8)}
    words = {one.language: (one.title, one.body) for one in stage.rows(select(campaign_texts))}
    assert words == {
        "fr": ("Le centre est fermé vendredi", "Revenez lundi."),
        "ar": ("المركز مغلق يوم الجمعة", ""),
    }


def test_the_audience_narrows_who_hears(stage: Stage) -> None:
    plan(stage, audience_languages=["ar", "tr"])
    assert families_of(stage, 1) == {stage.ids["F-001"], stage.ids["F-002"]}
    assert stage.row(campaigns, 1).audience == {"languages": ["ar", "tr"]}


def test_an_empty_audience_is_said_before_anything_is_planned(stage: Stage) -> None:
    page = preview(stage, audience_families="F-001", audience_languages="tr")
    assert page.status_code == 400
    assert "Aucune famille n'est dans ce public." in visible_text(page)


def test_an_admin_writes_to_every_centre_or_to_one(stage: Stage) -> None:
    plan(stage, who="ada")
    assert stage.row(campaigns, 1).centre_id is None
    assert stage.ids["P-001"] in families_of(stage, 1)
    plan(stage, who="ada", audience_centres=str(stage.ids["port"]))
    assert stage.row(campaigns, 2).centre_id == stage.ids["port"]
    assert families_of(stage, 2) == {stage.ids["P-001"]}


def test_the_same_announcement_sent_twice_is_planned_once(stage: Stage) -> None:
    plan(stage)
    again = plan(stage)
    assert again.status_code == 400
    assert "déjà prévue" in visible_text(again)
    assert len(stage.rows(select(campaigns))) == 1


def test_a_wave_says_what_each_family_is_asked_first(stage: Stage) -> None:
    with stage.database.write() as db:
        db.execute(
            update(contacts).where(contacts.c.id == stage.ids["Paul Garnier"]).values(surveys=True)
        )
    page = visible_text(stage.post("/campaigns/preview", WAVE))
    assert "Pouvons-nous vous poser 4 petites questions ?" in page
    assert "Ma Chance Moi Aussi aide votre enfant à mieux se comporter." in page
    stage.post("/campaigns/new", WAVE)
    assert stage.row(campaigns, 1).wave == "2026-H2"
    second = stage.post("/campaigns/new", WAVE)
    assert "L'enquête 2026-H2 existe déjà" in visible_text(second)


def test_the_page_of_a_campaign_reconciles_and_says_why(stage: Stage) -> None:
    plan(stage)
    stage.message(None, "F-001", "delivered", step="announcement", campaign_id=1)
    stage.message(None, "F-002", "failed", step="announcement", campaign_id=1, reason="failed")
    stage.message(None, "F-003", "waiting", step="announcement", campaign_id=1, reason="cap")
    stage.message(
        None, "F-005", "refused", step="announcement", campaign_id=1, reason="address_dead"
    )
    page = stage.browser().get("/campaigns/1")
    text = visible_text(page)
    assert "Visés Envoyé En attente Non envoyé Échec 7 1 4 1 1" in text
    assert "1 : Le numéro ne fonctionne plus." in text
    for number in range(1, 8):
        assert f"/families/{stage.ids[f'F-00{number}']}" in page.text
    assert "Le message partira à son heure." in text


def test_a_cancelled_campaign_says_so_everywhere(stage: Stage) -> None:
    plan(stage)
    confirm = visible_text(stage.browser().get("/campaigns/1/cancel"))
    assert "7 familles n'ont pas encore le message" in confirm
    assert stage.post("/campaigns/1/cancel").headers["location"] == "/campaigns/1"
    page = stage.browser().get("/campaigns/1")
    assert "La campagne est annulée." in visible_text(page)
    assert "/campaigns/1/cancel" not in page.text
    assert "Annulé" in visible_text(stage.browser().get("/campaigns"))
    again = stage.post("/campaigns/1/cancel")
    assert again.status_code == 400
    assert "déjà annulée" in visible_text(again)


def test_another_centre_sees_and_cancels_nothing(stage: Stage) -> None:
    plan(stage)
    assert "fermé vendredi" not in stage.browser("port").get("/campaigns").text
    for path in ("/campaigns/1", "/campaigns/1/cancel"):
        assert stage.browser("port").get(path).status_code == 404
    assert stage.post("/campaigns/1/cancel", who="port").status_code == 404
    assert stage.row(campaigns, 1).status == "planned"


def test_a_campaign_of_the_network_is_for_those_who_see_the_network(stage: Stage) -> None:
    plan(stage, who="ada")
    assert stage.browser("nadia").get("/campaigns/1").status_code == 404
    assert "Plusieurs centres" in visible_text(stage.browser("ada").get("/campaigns"))


def test_evaluators_have_nothing_to_do_here(stage: Stage) -> None:
    assert stage.browser("eva").get("/campaigns").status_code == 403
    assert plan(stage, who="eva").status_code == 403


def test_a_form_without_our_token_plans_nothing(stage: Stage) -> None:
    assert stage.browser().post("/campaigns/new", RIGHT).status_code == 403
    assert stage.rows(select(campaigns)) == []
