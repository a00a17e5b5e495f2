"""The channel of rehearsals takes everything, knows nothing and hears nobody."""

from __future__ import annotations

import pytest

from bot.channels.recorder import Recorder
from bot.channels.shapes import SHAPES
from bot.errors import WebhookRejected
from bot.messages import Address, ChannelName, OutboundMessage, WebhookCall

MESSAGE = OutboundMessage(7, Address(ChannelName.SMS, "+33639980007"), "Bonjour")


@pytest.mark.parametrize("name", SHAPES)
async def test_it_takes_what_it_is_given_and_has_kept_nothing(name: ChannelName) -> None:
    channel = Recorder(SHAPES[name])
    assert await channel.send(MESSAGE) == "rehearsed-7"
    assert await channel.find(MESSAGE) is None
    assert channel.shape == SHAPES[name]
    assert await channel.check()
    await channel.close()


def test_nobody_answers_through_it() -> None:
    with pytest.raises(WebhookRejected):
        Recorder(SHAPES[ChannelName.SMS]).read(WebhookCall("https://carnet.example", {}, b""))
