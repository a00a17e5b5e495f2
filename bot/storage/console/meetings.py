"""Rounds of individual meetings, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from bot.flows.meeting import ANSWER, OTHER_MOMENT
from bot.storage.console.centres import of_centre
from bot.storage.console.families import belongs
from bot.storage.console.lines import PER_PAGE
from bot.storage.slots import KIND, meetings_of
from bot.storage.tables import (
    answers,
    campaign_families,
    campaign_texts,
    campaigns,
    centres,
    event_moments,
    events,
    families,
    invitations,
    slots,
)

LANGUAGE = "fr"  # the language that staff read
LATEST = 10  # changes on a round's page


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round, as lists show it; `free` and `taken` count its moments to come."""

    id: int
    centre_id: int
    centre: str
    title: str
    host: str
    place: str
    on: date
    at: time
    ends_on: date
    time_zone: str
    status: str
    targeted: int
    answered: int
    free: int
    taken: int


@dataclass(frozen=True, slots=True)
class SlotLine:
    """One moment that was not withdrawn. `family_id` None: it is free."""

    id: int
    on: date
    at: time
    minutes: int
    starts_at: datetime
    family_id: int | None
    reference: str
    visible: bool
    event_id: int | None
    attended: bool | None


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family of a round: `taken`, `other` (wants another moment), `none` (wants none),
    `silent` (has not answered), `unasked` (its first message has not left)."""

    family_id: int
    reference: str
    visible: bool
    state: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """Something that a family did: `taken`, `moved`, `given_back`, `none`, `other`.

    `on` and `hour` are the meeting's, where there is one.
    """

    done_at: datetime
    code: str
    reference: str
    on: date | None = None
    hour: time | None = None


def round_lines(
    db: Connection, centre_id: int | None, now: datetime, page: int
) -> tuple[tuple[RoundLine, ...], bool]:
    """One page of the rounds, the latest first, and whether more follow."""
    query = (
        _rounds(centre_id)
        .order_by(campaigns.c.on.desc(), campaigns.c.id.desc())
        .limit(PER_PAGE + 1)
        .offset(PER_PAGE * (page - 1))
    )
    lines = _lines(db, query, now)
    return lines[:PER_PAGE], len(lines) > PER_PAGE


def round_line(
    db: Connection, centre_id: int | None, campaign_id: int, now: datetime
) -> RoundLine | None:
    """One round; None when there is none that the reader may see."""
    query = _rounds(centre_id).where(campaigns.c.id == campaign_id)
    return next(iter(_lines(db, query, now)), None)


def slot_lines(db: Connection, centre_id: int | None, campaign_id: int) -> tuple[SlotLine, ...]:
    """The moments of a round that were not withdrawn, soonest first."""
    rows = db.execute(
        select(
            slots.c.id,
            slots.c.on,
            slots.c.at,
            slots.c.minutes,
            slots.c.starts_at,
            slots.c.family_id,
            func.coalesce(families.c.reference, "").label("reference"),
            belongs(centre_id).label("visible"),
            slots.c.event_id,
            invitations.c.attended,
        )
        .outerjoin(families, families.c.id == slots.c.family_id)
        .outerjoin(
            invitations,
            and_(
                invitations.c.event_id == slots.c.event_id,
                invitations.c.family_id == slots.c.family_id,
            ),
        )
        .where(slots.c.campaign_id == campaign_id, slots.c.withdrawn_at.is_(None))
        .order_by(slots.c.starts_at)
    )
    return tuple(SlotLine(**row._asdict() | {"visible": bool(row.visible)}) for row in rows)


def family_lines(db: Connection, centre_id: int | None, campaign_id: int) -> tuple[FamilyLine, ...]:
    """The families of a round and where each stands, by reference."""
    has_moment = set(
        db.scalars(
            select(slots.c.family_id).where(
                slots.c.campaign_id == campaign_id, slots.c.family_id.is_not(None)
            )
        )
    )
    wanting = set(
        db.scalars(
            select(answers.c.family_id).where(
                answers.c.campaign_id == campaign_id,
                answers.c.question == ANSWER,
                answers.c.code == OTHER_MOMENT,
            )
        )
    )
    rows = db.execute(
        select(
            campaign_families.c.family_id,
            campaign_families.c.told_at,
            campaign_families.c.answered_at,
            families.c.reference,
            belongs(centre_id).label("visible"),
        )
        .join(families, families.c.id == campaign_families.c.family_id)
        .where(campaign_families.c.campaign_id == campaign_id)
        .order_by(families.c.reference)
    )
    return tuple(
        FamilyLine(
            row.family_id,
            row.reference,
            bool(row.visible),
            _state(row, row.family_id in has_moment, row.family_id in wanting),
        )
        for row in rows
    )


def latest_changes(db: Connection, campaign_id: int) -> tuple[ChangeLine, ...]:
    """What families did lately, the latest first."""
    before = _moments_before(db, campaign_id)
    found = [
        change
        for meeting in meetings_of(db, [campaign_id])
        for change in _changes_of(meeting, before.get(meeting.id, ()))
    ]
    told = db.execute(
        select(answers.c.at, families.c.reference)
        .join(families, families.c.id == answers.c.family_id)
        .where(
            answers.c.campaign_id == campaign_id,
            answers.c.question == ANSWER,
            answers.c.code == OTHER_MOMENT,
        )
    )
    found += [ChangeLine(row.at, "other", row.reference) for row in told]
    found += [
        ChangeLine(row.answered_at, "none", row.reference)
        for row in db.execute(_declined(campaign_id))
    ]
    found.sort(key=lambda one: one.done_at, reverse=True)
    return tuple(found[:LATEST])


def _moments_before(db: Connection, campaign_id: int) -> dict[int, list[tuple[date, time]]]:
    """Where meetings stood before they stand where they do, by event, the first in front."""
    query = (
        select(event_moments.c.event_id, event_moments.c.on, event_moments.c.at)
        .join(events, events.c.id == event_moments.c.event_id)
        .where(events.c.campaign_id == campaign_id)
        .order_by(event_moments.c.version)
    )
    found: dict[int, list[tuple[date, time]]] = {}
    for event_id, on, at in db.execute(query):
        found.setdefault(event_id, []).append((on, at))
    return found


def _changes_of(meeting: Row[Any], before: Sequence[tuple[date, time]]) -> Sequence[ChangeLine]:
    """What became of a meeting; another place is no other moment."""
    stands = meeting.on, meeting.at
    moment = meeting.reference, *stands
    taken = before[0] if before else stands
    found = [ChangeLine(meeting.created_at, "taken", meeting.reference, *taken)]
    if meeting.changed_at is not None and any(one != stands for one in before):
        found.append(ChangeLine(meeting.changed_at, "moved", *moment))
    if meeting.rsvp == "no" and meeting.rsvp_at is not None:
        found.append(ChangeLine(meeting.rsvp_at, "given_back", *moment))
    return found


def _declined(campaign_id: int) -> Select[Any]:
    """The families that answered and never had a meeting."""
    had_one = select(invitations.c.family_id).join(
        events, and_(events.c.id == invitations.c.event_id, events.c.campaign_id == campaign_id)
    )
    return (
        select(campaign_families.c.answered_at, families.c.reference)
        .join(families, families.c.id == campaign_families.c.family_id)
        .where(
            campaign_families.c.campaign_id == campaign_id,
            campaign_families.c.answered_at.is_not(None),
            campaign_families.c.family_id.not_in(had_one),
        )
    )


def _state(row: Row[Any], has_moment: bool, wants_another: bool) -> str:
    if has_moment:
        return "taken"
    if wants_another:
        return "other"
    if row.answered_at is not None:
        return "none"
    return "silent" if row.told_at is not None else "unasked"


def _rounds(centre_id: int | None) -> Select[Any]:
    """Rounds with their title and their centre's name."""
    shown, original = campaign_texts.alias("shown"), campaign_texts.alias("original")
    return (
        select(
            campaigns,
            centres.c.name.label("centre"),
            centres.c.time_zone,
            func.coalesce(shown.c.title, original.c.title, "").label("title"),
        )
        .join(centres, centres.c.id == campaigns.c.centre_id)
        .outerjoin(shown, and_(shown.c.campaign_id == campaigns.c.id, shown.c.language == LANGUAGE))
        .outerjoin(original, and_(original.c.campaign_id == campaigns.c.id, original.c.original))
        .where(campaigns.c.kind == KIND, of_centre(campaigns.c.centre_id, centre_id))
    )


