"""A round of meetings is looked at before it opens: who, when, in which words, at what cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import date, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select, update

from bot.messages import ChannelName, Shape
from bot.storage.tables import campaigns, centres, slots
from tests.web.console_stage import FORM_TOKEN, Stage, furnish, open_stage, visible_text
from tests.web.test_console_meetings import FILE, RIGHT


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The furnished stage, with SMS switched on, whose answers we can read."""
    stage = open_stage(tmp_path, shapes={ChannelName.SMS: Shape()})
    furnish(stage)
    with stage.database.write() as db:
        db.execute(update(centres).values(sms_can_receive=True))
    yield stage
    stage.database.close()


def right(stage: Stage) -> dict[str, str]:
    """What a coordinator of Les Tilleuls has filled in."""
    return RIGHT | {"centre": str(stage.ids["tilleuls"])}


def previewed(stage: Stage, *, who: str = "nadia", **changes: Any) -> Response:
    return stage.post("/meetings/preview", right(stage) | changes, who=who)


def test_preview_says_who_when_in_which_words_at_what_cost_and_opens_nothing(stage: Stage) -> None:
    page = previewed(stage)
    words = visible_text(page)
    assert page.status_code == 200
    assert "4 moments avec Mme Roy" in words
    assert re.search(r"\d+ familles :", words)
    assert "laissée" in words
    assert "Départ au plus tôt : mardi 24 novembre à 10h" in words
    assert "Quel moment vous convient ?" in words
    assert "1 mardi 1er décembre à 17h" in words
    assert re.search(r"Coût estimé : \d+,\d\d €", words)
    assert stage.rows(select(campaigns)) == []
    assert stage.rows(select(slots)) == []


def test_words_are_shown_in_each_language_that_somebody_will_read(stage: Stage) -> None:
    page = previewed(stage)
    assert 'lang="ar" dir="rtl"' in page.text
    assert "لنتحدث عن طفلكم" in page.text


def test_what_was_looked_at_is_opened_with_one_button(stage: Stage) -> None:
    page = previewed(stage)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert fields["day_1"] == "2026-12-01"
    done = stage.post("/meetings/new", {name: unescape(text) for name, text in fields.items()})
    assert done.status_code == 303
    assert len(stage.rows(select(slots))) == 4


def test_moments_of_a_calendar_file_are_kept_from_the_preview_to_the_opening(stage: Stage) -> None:
    empty = right(stage) | {"day_1": "", "day_2": "", "first": "", "until": ""}
    files = {"calendar": ("agenda.ics", FILE, "text/calendar")}
    data = empty | {"form_token": FORM_TOKEN}
    page = asyncio.run(stage.browser()._ask("POST", "/meetings/preview", data=data, files=files))
    words = visible_text(page)
    assert "1 moment avec Mme Roy" in words
    assert "Formation" not in words or "Ces lignes n'ont pas été prises" in words
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    done = stage.post("/meetings/new", {name: unescape(text) for name, text in fields.items()})
    assert done.status_code == 303
    [slot] = stage.rows(select(slots))
    assert (slot.on, slot.at, slot.minutes, slot.uid) == (
        date(2026, 12, 8), time(17), 30, "libre-1"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"host": ""}, "Dites avec qui les familles ont rendez-vous."),
        ({"day_1": "", "day_2": ""}, "Donnez le jour"),
        ({"audience_families": "F-999"}, "F-999"),
    ],
)
def test_what_is_wrong_is_said_in_place_of_the_preview(
    stage: Stage, changes: dict[str, str], says: str
) -> None:
    page = previewed(stage, **changes)
    assert page.status_code == 400
    assert says in visible_text(page)


def test_form_can_be_changed_after_a_look(stage: Stage) -> None:
    page = stage.post("/meetings/form", right(stage))
    assert page.status_code == 200
    assert 'value="Bureau du premier"' in page.text
    assert 'value="2026-12-03"' in page.text


def test_evaluator_looks_at_no_preview(stage: Stage) -> None:
    assert previewed(stage, who="eva").status_code == 403
