"""A week's places are kept for the reminders of what a family comes to, before they are decided."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from bot.changes import Changes, change_event
from bot.gate import Hours
from bot.messages import Purpose
from bot.plans import default_steps, due_at, leaves_at
from bot.reach import YIELDING, load_facts
from bot.storage.database import AloneDatabase
from bot.storage.tables import centres, contacts, families, invitations
from bot.wallclock import local
from scheduler.rehearsal import Line, Outcome, rehearse
from tests.house import MONDAY, Clock, House, guardian, open_house, roster_row
from tests.scheduler.test_state import add_campaign

PARIS = "Europe/Paris"
TODAY = MONDAY.date()
DAY = timedelta(days=1)
SATURDAY = date(2026, 11, 21)  # its reminders: Thursday at 18:00 and Saturday at 9:00
WEDNESDAY = date(2026, 11, 18)


def november(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant, as a clock in Paris shows it."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def comes(house: House, family: int, on: date, at: time = time(18), answer: str = "yes") -> int:
    """An event to which a family has said that it comes."""
    event_id = house.event(on, at, families=(family,), title="Goûter")
    with house.database.write() as db:
        db.execute(
            update(invitations)
            .where(invitations.c.event_id == event_id)
            .values(rsvp=answer, rsvp_at=MONDAY, invited_at=MONDAY, party=2)
        )
    return event_id


async def foretold(house: House, end: datetime) -> list[tuple[str, datetime]]:
    """What leaves until an instant, as the rehearsal has it: step and when, in order."""
    found = await rehearse(house.database, house.carnet.reach, MONDAY, end)
    return [(one.step, one.at) for one in found.lines if one.outcome is Outcome.SENT]


def announced(house: House, family: int, *days: int, last: int = 30) -> None:
    """Announcements for a family, each on its day of November at 10:00."""
    for day in days:
        on = date(2026, 11, day)
        homes = {family: house.centre()}
        add_campaign(house, homes, on=on, at=time(10), ends_on=date(2026, 11, last))


async def test_three_announcements_before_a_reminder_leave_its_place(house: House) -> None:
    family = house.family(0)
    comes(house, family, SATURDAY)
    announced(house, family, 16, 17, 18)
    assert await foretold(house, november(28, 12)) == [
        ("announcement", november(16, 10)),
        ("reminder", november(19, 18)),
        ("morning", november(21, 9)),
        ("announcement", november(23, 9)),
        ("announcement", november(26, 9)),
    ]


async def test_no_place_is_kept_for_who_does_not_come(house: House) -> None:
    family = house.family(0)
    comes(house, family, SATURDAY, answer="no")
    announced(house, family, 16, 17, 18)
    assert await foretold(house, november(18, 12)) == [
        ("announcement", november(16, 10)),
        ("announcement", november(17, 10)),
        ("announcement", november(18, 10)),
    ]


async def test_no_place_is_kept_for_who_waits_for_a_seat(house: House) -> None:
    family = house.family(0)
    comes(house, family, SATURDAY)
    with house.database.write() as db:
        db.execute(update(invitations).values(seat="waiting", waiting_number=1))
    announced(house, family, 16, 17, 18)
    assert len(await foretold(house, november(18, 12))) == 3


async def test_two_reminders_of_one_day_keep_one_place(house: House) -> None:
    """They leave in one message."""
    family = house.family(0)
    comes(house, family, SATURDAY, time(14))
    comes(house, family, SATURDAY, time(18))
    announced(house, family, 16)
    announced(house, family, 17)
    assert await foretold(house, november(22, 12)) == [
        ("announcement", november(16, 10)),
        ("reminder", november(19, 18)),
        ("reminder", november(19, 18)),
        ("morning", november(21, 9)),
        ("morning", november(21, 9)),
    ]


@pytest.mark.parametrize(
    ("wishes", "places"),
    [
        ({}, (2, 0)),
        ({"first_rank": 2}, (0, 2)),
        ({"both_guardians": True}, (2, 2)),
        ({"stopped_at": MONDAY}, (0, 2)),
        ({"no_contact": True}, (0, 2)),
    ],
    ids=["the first", "whom they want", "both", "not who stopped", "not who may not be written to"],
)
def test_the_place_is_kept_for_whom_the_household_has_told(
    house: House, wishes: dict[str, Any], places: tuple[int, int]
) -> None:
    family = house.family(0, guardians=(guardian(0), guardian(1)))
    comes(house, family, SATURDAY)
    first, second = (house.contact_id(family, rank) for rank in (1, 2))
    table = contacts if wishes.keys() & {"stopped_at", "no_contact"} else families
    key = table.c.id == (first if table is contacts else family)
    with house.database.write() as db:
        if wishes:
            db.execute(update(table).where(key).values(**wishes))
        facts = load_facts(
            db, house.carnet.reach, [first, second], [house.centre()], MONDAY, purposes=YIELDING
        )
    found = tuple(len(facts.waiting.get(one, ())) for one in (first, second))
    assert found == places


def test_the_place_on_a_shared_phone_is_one_for_all_on_it(house: House) -> None:
    """Two families there come to one gathering: one of them is reminded, for both."""
    families_there = [house.family(0), house.family(1, guardians=(guardian(0),))]
    neighbour = house.family(2, guardians=(guardian(0),))
    event_id = house.event(SATURDAY, families=tuple(families_there))
    with house.database.write() as db:
        come = {"rsvp": "yes", "rsvp_at": MONDAY, "invited_at": MONDAY}
        db.execute(update(invitations).where(invitations.c.event_id == event_id).values(**come))
        whose = house.contact_id(neighbour)
        facts = load_facts(db, house.carnet.reach, [whose], [house.centre()], MONDAY)
    assert [one.at for one in facts.waiting[whose]] == [november(19, 18), november(21, 9)]


async def test_what_was_decided_is_not_foreseen_beside_it(house: House) -> None:
    family = house.family(0)
    comes(house, family, WEDNESDAY)  # reminded today at 18:00
    house.plan()
    whose = house.contact_id(family)
    with house.database.read() as db:
        facts = load_facts(db, house.carnet.reach, [whose], [house.centre()], MONDAY)
    found = [one.at for one in facts.waiting[whose] if one.purpose is Purpose.REMINDER]
    assert found == [november(16, 18), november(18, 9)]


# -- the caps of a centre -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caps", "days"),
    [
        ((1, 3), [16, 17, 18, 23]),
        ((1, 2), [16, 17, 23, 24]),
        ((1, 4), [16, 17, 18, 19]),
        ((2, 4), [16, 16, 17, 17]),
        ((4, 4), [16, 16, 16, 16]),
    ],
)
async def test_a_centre_sets_its_caps(house: House, caps: tuple[int, int], days: list[int]) -> None:
    family = house.family(0)
    house.centre(daily_cap=caps[0], weekly_cap=caps[1])
    announced(house, family, 16, 16, 16, 16)
    assert [at.day for _, at in await foretold(house, november(25, 12))] == days


async def test_the_stricter_caps_hold_where_two_centres_write_to_one_family(house: House) -> None:
    """What the other centre may send does not cost this one its reminders."""
    family = house.family(0)
    comes(house, family, SATURDAY)
    row = {"opens_at": time(9), "closes_at": time(19, 30), "quiet_days": [7], "created_at": MONDAY}
    with house.database.write() as db:
        made = db.execute(
            insert(centres).values(name="Les Lilas", daily_cap=2, weekly_cap=6, **row)
        ).inserted_primary_key
    assert made is not None
    for day in (16, 17, 19):
        on = date(2026, 11, day)
        add_campaign(house, {family: made[0]}, on=on, at=time(10), ends_on=on + 12 * DAY)
    assert await foretold(house, november(24, 12)) == [
        ("announcement", november(16, 10)),
        ("reminder", november(19, 18)),
        ("morning", november(21, 9)),
        ("announcement", november(23, 9)),
        ("announcement", november(23, 9)),
    ]


# -- why ------------------------------------------------------------------------------------------


async def test_what_the_cap_held_back_until_it_was_too_late_says_so(house: House) -> None:
    family = house.family(0)
    comes(house, family, SATURDAY)
    announced(house, family, 16)
    announced(house, family, 17, last=21)
    found = await rehearse(house.database, house.carnet.reach, MONDAY, november(22, 12))
    announcements = [one for one in found.lines if one.step == "announcement"]
    assert [(one.outcome, one.reason) for one in announcements] == [
        (Outcome.SENT, ""),
        (Outcome.REFUSED, "cap"),
    ]


async def test_an_invitation_that_the_cap_held_back_is_sent_for_the_new_date(house: House) -> None:
    family = house.family(0)
    comes(house, family, WEDNESDAY)
    comes(house, family, SATURDAY)
    invited = house.event(date(2026, 11, 20), time(9, 30), families=(family,), title="Lecture")
    await house.tick()
    rows = house.outbox(event_id=invited)
    assert [(row.step, row.state, row.reason) for row in rows] == [("invitation", "refused", "cap")]
    with house.database.write() as db:
        changes = Changes(on=date(2026, 12, 12))
        change_event(db, house.carnet.reach, invited, changes, house.clock())
    house.clock.set(datetime(2026, 12, 5, 9, tzinfo=UTC))  # a week before
    await house.tick()
    states = [row.state for row in house.outbox(event_id=invited, step="invitation")]
    assert states == ["refused", "sent"]


# -- whatever a fortnight brings ------------------------------------------------------------------

END = MONDAY + 15 * DAY
STARTS = st.sampled_from([time(8, 30), time(10), time(14), time(18), time(20)])
EVENTS = st.tuples(st.integers(2, 13), STARTS)


@dataclass(frozen=True, slots=True)
class Fortnight:
    """Two families, perhaps on one phone; what they come to, and all that else is planned."""

    both: bool  # the first wants two guardians told
    shared: bool  # the second is reached on the first one's phone
    caps: tuple[int, int]
    coming: Sequence[tuple[int, tuple[int, time], str]]  # whose, when, answer
    asked: Sequence[tuple[int, time]]  # events that neither has answered
    told: Sequence[tuple[str, int]]  # campaigns

    @property
    def phones(self) -> dict[tuple[str, int | None], int]:
        """The phone of each guardian, by family and rank."""
        return {("F00", 1): 0, ("F00", 2): 1, ("F01", 1): 0 if self.shared else 2}


fortnights = st.builds(
    Fortnight,
    both=st.booleans(),
    shared=st.booleans(),
    caps=st.sampled_from([(1, 3), (1, 3), (1, 2), (2, 3), (2, 5)]),
    coming=st.lists(
        st.tuples(st.integers(0, 1), EVENTS, st.sampled_from(["yes", "maybe"])),
        min_size=1,
        max_size=3,
    ),
    asked=st.lists(EVENTS, max_size=3),
    told=st.lists(
        st.tuples(st.sampled_from(["announcement", "wave"]), st.integers(0, 10)),
        min_size=1,
        max_size=4,
    ),
)


@contextmanager
def a_house(empty_file: Path) -> Iterator[House]:
    """A Carnet of its own."""
    folder = Path(tempfile.mkdtemp())
    file = shutil.copy(empty_file, folder / "carnet.db")
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    try:
        yield open_house(database, Clock(MONDAY), folder)
    finally:
        database.close()
        shutil.rmtree(folder)


def furnish(house: House, fortnight: Fortnight) -> None:
    """Write it all down."""
    shared = fortnight.phones["F01", 1]
    house.enrol(
        roster_row(0, guardians=(guardian(0), guardian(1))),
        roster_row(1, guardians=(guardian(shared),)),
    )
    house.centre(daily_cap=fortnight.caps[0], weekly_cap=fortnight.caps[1])
    ids = [house.family_id("F00"), house.family_id("F01")]
    with house.database.write() as db:
        db.execute(update(contacts).values(introduced_at=MONDAY))
        wishing = update(families).where(families.c.id == ids[0])
        db.execute(wishing.values(both_guardians=fortnight.both))
    for whose, (days, at), answer in fortnight.coming:
        comes(house, ids[whose], TODAY + days * DAY, at, answer)
    for days, at in fortnight.asked:
        house.event(TODAY + days * DAY, at, families=tuple(ids), title="Lecture")
    homes = dict.fromkeys(ids, house.centre())
    for kind, days in fortnight.told:
        on = TODAY + days * DAY
        add_campaign(house, homes, kind=kind, on=on, at=time(10), ends_on=on + 6 * DAY)


def missed(line: Line, starts: tuple[date, time]) -> datetime | None:
    """The hour at which this reminder was to leave, where the cap kept it from leaving by then."""
    step = next(one for one in default_steps("workshop") if one.name == line.step)
    hours = Hours(PARIS)
    due = due_at(step, *starts, hours)
    expected = leaves_at(due, *starts, hours)
    late = line.outcome is not Outcome.REFUSED and expected is not None and line.at > expected
    return expected if late or line.reason == "cap" else None


@settings(max_examples=20, deadline=None)
@given(fortnight=fortnights)
def test_no_reminder_gives_its_place_to_what_is_less_urgent(
    fortnight: Fortnight, empty_file: Path
) -> None:
    """It leaves at its hour, save where the reminders on that phone alone exceed the caps."""
    with a_house(empty_file) as house:
        furnish(house, fortnight)
        lines = asyncio.run(rehearse(house.database, house.carnet.reach, MONDAY, END)).lines
    per_day, per_week = fortnight.caps
    starts = {
        number: (TODAY + days * DAY, at)
        for number, (_, (days, at), _) in enumerate(fortnight.coming, start=1)
    }
    reminders = [one for one in lines if one.purpose == "reminder"]
    messages = {
        (one.family, one.parent, one.at) for one in reminders if one.outcome is Outcome.SENT
    }
    for line in reminders:
        assert line.event_id is not None
        expected = missed(line, starts[line.event_id])
        if expected is None:
            continue
        there = fortnight.phones[line.family, line.parent]
        on = local(expected, PARIS).date()
        days = [
            local(at, PARIS).date()
            for family, parent, at in messages
            if fortnight.phones[family, parent] == there and at <= expected
        ]
        alone = days.count(on) >= per_day or sum(on - 6 * DAY <= one for one in days) >= per_week
        assert alone, (line.key, line.outcome, line.reason, line.at, expected)
