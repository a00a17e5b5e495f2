"""What is too large is refused while it arrives, in words that its sender reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import select

from bot.app import web_app
from bot.inbox import Inbox
from bot.storage.database import Database
from bot.storage.tables import inbound, text_reviews
from bot.web.app import build_app
from bot.web.bodies import CALL, DRAINED, LETTER, PAGE
from bot.web.console.visit import COOKIE
from bot.web.reviews import MOST_PRESSES
from tests.house import MONDAY, SMS, House, guardian, phone
from tests.web.console_stage import FORM_TOKEN, Browser, Stage, visible_text
from tests.web.test_browser_link_kinds import invite
from tests.web.test_console_own_words import link, mark_on, write
from tests.web.test_console_own_words import stage as words_stage  # noqa: F401 - a fixture

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Flood:
    """A body that goes on and on; it knows how much of it was taken."""

    def __init__(self, size: int, head: bytes = b"") -> None:
        self.size, self.head, self.taken = size, head, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.head
        while self.taken < self.size:
            self.taken += 10_000
            yield b"x" * 10_000


def send(
    stage: Stage,
    path: str,
    body: Flood | bytes,
    who: str = "nadia",
    headers: Mapping[str, str] = FORM,
) -> Response:
    """A form of a page, as it comes: in pieces and without its length, or whole."""

    async def ask() -> Response:
        cookies = {COOKIE: f"token-{who}"} if who else {}
        async with AsyncClient(
            transport=ASGITransport(stage.app), base_url="http://testserver", cookies=cookies
        ) as client:
            return await client.post(path, content=body, headers=dict(headers))

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/events/new", "/campaigns/form", "/sign-in"])
def test_a_form_that_is_too_large_is_refused_in_words(stage: Stage, path: str) -> None:
    flood = Flood(50 * DRAINED)
    page = send(stage, path, flood)
    assert page.status_code == 413
    assert "C'est trop à la fois" in visible_text(page)
    assert flood.taken < 3 * DRAINED, "what is refused is not read to its end"


def test_a_form_that_says_its_length_is_refused_as_well(stage: Stage) -> None:
    assert send(stage, "/events/new", b"x" * (CALL + 1)).status_code == 413
    assert send(stage, "/events/new", b"x" * CALL).status_code == 403  # read: it has no token


def test_a_large_attendance_form_is_still_read(stage: Stage) -> None:
    event = stage.ids["Atelier cuisine"]
    many = {f"was-{number}": "" for number in range(9_000)}
    body = "&".join(f"{name}=" for name in many) + f"&form_token={FORM_TOKEN}"
    assert send(stage, f"/events/{event}/attendance", body.encode()).status_code == 303


def test_an_upload_without_its_length_is_counted_too(stage: Stage) -> None:
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    flood = Flood(150_000_000, head)
    path = f"/events/{stage.ids['Bien dormir']}/media/fr"
    page = send(stage, path, flood, headers={"content-type": "multipart/form-data; boundary=B"})
    assert page.status_code == 400
    assert "Le fichier est trop lourd" in visible_text(page)
    assert flood.taken < 125_000_000


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Votre message est trop long. Écrivez un message plus court"),
        ("tr", "Mesajınız çok uzun. Lütfen daha kısa yazın."),
    ],
)
async def test_a_parents_page_takes_no_book(house: House, language: str, said: str) -> None:
    house.clock.set(MONDAY)
    house.family(0, guardians=(guardian(0, language=language),))
    invite(house)
    await house.tick()
    path = house.texts(SMS, phone(0))[-1].rsplit("/l/", 1)[1].split()[0]
    transport = ASGITransport(web_app(house.carnet, jobs=False))
    async with (
        house.carnet.running(jobs=False),
        AsyncClient(transport=transport, base_url="http://carnet") as client,
    ):
        for body in (Flood(50 * DRAINED), b"text=" + b"x" * PAGE):
            page = await client.post(f"/l/{path}", content=body, headers=FORM)
            assert page.status_code == 413
            assert f'<html lang="{language}"' in page.text
            assert page.text.index(said) < page.text.index("tel:")
        longest = {"text": "ஐ" * 300, "nonce": "n" * 32}  # nine bytes each, as forms write it
        page = await client.post(f"/l/{'A' * 22}", data=longest)
        assert page.status_code == 303
        page = await client.post(f"/l/{'A' * 22}", content=b"x" * (PAGE + 1), headers=FORM)
        assert (page.status_code, "tel:" in page.text) == (413, False)
    assert not any("x" in row.text for row in house.all(select(inbound.c.text)))


def test_a_readers_page_takes_no_book(words_stage: Stage) -> None:  # noqa: F811
    write(words_stage)
    address = link(words_stage)
    page = send(words_stage, address, Flood(50 * DRAINED), who="")
    assert page.status_code == 413
    assert "C'est trop long." in visible_text(page)
    longest = {"mark": mark_on(words_stage.stranger().get(address).text), "verdict": "wrong"}
    longest |= {"title": "ஐ" * 120, "more": "ஐ" * 600, "by": "ஐ" * 80, "note": "ஐ" * 600}
    assert len(str(longest).encode()) * 3 < LETTER
    assert words_stage.stranger().post(address, longest).status_code == 303


def test_presses_of_a_link_are_counted_over_all_processes(words_stage: Stage) -> None:  # noqa: F811
    stage = words_stage
    write(stage)
    address = link(stage)
    context = stage.app.state.context
    database = Database(stage.database.url, durable=False)
    other = build_app(
        replace(context, database=database), Inbox(database, context.reach, context.clock), {}
    )
    form = {"mark": "", "verdict": "approved", "by": ""}
    for turn in range(MOST_PRESSES):
        app = (stage.app, other)[turn % 2]
        assert Browser(app, {}).post(address, form).status_code in (303, 400)
    assert {Browser(app, {}).post(address, form).status_code for app in (stage.app, other)} == {429}
    unknown = "/r/" + "A" * 22
    assert {stage.stranger().post(unknown, form).status_code for _ in range(MOST_PRESSES + 1)} == {
        404
    }
    assert len(stage.rows(select(text_reviews.c.answered_at))) == 1
    database.close()
