"""Families: finding one, how it is reached, its pause, its card and what was said."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import select, update

from bot.contacts import CARD_LIFE
from bot.messages import say
from bot.storage.console.lines import PER_PAGE
from bot.storage.contacts import use_binding_code
from bot.storage.tables import (
    binding_codes,
    centres,
    children,
    contacts,
    families,
    group_children,
    groups,
    outbox,
)
from tests.web.console_stage import NOW, Stage, furnish, open_stage, visible_text


def page_of(stage: Stage, reference: str) -> str:
    """A family's page, as words."""
    return visible_text(stage.browser().get(f"/families/{stage.ids[reference]}"))


def found(stage: Stage, query: str) -> list[str]:
    """The references that a search finds."""
    html = stage.browser("ada").get(f"/families?{query}").text
    return re.findall(r'<a href="/families/\d+">([^<]+)</a>', html)


@pytest.mark.parametrize(
    ("words", "references"),
    [
        ("F-003", ["F-003"]),
        ("f-003", ["F-003"]),
        ("berrada", ["F-001"]),
        ("Youssef", ["F-001"]),
        ("Tiago", ["F-003"]),
        ("élise", ["F-004"]),
        ("INÊS", ["F-003"]),
        ("%", []),
        ("personne", []),
    ],
)
def test_a_family_is_found_by_reference_parent_or_child(
    stage: Stage, words: str, references: list[str]
) -> None:
    assert found(stage, f"q={words}") == references


def test_families_can_be_narrowed_to_those_out_of_reach(stage: Stage) -> None:
    with stage.database.write() as db:
        db.execute(
            contacts.update()
            .where(contacts.c.id == stage.ids["Paul Garnier"])
            .values(stopped_at=NOW)
        )
    assert found(stage, "reach=no") == ["F-004", "F-005"]
    assert found(stage, "reach=yes") == ["F-001", "F-002", "F-003", "F-006", "F-007", "P-001"]
    assert len(found(stage, "reach=whatever")) == 8


def test_families_come_fifty_at_a_time(empty_stage: Stage) -> None:
    for n in range(PER_PAGE + 2):
        empty_stage.family(f"F-{n:03}", f"Parent {n}")
    first = empty_stage.browser().get("/families?q=Parent&reach=no")
    assert "52 familles" in visible_text(first)
    assert "Page 1 sur 2" in visible_text(first)
    onward = re.search(r'href="(/families\?[^"]*page=2[^"]*)"', first.text)
    assert onward is not None
    path = onward[1].replace("&amp;", "&")
    assert "q=Parent" in path
    assert "reach=no" in path
    second = visible_text(empty_stage.browser().get(path))
    assert "F-050" in second
    assert "F-051" in second
    assert "F-049" not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999", ""])
def test_a_strange_page_number_is_no_error(stage: Stage, page: str) -> None:
    assert stage.browser().get(f"/families?page={page}").status_code == 200


def test_the_page_says_how_each_guardian_is_reached(stage: Stage) -> None:
    stage.address(
        stage.ids["Amina Berrada"], "+33639980060", channel="whatsapp", dead="address_dead"
    )
    words = page_of(stage, "F-001")
    assert "SMS 06 39 98 00 01 Fonctionne" in words
    assert "WhatsApp 06 39 98 00 60 Ne fonctionne pas Le numéro ne fonctionne plus." in words
    assert "Aucun numéro ni autre adresse n'est connu." in words  # the second guardian
    assert "Messages, accord (liste importée)" in words


def test_a_stop_and_an_erasure_are_in_sight(stage: Stage) -> None:
    with stage.database.write() as db:
        db.execute(
            contacts.update()
            .where(contacts.c.id == stage.ids["Amina Berrada"])
            .values(stopped_at=NOW, surveys=False)
        )
        db.execute(
            contacts.update()
            .where(contacts.c.id == stage.ids["Youssef Berrada"])
            .values(erased_at=NOW)
        )
    words = page_of(stage, "F-001")
    assert "STOP lundi 23 novembre à 10h" in words
    assert "Questions Refus" in words
    assert "Coordonnées effacées" in words
    assert "Youssef" not in words


