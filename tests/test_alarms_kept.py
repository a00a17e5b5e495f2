"""How long the words of an alarm are kept, and what is left of somebody who asked to be erased."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.people import close_task
from bot.safeguarding import AUDIT_STAYS, WORDS_STAY, acknowledge, forget
from bot.storage.alarms import Reader, What, hints, note
from bot.storage.alarms_kept import past_between
from bot.storage.tables import alarms, alerts, audit, contacts, inbound, past_alarms, tasks
from scheduler.jobs import sweep
from tests.house import SMS, House, phone
from tests.test_safeguarding import HIT, colleague, invited

EVERYWHERE = Reader(0, "admin", None)


async def heard(house: House, *, answered: bool = True, settled: bool = True) -> tuple[int, int]:
    """A family whose parent is hit, in good hands; give it and who takes care of them."""
    family_id, _ = await invited(house)
    anne = colleague(house, "anne", "director")
    house.hear(SMS, phone(0), HIT)
    [task] = house.all(select(tasks))
    with house.database.write() as db:
        note(db, anne, What.OPENED, house.clock(), task_id=task.id)
        house.clock.later(minutes=7)
        if answered:
            acknowledge(db, Reader(anne, "director", house.centre()), task.id, house.clock())
        if answered and settled:
            close_task(db, task.id, anne, house.clock())
    return family_id, anne


def erase(house: House, family_id: int) -> None:
    with house.database.write() as db:
        values = {"erased_at": house.clock(), "name": ""}
        db.execute(
            update(contacts).where(contacts.c.id == house.contact_id(family_id)).values(**values)
        )


async def test_erased_person_leaves_a_number_and_no_word_nor_link(house: House) -> None:
    family_id, anne = await heard(house)
    heard_on = house.one(select(alarms)).at.date()
    erase(house, family_id)
    await sweep(house.carnet.works)
    assert house.all(select(alarms)) == []
    assert house.all(select(alerts)) == []
    assert HIT not in [row.text for row in house.all(select(inbound.c.text))]
    [past] = house.all(select(past_alarms))
    assert (past.kind, past.on, past.minutes) == ("violence", heard_on, 7)
    assert past.centre_id == house.centre()
    assert set(past._mapping) == {
        "id", "kind", "language", "centre_id", "on", "minutes", "verdict",
    }  # fmt: skip
    lines = house.all(select(audit))
    assert {row.what for row in lines} >= {"opened", "acknowledged"}
    assert {row.task_id for row in lines} == {None}, "who read is kept, whom is not"
    assert {row.staff_id for row in lines} == {anne}
    with house.database.read() as db:
        week = past_between(db, EVERYWHERE, heard_on, heard_on + timedelta(days=1))
        assert [(kind, count) for kind, _, count, _ in week] == [("violence", 1)]
        other = Reader(anne, "director", house.centre() + 1)
        assert past_between(db, other, date(2026, 1, 1), date(2027, 1, 1)) == []
    await sweep(house.carnet.works)
    assert len(house.all(select(past_alarms))) == 1, "counted once"


async def test_nobody_is_forgotten_while_an_alarm_calls(house: House) -> None:
    family_id, _ = await heard(house, answered=False)
    erase(house, family_id)
    with house.database.write() as db:
        assert forget(db, house.clock()) == 0
    assert house.one(select(alarms)).evidence == "me frappe"


async def test_other_peoples_alarms_stay(house: House) -> None:
    family_id, _ = await heard(house)
    other = house.family(1)
    house.hear(SMS, phone(1), "ma mère est décédée")
    erase(house, other)
    with house.database.write() as db:
        assert forget(db, house.clock()) == 1
    assert [row.kind for row in house.all(select(alarms))] == ["violence"]
    assert [row.kind for row in house.all(select(past_alarms))] == ["bereavement"]
    assert HIT in [row.text for row in house.all(select(inbound.c.text))]
    assert house.contact(family_id).erased_at is None


@pytest.mark.parametrize(
    ("settled", "days", "left"),
    [(True, -1, "me frappe"), (True, 1, ""), (False, 1, "me frappe")],
)
async def test_words_go_a_year_after_it_is_settled_and_not_before(
    house: House, settled: bool, days: int, left: str
) -> None:
    await heard(house, settled=settled)
    house.clock.later(days=WORDS_STAY.days + days)
    with house.database.write() as db:
        forget(db, house.clock())
    one = house.one(select(alarms))
    assert (one.kind, one.evidence) == ("violence", left)
    texts = [row.text for row in house.all(select(inbound.c.text))]
    assert (HIT in texts) is bool(left)
    with house.database.read() as db:
        assert [row.evidence for row in hints(db, EVERYWHERE)] == ([left] if left else [])


async def test_audit_is_kept_a_year(house: House) -> None:
    await heard(house)
    house.clock.later(days=AUDIT_STAYS.days - 1)
    with house.database.write() as db:
        forget(db, house.clock())
    assert house.all(select(audit)) != []
    house.clock.later(days=2)
    with house.database.write() as db:
        forget(db, house.clock())
    assert house.all(select(audit)) == []


async def test_nothing_to_forget_changes_nothing(house: House) -> None:
    await heard(house)
    with house.database.write() as db:
        db.execute(delete(audit))
        assert forget(db, house.clock()) == 0
