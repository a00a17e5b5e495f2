"""A whole Carnet on simulated phones, in one invented centre, with a clock that tests set.

Everything is real but the clock and the providers: the database is a file, the migrations built it,
and what a test does goes through the same services as in production.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from bot import campaigns
from bot.app import Carnet, build
from bot.audience import Filter, dump_filter
from bot.enrolment import Imported, import_families
from bot.errors import SendError, SendUncertain
from bot.events import NewEvent, Wording, add_event
from bot.inbound.receiving import Received
from bot.inbox import write_batch
from bot.messages import (
    Address,
    ChannelName,
    DeliveryState,
    Departure,
    InboundMessage,
    Incoming,
    OptOut,
    OutboundMessage,
    ProviderId,
    Receipt,
    Shape,
)
from bot.outreach import Enqueued
from bot.roster.rows import Guardian
from bot.roster.rows import Row as RosterRow
from bot.settings import Settings
from bot.storage.audience import members
from bot.storage.database import Database
from bot.storage.tables import (
    addresses,
    centres,
    contact_addresses,
    contacts,
    families,
    invitations,
    outbox,
)
from scheduler.jobs import plan_due

SMS, WHATSAPP, TELEGRAM = ChannelName.SMS, ChannelName.WHATSAPP, ChannelName.TELEGRAM
CENTRE = "Les Tilleuls"
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)  # ten o'clock in Paris, an ordinary week
NEXT_DAY = date(2026, 11, 17)  # a Tuesday
WORKSHOP = date(2026, 11, 28)  # a Saturday
SHAPES: Mapping[ChannelName, Shape] = {
    SMS: Shape(),
    WHATSAPP: Shape(buttons=3),
    TELEGRAM: Shape(buttons=8, edits=True, receipts=False),
}


def phone(number: int) -> str:
    """One of the hundred French numbers that belong to nobody."""
    assert 0 <= number < 100
    return f"+336399800{number:02d}"


class Clock:
    """The time, as the test says."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, at: datetime) -> None:
        """Jump to an instant."""
        self.now = at

    def later(self, **duration: float) -> None:
        """Let time pass: `later(hours=2)`."""
        self.now += timedelta(**duration)


@dataclass(slots=True)
class Phones:
    """A provider that the test can break. Each send is kept, in order, also those that fail."""

    shape: Shape
    name: str
    failing: dict[str, list[SendError]] = field(default_factory=dict)
    taken: list[OutboundMessage] = field(default_factory=list)
    tried: list[OutboundMessage] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    before_send: Callable[[OutboundMessage], None] | None = None
    takes_when_silent: bool = False  # the message arrives although no answer comes back

    def fail(self, value: str, *errors: SendError) -> None:
        """Let the next sends to an address fail, one error each."""
        self.failing[value] = list(errors)

    def read(self, call: Any) -> tuple[Incoming, ...]:
        """Nothing arrives through this door."""
        raise NotImplementedError

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Fail as the test wishes, or take the message."""
        if self.before_send is not None:
            self.before_send(message)
        self.tried.append(message)
        errors = self.failing.get(message.to.value)
        if errors:
            error = errors.pop(0)
            if isinstance(error, SendUncertain) and self.takes_when_silent:
                self.taken.append(message)
            raise error
        self.taken.append(message)
        return self.id_of(message)

    async def find(self, message: OutboundMessage) -> ProviderId | None:
        """Say whether the message was taken."""
        self.asked.append(message.id)
        held = any(one.id == message.id for one in self.taken)
        return self.id_of(message) if held else None

    async def check(self) -> str:
        """Always well."""
        return self.name

    async def close(self) -> None:
        """Nothing to close."""

    def id_of(self, message: OutboundMessage) -> ProviderId:
        """The provider's name for a message."""
        return ProviderId(f"{self.name}-{message.id}")


