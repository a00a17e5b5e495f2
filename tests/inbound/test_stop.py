"""STOP first, for everyone at the address; only START opens again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import OptOut
from bot.storage.tables import consents
from tests.house import SMS, TELEGRAM, House, guardian, phone, roster_row
from tests.inbound.arrivals import INVITED_AT, invited


async def test_stop_on_a_shared_phone_stops_both_on_all_their_channels_at_once(
    house: House,
) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0, whatsapp=True), guardian(0, name="Ana"))))
    family_id = house.family_id("F00")
    house.bind(family_id, TELEGRAM, "chat-0")
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    house.hear(SMS, phone(0), "Arrêt !")
    assert [house.contact(family_id, rank).stopped_at for rank in (1, 2)] == [INVITED_AT] * 2
    await house.drain()
    assert [row.reason for row in house.outbox(purpose="invitation")] == ["stopped"]
    sent = [one.text for phones in house.phones.values() for one in phones.taken]
    assert len(sent) == 1, "the confirmation, and nothing else"
    await house.live_until(INVITED_AT + timedelta(days=8))
    assert len([one for phones in house.phones.values() for one in phones.taken]) == 1


async def test_two_families_on_one_phone_are_both_stopped(house: House) -> None:
    for name in ("A", "B"):
        house.enrol(roster_row(0, family=name, guardians=(guardian(0, name=name),)))
    house.hear(SMS, phone(0), "STOP")
    stopped = [house.contact(house.family_id(name)).stopped_at for name in ("A", "B")]
    assert None not in stopped


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("fr", text) for text in ("STOP", "stop.", "  Stop !", "ARRÊT", "arret")),
        *(("ar", "توقف"), ("tr", "durdur"), ("pt", "parar"), ("ro", "opriți"), ("tr", "STOP")),
    ],
)
async def test_stop_comes_before_the_open_question(house: House, language: str, text: str) -> None:
    family_id = house.family(0, guardians=(guardian(0, language=language),))
    (event_id,) = await invited(house)
    house.hear(SMS, phone(0), text)
    assert house.contact(family_id).stopped_at is not None
    assert house.invitation(event_id, family_id).rsvp is None


async def test_stop_is_confirmed_once_however_often_it_is_sent(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(0), "STOP", opt_out=OptOut.STOP)
    await house.drain()
    assert house.texts(SMS, phone(0)) == [], "the carrier has confirmed already"


@pytest.mark.parametrize("text", ["bonjour", "oui", "1", "merci beaucoup", "?", "photo"])
async def test_no_other_message_opens_again_what_was_stopped(house: House, text: str) -> None:
    family_id = house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "STOP")
    house.hear(SMS, phone(0), text)
    assert house.contact(family_id).stopped_at is not None
    ledger = [row.decision for row in house.all(select(consents).order_by(consents.c.id))]
    assert ledger == ["stopped"]


async def test_start_opens_again_and_the_ledger_keeps_both_words(house: House) -> None:
    family_id = house.family(0)
    house.hear(SMS, phone(0), "STOP")
    house.clock.later(days=3)
    house.hear(SMS, phone(0), "START")
    assert house.contact(family_id).stopped_at is None
    ledger = house.all(select(consents).order_by(consents.c.id))
    assert [(row.decision, row.source) for row in ledger] == [
        ("stopped", "parent"),
        ("resumed", "parent"),
    ]
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == 2


async def test_stranger_who_says_stop_gets_no_answer(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(55), "STOP")
    await house.drain()
    assert house.texts(SMS, phone(55)) == []
