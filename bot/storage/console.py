"""What the coordinators' pages read: a few set-based queries per page, never one per row.

`centre_id` is what the reader may see; None: every centre. A family belongs to a centre through its
children. Of an event's families, each is counted once: by its answer, else as `unreachable` (nobody
can be written to, or nothing about this event could leave), else as `silent`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from bot.messages import DeliveryState, Purpose, Say
from bot.plans import Condition, PlannedStep
from bot.storage.says import load_say
from bot.storage.tables import (
    addresses,
    centres,
    children,
    consents,
    contact_addresses,
    contacts,
    event_texts,
    events,
    families,
    inbound,
    invitations,
    outbox,
    steps,
    tasks,
)

PER_PAGE = 50
PER_TIMELINE = 100
PER_EXCHANGE = 6

STILL_ON = timedelta(hours=6)  # an event stays among those to come while it takes place
STUCK = timedelta(minutes=30)  # a message that should have left that long ago
TOO_LONG = timedelta(hours=24)  # a parent has waited

LANGUAGE = "fr"  # the language that staff read

LEFT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
PERSONAL = (Purpose.REPLY, Purpose.STAFF)  # not part of a campaign
WITHDRAWN = "event_cancelled"  # says nothing about whether a family can be reached


# -- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that the reader may plan for."""

    id: int
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The families of one event, each in one of the first five numbers."""

    yes: int = 0
    no: int = 0
    maybe: int = 0
    silent: int = 0
    unreachable: int = 0
    places: int = 0  # held
    queue: int = 0  # places asked for by families on the waiting list

    @property
    def invited(self) -> int:
        """Every family of the event."""
        return self.yes + self.no + self.maybe + self.silent + self.unreachable


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, as lists show it."""

    id: int
    centre_id: int
    centre: str
    kind: str
    title: str
    on: date
    at: time
    time_zone: str
    starts_at: datetime
    place: str
    seats: int | None
    status: str
    created_at: datetime
    counts: Counts

    @property
    def free(self) -> int | None:
        """Places left; None: no limit."""
        return None if self.seats is None else max(self.seats - self.counts.places, 0)


@dataclass(frozen=True, slots=True)
class Words:
    """An event's title and notes in one language."""

    language: str
    title: str
    notes: str


@dataclass(frozen=True, slots=True)
class AddressLine:
    """Where a guardian is reached; `dead_reason` None: it works."""

    channel: str
    value: str
    dead_reason: str | None


@dataclass(frozen=True, slots=True)
class Guardian:
    """A contact with their addresses, the first to try in front."""

    id: int
    name: str
    language: str | None
    stopped_at: datetime | None
    erased_at: datetime | None
    surveys: bool | None
    introduced_at: datetime | None
    addresses: tuple[AddressLine, ...]

    @property
    def reachable(self) -> bool:
        """Whether something may be sent to them now."""
        free = self.stopped_at is None and self.erased_at is None
        return free and any(one.dead_reason is None for one in self.addresses)


@dataclass(frozen=True, slots=True)
class Why:
    """Why a family cannot be reached: a code, and whom it is about ("" for the family)."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One message and its fate."""

    id: int
    family_id: int | None
    reference: str
    name: str
    step: str
    purpose: str
    state: str
    reason: str
    error_code: str
    channel: str
    language: str | None
    at: datetime
    due_at: datetime
    says: tuple[Say, ...]
    body: str | None


