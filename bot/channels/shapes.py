"""What each channel can show and take; plain data, so that nobody loads a provider to know it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages import Captions, ChannelName, Shape

SHAPES: Mapping[ChannelName, Shape] = {
    ChannelName.SMS: Shape(buttons=0, max_length=1600),
    ChannelName.WHATSAPP: Shape(
        buttons=10,
        window=True,
        max_length=1024,
        label=20,
        captions=Captions(longest=1024, buttons=False, voice=False),
    ),
    ChannelName.TELEGRAM: Shape(
        buttons=8,
        edits=True,
        receipts=False,
        max_length=4096,
        captions=Captions(longest=1024, buttons=True, voice=True),
    ),
}
