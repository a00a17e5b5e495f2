"""Providers' calls: nothing unsigned, nothing huge, nothing lost when we are busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.channels.twilio_webhooks import read_call
from bot.deployment import Deployment
from bot.inbox import Inbox
from bot.messages import Incoming, WebhookCall
from bot.reach import Reach
from bot.storage.database import Database
from bot.storage.schema import migrate
from bot.storage.tables import inbound
from bot.web.webhooks import Endpoint, webhook_routes
from tests.peers.twilio import AUTH_TOKEN
from tests.peers.twilio_forms import sign

ORIGIN = "https://carnet.example"
URL = f"{ORIGIN}/webhooks/twilio"
FORM = {"MessageSid": "SM" + "1" * 32, "From": "+33639980001", "To": "+33639980099", "Body": "oui"}


@asynccontextmanager
async def house(
    folder: Path, *, limit: int = 100, writes: bool = True
) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    """The Twilio webhook in front of a real database."""
    database = Database(f"sqlite:///{folder / 'carnet.db'}")
    migrate(database)
    reach = Reach(Deployment("Ma Chance Moi Aussi", ORIGIN, b"key"), {})
    inbox = Inbox(database, reach, lambda: datetime(2026, 12, 5, 9, 0, tzinfo=UTC), limit)
    writer = asyncio.create_task(inbox.run()) if writes else None

    def read(call: WebhookCall) -> tuple[Incoming, ...]:
        return read_call(call, AUTH_TOKEN)

    routes = webhook_routes({"twilio": Endpoint(read)}, inbox, ORIGIN, lambda: None)
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client, database
    if writer is not None:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
    database.close()


def signed(form: dict[str, str]) -> dict[str, str]:
    return {"X-Twilio-Signature": sign(AUTH_TOKEN, URL, form.items())}


def arrived(database: Database) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(inbound)) or 0


async def test_a_signed_call_is_answered_once_it_is_on_disk(tmp_path: Path) -> None:
    async with house(tmp_path) as (client, database):
        answer = await client.post("/webhooks/twilio", data=FORM, headers=signed(FORM))
        assert answer.status_code == 204
        assert arrived(database) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": "AAAA"},
        {"X-Twilio-Signature": sign("another", URL, FORM.items())},
    ],
    ids=["none", "nonsense", "another key"],
)
async def test_an_unsigned_call_is_forbidden_and_leaves_no_trace(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with house(tmp_path) as (client, database):
        answer = await client.post("/webhooks/twilio", data=FORM, headers=headers)
        assert answer.status_code == 403
        assert arrived(database) == 0


async def test_a_changed_field_breaks_the_signature(tmp_path: Path) -> None:
    async with house(tmp_path) as (client, database):
        altered = FORM | {"Body": "non"}
        answer = await client.post("/webhooks/twilio", data=altered, headers=signed(FORM))
        assert answer.status_code == 403
        assert arrived(database) == 0


async def test_unknown_fields_are_signed_over_and_ignored(tmp_path: Path) -> None:
    async with house(tmp_path) as (client, database):
        form = FORM | {"SomethingNew": "2027", "Empty": ""}
        answer = await client.post("/webhooks/twilio", data=form, headers=signed(form))
        assert answer.status_code == 204
        assert arrived(database) == 1


async def test_a_huge_call_is_refused_unread(tmp_path: Path) -> None:
    async with house(tmp_path) as (client, database):
        answer = await client.post("/webhooks/twilio", content=b"x" * 10_000_000)
        assert answer.status_code == 413
        assert arrived(database) == 0


async def test_when_too_much_waits_the_provider_is_asked_to_come_back(tmp_path: Path) -> None:
    async with house(tmp_path, limit=1, writes=False) as (client, _):
        first = asyncio.create_task(
            client.post("/webhooks/twilio", data=FORM, headers=signed(FORM))
        )
        await asyncio.sleep(0.05)
        other = FORM | {"MessageSid": "SM" + "2" * 32}
        answer = await client.post("/webhooks/twilio", data=other, headers=signed(other))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_page_cannot_be_fetched_there(tmp_path: Path) -> None:
    async with house(tmp_path) as (client, _):
        assert (await client.get("/webhooks/twilio")).status_code == 405
