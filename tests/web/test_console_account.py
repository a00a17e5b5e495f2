"""One's own account: the robot for one's pocket."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.staff_chats import bind_staff
from bot.storage.tables import staff_chats, staff_codes
from tests.web.console_stage import Stage, open_stage, visible_text


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A team whose robot is switched on."""
    return open_stage(tmp_path, pocket_bot="carnet_poche_bot")


def code_on(text: str) -> str:
    return text.partition("/start ")[2].split()[0]


def test_a_code_is_shown_once_with_its_link(stage: Stage) -> None:
    page = stage.post("/account/pocket")
    code = code_on(visible_text(page))
    assert f"https://t.me/carnet_poche_bot?start={code}" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert code not in stage.browser().get("/account").text
    (row,) = stage.rows(select(staff_codes))
    assert code.encode() not in bytes(row.code_hash)


def test_a_linked_phone_can_be_taken_away_at_once(stage: Stage) -> None:
    code = code_on(visible_text(stage.post("/account/pocket")))
    unspent = code_on(visible_text(stage.post("/account/pocket")))
    with stage.database.write() as db:
        bind_staff(db, code, "9001000001", stage.now)
    assert "1 téléphone est relié" in visible_text(stage.browser().get("/account"))
    stage.post("/account/pocket/unlink")
    assert stage.rows(select(staff_chats)) == []
    with stage.database.write() as db:
        assert bind_staff(db, unspent, "9001000001", stage.now) is None


def test_who_sees_no_names_gets_no_robot(stage: Stage) -> None:
    page = stage.browser("eva").get("/account")
    assert "Carnet dans la poche" not in visible_text(page)
    refused = stage.post("/account/pocket", who="eva")
    assert refused.status_code == 400
    assert stage.rows(select(staff_codes)) == []


def test_a_robot_that_is_switched_off_is_said_so(tmp_path: Path) -> None:
    stage = open_stage(tmp_path)
    assert "Le robot n'est pas allumé." in visible_text(stage.browser().get("/account"))
