"""One place a day: who gets it, lived through hour by hour on one phone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.changes import Changes, change_event
from bot.events import cancel_event, record_attendance
from bot.storage.tables import campaign_families, contacts, families, invitations
from tests.house import MONDAY, SMS, House, guardian, phone, states
from tests.scheduler.test_state import add_campaign

SATURDAY = date(2026, 11, 28)  # its reminder: Thursday at 18:00
THURSDAY = 26  # of November


def november(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant, as a clock in Paris shows it."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def coming(house: House, *, on: date = SATURDAY, at: time = time(18), number: int = 0) -> int:
    """An event to which the family comes: it was told and has said yes days ago."""
    family = house.family(number)
    event_id = house.event(on, at, families=(family,), title="Goûter")
    with house.database.write() as db:
        db.execute(
            update(invitations)
            .where(invitations.c.event_id == event_id)
            .values(rsvp="yes", rsvp_at=MONDAY, invited_at=MONDAY, adults=1, children=1, party=2)
        )
    return event_id


def sent(house: House) -> list[tuple[str, int | None, datetime]]:
    """What left: step, event and when, in the order of time."""
    rows = sorted(
        (row for row in house.outbox() if row.sent_at is not None), key=lambda row: row.sent_at
    )
    return [(row.step, row.event_id, row.sent_at) for row in rows]


async def live(house: House, start: datetime, end: datetime, minutes: int = 60) -> None:
    house.clock.set(start)
    await house.tick()
    await house.live_until(end, timedelta(minutes=minutes))


async def test_a_reminder_of_the_evening_comes_before_an_invitation_of_the_morning(
    house: House,
) -> None:
    reminded = coming(house)
    invited = house.event(date(2026, 12, 3))  # its invitation: Thursday at 10:00
    await live(house, november(25, 22), november(27, 12))
    assert sent(house) == [
        ("reminder", reminded, november(26, 18)),
        ("invitation", invited, november(27, 9)),
    ]


async def test_a_reservation_stands_in_the_outbox_from_the_beginning_of_its_day(
    house: House,
) -> None:
    event_id = coming(house)
    house.clock.set(november(25, 23, 59))
    house.plan()
    assert house.outbox(step="reminder") == []
    house.clock.set(november(26, 1))
    house.plan()
    row = house.row(step="reminder", event_id=event_id)
    assert (row.state, row.due_at, row.next_attempt_at) == (
        "waiting",
        november(26, 18),
        november(26, 18),
    )
    house.clock.set(november(26, 12))
    await house.drain()
    assert house.texts(SMS, phone(0)) == []
    house.clock.set(november(26, 18))
    await house.drain()
    assert house.row(step="reminder").sent_at == november(26, 18)


async def test_what_was_reserved_is_asked_again_when_it_leaves(house: House) -> None:
    event_id = coming(house)
    house.clock.set(november(26, 1))
    house.plan()
    with house.database.write() as db:
        db.execute(update(invitations).values(rsvp="no"))
    house.clock.set(november(26, 18))
    await house.tick()
    row = house.row(step="reminder", event_id=event_id)
    assert (row.state, row.reason) == ("refused", "no_longer_needed")


async def test_a_cancelled_events_reservation_leaves_its_place(house: House) -> None:
    reminded = coming(house)
    invited = house.event(date(2026, 12, 3))
    house.clock.set(november(26, 1))
    house.plan()
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, reminded, house.clock())
    await live(house, november(26, 9), november(27, 12))
    assert [one[:2] for one in sent(house)] == [
        ("cancelled", reminded),
        ("invitation", invited),
    ]
    assert house.row(step="reminder").reason == "event_cancelled"


async def test_a_survey_yields_to_an_invitation(house: House) -> None:
    family = house.family(0)
    past = house.event(date(2026, 11, 18), time(18), families=(family,))
    house.event(date(2026, 11, 26), time(18), families=(family,))  # invites on Thursday at 10:00
    with house.database.write() as db:
        db.execute(
            update(invitations)
            .where(invitations.c.event_id == past)
            .values(rsvp="yes", rsvp_at=MONDAY, invited_at=MONDAY)
        )
    house.clock.set(november(18, 21))
    with house.database.write() as db:
        record_attendance(db, past, {family: True}, house.clock())
    # a server that was down in the morning finds both due at once
    await live(house, november(19, 12), november(20, 12))
    assert [(step, at) for step, _, at in sent(house)] == [
        ("invitation", november(19, 12)),
        ("survey", november(20, 9)),
    ]


async def test_the_place_of_a_shared_phone_is_one(house: House) -> None:
    first = house.family(1)
    second = house.family(2, guardians=(guardian(1),))
    one = house.event(date(2026, 11, 26), time(17), families=(first,), title="Lecture")
    other = house.event(date(2026, 11, 26), time(18), families=(second,), title="Écrans")
    await live(house, november(19, 9), november(20, 12))
    assert sent(house) == [
        ("invitation", one, november(19, 10)),
        ("invitation", other, november(20, 9)),
    ]


@pytest.mark.parametrize("evening", [True, False], ids=["one phone", "two phones"])
async def test_a_reminder_to_one_family_keeps_the_place_on_the_others_phone(
    house: House, *, evening: bool
) -> None:
    reminded = coming(house)
    neighbour = house.family(1, guardians=(guardian(0 if evening else 1),))
    invited = house.event(date(2026, 12, 3), families=(neighbour,))
    await live(house, november(26, 1), november(27, 12))
    assert sent(house) == (
        [("reminder", reminded, november(26, 18)), ("invitation", invited, november(27, 9))]
        if evening
        else [("invitation", invited, november(26, 10)), ("reminder", reminded, november(26, 18))]
    )


async def test_a_shared_phone_gets_one_message_of_an_event_and_totals_reconcile(
    house: House,
) -> None:
    families_asked = [house.family(1), house.family(2, guardians=(guardian(1),)), house.family(3)]
    event_id = house.event(date(2026, 11, 26))
    house.clock.set(november(19, 10))
    done = house.plan()
    assert (done.waiting, done.later, done.refused) == (2, 0, 1)
    await house.drain()
    rows = {row.family_id: row for row in house.outbox(event_id=event_id)}
    assert set(rows) == set(families_asked)
    assert states(rows[one] for one in families_asked) == [
        ("invitation", "sent", ""),
        ("invitation", "refused", "shared_phone"),
        ("invitation", "sent", ""),
    ]
    assert len(house.texts(SMS, phone(1))) == 1
    house.plan()
    assert len(house.outbox(event_id=event_id)) == 3


async def test_nobody_hears_of_a_campaign_more_than_the_cap_allows(house: House) -> None:
    family = house.family(0)
    for _ in range(3):
        add_campaign(house, {family: house.centre()})
    await live(house, MONDAY, november(18, 12))
    assert [at for _, _, at in sent(house)] == [
        november(16, 10),
        november(17, 9),
        november(18, 9),
    ]


# -- households -----------------------------------------------------------------------------------


async def couple(house: House, **wishes: object) -> tuple[int, int]:
    """A family of two guardians with a phone each, and an event of theirs, invited."""
    family = house.family(1, guardians=(guardian(1), guardian(2)))
    if wishes:
        with house.database.write() as db:
            db.execute(update(families).values(**wishes))
    event_id = house.event(date(2026, 11, 26))
    house.clock.set(november(19, 10))
    await house.tick()
    return family, event_id


async def test_two_guardians_are_told_where_the_family_wishes_so(house: House) -> None:
    family, event_id = await couple(house, both_guardians=True)
    assert [row.key for row in house.outbox(step="invitation")] == [
        f"invitation:event-{event_id}:1:invitation:family-{family}",
        f"invitation:event-{event_id}:1:invitation:family-{family}-second",
    ]
    assert [len(house.texts(SMS, phone(one))) for one in (1, 2)] == [1, 1]
    house.clock.set(november(22, 20))
    house.clock.set(november(23, 9))  # the nudge was due on a Sunday
    await house.tick()
    assert [len(house.texts(SMS, phone(one))) for one in (1, 2)] == [2, 2]


@pytest.mark.parametrize("who", [1, 2])
async def test_one_answer_closes_the_question_for_both(house: House, who: int) -> None:
    family, event_id = await couple(house, both_guardians=True)
    house.hear(SMS, phone(who), "oui")
    assert house.invitation(event_id, family).rsvp == "yes"
    other = 3 - who
    before = len(house.texts(SMS, phone(other)))
    await live(house, november(23, 9), november(23, 20))
    assert house.outbox(step="nudge") == []
    assert len(house.texts(SMS, phone(other))) == before
    await live(house, november(24, 9), november(24, 20))
    rows = house.outbox(step="reminder")
    assert sorted(row.contact_id for row in rows) == sorted(
        house.contact_id(family, rank) for rank in (1, 2)
    )
    house.hear(SMS, phone(other), "non")  # the last word of the family counts
    assert house.invitation(event_id, family).rsvp == "no"


async def test_the_second_guardian_is_told_first_where_the_family_wishes_so(house: House) -> None:
    await couple(house, first_rank=2)
    assert [len(house.texts(SMS, phone(one))) for one in (1, 2)] == [0, 1]


async def test_who_must_not_be_written_to_gets_nothing_and_it_shows(house: House) -> None:
    family = house.family(1)
    with house.database.write() as db:
        db.execute(update(contacts).values(no_contact=True))
    house.event(date(2026, 11, 26))
    house.clock.set(november(19, 10))
    await house.tick()
    row = house.row(family_id=family)
    assert (row.state, row.reason) == ("refused", "do_not_contact")
    house.hear(SMS, phone(1), "aide")
    await house.drain()
    assert house.texts(SMS, phone(1)) == []


@pytest.mark.parametrize(
    ("wishes", "told"),
    [({}, 1), ({"first_rank": 2}, 2), ({"no_contact": True}, 2)],
    ids=["the first guardian", "whom they want first", "never one who must not be written to"],
)
async def test_news_go_to_the_guardian_who_hears_first(
    house: House, wishes: dict[str, Any], told: int
) -> None:
    family, event_id = await couple(house)
    with house.database.write() as db:
        table = contacts if "no_contact" in wishes else families
        key = contacts.c.id if table is contacts else families.c.id
        whose = house.contact_id(family) if table is contacts else family
        if wishes:
            db.execute(update(table).where(key == whose).values(**wishes))
        cancel_event(db, house.carnet.reach, event_id, house.clock())
    assert house.row(step="cancelled").contact_id == house.contact_id(family, told)


async def test_a_family_that_has_answered_a_campaign_is_not_nudged(house: House) -> None:
    told, answered = house.families(2)
    add_campaign(house, dict.fromkeys((told, answered), house.centre()), kind="wave")
    house.clock.set(november(16, 11))
    await house.tick()
    with house.database.write() as db:
        mine = campaign_families.c.family_id == answered
        db.execute(update(campaign_families).where(mine).values(answered_at=house.clock()))
    await live(house, november(22, 18), november(23, 12))
    assert [row.family_id for row in house.outbox(step="wave_nudge")] == [told]


@pytest.mark.parametrize(("both", "told"), [(True, [1, 1]), (False, [1, 0])])
async def test_a_cancellation_reaches_both_where_the_family_wishes_so(
    house: House, both: bool, told: list[int]
) -> None:
    _, event_id = await couple(house, both_guardians=both)
    with house.database.write() as db:
        assert cancel_event(db, house.carnet.reach, event_id, house.clock()) == 1
    before = [len(house.texts(SMS, phone(one))) for one in (1, 2)]
    await house.drain()
    after = [len(house.texts(SMS, phone(one))) for one in (1, 2)]
    assert [now - then for then, now in zip(before, after, strict=True)] == told


async def test_a_move_reaches_both_where_the_family_wishes_so(house: House) -> None:
    _, event_id = await couple(house, both_guardians=True)
    changes = Changes(on=date(2026, 11, 27))
    with house.database.write() as db:
        change_event(db, house.carnet.reach, event_id, changes, house.clock())
    await house.drain()
    assert ["Nouvelle date" in house.texts(SMS, phone(one))[-1] for one in (1, 2)] == [True, True]
