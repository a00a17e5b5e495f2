"""Cards: a code is secret, works once and for sixty days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.contacts import CARD_LIFE, bind_by_code, bind_by_phone, new_binding_code
from bot.messages import Address
from bot.storage import contacts
from bot.storage.tables import binding_codes, consents, contact_addresses
from tests.house import MONDAY, TELEGRAM, House, phone


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
