"""Answers that another one stands beside: of the other guardian, or to another open question."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import update

from bot.changes import Changes, change_event
from bot.meetings import put
from bot.storage.tables import contacts, families
from tests.house import MONDAY, SMS, House, guardian, phone
from tests.rounds import HOST, arrange_round, slots_of

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday, ten o'clock in Paris
TUESDAY = MONDAY + timedelta(days=1)
FIRST, SECOND = phone(0), phone(1)
NO_MORE = "votre famille ne vient plus"
NOW_COMES = "votre famille vient"


def couple(house: House, number: int = 0) -> int:
    """Two guardians who both want to be told, with a phone each whose SMS we can read."""
    family = house.family(number, guardians=(guardian(number), guardian(number + 1)))
    house.centre(sms_can_receive=True)
    with house.database.write() as db:
        db.execute(update(families).values(both_guardians=True))
    return family


async def invited(house: House, *hours: int) -> list[int]:
    """Events of one day to which they have been asked; it is the Monday after."""
    made = [house.event(at=time(hour), title=f"Atelier {hour}") for hour in hours]
    house.clock.set(INVITED_AT)
    await house.live_until(INVITED_AT + timedelta(days=3))
    return made


def says(house: House, number: str, text: str) -> None:
    assert house.hear(SMS, number, text).error is None
    house.clock.later(minutes=1)


async def news(house: House, number: str) -> list[str]:
    await house.drain()
    return [one for one in house.texts(SMS, number) if "erreur" in one]


# -- the other guardian ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "told"), [("oui, 3", "non", NO_MORE), ("non", "oui", NOW_COMES)]
)
async def test_who_had_answered_is_told_that_the_other_guardian_changed_it(
    house: House, one: str, other: str, told: str
) -> None:
    couple(house)
    await invited(house, 14)
    says(house, FIRST, one)
    says(house, SECOND, other)
    [text] = await news(house, FIRST)
    assert text.startswith("Atelier 14, samedi 28 novembre à 14h")
    assert told in text
    assert await news(house, SECOND) == []


async def test_one_digit_takes_the_change_back_and_nobody_is_told_in_a_circle(
    house: House,
) -> None:
    family = couple(house)
    [event_id] = await invited(house, 14)
    says(house, FIRST, "oui, 3")
    for _ in range(4):
        says(house, SECOND, "non")
        await house.drain()
        says(house, FIRST, "1")
        await house.drain()
    assert house.invitation(event_id, family).rsvp == "yes"
    assert (len(await news(house, FIRST)), len(await news(house, SECOND))) == (1, 1)


async def test_the_same_answer_or_ones_own_new_one_is_no_news(house: House) -> None:
    couple(house)
    await invited(house, 14)
    says(house, FIRST, "oui, 2 adultes et 1 enfant")
    says(house, SECOND, "oui")
    says(house, SECOND, "non")
    says(house, SECOND, "oui, 2")
    assert len(await news(house, FIRST)) == 0


@pytest.mark.parametrize("why", ["stopped", "erased"])
async def test_who_stopped_or_is_erased_is_not_told(house: House, why: str) -> None:
    family = couple(house)
    await invited(house, 14)
    says(house, FIRST, "oui, 3")
    with house.database.write() as db:
        gone = update(contacts).where(contacts.c.id == house.contact_id(family, 1))
        db.execute(gone.values({f"{why}_at": house.clock()}))
    says(house, SECOND, "non")
    assert await news(house, FIRST) == []
    assert [row.reason for row in house.outbox(step="now_declines")] == [why]


async def test_news_that_is_not_true_any_more_does_not_leave(house: House) -> None:
    couple(house)
    await invited(house, 14)
    says(house, FIRST, "oui, 3")
    says(house, SECOND, "non")
    says(house, SECOND, "oui, 3")
    assert await news(house, FIRST) == []
    assert house.row(step="now_declines").reason == "no_longer_needed"


async def test_moment_given_back_by_one_guardian_is_told_to_who_took_it(house: House) -> None:
    family = couple(house)
    arrange_round(house, [family])
    await house.live_until(TUESDAY + timedelta(hours=2))
    says(house, FIRST, "1")
    await house.live_until(datetime(2026, 11, 30, 8, tzinfo=UTC), timedelta(hours=6))
    says(house, SECOND, "on ne peut pas venir")
    [text] = await news(house, FIRST)
    assert f"votre famille n'a plus de rendez-vous avec {HOST}" in text
    assert await news(house, SECOND) == []
    says(house, SECOND, "2")
    await house.drain()
    assert len([one for one in house.texts(SMS, FIRST) if HOST in one and "C'est noté" in one]) == 1


# -- put on a moment by staff ---------------------------------------------------------------------


async def test_family_put_on_a_moment_is_told_when_where_with_whom_and_how_to_change(
    house: House,
) -> None:
    asked, phoned = house.families(2)
    house.centre(sms_can_receive=True)
    campaign_id = arrange_round(house, [asked])
    first, second, *_ = slots_of(house, campaign_id)
    for slot in (first, second):
        with house.database.write() as db:
            put(db, house.carnet.reach, campaign_id, slot.id, phoned, house.clock())
    await house.drain()
    [text] = house.texts(SMS, phone(1))  # of the moment that they have, not of the one before
    told = "C'est noté. Vous avez rendez-vous avec Mme Roy : mardi 1er décembre à 17h30, "
    told += "Bureau du premier."
    assert text.splitlines() == [told, "6 Un autre moment"]
    says(house, phone(1), "6")
    await house.drain()
    assert "Quel moment" in house.texts(SMS, phone(1))[-1]
    says(house, phone(1), "3")
    assert [row.family_id for row in slots_of(house, campaign_id)].count(phoned) == 1


async def test_both_guardians_are_told_where_they_wish_it(house: House) -> None:
    family = couple(house)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    with house.database.write() as db:
        put(db, house.carnet.reach, campaign_id, slot.id, family, house.clock())
    await house.drain()
    assert [len(house.texts(SMS, one)) for one in (FIRST, SECOND)] == [1, 1]


async def test_reminder_of_a_meeting_says_with_whom(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    with house.database.write() as db:
        put(db, house.carnet.reach, campaign_id, slot.id, family, house.clock())
    await house.live_until(datetime(2026, 12, 1, 12, tzinfo=UTC), timedelta(hours=3))
    reminders = [one for one in house.texts(SMS, phone(0)) if "C'est noté" not in one]
    assert len(reminders) == 2
    assert all(HOST in one for one in reminders)


# -- a number after a question that was put in answer ----------------------------------------------


async def test_number_right_after_a_headcount_question_answers_it(house: House) -> None:
    family = couple(house)
    first, second = await invited(house, 14, 17)
    says(house, FIRST, "B1")
    says(house, FIRST, "2")
    says(house, FIRST, "1")
    both = [house.invitation(one, family) for one in (first, second)]
    answered = [(one.rsvp, one.adults, one.children) for one in both]
    assert sorted(answered, key=str) == sorted([("yes", 2, 1), (None, None, None)], key=str)


async def test_number_asks_which_one_once_the_question_is_some_time_ago(house: House) -> None:
    couple(house)
    await invited(house, 14, 17)
    says(house, FIRST, "B1")
    house.clock.later(minutes=20)
    says(house, FIRST, "2")
    await house.drain()
    assert "pour quelle activité" in house.texts(SMS, FIRST)[-1]


async def test_number_asks_which_one_once_something_else_was_asked_since(house: House) -> None:
    couple(house)
    first, second = await invited(house, 14, 17)
    says(house, FIRST, "B1")
    with house.database.write() as db:
        for event_id in (first, second):
            change_event(db, house.carnet.reach, event_id, Changes(at=time(18)), house.clock())
    await house.drain()
    assert "Nouvelle heure" in house.texts(SMS, FIRST)[-1]
    house.clock.later(minutes=1)
    says(house, FIRST, "2")
    await house.drain()
    assert "pour quelle activité" in house.texts(SMS, FIRST)[-1]
