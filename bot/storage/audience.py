"""Who is in an audience: a filter as one statement, and what the numbers in it are called.

In every room, `within` is the only centre that the reader may see; None: every centre.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    true,
)

from bot.audience import LEVELS, Attendance, Filter, Names
from bot.storage.tables import (
    centres,
    children,
    contacts,
    event_texts,
    events,
    families,
    family_tags,
    group_children,
    groups,
    invitations,
)

OFFERED_EVENTS = 60  # the latest ones, for a filter to name
AT_ONCE = 10_000  # ids in one statement; SQLite takes 32,766


class Member(NamedTuple):
    """One family of an audience, and the centre of theirs that writes to it."""

    family_id: int
    centre_id: int


def members(
    db: Connection, wanted: Filter, now: datetime, within: int | None
) -> tuple[Member, ...]:
    """The families that meet a filter, each once, with the smallest centre that matched.

    Families that left are not among them.
    """
    rows = db.execute(_members(wanted, now, within))
    return tuple(Member(row.family_id, row.centre_id) for row in rows)


def names_in(db: Connection, wanted: Filter) -> Names:
    """What the centres, groups and events of a filter are called."""
    about = {wanted.no_answer_to, wanted.answered.event_id if wanted.answered else None} - {None}
    return Names(
        _named(db, select(centres.c.id, centres.c.name).where(centres.c.id.in_(wanted.centres))),
        _named(db, select(groups.c.id, groups.c.name).where(groups.c.id.in_(wanted.groups))),
        _named(
            db,
            select(event_texts.c.event_id.label("id"), event_texts.c.title.label("name")).where(
                event_texts.c.original, event_texts.c.event_id.in_(about)
            ),
        ),
    )


# -- what a filter may name -----------------------------------------------------------------------


def cities_seen(db: Connection, within: int | None) -> tuple[str, ...]:
    """The cities of the centres that the reader may see."""
    query = select(centres.c.city).where(centres.c.city != "", _seen(centres.c.id, within))
    return tuple(db.scalars(query.distinct().order_by(centres.c.city)))


def groups_seen(db: Connection, within: int | None) -> Sequence[Row[Any]]:
    """The groups that the reader may see: `id`, `name`, `centre_id` and `centre`."""
    return db.execute(
        select(groups.c.id, groups.c.name, groups.c.centre_id, centres.c.name.label("centre"))
        .join(centres, centres.c.id == groups.c.centre_id)
        .where(_seen(groups.c.centre_id, within))
        .order_by(centres.c.name, groups.c.name)
    ).all()


def tags_seen(db: Connection, within: int | None) -> tuple[str, ...]:
    """The tags on families that the reader may see."""
    query = select(family_tags.c.tag).distinct().order_by(family_tags.c.tag)
    return tuple(db.scalars(query.where(_of_seen(family_tags.c.family_id, within))))


def languages_seen(db: Connection, within: int | None) -> tuple[str, ...]:
    """The languages of guardians that the reader may see; "" where one is not known yet."""
    query = select(func.coalesce(contacts.c.language, "")).where(
        contacts.c.erased_at.is_(None), _of_seen(contacts.c.family_id, within)
    )
    return tuple(sorted(db.scalars(query.distinct())))


def events_seen(db: Connection, within: int | None) -> Sequence[Row[Any]]:
    """The latest events that the reader may see: `id`, `title`, `on` and `centre`."""
    return db.execute(
        select(events.c.id, event_texts.c.title, events.c.on, centres.c.name.label("centre"))
        .join(centres, centres.c.id == events.c.centre_id)
        .join(event_texts, and_(event_texts.c.event_id == events.c.id, event_texts.c.original))
        .where(events.c.status == "planned", _seen(events.c.centre_id, within))
        .order_by(events.c.starts_at.desc(), events.c.id)
        .limit(OFFERED_EVENTS)
    ).all()


# -- who the members are --------------------------------------------------------------------------


def households_of(db: Connection, family_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Families by id: `reference` and what they wish."""
    found: dict[int, Row[Any]] = {}
    for some in _batches(family_ids):
        query = select(
            families.c.id,
            families.c.reference,
            families.c.first_rank,
            families.c.both_guardians,
        ).where(families.c.id.in_(some))
        found |= {row.id: row for row in db.execute(query)}
    return found


