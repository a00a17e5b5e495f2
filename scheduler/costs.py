"""What a rehearsal would cost: segments by SMS, conversations by WhatsApp. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from bot.messages import ChannelName, Purpose
from bot.tariffs import Tariffs
from scheduler.rehearsal import Line, Outcome

CONVERSATION = timedelta(hours=24)
FREE = frozenset({Purpose.REPLY, Purpose.STAFF})  # the parent opened the conversation


def costs(lines: Iterable[Line], tariffs: Tariffs) -> dict[str, Decimal]:
    """The price of every message that leaves, by key. `lines` stand in the order of time."""
    opened: dict[tuple[str, int | None], datetime] = {}
    prices: dict[str, Decimal] = {}
    for line in lines:
        if line.outcome is not Outcome.SENT:
            continue
        price = Decimal(0)
        if line.channel == ChannelName.SMS:
            price = tariffs.sms_segment * line.segments
        elif line.channel == ChannelName.TELEGRAM:
            price = tariffs.telegram_message
        elif line.channel == ChannelName.WHATSAPP and line.purpose not in FREE:
            person = line.family, line.parent
            if person not in opened or line.at >= opened[person] + CONVERSATION:
                opened[person] = line.at
                price = tariffs.whatsapp_conversation
        prices[line.key] = price
    return prices
