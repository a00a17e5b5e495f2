"""The phones in a real browser, on a phone and on a desk: accessible, and never too wide."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from bot.app import web_app
from bot.demo.clock import DemoClock
from bot.demo.house import CLOCK, open_house
from bot.demo.phones import Stage, phone_routes
from tests.demo.conftest import NOON, PORT

CHROMIUM = Path("/usr/bin/chromium")
FINGER = 44  # CSS pixels, the least that a thumb hits

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def address(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demonstration is served."""
    folder = Path(shutil.copytree(story, tmp_path_factory.mktemp("served") / "demo"))
    clock = DemoClock(lambda: NOON, folder / CLOCK)
    stage = Stage(open_house(folder, PORT, clock), clock)
    app = web_app(stage.carnet, jobs=False, extra=phone_routes(stage))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    stage.carnet.database.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


PAGES = {
    "everyone": "/demo",
    "whatsapp in arabic": "/demo?parent=1",
    "sms by link": "/demo?parent=2",
    "telegram": "/demo?parent=5",
    "blocked": "/demo?parent=28",
    "landline": "/demo?parent=17",
}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(
    chromium: Browser, address: str, name: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800}, locale="fr-FR")
    page.goto(f"{address}{PAGES[name]}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.eval_on_selector_all(
        "button, input:not([type=hidden])",
        "all => all.filter(one => one.offsetParent"
        f" && one.getBoundingClientRect().height < {FINGER}).map(one => one.outerHTML)",
    )
    assert small == []
    page.close()


def test_a_tap_in_the_browser_is_answered_in_the_thread(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 800}, locale="fr-FR")
    page.goto(f"{address}/demo?parent=1")
    page.get_by_label("Répondre comme ce parent").fill("لا")
    page.get_by_role("button", name="Envoyer").click()
    said = page.locator(".talk li")
    assert said.nth(-2).get_attribute("class") == "mine"
    assert "لا" in said.nth(-2).inner_text()
    assert said.nth(-1).get_attribute("class") == "theirs"
    page.close()
