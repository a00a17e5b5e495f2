"""Whose language nobody has told us is spoken to as their telephone speaks, until we are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.flows.alarms import emergency
from bot.inbound.newcomers import stranger_text
from bot.languages import languages_of_phone
from bot.messages import Say, say
from bot.storage.database import Database
from bot.storage.tables import contacts
from bot.translation import render
from tests.house import guardian, phone, roster_row
from tests.test_family_bots import AWA, SAMI, City, city, until

BEST = say("Which language do you read best?")
UNDECLARED = (guardian(0, language=None),)


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        ("tr", ("tr",)),
        ("pt-br", ("pt",)),
        ("zh-hans", ("zh",)),
        ("zh_Hant_TW", ("zh",)),
        ("AR-MA", ("ar",)),
        ("fa", ("prs",)),
        ("fa-AF", ("prs",)),
        ("prs", ("prs",)),
        ("ps", ("ps",)),
        ("wo", ("wo",)),  # promised
        ("ckb", ()),
        ("ja", ()),
        ("", ()),
        ("*", ()),
        ("turkish", ()),
        ("-tr", ()),
        ("ja, fa-IR;q=0.9, fr-FR;q=0.8,fr;q=0.7", ("prs", "fr")),
    ],
)
def test_fine_codes_of_telephones_are_ours(tags: str, ours: tuple[str, ...]) -> None:
    assert languages_of_phone(tags) == ours


def spoken(town: City) -> tuple[str | None, object]:
    row = town.house.one(select(contacts.c.language, contacts.c.language_chosen_at))
    return row.language, row.language_chosen_at


def says(town: City, line: Say, language: str, chat: int = AWA) -> bool:
    texts = [one.text for one in town.first.sent if one.chat_id == chat]
    return render(line, language) in texts[-1]


@pytest.mark.parametrize(("told", "language"), [("tr", "tr"), ("pt-br", "pt"), ("fa", "prs")])
@pytest.mark.parametrize("by", ["link", "number"])
async def test_who_binds_is_asked_in_the_language_of_the_telephone(
    tmp_path: Path, database: Database, told: str, language: str, by: str
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0, guardians=UNDECLARED)
        town.first.joins(AWA, language_code=told)
        if by == "link":
            await town.first.starts(AWA, town.card(family_id))
        else:
            await town.first.shares_contact(AWA, phone(0))
        await until(lambda: bool(town.first.sent))
        assert says(town, BEST, language)
        assert spoken(town) == (language, None)


async def test_what_they_choose_afterwards_holds(tmp_path: Path, database: Database) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0, guardians=UNDECLARED)
        town.first.joins(AWA, language_code="tr")
        await town.first.starts(AWA, town.card(family_id))
        await until(lambda: bool(town.first.sent))
        [asked] = town.first.sent
        [arabic] = [
            str(one.callback_data)
            for one in asked.buttons
            if str(one.callback_data).endswith(":ar")
        ]
        await town.first.taps(AWA, asked.message_id, arabic)
        await until(lambda: len(town.first.sent) == 2)
        assert spoken(town) == ("ar", town.house.clock())
        town.first.joins(AWA, language_code="tr")
        await town.first.starts(AWA, town.card(family_id))
        await until(lambda: len(town.first.sent) == 3)
        assert spoken(town)[0] == "ar"


async def test_what_the_list_declares_wins_before_and_after(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        declared = town.house.family(0, guardians=(guardian(0, language="ar"),))
        town.first.joins(AWA, language_code="tr")
        await town.first.starts(AWA, town.card(declared))
        await until(lambda: bool(town.first.sent))
        assert spoken(town) == ("ar", None)
        with town.house.database.write() as db:
            db.execute(update(contacts).values(language=None))
        await town.first.starts(AWA, town.card(declared))
        await until(lambda: len(town.first.sent) == 2)
        assert spoken(town) == ("tr", None)
        town.house.enrol(roster_row(0, guardians=(guardian(0, language="ro"),)))
        assert spoken(town) == ("ro", None)


@pytest.mark.parametrize("told", ["fr", "ja", ""])
async def test_a_telephone_that_says_nothing_new_leaves_the_language_unknown(
    tmp_path: Path, database: Database, told: str
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        family_id = town.house.family(0, guardians=UNDECLARED)
        town.first.joins(AWA, language_code=told)
        await town.first.starts(AWA, town.card(family_id))
        await until(lambda: bool(town.first.sent))
        assert says(town, BEST, "fr")
        assert spoken(town) == (None, None)


@pytest.mark.parametrize(
    ("told", "language"),
    [("ar", "ar"), ("zh-hans", "zh"), ("fa", "prs"), ("fr", "fr"), ("ja", "fr"), ("", "fr")],
)
async def test_a_stranger_is_answered_in_the_language_of_the_telephone(
    tmp_path: Path, database: Database, told: str, language: str
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        town.first.joins(AWA, language_code=told)
        await town.first.says(AWA, "?")
        await until(lambda: bool(town.first.sent))
        assert town.first.sent[-1].text == render(stranger_text(), language)
        assert [row.language for row in town.house.outbox()] == [language]


async def test_a_card_that_is_no_good_is_told_in_that_language(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        town.first.joins(SAMI, language_code="ro")
        await town.first.starts(SAMI, "A" * 16)
        await until(lambda: bool(town.first.sent))
        refusal = say("This code is not valid any more. Please ask the centre for a new one.")
        assert town.first.sent[-1].text == render(refusal, "ro")


async def test_a_stranger_in_danger_reads_it_in_that_language_and_in_french(
    tmp_path: Path, database: Database
) -> None:
    async with city(tmp_path, database, "webhook") as town:
        town.first.joins(AWA, language_code="tr")
        await town.first.says(AWA, "mon mari me frappe")
        await until(lambda: bool(town.first.sent))
        own, french = (render(emergency(), one) for one in ("tr", "fr"))
        assert town.first.sent[-1].text == f"{own}\n{french}"
