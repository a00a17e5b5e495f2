"""Who of an audience would be written to, and why the others would not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from bot.audience import EVERYBODY, Filter
from bot.messages import ChannelName, Purpose
from bot.people import pause_family
from bot.preview import Preview, preview_audience
from bot.storage.audience import members
from bot.storage.contacts import mark_dead, set_contact
from bot.storage.tables import (
    addresses,
    centres,
    children,
    contact_addresses,
    contacts,
    families,
    tasks,
)
from bot.wishes import forbid_contact, set_guardians
from tests.house import House, guardian, phone
from tests.network import Network

BOTH = (guardian(1, name="Amina"), guardian(2, name="Karim", language="ar"))


def preview(house: House, wanted: Filter = EVERYBODY, **asked: Any) -> Preview:
    with house.database.read() as db:
        audience = members(db, wanted, house.clock(), None)
        return preview_audience(db, house.carnet.reach, audience, house.clock(), **asked)


def left_out(house: House, **asked: Any) -> list[tuple[str, str]]:
    return [(one.reference, one.reason) for one in preview(house, **asked).left_out]


def names(seen: Preview) -> list[list[str]]:
    return [[person.name for person in one.people] for one in seen.told]


# -- who is written to ----------------------------------------------------------------------------


def test_the_first_guardian_is_written_to_for_the_family(house: House) -> None:
    house.family(1, guardians=BOTH)
    seen = preview(house)
    assert names(seen) == [["Amina"]]
    assert (seen.families, dict(seen.channels), dict(seen.languages)) == (1, {"sms": 1}, {"fr": 1})


def test_the_household_s_wishes_are_followed(house: House) -> None:
    family_id = house.family(1, guardians=BOTH)
    with house.database.write() as db:
        set_guardians(db, family_id, 2, False)
    assert names(preview(house)) == [["Karim"]]
    with house.database.write() as db:
        set_guardians(db, family_id, 2, True)
    seen = preview(house)
    assert names(seen) == [["Karim", "Amina"]]
    assert (seen.families, len(seen.people)) == (1, 2)
    assert dict(seen.languages) == {"ar": 1, "fr": 1}


def test_both_guardians_on_one_phone_are_one_message(house: House) -> None:
    family_id = house.family(1, guardians=(guardian(1, name="Amina"), guardian(1, name="Karim")))
    with house.database.write() as db:
        set_guardians(db, family_id, None, True)
    assert names(preview(house)) == [["Amina"]]


def test_the_other_guardian_is_written_to_where_the_first_cannot_be(house: House) -> None:
    family_id = house.family(1, guardians=BOTH)
    with house.database.write() as db:
        set_contact(db, house.contact_id(family_id), stopped_at=house.clock())
    seen = preview(house)
    assert (names(seen), seen.left_out) == ([["Karim"]], ())


def test_children_are_named_only_where_their_centre_allows_it(house: House) -> None:
    house.family(1)
    assert preview(house).told[0].children == ()
    with house.database.write() as db:
        db.execute(update(children).values(school_level="CM1"))
    assert preview(house).told[0].children == ("CM1",)
    house.centre(names_children=True)
    assert preview(house).told[0].children == ("Enfant1",)


def test_of_two_families_on_one_phone_one_is_written_to(house: House) -> None:
    house.family(1)
    house.family(2, guardians=(guardian(1, name="Sonia"),))
    house.family(3)
    seen = preview(house)
    assert [one.reference for one in seen.told] == ["F01", "F03"]
    assert [(one.reference, one.reason) for one in seen.left_out] == [("F02", "shared_phone")]


def test_french_for_want_of_their_language_is_remarked(house: House) -> None:
    for number, language in enumerate(("ar", "xx", None)):
        house.family(number, guardians=(guardian(number, language=language),))
    people = [one.people[0] for one in preview(house).told]
    assert [(one.language, one.fallback) for one in people] == [
        ("ar", False),
        ("fr", True),
        ("fr", False),  # not known yet is no lack of ours
    ]


def test_a_night_or_a_full_week_leaves_nobody_out(house: House) -> None:
    house.family(1)
    house.clock.later(hours=12)
    assert left_out(house) == []


# -- who is not -----------------------------------------------------------------------------------


def test_each_reason_is_the_gate_s_own(house: House) -> None:
    ids = house.families(7)
    house.family(7, guardians=(guardian(7, can_text=False),))
    with house.database.write() as db:
        now = house.clock()
        set_contact(db, house.contact_id(ids[1]), stopped_at=now)
        set_contact(db, house.contact_id(ids[2]), erased_at=now)
        mark_dead(db, _address(house, 3), "address_dead")
        pause_family(db, ids[4], now + timedelta(days=3), "Deuil", now)
        set_contact(db, house.contact_id(ids[5]), surveys=False)
        forbid_contact(db, ids[6], house.contact_id(ids[6]), "Décision du juge", now)
    reasons = [
        ("F03", "address_dead"),
        ("F06", "do_not_contact"),
        ("F02", "erased"),
        ("F07", "landline"),
        ("F04", "paused"),
        ("F01", "stopped"),
    ]
    assert left_out(house) == reasons
    survey = left_out(house, purpose=Purpose.SURVEY, step="survey")
    assert survey == [*reasons, ("F05", "surveys_refused")]
    seen = preview(house)
    assert dict(seen.reasons) == {reason: 1 for _, reason in reasons}
    paused = next(one for one in seen.left_out if one.reason == "paused")
    assert paused.until == house.clock() + timedelta(days=3)


def test_a_family_without_a_guardian_and_one_whose_channel_is_off_are_said(house: House) -> None:
    bare, silent = house.families(2)
    with house.database.write() as db:
        for family_id in (bare, silent):
            mine = contact_addresses.c.contact_id == house.contact_id(family_id)
            db.execute(delete(contact_addresses).where(mine))
        db.execute(delete(contacts).where(contacts.c.family_id == bare))
    assert left_out(house) == [("F00", "no_contact"), ("F01", "no_phone")]
    house.bind(silent, ChannelName.LINK, "nowhere")
    assert left_out(house)[0] == ("F01", "channel_off")


def test_a_spent_budget_leaves_out_who_is_reached_by_sms(house: House) -> None:
    first = house.family(1)
    house.family(2)
    house.bind(first, ChannelName.TELEGRAM, "777")
    house.centre(monthly_segments=0)
    assert left_out(house) == [("F02", "budget_spent")]


def test_a_person_who_talks_with_them_leaves_nobody_out(house: House) -> None:
    family_id = house.family(1)
    with house.database.write() as db:
        db.execute(
            insert(tasks).values(
                centre_id=house.centre(),
                family_id=family_id,
                contact_id=house.contact_id(family_id),
                address_id=_address(house, 1),
                reason="asked",
                opened_at=house.clock(),
                asked_at=house.clock(),
                answered_at=house.clock(),
            )
        )
    assert left_out(house) == []


def _address(house: House, number: int) -> int:
    mine = addresses.c.value == phone(number)
    return int(house.one(select(addresses.c.id).where(mine)).id)


# -- what always holds ----------------------------------------------------------------------------

STATES = ("well", "stopped", "erased", "dead", "paused", "no surveys")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states=st.lists(st.sampled_from(STATES), min_size=7, max_size=7), survey=st.booleans())
def test_an_audience_is_those_written_to_and_those_left_out(
    network: Network, states: list[str], survey: bool
) -> None:
    house, now = network.house, network.house.clock()
    values: dict[str, dict[str, Any]] = {
        "stopped": {"stopped_at": now},
        "erased": {"erased_at": now},
        "no surveys": {"surveys": False},
    }
    well: dict[str, Any] = {"stopped_at": None, "erased_at": None, "surveys": None}
    with house.database.write() as db:
        db.execute(update(families).values(paused_until=None))
        for number, state in enumerate(states):
            family_id = network.families[number]
            for rank in range(1, 3 if number == 1 else 2):
                contact_id = house.contact_id(family_id, rank)
                set_contact(db, contact_id, **(well | values.get(state, {})))
            until = now + timedelta(days=1) if state == "paused" else None
            db.execute(
                update(families).where(families.c.id == family_id).values(paused_until=until)
            )
            dead = "address_dead" if state == "dead" else None
            for place in (number, number + 20):
                mine = addresses.c.value == phone(place)
                db.execute(update(addresses).where(mine).values(dead_reason=dead))
    purpose, step = (Purpose.SURVEY, "survey") if survey else (Purpose.INVITATION, "invitation")
    seen = preview(house, purpose=purpose, step=step)
    told, out = [one.family_id for one in seen.told], [one.family_id for one in seen.left_out]
    assert seen.families == 7 == len({*told, *out})
    assert sum(seen.reasons.values()) == len(out)
    assert sum(seen.channels.values()) == sum(seen.languages.values()) == len(seen.people)
    assert len(seen.people) == len(told)
    fine = {"well"} if survey else {"well", "no surveys"}
    assert network.numbers(told) == {n for n, state in enumerate(states) if state in fine}


@pytest.fixture
def network(house: House) -> Network:
    """Three centres, eight families."""
    return Network(house)


def test_the_centre_of_a_family_is_the_one_that_matched(house: House, network: Network) -> None:
    with house.database.write() as db:
        db.execute(update(centres).values(names_children=True))
    seen = preview(house, Filter(levels=frozenset({"CM2"})))
    (one,) = seen.told
    assert (one.centre, one.children) == ("Sud", ("Dario",))
