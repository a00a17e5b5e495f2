"""Campaigns that are about no event, their texts and their families, by noun."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.flows.base import CampaignCard, EventStatus
from bot.messages import Texts
from bot.storage.tables import campaign_texts, campaigns, centres
from bot.wallclock import at_wall_clock

ZONE = "Europe/Paris"  # of a campaign of several centres: when it ends for all

# Built once: building a statement costs more than SQLite takes to run it.
_CAMPAIGN = (
    select(campaigns, centres.c.time_zone)
    .outerjoin(centres, centres.c.id == campaigns.c.centre_id)
    .where(campaigns.c.id == bindparam("campaign_id"))
)
_TEXTS = select(campaign_texts).where(campaign_texts.c.campaign_id == bindparam("campaign_id"))


def campaign(db: Connection, campaign_id: int) -> Row[Any] | None:
    """One campaign's row, with the time zone of its centre."""
    return db.execute(_CAMPAIGN, {"campaign_id": campaign_id}).first()


def texts(db: Connection, campaign_id: int) -> tuple[Texts, Texts | None]:
    """A campaign's title and, where any was written, its body; in all their languages."""
    rows = db.execute(_TEXTS, {"campaign_id": campaign_id}).all()
    original = next(row.language for row in rows if row.original)
    titles = Texts(original, {row.language: row.title for row in rows})
    bodies = {row.language: row.body for row in rows if row.body}
    return titles, Texts(original, bodies) if original in bodies else None


def card(db: Connection, campaign_id: int, now: datetime) -> CampaignCard:
    """What a flow knows of a campaign."""
    row = campaign(db, campaign_id)
    assert row is not None, "campaigns are never deleted"
    title, body = texts(db, campaign_id)
    return CampaignCard(
        id=row.id,
        kind=row.kind,
        title=title,
        body=body,
        on=row.on,
        status=_status(row, now),
        host=row.host,
        place=row.place,
    )


def _status(row: Row[Any], now: datetime) -> EventStatus:
    if row.status == "cancelled":
        return EventStatus.CANCELLED
    over_at = at_wall_clock(row.ends_on + timedelta(days=1), time(), row.time_zone or ZONE)
    return EventStatus.OVER if over_at <= now else EventStatus.UPCOMING
