"""The editor of the team's own words, and the page of whoever reads them: checked, by centre."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select, update

from bot.changes import Changes, change_event
from bot.events import Wording
from bot.messages import About
from bot.reach import Reach
from bot.storage.events import texts_of
from bot.storage.own_words import written
from bot.storage.tables import centres, event_texts, events, text_reviews
from bot.translators import Readings, TranslationFailed
from bot.web.reviews import MOST_PRESSES
from tests.web.console_stage import FORM_TOKEN, NOW, Stage, visible_text

NOTES = "Venez à 14 h avec 2 photos. https://exemple.org/a"
TURKISH = "Saat 14:00'te 2 fotoğrafla gelin. https://exemple.org/a"


@pytest.fixture
def stage(empty_stage: Stage) -> Stage:
    stage = empty_stage
    stage.family("F-001", "Selin", language="tr", number=1)
    stage.family("F-002", "Amina", language="ar", number=2)
    stage.event("Bien dormir")
    with stage.database.write() as db:
        db.execute(update(event_texts).values(notes=NOTES))
    stage.event("Ailleurs", centre="port")
    return stage


def path(stage: Stage, title: str = "Bien dormir") -> str:
    return f"/events/{stage.ids[title]}/words"


def write(stage: Stage, language: str = "tr", **words: str) -> Response:
    form = {"title": "İyi uyumak", "more": TURKISH, **words}
    return stage.post(f"{path(stage)}/{language}", form)


def known(stage: Stage, language: str = "tr") -> Any:
    with stage.database.read() as db:
        found = written(db, About(stage.ids["Bien dormir"]))
    return next((one for one in found if one.language == language), None)


def link(stage: Stage, language: str = "tr") -> str:
    page = stage.post(f"{path(stage)}/{language}/link")
    assert page.status_code == 200
    found = re.search(r"/r/([A-Za-z0-9_-]{22})\"", page.text)
    assert found is not None
    return found[0].rstrip('"')


def change(stage: Stage, title: str = "Bien dormir", notes: str = NOTES) -> None:
    with stage.database.write() as db:
        changed = Changes(wordings={"fr": Wording(title, notes)})
        change_event(db, Reach(deployment(stage), {}), stage.ids["Bien dormir"], changed, NOW)


def deployment(stage: Stage) -> Any:
    return stage.app.state.context.deployment


def mark_on(page: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page)
    assert found is not None
    return found[1]


def answer(stage: Stage, address: str, verdict: str = "approved", **fields: str) -> Response:
    reader = stage.stranger()
    page = reader.get(address).text
    form = {
        "mark": mark_on(page),
        "title": "İyi uyumak",
        "more": TURKISH,
        "by": "Selin K.",
        "verdict": verdict,
        **fields,
    }
    return reader.post(address, form)


# -- the editor -----------------------------------------------------------------------------------


def test_a_translation_is_kept_as_a_draft(stage: Stage) -> None:
    assert write(stage).headers["location"] == f"{path(stage)}#tr"
    own = known(stage)
    assert (own.title, own.more, own.state, own.source) == (
        "İyi uyumak", TURKISH, "draft", "person",
    )  # fmt: skip
    page = visible_text(stage.browser().get(path(stage)))
    assert "Turc Brouillon · 1 famille lit cette langue." in page


def test_another_hour_is_not_saved_and_what_was_typed_stays(stage: Stage) -> None:
    wrong = TURKISH.replace("14:00", "4:00")
    page = write(stage, more=wrong)
    assert page.status_code == 400
    assert "Il manque l'heure 14 h dans la traduction." in unescape(page.text)
    assert wrong in unescape(page.text)
    assert known(stage) is None


def test_words_that_are_longer_than_their_column_are_refused(stage: Stage) -> None:
    page = write(stage, more=TURKISH + " gel" * 120)
    assert "trop longue" in page.text
    assert known(stage) is None


def test_the_original_and_languages_that_we_do_not_write_are_not_changed_here(
    stage: Stage,
) -> None:
    assert write(stage, "fr").status_code == 400
    assert write(stage, "wo").status_code == 400
    assert {one.language for one in stage.rows(select(event_texts))} == {"fr"}


def test_only_the_team_of_the_centre_sees_and_writes(stage: Stage) -> None:
    elsewhere = path(stage, "Ailleurs")
    assert stage.browser().get(elsewhere).status_code == 404
    assert stage.post(f"{elsewhere}/tr", {"title": "x"}).status_code == 404
    assert stage.browser("eva").get(path(stage)).status_code == 403
    assert stage.stranger().get(path(stage)).status_code == 303
    forged = {"form_token": "x", "title": "x"}
    assert stage.browser().post(f"{path(stage)}/tr", forged).status_code == 403
    for action in ("", "/link", "/revoke", "/remove", "/draft"):
        answered = stage.browser("port").post(
            f"{path(stage)}/tr{action}", {"form_token": FORM_TOKEN, "title": "x"}
        )
        assert answered.status_code == 404
    assert known(stage) is None


def test_a_change_of_the_original_is_shown_and_what_disagrees_does_not_leave(
    stage: Stage,
) -> None:
    write(stage)
    change(stage, notes=NOTES.replace("14 h", "15 h"))
    page = visible_text(stage.browser().get(path(stage)))
    assert "L'original a changé" in page
    assert f"{NOTES} → {NOTES.replace('14 h', '15 h')}" in page
    titles, notes = texts_now(stage)
    assert (titles.in_language("tr"), titles.doubtful) == ("İyi uyumak", frozenset())
    assert notes.in_language("tr") == NOTES.replace("14 h", "15 h")
    assert notes.doubtful == {"tr"}


def test_a_stale_text_that_still_agrees_leaves_as_a_draft(stage: Stage) -> None:
    address = (write(stage), link(stage))[1]
    answer(stage, address)
    assert texts_now(stage)[1].drafts == frozenset()
    change(stage, notes=NOTES.replace("avec", "et apportez"))
    _, notes = texts_now(stage)
    assert notes.in_language("tr") == TURKISH
    assert (notes.drafts, notes.doubtful) == ({"tr"}, frozenset())


def test_saving_again_makes_a_stale_text_current(stage: Stage) -> None:
    write(stage)
    change(stage, title="Mieux dormir")
    assert "L'original a changé" in visible_text(stage.browser().get(path(stage)))
    write(stage)
    assert "L'original a changé" not in visible_text(stage.browser().get(path(stage)))


def test_a_centre_that_holds_drafts_back_is_told_so(stage: Stage) -> None:
    write(stage)
    with stage.database.write() as db:
        db.execute(update(centres).values(held_drafts=["tr"]))
    assert "Le centre retient les brouillons" in visible_text(stage.browser().get(path(stage)))
    answer(stage, link(stage))
    assert "Le centre retient" not in visible_text(stage.browser().get(path(stage)))


def test_what_is_over_can_be_read_and_not_changed(stage: Stage) -> None:
    write(stage)
    stage.now = NOW + timedelta(days=30)
    with stage.database.write() as db:
        db.execute(update(events).values(status="cancelled"))
    stage.now = NOW
    assert write(stage, title="Başka").status_code == 400
    assert known(stage).title == "İyi uyumak"
    assert stage.browser().get(path(stage)).status_code == 200


def test_a_translation_can_be_taken_away(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    stage.post(f"{path(stage)}/tr/remove")
    assert known(stage) is None
    assert stage.stranger().get(address).status_code == 404


# -- the reader's link ----------------------------------------------------------------------------


def test_opening_a_link_changes_nothing_and_tells_nobody_where_it_is(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    before = stage.rows(select(text_reviews)), known(stage)
    page = stage.stranger().get(address)
    assert page.status_code == 200
    assert (stage.rows(select(text_reviews)), known(stage)) == before
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "script-src" not in page.headers["content-security-policy"]
    assert '<html lang="tr" dir="ltr">' in page.text
    assert NOTES in unescape(page.text)
    assert TURKISH in unescape(page.text)


def test_a_right_to_left_language_stands_the_right_way(stage: Stage) -> None:
    write(stage, "ar", title="نوم جيد", more="تعالوا 14:00 مع 2 صور. https://exemple.org/a")
    page = stage.stranger().get(link(stage, "ar")).text
    assert '<html lang="ar" dir="rtl">' in page
    assert 'lang="fr" dir="ltr"' in page


def test_a_reader_corrects_and_approves_once(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    reader = stage.stranger()
    form = {
        "mark": mark_on(reader.get(address).text),
        "title": "Güzel uyku",
        "more": TURKISH,
        "by": " Selin  K. ",
        "verdict": "approved",
    }
    assert reader.post(address, form).headers["location"] == address
    assert reader.post(address, {**form, "title": "Başka"}).status_code == 303
    own = known(stage)
    assert (own.title, own.state, own.reviewed_by, own.reviewed_at) == (
        "Güzel uyku", "reviewed", "Selin K.", NOW,
    )  # fmt: skip
    shown = visible_text(reader.get(address))
    assert "Vous avez dit : c'est juste." in shown
    assert "Relu par une personne qui parle la langue" in visible_text(
        stage.browser().get(path(stage))
    )
    assert "<form" not in reader.get(address).text


def test_a_reader_cannot_let_a_number_go(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    page = answer(stage, address, more="Saat 14:00'te gelin. https://exemple.org/a")
    assert page.status_code == 400
    words = visible_text(page)
    assert "Eksik: 2" in words
    assert "Il manque le nombre 2 dans la traduction." in words
    assert "14:00'te gelin" in unescape(page.text)
    assert known(stage).state == "draft"


def test_a_reader_says_that_it_is_wrong(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    assert "Dites ce qui ne va pas" in unescape(answer(stage, address, "wrong").text)
    answer(stage, address, "wrong", note="Bu cümle komik.")
    page = unescape(stage.browser().get(path(stage)).text)
    assert "Selin K. trouve que ce n'est pas juste" in page
    assert "Bu cümle komik." in page
    assert known(stage).state == "draft"
    assert "Bu cümle komik." in unescape(stage.stranger().get(address).text)


def test_a_name_is_needed(stage: Stage) -> None:
    write(stage)
    assert "Écrivez votre nom" in unescape(answer(stage, link(stage), by=" ").text)


def test_words_that_changed_meanwhile_are_read_again(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    reader = stage.stranger()
    mark = mark_on(reader.get(address).text)
    change(stage, title="Mieux dormir")
    form = {"mark": mark, "title": "x", "more": TURKISH, "by": "S", "verdict": "approved"}
    page = reader.post(address, form)
    assert page.status_code == 400
    assert "Le texte a changé entre-temps." in unescape(page.text)
    assert "Mieux dormir" in page.text
    assert known(stage).state == "draft"


@pytest.mark.parametrize("why", ["too late", "closed", "a newer one", "unknown", "cancelled"])
def test_a_link_that_opens_nothing(stage: Stage, why: str) -> None:
    write(stage)
    address = link(stage)
    form = {
        "mark": mark_on(stage.stranger().get(address).text),
        "title": "Başka", "more": TURKISH, "by": "S", "verdict": "approved",
    }  # fmt: skip
    match why:
        case "too late":
            stage.now = NOW + timedelta(days=7)
        case "closed":
            stage.post(f"{path(stage)}/tr/revoke")
        case "a newer one":
            link(stage)
        case "unknown":
            address = "/r/" + "A" * 22
        case _:
            with stage.database.write() as db:
                db.execute(update(events).values(status="cancelled"))
    assert stage.stranger().get(address).status_code == 404
    assert stage.stranger().post(address, form).status_code in (303, 404)
    assert known(stage).title == "İyi uyumak"


def test_a_link_that_is_pressed_too_often_rests(stage: Stage) -> None:
    write(stage)
    address = link(stage)
    seen = {answer(stage, address, by="").status_code for _ in range(MOST_PRESSES)}
    assert seen == {400}
    assert answer(stage, address).status_code == 429
    stage.now = NOW + timedelta(minutes=16)
    assert answer(stage, address).status_code == 303


def test_only_the_hash_of_a_token_rests(stage: Stage) -> None:
    write(stage)
    token = link(stage).removeprefix("/r/")
    [row] = stage.rows(select(text_reviews))
    assert token.encode() not in row.token_hash
    assert len(row.token_hash) == 32
    assert row.expires_at == NOW + timedelta(days=7)
    assert token not in stage.browser().get(path(stage)).text


def texts_now(stage: Stage) -> Any:
    with stage.database.read() as db:
        return texts_of(db, [stage.ids["Bien dormir"]])[stage.ids["Bien dormir"]]


# -- the machine ----------------------------------------------------------------------------------


class Machine:
    """Translates one text well, or not at all."""

    def __init__(self, *told: str) -> None:
        self.told = told
        self.asked: list[str] = []

    def translate(self, lines: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Give what the test has put in, else fail."""
        self.asked += lines
        if not self.told:
            raise TranslationFailed("Le moteur ne répond pas.")
        return self.told

    def check(self) -> frozenset[str]:
        """No language."""
        return frozenset()


