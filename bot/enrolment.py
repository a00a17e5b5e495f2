"""Enrolment: a roster becomes families, children, contacts and addresses. One transaction.

What a parent chose themselves (their language, how much they read, their own Telegram chat, a stop)
outlives every import. Importing the same file twice changes nothing. A column that the file does
not have changes nothing either; where it has them, levels and groups are brought in line, and tags
are added.
Families, centres and children are told apart by their words, not by their spelling; a guardian is
who has the number already, else who stands in that place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from bot.errors import Rejected
from bot.gate import impossible
from bot.messages import Address, ChannelName, Rendering
from bot.roster.cells import fold
from bot.roster.rows import Guardian
from bot.roster.rows import Row as RosterRow
from bot.storage import contacts as stored
from bot.storage.database import insert_row
from bot.storage.events import invite_to_coming
from bot.storage.tables import (
    addresses,
    centres,
    children,
    contact_addresses,
    contacts,
    families,
    family_tags,
    group_children,
    groups,
)
from bot.wallclock import local

OPENS, CLOSES, QUIET_DAYS = time(9), time(19, 30), [7]  # a new centre's hours for messages
HOLIDAYS = "FR"
HOLIDAYS_OVERSEAS = {  # each has a day of its own, such as the abolition of slavery
    "America/Guadeloupe": "FR-971",
    "America/Martinique": "FR-972",
    "America/Cayenne": "FR-973",
    "Indian/Reunion": "FR-974",
    "Indian/Mayotte": "FR-976",
}
WHATSAPP_RANK, SMS_RANK = 1, 2  # WhatsApp is tried first by those who said yes to it


@dataclass(slots=True)
class Imported:
    """How an import came out. `created`, `updated` and `unchanged` count rows of the file."""

    families: int = 0
    children: int = 0
    contacts: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_centres: list[str] = field(default_factory=list)
    new_groups: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Child:
    """A child in one centre, as it stands."""

    id: int
    level: str
    groups: set[int]


_ChildKey = tuple[int, int, str]  # family, centre, first name without its spelling


@dataclass(slots=True)
class _Known:
    """What stands in the database already, by its natural key; names without their spelling."""

    centres: dict[str, int]
    families: dict[str, int]
    children: dict[_ChildKey, _Child]
    groups: dict[tuple[int, str], int]  # centre, name -> group
    tags: set[tuple[int, str]]
    wishes: dict[int, tuple[int | None, bool]]  # family -> first rank, both guardians
    guardians: dict[int, dict[int, Row[Any]]]  # family -> rank -> contact
    reached: dict[int, dict[tuple[str, str], str]]  # contact -> (channel, value) -> source


@dataclass(slots=True)
class _Seen:
    """Whom this file speaks of."""

    families: set[int] = field(default_factory=set)
    children: set[_ChildKey] = field(default_factory=set)
    contacts: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)  # contacts; the first spelling in a file counts


def import_families(
    db: Connection,
    rows: Sequence[RosterRow],
    now: datetime,
    *,
    zone: str = "Europe/Paris",
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Write every row; the caller commits, or rolls back for a dry run.

    Raises Rejected for a `zone` in which a new centre could never write to anyone.
    """
    known = _load(db)
    done = Imported()
    seen = _Seen()
    for place, row in enumerate(_schooling(rows), start=1):
        outcome = _import_one(db, row, known, done, seen, now, zone)
        setattr(done, outcome, getattr(done, outcome) + 1)
        if progress is not None and (place % 100 == 0 or place == len(rows)):
            progress(place, len(rows))
    done.families, done.children = len(seen.families), len(seen.children)
    done.contacts = len(seen.contacts)
    return done


