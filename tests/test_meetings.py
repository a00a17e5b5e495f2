"""Rounds of meetings: what is free, who takes it, what becomes of it; never two in one moment."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
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
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from bot.calendars import Diary, Entry, Left
from bot.changes import Changes, change_event
from bot.errors import Rejected
from bot.events import Wording, cancel_event, record_attendance
from bot.meetings import (
    AGAIN_AFTER,
    MOVED_BUT_TAKEN,
    NewSlot,
    add_slots,
    cancel_round,
    every,
    import_slots,
    offer_again,
    put,
    take_back,
    withdraw_slot,
)
from bot.storage.database import Database
from bot.storage.tables import campaign_families, campaigns, events, invitations, slots, steps
from bot.taking import Taker, give_back, take
from tests.house import MONDAY, Clock, House, open_house
from tests.rounds import FIRST, HOST, MOMENTS, SECOND, arrange_round, meetings_of, slots_of


def write(house: House, service: Callable[[Connection], Any]) -> Any:
    with house.database.write() as db:
        return service(db)


def taken(house: House, campaign_id: int, slot_id: int, family_id: int) -> int | None:
    done: int | None = write(
        house, lambda db: take(db, campaign_id, slot_id, Taker(family_id), house.clock())
    )
    return done


def free(house: House, campaign_id: int) -> list[int]:
    return [
        row.id
        for row in slots_of(house, campaign_id)
        if row.family_id is None and row.withdrawn_at is None
    ]


# -- opening --------------------------------------------------------------------------------------


def test_moments_of_a_day_stand_one_after_the_other_and_end_in_time() -> None:
    made = every([SECOND, FIRST, FIRST], time(14), time(15, 45), 30)
    assert [(one.on, one.at) for one in made] == [
        (on, at) for on in (FIRST, SECOND) for at in (time(14), time(14, 30), time(15))
    ]


@pytest.mark.parametrize(
    ("first", "until", "minutes"),
    [(time(15), time(14), 30), (time(14), time(14, 20), 30), (time(14), time(18), 0)],
)
def test_moments_that_do_not_fit_are_refused(first: time, until: time, minutes: int) -> None:
    with pytest.raises(Rejected):
        every([FIRST], first, until, minutes)


def test_round_keeps_its_moments_its_families_and_its_plan(house: House) -> None:
    families = house.families(2)
    campaign_id = arrange_round(house, families)
    row = house.one(select(campaigns))
    assert (row.kind, row.host, row.ends_on) == ("meetings", HOST, SECOND)
    assert [(one.on, one.at) for one in slots_of(house, campaign_id)] == [
        (one.on, one.at) for one in MOMENTS
    ]
    asked = house.all(select(campaign_families.c.family_id))
    assert [one.family_id for one in asked] == families
    planned = house.all(select(steps.c.name).where(steps.c.campaign_id == campaign_id))
    assert [one.name for one in planned] == ["slots", "slots_nudge"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"host": " "}, "avec qui"),
        ({"host": "x" * 81}, "80 signes"),
        ({"place": ""}, "lieu"),
        ({"wordings": {}}, "titre"),
        ({"wordings": {"fr": Wording("Bonjour", "x" * 401)}}, "400"),
        ({"families": ()}, "famille"),
        ({"families": (999,)}, "centre"),
        ({"slots": ()}, "moment"),
        ({"on": date(2026, 11, 2)}, "passée"),
        ({"on": date(2026, 12, 24)}, "dernier jour"),
        ({"slots": (*MOMENTS, NewSlot(date(2026, 11, 3), time(9), 30))}, "passée"),
        ({"slots": (NewSlot(FIRST, time(9), 1),)}, "minutes"),
        ({"slots": (NewSlot(FIRST, time(9), 60), NewSlot(FIRST, time(9, 30), 30))}, "chevauche"),
        ({"slots": (NewSlot(FIRST, time(9), 60), NewSlot(FIRST, time(9), 60))}, "deux fois"),
    ],
)
def test_round_that_cannot_be_is_refused_and_leaves_nothing(
    house: House, changes: dict[str, Any], says: str
) -> None:
    families = house.families(1)
    with pytest.raises(Rejected, match=says):
        arrange_round(house, changes.pop("families", families), **changes)
    assert house.all(select(campaigns)) == []
    assert house.all(select(slots)) == []


def test_same_person_is_never_in_two_places(house: House) -> None:
    families = house.families(1)
    arrange_round(house, families)
    overlapping = (NewSlot(FIRST, time(17, 15), 30),)
    with pytest.raises(Rejected, match="chevauche"):
        arrange_round(house, families, host=" mme  ROY ", slots=overlapping)
    arrange_round(house, families, host="M. Diallo", slots=overlapping)


def test_more_moments_are_kept_and_messages_may_leave_until_the_last(house: House) -> None:
    campaign_id = arrange_round(house, house.families(1))
    later = NewSlot(SECOND + timedelta(days=7), time(9), 45)
    assert write(house, lambda db: add_slots(db, campaign_id, [later], MONDAY)) == 1
    assert house.one(select(campaigns.c.ends_on)).ends_on == later.on
    with pytest.raises(Rejected, match="chevauche"):
        write(house, lambda db: add_slots(db, campaign_id, [later], MONDAY))


# -- taking, moving, giving back ------------------------------------------------------------------


def test_moment_taken_becomes_a_meeting_of_one_family_that_comes(house: House) -> None:
    [family, _] = house.families(2)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    event_id = taken(house, campaign_id, slot.id, family)
    assert event_id is not None
    event = house.one(select(events))
    assert (event.kind, event.on, event.at, event.place) == (
        "meeting", FIRST, time(17), "Bureau du premier",
    )  # fmt: skip
    invitation = house.one(select(invitations))
    assert (invitation.family_id, invitation.rsvp, invitation.seat) == (family, "yes", "held")
    assert invitation.invited_at is not None
    names = house.all(select(steps.c.name).where(steps.c.event_id == event_id))
    assert {one.name for one in names} == {"reminder", "morning", "survey", "absence"}
    assert house.one(select(campaign_families)).answered_at == MONDAY


def test_moment_of_another_family_is_not_taken(house: House) -> None:
    first, second = house.families(2)
    campaign_id = arrange_round(house, [first, second])
    slot = slots_of(house, campaign_id)[0]
    assert taken(house, campaign_id, slot.id, first) is not None
    assert taken(house, campaign_id, slot.id, second) is None
    assert len(meetings_of(house, campaign_id)) == 1


def test_moving_keeps_the_meeting_and_frees_the_old_moment(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    old, new, *_ = slots_of(house, campaign_id)
    event_id = taken(house, campaign_id, old.id, family)
    assert taken(house, campaign_id, new.id, family) == event_id
    [event] = meetings_of(house, campaign_id)
    assert (event.at, event.version, event.status) == (time(17, 30), 2, "planned")
    assert old.id in free(house, campaign_id)
    assert house.outbox() == []


def test_moving_to_what_is_taken_keeps_the_moment_that_one_has(house: House) -> None:
    first, second = house.families(2)
    campaign_id = arrange_round(house, [first, second])
    one, other, *_ = slots_of(house, campaign_id)
    taken(house, campaign_id, one.id, first)
    taken(house, campaign_id, other.id, second)
    assert taken(house, campaign_id, one.id, second) is None
    mine = house.one(select(slots).where(slots.c.family_id == second))
    assert mine.id == other.id


def test_giving_back_frees_the_moment_and_calls_the_meeting_off_without_a_word(
    house: House,
) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    taken(house, campaign_id, slot.id, family)
    assert write(house, lambda db: give_back(db, campaign_id, Taker(family), MONDAY))
    assert slot.id in free(house, campaign_id)
    [event] = meetings_of(house, campaign_id)
    assert event.status == "cancelled"
    assert house.invitation(event.id, family).rsvp == "no"
    assert house.outbox() == []


def test_database_itself_refuses_a_second_moment_for_a_family(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    with pytest.raises(IntegrityError), house.database.write() as db:
        db.execute(update(slots).where(slots.c.campaign_id == campaign_id).values(family_id=family))


def test_staff_put_a_family_on_a_moment_and_take_it_back(house: House) -> None:
    asked, phoned = house.families(2)
    campaign_id = arrange_round(house, [asked])
    slot = slots_of(house, campaign_id)[0]
    write(house, lambda db: put(db, house.carnet.reach, campaign_id, slot.id, phoned, MONDAY))
    with pytest.raises(Rejected, match="plus libre"):
        write(house, lambda db: put(db, house.carnet.reach, campaign_id, slot.id, asked, MONDAY))
    write(house, lambda db: take_back(db, campaign_id, phoned, MONDAY))
    with pytest.raises(Rejected, match="pas de moment"):
        write(house, lambda db: take_back(db, campaign_id, phoned, MONDAY))
    write(house, lambda db: put(db, house.carnet.reach, campaign_id, slot.id, asked, MONDAY))
    elsewhere, reach = house.family(9, centre="Le Port"), house.carnet.reach
    with pytest.raises(Rejected, match="centre"):
        write(house, lambda db: put(db, reach, campaign_id, slot.id, elsewhere, MONDAY))


# -- what does not take place ---------------------------------------------------------------------


def test_free_moment_is_withdrawn_quietly_and_may_be_kept_again(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    reach = house.carnet.reach
    assert write(house, lambda db: withdraw_slot(db, reach, campaign_id, slot.id, MONDAY)) == 0
    assert taken(house, campaign_id, slot.id, family) is None
    with pytest.raises(Rejected, match="déjà retiré"):
        write(house, lambda db: withdraw_slot(db, reach, campaign_id, slot.id, MONDAY))
    write(house, lambda db: add_slots(db, campaign_id, [MOMENTS[0]], MONDAY))
    assert taken(house, campaign_id, slot.id, family) is not None


@pytest.mark.parametrize("way", ["moment", "meeting", "round"])
async def test_meeting_that_we_cancel_is_told_and_nobody_else_gets_its_moment(
    house: House, way: str
) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    slot = slots_of(house, campaign_id)[0]
    event_id = taken(house, campaign_id, slot.id, family)
    assert event_id is not None
    reach, now = house.carnet.reach, house.clock()
    ways = {
        "moment": lambda db: withdraw_slot(db, reach, campaign_id, slot.id, now),
        "meeting": lambda db: cancel_event(db, reach, event_id, now),
        "round": lambda db: cancel_round(db, reach, campaign_id, now),
    }
    assert write(house, ways[way]) == 1
    await house.drain()
    assert house.row(step="cancelled").state == "sent"
    assert slot.id not in free(house, campaign_id)
    assert [one.status for one in meetings_of(house, campaign_id)] == ["cancelled"]


def test_cancelled_round_takes_no_more_answers(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    reach = house.carnet.reach
    write(house, lambda db: cancel_round(db, reach, campaign_id, MONDAY))
    assert taken(house, campaign_id, slots_of(house, campaign_id)[0].id, family) is None
    with pytest.raises(Rejected, match="annulée"):
        write(house, lambda db: cancel_round(db, reach, campaign_id, MONDAY))


def test_meeting_of_a_round_changes_its_hour_with_its_moment_only(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    event_id = taken(house, campaign_id, slots_of(house, campaign_id)[0].id, family)
    assert event_id is not None
    later, elsewhere = Changes(at=time(18)), Changes(place="Salle 3")
    reach = house.carnet.reach
    with pytest.raises(Rejected, match="série"):
        write(house, lambda db: change_event(db, reach, event_id, later, MONDAY))
    write(house, lambda db: change_event(db, reach, event_id, elsewhere, MONDAY))


# -- calendar files -------------------------------------------------------------------------------


def entry(uid: str, on: date, at: time, minutes: int = 30) -> Entry:
    return Entry(uid, on, at, minutes)


A, B = entry("a", date(2026, 12, 8), time(9)), entry("b", date(2026, 12, 8), time(10))


def imported(house: House, campaign_id: int, *entries: Entry, left: tuple[Left, ...] = ()) -> Any:
    diary = Diary(entries, left)
    return write(house, lambda db: import_slots(db, campaign_id, diary, house.clock()))


def test_same_file_again_adds_nothing(house: House) -> None:
    campaign_id = arrange_round(house, house.families(1))
    first = imported(house, campaign_id, A, B)
    again = imported(house, campaign_id, A, B)
    assert (first.added, first.moved, first.unchanged) == (2, 0, 0)
    assert (again.added, again.moved, again.unchanged) == (0, 0, 2)
    assert len(slots_of(house, campaign_id)) == len(MOMENTS) + 2


def test_entry_that_moved_moves_its_free_moment(house: House) -> None:
    campaign_id = arrange_round(house, house.families(1))
    imported(house, campaign_id, A, B)
    done = imported(house, campaign_id, entry("a", A.on, time(10)), entry("b", B.on, time(9)))
    assert (done.added, done.moved, done.left) == (0, 2, ())
    standing = [row for row in slots_of(house, campaign_id) if row.uid and not row.withdrawn_at]
    assert [(row.uid, row.at) for row in standing] == [("b", time(9)), ("a", time(10))]


def test_entry_of_a_taken_moment_does_not_move(house: House) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    imported(house, campaign_id, A)
    slot = slots_of(house, campaign_id)[-1]
    taken(house, campaign_id, slot.id, family)
    done = imported(house, campaign_id, entry("a", A.on, time(15)))
    assert (done.moved, [one.why for one in done.left]) == (0, [MOVED_BUT_TAKEN])
    assert slots_of(house, campaign_id)[-1].at == time(9)


def test_what_overlaps_is_reported_and_the_rest_is_taken(house: House) -> None:
    campaign_id = arrange_round(house, house.families(1))
    before = Left("Absence, 05/12/2026", "journée entière")
    clash = entry("x", FIRST, time(17, 15))
    done = imported(house, campaign_id, A, clash, left=(before,))
    assert done.added == 1
    assert done.left == (
        before,
        Left("mardi 1er décembre à 17h15", f"chevauche un autre moment de {HOST}"),
    )


# -- once more ------------------------------------------------------------------------------------

LATER = MONDAY + timedelta(days=1) + AGAIN_AFTER


def offered(house: House) -> list[str]:
    write(house, lambda db: offer_again(db, house.carnet.reach, house.clock()))
    return [row.key for row in house.outbox(step="slots_again")]


async def declined(house: House) -> tuple[int, int]:
    """A family that said no when it was asked."""
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    write(house, lambda db: give_back(db, campaign_id, Taker(family), house.clock()))
    return campaign_id, family


async def test_after_a_no_moments_are_offered_once_more_some_days_later(house: House) -> None:
    campaign_id, _ = await declined(house)
    house.clock.set(LATER - timedelta(minutes=1))
    assert offered(house) == []
    house.clock.set(LATER)
    assert len(offered(house)) == 1
    house.clock.set(LATER + timedelta(days=1))  # nothing leaves on a Sunday
    await house.drain()
    assert house.row(step="slots_again").state == "sent"
    assert house.one(select(campaign_families)).answered_at is None
    house.clock.set(LATER + timedelta(days=6))
    write(house, lambda db: add_slots(db, campaign_id, [NewSlot(date(2026, 12, 18), time(9), 30)],
                                      house.clock()))  # fmt: skip
    assert len(offered(house)) == 1


async def test_without_a_free_moment_nothing_is_offered(house: House) -> None:
    campaign_id, _ = await declined(house)
    others = [house.family(number) for number in range(10, 14)]
    for row, other in zip(slots_of(house, campaign_id), others, strict=True):
        with house.database.write() as db:
            put(db, house.carnet.reach, campaign_id, row.id, other, MONDAY)
    house.clock.set(LATER)
    assert offered(house) == []


@pytest.mark.parametrize(
    ("came", "offers"), [(False, 1), (True, 0), (None, 0)], ids=["absent", "came", "not noted"]
)
async def test_after_an_absence_moments_are_offered_once_more(
    house: House, came: bool | None, offers: int
) -> None:
    [family] = house.families(1)
    campaign_id = arrange_round(house, [family])
    far = NewSlot(FIRST + timedelta(days=14), time(9), 30)
    write(house, lambda db: add_slots(db, campaign_id, [far], MONDAY))
    event_id = taken(house, campaign_id, slots_of(house, campaign_id)[0].id, family)
    assert event_id is not None
    house.clock.set(datetime(2026, 12, 2, 9, tzinfo=UTC))
    if came is not None:
        write(house, lambda db: record_attendance(db, event_id, {family: came}, house.clock()))
    house.clock.set(datetime(2026, 12, 7, 9, tzinfo=UTC))
    assert len(offered(house)) == offers
    if came is False:
        slot = slots_of(house, campaign_id)[-1]
        second = taken(house, campaign_id, slot.id, family)
        assert second not in (None, event_id)
        assert house.invitation(event_id, family).attended is False


async def test_list_waits_for_a_free_moment_and_then_leaves(house: House) -> None:
    asked, other = house.families(2)
    campaign_id = arrange_round(house, [asked], slots=MOMENTS[:1])
    slot = slots_of(house, campaign_id)[0]
    write(house, lambda db: put(db, house.carnet.reach, campaign_id, slot.id, other, MONDAY))
    house.clock.set(MONDAY + timedelta(days=1))
    await house.tick()
    assert house.row(step="slots", family_id=asked).reason == "no_moment"
    held = house.row(step="slots", family_id=other)  # news of their moment has left that day
    assert (held.state, held.reason) == ("waiting", "cap")
    write(house, lambda db: take_back(db, campaign_id, other, house.clock()))
    offered(house)
    await house.drain()
    assert house.row(step="slots", family_id=asked).state == "sent"


async def test_family_that_has_a_moment_is_offered_none(house: House) -> None:
    asked, other = house.families(2)
    campaign_id = arrange_round(house, [asked])
    slot = slots_of(house, campaign_id)[0]
    write(house, lambda db: put(db, house.carnet.reach, campaign_id, slot.id, other, MONDAY))
    for days in (1, 2):  # the first day is that of the news of their moment
        house.clock.set(MONDAY + timedelta(days=days))
        await house.tick()
    refused = house.row(step="slots", family_id=other)
    assert (refused.state, refused.reason, refused.sent_at) == ("refused", "answered", None)
    assert house.row(step="slots", family_id=asked).state == "sent"


# -- many at once ---------------------------------------------------------------------------------


def test_fifty_families_at_once_never_share_a_moment(house: House) -> None:
    families = house.families(50)
    ten = every([FIRST], time(9), time(14), 30)
    campaign_id = arrange_round(house, families, slots=ten)
    ids = [row.id for row in slots_of(house, campaign_id)]
    url = house.database.url
    doors = [Database(url, durable=False) for _ in range(2)]  # two processes' worth of writers
    ready = threading.Barrier(len(families))
    won: list[tuple[int, int]] = []
    broke: list[BaseException] = []

    def rush(place: int, family_id: int) -> None:
        database = doors[place % len(doors)]
        ready.wait()
        try:
            for step in range(len(ids)):
                slot_id = ids[(place + step) % len(ids)]
                with database.write() as db:
                    if take(db, campaign_id, slot_id, Taker(family_id), MONDAY) is not None:
                        won.append((slot_id, family_id))
                        return
        except BaseException as error:  # noqa: BLE001 - shown by the test
            broke.append(error)

    threads = [
        threading.Thread(target=rush, args=(place, one)) for place, one in enumerate(families)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for door in doors:
        door.close()
    assert broke == []
    assert len(won) == len(ids)
    assert len({slot for slot, _ in won}) == len({family for _, family in won}) == len(ids)
    stored = {(row.id, row.family_id) for row in slots_of(house, campaign_id)}
    assert stored == set(won)
    assert len(meetings_of(house, campaign_id)) == len(ids)


class Rounds(RuleBasedStateMachine):
    """Takes, moves, gives back, withdraws and adds, in any order."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="carnet-"))
        shutil.copy(self.template, self.folder / "carnet.db")
        self.database = Database(f"sqlite:///{self.folder / 'carnet.db'}", durable=False)
        self.clock = Clock(MONDAY)
        self.house = open_house(self.database, self.clock, self.folder)
        self.families = self.house.families(4)
        self.round = arrange_round(self.house, self.families)
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder)

    @rule(family=st.integers(0, 3), place=st.integers(0, 9), by_hand=st.booleans())
    def takes(self, family: int, place: int, by_hand: bool) -> None:
        rows = slots_of(self.house, self.round)
        row, who = rows[place % len(rows)], self.families[family]
        may = row.withdrawn_at is None and row.family_id in (None, who)
        with self.database.write() as db:
            if by_hand and may:
                put(db, self.house.carnet.reach, self.round, row.id, who, MONDAY)
            else:
                done = take(db, self.round, row.id, Taker(who), MONDAY)
                assert (done is not None) == may

    @rule(family=st.integers(0, 3))
    def gives_back(self, family: int) -> None:
        with self.database.write() as db:
            give_back(db, self.round, Taker(self.families[family]), MONDAY)

    @rule(place=st.integers(0, 9))
    def withdraws(self, place: int) -> None:
        rows = slots_of(self.house, self.round)
        row = rows[place % len(rows)]
        if row.withdrawn_at is None:
            with self.database.write() as db:
                withdraw_slot(db, self.house.carnet.reach, self.round, row.id, MONDAY)

    @rule(again=st.booleans(), place=st.integers(0, 3))
    def adds(self, again: bool, place: int) -> None:
        self.number += 1
        new = NewSlot(FIRST + timedelta(days=10 + self.number), time(9), 30)
        standing = {
            one.starts_at for one in slots_of(self.house, self.round) if not one.withdrawn_at
        }
        old = MOMENTS[place]
        free_again = not any(at.day == old.on.day and at.minute == old.at.minute for at in standing)
        with self.database.write() as db:
            add_slots(db, self.round, [old if again and free_again else new], MONDAY)

    @invariant()
    def nobody_shares(self) -> None:
        if not hasattr(self, "round"):
            return
        rows = slots_of(self.house, self.round)
        holders = Counter(row.family_id for row in rows if row.family_id is not None)
        assert all(count == 1 for count in holders.values())
        coming = [one for one in meetings_of(self.house, self.round) if one.status == "planned"]
        assert {one.id for one in coming} == {row.event_id for row in rows if row.family_id}
        for row in rows:
            if row.family_id is not None:
                [event] = [one for one in coming if one.id == row.event_id]
                assert (event.on, event.at, event.starts_at) == (row.on, row.at, row.starts_at)
                assert row.withdrawn_at is None
                answer = self.house.invitation(event.id, row.family_id)
                assert answer.rsvp == "yes"


def test_no_sequence_gives_a_moment_to_two_families_or_a_family_two(empty_file: Path) -> None:
    Rounds.template = empty_file
    run_state_machine_as_test(
        Rounds,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
