"""Who of an audience would be written to now, and why the others would not. Reads only.

The way to each person and the gate's decision are the sender's own (see `reach` and `gate`); what
holds a message back for some hours only, such as a night, leaves nobody out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.gate import Later, Refuse, decide
from bot.messages import Purpose
from bot.reach import Facts, Reach, load_facts
from bot.storage import audience as stored
from bot.storage.audience import Member
from bot.translation import has_catalog, readable

AT_ONCE = 10_000  # families whose facts are held at a time
SHARED_PHONE = "shared_phone"
NOBODY = "no_contact"  # a family without a guardian


@dataclass(frozen=True, slots=True)
class Person:
    """A guardian who would be written to. `fallback`: in French, for want of their language;
    `leaves_at`: when the gate would let it go."""

    contact_id: int
    name: str
    channel: str
    language: str
    fallback: bool
    leaves_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A family that would be written to; `children` by first name where its centre names them, else
    by school level."""

    family_id: int
    reference: str
    centre_id: int
    centre: str
    children: tuple[str, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A family that would not be written to: the code of the reason, about its first guardian."""

    family_id: int
    reference: str
    centre_id: int
    centre: str
    zone: str
    name: str
    reason: str
    until: datetime | None = None  # of a pause


@dataclass(frozen=True, slots=True)
class Preview:
    """An audience, each family in one of the two."""

    told: tuple[Told, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def families(self) -> int:
        """How many families the audience has."""
        return len(self.told) + len(self.left_out)

    @property
    def people(self) -> tuple[Person, ...]:
        """Everyone who would be written to."""
        return tuple(person for family in self.told for person in family.people)

    @property
    def channels(self) -> Mapping[str, int]:
        """How many people by channel, the most first."""
        return dict(Counter(one.channel for one in self.people).most_common())

    @property
    def languages(self) -> Mapping[str, int]:
        """How many people by the language that they will read, the most first."""
        return dict(Counter(one.language for one in self.people).most_common())

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many families are left out by reason, the most first."""
        return dict(Counter(one.reason for one in self.left_out).most_common())


@dataclass(frozen=True, slots=True)
class _Way:
    """One guardian: the address to write to, or why there is none."""

    guardian: Row[Any]
    language: str | None
    address: Row[Any] | None
    reason: str = ""
    until: datetime | None = None
    leaves_at: datetime | None = None


@dataclass(slots=True)
class _Household:
    """A family with the ways that were looked at, the guardian to write to first in front."""

    member: Member
    reference: str
    both: bool
    guardians: Sequence[Row[Any]]
    ways: list[_Way] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        """Whether the guardians that are left need not be looked at."""
        return not self.both and any(way.address is not None for way in self.ways)

    @property
    def written_to(self) -> list[_Way]:
        """The first guardian within reach; both where they wish it and share no address."""
        open_ways = [way for way in self.ways if way.address is not None]
        if not self.both:
            return open_ways[:1]
        places: dict[int, _Way] = {}
        for way in open_ways:
            if way.address is not None:
                places.setdefault(way.address.id, way)
        return list(places.values())


def preview_audience(
    db: Connection,
    reach: Reach,
    audience: Sequence[Member],
    now: datetime,
    *,
    purpose: Purpose = Purpose.INVITATION,
    step: str = "invitation",
) -> Preview:
    """Say for each family of an audience who would be written to if `step` left now."""
    households = [
        one
        for start in range(0, len(audience), AT_ONCE)
        for one in _households(db, reach, audience[start : start + AT_ONCE], now, purpose, step)
    ]
    _one_for_each_phone(households)
    names = stored.children_of(db, audience)
    centres = stored.centres_by_id(db)
    told: list[Told] = []
    left_out: list[LeftOut] = []
    for one in households:
        centre = centres[one.member.centre_id]
        if one.written_to:
            told.append(_told(one, centre, names.get(one.member.family_id, ())))
        else:
            left_out.append(_left_out(one, centre))
    return Preview(
        tuple(sorted(told, key=lambda one: one.reference)),
        tuple(sorted(left_out, key=lambda one: (one.reason, one.reference))),
    )


def _told(one: _Household, centre: Row[Any], children: tuple[str, ...]) -> Told:
    return Told(
        one.member.family_id,
        one.reference,
        one.member.centre_id,
        centre.name,
        children,
        tuple(_person(way) for way in one.written_to),
    )


def _left_out(one: _Household, centre: Row[Any]) -> LeftOut:
    first = one.ways[0] if one.ways else None
    return LeftOut(
        one.member.family_id,
        one.reference,
        one.member.centre_id,
        centre.name,
        centre.time_zone,
        first.guardian.name if first else "",
        first.reason if first else NOBODY,
        first.until if first else None,
    )


def _households(
    db: Connection,
    reach: Reach,
    audience: Sequence[Member],
    now: datetime,
    purpose: Purpose,
    step: str,
) -> list[_Household]:
    """Each family with the ways to its guardians; who need not be written to is not looked at."""
    ids = [one.family_id for one in audience]
    wishes = stored.households_of(db, ids)
    guardians = stored.guardians_of(db, ids)
    found = [
        _Household(
            member,
            wishes[member.family_id].reference,
            wishes[member.family_id].both_guardians,
            _in_order(guardians.get(member.family_id, ()), wishes[member.family_id].first_rank),
        )
        for member in audience
    ]
    for place in range(max((len(one.guardians) for one in found), default=0)):
        asked = [one for one in found if len(one.guardians) > place and not one.is_settled]
        facts = load_facts(
            db,
            reach,
            (one.guardians[place].id for one in asked),
            (one.member.centre_id for one in asked),
            now,
        )
        for one in asked:
            centre_id = one.member.centre_id
            one.ways.append(_way(facts, one.guardians[place], centre_id, purpose, step))
    return found


def _in_order(guardians: Sequence[Row[Any]], first_rank: int | None) -> list[Row[Any]]:
    return sorted(guardians, key=lambda one: (one.rank != first_rank, one.rank))


def _way(facts: Facts, guardian: Row[Any], centre_id: int, purpose: Purpose, step: str) -> _Way:
    """What the gate says of one guardian."""
    language = facts.people[guardian.id].language
    address, unreachable = facts.way(guardian.id, step)
    request = facts.request(
        guardian.id,
        centre_id,
        purpose,
        step,
        None,
        unreachable=unreachable,
        channel=address.channel if address is not None else "",
    )
    decision = decide(request, facts.now)
    if isinstance(decision, Refuse):
        return _Way(guardian, language, None, decision.reason)
    paused_until = request.paused_until
    if isinstance(decision, Later) and paused_until is not None and paused_until > facts.now:
        return _Way(guardian, language, None, "paused", paused_until)
    leaves_at = decision.at if isinstance(decision, Later) else facts.now
    return _Way(guardian, language, address, leaves_at=leaves_at)


def _one_for_each_phone(households: Sequence[_Household]) -> None:
    """Of the families on one phone the first is written to, as the planner has it."""
    taken: set[int] = set()
    for one in sorted(households, key=lambda one: one.member.family_id):
        written_to = one.written_to
        for way in written_to:
            assert way.address is not None, "only who has a way is written to"
            if way.address.id in taken:
                place = one.ways.index(way)
                one.ways[place] = replace(way, address=None, reason=SHARED_PHONE)
        taken |= {way.address.id for way in written_to if way.address is not None}


def _person(way: _Way) -> Person:
    assert way.address is not None, "only who has a way is written to"
    return Person(
        contact_id=way.guardian.id,
        name=way.guardian.name,
        channel=way.address.channel,
        language=readable(way.language),
        fallback=bool(way.language) and not has_catalog(way.language or ""),
        leaves_at=way.leaves_at,
    )