def guardians_of(db: Connection, family_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The guardians of families, by family: `id`, `rank` and `name`, by rank."""
    found: dict[int, list[Row[Any]]] = {}
    for some in _batches(family_ids):
        query = (
            select(contacts.c.family_id, contacts.c.id, contacts.c.rank, contacts.c.name)
            .where(contacts.c.family_id.in_(some))
            .order_by(contacts.c.family_id, contacts.c.rank)
        )
        for row in db.execute(query):
            found.setdefault(row.family_id, []).append(row)
    return found


def children_of(db: Connection, members_: Sequence[Member]) -> dict[int, tuple[str, ...]]:
    """The children of the member's centre, by family: first names where it allows them, else school
    levels as far as they are known."""
    writes = dict(members_)
    found: dict[int, tuple[str, ...]] = {}
    for some in _batches(list(writes)):
        query = (
            select(
                children.c.family_id,
                children.c.centre_id,
                children.c.first_name,
                children.c.school_level,
                centres.c.names_children,
            )
            .join(centres, centres.c.id == children.c.centre_id)
            .where(children.c.family_id.in_(some))
            .order_by(children.c.id)
        )
        for row in db.execute(query):
            called = row.first_name if row.names_children else LEVELS.get(row.school_level, "")
            if called and writes[row.family_id] == row.centre_id:
                found[row.family_id] = (*found.get(row.family_id, ()), called)
    return found


def centres_by_id(db: Connection) -> dict[int, Row[Any]]:
    """Every centre's `name` and `time_zone`."""
    rows = db.execute(select(centres.c.id, centres.c.name, centres.c.time_zone))
    return {row.id: row for row in rows}


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


# -- the statement --------------------------------------------------------------------------------


def _members(wanted: Filter, now: datetime, within: int | None) -> Select[Any]:
    return (
        select(children.c.family_id, func.min(children.c.centre_id).label("centre_id"))
        .join(families, families.c.id == children.c.family_id)
        .where(
            families.c.left_on.is_(None),
            _seen(children.c.centre_id, within),
            *_of_child(wanted),
            *_of_family(wanted, now),
        )
        .group_by(children.c.family_id)
        .order_by(children.c.family_id)
    )


def _of_child(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.centres:
        yield children.c.centre_id.in_(wanted.centres)
    if wanted.cities:
        there = select(centres.c.id).where(centres.c.city.in_(wanted.cities))
        yield children.c.centre_id.in_(there)
    if wanted.groups:
        inside = select(group_children.c.child_id).where(
            group_children.c.group_id.in_(wanted.groups)
        )
        yield children.c.id.in_(inside)
    if wanted.levels:
        yield children.c.school_level.in_(wanted.levels)


def _of_family(wanted: Filter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.families:
        yield families.c.id.in_(wanted.families)
    if wanted.languages:
        yield families.c.id.in_(_speaking(wanted.languages))
    if wanted.tags_any:
        yield families.c.id.in_(_tagged(wanted.tags_any))
    if wanted.tags_none:
        yield families.c.id.not_in(_tagged(wanted.tags_none))
    if wanted.attendance is not None:
        yield from _attending(wanted.attendance, now)
    if wanted.no_answer:
        yield families.c.id.in_(_silent(wanted.no_answer))
    if wanted.no_answer_to is not None:
        yield families.c.id.in_(
            select(invitations.c.family_id).where(
                invitations.c.event_id == wanted.no_answer_to,
                invitations.c.invited_at.is_not(None),
                invitations.c.rsvp.is_(None),
            )
        )
    if wanted.answered is not None:
        yield families.c.id.in_(
            select(invitations.c.family_id).where(
                invitations.c.event_id == wanted.answered.event_id,
                invitations.c.rsvp.in_(wanted.answered.answers),
            )
        )


def _speaking(languages: Iterable[str]) -> Select[Any]:
    known = [one for one in languages if one]
    unknown = contacts.c.language.is_(None) if "" in languages else None
    speaks = contacts.c.language.in_(known)
    return select(contacts.c.family_id).where(
        contacts.c.erased_at.is_(None), speaks if unknown is None else or_(speaks, unknown)
    )


def _tagged(tags: Iterable[str]) -> Select[Any]:
    return select(family_tags.c.family_id).where(family_tags.c.tag.in_(tags))


def _attending(wanted: Attendance, now: datetime) -> Iterator[ColumnElement[bool]]:
    """At least so often, or never."""
    came = _past(wanted, now).where(invitations.c.attended)
    if wanted.times:
        often = came.group_by(invitations.c.family_id).having(func.count() >= wanted.times)
        yield families.c.id.in_(often)
        return
    ticked = invitations.alias("ticked")
    noted = exists().where(ticked.c.event_id == events.c.id, ticked.c.attended.is_not(None))
    asked = or_(invitations.c.invited_at.is_not(None), invitations.c.rsvp.is_not(None))
    yield families.c.id.in_(_past(wanted, now).where(asked, noted))
    yield families.c.id.not_in(came)


def _past(wanted: Attendance, now: datetime) -> Select[Any]:
    """The families of gatherings that count."""
    return (
        select(invitations.c.family_id)
        .join(events, events.c.id == invitations.c.event_id)
        .where(
            events.c.status == "planned",
            events.c.starts_at <= now,
            events.c.kind == wanted.kind if wanted.kind else true(),
            events.c.on >= wanted.since if wanted.since else true(),
        )
    )


def _silent(last: int) -> Select[Any]:
    """Families that left their last invitations unanswered; one with fewer is not among them."""
    place = func.row_number().over(
        partition_by=invitations.c.family_id,
        order_by=(invitations.c.invited_at.desc(), invitations.c.event_id.desc()),
    )
    latest = (
        select(invitations.c.family_id, invitations.c.rsvp, place.label("place"))
        .join(events, events.c.id == invitations.c.event_id)
        .where(invitations.c.invited_at.is_not(None), events.c.status == "planned")
        .subquery("latest")
    )
    return (
        select(latest.c.family_id)
        .where(latest.c.place <= last, latest.c.rsvp.is_(None))
        .group_by(latest.c.family_id)
        .having(func.count() == last)
    )


def _seen(column: ColumnElement[Any], within: int | None) -> ColumnElement[bool]:
    return true() if within is None else column == within


def _of_seen(family_id: ColumnElement[Any], within: int | None) -> ColumnElement[bool]:
    if within is None:
        return true()
    return family_id.in_(select(children.c.family_id).where(children.c.centre_id == within))


def _named(db: Connection, query: Select[Any]) -> dict[int, str]:
    return {row.id: row.name for row in db.execute(query)}
