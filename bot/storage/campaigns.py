"""Campaigns that are about no event, their texts and their families, by noun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, insert, or_, select, update

from bot.flows.base import CampaignCard, EventStatus
from bot.messages import Purpose, Texts
from bot.plans import PlannedStep
from bot.storage import own_words
from bot.storage.database import insert_row
from bot.storage.steps import insert_steps, step_of
from bot.storage.tables import (
    answers,
    campaign_families,
    campaign_texts,
    campaigns,
    centres,
    contacts,
    conversations,
    families,
    outbox,
    steps,
)
from bot.wallclock import at_wall_clock

ZONE = "Europe/Paris"  # of a campaign of several centres: when it ends for all

# Built once: building a statement costs more than SQLite takes to run it.
_CAMPAIGN = (
    select(campaigns, centres.c.time_zone)
    .outerjoin(centres, centres.c.id == campaigns.c.centre_id)
    .where(campaigns.c.id == bindparam("campaign_id"))
)
_TEXTS = select(campaign_texts).where(campaign_texts.c.campaign_id == bindparam("campaign_id"))
_ANSWERED = update(campaign_families).where(
    campaign_families.c.campaign_id == bindparam("about_campaign"),
    campaign_families.c.family_id == bindparam("of_family"),
    campaign_families.c.answered_at.is_(None),
)
_TOLD = update(campaign_families).where(
    campaign_families.c.campaign_id == bindparam("about_campaign"),
    campaign_families.c.family_id == bindparam("of_family"),
    campaign_families.c.told_at.is_(None),
)
_SETTLE_OTHERS = (
    update(conversations)
    .where(
        conversations.c.campaign_id == bindparam("about_campaign"),
        conversations.c.contact_id.in_(
            select(contacts.c.id).where(contacts.c.family_id == bindparam("of_family"))
        ),
        conversations.c.id != bindparam("but"),
    )
    .values(awaiting=False)
)


def campaign(db: Connection, campaign_id: int) -> Row[Any] | None:
    """One campaign's row, with the time zone of its centre."""
    return db.execute(_CAMPAIGN, {"campaign_id": campaign_id}).first()


def texts(db: Connection, campaign_id: int) -> tuple[Texts, Texts | None]:
    """A campaign's title and, where any was written, its body; in all their languages."""
    rows = db.execute(_TEXTS, {"campaign_id": campaign_id}).all()
    return own_words.texts(rows, "body")


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


def answered(
    db: Connection, campaign_ids: Iterable[int], contact_ids: Iterable[int]
) -> dict[tuple[int, int], frozenset[str]]:
    """The questions that some people have answered, by campaign and contact."""
    rows = db.execute(
        select(answers.c.campaign_id, answers.c.contact_id, answers.c.question).where(
            answers.c.campaign_id.in_(list(campaign_ids)),
            answers.c.contact_id.in_(list(contact_ids)),
        )
    )
    found: dict[tuple[int, int], set[str]] = {}
    for campaign_id, contact_id, question in rows:
        found.setdefault((campaign_id, contact_id), set()).add(question)
    return {whose: frozenset(questions) for whose, questions in found.items()}


def insert_campaign(db: Connection, values: Mapping[str, Any]) -> int:
    """Write one campaign; give its id."""
    return insert_row(db, campaigns, **values)


def insert_text(
    db: Connection, campaign_id: int, language: str, *, original: bool, title: str, body: str
) -> None:
    """Write a campaign's wording in one language."""
    db.execute(
        insert(campaign_texts).values(
            campaign_id=campaign_id, language=language, original=original, title=title, body=body
        )
    )


def insert_plan(db: Connection, campaign_id: int, planned: Iterable[PlannedStep]) -> None:
    """Write a campaign's plan of outreach."""
    insert_steps(db, steps, planned, campaign_id=campaign_id)


def insert_families(db: Connection, campaign_id: int, audience: Iterable[tuple[int, int]]) -> int:
    """Write whom it is for: pairs of a family and the centre of theirs that writes.

    Each family counts once, with its first pair; families that have left are passed over. Gives how
    many were written.
    """
    writes: dict[int, int] = {}
    for family_id, centre_id in audience:
        writes.setdefault(family_id, centre_id)
    gone = set(db.scalars(select(families.c.id).where(families.c.left_on.is_not(None))))
    rows = [
        {"campaign_id": campaign_id, "family_id": family_id, "centre_id": centre_id}
        for family_id, centre_id in sorted(writes.items())
        if family_id not in gone
    ]
    if rows:
        db.execute(insert(campaign_families), rows)
    return len(rows)


def plan_of(db: Connection, campaign_id: int) -> tuple[PlannedStep, ...]:
    """A campaign's plan of outreach, in the order in which it happens."""
    query = select(steps).where(steps.c.campaign_id == campaign_id)
    return tuple(step_of(row) for row in db.execute(query.order_by(steps.c.days, steps.c.at)))


def same_announcement(
    db: Connection, centre_id: int | None, on: date, at: time, title: str
) -> int | None:
    """A planned announcement with this title at this moment; None: there is none."""
    query = (
        select(campaigns.c.id)
        .join(campaign_texts, campaign_texts.c.campaign_id == campaigns.c.id)
        .where(
            campaigns.c.kind == "announcement",
            campaigns.c.status != "cancelled",
            campaigns.c.centre_id.is_not_distinct_from(centre_id),
            campaigns.c.on == on,
            campaigns.c.at == at,
            campaign_texts.c.original,
            campaign_texts.c.title == title,
        )
    )
    return db.scalar(query.limit(1))


