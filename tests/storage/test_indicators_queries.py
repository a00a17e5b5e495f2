"""The indicators of a small invented town, counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Connection, Table, insert, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.event import listens_for

from bot.errors import Rejected
from bot.indicators.definitions import DEFINITIONS, VERSION, Period
from bot.indicators.indicator import Indicator
from bot.storage import tables
from bot.storage.database import Database
from bot.storage.indicators import PARIS, STATEMENTS, attendance_quality, compute

AUTUMN = Period(2026, 2)
LATER = datetime(2027, 1, 15, 12, tzinfo=UTC)
LONG_AGO = date(2025, 9, 1)
OCTOBER = datetime(2026, 10, 1, 9, tzinfo=UTC)


@dataclass
class Town:
    """Two centres and whoever a test brings in. Every method gives the new row's id."""

    db: Connection
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.tilleuls = self.centre("Centre des Tilleuls")
        self.canal = self.centre("Centre du Canal")

    def row(self, table: Table, **values: object) -> int:
        key = self.db.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def centre(self, name: str) -> int:
        return self.row(
            tables.centres,
            name=name,
            opens_at=time(9),
            closes_at=time(19, 30),
            quiet_days=[7],
            created_at=OCTOBER,
        )

    def family(
        self,
        *centres: int,
        joined_on: date = LONG_AGO,
        left_on: date | None = None,
        contacts: int = 1,
    ) -> int:
        family = self.row(
            tables.families,
            reference=f"famille-{next(self.numbers)}",
            joined_on=joined_on,
            left_on=left_on,
            created_at=OCTOBER,
        )
        for centre in centres or (self.tilleuls,):
            self.row(
                tables.children,
                family_id=family,
                centre_id=centre,
                first_name="Lina",
                created_at=OCTOBER,
            )
        for _ in range(contacts):
            self.contact(family)
        return family

    def contact(
        self,
        family: int,
        *,
        stopped_at: datetime | None = None,
        erased_at: datetime | None = None,
    ) -> int:
        return self.row(
            tables.contacts,
            family_id=family,
            rank=next(self.numbers),
            name="Nadia",
            stopped_at=stopped_at,
            erased_at=erased_at,
            created_at=OCTOBER,
        )

    def first_contact(self, family: int) -> int:
        contacts = tables.contacts
        found = self.db.scalar(contacts.select().where(contacts.c.family_id == family))
        assert isinstance(found, int)
        return found

    def message(
        self,
        family: int,
        state: str,
        *,
        sent_at: datetime | None = OCTOBER,
        channel: str = "sms",
        step: str = "",
        event: int | None = None,
        contact: int | None = None,
    ) -> int:
        return self.row(
            tables.outbox,
            key=f"message-{next(self.numbers)}",
            family_id=family,
            contact_id=contact or self.first_contact(family),
            event_id=event,
            purpose="invitation",
            step=step,
            says=[],
            due_at=OCTOBER,
            state=state,
            next_attempt_at=OCTOBER,
            channel=channel,
            created_at=OCTOBER,
            sent_at=sent_at,
        )

    def event(self, on: date, *, centre: int | None = None, status: str = "planned") -> int:
        return self.row(
            tables.events,
            centre_id=centre or self.tilleuls,
            kind="workshop",
            on=on,
            at=time(18),
            time_zone="Europe/Paris",
            starts_at=starts_at(on),
            status=status,
            created_at=OCTOBER,
        )

    def invitation(
        self,
        event: int,
        family: int,
        rsvp: str | None = None,
        *,
        rsvp_at: datetime | None = OCTOBER,
        attended: bool | None = None,
        attendance_at: datetime | None = None,
    ) -> int:
        return self.row(
            tables.invitations,
            event_id=event,
            family_id=family,
            rsvp=rsvp,
            rsvp_at=rsvp_at if rsvp else None,
            attended=attended,
            attendance_at=attendance_at,
        )

    def answer(
        self,
        event: int,
        family: int,
        code: str,
        *,
        at: datetime = OCTOBER,
        question: str = "satisfaction",
    ) -> int:
        contact = self.first_contact(family)
        address = self.row(
            tables.addresses,
            channel="sms",
            value=f"invented-{next(self.numbers)}",
            created_at=OCTOBER,
        )
        conversation = self.row(
            tables.conversations,
            address_id=address,
            contact_id=contact,
            flow="survey",
            state={},
            awaiting=False,
            opened_at=at,
            last_turn_at=at,
        )
        return self.row(
            tables.answers,
            conversation_id=conversation,
            contact_id=contact,
            family_id=family,
            event_id=event,
            question=question,
            code=code,
            wording="1",
            language="fr",
            channel="sms",
            at=at,
        )

    def figures(
        self, *, centre_id: int | None = None, now: datetime = LATER
    ) -> dict[str, Indicator]:
        found = compute(self.db, AUTUMN, centre_id=centre_id, now=now)
        return {one.code: one for one in found}

    def counts(
        self, code: str, *, centre_id: int | None = None, now: datetime = LATER
    ) -> tuple[int, int, int]:
        """Numerator, denominator, families."""
        one = self.figures(centre_id=centre_id, now=now)[code]
        return one.numerator, one.denominator, one.families


