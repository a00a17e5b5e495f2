"""Staff accounts: adding a person, signing in and out. Passwords rest as argon2 hashes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from threading import Lock, Semaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from bot.errors import Rejected
from bot.storage import staff as stored
from bot.storage.database import Database
from bot.storage.staff import Staff

T = TypeVar("T")

ROLES = ("coordinator", "director", "evaluator", "admin")  # stored
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

LASTS = timedelta(hours=12)  # a working day
FAILURES = 5
FAILURES_WITHIN = timedelta(minutes=15)

_HASHER = PasswordHasher()
_HASHING = Semaphore(2)  # each hash takes 64 MiB; many at once would take the machine


@dataclass(frozen=True, slots=True)
class SignIn:
    """A new sign-in. Only the browser keeps `token`; the database keeps its hash."""

    staff_id: int
    token: str
    form_token: str
    expires_at: datetime


class Attempts:
    """Recent failures by address, in this process: a restart forgets them."""

    def __init__(self) -> None:
        self._failures: dict[str, list[datetime]] = {}
        self._lock = Lock()

    def allow(self, email: str, now: datetime) -> bool:
        """Whether this address may try now.

        A try counts as a failure until `succeeded`, so that many at once are no way around.
        """
        with self._lock:
            self._forget(now - FAILURES_WITHIN)
            tries = self._failures.setdefault(email, [])
            if len(tries) >= FAILURES:
                return False
            tries.append(now)
            return True

    def succeeded(self, email: str) -> None:
        """Forget this address's failures."""
        with self._lock:
            self._failures.pop(email, None)

    def _forget(self, until: datetime) -> None:
        recent = (
            (email, [at for at in tries if at > until]) for email, tries in self._failures.items()
        )
        self._failures = {email: tries for email, tries in recent if tries}


def add_staff(
    db: Connection,
    email: str,
    name: str,
    role: str,
    password: str,
    centre_id: int | None,
    now: datetime,
) -> int:
    """Add a person who works; give their id. `centre_id` None: they see every centre.

    Raises Rejected, in French.
    """
    email, name = _plain(email), name.strip()
    _check(db, email, name, role, password, centre_id)
    return stored.insert_staff(
        db,
        {
            "email": email,
            "name": name,
            "role": role,
            "centre_id": centre_id,
            "password_hash": _hashing(lambda: _HASHER.hash(password)),
            "created_at": now,
        },
    )


def sign_in(
    database: Database, attempts: Attempts, email: str, password: str, now: datetime
) -> SignIn:
    """Check a password and open a sign-in.

    It takes the database, not a connection: a hash takes long, and nobody should wait for it with
    the writer's lock in hand. An unknown address costs as much as a known one. Raises Rejected.
    """
    email = _plain(email)
    if not attempts.allow(email, now):
        raise Rejected("Trop d'essais. Attendez un quart d'heure, puis recommencez.")
    with database.read() as db:
        known = stored.credentials(db, email)
    right = _matches(known.password_hash if known else _nobody(), password)
    if known is None or not right:
        raise Rejected("Adresse ou mot de passe inconnu.")
    attempts.succeeded(email)
    opened = SignIn(
        known.staff_id, secrets.token_urlsafe(32), secrets.token_urlsafe(32), now + LASTS
    )
    with database.write() as db:
        stored.delete_expired(db, now)
        stored.insert_sign_in(
            db, opened.staff_id, _hash(opened.token), opened.form_token, opened.expires_at
        )
    return opened


def signed_in(db: Connection, token: str, now: datetime) -> Staff | None:
    """Who holds this token; None when it is unknown, too old, or its person left."""
    return stored.signed_in(db, _hash(token), now)


def sign_out(db: Connection, token: str) -> None:
    """End a sign-in at once."""
    stored.delete_sign_in(db, _hash(token))


def _check(
    db: Connection, email: str, name: str, role: str, password: str, centre_id: int | None
) -> None:
    if "@" not in email.strip("@"):
        raise Rejected("L'adresse électronique n'est pas complète.")
    if not name:
        raise Rejected("Le nom manque.")
    if role not in ROLES:
        raise Rejected(f"Le rôle doit être l'un de : {', '.join(ROLES)}.")
    if len(password) < SHORTEST_PASSWORD:
        raise Rejected(f"Le mot de passe doit compter au moins {SHORTEST_PASSWORD} signes.")
    if len(password) > LONGEST_PASSWORD:
        raise Rejected(f"Le mot de passe doit compter au plus {LONGEST_PASSWORD} signes.")
    if centre_id is not None and not stored.has_centre(db, centre_id):
        raise Rejected("Ce centre n'existe pas.")
    if stored.has_email(db, email):
        raise Rejected("Cette adresse a déjà un compte.")


def _matches(password_hash: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        password = ""
    try:
        return _hashing(lambda: _HASHER.verify(password_hash, password))
    except (VerificationError, InvalidHashError):
        return False


def _hashing(work: Callable[[], T]) -> T:
    with _HASHING:
        return work()


@cache
def _nobody() -> str:
    """A hash that no password matches, as costly to check as a real one."""
    return _hashing(lambda: _HASHER.hash(secrets.token_urlsafe(32)))


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _plain(email: str) -> str:
    return email.strip().lower()