def test_the_timeline_holds_both_directions_the_latest_first(stage: Stage) -> None:
    words = page_of(stage, "F-001")
    theirs = words.index("Est-ce que je peux venir avec ma sœur ?")
    ours = words.index("Bien dormir : jeudi 26 novembre à 18h. Viendrez-vous ?")
    assert theirs < ours
    assert "dimanche 22 novembre à 4h" in words


def test_a_message_in_another_language_is_shown_in_french_and_as_it_was_read(
    stage: Stage,
) -> None:
    stage.message(
        stage.ids["Bien dormir"],
        "F-001",
        "read",
        step="reminder",
        says=(say("{text}", text="À jeudi !"),),
        language="ar",
        body="إلى الخميس",
    )
    page = stage.browser().get(f"/families/{stage.ids['F-001']}")
    html, words = page.text, visible_text(page)
    assert "À jeudi ! Tel que la personne l'a lu : arabe" in words
    assert '<p class="words" lang="ar" dir="rtl">إلى الخميس</p>' in html


# -- pause ----------------------------------------------------------------------------------------


def test_a_pause_lasts_until_the_end_of_its_day_on_the_centre_s_clock(stage: Stage) -> None:
    path = f"/families/{stage.ids['F-001']}/pause"
    done = stage.post(path, {"until": "2026-12-24", "reason": "Naissance"})
    assert done.status_code == 303
    row = stage.row(families, stage.ids["F-001"])
    assert row.paused_until == datetime(2026, 12, 24, 23, tzinfo=UTC)  # midnight in Paris
    assert row.pause_reason == "Naissance"
    words = page_of(stage, "F-001")
    assert "Aucun message automatique jusqu'au jeudi 24 décembre inclus." in words
    assert "Naissance" in words
    assert "En pause" in visible_text(stage.browser().get("/families"))
    assert "La famille est en pause." in visible_text(
        stage.browser().get(f"/events/{stage.ids['Bien dormir']}")
    )


def test_a_pause_can_be_ended(stage: Stage) -> None:
    family_id = stage.ids["F-001"]
    stage.post(f"/families/{family_id}/pause", {"until": "2026-12-24", "reason": "Naissance"})
    done = stage.post(f"/families/{family_id}/resume")
    assert done.status_code == 303
    assert stage.row(families, family_id).paused_until is None
    assert stage.wakes == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": "2026-11-20", "reason": "Deuil"}, "une date à venir"),
        ({"until": "2026-12-24", "reason": "  "}, "Dites pourquoi, pour vos collègues."),
        ({"until": "", "reason": "Deuil"}, "Donnez le dernier jour de la pause"),
    ],
)
def test_an_incomplete_pause_is_refused_and_what_was_typed_stays(
    stage: Stage, fields: dict[str, str], words: str
) -> None:
    page = stage.post(f"/families/{stage.ids['F-001']}/pause", fields)
    assert page.status_code == 400
    assert words in visible_text(page)
    for text in filter(str.strip, fields.values()):
        assert f'value="{text}"' in page.text
    assert stage.row(families, stage.ids["F-001"]).paused_until is None


# -- the Telegram card ----------------------------------------------------------------------------


def test_a_card_is_shown_once_with_its_link(tmp_path: Path) -> None:
    stage = open_stage(tmp_path, telegram_bot="carnet_essai_bot")
    furnish(stage)
    amina = stage.ids["Amina Berrada"]
    page = stage.post(f"/families/{stage.ids['F-001']}/contacts/{amina}/card")
    assert page.status_code == 200
    assert "Carte Telegram de Amina Berrada" in visible_text(page)
    shown = re.search(
        r'href="https://t\.me/carnet_essai_bot\?start=([A-Za-z0-9_-]{1,64})"', page.text
    )
    assert shown is not None
    [row] = stage.rows(select(binding_codes))
    assert (row.contact_id, row.expires_at) == (amina, NOW + CARD_LIFE)
    with stage.database.write() as db:
        assert use_binding_code(db, row.code_hash, NOW + timedelta(days=1)) == amina
    assert shown[1] not in stage.browser().get(f"/families/{stage.ids['F-001']}").text
    stage.database.close()


