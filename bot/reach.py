"""What the gate needs to know of recipients, for a whole batch, and the way to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.deployment import Deployment
from bot.foreseen import foresee
from bot.gate import CAPPED, WINDOW, Caps, Hours, Request
from bot.languages import FALLBACK
from bot.messages import ChannelName, Purpose, Shape
from bot.people import TALK, silent_until
from bot.storage import claims, contacts
from bot.storage.budget import segments_since
from bot.storage.frequency import Waiting, by_person, sent_days, waiting_for
from bot.storage.tables import centres, tasks
from bot.storage.tasks import SAFEGUARDING, WRONG_NUMBER, holds, holds_on
from bot.storage.templates import Approved, approved
from bot.translation import readable
from bot.wallclock import at_wall_clock, local

CONFIRMS = frozenset({"stopped", "resumed", "bound", "alarm", "noted"})
"""Steps that answer the person's own choice, or the words after which automation is silent."""

LOOK_AGAIN = timedelta(hours=1)  # at what waits until a person releases somebody
LOOK_BACK = timedelta(days=8)
YIELDING = frozenset(
    one for one in CAPPED if claims.URGENCY[one] > claims.URGENCY[Purpose.REMINDER]
)
"""What gives way to a reminder that is still to come."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which channels this process can use, and what each can show."""

    deployment: Deployment
    shapes: Mapping[ChannelName, Shape]


