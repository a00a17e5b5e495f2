"""Changing a gathering: what becomes of what was planned, and who is told. One transaction each.

    title, notes, translations, seats     change quietly
    day, hour, place                      version + 1; what waits is planned anew; who knows is told

A preview makes the change, looks at what it did, and takes it back: it shows what will happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row

from bot.composing import Way, compose
from bot.errors import Rejected
from bot.events import (
    Wording,
    cancel_event,
    check_place,
    check_wordings,
    first_of,
    heard_of,
)
from bot.flows.base import Moment
from bot.gate import Hours
from bot.messages import ChannelName, DeliveryState, Purpose, key_of
from bot.outreach import Enqueued, both_guardians, enqueue
from bot.plans import Condition, Intent, PlannedStep, due_at, leaves_at
from bot.reach import Facts, Reach, hours_of, load_facts
from bot.storage import events as stored
from bot.storage import offers
from bot.storage.says import load_say
from bot.storage.withdrawals import CORRECTIONS, decided_about, withdraw_changed
from bot.translation import day, hour, readable
from bot.wallclock import at_wall_clock

STAFF_LANGUAGE = "fr"
SHOWN_LINK = "https://..."  # where the private link will stand


class Keep(Enum):
    """Says of a number of places that it stays; None takes the limit away."""

    SEATS = "seats"


@dataclass(frozen=True, slots=True)
class Changes:
    """What shall be different; None leaves a thing as it is.

    `wordings` by language; None takes a translation away. `fewer_seats` confirms a number of places
    below what families hold. `version`: the one that was looked at; None: whichever stands.
    """

    on: date | None = None
    at: time | None = None
    place: str | None = None
    wordings: Mapping[str, Wording | None] = field(default_factory=dict)
    seats: int | Keep | None = Keep.SEATS
    fewer_seats: bool = False
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: the version that stands now, families told, families to be called."""

    version: int
    told: int
    unreached: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing before and after, in French. `language`: of a text."""

    field: str
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message as some families will read it; `french` is the same for staff."""

    step: str
    channel: str
    language: str
    text: str
    french: str
    families: int
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One planned step: when it was to leave and when it is; None: it does not leave."""

    step: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change, or a cancellation, will do. Families by id, save in `notices`.

    `declined`, `uninvited` and `aware` are not told: they do not come, hear of it with their
    invitation, or know nothing else than what holds again. `unreached`: by reason code.
    """

    version: int
    differences: tuple[Difference, ...]
    notices: tuple[Notice, ...]
    unreached: Mapping[int, str]
    declined: frozenset[int]
    uninvited: frozenset[int]
    aware: frozenset[int]
    moves: tuple[Move, ...]
    held: int
    seats: int | None

    @property
    def told(self) -> int:
        """How many families get a message."""
        return sum(one.families for one in self.notices)

    @property
    def too_few_seats(self) -> bool:
        """Whether more places are held than there will be."""
        return self.seats is not None and self.seats < self.held


