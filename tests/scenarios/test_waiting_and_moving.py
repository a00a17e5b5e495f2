"""A gathering that moves while families wait for a place, and questions that cross each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Row, select, update

from bot.app import web_app
from bot.changes import Changes, change_event
from bot.channels.link import link_url, token_for
from bot.events import record_attendance
from bot.seats import Standing
from bot.storage.tables import answers, contacts, offers, tasks
from bot.waitlist import WaitingList, waiting_list
from scheduler.jobs import serve_lists
from tests.house import SMS, House, phone

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
OTHER_DAY = date(2026, 12, 5)
WAITS = (
    "Atelier écrans : c'est complet. Votre famille est sur la liste d'attente. "
    "Nous vous écrirons si une place se libère."
)


async def full(house: House) -> tuple[int, list[int]]:
    """Two places: the first of three families holds them, the others wait; it is Monday."""
    found = house.families(3)
    event_id = house.event(seats=2)
    house.centre(sms_can_receive=True)
    await house.live_until(datetime(2026, 11, 21, 10, tzinfo=UTC))
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    await house.drain()
    house.clock.set(MONDAY)
    return event_id, found


async def served(house: House) -> None:
    """What runs every few seconds."""
    await serve_lists(house.carnet.works)
    await house.drain()
    await serve_lists(house.carnet.works)


def move(house: House, event_id: int, changes: Changes) -> None:
    with house.database.write() as db:
        change_event(db, house.carnet.reach, event_id, changes, house.clock())


def look(house: House, event_id: int) -> WaitingList:
    with house.database.read() as db:
        return waiting_list(db, event_id, house.clock())


def last(house: House, number: int) -> str:
    return house.texts(SMS, phone(number))[-1]


async def test_yes_to_the_new_date_keeps_the_turn_of_who_waits(house: House) -> None:
    event_id, (_, second, _) = await full(house)
    move(house, event_id, Changes(on=OTHER_DAY))
    await served(house)
    assert "Nouvelle date" in last(house, 1)
    turn = house.invitation(event_id, second).waiting_number
    house.hear(SMS, phone(1), "oui")
    await house.drain()
    kept = house.invitation(event_id, second)
    assert (kept.rsvp, kept.seat, kept.waiting_number) == ("yes", "waiting", turn)
    assert last(house, 1) == WAITS


async def test_no_to_the_new_date_leaves_the_line(house: House) -> None:
    event_id, (_, second, third) = await full(house)
    move(house, event_id, Changes(on=OTHER_DAY))
    await served(house)
    house.hear(SMS, phone(1), "non")
    assert house.invitation(event_id, second).rsvp == "no"
    assert [one.family_id for one in look(house, event_id).families] == [third]


async def test_yes_takes_the_kept_places_whichever_question_it_answers(house: House) -> None:
    """The offer stands, then the event moves: two questions about one thing are one."""
    event_id, (_, second, _) = await full(house)
    house.hear(SMS, phone(0), "finalement non")
    await served(house)
    assert "2 places sont libres pour vous" in last(house, 1)
    move(house, event_id, Changes(on=OTHER_DAY))
    await served(house)
    assert "Nouvelle date" in last(house, 1)
    house.hear(SMS, phone(1), "oui")
    await served(house)
    kept = house.invitation(event_id, second)
    assert (kept.seat, kept.party, kept.adults, kept.children) == ("held", 2, 1, 1)
    assert last(house, 1).startswith(
        "C'est noté : 2 personnes. Nous vous attendons samedi 5 décembre"
    )
    (offer,) = house.all(select(offers))
    assert offer.outcome == "taken"


async def test_offer_that_has_not_left_when_the_event_moves_is_made_again(house: House) -> None:
    event_id, (_, second, _) = await full(house)
    house.clock.set(datetime(2026, 11, 23, 21, tzinfo=UTC))  # nothing leaves at this hour
    house.hear(SMS, phone(0), "finalement non")
    await served(house)
    assert house.row(step="offer").state == "waiting"
    move(house, event_id, Changes(on=OTHER_DAY))
    first = house.row(step="offer")
    assert (first.state, first.reason) == ("refused", "event_changed")
    await served(house)
    assert [one.outcome for one in house.all(select(offers).order_by(offers.c.id))] == [
        "withdrawn",
        "",
    ]
    standing = {one.family_id: one.standing for one in look(house, event_id).families}
    assert standing[second] is Standing.OFFERED
    await house.live_until(datetime(2026, 11, 27, 10, tzinfo=UTC))
    told = [text for text in house.texts(SMS, phone(1)) if "libres" in text]
    assert len(told) == 1
    assert "samedi 5 décembre" in told[0]


async def test_ticks_made_before_the_event_was_put_off_are_forgotten(house: House) -> None:
    event_id, (first, _, _) = await full(house)
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    house.clock.set(datetime(2026, 11, 28, 9, tzinfo=UTC))  # the day itself, before it starts
    with house.database.write() as db:
        record_attendance(db, event_id, {first: True}, house.clock())
    move(house, event_id, Changes(on=OTHER_DAY))
    assert house.invitation(event_id, first).attended is None
    await house.live_until(datetime(2026, 12, 10, 12, tzinfo=UTC), timedelta(hours=3))
    assert house.outbox(step="survey") == []


async def page_of(house: House, row: Row[Any]) -> str:
    """The page behind the link of one message."""
    path = link_url("", token_for(house.carnet.reach.deployment.key, row.id))
    transport = httpx.ASGITransport(web_app(house.carnet, jobs=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://carnet") as client:
        return (await client.get(path)).text


async def test_page_of_an_offer_offers_no_more_than_there_is(house: House) -> None:
    _, (_, second, _) = await full(house)
    house.centre(sms_can_receive=False)
    house.hear(SMS, phone(0), "finalement non")
    await served(house)
    offer = house.row(step="offer", family_id=second)
    assert ":place:yes" in await page_of(house, offer)
    house.clock.set(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))  # its time is over
    await served(house)
    assert house.outbox(step="offer")[-1].family_id != second
    assert ":place:" not in await page_of(house, offer)


async def test_family_that_there_was_no_time_to_invite_is_invited_to_the_new_date(
    house: House,
) -> None:
    family_id = house.family(1)
    house.clock.set(datetime(2026, 11, 27, 20, tzinfo=UTC))  # nothing leaves before it starts
    event_id = house.event(at=time(8, 30))
    await house.tick()
    assert house.row(event_id=event_id).reason == "too_late"
    move(house, event_id, Changes(on=date(2026, 12, 12)))
    await house.live_until(datetime(2026, 12, 6, 12, tzinfo=UTC), timedelta(hours=3))
    assert [row.state for row in house.outbox(event_id=event_id)] == ["refused", "sent"]
    assert house.invitation(event_id, family_id).invited_at is not None
    assert "samedi 12 décembre" in last(house, 1)


# -- what stands in the way -----------------------------------------------------------------------


async def invited(house: House) -> tuple[int, int]:
    family_id = house.family(1)
    house.centre(sms_can_receive=True)
    event_id = house.event()
    await house.live_until(datetime(2026, 11, 21, 12, tzinfo=UTC))
    return event_id, family_id


@pytest.mark.parametrize(
    "text",
    [
        "non, pas de voiture",
        "Non je n'ai pas de voiture",
        "non pas le temps",
        "on n'a pas de baby-sitter, non",
    ],
)
async def test_who_says_why_is_not_asked_why(house: House, text: str) -> None:
    event_id, family_id = await invited(house)
    house.hear(SMS, phone(1), text)
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert last(house, 1) == "Merci de nous avoir prévenus."


async def test_who_only_says_no_is_asked_why(house: House) -> None:
    await invited(house)
    house.hear(SMS, phone(1), "non")
    await house.drain()
    assert "Qu'est-ce qui" in last(house, 1)


async def test_reason_under_the_question_why_is_read_by_a_person(house: House) -> None:
    event_id, family_id = await invited(house)
    house.hear(SMS, phone(1), "non")
    await house.drain()
    house.hear(SMS, phone(1), "pas de voiture")
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert last(house, 1).endswith("Une personne de l'équipe va le lire.")


async def test_words_of_an_offered_answer_are_that_answer(house: House) -> None:
    """ "Je n'ai pas compris" asks for help anywhere else."""
    await invited(house)
    house.hear(SMS, phone(1), "non")
    await house.drain()
    label = next(line for line in last(house, 1).splitlines() if line.startswith("6 "))[2:]
    house.hear(SMS, phone(1), label)
    await house.drain()
    (said,) = house.all(select(answers.c.question, answers.c.code))
    assert tuple(said) == ("barrier", "unclear_message")
    (task,) = house.all(select(tasks.c.reason))
    assert task.reason == "not_understood"
