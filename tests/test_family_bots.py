"""Several bots for families in one process, with Telegram on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import build, web_app
from bot.channels import telegram_polling
from bot.contacts import new_binding_code
from bot.errors import SettingsError
from bot.messages import DeliveryState
from bot.settings import FamilyBot, Settings
from bot.storage.database import Database
from bot.storage.tables import addresses, contact_addresses, tasks
from tests.house import MONDAY, TELEGRAM, Clock, House
from tests.peers.loopback import Clock as PeerClock
from tests.peers.telegram import TOKEN, BotApi
from tests.peers.telegrams import Telegrams

ORIGIN = "https://carnet.example"
NICE_TOKEN = "4300:nice-token"
AWA, SAMI = 6399801, 6399802
FIRST_SECRET, NICE_SECRET = "first-secret", "nice-secret"


@dataclass
class City:
    """A house with two bots, "" and nice, and both of them at Telegram."""

    house: House
    first: BotApi
    nice: BotApi
    api: Telegrams

    def card(self, family_id: int) -> str:
        with self.house.database.write() as db:
            return new_binding_code(db, self.house.contact_id(family_id), MONDAY)

    def addresses(self, family_id: int) -> list[tuple[str, str | None]]:
        rows = self.house.all(
            select(addresses.c.value, addresses.c.dead_reason)
            .join(contact_addresses, contact_addresses.c.address_id == addresses.c.id)
            .where(
                contact_addresses.c.contact_id == self.house.contact_id(family_id),
                addresses.c.channel == TELEGRAM,
            )
            .order_by(contact_addresses.c.rank, contact_addresses.c.id)
        )
        return [(row.value, row.dead_reason) for row in rows]


@asynccontextmanager
async def city(
    folder: Path, database: Database, mode: str = "polling", tokens: Sequence[str] = ()
) -> AsyncIterator[City]:
    clock = Clock(MONDAY)
    peer_clock: PeerClock = clock
    first, nice = BotApi(peer_clock, TOKEN), BotApi(peer_clock, NICE_TOKEN)
    async with first, nice, Telegrams(peer_clock, first, nice) as api:
        settings = Settings(
            data_folder=folder,
            public_url=ORIGIN,
            telegram_token=SecretStr(tokens[0] if tokens else TOKEN),
            telegram_bot_name="carnet_bot",
            telegram_webhook_secret=SecretStr(FIRST_SECRET),
            telegram_bots={
                "nice": FamilyBot(
                    "nice", SecretStr(NICE_TOKEN), "carnet_nice_bot", SecretStr(NICE_SECRET)
                )
            },
            telegram_api_url=api.url,
            telegram_mode=mode,  # type: ignore[arg-type]
            _env_file=None,  # type: ignore[call-arg]
        )
        carnet = build(settings, clock=clock, database=database, limits={})
        app = web_app(carnet, jobs=False)
        for one in (first, nice):
            one.wire(ORIGIN, app)
        async with carnet.running(jobs=False):
            if mode == "webhook":
                await until(lambda: bool(first.webhook_url and nice.webhook_url))
            yield City(House(carnet, clock, {}), first, nice, api)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_polling, "FIRST_PAUSE_SECONDS", 0.02)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_card_binds_the_chat_of_the_bot_that_it_is_shown_to(
    tmp_path: Path, database: Database, mode: str
) -> None:
    async with city(tmp_path, database, mode) as town:
        family_id = town.house.family(0)
        await town.nice.starts(AWA, town.card(family_id))
        await until(lambda: bool(town.nice.sent))
        assert town.addresses(family_id) == [(f"{AWA}@nice", None)]
        assert (town.nice.sent[0].chat_id, town.first.sent) == (AWA, [])


async def test_a_code_of_one_centre_binds_with_any_bot_and_two_bots_are_two_addresses(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        town.house.centre(telegram_bot="nice")
        await town.first.starts(AWA, town.card(family_id))
        await until(lambda: len(town.first.sent) == 1)
        await town.nice.starts(AWA, town.card(family_id))
        await until(lambda: len(town.nice.sent) == 1)
        assert town.addresses(family_id) == [(str(AWA), None), (f"{AWA}@nice", None)]


async def test_a_tap_is_answered_edited_and_acknowledged_by_its_own_bot(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database) as town:
        family_id = town.house.family(0)
        for bot in (town.first, town.nice):  # the same chat id and message id with both
            await bot.starts(AWA, town.card(family_id))
            await until(lambda bot=bot: bool(bot.sent))  # type: ignore[misc]
        asked = town.nice.sent[0]
        await town.nice.taps(AWA, asked.message_id, str(asked.buttons[0].callback_data))
        await until(lambda: bool(town.nice.edits and town.nice.answered))
        assert town.nice.edits[0].message_id == asked.message_id
        assert town.nice.edits[0].buttons == ()
        assert (town.first.edits, town.first.answered) == ([], [])
        rows = town.house.outbox(step="bound")
        assert len({row.provider_id for row in rows}) == 2


async def test_a_webhook_takes_only_its_own_secret(tmp_path: Path, database: Database) -> None:
    async with city(tmp_path, database, "webhook") as town:
        assert town.first.webhook_url == f"{ORIGIN}/webhooks/telegram"
        assert town.nice.webhook_url == f"{ORIGIN}/webhooks/telegram/nice"
        app = web_app(town.house.carnet, jobs=False)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:

            async def call(path: str, secret: str) -> int:
                headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
                answer = await client.post(path, json={"update_id": 1}, headers=headers)
                return answer.status_code

            first, nice = "/webhooks/telegram", "/webhooks/telegram/nice"
            statuses = [
                await call(path, secret)
                for path in (first, nice)
                for secret in (FIRST_SECRET, NICE_SECRET, "")
            ]
            assert statuses == [204, 403, 403, 403, 204, 403]
            assert await call("/webhooks/telegram/lyon", FIRST_SECRET) in (404, 405)


async def test_a_bot_that_fails_stops_no_other(tmp_path: Path, database: Database) -> None:
    async with city(tmp_path, database, tokens=["4200:revoked"]) as town:
        family_id = town.house.family(0)
        await town.first.says(SAMI, "bonjour")
        await town.nice.starts(AWA, town.card(family_id))
        await until(lambda: bool(town.nice.sent))
        assert town.first._updates._pending, "nobody may fetch them with that token"


async def test_a_missing_secret_is_told_before_anything_starts(
    tmp_path: Path, database: Database
) -> None:
    settings = Settings(
        data_folder=tmp_path,
        telegram_mode="webhook",
        telegram_bots={"nice": FamilyBot("nice", SecretStr(NICE_TOKEN), "carnet_nice_bot")},
        _env_file=None,  # type: ignore[call-arg]
    )
    with pytest.raises(SettingsError, match="CARNET_TELEGRAM_BOTS, nice, webhook_secret"):
        build(settings, database=database)


async def test_who_writes_to_the_wrong_bot_is_still_understood(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        town.house.bind(family_id, TELEGRAM, f"{AWA}@nice")
        town.nice.joins(AWA)
        event_id = town.house.event()
        await town.house.live_until(town.house.clock.now.replace(day=23))
        assert town.nice.sent, "the invitation came by the bot that knows them"
        await town.first.says(AWA, "oui, 2 adultes et 1 enfant")
        await until(lambda: bool(town.first.sent))
        assert town.house.invitation(event_id, family_id).rsvp == "yes"
        assert town.addresses(family_id) == [(f"{AWA}@nice", None), (str(AWA), None)]
        assert town.house.all(select(tasks)) == []


async def test_who_is_a_stranger_to_every_bot_stays_one(tmp_path: Path, database: Database) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        town.house.bind(family_id, TELEGRAM, f"{AWA}@nice")
        await town.first.says(SAMI, "bonjour")
        await until(lambda: bool(town.first.sent))
        assert [row.reason for row in town.house.all(select(tasks))] == ["stranger"]
        assert town.addresses(family_id) == [(f"{AWA}@nice", None)]


async def test_who_blocked_a_bot_and_comes_back_is_reached_again(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        await town.nice.starts(AWA, town.card(family_id))
        await town.nice.blocks(AWA)
        assert town.addresses(family_id) == [(f"{AWA}@nice", "blocked")]
        await town.nice.unblocks(AWA)
        assert town.addresses(family_id) == [(f"{AWA}@nice", "blocked")], "until they write"
        await town.nice.starts(AWA)
        assert town.addresses(family_id) == [(f"{AWA}@nice", None)]


async def test_a_bot_that_is_missing_from_the_settings_leaves_its_messages_waiting(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        address_id = town.house.bind(family_id, TELEGRAM, f"{AWA}@lyon")
        town.house.event()
        await town.house.live_until(town.house.clock.now.replace(day=23))
        rows = town.house.outbox(address_id=address_id, step="invitation")
        assert {row.error_code for row in rows} == {"no_bot"}
        assert rows[0].state in (DeliveryState.WAITING, DeliveryState.FAILED)
        assert town.addresses(family_id) == [(f"{AWA}@lyon", None)], "the address is not dead"


async def test_order_holds_within_a_chat_while_taps_and_messages_come_together(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        town.house.bind(family_id, TELEGRAM, str(AWA))
        town.first.joins(AWA)
        event_id = town.house.event()
        await town.house.live_until(town.house.clock.now.replace(day=23))
        asked = town.first.sent[-1]
        no = next(one for one in asked.buttons if str(one.callback_data).endswith(":no"))
        statuses = await asyncio.gather(
            town.first.taps(AWA, asked.message_id, str(no.callback_data)),
            town.first.says(AWA, "merci"),
            town.first.says(AWA, "bonne journée"),
        )
        assert [200 <= (one or 0) < 300 for one in statuses] == [True] * 3
        assert town.house.invitation(event_id, family_id).rsvp == "no"


async def test_a_tap_that_telegram_dropped_can_be_typed_instead(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0)
        town.house.bind(family_id, TELEGRAM, str(AWA))
        town.first.joins(AWA)
        event_id = town.house.event()
        await town.house.live_until(town.house.clock.now.replace(day=23))
        await town.first.says(AWA, "non")
        await until(lambda: town.house.invitation(event_id, family_id).rsvp == "no")
        asked = town.first.sent[0]
        assert all(len(str(one.callback_data).encode()) <= 64 for one in asked.buttons)
