"""A pocket bot between the invented world of the console and a strict Bot API on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.deployment import Deployment
from bot.messages import ChannelName, Shape
from bot.reach import Reach
from bot.staff.pocket import Pocket
from bot.staff_chats import new_staff_code
from bot.storage.staff import Staff
from bot.storage.tables import staff
from tests.peers.telegram import BotApi
from tests.peers.telegram_rules import Button, Sent
from tests.web.console_stage import Stage, furnish, open_stage

NADIA, DINA, JULES, STRANGER = 9_001_000_001, 9_001_000_002, 9_001_000_003, 9_001_000_009
CHATS = {"nadia": NADIA, "dina": DINA, "port": JULES}
TOKEN = "9900:pocket-loopback-token"


@dataclass
class Team:
    """The team's phones."""

    stage: Stage
    api: BotApi
    pocket: Pocket

    async def take(self) -> None:
        """Let the bot take every update that waits."""
        for update in await self.pocket.fetch(None):
            await self.pocket.handle(update)
            await self.pocket.fetch(update.update_id + 1)

    async def says(self, chat: int, text: str, reply_to: int | None = None) -> list[Sent]:
        """Write something; give what the bot sent meanwhile, to anybody."""
        before = len(self.api.sent)
        await self.api.says(chat, text, reply_to)
        await self.take()
        return self.api.sent[before:]

    async def taps(self, sent: Sent, label: str) -> list[Sent]:
        """Tap the button with this label; give what the bot sent meanwhile."""
        before = len(self.api.sent)
        data = self.button(sent, label).callback_data
        assert data is not None
        await self.api.taps(sent.chat_id, sent.message_id, data)
        await self.take()
        return self.api.sent[before:]

    @staticmethod
    def button(sent: Sent, label: str) -> Button:
        """The button whose label begins like this."""
        found = [one for one in sent.buttons if one.text.startswith(label)]
        assert found, (label, [one.text for one in sent.buttons])
        return found[0]

    async def bind(self, who: str) -> int:
        """Link a person's phone as they would; give the chat."""
        with self.stage.database.write() as db:
            person = person_called(self.stage, who)
            code = new_staff_code(db, person, self.stage.now)
        chat = CHATS[who]
        self.api.joins(chat, who)
        await self.says(chat, f"/start {code}")
        return chat


def person_called(stage: Stage, who: str) -> Staff:
    """Somebody of the team."""
    row = stage.row(staff, stage.ids[who])
    return Staff(row.id, row.name, row.email, row.role, row.centre_id, centre="", form_token="")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Two centres with families, events and messages."""
    stage = open_stage(tmp_path)
    furnish(stage)
    yield stage
    stage.database.close()


@pytest.fixture
async def team(stage: Stage) -> AsyncIterator[Team]:
    """The bot, open; nobody is linked yet."""

    def clock() -> datetime:
        return stage.now

    async with BotApi(clock, TOKEN, local=True) as api:
        deployment = Deployment("Ma Chance Moi Aussi", "https://carnet.example", b"key")
        reach = Reach(deployment, {name: Shape() for name in (ChannelName.SMS,)})

        def wake() -> None:
            stage.wakes += 1

        pocket = Pocket(stage.database, reach, clock, wake, TOKEN, api.url)
        await pocket.open()
        yield Team(stage, api, pocket)
        await pocket.close()
