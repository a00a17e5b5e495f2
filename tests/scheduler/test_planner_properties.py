"""What holds for every plan, whatever the events, the families and the moment.

Worlds live on whole hours in zones with whole offsets, so that an hourly look misses no window.
"""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.households import Guardian
from bot.messages import NOTHING, About, Purpose, unaddressed
from bot.plans import Condition, Intent, PlannedStep, default_steps
from bot.wallclock import local
from scheduler.planner import (
    SHARED_PHONE,
    Household,
    Newcomer,
    State,
    Subject,
    _timetable,
    plan,
    timetable,
    upcoming,
)
from tests.scheduler.audience import (
    MARTINIQUE,
    PARIS,
    REUNION,
    campaign,
    gathering,
    household,
    utc,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FIRST = utc("2026-10-23 00:00")  # the autumn change lies within
LAST = FIRST + timedelta(days=4)

instants = st.integers(-72, 96).map(lambda hours: FIRST + hours * HOUR)
moments = st.integers(0, 96 * 60).map(lambda minutes: FIRST + minutes * MINUTE)
hours = st.integers(4, 23).map(time)

# a busy machine is slow, not wrong
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def guardians(draw: st.DrawFn, family_id: int) -> tuple[Guardian, ...]:
    addresses = st.lists(st.integers(1, 4), max_size=2, unique=True).map(tuple)
    return tuple(
        Guardian(family_id * 10 + rank, rank, draw(addresses))
        for rank in draw(st.permutations(range(1, draw(st.integers(1, 3)) + 1)))
    )


@st.composite
def households(draw: st.DrawFn, family_id: int) -> Household:
    rsvp = draw(st.sampled_from([None, None, "yes", "maybe", "no"]))
    return household(
        family_id=family_id,
        guardians=draw(guardians(family_id)),
        invited_at=draw(st.none() | instants),
        rsvp=rsvp,
        rsvp_at=draw(st.none() | instants) if rsvp else None,
        attended=draw(st.sampled_from([None, False, True])),
        joined_at=draw(instants),
        asked_why_at=draw(st.none() | instants),
        both=draw(st.booleans()),
    )


steps = st.builds(
    PlannedStep,
    name=st.sampled_from(["invitation", "nudge", "reminder", "morning", "survey", "extra"]),
    purpose=st.sampled_from([Purpose.INVITATION, Purpose.REMINDER, Purpose.SURVEY]),
    days=st.integers(-4, 3),
    at=hours,
    condition=st.sampled_from(Condition),
    late_hours=st.none() | st.integers(1, 60),
    hours=st.none() | st.none() | st.integers(-48, 24),
    morning=st.sampled_from([False, False, True]),
)
plans = st.sampled_from(["workshop", "outing", "meeting", "wave", "announcement"]).map(
    default_steps
) | (st.lists(steps, max_size=5, unique_by=lambda step: step.name).map(tuple))


@st.composite
def gatherings(draw: st.DrawFn, event_id: int) -> Subject:
    return gathering(
        *(draw(households(family_id)) for family_id in range(1, draw(st.integers(0, 3)) + 1)),
        event_id=event_id,
        version=draw(st.integers(1, 3)),
        cancelled=draw(st.sampled_from([False, False, False, True])),
        on=FIRST.date() + timedelta(days=draw(st.integers(-3, 8))),
        at=draw(hours),
        zone=draw(st.sampled_from([PARIS, REUNION, MARTINIQUE])),
        created_at=draw(instants),
        steps=draw(plans),
        changed_at=draw(st.none() | instants),
    )


@st.composite
def campaigns(draw: st.DrawFn, campaign_id: int) -> tuple[Subject, ...]:
    """One campaign in one or two centres, each with its own families."""
    on, at = FIRST.date() + timedelta(days=draw(st.integers(-3, 4))), draw(hours)
    planned, version = draw(plans), draw(st.integers(1, 2))
    cancelled = draw(st.sampled_from([False, False, False, True]))
    ends_on, created_at = on + timedelta(days=draw(st.integers(0, 5))), draw(instants)
    audiences = draw(st.sampled_from([((1, 2, 3),), ((1, 3), (2,)), ((2,), (1, 4))]))
    return tuple(
        campaign(
            *(draw(households(family_id)) for family_id in audience),
            campaign_id=campaign_id,
            centre_id=centre_id,
            version=version,
            cancelled=cancelled,
            on=on,
            at=at,
            ends_on=ends_on,
            zone=draw(st.sampled_from([PARIS, REUNION, MARTINIQUE])),
            created_at=created_at,
            steps=planned,
        )
        for centre_id, audience in enumerate(audiences, start=3)
    )


@st.composite
def worlds(draw: st.DrawFn) -> State:
    events = tuple(draw(gatherings(event_id)) for event_id in range(1, draw(st.integers(0, 2)) + 1))
    others = tuple(
        one for number in range(1, draw(st.integers(0, 2)) + 1) for one in draw(campaigns(number))
    )
    newcomers = tuple(
        Newcomer(family_id * 10 + 1, family_id, 3, PARIS, draw(instants))
        for family_id in draw(st.sets(st.integers(1, 4)))
    )
    return State(events + others, newcomers, frozenset())


def wait(state: State, start: datetime, end: datetime, every: timedelta) -> list[Intent]:
    """Plan again and again; what is due leaves at its hour, and nobody answers."""
    left: list[Intent] = []
    now = start
    while now <= end:
        intents = plan(state, now)
        if intents:
            left += intents
            state = after(state, intents, now)
        now += every
    return left


Place = tuple[str, int]  # a step, and the address at which somebody is told


def placed(state: State, intents: Iterable[Intent]) -> list[tuple[Intent, Place]]:
    """The intents for who is within reach, and where."""
    reached = {
        (subject.about, subject.centre_id, guardian.contact_id): guardian.address_ids
        for subject in state.subjects
        for family in subject.households
        for guardian in family.guardians
    }
    found = []
    for intent in intents:
        addresses = reached.get((intent.about, intent.centre_id, intent.contact_id), ())
        if addresses:
            found.append((intent, (unaddressed(intent.key), addresses[0])))
    return found


def leaving(state: State, intents: Iterable[Intent]) -> list[Place]:
    """Where each step really leaves for."""
    return [place for intent, place in placed(state, intents) if not intent.refusal]


def after(state: State, intents: Iterable[Intent], now: datetime) -> State:
    """The state once these messages have left, each at its hour."""
    intents = tuple(intents)
    written_to = {intent.contact_id for intent in intents}
    sent = {
        (intent.about, intent.family_id, intent.step): max(now, intent.due_at)
        for intent in intents
        if not intent.refusal
    }

    def asked(subject: Subject, family: Household) -> Household:
        told = [
            sent[about]
            for step in subject.steps
            if step.condition is Condition.INVITED
            and (about := (subject.about, family.family_id, step.name)) in sent
        ]
        return replace(family, invited_at=family.invited_at or min(told, default=None))

    return State(
        subjects=tuple(
            replace(one, households=tuple(asked(one, family) for family in one.households))
            for one in state.subjects
        ),
        newcomers=tuple(
            newcomer for newcomer in state.newcomers if newcomer.contact_id not in written_to
        ),
        decided=state.decided | {intent.key for intent in intents},
        taken=state.taken | set(leaving(state, intents)),
    )


def keys(intents: Iterable[Intent]) -> list[str]:
    return sorted(intent.key for intent in intents)


@steady
@given(state=worlds(), now=moments)
def test_what_is_due_is_open(state: State, now: datetime) -> None:
    zones = {(one.about, one.centre_id): one.hours.zone for one in state.subjects}
    for intent in plan(state, now):
        assert intent.expires_at is not None
        assert intent.due_at < intent.expires_at
        assert now < intent.expires_at
        if intent.due_at > now:  # a reminder of this very day
            assert intent.purpose is Purpose.REMINDER
            zone = zones[intent.about, intent.centre_id]
            assert local(intent.due_at, zone).date() == local(now, zone).date()


@steady
@given(state=worlds(), now=moments)
def test_a_reminder_is_planned_before_anything_else_of_its_day_is_due(
    state: State, now: datetime
) -> None:
    """Whatever is due for its family that day, the reminder was planned by then."""
    planned = {one.key for one in plan(state, now)}
    zones = {(one.about, one.centre_id): one.hours.zone for one in state.subjects}
    for intent in upcoming(state, now, LAST):
        if intent.purpose is Purpose.REMINDER:
            zone = zones[intent.about, intent.centre_id]
            if local(intent.due_at, zone).date() == local(now, zone).date():
                assert intent.key in planned


@steady
@given(state=worlds(), now=moments)
def test_a_phone_gets_one_message_of_a_step(state: State, now: datetime) -> None:
    for intents in (plan(state, now), upcoming(state, now, LAST)):
        found = leaving(state, intents)
        assert len(set(found)) == len(found)


@steady
@given(state=worlds())
def test_over_time_a_phone_gets_one_message_of_a_step(state: State) -> None:
    found = leaving(state, wait(state, FIRST, LAST, HOUR))
    assert len(set(found)) == len(found)


@steady
@given(state=worlds(), now=moments)
def test_on_a_shared_phone_the_first_family_is_told(state: State, now: datetime) -> None:
    intents = placed(state, plan(state, now))
    told = {place: intent.family_id for intent, place in intents if not intent.refusal}
    for intent, place in intents:
        assert intent.refusal in ("", SHARED_PHONE)
        assert told[place] <= intent.family_id


@steady
@given(state=worlds(), now=moments)
def test_a_family_hears_through_two_only_where_it_wishes_so(state: State, now: datetime) -> None:
    both = {
        (one.about, family.family_id): family.both
        for one in state.subjects
        for family in one.households
    }
    found: dict[tuple[About, str, int], list[Intent]] = {}
    for intent in plan(state, now):
        if intent.about != NOTHING:
            found.setdefault((intent.about, intent.step, intent.family_id), []).append(intent)
    for (about, _, family_id), intents in found.items():
        assert len(intents) <= 1 + both[about, family_id]
        assert len({one.contact_id for one in intents}) == len(intents)


@steady
@given(state=worlds(), now=moments)
def test_nothing_before_an_event_outlives_its_start(state: State, now: datetime) -> None:
    ends = {(one.about, one.centre_id): one.ends_at or one.starts_at for one in state.subjects}
    for intent in plan(state, now):
        over_at = ends.get((intent.about, intent.centre_id))
        if over_at is not None and intent.due_at < over_at:
            assert now < over_at
            assert intent.expires_at is not None
            assert intent.expires_at <= over_at
        assert intent.campaign_id is None or (over_at and intent.due_at < over_at)


@steady
@given(state=worlds(), now=moments)
def test_what_was_decided_is_never_planned_again(state: State, now: datetime) -> None:
    decided = frozenset(keys(plan(state, now)))
    assert plan(replace(state, decided=decided), now) == ()


@steady
@given(state=worlds(), now=moments)
def test_a_plan_cut_short_resumes_where_it_stopped(state: State, now: datetime) -> None:
    whole = plan(state, now)
    for half in (whole[::2], whole[1::2], whole[len(whole) // 2 :]):
        cut = replace(
            state,
            decided=frozenset(one.key for one in half),
            taken=frozenset(leaving(state, half)),
        )
        assert plan(cut, now) == tuple(intent for intent in whole if intent not in half)


@steady
@given(state=worlds(), now=moments, data=st.data())
def test_the_order_of_rows_changes_nothing(
    state: State, now: datetime, data: st.DataObject
) -> None:
    shuffled = State(
        tuple(
            replace(
                event,
                steps=tuple(data.draw(st.permutations(event.steps))),
                households=tuple(data.draw(st.permutations(event.households))),
            )
            for event in data.draw(st.permutations(state.subjects))
        ),
        tuple(data.draw(st.permutations(state.newcomers))),
        state.decided,
    )
    assert plan(shuffled, now) == plan(state, now)


@steady
@given(state=worlds(), now=moments)
def test_a_plan_is_in_order(state: State, now: datetime) -> None:
    order = [(intent.priority, intent.due_at, intent.key) for intent in plan(state, now)]
    assert order == sorted(order)


@steady
@given(state=worlds(), now=moments)
def test_a_family_hears_once_of_each_step(state: State, now: datetime) -> None:
    intents = plan(state, now)
    assert len({(i.about, i.step, i.contact_id) for i in intents}) == len(intents)
    assert len(set(keys(intents))) == len(intents)


@steady
@given(state=worlds())
def test_over_time_a_family_hears_once_of_each_step(state: State) -> None:
    left = wait(state, FIRST, LAST, HOUR)
    assert len(set(keys(left))) == len(left)


@steady
@given(state=worlds(), now=moments)
def test_a_family_never_gets_two_steps_of_a_kind_at_once(state: State, now: datetime) -> None:
    conditions = {
        (subject.about, step.name): step.condition
        for subject in state.subjects
        for step in subject.steps
    }
    kinds = [
        (intent.about, intent.contact_id, intent.purpose, conditions[intent.about, intent.step])
        for intent in plan(state, now)
        if intent.about != NOTHING and intent.due_at <= now
    ]
    assert len(set(kinds)) == len(kinds)


@steady
@given(state=worlds(), now=moments)
def test_what_is_cancelled_is_silent(state: State, now: datetime) -> None:
    cancelled = tuple(replace(one, cancelled=True) for one in state.subjects)
    intents = upcoming(replace(state, subjects=cancelled), now, LAST)
    assert all(intent.about == NOTHING for intent in intents)


@steady
@given(state=worlds(), now=moments)
def test_the_present_is_where_the_dry_run_begins(state: State, now: datetime) -> None:
    assert set(keys(plan(state, now))) <= set(keys(upcoming(state, now, LAST)))


@steady
@given(state=worlds())
def test_a_dry_run_shows_exactly_what_then_leaves(state: State) -> None:
    """Which of the families on one phone hears for both depends on whose day begins first."""
    foretold = leaving(state, upcoming(state, FIRST, LAST))
    assert Counter(foretold) == Counter(leaving(state, wait(state, FIRST, LAST, HOUR)))


@settings(steady, max_examples=8)
@given(state=worlds())
def test_looking_every_minute_or_every_hour_plans_the_same(state: State) -> None:
    end = FIRST + timedelta(days=3)
    assert keys(wait(state, FIRST, end, MINUTE)) == keys(wait(state, FIRST, end, HOUR))


def test_a_month_of_minutes_plans_what_a_month_of_hours_plans() -> None:
    families = (
        household(family_id=1),
        household(family_id=2, rsvp="yes", rsvp_at=FIRST),
        household(family_id=3, attended=True),
        household(family_id=4, joined_at=utc("2026-10-24 15:00")),
    )
    state = State(
        (gathering(*families, on=date(2026, 10, 31), at=time(9, 30)),),
        (Newcomer(99, 99, 3, REUNION, utc("2026-10-31 23:40")),),
        frozenset(),
    )
    end = FIRST + timedelta(days=31)
    every_minute = wait(state, FIRST, end, MINUTE)
    assert keys(every_minute) == keys(wait(state, FIRST, end, HOUR))
    assert {intent.step for intent in every_minute} == {
        "invitation", "nudge", "reminder", "morning", "survey", "welcome",
    }  # fmt: skip


JUST_AFTER_THE_CHANGES = (
    date(2026, 3, 30),
    date(2026, 10, 26),
    date(2027, 3, 29),
    date(2027, 11, 1),
)
TWO_YEARS = State(
    tuple(
        gathering(
            household(),
            household(family_id=8, rsvp="yes", rsvp_at=utc("2026-01-10 00:00"), attended=True),
            event_id=event_id,
            on=on,
            zone=zone,
        )
        for event_id, (on, zone) in enumerate(
            product(JUST_AFTER_THE_CHANGES, (PARIS, REUNION, MARTINIQUE))
        )
    ),
    (Newcomer(99, 99, 3, MARTINIQUE, utc("2026-03-28 23:40")),),
    frozenset(),
)


def two_years() -> tuple[Intent, ...]:
    return upcoming(TWO_YEARS, utc("2026-01-01 00:00"), utc("2027-12-31 00:00"))


@pytest.fixture(scope="module")
def planned_at_home() -> tuple[Intent, ...]:
    """The plan as it is made where the machine stands now."""
    return two_years()


def test_the_servers_zone_changes_no_plan(
    server_zone: str, planned_at_home: tuple[Intent, ...]
) -> None:
    assert clock.localtime(0).tm_gmtoff == {
        "UTC": 0, "Asia/Tokyo": 9 * 3600, "America/Los_Angeles": -8 * 3600,
    }[server_zone], "the machine did not move"  # fmt: skip
    assert len(planned_at_home) == 12 * 6 + 1
    assert two_years() == planned_at_home


@steady
@given(state=worlds())
def test_a_timetable_that_many_share_is_the_one_that_each_would_have(state: State) -> None:
    for subject in state.subjects:
        assert timetable(subject) == _timetable(subject)