@dataclass(frozen=True, slots=True)
class Household:
    """One family of one event."""

    family_id: int
    reference: str
    visible: bool  # its own page is
    children: tuple[str, ...]
    guardians: tuple[Guardian, ...]
    rsvp: str | None
    adults: int | None
    child_count: int | None
    party: int
    seat: str | None
    rsvp_at: datetime | None
    language: str | None
    channel: str
    attended: bool | None
    paused_until: datetime | None
    why: tuple[Why, ...]

    @property
    def group(self) -> str:
        """The one number of the event's counts that this family stands in."""
        return self.rsvp or ("unreachable" if self.why else "silent")


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of the messages of one step; `targeted` is the sum of the other numbers."""

    step: str
    sent: int
    waiting: int
    failed: int
    refused: Mapping[str, int]

    @property
    def targeted(self) -> int:
        """Every message that was decided."""
        return self.sent + self.waiting + self.failed + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class FamilyLine:
    """One family, as lists show it."""

    id: int
    reference: str
    left_on: date | None
    paused_until: datetime | None
    reachable: bool
    guardians: tuple[Guardian, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One line of the ledger."""

    contact_id: int
    purpose: str
    channel: str | None
    decision: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FamilyPage:
    """One family with everything that its page shows."""

    line: FamilyLine
    joined_on: date
    pause_reason: str
    centres: tuple[str, ...]
    time_zone: str
    ledger: tuple[ConsentLine, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message in either direction; `text` is what a parent wrote, `says` what we did."""

    at: datetime
    from_parent: bool
    name: str
    channel: str
    text: str
    media: str | None
    says: tuple[Say, ...]
    body: str | None
    language: str | None
    state: str
    reason: str
    error_code: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parent who waits for a person."""

    task_id: int
    reason: str
    opened_at: datetime
    answered_at: datetime | None
    time_zone: str
    centre: str
    family_id: int | None
    reference: str
    name: str
    language: str | None
    channel: str
    value: str
    event_id: int | None
    event: str
    exchanges: tuple[Exchange, ...]

    @property
    def last_words(self) -> Exchange | None:
        """What the parent wrote last."""
        return next((one for one in reversed(self.exchanges) if one.from_parent), None)


@dataclass(frozen=True, slots=True)
class Warnings:
    """What should not be: messages that did not leave, parents who wait since yesterday."""

    stuck: int = 0
    waiting: int = 0


# -- events ---------------------------------------------------------------------------------------


def coming_events(db: Connection, centre_id: int | None, now: datetime) -> tuple[EventLine, ...]:
    """Events that are not over, the next one first."""
    query = _events(centre_id).where(events.c.starts_at > now - STILL_ON)
    return _event_lines(db, query.order_by(events.c.starts_at, events.c.id))


def past_events(
    db: Connection, centre_id: int | None, now: datetime, page: int
) -> tuple[tuple[EventLine, ...], bool]:
    """One page of the events that are over, the latest first, and whether more follow."""
    query = (
        _events(centre_id)
        .where(events.c.starts_at <= now - STILL_ON)
        .order_by(events.c.starts_at.desc(), events.c.id)
        .limit(PER_PAGE + 1)
        .offset(PER_PAGE * (page - 1))
    )
    lines = _event_lines(db, query)
    return lines[:PER_PAGE], len(lines) > PER_PAGE


def event_line(db: Connection, centre_id: int | None, event_id: int) -> EventLine | None:
    """One event; None when there is none that the reader may see."""
    return next(iter(_event_lines(db, _events(centre_id).where(events.c.id == event_id))), None)


def event_words(db: Connection, event_id: int) -> tuple[Words, ...]:
    """The event in all its languages, the original first."""
    rows = db.execute(
        select(event_texts.c.language, event_texts.c.title, event_texts.c.notes)
        .where(event_texts.c.event_id == event_id)
        .order_by(event_texts.c.original.desc(), event_texts.c.id)
    )
    return tuple(Words(*row) for row in rows)


def event_plan(db: Connection, event_id: int) -> tuple[PlannedStep, ...]:
    """The event's plan of outreach, in the order in which it happens."""
    rows = db.execute(
        select(steps).where(steps.c.event_id == event_id).order_by(steps.c.days, steps.c.at)
    )
    return tuple(
        PlannedStep(
            name=row.name,
            purpose=Purpose(row.purpose),
            days=row.days,
            at=row.at,
            condition=Condition(row.condition),
            late_hours=row.late_hours,
        )
        for row in rows
    )


def households(
    db: Connection, centre_id: int | None, event_id: int, sent: Sequence[Sent]
) -> tuple[Household, ...]:
    """The families of an event by reference; `sent` is what `event_messages` gives."""
    rows = db.execute(
        select(
            invitations,
            families.c.reference,
            families.c.paused_until,
            _belongs(centre_id).label("visible"),
        )
        .join(families, families.c.id == invitations.c.family_id)
        .where(invitations.c.event_id == event_id)
        .order_by(families.c.reference)
    ).all()
    invited = select(invitations.c.family_id).where(invitations.c.event_id == event_id)
    guardians = _guardians(db, invited)
    names = _first_names(db, invited)
    theirs: dict[int | None, list[Sent]] = {}
    for one in sent:
        theirs.setdefault(one.family_id, []).append(one)
    return tuple(
        _household(
            row,
            guardians.get(row.family_id, ()),
            names.get(row.family_id, ()),
            theirs.get(row.family_id, ()),
        )
        for row in rows
    )


def event_messages(db: Connection, event_id: int) -> tuple[Sent, ...]:
    """Every message of an event's campaign, the latest first."""
    rows = db.execute(
        select(outbox, families.c.reference, contacts.c.name)
        .outerjoin(families, families.c.id == outbox.c.family_id)
        .outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.event_id == event_id, outbox.c.purpose.not_in(PERSONAL))
        .order_by(outbox.c.due_at.desc(), outbox.c.id.desc())
    )
    return tuple(_sent(row) for row in rows)


