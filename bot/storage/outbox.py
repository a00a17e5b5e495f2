"""What leaves: rows decided, claimed, sent and judged, by noun."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.messages import DeliveryState, Purpose, Say, version_of
from bot.storage import tries
from bot.storage.database import insert_of, insert_once
from bot.storage.says import dump_say
from bot.storage.tables import (
    addresses,
    contact_addresses,
    conversations,
    earlier_tries,
    outbox,
    receipts,
)

OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
CORRECTIONS = ("moved", "moved_elsewhere", "new_hour", "new_hour_elsewhere", "new_place")
"""Steps that tell of a change: of the day, of the hour, of the place alone or beside these."""

WANT_OF_TIME = ("too_late", "cap", "no_open_hours")  # refusals that another moment may lift
CHANGED = "event_changed"  # why a message for the old moment was withdrawn
URGENCY = {  # a parent who has just written never waits behind a campaign
    Purpose.REPLY: 0,
    Purpose.STAFF: 0,
    Purpose.CHANGE: 1,
    Purpose.REMINDER: 2,
    Purpose.INVITATION: 3,
    Purpose.WELCOME: 4,
    Purpose.SURVEY: 5,
}

Reaching = TypeVar("Reaching", Row[Any], "Waiting")

Homes = Mapping[int, Collection[int]]
"""The addresses of each person, by id."""


class Waiting(NamedTuple):
    """One message that is to leave: why, when, to whom, at which address, from which centre."""

    purpose: Purpose
    at: datetime
    contact_id: int | None
    address_id: int | None
    centre_id: int | None


# Built once: building a statement costs more than SQLite takes to run it.
_SET_ROW = update(outbox).where(outbox.c.id == bindparam("outbox_id"))
_TAKE = update(outbox).where(
    outbox.c.id == bindparam("outbox_id"),
    outbox.c.lease_until == bindparam("our_lease"),
    outbox.c.state.in_(OPEN),
)
_RECEIPTS = select(receipts).where(
    receipts.c.channel == bindparam("channel"), receipts.c.provider_id == bindparam("provider_id")
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
_WROTE_SINCE = (
    select(outbox.c.id)
    .where(
        outbox.c.address_id == bindparam("address_id"),
        or_(
            outbox.c.sent_at >= bindparam("since"),
            (outbox.c.purpose == Purpose.REPLY) & (outbox.c.created_at >= bindparam("since")),
        ),
    )
    .limit(1)
)

_ASKED_SINCE = (
    select(outbox.c.id)
    .where(
        outbox.c.address_id == bindparam("address_id"),
        outbox.c.sent_at > bindparam("since"),
        outbox.c.conversation_id.is_not(None),
        outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
    )
    .limit(1)
)


_BY_PROVIDER = (
    select(outbox)
    .where(
        outbox.c.channel == bindparam("channel"), outbox.c.provider_id == bindparam("provider_id")
    )
    .order_by(outbox.c.id)
    .limit(1)
)
_this_way, _other_way = contact_addresses.alias("this_way"), contact_addresses.alias("other_way")
_OWING = select(outbox.c.id, outbox.c.contact_id, outbox.c.event_id, outbox.c.campaign_id).where(
    outbox.c.contact_id.in_(bindparam("contacts", expanding=True)), outbox.c.owes_media
)

_SILENT = (
    select(outbox)
    .where(
        outbox.c.state == DeliveryState.SENT,
        outbox.c.next_attempt_at > bindparam("since"),
        outbox.c.sent_at <= bindparam("until"),
        outbox.c.channel.in_(bindparam("channels", expanding=True)),
        outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF, Purpose.WELCOME]),
        outbox.c.merged_into.is_(None),  # it goes where its carrier goes
        or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > bindparam("now")),
        exists()
        .select_from(
            _this_way.join(_other_way, _other_way.c.contact_id == _this_way.c.contact_id).join(
                addresses, addresses.c.id == _other_way.c.address_id
            )
        )
        .where(
            _this_way.c.contact_id == outbox.c.contact_id,
            _this_way.c.address_id == outbox.c.address_id,
            or_(
                _other_way.c.rank > _this_way.c.rank,
                (_other_way.c.rank == _this_way.c.rank) & (_other_way.c.id > _this_way.c.id),
            ),
            addresses.c.dead_reason.is_(None),
        ),
        ~exists().where(
            earlier_tries.c.outbox_id == outbox.c.id, earlier_tries.c.outcome.in_(tries.ELSEWHERE)
        ),
    )
    .order_by(outbox.c.sent_at, outbox.c.id)
    .limit(200)
)


_carrier = outbox.alias("carrier")
_STANDS_ALONE = or_(  # what rides along is tried with its carrier; a carrier that ended frees it
    outbox.c.merged_into.is_(None),
    ~exists().where(_carrier.c.id == outbox.c.merged_into, _carrier.c.state.in_(OPEN)),
)
_MAY_LEAVE = (
    _STANDS_ALONE,
    outbox.c.state.in_(OPEN),
    outbox.c.next_attempt_at <= bindparam("now"),
    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now")),
)
_DUE = (
    select(outbox.c.id)
    .where(*_MAY_LEAVE)
    .order_by(case(URGENCY, value=outbox.c.purpose), outbox.c.next_attempt_at, outbox.c.id)
    .limit(bindparam("most"))
)
_ROWS = select(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_LEASE = update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True)))
_STATE_OF_RIDERS = update(outbox).where(
    outbox.c.merged_into == bindparam("carrier"), outbox.c.state != DeliveryState.REFUSED
)
_BESIDE = select(outbox).where(
    outbox.c.contact_id.in_(bindparam("contact_ids", expanding=True)),
    outbox.c.purpose == Purpose.REMINDER,
    outbox.c.event_id.is_not(None),
    outbox.c.id.not_in(bindparam("but", expanding=True)),
    outbox.c.next_attempt_at <= bindparam("until"),
    outbox.c.state.in_(OPEN),
    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now")),
)
_STILL_OURS = select(func.count()).where(
    outbox.c.id.in_(bindparam("ids", expanding=True)),
    outbox.c.lease_until == bindparam("our_lease"),
    outbox.c.state.in_(OPEN),
)


def insert_one(
    db: Connection,
    *,
    key: str,
    purpose: Purpose,
    says: Sequence[Say],
    now: datetime,
    state: DeliveryState = DeliveryState.WAITING,
    **columns: Any,
) -> int:
    """Write one promise to send; give its id, also when it stood there already."""
    values = {
        "key": key,
        "purpose": purpose,
        "says": [dump_say(one) for one in says],
        "state": state,
        "due_at": now,
        "next_attempt_at": now,
        "created_at": now,
        **columns,
    }
    made = insert_once(db, outbox, values)
    if made is not None:
        return made
    return int(db.scalar(select(outbox.c.id).where(outbox.c.key == key)) or 0)


def insert_many(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many decided rows; those whose key stands there already are left alone."""
    if rows:
        db.execute(insert_of(db)(outbox).on_conflict_do_nothing(), list(rows))


