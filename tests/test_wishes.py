"""Whom a family wishes us to write to, and a coordinator's own words for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.errors import Rejected
from bot.storage.tables import contacts, families, family_tags
from bot.wishes import allow_contact, forbid_contact, set_guardians, set_tags
from tests.house import House, guardian

BOTH = (guardian(1), guardian(2))


def wishes(house: House, family_id: int) -> tuple[int | None, bool]:
    row = house.one(select(families).where(families.c.id == family_id))
    return row.first_rank, row.both_guardians


def forbid(house: House, family_id: int, rank: int, reason: str = "Décision du juge") -> int:
    contact_id = house.contact_id(family_id, rank)
    with house.database.write() as db:
        return forbid_contact(db, family_id, contact_id, reason, house.clock())


def test_first_guardian_and_both_are_written_down(house: House) -> None:
    family_id = house.family(1, guardians=BOTH)
    with house.database.write() as db:
        set_guardians(db, family_id, 2, True)
    assert wishes(house, family_id) == (2, True)
    with house.database.write() as db:
        set_guardians(db, family_id, None, False)
    assert wishes(house, family_id) == (None, False)


def test_a_guardian_that_the_family_does_not_have_is_refused(house: House) -> None:
    family_id = house.family(1)
    with house.database.write() as db, pytest.raises(Rejected, match="n'a pas ce parent"):
        set_guardians(db, family_id, 2, False)


def test_forbidding_asks_for_a_reason_and_keeps_it(house: House) -> None:
    family_id = house.family(1)
    for reason, said in (("  ", "Dites pourquoi"), ("x" * 201, "trop longue")):
        with pytest.raises(Rejected, match=said):
            forbid(house, family_id, 1, reason)
    assert not house.contact(family_id).no_contact
    forbid(house, family_id, 1, " Décision  du juge ")
    row = house.contact(family_id)
    assert (row.no_contact, row.no_contact_reason) == (True, "Décision du juge")
    with house.database.write() as db:
        allow_contact(db, family_id, row.id)
    row = house.contact(family_id)
    assert (row.no_contact, row.no_contact_reason) == (False, "")


def test_a_guardian_of_another_family_is_refused(house: House) -> None:
    mine, other = house.families(2)
    contact_id = house.contact_id(other)
    with house.database.write() as db:
        with pytest.raises(Rejected, match="pas de cette famille"):
            forbid_contact(db, mine, contact_id, "Une raison", house.clock())
        with pytest.raises(Rejected, match="pas de cette famille"):
            allow_contact(db, mine, contact_id)
    assert not house.all(select(contacts).where(contacts.c.no_contact))


def test_who_is_forbidden_is_not_written_to_first_any_more(house: House) -> None:
    family_id = house.family(1, guardians=BOTH)
    with house.database.write() as db:
        set_guardians(db, family_id, 1, True)
    forbid(house, family_id, 2)
    assert wishes(house, family_id) == (1, True)  # the other one: nothing changes
    with house.database.write() as db, pytest.raises(Rejected, match="ne doit pas être contacté"):
        set_guardians(db, family_id, 2, False)
    forbid(house, family_id, 1)
    assert wishes(house, family_id) == (None, True)


def test_what_waits_for_a_forbidden_guardian_is_withdrawn_at_once(house: House) -> None:
    house.clock.later(days=5, hours=10)  # what is decided in the evening waits
    family_id = house.family(1, guardians=BOTH)
    other = house.family(3)
    house.event()
    house.plan()
    assert len(house.outbox(state="waiting")) == 2
    assert forbid(house, family_id, 1) == 1
    row = house.row(family_id=family_id)
    assert (row.state, row.reason) == ("refused", "do_not_contact")
    assert house.row(family_id=other).state == "waiting"
    assert forbid(house, family_id, 1) == 0


async def test_the_invitation_goes_to_the_other_guardian_instead(house: House) -> None:
    house.clock.later(days=5, hours=10)
    family_id = house.family(1, guardians=BOTH)
    event_id = house.event()
    house.plan()
    forbid(house, family_id, 1)
    house.clock.later(days=1, hours=14)  # a Sunday lies between
    await house.tick()
    rows = house.outbox(family_id=family_id, step="invitation")
    assert [(row.contact_id, row.state) for row in rows] == [
        (house.contact_id(family_id, 1), "refused"),
        (house.contact_id(family_id, 2), "sent"),
    ]
    assert house.invitation(event_id, family_id).invited_at is not None


def test_tags_are_replaced_by_what_is_written(house: House) -> None:
    family_id = house.family(1)

    def tags() -> set[str]:
        rows = house.all(select(family_tags).where(family_tags.c.family_id == family_id))
        return {row.tag for row in rows}

    with house.database.write() as db:
        assert set_tags(db, family_id, "Bénévole, parent  relais;bénévole") == (
            "bénévole",
            "parent relais",
        )
    assert tags() == {"bénévole", "parent relais"}
    with house.database.write() as db:
        set_tags(db, family_id, "transport, bénévole")
    assert tags() == {"bénévole", "transport"}
    with house.database.write() as db:
        for written, said in (("x" * 41, "trop longue"), (",".join("abcdefghijklm"), "trop d'")):
            with pytest.raises(Rejected, match=said):
                set_tags(db, family_id, written)
        set_tags(db, family_id, " ")
    assert tags() == set()
