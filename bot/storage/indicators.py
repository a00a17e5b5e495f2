"""The counts behind the indicators: a few set-based queries.

A centre's figures are about the families with a child there (I01, I02, I07), about the events
held there (I05, I06, I13), so that an event belongs to one centre only, and about the families
that it asks in a survey wave (I15 to I18), which one centre of theirs does. Counts come back per
family: nothing finer than one family's tally leaves this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    intersect,
    literal,
    or_,
    select,
    true,
    union_all,
)

from bot.errors import Rejected
from bot.indicators.definitions import DEFINITIONS, Period
from bot.indicators.indicator import Indicator, Quality, measure
from bot.indicators.statistics import Tally
from bot.messages import ChannelName, DeliveryState
from bot.storage.tables import (
    answers,
    campaign_families,
    campaigns,
    centres,
    children,
    contacts,
    events,
    families,
    invitations,
    outbox,
)

PARIS = ZoneInfo("Europe/Paris")

ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)
LEFT = (DeliveryState.SENT, DeliveryState.FAILED, *ARRIVED)  # once `sent_at` stands

INVITING_STEPS = ("invitation", "nudge")

SATISFACTION = "satisfaction"
STATEMENTS = {"I15": "behaviour", "I16": "school", "I17": "choices", "I18": "role"}
SATISFIED = ("4", "3")
VALID = (*SATISFIED, "2", "1")
NO_OPINION = ("skip", "unknown")

ATTENDANCE_HOURS = 48


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which rows count: one half-year, one centre or all, as known at `now`."""

    period: Period
    centre_id: int | None
    now: datetime
    zone: ZoneInfo


def compute(
    db: Connection,
    period: Period,
    *,
    centre_id: int | None = None,
    now: datetime,
    zone: ZoneInfo = PARIS,
) -> tuple[Indicator, ...]:
    """Measure every indicator of DEFINITIONS, in their order.

    Raises Rejected when the centre does not exist.
    """
    scope = _Scope(period, centre_id, now, zone)
    centre = _centre_name(db, centre_id)
    active = _active(db, scope)
    messages = _messages(db, scope)
    reached = _allowing(db) & {family for family, (arrived, _) in messages.items() if arrived}
    satisfaction, no_opinion = _satisfaction(db, scope)
    agreed, unsure = _agreements(db, scope)
    per_family: dict[str, Sequence[Tally]] = {
        "I01": [(int(family in reached), 1) for family in active],
        "I02": list(messages.values()),
        "I05": _tallies(db, _replies(scope)),
        "I06": _tallies(db, _presences(scope)),
        "I07": _participation(db, scope, active),
        "I13": satisfaction,
        **agreed,
    }
    excluded = unsure | {"I13": no_opinion}
    return tuple(
        measure(
            definition,
            per_family[definition.code],
            period=period,
            centre=centre,
            excluded=excluded.get(definition.code, 0),
        )
        for definition in DEFINITIONS
    )


def attendance_quality(
    db: Connection,
    period: Period,
    *,
    centre_id: int | None = None,
    now: datetime,
) -> Quality:
    """Q3: events whose attendance was complete within 48 h, of those held and invited to.

    Complete: a tick for every family that said yes, and at least one tick. An event whose 48 h
    are not over yet does not count.
    """
    recorded, said_yes = invitations.c.attended.is_not(None), invitations.c.rsvp == "yes"
    held = db.execute(
        select(
            events.c.starts_at,
            func.max(invitations.c.attendance_at).label("last_at"),
            func.count().filter(recorded).label("ticks"),
            func.count().filter(said_yes, ~recorded).label("blanks"),
        )
        .select_from(events.join(invitations))
        .where(_held(_Scope(period, centre_id, now - timedelta(hours=ATTENDANCE_HOURS), PARIS)))
        .group_by(events.c.id, events.c.starts_at)
    ).all()
    in_time = sum(
        bool(one.ticks)
        and not one.blanks
        and one.last_at <= one.starts_at + timedelta(hours=ATTENDANCE_HOURS)
        for one in held
    )
    return Quality("Q3", "Présences notées sous 48 h", in_time, len(held))


def _centre_name(db: Connection, centre_id: int | None) -> str | None:
    if centre_id is None:
        return None
    name = db.scalar(select(centres.c.name).where(centres.c.id == centre_id))
    if name is None:
        raise Rejected("Ce centre n'existe pas. Choisissez un centre de la liste.")
    return str(name)


