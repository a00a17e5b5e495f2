"""A roster becomes families, once; what a parent chose themselves outlives every import."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot.enrolment import Imported, import_families
from bot.messages import Rendering
from bot.roster.rows import Guardian
from bot.roster.rows import Row as RosterRow
from bot.storage.database import Database
from bot.storage.tables import (
    addresses,
    centres,
    children,
    consents,
    contact_addresses,
    contacts,
    families,
    family_tags,
    group_children,
    groups,
    invitations,
    metadata,
)
from tests.house import MONDAY, SMS, TELEGRAM, WHATSAPP, House, guardian, phone, roster_row


def reached(house: House, family_id: int, rank: int = 1) -> set[tuple[str, str]]:
    """The channels and values that a guardian is written to."""
    query = (
        select(addresses.c.channel, addresses.c.value)
        .join(contact_addresses, contact_addresses.c.address_id == addresses.c.id)
        .where(contact_addresses.c.contact_id == house.contact_id(family_id, rank))
    )
    return {(row.channel, row.value) for row in house.all(query)}


def count(house: House, table: Any) -> int:
    return int(house.one(select(func.count().label("n")).select_from(table)).n)


def test_siblings_make_one_family_with_one_parent(house: House) -> None:
    done = house.enrol(
        roster_row(1, family="BER", child="Lina", guardians=(guardian(1),)),
        roster_row(2, family="BER", child="Youssef", guardians=(guardian(1),)),
    )
    assert (done.families, done.children, done.contacts) == (1, 2, 1)
    assert (done.created, done.updated, done.unchanged) == (2, 0, 0)
    assert count(house, families) == count(house, contacts) == count(house, addresses) == 1


def test_spelling_of_family_centre_and_child_makes_no_second_one(house: House) -> None:
    house.enrol(roster_row(1, family="F-01", centre="Les Tilleuls", child="Élise"))
    again = house.enrol(roster_row(1, family="f-01", centre="LES TILLEULS", child="Elise"))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    assert count(house, families) == count(house, centres) == count(house, children) == 1


def test_two_families_may_share_one_phone(house: House) -> None:
    house.enrol(
        roster_row(1, family="A", guardians=(guardian(1, name="Rosa Lima"),)),
        roster_row(2, family="B", guardians=(guardian(1, name="Ana Lima"),)),
    )
    assert count(house, addresses) == 1
    assert reached(house, house.family_id("A")) == reached(house, house.family_id("B"))


def test_corrected_number_replaces_the_old_one(house: House) -> None:
    family_id = house.family(1)
    done = house.enrol(roster_row(1, guardians=(guardian(2),)))
    assert (done.created, done.updated, done.unchanged) == (0, 1, 0)
    assert reached(house, family_id) == {(SMS, phone(2))}


def test_address_that_a_parent_bound_survives_a_corrected_number(house: House) -> None:
    family_id = house.family(1)
    house.bind(family_id, TELEGRAM, "chat-1")
    house.enrol(roster_row(1, guardians=(guardian(2),)))
    assert reached(house, family_id) == {(SMS, phone(2)), (TELEGRAM, "chat-1")}


def test_declared_language_is_corrected_by_the_file_and_a_chosen_one_never(house: House) -> None:
    family_id = house.family(1)
    house.enrol(roster_row(1, guardians=(guardian(1, language="tr"),)))
    assert house.contact(family_id).language == "tr"
    with house.database.write() as db:
        db.execute(update(contacts).values(language="ar", language_chosen_at=MONDAY))
    done = house.enrol(roster_row(1, guardians=(guardian(1, language="fr"),)))
    assert done.unchanged == 1
    assert house.contact(family_id).language == "ar"


def test_stop_survives_every_import(house: House) -> None:
    family_id = house.family(1)
    house.hear(SMS, phone(1), "STOP")
    house.enrol(roster_row(1, guardians=(guardian(2, whatsapp=True),)))
    assert house.contact(family_id).stopped_at is not None


def test_stop_stays_with_its_person_when_the_file_swaps_the_parents(house: House) -> None:
    amina, youssef = guardian(1, name="Amina"), guardian(2, name="Youssef")
    house.enrol(roster_row(1, guardians=(amina, youssef)))
    house.hear(SMS, phone(1), "STOP")
    done = house.enrol(roster_row(1, guardians=(youssef, amina)))
    assert done.unchanged == 1
    family_id = house.family_id("F01")
    assert (house.contact(family_id, 1).name, house.contact(family_id, 2).name) == (
        "Amina",
        "Youssef",
    )
    assert house.contact(family_id, 1).stopped_at is not None
    assert house.contact(family_id, 2).stopped_at is None
    assert reached(house, family_id, 1) == {(SMS, phone(1))}


def test_both_parents_on_one_phone_stay_two_people(house: House) -> None:
    both = (guardian(1, name="Amina"), guardian(1, name="Youssef"))
    house.enrol(roster_row(1, guardians=both))
    assert house.enrol(roster_row(1, guardians=both)).unchanged == 1
    family_id = house.family_id("F01")
    assert {house.contact(family_id, rank).name for rank in (1, 2)} == {"Amina", "Youssef"}


def test_empty_whatsapp_cell_takes_nothing_away(house: House) -> None:
    said_yes = roster_row(1, child="Lina", guardians=(guardian(1, whatsapp=True),))
    says_nothing = replace(said_yes, child="Emre", guardians=(guardian(1, whatsapp=None),))
    house.enrol(said_yes, says_nothing)
    family_id = house.family_id("F01")
    assert reached(house, family_id) == {(SMS, phone(1)), (WHATSAPP, phone(1))}
    again = house.enrol(said_yes, says_nothing)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_whatsapp_refused_in_the_file_ends_whatsapp_and_is_written_in_the_ledger(
    house: House,
) -> None:
    family_id = house.family(1, guardians=(guardian(1, whatsapp=True),))
    house.enrol(roster_row(1, guardians=(guardian(1, whatsapp=False),)))
    assert reached(house, family_id) == {(SMS, phone(1))}
    ledger = house.all(select(consents).order_by(consents.c.id))
    assert [(one.channel, one.decision) for one in ledger] == [
        ("whatsapp", "given"),
        ("whatsapp", "refused"),
    ]


def test_landline_is_kept_and_never_written_to(house: House) -> None:
    house.enrol(roster_row(1, guardians=(guardian(1, can_text=False),)))
    assert house.one(select(addresses)).dead_reason == "landline"


def test_new_family_is_invited_to_coming_events_for_everyone(house: House) -> None:
    house.family(1)
    everyone = house.event()
    chosen = house.event(title="Rencontre", families=(house.family_id("F01"),))
    late = house.family(2)
    invited = {(row.event_id, row.family_id) for row in house.all(select(invitations))}
    assert (everyone, late) in invited
    assert (chosen, late) not in invited


def test_new_family_is_not_invited_to_what_is_over_or_cancelled(house: House) -> None:
    house.family(1)
    event_id = house.event()
    house.clock.set(MONDAY + timedelta(days=30))
    late = house.family(2)
    assert (event_id, late) not in {
        (row.event_id, row.family_id) for row in house.all(select(invitations))
    }


def test_new_sibling_counts_as_created_and_the_family_stays_one(house: House) -> None:
    house.family(1)
    done = house.enrol(roster_row(1), roster_row(1, child="Nour"))
    assert (done.created, done.unchanged, done.families) == (1, 1, 1)


def test_progress_is_told_up_to_the_last_row(house: House) -> None:
    told: list[tuple[int, int]] = []
    rows = [roster_row(number) for number in range(3)]
    with house.database.write() as db:
        import_families(db, rows, MONDAY, progress=lambda at, of: told.append((at, of)))
    assert told == [(3, 3)]


# -- levels, groups, tags and wishes ---------------------------------------------------------------


def groups_of(house: House, child: str) -> set[str]:
    query = (
        select(groups.c.name)
        .join(group_children, group_children.c.group_id == groups.c.id)
        .join(children, children.c.id == group_children.c.child_id)
        .where(children.c.first_name == child)
    )
    return {row.name for row in house.all(query)}


def level_of(house: House, child: str) -> str:
    return str(house.one(select(children).where(children.c.first_name == child)).school_level)


def tags_of(house: House, family_id: int) -> set[str]:
    query = select(family_tags).where(family_tags.c.family_id == family_id)
    return {row.tag for row in house.all(query)}


def wishes_of(house: House, family_id: int) -> tuple[int | None, bool]:
    row = house.one(select(families).where(families.c.id == family_id))
    return row.first_rank, row.both_guardians


def test_file_with_the_columns_brings_levels_and_groups_in_line(house: House) -> None:
    old = roster_row(1, level="CP", groups=("Chorale", "Foot"))
    done = house.enrol(old)
    assert done.new_groups == ["Chorale", "Foot"]
    new = house.enrol(replace(old, level="CE1", groups=("foot", "Théâtre")))
    assert (new.updated, new.new_groups) == (1, ["Théâtre"])
    assert level_of(house, "Enfant1") == "CE1"
    assert groups_of(house, "Enfant1") == {"Foot", "Théâtre"}
    house.enrol(replace(old, level="", groups=()))
    assert (level_of(house, "Enfant1"), groups_of(house, "Enfant1")) == ("", set())


def test_file_without_the_columns_changes_nothing_of_what_is_stored(house: House) -> None:
    house.enrol(
        roster_row(1, level="CP", groups=("Chorale",), tags=("relais",), first=1, both=True)
    )
    done = house.enrol(roster_row(1))
    assert done.unchanged == 1
    assert (level_of(house, "Enfant1"), groups_of(house, "Enfant1")) == ("CP", {"Chorale"})
    family_id = house.family_id("F01")
    assert tags_of(house, family_id) == {"relais"}
    assert wishes_of(house, family_id) == (1, True)


def test_children_that_the_file_does_not_name_keep_their_groups(house: House) -> None:
    house.enrol(roster_row(1, groups=("Foot",)), roster_row(2, groups=("Foot",)))
    house.enrol(roster_row(1, groups=("Chorale",)))
    assert groups_of(house, "Enfant2") == {"Foot"}


def test_a_child_may_stand_on_one_line_for_each_group(house: House) -> None:
    lines = (
        roster_row(1, level="", groups=("Foot",)),
        roster_row(1, level="CM1", groups=("Chorale",)),
    )
    house.enrol(*lines)
    assert groups_of(house, "Enfant1") == {"Foot", "Chorale"}
    assert level_of(house, "Enfant1") == "CM1"
    assert house.enrol(*lines).unchanged == 2


def test_groups_of_two_centres_with_one_name_stay_two(house: House) -> None:
    house.enrol(roster_row(1, groups=("Foot",)), roster_row(2, centre="Le Port", groups=("Foot",)))
    assert count(house, groups) == 2


def test_tags_are_added_and_never_taken_away(house: House) -> None:
    family_id = house.family(1, tags=("relais",))
    house.enrol(roster_row(1, tags=("bénévole", "relais")))
    assert tags_of(house, family_id) == {"bénévole", "relais"}


def test_wishes_are_taken_from_the_file_and_an_empty_cell_says_nothing(house: House) -> None:
    both = (guardian(1), guardian(2))
    family_id = house.family(1, guardians=both, first=2, both=True)
    assert wishes_of(house, family_id) == (2, True)
    house.enrol(roster_row(1, guardians=both))
    assert wishes_of(house, family_id) == (2, True)
    house.enrol(roster_row(1, guardians=both, both=False))
    assert wishes_of(house, family_id) == (2, False)


def test_first_guardian_stays_the_same_person_when_the_file_swaps_the_parents(
    house: House,
) -> None:
    family_id = house.family(1, guardians=(guardian(1), guardian(2)))
    house.enrol(roster_row(1, guardians=(guardian(2), guardian(1)), first=1))
    first = house.contact(family_id, wishes_of(house, family_id)[0] or 0)
    assert first.name == "Parent 2"


# -- whatever the file holds ----------------------------------------------------------------------

GUARDIANS = st.builds(
    Guardian,
    name=st.sampled_from(["", "Amina", "Youssef"]),
    language=st.sampled_from([None, "fr", "ar"]),
    phone=st.integers(0, 4).map(phone),
    can_text=st.just(True),
    whatsapp=st.sampled_from([None, True, False]),
    rendering=st.none() | st.sampled_from(Rendering),
)


@st.composite
def rosters(draw: st.DrawFn) -> list[RosterRow]:
    """A file as the reader lets it through: what it says of one family never contradicts itself."""
    households = draw(
        st.dictionaries(
            st.sampled_from(["A", "B", "C"]),
            st.lists(GUARDIANS, min_size=1, max_size=2).map(tuple),
            min_size=1,
        )
    )
    lines = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(households)),
                st.sampled_from(["Nord", "Sud"]),
                st.sampled_from(["Lina", "Emre"]),
                st.booleans(),
                st.tuples(
                    st.sampled_from([None, "", "CP", "6e"]),
                    st.none() | st.sampled_from([(), ("Foot",), ("FOOT", "Chorale")]),
                    st.sampled_from([(), ("relais",)]),
                ),
            ),
            min_size=1,
            max_size=8,
        )
    )
    return [
        RosterRow(line, family, centre, child, _told(households[family], sparse=sparse), *said)
        for line, (family, centre, child, sparse, said) in enumerate(lines, start=2)
    ]


def _told(guardians: tuple[Guardian, ...], *, sparse: bool) -> tuple[Guardian, ...]:
    """A sibling's line may leave everything but the first parent's number empty."""
    if not sparse:
        return guardians
    return (replace(guardians[0], name="", language=None, whatsapp=None, rendering=None),)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=rosters())
def test_any_file_reconciles_and_a_second_import_changes_nothing(rows: list[RosterRow]) -> None:
    database = Database("sqlite://", durable=False)
    try:
        with database.write() as db:
            metadata.create_all(db)
            first = import_families(db, rows, MONDAY)
            before = _everything(db)
            second = import_families(db, rows, MONDAY + timedelta(days=1))
            after = _everything(db)
    finally:
        database.close()
    for done in (first, second):
        assert done.created + done.updated + done.unchanged == len(rows)
    assert second == Imported(first.families, first.children, first.contacts, 0, 0, len(rows))
    assert after == before


def _everything(db: Any) -> dict[str, list[tuple[Any, ...]]]:
    names = (
        *("centres", "families", "children", "contacts", "addresses", "contact_addresses"),
        *("groups", "group_children", "family_tags"),
    )
    return {
        name: [tuple(row) for row in db.execute(select(metadata.tables[name]))]
        for name in (*names, "consents")
    }


@pytest.mark.parametrize(
    ("zone", "holidays"),
    [("Europe/Paris", "FR"), ("Indian/Reunion", "FR-974"), ("America/Martinique", "FR-972")],
)
def test_a_new_centre_keeps_the_holidays_of_its_region(
    database: Database, zone: str, holidays: str
) -> None:
    with database.write() as db:
        import_families(db, [roster_row(0)], MONDAY, zone=zone)
        assert db.scalar(select(centres.c.holidays)) == holidays