def change_event(
    db: Connection, reach: Reach, event_id: int, changed: Changes, now: datetime
) -> Changed:
    """Change an event; who knows of it and has not declined is told of another day, hour or place.

    Raises Rejected, in French, for what cannot be: an event that is over or cancelled, a moment
    that has passed, too few places, nothing to change.
    """
    event = _changeable(db, event_id, now)
    seats = event.seats if isinstance(changed.seats, Keep) else changed.seats
    before = Moment(event.on, event.at, event.place)
    after = _after(before, changed)
    texts = _texts(db, event_id, changed)
    if changed.version not in (None, event.version):
        raise Rejected("L'événement a changé entre-temps. Relisez-le, puis recommencez.")
    if before == after and seats == event.seats and not texts:
        raise Rejected("Il n'y a rien à changer.")
    if event.campaign_id is not None and (before.on, before.at) != (after.on, after.at):
        raise Rejected(
            "Cette rencontre fait partie d'une série : donnez-lui un autre moment de la série."
        )
    starts_at = at_wall_clock(after.on, after.at, event.time_zone)
    if starts_at <= now:
        raise Rejected("Cette date est passée. Choisissez une date à venir.")
    check_place(after.place, seats)
    _check_seats(stored.places_held(db, event_id), seats, event.seats, changed)
    values = {
        "on": after.on,
        "at": after.at,
        "place": after.place,
        "starts_at": starts_at,
        "seats": seats,
    }
    if not stored.set_changed(db, event_id, event.version, values, texts):
        raise Rejected("L'événement a changé entre-temps. Relisez-le, puis recommencez.")
    if before == after:
        return Changed(event.version, 0, 0)
    offers.withdraw_untold(db, event_id, now)
    withdraw_changed(db, event_id, event.version, now)
    if (before.on, before.at) != (after.on, after.at):
        stored.forget_attendance(db, event_id)
    stored.set_moment(db, event_id, event.version, before, now)
    done = _tell(db, reach, event_id, before, now)
    return Changed(event.version + 1, done.waiting + done.later, done.refused)


def preview_change(
    db: Connection, reach: Reach, event_id: int, changed: Changes, now: datetime
) -> Preview:
    """What `change_event` would do; it is done and taken back on the writing connection `db`.

    Too few places are shown and not refused. Raises Rejected as `change_event` does.
    """
    before, texts = stored.event(db, event_id), stored.wordings(db, event_id)
    with db.begin_nested() as attempt:
        done = change_event(db, reach, event_id, replace(changed, fewer_seats=True), now)
        after = stored.event(db, event_id)
        assert before is not None, "an event that can be changed is there"
        assert after is not None, "events are never deleted"
        keys = (
            _keys(db, event_id, done.version, CORRECTIONS) if done.version > before.version else {}
        )
        preview = _preview(
            db,
            reach,
            after,
            keys,
            now,
            differences=_differences(before, after, texts, stored.wordings(db, event_id)),
            moves=_moves(db, before, after, now),
        )
        attempt.rollback()
    return preview


def preview_cancellation(db: Connection, reach: Reach, event_id: int, now: datetime) -> Preview:
    """What `cancel_event` would do, in the same way.

    Raises Rejected as it does.
    """
    before = stored.event(db, event_id)
    with db.begin_nested() as attempt:
        cancel_event(db, reach, event_id, now)
        after = stored.event(db, event_id)
        assert before is not None, "an event that can be cancelled is there"
        assert after is not None, "events are never deleted"
        keys = _keys(db, event_id, before.version + 1, ("cancelled",))
        moves = [replace(one, after=None) for one in _moves(db, before, before, now) if one.after]
        preview = _preview(db, reach, after, keys, now, differences=(), moves=tuple(moves))
        attempt.rollback()
    return preview


def _changeable(db: Connection, event_id: int, now: datetime) -> Row[Any]:
    event = stored.event(db, event_id)
    if event is None:
        raise Rejected("Cet événement n'existe pas.")
    if event.status == "cancelled":
        raise Rejected("Cet événement est annulé : il ne peut plus être modifié.")
    if event.starts_at <= now:
        raise Rejected("Cet événement a déjà eu lieu : il ne peut plus être modifié.")
    return event


def _after(before: Moment, changed: Changes) -> Moment:
    return Moment(
        before.on if changed.on is None else changed.on,
        before.at if changed.at is None else changed.at,
        before.place if changed.place is None else changed.place.strip(),
    )


def _texts(db: Connection, event_id: int, changed: Changes) -> dict[str, dict[str, str] | None]:
    """The texts that become different, by language; None: a translation goes."""
    rows = stored.wordings(db, event_id)
    standing = {row.language: Wording(row.title, row.notes) for row in rows}
    original = next(row.language for row in rows if row.original)
    wanted = {
        language: wording and Wording(wording.title.strip(), wording.notes.strip())
        for language, wording in changed.wordings.items()
    }
    together = {**standing, **wanted}
    check_wordings({one: words for one, words in together.items() if words}, original)
    return {
        language: {"title": words.title, "notes": words.notes} if words else None
        for language, words in wanted.items()
        if words != standing.get(language)
    }


