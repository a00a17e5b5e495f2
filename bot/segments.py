"""Segments: audiences that are kept under a name, to be chosen again. One transaction each.

A segment is a filter; who is in it is found out anew each time. A centre's own are seen by its
team and by those who see every centre; those of the whole network are seen by everybody, and each
reader finds in them only the families that they may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.audience import Filter, check_filter, dump_filter, load_filter
from bot.errors import Rejected
from bot.storage import segments as stored

LONGEST_NAME = 80
GONE = "Ce public enregistré n'existe pas, ou n'existe plus."


@dataclass(frozen=True, slots=True)
class Author:
    """Who keeps segments: the only centre that they see (None: all), and whether they lead."""

    centre_id: int | None
    leads: bool  # a director or an administrator


@dataclass(frozen=True, slots=True)
class Segment:
    """A filter with its name. `centre` "": of the whole network; `mine`: the reader may change it.

    `unread` says why a filter that was stored cannot be used any more; "": it can.
    """

    id: int
    name: str
    centre_id: int | None
    centre: str
    filter: Filter
    mine: bool
    unread: str = ""


def segments(db: Connection, author: Author) -> tuple[Segment, ...]:
    """The segments that somebody may choose, those of the network first, by name."""
    found: list[Segment] = []
    for row in stored.segments_seen(db, author.centre_id):
        try:
            wanted, unread = load_filter(row.filter), ""
        except Rejected as refusal:
            wanted, unread = Filter(), str(refusal)
        mine = author.leads if row.centre_id is None else True
        found.append(
            Segment(row.id, row.name, row.centre_id, row.centre or "", wanted, mine, unread)
        )
    return tuple(found)


def segment_called(db: Connection, author: Author, name: str) -> Segment:
    """A segment by its name, whatever its capitals; the centre's own comes before the network's.

    Raises Rejected, naming those that exist, when there is none or several centres have one.
    """
    seen = segments(db, author)
    named = [one for one in seen if one.name.casefold() == name.strip().casefold()]
    own = [one for one in named if one.centre_id is not None]
    if len(own) > 1:
        raise Rejected(
            f"Plusieurs centres ont un public « {name} » : {', '.join(one.centre for one in own)}. "
            "Renommez-en un."
        )
    if not named:
        names = ", ".join(one.name for one in seen) or "aucun"
        raise Rejected(f"Public enregistré inconnu : « {name} ». Publics : {names}.")
    return _usable((own or named)[0])


def segment(db: Connection, author: Author, segment_id: int) -> Segment:
    """One segment. Raises Rejected when there is none that they see, or it cannot be used."""
    return _usable(_seen(db, author, segment_id))


def save_segment(
    db: Connection,
    author: Author,
    name: str,
    wanted: Filter,
    centre_id: int | None,
    now: datetime,
) -> int:
    """Keep a filter for a centre, or (None) for the whole network; give the segment's id.

    Raises Rejected when the name is missing, too long or taken, when the filter asks for nothing,
    or when the author may not keep it there.
    """
    check_filter(wanted)
    if wanted == Filter():
        raise Rejected("Choisissez au moins une condition : sans elle, c'est tout le monde.")
    if author.centre_id is not None and centre_id not in (author.centre_id, None):
        raise Rejected("Vous ne pouvez enregistrer un public que pour votre centre.")
    if centre_id is None and not author.leads:
        raise Rejected(
            "Seules les directions et l'administration enregistrent un public pour tout le réseau."
        )
    title = _free_name(db, name, centre_id)
    return stored.insert_segment(db, centre_id, title, dump_filter(wanted), now)


def rename_segment(db: Connection, author: Author, segment_id: int, name: str) -> None:
    """Give a segment another name. Raises Rejected as `save_segment` does."""
    known = _own(db, author, segment_id)
    title = _free_name(db, name, known.centre_id, but=segment_id)
    stored.set_name(db, segment_id, title)


def delete_segment(db: Connection, author: Author, segment_id: int) -> None:
    """Forget a segment; what was planned with it stays as it is."""
    _own(db, author, segment_id)
    stored.delete_segment(db, segment_id)


def _usable(found: Segment) -> Segment:
    if found.unread:
        raise Rejected(found.unread)
    return found


def _seen(db: Connection, author: Author, segment_id: int) -> Segment:
    found = next((one for one in segments(db, author) if one.id == segment_id), None)
    if found is None:
        raise Rejected(GONE)
    return found


def _own(db: Connection, author: Author, segment_id: int) -> Segment:
    found = _seen(db, author, segment_id)
    if not found.mine:
        raise Rejected(
            "Ce public est celui de tout le réseau : une direction ou l'administration le change."
        )
    return found


def _free_name(db: Connection, name: str, centre_id: int | None, but: int | None = None) -> str:
    """The name without stray spaces; the database alone would let the network have one twice."""
    title = " ".join(name.split())
    if not title:
        raise Rejected("Donnez un nom à ce public.")
    if len(title) > LONGEST_NAME:
        raise Rejected(f"Ce nom est trop long : {LONGEST_NAME} signes au plus.")
    taken = stored.names_of(db, centre_id)
    if any(one != but and known.casefold() == title.casefold() for one, known in taken.items()):
        raise Rejected(f"Un public s'appelle déjà « {title} ». Choisissez un autre nom.")
    return title
