"""What SMS cost a centre's budget: the segments of what left, of every try."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.storage.tables import earlier_tries, outbox


def segments_by_centre(
    db: Connection, centre_ids: Collection[int], since: datetime
) -> dict[int, int]:
    """SMS segments that centres have used since a moment."""
    last = select(outbox.c.centre_id, func.sum(outbox.c.segments)).where(
        outbox.c.channel == "sms", outbox.c.sent_at >= since
    )
    earlier = (
        select(outbox.c.centre_id, func.sum(earlier_tries.c.segments))
        .join(outbox, outbox.c.id == earlier_tries.c.outbox_id)
        .where(earlier_tries.c.channel == "sms", earlier_tries.c.sent_at >= since)
    )
    used: dict[int, int] = {}
    for query in (last, earlier):
        among = query.where(outbox.c.centre_id.in_(list(centre_ids)))
        for centre_id, segments in db.execute(among.group_by(outbox.c.centre_id)):
            used[centre_id] = used.get(centre_id, 0) + int(segments or 0)
    return used


def segments_since(db: Connection, centre_id: int, since: datetime) -> int:
    """SMS segments that a centre has used since a moment."""
    return segments_by_centre(db, [centre_id], since).get(centre_id, 0)
