# ruff: noqa: F811 - a fixture is named by the argument that it fills
"""A link page plays the team's voice and shows its picture, in the parent's own language."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select, update

from bot.app import Carnet
from bot.attachments import attach_media
from bot.channels.link import link_url, token_for
from bot.messages import About
from bot.storage.tables import contacts, outbox
from tests.recordings import ogg, photo
from tests.web.test_links import NOW, browser, clock, house  # noqa: F401 - fixtures


def page_of(house: Carnet, reader: str) -> str:
    with house.database.read() as db:
        row_id = db.scalar(
            select(outbox.c.id)
            .join(contacts, contacts.c.id == outbox.c.contact_id)
            .where(contacts.c.name == reader, outbox.c.event_id.is_not(None))
        )
    assert row_id is not None
    return link_url("", token_for(house.reach.deployment.key, row_id))


def attach(house: Carnet, language: str, data: bytes) -> None:
    with house.database.write() as db:
        attach_media(db, About(event_id=1), language, data, NOW)


async def test_page_plays_the_voice_without_a_script(
    house: Carnet,
    browser: httpx.AsyncClient,
) -> None:
    attach(house, "ar", ogg(8))
    answer = await browser.get(page_of(house, "Samia"))
    (path,) = re.findall(r'<audio controls preload="metadata" src="(/m/[\w-]+)"', answer.text)
    assert "استمعوا إلى رسالتنا" in answer.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "media-src 'self'" in policy
    file = await browser.get(path)
    assert (file.status_code, file.headers["content-type"]) == (200, "audio/ogg")


async def test_page_shows_the_picture_in_its_size(
    house: Carnet,
    browser: httpx.AsyncClient,
) -> None:
    attach(house, "fr", photo(640, 480))
    answer = await browser.get(page_of(house, "Luc"))
    (path,) = re.findall(
        r'<img src="(/m/[\w-]+)" width="480" height="640" alt="Image"', answer.text
    )
    assert (await browser.get(path)).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(("reader", "language"), [("Samia", "fr"), ("Luc", "ar")])
async def test_page_never_speaks_another_language(
    house: Carnet,
    browser: httpx.AsyncClient,
    reader: str,
    language: str,
) -> None:
    attach(house, language, ogg(8))
    page = (await browser.get(page_of(house, reader))).text
    assert "<audio" not in page
    assert "/m/" not in page


async def test_page_speaks_the_language_that_was_chosen_since(
    house: Carnet,
    browser: httpx.AsyncClient,
) -> None:
    attach(house, "tr", ogg(8))
    assert "<audio" not in (await browser.get(page_of(house, "Luc"))).text
    with house.database.write() as db:
        db.execute(update(contacts).where(contacts.c.name == "Luc").values(language="tr"))
    assert "<audio" in (await browser.get(page_of(house, "Luc"))).text
