"""A process that sends what is due and ends; the test kills it on the way.

python -m tests.scenarios.sender FOLDER TWILIO_URL MOMENT
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from bot.app import build
from bot.settings import Settings
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN


def settings(folder: Path, twilio_url: str) -> Settings:
    """One SMS sender, one way, against a peer."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]  # a setting of pydantic's, not ours
        data_folder=folder,
        public_url="https://carnet.example",
        twilio_account_sid=ACCOUNT_SID,
        twilio_auth_token=SecretStr(AUTH_TOKEN),
        twilio_api_url=twilio_url,
        twilio_content_url=twilio_url,
        sms_sender="MaChance",
    )


async def send(folder: Path, twilio_url: str, moment: datetime) -> None:
    """Start as the server does, send, end."""
    house = build(settings(folder, twilio_url), clock=lambda: moment, limits={})
    async with house.running(jobs=False):
        await house.dispatcher.drain()


if __name__ == "__main__":
    asyncio.run(send(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])))
