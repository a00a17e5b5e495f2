"""Contacts and their addresses, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, func, insert, select, update

from bot.messages import Address
from bot.storage.database import insert_of, insert_once
from bot.storage.tables import (
    addresses,
    binding_codes,
    centres,
    children,
    consents,
    contact_addresses,
    contacts,
    families,
)

_home = (  # a family's centre: its eldest enrolment's
    select(children.c.family_id, func.min(children.c.centre_id).label("centre_id"))
    .group_by(children.c.family_id)
    .subquery("home")
)

TURN = case((contacts.c.rank == families.c.first_rank, 0), else_=contacts.c.rank)
"""Which guardian is written to first: the family's own wish, then the order of the household."""

WITHIN_REACH = (
    contacts.c.stopped_at.is_(None),
    contacts.c.erased_at.is_(None),
    contacts.c.no_contact.is_(False),
    addresses.c.dead_reason.is_(None),
)
"""A contact who may be written to, at an address that works."""


def _people() -> Select[Any]:
    """Contacts with what surrounds them: family, centre and choices."""
    return (
        select(
            contacts.c.id.label("contact_id"),
            contacts.c.rank,
            contacts.c.name,
            contacts.c.language,
            contacts.c.rendering,
            contacts.c.introduced_at,
            contacts.c.stopped_at,
            contacts.c.surveys,
            contacts.c.erased_at,
            contacts.c.no_contact,
            families.c.id.label("family_id"),
            families.c.paused_until,
            families.c.pause_reason,
            centres.c.id.label("centre_id"),
            centres.c.name.label("centre"),
            centres.c.phone,
            centres.c.time_zone,
            centres.c.names_children,
            centres.c.sms_sender,
            centres.c.sms_can_receive,
            centres.c.telegram_bot,
            centres.c.held_drafts,
        )
        .join(families, families.c.id == contacts.c.family_id)
        .outerjoin(_home, _home.c.family_id == families.c.id)
        .outerjoin(centres, centres.c.id == _home.c.centre_id)
    )


# Built once: building a statement costs more than SQLite takes to run it.
_PERSON = _people().where(contacts.c.id == bindparam("contact_id"))
_PEOPLE = _people().where(contacts.c.id.in_(bindparam("contact_ids", expanding=True)))
_PEOPLE_AT = (
    _people()
    .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
    .where(
        contact_addresses.c.address_id == bindparam("address_id"), contacts.c.erased_at.is_(None)
    )
    .order_by(contacts.c.rank, contacts.c.id)
)
_ADDRESSES = (
    select(contact_addresses.c.contact_id, contact_addresses.c.rank, addresses)
    .join(addresses, addresses.c.id == contact_addresses.c.address_id)
    .where(contact_addresses.c.contact_id.in_(bindparam("contact_ids", expanding=True)))
    .order_by(contact_addresses.c.rank, contact_addresses.c.id)
)
_CHILDREN = (
    select(children.c.family_id, children.c.centre_id, children.c.first_name)
    .where(children.c.family_id.in_(bindparam("family_ids", expanding=True)))
    .order_by(children.c.id)
)
_FIND_ADDRESS = select(addresses.c.id).where(
    addresses.c.channel == bindparam("channel"), addresses.c.value == bindparam("value")
)
_SPEAK_AT = (
    update(contacts)
    .where(
        contacts.c.language.is_(None),
        contacts.c.id.in_(
            select(contact_addresses.c.contact_id).where(
                contact_addresses.c.address_id == bindparam("address_id")
            )
        ),
    )
    .values(language=bindparam("spoken"))
)
_INTRODUCED = update(contacts).where(
    contacts.c.id == bindparam("contact_id"), contacts.c.introduced_at.is_(None)
)
_HEARD = (
    update(addresses)
    .where(addresses.c.id == bindparam("address_id"))
    .values(last_inbound_at=bindparam("now"), dead_reason=None)
)


def person(db: Connection, contact_id: int) -> Row[Any] | None:
    """One contact with what surrounds them."""
    return db.execute(_PERSON, {"contact_id": contact_id}).first()