def totals(sent: Iterable[Sent]) -> tuple[Totals, ...]:
    """What became of the messages, per step, in the order in which the steps began."""
    by_step: dict[str, list[Sent]] = {}
    for one in sorted(sent, key=lambda one: (one.due_at, one.id)):
        by_step.setdefault(one.step or one.purpose, []).append(one)
    return tuple(_total(step, of_step) for step, of_step in by_step.items())


def attendance(db: Connection, event_id: int) -> dict[int, bool | None]:
    """Who came, by family id; None: not recorded."""
    query = select(invitations.c.family_id, invitations.c.attended)
    rows = db.execute(query.where(invitations.c.event_id == event_id))
    return {row.family_id: row.attended for row in rows}


def families_called(db: Connection, centre_id: int, references: Iterable[str]) -> dict[str, int]:
    """The ids of a centre's families, by reference in lower case; unknown ones are left out."""
    lowered = func.lower(families.c.reference)
    rows = db.execute(
        select(families.c.id, lowered.label("reference")).where(
            lowered.in_([one.lower() for one in references]),
            _belongs(centre_id),
            families.c.left_on.is_(None),
        )
    )
    return {row.reference: row.id for row in rows}


def family_of_reference(db: Connection, centre_id: int | None, reference: str) -> int | None:
    """A family's id, when the reader may see it."""
    return db.scalar(
        select(families.c.id).where(families.c.reference == reference, _belongs(centre_id))
    )


def _household(
    row: Row[Any],
    guardians: tuple[Guardian, ...],
    names: tuple[str, ...],
    sent: Sequence[Sent],
) -> Household:
    speaker = next(
        (one for one in guardians if one.id == row.rsvp_contact_id),
        next((one for one in guardians if one.erased_at is None), None),
    )
    used = (one.channel for one in sent if one.channel and one.state in LEFT)
    offered = (place.channel for one in guardians for place in one.addresses)
    return Household(
        family_id=row.family_id,
        reference=row.reference,
        visible=bool(row.visible),
        children=names,
        guardians=guardians,
        rsvp=row.rsvp,
        adults=row.adults,
        child_count=row.children,
        party=row.party,
        seat=row.seat,
        rsvp_at=row.rsvp_at,
        language=speaker.language if speaker else None,
        channel=row.rsvp_channel or next(used, "") or next(offered, ""),
        attended=row.attended,
        paused_until=row.paused_until,
        why=_why(guardians, sent),
    )


