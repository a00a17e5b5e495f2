# ruff: noqa: F811 - a fixture is named by the argument that it fills
"""The team's voice in a real browser: recorded files go up from a form, and are heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from bot.attachments import attach_media
from bot.channels.link import hash_token
from bot.messages import About
from bot.storage.tables import contact_addresses, contacts, link_tokens
from tests.recordings import mp3, ogg, photo
from tests.web.console_stage import NOW, Stage, furnish, open_stage
from tests.web.test_browser import (  # noqa: F401 - fixtures
    CHROMIUM,
    DESK,
    FINGER,
    PHONE,
    address,
    check,
    chromium,
    open_page,
    press,
)

LASTS = (  # how many seconds the browser can play
    "one => new Promise(done => {"
    " one.addEventListener('loadedmetadata', () => done(one.duration));"
    " one.addEventListener('error', () => done(-1)); one.preload = 'metadata'; one.load(); })"
)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("voices"))
    furnish(stage)
    yield stage
    stage.database.close()


def add(page: Page, language: str, name: str, mime: str, content: bytes) -> None:
    card = page.locator(f"section[aria-labelledby='{language}']")
    card.evaluate("one => { const d = one.closest('details'); if (d) d.open = true; }")
    card.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": mime, "buffer": content}
    )
    press(page, card.locator("button").first)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_voice_and_picture_are_added_heard_and_seen(
    stage: Stage,
    address: str,
    chromium: Browser,
    width: int,
) -> None:
    page = open_page(chromium, address, width, "nadia")
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    path = f"{address}/events/{stage.ids['Bien dormir']}"
    page.goto(path)
    press(page, page.get_by_role("link", name="Voix et images"))
    check(page, width)
    add(page, "fr", "note.ogg", "audio/ogg", ogg(8))
    add(page, "ar", "photo.jpg", "image/jpeg", photo())
    assert page.url.endswith("/media#ar")
    lasts = page.locator("section[aria-labelledby='fr'] audio").evaluate(LASTS)
    assert round(lasts) == 8
    picture = page.locator("section[aria-labelledby='ar'] img")
    assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 960
    check(page, width)
    controls = page.locator("button:visible, input[type=file]:visible, summary:visible").all()
    heights = [(one.inner_text(), one.bounding_box()) for one in controls]
    assert [text for text, box in heights if box is None or box["height"] < FINGER - 0.5] == []
    assert troubles == []
    page.context.close()


def test_refusal_is_read_beside_its_language(
    stage: Stage,
    address: str,
    chromium: Browser,
) -> None:
    page = open_page(chromium, address, PHONE, "nadia")
    page.goto(f"{address}/events/{stage.ids['Bien dormir']}/media")
    add(page, "tr", "note.mp3", "audio/mpeg", mp3(121))
    alert = page.locator("section[aria-labelledby='tr'] [role=alert]")
    assert alert.inner_text().startswith("Le fichier dure 2 min 1 s : deux minutes au plus.")
    check(page, PHONE)
    page.context.close()


def test_file_that_is_far_too_heavy_still_gets_its_answer(
    stage: Stage,
    address: str,
    chromium: Browser,
) -> None:
    page = open_page(chromium, address, PHONE, "nadia")
    page.goto(f"{address}/events/{stage.ids['Bien dormir']}/media")
    add(page, "tr", "film.mp4", "video/mp4", bytes(30_000_000))
    assert "trop lourd" in page.locator("[role=alert]").first.inner_text()
    page.context.close()


@pytest.mark.parametrize(("language", "label"), [("ar", "استمعوا إلى رسالتنا"), ("fr", "Image")])
def test_parents_page_plays_and_shows_without_a_script(
    stage: Stage,
    address: str,
    chromium: Browser,
    language: str,
    label: str,
) -> None:
    event, token = stage.event(f"Goûter {language}"), f"parent-who-reads-{language}".ljust(22, "-")
    about = About(event_id=event)
    with stage.database.write() as db:
        attach_media(db, about, language, ogg(9) if language == "ar" else photo(), NOW)
        db.execute(update(contacts).values(language=language))
        theirs = db.execute(select(contact_addresses)).first()
        assert theirs is not None
    stage.add(
        link_tokens,
        token_hash=hash_token(token),
        address_id=theirs.address_id,
        contact_id=theirs.contact_id,
        event_id=event,
        expires_at=NOW + timedelta(days=2),
    )
    page = open_page(chromium, address, PHONE, "")
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.goto(f"{address}/l/{token}")
    if language == "ar":
        assert page.get_by_text(label).is_visible()
        lasts = page.locator("audio").evaluate(LASTS)
        assert round(lasts) == 9
    else:
        picture = page.get_by_alt_text(label)
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 960
    check(page, PHONE)
    assert page.locator("script").count() == 0
    assert [one for one in troubles if "favicon" not in one and "404" not in one] == []
    page.context.close()
