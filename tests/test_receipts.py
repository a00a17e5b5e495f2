"""A provider's words on our messages come late, twice and in any order; the end is the same."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from bot.delivery import PAUSES
from bot.messages import DeliveryState, OutboundMessage, ProviderId, Receipt
from bot.storage.tables import addresses, consents, receipts
from tests.house import SMS, WHATSAPP, House, guardian, phone, states

SENT, DELIVERED, READ = DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ
FAILED = DeliveryState.FAILED
INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


async def sent(house: House, *, whatsapp: bool = False) -> None:
    """One family, written to about one workshop."""
    house.family(0, guardians=(guardian(0, whatsapp=whatsapp),))
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()


Word = tuple[DeliveryState, str | None]


def in_any_order(*words: Word) -> list[tuple[Word, ...]]:
    return list(permutations(words))


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (order, end)
        for end, words in [
            ((READ, "", None), ((SENT, None), (DELIVERED, None), (READ, None))),
            ((DELIVERED, "", None), ((SENT, None), (FAILED, "30008"), (DELIVERED, None))),
            (
                (FAILED, "failed_at_provider", "30007"),
                ((SENT, None), (FAILED, "30007"), (FAILED, None)),
            ),
        ]
        for order in in_any_order(*words)
    ],
)
async def test_words_in_any_order_come_to_the_same_end(
    house: House, words: tuple[Word, ...], end: tuple[str, str, str | None]
) -> None:
    await sent(house)
    row = house.row(step="invitation")
    for state, code in words:
        house.receipt(row, state, code)
    row = house.row(step="invitation")
    assert (row.state, row.reason, row.error_code) == end
    assert len(house.all(select(receipts))) == 3, "every word is kept"


@pytest.mark.parametrize("words", in_any_order((SENT, None), (FAILED, "30005"), (DELIVERED, None)))
async def test_message_that_arrived_proves_its_address_in_any_order(
    house: House, words: tuple[Word, ...]
) -> None:
    await sent(house)
    row = house.row(step="invitation")
    for state, code in words:
        house.receipt(row, state, code)
    assert house.row(step="invitation").state == DELIVERED
    assert house.one(select(addresses)).dead_reason is None


async def test_late_sent_never_undoes_delivered(house: House) -> None:
    await sent(house)
    row = house.row(step="invitation")
    house.receipt(row, DELIVERED)
    delivered_at = house.row(step="invitation").delivered_at
    house.clock.later(minutes=10)
    house.receipt(row, SENT)
    house.receipt(row, DELIVERED)
    row = house.row(step="invitation")
    assert (row.state, row.delivered_at) == (DELIVERED, delivered_at)


async def test_later_word_without_a_code_does_not_erase_the_code(house: House) -> None:
    await sent(house)
    row = house.row(step="invitation")
    house.receipt(row, FAILED, "30007")
    house.receipt(row, FAILED)
    assert house.row(step="invitation").error_code == "30007"


async def test_receipt_that_comes_before_the_send_is_written_down_counts(house: House) -> None:
    house.family(0)
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    early = ProviderId(f"sms-{house.row(step='invitation').id}")

    def speaks_first(_message: OutboundMessage) -> None:
        house.receive(Receipt(SMS, early, DELIVERED))

    house.phones[SMS].before_send = speaks_first
    await house.drain()
    row = house.row(step="invitation")
    assert (row.state, row.provider_id) == (DELIVERED, early)


async def test_receipt_on_an_unknown_message_is_kept_and_changes_nothing(house: House) -> None:
    await sent(house)
    house.receive(Receipt(SMS, ProviderId("nobody's"), DELIVERED))
    assert len(house.all(select(receipts))) == 1
    assert house.row(step="invitation").state == SENT


async def test_opt_out_at_the_carrier_ends_consent_on_every_channel(house: House) -> None:
    await sent(house, whatsapp=True)
    row = house.row(step="invitation")
    assert row.channel == WHATSAPP
    house.receipt(row, FAILED, "21610")
    assert house.contact(house.family_id("F00")).stopped_at is not None
    ledger = house.all(select(consents).where(consents.c.purpose == "messages"))
    assert [(one.decision, one.source) for one in ledger] == [("stopped", "carrier")]
    await house.live_until(INVITED_AT + timedelta(days=8))
    assert {(row.state, row.reason) for row in house.outbox() if row.step != "invitation"} == {
        ("refused", "stopped")
    }


async def test_old_opt_out_does_not_stop_who_came_back(house: House) -> None:
    await sent(house)
    row = house.row(step="invitation")
    house.receipt(row, FAILED, "21610")
    house.hear(SMS, phone(0), "START")
    house.receipt(row, FAILED)
    assert house.contact(house.family_id("F00")).stopped_at is None


async def test_dead_number_marks_the_address_and_the_next_message_says_why(house: House) -> None:
    await sent(house)
    house.receipt(house.row(step="invitation"), FAILED, "30005")
    assert house.one(select(addresses)).dead_reason == "address_dead"
    await house.live_until(INVITED_AT + timedelta(days=4))
    assert states(house.outbox()) == [
        ("invitation", "failed", "failed_at_provider"),
        ("nudge", "refused", "address_dead"),
    ]


@pytest.mark.parametrize("code", ["30005", "63024"], ids=["dead", "not on WhatsApp"])
async def test_message_that_failed_after_it_left_goes_to_the_next_address(
    house: House, code: str
) -> None:
    await sent(house, whatsapp=True)
    row = house.row(step="invitation")
    house.receipt(row, SENT)
    house.receipt(row, FAILED, code)
    await house.drain()
    after = house.row(step="invitation")
    assert (after.state, after.channel) == (SENT, SMS)
    house.receipt(row, SENT)  # a late word on the first try
    assert house.row(step="invitation").provider_id == after.provider_id
    assert len(house.texts(SMS, phone(0))) == 1


@pytest.mark.parametrize("code", ["63018", "30001"], ids=["Meta's limit for a day", "queue full"])
async def test_message_that_was_held_back_for_our_pace_leaves_later(
    house: House, code: str
) -> None:
    await sent(house, whatsapp=True)
    first = house.row(step="invitation")
    house.receipt(first, FAILED, code)
    held = house.row(step="invitation")
    assert (held.state, held.reason, held.error_code) == ("waiting", "provider_busy", code)
    assert held.next_attempt_at > house.clock()
    house.receipt(first, FAILED, code)  # the same word again
    house.receipt(first, SENT)  # a late one
    assert house.row(step="invitation") == held
    house.phones[WHATSAPP].name = "second"  # each try has its own name at the provider
    house.clock.set(held.next_attempt_at)
    await house.drain()
    again = house.row(step="invitation")
    assert (again.state, again.channel, again.attempts) == (SENT, WHATSAPP, 2)


async def test_message_that_is_held_back_too_often_has_failed(house: House) -> None:
    await sent(house)
    house.centre(opens_at=time(0), closes_at=time(23, 59), quiet_days=[])
    for turn in range(len(PAUSES)):
        house.receipt(house.row(step="invitation"), FAILED, "30001")
        house.phones[SMS].name = f"try-{turn}"
        house.clock.set(house.row(step="invitation").next_attempt_at)
        await house.drain()
    house.receipt(house.row(step="invitation"), FAILED, "30001")
    assert states(house.outbox(step="invitation")) == [
        ("invitation", "failed", "failed_at_provider")
    ]


async def test_failed_answer_is_not_carried_elsewhere(house: House) -> None:
    await sent(house, whatsapp=True)
    house.hear(WHATSAPP, phone(0), "non")
    await house.drain()
    house.receipt(house.row(purpose="reply"), FAILED, "63024")
    await house.drain()
    assert house.row(purpose="reply").state == FAILED
    assert house.texts(SMS, phone(0)) == []
