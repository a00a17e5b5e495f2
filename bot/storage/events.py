"""Events, their texts, steps and invitations, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.flows.base import Moment
from bot.messages import About, DeliveryState, Purpose, Texts
from bot.plans import PlannedStep
from bot.storage import own_words
from bot.storage.contacts import TURN, WITHIN_REACH
from bot.storage.database import insert_of, insert_row
from bot.storage.steps import insert_steps as write_steps
from bot.storage.steps import step_of
from bot.storage.tables import (
    addresses,
    campaigns,
    centres,
    children,
    contact_addresses,
    contacts,
    conversations,
    event_moments,
    event_texts,
    events,
    families,
    invitations,
    outbox,
    steps,
)

# Built once: building a statement costs more than SQLite takes to run it.
_EVENT = select(events).where(events.c.id == bindparam("event_id"))
_EVENTS = (  # with whom the family meets there, where a round has made it
    select(events, func.coalesce(campaigns.c.host, "").label("host"))
    .outerjoin(campaigns, campaigns.c.id == events.c.campaign_id)
    .where(events.c.id.in_(bindparam("event_ids", expanding=True)))
)
_TEXTS = (
    select(
        event_texts.c.event_id,
        event_texts.c.language,
        event_texts.c.original,
        event_texts.c.title,
        event_texts.c.notes,
        event_texts.c.of_title,
        event_texts.c.of_notes,
        event_texts.c.state,
    )
    .where(event_texts.c.event_id.in_(bindparam("event_ids", expanding=True)))
    .order_by(event_texts.c.id)
)
_INVITATION = select(invitations).where(
    invitations.c.event_id == bindparam("event_id"),
    invitations.c.family_id == bindparam("family_id"),
)
_INVITATIONS = select(invitations).where(
    invitations.c.event_id.in_(bindparam("event_ids", expanding=True)),
    invitations.c.family_id.in_(bindparam("family_ids", expanding=True)),
)
_HELD = (
    select(invitations.c.event_id, func.sum(invitations.c.party).label("party"))
    .where(
        invitations.c.event_id.in_(bindparam("event_ids", expanding=True)),
        invitations.c.seat == "held",
    )
    .group_by(invitations.c.event_id)
)
_TAKEN_BY_OTHERS = select(func.coalesce(func.sum(invitations.c.party), 0)).where(
    invitations.c.event_id == bindparam("event_id"),
    invitations.c.family_id != bindparam("family_id"),
    invitations.c.seat == "held",
)
_SET_RSVP = update(invitations).where(
    invitations.c.event_id == bindparam("about_event"),
    invitations.c.family_id == bindparam("of_family"),
)
_INVITED = update(invitations).where(
    invitations.c.event_id == bindparam("about_event"),
    invitations.c.family_id == bindparam("of_family"),
    invitations.c.invited_at.is_(None),
)
_SETTLE_OTHERS = (
    update(conversations)
    .where(
        conversations.c.event_id == bindparam("about_event"),
        conversations.c.flow.in_(["rsvp", "offer"]),
        conversations.c.contact_id.in_(
            select(contacts.c.id).where(contacts.c.family_id == bindparam("of_family"))
        ),
        conversations.c.id != bindparam("but"),
    )
    .values(awaiting=False)
)


def centre_zone(db: Connection, centre_id: int) -> str | None:
    """A centre's IANA zone, or None when there is no such centre."""
    return db.scalar(select(centres.c.time_zone).where(centres.c.id == centre_id))


def insert_event(db: Connection, values: Mapping[str, Any]) -> int:
    """Write one event; give its id."""
    return insert_row(db, events, **values)


def insert_text(
    db: Connection, event_id: int, language: str, *, original: bool, title: str, notes: str
) -> None:
    """Write an event's wording in one language."""
    db.execute(
        insert(event_texts).values(
            event_id=event_id, language=language, original=original, title=title, notes=notes
        )
    )


def insert_steps(db: Connection, event_id: int, planned: Iterable[PlannedStep]) -> None:
    """Write an event's plan of outreach."""
    write_steps(db, steps, planned, event_id=event_id)


