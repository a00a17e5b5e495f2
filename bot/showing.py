"""A first message as people will read it, before anything is planned: words, segments, cost, hour.

    who would be written to (see `preview`), what it says --> each wording once, and what it costs

Used for whatever is looked at before it is confirmed: an announcement, a survey wave, a round of
meetings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from bot.composing import Way, compose, introduction, segments
from bot.messages import ChannelName, Say
from bot.preview import Person, Preview
from bot.reach import Facts
from bot.tariffs import Tariffs

STAFF_LANGUAGE = "fr"
SHOWN_LINK = "https://..."  # where the private link will stand


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as some people will read it; `french` is the same for staff.

    It leaves between `leaves_at` and `last_at`: some of them have had enough messages before.
    """

    channel: str
    language: str
    text: str
    french: str
    segments: int  # of one SMS; 0 on other channels
    people: int
    leaves_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a new campaign will do. `again`: families that this wave asks through another one."""

    audience: Preview
    again: int
    messages: tuple[Shown, ...]
    leaves_at: datetime | None  # at the earliest; None: no hour is left for it

    @property
    def segments(self) -> int:
        """All SMS segments of the first message."""
        return sum(one.segments * one.people for one in self.messages)

    def cost(self, tariffs: Tariffs) -> Decimal:
        """An estimate for the first message: the invoice is the provider's."""
        prices = {
            ChannelName.WHATSAPP: tariffs.whatsapp_conversation,
            ChannelName.TELEGRAM: tariffs.telegram_message,
        }
        others = sum(
            (
                prices.get(ChannelName(one.channel), Decimal(0)) * one.people
                for one in self.messages
            ),
            Decimal(0),
        )
        return tariffs.sms_segment * self.segments + others


def first_messages(
    facts: Facts, people: Iterable[Person], says_to: Callable[[Row[Any]], Sequence[Say]]
) -> tuple[Shown, ...]:
    """The first message, each wording once per channel and language; the most read in front.

    `says_to`: what it says to somebody, by their row. Who reads the same in every way is looked at
    once.
    """
    alike: dict[tuple[object, ...], Shown] = {}
    counted: Counter[Shown] = Counter()
    moments: dict[Shown, list[datetime]] = {}
    for one in people:
        row = facts.people[one.contact_id]
        newly = row.introduced_at is None
        reads = row.language, row.rendering
        kind = one.channel, *reads, row.surveys, newly, row.sms_can_receive, row.centre
        if kind not in alike:
            alike[kind] = _shown(facts, one, says_to(row))
        shown = alike[kind]
        counted[shown] += 1
        if one.leaves_at is not None:
            moments.setdefault(shown, []).append(one.leaves_at)
    found = (
        replace(
            one,
            people=count,
            leaves_at=min(moments.get(one, ()), default=None),
            last_at=max(moments.get(one, ()), default=None),
        )
        for one, count in counted.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.people, one.channel, one.language, one.text)))


def _shown(facts: Facts, person: Person, says: Sequence[Say]) -> Shown:
    row = facts.people[person.contact_id]
    channel = ChannelName(person.channel)
    two_way = facts.can_receive(channel, row)
    drafts = facts.drafts(person.contact_id)
    way = Way(facts.reach.shapes[channel], two_way, SHOWN_LINK, drafts=drafts)
    newly = None
    if row.introduced_at is None:
        newly = introduction(facts.reach.deployment.association, can_receive=two_way)
    read, french = (
        compose(says, one, way, introduce=newly) for one in (row.language, STAFF_LANGUAGE)
    )
    parts = segments(read.text) if channel is ChannelName.SMS else 0
    buttons, in_french = (_buttons(one.buttons) for one in (read, french))
    return Shown(
        channel, read.language, read.text + buttons, french.text + in_french, parts, people=0
    )


def _buttons(buttons: Sequence[Any]) -> str:
    return "".join(f"\n[{one.label}]" for one in buttons)