@pytest.mark.parametrize(
    ("key", "bot"), [("", "first_bot"), ("nice", "nice_bot"), ("gone", "first_bot")]
)
def test_a_card_leads_to_the_bot_of_its_centre(tmp_path: Path, key: str, bot: str) -> None:
    stage = open_stage(tmp_path, telegram_bot="first_bot", telegram_bots={"nice": "nice_bot"})
    furnish(stage)
    with stage.database.write() as db:
        tilleuls = centres.c.id == stage.ids["tilleuls"]
        db.execute(update(centres).where(tilleuls).values(telegram_bot=key))
    amina = stage.ids["Amina Berrada"]
    page = stage.post(f"/families/{stage.ids['F-001']}/contacts/{amina}/card")
    assert f"https://t.me/{bot}?start=" in page.text
    stage.database.close()


def test_without_a_bot_the_card_still_has_its_code(stage: Stage) -> None:
    amina = stage.ids["Amina Berrada"]
    page = stage.post(f"/families/{stage.ids['F-001']}/contacts/{amina}/card")
    assert "Le robot Telegram n'est pas encore activé." in visible_text(page)
    assert "t.me" not in page.text


@pytest.mark.parametrize("contact", ["Rosa Lima", "Selin Kaya"])
def test_no_card_for_a_guardian_of_another_family(stage: Stage, contact: str) -> None:
    page = stage.post(f"/families/{stage.ids['F-001']}/contacts/{stage.ids[contact]}/card")
    assert page.status_code == 404
    assert stage.rows(select(binding_codes)) == []


def test_a_card_leaves_by_sms_and_its_code_is_never_shown(tmp_path: Path) -> None:
    stage = open_stage(tmp_path, telegram_bot="carnet_essai_bot")
    furnish(stage)
    path = f"/families/{stage.ids['F-001']}/contacts/{stage.ids['Amina Berrada']}/card/sms"
    page = stage.browser().get(stage.post(path).headers["location"])
    assert "Le SMS avec le lien Telegram part" in visible_text(page)
    [row] = stage.rows(select(outbox).where(outbox.c.step == "card"))
    assert row.contact_id == stage.ids["Amina Berrada"]
    assert stage.post(path).status_code == 303
    assert len(stage.rows(select(outbox).where(outbox.c.step == "card"))) == 1
    stage.database.close()


def test_a_card_by_sms_that_cannot_leave_says_why(stage: Stage) -> None:
    path = f"/families/{stage.ids['F-001']}/contacts/{stage.ids['Amina Berrada']}/card/sms"
    page = stage.post(path)
    assert page.status_code == 400
    assert "Le robot Telegram n'est pas encore activé" in visible_text(page)
    elsewhere = path.replace(str(stage.ids["Amina Berrada"]), str(stage.ids["Rosa Lima"]))
    assert stage.post(elsewhere).status_code == 404


# -- what the family wishes -----------------------------------------------------------------------


def send(stage: Stage, action: str, who: str = "nadia", **data: str) -> Response:
    """Send one of the forms on the page of F-001; give the page that follows."""
    path = f"/families/{stage.ids['F-001']}"
    done = stage.post(f"{path}/{action}", data, who=who)
    return stage.browser(who).get(done.headers["location"]) if done.status_code == 303 else done


def test_whom_to_write_to_first_is_noted_and_shown(stage: Stage) -> None:
    page = send(stage, "guardians", first="2", both="1")
    assert "C'est noté" in visible_text(page)
    assert re.search(r'id="first-2"[^>]* checked', page.text)
    assert re.search(r'id="both"[^>]* checked', page.text)
    row = stage.row(families, stage.ids["F-001"])
    assert (row.first_rank, row.both_guardians) == (2, True)
    send(stage, "guardians", first="")
    row = stage.row(families, stage.ids["F-001"])
    assert (row.first_rank, row.both_guardians) == (None, False)