def decided_keys(db: Connection, since: datetime) -> frozenset[str]:
    """The keys of all that was decided since a moment."""
    return frozenset(db.scalars(select(outbox.c.key).where(outbox.c.created_at >= since)))


def due(db: Connection, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Rows that may be tried now, answers first; rows under another worker's lease are not."""
    first = _DUE.with_for_update(skip_locked=True) if db.dialect.name == "postgresql" else _DUE
    ids = list(db.scalars(first, {"now": now, "most": limit}))
    rows = {row.id: row for row in db.execute(_ROWS, {"ids": ids})} if ids else {}
    return [rows[one] for one in ids]


def lease(db: Connection, ids: Iterable[int], until: datetime) -> None:
    """Keep other workers away from these rows until a moment."""
    db.execute(_LEASE, {"ids": list(ids), "lease_until": until})


def take(db: Connection, outbox_id: int, lease: datetime, **values: Any) -> bool:
    """Begin to send one leased row; False when it is not ours any more.

    A stop, a cancellation or another worker may have come between the lease and this moment.
    """
    ours = {"outbox_id": outbox_id, "our_lease": lease}
    done = db.execute(_TAKE, {**ours, "state": DeliveryState.SENDING, **values})
    return bool(done.rowcount)


def reminders_beside(
    db: Connection, rows: Iterable[Row[Any]], until: datetime, now: datetime
) -> Sequence[Row[Any]]:
    """The reminders of events that wait, until a moment, for the people of these rows."""
    ids = {row.id: row.contact_id for row in rows}
    among = {"contact_ids": list(set(ids.values())), "but": list(ids), "until": until, "now": now}
    return db.execute(_BESIDE, among).all()


def still_ours(db: Connection, ids: Collection[int], lease: datetime) -> bool:
    """Whether nobody has touched these rows since they were leased."""
    among = {"ids": list(ids), "our_lease": lease}
    return db.scalar(_STILL_OURS, among) == len(ids)


def set_riders(db: Connection, carrier_id: int, **values: Any) -> None:
    """Change what rides along with a row as the row itself is changed."""
    db.execute(_STATE_OF_RIDERS, {"carrier": carrier_id, **values})


def ride(
    db: Connection, outbox_id: int, carrier_id: int, until: datetime, archived: Mapping[str, Any]
) -> None:
    """Begin to send one leased row in the message of another."""
    begun = {"state": DeliveryState.SENDING, "merged_into": carrier_id, "lease_until": until}
    set_row(db, outbox_id, **begun, **archived)


def free_riders(db: Connection, carrier_id: int) -> None:
    """What rode along with a row stands for itself again."""
    freed = {"merged_into": None, "state": DeliveryState.WAITING, "lease_until": None}
    db.execute(_STATE_OF_RIDERS.where(outbox.c.state.in_(OPEN)), {"carrier": carrier_id, **freed})


def carries(db: Connection, outbox_id: int) -> bool:
    """Whether a message speaks of other rows too."""
    rider = select(outbox.c.id).where(outbox.c.merged_into == outbox_id).limit(1)
    return db.scalar(rider) is not None


def set_row(db: Connection, outbox_id: int, **values: Any) -> None:
    """Change one row."""
    db.execute(_SET_ROW, {"outbox_id": outbox_id, **values})


def set_later(db: Connection, outbox_id: int, at: datetime, reason: str) -> None:
    """Hold one row until a moment, saying why."""
    set_row(db, outbox_id, next_attempt_at=at, reason=reason, lease_until=None)


def set_refused(db: Connection, outbox_id: int, reason: str) -> None:
    """This row will never leave; the reason is a code."""
    set_row(db, outbox_id, state=DeliveryState.REFUSED, reason=reason, lease_until=None)


def withdraw(db: Connection, event_id: int) -> int:
    """Refuse everything that still waits about a cancelled event; give how many."""
    done = db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.WAITING)
        .values(state=DeliveryState.REFUSED, reason="event_cancelled", lease_until=None)
    )
    return done.rowcount


