"""What parents sent beside words, on the coordinators' pages: shown, and opened by its own team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.errors import SendRefused
from bot.messages import Address, ChannelName, Fetched
from bot.storage.tables import addresses, contacts, inbound, tasks
from tests.web.console_stage import NOW, Browser, Stage, furnish, open_stage, visible_text

KEPT = {
    "photo": Fetched("image/jpeg", b"\xff\xd8photo"),
    "voice": Fetched("audio/ogg; codecs=opus", b"OggS"),
    "page": Fetched("text/html", b"<script>alert(1)</script>"),
    "drawing": Fetched("image/svg+xml", b"<svg/>"),
    "letter": Fetched("application/pdf", b"%PDF-1.7"),
}


async def fetch(sender: Address, ref: str) -> Fetched:
    """A provider that keeps a few files."""
    if ref not in KEPT:
        raise SendRefused("Ce fichier n'existe plus chez le fournisseur.")
    assert sender.channel is ChannelName.SMS
    return KEPT[ref]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = open_stage(tmp_path)
    furnish(stage)
    stage.app.state.context = replace(stage.app.state.context, fetch_media=fetch)
    yield stage
    stage.database.close()


def sent(stage: Stage, name: str, media: str = "photo", **values: Any) -> int:
    """A parent who waits has sent something beside words."""
    with stage.database.read() as db:
        theirs = db.execute(tasks.select().where(tasks.c.contact_id == stage.ids[name])).one()
    return stage.add(
        inbound,
        channel="sms",
        provider_id=f"media-{name}-{media}-{values.get('media_ref')}",
        address_id=theirs.address_id,
        contact_id=stage.ids[name],
        text=values.pop("text", ""),
        media=media,
        at=NOW - timedelta(minutes=5),
        **values,
    )


def test_the_inbox_says_what_came_and_lets_it_be_opened(stage: Stage) -> None:
    number = sent(stage, "Amina Berrada", media_ref="photo", text="mon fils")
    page = stage.browser("nadia").get("/inbox")
    assert "Une photo · L'ouvrir" in visible_text(page)
    assert "mon fils" in visible_text(page)
    assert f'href="/received/{number}"' in page.text


def test_a_place_is_a_link_to_a_map(stage: Stage) -> None:
    sent(stage, "Amina Berrada", "location", latitude=43.7, longitude=7.27)
    page = stage.browser("nadia").get("/inbox")
    assert "Un lieu · Le voir sur une carte" in visible_text(page)
    assert "https://www.openstreetmap.org/?mlat=43.7&amp;mlon=7.27#map=17/43.7/7.27" in page.text


@pytest.mark.parametrize(
    ("ref", "kind", "way"),
    [
        ("photo", "image/jpeg", 'inline; filename="photo-'),
        ("voice", "audio/ogg", 'inline; filename="photo-'),
        ("letter", "application/pdf", 'attachment; filename="photo-'),
        ("page", "application/octet-stream", "attachment"),
        ("drawing", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_shown_or_saved_and_runs_nothing(
    stage: Stage, ref: str, kind: str, way: str
) -> None:
    number = sent(stage, "Amina Berrada", media_ref=ref)
    answer = stage.browser("nadia").get(f"/received/{number}")
    assert (answer.status_code, answer.content) == (200, KEPT[ref].body)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith(way)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_file_that_is_gone_is_told_in_french(stage: Stage) -> None:
    number = sent(stage, "Amina Berrada", media_ref="gone")
    answer = stage.browser("nadia").get(f"/received/{number}")
    assert answer.status_code == 502
    assert "n'existe plus chez le fournisseur" in visible_text(answer)


@pytest.mark.parametrize(
    ("who", "status"), [("nadia", 200), ("ada", 200), ("port", 404), ("eva", 403)]
)
def test_only_the_familys_own_team_opens_it(stage: Stage, who: str, status: int) -> None:
    number = sent(stage, "Amina Berrada", media_ref="photo")
    assert stage.browser(who).get(f"/received/{number}").status_code == status


def test_who_is_not_signed_in_opens_nothing(stage: Stage) -> None:
    number = sent(stage, "Amina Berrada", media_ref="photo")
    answer = stage.stranger().get(f"/received/{number}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_what_has_no_file_or_belongs_to_an_erased_person_is_nowhere(stage: Stage) -> None:
    browser: Browser = stage.browser("ada")
    place = sent(stage, "Amina Berrada", "location", latitude=1.0, longitude=2.0)
    photo = sent(stage, "Karim Haddad", media_ref="photo")
    assert browser.get(f"/received/{place}").status_code == 404
    assert browser.get("/received/99999").status_code == 404
    assert browser.get(f"/received/{photo}").status_code == 200
    with stage.database.write() as db:
        erased = update(contacts).where(contacts.c.id == stage.ids["Karim Haddad"])
        db.execute(erased.values(erased_at=NOW))
    assert browser.get(f"/received/{photo}").status_code == 404


def test_a_strangers_file_is_for_who_answers_strangers_while_they_wait(stage: Stage) -> None:
    address = stage.add(addresses, channel="sms", value="+33639980077", created_at=NOW)
    number = stage.add(
        inbound,
        channel="sms",
        provider_id="stranger-1",
        address_id=address,
        text="",
        media="photo",
        media_ref="photo",
        at=NOW,
    )
    assert stage.browser("ada").get(f"/received/{number}").status_code == 404
    task = stage.add(tasks, address_id=address, reason="stranger", opened_at=NOW, asked_at=NOW)
    assert stage.browser("ada").get(f"/received/{number}").status_code == 200
    assert stage.browser("nadia").get(f"/received/{number}").status_code == 404
    with stage.database.write() as db:
        db.execute(update(tasks).where(tasks.c.id == task).values(closed_at=NOW))
    assert stage.browser("ada").get(f"/received/{number}").status_code == 404
