"""Signing in, roles, centres and forms: who gets which page."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.storage.tables import binding_codes, events, families, outbox, sign_ins, tasks
from bot.web.console.visit import COOKIE
from tests.web.console_stage import FORM_TOKEN, PASSWORD, Stage, open_stage, visible_text

PAGES = (
    "/events",
    "/events/new",
    "/events/{event}",
    "/events/{event}/cancel",
    "/families",
    "/families/{family}",
    "/inbox",
)
FORMS = (
    "/events/new",
    "/events/{event}/cancel",
    "/events/{event}/attendance",
    "/families/{family}/pause",
    "/families/{family}/resume",
    "/families/{family}/contacts/{contact}/card",
    "/inbox/{task}/answer",
    "/inbox/{task}/close",
)


def path_of(stage: Stage, pattern: str) -> str:
    """A page or form about the first family of Les Tilleuls."""
    return pattern.format(
        event=stage.ids["Bien dormir"],
        family=stage.ids["F-001"],
        contact=stage.ids["Amina Berrada"],
        task=stage.rows(select(tasks.c.id).order_by(tasks.c.id))[0].id,
    )


# -- signing in -----------------------------------------------------------------------------------


def test_signing_in_leads_to_the_page_that_was_asked_for(stage: Stage) -> None:
    browser = stage.stranger()
    asked = browser.get("/families?q=F-001")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Ffamilies%3Fq%3DF-001"
    page = browser.get(asked.headers["location"])
    assert "Se connecter" in visible_text(page)
    done = browser.post(
        "/sign-in",
        {"email": "nadia@example.org", "password": PASSWORD, "next": "/families?q=F-001"},
    )
    assert (done.status_code, done.headers["location"]) == (303, "/families?q=F-001")
    assert "Amina Berrada" in visible_text(browser.get("/families?q=F-001"))


def test_a_wrong_password_keeps_the_address_and_never_the_password(stage: Stage) -> None:
    page = stage.stranger().post(
        "/sign-in", {"email": "nadia@example.org", "password": "pas le bon mot"}
    )
    assert page.status_code == 400
    assert "Adresse ou mot de passe inconnu." in visible_text(page)
    assert 'value="nadia@example.org"' in page.text
    assert "pas le bon mot" not in page.text


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "", "/a\r\nb"]
)
def test_signing_in_never_leads_elsewhere(stage: Stage, onward: str) -> None:
    done = stage.stranger().post(
        "/sign-in", {"email": "nadia@example.org", "password": PASSWORD, "next": onward}
    )
    assert done.headers["location"] == "/"


def test_nobody_signs_in_from_another_site(stage: Stage) -> None:
    done = stage.stranger().post(
        "/sign-in",
        {"email": "nadia@example.org", "password": PASSWORD},
        **{"Sec-Fetch-Site": "cross-site"},
    )
    assert done.status_code == 403
    assert "set-cookie" not in done.headers


@pytest.mark.parametrize(
    ("public_url", "secure"), [("https://carnet.example", True), ("http://127.0.0.1:8000", False)]
)
def test_the_cookie_stays_out_of_reach_of_scripts_and_other_sites(
    tmp_path: Path, public_url: str, secure: bool
) -> None:
    stage = open_stage(tmp_path, public_url=public_url)
    done = stage.stranger().post("/sign-in", {"email": "nadia@example.org", "password": PASSWORD})
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert ("Secure" in cookie) is secure
    stage.database.close()


def test_signing_out_makes_the_token_worthless(stage: Stage) -> None:
    done = stage.post("/sign-out")
    assert done.headers["location"] == "/sign-in"
    assert f'{COOKIE}=""' in done.headers["set-cookie"]
    assert stage.browser().get("/events").headers["location"].startswith("/sign-in")


def test_five_failures_close_the_door_for_this_address(stage: Stage) -> None:
    for _ in range(5):
        stage.stranger().post("/sign-in", {"email": "dina@example.org", "password": "faux faux"})
    page = stage.stranger().post("/sign-in", {"email": "dina@example.org", "password": PASSWORD})
    assert page.status_code == 400
    assert "Trop d'essais" in visible_text(page)


# -- roles and centres ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*PAGES, "/", "/indicators"])
def test_without_signing_in_every_page_asks_who_it_is(stage: Stage, page: str) -> None:
    answer = stage.stranger().get(path_of(stage, page))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("who", ["nadia", "dina", "ada"])
@pytest.mark.parametrize("page", PAGES)
def test_the_centre_and_the_administrator_see_its_pages(stage: Stage, page: str, who: str) -> None:
    answer = stage.browser(who).get(path_of(stage, page))
    assert answer.status_code == 200
    assert '<html lang="fr">' in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", [page for page in PAGES if "{" in page])
def test_another_centre_s_pages_do_not_exist(stage: Stage, page: str) -> None:
    answer = stage.browser("port").get(path_of(stage, page))
    assert answer.status_code == 404
    assert "Il n'y a rien ici" in visible_text(answer)


@pytest.mark.parametrize("form", [form for form in FORMS if "{" in form])
def test_another_centre_s_forms_do_nothing(stage: Stage, form: str) -> None:
    before = footprint(stage)
    answer = stage.post(
        path_of(stage, form), {"text": "Bonjour", "until": "2026-12-24", "reason": "x"}, who="port"
    )
    assert answer.status_code == 404
    assert footprint(stage) == before


def test_lists_hold_only_one_s_own_centre(stage: Stage) -> None:
    port = stage.browser("port")
    assert "Jeux de société" in visible_text(port.get("/events"))
    assert "Bien dormir" not in visible_text(port.get("/events"))
    assert "Rosa Lima" in visible_text(port.get("/families"))
    assert "Amina Berrada" not in visible_text(port.get("/families?q=Amina"))
    assert "Personne n'attend." in visible_text(port.get("/inbox"))
    everywhere = visible_text(stage.browser("ada").get("/events"))
    assert "Jeux de société" in everywhere
    assert "Bien dormir" in everywhere


def test_a_coordinator_cannot_plan_for_another_centre(stage: Stage) -> None:
    answer = stage.post(
        "/events/new",
        {
            "kind": "workshop",
            "title_fr": "Chez les autres",
            "centre": str(stage.ids["port"]),
            "on": "2026-12-02",
            "at": "18:00",
            "place": "Salle",
        },
    )
    assert answer.status_code == 400
    assert "Choisissez un centre." in visible_text(answer)


@pytest.mark.parametrize("page", PAGES)
def test_an_evaluator_sees_no_page_with_names(stage: Stage, page: str) -> None:
    answer = stage.browser("eva").get(path_of(stage, page))
    assert answer.status_code == 403
    assert "Cette page n'est pas pour vous" in visible_text(answer)
    assert "Berrada" not in answer.text


@pytest.mark.parametrize("form", FORMS)
def test_an_evaluator_changes_nothing(stage: Stage, form: str) -> None:
    before = footprint(stage)
    assert stage.post(path_of(stage, form), who="eva").status_code == 403
    assert footprint(stage) == before


@pytest.mark.parametrize(("who", "first"), [("nadia", "/events"), ("eva", "/indicators")])
def test_the_first_page_is_where_one_works(stage: Stage, who: str, first: str) -> None:
    assert stage.browser(who).get("/").headers["location"] == first


# -- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "un autre jeton"])
@pytest.mark.parametrize("form", [*FORMS, "/sign-out"])
def test_a_form_without_our_token_does_nothing(stage: Stage, form: str, token: str | None) -> None:
    before = footprint(stage)
    fields = {"text": "Bonjour", "until": "2026-12-24", "reason": "Deuil"}
    if token is not None:
        fields["form_token"] = token
    answer = stage.browser().post(path_of(stage, form), fields)
    assert answer.status_code == 403
    assert "Cette page a vieilli" in visible_text(answer)
    assert footprint(stage) == before
    assert stage.wakes == 0


@pytest.mark.parametrize("page", [*PAGES, "/indicators"])
def test_every_form_that_changes_something_carries_the_token(stage: Stage, page: str) -> None:
    html = stage.browser().get(path_of(stage, page)).text
    sent = html.count('method="post"')
    assert sent > 0
    assert html.count(f'name="form_token" value="{FORM_TOKEN}"') == sent


def test_the_sheet_and_the_icon_are_served(stage: Stage) -> None:
    html = stage.stranger().get("/sign-in").text
    for path in ("/static/console.css", "/static/icon.svg"):
        assert path in html
        assert stage.stranger().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/events/999", "/events/abc", "/families/x", "/nothing/here"])
def test_what_is_not_there_is_a_friendly_page(stage: Stage, path: str) -> None:
    answer = stage.browser().get(path)
    assert answer.status_code == 404
    assert "Il n'y a rien ici" in visible_text(answer)


def footprint(stage: Stage) -> list[object]:
    """What forms could have changed."""
    return [
        stage.rows(select(events.c.id, events.c.status)),
        stage.rows(select(families.c.id, families.c.paused_until)),
        stage.rows(select(tasks.c.id, tasks.c.answered_at, tasks.c.closed_at)),
        stage.rows(select(func.count()).select_from(outbox)),
        stage.rows(select(func.count()).select_from(binding_codes)),
        stage.rows(select(func.count()).select_from(sign_ins)),
    ]


def test_a_number_larger_than_any_row_is_a_page_that_does_not_exist(stage: Stage) -> None:
    assert stage.browser().get(f"/events/{10**20}").status_code == 404
    assert stage.browser().get(f"/families/{10**20}").status_code == 404