def steps_of(db: Connection, event_id: int) -> tuple[PlannedStep, ...]:
    """An event's plan of outreach, in the order in which it happens."""
    rows = db.execute(
        select(steps).where(steps.c.event_id == event_id).order_by(steps.c.days, steps.c.at)
    )
    return tuple(step_of(row) for row in rows)


def invite(
    db: Connection, event_id: int, centre_id: int, chosen: Sequence[int] | None = None
) -> int:
    """Invite the centre's families, or the chosen among them; those that left are not invited."""
    query = (
        select(families.c.id)
        .join(children, children.c.family_id == families.c.id)
        .where(children.c.centre_id == centre_id, families.c.left_on.is_(None))
        .distinct()
    )
    if chosen is not None:
        query = query.where(families.c.id.in_(chosen))
    found = db.scalars(query).all()
    if found:
        statement = insert_of(db)(invitations).on_conflict_do_nothing()
        db.execute(statement, [{"event_id": event_id, "family_id": one} for one in found])
    return len(found)


def invite_audience(db: Connection, event_id: int, family_ids: Iterable[int]) -> int:
    """Invite these families, of whichever centre, save those that left; give how many."""
    chosen = families.c.id.in_(list(family_ids)), families.c.left_on.is_(None)
    rows = [
        {"event_id": event_id, "family_id": one}
        for one in db.scalars(select(families.c.id).where(*chosen).order_by(families.c.id))
    ]
    if rows:
        db.execute(insert_of(db)(invitations).on_conflict_do_nothing(), rows)
    return len(rows)


def event(db: Connection, event_id: int) -> Row[Any] | None:
    """One event's row."""
    return db.execute(_EVENT, {"event_id": event_id}).first()


def texts_of(db: Connection, event_ids: Iterable[int]) -> dict[int, tuple[Texts, Texts | None]]:
    """Each event's title and, where any was written, its notes; in all their languages."""
    written: dict[int, list[Row[Any]]] = {}
    for row in db.execute(_TEXTS, {"event_ids": list(event_ids)}):
        written.setdefault(row.event_id, []).append(row)
    return {event_id: own_words.texts(rows, "notes") for event_id, rows in written.items()}


def set_cancelled(db: Connection, event_id: int) -> None:
    """Mark an event cancelled; its version moves on."""
    db.execute(
        update(events)
        .where(events.c.id == event_id)
        .values(status="cancelled", version=events.c.version + 1)
    )


def set_changed(
    db: Connection, event_id: int, version: int, values: Mapping[str, Any], texts: Mapping[str, Any]
) -> bool:
    """Write what changes; False when somebody else has changed the event since `version`.

    `texts`: values by language; None takes the translation away.
    """
    mine = events.c.id == event_id, events.c.version == version
    if not db.execute(update(events).where(*mine).values(version=version, **values)).rowcount:
        return False
    for language, text in texts.items():
        of_language = event_texts.c.event_id == event_id, event_texts.c.language == language
        if text is None:
            db.execute(delete(event_texts).where(*of_language))
        else:
            written = {**text, **own_words.forgotten()}
            if not db.execute(update(event_texts).where(*of_language).values(**written)).rowcount:
                insert_text(db, event_id, language, original=False, **text)
    if texts:
        own_words.remember_original(db, About(event_id))
    return True


def set_moment(db: Connection, event_id: int, version: int, before: Moment, now: datetime) -> None:
    """The event's version moves on; what stood before is kept."""
    db.execute(
        insert(event_moments).values(
            event_id=event_id, version=version, on=before.on, at=before.at, place=before.place
        )
    )
    moved = update(events).where(events.c.id == event_id)
    db.execute(moved.values(version=version + 1, changed_at=now))


def moments(db: Connection, event_id: int) -> dict[int, Moment]:
    """What stood before each change, by version."""
    rows = db.execute(select(event_moments).where(event_moments.c.event_id == event_id))
    return {row.version: Moment(row.on, row.at, row.place) for row in rows}


