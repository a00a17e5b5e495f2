"""What arrives becomes turns: once, in any order, and one bad message sinks nobody else's."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import inbound
from bot.channels.link import hash_token, token_for
from bot.contacts import new_binding_code
from bot.engine import take_turn
from bot.inbox import write_batch
from bot.messages import Address, ChannelName, InboundMessage, OptOut
from bot.people import answer_parent, close_task
from bot.storage.database import Database
from bot.storage.tables import (
    addresses,
    consents,
    contact_addresses,
    conversations,
    events,
    invitations,
    link_tokens,
    outbox,
    tasks,
)
from bot.storage.tables import (
    inbound as arrivals,
)
from tests.house import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    Clock,
    House,
    guardian,
    open_house,
    phone,
    roster_row,
)

LINK = ChannelName.LINK
INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


async def invited(house: House, *titles: str) -> list[int]:
    """The workshops of one family, each with its invitation sent."""
    found = [house.event(title=title) for title in titles or ("Atelier écrans",)]
    house.clock.set(INVITED_AT)
    for _ in found:
        await house.tick()
        house.clock.later(days=2)  # the cap: one a day
    house.clock.set(INVITED_AT + timedelta(days=2 * len(found)))
    return found


def everything(house: House) -> dict[str, list[tuple[Any, ...]]]:
    tables = (arrivals, outbox, conversations, invitations, tasks, consents, addresses)
    return {table.name: [tuple(row) for row in house.all(select(table))] for table in tables}


# -- once -----------------------------------------------------------------------------------------


async def test_same_provider_message_twice_changes_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "oui, 2 adultes et 1 enfant", provider_id="SM1")
    before = everything(house)
    house.clock.later(minutes=5)
    again = house.hear(SMS, phone(0), "oui, 2 adultes et 1 enfant", provider_id="SM1")
    assert again.inbound_id is None
    assert everything(house) == before


async def test_same_message_twice_in_one_batch_changes_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    message = InboundMessage(Address(SMS, phone(0)), "SM1", "non")
    first, second = house.receive(message, message)
    assert (first.inbound_id is not None, second.inbound_id) == (True, None)
    assert len(house.outbox(purpose="reply")) == 1


async def test_same_id_from_another_provider_is_another_message(house: House) -> None:
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    for channel in (SMS, WHATSAPP):
        assert house.hear(channel, phone(0), "bonjour", provider_id="1").inbound_id is not None


async def test_last_answer_counts_in_whatever_order_the_words_come(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    for text in ("oui, 1 adulte et 1 enfant", "non", "oui", "non"):
        house.hear(SMS, phone(0), text)
    assert house.invitation(event_id, family_id).rsvp == "no"
    assert house.invitation(event_id, family_id).party == 0


# -- one bad message ------------------------------------------------------------------------------


async def test_message_that_we_cannot_take_sinks_nobody_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = house.families(3)
    (event_id,) = await invited(house)

    def fails_on_one(arrival: Any, desk: Any) -> Any:
        if arrival.text == "bancal":
            raise RuntimeError("a defect of ours")
        return take_turn(arrival, desk)

    monkeypatch.setattr(inbound, "take_turn", fails_on_one)
    texts = ("non", "bancal", "non")
    done = house.receive(
        *(InboundMessage(Address(SMS, phone(n)), f"b{n}", text) for n, text in enumerate(texts))
    )
    assert [one.error is None for one in done] == [True, False, True]
    answers = [house.invitation(event_id, one).rsvp for one in families]
    assert answers == ["no", None, "no"]
    assert len(house.all(select(arrivals))) == 2, "the provider sends the bad one again"


def test_whatever_a_phone_sends_is_taken(house: House) -> None:
    house.family(0)
    for number, text in enumerate(["", " ", "\x00", "🙂" * 2000, "B1", "²", "::", "9" * 400]):
        done = house.hear(SMS, phone(0), text, payload=text or None, provider_id=f"odd-{number}")
        assert done.error is None, repr(text)


# -- stop -----------------------------------------------------------------------------------------


async def test_stop_on_a_shared_phone_stops_both_on_all_their_channels_at_once(
    house: House,
) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0, whatsapp=True), guardian(0, name="Ana"))))
    family_id = house.family_id("F00")
    house.bind(family_id, TELEGRAM, "chat-0")
    house.event()
    house.clock.set(INVITED_AT)
    house.plan()
    house.hear(SMS, phone(0), "Arrêt !")
    assert [house.contact(family_id, rank).stopped_at for rank in (1, 2)] == [INVITED_AT] * 2
    await house.drain()
    assert [row.reason for row in house.outbox(purpose="invitation")] == ["stopped"]
    sent = [one.text for phones in house.phones.values() for one in phones.taken]
    assert len(sent) == 1, "the confirmation, and nothing else"
    await house.live_until(INVITED_AT + timedelta(days=8))
    assert len([one for phones in house.phones.values() for one in phones.taken]) == 1


async def test_two_families_on_one_phone_are_both_stopped(house: House) -> None:
    for name in ("A", "B"):
        house.enrol(roster_row(0, family=name, guardians=(guardian(0, name=name),)))
    house.hear(SMS, phone(0), "STOP")
    stopped = [house.contact(house.family_id(name)).stopped_at for name in ("A", "B")]
    assert None not in stopped


@pytest.mark.parametrize(
    ("language", "text"),
    [
        *(("fr", text) for text in ("STOP", "stop.", "  Stop !", "ARRÊT", "arret")),
        *(("ar", "توقف"), ("tr", "durdur"), ("pt", "parar"), ("ro", "opriți"), ("tr", "STOP")),
    ],
)
async def test_stop_comes_before_the_open_question(house: House, language: str, text: str) -> None:
    family_id = house.family(0, guardians=(guardian(0, language=language),))
    (event_id,) = await invited(house)
    house.hear(SMS, phone(0), text)
    assert house.contact(family_id).stopped_at is not None
    assert house.invitation(event_id, family_id).rsvp is None


async def test_stop_is_confirmed_once_however_often_it_is_sent(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(0), "STOP", opt_out=OptOut.STOP)
    await house.drain()
    assert house.texts(SMS, phone(0)) == [], "the carrier has confirmed already"


@pytest.mark.parametrize("text", ["bonjour", "oui", "1", "merci beaucoup", "?", "photo"])
async def test_no_other_message_opens_again_what_was_stopped(house: House, text: str) -> None:
    family_id = house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "STOP")
    house.hear(SMS, phone(0), text)
    assert house.contact(family_id).stopped_at is not None
    ledger = [row.decision for row in house.all(select(consents).order_by(consents.c.id))]
    assert ledger == ["stopped"]


async def test_start_opens_again_and_the_ledger_keeps_both_words(house: House) -> None:
    family_id = house.family(0)
    house.hear(SMS, phone(0), "STOP")
    house.clock.later(days=3)
    house.hear(SMS, phone(0), "START")
    assert house.contact(family_id).stopped_at is None
    ledger = house.all(select(consents).order_by(consents.c.id))
    assert [(row.decision, row.source) for row in ledger] == [
        ("stopped", "parent"),
        ("resumed", "parent"),
    ]
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == 2


async def test_stranger_who_says_stop_gets_no_answer(house: House) -> None:
    house.family(0)
    house.hear(SMS, phone(55), "STOP")
    await house.drain()
    assert house.texts(SMS, phone(55)) == []


# -- answers belong to their question -------------------------------------------------------------


async def test_one_guardian_answers_and_the_other_is_not_asked_again(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    family_id = house.family_id("F00")
    (event_id,) = await invited(house)
    await house.live_until(datetime(2026, 11, 24, 17, tzinfo=UTC))
    nudged = house.row(step="nudge")
    assert nudged.contact_id == house.contact_id(family_id, 2)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    other = house.one(select(conversations).where(conversations.c.contact_id == nudged.contact_id))
    assert not other.awaiting
    await house.live_until(datetime(2026, 11, 27, 17, tzinfo=UTC))
    assert [row.step for row in house.outbox(event_id=event_id, purpose="invitation")] == [
        "invitation",
        "nudge",
    ]


async def test_other_guardian_may_still_change_the_answer(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    family_id = house.family_id("F00")
    (event_id,) = await invited(house)
    await house.live_until(datetime(2026, 11, 24, 17, tzinfo=UTC))
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "non")
    assert house.invitation(event_id, family_id).rsvp == "no"


async def test_question_that_has_not_left_yet_takes_no_answer(house: House) -> None:
    """A parent writes while their invitation is held by the quiet hours."""
    family_id = house.family(0)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    event_id = house.event()
    assert house.plan().later == 1
    house.hear(SMS, phone(0), "oui")
    assert house.invitation(event_id, family_id).rsvp is None


async def test_maybe_that_is_asked_again_is_answered_for_its_own_event(house: House) -> None:
    """Another question stands open meanwhile: a bare "oui" cannot be for that one alone."""
    family_id = house.family(0)
    first, second = await invited(house, "Bien dormir", "Les écrans")
    asked = [row.conversation_id for row in house.outbox(step="invitation")]
    house.hear(SMS, phone(0), payload=f"{asked[0]}:coming:maybe")
    house.clock.set(datetime(2026, 11, 26, 17, tzinfo=UTC))
    await house.tick()
    assert [row.event_id for row in house.outbox(step="reminder", state="sent")] == [first]
    house.hear(SMS, phone(0), "oui")
    assert house.invitation(second, family_id).rsvp is None


async def test_old_button_answers_for_its_own_event_and_changes_nothing_else(
    house: House,
) -> None:
    family_id = house.family(0)
    first, second = await invited(house, "Bien dormir", "Les écrans")
    asked = [row.conversation_id for row in house.outbox(step="invitation")]
    house.hear(SMS, phone(0), payload=f"{asked[1]}:coming:no")
    house.hear(SMS, phone(0), payload=f"{asked[0]}:coming:maybe")
    assert house.invitation(first, family_id).rsvp == "maybe"
    assert house.invitation(second, family_id).rsvp == "no"


async def test_button_of_an_event_that_is_over_changes_nothing(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation").conversation_id
    house.clock.set(datetime(2026, 11, 29, 9, tzinfo=UTC))
    house.hear(SMS, phone(0), payload=f"{asked}:coming:yes")
    assert house.invitation(event_id, family_id).rsvp is None


@pytest.mark.parametrize("payload", ["999999:coming:yes", "::", "1:x", "-1:coming:yes", "²:a:b"])
async def test_button_of_nobody_changes_nothing(house: House, payload: str) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    assert house.hear(SMS, phone(0), payload=payload).error is None
    assert house.invitation(event_id, family_id).rsvp is None


async def test_button_of_another_family_changes_nothing(house: House) -> None:
    mine, theirs = house.families(2)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation", family_id=theirs).conversation_id
    house.hear(SMS, phone(0), payload=f"{asked}:coming:yes")
    assert [house.invitation(event_id, one).rsvp for one in (mine, theirs)] == [None, None]


async def test_tap_on_telegram_ticks_the_question_and_takes_its_buttons(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "chat-0")
    (event_id,) = await invited(house)
    asked = house.row(step="invitation")
    chat = house.phones[TELEGRAM]
    assert [button.label for button in chat.taken[0].buttons][:2] == ["Oui", "Non"]
    house.hear(
        TELEGRAM,
        "chat-0",
        payload=chat.taken[0].buttons[1].payload,
        quoted=asked.provider_id,
    )
    await house.drain()
    assert house.invitation(event_id, family_id).rsvp == "no"
    tick = chat.taken[1]
    assert tick.replaces == asked.provider_id
    assert tick.buttons == ()
    assert "Atelier écrans" in tick.text
    assert tick.text.endswith("✓ Non")


# -- link pages -----------------------------------------------------------------------------------


async def test_link_answers_for_its_own_question_and_stops(house: House) -> None:
    family_id = house.family(0)
    (event_id,) = await invited(house)
    asked = house.row(step="invitation")
    token = token_for(house.carnet.reach.deployment.key, asked.id)
    house.hear(LINK, token, payload=f"{asked.conversation_id}:coming:no")
    assert house.invitation(event_id, family_id).rsvp == "no"
    shown = house.row(purpose="reply")
    assert (shown.state, shown.channel) == ("delivered", "link")
    house.hear(LINK, token, payload=f"{asked.conversation_id}::stop")
    assert house.contact(family_id).stopped_at is not None
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == 1, "what a page says is not sent as well"


async def test_unknown_or_expired_link_does_nothing(house: House) -> None:
    house.family(0)
    await invited(house)
    asked = house.row(step="invitation")
    token = token_for(house.carnet.reach.deployment.key, asked.id)
    before = everything(house)
    for value in ("", "x" * 22, token.swapcase()):
        done = house.hear(LINK, value, payload=f"{asked.conversation_id}:coming:yes")
        assert (done.inbound_id, done.error) == (None, None)
    house.clock.set(house.one(select(link_tokens)).expires_at)
    house.hear(LINK, token, payload=f"{asked.conversation_id}:coming:yes")
    assert everything(house) == before


async def test_database_holds_no_token_only_its_hash(house: House) -> None:
    house.family(0)
    await invited(house)
    token = token_for(house.carnet.reach.deployment.key, house.row(step="invitation").id)
    assert house.one(select(link_tokens)).token_hash == hash_token(token)


# -- someone new ----------------------------------------------------------------------------------


def card(house: House, family_id: int, rank: int = 1) -> str:
    with house.database.write() as db:
        return new_binding_code(db, house.contact_id(family_id, rank), house.clock())


def reached(house: House, family_id: int) -> set[tuple[str, str]]:
    rows = house.all(
        select(addresses.c.channel, addresses.c.value)
        .join(contact_addresses, contact_addresses.c.address_id == addresses.c.id)
        .where(contact_addresses.c.contact_id == house.contact_id(family_id))
    )
    return {(row.channel, row.value) for row in rows}


@pytest.mark.parametrize("typed", [False, True], ids=["tapped link", "typed by hand"])
async def test_card_binds_a_chat_and_welcomes(house: House, *, typed: bool) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    if typed:
        house.hear(TELEGRAM, "chat-0", f" {code} ")
    else:
        house.hear(TELEGRAM, "chat-0", "/start", code=code)
    assert (TELEGRAM, "chat-0") in reached(house, family_id)
    given = house.one(select(consents))
    assert (given.purpose, given.channel, given.decision) == ("channel", "telegram", "given")
    await house.drain()
    assert len(house.texts(TELEGRAM, "chat-0")) == 1


async def test_card_works_once_only(house: House) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    house.hear(TELEGRAM, "chat-0", code=code)
    house.hear(TELEGRAM, "chat-1", code=code)
    assert (TELEGRAM, "chat-1") not in reached(house, family_id)
    await house.drain()
    assert len(house.texts(TELEGRAM, "chat-1")) == 1


async def test_card_is_no_good_after_sixty_days(house: House) -> None:
    family_id = house.family(0)
    code = card(house, family_id)
    house.clock.later(days=60)
    house.hear(TELEGRAM, "chat-0", code=code)
    assert (TELEGRAM, "chat-0") not in reached(house, family_id)


async def test_shared_number_binds_everyone_who_is_reached_there(house: House) -> None:
    for name in ("A", "B"):
        house.enrol(roster_row(0, family=name, guardians=(guardian(0, name=name),)))
    house.hear(TELEGRAM, "chat-0", shared=phone(0).removeprefix("+"))
    for name in ("A", "B"):
        assert (TELEGRAM, "chat-0") in reached(house, house.family_id(name))


async def test_shared_number_that_nobody_has_is_not_kept(house: House) -> None:
    house.family(0)
    house.hear(TELEGRAM, "chat-9", shared=phone(9))
    values = [row.value for row in house.all(select(addresses.c.value))]
    assert phone(9) not in values


async def test_stranger_gets_one_line_a_day_and_one_task(house: House) -> None:
    house.family(0)
    for _ in range(3):
        house.hear(SMS, phone(55), "bonjour")
        await house.drain()
    house.clock.later(days=1)
    house.hear(SMS, phone(55), "il y a quelqu'un ?")
    await house.drain()
    assert len(house.texts(SMS, phone(55))) == 2
    task = house.one(select(tasks))
    assert (task.reason, task.contact_id) == ("stranger", None)


async def test_blocked_bot_is_not_written_to_until_they_write_again(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "chat-0")
    house.blocked(TELEGRAM, "chat-0")
    await invited(house)
    assert house.texts(TELEGRAM, "chat-0") == []
    assert len(house.texts(SMS, phone(0))) == 1
    house.hear(TELEGRAM, "chat-0", "bonjour")
    chat = house.one(select(addresses).where(addresses.c.channel == "telegram"))
    assert chat.dead_reason is None


# -- a person -------------------------------------------------------------------------------------


async def test_while_a_person_talks_automation_is_silent_and_then_speaks_again(
    house: House,
) -> None:
    house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "9")
    task = house.one(select(tasks))
    assert task.reason == "asked"
    with house.database.write() as db:
        answer_parent(db, task.id, "Bonjour, je vous écoute.", "Nadia", house.clock())
    await house.drain()
    heard = len(house.texts(SMS, phone(0)))
    house.hear(SMS, phone(0), "mon fils a peur du noir, que faire ?")
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == heard
    assert len(house.all(select(tasks))) == 1
    with house.database.write() as db:
        close_task(db, task.id, None, house.clock())
    house.clock.later(hours=1)
    house.hear(SMS, phone(0), "non")
    await house.drain()
    assert len(house.texts(SMS, phone(0))) == heard + 1


# -- seats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 6])
def test_thirty_seats_and_sixty_families_never_oversell(
    database_file: Path, clock: Clock, tmp_path: Path, threads: int
) -> None:
    """Each family is alone; every thread has a connection of its own to one real file."""
    house = open_house(Database(f"sqlite:///{database_file}", durable=False), clock, tmp_path)
    house.families(60)
    event_id = house.event(seats=30)
    clock.set(INVITED_AT)
    assert house.plan().waiting == 60
    with house.database.write() as db:
        db.execute(outbox.update().values(state="sent", sent_at=clock()))
        db.execute(conversations.update().values(awaiting=True))
    reach = house.carnet.reach
    failed: list[Exception] = []

    def answer(mine: list[int]) -> None:
        database = Database(f"sqlite:///{database_file}", durable=False)
        for number in mine:
            text = "oui, 1 adulte et 0 enfant"
            message = InboundMessage(Address(SMS, phone(number)), f"yes-{number}", text)
            with database.write() as db:
                done = write_batch(db, reach, [message], clock())
            failed.extend(one.error for one in done if one.error is not None)
        database.close()

    workers = [
        threading.Thread(target=answer, args=(list(range(start, 60, threads)),))
        for start in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seats = house.all(
        select(invitations.c.seat, func.sum(invitations.c.party).label("party"))
        .where(invitations.c.event_id == event_id)
        .group_by(invitations.c.seat)
    )
    house.database.close()
    assert failed == []
    assert {row.seat: row.party for row in seats} == {"held": 30, "waiting": 30}


async def test_party_that_grows_beyond_the_last_place_keeps_what_it_holds(house: House) -> None:
    first, second = house.families(2)
    event_id = house.event(seats=4)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(1), "oui, 2 adultes et 1 enfant")
    assert house.invitation(event_id, first).seat == "held"
    kept = house.invitation(event_id, second)
    assert (kept.seat, kept.adults, kept.children, kept.party) == ("held", 1, 1, 2)
    await house.drain()
    assert "Nous gardons 2 places pour vous." in house.texts(SMS, phone(1))[-1]
    assert house.one(select(events)).seats == 4


async def test_first_headcount_that_does_not_fit_waits_with_all_of_them(house: House) -> None:
    first, second = house.families(2)
    event_id = house.event(seats=4)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    for text in ("oui", "2", "1"):
        house.hear(SMS, phone(1), text)
    assert house.invitation(event_id, first).seat == "held"
    waits = house.invitation(event_id, second)
    assert (waits.seat, waits.party) == ("waiting", 3)


@pytest.mark.parametrize("sender", ["38080", "BANQUE", "+33123"])
def test_names_and_short_codes_get_no_answer(house: House, sender: str) -> None:
    house.family(1)
    house.hear(SMS, sender, "bonjour")
    assert house.outbox() == []


def test_a_button_with_a_number_too_large_for_any_row_changes_nothing(house: House) -> None:
    house.family(1)
    assert house.hear(SMS, phone(1), payload=f"{10**20}:coming:yes").error is None
