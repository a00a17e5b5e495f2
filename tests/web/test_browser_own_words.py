# ruff: noqa: F811 - a fixture is named by the argument that it fills
"""The translations of the team's words in a real browser: written, sent to a reader, approved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.console_stage import Stage, furnish, open_stage
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

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(tmp_path_factory.mktemp("words"))
    furnish(stage)
    yield stage
    stage.database.close()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_translation_is_written_read_and_approved(
    stage: Stage, address: str, chromium: Browser, width: int
) -> None:
    page = open_page(chromium, address, width, "nadia")
    page.goto(f"{address}/events/{stage.ids['Bien dormir']}")
    press(page, page.get_by_role("link", name="Traductions"))
    check(page, width)
    card = page.locator("section[aria-labelledby='ar']")
    card.locator("textarea").fill("أحضروا 7 كعكات.")
    press(page, card.get_by_role("button", name="Enregistrer"))
    assert "Il y a le nombre 7 en trop" in card.locator("[role=alert]").inner_text()
    check(page, width)
    card.locator("textarea").fill("أحضروا طعاما خفيفا.")
    press(page, card.get_by_role("button", name="Enregistrer"))
    press(page, card.get_by_role("button", name="Faire relire"))
    check(page, width)
    token = card.locator("input[readonly]").input_value().rpartition("/")[2]
    reader = open_page(chromium, address, width, "")
    troubles: list[str] = []
    reader.on("console", lambda message: troubles.append(message.text))
    reader.goto(f"{address}/r/{token}")
    assert reader.locator("html").get_attribute("dir") == "rtl"
    check(reader, width)
    heights = [one.bounding_box() for one in reader.locator("button, input:visible").all()]
    assert all(box is not None and box["height"] >= FINGER - 0.5 for box in heights)
    reader.get_by_label("Votre nom").fill("Amina B.")
    press(reader, reader.get_by_role("button", name="C'est juste").first)
    assert "Vous avez dit : c'est juste." in reader.locator("[role=status]").inner_text()
    check(reader, width)
    assert reader.locator("script").count() == 0
    assert [one for one in troubles if "favicon" not in one and "404" not in one] == []
    page.reload()
    page.goto(f"{address}/events/{stage.ids['Bien dormir']}/words")
    assert "Amina B." in page.locator("section[aria-labelledby='ar']").inner_text()
    page.context.close()
    reader.context.close()
