"""The link of a one-way SMS about no event: a wave is answered there, news can be stopped."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select, update

from bot.app import web_app
from bot.events import cancel_event
from bot.storage.tables import answers, campaign_families, campaign_texts, contacts
from tests.house import NEXT_DAY, SMS, House, phone


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


async def told(house: House, kind: str) -> str:
    """Send a campaign to one family; the path of its link."""
    house.family(0)
    house.campaign(kind)
    house.clock.set(house.clock() + timedelta(days=1))
    assert house.clock().date() == NEXT_DAY
    await house.tick()
    found = re.search(r"/l/\S+", house.texts(SMS, phone(0))[-1])
    assert found is not None
    return found[0]


async def press(browser: httpx.AsyncClient, path: str, html: str, ending: str) -> str:
    values = re.findall(r'name="answer" value="([^"]+)"', html)
    value = next(one for one in values if one.endswith(ending))
    nonce = re.findall(r'name="nonce" value="([^"]+)"', html)[0]
    page = await browser.post(path, data={"answer": value, "nonce": nonce})
    assert page.status_code == 200
    return str(page.text)


async def test_a_whole_wave_is_answered_on_one_page(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await told(house, "wave")
    html = (await browser.get(path)).text
    assert "4 petites questions" in html
    html = await press(browser, path, html, "may_we:yes")
    for question, code in (
        ("behaviour", "4"),
        ("school", "unknown"),
        ("choices", "1"),
        ("role", "skip"),
    ):
        html = await press(browser, path, html, f"{question}:{code}")
    kept = house.all(select(answers.c.question, answers.c.code).order_by(answers.c.id))
    assert [tuple(row) for row in kept] == [
        ("behaviour", "4"),
        ("school", "unknown"),
        ("choices", "1"),
        ("role", "skip"),
    ]
    assert house.one(select(campaign_families)).answered_at == house.clock()
    assert house.contact(house.family_id("F00")).surveys is True


async def test_the_page_of_an_announcement_lets_them_stop(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await told(house, "announcement")
    html = (await browser.get(path)).text
    assert "may_we" not in html
    await press(browser, path, html, "stop")
    assert house.one(select(contacts)).stopped_at is not None


async def test_a_wave_that_is_over_says_so_on_its_page(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await told(house, "wave")
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    html = (await browser.get(path)).text
    house.clock.set(house.clock() + timedelta(days=30))
    await press(browser, path, html, "behaviour:4" if "behaviour:4" in html else "may_we:yes")
    assert house.all(select(answers)) == []


async def test_an_announcement_can_be_read_again_on_its_page(
    house: House, browser: httpx.AsyncClient
) -> None:
    path = await told(house, "announcement")
    said = house.texts(SMS, phone(0))[-1]
    html = unescape((await browser.get(path)).text)
    body = house.one(select(campaign_texts.c.title, campaign_texts.c.body))
    assert body.body in said
    assert f"<h1>{body.title}</h1>" in html
    assert body.body in html


async def test_the_page_of_a_cancelled_event_says_so(
    house: House, browser: httpx.AsyncClient
) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(datetime(2026, 11, 21, 9, tzinfo=UTC))
    await house.tick()
    found = re.search(r"/l/\S+", house.texts(SMS, phone(0))[-1])
    assert found is not None
    assert "est annulé" not in (await browser.get(found[0])).text
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, event_id, house.clock())
    assert "est annulé" in (await browser.get(found[0])).text