def _why(guardians: tuple[Guardian, ...], sent: Sequence[Sent]) -> tuple[Why, ...]:
    """Why nothing reaches them; empty when something does, may, or was never tried."""
    if not any(one.reachable for one in guardians):
        return tuple(_closed_ways(guardians)) or (Why("", "no_contact"),)
    tried = [one for one in sent if one.reason != WITHDRAWN]
    if not tried or any(one.state in (*LEFT, *OPEN) for one in tried):
        return ()
    return tuple(
        dict.fromkeys(Why(one.name, one.error_code or one.reason or one.state) for one in tried)
    )


def _closed_ways(guardians: tuple[Guardian, ...]) -> Iterable[Why]:
    for one in guardians:
        if one.erased_at is not None:
            continue
        if one.stopped_at is not None:
            yield Why(one.name, "stopped")
        elif not one.addresses:
            yield Why(one.name, "no_address")
        else:
            dead = dict.fromkeys(place.dead_reason or "" for place in one.addresses)
            yield from (Why(one.name, reason) for reason in dead)


def _total(step: str, sent: Sequence[Sent]) -> Totals:
    refused: dict[str, int] = {}
    for one in sent:
        if one.state == DeliveryState.REFUSED:
            refused[one.reason] = refused.get(one.reason, 0) + 1
    return Totals(
        step=step,
        sent=sum(one.state in LEFT for one in sent),
        waiting=sum(one.state in OPEN for one in sent),
        failed=sum(one.state == DeliveryState.FAILED for one in sent),
        refused=refused,
    )


def _events(centre_id: int | None) -> Select[Any]:
    """Events with their wording."""
    shown = event_texts.alias("shown")
    original = event_texts.alias("original")
    return (
        select(
            events,
            centres.c.name.label("centre"),
            func.coalesce(shown.c.title, original.c.title, "").label("title"),
        )
        .join(centres, centres.c.id == events.c.centre_id)
        .outerjoin(shown, and_(shown.c.event_id == events.c.id, shown.c.language == LANGUAGE))
        .outerjoin(original, and_(original.c.event_id == events.c.id, original.c.original))
        .where(events.c.centre_id == centre_id if centre_id is not None else true())
    )


def _counts(db: Connection, event_ids: Sequence[int]) -> dict[int, Counts]:
    """The numbers of these events; an event without a family is left out."""
    invited = select(invitations.c.family_id).where(invitations.c.event_id.in_(event_ids))
    living = _living(contacts.c.family_id.in_(invited)).subquery("living")
    tried = _tried(event_ids)
    unanswered = invitations.c.rsvp.is_(None)
    beyond = or_(living.c.family_id.is_(None), tried.c.alive == 0)
    query = (
        select(
            invitations.c.event_id,
            *(
                func.count().filter(invitations.c.rsvp == reply).label(reply)
                for reply in ("yes", "no", "maybe")
            ),
            func.count().filter(unanswered, beyond).label("unreachable"),
            func.count().filter(unanswered).label("unanswered"),
            _places("held").label("places"),
            _places("waiting").label("queue"),
        )
        .select_from(
            invitations.outerjoin(living, living.c.family_id == invitations.c.family_id).outerjoin(
                tried,
                and_(
                    tried.c.event_id == invitations.c.event_id,
                    tried.c.family_id == invitations.c.family_id,
                ),
            )
        )
        .where(invitations.c.event_id.in_(event_ids))
        .group_by(invitations.c.event_id)
    )
    return {
        row.event_id: Counts(
            yes=row.yes,
            no=row.no,
            maybe=row.maybe,
            silent=row.unanswered - row.unreachable,
            unreachable=row.unreachable,
            places=row.places,
            queue=row.queue,
        )
        for row in db.execute(query)
    }


def _places(seat: str) -> ColumnElement[int]:
    mine = case((invitations.c.seat == seat, invitations.c.party), else_=0)
    return func.coalesce(func.sum(mine), 0)


