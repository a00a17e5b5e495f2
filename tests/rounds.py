"""Rounds of meetings for tests: Mme Roy keeps moments free in the first week of December."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

from sqlalchemy import Row, select

from bot.events import Wording
from bot.meetings import NewRound, NewSlot, open_round
from bot.storage.tables import events, slots
from tests.house import House

HOST = "Mme Roy"
FIRST = date(2026, 12, 1)  # a Tuesday
SECOND = date(2026, 12, 3)
MOMENTS = tuple(NewSlot(on, time(17, minute), 30) for on in (FIRST, SECOND) for minute in (0, 30))


def new_round(house: House, families: Sequence[int], **changes: Any) -> NewRound:
    """Four moments on two days; the first message leaves on Tuesday 17 November at ten."""
    new = NewRound(
        centre_id=house.centre(),
        host=HOST,
        place="Bureau du premier",
        on=date(2026, 11, 17),
        at=time(10),
        families=families,
        slots=MOMENTS,
        wordings={"fr": Wording("Parlons de votre enfant"), "ar": Wording("لنتحدث عن طفلكم")},
    )
    return replace(new, **changes)


def arrange_round(house: House, families: Sequence[int], **changes: Any) -> int:
    """Open such a round; give its id."""
    new = new_round(house, families, **changes)
    with house.database.write() as db:
        return open_round(db, new, house.clock())


def slots_of(house: House, campaign_id: int) -> Sequence[Row[Any]]:
    """The moments of a round, soonest first."""
    query = select(slots).where(slots.c.campaign_id == campaign_id).order_by(slots.c.starts_at)
    return house.all(query)


def meetings_of(house: House, campaign_id: int) -> Sequence[Row[Any]]:
    """The meetings that a round has made, oldest first."""
    query = select(events).where(events.c.campaign_id == campaign_id).order_by(events.c.id)
    return house.all(query)
