"""Answers belong to their question, in a chat and on a link page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.channels.link import hash_token, token_for
from bot.storage.tables import conversations, link_tokens
from tests.house import SMS, TELEGRAM, House, guardian, phone, roster_row
from tests.inbound.arrivals import LINK, everything, invited

# -- answers belong to their question --------------------------------------------------------------


async def test_one_guardian_answers_and_the_other_is_not_asked_again(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    family_id = house.family_id("F00")
    (event_id,) = await invited(house)
    await house.live_until(datetime(2026, 11, 24, 17, tzinfo=UTC))
    nudged = house.row(step="nudge")
    assert nudged.contact_id == house.contact_id(family_id, 2)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    other = house.one(select(conversations).where(conversations.c.contact_id == nudged.contact_id))
    assert not other.awaiting
    await house.live_until(datetime(2026, 11, 27, 17, tzinfo=UTC))
    assert [row.step for row in house.outbox(event_id=event_id, purpose="invitation")] == [
        "invitation",
        "nudge",
    ]


async def test_other_guardian_may_still_change_the_answer(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    family_id = house.family_id("F00")
    (event_id,) = await invited(house)
    await house.live_until(datetime(2026, 11, 24, 17, tzinfo=UTC))
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "non")
    assert house.invitation(event_id, family_id).rsvp == "no"


async def test_question_that_has_not_left_yet_takes_no_answer(house: House) -> None:
    """A parent writes while their invitation is held by the quiet hours."""
    family_id = house.family(0)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    event_id = house.event()
    assert house.plan().later == 1
    house.hear(SMS, phone(0), "oui")
    assert house.invitation(event_id, family_id).rsvp is None


async def test_maybe_that_is_asked_again_is_answered_for_its_own_event(house: House) -> None:
    """Another question stands open meanwhile: a bare "oui" cannot be for that one alone."""
    family_id = house.family(0)
    first, second = await invited(house, "Bien dormir", "Les écrans")
    asked = [row.conversation_id for row in house.outbox(step="invitation")]
    house.hear(SMS, phone(0), payload=f"{asked[0]}:coming:maybe")
    house.clock.set(datetime(2026, 11, 26, 17, tzinfo=UTC))
    await house.tick()
    assert [row.event_id for row in house.outbox(step="reminder", state="sent")] == [first]
    house.hear(SMS, phone(0), "oui")
    assert house.invitation(second, family_id).rsvp is None


async def test_old_button_answers_for_its_own_event_and_changes_nothing_else(
    house: House,
) -> None:
    family_id = house.family(0)
    first, second = await invited(house, "Bien dormir", "Les écrans")
    asked = [row.conversation_id for row in house.outbox(step="invitation")]
    house.hear(SMS, phone(0), payload=f"{asked[1]}:coming:no")
    house.hear(SMS, phone(0), payload=f"{asked[0]}:coming:maybe")
    assert house.invitation(first, family_id).rsvp == "maybe"
    assert house.invitation(second, family_id).rsvp == "no"


async def test_button_of_an_event_that_is_over_changes_nothing(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation").conversation_id
    house.clock.set(datetime(2026, 11, 29, 9, tzinfo=UTC))
    house.hear(SMS, phone(0), payload=f"{asked}:coming:yes")
    assert house.invitation(event_id, family_id).rsvp is None


@pytest.mark.parametrize("payload", ["999999:coming:yes", "::", "1:x", "-1:coming:yes", "²:a:b"])
async def test_button_of_nobody_changes_nothing(house: House, payload: str) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    assert house.hear(SMS, phone(0), payload=payload).error is None
    assert house.invitation(event_id, family_id).rsvp is None


async def test_button_of_another_family_changes_nothing(house: House) -> None:
    mine, theirs = house.families(2)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation", family_id=theirs).conversation_id
    house.hear(SMS, phone(0), payload=f"{asked}:coming:yes")
    assert [house.invitation(event_id, one).rsvp for one in (mine, theirs)] == [None, None]


async def test_tap_on_telegram_ticks_the_question_and_takes_its_buttons(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "chat-0")
    (event_id,) = await invited(house)
    asked = house.row(step="invitation")
    chat = house.phones[TELEGRAM]
    assert [button.label for button in chat.taken[0].buttons][:2] == ["Oui", "Non"]
    house.hear(
        TELEGRAM,
        "chat-0",
        payload=chat.taken[0].buttons[1].payload,
        quoted=asked.provider_id,
    )
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "no"
    tick = chat.taken[1]
    assert tick.replaces == asked.provider_id
    assert tick.buttons == ()
    assert "Atelier écrans" in tick.text
    assert tick.text.endswith("✓ Non")


def test_a_button_with_a_number_too_large_for_any_row_changes_nothing(house: House) -> None:
    house.family(1)
    assert house.hear(SMS, phone(1), payload=f"{10**20}:coming:yes").error is None


# -- link pages ------------------------------------------------------------------------------------


async def test_link_answers_for_its_own_question_and_stops(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation")
    token = token_for(house.carnet.reach.deployment.key, asked.id)
    house.hear(LINK, token, payload=f"{asked.conversation_id}:coming:no")
    assert house.invitation(event_id, family_id).rsvp == "no"
    shown = house.row(purpose="reply")
    assert (shown.state, shown.channel) == ("delivered", "link")
    house.hear(LINK, token, payload=f"{asked.conversation_id}::stop")
    assert house.contact(family_id).stopped_at is not None
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == 1, "what a page says is not sent as well"


async def test_unknown_or_expired_link_does_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    asked = house.row(step="invitation")
    token = token_for(house.carnet.reach.deployment.key, asked.id)
    before = everything(house)
    for value in ("", "x" * 22, token.swapcase()):
        done = house.hear(LINK, value, payload=f"{asked.conversation_id}:coming:yes")
        assert (done.inbound_id, done.error) == (None, None)
    house.clock.set(house.one(select(link_tokens)).expires_at)
    house.hear(LINK, token, payload=f"{asked.conversation_id}:coming:yes")
    assert everything(house) == before


async def test_database_holds_no_token_only_its_hash(house: House) -> None:
    house.family(0)
    await invited(house)
    token = token_for(house.carnet.reach.deployment.key, house.row(step="invitation").id)
    assert house.one(select(link_tokens)).token_hash == hash_token(token)
