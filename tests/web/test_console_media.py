"""The page on which a team records its voice: by language, for its own centre, and checked."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response

from bot import campaigns
from bot.audience import Filter
from bot.media import MOST_BYTES
from bot.messages import About
from bot.storage.audience import members
from bot.storage.media import attached
from bot.web.console.visit import COOKIE
from tests.recordings import SECRET, mp3, ogg, photo
from tests.web.console_stage import FORM_TOKEN, NOW, Stage


@pytest.fixture
def stage(empty_stage: Stage) -> Stage:
    stage = empty_stage
    stage.family("F-001", "Awa", language="ar", number=1)
    stage.family("F-002", "Luc", number=2)
    stage.family("F-003", "Fatou", language="wo", number=3)
    stage.event("Atelier", days=3)
    stage.event("Fini", days=-3)
    stage.event("Ailleurs", days=3, centre="port")
    on = (NOW + timedelta(days=2)).date()
    with stage.database.write() as db:
        everyone = members(db, Filter(), NOW, None)
        words = {"fr": campaigns.Wording("Fermé vendredi", "À lundi.")}
        kinds: dict[str, dict[str, Any]] = {
            "announcement": {"wordings": words},
            "wave": {"wave": "2026-H2"},
        }
        for kind, more in kinds.items():
            last = campaigns.last_day(kind, on)
            new = campaigns.NewCampaign(
                kind, on, time(10), last, everyone, centre_id=stage.ids["tilleuls"], **more
            )
            stage.ids[kind] = campaigns.add_campaign(db, new, NOW)
    return stage


def upload(
    stage: Stage, path: str, data: bytes, *, who: str = "nadia", token: str = FORM_TOKEN
) -> Response:
    """Send the form as a browser does, under a name that lies."""

    async def send() -> Response:
        async with AsyncClient(
            transport=ASGITransport(stage.app),
            base_url="http://testserver",
            cookies={COOKIE: f"token-{who}"} if who else {},
        ) as client:
            files = {"file": ("photo.exe", data, "text/html")}
            return await client.post(path, data={"form_token": token}, files=files)

    return asyncio.run(send())


def path_of(stage: Stage, title: str = "Atelier") -> str:
    kind = "campaigns" if title in ("announcement", "wave") else "events"
    return f"/{kind}/{stage.ids[title]}/media"


def held(stage: Stage, title: str = "Atelier") -> dict[str, int]:
    number = stage.ids[title]
    about = About(campaign_id=number) if title == "announcement" else About(event_id=number)
    with stage.database.read() as db:
        return {one.language: one.media_id for one in attached(db, about)}


def test_page_begins_with_the_languages_of_the_families(stage: Stage) -> None:
    page = stage.browser().get(path_of(stage)).text
    first, _, others = page.partition("Autres langues")
    assert [f'id="{one}"' in first for one in ("ar", "fr", "wo", "tr")] == [True, True, True, False]
    assert 'id="tr"' in others
    assert "1 famille entend cette langue." in first


@pytest.mark.parametrize("title", ["Atelier", "announcement"])
def test_page_is_one_step_from_what_it_belongs_to(stage: Stage, title: str) -> None:
    path = path_of(stage, title)
    assert f'href="{path}"' in stage.browser().get(path.removesuffix("/media")).text
    assert stage.browser().get(path).status_code == 200


@pytest.mark.parametrize("title", ["Atelier", "announcement"])
def test_voice_is_added_heard_replaced_and_removed(stage: Stage, title: str) -> None:
    path = path_of(stage, title)
    answer = upload(stage, f"{path}/ar", ogg(75))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#ar")
    page = stage.browser().get(path).text
    media_id = held(stage, title)["ar"]
    assert "Note vocale de 1 min 15 s" in page
    assert f'src="{path}/{media_id}"' in page
    file = stage.browser().get(f"{path}/{media_id}")
    assert (file.status_code, file.headers["content-type"]) == (200, "audio/ogg")
    assert file.headers["cache-control"] == "no-store"
    assert SECRET.encode() not in file.content
    upload(stage, f"{path}/ar", photo(640, 480))
    assert held(stage, title)["ar"] != media_id
    assert "Image pour les familles" in stage.browser().get(path).text
    assert stage.browser().get(f"{path}/{media_id}").status_code == 404
    assert stage.post(f"{path}/ar/remove").status_code == 303
    assert held(stage, title) == {}


REFUSED = {
    "nothing chosen": (b"", "Le fichier est vide"),
    "too long": (mp3(121), "deux minutes au plus. Enregistrez-le plus court."),
    "something else": (b"<script>alert(1)</script>", "ni une photo"),
    "too heavy": (b"\xff\xd8\xff" + bytes(MOST_BYTES + 200_000), "trop lourd : 15 Mo"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED)
def test_refusal_stands_beside_its_language_and_says_what_to_do(
    stage: Stage, data: bytes, says: str
) -> None:
    answer = upload(stage, f"{path_of(stage)}/tr", data)
    assert answer.status_code == 400
    _, _, card = answer.text.partition('id="tr"')
    assert says in card.partition("</section>")[0]
    assert held(stage) == {}


def test_language_that_is_none_is_refused(stage: Stage) -> None:
    assert upload(stage, f"{path_of(stage)}/a1", ogg(3)).status_code == 400
    assert held(stage) == {}


def test_form_without_our_token_changes_nothing(stage: Stage) -> None:
    path = f"{path_of(stage)}/fr"
    assert upload(stage, path, ogg(3), token="").status_code == 403
    assert held(stage) == {}
    upload(stage, path, ogg(3))
    assert stage.post(f"{path}/remove", {"form_token": "old"}).status_code == 403
    assert list(held(stage)) == ["fr"]


@pytest.mark.parametrize("who", ["port", "eva", ""])
def test_only_the_team_of_the_centre_sees_or_changes_it(stage: Stage, who: str) -> None:
    path = path_of(stage)
    upload(stage, f"{path}/fr", ogg(3))
    before = held(stage)
    browser = stage.browser(who) if who else stage.stranger()
    refused = {"port": 404, "eva": 403, "": 303}[who]
    for one in (path, f"{path}/{before['fr']}"):
        assert browser.get(one).status_code == refused
    assert upload(stage, f"{path}/fr", photo(), who=who).status_code == refused
    assert held(stage) == before


def test_file_of_another_event_is_not_shown_under_this_one(stage: Stage) -> None:
    upload(stage, f"{path_of(stage, 'Ailleurs')}/fr", ogg(3), who="port")
    media_id = held(stage, "Ailleurs")["fr"]
    assert stage.browser().get(f"{path_of(stage)}/{media_id}").status_code == 404


def test_past_event_can_be_looked_at_and_not_changed(stage: Stage) -> None:
    path = path_of(stage, "Fini")
    assert "<form" not in stage.browser().get(path).text.partition("<main")[2]
    answer = upload(stage, f"{path}/fr", ogg(3))
    assert answer.status_code == 400
    assert "rien ne part plus" in answer.text


def test_survey_wave_has_no_such_page(stage: Stage) -> None:
    assert stage.browser().get(path_of(stage, "wave")).status_code == 404
    assert upload(stage, f"{path_of(stage, 'wave')}/fr", ogg(3)).status_code == 404
