"""The rehearsal says what will leave: lived through afterwards, line by line, it was so.

One invented centre, November and December 2026, the three channels on simulated phones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.app import build
from bot.channels.simulator import Simulator
from bot.errors import Rejected
from bot.events import cancel_event
from bot.settings import Settings
from bot.storage.database import AloneDatabase, Database
from bot.storage.rehearsed import standing
from bot.storage.tables import contacts, families, invitations, metadata, simulated_messages
from scheduler.jobs import JOBS
from scheduler.rehearsal import Line, Outcome, Rehearsal, read_lines, rehearse
from tests.house import (
    MONDAY,
    SHAPES,
    SMS,
    TELEGRAM,
    WHATSAPP,
    Clock,
    House,
    guardian,
    phone,
)
from tests.scheduler.test_state import add_campaign

DAYS = 30
END = MONDAY + timedelta(days=DAYS)
HALF_PAST = frozenset({8, 9, 16})  # in UTC: half past nine, ten and five in Paris
AWAKE = range(4, 20)  # in UTC: the longest wait for an answer ends before five in the morning
TICKS = tuple(
    hour + half
    for hour in (MONDAY + timedelta(hours=one) for one in range(DAYS * 24 + 1))
    for half in (timedelta(), timedelta(minutes=30))
    if AWAKE.start <= hour.hour < AWAKE.stop and (not half or hour.hour in HALF_PAST)
)


@pytest.fixture
def house(database_file: Path, clock: Clock, tmp_path: Path) -> House:
    """The house on the shipped simulator, in a process that nothing else runs in.

    Nobody says what has arrived on those phones: that is no reason to try another way.
    """
    database = AloneDatabase(f"sqlite:///{database_file}", durable=False)
    phones = {name: Simulator(database, shape, clock) for name, shape in SHAPES.items()}
    settings = Settings(data_folder=tmp_path, fallback_minutes=0, _env_file=None)  # type: ignore[call-arg]
    carnet = build(settings, clock=clock, database=database, channels=phones, limits={})
    return House(carnet, clock, {})


def furnish(house: House) -> dict[str, int]:
    """A centre with one family of every kind and a month of events; give the events."""
    for number in range(5):
        house.family(number)
    house.family(5, guardians=(guardian(5, language="ar", whatsapp=True),))
    house.family(6, guardians=(guardian(6, language="snk"),))
    house.family(7, guardians=(guardian(7, phone="+33139980007", can_text=False),))
    house.family(8, guardians=(guardian(8, language="tr"), guardian(9)))
    bound = house.family(10, guardians=(guardian(10, language="pt"),))
    house.bind(bound, TELEGRAM, "chat-10")
    stopped, paused = house.family(11), house.family(12)
    with house.database.write() as db:
        db.execute(
            update(contacts).where(contacts.c.family_id == stopped).values(stopped_at=MONDAY)
        )
        until = MONDAY + timedelta(days=15)
        db.execute(update(families).where(families.c.id == paused).values(paused_until=until))
    house.family(13, introduced=False)  # a welcome comes first
    events = {
        "tomorrow": house.event(date(2026, 11, 17), time(18), title="Café des parents"),
        "soon": house.event(date(2026, 11, 28), time(18)),
        "morning": house.event(date(2026, 11, 28), time(9, 30), title="Petit déjeuner"),
        "outing": house.event(date(2026, 12, 9), time(14), kind="outing", title="Musée"),
        "meeting": house.event(
            date(2026, 12, 4), time(17), kind="meeting", families=(house.family_id("F03"),)
        ),
        "after": house.event(date(2026, 12, 17), time(18), title="Fête d'hiver"),
    }
    cancelled = house.event(date(2026, 12, 1), time(18), title="Annulé")
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, cancelled, house.clock())
    return events


async def rehearsed(house: House, days: int = DAYS) -> Rehearsal:
    start = house.clock()
    return await rehearse(house.database, house.carnet.reach, start, start + timedelta(days=days))


async def live(
    house: House,
    until: datetime = END,
    answers: Mapping[datetime, Sequence[Callable[[], object]]] | None = None,
) -> tuple[Line, ...]:
    """Days as the jobs live them, hour by hour; give what the outbox says of them."""
    with house.database.read() as db:
        before = standing(db)
    for tick in (one for one in TICKS if house.clock() <= one <= until):
        house.clock.set(tick)
        for job in JOBS:
            await job.run(house.carnet.works)
        for answer in (answers or {}).get(tick, ()):
            answer()
    with house.database.read() as db:
        return read_lines(db, before)


def comparable(lines: tuple[Line, ...]) -> list[Line]:
    """Why a message was held back is not written anywhere once it has left."""
    return [replace(one, held="") for one in lines]


def steps(lines: tuple[Line, ...], *, family: str = "") -> list[tuple[str, str, str]]:
    return [
        (one.family, one.event, one.step)
        for one in lines
        if one.outcome is Outcome.SENT and family in ("", one.family)
    ]


async def test_the_month_that_follows_is_the_month_that_was_rehearsed(house: House) -> None:
    furnish(house)
    house.centre(monthly_segments=40)
    foretold = await rehearsed(house)
    lived = await live(house)
    assert comparable(foretold.lines) == comparable(lived)
    assert len(lived) > 60
    outcomes = {(one.outcome, one.reason) for one in lived}
    assert {(Outcome.SENT, ""), (Outcome.REFUSED, "stopped")} <= outcomes
    assert (Outcome.REFUSED, "budget_spent") in outcomes
    assert {"sms", "whatsapp", "telegram"} <= {one.channel for one in lived}
    phones = house.all(select(simulated_messages.c.outbox_id))
    assert len(phones) == sum(one.outcome is Outcome.SENT for one in lived)


async def test_answers_explain_all_that_differs(house: House) -> None:
    for number in range(4):
        house.family(number)
    house.family(5, guardians=(guardian(5, language="ar", whatsapp=True),))
    house.event(date(2026, 11, 28), time(18))
    until = MONDAY + timedelta(days=13)
    foretold = steps((await rehearsed(house, 13)).lines)
    told = datetime(2026, 11, 21, 12, tzinfo=MONDAY.tzinfo)
    lived = steps(
        await live(
            house,
            until,
            {
                told: (
                    lambda: house.hear(SMS, phone(0), "oui"),
                    lambda: house.hear(SMS, phone(1), "non"),
                    lambda: house.hear(SMS, phone(2), "STOP"),
                    lambda: house.hear(WHATSAPP, phone(5), "نعم"),
                )
            },
        )
    )
    title = "Atelier écrans"
    gone = [one for one in foretold if one not in lived]
    assert sorted(gone) == [(family, title, "nudge") for family in ("F00", "F01", "F02", "F05")]
    more = [one for one in lived if one not in foretold]
    reminded = [(one, title, step) for one in ("F00", "F05") for step in ("morning", "reminder")]
    assert sorted(one for one in more if one[2] in ("reminder", "morning")) == reminded
    answered = {family for family, _, step in more if step not in ("reminder", "morning")}
    assert answered == {"F00", "F01", "F02", "F05"}  # each gets an answer to what they wrote
    assert [one for one in foretold if one[0] == "F03"] == [one for one in lived if one[0] == "F03"]


async def test_nothing_of_the_real_database_changes_and_nothing_leaves(house: House) -> None:
    furnish(house)
    before = everything(house.database)
    found = await rehearsed(house, 14)
    assert sum(one.outcome is Outcome.SENT for one in found.lines) > 20
    assert everything(house.database) == before
    assert house.outbox(state="sent") == []
    assert house.all(select(simulated_messages)) == []


async def test_a_rehearsal_can_be_repeated_and_says_the_same(house: House) -> None:
    furnish(house)
    first, second = await rehearsed(house, 10), await rehearsed(house, 10)
    assert first == second


async def test_what_waits_already_is_part_of_the_plan(house: House) -> None:
    family = house.family(0)
    house.event(date(2026, 11, 28), time(18))
    house.clock.set(datetime(2026, 11, 22, 10, tzinfo=MONDAY.tzinfo))  # a Sunday
    house.plan()
    assert [row.reason for row in house.outbox(family_id=family)] == ["quiet_hours"]
    line = (await rehearsed(house, 2)).lines[0]
    assert (line.step, line.held, line.outcome) == ("invitation", "quiet_hours", Outcome.SENT)
    assert line.at == datetime(2026, 11, 23, 8, tzinfo=MONDAY.tzinfo)
    assert line.remarks == ("late",)  # due on Saturday


async def test_what_leaves_after_the_last_day_waits(house: House) -> None:
    house.family(0)
    house.event(date(2026, 11, 29), time(18))  # its invitation is due on a Sunday
    found = await rehearse(
        house.database, house.carnet.reach, MONDAY, datetime(2026, 11, 22, 12, tzinfo=MONDAY.tzinfo)
    )
    assert [(one.outcome, one.reason) for one in found.lines] == [(Outcome.WAITING, "quiet_hours")]


async def test_a_centre_without_hours_and_a_spent_budget_are_told(house: House) -> None:
    house.families(4)
    house.event(date(2026, 11, 28), time(18))
    house.centre(monthly_segments=2)
    remarks = (await rehearsed(house, 10)).remarks
    assert [(one.code, one.centre, one.month) for one in remarks] == [
        ("budget", "Les Tilleuls", "11/2026")
    ]
    house.centre(quiet_days=[1, 2, 3, 4, 5, 6, 7], monthly_segments=None)
    found = await rehearsed(house, 10)
    assert {(one.outcome, one.reason) for one in found.lines} == {
        (Outcome.REFUSED, "no_open_hours")
    }
    assert [(one.code, one.centre) for one in found.remarks] == [("closed", "Les Tilleuls")]


async def test_another_database_is_refused_in_words(house: House) -> None:
    elsewhere = Database("sqlite://")
    elsewhere.url = "postgresql+psycopg://carnet@127.0.0.1:1/carnet"
    with pytest.raises(Rejected, match="SQLite"):
        await rehearse(elsewhere, house.carnet.reach, MONDAY, END)


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.read() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table))]
            for table in metadata.sorted_tables
        }


async def test_what_is_kept_free_for_reminders_was_foretold_too(house: House) -> None:
    """Families that come, that share a phone, that want two told; campaigns beside events."""
    furnish(house)
    house.family(14, guardians=(guardian(0),))  # on the phone of another family
    house.family(15, guardians=(guardian(15), guardian(16)))
    house.family(17, guardians=(guardian(17), guardian(18)))
    with house.database.write() as db:
        wishing = families.c.reference == "F15"
        db.execute(update(families).where(wishing).values(both_guardians=True))
        wishing = families.c.reference == "F17"
        db.execute(update(families).where(wishing).values(first_rank=2))
        come = invitations.c.family_id.in_([house.family_id(f"F0{one}") for one in range(3)])
        db.execute(update(invitations).where(come).values(rsvp="yes", rsvp_at=MONDAY, party=2))
    house.event(date(2026, 12, 3), time(17), title="Lecture")
    everyone = {house.family_id(f"F{one:02d}"): house.centre() for one in (0, 1, 4, 14, 15)}
    until = date(2026, 12, 14)
    add_campaign(house, everyone, on=date(2026, 11, 26), ends_on=until)
    add_campaign(house, everyone, kind="wave", on=date(2026, 11, 30), ends_on=until)
    foretold = await rehearsed(house)
    lived = await live(house)
    assert comparable(foretold.lines) == comparable(lived)
    left = steps(lived)
    assert {"reminder", "morning", "announcement", "wave"} <= {step for _, _, step in left}
    assert "shared_phone" in {one.reason for one in lived}
    assert {one.parent for one in lived if one.family == "F15"} == {1, 2}
    assert {one.parent for one in lived if one.family == "F17" and one.step != "nudge"} == {2}
