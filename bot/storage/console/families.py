"""Families: finding them, and one with its guardians, its ledger and what was said.

A family belongs to a centre through its children.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    true,
)

from bot.storage.console.centres import ZONE
from bot.storage.console.lines import (
    PER_PAGE,
    AddressLine,
    ChildLine,
    ConsentLine,
    Exchange,
    FamilyLine,
    FamilyPage,
    Guardian,
)
from bot.storage.console.messages import as_heard_by_all, as_said_to_all
from bot.storage.contacts import WITHIN_REACH
from bot.storage.tables import (
    addresses,
    centres,
    children,
    consents,
    contact_addresses,
    contacts,
    families,
    family_tags,
    group_children,
    groups,
    inbound,
    outbox,
)

PER_TIMELINE = 100


def find_families(
    db: Connection, centre_id: int | None, words: str, reachable: bool | None, page: int
) -> tuple[tuple[FamilyLine, ...], int]:
    """One page of the families that match, by reference, and how many match in all."""
    match = and_(belongs(centre_id), _named(words), _reached(reachable))
    total = db.scalar(select(func.count()).select_from(families).where(match)) or 0
    query = (
        select(families.c.id)
        .where(match)
        .order_by(families.c.reference)
        .limit(PER_PAGE)
        .offset(PER_PAGE * (page - 1))
    )
    return _family_lines(db, db.scalars(query).all()), int(total)


def families_called(
    db: Connection, centre_id: int | None, references: Iterable[str]
) -> dict[str, int]:
    """The ids of families that the reader may see, by reference in lower case.

    Unknown references are left out, as are families that left.
    """
    lowered = func.lower(families.c.reference)
    rows = db.execute(
        select(families.c.id, lowered.label("reference")).where(
            lowered.in_([one.lower() for one in references]),
            belongs(centre_id),
            families.c.left_on.is_(None),
        )
    )
    return {row.reference: row.id for row in rows}


def family_of_reference(db: Connection, centre_id: int | None, reference: str) -> int | None:
    """A family's id, when the reader may see it."""
    return db.scalar(
        select(families.c.id).where(families.c.reference == reference, belongs(centre_id))
    )


def family(db: Connection, centre_id: int | None, family_id: int) -> FamilyPage | None:
    """One family; None when there is none that the reader may see."""
    row = db.execute(select(families).where(families.c.id == family_id, belongs(centre_id))).first()
    if row is None:
        return None
    theirs = db.execute(
        select(centres.c.name, centres.c.time_zone)
        .join(children, children.c.centre_id == centres.c.id)
        .where(children.c.family_id == family_id)
        .distinct()
        .order_by(centres.c.name)
    ).all()
    return FamilyPage(
        line=_family_lines(db, [family_id])[0],
        joined_on=row.joined_on,
        pause_reason=row.pause_reason,
        centres=tuple(one.name for one in theirs),
        time_zone=theirs[0].time_zone if theirs else ZONE,
        ledger=_ledger(db, family_id),
        children=_children(db, family_id),
        tags=tuple(
            db.scalars(
                select(family_tags.c.tag)
                .where(family_tags.c.family_id == family_id)
                .order_by(family_tags.c.tag)
            )
        ),
        first_rank=row.first_rank,
        both_guardians=row.both_guardians,
    )


def timeline(db: Connection, family_id: int) -> tuple[Exchange, ...]:
    """What was said with a family lately, the latest first."""
    ours = db.execute(
        select(outbox, contacts.c.name)
        .outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
        .where(
            outbox.c.family_id == family_id,
            or_(outbox.c.merged_into.is_(None), outbox.c.sent_at.is_(None)),  # else its carrier's
        )
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
        .limit(PER_TIMELINE)
    ).all()
    theirs = db.execute(
        select(inbound, contacts.c.name)
        .join(contacts, contacts.c.id == inbound.c.contact_id)
        .where(contacts.c.family_id == family_id)
        .order_by(inbound.c.at.desc(), inbound.c.id.desc())
        .limit(PER_TIMELINE)
    ).all()
    said = [*map(as_said_to_all, ours), *map(as_heard_by_all, theirs)]
    return tuple(sorted(said, key=lambda one: one.at, reverse=True)[:PER_TIMELINE])


def contact_of_family(db: Connection, family_id: int, contact_id: int) -> bool:
    """Whether this guardian is theirs and may still be written to."""
    return bool(
        db.scalar(
            select(
                exists().where(
                    contacts.c.id == contact_id,
                    contacts.c.family_id == family_id,
                    contacts.c.erased_at.is_(None),
                )
            )
        )
    )


def belongs(centre_id: int | None) -> ColumnElement[bool]:
    """Families that the reader may see."""
    if centre_id is None:
        return true()
    theirs = select(children.c.family_id).where(children.c.centre_id == centre_id)
    return families.c.id.in_(theirs)


def reachable_families(*where: ColumnElement[bool]) -> Select[Any]:
    """Families of contacts who may be written to at an address that works."""
    return (
        select(contacts.c.family_id)
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(*WITHIN_REACH, *where)
        .distinct()
    )


