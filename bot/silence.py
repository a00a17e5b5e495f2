"""What left, and of which nobody says that it arrived, leaves once more by each way that is left.

    sent, no word for a while --> still wanted? --> another address? --> the gate --> it waits again
                                                      |                    '-> not now: look again
                                                      '-> none: a person is told, while it helps

Only where the provider tells what has arrived, and only what loses its sense by being late: how
long each is waited for stands in `unheard`. Where most of what left by a channel stays without a
word, it is the words that are lost and not the messages: no family is called for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from bot.elsewhere import OTHER_CHANNEL, tell_of_silence, try_elsewhere
from bot.gate import Decision, Refuse, Request, Send, decide
from bot.messages import DeliveryState, Purpose
from bot.reach import Facts, Reach
from bot.storage.silence import PAGE, Cursor, silent, silent_and_heard
from bot.storage.tries import Outcome
from bot.unheard import PATIENCE, is_deaf, next_way_at, person_at
from bot.wanted import HELD_TRUE, load_surroundings, unwanted

log = structlog.get_logger()

LOOK_BACK = timedelta(days=3)  # older silence says more about the receipts than about the phone
NOT_TO_BE_CALLED = frozenset({"erased", "do_not_contact", "stopped", "surveys_refused", "held"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a page: sent elsewhere, told to a person, and behind which row to go on."""

    moved: int
    told: int
    after: Cursor | None


def trusted_channels(
    db: Connection, reach: Reach, now: datetime, patience: timedelta | None
) -> Collection[str]:
    """The channels whose silence says something of the telephones.

    Whoever looks after Carnet has to mend the others: their words do not reach us.
    """
    speaking = _speaking(reach)
    if not speaking:
        return ()
    found = silent_and_heard(db, speaking, now - LOOK_BACK, now - (patience or PATIENCE))
    deaf = {one for one, (mute, heard) in found.items() if is_deaf(mute, heard)}
    for one in deaf:
        log.warning("no_receipts", channel=one, silent=found[one][0], heard=found[one][1])
    return [one for one in speaking if one not in deaf]


def look_at_silence(
    db: Connection,
    reach: Reach,
    now: datetime,
    patience: timedelta | None,
    trusted: Collection[str],
    after: Cursor | None = None,
) -> Looked:
    """Let what was not delivered wait for the next way, or tell a person; one page of it.

    `patience` None: another way is never tried. `trusted`: see `trusted_channels`. `after`: where
    the page before ended.
    """
    wait = patience or PATIENCE
    speaking = _speaking(reach)
    rows = silent(db, speaking, trusted, now - LOOK_BACK, wait, now, after) if speaking else ()
    if not rows:
        return Looked(0, 0, None)
    around = load_surroundings(db, reach, rows, now)
    moved, lost = 0, []
    for row in rows:
        if row.step in HELD_TRUE or unwanted(row, around):
            continue
        address, verdict = _way_on(around.facts, row, now, may_move=patience is not None)
        stands = Purpose(row.purpose), row.sent_at, row.expires_at, wait
        if isinstance(verdict, Refuse) and verdict.reason not in NOT_TO_BE_CALLED:
            at = person_at(*stands)
            lost += [row] if row.untold and at is not None and at <= now else []
        elif verdict == Send() and address is not None and next_way_at(*stands) <= now:
            try_elsewhere(db, row, (row.address_id, row.channel), Outcome.SILENT, now)
            around.facts.note_sent(row.contact_id, Purpose(row.purpose), address.id)
            moved += 1
    last = Cursor(rows[-1].sent_at, rows[-1].id) if len(rows) == PAGE else None
    return Looked(moved, _tell(db, lost, now), last)


def _speaking(reach: Reach) -> list[str]:
    return [name for name, shape in reach.shapes.items() if shape.receipts]


def _way_on(
    facts: Facts, row: Row[Any], now: datetime, *, may_move: bool
) -> tuple[Row[Any] | None, Decision | None]:
    """The next address, if one is left, and what the gate says; None: it leaves by itself.

    What waits to be tried again goes on to the next way once that has failed.
    """
    waits = row.state == DeliveryState.WAITING
    address, why = facts.way(row.contact_id, row.step, after=row.address_id)
    if waits and (row.went_on or address is not None):
        return None, None
    if row.went_on or not may_move:
        address, why = None, OTHER_CHANNEL
    return address, decide(request_of(facts, row, address, why), now)


def _tell(db: Connection, lost: Iterable[Row[Any]], now: datetime) -> int:
    """Open a task for each household and what it is about, and for one invitation only."""
    first: dict[tuple[int, ...], Row[Any]] = {}
    for row in lost:
        about = (row.event_id or 0, row.campaign_id or 0)
        asks = row.purpose == Purpose.INVITATION
        first.setdefault((row.family_id,) if asks else (row.family_id, *about), row)
    for row in first.values():
        tell_of_silence(db, row, now)
    return len(first)


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
