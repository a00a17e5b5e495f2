"""Cards, shared numbers, and whoever we do not know."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.contacts import new_binding_code
from bot.storage.tables import addresses, consents, contact_addresses, tasks
from tests.house import SMS, TELEGRAM, House, guardian, phone, roster_row
from tests.inbound.arrivals import invited


def card(house: House, family_id: int, rank: int = 1) -> str:
    with house.database.write() as db:
        return new_binding_code(db, house.contact_id(family_id, rank), house.clock())


def reached(house: House, family_id: int) -> set[tuple[str, str]]:
    rows = house.all(
        select(addresses.c.channel, addresses.c.value)
        .join(contact_addresses, contact_addresses.c.address_id == addresses.c.id)
        .where(contact_addresses.c.contact_id == house.contact_id(family_id))
    )
    return {(row.channel, row.value) for row in rows}


@pytest.mark.parametrize("typed", [False, True], ids=["tapped link", "typed by hand"])
async def test_card_binds_a_chat_and_welcomes(house: House, *, typed: bool) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    if typed:
        house.hear(TELEGRAM, "chat-0", f" {code} ")
    else:
        house.hear(TELEGRAM, "chat-0", "/start", code=code)
    assert (TELEGRAM, "chat-0") in reached(house, family_id)
    given = house.one(select(consents))
    assert (given.purpose, given.channel, given.decision) == ("channel", "telegram", "given")
    await house.drain()
    assert len(house.texts(TELEGRAM, "chat-0")) == 1


async def test_card_works_once_only(house: House) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    house.hear(TELEGRAM, "chat-0", code=code)
    house.hear(TELEGRAM, "chat-1", code=code)
    assert (TELEGRAM, "chat-1") not in reached(house, family_id)
    await house.drain()
    assert len(house.texts(TELEGRAM, "chat-1")) == 1


async def test_card_is_no_good_after_sixty_days(house: House) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    house.clock.later(days=60)
    house.hear(TELEGRAM, "chat-0", code=code)
    assert (TELEGRAM, "chat-0") not in reached(house, family_id)


async def test_shared_number_binds_everyone_who_is_reached_there(house: House) -> None:
    for name in ("A", "B"):
        house.enrol(roster_row(0, family=name, guardians=(guardian(0, name=name),)))
    house.hear(TELEGRAM, "chat-0", shared=phone(0).removeprefix("+"))
    for name in ("A", "B"):
        assert (TELEGRAM, "chat-0") in reached(house, house.family_id(name))


async def test_shared_number_that_nobody_has_is_not_kept(house: House) -> None:
    house.family(0)
    house.hear(TELEGRAM, "chat-9", shared=phone(9))
    values = [row.value for row in house.all(select(addresses.c.value))]
    assert phone(9) not in values


async def test_stranger_gets_one_line_a_day_and_one_task(house: House) -> None:
    house.family(0)
    for _ in range(3):
        house.hear(SMS, phone(55), "bonjour")
        await house.drain()
    house.clock.later(days=1)
    house.hear(SMS, phone(55), "il y a quelqu'un ?")
    await house.drain()
    assert len(house.texts(SMS, phone(55))) == 2
    task = house.one(select(tasks))
    assert (task.reason, task.contact_id) == ("stranger", None)


async def test_blocked_bot_is_not_written_to_until_they_write_again(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "chat-0")
    house.blocked(TELEGRAM, "chat-0")
    await invited(house)
    assert house.texts(TELEGRAM, "chat-0") == []
    assert len(house.texts(SMS, phone(0))) == 1
    house.hear(TELEGRAM, "chat-0", "bonjour")
    chat = house.one(select(addresses).where(addresses.c.channel == "telegram"))
    assert chat.dead_reason is None


@pytest.mark.parametrize("sender", ["38080", "BANQUE", "+33123"])
def test_names_and_short_codes_get_no_answer(house: House, sender: str) -> None:
    house.family(1)
    house.hear(SMS, sender, "bonjour")
    assert house.outbox() == []