def guardians_of(db: Connection, family_ids: Select[Any]) -> dict[int, tuple[Guardian, ...]]:
    """The guardians of these families, the first to write to in front, by family id."""
    places: dict[int, list[AddressLine]] = {}
    for row in db.execute(
        select(
            contact_addresses.c.contact_id,
            addresses.c.channel,
            addresses.c.value,
            addresses.c.dead_reason,
        )
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .join(contacts, contacts.c.id == contact_addresses.c.contact_id)
        .where(contacts.c.family_id.in_(family_ids))
        .order_by(contact_addresses.c.rank, contact_addresses.c.id)
    ):
        line = AddressLine(row.channel, row.value, row.dead_reason)
        places.setdefault(row.contact_id, []).append(line)
    found: dict[int, list[Guardian]] = {}
    for row in db.execute(
        select(contacts)
        .where(contacts.c.family_id.in_(family_ids))
        .order_by(contacts.c.rank, contacts.c.id)
    ):
        one = Guardian(
            id=row.id,
            name=row.name,
            language=row.language,
            stopped_at=row.stopped_at,
            erased_at=row.erased_at,
            surveys=row.surveys,
            introduced_at=row.introduced_at,
            addresses=tuple(places.get(row.id, ())),
            rank=row.rank,
            no_contact=row.no_contact,
            no_contact_reason=row.no_contact_reason,
            rendering=row.rendering,
        )
        found.setdefault(row.family_id, []).append(one)
    return {family_id: tuple(theirs) for family_id, theirs in found.items()}


def first_names_of(db: Connection, family_ids: Select[Any]) -> dict[int, tuple[str, ...]]:
    """The children of these families by their first names, each once, by family id."""
    names: dict[int, list[str]] = {}
    for family_id, name in db.execute(
        select(children.c.family_id, children.c.first_name)
        .where(children.c.family_id.in_(family_ids))
        .order_by(children.c.id)
    ):
        known = names.setdefault(family_id, [])
        if name not in known:  # one child in two centres
            known.append(name)
    return {family_id: tuple(theirs) for family_id, theirs in names.items()}


def _named(words: str) -> ColumnElement[bool]:
    """The words stand in the reference, or in a guardian's or child's name.

    SQLite folds the case of ASCII letters only, hence the variants for names such as Élise.
    """
    words = words.strip()
    if not words:
        return true()
    variants = {words, words.lower(), words.upper(), words.title()}

    def within(column: ColumnElement[str]) -> ColumnElement[bool]:
        return or_(*(column.icontains(one, autoescape=True) for one in sorted(variants)))

    guardian = select(contacts.c.family_id).where(within(contacts.c.name))
    child = select(children.c.family_id).where(within(children.c.first_name))
    return or_(within(families.c.reference), families.c.id.in_(guardian), families.c.id.in_(child))


def _reached(reachable: bool | None) -> ColumnElement[bool]:
    if reachable is None:
        return true()
    living = families.c.id.in_(reachable_families())
    return living if reachable else ~living


def _family_lines(db: Connection, ids: Sequence[int]) -> tuple[FamilyLine, ...]:
    wanted = select(families.c.id).where(families.c.id.in_(ids))
    guardians, names = guardians_of(db, wanted), first_names_of(db, wanted)
    rows = db.execute(select(families).where(families.c.id.in_(ids)).order_by(families.c.reference))
    return tuple(
        FamilyLine(
            id=row.id,
            reference=row.reference,
            left_on=row.left_on,
            paused_until=row.paused_until,
            reachable=any(one.reachable for one in guardians.get(row.id, ())),
            guardians=guardians.get(row.id, ()),
            children=names.get(row.id, ()),
        )
        for row in rows
    )


def _children(db: Connection, family_id: int) -> tuple[ChildLine, ...]:
    """The children of a family, in each of their centres."""
    inside: dict[int, tuple[str, ...]] = {}
    for row in db.execute(
        select(group_children.c.child_id, groups.c.name)
        .join(groups, groups.c.id == group_children.c.group_id)
        .join(children, children.c.id == group_children.c.child_id)
        .where(children.c.family_id == family_id)
        .order_by(groups.c.name)
    ):
        inside[row.child_id] = (*inside.get(row.child_id, ()), row.name)
    rows = db.execute(
        select(
            children.c.id,
            children.c.first_name,
            children.c.school_level,
            centres.c.name.label("centre"),
        )
        .join(centres, centres.c.id == children.c.centre_id)
        .where(children.c.family_id == family_id)
        .order_by(children.c.id)
    )
    return tuple(
        ChildLine(row.first_name, row.centre, row.school_level, inside.get(row.id, ()))
        for row in rows
    )


def _ledger(db: Connection, family_id: int) -> tuple[ConsentLine, ...]:
    rows = db.execute(
        select(
            consents.c.contact_id,
            consents.c.purpose,
            consents.c.channel,
            consents.c.decision,
            consents.c.source,
            consents.c.at,
        )
        .join(contacts, contacts.c.id == consents.c.contact_id)
        .where(contacts.c.family_id == family_id)
        .order_by(consents.c.at.desc(), consents.c.id.desc())
    )
    return tuple(ConsentLine(*row) for row in rows)