def _import_one(
    db: Connection,
    row: RosterRow,
    known: _Known,
    done: Imported,
    seen: _Seen,
    now: datetime,
    zone: str,
) -> str:
    centre, family = fold(row.centre), fold(row.family)
    centre_id = known.centres.get(centre)
    if centre_id is None:
        centre_id = known.centres[centre] = _new_centre(db, row.centre, now, zone)
        done.new_centres.append(row.centre)
    family_id = known.families.get(family)
    if family_id is None:
        family_id = known.families[family] = _new_family(db, row.family, now, zone)
    child = (family_id, centre_id, fold(row.child))
    is_new = child not in known.children
    if is_new:
        child_id = _new_child(db, family_id, centre_id, row.child, now)
        known.children[child] = _Child(child_id, "", set())
    ranks = _ranks(known, family_id, row.guardians)
    changes = [
        _guardian(db, family_id, rank, guardian, known, seen, now)
        for rank, guardian in zip(ranks, row.guardians, strict=True)
    ]
    changes.append(_set_schooling(db, row, centre_id, known.children[child], known, done))
    changes.append(_set_wishes(db, row, family_id, ranks, known))
    if is_new:
        invite_to_coming(db, family_id, centre_id, now)
    seen.families.add(family_id)
    seen.children.add(child)
    if is_new:
        return "created"
    return "updated" if any(changes) else "unchanged"


def _schooling(rows: Sequence[RosterRow]) -> list[RosterRow]:
    """The rows, where each says all that the file says of its child's level and groups.

    A child may stand on several lines, one for each group; the first level counts.
    """
    levels: dict[tuple[str, ...], str] = {}
    inside: dict[tuple[str, ...], dict[str, str]] = {}
    keys = [tuple(map(fold, (row.family, row.centre, row.child))) for row in rows]
    for key, row in zip(keys, rows, strict=True):
        if row.level is not None:
            levels[key] = levels.get(key) or row.level
        for name in row.groups or ():
            inside.setdefault(key, {}).setdefault(fold(name), name)
    return [
        replace(
            row,
            level=levels.get(key),
            groups=None if row.groups is None else tuple(inside.get(key, {}).values()),
        )
        for key, row in zip(keys, rows, strict=True)
    ]


def _set_schooling(
    db: Connection, row: RosterRow, centre_id: int, child: _Child, known: _Known, done: Imported
) -> bool:
    """Bring a child's level and groups in line with the file; True when something changes."""
    changed = row.level is not None and row.level != child.level
    if row.level is not None and changed:
        db.execute(update(children).where(children.c.id == child.id).values(school_level=row.level))
        child.level = row.level
    if row.groups is None:
        return changed
    wanted = {_group(db, centre_id, name, known, done) for name in row.groups}
    if wanted == child.groups:
        return changed
    mine = group_children.c.child_id == child.id
    db.execute(delete(group_children).where(mine, group_children.c.group_id.not_in(wanted)))
    for group_id in sorted(wanted - child.groups):
        insert_row(db, group_children, group_id=group_id, child_id=child.id)
    child.groups = wanted
    return True


def _group(db: Connection, centre_id: int, name: str, known: _Known, done: Imported) -> int:
    key = (centre_id, fold(name))
    if key not in known.groups:
        known.groups[key] = insert_row(db, groups, centre_id=centre_id, name=name)
        done.new_groups.append(name)
    return known.groups[key]


def _set_wishes(
    db: Connection, row: RosterRow, family_id: int, ranks: Sequence[int], known: _Known
) -> bool:
    """Take a family's tags and its wishes from the file; True when something is new."""
    missing = [tag for tag in row.tags if (family_id, tag) not in known.tags]
    for tag in missing:
        insert_row(db, family_tags, family_id=family_id, tag=tag)
        known.tags.add((family_id, tag))
    first, both = standing = known.wishes.get(family_id, (None, False))
    if row.first is not None:
        first = ranks[row.first - 1] if row.first <= len(ranks) else row.first
    if row.both is not None:
        both = row.both
    if (first, both) != standing:
        mine = update(families).where(families.c.id == family_id)
        db.execute(mine.values(first_rank=first, both_guardians=both))
        known.wishes[family_id] = (first, both)
    return bool(missing) or (first, both) != standing


