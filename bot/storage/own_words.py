"""What a team wrote itself, in every language: an event's title and notes, an announcement.

A translation keeps the original that it translates. Where the original has changed since, it is
stale: it is a draft again, and each of its texts is left out as soon as a number, an hour, a link
or a name is no longer the same. Then the original leaves in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, and_, delete, insert, select, update

from bot.invariants import agrees
from bot.messages import About, Texts
from bot.storage.database import insert_row
from bot.storage.tables import (
    campaign_texts,
    campaigns,
    centres,
    event_texts,
    events,
    staff,
    text_reviews,
)

DRAFT, REVIEWED = "draft", "reviewed"  # stored
PERSON, ENGINE = "person", "engine"  # stored
LONGEST_NOTES = 400
APPROVED, WRONG = "approved", "wrong"  # stored


@dataclass(frozen=True, slots=True)
class Written:
    """One language of it. `more`: an event's notes, an announcement's body."""

    language: str
    original: bool
    title: str
    more: str
    of_title: str | None = None
    of_more: str | None = None
    state: str = DRAFT
    source: str = PERSON
    reviewed_by: str = ""
    reviewed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """What the team's words are about, and what it is called on the spot."""

    status: str
    over_at: datetime | None
    place: str
    centre: str
    centre_id: int | None = None  # None: of several centres


@dataclass(frozen=True, slots=True)
class _Home:
    """The table of one kind of texts."""

    texts: Table
    subject: Column[int]
    number: int
    more: Column[str]
    of_more: Column[str]


def written(db: Connection, about: About) -> tuple[Written, ...]:
    """All its languages, the original first."""
    home = _home(about)
    rows = db.execute(
        select(home.texts, home.more.label("more"), home.of_more.label("of_more"))
        .where(home.subject == home.number)
        .order_by(home.texts.c.original.desc(), home.texts.c.id)
    )
    return tuple(
        Written(
            row.language,
            row.original,
            row.title,
            row.more,
            row.of_title,
            row.of_more,
            row.state,
            row.source,
            row.reviewed_by,
            row.reviewed_at,
        )
        for row in rows
    )


def write(
    db: Connection, about: About, language: str, title: str, more: str, **values: Any
) -> None:
    """Write one translation of the original as it stands now."""
    home = _home(about)
    own = and_(home.subject == home.number, home.texts.c.language == language)
    values |= {"title": title, home.more.name: more, "of_title": None, home.of_more.name: None}
    if not db.execute(update(home.texts).where(own).values(**values)).rowcount:
        whose = {home.subject.name: home.number, "language": language, "original": False}
        db.execute(insert(home.texts).values(**whose, **values))
    remember_original(db, about)


def mark(db: Connection, about: About, language: str, **values: Any) -> None:
    """Change what is known of one translation, and none of its words."""
    home = _home(about)
    own = and_(home.subject == home.number, home.texts.c.language == language)
    db.execute(update(home.texts).where(own).values(**values))


def remove(db: Connection, about: About, language: str) -> None:
    """Take a translation away; the original stays."""
    home = _home(about)
    db.execute(
        delete(home.texts).where(
            home.subject == home.number,
            home.texts.c.language == language,
            home.texts.c.original.is_(False),
        )
    )


def remember_original(db: Connection, about: About) -> None:
    """Let every translation that was just written know what it translates."""
    home = _home(about)
    own = home.texts.alias("own")
    found = (own.c[home.subject.name] == home.number) & own.c.original
    db.execute(
        update(home.texts)
        .where(
            home.subject == home.number,
            home.texts.c.original.is_(False),
            home.texts.c.of_title.is_(None),
        )
        .values(
            {
                "of_title": select(own.c.title).where(found).scalar_subquery(),
                home.of_more.name: select(own.c[home.more.name]).where(found).scalar_subquery(),
            }
        )
    )


def copy_standing(db: Connection, source: About, target: About) -> None:
    """The same words elsewhere are as good as they were: who read them, and of what."""
    known = {one.language: one for one in written(db, source)}
    home = _home(target)
    known_original = next(one for one in known.values() if one.original)
    for one in written(db, target):
        model = known.get(one.language)
        if model is None or one.original or one.title != model.title:
            continue
        values = {
            "state": model.state,
            "source": model.source,
            "reviewed_by": model.reviewed_by,
            "reviewed_at": model.reviewed_at,
        }
        if is_stale(known_original, model):
            values["of_title"] = model.of_title
            values[home.of_more.name] = (model.of_more or "")[:LONGEST_NOTES]
        mark(db, target, one.language, **values)


def forgotten() -> Mapping[str, Any]:
    """What is known of a translation whose words were just written by hand: nothing."""
    return {
        "of_title": None,
        "state": DRAFT,
        "source": PERSON,
        "reviewed_by": "",
        "reviewed_at": None,
    }


def texts(rows: Sequence[Row[Any]], more: str) -> tuple[Texts, Texts | None]:
    """The title and, where any was written, what stands below it; as it may leave."""
    whole = next(row for row in rows if row.original)
    others = [row for row in rows if not row.original]
    titled = [(row.title, row.of_title, row) for row in others]
    titles = _texts(whole, titled, whole.title, more)
    below: str = getattr(whole, more)
    if not below:
        return titles, None
    told = [(getattr(row, more), getattr(row, f"of_{more}"), row) for row in others]
    return titles, _texts(whole, [one for one in told if one[0]], below, more)