@dataclass(slots=True)
class House:
    """What the tests of services live in."""

    carnet: Carnet
    clock: Clock
    phones: Mapping[ChannelName, Phones]
    _line: int = 1
    _arrived: int = 0

    @property
    def database(self) -> Database:
        """The one database of this test."""
        return self.carnet.database

    # -- who and what -----------------------------------------------------------------------------

    def enrol(self, *rows: RosterRow) -> Imported:
        """Import families."""
        with self.database.write() as db:
            return import_families(db, rows, self.clock())

    def family(self, number: int, *, introduced: bool = True, **changes: Any) -> int:
        """One family with one child and one guardian, reached by SMS; give its id."""
        row = roster_row(number, **changes)
        self.enrol(row)
        if introduced:  # else a welcome comes before everything
            with self.database.write() as db:
                db.execute(update(contacts).values(introduced_at=self.clock()))
        return self.family_id(row.family)

    def families(self, count: int, **changes: Any) -> list[int]:
        """Several such families."""
        return [self.family(number, **changes) for number in range(count)]

    def family_id(self, reference: str) -> int:
        """The id behind a reference."""
        return int(self.one(select(families.c.id).where(families.c.reference == reference)).id)

    def contact_id(self, family_id: int, rank: int = 1) -> int:
        """One guardian of a family."""
        query = select(contacts.c.id).where(
            contacts.c.family_id == family_id, contacts.c.rank == rank
        )
        return int(self.one(query).id)

    def contact(self, family_id: int, rank: int = 1) -> Row[Any]:
        """One guardian's row."""
        return self.one(select(contacts).where(contacts.c.id == self.contact_id(family_id, rank)))

    def bind(self, family_id: int, channel: ChannelName, value: str, *, rank: int = 1) -> int:
        """Reach a guardian through another channel first; give the address."""
        with self.database.write() as db:
            made = db.execute(
                insert(addresses).values(channel=channel, value=value, created_at=self.clock())
            ).inserted_primary_key
            assert made is not None
            db.execute(
                insert(contact_addresses).values(
                    contact_id=_contact(db, family_id, rank),
                    address_id=made[0],
                    rank=0,
                    source="bound",
                )
            )
        return int(made[0])

    def centre(self, **values: Any) -> int:
        """Change the centre; give its id."""
        if values:
            with self.database.write() as db:
                db.execute(update(centres).values(**values))
        return int(self.one(select(centres.c.id)).id)

    def event(self, on: date = WORKSHOP, at: time = time(18), **changes: Any) -> int:
        """One workshop of the centre, with its default plan."""
        title = changes.pop("title", "Atelier écrans")
        new = NewEvent(
            "workshop", self.centre(), on, at, "Maison de quartier", {"fr": Wording(title)}
        )
        with self.database.write() as db:
            return add_event(db, replace(new, **changes), self.clock())

    def campaign(
        self, kind: str = "announcement", on: date = NEXT_DAY, at: time = time(10), **changes: Any
    ) -> int:
        """An announcement, or a survey wave, to every family of the centre."""
        wordings = {"fr": campaigns.Wording("Le centre est fermé vendredi", "Revenez lundi.")}
        centre = self.centre()
        with self.database.write() as db:
            new = campaigns.NewCampaign(
                kind,
                on,
                at,
                campaigns.last_day(kind, on),
                members(db, Filter(), self.clock(), None),
                wordings=wordings if kind == "announcement" else {},
                audience=dump_filter(Filter()),
                centre_id=centre,
                wave="2026-H2" if kind == "wave" else "",
            )
            return campaigns.add_campaign(db, replace(new, **changes), self.clock())

    # -- what happens -----------------------------------------------------------------------------

    def plan(self) -> Enqueued:
        """Plan what is due now."""
        with self.database.write() as db:
            return plan_due(db, self.carnet.reach, self.clock())

    async def drain(self) -> int:
        """Send what is due now."""
        return await self.carnet.dispatcher.drain()

    async def tick(self) -> None:
        """Plan and send, as the jobs do."""
        self.plan()
        await self.drain()

    async def live_until(self, at: datetime, every: timedelta = timedelta(hours=1)) -> None:
        """Let the jobs run until an instant."""
        while self.clock() < at:
            self.clock.set(min(self.clock() + every, at))
            await self.tick()

    def receive(self, *incoming: Incoming) -> list[Received]:
        """Write a batch of what arrived, as the inbox does."""
        with self.database.write() as db:
            return write_batch(db, self.carnet.reach, incoming, self.clock())

    def hear(
        self,
        channel: ChannelName,
        value: str,
        text: str = "",
        *,
        payload: str | None = None,
        quoted: str | None = None,
        code: str | None = None,
        shared: str | None = None,
        opt_out: OptOut | None = None,
        provider_id: str = "",
    ) -> Received:
        """One message from a phone."""
        return self.receive(
            InboundMessage(
                Address(channel, value),
                provider_id or self._next_id(),
                text,
                payload=payload,
                quoted=ProviderId(quoted) if quoted else None,
                code=code,
                phone=shared,
                opt_out=opt_out,
            )
        )[0]

    def blocked(self, channel: ChannelName, value: str) -> None:
        """Someone blocks our bot."""
        self.receive(Departure(Address(channel, value), self._next_id()))

    def receipt(self, row: Row[Any], state: DeliveryState, code: str | None = None) -> None:
        """A provider speaks of a message."""
        word = Receipt(ChannelName(row.channel), ProviderId(row.provider_id), state, code)
        self.receive(word)

    def _next_id(self) -> str:
        self._arrived += 1
        return f"in-{self._arrived}"

    # -- what is true -----------------------------------------------------------------------------

    def all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Every row of a query."""
        with self.database.read() as db:
            return db.execute(query).all()

    def one(self, query: Select[Any]) -> Row[Any]:
        """The only row of a query."""
        rows = self.all(query)
        assert len(rows) == 1, f"one row was expected, not {len(rows)}"
        return rows[0]

    def outbox(self, **values: Any) -> Sequence[Row[Any]]:
        """The outbox rows with these values, oldest first."""
        query = select(outbox).order_by(outbox.c.id)
        return self.all(query.where(*(outbox.c[name] == value for name, value in values.items())))

    def row(self, **values: Any) -> Row[Any]:
        """The only outbox row with these values."""
        rows = self.outbox(**values)
        assert len(rows) == 1, f"one outbox row was expected, not {len(rows)}"
        return rows[0]

    def invitation(self, event_id: int, family_id: int) -> Row[Any]:
        """One family's invitation."""
        return self.one(
            select(invitations).where(
                invitations.c.event_id == event_id, invitations.c.family_id == family_id
            )
        )

    def texts(self, channel: ChannelName, value: str) -> list[str]:
        """What a phone was sent, oldest first."""
        return [one.text for one in self.phones[channel].taken if one.to.value == value]