def _tried(event_ids: Sequence[int]) -> FromClause:
    """Per event and family with a campaign's message: `alive` 0 when none left or may leave."""
    alive = func.max(case((outbox.c.state.in_((*LEFT, *OPEN)), 1), else_=0))
    return (
        select(outbox.c.event_id, outbox.c.family_id, alive.label("alive"))
        .where(
            outbox.c.event_id.in_(event_ids),
            outbox.c.purpose.not_in(PERSONAL),
            outbox.c.reason != WITHDRAWN,
        )
        .group_by(outbox.c.event_id, outbox.c.family_id)
        .subquery("tried")
    )


def _living(*where: ColumnElement[bool]) -> Select[Any]:
    """Families of contacts who may be written to at an address that works."""
    return (
        select(contacts.c.family_id)
        .join(contact_addresses, contact_addresses.c.contact_id == contacts.c.id)
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .where(
            contacts.c.stopped_at.is_(None),
            contacts.c.erased_at.is_(None),
            addresses.c.dead_reason.is_(None),
            *where,
        )
        .distinct()
    )


def _event_lines(db: Connection, query: Select[Any]) -> tuple[EventLine, ...]:
    rows = db.execute(query).all()
    counts = _counts(db, [row.id for row in rows])
    return tuple(
        EventLine(
            id=row.id,
            centre_id=row.centre_id,
            centre=row.centre,
            kind=row.kind,
            title=row.title,
            on=row.on,
            at=row.at,
            time_zone=row.time_zone,
            starts_at=row.starts_at,
            place=row.place,
            seats=row.seats,
            status=row.status,
            created_at=row.created_at,
            counts=counts.get(row.id, Counts()),
        )
        for row in rows
    )


# -- families -------------------------------------------------------------------------------------


def find_families(
    db: Connection, centre_id: int | None, words: str, reachable: bool | None, page: int
) -> tuple[tuple[FamilyLine, ...], int]:
    """One page of the families that match, by reference, and how many match in all."""
    match = and_(_belongs(centre_id), _named(words), _reached(reachable))
    total = db.scalar(select(func.count()).select_from(families).where(match)) or 0
    query = (
        select(families.c.id)
        .where(match)
        .order_by(families.c.reference)
        .limit(PER_PAGE)
        .offset(PER_PAGE * (page - 1))
    )
    return _family_lines(db, db.scalars(query).all()), int(total)


def family(db: Connection, centre_id: int | None, family_id: int) -> FamilyPage | None:
    """One family; None when there is none that the reader may see."""
    row = db.execute(
        select(families).where(families.c.id == family_id, _belongs(centre_id))
    ).first()
    if row is None:
        return None
    theirs = db.execute(
        select(centres.c.name, centres.c.time_zone)
        .join(children, children.c.centre_id == centres.c.id)
        .where(children.c.family_id == family_id)
        .distinct()
        .order_by(centres.c.name)
    ).all()
    return FamilyPage(
        line=_family_lines(db, [family_id])[0],
        joined_on=row.joined_on,
        pause_reason=row.pause_reason,
        centres=tuple(one.name for one in theirs),
        time_zone=theirs[0].time_zone if theirs else "Europe/Paris",
        ledger=_ledger(db, family_id),
    )


def timeline(db: Connection, family_id: int) -> tuple[Exchange, ...]:
    """What was said with a family lately, the latest first."""
    ours = db.execute(
        select(outbox, contacts.c.name)
        .outerjoin(contacts, contacts.c.id == outbox.c.contact_id)
        .where(outbox.c.family_id == family_id)
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
        .limit(PER_TIMELINE)
    ).all()
    theirs = db.execute(
        select(inbound, contacts.c.name)
        .join(contacts, contacts.c.id == inbound.c.contact_id)
        .where(contacts.c.family_id == family_id)
        .order_by(inbound.c.at.desc(), inbound.c.id.desc())
        .limit(PER_TIMELINE)
    ).all()
    said = [*map(_said, ours), *map(_heard, theirs)]
    return tuple(sorted(said, key=lambda one: one.at, reverse=True)[:PER_TIMELINE])