# -- families -------------------------------------------------------------------------------------


def _active(db: Connection, scope: _Scope) -> set[int]:
    """Families enrolled long enough, save those whose every contact was erased."""
    theirs = contacts.c.family_id == families.c.id
    erased = select(contacts.c.id).where(theirs, contacts.c.erased_at.is_not(None)).exists()
    present = select(contacts.c.id).where(theirs, contacts.c.erased_at.is_(None)).exists()
    enrolments = db.execute(
        select(families.c.id, families.c.joined_on, families.c.left_on).where(
            or_(present, ~erased), _of_centre(families.c.id, scope)
        )
    )
    today = scope.now.astimezone(scope.zone).date()
    return {
        family
        for family, joined_on, left_on in enrolments
        if scope.period.has_enrolled(joined_on, left_on, today=today)
    }


def _allowing(db: Connection) -> set[int]:
    """Families in which at least one contact may be written to."""
    return set(
        db.scalars(
            select(contacts.c.family_id)
            .where(contacts.c.stopped_at.is_(None), contacts.c.erased_at.is_(None))
            .distinct()
        )
    )


def _participation(db: Connection, scope: _Scope, active: set[int]) -> list[Tally]:
    """Active families that came to an event, at whichever centre it was held."""
    came = set(
        db.scalars(
            select(invitations.c.family_id)
            .where(
                invitations.c.event_id.in_(_held_events(replace(scope, centre_id=None))),
                invitations.c.attended.is_(True),
            )
            .distinct()
        )
    )
    return [(int(family in came), 1) for family in active]


# -- messages -------------------------------------------------------------------------------------


def _messages(db: Connection, scope: _Scope) -> dict[int, Tally]:
    """Per family: messages that arrived, of those that left. What a page showed did not leave."""
    first, after = scope.period.instants(scope.zone)
    theirs = select(contacts.c.id).where(_of_centre(contacts.c.family_id, scope))
    per_contact = (
        select(
            outbox.c.contact_id,
            func.count().filter(outbox.c.state.in_(ARRIVED)).label("arrived"),
            func.count().label("departed"),
        )
        .where(
            outbox.c.sent_at >= first,
            outbox.c.sent_at < after,
            outbox.c.state.in_(LEFT),
            outbox.c.channel != ChannelName.LINK,
            outbox.c.merged_into.is_(None),  # told in another message
            outbox.c.contact_id.in_(theirs) if scope.centre_id is not None else true(),
        )
        .group_by(outbox.c.contact_id)
        .subquery()
    )
    rows = db.execute(
        select(
            contacts.c.family_id,
            func.sum(per_contact.c.arrived),
            func.sum(per_contact.c.departed),
        )
        .select_from(per_contact.join(contacts, contacts.c.id == per_contact.c.contact_id))
        .group_by(contacts.c.family_id)
    )
    return {family: (int(arrived), int(departed)) for family, arrived, departed in rows}


# -- events ---------------------------------------------------------------------------------------


def _replies(scope: _Scope) -> Select[Any]:
    """Answers before the start, of invitations that arrived; who answered has received it.

    Silent invitations meet their messages by INTERSECT: no index covers event and family at once,
    and a join without one may take the square of the time.
    """
    answered = (
        select(
            invitations.c.family_id,
            case((invitations.c.rsvp_at < events.c.starts_at, 1), else_=0).label("replied"),
        )
        .select_from(invitations.join(events))
        .where(_held(scope), invitations.c.rsvp.is_not(None))
    )
    silent = intersect(
        select(invitations.c.event_id, invitations.c.family_id).where(
            invitations.c.event_id.in_(_held_events(scope)), invitations.c.rsvp.is_(None)
        ),
        select(outbox.c.event_id, outbox.c.family_id).where(
            outbox.c.event_id.in_(_held_events(scope)),
            outbox.c.step.in_(INVITING_STEPS),
            outbox.c.state.in_(ARRIVED),
        ),
    ).subquery()
    each = union_all(answered, select(silent.c.family_id, literal(0))).subquery()
    return select(func.count().filter(each.c.replied == 1), func.count()).group_by(each.c.family_id)


def _presences(scope: _Scope) -> Select[Any]:
    """Families that came, of those that said yes and whose presence was recorded either way."""
    return (
        select(func.count().filter(invitations.c.attended.is_(True)), func.count())
        .where(
            invitations.c.event_id.in_(_held_events(scope)),
            invitations.c.rsvp == "yes",
            invitations.c.attended.is_not(None),
        )
        .group_by(invitations.c.family_id)
    )


