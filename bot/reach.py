"""What the gate needs to know of recipients, for a whole batch, and the way to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.deployment import Deployment
from bot.gate import WINDOW, Hours, Request
from bot.messages import ChannelName, Purpose, Shape
from bot.people import TALK
from bot.storage import contacts, outbox
from bot.storage.tables import centres, tasks
from bot.storage.templates import Approved, approved
from bot.translation import readable
from bot.wallclock import at_wall_clock, local

CONFIRMS = frozenset({"stopped", "resumed", "bound"})  # steps that answer the person's own choice
LOOK_BACK = timedelta(days=8)


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
    waiting: dict[int, list[tuple[Purpose, datetime]]]
    talking: dict[int, datetime]
    centres: dict[int, Row[Any]]
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
        return Request(
            purpose=purpose,
            hours=hours_of(centre, self.now),
            erased=person.erased_at is not None,
            no_contact=person.no_contact,
            stopped=person.stopped_at is not None,
            surveys=person.surveys,
            confirms_stop=step in CONFIRMS,
            paused_until=person.paused_until,
            person_until=self.talking.get(contact_id),
            sent=self.sent.get(contact_id, ()),
            reserved=self._reserved(contact_id, purpose),
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
        language = readable(self.people[contact_id].language)
        approved = self.templates.get((step, language), {})
        found = approved.get(words) if words else next(iter(approved.values()), None)
        return found or self.reach.deployment.templates.get(step, {}).get(language)

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

    def _reserved(self, contact_id: int, purpose: Purpose) -> list[datetime]:
        """When something more urgent than this will leave for them."""
        urgency = outbox.URGENCY[purpose]
        waiting = self.waiting.get(contact_id, ())
        return [at for other, at in waiting if outbox.URGENCY[other] < urgency]

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
) -> Facts:
    """Load what is true of these recipients, a handful of queries for any number of them.

    `claimed`: the outbox rows in question; what may have left of them does not count as sent.
    """
    ids, ours = list(set(contact_ids)), list(claimed)
    found = db.execute(select(centres).where(centres.c.id.in_(list(set(centre_ids))))).all()
    talking = db.execute(
        select(tasks.c.contact_id, tasks.c.answered_at).where(
            tasks.c.contact_id.in_(ids),
            tasks.c.closed_at.is_(None),
            tasks.c.answered_at > now - TALK,
        )
    ).all()
    addresses = contacts.addresses_of(db, ids)
    homes = {one: [row.id for row in addresses.get(one, ())] for one in ids}
    budgeted = [row for row in found if row.monthly_segments is not None]
    return Facts(
        reach=reach,
        now=now,
        people=contacts.people(db, ids),
        addresses=addresses,
        sent=outbox.sent_days(db, homes, now - LOOK_BACK, but=ours),
        waiting=outbox.waiting_for(db, homes, now, but=ours),
        talking={row.contact_id: row.answered_at + TALK for row in talking},
        centres={row.id: row for row in found},
        segments={
            row.id: outbox.segments_since(db, row.id, month_start(now, row.time_zone))
            for row in budgeted
        },
        templates=approved(db) if any(one.window for one in reach.shapes.values()) else {},
    )


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