def days_of_same(db: Connection, event: Row[Any]) -> frozenset[date]:
    """The days on which the same gathering is planned: kind, centre, hour and title are equal."""
    title = (
        select(event_texts.c.title)
        .where(event_texts.c.event_id == event.id, event_texts.c.original)
        .scalar_subquery()
    )
    found = db.scalars(
        select(events.c.on)
        .join(event_texts, and_(event_texts.c.event_id == events.c.id, event_texts.c.original))
        .where(
            events.c.centre_id == event.centre_id,
            events.c.kind == event.kind,
            events.c.at == event.at,
            events.c.status == "planned",
            event_texts.c.title == title,
        )
    )
    return frozenset(found)


def still_here(db: Connection, event: Row[Any]) -> tuple[int, ...]:
    """The families invited to an event that have not left."""
    query = (
        select(invitations.c.family_id)
        .join(families, families.c.id == invitations.c.family_id)
        .where(invitations.c.event_id == event.id, families.c.left_on.is_(None))
        .order_by(invitations.c.family_id)
    )
    return tuple(db.scalars(query))


def wordings(db: Connection, event_id: int) -> Sequence[Row[Any]]:
    """An event's texts, one row per language."""
    return db.execute(_TEXTS, {"event_ids": [event_id]}).all()


def places_held(db: Connection, event_id: int) -> int:
    """Places that families hold."""
    return taken_by_others(db, event_id, 0)  # no family has this id


def audience(db: Connection, event_id: int) -> dict[int, str | None]:
    """The answer of each family of an event, by family id."""
    rows = db.execute(
        select(invitations.c.family_id, invitations.c.rsvp).where(
            invitations.c.event_id == event_id
        )
    )
    return {row.family_id: row.rsvp for row in rows}


def taken_by_others(db: Connection, event_id: int, family_id: int) -> int:
    """Places that other families hold."""
    held = db.scalar(_TAKEN_BY_OTHERS, {"event_id": event_id, "family_id": family_id})
    return int(held or 0)


def invitation(db: Connection, event_id: int, family_id: int) -> Row[Any] | None:
    """One family's invitation to one event."""
    return db.execute(_INVITATION, {"event_id": event_id, "family_id": family_id}).first()


def events_of(db: Connection, event_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Several events, by id."""
    rows = db.execute(_EVENTS, {"event_ids": list(event_ids)})
    return {row.id: row for row in rows}


def invitations_of(
    db: Connection, event_ids: Iterable[int], family_ids: Iterable[int]
) -> dict[tuple[int, int], Row[Any]]:
    """The invitations of some families to some events, by event and family."""
    among = {"event_ids": list(event_ids), "family_ids": list(family_ids)}
    return {(row.event_id, row.family_id): row for row in db.execute(_INVITATIONS, among)}


def held(db: Connection, event_ids: Iterable[int]) -> dict[int, int]:
    """The places that families hold, by event; none where nobody holds any."""
    rows = db.execute(_HELD, {"event_ids": list(event_ids)})
    return {row.event_id: int(row.party) for row in rows}


def set_rsvp(db: Connection, event_id: int, family_id: int, values: Mapping[str, Any]) -> None:
    """Write a family's answer; the household's other open questions about it are answered too."""
    db.execute(_SET_RSVP, {"about_event": event_id, "of_family": family_id, **values})


def settle_others(db: Connection, event_id: int, family_id: int, conversation_id: int) -> None:
    """One guardian answered: the other's question about the same event no longer waits."""
    mine = {"about_event": event_id, "of_family": family_id, "but": conversation_id}
    db.execute(_SETTLE_OTHERS, mine)


def mark_invited(db: Connection, event_id: int, family_id: int, now: datetime) -> None:
    """The family has been written to about this event; the first time counts."""
    told = {"about_event": event_id, "of_family": family_id, "invited_at": now}
    db.execute(_INVITED, told)


def who_was_told(db: Connection, event_id: int) -> Sequence[Row[Any]]:
    """The families that know of an event and have not declined, and who hears for each.

    Who can be reached comes before who cannot, who answered before who did not. An invitation that
    may be on its way counts as known.
    """
    leaving = exists().where(
        outbox.c.event_id == event_id,
        outbox.c.family_id == invitations.c.family_id,
        outbox.c.state == DeliveryState.SENDING,
        outbox.c.purpose == Purpose.INVITATION,
    )
    works = exists().where(
        contact_addresses.c.contact_id == contacts.c.id,
        addresses.c.id == contact_addresses.c.address_id,
        addresses.c.dead_reason.is_(None),
    )
    free = contacts.c.stopped_at.is_(None) & contacts.c.no_contact.is_(False)
    place = func.row_number().over(
        partition_by=invitations.c.family_id,
        order_by=(
            case((free & works, 0), else_=1),
            case((contacts.c.id == invitations.c.rsvp_contact_id, 0), else_=1),
            TURN,
        ),
    )
    ranked = (
        select(invitations.c.family_id, contacts.c.id.label("contact_id"), place.label("place"))
        .join(contacts, contacts.c.family_id == invitations.c.family_id)
        .join(families, families.c.id == contacts.c.family_id)
        .where(
            invitations.c.event_id == event_id,
            or_(invitations.c.invited_at.is_not(None), invitations.c.rsvp.is_not(None), leaving),
            func.coalesce(invitations.c.rsvp, "") != "no",
            contacts.c.erased_at.is_(None),
        )
        .subquery()
    )
    return db.execute(
        select(ranked.c.family_id, ranked.c.contact_id)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.family_id)
    ).all()


