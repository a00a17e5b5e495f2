"""Conversations and the answers given in them, by noun."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, exists, insert, or_, select, update

from bot.messages import About, DeliveryState
from bot.storage.database import insert_row
from bot.storage.tables import answers, contacts, conversations, earlier_tries, events, outbox

SURVEY_STAYS = timedelta(days=8)
MENU_STAYS = timedelta(minutes=15)  # before the eyes of whoever asked for it on a page
REASON = "barrier"  # the flow of the optional question why a family does not come
LETTERS = ("", *"BCDEFGHJKLMNPRSTUVWXYZ")  # the first conversation needs none; no I, O or Q


class Talk(NamedTuple):
    """What makes a conversation one: where, with whom, in which flow, about what."""

    address_id: int
    contact_id: int
    flow: str
    about: About


@dataclass(frozen=True, slots=True)
class Standing:
    """The conversations of some addresses that are not closed, and the letters that they use."""

    talks: Mapping[Talk, int]
    letters: Mapping[int, Collection[str]]


# Built once: building a statement costs more than SQLite takes to run it.
_OPEN_AT = (
    select(conversations)
    .where(
        or_(
            conversations.c.address_id == bindparam("address_id"),
            conversations.c.id.in_(  # asked here first, then by another way
                select(outbox.c.conversation_id)
                .join(earlier_tries, earlier_tries.c.outbox_id == outbox.c.id)
                .where(
                    earlier_tries.c.address_id == bindparam("address_id"),
                    earlier_tries.c.provider_id.is_not(None),
                    outbox.c.conversation_id.is_not(None),
                )
            ),
        ),
        conversations.c.closed_at.is_(None),
        or_(
            conversations.c.turn > 0,
            conversations.c.awaiting,
            exists().where(
                outbox.c.conversation_id == conversations.c.id,
                or_(outbox.c.sent_at.is_not(None), outbox.c.state == DeliveryState.SENDING),
            ),
        ),
    )
    .order_by(conversations.c.id)
)
_ABOUT = select(conversations).where(
    conversations.c.address_id == bindparam("address_id"),
    conversations.c.contact_id == bindparam("contact_id"),
    conversations.c.flow == bindparam("flow"),
    conversations.c.event_id.is_not_distinct_from(bindparam("event_id")),
    conversations.c.campaign_id.is_not_distinct_from(bindparam("campaign_id")),
    conversations.c.closed_at.is_(None),
)
_STANDING = (
    select(
        conversations.c.id,
        conversations.c.address_id,
        conversations.c.contact_id,
        conversations.c.flow,
        conversations.c.event_id,
        conversations.c.campaign_id,
        conversations.c.letter,
    )
    .where(
        conversations.c.address_id.in_(bindparam("address_ids", expanding=True)),
        conversations.c.closed_at.is_(None),
    )
    .order_by(conversations.c.id)
)
_OF_FAMILY = conversations.c.contact_id.in_(
    select(contacts.c.id).where(contacts.c.family_id == bindparam("of_family"))
)
_WHY = (
    _OF_FAMILY,
    conversations.c.flow == REASON,
    conversations.c.event_id == bindparam("about_event"),
)
_ASKED_WHY = (
    select(conversations.c.event_id, contacts.c.family_id)
    .join(contacts, contacts.c.id == conversations.c.contact_id)
    .where(
        conversations.c.flow == REASON,
        conversations.c.event_id.in_(bindparam("event_ids", expanding=True)),
        contacts.c.family_id.in_(bindparam("family_ids", expanding=True)),
    )
)
_CLOSE_REASONS = (
    update(conversations).where(*_WHY, conversations.c.closed_at.is_(None)).values(awaiting=False)
)
_BESIDE = conversations.alias()
_REASON_BESIDE = (
    select(conversations)
    .join(
        _BESIDE,
        (_BESIDE.c.address_id == conversations.c.address_id)
        & (_BESIDE.c.contact_id == conversations.c.contact_id)
        & _BESIDE.c.event_id.is_not_distinct_from(conversations.c.event_id)
        & _BESIDE.c.campaign_id.is_not_distinct_from(conversations.c.campaign_id),
    )
    .where(
        _BESIDE.c.id == bindparam("conversation_id"),
        conversations.c.flow == REASON,
        conversations.c.awaiting,
        conversations.c.closed_at.is_(None),
    )
)
_carrier, _rider = outbox.alias("carrier"), outbox.alias("rider")
_TOLD_BESIDE = (
    select(conversations)
    .where(
        conversations.c.closed_at.is_(None),
        conversations.c.id.in_(
            select(_rider.c.conversation_id)
            .join(_carrier, _carrier.c.id == _rider.c.merged_into)
            .where(
                _carrier.c.conversation_id == bindparam("conversation_id"),
                _rider.c.sent_at.is_not(None),
            )
        ),
    )
    .order_by(conversations.c.id)
)
_ASKING_BACK = (
    select(conversations)
    .where(
        conversations.c.address_id == bindparam("address_id"),
        conversations.c.contact_id == bindparam("contact_id"),
        or_(
            conversations.c.flow == "which",
            (conversations.c.flow == "preferences")
            & (conversations.c.last_turn_at > bindparam("since")),
        ),
        conversations.c.awaiting,
        conversations.c.closed_at.is_(None),
    )
    .order_by(conversations.c.last_turn_at.desc(), conversations.c.id.desc())
    .limit(1)
)
_LETTERS = select(conversations.c.id, conversations.c.letter).where(
    conversations.c.id.in_(bindparam("ids", expanding=True)),
    exists().where(
        _BESIDE.c.address_id == conversations.c.address_id,
        _BESIDE.c.id != conversations.c.id,
        or_(_BESIDE.c.event_id.is_not(None), _BESIDE.c.campaign_id.is_not(None)),
        _BESIDE.c.flow != REASON,  # what is newly asked silences it, see awaken
        _BESIDE.c.awaiting,
        _BESIDE.c.closed_at.is_(None),
    ),
)
_MOVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(turn=conversations.c.turn + 1)
)
_awoken = conversations.alias("awoken")
_SET_ASIDE = update(conversations).where(
    conversations.c.address_id
    == select(_awoken.c.address_id).where(_awoken.c.id == bindparam("awoken")).scalar_subquery(),
    conversations.c.id != bindparam("awoken"),
    or_(
        conversations.c.event_id.is_(None) & conversations.c.campaign_id.is_(None),
        conversations.c.flow == "barrier",
    ),
    conversations.c.awaiting,
)
_AWAKEN = update(conversations).where(
    conversations.c.id == bindparam("awoken"),
    or_(conversations.c.turn == 0, conversations.c.last_turn_at < bindparam("decided_at")),
    conversations.c.closed_at.is_(None),
)


def open_at(db: Connection, address_id: int) -> Sequence[Row[Any]]:
    """An address's conversations that can still take an answer.

    What was planned and has not left yet cannot: nobody answers a question that they did not get.
    """
    return db.execute(_OPEN_AT, {"address_id": address_id}).all()


def conversation(db: Connection, conversation_id: int) -> Row[Any] | None:
    """One conversation's row."""
    return db.execute(select(conversations).where(conversations.c.id == conversation_id)).first()


