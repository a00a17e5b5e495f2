"""What one channel did not carry leaves by the next, once; where none is left, a person is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.twilio_codes import MEANINGS, TRIES
from bot.errors import AccountRefused, AddressDead, SendDelayed, SendRefused, SendUncertain
from bot.messages import DeliveryState, OutboundMessage, ProviderId, Purpose, Receipt, Shape
from bot.people import close_task
from bot.reach import load_facts
from bot.storage.budget import segments_since
from bot.storage.console.waiting import waiting_parents
from bot.storage.database import Database
from bot.storage.tables import addresses, conversations, earlier_tries, tasks
from bot.watchdog import findings
from scheduler.jobs import try_other_channels
from tests.house import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    Clock,
    House,
    guardian,
    open_house,
    phone,
    states,
)

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday, 10:00 in Paris
SENT, DELIVERED, FAILED = DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.FAILED


async def invited(house: House, *, whatsapp: bool = True) -> int:
    """One family on WhatsApp, then SMS; its invitation has left. Give the event."""
    house.family(0, guardians=(guardian(0, whatsapp=whatsapp),))
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    return event_id


async def silence(house: House, **duration: float) -> None:
    """Time passes without a word; the job looks, and the outbox is drained."""
    house.clock.later(**duration)
    await try_other_channels(house.carnet.works)
    await house.drain()


def by(house: House, channel: str) -> int:
    """How many messages a phone was sent."""
    return len(house.phones[channel].taken)  # type: ignore[index]


# -- silence --------------------------------------------------------------------------------------


async def test_what_was_not_delivered_leaves_by_the_next_channel_once(house: House) -> None:
    await invited(house)
    await silence(house, minutes=119)
    assert (by(house, WHATSAPP), by(house, SMS)) == (1, 0)
    await silence(house, minutes=1)
    assert (by(house, WHATSAPP), by(house, SMS)) == (1, 1)
    for _ in range(5):
        await silence(house, hours=2)
    assert (by(house, WHATSAPP), by(house, SMS)) == (1, 1)


async def test_it_stays_the_same_promise_and_the_same_conversation(house: House) -> None:
    await invited(house)
    before = house.row(step="invitation")
    await silence(house, hours=2)
    after = house.row(step="invitation")
    assert (after.key, after.conversation_id) == (before.key, before.conversation_id)
    assert (after.channel, after.state, after.reason) == ("sms", "sent", "not_delivered")
    talk = house.one(select(conversations).where(conversations.c.id == after.conversation_id))
    assert talk.address_id == after.address_id


@pytest.mark.parametrize("word", [DELIVERED, DeliveryState.READ])
async def test_what_was_delivered_stays_where_it_is(house: House, word: DeliveryState) -> None:
    await invited(house)
    house.receipt(house.row(step="invitation"), word)
    await silence(house, hours=5)
    assert by(house, SMS) == 0


async def test_a_channel_that_never_tells_is_not_waited_for(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "700")
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    await silence(house, hours=5)
    assert (by(house, TELEGRAM), by(house, SMS)) == (1, 0)


async def test_who_has_one_address_only_is_left_to_the_provider(house: House) -> None:
    await invited(house, whatsapp=False)
    await silence(house, hours=5)
    assert by(house, SMS) == 1
    assert house.all(select(tasks)) == []


@pytest.mark.parametrize("minutes", [0, 30])
async def test_the_deployment_decides_how_long_we_wait(
    database: Database, clock: Clock, tmp_path: Path, minutes: int
) -> None:
    house = open_house(database, clock, tmp_path, fallback_minutes=minutes)
    await invited(house)
    await silence(house, minutes=30)
    assert by(house, SMS) == (1 if minutes else 0)


async def test_an_answer_to_a_parent_is_not_carried_elsewhere(house: House) -> None:
    await invited(house)
    house.receipt(house.row(step="invitation"), DELIVERED)
    house.hear(WHATSAPP, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    await silence(house, hours=5)
    assert by(house, SMS) == 0


async def test_outside_the_hours_it_waits_until_they_open(house: House) -> None:
    await invited(house)
    house.clock.set(datetime(2026, 11, 21, 20, tzinfo=UTC))  # 21:00, then a Sunday
    await silence(house, hours=24)
    assert states(house.outbox()) == [("invitation", "sent", "")]
    house.clock.set(datetime(2026, 11, 23, 8, tzinfo=UTC))  # Monday, 9:00
    await silence(house)
    assert by(house, SMS) == 1


async def test_nothing_leaves_past_its_lateness_and_what_left_has_left(house: House) -> None:
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.event(at=time(11, 30))
    house.clock.set(datetime(2026, 11, 28, 9, tzinfo=UTC))  # half an hour before it begins
    house.plan()
    house.clock.set(datetime(2026, 11, 28, 8, 59, tzinfo=UTC))
    await house.drain()
    sent = [row for row in house.outbox() if row.state == "sent"]
    await silence(house, hours=2)
    assert by(house, SMS) == 0
    assert [row for row in house.outbox() if row.state == "sent"] == sent


async def test_who_has_answered_meanwhile_gets_no_second_one(house: House) -> None:
    event_id = await invited(house)
    house.hear(WHATSAPP, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    await silence(house, hours=3)
    assert by(house, SMS) == 0
    assert house.invitation(event_id, house.family_id("F00")).rsvp == "yes"


async def test_who_answers_just_before_the_second_one_leaves_gets_none(house: House) -> None:
    await invited(house)
    house.clock.later(hours=2)
    await try_other_channels(house.carnet.works)
    first = house.phones[WHATSAPP].taken[0]
    house.hear(WHATSAPP, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    row = house.row(step="invitation")
    assert (row.state, row.reason, row.provider_id) == (
        "sent",
        "",
        house.phones[WHATSAPP].id_of(first),
    )
    assert by(house, SMS) == 0


async def test_the_second_try_counts_once_against_the_cap(house: House) -> None:
    await invited(house)
    house.event(title="Les écrans")
    await silence(house, hours=2)
    row = house.row(step="invitation", channel="sms")
    with house.database.read() as db:
        facts = load_facts(db, house.carnet.reach, [row.contact_id], [row.centre_id], house.clock())
    assert len(facts.sent[row.contact_id]) == 1
    house.plan()
    await house.drain()
    assert [one.reason for one in house.outbox(step="invitation")] == ["not_delivered", "cap"]


async def test_a_waiting_second_try_does_not_count_twice(house: House) -> None:
    await invited(house)
    house.clock.later(hours=2)
    await try_other_channels(house.carnet.works)
    row = house.row(step="invitation")
    assert row.state == "waiting"
    with house.database.read() as db:
        facts = load_facts(db, house.carnet.reach, [row.contact_id], [row.centre_id], house.clock())
    left = len(facts.sent.get(row.contact_id, ())) + len(facts.waiting.get(row.contact_id, ()))
    assert left == 1


async def test_the_cap_holds_the_second_try_back_too(house: House) -> None:
    await invited(house)
    house.clock.set(datetime(2026, 11, 21, 18, tzinfo=UTC))  # 19:00
    house.event(title="Les écrans")
    house.clock.set(datetime(2026, 11, 23, 8, tzinfo=UTC))
    house.plan()
    await house.drain()  # Monday's one message has left
    await silence(house, minutes=1)
    assert by(house, SMS) == 0


async def test_segments_of_both_tries_are_counted(house: House) -> None:
    house.family(0)
    second = house.bind(house.family_id("F00"), WHATSAPP, phone(0))
    with house.database.write() as db:
        db.exec_driver_sql(f"UPDATE contact_addresses SET rank = 9 WHERE address_id = {second}")
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    used = house.row(step="invitation").segments
    await silence(house, hours=2)
    assert house.row(step="invitation").channel == "whatsapp"
    with house.database.read() as db:
        assert segments_since(db, house.centre(), INVITED_AT - timedelta(days=1)) == used > 0


# -- a late word, a late answer -------------------------------------------------------------------


async def test_late_delivered_on_the_first_channel_counts_and_changes_nothing_else(
    house: House,
) -> None:
    await invited(house)
    first = house.row(step="invitation")
    await silence(house, hours=2)
    second = house.row(step="invitation")
    house.receipt(first, DELIVERED)
    after = house.row(step="invitation")
    assert (after.state, after.delivered_at) == ("delivered", house.clock())
    assert after.provider_id == second.provider_id
    house.receipt(second, FAILED, "30003")
    assert house.row(step="invitation").state == "delivered"
    await silence(house, hours=12)
    assert (by(house, WHATSAPP), by(house, SMS)) == (1, 1)


async def test_late_delivered_before_the_second_try_leaves_stops_it(house: House) -> None:
    await invited(house)
    first = house.row(step="invitation")
    house.clock.later(hours=2)
    await try_other_channels(house.carnet.works)
    house.receipt(first, DELIVERED)
    await house.drain()
    assert house.row(step="invitation").state == "delivered"
    assert by(house, SMS) == 0


async def test_late_delivered_while_the_second_try_is_in_flight_is_not_forgotten(
    house: House,
) -> None:
    await invited(house)
    first = house.row(step="invitation")

    def arrives(_message: OutboundMessage) -> None:
        house.receive(Receipt(WHATSAPP, ProviderId(first.provider_id), DELIVERED))

    house.phones[SMS].before_send = arrives
    await silence(house, hours=2)
    assert house.row(step="invitation").state == "delivered"


@pytest.mark.parametrize("error", [SendDelayed("busy"), AddressDead("gone"), SendUncertain("?")])
async def test_late_delivered_outranks_a_second_try_that_fails(
    house: House, error: SendDelayed
) -> None:
    await invited(house)
    first = house.row(step="invitation")

    def arrives(_message: OutboundMessage) -> None:
        house.receive(Receipt(WHATSAPP, ProviderId(first.provider_id), DELIVERED))

    house.phones[SMS].before_send = arrives
    house.phones[SMS].fail(phone(0), error)
    await silence(house, hours=2)
    assert house.row(step="invitation").state == "delivered"
    await silence(house, hours=1)
    assert len(house.phones[SMS].tried) == 1


ANSWERS: dict[str, Callable[[House, ProviderId], object]] = {
    "typed": lambda house, _: house.hear(WHATSAPP, phone(0), "oui, 1 adulte et 1 enfant"),
    "a digit": lambda house, _: house.hear(WHATSAPP, phone(0), "1"),
    "quoted": lambda house, first: house.hear(
        WHATSAPP, phone(0), "oui, 1 adulte et 1 enfant", quoted=first
    ),
    "a tap": lambda house, first: house.hear(
        WHATSAPP, phone(0), "Oui", payload="yes", quoted=first
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_late_answer_on_the_first_channel_counts_and_is_answered_there(
    house: House, answer: Callable[[House, ProviderId], object]
) -> None:
    event_id = await invited(house)
    first = ProviderId(house.row(step="invitation").provider_id)
    await silence(house, hours=2)
    answer(house, first)
    await house.drain()
    assert house.invitation(event_id, house.family_id("F00")).rsvp == "yes"
    assert (by(house, WHATSAPP), by(house, SMS)) == (2, 1)
    assert len(house.all(select(conversations).where(conversations.c.flow == "rsvp"))) == 1


async def test_answer_on_the_second_channel_counts_too(house: House) -> None:
    event_id = await invited(house)
    await silence(house, hours=2)
    house.hear(SMS, phone(0), "non")
    assert house.invitation(event_id, house.family_id("F00")).rsvp == "no"


# -- a failure ------------------------------------------------------------------------------------


def in_minutes(code: str) -> list[float]:
    return [pause.total_seconds() / 60 for pause in TRIES[code]]


COURSES: dict[str, tuple[list[float], str]] = {
    # code: minutes after which it is tried again at the same number, then what becomes of it
    "21211": ([], "sms, the number is dead"),
    "21614": ([], "sms, the number is dead"),
    "30005": ([], "sms, the number is dead"),
    "30006": ([], "sms, the number is dead"),
    "21408": ([], "sms, an alert"),
    "21603": ([], "sms, an alert"),
    "21606": ([], "sms, an alert"),
    "21612": ([], "sms, an alert"),
    "21610": ([], "stopped"),
    "30001": ([0.5, 2, 10, 30, 120, 360, 720], "sms"),
    "30003": (in_minutes("30003"), "sms"),
    "30004": ([], "sms"),
    "30007": ([], "sms"),
    "30008": ([10], "sms"),
    "30036": ([10], "sms"),
    "63018": ([60, 180, 480, 720], "sms"),
    "63024": ([], "sms"),
    "63032": ([], "sms"),
    "63049": ([], "sms"),
    "99999": ([], "sms"),
    "": ([], "sms"),
}
"""What a receipt of failure leads to, on WhatsApp, for a family that also has a number for SMS."""


@pytest.mark.parametrize("code", COURSES)
async def test_each_code_of_a_receipt_does_what_its_row_says(house: House, code: str) -> None:
    pauses, end = COURSES[code]
    await invited(house)
    house.centre(quiet_days=[], opens_at=time(0), closes_at=time(23, 59))
    for turn, minutes in enumerate(pauses):
        house.receipt(house.row(step="invitation"), FAILED, code or None)
        row = house.row(step="invitation")
        assert (row.state, row.error_code) == ("waiting", code)
        assert row.next_attempt_at == house.clock() + timedelta(minutes=minutes)
        house.phones[WHATSAPP].name = f"try-{turn}"  # each try has its own name at the provider
        house.clock.set(row.next_attempt_at)
        await house.drain()
        assert house.row(step="invitation").channel == "whatsapp"
    house.receipt(house.row(step="invitation"), FAILED, code or None)
    alerts = _alerts(house)
    await house.drain()
    row = house.row(step="invitation")
    person = house.contact(house.family_id("F00"))
    address = house.one(select(addresses).where(addresses.c.channel == "whatsapp"))
    assert (person.stopped_at is not None) == (end == "stopped")
    assert address.dead_reason == ("address_dead" if "dead" in end else None)
    assert ("settings" in alerts) == ("alert" in end)
    assert row.channel == ("whatsapp" if end == "stopped" else "sms")
    assert house.all(select(tasks)) == []


def test_every_code_of_a_receipt_has_its_row() -> None:
    when_created = {"20001", "20003", "20404", "20429", "21201", "21611", "35114"}
    assert MEANINGS.keys() - when_created - {"63016"} == COURSES.keys() - {"99999", ""}


def _alerts(house: House) -> set[str]:
    with house.database.read() as db:
        return {one.code for one in findings(db, None, house.clock())}


async def test_meta_is_asked_again_after_growing_delays_where_no_other_channel_is_left(
    house: House,
) -> None:
    await invited(house)
    house.enrol()
    with house.database.write() as db:
        db.execute(addresses.update().where(addresses.c.channel == "sms").values(dead_reason="x"))
    for turn, pause in enumerate(TRIES["63049"]):
        house.receipt(house.row(step="invitation"), FAILED, "63049")
        row = house.row(step="invitation")
        assert row.next_attempt_at == house.clock() + pause
        house.phones[WHATSAPP].name = f"try-{turn}"
        house.clock.set(row.next_attempt_at)
        await house.live_until(house.clock() + timedelta(hours=15))
    house.receipt(house.row(step="invitation"), FAILED, "63049")
    assert house.row(step="invitation").state == "failed"
    assert [one.reason for one in house.all(select(tasks))] == ["unreachable"]


@pytest.mark.parametrize("template", [True, False])
async def test_window_that_whatsapp_says_is_closed_wants_a_template(
    database: Database, clock: Clock, tmp_path: Path, template: bool
) -> None:
    listed = '[invitation]\nfr = "HX' + "c" * 32 + '"\n' if template else ""
    (tmp_path / "templates.toml").write_text(listed)
    shapes = {SMS: Shape(), WHATSAPP: Shape(buttons=3, window=True)}
    house = open_house(
        database, clock, tmp_path, shapes=shapes, whatsapp_templates=tmp_path / "templates.toml"
    )
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.event()
    house.clock.set(INVITED_AT - timedelta(hours=1))
    house.hear(WHATSAPP, phone(0), "bonjour")
    house.clock.set(INVITED_AT)
    await house.tick()
    assert house.phones[WHATSAPP].taken[-1].template is None
    house.receipt(house.row(step="invitation"), FAILED, "63016")
    house.phones[WHATSAPP].name = "second"
    await house.drain()
    row = house.row(step="invitation")
    assert (row.state, row.channel) == ("sent", "whatsapp" if template else "sms")
    if template:
        assert house.phones[WHATSAPP].taken[-1].template is not None
        house.receipt(row, FAILED, "63016")  # that was the template: it cannot be tried for ever
        await house.drain()
        assert house.row(step="invitation").channel == "sms"


# -- when it is created ---------------------------------------------------------------------------


async def test_account_that_is_refused_stops_the_channel_and_is_told(house: House) -> None:
    house.families(60)
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    for number in range(60):
        house.phones[SMS].fail(phone(number), *[AccountRefused("no", code="20003")] * 40)
    await house.drain()
    assert len(house.phones[SMS].tried) == 1, "the others are not even tried"
    assert {row.reason for row in house.outbox()} == {"account_refused"}
    assert "settings" in _alerts(house)
    for _ in range(30):
        house.clock.later(minutes=10)
        await house.drain()
    assert {row.state for row in house.outbox()} == {"waiting"}, "no try is spent on it"
    house.phones[SMS].failing.clear()
    house.clock.later(minutes=10)
    await house.drain()
    assert {row.state for row in house.outbox()} == {"sent"}
    assert "settings" not in _alerts(house)


@pytest.mark.parametrize("code", ["20429", "21611"])
async def test_provider_that_wants_no_more_slows_the_whole_channel(house: House, code: str) -> None:
    house.families(3)
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    house.phones[SMS].fail(phone(0), SendDelayed("slow", code=code, retry_after=40))
    await house.drain()
    assert len(house.phones[SMS].tried) == 1
    assert {row.next_attempt_at for row in house.outbox()} == {INVITED_AT + timedelta(seconds=40)}
    house.clock.later(seconds=40)
    await house.drain()
    assert {row.state for row in house.outbox()} == {"sent"}


# -- no way left ----------------------------------------------------------------------------------


async def unreachable(house: House) -> None:
    """One family whose only number does not exist; one invitation could not be said."""
    await invited(house, whatsapp=False)
    house.receipt(house.row(step="invitation"), FAILED, "30005")


async def test_where_no_way_is_left_a_person_is_told_with_what_could_not_be_said(
    house: House,
) -> None:
    await unreachable(house)
    task = house.one(select(tasks))
    row = house.row(step="invitation")
    assert (task.reason, task.contact_id, task.event_id) == (
        "unreachable",
        row.contact_id,
        row.event_id,
    )
    with house.database.read() as db:
        (waiting,) = waiting_parents(db, house.centre())
    assert [one.body for one in waiting.exchanges] == [row.body]


async def test_one_task_for_each_person_until_it_is_closed_not_one_for_each_message(
    house: House,
) -> None:
    await unreachable(house)
    house.event(title="Bien dormir")
    await house.live_until(INVITED_AT + timedelta(days=3))
    refused = [row for row in house.outbox(step="invitation") if row.state == "refused"]
    assert [(row.reason, bool(row.says)) for row in refused] == [("address_dead", True)]
    (task,) = house.all(select(tasks))
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    house.event(title="Les écrans")
    house.plan()
    assert [one.closed_at is None for one in house.all(select(tasks))] == [False, True]


async def test_two_people_are_two_tasks(house: House) -> None:
    house.families(2)
    house.event()
    house.clock.set(INVITED_AT)
    for number in range(2):
        house.phones[SMS].fail(phone(number), AddressDead("no such number", code="21211"))
    await house.tick()
    assert len(house.all(select(tasks))) == 2


async def test_provider_that_is_down_and_our_own_settings_are_nobodys_task(house: House) -> None:
    house.families(1)
    house.event()
    house.clock.set(INVITED_AT)
    house.phones[SMS].fail(phone(0), SendRefused("not ours", code="21606"))
    await house.tick()
    assert house.row(step="invitation").state == "failed"
    assert house.all(select(tasks)) == []


async def test_task_of_who_cannot_be_reached_is_not_a_parent_who_waits(house: House) -> None:
    await unreachable(house)
    house.hear(SMS, phone(0), "je voudrais parler à quelqu'un")
    reasons = [one.reason for one in house.all(select(tasks).order_by(tasks.c.id))]
    assert reasons == ["unreachable", "call"]


async def test_who_blocks_us_is_reached_by_the_next_channel(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "700")
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    house.blocked(TELEGRAM, "700")
    await house.drain()
    assert (by(house, TELEGRAM), by(house, SMS)) == (0, 1)


async def test_second_try_survives_a_busy_provider_without_going_back(house: House) -> None:
    await invited(house)
    house.phones[SMS].fail(phone(0), SendDelayed("busy"), SendDelayed("busy"))
    await silence(house, hours=2)
    for _ in range(5):
        house.clock.later(minutes=3)
        await house.drain()
    assert (by(house, WHATSAPP), by(house, SMS)) == (1, 1)
    kept = house.all(select(earlier_tries))
    assert [(one.channel, one.outcome) for one in kept] == [("whatsapp", "silent")]


async def test_what_is_carried_elsewhere_is_no_welcome_and_no_persons_word() -> None:
    assert {Purpose.REPLY, Purpose.STAFF, Purpose.WELCOME} == {
        one for one in Purpose if one not in CARRIED
    }


CARRIED = {Purpose.CHANGE, Purpose.REMINDER, Purpose.INVITATION, Purpose.SURVEY}
