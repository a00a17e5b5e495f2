"""Whom an alarm calls, and when. Pure.

    on duty --deputy_minutes--> deputy --deputy_minutes--> everybody of the centre --again_minutes-.
                                                                          ^------------------------'

Until somebody acknowledges. Who is absent today is passed over at once, and so is a turn of which
nobody has a chat to be called in: a console that nobody looks at calls nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DEPUTY_MINUTES = 15
AGAIN_MINUTES = 30
MOST_MINUTES = 240
DIRECTORS = frozenset({"director", "admin"})


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each turn has before the next is called, and how long until everybody is again."""

    deputy: timedelta = timedelta(minutes=DEPUTY_MINUTES)
    again: timedelta = timedelta(minutes=AGAIN_MINUTES)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works and may be called. `centre_id` None: they see every centre."""

    id: int
    role: str
    centre_id: int | None
    has_chat: bool = False
    absent: bool = False  # today


@dataclass(frozen=True, slots=True)
class Call:
    """One person called in one round; rounds count from 0."""

    staff_id: int
    round: int


Turns = Sequence[Sequence[Person]]


def turns(people: Collection[Person], duty: Sequence[int], centre_id: int | None) -> Turns:
    """Who is called one after the other; the last turn is everybody, and comes again.

    `duty`: the ids of those on duty and their deputies, in order. With nobody on duty, or nobody of
    them here today, the centre's directors are called first; a centre without any has those who
    see every centre.
    """
    by_id = {one.id: one for one in people if one.centre_id in (centre_id, None)}
    here = [one for one in by_id.values() if not one.absent] or list(by_id.values())
    listed = [[by_id[one]] for one in duty if one in by_id and by_id[one] in here]
    directors = [one for one in here if one.role in DIRECTORS]
    own = [one for one in directors if one.centre_id is not None]
    first = listed or [found for found in (own or directors,) if found]
    return (*first, here)


def calls_by(turns: Turns, since: datetime, now: datetime, waits: Waits) -> tuple[Call, ...]:
    """Whom the current round calls, and those before it whom no round has reached.

    Rounds that passed while nothing ran are not made up for.
    """
    last = len(turns) - 1
    passed = max(now - since, timedelta())
    at = min(passed // waits.deputy, last)
    if at == last:
        late = max(passed - last * waits.deputy, timedelta())
        return tuple(Call(one.id, last + late // waits.again) for one in turns[last])
    found: list[Call] = []
    for turn in range(last):
        found += [Call(one.id, turn) for one in turns[turn]]
        if turn >= at and any(one.has_chat for one in turns[turn]):
            return tuple(found)
    reached = {one.staff_id for one in found}
    return (*found, *(Call(one.id, last) for one in turns[last] if one.id not in reached))
