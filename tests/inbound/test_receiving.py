"""What arrives becomes turns: once, in any order, and one bad message sinks nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.engine.turn import take_turn
from bot.inbound import turns
from bot.messages import Address, InboundMessage
from bot.storage.tables import inbound as arrivals
from tests.house import SMS, WHATSAPP, House, guardian, phone
from tests.inbound.arrivals import everything, invited

# -- once ------------------------------------------------------------------------------------------


async def test_same_provider_message_twice_changes_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "oui, 2 adultes et 1 enfant", provider_id="SM1")
    before = everything(house)
    house.clock.later(minutes=5)
    again = house.hear(SMS, phone(0), "oui, 2 adultes et 1 enfant", provider_id="SM1")
    assert again.inbound_id is None
    assert everything(house) == before


async def test_same_message_twice_in_one_batch_changes_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    message = InboundMessage(Address(SMS, phone(0)), "SM1", "non")
    first, second = house.receive(message, message)
    assert (first.inbound_id is not None, second.inbound_id) == (True, None)
    assert len(house.outbox(purpose="reply")) == 1


async def test_same_id_from_another_provider_is_another_message(house: House) -> None:
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    for channel in (SMS, WHATSAPP):
        assert house.hear(channel, phone(0), "bonjour", provider_id="1").inbound_id is not None


async def test_last_answer_counts_in_whatever_order_the_words_come(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    for text in ("oui, 1 adulte et 1 enfant", "non", "oui", "non"):
        house.hear(SMS, phone(0), text)
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert house.invitation(event_id, family_id).party == 0


# -- one bad message -------------------------------------------------------------------------------


async def test_message_that_we_cannot_take_sinks_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = house.families(3)
    (event_id,) = await invited(house)

    def fails_on_one(arrival: Any, desk: Any) -> Any:
        if arrival.text == "bancal":
            raise RuntimeError("a defect of ours")
        return take_turn(arrival, desk)

    monkeypatch.setattr(turns, "take_turn", fails_on_one)
    texts = ("non", "bancal", "non")
    done = house.receive(
        *(InboundMessage(Address(SMS, phone(n)), f"b{n}", text) for n, text in enumerate(texts))
    )
    assert [one.error is None for one in done] == [True, False, True]
    answers = [house.invitation(event_id, one).rsvp for one in families]
    assert answers == ["no", None, "no"]
    assert len(house.all(select(arrivals))) == 2, "the provider sends the bad one again"


def test_whatever_a_phone_sends_is_taken(house: House) -> None:
    house.family(0)
    for number, text in enumerate(["", " ", "\x00", "🙂" * 2000, "B1", "²", "::", "9" * 400]):
        done = house.hear(SMS, phone(0), text, payload=text or None, provider_id=f"odd-{number}")
        assert done.error is None, repr(text)
