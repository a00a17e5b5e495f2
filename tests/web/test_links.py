"""Link pages: open freely, press once, in the parent's language, light enough for an old phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Table, select

from bot.app import Carnet, build, web_app
from bot.channels.link import link_url, token_for
from bot.channels.simulator import Simulator
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.messages import ChannelName, Shape
from bot.roster.rows import Guardian, Row
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import answers, contacts, inbound, invitations, outbox, tasks
from scheduler.jobs import plan_due

NOW = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)
MAX_BYTES = 20_000


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, clock: Clock) -> Iterator[Carnet]:
    """Two families, one Arabic and one French, invited to one workshop by one-way SMS."""
    settings = Settings(_env_file=None, data_folder=tmp_path)  # type: ignore[call-arg]  # pydantic's
    database = Database(settings.database)
    channels = {ChannelName.SMS: Simulator(database, Shape(), clock)}
    built = build(settings, clock=clock, database=database, channels=channels, limits={})
    rows = [
        Row(2, "A1", "Les Cèdres", "Zoé", (Guardian("Samia", "ar", "+33639980001", True, None),)),
        Row(3, "B2", "Les Cèdres", "Léo", (Guardian("Luc", "fr", "+33639980002", True, None),)),
    ]
    wordings = {"fr": Wording("Atelier écrans", "Apportez un goûter."), "ar": Wording("ورشة")}
    with database.write() as db:
        import_families(db, rows, NOW - timedelta(days=2))
        new = NewEvent(
            "workshop", 1, date(2026, 12, 12), time(14, 30), "Salle A", wordings, seats=3
        )
        add_event(db, new, NOW - timedelta(days=2))
        plan_due(db, built.reach, NOW)
    yield built
    database.close()


@pytest.fixture
async def browser(house: Carnet) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(web_app(house, jobs=False))
    async with (
        house.running(jobs=False),
        httpx.AsyncClient(
            transport=transport, base_url="http://carnet", follow_redirects=True
        ) as client,
    ):
        await house.dispatcher.drain()
        yield client


def link(house: Carnet, reference: int) -> str:
    """The path of the link in a family's invitation."""
    with house.database.read() as db:
        row = db.scalar(select(outbox.c.id).where(outbox.c.family_id == reference))
    assert row is not None
    return link_url("", token_for(house.reach.deployment.key, row))


async def press(client: httpx.AsyncClient, path: str, html: str, ending: str) -> str:
    """Press the button whose value ends so; give the page that follows."""
    values = re.findall(r'name="answer" value="([^"]+)"', html)
    value = next(one for one in values if one.endswith(ending))
    nonce = re.findall(r'name="nonce" value="([^"]+)"', html)[0]
    page = await client.post(path, data={"answer": value, "nonce": nonce})
    assert page.status_code == 200
    text: str = page.text
    return text


def count(house: Carnet, table: Table) -> int:
    with house.database.read() as db:
        return len(db.execute(select(table)).all())


async def test_opening_changes_nothing(house: Carnet, browser: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await browser.get(link(house, 1))).status_code == 200
    assert count(house, inbound) == 0


