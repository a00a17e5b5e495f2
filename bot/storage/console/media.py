"""Which languages the families of an event or of a campaign hear, for the page that speaks them."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from bot.media import heard_in
from bot.messages import About
from bot.storage.tables import campaign_families, contacts, invitations


def families_by_language(db: Connection, about: About) -> dict[str, int]:
    """How many of its families hear each language, by the guardian whom we write to first."""
    chosen = (
        select(invitations.c.family_id).where(invitations.c.event_id == about.event_id)
        if about.event_id is not None
        else select(campaign_families.c.family_id).where(
            campaign_families.c.campaign_id == about.campaign_id
        )
    )
    first = func.min(contacts.c.rank).label("rank")
    firsts = (
        select(contacts.c.family_id, first)
        .where(contacts.c.family_id.in_(chosen), contacts.c.erased_at.is_(None))
        .group_by(contacts.c.family_id)
        .subquery()
    )
    rows = db.scalars(
        select(contacts.c.language).join(
            firsts,
            (contacts.c.family_id == firsts.c.family_id) & (contacts.c.rank == firsts.c.rank),
        )
    )
    counts: dict[str, int] = {}
    for language in rows:
        heard = heard_in(language)
        counts[heard] = counts.get(heard, 0) + 1
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