def starts_at(on: date) -> datetime:
    """18:00 in Paris."""
    return datetime.combine(on, time(18), PARIS).astimezone(UTC)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    database = Database(f"sqlite:///{tmp_path / 'town.db'}", durable=False)
    tables.metadata.create_all(database.engine)
    with database.write() as db:
        yield Town(db)
    database.close()


# -- the whole town -------------------------------------------------------------------------------


def test_an_empty_database_gives_zeros(town: Town) -> None:
    found = compute(town.db, AUTUMN, now=LATER)
    assert [one.code for one in found] == [one.code for one in DEFINITIONS]
    for one, definition in zip(found, DEFINITIONS, strict=True):
        assert (one.numerator, one.denominator, one.families, one.excluded) == (0, 0, 0, 0)
        assert (one.proportion, one.lo, one.hi) == (None, None, None)
        assert not one.publishable
        assert one.note == f"moins de {definition.min_n} familles"


def test_a_small_town_counted_by_hand(town: Town) -> None:
    """Four families; the one in two centres counts once in the town and once in each centre."""
    both = town.family(town.tilleuls, town.canal)
    only_tilleuls = town.family(town.tilleuls)
    only_canal = town.family(town.canal)
    stopped = town.family(town.tilleuls, contacts=0)
    town.contact(stopped, stopped_at=OCTOBER)
    workshop = town.event(date(2026, 10, 10))
    outing = town.event(date(2026, 11, 20), centre=town.canal)

    for family, state in [
        (both, "read"),
        (only_tilleuls, "sent"),
        (stopped, "delivered"),
    ]:
        town.message(family, state, step="invitation", event=workshop)
    for family, state in [(both, "failed"), (only_canal, "delivered")]:
        town.message(family, state, step="invitation", event=outing)

    town.invitation(workshop, both, "yes", attended=True)
    town.invitation(workshop, only_tilleuls)  # never delivered: no chance to answer
    town.invitation(workshop, stopped)  # delivered, silent
    town.invitation(outing, both, "yes", attended=False)  # answered, so it has arrived
    town.invitation(outing, only_canal, "no")
    town.answer(workshop, both, "4")
    town.answer(outing, only_canal, "2")

    by_centre: dict[int | None, dict[str, Indicator]] = {None: town.figures()}
    for centre in (town.tilleuls, town.canal):
        by_centre[centre] = town.figures(centre_id=centre)
    counted = {
        code: [
            (figures[code].numerator, figures[code].denominator, figures[code].families)
            for figures in by_centre.values()
        ]
        for code in by_centre[None]
    }
    assert counted == {
        #       the town   Tilleuls   Canal
        "I01": [(2, 4, 4), (1, 3, 3), (2, 2, 2)],
        "I02": [(3, 5, 4), (2, 4, 3), (2, 3, 2)],
        "I05": [(3, 4, 3), (1, 2, 2), (2, 2, 2)],
        "I06": [(1, 2, 1), (1, 1, 1), (0, 1, 1)],
        "I07": [(1, 4, 4), (1, 3, 3), (1, 2, 2)],
        "I13": [(1, 2, 2), (1, 1, 1), (0, 1, 1)],
        **dict.fromkeys(("I15", "I16", "I17", "I18"), [(0, 0, 0)] * 3),
    }
    assert by_centre[None]["I05"].proportion == pytest.approx(0.75)
    assert {one.centre for one in by_centre[None].values()} == {None}
    assert {one.centre for one in by_centre[town.canal].values()} == {"Centre du Canal"}
    assert {(one.period, one.version) for one in by_centre[None].values()} == {(AUTUMN, VERSION)}


def test_a_centre_that_does_not_exist_is_refused(town: Town) -> None:
    with pytest.raises(Rejected, match="centre"):
        compute(town.db, AUTUMN, centre_id=99, now=LATER)