def withdraw_campaign(db: Connection, campaign_id: int) -> int:
    """Refuse everything that still waits of a cancelled campaign; give how many."""
    done = db.execute(
        update(outbox)
        .where(
            outbox.c.campaign_id == campaign_id,
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
        )
        .values(state=DeliveryState.REFUSED, reason="campaign_cancelled", lease_until=None)
    )
    return done.rowcount


def withdraw_changed(db: Connection, event_id: int, version: int, now: datetime) -> int:
    """Refuse what still waits for a moment that was this version's; give how many.

    The key of an invitation, or of a question after the event, holds no version: it is set free, so
    that it can be planned anew; also of one that was refused for want of time, as there is time
    now. What may be on its way is not tried again.
    """
    planned = outbox.c.purpose.in_([Purpose.INVITATION, Purpose.REMINDER, Purpose.SURVEY])
    dated = or_(planned, outbox.c.step.in_(CORRECTIONS))
    of_no_version = outbox.c.purpose.in_([Purpose.INVITATION, Purpose.SURVEY])
    freed = outbox.c.key + f":before-{version + 1}"
    done = db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.WAITING, dated)
        .values(
            key=case((of_no_version, freed), else_=outbox.c.key),
            state=DeliveryState.REFUSED,
            reason=CHANGED,
            lease_until=None,
        )
    )
    db.execute(
        update(outbox)
        .where(
            outbox.c.event_id == event_id,
            outbox.c.state == DeliveryState.REFUSED,
            outbox.c.reason.in_(WANT_OF_TIME),
            of_no_version,
            ~outbox.c.key.contains(":before-"),
        )
        .values(key=freed)
    )
    db.execute(
        update(outbox)
        .where(outbox.c.event_id == event_id, outbox.c.state == DeliveryState.SENDING, dated)
        .values(expires_at=now)
    )
    return done.rowcount


