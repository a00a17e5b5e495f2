"""The phones of the demonstration, beyond what the contract asks of every channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, select

from bot.channels.simulator import Simulator
from bot.messages import Address, ChannelName, OutboundMessage, ProviderId, Shape
from bot.storage.database import Database
from bot.storage.tables import metadata, simulated_messages
from tests.channels.rigs import NOW, clock

PHONE = Address(ChannelName.SMS, "+33639980001")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'phones.db'}", durable=False)
    metadata.create_all(database.engine)
    yield database
    database.close()


def rows(database: Database) -> list[RowMapping]:
    with database.read() as db:
        return list(db.execute(select(simulated_messages)).mappings())


async def test_sending_again_shows_one_message_and_gives_the_same_id(database: Database) -> None:
    simulator = Simulator(database, Shape(), clock)
    message = OutboundMessage(3, PHONE, "Bonjour")
    assert await simulator.send(message) == await simulator.send(message) == "sim-3"
    assert len(rows(database)) == 1


async def test_the_phone_keeps_when_and_where_it_was_written_to(database: Database) -> None:
    await Simulator(database, Shape(), clock).send(OutboundMessage(3, PHONE, "Bonjour"))
    (row,) = rows(database)
    assert (row["channel"], row["value"], row["at"]) == ("sms", PHONE.value, NOW)


@pytest.mark.parametrize(("edits", "kept"), [(True, "sim-2"), (False, None)])
async def test_a_question_is_replaced_only_where_messages_can_be_edited(
    database: Database, edits: bool, kept: str | None
) -> None:
    message = OutboundMessage(3, PHONE, "Merci !", replaces=ProviderId("sim-2"))
    await Simulator(database, Shape(edits=edits), clock).send(message)
    assert [row["replaces"] for row in rows(database)] == [kept]
