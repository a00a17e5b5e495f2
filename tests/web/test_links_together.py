"""One link, several events: each has its own card, its own buttons and its own answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select

from bot.app import web_app
from bot.storage.tables import invitations
from tests.house import SMS, House, phone
from tests.test_merging import EVENING, MORNING, coming, remind

CARD = re.compile(r"<h[12]>(Café des parents|Atelier écrans)</h[12]>")


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(web_app(house.carnet, jobs=False))
    async with (
        house.carnet.running(jobs=False),
        httpx.AsyncClient(
            transport=transport, base_url="http://carnet", follow_redirects=True
        ) as client,
    ):
        yield client


async def opened(house: House, browser: httpx.AsyncClient) -> tuple[str, str]:
    """The path of the link in the family's last message, and its page."""
    path = house.texts(SMS, phone(0))[-1].split("/l/")[1]
    return f"/l/{path}", (await browser.get(f"/l/{path}")).text


def answers(house: House, event_ids: list[int]) -> list[str]:
    return [
        house.one(select(invitations.c.rsvp).where(invitations.c.event_id == one)).rsvp
        for one in event_ids
    ]


async def post(browser: httpx.AsyncClient, path: str, html: str, **fields: str) -> str:
    nonce = re.findall(r'name="nonce" value="([^"]+)"', html)[0]
    page = await browser.post(path, data={"nonce": nonce, **fields})
    assert page.status_code == 200
    text: str = page.text
    return text


def buttons(html: str, ending: str) -> list[str]:
    found = re.findall(r'name="answer" value="([^"]+)"', html)
    return [one for one in found if one.endswith(ending)]


async def test_each_event_has_its_own_card_and_buttons(
    house: House, browser: httpx.AsyncClient
) -> None:
    ids = coming(house, "yes", "yes")
    await remind(house)
    path, html = await opened(house, browser)
    assert CARD.findall(html) == [MORNING, EVENING]
    first, second = buttons(html, ":coming:no")
    after = await post(browser, path, html, answer=second)
    assert answers(house, ids) == ["yes", "no"]
    assert CARD.findall(after) == [MORNING, EVENING]
    await post(browser, path, after, answer=first)
    assert answers(house, ids) == ["no", "no"]


async def test_typed_words_ask_which_and_the_page_shows_the_choice(
    house: House, browser: httpx.AsyncClient
) -> None:
    ids = coming(house, "yes", "yes")
    await remind(house)
    path, html = await opened(house, browser)
    asked = await post(browser, path, html, text="non")
    assert answers(house, ids) == ["yes", "yes"]
    choices = [one for one in buttons(asked, "") if ":which:" in one]
    assert len(choices) == 2
    await post(browser, path, asked, answer=choices[1])
    assert answers(house, ids) == ["yes", "no"]


async def test_every_heading_of_the_page_names_one_form(
    house: House, browser: httpx.AsyncClient
) -> None:
    coming(house, "yes", "maybe")
    await remind(house)
    _, html = await opened(house, browser)
    ids = re.findall(r'id="(\w+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="(\w+)"', html)) <= set(ids)