def contact_of_family(db: Connection, family_id: int, contact_id: int) -> bool:
    """Whether this guardian is theirs and may still be written to."""
    return bool(
        db.scalar(
            select(
                exists().where(
                    contacts.c.id == contact_id,
                    contacts.c.family_id == family_id,
                    contacts.c.erased_at.is_(None),
                )
            )
        )
    )


def _belongs(centre_id: int | None) -> ColumnElement[bool]:
    if centre_id is None:
        return true()
    theirs = select(children.c.family_id).where(children.c.centre_id == centre_id)
    return families.c.id.in_(theirs)


def _named(words: str) -> ColumnElement[bool]:
    """The words stand in the reference, or in a guardian's or child's name.

    SQLite folds the case of ASCII letters only, hence the variants for names such as Élise.
    """
    words = words.strip()
    if not words:
        return true()
    variants = {words, words.lower(), words.upper(), words.title()}

    def within(column: ColumnElement[str]) -> ColumnElement[bool]:
        return or_(*(column.icontains(one, autoescape=True) for one in sorted(variants)))

    guardian = select(contacts.c.family_id).where(within(contacts.c.name))
    child = select(children.c.family_id).where(within(children.c.first_name))
    return or_(within(families.c.reference), families.c.id.in_(guardian), families.c.id.in_(child))


def _reached(reachable: bool | None) -> ColumnElement[bool]:
    if reachable is None:
        return true()
    living = families.c.id.in_(_living())
    return living if reachable else ~living


def _family_lines(db: Connection, ids: Sequence[int]) -> tuple[FamilyLine, ...]:
    wanted = select(families.c.id).where(families.c.id.in_(ids))
    guardians, names = _guardians(db, wanted), _first_names(db, wanted)
    rows = db.execute(select(families).where(families.c.id.in_(ids)).order_by(families.c.reference))
    return tuple(
        FamilyLine(
            id=row.id,
            reference=row.reference,
            left_on=row.left_on,
            paused_until=row.paused_until,
            reachable=any(one.reachable for one in guardians.get(row.id, ())),
            guardians=guardians.get(row.id, ()),
            children=names.get(row.id, ()),
        )
        for row in rows
    )


def _guardians(db: Connection, family_ids: Select[Any]) -> dict[int, tuple[Guardian, ...]]:
    places: dict[int, list[AddressLine]] = {}
    for row in db.execute(
        select(
            contact_addresses.c.contact_id,
            addresses.c.channel,
            addresses.c.value,
            addresses.c.dead_reason,
        )
        .join(addresses, addresses.c.id == contact_addresses.c.address_id)
        .join(contacts, contacts.c.id == contact_addresses.c.contact_id)
        .where(contacts.c.family_id.in_(family_ids))
        .order_by(contact_addresses.c.rank, contact_addresses.c.id)
    ):
        line = AddressLine(row.channel, row.value, row.dead_reason)
        places.setdefault(row.contact_id, []).append(line)
    found: dict[int, list[Guardian]] = {}
    for row in db.execute(
        select(contacts)
        .where(contacts.c.family_id.in_(family_ids))
        .order_by(contacts.c.rank, contacts.c.id)
    ):
        one = Guardian(
            id=row.id,
            name=row.name,
            language=row.language,
            stopped_at=row.stopped_at,
            erased_at=row.erased_at,
            surveys=row.surveys,
            introduced_at=row.introduced_at,
            addresses=tuple(places.get(row.id, ())),
        )
        found.setdefault(row.family_id, []).append(one)
    return {family_id: tuple(theirs) for family_id, theirs in found.items()}


def _first_names(db: Connection, family_ids: Select[Any]) -> dict[int, tuple[str, ...]]:
    names: dict[int, list[str]] = {}
    for family_id, name in db.execute(
        select(children.c.family_id, children.c.first_name)
        .where(children.c.family_id.in_(family_ids))
        .order_by(children.c.id)
    ):
        known = names.setdefault(family_id, [])
        if name not in known:  # one child in two centres
            known.append(name)
    return {family_id: tuple(theirs) for family_id, theirs in names.items()}