def test_eleven_families_make_a_figure_publishable(town: Town) -> None:
    for _ in range(10):
        town.message(town.family(), "delivered")
    ten = town.figures()["I01"]
    assert (ten.publishable, ten.note, ten.proportion) == (False, "moins de 11 familles", 1.0)
    town.message(town.family(), "delivered")
    eleven = town.figures()["I01"]
    assert (eleven.publishable, eleven.note) == (True, "")


def test_the_same_queries_compile_for_postgresql(town: Town) -> None:
    """Guards against a construct that only SQLite knows; it does not run PostgreSQL."""
    seen: list[ClauseElement] = []

    @listens_for(town.db, "before_execute")
    def keep(_db: Connection, statement: ClauseElement, *_rest: object) -> None:
        seen.append(statement)

    compute(town.db, AUTUMN, centre_id=town.canal, now=LATER)
    attendance_quality(town.db, AUTUMN, now=LATER)
    assert len(seen) == 10
    for statement in seen:
        statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


# -- I01, active and reachable families -----------------------------------------------------------


def test_a_family_without_anyone_to_write_to_is_active_and_not_reachable(town: Town) -> None:
    town.family(contacts=0)
    assert town.counts("I01") == (0, 1, 1)


def test_a_family_that_stopped_is_active_and_not_reachable(town: Town) -> None:
    family = town.family(contacts=0)
    stopped = town.contact(family, stopped_at=OCTOBER)
    town.message(family, "delivered", contact=stopped)
    assert town.counts("I01") == (0, 1, 1)


def test_one_parent_who_stopped_leaves_the_family_reachable_through_the_other(town: Town) -> None:
    family = town.family()
    town.contact(family, stopped_at=OCTOBER)
    town.message(family, "delivered")
    assert town.counts("I01") == (1, 1, 1)


def test_a_family_whose_every_contact_was_erased_is_no_longer_counted(town: Town) -> None:
    gone, half = town.family(contacts=0), town.family()
    for family in (gone, half):
        erased = town.contact(family, erased_at=OCTOBER)
        town.message(family, "delivered", contact=erased)
    assert town.counts("I01") == (1, 1, 1)


def test_a_family_needs_sixty_days_within_the_half_year(town: Town) -> None:
    town.family(joined_on=date(2026, 11, 2))
    town.family(joined_on=date(2026, 11, 3))
    town.family(left_on=date(2026, 8, 29))
    town.family(left_on=date(2026, 8, 28))
    assert town.counts("I01")[1] == 2


def test_a_running_half_year_counts_up_to_today(town: Town) -> None:
    town.family()
    assert town.counts("I01", now=datetime(2026, 8, 28, 12, tzinfo=UTC))[1] == 0
    # 29 August has begun in Paris, not yet in UTC
    assert town.counts("I01", now=datetime(2026, 8, 28, 22, 30, tzinfo=UTC))[1] == 1


@pytest.mark.parametrize("state", ["waiting", "sending", "sent", "failed", "refused"])
def test_only_what_arrived_makes_a_family_reachable(town: Town, state: str) -> None:
    town.message(town.family(), state)
    assert town.counts("I01") == (0, 1, 1)


# -- I02, messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ("sent", (0, 1, 1)),
        ("delivered", (1, 1, 1)),
        ("read", (1, 1, 1)),
        ("failed", (0, 1, 1)),
        ("waiting", (0, 0, 0)),
        ("refused", (0, 0, 0)),
    ],
)
def test_a_message_counts_once_it_has_left(
    town: Town, state: str, counted: tuple[int, int, int]
) -> None:
    """A late "failed" keeps it among those that left."""
    town.message(town.family(), state)
    assert town.counts("I02") == counted


def test_a_message_that_failed_before_leaving_was_not_sent(town: Town) -> None:
    town.message(town.family(), "failed", sent_at=None)
    assert town.counts("I02") == (0, 0, 0)


def test_what_a_page_showed_was_not_sent(town: Town) -> None:
    town.message(town.family(), "delivered", channel="link")
    assert town.counts("I02") == (0, 0, 0)


def test_messages_belong_to_the_half_year_on_the_local_clock(town: Town) -> None:
    family = town.family()
    for sent_at, inside in [
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), False),
    ]:
        town.message(family, "delivered" if inside else "failed", sent_at=sent_at)
    assert town.counts("I02") == (2, 2, 1)


