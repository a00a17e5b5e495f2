"""Every page in a real browser, on a phone and on a desk: accessible, and never too wide."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import time as at_clock
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sqlalchemy import select, update

from bot import campaigns
from bot.audience import Filter, dump_filter
from bot.events import Wording
from bot.flows.menus import LANGUAGES
from bot.meetings import NewRound, every, open_round
from bot.messages import ChannelName, Shape
from bot.storage.audience import members
from bot.storage.tables import campaign_families, segments, slots, staff_chats
from bot.taking import Taker, give_back, take
from bot.web.console.visit import COOKIE
from tests.web.console_stage import NOW, PASSWORD, Stage, furnish, open_stage

CHROMIUM = Path("/usr/bin/chromium")
PHONE, DESK = 390, 1280
FINGER = 44  # CSS pixels, the least that a thumb hits

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(
        tmp_path_factory.mktemp("stage"),
        telegram_bot="carnet_essai_bot",
        pocket_bot="carnet_poche_bot",
        shapes={ChannelName.SMS: Shape()},
    )
    furnish(stage)
    for number in range(21, 71):  # two pages of them
        stage.family(f"F-{number:03}", f"Parent {number}", number=number)
    stage.ids["Everybody of Les Tilleuls"] = stage.add(
        segments,
        centre_id=stage.ids["tilleuls"],
        name="Toutes les familles",
        filter={"centres": [stage.ids["tilleuls"]]},
        created_at=NOW,
    )
    furnish_more(stage)
    furnish_wave(stage)
    furnish_rounds(stage)
    yield stage
    stage.database.close()


def furnish_more(stage: Stage) -> None:
    """A full gathering with a line of families, an announcement, and moments to meet."""
    event = stage.event("Sortie au parc", days=12, kind="outing", seats=2)
    stage.answer(event, "F-001", "yes", seat="held", party=2, adults=1, children=1)
    stage.message(event, "F-001", "delivered")
    for turn, reference in enumerate(("F-021", "F-022", "F-023"), start=1):
        waits = {"seat": "waiting", "party": turn, "waiting_number": turn}
        stage.answer(event, reference, "yes", **waits)
    on = (NOW + timedelta(days=2)).date()
    centre = stage.ids["tilleuls"]
    with stage.database.write() as db:
        everyone = members(db, Filter(centres=frozenset({centre})), NOW, None)
        announcement = campaigns.NewCampaign(
            "announcement",
            on,
            at_clock(10),
            campaigns.last_day("announcement", on),
            everyone,
            wordings={"fr": campaigns.Wording("Fermé vendredi", "Nous revenons lundi.")},
            audience=dump_filter(Filter(centres=frozenset({centre}))),
            centre_id=centre,
        )
        stage.ids["announcement"] = campaigns.add_campaign(db, announcement, NOW)


def furnish_wave(stage: Stage) -> None:
    """A wave that has left: every state of a message, some families have answered."""
    centre = frozenset({stage.ids["tilleuls"]})
    on = NOW.date()
    with stage.database.write() as db:
        wave = campaigns.NewCampaign(
            "wave",
            on,
            at_clock(11),
            campaigns.last_day("wave", on),
            members(db, Filter(centres=centre), NOW, None),
            audience=dump_filter(Filter(centres=centre)),
            centre_id=stage.ids["tilleuls"],
            wave="2026-H2",
        )
        wave_id = stage.ids["wave"] = campaigns.add_campaign(db, wave, NOW)
        answered = campaign_families.c.family_id.in_((stage.ids["F-001"], stage.ids["F-002"]))
        db.execute(
            update(campaign_families)
            .where(campaign_families.c.campaign_id == wave_id, answered)
            .values(told_at=NOW - timedelta(hours=22), answered_at=NOW - timedelta(hours=20))
        )
    ours: dict[str, Any] = {"campaign_id": wave_id, "purpose": "survey"}
    for reference, state, reason in (
        ("F-001", "delivered", ""),
        ("F-002", "delivered", ""),
        ("F-003", "sent", ""),
        ("F-004", "waiting", "quiet_hours"),
        ("F-005", "refused", "address_dead"),
        ("F-006", "failed", "failed_at_provider"),
    ):
        stage.message(None, reference, state, step="wave", reason=reason, **ours)


def furnish_rounds(stage: Stage) -> None:
    """A round with moments that are taken, free and past, one that is cancelled, a phone."""
    day = (NOW + timedelta(days=8)).date()
    moments = every([day, day + timedelta(days=2)], at_clock(17), at_clock(18, 30), 30)
    new = NewRound(
        centre_id=stage.ids["tilleuls"],
        host="Mme Roy",
        place="Bureau du premier étage",
        on=(NOW + timedelta(days=1)).date(),
        at=at_clock(10),
        families=[stage.ids[f"F-00{number}"] for number in range(1, 8)],
        slots=moments,
        wordings={"fr": Wording("Parlons de votre enfant et de ses progrès")},
    )
    with stage.database.write() as db:
        round_id = stage.ids["round"] = open_round(db, new, NOW)
        found = (
            select(slots.c.id).where(slots.c.campaign_id == round_id).order_by(slots.c.starts_at)
        )
        free = list(db.scalars(found))
        for slot_id, reference in zip(free, ("F-001", "F-002", "F-004"), strict=False):
            take(db, round_id, slot_id, Taker(stage.ids[reference]), NOW)
        give_back(db, round_id, Taker(stage.ids["F-003"]), NOW)
        past = {"on": NOW.date(), "at": at_clock(8), "starts_at": NOW - timedelta(hours=2)}
        db.execute(update(slots).where(slots.c.id == free[0]).values(**past))
        other = replace(new, host="M. Petit", place="Salle bleue", slots=moments[:1])
        stage.ids["cancelled round"] = open_round(db, other, NOW)
    stage.post(f"/meetings/{stage.ids['cancelled round']}/cancel")
    stage.add(staff_chats, staff_id=stage.ids["dina"], chat="9001000001", bound_at=NOW)


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
        "change": (f"/events/{event}/edit", "nadia"),
        "waiting list": (f"/events/{stage.ids['Sortie au parc']}", "nadia"),
        "campaigns": ("/campaigns", "nadia"),
        "new announcement": ("/campaigns/new/announcement", "nadia"),
        "new wave": ("/campaigns/new/wave", "ada"),
        "announcement": (f"/campaigns/{stage.ids['announcement']}", "nadia"),
        "cancel announcement": (f"/campaigns/{stage.ids['announcement']}/cancel", "nadia"),
        "wave": (f"/campaigns/{stage.ids['wave']}", "nadia"),
        "meetings": ("/meetings", "nadia"),
        "round": (f"/meetings/{stage.ids['round']}", "nadia"),
        "cancel round": (f"/meetings/{stage.ids['round']}/cancel", "nadia"),
        "cancelled round": (f"/meetings/{stage.ids['cancelled round']}", "nadia"),
        "new meetings": ("/meetings/new", "nadia"),
        "plans": ("/plans", "ada"),
        "plan": (f"/plans/{stage.ids['tilleuls']}/workshop", "ada"),
        "account": ("/account", "nadia"),
        "account with a phone": ("/account", "dina"),
        "families": ("/families", "nadia"),
        "no family": ("/families?q=personne", "nadia"),
        "family": (f"/families/{stage.ids['F-001']}", "nadia"),
        "audience": ("/audience", "ada"),
        "kept audience": (f"/audience/{stage.ids['Everybody of Les Tilleuls']}", "nadia"),
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
    "change",
    "waiting list",
    "campaigns",
    "new announcement",
    "new wave",
    "announcement",
    "cancel announcement",
    "wave",
    "meetings",
    "round",
    "cancel round",
    "cancelled round",
    "new meetings",
    "plans",
    "plan",
    "account",
    "account with a phone",
    "families",
    "no family",
    "family",
    "audience",
    "kept audience",
    "inbox",
    "empty inbox",
    "indicators",
    "not found",
    "not allowed",
)


def press(page: Page, what: Locator) -> None:
    """Press what leads to another page, and be there."""
    with page.expect_navigation():
        what.click()


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
    translations = page.locator("details", has=page.locator("#title_tr"))
    assert translations.locator("legend").count() == len(LANGUAGES) - 1  # French stands above
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


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_preview_of_a_change_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(f"{address}/events/{stage.ids['Sortie au parc']}/edit")
    page.get_by_label("Jour").fill("2026-12-12")
    page.get_by_label("Lieu").fill("Parc Blandan, entrée sud")
    page.locator("main form button").first.click()
    assert page.locator("h1").count() == 1
    assert page.get_by_text("Parc Blandan, entrée sud").first.is_visible()
    assert page.get_by_text("samedi 12 décembre").first.is_visible()
    check(page, width)
    page.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_telegram_card_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(f"{address}/families/{stage.ids['F-001']}")
    page.locator("form[action$='/card'] button").first.click()
    assert page.locator("h1").count() == 1
    assert page.get_by_text("t.me/carnet_essai_bot").first.is_visible()
    check(page, width)
    page.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("kind", ["announcement", "wave"])
def test_preview_of_a_campaign_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, kind: str, width: int
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(f"{address}/campaigns/new/{kind}")
    if kind == "announcement":
        page.locator("#title_fr").fill("Le centre est fermé vendredi")
        page.locator("#body_fr").fill("Nous revenons lundi à 9h.")
    else:
        page.locator("#wave").fill("2027-H1")
    page.locator("main form button").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Relire, puis confirmer"
    check(page, width)
    page.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_preview_of_meetings_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(f"{address}/meetings/new")
    typed = {"title_fr": "Parlons de votre enfant", "host": "Mme Dubois", "place": "Bureau bleu"}
    typed |= {"on": "2026-11-24", "at": "10:00", "day_1": "2026-12-01"}
    typed |= {"first": "17:00", "until": "18:30", "minutes": "30"}
    for name, value in typed.items():
        page.locator(f"#{name}").fill(value)
    page.locator("main form[action='/meetings/preview'] button").first.click()
    assert page.locator("h1").count() == 1
    assert page.get_by_text("Quel moment vous convient ?").first.is_visible()
    check(page, width)
    page.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize(
    ("path", "more"),
    [("/events/new", "notes_fr"), ("/campaigns/new/announcement", "body_fr")],
    ids=["event", "campaign"],
)
def test_findings_beside_a_text_are_accessible_and_fit(
    stage: Stage, address: str, chromium: Browser, width: int, path: str, more: str
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(address + path)
    page.locator("#title_fr").fill("Atelier parentalité")
    page.locator(f"#{more}").fill("La coéducation : {prenom}, venez en présentiel.")
    page.locator("main form").first.evaluate("form => form.noValidate = true")
    page.locator("main form button[type=submit], main form button").first.click()
    assert page.locator(".findings").first.is_visible()
    assert page.locator(f"#{more}").get_attribute("aria-describedby")
    check(page, width)
    page.context.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_code_for_the_pocket_is_accessible_and_fits(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    page = open_page(chromium, address, width, "dina")
    page.goto(f"{address}/account")
    page.locator("form[action='/account/pocket'] button").click()
    assert page.get_by_text("t.me/carnet_poche_bot").first.is_visible()
    check(page, width)
    page.context.close()


def test_the_whole_menu_stands_on_one_line_on_a_desk(address: str, chromium: Browser) -> None:
    page = open_page(chromium, address, DESK, "nadia")
    page.goto(f"{address}/events")
    links = page.locator(".top nav a, .leave button")
    middles = {
        round(box["y"] + box["height"] / 2)
        for link in links.all()
        if (box := link.bounding_box()) is not None
    }
    assert links.count() == 8
    assert max(middles) - min(middles) <= 4
    page.context.close()


def test_a_form_with_errors_is_accessible_and_keeps_what_was_typed(
    address: str, chromium: Browser
) -> None:
    page = open_page(chromium, address, PHONE, "ada")
    page.goto(f"{address}/events/new")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.locator("#title_fr").fill("Pique-nique")
    page.locator("main form button").first.click()
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
