"""What planning reads: events and campaigns, households as they wish to be written to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_events
from sqlalchemy import insert, update

from bot.gate import Hours
from bot.households import Guardian
from bot.messages import About
from bot.plans import default_steps
from bot.storage.steps import insert_steps
from bot.storage.tables import (
    addresses,
    campaign_families,
    campaign_texts,
    campaigns,
    centres,
    contacts,
    families,
    outbox,
    steps,
)
from scheduler.planner import State, plan
from scheduler.state import load_state
from tests.house import MONDAY, TELEGRAM, House, guardian, roster_row

TODAY = MONDAY.date()
REUNION = {
    "name": "Bourbon",
    "time_zone": "Indian/Reunion",
    "opens_at": time(8),
    "closes_at": time(18),
    "quiet_days": [6, 7],
    "holidays": "FR-974",
    "created_at": MONDAY,
}


def add_campaign(
    house: House, homes: Mapping[int, int], *, kind: str = "announcement", **values: Any
) -> int:
    """A campaign for these families, each with its centre."""
    row = {
        "kind": kind,
        "on": TODAY,
        "at": time(9),
        "ends_on": TODAY + timedelta(days=7),
        "audience": {},
        "created_at": MONDAY,
        **values,
    }
    with house.database.write() as db:
        campaign_id = db.execute(insert(campaigns).values(**row)).inserted_primary_key
        assert campaign_id is not None
        insert_steps(db, steps, default_steps(kind), campaign_id=campaign_id[0])
        text = {"language": "fr", "original": True, "title": "Fermeture", "body": "Lundi."}
        db.execute(insert(campaign_texts).values(campaign_id=campaign_id[0], **text))
        db.execute(
            insert(campaign_families),
            [
                {"campaign_id": campaign_id[0], "family_id": family, "centre_id": centre}
                for family, centre in homes.items()
            ],
        )
    return int(campaign_id[0])


def other_centre(house: House) -> int:
    """A second centre, in another ocean."""
    with house.database.write() as db:
        key = db.execute(insert(centres).values(**REUNION)).inserted_primary_key
    assert key is not None
    return int(key[0])


def state(house: House, now: datetime | None = None, until: datetime | None = None) -> State:
    with house.database.read() as db:
        return load_state(db, now or house.clock(), until)


def guardians(house: House) -> tuple[Guardian, ...]:
    """The guardians of the only family of the only event."""
    ((family,),) = (one.households for one in state(house).subjects)
    return family.guardians


def wish(house: House, **values: Any) -> None:
    with house.database.write() as db:
        db.execute(update(families).values(**values))


def couple(house: House) -> int:
    """A family of two guardians, each with a phone, invited to an event."""
    family = house.family(1, guardians=(guardian(1), guardian(2)))
    house.event(date(2026, 11, 28), time(18))
    return family


# -- campaigns ------------------------------------------------------------------------------------


def test_a_campaign_is_one_subject_in_each_centre_on_its_own_clock(house: House) -> None:
    first, second = house.family(1), house.family(2)
    here, there = house.centre(), other_centre(house)
    campaign_id = add_campaign(house, {first: here, second: there})
    paris, bourbon = state(house).subjects
    assert paris.about == bourbon.about == About(campaign_id=campaign_id)
    assert [[one.family_id for one in subject.households] for subject in (paris, bourbon)] == [
        [first], [second],
    ]  # fmt: skip
    assert (paris.centre_id, bourbon.centre_id) == (here, there)
    assert bourbon.hours.zone == "Indian/Reunion"
    assert (bourbon.hours.opens, bourbon.hours.quiet_days) == (time(8), frozenset({6, 7}))
    assert date(2026, 12, 20) in bourbon.hours.holidays  # a holiday of the island
    assert paris.starts_at - bourbon.starts_at == timedelta(hours=3)
    assert paris.ends_at == datetime(2026, 11, 23, 23, tzinfo=MONDAY.tzinfo)


@pytest.mark.parametrize(
    ("days", "planned"), [(7, True), (8, False)], ids=["its last day", "the day after"]
)
def test_a_campaign_is_planned_to_the_end_of_its_last_day(
    house: House, days: int, planned: bool
) -> None:
    add_campaign(house, {house.family(1): house.centre()})
    evening = datetime(2026, 11, 16, 22, 30, tzinfo=MONDAY.tzinfo)
    now = evening + timedelta(days=days)
    assert bool(plan(state(house, now, now), now)) is planned


def test_a_cancelled_campaign_is_not_read(house: House) -> None:
    add_campaign(house, {house.family(1): house.centre()}, status="cancelled")
    assert state(house).subjects == ()


def test_what_a_family_was_told_and_answered_is_read(house: House) -> None:
    told, answered, left = house.families(3)
    campaign_id = add_campaign(house, dict.fromkeys((told, answered, left), house.centre()))
    with house.database.write() as db:
        mine = campaign_families.c.family_id
        db.execute(update(campaign_families).where(mine != left).values(told_at=MONDAY))
        db.execute(
            update(campaign_families).where(mine == answered).values(answered_at=house.clock())
        )
        db.execute(update(families).where(families.c.id == left).values(left_on=TODAY))
    (subject,) = state(house).subjects
    assert subject.about.campaign_id == campaign_id
    assert [(one.family_id, one.invited_at, one.rsvp) for one in subject.households] == [
        (told, MONDAY, None),
        (answered, MONDAY, "answered"),
    ]


def test_what_was_decided_about_a_campaign_is_decided(house: House) -> None:
    add_campaign(house, dict.fromkeys(house.families(2), house.centre()))
    assert house.plan().waiting == 2
    assert house.plan().waiting == 0
    rows = house.outbox(step="announcement")
    found = state(house)
    assert found.decided == {row.key for row in rows}
    assert found.taken == {
        (f"invitation:campaign-{row.campaign_id}:1:announcement:", row.address_id) for row in rows
    }
    assert plan(found, house.clock()) == ()


def test_events_and_campaigns_are_read_in_a_fixed_number_of_queries(house: House) -> None:
    asked: list[str] = []

    def note(_db: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    counts = []
    families_known = house.families(2)
    for _ in range(2):
        house.event(date(2026, 11, 23), time(18))
        add_campaign(house, dict.fromkeys(families_known, house.centre()))
        families_known += [house.family(len(families_known))]
        sqlalchemy_events.listen(house.database.engine, "before_cursor_execute", note)
        assert plan(state(house, until=house.clock()), house.clock())
        sqlalchemy_events.remove(house.database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
        asked.clear()
    assert counts[0] == counts[1] <= 10


# -- households -----------------------------------------------------------------------------------


def test_guardians_stand_in_the_order_in_which_they_are_written_to(house: House) -> None:
    couple(house)
    assert [one.rank for one in guardians(house)] == [1, 2]
    first, second = (one.contact_id for one in guardians(house))
    wish(house, first_rank=2)
    assert [(one.contact_id, one.rank) for one in guardians(house)] == [(second, 0), (first, 1)]
    wish(house, first_rank=5)  # a guardian who is not there
    assert [one.contact_id for one in guardians(house)] == [first, second]


def test_addresses_stand_in_the_order_of_trying_and_dead_ones_do_not(house: House) -> None:
    family = couple(house)
    (phone,) = guardians(house)[0].address_ids
    chat = house.bind(family, TELEGRAM, "chat-1")
    assert guardians(house)[0].address_ids == (chat, phone)
    with house.database.write() as db:
        db.execute(update(addresses).where(addresses.c.id == chat).values(dead_reason="blocked"))
    assert guardians(house)[0].address_ids == (phone,)


@pytest.mark.parametrize("values", [{"stopped_at": MONDAY}, {"no_contact": True}])
def test_who_stopped_or_must_not_be_written_to_is_out_of_reach(
    house: House, values: dict[str, Any]
) -> None:
    family = couple(house)
    with house.database.write() as db:
        db.execute(
            update(contacts).where(contacts.c.id == house.contact_id(family)).values(**values)
        )
    assert [bool(one.address_ids) for one in guardians(house)] == [False, True]


def test_the_wish_to_tell_two_guardians_is_read(house: House) -> None:
    family = couple(house)
    add_campaign(house, {family: house.centre()})
    wish(house, both_guardians=True)
    assert [one.both for subject in state(house).subjects for one in subject.households] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("values", "rank"),
    [({}, 1), ({"first_rank": 2}, 2), ({"no_contact": True}, 2)],
    ids=["the first guardian", "whom they want first", "never one who must not be written to"],
)
def test_a_newcomer_is_welcomed_through_the_guardian_who_hears_first(
    house: House, values: dict[str, Any], rank: int
) -> None:
    house.enrol(roster_row(1, guardians=(guardian(1), guardian(2))))
    family = house.family_id("F01")
    with house.database.write() as db:
        table = families if "first_rank" in values else contacts
        if values:
            first = families.c.id if table is families else contacts.c.rank
            db.execute(update(table).where(first == 1).values(**values))
    (newcomer,) = state(house).newcomers
    assert newcomer.contact_id == house.contact_id(family, rank)


def test_what_was_refused_for_a_shared_phone_takes_nobodys_place(house: House) -> None:
    first, second = house.family(1), house.family(2, guardians=(guardian(1),))
    add_campaign(house, dict.fromkeys((first, second), house.centre()))
    house.plan()
    rows = {row.family_id: row for row in house.outbox(step="announcement")}
    assert [(rows[one].state, rows[one].reason) for one in (first, second)] == [
        ("waiting", ""),
        ("refused", "shared_phone"),
    ]
    assert len(state(house).taken) == 1
    with house.database.write() as db:  # as if the plan had been cut short before the first
        db.execute(outbox.delete().where(outbox.c.family_id == first))
    assert state(house).taken == frozenset()
    (intent,) = plan(state(house), house.clock())
    assert (intent.family_id, intent.refusal) == (first, "")


def test_an_event_has_its_centres_hours_on_its_own_clock(house: House) -> None:
    house.family(1)
    house.event(date(2026, 11, 28), time(18))
    house.centre(opens_at=time(8, 30), time_zone="Europe/London")
    (subject,) = state(house).subjects
    assert isinstance(subject.hours, Hours)
    assert (subject.hours.opens, subject.hours.zone) == (time(8, 30), "Europe/Paris")
