"""Announcements and survey waves, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from bot.storage.console.centres import ZONE, of_centre
from bot.storage.console.families import belongs
from bot.storage.console.lines import PER_PAGE
from bot.storage.tables import campaign_families, campaign_texts, campaigns, centres, families

LANGUAGE = "fr"  # the language that staff read
KINDS = ("announcement", "wave")  # rounds of meetings have their own pages


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One campaign, as lists show it. `centre` "": families of several centres."""

    id: int
    centre_id: int | None
    centre: str
    kind: str
    wave: str
    title: str
    on: date
    at: time
    ends_on: date
    time_zone: str
    status: str
    created_at: datetime
    targeted: int
    told: int
    answered: int


@dataclass(frozen=True, slots=True)
class FamilyName:
    """A family of a campaign; `visible`: its own page is."""

    reference: str
    visible: bool


@dataclass(frozen=True, slots=True)
class CampaignWords:
    """A campaign's title and body in one language."""

    language: str
    title: str
    body: str


def campaign_lines(
    db: Connection, centre_id: int | None, page: int
) -> tuple[tuple[CampaignLine, ...], bool]:
    """One page of the announcements and waves, the latest first, and whether more follow."""
    query = (
        _campaigns(centre_id)
        .order_by(campaigns.c.on.desc(), campaigns.c.at.desc(), campaigns.c.id.desc())
        .limit(PER_PAGE + 1)
        .offset(PER_PAGE * (page - 1))
    )
    lines = _lines(db, query)
    return lines[:PER_PAGE], len(lines) > PER_PAGE


def campaign_line(db: Connection, centre_id: int | None, campaign_id: int) -> CampaignLine | None:
    """One of them; None when there is none that the reader may see."""
    query = _campaigns(centre_id).where(campaigns.c.id == campaign_id)
    return next(iter(_lines(db, query)), None)


def campaign_words(db: Connection, campaign_id: int) -> tuple[CampaignWords, ...]:
    """The campaign in all its languages, the original first."""
    rows = db.execute(
        select(campaign_texts.c.language, campaign_texts.c.title, campaign_texts.c.body)
        .where(campaign_texts.c.campaign_id == campaign_id)
        .order_by(campaign_texts.c.original.desc(), campaign_texts.c.id)
    )
    return tuple(CampaignWords(*row) for row in rows)


def family_names(db: Connection, centre_id: int | None, campaign_id: int) -> dict[int, FamilyName]:
    """The families of a campaign, by id."""
    rows = db.execute(
        select(families.c.id, families.c.reference, belongs(centre_id).label("visible"))
        .join(campaign_families, campaign_families.c.family_id == families.c.id)
        .where(campaign_families.c.campaign_id == campaign_id)
    )
    return {row.id: FamilyName(row.reference, bool(row.visible)) for row in rows}


def _campaigns(centre_id: int | None) -> Select[Any]:
    """Announcements and waves with their title and their centre's name."""
    shown, original = campaign_texts.alias("shown"), campaign_texts.alias("original")
    return (
        select(
            campaigns,
            func.coalesce(centres.c.name, "").label("centre"),
            func.coalesce(centres.c.time_zone, ZONE).label("time_zone"),
            func.coalesce(shown.c.title, original.c.title, "").label("title"),
        )
        .outerjoin(centres, centres.c.id == campaigns.c.centre_id)
        .outerjoin(shown, and_(shown.c.campaign_id == campaigns.c.id, shown.c.language == LANGUAGE))
        .outerjoin(original, and_(original.c.campaign_id == campaigns.c.id, original.c.original))
        .where(campaigns.c.kind.in_(KINDS), of_centre(campaigns.c.centre_id, centre_id))
    )


def _lines(db: Connection, query: Select[Any]) -> tuple[CampaignLine, ...]:
    rows = db.execute(query).all()
    counts = _counts(db, [row.id for row in rows])
    return tuple(
        CampaignLine(
            id=row.id,
            centre_id=row.centre_id,
            centre=row.centre,
            kind=row.kind,
            wave=row.wave,
            title=row.title,
            on=row.on,
            at=row.at,
            ends_on=row.ends_on,
            time_zone=row.time_zone,
            status=row.status,
            created_at=row.created_at,
            targeted=counts[row.id][0],
            told=counts[row.id][1],
            answered=counts[row.id][2],
        )
        for row in rows
    )


def _counts(db: Connection, campaign_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """Families, those that were told, and those that answered."""
    rows = db.execute(
        select(
            campaign_families.c.campaign_id,
            func.count(),
            func.count(campaign_families.c.told_at),
            func.count(campaign_families.c.answered_at),
        )
        .where(campaign_families.c.campaign_id.in_(campaign_ids))
        .group_by(campaign_families.c.campaign_id)
    )
    found = dict.fromkeys(campaign_ids, (0, 0, 0))
    return found | {row[0]: (row[1], row[2], row[3]) for row in rows}