def _check_seats(held: int, seats: int | None, before: int | None, changed: Changes) -> None:
    if seats is None or seats == before or seats >= held or changed.fewer_seats:
        return
    raise Rejected(
        f"{held} places sont déjà prises : {seats} ne suffisent pas. "
        "Confirmez que vous voulez moins de places ; personne ne perd la sienne."
    )


def _tell(db: Connection, reach: Reach, event_id: int, before: Moment, now: datetime) -> Enqueued:
    """Tell each family what is new to it; nothing, where it knows of no other moment."""
    event = stored.event(db, event_id)
    assert event is not None, "events are never deleted"
    known = heard_of(db, event)
    intents = [
        _intent(event, row, step, last, now)
        for row in stored.who_was_told(db, event_id)
        if (step := _news(last := known.get(row.family_id, before), event))
    ]
    done = enqueue(db, reach, intents, now)
    enqueue(db, reach, both_guardians(db, intents), now)
    return done


def _news(known: Moment, event: Row[Any]) -> str:
    """The step that tells of what is new, or ""."""
    elsewhere = known.place != event.place
    if known.on != event.on:
        return "moved_elsewhere" if elsewhere else "moved"
    if known.at != event.at:
        return "new_hour_elsewhere" if elsewhere else "new_hour"
    return "new_place" if elsewhere else ""


def _intent(event: Row[Any], row: Row[Any], step: str, known: Moment, now: datetime) -> Intent:
    return Intent(
        key=_key(event.id, event.version, step, row.family_id),
        purpose=Purpose.CHANGE,
        step=step,
        event_id=event.id,
        centre_id=event.centre_id,
        family_id=row.family_id,
        contact_id=row.contact_id,
        due_at=now,
        expires_at=first_of(event, known, now),
    )


def _key(event_id: int, version: int, step: str, family_id: int) -> str:
    return key_of(Purpose.CHANGE, f"event-{event_id}", version, step, f"family-{family_id}")


def _keys(db: Connection, event_id: int, version: int, steps: Sequence[str]) -> dict[str, int]:
    """The names that news of this version may have, and the family of each."""
    return {
        _key(event_id, version, step, family_id): family_id
        for family_id in stored.audience(db, event_id)
        for step in steps
    }


# -- what a preview shows -------------------------------------------------------------------------


def _preview(
    db: Connection,
    reach: Reach,
    event: Row[Any],
    keys: Mapping[str, int],
    now: datetime,
    *,
    differences: tuple[Difference, ...],
    moves: tuple[Move, ...],
) -> Preview:
    rows = decided_about(db, event.id, keys)
    answers = stored.audience(db, event.id)
    knowing = {row.family_id for row in stored.who_was_told(db, event.id)}
    declined = {family_id for family_id, rsvp in answers.items() if rsvp == "no"}
    named = {row.family_id for row in rows}
    return Preview(
        version=event.version,
        differences=differences,
        notices=_notices(db, reach, event, rows, now),
        unreached={row.family_id: row.reason for row in rows if row.state == DeliveryState.REFUSED},
        declined=frozenset(declined) if keys else frozenset(),
        uninvited=frozenset(answers.keys() - declined - knowing) if keys else frozenset(),
        aware=frozenset(knowing - named) if keys else frozenset(),
        moves=moves,
        held=stored.places_held(db, event.id),
        seats=event.seats,
    )