def _satisfaction(db: Connection, scope: _Scope) -> tuple[list[Tally], int]:
    """Tallies per family, and how many families x events gave no opinion at all.

    Both parents may have answered, or one twice: the last valid answer stands for the family.
    """
    valid = answers.c.code.in_(VALID)
    last = func.row_number().over(
        partition_by=(answers.c.family_id, answers.c.event_id),
        order_by=(case((valid, 0), else_=1), answers.c.at.desc(), answers.c.id.desc()),
    )
    ranked = (
        select(answers.c.family_id, answers.c.code, last.label("place"))
        .select_from(answers.join(events, events.c.id == answers.c.event_id))
        .where(
            _held(scope),
            answers.c.question == SATISFACTION,
            answers.c.code.in_((*VALID, *NO_OPINION)),
        )
        .subquery()
    )
    rows = db.execute(
        select(
            func.count().filter(ranked.c.code.in_(SATISFIED)).label("satisfied"),
            func.count().filter(ranked.c.code.in_(VALID)).label("valid"),
            func.count().filter(ranked.c.code.in_(NO_OPINION)).label("no_opinion"),
        )
        .where(ranked.c.place == 1)
        .group_by(ranked.c.family_id)
    ).all()
    return [(one.satisfied, one.valid) for one in rows], sum(one.no_opinion for one in rows)


def _agreements(db: Connection, scope: _Scope) -> tuple[dict[str, list[Tally]], dict[str, int]]:
    """By indicator: tallies per family, and how many parents gave no opinion at all.

    Of the half-year's waves. Who answered twice counts with the last valid answer; both parents of
    a family count.
    """
    valid = answers.c.code.in_(VALID)
    last = func.row_number().over(
        partition_by=(answers.c.contact_id, answers.c.question),
        order_by=(case((valid, 0), else_=1), answers.c.at.desc(), answers.c.id.desc()),
    )
    asked_by = (campaign_families.c.campaign_id == answers.c.campaign_id) & (
        campaign_families.c.family_id == answers.c.family_id
    )
    here = campaign_families.c.centre_id == scope.centre_id
    ranked = (
        select(answers.c.family_id, answers.c.question, answers.c.code, last.label("place"))
        .select_from(
            answers.join(campaigns, campaigns.c.id == answers.c.campaign_id).join(
                campaign_families, asked_by
            )
        )
        .where(
            campaigns.c.kind == "wave",
            campaigns.c.wave == str(scope.period),
            here if scope.centre_id is not None else true(),
            answers.c.question.in_(STATEMENTS.values()),
            answers.c.code.in_((*VALID, *NO_OPINION)),
        )
        .subquery()
    )
    rows = db.execute(
        select(
            ranked.c.question,
            func.count().filter(ranked.c.code.in_(SATISFIED)).label("agreed"),
            func.count().filter(ranked.c.code.in_(VALID)).label("valid"),
            func.count().filter(ranked.c.code.in_(NO_OPINION)).label("no_opinion"),
        )
        .where(ranked.c.place == 1)
        .group_by(ranked.c.family_id, ranked.c.question)
    ).all()
    return (
        {
            code: [(one.agreed, one.valid) for one in rows if one.question == statement]
            for code, statement in STATEMENTS.items()
        },
        {
            code: sum(one.no_opinion for one in rows if one.question == statement)
            for code, statement in STATEMENTS.items()
        },
    )


def _tallies(db: Connection, query: Select[Any]) -> list[Tally]:
    return [(successes, n) for successes, n in db.execute(query)]


# -- which rows count -----------------------------------------------------------------------------


def _held(scope: _Scope) -> ColumnElement[bool]:
    """Events of the half-year, at the centre, that were kept and have begun."""
    return and_(
        events.c.on.between(scope.period.start, scope.period.end),
        events.c.status == "planned",
        events.c.starts_at <= scope.now,
        events.c.centre_id == scope.centre_id if scope.centre_id is not None else true(),
    )


def _held_events(scope: _Scope) -> Select[tuple[int]]:
    return select(events.c.id).where(_held(scope))


def _of_centre(family_id: ColumnElement[int], scope: _Scope) -> ColumnElement[bool]:
    """Families with a child in the centre; every family when no centre is asked."""
    if scope.centre_id is None:
        return true()
    theirs = select(children.c.family_id).where(children.c.centre_id == scope.centre_id)
    return family_id.in_(theirs)
