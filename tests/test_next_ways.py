"""Each reason, over one, two and three ways: each is tried once, and one task is what is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Row, insert, select

from bot.errors import AddressDead, SendError, SendRefused
from bot.messages import ChannelName, DeliveryState, Shape
from bot.storage.database import Database
from bot.storage.tables import (
    addresses,
    contact_addresses,
    conversations,
    earlier_tries,
    tasks,
)
from scheduler.jobs import try_other_channels
from tests.house import SHAPES, SMS, WHATSAPP, Clock, House, open_house, phone

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday, 10:00 in Paris
WAYS = ((WHATSAPP, phone(0)), (SMS, phone(0)), (WHATSAPP, phone(50)))  # the first in front
WINDOW = {**SHAPES, WHATSAPP: Shape(buttons=3, window=True)}

Happens = Callable[[House, Row[tuple[object, ...]]], Awaitable[None]]


async def undelivered(house: House, _row: object) -> None:
    """Nobody says that it arrived; for an invitation, a day is waited for before a person."""
    house.clock.later(hours=2)
    await try_other_channels(house.carnet.works)


async def failed(house: House, row: object, code: str) -> None:
    house.receipt(row, DeliveryState.FAILED, code)  # type: ignore[arg-type]


async def blocked(house: House, row: object) -> None:
    await failed(house, row, "30004")


async def dead(house: House, row: object) -> None:
    await failed(house, row, "30005")


async def refused(house: House, row: object) -> None:
    await failed(house, row, "30007")


async def no_window(house: House, row: object) -> None:
    await failed(house, row, "63016")


BY_RECEIPT: dict[str, Happens] = {
    "not delivered": undelivered,
    "blocked": blocked,
    "number dead": dead,
    "refused": refused,
    "window closed": no_window,
}
AT_ONCE: dict[str, Callable[[], SendError]] = {
    "number dead": lambda: AddressDead("no such number", code="21211"),
    "refused": lambda: SendRefused("no", code="30007"),
    "not on WhatsApp": lambda: SendRefused("no", code="63024"),
}


def one_family(house: House, ways: int) -> int:
    """One family with so many ways in a row, invited; give the event."""
    family_id = house.family(0)
    contact_id = house.contact_id(family_id)
    with house.database.write() as db:
        db.execute(contact_addresses.delete())
        db.execute(addresses.delete())
        for rank, (channel, value) in enumerate(WAYS[:ways]):
            made = db.execute(
                insert(addresses).values(channel=channel, value=value, created_at=house.clock())
            ).inserted_primary_key
            assert made is not None
            db.execute(
                insert(contact_addresses).values(
                    contact_id=contact_id, address_id=made[0], rank=rank, source="bound"
                )
            )
    event_id = house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    return event_id


def went(house: House) -> list[tuple[ChannelName, str]]:
    """Where the invitation was taken, in order."""
    places = [(name, one.to.value) for name, phones in house.phones.items() for one in phones.taken]
    return sorted(places, key=WAYS.index)


async def course(house: House, happens: Happens, ways: int) -> None:
    """The same thing happens at each way."""
    for _ in range(ways):
        (row,) = house.outbox(step="invitation")
        await happens(house, row)
        for phones in house.phones.values():
            phones.name += "+"  # each try has its own name at its provider
        await house.drain()


@pytest.mark.parametrize(("why", "ways"), list(product(BY_RECEIPT, (1, 2, 3))))
async def test_each_way_is_tried_once_with_the_same_question_then_a_person_is_told_once(
    house: House, why: str, ways: int
) -> None:
    one_family(house, ways)
    await house.drain()
    (first,) = house.outbox(step="invitation")
    await course(house, BY_RECEIPT[why], ways)
    assert went(house) == list(WAYS[:ways]), "each once"
    (last,) = house.outbox(step="invitation")
    assert (last.key, last.conversation_id) == (first.key, first.conversation_id)
    assert len(house.all(select(conversations).where(conversations.c.flow == "rsvp"))) == 1
    assert len(house.all(select(earlier_tries))) == ways - 1
    for hours in (24, 24, 24):
        house.clock.later(hours=hours)
        await try_other_channels(house.carnet.works)
        await house.drain()
        (task,) = house.all(select(tasks))
        assert (task.reason, task.outbox_id) == ("unreachable", last.id)
    assert went(house) == list(WAYS[:ways])


@pytest.mark.parametrize(("why", "ways"), list(product(AT_ONCE, (1, 2, 3))))
async def test_what_a_provider_does_not_take_goes_on_at_once(
    house: House, why: str, ways: int
) -> None:
    one_family(house, ways)
    for _, value in WAYS[:ways]:
        errors = [AT_ONCE[why]() for _ in range(ways)]
        for phones in house.phones.values():
            phones.fail(value, *errors)
    for _ in range(ways + 3):
        await house.drain()
    tried = [one.to.value for name in (WHATSAPP, SMS) for one in house.phones[name].tried]
    assert len(tried) == ways, "each once"
    assert len(house.all(select(tasks))) == 1


@pytest.mark.parametrize("ways", [2, 3])
async def test_a_window_that_is_closed_is_passed_over(
    database: Database, clock: Clock, tmp_path: Path, ways: int
) -> None:
    house = open_house(database, clock, tmp_path, shapes=WINDOW)
    one_family(house, ways)
    await house.drain()
    assert went(house) == [WAYS[1]], "nothing may leave to a window that is closed"
    await course(house, dead, 1)
    assert went(house) == [WAYS[1]], "the third window is closed too"
    (task,) = house.all(select(tasks))
    (row,) = house.outbox(step="invitation")
    assert (task.outbox_id, row.state) == (row.id, "failed" if ways == 2 else "refused")


@pytest.mark.parametrize(("why", "answers"), list(product(BY_RECEIPT, (0, 1, 2))))
async def test_an_answer_by_any_of_the_ways_closes_the_one_question(
    house: House, why: str, answers: int
) -> None:
    event_id = one_family(house, 3)
    await house.drain()
    await course(house, BY_RECEIPT[why], 2)
    assert len(went(house)) == 3
    channel, value = WAYS[answers]
    house.hear(channel, value, "oui, 2 adultes et 1 enfant")
    await house.drain()
    invitation = house.invitation(event_id, house.family_id("F00"))
    assert (invitation.rsvp, invitation.adults, invitation.children) == ("yes", 2, 1)
    (talk,) = house.all(select(conversations).where(conversations.c.flow == "rsvp"))
    for other, where in WAYS:
        house.hear(other, where, "oui, 2 adultes et 1 enfant")
    await house.drain()
    after = house.invitation(event_id, house.family_id("F00"))
    assert (after.rsvp, after.adults, after.children) == ("yes", 2, 1), "counted once"
    again = house.all(select(conversations).where(conversations.c.flow == "rsvp"))
    assert [one.id for one in again] == [talk.id]
