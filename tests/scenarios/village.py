"""A village that a campaign happens to: two centres, shared phones, a provider that fails.

What is true of its people (who said stop, who is paused, who talks with a person) and what their
phones took is kept here, apart from the bot's own books, so that the two can be compared.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from bot.app import build
from bot.contacts import new_binding_code
from bot.enrolment import import_families
from bot.errors import SendUncertain
from bot.messages import ChannelName, DeliveryState, OptOut, OutboundMessage, ProviderId, Purpose
from bot.people import TALK, answer_parent, close_task, pause_family
from bot.settings import Settings
from bot.storage.claims import release_all
from bot.storage.database import AloneDatabase, Database
from bot.storage.tables import (
    addresses,
    centres,
    contact_addresses,
    contacts,
    events,
    families,
    inbound,
    invitations,
    metadata,
    outbox,
    tasks,
)
from scheduler.jobs import serve_lists, sweep
from tests.house import SHAPES, SMS, TELEGRAM, Clock, House, Phones, guardian, phone, roster_row

CENTRES = {"Les Tilleuls": "Europe/Paris", "Les Flamboyants": "Indian/Reunion"}
CONFIRMS = ("stopped", "resumed", "bound")  # answers to what the person has just chosen
ANSWERS = (Purpose.REPLY, Purpose.STAFF)
TELLS_STOP, TELLS_START = ("STOP", "arrêt svp"), ("recommencer",)


class KilledError(BaseException):
    """The process dies in the middle of a send."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One message on a phone, with what stood in the books when it arrived."""

    at: datetime
    value: str
    text: str
    row: Row[Any]
    event: Row[Any] | None
    invitation: Row[Any] | None
    said_no_more: bool  # the person had stopped, or was erased
    held_back: bool  # paused, or talking with a person

    @property
    def automatic(self) -> bool:
        """Nobody's answer and no person's words."""
        return self.row.purpose not in ANSWERS


@dataclass(slots=True)
class Provider(Phones):
    """A provider that takes notes, and can take the whole process down."""

    village: Village | None = None
    kills: str = ""  # "before" or "after" it takes the next message

    async def send(self, message: OutboundMessage) -> ProviderId:
        """Take it, or fail, or die."""
        kills, self.kills = self.kills, ""
        if kills == "before":
            raise KilledError
        held = len(self.taken)
        try:
            given = await Phones.send(self, message)
        except SendUncertain:
            if len(self.taken) > held and self.village is not None:
                self.village.in_doubt.add(message.id)
            raise
        finally:
            if len(self.taken) > held and self.village is not None:
                self.village.note(message)
        if kills == "after":
            if self.village is not None:
                self.village.in_doubt.add(message.id)
            raise KilledError
        return given


