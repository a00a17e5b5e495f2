"""Rounds of meetings: the moments kept free, who took them, and the meetings they became, by noun.

A moment is free while nobody has taken it, it was not withdrawn, and it is not too near. A meeting
is an event that knows its round; what became of it stands in its one invitation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, insert, select, update

from bot.flows.base import CampaignCard, EventStatus, SlotCard
from bot.messages import DeliveryState, Purpose
from bot.storage.conversations import REASON
from bot.storage.database import insert_once
from bot.storage.tables import (
    campaign_families,
    campaign_texts,
    campaigns,
    centres,
    children,
    contacts,
    conversations,
    events,
    families,
    invitations,
    outbox,
    slots,
)
from bot.storage.withdrawals import CHANGED

KIND = "meetings"  # of such a campaign
NOTICE = timedelta(hours=2)  # before a moment; nobody can come sooner
NO_MOMENT = "no_moment"  # why a list did not leave; stored
NEWS = ("slot_taken", "slot_gone")  # steps that tell a family of its moment; stored
AGAIN = "slots_again"  # the step that offers moments once more; stored

# Built once: building a statement costs more than SQLite takes to run it.
_SLOT = select(slots).where(slots.c.id == bindparam("slot_id"))
_MINE = select(slots).where(
    slots.c.campaign_id == bindparam("campaign_id"), slots.c.family_id == bindparam("family_id")
)
_FREE = (
    select(slots)
    .where(
        slots.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
        slots.c.family_id.is_(None),
        slots.c.withdrawn_at.is_(None),
        slots.c.starts_at > bindparam("not_before"),
    )
    .order_by(slots.c.starts_at)
)
_TAKEN = (
    select(slots, invitations.c.attended)
    .outerjoin(
        invitations,
        (invitations.c.event_id == slots.c.event_id)
        & (invitations.c.family_id == slots.c.family_id),
    )
    .where(
        slots.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
        slots.c.family_id.in_(bindparam("family_ids", expanding=True)),
    )
)
_ANSWERED = select(campaign_families.c.campaign_id, campaign_families.c.family_id).where(
    campaign_families.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
    campaign_families.c.family_id.in_(bindparam("family_ids", expanding=True)),
    campaign_families.c.answered_at.is_not(None),
)
_ASKED_WHY = (
    select(conversations.c.campaign_id, contacts.c.family_id)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        conversations.c.flow == REASON,
        conversations.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
        contacts.c.family_id.in_(bindparam("family_ids", expanding=True)),
    )
)
_CLAIM = update(slots).where(
    slots.c.id == bindparam("slot_id"),
    slots.c.family_id.is_(None),
    slots.c.withdrawn_at.is_(None),
)
_SET = update(slots).where(slots.c.id == bindparam("slot_id"))
_CLOSE_REASONS = (
    update(conversations)
    .where(
        conversations.c.flow == REASON,
        conversations.c.campaign_id == bindparam("about_campaign"),
        conversations.c.closed_at.is_(None),
        conversations.c.contact_id.in_(
            select(contacts.c.id).where(contacts.c.family_id == bindparam("of_family"))
        ),
    )
    .values(awaiting=False)
)


# -- what a flow sees -----------------------------------------------------------------------------


def on_cards(
    db: Connection, cards: Mapping[int, CampaignCard], family_ids: Iterable[int], now: datetime
) -> dict[tuple[int, int], CampaignCard]:
    """The cards of rounds of meetings as each family sees them, by campaign and family.

    Once a meeting has taken place, its round is over for the family; an absence opens it again.
    """
    rounds = [one.id for one in cards.values() if one.kind == KIND]
    if not rounds:
        return {}
    among = {"campaign_ids": rounds, "family_ids": list(family_ids)}
    free: dict[int, list[SlotCard]] = {one: [] for one in rounds}
    for row in db.execute(_FREE, {"campaign_ids": rounds, "not_before": now + NOTICE}):
        free[row.campaign_id].append(_card(row))
    taken = {(row.campaign_id, row.family_id): row for row in db.execute(_TAKEN, among)}
    answered = {(one, family) for one, family in db.execute(_ANSWERED, among)}
    asked = {(one, family) for one, family in db.execute(_ASKED_WHY, among)}
    seen = {}
    for campaign_id in rounds:
        for family_id in among["family_ids"]:
            whose = campaign_id, family_id
            card = replace(
                cards[campaign_id],
                slots=tuple(free[campaign_id]),
                declined=whose in answered,
                asked_why=whose in asked,
            )
            seen[whose] = _with_taken(card, taken.get(whose), now)
    return seen


def _with_taken(card: CampaignCard, row: Row[Any] | None, now: datetime) -> CampaignCard:
    if row is None:
        return card
    if row.starts_at > now:
        return replace(card, taken=_card(row), meeting_id=row.event_id, declined=False)
    if row.attended is False or card.status is not EventStatus.UPCOMING:
        return card
    return replace(card, status=EventStatus.OVER, slots=())


def _card(row: Row[Any]) -> SlotCard:
    return SlotCard(row.id, row.on, row.at, row.minutes)


# -- moments --------------------------------------------------------------------------------------


def slot(db: Connection, slot_id: int) -> Row[Any] | None:
    """One moment's row."""
    return db.execute(_SLOT, {"slot_id": slot_id}).first()


