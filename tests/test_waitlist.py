"""Waiting lists: never more than the places, in order, one offer each, and no loop."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.events import cancel_event
from bot.inbox import write_batch
from bot.messages import Address, InboundMessage
from bot.seats import MAX_PASSED, NoOffer, Standing
from bot.storage import offers as stored
from bot.storage.database import Database
from bot.storage.tables import contacts, conversations, events, inbound, invitations, offers, outbox
from bot.waitlist import WaitingList, serve_waiting_lists, waiting_list
from tests.house import MONDAY, SMS, TELEGRAM, Clock, House, open_house, phone

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
MONDAY_AFTER = datetime(2026, 11, 23, 9, tzinfo=UTC)  # the caps leave room for an offer


async def invited(house: House, count: int, **changes: Any) -> tuple[int, list[int]]:
    """One workshop, its invitations sent; the event and its families."""
    families = house.families(count)
    event_id = house.event(**changes)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(MONDAY_AFTER)
    return event_id, families


def serve(house: House) -> int:
    with house.database.write() as db:
        return serve_waiting_lists(db, house.carnet.reach, house.clock())


def look(house: House, event_id: int) -> WaitingList:
    with house.database.read() as db:
        return waiting_list(db, event_id, house.clock())


def offers_of(house: House, event_id: int) -> Sequence[Row[Any]]:
    return house.all(select(offers).where(offers.c.event_id == event_id).order_by(offers.c.id))


def order(house: House, event_id: int) -> list[int]:
    return [one.family_id for one in look(house, event_id).families]


def reasons(house: House, event_id: int) -> list[Standing]:
    return [one.standing for one in look(house, event_id).families]


# -- offers ---------------------------------------------------------------------------------------


async def test_line_keeps_the_order_in_which_families_came_also_when_their_number_changes(
    house: House,
) -> None:
    event_id, families = await invited(house, 4, seats=2)
    house.hear(SMS, phone(3), "oui, 1 adulte et 1 enfant")
    for number in (2, 0, 1):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    assert order(house, event_id) == [families[2], families[0], families[1]]
    house.hear(SMS, phone(0), "oui, 1 adulte et 0 enfant")
    assert order(house, event_id) == [families[2], families[0], families[1]]


async def test_freed_places_are_offered_once_however_often_the_job_runs(house: House) -> None:
    event_id, families = await invited(house, 3, seats=2)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    assert look(house, event_id).why is NoOffer.NO_ROOM
    house.hear(SMS, phone(0), "non")
    assert look(house, event_id).why is NoOffer.SOON
    assert [serve(house) for _ in range(3)] == [1, 0, 0]
    assert [(one.family_id, one.places, one.live) for one in offers_of(house, event_id)] == [
        (families[1], 2, True)
    ]
    assert reasons(house, event_id) == [Standing.OFFERED, Standing.NO_ROOM]
    assert look(house, event_id).why is None


async def test_offered_places_are_nobody_elses(house: House) -> None:
    event_id, families = await invited(house, 4, seats=2)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    serve(house)
    house.hear(SMS, phone(3), "oui, 1 adulte et 0 enfant")
    assert house.invitation(event_id, families[3]).seat == "waiting"


async def test_newcomer_does_not_jump_a_line_that_could_be_served(house: House) -> None:
    event_id, families = await invited(house, 3, seats=2)
    for number in range(2):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    house.hear(SMS, phone(2), "oui, 1 adulte et 0 enfant")  # before the job has run
    assert house.invitation(event_id, families[2]).seat == "waiting"
    assert order(house, event_id) == families[1:3]


async def test_large_family_is_passed_over_by_smaller_ones_only_so_often(house: House) -> None:
    event_id, families = await invited(house, 7, seats=4)
    house.hear(SMS, phone(0), "oui, 1 adulte et 2 enfants")
    house.hear(SMS, phone(1), "oui, 2 adultes et 2 enfants")  # waits: one place is free
    seats = []
    for number in range(2, 6):
        house.hear(SMS, phone(number), "oui, 1 adulte et 0 enfant")
        seats.append(house.invitation(event_id, families[number]).seat)
        house.hear(SMS, phone(number), "non")
    assert seats == ["held"] * MAX_PASSED + ["waiting"]
    house.hear(SMS, phone(6), "oui, 1 adulte et 0 enfant")
    assert serve(house) == 0
    assert reasons(house, event_id) == [Standing.NO_ROOM, Standing.KEPT]
    assert look(house, event_id).why is NoOffer.KEPT
    house.hear(SMS, phone(0), "non")
    assert serve(house) == 1
    assert reasons(house, event_id) == [Standing.OFFERED, Standing.NO_ROOM]


async def test_family_that_lets_an_offer_pass_is_not_written_to_again_until_it_writes(
    house: House,
) -> None:
    """A list of one would else offer the same places for ever."""
    event_id, families = await invited(house, 2, seats=2)
    for number in range(2):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    before = len(house.texts(SMS, phone(1)))
    while house.clock() < datetime(2026, 11, 27, 18, tzinfo=UTC):
        serve(house)
        await house.drain()
        house.clock.later(hours=1)
    assert len(house.outbox(step="offer")) == 1
    assert len(house.texts(SMS, phone(1))) == before + 2  # the waiting list, and one offer
    assert reasons(house, event_id) == [Standing.NO_ANSWER]
    assert look(house, event_id).why is NoOffer.NOBODY_LEFT
    house.hear(SMS, phone(1), "1")  # late, and the places are still free
    assert house.invitation(event_id, families[1]).seat == "held"


async def test_offers_count_against_the_daily_cap_like_any_message(house: House) -> None:
    _, families = await invited(house, 2, seats=2)
    other = house.event(title="Cuisine", seats=1)
    for number in range(2):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    with house.database.write() as db:
        db.execute(
            update(outbox)
            .where(outbox.c.step == "invitation", outbox.c.family_id == families[1])
            .values(sent_at=house.clock())
        )
    serve(house)
    row = house.row(step="offer")
    assert (row.state, row.reason) == ("waiting", "cap")
    assert row.event_id != other


async def test_who_cannot_be_told_does_not_hold_the_line_up(house: House) -> None:
    event_id, families = await invited(house, 3, seats=2)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    with house.database.write() as db:
        first = house.contact_id(families[1])
        db.execute(update(contacts).where(contacts.c.id == first).values(stopped_at=house.clock()))
    assert serve(house) == 1
    assert reasons(house, event_id) == [Standing.UNREACHABLE, Standing.OFFERED]
    assert serve(house) == 0


async def test_offer_to_a_family_that_leaves_the_list_is_withdrawn_before_it_leaves(
    house: House,
) -> None:
    event_id, families = await invited(house, 3, seats=2)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    serve(house)
    house.hear(SMS, phone(1), "non")
    assert house.row(step="offer").reason == "no_longer_needed"
    assert serve(house) == 1
    assert [(one.family_id, one.outcome) for one in offers_of(house, event_id)] == [
        (families[1], "declined"),
        (families[2], ""),
    ]


async def test_cancelled_event_offers_nothing_and_ends_what_it_has_offered(house: House) -> None:
    event_id, _ = await invited(house, 3, seats=2)
    for number in range(3):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    serve(house)
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, event_id, house.clock())
    assert serve(house) == 0
    assert [(one.live, one.outcome) for one in offers_of(house, event_id)] == [(None, "withdrawn")]


async def test_nothing_is_offered_when_families_would_be_on_their_way(house: House) -> None:
    event_id, _ = await invited(house, 2, seats=2)
    for number in range(2):
        house.hear(SMS, phone(number), "oui, 1 adulte et 1 enfant")
    house.clock.set(datetime(2026, 11, 28, 15, 30, tzinfo=UTC))
    house.hear(SMS, phone(0), "non")
    assert serve(house) == 0
    assert look(house, event_id).why is NoOffer.TOO_LATE


async def test_database_refuses_a_second_live_offer_to_a_family(house: House) -> None:
    event_id, families = await invited(house, 1, seats=2)
    values = {
        "event_id": event_id,
        "family_id": families[0],
        "places": 1,
        "made_at": house.clock(),
        "expires_at": house.clock(),
    }
    with house.database.write() as db:
        stored.insert_offer(db, key="one", **values)
    with house.database.write() as db, pytest.raises(IntegrityError):
        stored.insert_offer(db, key="two", **values)


@pytest.mark.parametrize(
    ("seats_for", "held"), [("total", 2), ("adults", 1), ("children", 3)], ids=str
)
async def test_places_are_counted_as_the_event_says(
    house: House, seats_for: str, held: int
) -> None:
    event_id, families = await invited(house, 2, seats=3, seats_for=seats_for)
    house.hear(SMS, phone(0), "oui, 2 adultes et 0 enfant")
    assert house.invitation(event_id, families[0]).party == {"total": 2, "adults": 2}.get(
        seats_for, 0
    )
    house.hear(SMS, phone(1), f"oui, {4 - held} adultes et {held} enfants")
    seat = house.invitation(event_id, families[1]).seat
    assert seat == {"total": "waiting", "adults": "waiting", "children": "held"}[seats_for]


# -- two hundred at once --------------------------------------------------------------------------


def test_two_hundred_at_once_on_thirty_seats_hold_thirty_and_wait_in_order(
    database_file: Path, clock: Clock, tmp_path: Path
) -> None:
    """Each thread has a connection of its own to one real file."""
    house = open_house(Database(f"sqlite:///{database_file}", durable=False), clock, tmp_path)
    count, threads = 200, 8
    families = [
        house.family(number % 100, family=f"G{number:03d}") for number in range(count)
    ]  # two families share each phone, and have a chat each
    for number, family_id in enumerate(families):
        house.bind(family_id, TELEGRAM, str(7000 + number))
    event_id = house.event(seats=30)
    clock.set(INVITED_AT)
    house.plan()
    with house.database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=clock()))
        db.execute(conversations.update().values(awaiting=True))
    failed: list[Exception] = []
    start = threading.Barrier(threads)

    def answer(mine: list[int]) -> None:
        database = Database(f"sqlite:///{database_file}", durable=False)
        start.wait()
        for number in mine:
            sender = Address(TELEGRAM, str(7000 + number))
            message = InboundMessage(sender, f"yes-{number}", "oui, 1 adulte et 0 enfant")
            with database.write() as db:
                done = write_batch(db, house.carnet.reach, [message, message], clock())
            failed.extend(one.error for one in done if one.error is not None)
        database.close()

    workers = [
        threading.Thread(target=answer, args=(list(range(first, count, threads)),))
        for first in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    held = house.one(
        select(func.sum(invitations.c.party).label("places")).where(
            invitations.c.event_id == event_id, invitations.c.seat == "held"
        )
    )
    waiting = order(house, event_id)
    heard = _order_of_arrival(house)
    house.database.close()
    assert failed == []
    assert sorted(heard) == sorted(families)
    assert held.places == 30
    assert waiting == heard[30:]


def _order_of_arrival(house: House) -> list[int]:
    """The families in the order in which their messages were committed."""
    rows = house.all(
        select(contacts.c.family_id)
        .join(inbound, inbound.c.contact_id == contacts.c.id)
        .order_by(inbound.c.id)
    )
    return [row.family_id for row in rows]


# -- whatever families do -------------------------------------------------------------------------

FAMILIES = 7
SEATS = 6


class Line(RuleBasedStateMachine):
    """Families answer, change their mind and fall silent; time passes; the job runs."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.log: list[tuple[str, Any]] = []

    @initialize()
    def begin(self) -> None:
        self.house, self.event_id = _open(self.template, self.folder)

    @rule(number=st.integers(0, FAMILIES - 1), adults=st.integers(1, 3), children=st.integers(0, 4))
    def comes(self, number: int, adults: int, children: int) -> None:
        self._does("hear", (number, f"oui, {adults} adultes et {children} enfants"))

    @rule(number=st.integers(0, FAMILIES - 1))
    def declines(self, number: int) -> None:
        self._does("hear", (number, "non"))

    @rule(number=st.integers(0, FAMILIES - 1))
    def says_yes(self, number: int) -> None:
        self._does("hear", (number, "oui"))

    @rule()
    def the_job_runs(self) -> None:
        self._does("serve", None)

    @rule(hours=st.sampled_from([1, 5, 14]))
    def time_passes(self, hours: int) -> None:
        self._does("later", hours)

    def _does(self, what: str, argument: Any) -> None:
        self.log.append((what, argument))
        _do(self.house, what, argument)

    @invariant()
    def no_place_is_given_twice(self) -> None:
        if not hasattr(self, "house"):
            return
        taken = self.house.one(
            select(func.coalesce(func.sum(invitations.c.party), 0).label("places")).where(
                invitations.c.event_id == self.event_id, invitations.c.seat == "held"
            )
        ).places
        live = [one for one in offers_of(self.house, self.event_id) if one.live]
        assert taken + sum(one.places for one in live) <= SEATS
        assert len({one.family_id for one in live}) == len(live)

    @invariant()
    def nobody_is_passed_over_too_often(self) -> None:
        if hasattr(self, "house"):
            line = look(self.house, self.event_id).families
            assert all(one.passed <= MAX_PASSED for one in line)

    @invariant()
    def only_those_who_wait_have_an_offer_and_one_at_a_time_without_a_word(self) -> None:
        if not hasattr(self, "house"):
            return
        waiting = set(order(self.house, self.event_id))
        found = offers_of(self.house, self.event_id)
        assert {one.family_id for one in found if one.live} <= waiting

    def teardown(self) -> None:
        """The same answers in the same order give the same list."""
        if hasattr(self, "house"):
            again = self.folder / "again"
            again.mkdir()
            house, event_id = _open(self.template, again)
            for what, argument in self.log:
                _do(house, what, argument)
            assert look(house, event_id) == look(self.house, self.event_id)
            house.database.close()
            self.house.database.close()
        shutil.rmtree(self.folder)


