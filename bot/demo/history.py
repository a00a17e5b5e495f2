"""Half a year of the invented centre, lived through the real planner, gate, channels and flows.

    import -> welcome -> invitations, answers, reminders -> who came -> questions, until last night

Nothing is written by hand where Carnet has a way of its own; only the clock is held, and moved from
one moment to the next at which something happens. The same day always gives the same story.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import Connection, select, update

from bot.accounts import add_staff
from bot.app import Carnet
from bot.audience import Filter, dump_filter
from bot.campaigns import NewCampaign, add_campaign, last_day
from bot.campaigns import Wording as Words
from bot.contacts import new_binding_code
from bot.demo.families import (
    CENTRE_PHONE,
    CITY,
    STRANGER,
    TELEGRAM,
    Family,
    Parent,
    families,
    roster_rows,
)
from bot.demo.house import EMAIL, PASSWORD
from bot.demo.living import confirm, plan
from bot.demo.parents import Reply, moment_of, react
from bot.demo.programme import NEWS, PROGRAMME, ROUND, SOON, WAVE, Planned
from bot.demo.screens import Screen, last_ids, latest_text, lines, link_in, new_screens
from bot.demo.words import QUESTIONS, STAFF_ANSWER
from bot.enrolment import import_families
from bot.events import NewEvent, add_event, cancel_event, record_attendance
from bot.inbox import write_batch
from bot.indicators.definitions import period_of
from bot.meetings import NewRound, every, open_round
from bot.messages import Address, ChannelName, Departure, InboundMessage, Incoming, ProviderId
from bot.people import answer_parent, close_task, pause_family
from bot.reach import hours_of
from bot.storage.audience import members
from bot.storage.claims import next_due_at
from bot.storage.tables import (
    centres,
    contacts,
    inbound,
    invitations,
    tasks,
)
from bot.storage.tables import (
    families as families_table,
)
from bot.wallclock import HeldClock, at_wall_clock, local
from scheduler.planner import WELCOME_AT, timetable
from scheduler.state import load_state

ZONE = "Europe/Paris"
DAYS = 182  # half a year
LAST_HOUR = time(20, 30)  # the story ends the evening before today, after the last message hour
AHEAD = 17  # days between planning a gathering and its day
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

OUTINGS_ONLY = frozenset({6})  # Saturday

ATTENDS = {"yes": 0.84, "maybe": 0.4, None: 0.07, "no": 0.02}
REST_OF_TASKS = timedelta(hours=36)  # what came in lately still waits for a person

Act = Callable[[Connection, datetime], Sequence[Incoming]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """Something particular that one parent does: what, so many days before today."""

    before: int
    at: time
    reference: str
    text: str = ""
    payload: str | None = None
    media: str | None = None
    blocks: bool = False


SCENES = (
    Scene(150, time(12, 20), "TIL-003", media="voice"),
    Scene(120, time(18, 45), "TIL-009", text="STOP"),
    Scene(99, time(12, 10), "TIL-009", text="START"),
    Scene(43, time(13, 5), "TIL-028", payload="::stop"),
    Scene(84, time(19, 5), "TIL-006", text="aide"),
    Scene(80, time(10, 40), "TIL-026", blocks=True),
    Scene(55, time(12, 30), "TIL-036", text="oui on sera 14"),
    Scene(3, time(20, 5), "TIL-016", text="Can my sister come too?"),
    Scene(1, time(18, 50), "TIL-005", text="Oğlum hasta, başka bir gün görüşebilir miyiz?"),
)
NUMBER_ENDS = ("TIL-023", 66)  # whose number ceases to exist, how many days ago
BINDS_AFTER = 9  # days: a card was handed out, and its code sent from Telegram
PAUSED, PAUSED_BEFORE = "TIL-031", 6


async def live_half_a_year(
    carnet: Carnet, clock: HeldClock, today: date, progress: Progress
) -> None:
    """Fill an empty database with the story that ends on the evening before `today`."""
    life = Life(carnet, clock, today, Random(f"tilleuls {today}"))  # noqa: S311 - a story
    life.prepare()
    first, last = life.moment(DAYS), life.moment(1, LAST_HOUR)
    while (at := life.next_moment()) is not None and at <= last:
        clock.move_to(at)
        await life.happen(at)
        progress((at - first).days, (last - first).days)
    clock.move_to(last)


@dataclass
class Life:
    """The story so far, and what is still to happen."""

    carnet: Carnet
    clock: HeldClock
    today: date
    dice: Random
    homes: tuple[Family, ...] = field(default_factory=families)
    agenda: list[tuple[datetime, int, Act]] = field(default_factory=list)
    due: list[datetime] = field(default_factory=list)  # when the planner has something to do
    held_until: datetime | None = None  # when a message that was held back may leave
    acts: int = 0
    said: int = 0
    seen: tuple[int, int] = (0, 0)
    last_task: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    who: dict[int, tuple[Family, Parent]] = field(default_factory=dict)
    events: dict[int, Planned] = field(default_factory=dict)

    # -- when -------------------------------------------------------------------------------------

    def moment(self, before: int, at: time = time(8)) -> datetime:
        """So many days before today, at an hour of the centre's wall clock."""
        return at_wall_clock(self.today - before * DAY, at, ZONE)

    def plan_act(self, at: datetime, act: Act) -> None:
        """Let something happen."""
        self.acts += 1
        heapq.heappush(self.agenda, (at, self.acts, act))

    def next_moment(self) -> datetime | None:
        """When something happens next."""
        heads = [one[0] for one in self.agenda[:1]] + self.due[:1]
        if self.held_until is not None:
            heads.append(self.held_until)
        return min(heads, default=None)

    async def happen(self, now: datetime) -> None:
        """All of one moment: what people do, what is planned, what leaves, and who sees it."""
        planned = self._is_due(now)
        with self.carnet.database.write() as db:
            arriving: list[Incoming] = []
            while self.agenda and self.agenda[0][0] <= now:
                arriving += heapq.heappop(self.agenda)[2](db, now)
            for result in write_batch(db, self.carnet.reach, arriving, now):
                if result.error is not None:
                    raise result.error
            if planned:
                plan(db, self.carnet, now)
            due_at = next_due_at(db)
        leaving = due_at is not None and due_at <= now
        if leaving:
            await self.carnet.dispatcher.drain()
        with self.carnet.database.write() as db:
            if leaving:
                confirm(db, self.carnet, now, self._broken())
                due_at = next_due_at(db)
            if leaving or arriving:
                self._look(db, now)
        self.held_until = max(due_at, now + MINUTE) if due_at else None

    def _is_due(self, now: datetime) -> bool:
        planned = False
        while self.due and self.due[0] <= now:
            heapq.heappop(self.due)
            planned = True
        return planned

    def _broken(self) -> dict[str, datetime]:
        reference, before = NUMBER_ENDS
        return {self._family(reference).phones[0]: self.moment(before)}

    def _family(self, reference: str) -> Family:
        return next(one for one in self.homes if one.reference == reference)

    # -- what the centre does ---------------------------------------------------------------------

    def prepare(self) -> None:
        """Write the centre's half-year into the agenda."""
        self.plan_act(self.moment(DAYS), self._open_centre)
        for joined in sorted({one.home.joined for one in self.homes} - {0}):
            self.plan_act(self.moment(DAYS - joined, time(11)), self._enrolling(joined))
        for planned in PROGRAMME:
            self._prepare_event(planned)
        self.plan_act(self.moment(NEWS.before, time(9, 30)), self._tell_news)
        self.plan_act(self.moment(WAVE.before, time(9, 30)), self._ask_opinions)
        self.plan_act(self.moment(ROUND.before, time(9, 30)), self._open_round)
        for scene in SCENES:
            self.plan_act(self.moment(scene.before, scene.at), self._playing(scene))
        self.plan_act(self.moment(112, time(15)), _stranger_writes)
        self.plan_act(self.moment(PAUSED_BEFORE, time(14)), self._pause)

    def _open_centre(self, db: Connection, now: datetime) -> Sequence[Incoming]:
        self._enrol(db, 0, now)
        db.execute(update(centres).values(city=CITY, phone=CENTRE_PHONE))
        centre_id = db.scalar(select(centres.c.id))
        add_staff(db, EMAIL, "Camille Vernier", "coordinator", PASSWORD, centre_id, now)
        return ()

    def _enrolling(self, joined: int) -> Act:
        def act(db: Connection, now: datetime) -> Sequence[Incoming]:
            self._enrol(db, joined, now)
            return ()

        return act

    def _enrol(self, db: Connection, joined: int, now: datetime) -> None:
        new = tuple(one for one in self.homes if one.home.joined == joined)
        import_families(db, roster_rows(new), now, zone=ZONE)
        people = db.execute(
            select(contacts.c.id, contacts.c.rank, families_table.c.reference)
            .join(families_table)
            .order_by(contacts.c.id)
        ).all()
        for row in people:
            family = self._family(row.reference)
            if row.id not in self.who:
                self.who[row.id] = (family, family.home.parents[row.rank - 1])
                self._hand_out_card(db, row.id, now)
        welcome_on = local(now, ZONE).date() + DAY
        heapq.heappush(self.due, at_wall_clock(welcome_on, WELCOME_AT, ZONE))
        self._note_slots(db, now)

    def _hand_out_card(self, db: Connection, contact_id: int, now: datetime) -> None:
        """Who uses Telegram gets a card; some days later they send its code from there."""
        parent = self.who[contact_id][1]
        if parent.channel is not TELEGRAM:
            return
        code = new_binding_code(db, contact_id, now)
        address = _chat(contact_id)

        def bind(_db: Connection, _now: datetime) -> Sequence[Incoming]:
            return (InboundMessage(address, self._provider_id(), "/start", code=code),)

        day = local(now, ZONE).date() + BINDS_AFTER * DAY
        self.plan_act(at_wall_clock(day, time(18, 10), ZONE), bind)

    def _prepare_event(self, planned: Planned) -> None:
        on = self._day_of(planned)
        known_on = min(on - AHEAD * DAY, self.today - 3 * DAY)
        event_ids: list[int] = []

        def announce(db: Connection, now: datetime) -> Sequence[Incoming]:
            event_ids.append(self._announce(db, planned, on, now))
            return ()

        def cancel(db: Connection, now: datetime) -> Sequence[Incoming]:
            cancel_event(db, self.carnet.reach, event_ids[0], now)
            return ()

        def tick(db: Connection, now: datetime) -> Sequence[Incoming]:
            self._tick(db, event_ids[0], now)
            return ()

        self.plan_act(at_wall_clock(known_on, time(14, 20), ZONE), announce)
        if planned.cancelled:
            self.plan_act(at_wall_clock(on - 2 * DAY, time(11, 15), ZONE), cancel)
            return
        ticked_on = on + 3 * DAY if planned.ticked_late else on
        self.plan_act(at_wall_clock(ticked_on, time(20, 15), ZONE), tick)

    def _day_of(self, planned: Planned) -> date:
        """Its day, or one near it on which the centre is open."""
        wanted = self.today - planned.before * DAY
        nearby = (0, -1, 1, 2, 3) if planned.before == SOON else range(7)
        return next(on for days in nearby if self._is_open(on := wanted + days * DAY, planned))

    def _is_open(self, on: date, planned: Planned) -> bool:
        hours = hours_of(None, at_wall_clock(on, planned.at, ZONE))
        closed = hours.quiet_days | (OUTINGS_ONLY if planned.before > 0 else frozenset())
        if planned.kind == "outing":
            closed = hours.quiet_days
        return on.isoweekday() not in closed and on not in hours.holidays

    def _announce(self, db: Connection, planned: Planned, on: date, now: datetime) -> int:
        ids = None
        if planned.families is not None:
            query = select(families_table.c.id).where(
                families_table.c.reference.in_(planned.families)
            )
            ids = tuple(db.scalars(query))
        centre_id = db.scalar(select(centres.c.id))
        assert centre_id is not None
        new = NewEvent(
            kind=planned.kind,
            centre_id=centre_id,
            on=on,
            at=planned.at,
            place=planned.place,
            wordings=planned.wordings,
            seats=planned.seats,
            families=ids,
        )
        event_id = add_event(db, new, now)
        self.events[event_id] = planned
        self._note_slots(db, now)
        return event_id

    def _tell_news(self, db: Connection, now: datetime) -> Sequence[Incoming]:
        words = {one: Words(said.title, said.notes) for one, said in NEWS.wordings.items()}
        return self._add_campaign(db, "announcement", words, now)

    def _ask_opinions(self, db: Connection, now: datetime) -> Sequence[Incoming]:
        return self._add_campaign(db, "wave", {}, now)

    def _add_campaign(
        self, db: Connection, kind: str, words: Mapping[str, Words], now: datetime
    ) -> Sequence[Incoming]:
        on = local(now, ZONE).date()
        new = NewCampaign(
            kind=kind,
            on=on,
            at=time(10),
            ends_on=last_day(kind, on),
            families=members(db, Filter(), now, None),
            wordings=words,
            audience=dump_filter(Filter()),
            centre_id=db.scalar(select(centres.c.id)),
            wave=str(period_of(on)) if kind == "wave" else "",
        )
        add_campaign(db, new, now)
        self._note_slots(db, now)
        return ()

    def _open_round(self, db: Connection, now: datetime) -> Sequence[Incoming]:
        """Mme Roy keeps moments free on the next days on which the centre is open."""
        hours, centre_id = hours_of(None, now), db.scalar(select(centres.c.id))
        assert centre_id is not None, "the centre opened half a year ago"
        wanted = (self.today + ahead * DAY for ahead in range(3, 20))
        free = [one for one in wanted if one.isoweekday() < 6 and one not in hours.holidays]
        chosen = families_table.c.reference.in_(ROUND.families)
        new = NewRound(
            centre_id=centre_id,
            host=ROUND.host,
            place=ROUND.place,
            on=local(now, ZONE).date(),
            at=time(10),
            families=tuple(db.scalars(select(families_table.c.id).where(chosen))),
            slots=every(free[: ROUND.days], ROUND.first, ROUND.until, ROUND.minutes),
            wordings=ROUND.wordings,
        )
        open_round(db, new, now)
        self._note_slots(db, now)
        return ()

    def _note_slots(self, db: Connection, now: datetime) -> None:
        """Remember when the planner will have something to do; anything already due is due now."""
        moments = {
            max(slot.due_at, now)
            for subject in load_state(db, now).subjects
            for slot in timetable(subject)
            if slot.expires_at > now
        }
        for at in moments - set(self.due):
            heapq.heappush(self.due, at)

    def _tick(self, db: Connection, event_id: int, now: datetime) -> None:
        rows = db.execute(
            select(invitations.c.family_id, invitations.c.rsvp, invitations.c.seat)
            .where(invitations.c.event_id == event_id)
            .order_by(invitations.c.family_id)
        ).all()
        came = {
            row.family_id: self.dice.random() < ATTENDS["no" if row.seat == "waiting" else row.rsvp]
            for row in rows
        }
        record_attendance(db, event_id, came, now)
        self._note_slots(db, now)

    def _pause(self, db: Connection, now: datetime) -> Sequence[Incoming]:
        family_id = db.scalar(
            select(families_table.c.id).where(families_table.c.reference == PAUSED)
        )
        assert family_id is not None
        until = at_wall_clock(self.today + DAY, time(9), ZONE)
        pause_family(db, family_id, until, "Naissance d'une petite sœur", now)
        return ()

    # -- what parents do --------------------------------------------------------------------------

    def _look(self, db: Connection, now: datetime) -> None:
        """Parents see what has just arrived; the coordinator sees who waits."""
        screens = new_screens(db, self.seen, self.tokens)
        self.seen = last_ids(db)
        for screen in screens:
            family, parent = self.who[screen.contact_id]
            dice = Random(f"{self.today} {screen.outbox_id}")  # noqa: S311 - a story
            reply = react(screen, family, parent, dice)
            if reply is not None:
                at = moment_of(reply, local(now, ZONE)).astimezone(UTC)
                self.plan_act(at, self._answering(screen, reply))
        self._see_tasks(db, now)

    def _answering(self, screen: Screen, reply: Reply) -> Act:
        def act(_db: Connection, _now: datetime) -> Sequence[Incoming]:
            provider_id = self._provider_id()
            sender = screen.address
            if screen.token:
                sender = Address(ChannelName.LINK, screen.token)
                self.tokens[provider_id] = screen.token
            quoted = ProviderId(f"sim-{screen.outbox_id}") if not screen.token else None
            tapped = quoted if reply.payload else None
            return (
                InboundMessage(
                    sender, provider_id, reply.text, payload=reply.payload, quoted=tapped
                ),
            )

        return act

    def _playing(self, scene: Scene) -> Act:
        """A particular thing that happened, on the phone's best channel or behind its last link."""

        def act(db: Connection, _now: datetime) -> Sequence[Incoming]:
            contact_id = next(
                one for one, (family, _) in self.who.items() if family.reference == scene.reference
            )
            line = lines(db, contact_id)[0]
            provider_id = self._provider_id()
            if scene.blocks:
                return (Departure(line.address, provider_id),)
            sender = line.address
            if sender.channel is ChannelName.SMS:
                token = link_in(latest_text(db, sender))
                sender = Address(ChannelName.LINK, token)
                self.tokens[provider_id] = token
            return (
                InboundMessage(
                    sender, provider_id, scene.text, payload=scene.payload, media=scene.media
                ),
            )

        return act

    def _see_tasks(self, db: Connection, now: datetime) -> None:
        """The coordinator answers who waits on the next working morning."""
        rows = db.execute(
            select(tasks.c.id, tasks.c.contact_id, tasks.c.address_id)
            .where(tasks.c.id > self.last_task)
            .order_by(tasks.c.id)
        ).all()
        for row in rows:
            self.last_task = row.id
            if now + REST_OF_TASKS < self.moment(0):
                text = self._staff_answer(db, row.address_id)
                self.plan_act(self._working_morning(now), _answering_task(row.id, text))
                closing = self._working_morning(now) + timedelta(hours=3)
                self.plan_act(closing, _closing_task(row.id))

    def _staff_answer(self, db: Connection, address_id: int) -> str:
        text = db.scalar(
            select(inbound.c.text)
            .where(inbound.c.address_id == address_id)
            .order_by(inbound.c.id.desc())
            .limit(1)
        )
        known = dict(pair for pairs in QUESTIONS.values() for pair in pairs)
        return known.get(text or "", STAFF_ANSWER)

    def _working_morning(self, now: datetime) -> datetime:
        on = local(now, ZONE).date() + DAY
        while on.isoweekday() > 5:
            on += DAY
        return at_wall_clock(on, time(9, 40), ZONE)

    def _provider_id(self) -> str:
        self.said += 1
        return f"demo-{self.said}"


def _answering_task(task_id: int, text: str) -> Act:
    def act(db: Connection, now: datetime) -> Sequence[Incoming]:
        answer_parent(db, task_id, text, "Camille", now)
        return ()

    return act


def _closing_task(task_id: int) -> Act:
    def act(db: Connection, now: datetime) -> Sequence[Incoming]:
        close_task(db, task_id, None, now)
        return ()

    return act


def _stranger_writes(_db: Connection, _now: datetime) -> Sequence[Incoming]:
    address = Address(ChannelName.WHATSAPP, STRANGER)
    text = "Bonjour, c'est pour inscrire ma fille"
    return (InboundMessage(address, "demo-stranger", text),)


def _chat(contact_id: int) -> Address:
    return Address(ChannelName.TELEGRAM, str(7_000_000_000 + contact_id))
