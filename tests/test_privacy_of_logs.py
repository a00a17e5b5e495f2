"""No name, number, text or token of a family ever stands in a log line: ids and codes only."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from bot import inbox
from bot.channels.link import token_for
from bot.commands.serve import configure_log
from bot.contacts import new_binding_code
from bot.engine.turn import take_turn
from bot.errors import AddressDead, SendDelayed, SendUncertain
from bot.inbound import turns
from bot.inbox import Inbox
from bot.messages import Address, InboundMessage, OptOut
from bot.people import answer_parent
from bot.storage.tables import tasks
from bot.traces import trace_of
from scheduler.jobs import JOBS
from tests.house import SMS, TELEGRAM, WHATSAPP, House, guardian, phone, roster_row

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
NAMES = ("Amina Berrada", "Lina", "Selin Kaya")
WORDS = (
    "ma fille a la varicelle",
    "oui, 2 adultes et 1 enfant",
    "Je vous appelle demain matin",
    "qui est là ?",
    "phrase que nous ne savons pas prendre",
    "mon mari me frappe le soir",
    "me frappe",
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that the process writes to its log, as it is configured in production."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    monkeypatch.setattr(sys, "stderr", stream)
    structlog.reset_defaults()
    configure_log()
    root.setLevel(logging.DEBUG)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


async def everything_that_happens(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A fortnight with all kinds of trouble; give what must not be told."""
    house.enrol(
        roster_row(0, child="Lina", guardians=(guardian(0, name="Amina Berrada", whatsapp=True),)),
        roster_row(1, child="Lina", guardians=(guardian(1, name="Selin Kaya"),)),
    )
    house.event()
    with house.database.write() as db:
        code = new_binding_code(db, house.contact_id(house.family_id("F00")), house.clock())
    house.hear(TELEGRAM, "7001234567", code=code)
    house.phones[SMS].fail(phone(1), SendUncertain("no answer"), SendDelayed("429", code="20429"))
    house.phones[TELEGRAM].fail("7001234567", AddressDead("blocked", code="403"))
    house.clock.set(INVITED_AT)
    for job in JOBS:
        await job.run(house.carnet.works)

    def fails(arrival: Any, desk: Any) -> Any:
        if arrival.text == WORDS[4]:
            raise ValueError(f"cannot take {arrival.text!r} of {desk}")
        return take_turn(arrival, desk)

    monkeypatch.setattr(turns, "take_turn", fails)
    house.hear(WHATSAPP, phone(0), WORDS[0])
    house.hear(SMS, phone(1), WORDS[1])
    house.hear(SMS, phone(1), WORDS[4])
    house.hear(SMS, phone(55), WORDS[3])
    house.hear(SMS, phone(56), WORDS[5])
    house.hear(SMS, phone(1), "STOP", opt_out=OptOut.STOP)
    task = house.all(tasks.select())[0]
    assert house.all(tasks.select().where(tasks.c.reason == "safeguarding"))
    with house.database.write() as db:
        answer_parent(db, task.id, WORDS[2], "Nadia Ferrand", house.clock())

    def broken(*_arguments: Any) -> Any:
        raise OSError(f"cannot write {WORDS[0]} of {phone(0)}")

    monkeypatch.setattr(inbox, "write_batch", broken)
    await Inbox(house.database, house.carnet.reach, house.clock)._write(
        [inbox._Waiting(InboundMessage(Address(SMS, phone(0)), "m1", WORDS[0]), _future())]
    )
    monkeypatch.undo()
    await house.live_until(INVITED_AT + timedelta(days=4), timedelta(hours=6))
    key = house.carnet.reach.deployment.key
    tokens = [token_for(key, row.id) for row in house.outbox()]
    return [*NAMES, *WORDS, "Nadia", code, "7001234567", phone(0), phone(1), phone(55), *tokens]


def _future() -> Any:
    return asyncio.get_running_loop().create_future()


async def test_nothing_of_a_family_is_logged_whatever_happens(
    house: House, heard: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = await everything_that_happens(house, monkeypatch)
    text = heard.getvalue()
    events = {json.loads(line)["event"] for line in text.splitlines() if line.startswith("{")}
    assert {"inbound_failed", "inbox_failed", "send_failed"} <= events, "there was trouble to tell"
    for secret in secrets:
        assert secret not in text, f"{secret} is in the log"
        assert secret.removeprefix("+33") not in text
        assert json.dumps(secret)[1:-1] not in text


async def test_error_of_a_library_is_logged_without_what_it_held(heard: io.StringIO) -> None:
    try:
        raise KeyError(f"no such phone: {phone(3)}")
    except KeyError:
        logging.getLogger("some.library").exception("a job raised an exception")
        structlog.get_logger().exception("job_failed", job="plan_outreach")
    text = heard.getvalue()
    assert text.count("KeyError at test_privacy_of_logs.py:") == 2
    assert phone(3) not in text
    assert "no such phone" not in text


def test_trace_says_the_kind_of_error_and_the_way_to_it() -> None:
    def inner() -> None:
        raise ValueError("Amina")

    try:
        inner()
    except ValueError as error:
        trace = trace_of(error)
    assert trace.startswith("ValueError at test_privacy_of_logs.py:")
    assert trace.count("test_privacy_of_logs.py") == 2
    assert "Amina" not in trace
    assert trace_of(ValueError("Amina")) == "ValueError"