def roster_row(number: int, **changes: Any) -> RosterRow:
    """One line of a roster: family F<number>, one child, one guardian."""
    values: dict[str, Any] = {
        "line": number + 2,
        "family": f"F{number:02d}",
        "centre": CENTRE,
        "child": f"Enfant{number}",
        "guardians": (guardian(number),),
    }
    return RosterRow(**values | changes)


def guardian(number: int, **changes: Any) -> Guardian:
    """A parent who reads French and is reached by SMS."""
    values: dict[str, Any] = {
        "name": f"Parent {number}",
        "language": "fr",
        "phone": phone(number),
        "can_text": True,
        "whatsapp": None,
    }
    return Guardian(**values | changes)


def open_house(
    database: Database,
    clock: Clock,
    folder: Path,
    *,
    shapes: Mapping[ChannelName, Shape] = SHAPES,
    **settings: Any,
) -> House:
    """Wire a whole Carnet on phones that the test holds."""
    chosen = Settings(data_folder=folder, _env_file=None, **settings)  # type: ignore[call-arg]
    phones = {name: Phones(shape, name.value) for name, shape in shapes.items()}
    carnet = build(chosen, clock=clock, database=database, channels=phones, limits={})
    return House(carnet, clock, phones)


def states(rows: Iterable[Row[Any]]) -> list[tuple[str, str, str]]:
    """What became of outbox rows: step, state, reason."""
    return [(row.step, row.state, row.reason) for row in rows]


def _contact(db: Any, family_id: int, rank: int) -> int:
    return int(
        db.scalar(
            select(contacts.c.id).where(contacts.c.family_id == family_id, contacts.c.rank == rank)
        )
    )
