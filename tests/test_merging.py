"""Reminders of one day leave in one message; each event keeps its own answer and its own fate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from bot.composing import segments
from bot.dispatcher import LEASE
from bot.errors import AddressDead, SendDelayed, SendRefused, SendUncertain
from bot.events import cancel_event
from bot.messages import DeliveryState, OutboundMessage
from bot.plans import default_steps
from bot.storage import outbox as stored
from bot.storage.centre_plans import replace_steps
from bot.storage.frequency import sent_days
from bot.storage.tables import events, families, invitations, outbox
from tests.house import MONDAY, SMS, TELEGRAM, WHATSAPP, House, guardian, phone

ANSWERED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
REMINDED_AT = datetime(2026, 11, 26, 17, tzinfo=UTC)  # two days before, 18:00 in Paris
MORNING, EVENING = "Café des parents", "Atelier écrans"


class KilledError(BaseException):
    """The process dies in the middle of a send."""


def coming(house: House, *answers: str, at: tuple[time, ...] = (time(14), time(18))) -> list[int]:
    """One family that answered to events of one Saturday, an hour before their reminders."""
    if not house.all(select(families)):
        house.family(0)
    titles = (MORNING, EVENING, "Sortie au musée", "Fête")
    ids = [
        house.event(at=hour, title=title)
        for hour, title, _ in zip(at, titles, answers, strict=False)
    ]
    house.clock.set(ANSWERED_AT)
    with house.database.write() as db:
        for event_id, answer in zip(ids, answers, strict=True):
            db.execute(
                update(invitations)
                .where(invitations.c.event_id == event_id)
                .values(
                    rsvp=answer,
                    seat="held",
                    party=2,
                    adults=1,
                    children=1,
                    rsvp_at=ANSWERED_AT,
                    invited_at=ANSWERED_AT - timedelta(days=2),
                )
            )
    house.clock.set(REMINDED_AT)
    return ids


async def remind(house: House) -> list[OutboundMessage]:
    """Let the reminders leave; give what the phones took for it."""
    before = {name: len(one.taken) for name, one in house.phones.items()}
    await house.tick()
    return [message for name, one in house.phones.items() for message in one.taken[before[name] :]]


def reminders(house: House) -> list[tuple[str, str, bool]]:
    """State, reason, and whether another message told it."""
    return [
        (row.state, row.reason, row.merged_into is not None)
        for row in house.outbox(step="reminder")
    ]


# -- one message ----------------------------------------------------------------------------------


async def test_two_reminders_of_one_day_are_one_text_nearest_first(house: House) -> None:
    coming(house, "yes", "yes", at=(time(18), time(14)))
    (message,) = await remind(house)
    near, far = message.text.index("Atelier écrans"), message.text.index("Café des parents")
    assert near < far
    assert "à 14h" in message.text
    assert "à 18h" in message.text
    assert message.useful_until == max(one.expires_at for one in house.outbox(step="reminder"))
    assert message.text.count("/l/") == 1
    assert segments(message.text) <= 2
    assert sorted(reminders(house)) == [("sent", "", False), ("sent", "", True)]


async def test_an_event_alone_is_said_as_ever(house: House) -> None:
    coming(house, "yes")
    (message,) = await remind(house)
    assert message.text.startswith("Nous vous attendons !\nCafé des parents\n")
    assert [row.merged_into for row in house.outbox(step="reminder")] == [None]


async def test_what_is_due_later_that_day_leaves_with_the_first(house: House) -> None:
    coming(house, "yes", "yes")
    house.plan()
    later = house.outbox(step="reminder")[1]
    with house.database.write() as db:
        stored.set_row(db, later.id, next_attempt_at=REMINDED_AT + timedelta(hours=1))
    assert len(await remind(house)) == 1
    house.clock.later(hours=1)
    assert await remind(house) == []


async def test_two_reminders_of_one_event_on_one_day_do_not_say_it_twice(house: House) -> None:
    house.family(0)
    usual = {step.name: step for step in default_steps("workshop")}
    before = replace(usual["reminder"], days=0, hours=-3)
    planned = tuple((usual | {"reminder": before}).values())
    with house.database.write() as db:
        replace_steps(db, house.centre(), "workshop", planned)  # as no page lets them be
    coming(house, "yes", at=(time(18),))
    house.clock.set(datetime(2026, 11, 28, 8, tzinfo=UTC))  # the morning of the event
    [message] = await remind(house)
    assert message.text.count(MORNING) == 1
    assert house.row(step="morning").state == "sent"
    assert [merged for _, _, merged in reminders(house)] in ([], [False])


async def test_what_is_due_another_day_waits_for_it(house: House) -> None:
    coming(house, "yes", "yes")
    house.plan()
    tomorrow = house.outbox(step="reminder")[1]
    with house.database.write() as db:
        stored.set_row(db, tomorrow.id, next_attempt_at=REMINDED_AT + timedelta(hours=15))
    (message,) = await remind(house)
    assert EVENING not in message.text


async def test_more_than_three_events_leave_on_two_days(house: House) -> None:
    coming(house, *["yes"] * 4, at=(time(10), time(12), time(14), time(18)))
    (message,) = await remind(house)
    told = [
        title for title in (MORNING, EVENING, "Sortie au musée", "Fête") if title in message.text
    ]
    assert len(told) == 3
    assert Counter(reminders(house)) == {
        ("sent", "", False): 1,
        ("sent", "", True): 2,
        ("waiting", "cap", False): 1,
    }


async def test_an_answer_since_leaves_its_event_out(house: House) -> None:
    first, _ = coming(house, "yes", "yes")
    house.plan()
    with house.database.write() as db:
        db.execute(update(invitations).where(invitations.c.event_id == first).values(rsvp="no"))
    (message,) = await remind(house)
    assert MORNING not in message.text
    assert sorted(reminders(house)) == [("refused", "no_longer_needed", False), ("sent", "", False)]


async def test_one_more_message_is_counted_and_not_two(house: House) -> None:
    coming(house, "yes", "yes")
    await remind(house)
    with house.database.read() as db:
        address = house.row(state="sent", merged_into=None, step="reminder").address_id
        contact_id = house.contact_id(house.family_id("F00"))
        days = sent_days(db, {contact_id: [address]}, MONDAY)
    assert len(days[contact_id]) == 1
    charged = [row.segments for row in house.outbox(step="reminder") if row.segments]
    assert len(charged) == 1


async def test_each_row_keeps_its_own_words_and_the_carrier_the_whole(house: House) -> None:
    coming(house, "yes", "yes")
    (message,) = await remind(house)
    carrier = house.row(step="reminder", merged_into=None)
    rider = house.row(step="reminder", merged_into=carrier.id)
    assert carrier.body.splitlines()[0] == message.text.splitlines()[0]
    assert rider.body in carrier.body
    assert (rider.provider_id, rider.channel, rider.sent_at) == (None, "sms", carrier.sent_at)


# -- its answers ----------------------------------------------------------------------------------


async def test_buttons_name_their_event_and_answer_for_it(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "chat-0")
    cafe, workshop = coming(house, "yes", "maybe")
    (message,) = await remind(house)
    assert [one.label for one in message.buttons] == ["Pas à 14h", "Oui à 18h", "Pas à 18h"]
    house.hear(TELEGRAM, "chat-0", payload=message.buttons[2].payload, quoted=sent_id(house))
    assert house.invitation(workshop, family).rsvp == "no"
    assert house.invitation(cafe, family).rsvp == "yes"
    await house.drain()
    assert all(one.replaces is None for one in house.phones[TELEGRAM].taken)  # both stay open
    house.hear(TELEGRAM, "chat-0", payload=message.buttons[0].payload, quoted=sent_id(house))
    assert house.invitation(cafe, family).rsvp == "no"


async def test_buttons_of_two_days_name_the_day(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "chat-0")
    _, workshop = coming(house, "yes", "yes")
    house.plan()
    with house.database.write() as db:
        db.execute(update(events).where(events.c.id == workshop).values(on=date(2026, 11, 29)))
    (message,) = await remind(house)
    assert [one.label for one in message.buttons] == ["Pas le 28/11", "Pas le 29/11"]


@pytest.fixture
def two_way(house: House) -> House:
    """A centre whose number takes answers by SMS."""
    house.family(0)
    house.centre(sms_can_receive=True)
    return house


async def test_a_digit_with_its_letter_answers_for_its_event(two_way: House) -> None:
    cafe, workshop = coming(two_way, "yes", "yes")
    (message,) = await remind(two_way)
    assert message.text.splitlines()[1:] == [
        "Café des parents : samedi 28 novembre à 14h, Maison de quartier.",
        "A2 Je ne peux pas venir",
        "Atelier écrans : samedi 28 novembre à 18h, Maison de quartier.",
        "B2 Je ne peux pas venir",
    ]
    two_way.hear(SMS, phone(0), "b2")
    family = two_way.family_id("F00")
    assert two_way.invitation(workshop, family).rsvp == "no"
    assert two_way.invitation(cafe, family).rsvp == "yes"


@pytest.mark.parametrize("answers", [("yes", "yes"), ("maybe", "yes"), ("yes", "maybe")])
async def test_a_bare_digit_asks_which(two_way: House, answers: tuple[str, str]) -> None:
    ids = coming(two_way, *answers)
    await remind(two_way)
    family = two_way.family_id("F00")
    two_way.hear(SMS, phone(0), "2")
    await two_way.drain()
    asked = two_way.texts(SMS, phone(0))[-1]
    assert MORNING in asked
    assert EVENING in asked
    assert tuple(two_way.invitation(one, family).rsvp for one in ids) == answers
    two_way.hear(SMS, phone(0), "2")
    assert [two_way.invitation(one, family).rsvp for one in ids] == [answers[0], "no"]


async def test_words_under_the_quoted_message_ask_which(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "chat-0")
    ids = coming(house, "yes", "yes")
    await remind(house)
    house.hear(TELEGRAM, "chat-0", "non", quoted=sent_id(house))
    assert [house.invitation(one, family).rsvp for one in ids] == ["yes", "yes"]
    await house.drain()
    asked = house.phones[TELEGRAM].taken[-1]
    assert [one.label.split(",")[0] for one in asked.buttons] == [MORNING, EVENING]


# -- when it fails --------------------------------------------------------------------------------


async def test_a_busy_provider_gets_the_whole_message_again(house: House) -> None:
    coming(house, "yes", "yes")
    house.phones[SMS].fail(phone(0), SendDelayed("429", retry_after=90))
    await remind(house)
    assert {one[:2] for one in reminders(house)} == {("waiting", "provider_busy")}
    house.clock.later(seconds=89)
    assert await house.drain() == 0
    house.clock.later(seconds=1)
    (message,) = await remind(house)
    assert MORNING in message.text
    assert EVENING in message.text
    assert sorted(reminders(house)) == [("sent", "", False), ("sent", "", True)]


async def test_a_refused_carrier_frees_what_rode_along(house: House) -> None:
    first, _ = coming(house, "yes", "yes")
    house.phones[SMS].fail(phone(0), SendDelayed("429", retry_after=90))
    await remind(house)
    carrier = house.row(step="reminder", merged_into=None)
    with house.database.write() as db:
        cancel_event(db, house.carnet.reach, carrier.event_id, house.clock())
        db.execute(update(outbox).where(outbox.c.step == "cancelled").values(state="refused"))
    house.clock.later(seconds=90)
    (message,) = await remind(house)
    told = EVENING if carrier.event_id == first else MORNING
    assert told in message.text
    assert Counter(reminders(house)) == {
        ("refused", "event_cancelled", False): 1,
        ("sent", "", False): 1,
    }


async def test_a_refusal_of_the_provider_fails_one_and_the_other_tries_for_itself(
    house: House,
) -> None:
    coming(house, "yes", "yes")
    house.phones[SMS].fail(phone(0), SendRefused("filtered", code="30007"))
    await remind(house)
    await remind(house)
    assert Counter(row.state for row in house.outbox(step="reminder")) == {"failed": 1, "sent": 1}


async def test_a_dead_address_takes_both_to_the_next_one(house: House) -> None:
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    coming(house, "yes", "yes")
    house.phones[WHATSAPP].fail(phone(0), AddressDead("not there"))
    await remind(house)
    (message,) = await remind(house) or house.phones[SMS].taken
    assert message.to.channel is SMS
    assert sorted(reminders(house)) == [
        ("sent", "other_channel", False),
        ("sent", "other_channel", True),
    ]


@pytest.mark.parametrize("taken", [True, False])
async def test_in_doubt_the_same_message_is_asked_after_and_nothing_comes_twice(
    house: House, *, taken: bool
) -> None:
    coming(house, "yes", "yes")
    sms = house.phones[SMS]
    sms.takes_when_silent = taken
    sms.fail(phone(0), SendUncertain("no answer"))
    await remind(house)
    assert {one[0] for one in reminders(house)} == {"sending"}
    house.clock.later(minutes=2)
    await house.tick()
    assert len(sms.taken) == 1
    assert sorted(reminders(house)) == [("sent", "", False), ("sent", "", True)]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_killed_sender_leaves_one_message_in_doubt_and_nobody_is_missed(
    house: House, when: str
) -> None:
    coming(house, "yes", "yes")
    sms = house.phones[SMS]

    def die(message: OutboundMessage) -> None:
        sms.before_send = None
        if when == "after":
            sms.taken.append(message)
        raise KilledError

    sms.before_send = die
    with pytest.raises(KilledError):
        await house.tick()
    assert {one[0] for one in reminders(house)} == {"sending"}
    house.clock.later(seconds=LEASE.total_seconds() - 1)
    assert await house.drain() == 0
    house.clock.later(seconds=1)
    await house.tick()
    assert len(sms.taken) == 1
    assert EVENING in sms.taken[0].text
    assert MORNING in sms.taken[0].text
    assert sorted(reminders(house)) == [("sent", "", False), ("sent", "", True)]


async def test_a_withdrawn_rider_sends_the_batch_back(house: House) -> None:
    """Between the claim and the send one event is cancelled: the text is composed anew."""
    house.families(2)
    coming(house, "yes", "yes")
    cancelled: list[int] = []

    def cancel(message: OutboundMessage) -> None:
        house.phones[SMS].before_send = None
        other = {phone(0): "F01", phone(1): "F00"}[message.to.value]
        rider = house.outbox(step="reminder", family_id=house.family_id(other))[-1]
        with house.database.write() as db:
            stored.set_refused(db, rider.id, "event_cancelled")
        cancelled.append(rider.id)

    house.phones[SMS].before_send = cancel
    await house.tick()
    await house.tick()
    texts = [one.text for one in house.phones[SMS].taken]
    assert len(texts) == 2
    assert sorted((MORNING in one) + (EVENING in one) for one in texts) == [1, 2]
    assert [row.state for row in house.outbox(id=cancelled[0])] == ["refused"]


async def test_receipts_speak_for_all_that_was_told(house: House) -> None:
    coming(house, "yes", "yes")
    await remind(house)
    carrier = house.row(step="reminder", merged_into=None)
    house.receipt(carrier, DeliveryState.DELIVERED)
    assert {row.state for row in house.outbox(step="reminder")} == {"delivered"}


async def test_a_failure_that_is_told_late_counts_for_all(house: House) -> None:
    coming(house, "yes", "yes")
    await remind(house)
    carrier = house.row(step="reminder", merged_into=None)
    house.receipt(carrier, DeliveryState.FAILED, "30007")
    assert {one[:2] for one in reminders(house)} == {("failed", "failed_at_provider")}


async def test_a_stop_in_between_holds_everything_back(house: House) -> None:
    coming(house, "yes", "yes")
    house.phones[SMS].fail(phone(0), SendDelayed("429", retry_after=90))
    await remind(house)
    house.hear(SMS, phone(0), "STOP")
    house.clock.later(minutes=5)
    await house.tick()
    assert {one[:2] for one in reminders(house)} == {("refused", "stopped")}
    assert [one.split("\n")[0][:10] for one in house.texts(SMS, phone(0))[:-1]] == []


def sent_id(house: House) -> str:
    """The provider's name for the message that told both."""
    return str(house.row(step="reminder", merged_into=None).provider_id)
