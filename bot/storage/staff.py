"""People who work, and where they are signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select

from bot.storage.database import insert_row
from bot.storage.tables import centres, sign_ins, staff


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in person. `centre_id` None: every centre. `form_token` goes into their forms."""

    id: int
    name: str
    email: str
    role: str
    centre_id: int | None
    centre: str
    form_token: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against."""

    staff_id: int
    password_hash: str


def has_email(db: Connection, email: str) -> bool:
    """Whether someone has this address already."""
    return bool(db.scalar(select(exists().where(staff.c.email == email))))


def has_centre(db: Connection, centre_id: int) -> bool:
    """Whether there is such a centre."""
    return bool(db.scalar(select(exists().where(centres.c.id == centre_id))))


def insert_staff(db: Connection, values: Mapping[str, Any]) -> int:
    """Write one person; give their id."""
    return insert_row(db, staff, **values)


def credentials(db: Connection, email: str) -> Credentials | None:
    """What stands behind an address; None for an unknown one, or a person who left."""
    row = db.execute(
        select(staff.c.id, staff.c.password_hash).where(
            staff.c.email == email, staff.c.disabled_at.is_(None)
        )
    ).first()
    return Credentials(row.id, row.password_hash) if row else None


def insert_sign_in(
    db: Connection, staff_id: int, token_hash: bytes, form_token: str, expires_at: datetime
) -> None:
    """Keep a sign-in, by the hash of its token."""
    db.execute(
        insert(sign_ins).values(
            staff_id=staff_id, token_hash=token_hash, form_token=form_token, expires_at=expires_at
        )
    )


def delete_expired(db: Connection, now: datetime) -> None:
    """Forget sign-ins that are over."""
    db.execute(delete(sign_ins).where(sign_ins.c.expires_at <= now))


def delete_sign_in(db: Connection, token_hash: bytes) -> None:
    """Forget one sign-in."""
    db.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))


def signed_in(db: Connection, token_hash: bytes, now: datetime) -> Staff | None:
    """Who holds this token, as long as it lasts and they work here."""
    row = db.execute(
        select(
            staff.c.id,
            staff.c.name,
            staff.c.email,
            staff.c.role,
            staff.c.centre_id,
            centres.c.name.label("centre"),
            sign_ins.c.form_token,
        )
        .join(sign_ins, sign_ins.c.staff_id == staff.c.id)
        .outerjoin(centres, centres.c.id == staff.c.centre_id)
        .where(
            sign_ins.c.token_hash == token_hash,
            sign_ins.c.expires_at > now,
            staff.c.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    return Staff(
        row.id, row.name, row.email, row.role, row.centre_id, row.centre or "", row.form_token
    )