def plug(stage: Stage, machine: Machine, *, answers: bool = False) -> None:
    state = stage.app.state
    readings = Readings(machine) if answers else None
    state.context = replace(state.context, translator=machine, readings=readings)


def test_without_a_machine_there_is_no_button(stage: Stage) -> None:
    assert "Proposer un brouillon" not in stage.browser().get(path(stage)).text
    assert stage.post(f"{path(stage)}/tr/draft").status_code == 404


def test_a_proposal_is_a_draft_of_a_machine(stage: Stage) -> None:
    plug(stage, Machine("İyi uyumak", "Saat ⟦1⟧ te ⟦2⟧ fotoğrafla gelin. ⟦3⟧"))
    assert "Proposer un brouillon" in stage.browser().get(path(stage)).text
    assert stage.post(f"{path(stage)}/tr/draft").status_code == 303
    own = known(stage)
    assert (own.state, own.source) == ("draft", "engine")
    assert own.more == "Saat 14 h te 2 fotoğrafla gelin. https://exemple.org/a"
    assert "Brouillon d'une machine" in visible_text(stage.browser().get(path(stage)))
    answer(stage, link(stage), more=own.more)
    assert (known(stage).state, known(stage).source) == ("reviewed", "engine")


def test_a_proposal_with_another_number_is_shown_and_not_saved(stage: Stage) -> None:
    plug(stage, Machine("İyi uyumak 9", "⟦1⟧ ⟦2⟧ ⟦3⟧"))
    page = stage.post(f"{path(stage)}/tr/draft")
    assert page.status_code == 400
    assert "le nombre 9 en trop" in page.text
    assert "İyi uyumak 9" in page.text
    assert known(stage) is None