def unheard(db: Connection, event_id: int) -> dict[int, int]:
    """The families whose last news of a change was withdrawn, and the version they know of."""
    rows = db.execute(
        select(outbox.c.family_id, outbox.c.key, outbox.c.state, outbox.c.reason)
        .where(outbox.c.event_id == event_id, outbox.c.step.in_(CORRECTIONS))
        .order_by(outbox.c.id.desc())
    )
    known: dict[int, int] = {}
    heard: set[int] = set()
    for family_id, key, state, reason in rows:
        if state != DeliveryState.REFUSED or reason not in (CHANGED, "event_cancelled"):
            heard.add(family_id)
        elif family_id not in heard:
            known[family_id] = version_of(key) - 1
    return known


def decided_about(db: Connection, event_id: int, keys: Iterable[str]) -> Sequence[Row[Any]]:
    """The rows of an event with these keys, the first decided in front."""
    query = select(outbox).where(outbox.c.event_id == event_id, outbox.c.key.in_(list(keys)))
    return db.execute(query.order_by(outbox.c.id)).all()


def withdraw_stopped(db: Connection, contact_ids: Iterable[int]) -> int:
    """Refuse everything that still waits for people who stopped, their confirmation excepted."""
    done = db.execute(
        update(outbox)
        .where(
            outbox.c.contact_id.in_(list(contact_ids)),
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.step != "stopped",
        )
        .values(state=DeliveryState.REFUSED, reason="stopped", lease_until=None)
    )
    return done.rowcount


def withdraw_forbidden(db: Connection, contact_id: int) -> int:
    """Refuse everything that still waits for someone who may not be written to; give how many.

    The keys are set free, so that what is for the family is planned anew for another guardian.
    """
    done = db.execute(
        update(outbox)
        .where(outbox.c.contact_id == contact_id, outbox.c.state == DeliveryState.WAITING)
        .values(
            key=outbox.c.key + ":forbidden-" + cast(outbox.c.id, String),
            state=DeliveryState.REFUSED,
            reason="do_not_contact",
            lease_until=None,
        )
    )
    return done.rowcount


def release(db: Connection, ids: Iterable[int], lease: datetime) -> None:
    """Give rows of a lease back untouched."""
    ours = outbox.c.id.in_(list(ids)), outbox.c.lease_until == lease
    db.execute(update(outbox).where(*ours).values(lease_until=None))


def row(db: Connection, outbox_id: int) -> Row[Any] | None:
    """One row as it stands now."""
    return db.execute(_ROWS, {"ids": [outbox_id]}).first()


