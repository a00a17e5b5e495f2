"""Two siblings in two centres, two guardians on one phone: one SMS about one thing, never two."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import campaigns
from bot.audience import Filter, dump_filter
from bot.enrolment import import_families
from bot.events import NewEvent, Wording, add_event
from bot.roster.rows import read_roster
from bot.storage.audience import members
from bot.storage.tables import centres, contact_addresses, contacts, invitations
from tests.house import SMS, House, phone

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
INVITED_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ON = date(2026, 11, 30)

HEADINGS = (
    "Famille;Centre;Prénom enfant;Parent 1;Langue 1;Téléphone 1;Parent 2;Langue 2;Téléphone 2"
)
ONE_FAMILY = (
    "DIA;Les Tilleuls;Awa;Mariam;français;06 39 98 00 01;Bakary;français;06 39 98 00 01",
    "DIA;Les Cèdres;Issa;Mariam;français;06 39 98 00 01;Bakary;français;06 39 98 00 01",
)
TWO_FAMILIES = (
    "DIA;Les Tilleuls;Awa;Mariam;français;06 39 98 00 01;;;",
    "SOW;Les Tilleuls;Issa;Bakary;français;06 39 98 00 01;;;",
)


def imported(house: House, folder: Path, lines: tuple[str, ...]) -> dict[str, int]:
    """Import a roster as a French Excel saves it; give the centres by name."""
    file = folder / "familles.csv"
    file.write_bytes("\r\n".join([HEADINGS, *lines]).encode("cp1252"))
    roster = read_roster(file)
    assert roster.errors == ()
    with house.database.write() as db:
        import_families(db, roster.rows, house.clock())
    return {row.name: row.id for row in house.all(select(centres))}


def known(house: House) -> None:
    """Everybody has been told before who writes."""
    with house.database.write() as db:
        db.execute(update(contacts).values(introduced_at=house.clock()))


def invite(house: House, centre_id: int) -> int:
    """One workshop of one centre."""
    words = {"fr": Wording("Atelier écrans")}
    with house.database.write() as db:
        new = NewEvent("workshop", centre_id, ON, time(18), "Salle bleue", words)
        return add_event(db, new, house.clock())


def announce(house: House) -> int:
    """One announcement to every family of the network."""
    on = date(2026, 11, 17)
    with house.database.write() as db:
        everyone = members(db, Filter(), house.clock(), None)
        words = {"fr": campaigns.Wording("Les centres ferment vendredi", "Revenez lundi.")}
        new = campaigns.NewCampaign(
            "announcement", on, time(10), campaigns.last_day("announcement", on), everyone,
            wordings=words, audience=dump_filter(Filter()),
        )  # fmt: skip
        return campaigns.add_campaign(db, new, house.clock())


def heard(house: House) -> list[str]:
    return house.texts(SMS, phone(1))


async def test_family_of_two_centres_hears_once_of_an_event(house: House, tmp_path: Path) -> None:
    places = imported(house, tmp_path, ONE_FAMILY)
    known(house)
    assert len(house.all(select(contacts))) == 2
    assert len({row.address_id for row in house.all(select(contact_addresses))}) == 1
    event_id = invite(house, places["Les Tilleuls"])
    await house.live_until(INVITED_AT + timedelta(hours=2))
    assert len(heard(house)) == 1
    assert len(house.outbox(event_id=event_id)) == 1


async def test_nudge_does_not_look_for_the_other_guardian_on_the_same_phone(
    house: House, tmp_path: Path
) -> None:
    places = imported(house, tmp_path, ONE_FAMILY)
    known(house)
    event_id = invite(house, places["Les Tilleuls"])
    await house.live_until(datetime(2026, 11, 27, 20, tzinfo=UTC))
    steps = [(row.step, row.contact_id) for row in house.outbox(event_id=event_id)]
    first = house.contact_id(house.family_id("DIA"))
    assert steps == [("invitation", first), ("nudge", first)]
    assert len(heard(house)) == 2


async def test_family_of_two_centres_is_welcomed_once(house: House, tmp_path: Path) -> None:
    imported(house, tmp_path, ONE_FAMILY)
    await house.live_until(INVITED_AT)
    assert [row.step for row in house.outbox()] == ["welcome"]
    assert len(heard(house)) == 1


async def test_announcement_to_both_centres_reaches_the_phone_once(
    house: House, tmp_path: Path
) -> None:
    imported(house, tmp_path, ONE_FAMILY)
    known(house)
    announce(house)
    await house.live_until(INVITED_AT)
    assert len(heard(house)) == 1


@pytest.mark.parametrize("text", ["oui, 1 adulte et 1 enfant", "non"])
async def test_answer_from_the_shared_phone_is_the_familys(
    house: House, tmp_path: Path, text: str
) -> None:
    places = imported(house, tmp_path, ONE_FAMILY)
    known(house)
    event_id = invite(house, places["Les Tilleuls"])
    await house.live_until(INVITED_AT)
    house.hear(SMS, phone(1), text)
    said = house.one(select(invitations).where(invitations.c.event_id == event_id))
    assert said.rsvp == ("yes" if text.startswith("oui") else "no")


# -- enrolled as two families ---------------------------------------------------------------------


async def test_two_families_on_one_phone_hear_once_of_the_same_event(
    house: House, tmp_path: Path
) -> None:
    places = imported(house, tmp_path, TWO_FAMILIES)
    known(house)
    event_id = invite(house, places["Les Tilleuls"])
    await house.live_until(INVITED_AT + timedelta(hours=2))
    assert len(heard(house)) == 1
    rows = house.outbox(event_id=event_id)
    assert sorted((row.state, row.reason) for row in rows) == [
        ("refused", "shared_phone"),
        ("sent", ""),
    ]


async def test_two_families_on_one_phone_hear_once_of_the_same_announcement(
    house: House, tmp_path: Path
) -> None:
    imported(house, tmp_path, TWO_FAMILIES)
    known(house)
    campaign_id = announce(house)
    await house.live_until(INVITED_AT)
    assert len(heard(house)) == 1
    rows = house.outbox(campaign_id=campaign_id)
    assert sorted((row.state, row.reason) for row in rows) == [
        ("refused", "shared_phone"),
        ("sent", ""),
    ]


async def test_nobody_answers_for_who_was_erased(house: House, tmp_path: Path) -> None:
    """The other family on that phone writes; what was asked of the erased stays as it was."""
    places = imported(house, tmp_path, TWO_FAMILIES)
    known(house)
    event_id = invite(house, places["Les Tilleuls"])
    await house.live_until(INVITED_AT + timedelta(hours=2))
    told = house.row(event_id=event_id, state="sent")
    with house.database.write() as db:
        gone = update(contacts).where(contacts.c.id == told.contact_id)
        db.execute(gone.values(erased_at=house.clock()))
    house.hear(SMS, phone(1), "non")
    assert house.invitation(event_id, told.family_id).rsvp is None
