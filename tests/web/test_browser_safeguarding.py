# ruff: noqa: F811 - a fixture is named by the argument that it fills
"""Sensitive situations in a real browser: the alert, its words, the week and who is on duty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select, update

from bot.flows.base import RaiseAlarm
from bot.safeguarding import raise_alarm
from bot.storage.tables import inbound
from tests.web.console_stage import NOW, Stage, furnish, open_stage
from tests.web.test_browser import (  # noqa: F401 - fixtures
    CHROMIUM,
    DESK,
    FINGER,
    PHONE,
    address,
    check,
    chromium,
    open_page,
    press,
)

WORDS = "mon mari me frappe le soir"
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("guarded"))
    furnish(stage)
    yield stage
    stage.database.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_director_sees_the_alert_reads_answers_it_and_judges_it(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    words = f"{WORDS} {width}"
    task_id = stage.wait("Selin Kaya", words, reason="safeguarding", hours=width)
    with stage.database.write() as db:
        theirs = db.scalar(select(inbound.c.id).where(inbound.c.text == words))
        db.execute(update(inbound).where(inbound.c.id == theirs).values(guarded_by=task_id))
        raise_alarm(db, RaiseAlarm("violence", "me frappe"), task_id, theirs, "tr", NOW)
    page = open_page(chromium, address, width, "dina")
    page.goto(f"{address}/events")
    assert "situation sensible" in page.get_by_role("alert").inner_text()
    check(page, width)
    press(page, page.get_by_role("alert").get_by_role("link"))
    check(page, width)
    card = page.locator(f"#task-{task_id}")
    assert words not in page.content()
    press(page, card.get_by_role("link", name="Ouvrir les mots"))
    assert page.get_by_text(words).first.is_visible()
    check(page, width)
    press(page, page.get_by_role("button", name="Je m'en occupe"))
    assert "Dina Lacaze s'en occupe" in page.locator("main").inner_text()
    check(page, width)
    page.goto(f"{address}/alarms")
    page.get_by_label("Fausse alerte").first.check()
    check(page, width)
    press(page, page.get_by_role("button", name="Enregistrer"))
    assert page.get_by_label("Fausse alerte").first.is_checked()
    page.goto(f"{address}/duty")
    check(page, width)
    page.get_by_label("Personne d'astreinte").select_option(str(stage.ids["nadia"]))
    press(page, page.get_by_role("button", name="Enregistrer"))
    assert "Enregistré." in page.locator("main").inner_text()
    heights = [one.bounding_box() for one in page.locator("button:visible, select:visible").all()]
    assert all(box is not None and box["height"] >= FINGER - 0.5 for box in heights)
    page.context.close()