def by_provider_id(db: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The row that a provider's id belongs to; an edit keeps the id of what it replaces."""
    return db.execute(_BY_PROVIDER, {"channel": channel, "provider_id": provider_id}).first()


def tried_as(db: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The row that a provider's id belongs to or once did, before another try was made."""
    found = by_provider_id(db, channel, provider_id)
    if found is None:
        earlier = tries.by_provider_id(db, channel, provider_id)
        return row(db, earlier.outbox_id) if earlier is not None else None
    return found


def silent(
    db: Connection,
    channels: Collection[str],
    sent_between: tuple[datetime, datetime],
    now: datetime,
) -> Sequence[Row[Any]]:
    """What left between two moments, of which no provider has said that it arrived.

    Only what is still of use, may go by another way, and has not gone by another way yet.
    """
    since, until = sent_between
    return db.execute(
        _SILENT, {"channels": list(channels), "since": since, "until": until, "now": now}
    ).all()


def owing_media(db: Connection, contact_ids: Collection[int]) -> Sequence[Row[Any]]:
    """What left for these people without its voice note or picture: id, contact and subject."""
    return db.execute(_OWING, {"contacts": list(contact_ids)}).all()


def record_receipt(
    db: Connection, channel: str, provider_id: str, state: str, error_code: str, now: datetime
) -> bool:
    """Keep one word of a provider; False when it was known already."""
    done = db.execute(
        insert_of(db)(receipts)
        .values(
            channel=channel,
            provider_id=provider_id,
            state=state,
            error_code=error_code,
            at=now,
        )
        .on_conflict_do_nothing()
    )
    return bool(done.rowcount)


def receipts_of(db: Connection, channel: str, provider_id: str) -> Sequence[Row[Any]]:
    """Every word of a provider on one message."""
    return db.execute(_RECEIPTS, {"channel": channel, "provider_id": provider_id}).all()


def sent_days(
    db: Connection, homes: Homes, since: datetime, *, but: Iterable[int] = ()
) -> dict[int, list[datetime]]:
    """When automatic messages left for each person since a moment; answers to them not counted.

    `homes`: the addresses of each person; a message to anyone at one of them counts, for a shared
    phone is one person's attention. What may have left counts too, except the rows in `but`: those
    are about to be tried again.
    """
    left = func.coalesce(outbox.c.sent_at, outbox.c.lease_until, outbox.c.next_attempt_at)
    rows = db.execute(
        select(outbox.c.contact_id, outbox.c.address_id, left.label("at")).where(
            _reaches(homes),
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
            outbox.c.merged_into.is_(None),  # it disturbed nobody: its carrier did
            or_(outbox.c.sent_at >= since, outbox.c.state == DeliveryState.SENDING),
            outbox.c.id.not_in(list(but)),
        )
    ).all()
    days: dict[int, list[datetime]] = {}
    for contact_id, row in by_person(homes, rows):
        days.setdefault(contact_id, []).append(row.at)
    return days


def waiting_for(
    db: Connection, homes: Homes, now: datetime, *, but: Iterable[int] = ()
) -> dict[int, list[Waiting]]:
    """What is to leave for each person, and when; counted as in `sent_days`."""
    rows = db.execute(
        select(
            outbox.c.contact_id,
            outbox.c.address_id,
            outbox.c.centre_id,
            outbox.c.purpose,
            outbox.c.next_attempt_at.label("at"),
        ).where(
            _reaches(homes),
            outbox.c.purpose.not_in([Purpose.REPLY, Purpose.STAFF]),
            outbox.c.state == DeliveryState.WAITING,
            outbox.c.sent_at.is_(None),  # what leaves by another way has been counted
            or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            outbox.c.id.not_in(list(but)),
        )
    ).all()
    found: dict[int, list[Waiting]] = {}
    for contact_id, row in by_person(homes, rows):
        purpose, at = Purpose(row.purpose), max(row.at, now)
        one = Waiting(purpose, at, row.contact_id, row.address_id, row.centre_id)
        found.setdefault(contact_id, []).append(one)
    return found


def _reaches(homes: Homes) -> ColumnElement[bool]:
    """The rows for these people, or for anyone at an address of theirs."""
    shared = {one for addresses in homes.values() for one in addresses}
    return or_(outbox.c.contact_id.in_(list(homes)), outbox.c.address_id.in_(list(shared)))


def by_person(homes: Homes, rows: Iterable[Reaching]) -> Iterator[tuple[int, Reaching]]:
    """Each row, of the outbox or of what is to stand there, with everyone whom it reaches."""
    at: dict[int, list[int]] = {}
    for contact_id, theirs in homes.items():
        for one in theirs:
            at.setdefault(one, []).append(contact_id)
    for row in rows:
        reached = dict.fromkeys(at.get(row.address_id or 0, ()))
        if row.contact_id is not None and row.contact_id in homes:
            reached[row.contact_id] = None
        for contact_id in reached:
            yield contact_id, row


def wrote_since(db: Connection, address_id: int, since: datetime) -> bool:
    """Whether something of ours reached an address since a moment, or an answer is on its way."""
    return db.scalar(_WROTE_SINCE, {"address_id": address_id, "since": since}) is not None


def asked_since(db: Connection, address_id: int, since: datetime) -> bool:
    """Whether outreach has put a question to an address since a moment."""
    return db.scalar(_ASKED_SINCE, {"address_id": address_id, "since": since}) is not None


def segments_since(db: Connection, centre_id: int, since: datetime) -> int:
    """SMS segments that a centre has used since a moment."""
    used = select(func.coalesce(func.sum(outbox.c.segments), 0)).where(
        outbox.c.centre_id == centre_id, outbox.c.channel == "sms", outbox.c.sent_at >= since
    )
    earlier = tries.segments_since(db, [centre_id], since).get(centre_id, 0)
    return int(db.scalar(used) or 0) + earlier


def awaken(db: Connection, conversation_id: int, decided_at: datetime) -> None:
    """Its question has reached the parent: from now on an answer can be for it.

    A question that was answered once waits again when it is asked again, unless the parent has
    answered since it was decided. What stood open about nothing (a welcome, a menu) no longer
    waits, nor does the optional question why they do not come: the newest question counts.
    """
    db.execute(_SET_ASIDE, {"awoken": conversation_id, "awaiting": False})
    moved = {"awoken": conversation_id, "decided_at": decided_at}
    db.execute(_AWAKEN, {**moved, "awaiting": True})


def awaken_held(db: Connection, reason: str, now: datetime) -> None:
    """What waits for this reason is looked at again at once."""
    db.execute(
        update(outbox)
        .where(outbox.c.state == DeliveryState.WAITING, outbox.c.reason == reason)
        .values(next_attempt_at=now)
    )


def next_due_at(db: Connection) -> datetime | None:
    """When the next row may be tried."""
    query = select(func.min(outbox.c.next_attempt_at)).where(
        outbox.c.state.in_(OPEN), _STANDS_ALONE
    )
    at: datetime | None = db.scalar(query)
    return at


def stuck(db: Connection, now: datetime, longer_than: timedelta) -> int:
    """How many rows should have left and did not."""
    count = select(func.count()).where(
        outbox.c.state.in_(OPEN), outbox.c.next_attempt_at <= now - longer_than
    )
    return int(db.scalar(count) or 0)


def hold(db: Connection, ids: Iterable[int], lease: datetime, until: datetime, reason: str) -> None:
    """Give rows of a lease back, not to be tried before a moment."""
    ours = outbox.c.id.in_(list(ids)), outbox.c.lease_until == lease
    held = {"next_attempt_at": until, "reason": reason, "lease_until": None}
    db.execute(update(outbox).where(*ours).values(**held))


def release_all(db: Connection) -> None:
    """Give every leased row back: their worker is gone."""
    db.execute(update(outbox).where(outbox.c.lease_until.is_not(None)).values(lease_until=None))