@dataclass(slots=True)
class Facts:
    """What is true of some recipients at one moment."""

    reach: Reach
    now: datetime
    people: dict[int, Row[Any]]
    addresses: dict[int, list[Row[Any]]]
    sent: dict[int, list[datetime]]
    waiting: dict[int, list[Waiting]]
    talking: dict[int, datetime]
    held: frozenset[int]  # for whom nothing is planned until a person releases them
    guarded: frozenset[int]  # those of them whom not even an answer reaches
    wrong: frozenset[int]  # addresses that may be somebody else's, until a person has looked
    centres: dict[int, Row[Any]]
    caps: dict[int, Caps]  # of these centres, and of those whose messages wait
    segments: dict[int, int] = field(default_factory=dict)
    templates: Approved = field(default_factory=dict)
    _people_at: dict[int, set[int]] = field(default_factory=dict)

    def request(
        self,
        contact_id: int,
        centre_id: int | None,
        purpose: Purpose,
        step: str,
        expires_at: datetime | None,
        *,
        unreachable: str,
        channel: str = "",
        same_day: bool = False,
    ) -> Request:
        """What the gate is asked about one message."""
        person = self.people[contact_id]
        centre = self.centres.get(centre_id or 0)
        hours = hours_of(centre, self.now)
        urgent = self._more_urgent(contact_id, purpose)
        return Request(
            purpose=purpose,
            hours=hours,
            erased=person.erased_at is not None,
            no_contact=person.no_contact,
            stopped=person.stopped_at is not None,
            surveys=person.surveys,
            confirms_stop=step in CONFIRMS,
            paused_until=person.paused_until,
            person_until=self.talking.get(contact_id),
            held_until=self.now + LOOK_AGAIN if contact_id in self.held else None,
            guarded=contact_id in self.guarded,
            sent=self.sent.get(contact_id, ()),
            reserved=self._places(urgent, hours.zone),
            caps=self._strictest((centre_id, *(one.centre_id for one in urgent))),
            expires_at=expires_at,
            unreachable=unreachable,
            segments_left=self._segments_left(centre) if channel == ChannelName.SMS else None,
            same_day=same_day,
        )

    def way(
        self, contact_id: int, step: str, *, after: int | None = None, words: str = ""
    ) -> tuple[Row[Any] | None, str]:
        """The address to try now, or the reason code why there is none.

        `after`: an address that could not carry this message; only those behind it are left.
        `words`: the signature of what is said, once that is known, see `template`.
        """
        found = self.addresses.get(contact_id, [])
        places = [place for place, address in enumerate(found, start=1) if address.id == after]
        reason = "no_phone" if after is None else "other_channel"
        for address in found[places[0] if places else 0 :]:
            shape = self.reach.shapes.get(ChannelName(address.channel))
            if address.dead_reason:
                reason = address.dead_reason
            elif address.id in self.wrong:
                reason = WRONG_NUMBER
            elif shape is None:
                reason = "channel_off"
            elif self.needs_template(address) and not self.template(contact_id, step, words):
                reason = "window_closed"
            else:
                return address, ""
        return None, reason

    def back(self, contact_id: int, address_id: int) -> tuple[Row[Any] | None, str]:
        """The address that a question came from, while it still belongs to this person."""
        for address in self.addresses.get(contact_id, ()):
            if address.id == address_id:
                if address.dead_reason:
                    return None, str(address.dead_reason)
                if ChannelName(address.channel) not in self.reach.shapes:
                    return None, "channel_off"
                return (None, "window_closed") if self.needs_template(address) else (address, "")
        return self.way(contact_id, "")

    def same_day(self, centre_id: int | None, purpose: Purpose, until: datetime | None) -> bool:
        """Whether this is about a change to an event of this very day."""
        centre = self.centres.get(centre_id or 0)
        if purpose is not Purpose.CHANGE or until is None or centre is None:
            return False
        return local(until, centre.time_zone).date() == local(self.now, centre.time_zone).date()

    def can_receive(self, channel: ChannelName, person: Row[Any]) -> bool:
        """Whether a typed answer reaches us: by SMS, where the sender is declared two-way."""
        if channel is not ChannelName.SMS:
            return True
        if person.sms_can_receive is not None:
            return bool(person.sms_can_receive)
        return self.reach.deployment.sms_can_receive

    def template(self, contact_id: int, step: str, words: str = "") -> str | None:
        """The approved WhatsApp template for this step in this person's language.

        A step can say different things: without the signature of its `words`, any of its templates.
        Those that were listed by hand come second, and carry whatever the step says.
        """
        language = self.template_language(contact_id)
        approved = self.templates.get((step, language), {})
        found = approved.get(words) if words else next(iter(approved.values()), None)
        return found or self.reach.deployment.templates.get(step, {}).get(language)

    def drafts(self, contact_id: int) -> bool:
        """Whether wordings that nobody has read may leave to this person: their centre decides."""
        return drafts_leave(self.people[contact_id])

    def template_language(self, contact_id: int) -> str:
        """The language of what WhatsApp has approved for this person."""
        return written_in(self.people[contact_id])

    def needs_template(self, address: Row[Any]) -> bool:
        """Whether free text may not be sent to this address now."""
        shape = self.reach.shapes.get(ChannelName(address.channel), Shape())
        return shape.window and not self._window_open(address)

    def note_sent(self, contact_id: int, purpose: Purpose, address_id: int) -> None:
        """One more is leaving in this batch: the next in it, to anyone there, must count it."""
        if purpose not in (Purpose.REPLY, Purpose.STAFF):
            for one in self._at(address_id) | {contact_id}:
                self.sent.setdefault(one, []).append(self.now)

    def note_segments(self, centre_id: int | None, segments: int) -> None:
        """These SMS segments are leaving in this batch: the budget shrinks at once."""
        if centre_id is not None:
            self.segments[centre_id] = self.segments.get(centre_id, 0) + segments

    def _more_urgent(self, contact_id: int, purpose: Purpose) -> list[Waiting]:
        """What will leave for them and is more urgent than this."""
        urgency = claims.URGENCY[purpose]
        waiting = self.waiting.get(contact_id, ())
        return [one for one in waiting if claims.URGENCY[one.purpose] < urgency]

    def _places(self, urgent: Iterable[Waiting], zone: str) -> list[datetime]:
        """When these leave; the reminders of one day to one person take one place together."""
        places: list[datetime] = []
        reminded: set[tuple[int, date]] = set()
        for one in urgent:
            if one.purpose is Purpose.REMINDER and self._merges(one.contact_id):
                day = one.contact_id or 0, local(one.at, zone).date()
                if day in reminded:
                    continue
                reminded.add(day)
            places.append(one.at)
        return places

    def _merges(self, contact_id: int | None) -> bool:
        """Whether this person's reminders of one day leave in one message: free text allows it."""
        if contact_id not in self.people:
            return True
        address, _ = self.way(contact_id, "reminder")
        return address is None or not self.needs_template(address)

    def _strictest(self, centre_ids: Iterable[int | None]) -> Caps:
        """The caps that hold for a message: those of its centre, else the usual ones.

        Where a place is kept for another centre's message, the stricter of both: for a family with
        children in two centres, what one may send does not cost it the other's reminder.
        """
        found = [self.caps[one] for one in centre_ids if one in self.caps]
        return reduce(or_, found) if found else Caps()

    def _at(self, address_id: int) -> set[int]:
        """Who is reached at an address, of the people in question."""
        if not self._people_at:
            for contact_id, found in self.addresses.items():
                for address in found:
                    self._people_at.setdefault(address.id, set()).add(contact_id)
        return self._people_at.get(address_id, set())

    def _window_open(self, address: Row[Any]) -> bool:
        heard = address.last_inbound_at
        return heard is not None and heard + WINDOW > self.now

    def _segments_left(self, centre: Row[Any] | None) -> int | None:
        if centre is None or centre.monthly_segments is None:
            return None
        return int(centre.monthly_segments) - self.segments.get(centre.id, 0)