def also_told(db: Connection, told: Mapping[int, int]) -> dict[int, int]:
    """The second guardian to tell, by family, where the family wants both told.

    `told`: who hears for each family. The second is within reach and shares no address with them.
    """
    rows = db.execute(
        select(contacts.c.family_id, contacts.c.id.label("contact_id"), addresses.c.id)
        .join(families, families.c.id == contacts.c.family_id)
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(
            families.c.both_guardians,
            families.c.id.in_(list(told)),
            *WITHIN_REACH,
        )
        .order_by(contacts.c.family_id, TURN)
    ).all()
    places: dict[int, set[int]] = {}
    for row in rows:
        places.setdefault(row.contact_id, set()).add(row.id)
    found: dict[int, int] = {}
    for row in rows:
        first = told[row.family_id]
        if row.contact_id != first and places[row.contact_id].isdisjoint(places.get(first, ())):
            found.setdefault(row.family_id, row.contact_id)
    return found


def invite_to_coming(db: Connection, family_id: int, centre_id: int, now: datetime) -> int:
    """Invite a new family to the centre's coming events that are for everyone; give how many."""
    coming = db.scalars(
        select(events.c.id).where(
            events.c.centre_id == centre_id,
            events.c.for_everyone,
            events.c.status == "planned",
            events.c.starts_at > now,
        )
    ).all()
    if coming:
        statement = insert_of(db)(invitations).on_conflict_do_nothing()
        db.execute(statement, [{"event_id": one, "family_id": family_id} for one in coming])
    return len(coming)


def forget_attendance(db: Connection, event_id: int) -> None:
    """Nobody came or stayed away: the event takes place at another moment."""
    ticked = update(invitations).where(
        invitations.c.event_id == event_id, invitations.c.attended.is_not(None)
    )
    db.execute(ticked.values(attended=None, attendance_at=None))


def set_attendance(db: Connection, event_id: int, came: Mapping[int, bool], now: datetime) -> int:
    """Write who came; give how many families changed.

    Who came without an invitation is added; who did not come and was not invited is left out, as
    are unknown family ids.
    """
    known = set(db.scalars(select(families.c.id).where(families.c.id.in_(came.keys()))))
    changed = 0
    for family_id, present in came.items():
        if family_id not in known:
            continue
        if present:
            db.execute(
                insert_of(db)(invitations)
                .values(event_id=event_id, family_id=family_id)
                .on_conflict_do_nothing()
            )
        done = db.execute(
            update(invitations)
            .where(
                invitations.c.event_id == event_id,
                invitations.c.family_id == family_id,
                invitations.c.attended.is_distinct_from(present),
            )
            .values(attended=present, attendance_at=now)
        )
        changed += done.rowcount
    return changed
