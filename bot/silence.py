"""What left, and of which nobody says that it arrived, leaves once more by the next way.

    sent, no word for a while --> still wanted? --> another address? --> the gate --> it waits again
                                                                         '-> not now: look again

Only where the provider tells what has arrived, only what loses its sense by being late, and once:
what the second way does not bring is left to the providers, who say in the end what failed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.elsewhere import try_elsewhere
from bot.gate import Request, Send, decide
from bot.messages import Purpose
from bot.reach import Facts, Reach
from bot.storage import outbox
from bot.storage.tries import Outcome
from bot.wanted import load_surroundings, unwanted

LOOK_BACK = timedelta(days=3)  # older silence says more about the receipts than about the phone


def send_elsewhere(db: Connection, reach: Reach, now: datetime, patience: timedelta) -> int:
    """Let what was not delivered after `patience` wait for the next way; give how many."""
    speaking = [name for name, shape in reach.shapes.items() if shape.receipts]
    between = now - LOOK_BACK, now - patience
    rows = outbox.silent(db, speaking, between, now) if speaking else ()
    if not rows:
        return 0
    around = load_surroundings(db, reach, rows, now)
    moved = 0
    for row in rows:
        address, why = around.facts.way(row.contact_id, row.step, after=row.address_id)
        if address is None or unwanted(row, around):
            continue
        if decide(request_of(around.facts, row, address, why), now) == Send():
            here = row.address_id, row.channel
            try_elsewhere(db, row, here, Outcome.SILENT, now)
            around.facts.note_sent(row.contact_id, Purpose(row.purpose), address.id)
            moved += 1
    return moved


def request_of(
    facts: Facts, row: Row[Any], address: Row[Any] | None, unreachable: str = ""
) -> Request:
    """What the gate is asked about a row at an address."""
    purpose = Purpose(row.purpose)
    return facts.request(
        row.contact_id,
        row.centre_id,
        purpose,
        row.step,
        row.expires_at,
        unreachable=unreachable,
        channel=address.channel if address is not None else "",
        same_day=facts.same_day(row.centre_id, purpose, row.expires_at),
    )