def _load(db: Connection) -> _Known:
    reached: dict[int, dict[tuple[str, str], str]] = {}
    links = db.execute(
        select(
            contact_addresses.c.contact_id,
            contact_addresses.c.source,
            addresses.c.channel,
            addresses.c.value,
        ).join(addresses, addresses.c.id == contact_addresses.c.address_id)
    )
    for row in links:
        reached.setdefault(row.contact_id, {})[row.channel, row.value] = row.source
    guardians: dict[int, dict[int, Row[Any]]] = {}
    for row in db.execute(select(contacts)):
        guardians.setdefault(row.family_id, {})[row.rank] = row
    return _Known(
        centres={
            fold(row.name): row.id for row in db.execute(select(centres.c.name, centres.c.id))
        },
        families={
            fold(row.reference): row.id
            for row in db.execute(select(families.c.reference, families.c.id))
        },
        children=_children(db),
        groups={(row.centre_id, fold(row.name)): row.id for row in db.execute(select(groups))},
        tags={(row.family_id, row.tag) for row in db.execute(select(family_tags))},
        wishes={
            row.id: (row.first_rank, row.both_guardians)
            for row in db.execute(
                select(families.c.id, families.c.first_rank, families.c.both_guardians)
            )
        },
        guardians=guardians,
        reached=reached,
    )


def _children(db: Connection) -> dict[_ChildKey, _Child]:
    inside: dict[int, set[int]] = {}
    for row in db.execute(select(group_children.c.child_id, group_children.c.group_id)):
        inside.setdefault(row.child_id, set()).add(row.group_id)
    return {
        (row.family_id, row.centre_id, fold(row.first_name)): _Child(
            row.id, row.school_level, inside.get(row.id, set())
        )
        for row in db.execute(select(children))
    }


def _ranks(known: _Known, family_id: int, guardians: Sequence[Guardian]) -> list[int]:
    """Which of the family's contacts each guardian of a line is, by their rank.

    A file that puts the parents in another order must not give one's stop to the other.
    """
    holders = {
        rank: {value for _, value in known.reached.get(contact.id, {})}
        for rank, contact in known.guardians.get(family_id, {}).items()
    }
    found = {  # place in the line -> rank
        place: place
        for place, one in enumerate(guardians, start=1)
        if one.phone in holders.get(place, ())
    }
    for place, one in enumerate(guardians, start=1):
        if place not in found:
            same = [rank for rank, values in holders.items() if one.phone in values]
            free = [rank for rank in same if rank not in found.values()]
            found |= {place: free[0]} if free else {}
    for place in range(1, len(guardians) + 1):
        if place not in found:
            ranks = (place, *range(1, len(guardians) + 1))
            found[place] = next(rank for rank in ranks if rank not in found.values())
    return [found[place] for place in range(1, len(guardians) + 1)]


def _new_centre(db: Connection, name: str, now: datetime, zone: str) -> int:
    holidays = HOLIDAYS_OVERSEAS.get(zone, HOLIDAYS)
    refusal = impossible(zone, OPENS, CLOSES, QUIET_DAYS, holidays)
    if refusal:
        raise Rejected(refusal)
    return insert_row(
        db,
        centres,
        name=name,
        time_zone=zone,
        opens_at=OPENS,
        closes_at=CLOSES,
        quiet_days=QUIET_DAYS,
        holidays=holidays,
        created_at=now,
    )


def _new_family(db: Connection, reference: str, now: datetime, zone: str) -> int:
    joined_on = local(now, zone).date()
    return insert_row(db, families, reference=reference, joined_on=joined_on, created_at=now)


def _new_child(
    db: Connection, family_id: int, centre_id: int, first_name: str, now: datetime
) -> int:
    return insert_row(
        db,
        children,
        family_id=family_id,
        centre_id=centre_id,
        first_name=first_name,
        created_at=now,
    )