def test_never_writing_to_a_guardian_needs_a_reason_and_stops_what_waits(stage: Stage) -> None:
    amina = stage.ids["Amina Berrada"]
    waiting = stage.message(stage.ids["Bien dormir"], "F-001", "waiting", step="reminder")
    refused = send(stage, f"contacts/{amina}/forbid", why=" ")
    assert refused.status_code == 400
    assert "Dites pourquoi" in visible_text(refused)
    page = send(stage, f"contacts/{amina}/forbid", why="Décision du juge")
    words = visible_text(page)
    assert "Plus aucun message ne part à cette personne." in words
    assert "1 message qui attendait pour elle ne partira pas." in words
    assert "À ne pas contacter Décision du juge" in words
    row = stage.row(outbox, waiting)
    assert (row.state, row.reason) == ("refused", "do_not_contact")
    assert 'id="first-1"' not in page.text  # not to be chosen any more
    page = send(stage, f"contacts/{amina}/allow")
    assert "de nouveau recevoir des messages" in visible_text(page)
    assert "Décision du juge" not in visible_text(page)


def test_a_family_whose_only_reachable_guardian_is_forbidden_is_out_of_reach(
    stage: Stage,
) -> None:
    send(stage, f"contacts/{stage.ids['Amina Berrada']}/forbid", why="Décision du juge")
    assert "F-001" in found(stage, "reach=no")
    words = visible_text(stage.browser().get(f"/events/{stage.ids['Atelier cuisine']}"))
    assert "L'équipe a décidé de ne pas écrire à cette personne." in words
    assert "Décision du juge" not in words


def test_the_reason_is_read_by_the_team_of_the_centre_only(stage: Stage) -> None:
    amina = stage.ids["Amina Berrada"]
    send(stage, f"contacts/{amina}/forbid", why="Décision du juge")
    path = f"/families/{stage.ids['F-001']}"
    assert stage.browser("port").get(path).status_code == 404
    assert stage.browser("eva").get(path).status_code == 403
    for action in ("guardians", "tags", f"contacts/{amina}/allow", f"contacts/{amina}/forbid"):
        assert stage.post(f"{path}/{action}", {"why": "x"}, who="port").status_code == 404
        assert stage.post(f"{path}/{action}", {"why": "x"}, who="eva").status_code == 403


def test_a_guardian_of_another_family_is_not_changed_here(stage: Stage) -> None:
    page = send(stage, f"contacts/{stage.ids['Rosa Lima']}/forbid", why="Erreur")
    assert page.status_code == 400
    assert not stage.row(contacts, stage.ids["Rosa Lima"]).no_contact


def test_tags_are_noted_and_shown(stage: Stage) -> None:
    words = visible_text(send(stage, "tags", tags="Bénévole, transport"))
    assert "Les étiquettes sont notées." in words
    assert "Étiquettes bénévole transport" in words
    page = send(stage, "tags", tags="x" * 41)
    assert page.status_code == 400
    assert "40 signes au plus" in visible_text(page)


def test_level_and_groups_of_each_child_are_shown(stage: Stage) -> None:
    with stage.database.write() as db:
        mine = children.c.family_id == stage.ids["F-001"]
        db.execute(update(children).where(mine).values(school_level="2de"))
    [child] = stage.rows(select(children.c.id).where(mine))
    group = stage.add(groups, centre_id=stage.ids["tilleuls"], name="Chorale")
    stage.add(group_children, group_id=group, child_id=child.id)
    assert "Enfants Lina, seconde, Chorale" in page_of(stage, "F-001")


def test_what_a_form_did_is_said_by_a_known_code_only(stage: Stage) -> None:
    path = f"/families/{stage.ids['F-001']}"
    assert "hameçonnage" not in stage.browser().get(f"{path}?done=hameçonnage&n=x").text
