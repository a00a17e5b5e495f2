"""The parents' pages in a real browser: a small phone, five languages' worth of care, no script."""

from __future__ import annotations

import threading
import time as clock_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from bot.app import build, web_app
from bot.channels.link import token_for
from bot.channels.simulator import Simulator
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.messages import ChannelName, Shape
from bot.roster.rows import Guardian, Row
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import outbox
from scheduler.jobs import plan_due

CHROMIUM = Path("/usr/bin/chromium")
NOW = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)
LANGUAGES = ("fr", "ar", "tr", "pt", "en", "ro")
FINGER = 44  # CSS pixels, the least that a thumb hits

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One family for each language, invited by one-way SMS; the address of each one's page."""
    folder = tmp_path_factory.mktemp("links")
    settings = Settings(_env_file=None, data_folder=folder)  # type: ignore[call-arg]  # pydantic's
    database = Database(settings.database, durable=False)
    channels = {ChannelName.SMS: Simulator(database, Shape(), lambda: NOW)}
    house = build(settings, clock=lambda: NOW, database=database, channels=channels, limits={})
    rows = [
        Row(at + 2, one, "Les Cèdres", "Zoé", (Guardian("P", one, phone(at), True, None),))
        for at, one in enumerate(LANGUAGES)
    ]
    with database.write() as db:
        import_families(db, rows, NOW - timedelta(days=2))
        wordings = {"fr": Wording("Atelier écrans", "Apportez un goûter."), "ar": Wording("ورشة")}
        new = NewEvent("workshop", 1, date(2026, 12, 12), time(14, 30), "Salle A", wordings)
        add_event(db, new, NOW - timedelta(days=2))
        plan_due(db, house.reach, NOW)
    server = uvicorn.Server(
        uvicorn.Config(web_app(house, jobs=False), port=0, log_level="error", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = clock_time.monotonic() + 30
    while not server.started:
        assert clock_time.monotonic() < deadline, "the server does not start"
        clock_time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    house.wake()  # the dispatcher sends the invitations, so that their links work
    with database.read() as db:
        query = select(outbox.c.id, outbox.c.family_id).order_by(outbox.c.id)
        ids = {row.family_id: row.id for row in db.execute(query)}
    _wait_until_sent(database, deadline)
    yield {
        one: f"http://127.0.0.1:{port}/l/{token_for(house.reach.deployment.key, ids[at + 1])}"
        for at, one in enumerate(LANGUAGES)
    }
    server.should_exit = True
    thread.join(10)
    database.close()


def phone(number: int) -> str:
    return f"+3363998000{number}"


def _wait_until_sent(database: Database, deadline: float) -> None:
    while clock_time.monotonic() < deadline:
        with database.read() as db:
            if set(db.scalars(select(outbox.c.state))) == {"sent"}:
                return
        clock_time.sleep(0.05)
    raise AssertionError("the invitations did not leave")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_accessible_without_script_on_a_phone(
    chromium: Browser, links: dict[str, str], language: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(links[language])
    assert page.locator("html").get_attribute("lang") == language
    faults = Axe().run(page).response["violations"]
    grave = [one["id"] for one in faults if one["impact"] in ("serious", "critical")]
    assert grave == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heights = page.locator("button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= FINGER
    context.close()


def test_one_tap_answers_with_scripts_switched_off(
    chromium: Browser, links: dict[str, str]
) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 800}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(links["fr"])
    page.get_by_role("button", name="Oui", exact=True).click()
    page.get_by_role("button", name="2", exact=True).click()
    page.get_by_role("button", name="1", exact=True).click()
    page.get_by_text("3 personnes").wait_for(timeout=10_000)
    context.close()


def test_the_keyboard_reaches_every_answer(chromium: Browser, links: dict[str, str]) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(links["en"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Yes please"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="How many adults").wait_for(timeout=10_000)
    context.close()
