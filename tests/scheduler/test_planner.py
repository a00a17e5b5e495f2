"""What is due, told by cases; each moment is what a clock in Paris shows in June 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from bot.households import Guardian
from bot.messages import Purpose, key_of, unaddressed
from bot.plans import Condition, Intent, PlannedStep, default_steps
from bot.wallclock import at_wall_clock, local
from scheduler.planner import (
    PRIORITY,
    SHARED_PHONE,
    Household,
    Newcomer,
    State,
    Subject,
    plan,
    timetable,
    upcoming,
)
from tests.scheduler.audience import (
    FATHER,
    MARTINIQUE,
    MOTHER,
    PARIS,
    REUNION,
    due,
    gathering,
    household,
    utc,
    wall,
)

INVITATION = "invitation:event-12:1:invitation:family-7"
INVITED = wall("2026-06-11 10:00")


def june(moment: str) -> datetime:
    """The instant of "18 09:00" in June 2026, Paris."""
    day, hour = moment.split()
    return wall(f"2026-06-{day} {hour}")


def asked(
    rsvp: str | None = None, at: str = "12 20:00", *, attended: bool | None = None
) -> Household:
    """A family invited in time, and what it answered when."""
    return household(
        invited_at=INVITED, rsvp=rsvp, rsvp_at=june(at) if rsvp else None, attended=attended
    )


def names(intents: tuple[Intent, ...]) -> list[str]:
    return [intent.step for intent in intents]


# -- when a step opens and closes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "now", "expected"),
    [
        (household(), "11 09:59", []),
        (household(), "11 10:00", ["invitation"]),
        (household(), "18 17:59", ["invitation"]),
        (household(), "18 18:00", []),
        (asked(), "14 17:29", []),
        (asked(), "14 17:30", ["nudge"]),
        (asked(), "16 17:29", ["nudge"]),
        (asked(), "16 17:30", []),
        (asked("no"), "14 17:30", []),
        (asked("yes"), "14 17:30", []),
        (asked("maybe"), "14 17:30", []),
        (asked("yes"), "15 23:59", []),
        (asked("yes"), "16 00:00", ["reminder"]),
        (asked("yes"), "16 18:00", ["reminder"]),
        (asked("maybe"), "16 18:00", ["reminder"]),
        (asked("no"), "16 18:00", []),
        (asked(), "16 18:00", []),
        (asked("yes"), "17 23:59", ["reminder"]),
        (asked("yes"), "18 00:00", ["morning"]),
        (asked("yes"), "18 09:00", ["morning"]),
        (asked("yes"), "18 17:59", ["morning"]),
        (asked("yes"), "18 18:00", []),
        (asked("yes", attended=True), "19 08:59", []),
        (asked("yes", attended=True), "19 09:00", ["survey"]),
        (asked("no", attended=True), "19 09:00", ["survey"]),
        (asked(attended=True), "19 09:00", ["survey"]),
        (asked("yes", attended=False), "19 08:59", []),
        (asked("yes"), "19 10:30", []),
        (asked("yes", attended=True), "23 08:59", ["survey"]),
        (asked("yes", attended=True), "23 09:00", []),
    ],
)
def test_each_step_is_due_for_its_families_in_its_time(
    family: Household, now: str, expected: list[str]
) -> None:
    decided = [INVITATION] if family.invited_at else []
    assert names(due(gathering(family), june(now), *decided)) == expected


@pytest.mark.parametrize(
    ("rsvp_at", "now", "expected"),
    [
        ("16 17:59", "16 18:00", ["reminder"]),
        ("16 18:00", "16 18:01", []),
        ("17 12:00", "17 12:01", []),
        ("17 12:00", "18 09:00", ["morning"]),
        ("18 09:00", "18 09:01", []),
    ],
)
def test_who_said_yes_after_a_reminders_hour_does_not_get_it(
    rsvp_at: str, now: str, expected: list[str]
) -> None:
    assert names(due(gathering(asked("yes", rsvp_at)), june(now), INVITATION)) == expected


def test_a_yes_of_unknown_date_is_reminded() -> None:
    family = household(invited_at=INVITED, rsvp="yes")
    assert names(due(gathering(family), june("16 18:00"), INVITATION)) == ["reminder"]


@pytest.mark.parametrize(
    ("invited_at", "now", "expected"),
    [
        ("14 09:30", "14 17:30", []),
        ("14 09:30", "15 05:29", []),
        ("14 09:30", "15 05:30", ["nudge"]),
        ("14 17:30", "15 13:30", ["nudge"]),
        ("14 17:31", "15 13:31", []),
        ("15 09:00", "16 09:00", []),
    ],
)
def test_a_nudge_leaves_time_to_answer(invited_at: str, now: str, expected: list[str]) -> None:
    family = household(invited_at=june(invited_at))
    assert names(due(gathering(family), june(now), INVITATION)) == expected


def test_a_nudge_is_due_when_the_time_to_answer_is_over() -> None:
    family = household(invited_at=june("14 09:30"))
    (nudge,) = due(gathering(family), june("15 12:00"), INVITATION)
    assert nudge.due_at == june("15 05:30")


def test_who_was_never_invited_is_not_nudged() -> None:
    assert names(due(gathering(household()), june("14 17:30"), INVITATION)) == []


@pytest.mark.parametrize(
    ("joined_at", "now", "expected"),
    [
        ("13 12:00", "13 11:59", []),
        ("13 12:00", "13 12:00", ["invitation"]),
        ("13 12:00", "14 17:30", ["invitation"]),
        ("18 17:00", "18 17:30", ["invitation"]),
        ("18 18:30", "18 18:30", []),
    ],
)
def test_a_family_that_joins_late_is_still_invited(
    joined_at: str, now: str, expected: list[str]
) -> None:
    family = household(joined_at=june(joined_at))
    assert names(due(gathering(family), june(now))) == expected


def test_a_family_that_joined_after_the_nudges_hour_is_not_nudged() -> None:
    family = household(invited_at=june("14 17:00"), joined_at=june("14 17:31"))
    assert names(due(gathering(family), june("15 18:00"), INVITATION)) == []


@pytest.mark.parametrize(
    ("created_at", "now", "expected"),
    [
        ("13 12:00", "13 12:00", ["invitation"]),
        ("18 16:00", "18 16:00", ["invitation"]),
        ("18 18:30", "18 18:30", []),
    ],
)
def test_an_event_made_late_invites_at_once(created_at: str, now: str, expected: list[str]) -> None:
    event = gathering(household(), created_at=june(created_at))
    assert names(due(event, june(now))) == expected


def test_an_event_made_late_has_its_full_time_to_invite() -> None:
    step = PlannedStep("invitation", Purpose.INVITATION, -7, time(10), Condition.INVITED, 24)
    event = gathering(household(), steps=(step,), created_at=june("14 12:00"))
    (invitation,) = due(event, june("15 11:59"))
    assert (invitation.due_at, invitation.expires_at) == (june("14 12:00"), june("15 12:00"))
    assert due(event, june("15 12:00")) == ()


def test_a_cancelled_event_plans_nothing() -> None:
    families = (household(), replace(asked("yes", attended=True), family_id=8))
    event = gathering(*families)
    moments = [june("11 10:00"), june("16 18:00"), june("18 09:00"), june("19 10:30")]
    assert all(due(event, now) for now in moments)
    assert not any(due(replace(event, cancelled=True), now) for now in moments)


# -- one reminder at a time -----------------------------------------------------------------------


def closing(event: Subject) -> dict[str, datetime]:
    return {slot.step.name: slot.expires_at for slot in timetable(event)}


def test_a_step_closes_with_the_event_or_when_it_is_late() -> None:
    assert closing(gathering()) == {
        "invitation": june("18 18:00"),
        "nudge": june("16 17:30"),
        "reminder": june("18 00:00"),  # the morning's day
        "morning": june("18 18:00"),
        "survey": june("23 09:00"),
        "absence": june("23 09:00"),
    }


def test_a_step_before_the_event_never_outlives_its_start() -> None:
    step = PlannedStep("morning", Purpose.REMINDER, 0, time(9), Condition.COMING, 48)
    assert closing(gathering(steps=(step,))) == {"morning": june("18 18:00")}


def test_a_step_after_the_event_without_a_limit_has_four_days() -> None:
    step = PlannedStep("survey", Purpose.SURVEY, 1, time(10), Condition.ATTENDED, None)
    assert closing(gathering(steps=(step,))) == {"survey": june("23 10:00")}


def test_a_step_at_the_start_looks_back_on_it() -> None:
    step = PlannedStep("survey", Purpose.SURVEY, 0, time(18), Condition.ATTENDED, 24)
    assert closing(gathering(steps=(step,))) == {"survey": june("19 18:00")}


def test_a_server_that_comes_back_reminds_once() -> None:
    (only,) = due(gathering(asked("yes")), june("18 09:30"), INVITATION)
    assert only.step == "morning"


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (time(18), "18 09:00"),
        (time(10, 30), "18 09:00"),
        (time(10), "17 18:00"),
        (time(9, 30), "17 18:00"),
        (time(8), "17 18:00"),
    ],
)
def test_the_morning_reminder_of_an_early_event_leaves_the_evening_before(
    at: time, moment: str
) -> None:
    event = gathering(asked("yes"), at=at)
    (morning,) = [slot for slot in timetable(event) if slot.step.name == "morning"]
    assert morning.due_at == june(moment)
    assert names(due(event, june(moment), INVITATION)) == ["morning"]


def test_two_reminders_for_the_same_hour_are_one() -> None:
    evening = PlannedStep("reminder", Purpose.REMINDER, -1, time(18), Condition.COMING, None)
    morning = PlannedStep("morning", Purpose.REMINDER, 0, time(9), Condition.COMING, None)
    event = gathering(asked("yes"), at=time(9, 30), steps=(evening, morning))
    assert names(due(event, june("17 18:00"))) == ["reminder"]


def test_a_nudge_after_the_start_never_opens() -> None:
    step = PlannedStep("nudge", Purpose.INVITATION, 1, time(10), Condition.SILENT, 48)
    event = gathering(asked(), steps=(step,))
    assert names(upcoming(State((event,), (), frozenset()), INVITED, june("29 12:00"))) == []


@pytest.mark.parametrize("purpose", [Purpose.SURVEY, Purpose.REMINDER])
def test_everyone_can_be_asked_or_reminded(purpose: Purpose) -> None:
    step = PlannedStep("wave", purpose, 2, time(10), Condition.INVITED, 48)
    families = (household(), replace(asked("no"), family_id=8))
    event = gathering(*families, steps=(step,))
    before = "19 23:59" if purpose is Purpose.REMINDER else "20 09:59"
    assert names(due(event, june(before))) == []
    assert {intent.due_at for intent in due(event, june("20 10:00"))} == {june("20 10:00")}
    assert [intent.family_id for intent in due(event, june("20 10:00"))] == [7, 8]
    assert names(due(event, june("22 10:00"))) == []


# -- the key of a promise -------------------------------------------------------------------------


def test_a_key_names_the_promise() -> None:
    key = key_of(Purpose.INVITATION, "event-12", 1, "nudge", "family-7")
    assert key == "invitation:event-12:1:nudge:family-7"


@pytest.mark.parametrize(
    ("family", "now", "key"),
    [
        (household(), "11 10:00", "invitation:event-12:1:invitation:family-7"),
        (asked(), "14 17:30", "invitation:event-12:1:nudge:family-7"),
        (asked("yes"), "16 18:00", "reminder:event-12:3:reminder:family-7"),
        (asked("yes"), "18 09:00", "reminder:event-12:3:morning:family-7"),
        (asked(attended=True), "19 10:30", "survey:event-12:1:survey:family-7"),
    ],
)
def test_only_reminders_are_promised_anew_when_the_event_changes(
    family: Household, now: str, key: str
) -> None:
    event = gathering(family, version=3)
    assert key in [intent.key for intent in due(event, june(now))]


def test_a_moved_event_is_reminded_for_its_new_day() -> None:
    first = gathering(asked("yes"))
    reminded = [intent.key for intent in due(first, june("16 18:00"))]
    moved = gathering(asked("yes"), version=2, on=date(2026, 6, 25), changed_at=june("17 12:00"))
    assert due(moved, june("17 12:01"), *reminded) == ()
    assert names(due(moved, june("23 18:00"), *reminded)) == ["reminder"]


@pytest.mark.parametrize(
    ("changed_at", "expected"),
    [("16 17:59", ["reminder"]), ("16 18:00", []), ("17 12:00", [])],
)
def test_the_news_of_a_change_replaces_a_reminder_whose_hour_is_past(
    changed_at: str, expected: list[str]
) -> None:
    event = gathering(asked("yes"), version=2, at=time(17), changed_at=june(changed_at))
    assert names(due(event, june("17 12:01"), INVITATION)) == expected
    assert names(due(event, june("18 09:00"), INVITATION)) == ["morning"]


def test_the_news_of_a_change_replaces_nothing_else() -> None:
    event = gathering(household(), version=2, changed_at=june("12 12:00"))
    assert names(due(event, june("12 12:01"))) == ["invitation"]


def test_what_everyone_gets_is_promised_once_whatever_changes() -> None:
    step = PlannedStep("wave", Purpose.REMINDER, -1, time(10), Condition.INVITED, None)
    (intent,) = due(gathering(household(), version=3, steps=(step,)), june("17 10:00"))
    assert intent.key == "reminder:event-12:1:wave:family-7"


def test_an_edited_event_does_not_invite_twice() -> None:
    event = gathering(asked(), version=2, changed_at=june("12 12:00"))
    assert due(event, june("12 12:01"), INVITATION) == ()


# -- who hears for the family ---------------------------------------------------------------------


def guardian(contact_id: int, rank: int, *address_ids: int) -> Guardian:
    return Guardian(contact_id, rank, address_ids)


@pytest.mark.parametrize(
    ("guardians", "first", "nudged"),
    [
        ((MOTHER,), 71, 71),
        ((MOTHER, FATHER), 71, 72),
        ((FATHER, MOTHER), 71, 72),
        ((guardian(71, 1), FATHER), 72, 72),
        ((MOTHER, guardian(72, 2)), 71, 71),
        ((guardian(71, 1), guardian(72, 2)), 71, 71),
        ((guardian(71, 1, 701), guardian(72, 2, 701)), 71, 71),
        ((guardian(71, 1, 701, 703), guardian(72, 2, 701, 702)), 71, 71),
        ((MOTHER, guardian(72, 2, 701), guardian(73, 3, 703)), 71, 73),
        ((guardian(71, 1), FATHER, guardian(73, 3, 703)), 72, 73),
    ],
    ids=[
        "one guardian",
        "the other is nudged",
        "rank decides, not order",
        "the first is out of reach",
        "the other is out of reach",
        "both are out of reach",
        "a shared phone",
        "one phone shared, one not",
        "the third has their own phone",
        "the first of those within reach",
    ],
)
def test_one_guardian_hears_for_the_family(
    guardians: tuple[Guardian, ...], first: int, nudged: int
) -> None:
    fresh, silent = household(guardians=guardians), replace(asked(), guardians=guardians)
    (invitation,) = due(gathering(fresh), june("11 10:00"))
    (nudge,) = due(gathering(silent), june("14 17:30"), INVITATION)
    assert (invitation.contact_id, nudge.contact_id) == (first, nudged)


def test_a_family_without_guardians_cannot_be_planned_for() -> None:
    event = gathering(household(guardians=()), household(family_id=8))
    assert [intent.family_id for intent in due(event, june("11 10:00"))] == [8]


BOTH = [("family-7", 71), ("family-7-second", 72)]


@pytest.mark.parametrize(
    ("guardians", "told", "nudged"),
    [
        ((MOTHER, FATHER), BOTH, BOTH),
        ((FATHER, MOTHER), BOTH, BOTH),
        ((MOTHER,), [("family-7", 71)], [("family-7", 71)]),
        ((guardian(71, 1), FATHER), [("family-7", 72)], [("family-7", 72)]),
        ((MOTHER, guardian(72, 2)), [("family-7", 71)], [("family-7", 71)]),
        ((MOTHER, guardian(72, 2, 701)), [("family-7", 71)], [("family-7", 71)]),
        (
            (MOTHER, guardian(72, 2, 701), guardian(73, 3, 703)),
            [("family-7", 71), ("family-7-second", 73)],
            [("family-7", 71), ("family-7-second", 73)],
        ),
        (
            (MOTHER, FATHER, guardian(73, 3, 703)),
            BOTH,
            BOTH,
        ),
        ((guardian(71, 1), guardian(72, 2)), [("family-7", 71)], [("family-7", 71)]),
    ],
    ids=[
        "two within reach",
        "rank decides, not order",
        "one guardian",
        "the first is out of reach",
        "the second is out of reach",
        "they share a phone",
        "the third has their own phone",
        "two, not three",
        "both are out of reach: it shows once",
    ],
)
def test_a_family_that_wants_two_told_has_them_both(
    guardians: tuple[Guardian, ...], told: list[tuple[str, int]], nudged: list[tuple[str, int]]
) -> None:
    fresh = household(guardians=guardians, both=True)
    silent = replace(asked(), guardians=guardians, both=True)
    decided = [f"invitation:event-12:1:invitation:{recipient}" for recipient, _ in told]
    for family, now, expected in ((fresh, "11 10:00", told), (silent, "14 17:30", nudged)):
        intents = due(gathering(family), june(now), *(decided if family is silent else ()))
        found = [(intent.key.rpartition(":")[2], intent.contact_id) for intent in intents]
        assert sorted(found) == expected


def neighbour(family_id: int, *address_ids: int) -> Household:
    """Another family with one guardian."""
    return household(family_id=family_id, guardians=(guardian(family_id * 10, 1, *address_ids),))


@pytest.mark.parametrize(
    ("others", "refused"),
    [
        ([neighbour(8, 701)], [8]),
        ([neighbour(6, 701)], [7]),
        ([neighbour(8, 701), neighbour(9, 701)], [8, 9]),
        ([neighbour(8, 801, 701)], []),
        ([neighbour(8, 701, 801)], [8]),
        ([neighbour(8)], []),
        ([neighbour(8, 801), neighbour(9, 801)], [9]),
    ],
    ids=[
        "the first family is told",
        "whichever row comes first",
        "one of three",
        "reached elsewhere first",
        "reached there first",
        "out of reach",
        "another phone",
    ],
)
def test_a_shared_phone_gets_one_message(others: list[Household], refused: list[int]) -> None:
    event = gathering(household(), *others)
    intents = due(event, june("11 10:00"))
    assert len(intents) == 1 + len(others)
    assert [one.family_id for one in intents if one.refusal == SHARED_PHONE] == refused
    assert all(one.refusal in ("", SHARED_PHONE) for one in intents)


def test_a_phone_is_shared_within_one_step_of_one_subject_only() -> None:
    first, second = gathering(household()), gathering(neighbour(8, 701), event_id=13)
    silent = replace(neighbour(8, 701), invited_at=INVITED)
    assert not any(one.refusal for one in plan(State((first, second), (), frozenset()), INVITED))
    event = gathering(household(joined_at=june("14 17:00")), silent)
    told = "invitation:event-12:1:invitation:family-8"
    assert [(one.step, one.refusal) for one in due(event, june("14 17:30"), told)] == [
        ("invitation", ""),
        ("nudge", ""),
    ]


def test_who_was_told_first_keeps_the_place_on_a_shared_phone() -> None:
    event = gathering(household(), neighbour(6, 701))
    decided = frozenset({INVITATION})
    taken = frozenset({(unaddressed(INVITATION), 701)})
    (late,) = plan(State((event,), (), decided, taken), june("11 10:00"))
    assert (late.family_id, late.refusal) == (6, SHARED_PHONE)


# -- newcomers ------------------------------------------------------------------------------------

NEWCOMER = Newcomer(71, 7, 3, PARIS, june("11 23:30"))
WELCOME = "welcome:contact-71:1:welcome:contact-71"


@pytest.mark.parametrize(
    ("now", "expected"),
    [("12 09:59", []), ("12 10:00", [WELCOME]), ("26 09:59", [WELCOME]), ("26 10:00", [])],
)
def test_a_newcomer_is_welcomed_the_next_morning(now: str, expected: list[str]) -> None:
    intents = plan(State((), (NEWCOMER,), frozenset()), june(now))
    assert [intent.key for intent in intents] == expected


def test_the_next_morning_is_that_of_the_centre() -> None:
    joined_at = utc("2026-06-11 22:00")
    mornings = {
        zone: upcoming(
            State((), (Newcomer(71, 7, 3, zone, joined_at),), frozenset()),
            joined_at,
            joined_at + timedelta(days=2),
        )[0].due_at
        for zone in (MARTINIQUE, PARIS, REUNION)
    }
    assert mornings == {
        MARTINIQUE: utc("2026-06-12 14:00"),
        PARIS: utc("2026-06-13 08:00"),
        REUNION: utc("2026-06-13 06:00"),
    }


def test_a_newcomer_who_hears_of_an_event_needs_no_welcome() -> None:
    state = State((gathering(household()),), (NEWCOMER,), frozenset())
    assert names(plan(state, june("12 10:00"))) == ["invitation"]


def test_a_server_that_comes_back_does_not_welcome_and_invite() -> None:
    state = State((gathering(household()),), (NEWCOMER,), frozenset())
    early = replace(NEWCOMER, joined_at=june("09 12:00"))
    for now in ("11 10:00", "11 12:00"):
        assert names(plan(replace(state, newcomers=(early,)), june(now))) == ["invitation"]


def test_an_invitation_at_the_same_hour_stands_for_the_welcome() -> None:
    newcomer = replace(NEWCOMER, joined_at=june("10 12:00"))
    state = State((gathering(household()),), (newcomer,), frozenset())
    assert names(upcoming(state, june("10 13:00"), june("12 12:00"))) == ["invitation"]


def test_an_invitation_on_its_way_stands_for_the_welcome() -> None:
    state = State((gathering(household()),), (NEWCOMER,), frozenset({INVITATION}))
    assert plan(state, june("12 10:00")) == ()


def test_a_welcome_does_not_wait_for_a_later_invitation() -> None:
    event = gathering(household(), on=date(2026, 6, 25))
    state = State((event,), (NEWCOMER,), frozenset())
    assert names(plan(state, june("12 10:00"))) == ["welcome"]
    assert names(upcoming(state, june("12 10:00"), june("18 10:00"))) == ["invitation", "welcome"]


def test_what_the_other_guardian_hears_does_not_welcome_this_one() -> None:
    state = State((gathering(household(guardians=(FATHER,))),), (NEWCOMER,), frozenset())
    assert names(plan(state, june("12 10:00"))) == ["invitation", "welcome"]


def test_a_welcome_leaves_once() -> None:
    assert plan(State((), (NEWCOMER,), frozenset({WELCOME})), june("12 10:00")) == ()


# -- the whole plan -------------------------------------------------------------------------------


def test_an_intent_says_what_whom_and_until_when() -> None:
    assert due(gathering(household()), june("11 12:00")) == (
        Intent(
            key=INVITATION,
            purpose=Purpose.INVITATION,
            step="invitation",
            event_id=12,
            centre_id=3,
            family_id=7,
            contact_id=71,
            due_at=june("11 10:00"),
            expires_at=june("18 18:00"),
            priority=2,
        ),
    )


def test_what_matters_most_leaves_first() -> None:
    tomorrow = gathering(asked("yes", "10 20:00"), event_id=1, on=date(2026, 6, 13))
    fresh = gathering(household(family_id=9), household(family_id=8), event_id=2)
    older = gathering(household(), event_id=3, on=date(2026, 6, 17))
    past = gathering(asked(attended=True), event_id=4, on=date(2026, 6, 10))
    newcomer = replace(NEWCOMER, contact_id=99, family_id=99, joined_at=june("10 12:00"))
    invited = "invitation:event-1:1:invitation:family-7"
    state = State((past, fresh, tomorrow, older), (newcomer,), frozenset({invited}))
    intents = plan(state, june("11 18:00"))
    assert [(intent.priority, intent.key) for intent in intents] == [
        (1, "reminder:event-1:1:reminder:family-7"),
        (2, "invitation:event-3:1:invitation:family-7"),
        (2, "invitation:event-2:1:invitation:family-8"),
        (2, "invitation:event-2:1:invitation:family-9"),
        (3, "welcome:contact-99:1:welcome:contact-99"),
        (4, "survey:event-4:1:survey:family-7"),
    ]


def test_every_purpose_has_its_place() -> None:
    assert set(PRIORITY) == set(Purpose)
    ranked = [
        Purpose.CHANGE, Purpose.REMINDER, Purpose.INVITATION, Purpose.WELCOME, Purpose.SURVEY,
    ]  # fmt: skip
    assert [PRIORITY[purpose] for purpose in ranked] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("zone", "on", "expected"),
    [
        (PARIS, date(2026, 3, 30), "2026-03-28 17:00"),
        (PARIS, date(2026, 3, 31), "2026-03-29 16:00"),
        (PARIS, date(2026, 10, 26), "2026-10-24 16:00"),
        (PARIS, date(2026, 10, 27), "2026-10-25 17:00"),
        (PARIS, date(2027, 3, 30), "2027-03-28 16:00"),
        (PARIS, date(2027, 11, 2), "2027-10-31 17:00"),
        (PARIS, date(2028, 3, 2), "2028-02-29 17:00"),
        (REUNION, date(2026, 3, 31), "2026-03-29 14:00"),
        (MARTINIQUE, date(2026, 10, 27), "2026-10-25 22:00"),
    ],
)
def test_a_reminder_leaves_at_18_on_the_familys_clock(zone: str, on: date, expected: str) -> None:
    family = household(rsvp="yes", rsvp_at=utc("2026-02-01 12:00"))
    event = gathering(family, on=on, zone=zone)
    (reminder,) = [slot for slot in timetable(event) if slot.step.name == "reminder"]
    assert reminder.due_at == utc(expected)
    midnight = at_wall_clock(local(reminder.due_at, zone).date(), time.min, zone)
    assert "reminder" not in names(due(event, midnight - timedelta(seconds=1)))
    assert "reminder" in names(due(event, midnight))
    assert "reminder" in names(due(event, reminder.due_at))


# -- the dry run ----------------------------------------------------------------------------------


def test_a_dry_run_shows_what_leaves_if_nobody_answers() -> None:
    families = (household(), replace(asked("yes"), family_id=8))
    state = State((gathering(*families),), (), frozenset())
    shown = upcoming(state, june("01 12:00"), june("30 12:00"))
    assert [(intent.step, intent.family_id, intent.due_at) for intent in shown] == [
        ("reminder", 8, june("16 18:00")),
        ("morning", 8, june("18 09:00")),
        ("invitation", 7, june("11 10:00")),
        ("invitation", 8, june("11 10:00")),
        ("nudge", 7, june("14 17:30")),
    ]


def test_a_dry_run_stops_where_it_is_told() -> None:
    state = State((gathering(household()),), (), frozenset())
    assert names(upcoming(state, june("01 12:00"), june("14 17:29"))) == ["invitation"]


def test_a_dry_run_gives_an_invitation_its_time_to_be_answered() -> None:
    event = gathering(household(), created_at=june("14 12:00"))
    shown = upcoming(State((event,), (), frozenset()), june("14 12:00"), june("30 12:00"))
    assert [(intent.step, intent.due_at) for intent in shown] == [
        ("invitation", june("14 12:00")),
        ("nudge", june("15 08:00")),
    ]


def test_a_dry_run_counts_that_time_from_the_day_it_will_leave() -> None:
    first = PlannedStep("invitation", Purpose.INVITATION, -5, time(17), Condition.INVITED, None)
    nudge = PlannedStep("nudge", Purpose.INVITATION, -4, time(10), Condition.SILENT, 48)
    event = gathering(household(), steps=(first, nudge))
    shown = upcoming(State((event,), (), frozenset()), june("01 12:00"), june("30 12:00"))
    assert [intent.due_at for intent in shown] == [june("13 17:00"), june("14 13:00")]


def test_default_plans_nudge_before_they_remind() -> None:
    for kind in ("workshop", "outing", "meeting"):
        event = gathering(household(), steps=default_steps(kind))
        shown = upcoming(State((event,), (), frozenset()), june("01 12:00"), june("30 12:00"))
        assert names(shown) == ["invitation", "nudge"], kind


# -- why a family did not come --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "now", "expected"),
    [
        (asked("yes", attended=False), "19 08:59", []),
        (asked("yes", attended=False), "19 09:00", ["absence"]),
        (asked("yes", attended=False), "23 08:59", ["absence"]),
        (asked("yes", attended=False), "23 09:00", []),
        (asked("yes", attended=True), "19 10:45", ["survey"]),
        (asked("yes"), "19 10:45", []),
        (asked("maybe", attended=False), "19 10:45", []),
        (asked("no", attended=False), "19 10:45", []),
        (asked("waiting", attended=False), "19 10:45", []),
        (asked(attended=False), "19 10:45", []),
    ],
)
def test_who_said_yes_and_did_not_come_is_asked_why(
    family: Household, now: str, expected: list[str]
) -> None:
    assert names(due(gathering(family), june(now))) == expected


@pytest.mark.parametrize(
    ("asked_at", "expected"),
    [("2026-05-20 09:00", ["absence"]), ("2026-05-20 09:01", []), ("2026-06-12 20:00", [])],
)
def test_nobody_is_asked_why_twice_in_thirty_days(asked_at: str, expected: list[str]) -> None:
    family = replace(asked("yes", attended=False), asked_why_at=wall(asked_at))
    assert names(due(gathering(family), june("19 10:45"))) == expected


def test_two_absences_are_asked_about_once_in_whatever_order_they_come() -> None:
    family = asked("yes", attended=False)
    first = gathering(family, event_id=12)
    second = gathering(family, event_id=11, on=date(2026, 6, 19))
    for both in ((first, second), (second, first)):
        found = plan(State(both, (), frozenset()), june("20 11:00"))
        assert [(one.step, one.event_id) for one in found] == [("absence", 12)]
    cancelled = State((replace(first, cancelled=True), second), (), frozenset())
    assert [one.event_id for one in plan(cancelled, june("20 11:00"))] == [11]


# -- offsets in hours and mornings ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "on", "expected"),
    [
        ({"hours": -3}, date(2026, 6, 18), "2026-06-18 15:00"),
        ({"hours": -27}, date(2026, 6, 18), "2026-06-17 15:00"),
        ({"hours": -24}, date(2026, 10, 25), "2026-10-24 19:00"),
        ({"days": -1, "morning": True}, date(2026, 6, 18), "2026-06-17 09:00"),
        ({"days": -1, "morning": True}, date(2026, 6, 15), "2026-06-15 09:00"),
    ],
    ids=["three hours", "more than a day", "an hour more in autumn", "a morning", "not a Sunday"],
)
def test_a_reminder_in_hours_or_on_a_morning(way: dict[str, Any], on: date, expected: str) -> None:
    values = {"days": 0, **way}
    step = PlannedStep(
        "soon", Purpose.REMINDER, at=time(), condition=Condition.COMING, late_hours=None, **values
    )
    family = household(rsvp="yes", rsvp_at=utc("2026-02-01 12:00"))
    (slot,) = timetable(gathering(family, on=on, steps=(step,)))
    assert slot.due_at == wall(expected)
    (intent,) = due(gathering(family, on=on, steps=(step,)), slot.due_at)
    assert (intent.due_at, intent.expires_at) == (slot.due_at, wall(f"{on} 18:00"))


@pytest.mark.parametrize(
    ("on", "holidays", "expected"),
    [
        (date(2026, 6, 18), frozenset(), "2026-06-19 09:00"),
        (date(2026, 6, 20), frozenset(), "2026-06-22 09:00"),
        (date(2026, 6, 20), frozenset({date(2026, 6, 22)}), "2026-06-23 09:00"),
    ],
    ids=["the next day", "after a Saturday, on Monday", "unless Monday is a holiday"],
)
def test_a_survey_leaves_on_the_next_morning_when_the_centre_writes(
    on: date, holidays: frozenset[date], expected: str
) -> None:
    event = gathering(asked("yes", "01 10:00", attended=True), on=on, holidays=holidays)
    (survey,) = [slot for slot in timetable(event) if slot.step.name == "survey"]
    assert survey.due_at == wall(expected)
    assert names(due(event, survey.due_at - timedelta(seconds=1), INVITATION)) == []
    assert names(due(event, survey.due_at, INVITATION)) == ["survey"]


# -- who stayed away ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rsvp", "attended", "expected"),
    [
        ("yes", False, ["absent", "no_show"]),
        ("maybe", False, ["absent"]),
        (None, False, ["absent"]),
        ("no", False, []),
        ("waiting", False, []),
        ("yes", True, []),
        ("yes", None, []),
        (None, None, []),
    ],
    ids=[
        "said yes and stayed away",
        "had said maybe",
        "never answered",
        "had said no",
        "had no place",
        "came",
        "nobody has noted it",
        "nobody has noted it, without an answer",
    ],
)
def test_who_was_absent_and_who_was_missed(
    rsvp: str | None, attended: bool | None, expected: list[str]
) -> None:
    steps = tuple(
        PlannedStep(condition, purpose, 1, time(10), condition, 96)
        for condition, purpose in (
            (Condition.ABSENT, Purpose.INVITATION),
            (Condition.NO_SHOW, Purpose.SURVEY),
        )
    )
    event = gathering(asked(rsvp, attended=attended), steps=steps)
    assert names(due(event, june("19 10:00"))) == expected
    alone = gathering(asked(rsvp, attended=attended), steps=steps[:1])
    assert names(due(alone, june("19 10:00"))) == [one for one in expected if one == "absent"]
