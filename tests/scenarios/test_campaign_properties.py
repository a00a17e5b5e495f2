"""Whatever happens in a village, and in whatever order: what its phones took keeps every promise.

Real file, real jobs, real inbound; only the clock and the providers are the test's. The books are
compared with what the phones hold, after each step.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Column, ColumnElement, func, select

from bot.changes import Changes, change_event
from bot.errors import Rejected, SendDelayed, SendRefused, SendUncertain
from bot.events import NewEvent, Wording, add_event, cancel_event, record_attendance
from bot.gate import CAPPED, PER_DAY, PER_WEEK, WEEK
from bot.messages import DeliveryState, OptOut, Purpose, version_of
from bot.reach import public_holidays
from bot.storage.console.events import event_line
from bot.storage.console.invited import event_messages, totals
from bot.storage.tables import centres, contacts, events, families, invitations, offers
from tests.house import SMS, TELEGRAM, phone
from tests.scenarios.village import (
    CENTRES,
    CONFIRMS,
    TELLS_START,
    TELLS_STOP,
    Taken,
    Village,
    found,
    is_holiday,
)

STARTS = (
    datetime(2026, 11, 16, 9, tzinfo=UTC),  # an ordinary week
    datetime(2026, 10, 21, 8, tzinfo=UTC),  # before the clocks go back
    datetime(2027, 3, 24, 10, tzinfo=UTC),  # before they go forward, and Easter
    datetime(2026, 12, 21, 10, tzinfo=UTC),  # Christmas, and the abolition of slavery a day before
)
PHONES = 5
OPENS, CLOSES = time(9), time(19, 30)
WORDS = (
    "oui", "non", "peut-être", "oui, 2 adultes et 1 enfant", "oui on sera 2 dont 1 enfant",
    "1", "2", "3", "0", "9", "B1", "C2", "12", "👍", "🎉🎉", "asdf qwerty", "", "merci",
    "non, je travaille", "je ne sais pas encore", "c'est à quelle heure ?", "نعم", "pas le samedi",
    "quelqu'un peut m'appeler ?", "je prends", "Oui mais en retard", "?" * 700,
)  # fmt: skip
HOURS = (time(0, 30), time(2, 30), time(8), time(9, 45), time(14), time(18), time(23, 45))

phones = st.integers(0, PHONES - 1)
numbers = st.integers(0, 5)  # families
errors = st.sampled_from(["delayed", "uncertain", "taken", "refused"])


class Campaign(RuleBasedStateMachine):
    """Families, coordinators, a provider and a clock, in any order."""

    empty_file: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.village: Village

    @initialize(
        now=st.sampled_from(STARTS),
        guardians=st.lists(phones, min_size=2, max_size=4),
        days=st.integers(2, 9),
        seats=st.sampled_from([None, 2]),
        first=st.sampled_from([0, 20, 44]),
    )
    def begin(
        self, now: datetime, guardians: list[int], days: int, seats: int | None, first: int
    ) -> None:
        self.village = found(self.empty_file, self.folder, now)
        for number, line in enumerate(guardians):
            self.village.enrol(number, "Les Tilleuls", [(line, True)])
        self.plans("workshop", 1, days, time(18), seats)
        self.village.live(first, timedelta(hours=4))

    # -- coordinators -----------------------------------------------------------------------------

    @rule(
        number=numbers,
        centre=st.sampled_from(sorted(CENTRES)),
        guardians=st.lists(st.tuples(phones, st.booleans()), max_size=2),
    )
    def family_joins(self, number: int, centre: str, guardians: list[tuple[int, bool]]) -> None:
        self.village.enrol(number, centre, guardians)

    @rule(
        kind=st.sampled_from(["workshop", "outing", "meeting"]),
        days=st.integers(0, 9),
        at=st.sampled_from(HOURS),
        seats=st.sampled_from([None, 1, 3]),
        data=st.data(),
    )
    def event_is_planned(
        self, kind: str, days: int, at: time, seats: int | None, data: st.DataObject
    ) -> None:
        self.plans(kind, self.any_of(data, centres.c.id), days, at, seats)

    @rule(
        data=st.data(),
        days=st.sampled_from([None, -2, 1, 5]),
        at=st.sampled_from([None, *HOURS]),
        place=st.sampled_from([None, "Salle verte"]),
    )
    def event_moves(
        self, data: st.DataObject, days: int | None, at: time | None, place: str | None
    ) -> None:
        event_id = self.any_of(data, events.c.id)
        on = None if days is None else self.today() + timedelta(days=days)
        changes = Changes(on=on, at=at, place=place)
        with suppress(Rejected), self.village.house.database.write() as db:
            change_event(db, self.village.house.carnet.reach, event_id, changes, self.now())

    @rule(data=st.data())
    def event_is_cancelled(self, data: st.DataObject) -> None:
        event_id = self.any_of(data, events.c.id)
        with suppress(Rejected), self.village.house.database.write() as db:
            cancel_event(db, self.village.house.carnet.reach, event_id, self.now())

    @rule(data=st.data(), came=st.dictionaries(st.integers(1, 6), st.booleans(), min_size=1))
    def attendance_is_recorded(self, data: st.DataObject, came: dict[int, bool]) -> None:
        event_id = self.any_of(data, events.c.id)
        with suppress(Rejected), self.village.house.database.write() as db:
            record_attendance(db, event_id, came, self.now())

    @rule(data=st.data(), hours=st.sampled_from([None, 5, 40, 200]))
    def family_is_paused(self, data: st.DataObject, hours: int | None) -> None:
        until = None if hours is None else self.now() + timedelta(hours=hours)
        self.village.pause(self.any_of(data, families.c.id), until)

    @precondition(lambda self: bool(self.village.open_tasks()))
    @rule(data=st.data(), closes=st.booleans())
    def person_takes_over(self, data: st.DataObject, closes: bool) -> None:
        waiting = self.village.open_tasks()
        task = waiting[data.draw(st.integers(0, len(waiting) - 1))]
        if closes:
            self.village.close(task)
            return
        try:
            self.village.answer(task)
        except Rejected:
            assert task.contact_id in self.village.stopped

    @precondition(lambda self: len(self.village.erased) < 2)
    @rule(data=st.data())
    def guardian_is_erased(self, data: st.DataObject) -> None:
        contact_id = self.any_of(data, contacts.c.id, contacts.c.erased_at.is_(None))
        if contact_id:
            self.village.erase(contact_id)

    # -- parents ----------------------------------------------------------------------------------

    @rule(line=phones, text=st.sampled_from(WORDS))
    def parent_writes(self, line: int, text: str) -> None:
        self.answers_for_one_event(line, text)

    @rule(line=phones, text=st.sampled_from(WORDS[:5]))
    def parent_answers(self, line: int, text: str) -> None:
        self.answers_for_one_event(line, text)

    @rule(text=st.sampled_from(WORDS[2:5]))
    def everybody_answers(self, text: str) -> None:
        for line in range(PHONES):
            self.answers_for_one_event(line, text)

    @precondition(lambda self: len(self.village.stopped) < 2)
    @rule(line=phones, word=st.sampled_from([*TELLS_STOP, OptOut.STOP]))
    def parent_stops(self, line: int, word: str) -> None:
        self.says(line, word)
        assert self.village.people_at(SMS, phone(line)) <= self.village.stopped

    @precondition(lambda self: bool(self.village.stopped))
    @rule(line=phones, word=st.sampled_from([*TELLS_START, OptOut.START]))
    def parent_comes_back(self, line: int, word: str) -> None:
        self.says(line, word)

    @precondition(lambda self: len(self.village.chats) < 3)
    @rule(data=st.data(), chat=st.integers(7000, 7003))
    def parent_opens_the_link_on_their_card(self, data: st.DataObject, chat: int) -> None:
        contact_id = self.any_of(data, contacts.c.id, contacts.c.erased_at.is_(None))
        if contact_id:
            self.village.bind(contact_id, TELEGRAM, str(chat))

    @precondition(lambda self: bool(self.village.buttons()))
    @rule(data=st.data())
    def parent_taps(self, data: st.DataObject) -> None:
        """Any button that was ever shown, however old."""
        shown = self.village.buttons()
        value, payload = data.draw(st.sampled_from(shown))
        before = self.village.answers()
        self.village.hear(TELEGRAM, value, payload=payload)
        self.only_one_event(before, self.village.families_at(TELEGRAM, value))

    @precondition(lambda self: bool(self.village.calls))
    @rule(data=st.data())
    def webhook_comes_twice(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.village.calls))
        before = self.village.everything()
        self.village.again(call)
        assert self.village.everything() == before

    # -- the world --------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 3, 9, 24, 30, 48]))
    def time_passes(self, hours: int) -> None:
        self.village.live(hours, timedelta(hours=1 if hours < 9 else 3))

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.village.live(24 * days, timedelta(hours=4))

    @rule(hours=st.sampled_from([5, 26, 75]))
    def nothing_runs_for_a_while(self, hours: int) -> None:
        self.village.house.clock.later(hours=hours)

    @rule()
    def jobs_run(self) -> None:
        if not self.village.tick():
            self.village.restart(alone=True)

    @rule(line=phones, kinds=st.lists(errors, min_size=1, max_size=3))
    def provider_fails(self, line: int, kinds: list[str]) -> None:
        provider = self.village.providers[SMS]
        raised = {
            "delayed": SendDelayed("busy"),
            "uncertain": SendUncertain("timeout"),
            "taken": SendUncertain("timeout"),
            "refused": SendRefused("no"),
        }
        provider.takes_when_silent = "taken" in kinds
        provider.fail(phone(line), *(raised[one] for one in kinds))

    @rule(when=st.sampled_from(["before", "after"]), alone=st.booleans())
    def process_dies(self, when: str, alone: bool) -> None:
        self.village.providers[SMS].kills = when
        self.village.tick()
        self.village.providers[SMS].kills = ""
        self.village.restart(alone=alone)

    @rule(data=st.data(), state=st.sampled_from(["delivered", "read", "sent"]))
    def receipt_arrives(self, data: st.DataObject, state: str) -> None:
        rows = [row for row in self.village.left() if row.provider_id]
        if rows:
            row = rows[data.draw(st.integers(0, len(rows) - 1))]
            self.village.house.receipt(row, DeliveryState(state))

    # -- what always holds ------------------------------------------------------------------------

    @invariant()
    def every_promise_is_kept(self) -> None:
        if not hasattr(self, "village"):
            return
        self.nothing_reaches_who_said_stop_or_was_erased()
        self.nothing_automatic_reaches_who_is_paused_or_talks_with_a_person()
        self.nothing_automatic_outside_the_centres_hours()
        self.nobody_gets_more_than_the_caps_allow()
        self.each_promise_is_kept_once()
        self.nothing_is_said_of_a_moment_that_is_gone()
        self.the_books_say_what_the_phones_took()
        self.totals_reconcile()
        self.no_seat_is_given_twice()

    def nothing_reaches_who_said_stop_or_was_erased(self) -> None:
        for one in self.taken():
            assert not one.said_no_more or one.row.step in CONFIRMS, one.row.key

    def nothing_automatic_reaches_who_is_paused_or_talks_with_a_person(self) -> None:
        for one in self.taken():
            assert not (one.automatic and one.held_back), one.row.key

    def nothing_automatic_outside_the_centres_hours(self) -> None:
        for one in self.taken():
            if one.automatic:
                centre = self.village.centre_of(one.row)
                here = one.at.astimezone(ZoneInfo(centre.time_zone))
                free = public_holidays(centre.holidays, here.year)
                inside = OPENS <= here.time() < CLOSES and not is_holiday(here.date(), free)
                assert inside or _of_today(one, centre.time_zone), (one.row.key, here)

    def nobody_gets_more_than_the_caps_allow(self) -> None:
        per_person: dict[object, list[Taken]] = {}
        for one in self.taken():
            if one.automatic:
                for whose in (one.row.contact_id, one.value):  # a shared phone rings for all
                    per_person.setdefault(whose, []).append(one)
        for theirs in per_person.values():
            zone = ZoneInfo(self.village.centre_of(theirs[0].row).time_zone)
            days = [one.at.astimezone(zone).date() for one in theirs]
            for place, one in enumerate(theirs):
                if Purpose(one.row.purpose) in CAPPED:
                    on, before = days[place], days[:place]
                    assert before.count(on) < PER_DAY, one.row.key
                    assert sum(on - WEEK <= day <= on for day in before) < PER_WEEK, one.row.key

    def each_promise_is_kept_once(self) -> None:
        taken = self.taken()
        assert _most(one.row.id for one in taken) <= 1
        assert _most(one.row.key for one in taken) <= 1
        steps = (
            (one.row.event_id, one.row.step, one.row.family_id, version_of(one.row.key))
            for one in taken
            if one.automatic and one.row.step != "offer"
        )
        assert _most(steps) <= 1

    def nothing_is_said_of_a_moment_that_is_gone(self) -> None:
        for one in self.taken():
            if one.event is None or not one.automatic:
                continue
            if one.row.purpose in (Purpose.INVITATION, Purpose.REMINDER):
                assert one.at < one.event.starts_at, one.row.key
                assert one.event.status == "planned", one.row.key
                assert one.invitation is not None
            if one.row.purpose == Purpose.REMINDER:
                assert one.invitation is not None
                assert one.invitation.rsvp in ("yes", "maybe"), one.row.key
                assert version_of(one.row.key) == one.event.version

    def the_books_say_what_the_phones_took(self) -> None:
        held = {one.row.id for one in self.taken()}
        assert {row.merged_into or row.id for row in self.village.left()} <= held
        doubtful = {DeliveryState.SENDING, DeliveryState.FAILED}
        for row in self.village.house.outbox():
            if row.id in held:
                assert row.state not in (DeliveryState.WAITING, DeliveryState.REFUSED), row.key
            assert row.state not in doubtful or row.attempts or row.lease_until is not None

    def totals_reconcile(self) -> None:
        with self.village.house.database.read() as db:
            for event_id in self.event_ids():
                sent = event_messages(db, event_id)
                parts = totals(sent)
                assert sum(
                    one.sent + one.waiting + one.failed + sum(one.refused.values()) for one in parts
                ) == len(sent)
                line = event_line(db, None, event_id)
                assert line is not None
                counts = line.counts
                invited = db.scalar(select(func.count()).where(invitations.c.event_id == event_id))
                assert invited == (
                    counts.yes + counts.no + counts.maybe + counts.silent + counts.unreachable
                )

    def no_seat_is_given_twice(self) -> None:
        for event in self.village.house.all(select(events).where(events.c.seats.is_not(None))):
            places = self.village.house.all(
                select(invitations.c.party).where(
                    invitations.c.event_id == event.id, invitations.c.seat == "held"
                )
            )
            kept = self.village.house.all(
                select(offers.c.places).where(offers.c.event_id == event.id, offers.c.live)
            )
            sizes = [row[0] for row in (*places, *kept)]
            assert min(sizes, default=0) >= 0
            assert sum(sizes) <= event.seats

    # -- by hand ----------------------------------------------------------------------------------

    def plans(self, kind: str, centre_id: int, days: int, at: time, seats: int | None) -> None:
        on = self.today() + timedelta(days=days)
        words = {"fr": Wording("Atelier écrans")}
        new = NewEvent(kind, centre_id, on, at, "Salle bleue", words, seats=seats)
        with suppress(Rejected), self.village.house.database.write() as db:
            add_event(db, new, self.now())

    def answers_for_one_event(self, line: int, text: str) -> None:
        before = self.village.answers()
        self.village.hear(SMS, phone(line), text)
        self.only_one_event(before, self.village.families_at(SMS, phone(line)))

    def only_one_event(self, before: Mapping[tuple[int, int], object], mine: set[int]) -> None:
        """An answer changes what stands for one family and one event, and nothing else."""
        after = self.village.answers()
        changed = {key for key in after if after[key] != before.get(key)}
        assert len(changed) <= 1
        assert {family_id for _, family_id in changed} <= mine

    def says(self, line: int, word: str) -> None:
        if isinstance(word, OptOut):
            self.village.hear(SMS, phone(line), opt_out=word)
        else:
            self.village.hear(SMS, phone(line), word)

    def now(self) -> datetime:
        return self.village.house.clock()

    def today(self) -> date:
        return self.now().astimezone(ZoneInfo("Europe/Paris")).date()

    def any_of(self, data: st.DataObject, ids: Column[int], *where: ColumnElement[bool]) -> int:
        """One id of a table; 0, which is nobody's, from an empty one."""
        known = [row[0] for row in self.village.house.all(select(ids).where(*where).order_by(ids))]
        return data.draw(st.sampled_from(known)) if known else 0

    def event_ids(self) -> list[int]:
        return [row.id for row in self.village.house.all(select(events.c.id))]

    def taken(self) -> list[Taken]:
        return self.village.taken

    def teardown(self) -> None:
        if hasattr(self, "village"):
            self.village.house.database.close()
        shutil.rmtree(self.folder)


def _of_today(one: Taken, zone: str) -> bool:
    """News about an event of this very day: it leaves at any hour."""
    if one.row.purpose != Purpose.CHANGE or one.row.expires_at is None:
        return False
    until, at = (
        moment.astimezone(ZoneInfo(zone)).date() for moment in (one.row.expires_at, one.at)
    )
    return until == at


def _most(of: Iterable[object]) -> int:
    return max(Counter(of).values(), default=0)


def test_whatever_happens_every_promise_is_kept(empty_file: Path) -> None:
    """`pytest --hypothesis-profile=long` looks for longer."""
    Campaign.empty_file = empty_file
    profile = settings.default
    assert profile is not None, "there always is one"
    run_state_machine_as_test(
        Campaign,
        settings=settings(
            max_examples=profile.max_examples // 8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target],
        ),
    )
