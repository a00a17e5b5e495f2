"""Somebody may be in danger: from the phone through the database to the people who are called."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.errors import Rejected
from bot.people import answer_parent, close_task
from bot.safeguarding import acknowledge, release, set_duty
from bot.storage.alarms import Reader
from bot.storage.database import Database
from bot.storage.tables import (
    alarms,
    alerts,
    consents,
    inbound,
    staff,
    staff_absences,
    staff_chats,
    tasks,
)
from scheduler.jobs import JOBS, call_people
from tests.house import SMS, Clock, House, open_house, phone

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
HIT = "mon mari me frappe"
HELP = "Urgence : appelez le 112. Par SMS : le 114. Enfant en danger : le 119."


def colleague(
    house: House, name: str, role: str = "coordinator", *, everywhere: bool = False
) -> int:
    with house.database.write() as db:
        key = db.execute(
            insert(staff).values(
                email=f"{name}@example.org",
                name=name,
                role=role,
                centre_id=None if everywhere else house.centre(),
                password_hash="-",
                created_at=house.clock(),
            )
        ).inserted_primary_key
    assert key is not None
    return int(key[0])


def on_duty(house: House, *ids: int) -> None:
    with house.database.write() as db:
        set_duty(db, house.centre(), ids, 15, 30)


def called(house: House) -> list[tuple[int, int]]:
    rows = house.all(select(alerts).order_by(alerts.c.id))
    return [(row.staff_id, row.round) for row in rows]


def task(house: House) -> Any:
    return house.one(select(tasks))


async def invited(house: House) -> tuple[int, int]:
    family_id = house.family(0)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.later(hours=1)
    return family_id, event_id


def replies(house: House) -> list[str]:
    return house.texts(SMS, phone(0))[1:]


async def test_answer_is_kept_help_is_told_once_and_nothing_else_leaves(house: House) -> None:
    family_id, event_id = await invited(house)
    house.hear(SMS, phone(0), f"oui on vient, mais {HIT}")
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "yes"
    assert task(house).reason == "safeguarding"
    assert [one.startswith(HELP) for one in replies(house)] == [True]
    assert "112" in replies(house)[0]
    assert "119" in replies(house)[0]
    for text in ("merci", "vous êtes là ?", "START", f"{HIT} encore"):
        house.hear(SMS, phone(0), text)
    await house.live_until(INVITED_AT + timedelta(days=9), timedelta(hours=6))
    assert len(replies(house)) == 1, "no reminder, no question, no answer"
    planned = [one for one in house.outbox() if one.step in ("reminder", "morning", "survey")]
    assert planned, "they were decided, and held back"
    assert {one.state for one in planned} <= {"refused", "waiting"}


async def test_task_settled_releases_nobody_and_release_lets_messages_go_on(house: House) -> None:
    await invited(house)
    anne = colleague(house, "anne")
    house.hear(SMS, phone(0), f"oui on vient, mais {HIT}")
    with house.database.write() as db:
        close_task(db, task(house).id, anne, house.clock())
    house.clock.set(datetime(2026, 11, 26, 17, 5, tzinfo=UTC))
    await house.tick()
    assert len(replies(house)) == 1
    (held,) = house.outbox(reason="held")
    with house.database.write() as db:
        release(db, task(house).id, anne, house.clock())
        with pytest.raises(Rejected):
            release(db, task(house).id, anne, house.clock())
    await house.drain()
    assert house.row(id=held.id).state == "sent"
    house.hear(SMS, phone(0), HIT)
    await house.drain()
    assert replies(house)[-1].startswith(HELP), "after the release it is told anew"


async def test_persons_words_reach_a_silenced_parent(house: House) -> None:
    await invited(house)
    house.hear(SMS, phone(0), HIT)
    with house.database.write() as db:
        answer_parent(db, task(house).id, "Je vous appelle.", "Anne", house.clock())
    await house.drain()
    assert "Je vous appelle." in replies(house)[-1]


async def test_other_words_of_that_phone_are_guarded_until_the_release(house: House) -> None:
    await invited(house)
    house.hear(SMS, phone(0), "bonjour")
    house.hear(SMS, phone(0), HIT)
    house.hear(SMS, phone(0), "il revient ce soir")
    rows = house.all(select(inbound.c.text, inbound.c.guarded_by).order_by(inbound.c.id))
    assert [row.guarded_by is not None for row in rows] == [False, True, True]


def test_stranger_in_danger_calls_those_of_the_only_centre_and_is_told_once(house: House) -> None:
    house.family(0)
    anne = colleague(house, "anne", "director")
    for text in ("au secours", "au secours", "allo"):
        house.hear(SMS, phone(50), text)
    assert called(house) == [(anne, 0)]
    assert [row.step for row in house.outbox(purpose="reply")] == ["alarm"]
    assert task(house).reason == "safeguarding"


# -- who is called --------------------------------------------------------------------------------


async def test_calls_go_from_duty_to_deputy_to_everybody_until_one_acknowledges(
    house: House,
) -> None:
    await invited(house)
    anne, ben, chief = (colleague(house, one) for one in ("anne", "ben", "chief"))
    on_duty(house, anne, ben)
    with house.database.write() as db:  # as if each had a chat: rounds then follow the clock
        for one in (anne, ben, chief):
            db.execute(
                insert(staff_chats).values(staff_id=one, chat=str(one), bound_at=house.clock())
            )
    house.hear(SMS, phone(0), HIT)
    assert called(house) == [(anne, 0)], "at once, in the same transaction"
    job = next(one for one in JOBS if one.run is call_people)
    seen: list[list[tuple[int, int]]] = []
    for minutes in (14, 1, 1, 14, 29, 1):
        before = called(house)
        house.clock.later(minutes=minutes)
        await job.run(house.carnet.works)
        seen.append(called(house)[len(before) :])
    assert seen == [
        [],
        [(ben, 1)],
        [],
        [(anne, 2), (ben, 2), (chief, 2)],
        [],
        [(anne, 3), (ben, 3), (chief, 3)],
    ]
    with house.database.write() as db:
        acknowledge(db, Reader(chief, "coordinator", house.centre()), task(house).id, house.clock())
    before = called(house)
    house.clock.later(hours=3)
    await job.run(house.carnet.works)
    assert called(house) == before
    assert task(house).taken_by == chief
    house.hear(SMS, phone(0), f"{HIT} encore")
    assert called(house)[len(before) :] == [(anne, 0)], "a new alarm calls anew"


async def test_second_acknowledgement_learns_who_was_first(house: House) -> None:
    await invited(house)
    anne, ben = colleague(house, "anne"), colleague(house, "ben", "director")
    on_duty(house, anne)
    house.hear(SMS, phone(0), HIT)
    with house.database.write() as db:
        acknowledge(db, Reader(anne, "coordinator", house.centre()), task(house).id, house.clock())
    with house.database.write() as db, pytest.raises(Rejected, match="anne s'en occupe déjà"):
        acknowledge(db, Reader(ben, "director", house.centre()), task(house).id, house.clock())
    assert house.one(select(alarms)).acknowledged_by == anne


async def test_two_acknowledgements_at_once_make_one(house: House) -> None:
    await invited(house)
    people = [colleague(house, f"p{n}", "director") for n in range(6)]
    house.hear(SMS, phone(0), HIT)
    task_id, centre = task(house).id, house.centre()

    def answer(person: int) -> bool:
        try:
            with house.database.write() as db:
                acknowledge(db, Reader(person, "director", centre), task_id, house.clock())
        except Rejected:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(answer, people)) == 1


async def test_who_was_not_called_cannot_answer_the_call(house: House) -> None:
    await invited(house)
    anne, ben = colleague(house, "anne"), colleague(house, "ben")
    on_duty(house, anne)
    with house.database.write() as db:
        db.execute(insert(staff_chats).values(staff_id=anne, chat="1", bound_at=house.clock()))
    house.hear(SMS, phone(0), HIT)
    with house.database.write() as db, pytest.raises(Rejected, match="pas pour vous"):
        acknowledge(db, Reader(ben, "coordinator", house.centre()), task(house).id, house.clock())


async def test_absent_today_means_the_next(house: House) -> None:
    await invited(house)
    anne, ben = colleague(house, "anne"), colleague(house, "ben")
    boss = colleague(house, "boss", "admin", everywhere=True)
    on_duty(house, anne, ben)
    with house.database.write() as db:
        for one in (anne, ben):
            values = {"staff_id": one, "on": date(2026, 11, 21), "colleague_id": boss}
            db.execute(insert(staff_absences).values(**values))
    house.hear(SMS, phone(0), HIT)
    assert called(house)[0] == (boss, 0)


async def test_process_that_dies_between_call_and_answer_loses_nothing(
    tmp_path: Path, clock: Clock
) -> None:
    url = f"sqlite:///{tmp_path / 'carnet.db'}"
    house = open_house(Database(url), clock, tmp_path)
    await invited(house)
    anne, ben = colleague(house, "anne"), colleague(house, "ben")
    on_duty(house, anne, ben)
    house.hear(SMS, phone(0), HIT)
    before = called(house)
    house.database.close()
    clock.later(hours=2)
    again = open_house(Database(url), clock, tmp_path)
    await call_people(again.carnet.works)
    assert called(again)[: len(before)] == before
    assert {one for one, _ in called(again)[len(before) :]} == {anne, ben}
    await call_people(again.carnet.works)
    assert len(called(again)) == len(before) + 2, "a call that was made twice is one"
    again.database.close()


# -- milder kinds ---------------------------------------------------------------------------------


async def test_death_silences_the_household_and_no_question_follows(house: House) -> None:
    family_id, event_id = await invited(house)
    house.hear(SMS, phone(0), "ma mère est décédée on ne vient pas")
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert (task(house).reason, called(house)) == ("bereavement", [])
    assert [one.splitlines()[0] for one in replies(house)] == [
        "Nous sommes vraiment désolés. Nous pensons à vous. Nous n'écrivons plus pour le moment."
    ]
    await house.live_until(INVITED_AT + timedelta(days=12), timedelta(hours=12))
    assert len(replies(house)) == 1


async def test_wrong_number_is_not_written_to_and_the_task_says_why(house: House) -> None:
    family_id, event_id = await invited(house)
    house.hear(SMS, phone(0), "vous vous trompez de numéro")
    house.hear(SMS, phone(0), "oui ?")
    await house.drain()
    assert task(house).reason == "wrong_number"
    assert len(replies(house)) == 1
    await house.live_until(INVITED_AT + timedelta(days=6), timedelta(hours=12))
    assert len(replies(house)) == 1
    assert house.invitation(event_id, family_id).rsvp != "no"


async def test_wish_for_a_call_calls_nobody_at_once_and_is_kept_for_the_week(house: House) -> None:
    await invited(house)
    house.hear(SMS, phone(0), "appelez-moi svp")
    await house.drain()
    assert (task(house).reason, called(house)) == ("call", [])
    assert "Nous appelons quand le centre est ouvert." in replies(house)[0]
    heard = house.one(select(alarms))
    assert (heard.kind, heard.evidence, heard.task_id) == ("call_me", "appelez moi", task(house).id)
    assert {one.step for one in house.outbox(purpose="reply")} == {"turn"}


async def test_wish_for_a_call_in_danger_stays_with_those_who_take_care_of_it(house: House) -> None:
    await invited(house)
    anne = colleague(house, "anne")
    house.hear(SMS, phone(0), HIT)
    with house.database.write() as db:
        close_task(db, task(house).id, anne, house.clock())
    house.hear(SMS, phone(0), "appelez-moi")
    reasons = [one.reason for one in house.all(select(tasks).order_by(tasks.c.id))]
    assert reasons == ["safeguarding", "safeguarding"]
    assert len(replies(house)) == 0, "nothing has left yet, and nothing more was promised"
    await house.drain()
    assert len(replies(house)) == 1


# -- how much is refused --------------------------------------------------------------------------


async def test_stop_of_questions_is_in_the_ledger_and_undone_by_name(house: House) -> None:
    family_id, _ = await invited(house)
    house.hear(SMS, phone(0), "plus de questionnaires")
    assert house.contact(family_id).surveys is False
    assert house.contact(family_id).stopped_at is None
    house.hear(SMS, phone(0), "questionnaires oui")
    await house.drain()
    assert house.contact(family_id).surveys is True
    rows = house.all(
        select(consents).where(consents.c.purpose == "surveys").order_by(consents.c.id)
    )
    assert [row.decision for row in rows][-2:] == ["refused", "given"]
    assert [one.splitlines()[0] for one in replies(house)] == [
        "Nous n'enverrons plus de questionnaires. Les invitations continuent.",
        "Merci ! Vous recevrez de nouveau nos questionnaires.",
    ]


@pytest.mark.parametrize("text", ["non-stop", "arrêt de bus", "on se retrouve à l'arrêt de bus ?"])
async def test_word_that_only_looks_like_a_stop_stops_nothing(house: House, text: str) -> None:
    family_id, _ = await invited(house)
    house.hear(SMS, phone(0), text)
    assert house.contact(family_id).stopped_at is None
    assert house.contact(family_id).surveys is not False


async def test_stop_of_one_gathering_is_a_no_for_it(house: House) -> None:
    family_id, event_id = await invited(house)
    house.hear(SMS, phone(0), "arrêtez les messages pour l'atelier")
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert house.contact(family_id).stopped_at is None
