"""Every page in a real browser, on a phone and on a desk: accessible, and never too wide."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from bot.flows.menus import LANGUAGES
from bot.web.console.visit import COOKIE
from tests.web.console_stage import PASSWORD, Stage, furnish, open_stage

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESK = 390, 1280
FINGER = 44  # CSS pixels, the least that a thumb hits

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("stage"), telegram_bot="carnet_essai_bot")
    furnish(stage)
    for number in range(21, 71):  # two pages of them
        stage.family(f"F-{number:03}", f"Parent {number}", number=number)
    yield stage
    stage.database.close()


@pytest.fixture(scope="module")
def address(stage: Stage) -> Iterator[str]:
    """Where the console is served."""
    server = uvicorn.Server(uvicorn.Config(stage.app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def open_page(chromium: Browser, address: str, width: int, who: str) -> Page:
    """A fresh window of someone who is signed in ("": nobody)."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="fr-FR")
    if who:
        context.add_cookies([{"name": COOKIE, "value": f"token-{who}", "url": address}])
    return context.new_page()


def pages_of(stage: Stage) -> dict[str, tuple[str, str]]:
    """Every page, and who looks at it."""
    event = stage.ids["Bien dormir"]
    return {
        "sign in": ("/sign-in", ""),
        "events": ("/events", "ada"),
        "new event": ("/events/new", "ada"),
        "event": (f"/events/{event}", "nadia"),
        "event of today": (f"/events/{stage.ids['Atelier cuisine']}", "nadia"),
        "cancel": (f"/events/{event}/cancel", "nadia"),
        "families": ("/families", "nadia"),
        "no family": ("/families?q=personne", "nadia"),
        "family": (f"/families/{stage.ids['F-001']}", "nadia"),
        "inbox": ("/inbox", "nadia"),
        "empty inbox": ("/inbox", "port"),
        "indicators": ("/indicators", "eva"),
        "not found": ("/events/999", "nadia"),
        "not allowed": ("/families", "eva"),
    }


PAGES = (
    "sign in",
    "events",
    "new event",
    "event",
    "event of today",
    "cancel",
    "families",
    "no family",
    "family",
    "inbox",
    "empty inbox",
    "indicators",
    "not found",
    "not allowed",
)


def check(page: Page, width: int) -> None:
    """The page as it stands, with everything folded open, breaks no rule of ours."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{wide} px wide"
    found = Axe().run(page).response["violations"]
    grave = [
        (one["id"], one["nodes"][0]["html"])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, name: str, width: int
) -> None:
    path, who = pages_of(stage)[name]
    page = open_page(chromium, address, width, who)
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    answer = page.goto(address + path)
    assert answer is not None
    assert answer.status == {"not found": 404, "not allowed": 403}.get(name, 200)
    assert page.locator("h1").count() == 1
    check(page, width)
    assert [one for one in troubles if "status of 40" not in one] == []
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_thumb_hits_every_control(
    stage: Stage, address: str, chromium: Browser, name: str
) -> None:
    path, who = pages_of(stage)[name]
    page = open_page(chromium, address, PHONE, who)
    page.goto(address + path)
    controls = (
        "button, .button, nav a, select, summary, .choice, th > a,"
        " input:not([type=hidden]):not([type=radio]):not([type=checkbox])"
    )
    small = [
        (control.inner_text(), box["height"])
        for control in page.locator(controls).all()
        if control.is_visible() and (box := control.bounding_box()) and box["height"] < FINGER
    ]
    assert small == []
    page.context.close()


def test_someone_plans_an_event_with_the_keyboard_on_a_phone(
    address: str, chromium: Browser
) -> None:
    page = open_page(chromium, address, PHONE, "")
    page.goto(f"{address}/events/new")
    page.get_by_label("Adresse électronique").fill("nadia@example.org")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/new")
    page.get_by_label("Sortie").check()
    page.get_by_label("Titre").first.fill("Pique-nique")
    page.get_by_label("Jour").fill("2026-12-05")
    page.get_by_label("Heure").fill("12:30")
    page.get_by_label("Lieu").fill("Parc Blandan")
    page.get_by_text("Traductions du titre").click()
    assert page.locator("fieldset legend").count() == len(LANGUAGES)  # the kind, and five more
    page.locator("#title_tr").fill("Piknik")
    page.get_by_label("Lieu").press("Enter")
    page.wait_for_url(lambda url: url.rsplit("/", 1)[1].isdigit())
    assert page.get_by_role("heading", level=1).inner_text() == "Pique-nique"
    assert page.get_by_text("samedi 5 décembre à 12h30").is_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/sign-in")
    page.goto(f"{address}/events")
    assert "/sign-in" in page.url
    page.context.close()


def test_a_form_with_errors_is_accessible_and_keeps_what_was_typed(
    address: str, chromium: Browser
) -> None:
    page = open_page(chromium, address, PHONE, "ada")
    page.goto(f"{address}/events/new")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.locator("#title_fr").fill("Pique-nique")
    page.locator("main form button").click()
    alert = page.get_by_role("alert")
    assert "Donnez le jour" in alert.inner_text()
    assert page.locator("#title_fr").input_value() == "Pique-nique"
    alert.get_by_role("link", name="Lieu").click()
    assert page.evaluate("document.activeElement.id") in ("place", "")
    assert page.url.endswith("#place")
    check(page, PHONE)
    page.context.close()


def test_the_first_tab_leads_to_the_content(address: str, chromium: Browser) -> None:
    page = open_page(chromium, address, DESK, "nadia")
    page.goto(f"{address}/events")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    assert skip.evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()
