"""Gatherings: what may be planned, who is invited, who hears of a cancellation, who came."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import Rejected
from bot.events import NewEvent, Wording, add_event, cancel_event, record_attendance
from bot.plans import default_steps
from bot.storage.tables import (
    addresses,
    contacts,
    event_texts,
    events,
    families,
    invitations,
    steps,
)
from tests.house import SMS, House, guardian, phone, roster_row, states

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
TITLE = {"fr": Wording("Atelier écrans")}


def new(house: House, **changes: Any) -> NewEvent:
    values: dict[str, Any] = {
        "kind": "workshop",
        "centre_id": changes.get("centre_id") or house.centre(),
        "on": date(2026, 11, 28),
        "at": time(18),
        "place": "Maison de quartier",
        "wordings": TITLE,
    }
    return NewEvent(**values | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "party"}, "Le type doit être l'un de : workshop, outing, meeting."),
        ({"wordings": {}}, "Le titre manque."),
        ({"wordings": {"fr": Wording("  ")}}, "Le titre manque."),
        ({"wordings": {"ar": Wording("ورشة")}}, "Le titre manque."),
        ({"wordings": TITLE | {"tr": Wording("")}}, "Chaque traduction a besoin d'un titre."),
        ({"wordings": {"fr": Wording("t" * 121)}}, "Le titre tient en 120 signes"),
        ({"wordings": {"fr": Wording("t", "n" * 401)}}, "les informations pratiques en 400"),
        ({"place": " "}, "Le lieu manque"),
        ({"seats": 0}, "Le nombre de places doit être 1 ou plus"),
        ({"centre_id": 99}, "Ce centre n'existe pas."),
        ({"on": date(2026, 11, 15)}, "Cette date est passée."),
        ({"on": date(2026, 11, 16), "at": time(10)}, "Cette date est passée."),
        ({"families": ()}, "Choisissez au moins une famille."),
        ({"families": (99,)}, "n'est pas, ou n'est plus, dans ce centre"),
        ({"audience": ()}, "Aucune famille ne correspond"),
        ({"audience": (99,)}, "Aucune famille ne correspond"),
    ],
)
def test_incomplete_event_is_refused_in_french_and_nothing_is_written(
    house: House, changes: dict[str, Any], words: str
) -> None:
    house.family(0)
    with pytest.raises(Rejected, match=words), house.database.write() as db:
        add_event(db, new(house, **changes), house.clock())
    assert house.all(select(events)) == house.all(select(invitations)) == []


def test_an_audience_may_hold_families_of_other_centres_and_nobody_joins_it_later(
    house: House,
) -> None:
    here, gone, unasked = house.families(3)
    event_centre = house.centre()
    elsewhere = house.family(3, centre="Le Port")
    with house.database.write() as db:
        db.execute(update(families).where(families.c.id == gone).values(left_on=date(2026, 11, 1)))
        wanted = new(house, centre_id=event_centre, audience=(elsewhere, here, gone, here))
        event_id = add_event(db, wanted, house.clock())
    house.family(4)
    rows = house.all(select(invitations).where(invitations.c.event_id == event_id))
    assert {row.family_id for row in rows} == {here, elsewhere}
    assert unasked not in {row.family_id for row in rows}
    assert not house.one(select(events).where(events.c.id == event_id)).for_everyone


def test_hour_is_kept_as_the_wall_clock_of_the_centre(house: House) -> None:
    house.family(0)
    house.centre(time_zone="Indian/Reunion")
    house.event()
    row = house.one(select(events))
    assert (row.on, row.at, row.time_zone) == (date(2026, 11, 28), time(18), "Indian/Reunion")
    assert row.starts_at == datetime(2026, 11, 28, 14, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["workshop", "outing", "meeting"])
def test_default_steps_of_the_kind_are_written_with_the_event(house: House, kind: str) -> None:
    house.family(0)
    house.event(kind=kind)
    written = [(row.name, row.days, row.at) for row in house.all(select(steps))]
    assert written == [(step.name, step.days, step.at) for step in default_steps(kind)]
    assert len(written) >= 4


def test_texts_are_kept_in_every_language_with_their_original(house: House) -> None:
    house.family(0)
    house.event(wordings={"fr": Wording("Écrans", "Goûter offert"), "ar": Wording("الشاشات")})
    rows = house.all(select(event_texts).order_by(event_texts.c.language))
    assert [(row.language, row.original, row.title, row.notes) for row in rows] == [
        ("ar", False, "الشاشات", ""),
        ("fr", True, "Écrans", "Goûter offert"),
    ]


def test_everyone_of_the_centre_is_invited_and_nobody_else(house: House) -> None:
    here = house.families(3)
    tilleuls = house.centre()
    house.enrol(roster_row(9, centre="Le Port"))
    with house.database.write() as db:
        gone = update(families).where(families.c.id == here[2])
        db.execute(gone.values(left_on=date(2026, 11, 1)))
    with house.database.write() as db:
        add_event(db, new(house, centre_id=tilleuls), house.clock())
    assert {row.family_id for row in house.all(select(invitations))} == set(here[:2])


def test_chosen_families_are_invited_and_newcomers_are_not(house: House) -> None:
    chosen = house.families(3)[1:]
    event_id = house.event(families=tuple(chosen))
    house.family(5)
    assert {row.family_id for row in house.all(select(invitations))} == set(chosen)
    assert house.one(select(events).where(events.c.id == event_id)).for_everyone is False


# -- cancelling -----------------------------------------------------------------------------------


def cancel(house: House, event_id: int) -> int:
    with house.database.write() as db:
        return cancel_event(db, house.carnet.reach, event_id, house.clock())


async def test_cancelling_tells_who_knows_and_has_not_declined_and_nobody_else(
    house: House,
) -> None:
    house.families(5)
    event_id = house.event()
    other = house.event(title="Autre", families=(house.family_id("F04"),))
    house.clock.set(INVITED_AT)
    await house.tick()
    for number, text in enumerate(("oui, 1 adulte et 1 enfant", "non", "peut-être")):
        house.hear(SMS, phone(number), text)
    late = house.family(7)  # invited, not yet written to
    await house.drain()
    house.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert cancel(house, event_id) == 4
    before = len(house.phones[SMS].taken)
    await house.drain()
    told = {one.to.value for one in house.phones[SMS].taken[before:]}
    assert told == {phone(number) for number in (0, 2, 3, 4)}
    await house.live_until(datetime(2026, 12, 6, 9, tzinfo=UTC))
    after = [row for row in house.outbox(event_id=event_id) if row.sent_at]
    assert {row.step for row in after if row.sent_at > INVITED_AT} <= {"cancelled", "turn"}
    assert house.outbox(event_id=event_id, family_id=late) == []
    assert {row.step for row in house.outbox(event_id=other, state="sent")} >= {"invitation"}


async def test_what_waits_is_withdrawn_and_says_why(house: House) -> None:
    house.family(0)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    event_id = house.event()
    house.plan()
    assert cancel(house, event_id) == 0
    assert states(house.outbox()) == [("invitation", "refused", "event_cancelled")]


async def test_family_that_cannot_be_told_is_shown_for_a_call(house: House) -> None:
    house.families(2)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "STOP")
    house.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert cancel(house, event_id) == 1
    unreached = house.row(step="cancelled", state="refused")
    assert (unreached.family_id, unreached.reason) == (house.family_id("F00"), "stopped")


async def test_cancellation_goes_to_a_guardian_who_can_be_reached(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    with house.database.write() as db:
        db.execute(update(contacts).values(introduced_at=INVITED_AT))
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    with house.database.write() as db:
        dead = update(addresses).where(addresses.c.value == phone(0))
        db.execute(dead.values(dead_reason="address_dead"))
    house.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert cancel(house, event_id) == 1
    await house.drain()
    assert "est annulé" in house.texts(SMS, phone(1))[-1]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 28, 17, tzinfo=UTC), "déjà eu lieu"),
        (datetime(2026, 11, 20, 9, tzinfo=UTC), "déjà annulé"),
    ],
)
def test_what_is_over_or_cancelled_cannot_be_cancelled(
    house: House, at: datetime, words: str
) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(at)
    if words == "déjà annulé":
        cancel(house, event_id)
    with pytest.raises(Rejected, match=words):
        cancel(house, event_id)


# -- attendance -----------------------------------------------------------------------------------


def tick(house: House, event_id: int, **came: bool) -> int:
    marks = {house.family_id(reference): present for reference, present in came.items()}
    with house.database.write() as db:
        return record_attendance(db, event_id, marks, house.clock())


@pytest.mark.parametrize(
    ("zone", "now", "allowed"),
    [
        ("Europe/Paris", datetime(2026, 11, 27, 22, 59, tzinfo=UTC), False),
        ("Europe/Paris", datetime(2026, 11, 27, 23, 0, tzinfo=UTC), True),
        ("Indian/Reunion", datetime(2026, 11, 27, 19, 59, tzinfo=UTC), False),
        ("Indian/Reunion", datetime(2026, 11, 27, 20, 0, tzinfo=UTC), True),
    ],
)
def test_attendance_is_recorded_from_the_day_itself_on_where_the_centre_is(
    house: House, zone: str, now: datetime, *, allowed: bool
) -> None:
    house.family(0)
    house.centre(time_zone=zone)
    event_id = house.event()
    house.clock.set(now)
    if allowed:
        assert tick(house, event_id, F00=True) == 1
    else:
        with pytest.raises(Rejected, match="le jour même ou après"):
            tick(house, event_id, F00=True)


def test_attendance_can_be_corrected_and_counts_only_what_changed(house: House) -> None:
    house.families(2)
    event_id = house.event()
    house.clock.set(datetime(2026, 11, 28, 20, tzinfo=UTC))
    assert tick(house, event_id, F00=True, F01=False) == 2
    assert tick(house, event_id, F00=True, F01=True) == 1
    assert [row.attended for row in house.all(select(invitations))] == [True, True]


def test_who_comes_without_an_invitation_is_added_and_who_does_not_is_not(house: House) -> None:
    chosen, guest, other = house.families(3)
    event_id = house.event(families=(chosen,))
    house.clock.set(datetime(2026, 11, 28, 20, tzinfo=UTC))
    assert tick(house, event_id, F01=True, F02=False) == 1
    assert house.invitation(event_id, guest).attended
    assert [row.family_id for row in house.all(select(invitations))] == [chosen, guest]
    assert other not in {row.family_id for row in house.all(select(invitations))}


def test_cancelled_event_has_no_attendance(house: House) -> None:
    house.family(0)
    event_id = house.event()
    cancel(house, event_id)
    house.clock.set(datetime(2026, 11, 28, 20, tzinfo=UTC))
    with pytest.raises(Rejected, match="est annulé"):
        tick(house, event_id, F00=True)


def test_unknown_event_is_refused(house: House) -> None:
    house.family(0)
    with pytest.raises(Rejected, match="n'existe pas"):
        tick(house, 99, F00=True)
    with pytest.raises(Rejected, match="n'existe pas"):
        cancel(house, 99)


def test_family_of_another_centre_cannot_be_chosen(house: House) -> None:
    house.family(0)
    here = house.centre()
    house.enrol(roster_row(9, centre="Le Port"))
    meeting = new(house, centre_id=here, kind="meeting", families=(house.family_id("F09"),))
    with pytest.raises(Rejected, match="dans ce centre"), house.database.write() as db:
        add_event(db, meeting, house.clock())


@pytest.mark.parametrize(
    ("on", "at", "words"),
    [
        (date(9999, 12, 31), time(18), "trop lointaine"),
        (date(2027, 3, 28), time(2, 30), "heure d'été"),
    ],
    ids=["a slip of the finger", "the hour that the clocks skip"],
)
def test_a_moment_that_cannot_be_is_refused(house: House, on: date, at: time, words: str) -> None:
    house.family(1)
    with pytest.raises(Rejected, match=words):
        house.event(on, at)