def _guardian(
    db: Connection,
    family_id: int,
    rank: int,
    guardian: Guardian,
    known: _Known,
    seen: _Seen,
    now: datetime,
) -> bool:
    """Write one guardian; True when something about them is new."""
    family = known.guardians.setdefault(family_id, {})
    row = family.get(rank)
    if row is None:
        contact_id = insert_row(
            db,
            contacts,
            family_id=family_id,
            rank=rank,
            name=guardian.name,
            language=guardian.language,
            rendering=guardian.rendering or Rendering.STANDARD,
            created_at=now,
        )
        fresh = db.execute(select(contacts).where(contacts.c.id == contact_id)).one()
        family[rank] = row = fresh
        changed = True
    else:
        changed = _refresh(db, row, guardian, named=row.id in seen.named)
        if changed:
            family[rank] = db.execute(select(contacts).where(contacts.c.id == row.id)).one()
    seen.contacts.add(row.id)
    if guardian.name:
        seen.named.add(row.id)
    return _reach(db, row.id, guardian, known, now) or changed


def _refresh(db: Connection, row: Row[Any], guardian: Guardian, *, named: bool) -> bool:
    """Take what the roster corrects: not the language, nor the rendering, that was chosen since."""
    values: dict[str, Any] = {}
    if guardian.name and guardian.name != row.name and not named:
        values["name"] = guardian.name
    declared = guardian.language is not None and row.language_chosen_at is None
    if declared and guardian.language != row.language:
        values["language"] = guardian.language
    told = guardian.rendering is not None and row.rendering_chosen_at is None
    if told and guardian.rendering != row.rendering:
        values["rendering"] = guardian.rendering
    if values:
        db.execute(update(contacts).where(contacts.c.id == row.id).values(**values))
    return bool(values)


def _reach(
    db: Connection, contact_id: int, guardian: Guardian, known: _Known, now: datetime
) -> bool:
    """Make the roster's addresses the ones in use; what the parent bound themselves stays.

    An empty WhatsApp cell says nothing: it neither opens WhatsApp nor closes it.
    """
    standing = known.reached.setdefault(contact_id, {})
    on_whatsapp = (ChannelName.WHATSAPP.value, guardian.phone)
    wanted = {(ChannelName.SMS.value, guardian.phone): SMS_RANK}
    if guardian.whatsapp or (guardian.whatsapp is None and on_whatsapp in standing):
        wanted[on_whatsapp] = WHATSAPP_RANK
    outdated = [key for key, source in standing.items() if source == "import" and key not in wanted]
    missing = [key for key in wanted if key not in standing]
    for channel, value in outdated:
        _detach(db, contact_id, channel, value)
        del standing[channel, value]
        if channel == ChannelName.WHATSAPP and guardian.whatsapp is False:
            _record_whatsapp(db, contact_id, "refused", now)
    for channel, value in missing:
        address_id = stored.address_id(db, Address(ChannelName(channel), value), now)
        stored.attach(db, contact_id, address_id, wanted[channel, value], "import")
        standing[channel, value] = "import"
        if channel == ChannelName.SMS and not guardian.can_text:
            stored.mark_dead(db, address_id, "landline")
        if channel == ChannelName.WHATSAPP:
            _record_whatsapp(db, contact_id, "given", now)
    return bool(outdated or missing)


def _record_whatsapp(db: Connection, contact_id: int, decision: str, now: datetime) -> None:
    stored.record_consent(
        db,
        contact_id,
        "channel",
        decision,
        source="import",
        wording="enrolment",
        at=now,
        channel=ChannelName.WHATSAPP,
    )


def _detach(db: Connection, contact_id: int, channel: str, value: str) -> None:
    address = select(addresses.c.id).where(
        addresses.c.channel == channel, addresses.c.value == value
    )
    db.execute(
        delete(contact_addresses).where(
            contact_addresses.c.contact_id == contact_id,
            contact_addresses.c.address_id.in_(address),
        )
    )
