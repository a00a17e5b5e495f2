"""Every kind of the parents' pages on a small phone, in French, Arabic and Turkish."""

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
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import update

from bot.app import web_app
from bot.campaigns import Wording as CampaignWording
from bot.events import Wording
from bot.storage.database import Database
from bot.storage.tables import contacts
from tests.house import MONDAY, NEXT_DAY, SMS, Clock, House, guardian, open_house, phone
from tests.rounds import arrange_round
from tests.test_merging import coming
from tests.test_waitlist import INVITED_AT

CHROMIUM = Path("/usr/bin/chromium")
SMALL, USUAL, WIDE = 320, 390, 1280  # CSS pixels: the smallest phone, most phones, a computer
FINGER = 44
HEAVIEST = 20_000  # bytes
LANGUAGES = ("fr", "ar", "tr")

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
        "fr": CampaignWording("Le centre est fermé vendredi", "Nous revenons lundi à 9h."),
        "ar": CampaignWording("المركز مغلق يوم الجمعة", "نعود يوم الاثنين."),
    }
    house.campaign("announcement", NEXT_DAY, wordings=wordings)
    house.clock.set(MONDAY + timedelta(days=1))


def invite(house: House) -> None:
    house.centre(city="Lyon", phone="04 72 00 00 00")
    notes = "Apportez un goûter et la carte du centre : https://exemple.fr/une-page-tres-longue/42"
    house.event(
        place="12 bis, rue du Professeur-Émile-Roux-et-des-Lilas",
        wordings={"fr": Wording("Atelier écrans et tablettes", notes)},
    )
    house.clock.set(INVITED_AT)


def welcome(house: House) -> None:
    with house.database.write() as db:
        db.execute(update(contacts).values(introduced_at=None))
    invite(house)


KINDS: dict[str, Callable[[House], None]] = {
    "invitation": invite,
    "welcome": welcome,
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
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
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


def faults(page: Page) -> list[str]:
    """What axe finds wrong, whatever its weight."""
    return [one["id"] for one in Axe().run(page).response["violations"]]


def cut(page: Page) -> list[str]:
    """What is wider than the screen, or taller than its own box."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("body *")].filter(one => one.getClientRects().length)
        .filter(one => { const box = one.getBoundingClientRect();
            return box.left < -1 || box.right > innerWidth + 1
                || one.tagName !== "INPUT" && one.scrollWidth > one.clientWidth + 1
                && one.clientWidth > 0 })
        .map(one => one.outerHTML.slice(0, 80))"""
    )
    return found


def smallest(page: Page) -> float:
    """The height of the smallest thing that a thumb has to hit."""
    heights = page.locator("button, a, input:not([type=hidden])").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    return float(min(heights))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_accessible_light_and_fits_every_screen(
    chromium: Browser, links: dict[tuple[str, str], str], kind: str, language: str
) -> None:
    context = chromium.new_context(viewport={"width": SMALL, "height": 740})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(links[kind, language])
    assert answer is not None
    assert len(answer.body()) <= HEAVIEST
    html = page.locator("html")
    assert html.get_attribute("lang") == language
    assert html.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.locator("h1").count() == 1
    for width in (SMALL, USUAL, WIDE):
        page.set_viewport_size({"width": width, "height": 740})
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert cut(page) == []
        assert smallest(page) >= FINGER
    page.set_viewport_size({"width": SMALL, "height": 740})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL
    assert cut(page) == []
    assert all(one.startswith(links[kind, language]) for one in asked)
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_a_call_and_a_silence_are_said_accessibly(
    chromium: Browser, links: dict[tuple[str, str], str], language: str
) -> None:
    context = chromium.new_context(
        viewport={"width": SMALL, "height": 740}, java_script_enabled=True
    )
    page = context.new_page()
    page.goto(links["invitation", language])
    for ending in (":coming:yes", ":adults:2", ":children:1", "::human", "::pause-7"):
        page.locator(f'button[value$="{ending}"]').first.click()
        page.locator("[role=status]").wait_for(timeout=10_000)
        assert faults(page) == []
        assert cut(page) == []
    assert page.locator("[role=status] p").count() == 4  # the silence, who calls, when, until when
    assert page.locator('a[href$="agenda.ics"]').count() == 1
    page.locator('button[value="::start"]').click()
    page.locator('button[value="::pause-7"]').wait_for(timeout=10_000)
    context.close()


def test_every_focus_is_seen_and_goes_down_the_page(
    chromium: Browser, links: dict[tuple[str, str], str]
) -> None:
    context = chromium.new_context(viewport={"width": USUAL, "height": 740})
    page = context.new_page()
    page.goto(links["invitation", "ar"])
    tops = []
    for _ in range(page.locator("button, a, input:not([type=hidden])").count()):
        page.keyboard.press("Tab")
        top, outline = page.evaluate(
            """() => { const one = document.activeElement;
            return [one.getBoundingClientRect().top + scrollY,
                    getComputedStyle(one).outlineStyle] }"""
        )
        assert outline == "solid"
        tops.append(top)
    assert len(set(tops)) > 3
    assert tops == sorted(tops)
    context.close()


def test_a_link_that_opens_nothing_is_accessible(
    chromium: Browser, links: dict[tuple[str, str], str]
) -> None:
    context = chromium.new_context(viewport={"width": SMALL, "height": 740})
    page = context.new_page()
    answer = page.goto(links["wave", "fr"][:-5])
    assert answer is not None
    assert answer.status == 404
    assert faults(page) == []
    assert cut(page) == []
    assert page.locator("h1").count() == 1
    context.close()