def _ledger(db: Connection, family_id: int) -> tuple[ConsentLine, ...]:
    rows = db.execute(
        select(
            consents.c.contact_id,
            consents.c.purpose,
            consents.c.channel,
            consents.c.decision,
            consents.c.source,
            consents.c.at,
        )
        .join(contacts, contacts.c.id == consents.c.contact_id)
        .where(contacts.c.family_id == family_id)
        .order_by(consents.c.at.desc(), consents.c.id.desc())
    )
    return tuple(ConsentLine(*row) for row in rows)


# -- parents who wait -----------------------------------------------------------------------------


def waiting_parents(db: Connection, centre_id: int | None) -> tuple[Waiting, ...]:
    """Parents who wait for a person, the one who waits longest first."""
    shown = event_texts.alias("shown")
    original = event_texts.alias("original")
    rows = db.execute(
        select(
            tasks,
            centres.c.name.label("centre"),
            centres.c.time_zone,
            families.c.reference,
            contacts.c.name,
            contacts.c.language,
            addresses.c.channel,
            addresses.c.value,
            func.coalesce(shown.c.title, original.c.title, "").label("event"),
        )
        .join(addresses, addresses.c.id == tasks.c.address_id)
        .outerjoin(centres, centres.c.id == tasks.c.centre_id)
        .outerjoin(families, families.c.id == tasks.c.family_id)
        .outerjoin(contacts, contacts.c.id == tasks.c.contact_id)
        .outerjoin(shown, and_(shown.c.event_id == tasks.c.event_id, shown.c.language == LANGUAGE))
        .outerjoin(original, and_(original.c.event_id == tasks.c.event_id, original.c.original))
        .where(_open_tasks(centre_id))
        .order_by(tasks.c.opened_at, tasks.c.id)
    ).all()
    exchanges = _exchanges(db, centre_id)
    return tuple(
        Waiting(
            task_id=row.id,
            reason=row.reason,
            opened_at=row.opened_at,
            answered_at=row.answered_at,
            time_zone=row.time_zone or "Europe/Paris",
            centre=row.centre or "",
            family_id=row.family_id,
            reference=row.reference or "",
            name=row.name or "",
            language=row.language,
            channel=row.channel,
            value=row.value,
            event_id=row.event_id,
            event=row.event,
            exchanges=exchanges.get(row.id, ()),
        )
        for row in rows
    )


def waits(db: Connection, centre_id: int | None, task_id: int) -> bool:
    """Whether this parent still waits, and the reader may answer."""
    return bool(db.scalar(select(exists().where(tasks.c.id == task_id, _open_tasks(centre_id)))))


def how_many_wait(db: Connection, centre_id: int | None) -> int:
    """How many parents wait for a person."""
    return int(db.scalar(select(func.count()).where(_open_tasks(centre_id))) or 0)


def warnings(db: Connection, centre_id: int | None, now: datetime) -> Warnings:
    """Count what should not be."""
    stuck = select(func.count()).where(
        outbox.c.state.in_(OPEN),
        outbox.c.next_attempt_at <= now - STUCK,
        outbox.c.centre_id == centre_id if centre_id is not None else true(),
    )
    waiting = select(func.count()).where(
        _open_tasks(centre_id),
        tasks.c.answered_at.is_(None),
        tasks.c.opened_at <= now - TOO_LONG,
    )
    return Warnings(int(db.scalar(stuck) or 0), int(db.scalar(waiting) or 0))


def centres_seen(db: Connection, centre_id: int | None) -> tuple[Centre, ...]:
    """The centres that the reader may plan for."""
    rows = db.execute(
        select(centres.c.id, centres.c.name, centres.c.time_zone)
        .where(centres.c.id == centre_id if centre_id is not None else true())
        .order_by(centres.c.name)
    )
    return tuple(Centre(*row) for row in rows)