def test_messages_to_both_parents_are_one_family(town: Town) -> None:
    family = town.family()
    town.message(family, "delivered")
    town.message(family, "failed", contact=town.contact(family))
    figure = town.figures()["I02"]
    assert (figure.numerator, figure.denominator, figure.families) == (1, 2, 1)
    assert figure.deff == 2.0  # one family is one voice


def test_an_answer_to_a_stranger_is_no_familys_message(town: Town) -> None:
    stranger = town.message(town.family(), "delivered")
    outbox = tables.outbox
    town.db.execute(
        update(outbox).where(outbox.c.id == stranger).values(contact_id=None, family_id=None)
    )
    assert town.counts("I02") == (0, 0, 0)


def test_messages_of_an_inactive_family_still_count(town: Town) -> None:
    town.message(town.family(joined_on=date(2026, 12, 1)), "delivered")
    assert town.counts("I02") == (1, 1, 1)
    assert town.counts("I01") == (0, 0, 0)


# -- I05, replies ---------------------------------------------------------------------------------

WORKSHOP_ON = date(2026, 10, 10)


@pytest.mark.parametrize(("rsvp", "replied"), [("yes", 1), ("no", 1), ("maybe", 1), (None, 0)])
def test_any_answer_before_the_start_is_a_reply(town: Town, rsvp: str | None, replied: int) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    town.message(family, "delivered", step="invitation", event=workshop)
    town.invitation(workshop, family, rsvp)
    assert town.counts("I05") == (replied, 1, 1)


@pytest.mark.parametrize(("minutes", "replied"), [(-1, 1), (0, 0), (60, 0)])
def test_an_answer_after_the_start_is_too_late(town: Town, minutes: int, replied: int) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    late = starts_at(WORKSHOP_ON) + timedelta(minutes=minutes)
    town.invitation(workshop, family, "yes", rsvp_at=late)
    assert town.counts("I05") == (replied, 1, 1)


@pytest.mark.parametrize(
    ("step", "state", "invited"),
    [
        ("invitation", "delivered", 1),
        ("nudge", "read", 1),
        ("reminder", "delivered", 0),
        ("invitation", "sent", 0),
        ("invitation", "failed", 0),
    ],
)
def test_only_a_delivered_invitation_gives_the_chance_to_answer(
    town: Town, step: str, state: str, invited: int
) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    town.message(family, state, step=step, event=workshop)
    town.invitation(workshop, family)
    assert town.counts("I05") == (0, invited, invited)


def test_an_invitation_and_its_nudge_to_two_parents_are_one_invitation(town: Town) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    other = town.contact(family)
    town.message(family, "delivered", step="invitation", event=workshop)
    town.message(family, "delivered", step="invitation", event=workshop, contact=other)
    town.message(family, "read", step="nudge", event=workshop)
    town.invitation(workshop, family, "no")
    assert town.counts("I05") == (1, 1, 1)


def test_an_invitation_to_one_event_says_nothing_of_another(town: Town) -> None:
    family = town.family()
    workshop, outing = town.event(WORKSHOP_ON), town.event(date(2026, 11, 20))
    town.message(family, "delivered", step="invitation", event=workshop)
    town.invitation(outing, family)
    assert town.counts("I05") == (0, 0, 0)


# -- which events count ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "status", "now", "counts"),
    [
        (WORKSHOP_ON, "planned", LATER, 1),
        (WORKSHOP_ON, "cancelled", LATER, 0),
        (date(2026, 7, 1), "planned", LATER, 1),
        (date(2026, 12, 31), "planned", LATER, 1),
        (date(2026, 6, 30), "planned", LATER, 0),
        (date(2027, 1, 1), "planned", LATER, 0),
        (WORKSHOP_ON, "planned", starts_at(WORKSHOP_ON), 1),
        (WORKSHOP_ON, "planned", starts_at(WORKSHOP_ON) - timedelta(minutes=1), 0),
    ],
    ids=[
        "held",
        "cancelled",
        "first day",
        "last day",
        "the day before",
        "the day after",
        "begins now",
        "begins in a minute",
    ],
)
def test_an_event_counts_when_it_was_held_in_the_half_year(
    town: Town, on: date, status: str, now: datetime, counts: int
) -> None:
    family, held = town.family(), town.event(on, status=status)
    long_before = datetime(2026, 5, 1, tzinfo=UTC)
    town.invitation(held, family, "yes", rsvp_at=long_before, attended=True)
    town.answer(held, family, "4")
    found = town.figures(now=now)
    assert [found[code].numerator for code in ("I05", "I06", "I07", "I13")] == [counts] * 4


