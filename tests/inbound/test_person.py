"""While a person talks, automation is silent."""

from __future__ import annotations

from sqlalchemy import select

from bot.people import answer_parent, close_task
from bot.storage.tables import tasks
from tests.house import SMS, House, phone
from tests.inbound.arrivals import invited


async def test_while_a_person_talks_automation_is_silent_and_then_speaks_again(
    house: House,
) -> None:
    house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "9")
    task = house.one(select(tasks))
    assert task.reason == "asked"
    with house.database.write() as db:
        answer_parent(db, task.id, "Bonjour, je vous écoute.", "Nadia", house.clock())
    await house.drain()
    heard = len(house.texts(SMS, phone(0)))
    house.hear(SMS, phone(0), "mon fils a peur du noir, que faire ?")
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == heard
    assert len(house.all(select(tasks))) == 1
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    house.clock.later(hours=1)
    house.hear(SMS, phone(0), "non")
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == heard + 1