def _lines(db: Connection, query: Select[Any], now: datetime) -> tuple[RoundLine, ...]:
    rows = db.execute(query).all()
    ids = [row.id for row in rows]
    moments = {
        row.campaign_id: row
        for row in db.execute(
            select(
                slots.c.campaign_id,
                func.count().filter(slots.c.family_id.is_(None)).label("free"),
                func.count(slots.c.family_id).label("taken"),
            )
            .where(
                slots.c.campaign_id.in_(ids),
                slots.c.withdrawn_at.is_(None),
                slots.c.starts_at > now,
            )
            .group_by(slots.c.campaign_id)
        )
    }
    asked = {
        row.campaign_id: row
        for row in db.execute(
            select(
                campaign_families.c.campaign_id,
                func.count().label("targeted"),
                func.count(campaign_families.c.answered_at).label("answered"),
            )
            .where(campaign_families.c.campaign_id.in_(ids))
            .group_by(campaign_families.c.campaign_id)
        )
    }
    return tuple(
        RoundLine(
            id=row.id,
            centre_id=row.centre_id,
            centre=row.centre,
            title=row.title,
            host=row.host,
            place=row.place,
            on=row.on,
            at=row.at,
            ends_on=row.ends_on,
            time_zone=row.time_zone,
            status=row.status,
            targeted=asked[row.id].targeted if row.id in asked else 0,
            answered=asked[row.id].answered if row.id in asked else 0,
            free=moments[row.id].free if row.id in moments and row.status == "planned" else 0,
            taken=moments[row.id].taken if row.id in moments else 0,
        )
        for row in rows
    )
