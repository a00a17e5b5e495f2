"""Cards: a code is secret, works once and for sixty days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.channels.link import BLOTTED
from bot.contacts import CARD_LIFE, bind_by_code, bind_by_phone, new_binding_code, send_card
from bot.errors import Rejected, SendDelayed
from bot.messages import Address
from bot.storage import contacts, tasks
from bot.storage.database import Database
from bot.storage.tables import addresses, binding_codes, consents, contact_addresses, outbox
from bot.storage.tables import contacts as people
from tests.house import MONDAY, SMS, TELEGRAM, Clock, House, open_house, phone, roster_row

BOT = "https://t.me/carnet_essai_bot?start="
LINK = re.compile(re.escape(BOT) + r"([A-Za-z0-9_-]{22})\b")


def code_of(house: House, family_id: int) -> str:
    with house.database.write() as db:
        return new_binding_code(db, house.contact_id(family_id), house.clock())


def chat(house: House, value: str = "chat-0") -> int:
    with house.database.write() as db:
        return contacts.address_id(db, Address(TELEGRAM, value), house.clock())


def spend(house: House, code: str, address_id: int) -> int | None:
    with house.database.write() as db:
        return bind_by_code(db, code, address_id, TELEGRAM, house.clock())


def test_code_fits_telegrams_start_link_and_only_its_hash_is_kept(house: House) -> None:
    code = code_of(house, house.family(0))
    assert len(code) == 16
    assert code.replace("-", "").replace("_", "").isalnum()
    assert code.encode() not in house.one(select(binding_codes)).code_hash


def test_code_binds_its_own_contact_once(house: House) -> None:
    first, second = house.families(2)
    code = code_of(house, second)
    assert spend(house, f" {code}\n", chat(house)) == house.contact_id(second)
    assert spend(house, code, chat(house)) is None
    assert house.contact_id(first) not in {
        row.contact_id
        for row in house.all(select(contact_addresses).where(contact_addresses.c.source == "bound"))
    }


@pytest.mark.parametrize("code", ["", "x" * 16, "ÉÉÉÉ", "' OR 1=1 --"])
def test_made_up_code_binds_nobody(house: House, code: str) -> None:
    code_of(house, house.family(0))
    assert spend(house, code, chat(house)) is None


def test_code_ends_after_its_life(house: House) -> None:
    code = code_of(house, house.family(0))
    house.clock.set(MONDAY + CARD_LIFE)
    assert spend(house, code, chat(house)) is None
    house.clock.set(MONDAY + CARD_LIFE - timedelta(seconds=1))
    assert spend(house, code, chat(house)) is not None


def test_two_cards_of_one_parent_both_work_and_consent_is_written_once(house: House) -> None:
    family_id = house.family(0)
    codes = code_of(house, family_id), code_of(house, family_id)
    address_id = chat(house)
    assert all(spend(house, code, address_id) for code in codes)
    assert len(house.all(select(consents))) == 1


@pytest.mark.parametrize("written", [phone(0), phone(0).removeprefix("+")])
def test_shared_number_is_found_with_or_without_its_plus(house: House, written: str) -> None:
    family_id = house.family(0)
    address_id = chat(house)
    with house.database.write() as db:
        assert bind_by_phone(db, written, address_id, TELEGRAM, MONDAY) == house.contact_id(
            family_id
        )


def test_bound_chat_is_tried_before_the_sms(house: House) -> None:
    family_id = house.family(0)
    spend(house, code_of(house, family_id), chat(house))
    with house.database.read() as db:
        found = contacts.addresses_of(db, [house.contact_id(family_id)])
    assert [one.channel for one in found[house.contact_id(family_id)]] == ["telegram", "sms"]


# -- the card by SMS ------------------------------------------------------------------------------


@pytest.fixture
def with_bot(database: Database, clock: Clock, tmp_path: Path) -> House:
    """A house whose families' bot has a name."""
    return open_house(database, clock, tmp_path, telegram_bot_name="carnet_essai_bot")


def send(house: House, family_id: int) -> int:
    with house.database.write() as db:
        deployment = house.carnet.reach.deployment
        return send_card(db, deployment, house.contact_id(family_id), house.clock())


