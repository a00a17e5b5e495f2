"""A person answers a parent, and the machine keeps quiet meanwhile."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from bot import effects
from bot.errors import Rejected
from bot.flows.base import PauseMessages
from bot.people import LONGEST, answer_parent, close_task, pause_family, take_task
from bot.storage import contacts
from bot.storage.tables import families, tasks
from tests.house import MONDAY, SMS, House, phone


def waiting(house: House) -> int:
    """A parent who asked for a person; give the task."""
    house.family(0)
    house.hear(SMS, phone(0), "9")
    return int(house.one(select(tasks)).id)


def answer(house: House, task_id: int, text: str) -> int:
    with house.database.write() as db:
        return answer_parent(db, task_id, text, "Nadia", house.clock())


async def test_answer_carries_the_name_and_the_words_of_the_person(house: House) -> None:
    task_id = waiting(house)
    answer(house, task_id, "  Je vous appelle demain.  ")
    await house.drain()
    text = house.texts(SMS, phone(0))[-1]
    assert "Nadia" in text
    assert "Je vous appelle demain." in text


async def test_two_answers_of_one_person_are_two_messages(house: House) -> None:
    task_id = waiting(house)
    answer(house, task_id, "Bonjour.")
    house.clock.later(seconds=1)
    answer(house, task_id, "Encore moi.")
    await house.drain()
    assert len(house.outbox(purpose="staff", state="sent")) == 2


async def test_words_of_a_person_pass_quiet_hours_pause_and_cap(house: House) -> None:
    task_id = waiting(house)
    house.clock.later(hours=14)  # past eleven in the evening
    with house.database.write() as db:
        until = house.clock() + timedelta(days=3)
        pause_family(db, house.family_id("F00"), until, "repos", house.clock())
    answer(house, task_id, "Tout va bien.")
    assert await house.drain() == 2  # the confirmation of the "9", and these words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Écrivez votre réponse"),
        ("  \n ", "Écrivez votre réponse"),
        ("x" * (LONGEST + 1), "trop longue : 600 signes"),
    ],
)
def test_empty_or_endless_answer_is_refused(house: House, text: str, words: str) -> None:
    task_id = waiting(house)
    with pytest.raises(Rejected, match=words):
        answer(house, task_id, text)
    assert house.one(select(tasks)).answered_at is None


def test_answer_to_nobody_is_refused(house: House) -> None:
    with pytest.raises(Rejected, match="n'existe pas"):
        answer(house, 99, "Bonjour")


def test_closed_task_stays_as_it_was_closed_first(house: House) -> None:
    task_id = waiting(house)
    for days in (1, 2):
        with house.database.write() as db:
            close_task(db, task_id, None, MONDAY + timedelta(days=days))
    assert house.one(select(tasks)).closed_at == MONDAY + timedelta(days=1)


def test_pause_needs_a_reason_and_an_end_that_is_to_come(house: House) -> None:
    family_id = house.family(0)
    with house.database.write() as db:
        with pytest.raises(Rejected, match="date à venir"):
            pause_family(db, family_id, MONDAY, "repos", MONDAY)
        with pytest.raises(Rejected, match="pourquoi"):
            pause_family(db, family_id, MONDAY + timedelta(days=1), " ", MONDAY)
        pause_family(db, family_id, MONDAY + timedelta(days=1), " repos ", MONDAY)
    row = house.one(select(families))
    assert (row.paused_until, row.pause_reason) == (MONDAY + timedelta(days=1), "repos")
    with house.database.write() as db:
        pause_family(db, family_id, None, "", MONDAY)
    row = house.one(select(families))
    assert (row.paused_until, row.pause_reason) == (None, "")


def test_a_pause_that_a_parent_asks_for_never_shortens_the_teams(house: House) -> None:
    family_id = house.family(0)
    until = MONDAY + timedelta(days=60)
    with house.database.write() as db:
        pause_family(db, family_id, until, "deuil", MONDAY)
        person = contacts.person(db, house.contact_id(family_id))
        effects.apply(db, [PauseMessages(30)], effects.Author(person, 1, SMS), MONDAY)
    row = house.one(select(families))
    assert (row.paused_until, row.pause_reason) == (until, "deuil")


async def test_automation_is_silent_from_the_moment_at_which_somebody_takes_care(
    house: House,
) -> None:
    house.family(0)
    house.centre(sms_can_receive=True)
    house.event(on=(house.clock() + timedelta(days=3)).date())
    await house.tick()
    assert len(house.texts(SMS, phone(0))) == 1
    assert house.hear(SMS, phone(0), "je voudrais parler à quelqu'un svp").error is None
    task = house.one(select(tasks))
    with house.database.write() as db:
        take_task(db, task.id, None, house.clock())
    said = len(house.outbox(purpose="reply"))
    assert house.hear(SMS, phone(0), "vous êtes là ?").error is None
    assert len(house.outbox(purpose="reply")) == said
    house.campaign(on=house.clock().date(), at=time(12))
    await house.live_until(house.clock() + timedelta(hours=4))
    held = house.row(step="announcement")
    assert (held.state, held.reason) == ("waiting", "person_talking")
    await house.live_until(house.clock() + timedelta(hours=30))
    assert house.row(step="announcement").state == "sent"


def test_what_is_settled_is_not_taken_any_more(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(0), "je voudrais parler à quelqu'un svp")
    task = house.one(select(tasks))
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    with pytest.raises(Rejected, match="réglée"), house.database.write() as db:
        take_task(db, task.id, None, house.clock())