def is_stale(original: Written, one: Written) -> bool:
    """Whether the original has changed since this was written."""
    if one.original or one.of_title is None:
        return False
    return (one.of_title, one.of_more or "") != (original.title, original.more)


def where(db: Connection, about: About) -> Where | None:
    """What it is about; None where there is no such thing."""
    if about.event_id is not None:
        query = (
            select(
                events.c.status,
                events.c.starts_at.label("over_at"),
                events.c.place,
                events.c.centre_id,
                centres.c.name,
            )
            .join(centres, centres.c.id == events.c.centre_id)
            .where(events.c.id == about.event_id)
        )
    else:
        query = (
            select(
                campaigns.c.status,
                campaigns.c.ends_on,
                campaigns.c.place,
                campaigns.c.centre_id,
                centres.c.name,
            )
            .outerjoin(centres, centres.c.id == campaigns.c.centre_id)
            .where(campaigns.c.id == about.campaign_id)
        )
    row = db.execute(query).first()
    if row is None:
        return None
    over_at = row.over_at if about.event_id is not None else None
    return Where(row.status, over_at, row.place, row.name or "", row.centre_id)


def to_come(db: Connection, now: datetime) -> tuple[About, ...]:
    """What still has words to translate: events to come, then announcements that may leave."""
    coming = db.scalars(
        select(events.c.id)
        .where(
            events.c.status == "planned", events.c.starts_at > now, events.c.campaign_id.is_(None)
        )
        .order_by(events.c.starts_at, events.c.id)
    )
    leaving = db.scalars(
        select(campaigns.c.id)
        .where(
            campaigns.c.status == "planned",
            campaigns.c.kind == "announcement",
            campaigns.c.ends_on >= now.date(),
        )
        .order_by(campaigns.c.on, campaigns.c.id)
    )
    return (*(About(event_id=one) for one in coming), *(About(campaign_id=one) for one in leaving))


def held_in(db: Connection, about: About) -> frozenset[str]:
    """The languages whose drafts do not leave from the centre that it is about."""
    home = events if about.event_id is not None else campaigns
    number = about.event_id if about.event_id is not None else about.campaign_id
    held = db.scalar(
        select(centres.c.held_drafts)
        .join(home, home.c.centre_id == centres.c.id)
        .where(home.c.id == number)
    )
    return frozenset(held or ())


# -- links to reviewers ---------------------------------------------------------------------------


def insert_review(db: Connection, about: About, values: Mapping[str, Any]) -> int:
    """Write one link; give its id."""
    whose = {"event_id": about.event_id, "campaign_id": about.campaign_id}
    return insert_row(db, text_reviews, **whose, **values)


def review(db: Connection, token_hash: bytes) -> Row[Any] | None:
    """The link with this token."""
    query = select(text_reviews).where(text_reviews.c.token_hash == token_hash)
    return db.execute(query).first()


def reviews(db: Connection, about: About) -> Sequence[Row[Any]]:
    """Every link to one event's or announcement's words, the latest first."""
    return db.execute(
        select(text_reviews, staff.c.name.label("maker"))
        .outerjoin(staff, staff.c.id == text_reviews.c.created_by)
        .where(_of(about))
        .order_by(text_reviews.c.id.desc())
    ).all()


def revoke(db: Connection, about: About, now: datetime, *, language: str) -> None:
    """Close the links to one language that nobody has answered."""
    db.execute(
        update(text_reviews)
        .where(
            _of(about),
            text_reviews.c.language == language,
            text_reviews.c.answered_at.is_(None),
            text_reviews.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def answer_review(
    db: Connection, review_id: int, now: datetime, *, verdict: str, by: str, note: str
) -> bool:
    """Note what the reviewer found; False where the link has an answer already."""
    done = db.execute(
        update(text_reviews)
        .where(text_reviews.c.id == review_id, text_reviews.c.answered_at.is_(None))
        .values(answered_at=now, verdict=verdict, by=by, note=note)
    )
    return bool(done.rowcount)


def _of(about: About) -> Any:
    if about.event_id is not None:
        return text_reviews.c.event_id == about.event_id
    return text_reviews.c.campaign_id == about.campaign_id


def _home(about: About) -> _Home:
    if about.event_id is not None:
        own = event_texts.c
        return _Home(event_texts, own.event_id, about.event_id, own.notes, own.of_notes)
    assert about.campaign_id is not None, "words are about an event or a campaign"
    other = campaign_texts.c
    return _Home(campaign_texts, other.campaign_id, about.campaign_id, other.body, other.of_body)


def _texts(
    whole: Row[Any],
    told: Sequence[tuple[str, str | None, Row[Any]]],
    text: str,
    more: str,
) -> Texts:
    doubtful = frozenset(
        row.language
        for own, of, row in told
        if of is not None and of != text and not agrees(text, own, row.language, of=whole.language)
    )
    kept = {row.language: own for own, _, row in told if row.language not in doubtful}
    unread = frozenset(
        row.language
        for _, _, row in told
        if row.language in kept and (row.state != REVIEWED or _has_changed(row, whole, more))
    )
    return Texts(whole.language, {whole.language: text, **kept}, unread, doubtful)


def _has_changed(row: Row[Any], whole: Row[Any], more: str) -> bool:
    """Whether the original is another one than this translation was made of."""
    return any(
        getattr(row, f"of_{name}") not in (None, getattr(whole, name)) for name in ("title", more)
    )