def test_a_machine_that_fails_loses_nothing(stage: Stage) -> None:
    plug(stage, Machine())
    page = stage.post(f"{path(stage)}/tr/draft")
    assert (page.status_code, "Le moteur ne répond pas." in page.text) == (400, True)
    write(stage)
    plug(stage, Machine("Başka"))
    assert "déjà écrite" in unescape(stage.post(f"{path(stage)}/tr/draft").text)
    assert known(stage).title == "İyi uyumak"


def test_a_parents_words_are_read_in_french_below_the_original(stage: Stage) -> None:
    stage.wait("Selin", "Gelemem, kızım hasta.")
    assert "Traduction automatique" not in stage.browser().get("/inbox").text
    plug(stage, Machine("Je ne peux pas venir, ma fille est malade."), answers=True)
    page = visible_text(stage.browser().get("/inbox"))
    assert (
        "Gelemem, kızım hasta. Traduction automatique Je ne peux pas venir, ma fille est malade."
        in page
    )
    stage.wait("Amina", "لا أستطيع")
    plug(stage, Machine(), answers=True)
    page = visible_text(stage.browser().get("/inbox"))
    assert "Le moteur ne répond pas." in page
    assert "لا أستطيع" in page


def test_what_few_may_read_is_shown_to_no_machine(stage: Stage) -> None:
    machine = Machine("Traduit")
    plug(stage, machine, answers=True)
    stage.wait("Selin", "Korkuyorum.", reason="safeguarding")
    page = stage.browser().get("/inbox").text
    assert "Traduit" not in page
    assert machine.asked == []