# -- I06 and I07, presence ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rsvp", "attended", "after_yes", "took_part"),
    [
        ("yes", True, (1, 1, 1), 1),
        ("yes", False, (0, 1, 1), 0),
        ("yes", None, (0, 0, 0), 0),
        ("maybe", True, (0, 0, 0), 1),
        ("no", True, (0, 0, 0), 1),
        (None, True, (0, 0, 0), 1),
    ],
)
def test_presence(
    town: Town,
    rsvp: str | None,
    attended: bool | None,
    after_yes: tuple[int, int, int],
    took_part: int,
) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    town.invitation(workshop, family, rsvp, attended=attended)
    assert town.counts("I06") == after_yes
    assert town.counts("I07") == (took_part, 1, 1)


def test_a_family_that_came_twice_took_part_once(town: Town) -> None:
    family = town.family()
    for on in (WORKSHOP_ON, date(2026, 11, 20)):
        town.invitation(town.event(on), family, attended=True)
    assert town.counts("I07") == (1, 1, 1)


def test_a_family_that_came_before_its_sixtieth_day_is_not_active(town: Town) -> None:
    newcomer = town.family(joined_on=date(2026, 11, 10))
    town.invitation(town.event(date(2026, 11, 20)), newcomer, attended=True)
    assert town.counts("I07") == (0, 0, 0)


def test_a_centres_family_takes_part_wherever_it_goes(town: Town) -> None:
    family = town.family(town.tilleuls, town.canal)
    town.invitation(town.event(WORKSHOP_ON, centre=town.canal), family, attended=True)
    assert town.counts("I07", centre_id=town.tilleuls) == (1, 1, 1)


# -- I13, satisfaction ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "counted", "excluded"),
    [
        (["4"], (1, 1, 1), 0),
        (["3"], (1, 1, 1), 0),
        (["2"], (0, 1, 1), 0),
        (["1"], (0, 1, 1), 0),
        (["skip"], (0, 0, 0), 1),
        (["unknown"], (0, 0, 0), 1),
        (["skip", "unknown"], (0, 0, 0), 1),
        (["1", "4"], (1, 1, 1), 0),
        (["4", "1"], (0, 1, 1), 0),
        (["4", "skip"], (1, 1, 1), 0),
        (["skip", "2"], (0, 1, 1), 0),
        (["5"], (0, 0, 0), 0),
    ],
)
def test_the_last_valid_answer_stands_for_the_family(
    town: Town, codes: list[str], counted: tuple[int, int, int], excluded: int
) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    for hour, code in enumerate(codes):
        town.answer(workshop, family, code, at=OCTOBER + timedelta(hours=hour))
    assert town.counts("I13") == counted
    assert town.figures()["I13"].excluded == excluded


def test_of_two_answers_at_one_instant_the_later_row_stands(town: Town) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    town.answer(workshop, family, "1")
    town.answer(workshop, family, "4")
    assert town.counts("I13") == (1, 1, 1)


def test_answers_about_two_events_are_two_answers_of_one_family(town: Town) -> None:
    family = town.family()
    for on, code in [(WORKSHOP_ON, "4"), (date(2026, 11, 20), "1")]:
        town.answer(town.event(on), family, code)
    assert town.counts("I13") == (1, 2, 1)


def test_other_questions_are_not_satisfaction(town: Town) -> None:
    family, workshop = town.family(), town.event(WORKSHOP_ON)
    town.answer(workshop, family, "4", question="tried")
    assert town.counts("I13") == (0, 0, 0)


# -- Q3, attendance in time -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ticks", "in_time"),
    [
        ([("yes", 2), (None, None)], 1),
        ([("yes", 48)], 1),
        ([("yes", 49)], 0),
        ([("yes", 2), ("yes", None)], 0),
        ([(None, 2)], 1),
        ([(None, None)], 0),
    ],
    ids=[
        "who said yes is ticked",
        "in the last hour",
        "an hour late",
        "one yes left blank",
        "came without answering",
        "nothing ticked",
    ],
)
def test_attendance_is_in_time_when_complete_within_48_hours(
    town: Town, ticks: list[tuple[str | None, int | None]], in_time: int
) -> None:
    workshop = town.event(WORKSHOP_ON)
    for rsvp, hours in ticks:
        at = None if hours is None else starts_at(WORKSHOP_ON) + timedelta(hours=hours)
        town.invitation(
            workshop,
            town.family(),
            rsvp,
            attended=None if at is None else True,
            attendance_at=at,
        )
    quality = attendance_quality(town.db, AUTUMN, now=LATER)
    assert (quality.numerator, quality.denominator) == (in_time, 1)