def _open(template: Path, folder: Path) -> tuple[House, int]:
    file = Path(shutil.copy(template, folder / "carnet.db"))
    database = Database(f"sqlite:///{file}", durable=False)
    house = open_house(database, Clock(MONDAY_AFTER), folder)
    return house, int(house.one(select(events.c.id)).id)


def _do(house: House, what: str, argument: Any) -> None:
    if what == "hear":
        number, text = argument
        house.hear(SMS, phone(number), text)
    elif what == "later":
        house.clock.later(hours=argument)
    else:
        serve(house)
        with house.database.write() as db:  # what may leave at this hour leaves
            db.execute(
                update(outbox)
                .where(outbox.c.state == "waiting", outbox.c.next_attempt_at <= house.clock())
                .values(state="sent", sent_at=house.clock())
            )


def test_whatever_families_do_the_line_is_just(house: House, database_file: Path) -> None:
    house.families(FAMILIES)
    house.event(datetime(2026, 12, 12, tzinfo=UTC).date(), seats=SEATS)
    house.clock.set(datetime(2026, 12, 5, 9, tzinfo=UTC))
    house.plan()
    with house.database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=MONDAY))
        db.execute(conversations.update().values(awaiting=True))
    house.database.close()
    Line.template = database_file
    run_state_machine_as_test(
        Line,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=timedelta(seconds=20),
            suppress_health_check=list(HealthCheck),
        ),
    )
