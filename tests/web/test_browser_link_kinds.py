"""Every kind of the parents' pages on a small phone, in French and in Arabic."""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
import time as clock_time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from bot.app import web_app
from bot.campaigns import Wording
from bot.storage.database import Database
from tests.house import MONDAY, NEXT_DAY, SMS, Clock, House, guardian, open_house, phone
from tests.rounds import arrange_round
from tests.test_merging import coming

CHROMIUM = Path("/usr/bin/chromium")
SMALL = 360  # CSS pixels, the width of the phones that most parents have
FINGER = 44
HEAVIEST = 20_000  # bytes
LANGUAGES = ("fr", "ar")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


def meet(house: House) -> None:
    arrange_round(house, [house.family_id("F00")])
    house.clock.set(MONDAY + timedelta(days=1))


def remember_two(house: House) -> None:
    coming(house, "yes", "yes")


def ask_a_wave(house: House) -> None:
    house.campaign("wave")
    house.clock.set(MONDAY + timedelta(days=1))


def announce(house: House) -> None:
    wordings = {
        "fr": Wording("Le centre est fermé vendredi", "Nous revenons lundi à 9h."),
        "ar": Wording("المركز مغلق يوم الجمعة", "نعود يوم الاثنين."),
    }
    house.campaign("announcement", NEXT_DAY, wordings=wordings)
    house.clock.set(MONDAY + timedelta(days=1))


KINDS: dict[str, Callable[[House], None]] = {
    "moments": meet,
    "two reminders": remember_two,
    "wave": ask_a_wave,
    "announcement": announce,
}


def told(empty_file: Path, folder: Path, kind: str, language: str) -> tuple[House, str]:
    """A house where one family was told something by SMS, and the path of its link."""
    shutil.copy(empty_file, folder / "carnet.db")
    database = Database(f"sqlite:///{folder / 'carnet.db'}", durable=False)
    house = open_house(database, Clock(MONDAY), folder)
    house.family(0, guardians=(guardian(0, language=language),))
    KINDS[kind](house)
    with ThreadPoolExecutor(1) as aside:  # Playwright's own loop runs in this thread
        aside.submit(lambda: asyncio.run(house.tick())).result()
    found = re.search(r"/l/[\w-]+", house.texts(SMS, phone(0))[-1])
    assert found is not None
    return house, found[0]


@pytest.fixture(scope="module")
def links(
    empty_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], str]]:
    """The address of each page, by its kind and language."""
    addresses, served = {}, []
    for kind in KINDS:
        for language in LANGUAGES:
            house, path = told(empty_file, tmp_path_factory.mktemp("house"), kind, language)
            app = web_app(house.carnet, jobs=False)
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            deadline = clock_time.monotonic() + 30
            while not server.started:
                assert clock_time.monotonic() < deadline, "the server does not start"
                clock_time.sleep(0.02)
            port = server.servers[0].sockets[0].getsockname()[1]
            addresses[kind, language] = f"http://127.0.0.1:{port}{path}"
            served.append((server, thread, house))
    yield addresses
    for server, thread, house in served:
        server.should_exit = True
        thread.join(10)
        house.database.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_accessible_light_and_fits_a_small_phone(
    chromium: Browser, links: dict[tuple[str, str], str], kind: str, language: str
) -> None:
    context = chromium.new_context(viewport={"width": SMALL, "height": 740})
    page = context.new_page()
    answer = page.goto(links[kind, language])
    assert answer is not None
    assert len(answer.body()) <= HEAVIEST
    html = page.locator("html")
    assert html.get_attribute("lang") == language
    assert html.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("h1").count() == 1
    faults = Axe().run(page).response["violations"]
    assert [one["id"] for one in faults if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL
    heights = page.locator("button, input:not([type=hidden])").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= FINGER
    context.close()
