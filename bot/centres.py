"""A centre's own settings: its hours for messages, its voice, its budget. One transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bot.errors import Rejected
from bot.gate import Caps, impossible, impossible_caps
from bot.storage.tables import centres

LONGEST_PHONE = 32
LONGEST_CITY = 120
LONGEST_NAME_OF_SENDER = 11  # what phone companies take of a name


def change_centre(db: Connection, centre_id: int, values: Mapping[str, Any]) -> Row[Any]:
    """Change some of a centre's columns; give its row.

    Raises Rejected, in French, where nothing could ever leave any more, or a value cannot be.
    """
    standing = _row(db, centre_id)
    wanted: dict[str, Any] = standing._asdict() | dict(values)
    refusal = impossible(
        wanted["time_zone"],
        wanted["opens_at"],
        wanted["closes_at"],
        wanted["quiet_days"],
        wanted["holidays"],
    )
    refusal = refusal or impossible_caps(Caps(wanted["daily_cap"], wanted["weekly_cap"]))
    if refusal:
        raise Rejected(refusal)
    if len(wanted["phone"]) > LONGEST_PHONE:
        raise Rejected(f"Le téléphone tient en {LONGEST_PHONE} signes.")
    if len(wanted["city"]) > LONGEST_CITY:
        raise Rejected(f"La ville tient en {LONGEST_CITY} signes.")
    _check_sender(wanted["sms_sender"])
    if wanted["monthly_segments"] is not None and wanted["monthly_segments"] < 0:
        raise Rejected("Le nombre de SMS par mois est 0 ou plus.")
    if values:
        db.execute(update(centres).where(centres.c.id == centre_id).values(**values))
    return _row(db, centre_id)


def _row(db: Connection, centre_id: int) -> Row[Any]:
    return db.execute(select(centres).where(centres.c.id == centre_id)).one()


def _check_sender(sender: str) -> None:
    """A number, a Messaging Service, or a name that phone companies take."""
    is_name = sender and not sender.startswith(("+", "MG")) and not sender.isdigit()
    if is_name and (len(sender) > LONGEST_NAME_OF_SENDER or not sender.isascii()):
        raise Rejected(
            f"Un nom d'expéditeur a {LONGEST_NAME_OF_SENDER} signes au plus, sans accent : "
            f"« {sender} » ne passerait pas."
        )