def slot_of(db: Connection, campaign_id: int, family_id: int) -> Row[Any] | None:
    """The moment that a family has in a round."""
    return db.execute(_MINE, {"campaign_id": campaign_id, "family_id": family_id}).first()


def slot_of_event(db: Connection, event_id: int) -> Row[Any] | None:
    """The moment that a meeting stands on."""
    return db.execute(select(slots).where(slots.c.event_id == event_id)).first()


def meetings_with(db: Connection, campaign_ids: Iterable[int], family_id: int) -> Sequence[int]:
    """The meetings that a family has had in some rounds, those called off too."""
    return db.scalars(
        select(events.c.id)
        .join(invitations, invitations.c.event_id == events.c.id)
        .where(events.c.campaign_id.in_(list(campaign_ids)), invitations.c.family_id == family_id)
        .order_by(events.c.id)
    ).all()


def slots_in(db: Connection, campaign_id: int) -> Sequence[Row[Any]]:
    """Every moment of a round, soonest first, also those withdrawn."""
    query = select(slots).where(slots.c.campaign_id == campaign_id)
    return db.execute(query.order_by(slots.c.starts_at)).all()


def standing_of_host(
    db: Connection, centre_id: int, host: str, since: datetime
) -> Sequence[Row[Any]]:
    """The moments of one member of staff that are not withdrawn, in all rounds of a centre."""
    found = db.execute(
        select(slots, campaigns.c.host)
        .join(campaigns, campaigns.c.id == slots.c.campaign_id)
        .where(
            slots.c.centre_id == centre_id,
            slots.c.withdrawn_at.is_(None),
            slots.c.starts_at >= since,
            campaigns.c.status != "cancelled",
        )
        .order_by(slots.c.starts_at)
    )
    wanted = _plain(host)
    return [row for row in found if _plain(row.host) == wanted]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def claim(
    db: Connection, slot_id: int, family_id: int, event_id: int | None, now: datetime
) -> bool:
    """Give a free moment to a family; False when it is not free any more."""
    taken = _CLAIM.values(family_id=family_id, event_id=event_id, taken_at=now)
    return bool(db.execute(taken, {"slot_id": slot_id}).rowcount)


def insert_invitation(db: Connection, event_id: int, family_id: int, now: datetime) -> None:
    """Write the one invitation of a meeting; the family knows of it: no other will leave."""
    db.execute(insert(invitations).values(event_id=event_id, family_id=family_id, invited_at=now))


def set_event(db: Connection, slot_id: int, event_id: int) -> None:
    """Name the meeting that a moment has become."""
    db.execute(_SET.values(event_id=event_id), {"slot_id": slot_id})


def release(db: Connection, slot_id: int) -> None:
    """Nobody has this moment any more."""
    db.execute(_SET.values(family_id=None, event_id=None, taken_at=None), {"slot_id": slot_id})


def insert_slots(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new moments."""
    if rows:
        db.execute(insert(slots), list(rows))


def set_slot(db: Connection, slot_id: int, **values: Any) -> None:
    """Change one moment that nobody has taken."""
    db.execute(_SET.values(**values), {"slot_id": slot_id})


# -- rounds ---------------------------------------------------------------------------------------


def set_round(db: Connection, campaign_id: int, **values: Any) -> None:
    """Change a round's own columns."""
    db.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(**values))


def wordings(db: Connection, campaign_id: int) -> Sequence[Row[Any]]:
    """A round's texts, one row per language."""
    query = select(campaign_texts).where(campaign_texts.c.campaign_id == campaign_id)
    return db.execute(query.order_by(campaign_texts.c.id)).all()


def families_of_centre(db: Connection, centre_id: int, family_ids: Sequence[int]) -> frozenset[int]:
    """Those of these families that are in a centre, and have not left."""
    query = (
        select(families.c.id)
        .join(children, children.c.family_id == families.c.id)
        .where(
            children.c.centre_id == centre_id,
            families.c.left_on.is_(None),
            families.c.id.in_(family_ids),
        )
    )
    return frozenset(db.scalars(query))


def invite(db: Connection, campaign_id: int, family_id: int, centre_id: int, now: datetime) -> None:
    """Add a family that told us itself that it wants to come; nothing where it was asked."""
    whose = {"campaign_id": campaign_id, "family_id": family_id}
    insert_once(db, campaign_families, {**whose, "centre_id": centre_id, "told_at": now})


def let_leave(db: Connection, campaign_id: int, now: datetime) -> None:
    """What did not leave because no moment was free leaves now that one is."""
    db.execute(
        update(outbox)
        .where(
            outbox.c.campaign_id == campaign_id,
            outbox.c.state == DeliveryState.REFUSED,
            outbox.c.reason == NO_MOMENT,
            outbox.c.expires_at > now,
        )
        .values(state=DeliveryState.WAITING, reason="", next_attempt_at=now)
    )