def test_attendance_is_not_asked_before_its_48_hours_are_over(town: Town) -> None:
    town.invitation(town.event(WORKSHOP_ON), town.family(), "yes")
    town.event(WORKSHOP_ON)  # nobody was invited: nothing to tick
    over = starts_at(WORKSHOP_ON) + timedelta(hours=48)
    early = attendance_quality(town.db, AUTUMN, now=over - timedelta(minutes=1))
    assert early.denominator == 0
    assert attendance_quality(town.db, AUTUMN, now=over).denominator == 1
    elsewhere = attendance_quality(town.db, AUTUMN, centre_id=town.canal, now=over)
    assert elsewhere.denominator == 0


# -- I15 to I18, what parents say the association brings ------------------------------------------


def a_wave(town: Town, *families: int, code: str = "2026-H2", centre: int | None = None) -> int:
    """A survey wave that asks these families."""
    campaign = town.row(
        tables.campaigns,
        kind="wave",
        wave=code,
        on=date(2026, 11, 1),
        at=time(10),
        ends_on=date(2026, 11, 30),
        audience={},
        created_at=OCTOBER,
    )
    for family in families:
        town.row(
            tables.campaign_families,
            campaign_id=campaign,
            family_id=family,
            centre_id=centre or town.tilleuls,
        )
    return campaign


def says(
    town: Town, wave: int, family: int, code: str, question: str = "behaviour", **row: Any
) -> None:
    """A parent's answer to one statement."""
    address = town.row(
        tables.addresses,
        channel="sms",
        value=f"invented-{next(town.numbers)}",
        created_at=OCTOBER,
    )
    conversation = town.row(
        tables.conversations,
        address_id=address,
        contact_id=town.first_contact(family),
        flow="wave",
        state={},
        awaiting=False,
        opened_at=OCTOBER,
        last_turn_at=OCTOBER,
    )
    town.row(
        tables.answers,
        **{
            "conversation_id": conversation,
            "contact_id": town.first_contact(family),
            "family_id": family,
            "campaign_id": wave,
            "question": question,
            "code": code,
            "wording": "2026-11",
            "language": "fr",
            "channel": "sms",
            "at": OCTOBER,
        }
        | row,
    )


def test_agreement_counts_the_top_two_of_four_for_each_statement_apart(town: Town) -> None:
    families = [town.family() for _ in range(5)]
    wave = a_wave(town, *families)
    for family, code in zip(families, ("4", "3", "2", "1", "4"), strict=True):
        says(town, wave, family, code)
    says(town, wave, families[0], "1", "school")
    says(town, wave, families[1], "4", "choices")
    found = town.figures()
    counted = {code: (found[code].numerator, found[code].denominator) for code in STATEMENTS}
    assert counted == {"I15": (3, 5), "I16": (0, 1), "I17": (1, 1), "I18": (0, 0)}


def test_not_knowing_and_passing_leave_the_denominator_and_are_counted(town: Town) -> None:
    families = [town.family() for _ in range(4)]
    wave = a_wave(town, *families)
    for family, code in zip(families, ("4", "unknown", "skip", "unclear"), strict=True):
        says(town, wave, family, code)
    found = town.figures()["I15"]
    assert (found.numerator, found.denominator, found.excluded) == (1, 1, 2)


def test_both_parents_count_and_who_answers_twice_counts_once(town: Town) -> None:
    family = town.family()
    second = town.contact(family)
    wave = a_wave(town, family)
    says(town, wave, family, "1")
    says(town, wave, family, "4", at=OCTOBER + timedelta(hours=1))
    says(town, wave, family, "skip", at=OCTOBER + timedelta(hours=2))
    says(town, wave, family, "2", contact_id=second)
    found = town.figures()["I15"]
    assert (found.numerator, found.denominator, found.families) == (1, 2, 1)


def test_a_wave_of_another_half_year_or_centre_is_not_counted(town: Town) -> None:
    here, there = town.family(), town.family(town.tilleuls, town.canal)
    says(town, a_wave(town, here), here, "4")
    says(town, a_wave(town, there, centre=town.canal), there, "4")
    says(town, a_wave(town, here, code="2026-H1"), here, "1")
    assert town.figures()["I15"].denominator == 2
    assert town.figures(centre_id=town.tilleuls)["I15"].denominator == 1
    assert town.figures(centre_id=town.canal)["I15"].denominator == 1
