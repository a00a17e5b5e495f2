"""What changes between planning and sending: another address, another day, an event gone by."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select

from bot.errors import AddressDead, Rejected
from bot.people import answer_parent
from bot.storage.tables import tasks
from tests.house import SMS, TELEGRAM, House, phone


async def test_an_answer_from_the_address_that_was_used_instead_counts(house: House) -> None:
    family = house.family(1)
    house.bind(family, TELEGRAM, "7001")
    house.phones[TELEGRAM].fail("7001", AddressDead("blocked"))
    event = house.event()
    await house.live_until(datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert house.texts(TELEGRAM, "7001") == []
    assert len(house.texts(SMS, phone(1))) == 1
    house.hear(SMS, phone(1), "oui")
    assert house.invitation(event, family).rsvp == "yes"


async def test_an_old_button_still_answers_after_the_conversation_has_moved(house: House) -> None:
    family = house.family(1)
    house.bind(family, TELEGRAM, "7001")
    event = house.event()
    await house.live_until(datetime(2026, 11, 21, 12, tzinfo=UTC))
    button = house.phones[TELEGRAM].taken[-1].buttons[0]
    house.phones[TELEGRAM].fail("7001", AddressDead("blocked"))
    await house.live_until(datetime(2026, 11, 24, 19, tzinfo=UTC))  # the nudge goes by SMS
    assert len(house.texts(SMS, phone(1))) == 1
    house.hear(TELEGRAM, "7001", payload=button.payload)
    assert house.invitation(event, family).rsvp == "yes"


async def test_a_reminder_held_until_the_day_says_today(house: House) -> None:
    family = house.family(1)
    house.event(at=time(9, 45))  # so early that its last reminder belongs to the evening before
    await house.live_until(datetime(2026, 11, 21, 12, tzinfo=UTC))
    house.hear(SMS, phone(1), "oui on sera 2 dont 1 enfant")
    house.centre(closes_at=time(17, 30))  # the evening before is closed now
    await house.live_until(datetime(2026, 11, 28, 8, 30, tzinfo=UTC))
    last = house.texts(SMS, phone(1))[-1]
    assert last.startswith("Aujourd'hui à 9h45")
    assert house.row(step="morning", family_id=family).state == "sent"


async def test_what_is_over_is_not_offered_as_a_question(house: House) -> None:
    house.family(1)
    first = house.event(title="Pique-nique")
    await house.live_until(datetime(2026, 11, 21, 12, tzinfo=UTC))
    house.hear(SMS, phone(1), "oui on sera 2 dont 1 enfant")
    house.clock.set(datetime(2026, 11, 30, 10, tzinfo=UTC))
    family = house.family_id("F01")
    second = house.event(datetime(2026, 12, 5, tzinfo=UTC).date(), title="Cuisine")
    await house.tick()
    house.hear(SMS, phone(1), "non")
    assert house.invitation(first, family).rsvp == "yes"
    assert house.invitation(second, family).rsvp == "no"


async def test_a_person_cannot_write_to_who_said_stop(house: House) -> None:
    family = house.family(1)
    house.hear(SMS, phone(1), "quelqu'un peut m'appeler ?")
    house.hear(SMS, phone(1), "STOP")
    task = house.one(select(tasks).where(tasks.c.family_id == family))
    with house.database.write() as db, pytest.raises(Rejected, match="ne veut plus"):
        answer_parent(db, task.id, "Bonjour", "Camille", house.clock())


async def test_who_writes_again_waits_again(house: House) -> None:
    family = house.family(1)
    house.hear(SMS, phone(1), "quelqu'un peut m'appeler ?")
    task = house.one(select(tasks).where(tasks.c.family_id == family))
    house.clock.later(hours=1)
    with house.database.write() as db:
        answer_parent(db, task.id, "Oui, ce soir.", "Camille", house.clock())
    house.clock.later(hours=2)
    house.hear(SMS, phone(1), "Merci mais à quelle heure ?")
    again = house.one(select(tasks).where(tasks.c.family_id == family))
    assert again.id == task.id
    assert again.asked_at > again.answered_at