@dataclass(slots=True)
class Village:
    """The bot and everybody around it."""

    house: House
    folder: Path
    providers: dict[ChannelName, Provider]
    taken: list[Taken] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)  # contacts
    erased: set[int] = field(default_factory=set)
    paused: dict[int, datetime] = field(default_factory=dict)  # families
    talking: dict[int, datetime] = field(default_factory=dict)  # contacts
    calls: list[tuple[ChannelName, str, str, str | None, str]] = field(default_factory=list)
    chats: set[str] = field(default_factory=set)
    in_doubt: set[int] = field(default_factory=set)  # taken without a word to us
    number: int = 0

    # -- what happens -----------------------------------------------------------------------------

    def enrol(self, number: int, centre: str, guardians: Sequence[tuple[int, bool]]) -> None:
        """Import one child of family `number`; guardians as phone number and can-it-text."""
        row = roster_row(
            number,
            centre=centre,
            guardians=tuple(
                guardian(number, name=f"Parent {rank}", phone=phone(line), can_text=mobile)
                for rank, (line, mobile) in enumerate(guardians)
            ),
        )
        with self.house.database.write() as db:
            import_families(db, [row], self.house.clock(), zone=CENTRES[centre])

    def tick(self) -> bool:
        """Let every job run once; False when the process died over it."""
        try:
            asyncio.run(self._jobs())
        except KilledError:
            return False
        return True

    async def _jobs(self) -> None:
        self.house.plan()
        await serve_lists(self.house.carnet.works)
        await self.house.drain()
        await serve_lists(self.house.carnet.works)
        await sweep(self.house.carnet.works)

    def restart(self, *, alone: bool) -> None:
        """Another process takes over; it frees what was claimed when it knows that it is alone."""
        self.house = _house(self.house.database, self.house.clock, self.folder, self.providers)
        if alone:
            with self.house.database.write() as db:
                release_all(db)

    def live(self, hours: int, every: timedelta) -> None:
        """Let time pass with the jobs running; what dies is started again."""
        end = self.house.clock() + timedelta(hours=hours)
        while self.house.clock() < end:
            self.house.clock.set(min(self.house.clock() + every, end))
            if not self.tick():
                self.restart(alone=False)

    def hear(
        self,
        channel: ChannelName,
        value: str,
        text: str = "",
        *,
        payload: str | None = None,
        opt_out: OptOut | None = None,
    ) -> None:
        """One message from a phone; what it changed about consent and pauses is judged."""
        self.number += 1
        here = self.people_at(channel, value)
        call = (channel, value, text, payload, f"call-{self.number}")
        done = self.house.hear(channel, value, text, payload=payload, opt_out=opt_out,
                               provider_id=call[4])  # fmt: skip
        assert done.error is None, done.error
        self.calls.append(call)
        now_stopped = self._stopped()
        if text in TELLS_STOP or opt_out is OptOut.STOP:
            assert here <= now_stopped
        opened = self.stopped - now_stopped
        wants = payload is not None and payload.endswith(":messages:yes")  # the welcome's question
        assert not opened or text in TELLS_START or opt_out is OptOut.START or wants
        assert opened <= here
        self.stopped = now_stopped
        asked = {row.id: row.paused_until for row in self.house.all(select(families))}
        self.paused |= {one: until for one, until in asked.items() if until is not None}

    def bind(self, contact_id: int, channel: ChannelName, value: str) -> None:
        """A parent opens the link on their card."""
        self.number += 1
        self.chats.add(value)
        with self.house.database.write() as db:
            code = new_binding_code(db, contact_id, self.house.clock())
        done = self.house.hear(channel, value, code=code, provider_id=f"call-{self.number}")
        assert done.error is None, done.error

    def again(self, call: tuple[ChannelName, str, str, str | None, str]) -> None:
        """The provider brings the same call a second time."""
        channel, value, text, payload, provider_id = call
        self.house.hear(channel, value, text, payload=payload, provider_id=provider_id)

    def pause(self, family_id: int, until: datetime | None) -> None:
        """Somebody at the centre holds a family's messages back, or lets them go."""
        with self.house.database.write() as db:
            pause_family(db, family_id, until, "Une naissance", self.house.clock())
        self.paused.pop(family_id, None)
        if until is not None:
            self.paused[family_id] = until

    def answer(self, task: Row[Any]) -> None:
        """A person at the centre writes to the parent who waits."""
        with self.house.database.write() as db:
            answer_parent(db, task.id, "Bonjour !", "Camille", self.house.clock())
        if task.contact_id is not None:
            self.talking[task.contact_id] = self.house.clock() + TALK

    def close(self, task: Row[Any]) -> None:
        """The talk is over."""
        with self.house.database.write() as db:
            close_task(db, task.id, None, self.house.clock())
        others = {one.contact_id for one in self.open_tasks() if one.answered_at is not None}
        if task.contact_id not in others:
            self.talking.pop(task.contact_id, None)

    def erase(self, contact_id: int) -> None:
        """A guardian is erased."""
        with self.house.database.write() as db:
            gone = update(contacts).where(contacts.c.id == contact_id)
            db.execute(gone.values(erased_at=self.house.clock()))
        self.erased.add(contact_id)

    def note(self, message: OutboundMessage) -> None:
        """Write down what a phone has just taken, with what is true at this moment."""
        row = self.house.row(id=message.id)
        now = self.house.clock()
        found = self.house.all(select(events).where(events.c.id == row.event_id))
        invited = self.house.all(
            select(invitations).where(
                invitations.c.event_id == row.event_id, invitations.c.family_id == row.family_id
            )
        )
        held_back = (
            self.paused.get(row.family_id, now) > now or self.talking.get(row.contact_id, now) > now
        )
        gone = row.contact_id in self.stopped | self.erased
        note = Taken(
            now,
            message.to.value,
            message.text,
            row,
            next(iter(found), None),
            next(iter(invited), None),
            gone,
            held_back,
        )
        self.taken.append(note)

    # -- what is true -----------------------------------------------------------------------------

    def people_at(self, channel: ChannelName, value: str) -> set[int]:
        """Who is reached at an address and was not erased."""
        rows = self.house.all(
            select(contact_addresses.c.contact_id)
            .join(addresses, addresses.c.id == contact_addresses.c.address_id)
            .where(addresses.c.channel == channel, addresses.c.value == value)
        )
        return {row.contact_id for row in rows} - self.erased

    def families_at(self, channel: ChannelName, value: str) -> set[int]:
        """Their families."""
        query = select(contacts.c.family_id).where(
            contacts.c.id.in_(self.people_at(channel, value))
        )
        return {row.family_id for row in self.house.all(query)}

    def buttons(self) -> list[tuple[str, str]]:
        """Every button that was ever shown: on whose chat, and its payload."""
        return [
            (message.to.value, button.payload)
            for message in self.providers[TELEGRAM].taken
            for button in message.buttons
        ]

    def open_tasks(self) -> Sequence[Row[Any]]:
        """Parents who wait for a person."""
        return self.house.all(select(tasks).where(tasks.c.closed_at.is_(None)).order_by(tasks.c.id))

    def centre_of(self, row: Row[Any]) -> Row[Any]:
        """The centre that a message is from."""
        return self.house.one(select(centres).where(centres.c.id == row.centre_id))

    def answers(self) -> dict[tuple[int, int], tuple[Any, ...]]:
        """What stands for each event and family."""
        rows = self.house.all(select(invitations))
        return {
            (row.event_id, row.family_id): (row.rsvp, row.adults, row.children, row.seat, row.party)
            for row in rows
        }

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """The whole database."""
        return {
            table.name: [tuple(row) for row in self.house.all(select(table).order_by(table.c.id))]
            for table in metadata.sorted_tables
        }

    def left(self) -> Sequence[Row[Any]]:
        """The books: what they say has left for a phone."""
        states = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
        query = select(outbox).where(
            outbox.c.state.in_(states), outbox.c.channel != ChannelName.LINK
        )
        return self.house.all(query)

    def heard(self) -> int:
        """How many calls were written down."""
        return len(self.house.all(select(inbound.c.id)))

    def _stopped(self) -> set[int]:
        rows = self.house.all(select(contacts.c.id).where(contacts.c.stopped_at.is_not(None)))
        return {row.id for row in rows}


def found(empty_file: Path, folder: Path, now: datetime) -> Village:
    """An empty village."""
    file = Path(shutil.copy(empty_file, folder / "carnet.db"))
    # without threads, so that what has failed once fails again
    database = AloneDatabase(f"sqlite:///{file}", durable=False)
    providers = {name: Provider(SHAPES[name], name.value) for name in (SMS, TELEGRAM)}
    village = Village(_house(database, Clock(now), folder, providers), folder, providers)
    for one in providers.values():
        one.village = village
    return village


def _house(
    database: Database, clock: Clock, folder: Path, providers: dict[ChannelName, Provider]
) -> House:
    settings = Settings(data_folder=folder, sms_can_receive=True, _env_file=None)  # type: ignore[call-arg]
    carnet = build(settings, clock=clock, database=database, channels=providers, limits={})
    return House(carnet, clock, providers)


def is_holiday(on: date, holidays: frozenset[date]) -> bool:
    """Sundays count."""
    return on.isoweekday() == 7 or on in holidays
