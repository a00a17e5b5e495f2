"""What left without a provider's word that it arrived, by noun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select

from bot.messages import DeliveryState, Purpose
from bot.storage.tables import addresses, contact_addresses, earlier_tries, outbox, tasks
from bot.storage.tasks import UNREACHABLE
from bot.storage.tries import ELSEWHERE
from bot.unheard import A_DAY, MOST_AHEAD, PART

ARRIVED = (DeliveryState.DELIVERED, DeliveryState.READ)
NOT_CARRIED = (Purpose.REPLY, Purpose.STAFF, Purpose.WELCOME)
PAGE = 200
LONG = timedelta(days=30)  # nothing that waits to be tried again left before that

# Built once: building a statement costs more than SQLite takes to run it.
_this_way, _other_way = contact_addresses.alias("this_way"), contact_addresses.alias("other_way")
_OTHER_WAY = (
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
            and_(_other_way.c.rank == _this_way.c.rank, _other_way.c.id > _this_way.c.id),
        ),
        addresses.c.dead_reason.is_(None),
    )
)
_WENT_ON = exists().where(  # from where it stands, another way was tried and is closed to it
    earlier_tries.c.outbox_id == outbox.c.id,
    earlier_tries.c.address_id == outbox.c.address_id,
    earlier_tries.c.outcome.in_(ELSEWHERE),
)
_WAITED = or_(
    outbox.c.sent_at <= bindparam("until"),
    and_(outbox.c.purpose.in_(list(PART)), outbox.c.expires_at <= bindparam("soon")),
)
_LATELY = and_(
    outbox.c.state.in_((DeliveryState.SENT, DeliveryState.WAITING)),
    outbox.c.next_attempt_at > bindparam("since"),
    outbox.c.channel.in_(bindparam("channels", expanding=True)),
    outbox.c.purpose.not_in(NOT_CARRIED),
    outbox.c.merged_into.is_(None),  # it goes where its carrier goes
    or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > bindparam("now")),
    or_(
        outbox.c.sent_at > bindparam("after_sent"),
        and_(outbox.c.sent_at == bindparam("after_sent"), outbox.c.id > bindparam("after_id")),
    ),
)
_beside, _standing = outbox.alias("beside"), tasks.alias("standing")
_HEARD_AT_HOME = exists().where(  # somebody of the same household got the same message
    _beside.c.family_id == outbox.c.family_id,
    _beside.c.step == outbox.c.step,
    _beside.c.due_at >= outbox.c.due_at,
    _beside.c.state.in_(ARRIVED),
    or_(
        _beside.c.event_id == outbox.c.event_id,
        _beside.c.campaign_id == outbox.c.campaign_id,
    ),
)
_A_TASK_STANDS = exists().where(
    _standing.c.family_id == outbox.c.family_id,
    _standing.c.reason == UNREACHABLE,
    _standing.c.closed_at.is_(None),
    or_(
        outbox.c.purpose == Purpose.INVITATION,
        _standing.c.event_id == outbox.c.event_id,
        and_(_standing.c.event_id.is_(None), outbox.c.event_id.is_(None)),
    ),
)
_WANTS_A_PERSON = and_(
    outbox.c.channel.in_(bindparam("trusted", expanding=True)),
    or_(outbox.c.state == DeliveryState.SENT, ~_WENT_ON),  # else it leaves by the next way first
    or_(
        and_(
            outbox.c.purpose.in_(list(PART)),
            _WAITED,
            or_(
                outbox.c.expires_at <= bindparam("tomorrow"),
                outbox.c.sent_at <= bindparam("yesterday"),
            ),
        ),
        and_(outbox.c.purpose == Purpose.INVITATION, outbox.c.sent_at <= bindparam("yesterday")),
    ),
    ~exists().where(tasks.c.outbox_id == outbox.c.id),  # once, whatever became of it
    ~_HEARD_AT_HOME,
    ~_A_TASK_STANDS,
)
_SILENT = (
    select(outbox, _WENT_ON.label("went_on"), _WANTS_A_PERSON.label("untold"))
    .where(
        _LATELY,
        or_(
            and_(outbox.c.state == DeliveryState.SENT, _WAITED, _OTHER_WAY, ~_WENT_ON),
            _WANTS_A_PERSON,
        ),
    )
    .order_by(outbox.c.sent_at, outbox.c.id)
    .limit(PAGE)
)
_HEARD = (
    select(
        outbox.c.channel,
        func.count().filter(outbox.c.state == DeliveryState.SENT).label("silent"),
        func.count().filter(outbox.c.state.in_(ARRIVED)).label("heard"),
    )
    .where(
        outbox.c.state.in_((DeliveryState.SENT, *ARRIVED)),
        outbox.c.next_attempt_at > bindparam("since"),
        outbox.c.sent_at <= bindparam("until"),
        outbox.c.channel.in_(bindparam("channels", expanding=True)),
    )
    .group_by(outbox.c.channel)
)

_UNSAID = select(
    exists().where(
        outbox.c.contact_id == bindparam("contact_id"),
        outbox.c.id != bindparam("but"),
        outbox.c.purpose.not_in(NOT_CARRIED),
        outbox.c.expires_at > bindparam("now"),
        or_(
            outbox.c.state == DeliveryState.FAILED,
            and_(
                outbox.c.state == DeliveryState.REFUSED,
                outbox.c.reason.in_(bindparam("reasons", expanding=True)),
            ),
        ),
    )
)


class Cursor(NamedTuple):
    """The last row that was looked at."""

    sent_at: datetime
    id: int


def silent(
    db: Connection,
    channels: Collection[str],
    trusted: Collection[str],
    since: datetime,
    patience: timedelta,
    now: datetime,
    after: Cursor | None = None,
) -> Sequence[Row[Any]]:
    """A page of what left by these channels and may be due for another way, or for a person.

    Only what is still of use; behind `after`, the eldest first. A person is wanted only for what
    left by a `trusted` channel. `went_on`: another way was tried in vain from where it stands;
    `untold`: nobody has been told, or knows otherwise, and it may be time.
    """
    moments = {
        "since": since,
        "now": now,
        "until": now - patience,
        "soon": now + MOST_AHEAD * patience,
        "tomorrow": now + A_DAY,
        "yesterday": now - A_DAY,
    }
    sent_at, outbox_id = after or Cursor(since - LONG, 0)
    behind = {"after_sent": sent_at, "after_id": outbox_id}
    among = {"channels": list(channels), "trusted": list(trusted)}
    return db.execute(_SILENT, among | moments | behind).all()


def silent_and_heard(
    db: Connection, channels: Collection[str], since: datetime, until: datetime
) -> dict[str, tuple[int, int]]:
    """Of what left by each channel between two moments: what has no word yet, what has arrived."""
    among = {"channels": list(channels), "since": since, "until": until}
    return {row.channel: (row.silent, row.heard) for row in db.execute(_HEARD, among)}


def unsaid_to(db: Connection, row: Row[Any], reasons: Collection[str], now: datetime) -> bool:
    """Whether something else that is still of use could not be said to the same person.

    It has failed, or was refused for one of these reasons.
    """
    among = {"contact_id": row.contact_id, "but": row.id, "reasons": list(reasons), "now": now}
    return bool(db.scalar(_UNSAID, among))