def load_facts(
    db: Connection,
    reach: Reach,
    contact_ids: Iterable[int],
    centre_ids: Iterable[int],
    now: datetime,
    *,
    claimed: Iterable[int] = (),
    purposes: Iterable[Purpose] = Purpose,
) -> Facts:
    """Load what is true of these recipients, a handful of queries for any number of them.

    `claimed`: the outbox rows in question; what may have left of them does not count as sent.
    `purposes`: why they are written to; who yields to nothing needs no look ahead.
    """
    ids, ours = list(set(contact_ids)), list(claimed)
    addresses = contacts.addresses_of(db, ids)
    homes = {one: [row.id for row in addresses.get(one, ())] for one in ids}
    waiting = waiting_for(db, homes, now, but=ours)
    if not YIELDING.isdisjoint(purposes):
        _add_to_come(db, waiting, homes, now)
    wanted = set(centre_ids)
    others = {one.centre_id for found in waiting.values() for one in found if one.centre_id}
    rows = db.execute(select(centres).where(centres.c.id.in_(wanted | others))).all()
    found = [row for row in rows if row.id in wanted]
    budgeted = [row for row in found if row.monthly_segments is not None]
    people = contacts.people(db, ids)
    families = {row.family_id for row in people.values()}
    silencing = holds_on(db, ids, families, {row.id for one in addresses.values() for row in one})
    return Facts(
        reach=reach,
        now=now,
        people=people,
        held=_held(people, homes, [one for one in silencing if one.reason != WRONG_NUMBER]),
        guarded=_held(people, homes, [one for one in silencing if one.reason == SAFEGUARDING]),
        wrong=frozenset(task.address_id for task in silencing if task.reason == WRONG_NUMBER),
        addresses=addresses,
        sent=sent_days(db, homes, now - LOOK_BACK, but=ours),
        waiting=waiting,
        talking=_talking(db, ids, now),
        centres={row.id: row for row in found},
        caps={row.id: Caps(row.daily_cap, row.weekly_cap) for row in rows},
        segments={
            row.id: segments_since(db, row.id, month_start(now, row.time_zone)) for row in budgeted
        },
        templates=approved(db) if any(one.window for one in reach.shapes.values()) else {},
    )


def _talking(db: Connection, contact_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """With whom a person talks, and until when automation is silent for them."""
    rows = db.execute(
        select(tasks.c.contact_id, tasks.c.answered_at, tasks.c.taken_at).where(
            tasks.c.contact_id.in_(contact_ids),
            tasks.c.closed_at.is_(None),
            (tasks.c.answered_at > now - TALK) | (tasks.c.taken_at > now - TALK),
        )
    )
    return {row.contact_id: until for row in rows if (until := silent_until(row))}


def _add_to_come(
    db: Connection,
    waiting: dict[int, list[Waiting]],
    homes: Mapping[int, Sequence[int]],
    now: datetime,
) -> None:
    """Add to what waits what nobody has planned yet, and what others must leave room for."""
    shared = {one for found in homes.values() for one in found}
    for contact_id, one in by_person(homes, foresee(db, shared, hours_of, now)):
        waiting.setdefault(contact_id, []).append(one)


def _held(
    people: Mapping[int, Row[Any]], homes: Mapping[int, Sequence[int]], silencing: list[Row[Any]]
) -> frozenset[int]:
    """Those whom some of these tasks are about, wherever they are reached."""
    return frozenset(
        one
        for one, row in people.items()
        for task in silencing
        if any(holds(task, one, row.family_id, home) for home in (*homes[one], 0))
    )


def drafts_leave(person: Row[Any]) -> bool:
    """Whether a person's centre lets wordings leave that nobody who reads them has checked."""
    return person.language not in (person.held_drafts or ())


def written_in(person: Row[Any]) -> str:
    """The language of what is in one language only: French where their drafts are held back."""
    return readable(person.language) if drafts_leave(person) else FALLBACK


def hours_of(centre: Row[Any] | None, now: datetime) -> Hours:
    """When a centre's messages may leave; the default hours in Paris where no centre is known."""
    years = now.year - 1, now.year, now.year + 1
    if centre is None:
        return Hours("Europe/Paris", holidays=public_holidays("FR", *years))
    return Hours(
        zone=centre.time_zone,
        opens=centre.opens_at,
        closes=centre.closes_at,
        quiet_days=frozenset(centre.quiet_days),
        holidays=public_holidays(centre.holidays, *years),
    )


@lru_cache(maxsize=64)
def public_holidays(region: str, *years: int) -> frozenset[date]:
    """Public holidays of "FR" or "FR-57" (Moselle) in some years."""
    import holidays

    country, _, subdivision = region.partition("-")
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    return frozenset(found)


def month_start(now: datetime, zone: str) -> datetime:
    """When this month began on the wall clock of `zone`: budgets are counted from there."""
    here = local(now, zone)
    return at_wall_clock(here.date().replace(day=1), here.time().min, zone)
