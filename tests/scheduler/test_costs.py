"""What a rehearsal would cost."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.tariffs import Tariffs
from scheduler.costs import costs
from scheduler.rehearsal import Line, Outcome
from tests.house import MONDAY

TARIFFS = Tariffs(
    date(2026, 11, 1), "un contrat", "EUR", Decimal("0.07"), Decimal("0.05"), Decimal(0)
)


def line(key: str = "one", hours: float = 0, **changes: Any) -> Line:
    at = MONDAY + timedelta(hours=hours)
    values: dict[str, Any] = {
        "key": key,
        "at": at,
        "due_at": at,
        "outcome": Outcome.SENT,
        "reason": "",
        "held": "",
        "centre_id": 1,
        "centre": "Les Tilleuls",
        "zone": "Europe/Paris",
        "family": "F01",
        "parent": 1,
        "purpose": "invitation",
        "step": "invitation",
        "event_id": 1,
        "event": "Atelier",
        "channel": "sms",
        "language": "fr",
        "segments": 1,
        "words": "",
        "remarks": (),
    }
    return Line(**values | changes)


@pytest.mark.parametrize(
    ("channel", "segments", "price"),
    [("sms", 1, "0.07"), ("sms", 3, "0.21"), ("whatsapp", 0, "0.05"), ("telegram", 0, "0")],
)
def test_a_message_costs_what_its_channel_asks(channel: str, segments: int, price: str) -> None:
    one = line(channel=channel, segments=segments)
    assert costs([one], TARIFFS) == {"one": Decimal(price)}


def test_a_conversation_is_paid_once_in_24_hours_for_each_person() -> None:
    lines = [
        line("first", channel="whatsapp"),
        line("other parent", 1, channel="whatsapp", parent=2),
        line("same day", 23, channel="whatsapp"),
        line("next day", 24, channel="whatsapp"),
    ]
    assert [float(price) for price in costs(lines, TARIFFS).values()] == [0.05, 0.05, 0, 0.05]


def test_an_answer_opens_no_conversation_and_what_stays_costs_nothing() -> None:
    lines = [
        line("reply", channel="whatsapp", purpose="reply"),
        line("refused", outcome=Outcome.REFUSED),
        line("waiting", outcome=Outcome.WAITING),
    ]
    assert costs(lines, TARIFFS) == {"reply": Decimal(0)}
