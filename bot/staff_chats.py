"""The pocket bot's chats: binding one to a person who works, taking it back, who hears what.

console --> one-time code --> "/start CODE" in the chat --> bound
a parent's question --> everyone of the centre who has a chat; who is absent today: a colleague
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from bot.errors import Rejected
from bot.storage import pocket
from bot.storage.pocket import Listener
from bot.storage.staff import Staff
from bot.wallclock import local

CODE_LIFE = timedelta(minutes=30)
CODE_BYTES = 16
Absences = Mapping[tuple[int, date], int]
"""Who hears for whom: the colleague, by the absent person and the day."""
ROLES = frozenset({"coordinator", "director", "admin"})  # who may see names


def new_staff_code(db: Connection, person: Staff, now: datetime) -> str:
    """Make a one-time code that binds a chat to this person; only its hash is kept.

    Raises Rejected for a role that sees no names.
    """
    if person.role not in ROLES:
        raise Rejected("Ce robot montre des noms : votre rôle n'y a pas accès.")
    code = secrets.token_urlsafe(CODE_BYTES)
    pocket.insert_code(db, person.id, _hash(code), now + CODE_LIFE)
    return code


def bind_staff(db: Connection, code: str, chat: str, now: datetime) -> Staff | None:
    """Spend a code for this chat; give whose it is now, or None for a code that is no good."""
    staff_id = pocket.use_code(db, _hash(code.strip()), now)
    if staff_id is None:
        return None
    pocket.bind(db, staff_id, chat, now)
    return pocket.person_in(db, chat)


def hand_over(db: Connection, person: Staff, colleague_id: int | None, on: date) -> None:
    """Let a colleague hear today what this person would hear; None: they are back.

    Raises Rejected for somebody who has no chat or does not see the same centre.
    """
    known = {one.staff_id for one in pocket.colleagues(db, person)}
    if colleague_id is not None and colleague_id not in known:
        raise Rejected("Cette personne n'a pas relié ce robot, ou ne suit pas votre centre.")
    pocket.set_absent(db, person.id, on, colleague_id)


def who_hears(
    listeners: Sequence[Listener],
    absences: Absences,
    centre_id: int | None,
    now: datetime,
) -> tuple[Listener, ...]:
    """Everyone to tell about something of a centre (None: of no centre), each chat once.

    The centre's own people; where none has a chat, those who see every centre. Who is absent today
    is replaced by their colleague, and stays where that colleague has left.
    """
    seeing = [one for one in listeners if one.role in ROLES]
    own = [one for one in seeing if centre_id is not None and one.centre_id == centre_id]
    found = own or [one for one in seeing if one.centre_id is None]
    return tuple(
        dict.fromkeys(each for one in found for each in hears_for(one, seeing, absences, now))
    )


def hears_for(
    person: Listener,
    listeners: Iterable[Listener],
    absences: Absences,
    now: datetime,
) -> tuple[Listener, ...]:
    """The person themselves, or the chats of the colleague who replaces them today."""
    today = local(now, person.time_zone).date()
    colleague_id = absences.get((person.staff_id, today))
    theirs = tuple(one for one in listeners if one.staff_id == colleague_id)
    return theirs or (person,)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