async def code_on_the_phone(house: House) -> str:
    await house.drain()
    [text] = house.texts(SMS, phone(0))
    found = LINK.search(text)
    assert found is not None
    return found[1]


async def test_sms_carries_a_code_that_binds_once_and_the_archive_shows_none(
    with_bot: House,
) -> None:
    family_id = with_bot.family(0)
    with_bot.centre(sms_can_receive=True)
    outbox_id = send(with_bot, family_id)
    code = await code_on_the_phone(with_bot)
    [told] = with_bot.texts(SMS, phone(0))
    assert told.splitlines() == [
        f"Pour nous écrire gratuitement avec Telegram, ouvrez ce lien : {BOT}{code}",
        "Ce lien est pour vous seulement.",
    ]
    row = with_bot.row(id=outbox_id)
    assert f"{BOT}{BLOTTED}" in row.body
    assert code not in repr(with_bot.all(select(outbox)))
    with_bot.hear(TELEGRAM, "chat-0", "/start", code=code)
    bound = select(contact_addresses).where(contact_addresses.c.source == "bound")
    assert with_bot.one(bound).contact_id == with_bot.contact_id(family_id)
    assert spend(with_bot, code, chat(with_bot, "chat-1")) is None


async def test_every_try_of_the_sms_carries_the_same_code(with_bot: House) -> None:
    send(with_bot, with_bot.family(0))
    with_bot.phones[SMS].fail(phone(0), SendDelayed("busy"))
    await with_bot.drain()
    with_bot.clock.later(hours=1)
    await code_on_the_phone(with_bot)
    first, second = (LINK.search(one.text) for one in with_bot.phones[SMS].tried)
    assert first is not None
    assert second is not None
    assert first[1] == second[1]


async def test_card_asked_for_twice_in_a_day_is_one_sms_and_the_next_day_another(
    with_bot: House,
) -> None:
    family_id = with_bot.family(0)
    assert send(with_bot, family_id) == send(with_bot, family_id)
    await code_on_the_phone(with_bot)
    with_bot.clock.later(days=1)
    send(with_bot, family_id)
    await with_bot.drain()
    assert len(set(with_bot.texts(SMS, phone(0)))) == 2
    assert len(with_bot.all(select(binding_codes))) == 2


async def test_one_way_sms_shows_the_way_to_stop_beside_the_card(with_bot: House) -> None:
    with_bot.enrol(roster_row(0))
    send(with_bot, with_bot.family_id("F00"))
    code = await code_on_the_phone(with_bot)
    [text] = with_bot.texts(SMS, phone(0))
    assert text.splitlines()[-1].startswith("Répondre ou stopper : ")
    assert code not in with_bot.row(step="card").body


def no_phone(db: Connection) -> None:
    db.execute(update(addresses).values(dead_reason="address_dead"))


def stopped(db: Connection) -> None:
    db.execute(update(people).values(stopped_at=MONDAY))


def not_theirs(db: Connection) -> None:
    found = db.scalar(select(addresses.c.id))
    tasks.insert_task(
        db, reason=tasks.WRONG_NUMBER, address_id=found, asked_at=MONDAY, opened_at=MONDAY
    )


@pytest.mark.parametrize(
    ("lived", "words"),
    [
        (no_phone, "Aucun numéro de ce parent ne reçoit de SMS"),
        (stopped, "On n'écrit pas à ce parent"),
        (not_theirs, "peut-être celui de quelqu'un d'autre"),
    ],
)
def test_card_that_could_not_arrive_is_refused_with_what_to_do(
    with_bot: House, lived: Callable[[Connection], None], words: str
) -> None:
    family_id = with_bot.family(0)
    with with_bot.database.write() as db:
        lived(db)
    with pytest.raises(Rejected, match=words):
        send(with_bot, family_id)
    assert with_bot.all(select(binding_codes)) == []


def test_without_a_bot_no_card_is_sent(house: House) -> None:
    with pytest.raises(Rejected, match="pas encore activé"):
        send(house, house.family(0))