def centre(db: Connection, centre_id: int) -> Row[Any] | None:
    """One centre's row."""
    return db.execute(select(centres).where(centres.c.id == centre_id)).first()


def _open_tasks(centre_id: int | None) -> ColumnElement[bool]:
    return and_(tasks.c.closed_at.is_(None), _mine(centre_id))


def _mine(centre_id: int | None) -> ColumnElement[bool]:
    """A stranger belongs to no centre: only those who see all of them see them, or the only one."""
    if centre_id is None:
        return true()
    only_one = select(func.count()).select_from(centres).scalar_subquery() == 1
    return or_(tasks.c.centre_id == centre_id, and_(tasks.c.centre_id.is_(None), only_one))


def _exchanges(db: Connection, centre_id: int | None) -> dict[int, tuple[Exchange, ...]]:
    """The last messages with every parent who waits, in order, by task."""
    found: dict[int, list[Exchange]] = {}
    for row in db.execute(_latest(inbound, inbound.c.at, centre_id)):
        found.setdefault(row.task_id, []).append(_heard(row))
    for row in db.execute(_latest(outbox, outbox.c.created_at, centre_id)):
        found.setdefault(row.task_id, []).append(_said(row))
    return {
        task_id: tuple(sorted(said, key=lambda one: one.at)[-PER_EXCHANGE:])
        for task_id, said in found.items()
    }


def _latest(
    messages: FromClause, at: ColumnElement[datetime], centre_id: int | None
) -> Select[Any]:
    """The last messages of the contact who waits, or of a stranger's address.

    Others may share the address: what they wrote is not shown.
    """
    mine = or_(
        messages.c.contact_id == tasks.c.contact_id,
        and_(
            tasks.c.contact_id.is_(None),
            messages.c.contact_id.is_(None),
            messages.c.address_id == tasks.c.address_id,
        ),
    )
    place = func.row_number().over(
        partition_by=tasks.c.id, order_by=(at.desc(), messages.c.id.desc())
    )
    ranked = (
        select(
            messages,
            tasks.c.id.label("task_id"),
            func.coalesce(contacts.c.name, literal("", String)).label("name"),
            place.label("place"),
        )
        .select_from(
            tasks.join(messages, mine).outerjoin(contacts, contacts.c.id == tasks.c.contact_id)
        )
        .where(_open_tasks(centre_id))
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= PER_EXCHANGE)


# -- messages -------------------------------------------------------------------------------------


def _sent(row: Row[Any]) -> Sent:
    return Sent(
        id=row.id,
        family_id=row.family_id,
        reference=row.reference or "",
        name=row.name or "",
        step=row.step,
        purpose=row.purpose,
        state=row.state,
        reason=row.reason,
        error_code=row.error_code or "",
        channel=row.channel or "",
        language=row.language,
        at=_moment(row),
        due_at=row.due_at,
        says=_says(row),
        body=row.body,
    )


def _said(row: Row[Any]) -> Exchange:
    return Exchange(
        at=_moment(row),
        from_parent=False,
        name=row.name or "",
        channel=row.channel or "",
        text="",
        media=None,
        says=_says(row),
        body=row.body,
        language=row.language,
        state=row.state,
        reason=row.reason,
        error_code=row.error_code or "",
    )


def _heard(row: Row[Any]) -> Exchange:
    return Exchange(
        at=row.at,
        from_parent=True,
        name=row.name or "",
        channel=row.channel,
        text=row.text,
        media=row.media,
        says=(),
        body=None,
        language=None,
        state="",
        reason="",
        error_code="",
    )


def _says(row: Row[Any]) -> tuple[Say, ...]:
    return tuple(load_say(one) for one in row.says)


def _moment(row: Row[Any]) -> datetime:
    """When it left, else when it is tried next, else when that was decided."""
    if row.sent_at is not None:
        moment = row.sent_at
    else:
        moment = row.next_attempt_at if row.state in OPEN else row.created_at
    assert isinstance(moment, datetime)
    return moment
