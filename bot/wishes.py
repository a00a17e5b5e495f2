"""What a household wishes, as the centre's team writes it down: whom to write to, and tags.

One transaction each. What a parent chose themselves (STOP, a language) is not touched here.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection

from bot.audience import LONGEST_TAG, tag_of
from bot.errors import Rejected
from bot.messages import Rendering
from bot.storage import contacts
from bot.storage import wishes as stored
from bot.storage.withdrawals import withdraw_forbidden

LONGEST_REASON = 200
MOST_TAGS = 12
SEVERAL = re.compile(r"[;,\n]")


def set_guardians(db: Connection, family_id: int, first_rank: int | None, both: bool) -> None:
    """Write who is written to first (None: as the list gives them), and whether both are.

    Raises Rejected for a guardian that the family does not have, or whom nobody may write to.
    """
    known = stored.guardians(db, family_id)
    if first_rank is not None:
        chosen = known.get(first_rank)
        if chosen is None:
            raise Rejected("Cette famille n'a pas ce parent. Choisissez-en un de la liste.")
        if chosen.no_contact:
            raise Rejected("Ce parent ne doit pas être contacté : choisissez l'autre.")
    stored.set_guardians(db, family_id, first_rank, both)


def forbid_contact(
    db: Connection, family_id: int, contact_id: int, reason: str, now: datetime
) -> int:
    """Never write to this guardian again; give how many messages that waited will not leave.

    What waited for the whole family is set free, so that it is planned for the other guardian.
    Raises Rejected without a reason, or for a guardian of another family.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Rejected("Dites pourquoi, par exemple : décision du juge du 3 mars.")
    if len(reason) > LONGEST_REASON:
        raise Rejected(f"La raison est trop longue : {LONGEST_REASON} signes au plus.")
    _own(db, family_id, contact_id)
    contacts.set_contact(db, contact_id, no_contact=True, no_contact_reason=reason)
    stored.forget_first(db, family_id, contact_id)
    return withdraw_forbidden(db, contact_id)


def allow_contact(db: Connection, family_id: int, contact_id: int) -> None:
    """Write to this guardian again, as far as they themselves agree."""
    _own(db, family_id, contact_id)
    contacts.set_contact(db, contact_id, no_contact=False, no_contact_reason="")


def set_rendering(
    db: Connection, family_id: int, contact_id: int, rendering: str, now: datetime
) -> None:
    """Write down how much a guardian reads: what leaves from now on is said so.

    Raises Rejected for a rendering that does not exist, or for a guardian of another family.
    """
    if rendering not in set(Rendering):
        raise Rejected("Choisissez une façon d'écrire de la liste.")
    _own(db, family_id, contact_id)
    contacts.set_contact(db, contact_id, rendering=rendering, rendering_chosen_at=now)


def set_tags(db: Connection, family_id: int, written: str) -> tuple[str, ...]:
    """Give a family exactly these tags, written with commas between them; give what is stored.

    Raises Rejected for a tag that is too long, or too many.
    """
    parts = [" ".join(one.split()) for one in SEVERAL.split(written)]
    if any(len(one) > LONGEST_TAG for one in parts):
        raise Rejected(f"Une étiquette est trop longue : {LONGEST_TAG} signes au plus.")
    tags = tuple(sorted({tag_of(one) for one in parts} - {""}))
    if len(tags) > MOST_TAGS:
        raise Rejected(f"Cela fait trop d'étiquettes : {MOST_TAGS} au plus par famille.")
    stored.set_tags(db, family_id, tags)
    return tags


def _own(db: Connection, family_id: int, contact_id: int) -> None:
    if contact_id not in {row.id for row in stored.guardians(db, family_id).values()}:
        raise Rejected("Ce parent n'est pas de cette famille.")