def withdraw_with(db: Connection, event_id: int, now: datetime) -> None:
    """We do not keep a meeting: its moment is not free for anybody else either."""
    db.execute(
        update(slots)
        .where(slots.c.event_id == event_id)
        .values(family_id=None, event_id=None, taken_at=None, withdrawn_at=now)
    )


def reopen(db: Connection, campaign_id: int, family_ids: Iterable[int]) -> None:
    """These families are asked anew: what they answered before does not count any more."""
    db.execute(
        update(campaign_families)
        .where(
            campaign_families.c.campaign_id == campaign_id,
            campaign_families.c.family_id.in_(list(family_ids)),
        )
        .values(answered_at=None)
    )


def withdraw_news(db: Connection, campaign_id: int, family_id: int) -> None:
    """What a family was to be told of its moment is not so any more."""
    db.execute(
        update(outbox)
        .where(
            outbox.c.campaign_id == campaign_id,
            outbox.c.family_id == family_id,
            outbox.c.step.in_(NEWS),
            outbox.c.state == DeliveryState.WAITING,
        )
        .values(state=DeliveryState.REFUSED, reason=CHANGED, lease_until=None)
    )


def last_meeting(db: Connection, campaign_id: int, family_id: int) -> Row[Any] | None:
    """The meeting of a family in a round that was answered for last, cancelled or not."""
    query = _meetings().where(
        events.c.campaign_id == campaign_id, invitations.c.family_id == family_id
    )
    rows = db.execute(query).all()
    return max(rows, key=lambda row: (row.rsvp_at or row.created_at, row.id), default=None)


def close_reasons(db: Connection, campaign_id: int, family_id: int) -> None:
    """The family meets us: nobody is asked any more why it does not."""
    db.execute(_CLOSE_REASONS, {"about_campaign": campaign_id, "of_family": family_id})


def meetings_of(db: Connection, campaign_ids: Iterable[int]) -> Sequence[Row[Any]]:
    """Every meeting that rounds have made, with the family's answer and whether it came."""
    return db.execute(_meetings().where(events.c.campaign_id.in_(list(campaign_ids)))).all()


def meeting(db: Connection, event_id: int) -> Row[Any] | None:
    """One such meeting."""
    return db.execute(_meetings().where(events.c.id == event_id)).first()


def _meetings() -> Select[Any]:
    return (
        select(
            events.c.id,
            events.c.campaign_id,
            events.c.centre_id,
            events.c.on,
            events.c.at,
            events.c.time_zone,
            events.c.starts_at,
            events.c.place,
            events.c.status,
            events.c.version,
            events.c.created_at,
            events.c.changed_at,
            campaigns.c.host,
            slots.c.minutes,
            invitations.c.family_id,
            invitations.c.rsvp,
            invitations.c.rsvp_at,
            invitations.c.attended,
            families.c.reference,
        )
        .join(campaigns, campaigns.c.id == events.c.campaign_id)
        .join(invitations, invitations.c.event_id == events.c.id)
        .join(families, families.c.id == invitations.c.family_id)
        .outerjoin(slots, slots.c.event_id == events.c.id)
        .order_by(events.c.starts_at, events.c.id)
    )


def rounds_with_free_slots(db: Connection, now: datetime) -> Sequence[Row[Any]]:
    """The rounds that still have a free moment and a day left for their messages."""
    free = exists().where(
        slots.c.campaign_id == campaigns.c.id,
        slots.c.family_id.is_(None),
        slots.c.withdrawn_at.is_(None),
        slots.c.starts_at > now + NOTICE,
    )
    return db.execute(
        select(campaigns, centres.c.time_zone)
        .join(centres, centres.c.id == campaigns.c.centre_id)
        .where(
            campaigns.c.kind == KIND,
            campaigns.c.status == "planned",
            campaigns.c.ends_on >= now.date() - timedelta(days=1),
            free,
        )
    ).all()


def without_a_moment(db: Connection, campaign_id: int, now: datetime) -> Sequence[Row[Any]]:
    """The families of a round that answered, have no moment to come and were not asked again."""
    has_one = exists().where(
        slots.c.campaign_id == campaign_id,
        slots.c.family_id == campaign_families.c.family_id,
        slots.c.starts_at > now,
    )
    asked_again = exists().where(
        outbox.c.campaign_id == campaign_id,
        outbox.c.family_id == campaign_families.c.family_id,
        outbox.c.step == AGAIN,
        outbox.c.purpose == Purpose.INVITATION,
    )
    return db.execute(
        select(campaign_families)
        .join(families, families.c.id == campaign_families.c.family_id)
        .where(
            campaign_families.c.campaign_id == campaign_id,
            campaign_families.c.answered_at.is_not(None),
            families.c.left_on.is_(None),
            ~has_one,
            ~asked_again,
        )
        .order_by(campaign_families.c.family_id)
    ).all()