def waves_called(db: Connection, wave: str) -> Sequence[Row[Any]]:
    """The planned waves with this code, and the centre of each (None: of several)."""
    return db.execute(
        select(campaigns.c.id, campaigns.c.centre_id).where(
            campaigns.c.kind == "wave",
            campaigns.c.wave == wave,
            campaigns.c.status != "cancelled",
        )
    ).all()


def asked_in_wave(db: Connection, wave: str) -> frozenset[int]:
    """The families of a wave that is not cancelled, whichever centre asks them."""
    query = (
        select(campaign_families.c.family_id)
        .join(campaigns, campaigns.c.id == campaign_families.c.campaign_id)
        .where(
            campaigns.c.kind == "wave",
            campaigns.c.wave == wave,
            campaigns.c.status != "cancelled",
        )
    )
    return frozenset(db.scalars(query))


def set_cancelled(db: Connection, campaign_id: int) -> None:
    """Mark a campaign cancelled; its version moves on."""
    db.execute(
        update(campaigns)
        .where(campaigns.c.id == campaign_id)
        .values(status="cancelled", version=campaigns.c.version + 1)
    )


def families_of(
    db: Connection, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Row[Any]]:
    """Where families stand in campaigns, by campaign and family, among these pairs."""
    pairs = set(wanted)
    rows = db.execute(
        select(campaign_families).where(
            campaign_families.c.campaign_id.in_({campaign_id for campaign_id, _ in pairs}),
            campaign_families.c.family_id.in_({family_id for _, family_id in pairs}),
        )
    )
    found = {(row.campaign_id, row.family_id): row for row in rows}
    return {pair: row for pair, row in found.items() if pair in pairs}


def mark_told(db: Connection, campaign_id: int, family_id: int, now: datetime) -> None:
    """The family has been written to about this campaign; the first time counts."""
    whose = {"about_campaign": campaign_id, "of_family": family_id}
    db.execute(_TOLD, {**whose, "told_at": now})


def set_answered(db: Connection, campaign_id: int, family_id: int, now: datetime) -> None:
    """The family has answered all of it, or will not; the first time counts."""
    whose = {"about_campaign": campaign_id, "of_family": family_id}
    db.execute(_ANSWERED, {**whose, "answered_at": now})


def settle_others(db: Connection, campaign_id: int, family_id: int, conversation_id: int) -> None:
    """One guardian answered: the other's question about it no longer waits."""
    whose = {"about_campaign": campaign_id, "of_family": family_id}
    db.execute(_SETTLE_OTHERS, {**whose, "but": conversation_id})


def close_over(db: Connection, now: datetime) -> int:
    """Close the conversations about campaigns that are over or cancelled; give how many."""
    over = [
        row.id
        for row in db.execute(
            select(campaigns, centres.c.time_zone)
            .outerjoin(centres, centres.c.id == campaigns.c.centre_id)
            .where(
                exists().where(
                    conversations.c.campaign_id == campaigns.c.id,
                    conversations.c.closed_at.is_(None),
                ),
                or_(
                    campaigns.c.status == "cancelled",
                    campaigns.c.ends_on <= now.date() + timedelta(days=1),
                ),
            )
        )
        if _status(row, now) is not EventStatus.UPCOMING
    ]
    done = db.execute(
        update(conversations)
        .where(conversations.c.campaign_id.in_(over), conversations.c.closed_at.is_(None))
        .values(closed_at=now, awaiting=False)
    )
    return done.rowcount


def fates(db: Connection, campaign_id: int) -> Sequence[Row[Any]]:
    """Each family of a campaign, and what became of each message to it, the first decided in front.

    A family to which nothing was decided yet has one row without a step; `known` tells whether any
    guardian is left to write to.
    """
    someone = (
        exists()
        .where(
            contacts.c.family_id == campaign_families.c.family_id, contacts.c.erased_at.is_(None)
        )
        .label("known")
    )
    about = (outbox.c.campaign_id == campaign_families.c.campaign_id) & (
        outbox.c.family_id == campaign_families.c.family_id
    )
    automatic = outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF])
    return db.execute(
        select(
            campaign_families.c.family_id,
            campaign_families.c.told_at,
            campaign_families.c.answered_at,
            families.c.left_on,
            outbox.c.step,
            outbox.c.state,
            outbox.c.reason,
            someone,
        )
        .join(families, families.c.id == campaign_families.c.family_id)
        .outerjoin(outbox, about & automatic)
        .where(campaign_families.c.campaign_id == campaign_id)
        .order_by(campaign_families.c.family_id, outbox.c.id)
    ).all()


def _status(row: Row[Any], now: datetime) -> EventStatus:
    if row.status == "cancelled":
        return EventStatus.CANCELLED
    over_at = at_wall_clock(row.ends_on + timedelta(days=1), time(), row.time_zone or ZONE)
    return EventStatus.OVER if over_at <= now else EventStatus.UPCOMING