def about(
    db: Connection, address_id: int, contact_id: int, flow: str, subject: About
) -> Row[Any] | None:
    """The open conversation of this address in this flow about this."""
    talk = {"address_id": address_id, "contact_id": contact_id, "flow": flow}
    return db.execute(_ABOUT, {**talk, **subject._asdict()}).first()


def standing(db: Connection, address_ids: Iterable[int]) -> Standing:
    """What stands open at several addresses, planned or asked."""
    talks: dict[Talk, int] = {}
    letters: dict[int, set[str]] = {}
    for row in db.execute(_STANDING, {"address_ids": list(address_ids)}):
        subject = About(row.event_id, row.campaign_id)
        talks.setdefault(Talk(row.address_id, row.contact_id, row.flow, subject), row.id)
        letters.setdefault(row.address_id, set()).add(row.letter)
    return Standing(talks, letters)


def asked_why(
    db: Connection, event_ids: Iterable[int], family_ids: Iterable[int]
) -> frozenset[tuple[int, int]]:
    """The families among these that were asked, on any phone, why they do not come, by event."""
    among = {"event_ids": list(event_ids), "family_ids": list(family_ids)}
    return frozenset((row.event_id, row.family_id) for row in db.execute(_ASKED_WHY, among))


def reason_beside(db: Connection, conversation_id: int) -> Row[Any] | None:
    """The open question why, at the same address, about the event of another conversation."""
    return db.execute(_REASON_BESIDE, {"conversation_id": conversation_id}).first()


def told_beside(db: Connection, conversation_id: int) -> Sequence[Row[Any]]:
    """The open conversations of which a message of this one has spoken too, the oldest first."""
    return db.execute(_TOLD_BESIDE, {"conversation_id": conversation_id}).all()


def asking_back(db: Connection, address_id: int, contact_id: int, now: datetime) -> Row[Any] | None:
    """What we asked this person back in answer to their words, about no event.

    Which of several an answer was for; or what they would like, as long as they still look at it.
    """
    who = {"address_id": address_id, "contact_id": contact_id}
    return db.execute(_ASKING_BACK, {**who, "since": now - MENU_STAYS}).first()