def _notices(
    db: Connection, reach: Reach, event: Row[Any], rows: Iterable[Row[Any]], now: datetime
) -> tuple[Notice, ...]:
    """The messages, each wording once per channel and language; the most read in front."""
    leaving = [row for row in rows if row.state != DeliveryState.REFUSED]
    facts = load_facts(db, reach, (row.contact_id for row in leaving), [event.centre_id], now)
    groups: dict[tuple[str, str, str, str], Notice] = {}
    for row in leaving:
        notice = _notice(facts, row)
        kind = notice.step, notice.channel, notice.language, notice.text
        same = groups.get(kind)
        if same is not None:
            leaves_at = min(same.leaves_at, notice.leaves_at)
            notice = replace(same, families=same.families + 1, leaves_at=leaves_at)
        groups[kind] = notice
    return tuple(
        sorted(groups.values(), key=lambda one: (-one.families, one.channel, one.language))
    )


def _notice(facts: Facts, row: Row[Any]) -> Notice:
    person = facts.people[row.contact_id]
    address = next(one for one in facts.addresses[row.contact_id] if one.id == row.address_id)
    channel = ChannelName(address.channel)
    says = [load_say(one) for one in row.says]
    two_way, drafts = facts.can_receive(channel, person), facts.drafts(row.contact_id)
    way = Way(facts.reach.shapes[channel], two_way, SHOWN_LINK, drafts=drafts)
    language = readable(person.language)
    text, french = (
        _shown(compose(says, one, way, introduce=None)) for one in (person.language, STAFF_LANGUAGE)
    )
    return Notice(row.step, channel, language, text, french, 1, row.next_attempt_at)


def _shown(composed: Any) -> str:
    """A message with its buttons under it."""
    buttons = "  ".join(f"[{one.label}]" for one in composed.buttons)
    return f"{composed.text}\n{buttons}" if buttons else str(composed.text)


def _moves(db: Connection, before: Row[Any], after: Row[Any], now: datetime) -> tuple[Move, ...]:
    """The planned steps that are not over, before and after a change."""
    hours = replace(hours_of(offers.centre(db, after.centre_id), now), zone=after.time_zone)
    steps = stored.steps_of(db, after.id)
    moves = [_move(step, before, after, hours, now) for step in steps]
    open_ones = (one for one in moves if one.before is not None or one.after is not None)
    return tuple(sorted(open_ones, key=lambda one: one.after or one.before or now))


def _move(
    step: PlannedStep, before: Row[Any], after: Row[Any], hours: Hours, now: datetime
) -> Move:
    was_at = due_at(step, before.on, before.at, hours)
    is_at = due_at(step, after.on, after.at, hours)
    late = is_at <= now and _leaves_late(step, was_at, is_at, now)
    return Move(
        step.name,
        leaves_at(was_at, before.on, before.at, hours) if was_at > now else None,
        leaves_at(max(is_at, now), after.on, after.at, hours) if is_at > now or late else None,
    )


def _leaves_late(step: PlannedStep, was_at: datetime, is_at: datetime, now: datetime) -> bool:
    """Whether a step that would have been due before the change leaves at once.

    An invitation does. A reminder does not: the news itself reminds.
    """
    if was_at <= now or step.condition not in (Condition.INVITED, Condition.SILENT):
        return False
    return step.late_hours is None or is_at + timedelta(hours=step.late_hours) > now


def _differences(
    before: Row[Any], after: Row[Any], texts: Sequence[Row[Any]], new_texts: Sequence[Row[Any]]
) -> tuple[Difference, ...]:
    pairs = [
        Difference("on", day(before.on, STAFF_LANGUAGE), day(after.on, STAFF_LANGUAGE)),
        Difference("at", hour(before.at, STAFF_LANGUAGE), hour(after.at, STAFF_LANGUAGE)),
        Difference("place", before.place, after.place),
        Difference("seats", _number(before.seats), _number(after.seats)),
    ]
    old, new = ({row.language: row for row in rows} for rows in (texts, new_texts))
    for language in sorted(old.keys() | new.keys()):
        for part in ("title", "notes"):
            was, now_is = (getattr(rows.get(language), part, "") for rows in (old, new))
            pairs.append(Difference(part, was, now_is, language))
    return tuple(one for one in pairs if one.before != one.after)


def _number(seats: int | None) -> str:
    return "" if seats is None else str(seats)
