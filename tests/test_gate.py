"""The gate: one table per rule, in their order, and what holds for every request."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gate import (
    ANSWERS,
    CAPPED,
    PER_DAY,
    PER_WEEK,
    Caps,
    Hours,
    Later,
    Refuse,
    Request,
    Send,
    decide,
    impossible_caps,
)
from bot.messages import Purpose
from bot.wallclock import at_wall_clock

PARIS = "Europe/Paris"
HOURS = Hours(PARIS)  # 9:00 to 19:30, no Sundays
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def paris(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """An instant, as a clock in Paris shows it."""
    return at_wall_clock(date(year, month, day), time(hour, minute), PARIS)


NOON = paris(12, 2, 12)  # a Wednesday


def ask(**facts: Any) -> Request:
    """An invitation that nothing holds back, but for these facts."""
    return Request(**{"purpose": Purpose.INVITATION, "hours": HOURS, **facts})


@pytest.mark.parametrize("purpose", list(Purpose))
def test_message_leaves_when_nothing_holds_it(purpose: Purpose) -> None:
    assert decide(ask(purpose=purpose), NOON) == Send()


RULES: list[tuple[str, dict[str, Any]]] = [  # in the order in which they are asked
    ("erased", {"erased": True}),
    ("do_not_contact", {"no_contact": True}),
    ("stopped", {"stopped": True}),
    ("surveys_refused", {"surveys": False}),
    ("no_open_hours", {"hours": replace(HOURS, quiet_days=frozenset(range(1, 8)))}),
    ("too_late", {"expires_at": NOON}),
    ("language_not_ready", {"language_ready": False}),
    ("no_phone", {"unreachable": "no_phone"}),
    ("budget_spent", {"segments_left": 0}),
]


@pytest.mark.parametrize(("reason", "facts"), RULES, ids=[rule[0] for rule in RULES])
def test_every_refusal_has_its_reason(reason: str, facts: dict[str, Any]) -> None:
    assert decide(ask(purpose=Purpose.SURVEY, **facts), NOON) == Refuse(reason)


@pytest.mark.parametrize("first", range(len(RULES)))
def test_first_rule_that_refuses_gives_the_reason(first: int) -> None:
    facts: dict[str, Any] = {}
    for _, rule in RULES[first:]:
        facts |= rule
    assert decide(ask(purpose=Purpose.SURVEY, **facts), NOON) == Refuse(RULES[first][0])


ORDER: list[tuple[str, dict[str, Any]]] = [  # what refuses or holds back, in the order of asking
    ("erased", {"erased": True}),
    ("do_not_contact", {"no_contact": True}),  # no contact stands beside erased
    ("stopped", {"stopped": True}),
    ("surveys_refused", {"surveys": False}),
    ("paused", {"paused_until": paris(12, 3, 9)}),
    ("person_talking", {"person_until": paris(12, 3, 9)}),
    ("cap", {"sent": [NOON - 3 * MINUTE]}),
    ("quiet_hours", {"hours": replace(HOURS, opens=time(9), closes=time(11))}),
    ("too_late", {"expires_at": NOON}),
    ("language_not_ready", {"language_ready": False}),
    ("no_phone", {"unreachable": "no_phone"}),
    ("budget_spent", {"segments_left": 0}),
]
HOLDS = ("paused", "person_talking", "cap", "quiet_hours")


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_each_reason_alone_is_the_one_given(place: int) -> None:
    reason, facts = ORDER[place]
    decision = decide(ask(purpose=Purpose.SURVEY, **facts), NOON)
    assert decision == (Later(paris(12, 3, 9), reason) if reason in HOLDS else Refuse(reason))


@pytest.mark.parametrize(
    ("first", "second"),
    [(ORDER[one], ORDER[one + 1]) for one in range(len(ORDER) - 1)],
    ids=[f"{ORDER[one][0]}-{ORDER[one + 1][0]}" for one in range(len(ORDER) - 1)],
)
def test_of_two_neighbours_the_first_gives_the_reason(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
) -> None:
    """Save for a message that is held back and could not leave afterwards: that is refused now."""
    both = ask(purpose=Purpose.SURVEY, **first[1], **second[1])
    given, last = first[0], second[0]
    if given not in HOLDS:
        assert decide(both, NOON) == Refuse(given)
    elif last in HOLDS:
        assert decide(both, NOON) == Later(paris(12, 3, 9), given)
    else:
        assert decide(both, NOON) == Refuse(last)


@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("reason", [reason for reason, _ in ORDER if reason not in HOLDS])
def test_what_will_never_leave_is_not_held_back_first(hold: str, reason: str) -> None:
    facts = dict(ORDER)
    both = ask(purpose=Purpose.SURVEY, **facts[hold], **facts[reason])
    assert decide(both, NOON) == Refuse(reason)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_nothing_leaves_to_someone_who_stopped_but_the_confirmation(purpose: Purpose) -> None:
    assert decide(ask(purpose=purpose, stopped=True), NOON) == Refuse("stopped")
    confirmation = ask(purpose=purpose, stopped=True, confirms_stop=True)
    assert decide(confirmation, NOON) == Send()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_nothing_at_all_leaves_to_whom_staff_never_writes_to(purpose: Purpose) -> None:
    for confirms_stop in (False, True):
        barred = ask(purpose=purpose, no_contact=True, confirms_stop=confirms_stop)
        assert decide(barred, NOON) == Refuse("do_not_contact")


@pytest.mark.parametrize(
    ("purpose", "surveys", "decision"),
    [
        (Purpose.SURVEY, True, Send()),
        (Purpose.SURVEY, None, Send()),
        (Purpose.SURVEY, False, Refuse("surveys_refused")),
        (Purpose.REMINDER, False, Send()),
    ],
    ids=["agreed", "never asked: the survey asks first", "refused", "no survey"],
)
def test_refused_surveys_hold_back_surveys_alone(
    purpose: Purpose, surveys: bool | None, decision: Send | Refuse
) -> None:
    assert decide(ask(purpose=purpose, surveys=surveys), NOON) == decision


# -- quiet hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "leaves_at"),
    [
        (paris(12, 2, 8, 59), paris(12, 2, 9)),
        (paris(12, 2, 9), None),
        (paris(12, 2, 19, 29), None),
        (paris(12, 2, 19, 30), paris(12, 3, 9)),
        (paris(12, 2, 23), paris(12, 3, 9)),
        (paris(12, 3, 0, 30), paris(12, 3, 9)),
        (paris(12, 5, 20), paris(12, 7, 9)),
        (paris(12, 6, 12), paris(12, 7, 9)),
        (paris(12, 25, 12), paris(12, 26, 9)),
        (paris(10, 24, 20), paris(10, 26, 9)),
        (paris(10, 25, 2, 30), paris(10, 26, 9)),
        (paris(3, 28, 20, year=2026), paris(3, 30, 9, year=2026)),
        (paris(3, 27, 20, year=2027), paris(3, 29, 9, year=2027)),
        (paris(10, 30, 20, year=2027), paris(11, 2, 9, year=2027)),
    ],
    ids=[
        "a minute before it opens",
        "when it opens",
        "the last minute",
        "when it closes",
        "in the evening",
        "after midnight",
        "Saturday evening, to Monday",
        "Sunday noon, to Monday",
        "a holiday",
        "over the autumn change",
        "in the hour that comes twice",
        "over the spring change",
        "over the spring change of 2027",
        "over the autumn change, a Sunday and a holiday",
    ],
)
def test_message_waits_for_the_hours_when_people_are_awake(
    now: datetime, leaves_at: datetime | None
) -> None:
    hours = replace(HOURS, holidays=frozenset({date(2026, 12, 25), date(2027, 11, 1)}))
    expected = Send() if leaves_at is None else Later(leaves_at, "quiet_hours")
    assert decide(ask(hours=hours), now) == expected


@pytest.mark.parametrize("change", [date(2026, 10, 25), date(2027, 3, 28)])
def test_window_is_the_same_on_the_wall_clock_on_the_day_of_a_change(change: date) -> None:
    every_day = ask(hours=replace(HOURS, quiet_days=frozenset()))
    opens = at_wall_clock(change, time(9), PARIS)
    closes = at_wall_clock(change, time(19, 30), PARIS)
    assert decide(every_day, opens - MINUTE) == Later(opens, "quiet_hours")
    assert decide(every_day, opens) == Send()
    assert decide(every_day, closes - MINUTE) == Send()
    assert decide(every_day, closes) == Later(
        at_wall_clock(change + DAY, time(9), PARIS), "quiet_hours"
    )


@pytest.mark.parametrize(
    ("zone", "open_utc"), [("Indian/Reunion", 5), ("America/Martinique", 13), (PARIS, 8)]
)
def test_hours_are_those_of_the_centre(zone: str, open_utc: int) -> None:
    midnight = datetime(2026, 12, 2, 4, 30, tzinfo=UTC)
    assert decide(ask(hours=Hours(zone)), midnight) == Later(
        datetime(2026, 12, 2, open_utc, tzinfo=UTC), "quiet_hours"
    )


@pytest.mark.parametrize("purpose", sorted(ANSWERS))
def test_answer_to_a_parent_leaves_at_night_too(purpose: Purpose) -> None:
    assert decide(ask(purpose=purpose), paris(12, 6, 3)) == Send()


def test_cancellation_of_today_leaves_early() -> None:
    night = paris(12, 2, 7)
    assert decide(ask(purpose=Purpose.CHANGE, same_day=True), night) == Send()
    assert decide(ask(purpose=Purpose.CHANGE), night) == Later(paris(12, 2, 9), "quiet_hours")


def test_only_a_change_passes_the_quiet_hours_on_its_day() -> None:
    reminder = ask(purpose=Purpose.REMINDER, same_day=True)
    assert decide(reminder, paris(12, 2, 7)) == Later(paris(12, 2, 9), "quiet_hours")


# -- pause, and a person who talks ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "reason"), [("paused_until", "paused"), ("person_until", "person_talking")]
)
def test_automation_waits_until_a_person_is_done(fact: str, reason: str) -> None:
    until = paris(12, 4, 15)
    held = ask(**{fact: until})
    assert decide(held, NOON) == Later(until, reason)
    assert decide(held, until) == Send()


def test_end_of_a_pause_at_night_waits_for_the_morning() -> None:
    assert decide(ask(paused_until=paris(12, 5, 23)), NOON) == Later(paris(12, 7, 9), "paused")


WEEK_FULL = [paris(11, 28, 10), paris(11, 30, 10), paris(12, 1, 10)]  # free again on the 5th


@pytest.mark.parametrize(
    ("facts", "now", "reason"),
    [
        ({"sent": WEEK_FULL, "expires_at": paris(12, 5, 9)}, NOON, "cap"),
        ({"reserved": [paris(12, 2, 18)], "expires_at": paris(12, 3, 9)}, NOON, "cap"),
        ({"sent": WEEK_FULL, "expires_at": paris(12, 2, 12)}, NOON, "too_late"),
        ({"sent": WEEK_FULL, "expires_at": paris(12, 3, 9)}, paris(12, 2, 21), "too_late"),
        (
            {"sent": WEEK_FULL, "expires_at": paris(12, 5, 9), "paused_until": paris(12, 5, 9)},
            NOON,
            "too_late",
        ),
        (
            {"sent": WEEK_FULL, "expires_at": paris(12, 5, 9), "paused_until": paris(12, 4, 10)},
            NOON,
            "cap",
        ),
        ({"expires_at": paris(12, 3, 9)}, paris(12, 2, 21), "too_late"),
    ],
    ids=[
        "the week is full until it is over",
        "a reminder has the day",
        "it was late whatever the cap",
        "no hour is left today, cap or no cap",
        "the pause lasts as long",
        "the pause ends in time, the cap does not",
        "quiet hours alone",
    ],
)
def test_the_cap_is_the_reason_where_it_would_have_left_in_time_without(
    facts: dict[str, Any], now: datetime, reason: str
) -> None:
    assert decide(ask(**facts), now) == Refuse(reason)


@pytest.mark.parametrize(
    ("caps", "sent", "leaves_at"),
    [
        (Caps(2, 3), [paris(12, 2, 9)], None),
        (Caps(2, 3), [paris(12, 2, 9), paris(12, 2, 10)], paris(12, 3, 9)),
        (Caps(2, 2), [paris(12, 1, 9), paris(12, 2, 10)], paris(12, 8, 9)),
        (Caps(1, 1), [paris(11, 26, 9)], paris(12, 3, 9)),
        (Caps(1, 5), [*WEEK_FULL, paris(11, 27, 9)], None),
        (Caps(5, 14), [paris(12, 2, 9)] * 4, None),
        (Caps(5, 14), [paris(12, 2, 9)] * 5, paris(12, 3, 9)),
    ],
)
def test_caps_are_those_of_the_request(
    caps: Caps, sent: list[datetime], leaves_at: datetime | None
) -> None:
    expected = Send() if leaves_at is None else Later(leaves_at, "cap")
    assert decide(ask(caps=caps, sent=sent), NOON) == expected


@pytest.mark.parametrize(
    ("per_day", "per_week", "said"),
    [
        (1, 1, ""),
        (1, 3, ""),
        (5, 5, ""),
        (5, 14, ""),
        (0, 3, "de 1 à 5, pas 0"),
        (6, 14, "de 1 à 5, pas 6"),
        (-1, 3, "de 1 à 5"),
        (3, 2, "de 3 à 14, pas 2"),
        (1, 0, "de 1 à 14, pas 0"),
        (1, 15, "de 1 à 14, pas 15"),
    ],
)
def test_impossible_caps_say_why(per_day: int, per_week: int, said: str) -> None:
    found = impossible_caps(Caps(per_day, per_week))
    assert said in found
    assert bool(found) == bool(said)


def test_pause_over_the_hour_of_the_event_is_too_late() -> None:
    held = ask(paused_until=paris(12, 9, 9), expires_at=paris(12, 5, 14))
    assert decide(held, NOON) == Refuse("too_late")


@pytest.mark.parametrize("purpose", sorted(ANSWERS))
def test_person_and_answers_pass_every_hold(purpose: Purpose) -> None:
    held = ask(
        purpose=purpose,
        paused_until=paris(12, 9, 9),
        person_until=paris(12, 9, 9),
        sent=[NOON - MINUTE] * 5,
    )
    assert decide(held, NOON) == Send()


# -- caps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "leaves_at"),
    [
        ([], None),
        ([paris(12, 1, 19)], None),
        ([paris(12, 2, 9)], paris(12, 3, 9)),
        ([paris(12, 2, 0, 15)], paris(12, 3, 9)),
        ([paris(11, 26, 10), paris(11, 28, 10), paris(12, 1, 10)], paris(12, 3, 9)),
        ([paris(11, 25, 10), paris(11, 28, 10), paris(12, 1, 10)], None),
        ([paris(11, 28, 10), paris(11, 30, 10), paris(12, 2, 9)], paris(12, 5, 9)),
        ([paris(11, 30, 10), paris(12, 1, 10), paris(12, 2, 9)], paris(12, 7, 9)),
    ],
    ids=[
        "nothing yet",
        "yesterday evening",
        "this morning",
        "just after midnight, by the local calendar",
        "three in seven days",
        "three in eight days",
        "day and week",
        "the week ends on a Sunday",
    ],
)
def test_one_a_day_and_three_a_week(sent: list[datetime], leaves_at: datetime | None) -> None:
    expected = Send() if leaves_at is None else Later(leaves_at, "cap")
    for purpose in CAPPED:
        assert decide(ask(purpose=purpose, sent=sent), NOON) == expected


@pytest.mark.parametrize(
    ("sent", "reserved", "leaves_at"),
    [
        ([], [paris(12, 2, 18)], paris(12, 3, 9)),
        ([], [paris(12, 3, 18)], None),
        ([], [paris(12, 2, 18), paris(12, 3, 9)], paris(12, 4, 9)),
        ([paris(11, 28, 10), paris(11, 30, 10)], [paris(12, 2, 18)], paris(12, 5, 9)),
        ([paris(11, 28, 10), paris(11, 30, 10)], [paris(12, 3, 18)], paris(12, 5, 9)),
        ([paris(11, 30, 10)], [paris(12, 4, 18), paris(12, 5, 18)], paris(12, 7, 9)),
        ([paris(11, 26, 10), paris(11, 27, 10)], [paris(12, 2, 18)], paris(12, 3, 9)),
        ([paris(11, 26, 10), paris(11, 27, 10)], [paris(12, 3, 18)], None),
    ],
    ids=[
        "a reminder of this evening keeps the day",
        "one of tomorrow leaves today free",
        "this evening and tomorrow",
        "the week's last place is this evening's",
        "the week's last place is tomorrow's",
        "three in a week with those to come",
        "the day alone",
        "the first of the week will be over by then",
    ],
)
def test_what_is_more_urgent_keeps_its_place(
    sent: list[datetime], reserved: list[datetime], leaves_at: datetime | None
) -> None:
    expected = Send() if leaves_at is None else Later(leaves_at, "cap")
    for purpose in CAPPED:
        assert decide(ask(purpose=purpose, sent=sent, reserved=reserved), NOON) == expected


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - CAPPED))
def test_change_welcome_and_answers_are_not_capped(purpose: Purpose) -> None:
    assert decide(ask(purpose=purpose, sent=[NOON - MINUTE] * 9), NOON) == Send()


def test_day_of_the_cap_is_the_centres() -> None:
    late = datetime(2026, 12, 1, 22, 30, tzinfo=UTC)  # already Wednesday in Saint-Denis
    now = datetime(2026, 12, 2, 8, tzinfo=UTC)
    reunion = ask(hours=Hours("Indian/Reunion"), sent=[late])
    assert isinstance(decide(reunion, now), Later)
    assert decide(ask(sent=[late]), now) == Send()


# -- too late, reach, budget ----------------------------------------------------------------------


def test_message_that_could_only_leave_after_its_hour_never_leaves() -> None:
    evening = paris(12, 2, 21)
    assert decide(ask(expires_at=paris(12, 3, 9)), evening) == Refuse("too_late")
    assert decide(ask(expires_at=paris(12, 3, 9, 1)), evening) == Later(
        paris(12, 3, 9), "quiet_hours"
    )


def test_answer_that_expired_never_leaves() -> None:
    assert decide(ask(purpose=Purpose.STAFF, expires_at=NOON), NOON) == Refuse("too_late")


@pytest.mark.parametrize(
    ("left", "decision"),
    [(None, Send()), (1, Send()), (0, Refuse("budget_spent")), (-3, Refuse("budget_spent"))],
)
def test_budget_is_spent_to_the_last_segment(left: int | None, decision: Send | Refuse) -> None:
    assert decide(ask(segments_left=left), NOON) == decision


@pytest.mark.parametrize("purpose", sorted(ANSWERS | {Purpose.CHANGE}))
def test_spent_budget_holds_back_no_answer_and_no_cancellation(purpose: Purpose) -> None:
    assert decide(ask(purpose=purpose, segments_left=0), NOON) == Send()


def test_spent_budget_lets_a_stop_be_confirmed() -> None:
    confirmation = ask(purpose=Purpose.REPLY, stopped=True, confirms_stop=True, segments_left=-1)
    assert decide(confirmation, NOON) == Send()


# -- what holds for every request -----------------------------------------------------------------

minutes = st.integers(0, 400 * 24 * 60)
instants = minutes.map(lambda ahead: datetime(2026, 9, 1, tzinfo=UTC) + ahead * MINUTE)
hours = st.builds(
    Hours,
    zone=st.sampled_from([PARIS, "Indian/Reunion", "America/Martinique", "Europe/London"]),
    opens=st.sampled_from([time(7), time(9), time(10, 30)]),
    closes=st.sampled_from([time(12), time(19, 30), time(21)]),
    quiet_days=st.frozensets(st.integers(1, 7), max_size=6),
    holidays=st.frozensets(st.dates(date(2026, 9, 1), date(2027, 11, 1)), max_size=4),
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Request, datetime]:
    """A request and the moment at which it is made."""
    now = draw(instants)
    soon = st.integers(-10 * 24 * 60, 20 * 24 * 60).map(lambda ahead: now + ahead * MINUTE)
    past = st.integers(0, 9 * 24 * 60).map(lambda ago: now - ago * MINUTE)
    request = Request(
        purpose=draw(st.sampled_from(list(Purpose))),
        hours=draw(hours),
        erased=draw(st.booleans()) and draw(st.booleans()),
        stopped=draw(st.booleans()) and draw(st.booleans()),
        surveys=draw(st.none() | st.booleans()),
        confirms_stop=draw(st.booleans()),
        paused_until=draw(st.none() | soon),
        person_until=draw(st.none() | soon),
        no_contact=draw(st.booleans()) and draw(st.booleans()) and draw(st.booleans()),
        sent=draw(st.lists(past, max_size=6)),
        reserved=draw(st.lists(soon, max_size=3)),
        expires_at=draw(st.none() | soon),
        language_ready=draw(st.sampled_from([True, True, True, False])),
        unreachable=draw(st.sampled_from(["", "", "", "no_phone"])),
        segments_left=draw(st.none() | st.integers(-1, 3)),
        same_day=draw(st.booleans()),
    )
    return request, now


def inside(window: Hours, at: datetime) -> bool:
    """Whether a clock at the centre shows an hour at which messages may leave."""
    here = at.astimezone(ZoneInfo(window.zone))
    quiet = here.isoweekday() in window.quiet_days or here.date() in window.holidays
    return not quiet and window.opens <= here.time() < window.closes


def passes_quiet_hours(request: Request) -> bool:
    return request.purpose in ANSWERS or (request.purpose is Purpose.CHANGE and request.same_day)


@given(asked())
def test_nothing_ever_leaves_to_someone_erased_or_stopped(made: tuple[Request, datetime]) -> None:
    request, now = made
    for erased, confirms in ((True, request.confirms_stop), (False, False)):
        barred = replace(request, erased=erased, stopped=True, confirms_stop=confirms)
        assert isinstance(decide(barred, now), Refuse)


@given(asked())
def test_automatic_messages_leave_only_inside_the_window(made: tuple[Request, datetime]) -> None:
    request, now = made
    match decide(request, now):
        case Send() if not passes_quiet_hours(request):
            assert inside(request.hours, now)
        case Later(at):
            assert at > now
            assert passes_quiet_hours(request) or inside(request.hours, at)
            assert request.expires_at is None or at < request.expires_at
        case _:
            pass


@given(asked())
def test_asking_again_at_the_hour_given_settles_it(made: tuple[Request, datetime]) -> None:
    request, now = made
    decision = decide(request, now)
    for _ in range(40):
        if not isinstance(decision, Later):
            break
        at = decision.at
        decision = decide(request, at)
        assert not isinstance(decision, Later) or decision.at > at
    assert isinstance(decision, Send | Refuse)


@given(asked())
def test_hour_given_is_kept_when_nothing_changes_meanwhile(made: tuple[Request, datetime]) -> None:
    request, now = made
    first = decide(request, now)
    if isinstance(first, Later):
        assert decide(request, first.at) == Send()


@given(asked())
def test_answers_never_wait(made: tuple[Request, datetime]) -> None:
    request, now = made
    for purpose in ANSWERS:
        assert not isinstance(decide(replace(request, purpose=purpose), now), Later)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 30 * 24 * 60), st.sampled_from(sorted(CAPPED))), max_size=40),
    st.lists(st.integers(0, 30 * 24 * 60), max_size=4),
    hours,
)
def test_month_of_following_the_gate_never_exceeds_a_cap(
    wishes: list[tuple[int, Purpose]], changes: list[int], window: Hours
) -> None:
    start = datetime(2026, 10, 10, tzinfo=UTC)
    sent = [start + minute * MINUTE for minute in changes]  # not capped, but they count
    automatic: list[datetime] = []
    waiting = [(start + minute * MINUTE, purpose) for minute, purpose in wishes]
    while waiting:
        waiting.sort(key=lambda one: one[0])
        now, purpose = waiting.pop(0)
        before = [at for at in (*sent, *automatic) if at <= now]
        match decide(Request(purpose, window, sent=before), now):
            case Send():
                automatic.append(now)
            case Later(at):
                waiting.append((at, purpose))
            case Refuse(reason):
                assert reason == "no_open_hours"
    zone = ZoneInfo(window.zone)
    days = sorted(at.astimezone(zone).date() for at in automatic)
    assert max(Counter(days).values(), default=0) <= PER_DAY
    for day in days:
        assert sum(day - 6 * DAY <= one <= day for one in days) <= PER_WEEK


@given(asked())
def test_what_is_kept_for_the_urgent_is_never_given_away(made: tuple[Request, datetime]) -> None:
    request, now = made
    zone = ZoneInfo(request.hours.zone)
    kept = {one.astimezone(zone).date() for one in request.reserved}
    match decide(request, now):
        case Send() if request.purpose in CAPPED:
            assert now.astimezone(zone).date() not in kept
        case Later(at) if request.purpose in CAPPED:
            assert at.astimezone(zone).date() not in kept
        case _:
            pass


@given(asked(), st.sampled_from(sorted(CAPPED)))
def test_a_place_that_is_kept_is_still_free_when_its_hour_comes(
    made: tuple[Request, datetime], purpose: Purpose
) -> None:
    """What may leave now takes neither the day nor the week from a message that waits."""
    asking, now = made
    held = replace(asking, purpose=purpose, paused_until=None, person_until=None, expires_at=None)
    for at in (one for one in asking.reserved if one > now):
        alone = replace(held, reserved=[at])
        free = replace(held, purpose=Purpose.REMINDER, reserved=[])
        if isinstance(decide(alone, now), Send) and isinstance(decide(free, at), Send):
            after = replace(free, sent=[*held.sent, now])
            assert isinstance(decide(after, at), Send)


USUAL_HOURS = Hours("Europe/Paris")
SATURDAY_EVENING = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)  # an hour before the end


@pytest.mark.parametrize(
    ("since", "hours", "at"),
    [
        (SATURDAY_EVENING, 1, datetime(2026, 11, 28, 18, 30, tzinfo=UTC)),
        (SATURDAY_EVENING, 2, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 29, 3, tzinfo=UTC), 1, datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),
        (SATURDAY_EVENING, 12, datetime(2026, 12, 1, 8, 30, tzinfo=UTC)),
    ],
    ids=["the same evening", "over a Sunday", "from a Sunday night", "over a Sunday and a night"],
)
def test_open_time_is_counted_in_open_hours_only(
    since: datetime, hours: float, at: datetime
) -> None:
    assert USUAL_HOURS.after(since, timedelta(hours=hours)) == at
    assert USUAL_HOURS.open_between(since, at) == timedelta(hours=hours)


def test_open_time_never_passes_where_nothing_ever_opens() -> None:
    closed = Hours("Europe/Paris", quiet_days=frozenset(range(1, 8)))
    assert closed.after(SATURDAY_EVENING, timedelta(hours=1)) is None
    assert (
        closed.open_between(SATURDAY_EVENING, SATURDAY_EVENING + timedelta(days=9)) == timedelta()
    )