def close_reasons(db: Connection, event_id: int, family_id: int, now: datetime) -> None:
    """The family comes, or may: nobody is asked any more why it does not."""
    subject = {"about_event": event_id, "of_family": family_id}
    db.execute(_CLOSE_REASONS, {**subject, "closed_at": now})


def free_letter(db: Connection, address_id: int) -> str:
    """The first letter that no open conversation of this address uses.

    A menu shows it only while another question waits there too.
    """
    used = set(
        db.scalars(
            select(conversations.c.letter).where(
                conversations.c.address_id == address_id, conversations.c.closed_at.is_(None)
            )
        )
    )
    return letter_beside(used)


def name_letters(db: Connection, conversation_ids: Iterable[int]) -> dict[int, str]:
    """The letters of these conversations of one address; one that has none yet gets one for good.

    The first conversation of an address needs none, until it is asked about beside others.
    """
    mine = list(conversation_ids)
    home = select(conversations.c.address_id).where(conversations.c.id.in_(mine))
    rows = db.execute(
        select(conversations.c.id, conversations.c.letter).where(
            conversations.c.address_id.in_(home), conversations.c.closed_at.is_(None)
        )
    )
    letters = {row.id: row.letter for row in rows}
    for one in mine:
        if letters.get(one) == "":
            used = set(letters.values())
            letters[one] = next((sign for sign in ("A", *LETTERS[1:]) if sign not in used), "")
            named = update(conversations).where(conversations.c.id == one)
            db.execute(named.values(letter=letters[one]))
    return {one: letters.get(one, "") for one in mine}


def letter_beside(used: Collection[str]) -> str:
    """The first letter that is not used yet; none where all are."""
    return next((letter for letter in LETTERS if letter not in used), "")


def letters(db: Connection, conversation_ids: Iterable[int]) -> dict[int, str]:
    """The letters of those among several conversations beside which another question waits."""
    rows = db.execute(_LETTERS, {"ids": list(conversation_ids)})
    return {row.id: row.letter for row in rows}


def readdress(db: Connection, conversation_id: int, address_id: int) -> None:
    """Its next message leaves elsewhere: answers will come from there."""
    db.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(address_id=address_id)
    )


def insert_conversation(db: Connection, **values: Any) -> int:
    """Open a conversation; give its id."""
    return insert_row(db, conversations, **values)


def insert_conversations(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Open several conversations; `standing` then gives their ids."""
    if rows:
        db.execute(insert(conversations), list(rows))


def awaken(db: Connection, conversation_id: int, decided_at: datetime) -> None:
    """Its question has reached the parent: from now on an answer can be for it.

    A question that was answered once waits again when it is asked again, unless the parent has
    answered since it was decided. What stood open about nothing (a welcome, a menu) no longer
    waits, nor does the optional question why they do not come: the newest question counts.
    """
    db.execute(_SET_ASIDE, {"awoken": conversation_id, "awaiting": False})
    moved = {"awoken": conversation_id, "decided_at": decided_at}
    db.execute(_AWAKEN, {**moved, "awaiting": True})


def move(
    db: Connection, conversation_id: int, state: Any | None, *, awaiting: bool, now: datetime
) -> None:
    """Write a conversation's next state; None closes it."""
    values: dict[str, Any] = {"awaiting": awaiting, "last_turn_at": now}
    values |= {"closed_at": now} if state is None else {"state": state}
    db.execute(_MOVE, {"conversation_id": conversation_id, **values})


def set_state(db: Connection, conversation_id: int, state: Any) -> None:
    """Put a conversation where a message that leaves now puts it; nobody has taken a turn."""
    db.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(state=state)
    )


def close_events_over(db: Connection, now: datetime) -> int:
    """Close what was about events that have started: an answer would change nothing.

    Questions asked after an event stay open for SURVEY_STAYS; later they would only be mistaken for
    what a parent's next words are about.
    """
    over = select(events.c.id).where(events.c.starts_at <= now)
    long_over = select(events.c.id).where(events.c.starts_at <= now - SURVEY_STAYS)
    done = db.execute(
        update(conversations)
        .where(
            conversations.c.closed_at.is_(None),
            or_(
                conversations.c.flow.in_(["rsvp", "offer"]) & conversations.c.event_id.in_(over),
                conversations.c.flow.in_(["survey", REASON])
                & conversations.c.event_id.in_(long_over),
            ),
        )
        .values(closed_at=now, awaiting=False)
    )
    return done.rowcount


def insert_answer(db: Connection, **values: Any) -> None:
    """Keep one survey answer; earlier answers to the same question stay."""
    db.execute(insert(answers).values(**values))


def has_answers(db: Connection, conversation_id: int) -> bool:
    """Whether anything was answered in a conversation that keeps its answers."""
    query = select(answers.c.id).where(answers.c.conversation_id == conversation_id).limit(1)
    return db.scalar(query) is not None