def people(db: Connection, contact_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Several contacts with what surrounds them, by id."""
    rows = db.execute(_PEOPLE, {"contact_ids": list(contact_ids)})
    return {row.contact_id: row for row in rows}


def people_at(db: Connection, address_id: int) -> Sequence[Row[Any]]:
    """Everyone who is reached at an address: more than one where a phone is shared."""
    return db.execute(_PEOPLE_AT, {"address_id": address_id}).all()


def family_at(db: Connection, reference: str) -> Sequence[Row[Any]]:
    """The guardians of one family, first guardian first."""
    query = _people().where(families.c.reference == reference).order_by(contacts.c.rank)
    return db.execute(query).all()


def first_names(
    db: Connection, family_ids: Iterable[int]
) -> dict[tuple[int, int], tuple[str, ...]]:
    """The children of several families, by family and centre."""
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for row in db.execute(_CHILDREN, {"family_ids": list(family_ids)}):
        home = row.family_id, row.centre_id
        found[home] = (*found.get(home, ()), row.first_name)
    return found


def address_id(db: Connection, wanted: Address, now: datetime) -> int:
    """The id of an address, known or new."""
    known = find_address(db, wanted)
    if known is not None:
        return known
    made = db.execute(
        insert_of(db)(addresses)
        .values(channel=wanted.channel, value=wanted.value, created_at=now)
        .on_conflict_do_nothing()
        .returning(addresses.c.id)
    ).scalar()
    return int(made if made is not None else find_address(db, wanted) or 0)


def find_address(db: Connection, wanted: Address) -> int | None:
    """The id of an address that is known; None for one that is not."""
    return db.scalar(_FIND_ADDRESS, {"channel": wanted.channel, "value": wanted.value})


def address(db: Connection, address_id: int) -> Row[Any] | None:
    """One address's row."""
    return db.execute(select(addresses).where(addresses.c.id == address_id)).first()


def addresses_of(db: Connection, contact_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """Each contact's addresses, the one to try first in front."""
    found: dict[int, list[Row[Any]]] = {}
    for row in db.execute(_ADDRESSES, {"contact_ids": list(contact_ids)}):
        found.setdefault(row.contact_id, []).append(row)
    return found


def attach(db: Connection, contact_id: int, address_id: int, rank: int, source: str) -> bool:
    """Reach a contact at an address too; False when it was so already."""
    done = db.execute(
        insert_of(db)(contact_addresses)
        .values(contact_id=contact_id, address_id=address_id, rank=rank, source=source)
        .on_conflict_do_nothing()
    )
    return bool(done.rowcount)


def mark_heard(db: Connection, address_id: int, now: datetime) -> None:
    """Someone wrote from there: it works, and WhatsApp's window opens."""
    db.execute(_HEARD, {"address_id": address_id, "now": now})


def mark_dead(db: Connection, address_id: int, reason: str) -> None:
    """Nobody can be reached there; the reason is a code."""
    db.execute(update(addresses).where(addresses.c.id == address_id).values(dead_reason=reason))


def revive(db: Connection, address_id: int) -> None:
    """A message arrived there after all."""
    db.execute(
        update(addresses)
        .where(addresses.c.id == address_id, addresses.c.dead_reason == "address_dead")
        .values(dead_reason=None)
    )


def close_window(db: Connection, address_id: int) -> None:
    """WhatsApp says that nobody has written from there lately, whatever our clock says."""
    db.execute(update(addresses).where(addresses.c.id == address_id).values(last_inbound_at=None))


def speak_at(db: Connection, address_id: int, language: str) -> None:
    """Write in this language to whoever is reached there and has none; any better word wins."""
    db.execute(_SPEAK_AT, {"address_id": address_id, "spoken": language})


def mark_introduced(db: Connection, contact_id: int, now: datetime) -> None:
    """They have been told who writes and how to stop."""
    db.execute(_INTRODUCED, {"contact_id": contact_id, "introduced_at": now})


def set_contact(db: Connection, contact_id: int, **values: Any) -> None:
    """Change what a contact chose."""
    db.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))


def record_consent(
    db: Connection,
    contact_id: int,
    purpose: str,
    decision: str,
    *,
    source: str,
    wording: str,
    at: datetime,
    channel: str | None = None,
    language: str | None = None,
) -> None:
    """Append one line to the ledger."""
    db.execute(
        insert(consents).values(
            contact_id=contact_id,
            purpose=purpose,
            decision=decision,
            source=source,
            wording=wording,
            at=at,
            channel=channel,
            language=language,
        )
    )


def insert_binding_code(
    db: Connection, contact_id: int, code_hash: bytes, expires_at: datetime
) -> None:
    """Keep the hash of a one-time code; one that stands there already stays as it is."""
    kept = {"contact_id": contact_id, "code_hash": code_hash, "expires_at": expires_at}
    insert_once(db, binding_codes, kept)


def use_binding_code(db: Connection, code_hash: bytes, now: datetime) -> int | None:
    """Spend a code; give its contact, or None when it is unknown, spent or too old."""
    fresh = (
        binding_codes.c.code_hash == code_hash,
        binding_codes.c.used_at.is_(None),
        binding_codes.c.expires_at > now,
    )
    return db.scalar(
        update(binding_codes)
        .where(*fresh)
        .values(used_at=now)
        .returning(binding_codes.c.contact_id)
    )
