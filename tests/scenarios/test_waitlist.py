"""A place is freed, offered, refused, offered to the next and taken; nobody counts a Sunday."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from bot.storage.tables import offers
from scheduler.jobs import serve_lists
from tests.house import SMS, House, phone

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)  # 18:30 in Paris, an hour before the end


async def full_event(house: House, invited_at: datetime, **changes: Any) -> tuple[int, list[int]]:
    """Two places: the first of three families holds them, the others wait."""
    families = house.families(3)
    event_id = house.event(**changes)
    house.centre(sms_can_receive=True)
    await house.live_until(invited_at)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    await house.drain()
    return event_id, families


async def jobs(house: House) -> None:
    """What runs every few seconds."""
    await serve_lists(house.carnet.works)
    await house.drain()
    await serve_lists(house.carnet.works)


async def test_freed_place_is_offered_refused_offered_to_the_next_and_taken(house: House) -> None:
    event_id, (first, second, third) = await full_event(
        house, datetime(2026, 11, 21, 10, tzinfo=UTC), seats=2
    )
    assert house.texts(SMS, phone(2))[-1] == (
        "Atelier écrans : c'est complet. Votre famille est sur la liste d'attente. "
        "Nous vous écrirons si une place se libère."
    )
    house.clock.set(MONDAY)
    house.hear(SMS, phone(0), "finalement non")
    await jobs(house)
    assert house.invitation(event_id, first).rsvp == "no"
    assert house.texts(SMS, phone(1))[-1] == (
        "2 places sont libres pour vous : Atelier écrans, samedi 28 novembre à 18h. "
        "Les prenez-vous ?\n1 Je prends\n2 Non merci"
    )
    assert "libres" not in house.texts(SMS, phone(2))[-1]

    house.hear(SMS, phone(1), "2")
    await jobs(house)
    assert house.invitation(event_id, second).rsvp == "no"
    assert "2 places sont libres pour vous" in house.texts(SMS, phone(2))[-1]

    house.hear(SMS, phone(2), "je prends")
    house.hear(SMS, phone(2), "oui")  # twice is as good as once
    await jobs(house)
    kept = house.invitation(event_id, third)
    assert (kept.seat, kept.adults, kept.children, kept.party) == ("held", 1, 1, 2)
    assert house.texts(SMS, phone(2))[-1].startswith("C'est noté : 2 personnes.")
    found = house.all(select(offers).order_by(offers.c.id))
    assert [one.outcome for one in found] == ["declined", "taken"]


async def test_offer_over_a_week_end_counts_only_hours_at_which_we_may_write(house: House) -> None:
    """Twelve of them: an hour on Friday, ten and a half on Saturday, the rest on Monday."""
    event_id, (_, second, third) = await full_event(
        house,
        datetime(2026, 11, 25, 10, tzinfo=UTC),
        kind="outing",
        on=date(2026, 12, 5),
        seats=2,
    )
    house.clock.set(FRIDAY)
    house.hear(SMS, phone(0), "non")
    await jobs(house)
    (offer,) = house.all(select(offers))
    until = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)  # Monday, 09:30 in Paris
    assert (offer.family_id, offer.told_at, offer.expires_at) == (second, FRIDAY, until)

    house.clock.set(datetime(2026, 11, 30, 8, 29, tzinfo=UTC))
    await jobs(house)
    assert house.row(step="offer").family_id == second
    house.clock.set(until)
    await jobs(house)
    assert [row.family_id for row in house.outbox(step="offer")] == [second, third]

    house.clock.later(hours=1)
    house.hear(SMS, phone(1), "1")  # late: the place has gone on, the turn is kept
    await house.drain()
    assert house.texts(SMS, phone(1))[-1] == (
        "La place est allée à une autre famille : Atelier écrans. "
        "Vous restez sur la liste d'attente."
    )
    assert house.invitation(event_id, second).seat == "waiting"
    house.hear(SMS, phone(2), "non")
    await jobs(house)
    last = house.outbox(step="offer")[-1]
    assert (last.family_id, len(house.outbox(step="offer"))) == (second, 3)