async def test_the_page_is_light_private_and_in_the_parents_language(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(link(house, 1))
    assert len(page.content) < MAX_BYTES
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "ورشة" in page.text
    assert "<script" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    french = (await browser.get(link(house, 2))).text
    assert '<html lang="fr" dir="ltr">' in french
    assert "samedi 12 décembre" in french
    assert "Apportez un goûter." in french


def test_the_address_is_short(house: Carnet) -> None:
    assert len(link(house, 1)) <= 30


async def test_three_presses_answer_with_headcount(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    path = link(house, 2)
    html = (await browser.get(path)).text
    for ending in (":yes", ":adults:1", ":children:2"):
        html = await press(browser, path, html, ending)
    assert "3 personnes" in html
    with house.database.read() as db:
        row = db.execute(select(invitations).where(invitations.c.family_id == 2)).one()
    assert (row.rsvp, row.adults, row.children, row.rsvp_channel) == ("yes", 1, 2, "link")
    html = await press(browser, path, html, ":no")
    with house.database.read() as db:
        row = db.execute(select(invitations).where(invitations.c.family_id == 2)).one()
    assert (row.rsvp, row.party) == ("no", 0)


async def test_the_same_press_twice_counts_once(house: Carnet, browser: httpx.AsyncClient) -> None:
    path = link(house, 2)
    html = (await browser.get(path)).text
    await press(browser, path, html, ":yes")
    await press(browser, path, html, ":yes")  # the same page, the same nonce: a double tap
    assert count(house, inbound) == 1


async def test_nothing_is_sent_for_what_the_page_shows(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    before = count(house, outbox)
    path = link(house, 2)
    await press(browser, path, (await browser.get(path)).text, ":no")
    with house.database.read() as db:
        rows = db.execute(select(outbox).order_by(outbox.c.id)).all()
    assert len(rows) == before + 1
    assert (rows[-1].state, rows[-1].channel) == ("delivered", "link")


async def test_stop_and_language_and_call_me_work_from_the_page(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    path = link(house, 1)
    html = await press(browser, path, (await browser.get(path)).text, "speak-tr")
    assert '<html lang="tr"' in html
    await press(browser, path, html, ":human")
    assert count(house, tasks) == 1
    html = await press(browser, path, (await browser.get(path)).text, ":stop")
    with house.database.read() as db:
        row = db.execute(select(contacts).where(contacts.c.family_id == 1)).one()
    assert row.language == "tr"
    assert row.stopped_at is not None


async def test_a_typed_question_goes_to_a_person(house: Carnet, browser: httpx.AsyncClient) -> None:
    path = link(house, 2)
    nonce = re.findall(r'name="nonce" value="([^"]+)"', (await browser.get(path)).text)[0]
    page = await browser.post(path, data={"text": "C'est à quelle heure ?", "nonce": nonce})
    assert page.status_code == 200
    assert count(house, tasks) == 1


async def test_an_unknown_or_old_link_says_what_to_do(
    house: Carnet, browser: httpx.AsyncClient, clock: Clock
) -> None:
    path = link(house, 2)
    assert (await browser.get("/l/AAAAAAAAAAAAAAAAAAAAAA")).status_code == 404
    clock.now = NOW + timedelta(days=60)
    page = await browser.get(path)
    assert page.status_code == 404
    assert "centre" in page.text
    late = await browser.post(path, data={"answer": "1:coming:yes", "nonce": "x"})
    assert late.status_code == 404
    assert count(house, inbound) == 0


async def test_after_the_event_nothing_changes(
    house: Carnet, browser: httpx.AsyncClient, clock: Clock
) -> None:
    path = link(house, 2)
    html = (await browser.get(path)).text
    clock.now = datetime(2026, 12, 12, 15, 0, tzinfo=UTC)
    page = await press(browser, path, html, ":yes")
    assert "passé" in page or "terminé" in page or "fini" in page
    with house.database.read() as db:
        assert db.scalar(select(invitations.c.rsvp).where(invitations.c.family_id == 2)) is None


async def test_the_database_keeps_no_link(house: Carnet, browser: httpx.AsyncClient) -> None:
    token = link(house, 1).removeprefix("/l/")
    with house.database.read() as db:
        rows = db.execute(select(outbox)).all()
    assert all(token not in (row.body or "") for row in rows)


async def test_why_is_asked_on_the_page_and_the_answer_can_still_change(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    path = link(house, 2)
    html = await press(browser, path, (await browser.get(path)).text, ":coming:no")
    assert "Ce n&#39;est pas obligatoire." in html
    assert html.count(":why:") == 8
    assert ":coming:yes" in html
    html = await press(browser, path, html, ":why:transport")
    assert count(house, answers) == 1
    assert ":why:" not in html
    html = await press(browser, path, html, ":coming:yes")
    with house.database.read() as db:
        rsvp = db.scalar(select(invitations.c.rsvp).where(invitations.c.family_id == 2))
    assert rsvp == "yes"


async def test_a_number_too_large_for_any_row_is_no_error(
    house: Carnet, browser: httpx.AsyncClient
) -> None:
    path = link(house, 2)
    assert (await browser.get(f"{path}?said={10**20}")).status_code == 200
    assert (await browser.get(f"{path}?said=²")).status_code == 200
