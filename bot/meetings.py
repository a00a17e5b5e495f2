"""Rounds of individual meetings: a member of staff keeps moments free, families take one each.

A round is a campaign; its planned steps offer the moments. One transaction each.

    foresee_round                           what opening one would do
    open_round, add_slots, import_slots     what is free
    put, take_back                          what a family said on the telephone
    withdraw_slot, cancel_round             what does not take place; who had it is told
    offer_again                             once more after a "no" or an absence, never a third time
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.calendars import LONGEST as LONGEST_MINUTES
from bot.calendars import SHORTEST as SHORTEST_MINUTES
from bot.calendars import Diary, Left, Meeting
from bot.errors import Rejected
from bot.events import Wording, cancel_event, check_moment, check_place, check_wordings
from bot.flows.base import EventStatus
from bot.messages import About, Purpose, key_of
from bot.outreach import Enqueued, both_guardians, enqueue, says_now
from bot.overruled import meeting_news
from bot.plans import Intent, default_steps
from bot.preview import preview_audience
from bot.reach import Reach, hours_of, load_facts
from bot.scenes import load_scenes
from bot.showing import Foreseen, first_messages
from bot.storage import campaigns, events
from bot.storage import slots as stored
from bot.storage.audience import Member
from bot.storage.events import centre_zone
from bot.storage.offers import centre
from bot.storage.own_words import remember_original
from bot.storage.withdrawals import withdraw_campaign
from bot.taking import Taker, give_back, take
from bot.translation import day, hour
from bot.wallclock import at_wall_clock

MOST_SLOTS = 400  # in one round
LONGEST_HOST = 80
AGAIN_AFTER = timedelta(days=5)  # once the nudge of the plan cannot follow it any more
STAFF_LANGUAGE = "fr"
MOVED_BUT_TAKEN = "une famille l'a pris : changez la rencontre avec elle"
OVERLAPS = "chevauche un autre moment de {host}"


@dataclass(frozen=True, slots=True)
class NewSlot:
    """One moment to keep free. `uid`: of the calendar entry that it comes from."""

    on: date
    at: time
    minutes: int
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class NewRound:
    """What a coordinator opens.

    `on` and `at`: when the first message leaves. `ends_on`: the last day of messages; None: the
    last moment's. `families` are of the centre; `audience` is the filter that chose them, as data.
    """

    centre_id: int
    host: str
    place: str
    on: date
    at: time
    families: Sequence[int]
    slots: Sequence[NewSlot]
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    original: str = "fr"
    ends_on: date | None = None
    audience: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a calendar file. `left`: entries that were not taken, and why."""

    added: int
    moved: int
    unchanged: int
    left: tuple[Left, ...]


# -- what is free ---------------------------------------------------------------------------------


def every(on: Iterable[date], first: time, until: time, minutes: int) -> tuple[NewSlot, ...]:
    """The moments of some days, one after the other from `first`, the last over by `until`.

    Raises Rejected, in French, where none fits.
    """
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise Rejected(
            f"Un moment dure entre {SHORTEST_MINUTES} minutes et {LONGEST_MINUTES // 60} heures."
        )
    ends = until.hour * 60 + until.minute
    starts = range(first.hour * 60 + first.minute, ends - minutes + 1, minutes)
    if not starts:
        raise Rejected(
            "Aucun moment ne tient entre ces deux heures. Vérifiez le début, la fin et la durée."
        )
    return tuple(
        NewSlot(one, time(start // 60, start % 60), minutes)
        for one in sorted(set(on))
        for start in starts
    )


def open_round(db: Connection, new: NewRound, now: datetime) -> int:
    """Write the round, its texts, its plan, its families and its moments; give its id.

    Raises Rejected, in French, when something is missing or cannot be.
    """
    zone = _check(db, new, now)
    last = max(one.on for one in new.slots)
    campaign_id = campaigns.insert_campaign(
        db,
        {
            "centre_id": new.centre_id,
            "kind": stored.KIND,
            "host": new.host.strip(),
            "place": new.place.strip(),
            "on": new.on,
            "at": new.at,
            "ends_on": new.ends_on or last,
            "audience": dict(new.audience),
            "created_at": now,
        },
    )
    for language, wording in new.wordings.items():
        campaigns.insert_text(
            db,
            campaign_id,
            language,
            original=language == new.original,
            title=wording.title.strip(),
            body=wording.notes.strip(),
        )
    remember_original(db, About(campaign_id=campaign_id))
    first, *others = default_steps(stored.KIND)
    campaigns.insert_plan(db, campaign_id, (replace(first, at=new.at), *others))
    chosen = tuple(dict.fromkeys(new.families))
    here = stored.families_of_centre(db, new.centre_id, chosen)
    if len(here) < len(chosen):
        raise Rejected("Une famille choisie n'est pas, ou n'est plus, dans ce centre.")
    campaigns.insert_families(db, campaign_id, ((one, new.centre_id) for one in chosen))
    round_ = campaigns.campaign(db, campaign_id)
    assert round_ is not None, "it was just written"
    _add(db, round_, new.slots, zone, now)
    return campaign_id


def foresee_round(db: Connection, reach: Reach, new: NewRound, now: datetime) -> Foreseen:
    """What `open_round` would lead to; it is done and taken back on the writing connection `db`.

    Raises Rejected as it does.
    """
    zone = _check(db, new, now)
    due_at = max(now, at_wall_clock(new.on, new.at, zone))
    first, *_ = default_steps(stored.KIND)
    with db.begin_nested() as attempt:
        campaign_id = open_round(db, new, now)
        audience = preview_audience(
            db,
            reach,
            [Member(one, new.centre_id) for one in dict.fromkeys(new.families)],
            due_at,
            purpose=first.purpose,
            step=first.name,
        )
        people = audience.people
        facts = load_facts(db, reach, (one.contact_id for one in people), [new.centre_id], due_at)
        about = About(None, campaign_id)
        wanted = [(facts.people[one.contact_id], about) for one in people]
        scenes = load_scenes(db, reach.deployment, wanted, due_at)
        messages = first_messages(
            facts,
            people,
            lambda row: says_now(first.name, scenes.of(row, about), on=new.on),
        )
        leaves_at = hours_of(centre(db, new.centre_id), due_at).next_open(due_at)
        attempt.rollback()
    return Foreseen(audience, again=0, messages=messages, leaves_at=leaves_at)


def add_slots(db: Connection, campaign_id: int, slots: Sequence[NewSlot], now: datetime) -> int:
    """Keep more moments free; give how many.

    Raises Rejected, in French, for a moment that has passed or overlaps another of the same person.
    """
    round_ = _open(db, campaign_id)
    return _add(db, round_, slots, round_.time_zone, now)


def import_slots(db: Connection, campaign_id: int, diary: Diary, now: datetime) -> Imported:
    """Take in the moments of a calendar file: new ones are added, moved ones moved while free.

    The same file again changes nothing. Raises Rejected, in French, for a round that is over.
    """
    round_ = _open(db, campaign_id)
    zone = round_.time_zone
    known = {row.uid: row for row in stored.slots_in(db, campaign_id) if row.uid is not None}
    left = list(diary.left)
    moved: list[tuple[Row[Any], NewSlot]] = []
    new: list[NewSlot] = []
    unchanged = 0
    for entry in diary.entries:
        slot = NewSlot(entry.on, entry.at, entry.minutes, entry.uid)
        row = known.get(entry.uid)
        if row is None:
            new.append(slot)
        elif (row.on, row.at, row.minutes) == (entry.on, entry.at, entry.minutes):
            unchanged += 1
        elif row.family_id is not None:
            left.append(Left(_called(slot), MOVED_BUT_TAKEN))
        elif row.withdrawn_at is None:
            moved.append((row, slot))
        else:
            unchanged += 1  # a person has withdrawn it here
    going = {row.id for row, _ in moved}
    busy = [one for one in _busy(db, round_, now) if one[2] not in going]
    wanted = (*(slot for _, slot in moved), *new)
    fits = _fitting(busy, wanted, zone)
    overlaps = OVERLAPS.format(host=round_.host)
    left += [Left(_called(slot), overlaps) for slot in wanted if slot not in fits]
    leaving = [(row, slot) for row, slot in moved if slot in fits]
    coming = [slot for slot in new if slot in fits]
    _check_number(db, campaign_id, len(coming))
    _set_moments(db, round_, leaving, now)
    _insert(db, round_, coming, zone)
    return Imported(len(coming), len(leaving), unchanged, tuple(left))


# -- what a family said on the telephone ----------------------------------------------------------


def put(
    db: Connection, reach: Reach, campaign_id: int, slot_id: int, family_id: int, now: datetime
) -> int:
    """Put a family on a moment by hand; the one that it had is free again. Give the meeting.

    The family is told at once when, where and with whom, and how to choose another moment.

    Raises Rejected, in French, when the moment is taken, or the family is not of the centre.
    """
    round_ = _open(db, campaign_id)
    if family_id not in stored.families_of_centre(db, round_.centre_id, [family_id]):
        raise Rejected("Cette famille n'est pas, ou n'est plus, dans ce centre.")
    stored.invite(db, campaign_id, family_id, round_.centre_id, now)
    event_id = take(db, campaign_id, slot_id, Taker(family_id), now)
    if event_id is None:
        raise Rejected("Ce moment n'est plus libre. Choisissez-en un autre.")
    campaigns.settle_others(db, campaign_id, family_id, 0)
    event = events.event(db, event_id)
    assert event is not None, "it was just arranged"
    told = [
        meeting_news(event, "slot_taken", family_id, row.contact_id, now)
        for row in events.who_was_told(db, event_id)
    ]
    enqueue(db, reach, told, now)
    enqueue(db, reach, both_guardians(db, told), now)
    return event_id


def take_back(db: Connection, campaign_id: int, family_id: int, now: datetime) -> None:
    """The family has told us that it cannot come: its moment is free again.

    Raises Rejected, in French, where it has none to come.
    """
    if not give_back(db, campaign_id, Taker(family_id), now):
        raise Rejected("Cette famille n'a pas de moment à venir.")


# -- what does not take place ---------------------------------------------------------------------


def withdraw_slot(
    db: Connection, reach: Reach, campaign_id: int, slot_id: int, now: datetime
) -> int:
    """Keep a moment free no longer; a family that had it is told. Give how many are.

    Raises Rejected, in French, for a moment that has passed or was withdrawn already.
    """
    slot = stored.slot(db, slot_id)
    if slot is None or slot.campaign_id != campaign_id or slot.withdrawn_at is not None:
        raise Rejected("Ce moment n'existe pas ou il est déjà retiré.")
    if slot.starts_at <= now:
        raise Rejected("Ce moment est passé : il n'y a plus rien à retirer.")
    if slot.event_id is not None:
        return cancel_event(db, reach, slot.event_id, now)
    stored.set_slot(db, slot_id, withdrawn_at=now)
    return 0


def cancel_round(db: Connection, reach: Reach, campaign_id: int, now: datetime) -> int:
    """Cancel a round: what waits does not leave, its meetings to come are cancelled.

    Gives how many families are told: those that had a moment. Raises Rejected, in French, for a
    round that is over or cancelled already.
    """
    _open(db, campaign_id)
    told = sum(
        cancel_event(db, reach, row.event_id, now)
        for row in stored.slots_in(db, campaign_id)
        if row.event_id is not None and row.starts_at > now
    )
    campaigns.set_cancelled(db, campaign_id)
    withdraw_campaign(db, campaign_id)
    return told


# -- once more ------------------------------------------------------------------------------------


def offer_again(db: Connection, reach: Reach, now: datetime) -> Enqueued:
    """Offer moments once more, some days after a "no" or an absence; once per family and round.

    A list that did not leave because no moment was free leaves as soon as one is.
    """
    intents: list[Intent] = []
    for round_ in stored.rounds_with_free_slots(db, now):
        stored.let_leave(db, round_.id, now)
        if campaigns.card(db, round_.id, now).status is not EventStatus.UPCOMING:
            continue
        members = tuple(_to_offer_again(db, round_, now))
        if not members:
            continue
        asked = preview_audience(db, reach, members, now, step=stored.AGAIN).told
        stored.reopen(db, round_.id, [one.family_id for one in asked])
        until = at_wall_clock(round_.ends_on + timedelta(days=1), time(), round_.time_zone)
        for family in asked:
            for place, person in enumerate(family.people):
                whom = f"contact-{person.contact_id}" if place else f"family-{family.family_id}"
                intents.append(
                    Intent(
                        key=key_of(
                            Purpose.INVITATION, f"campaign-{round_.id}", 1, stored.AGAIN, whom
                        ),
                        purpose=Purpose.INVITATION,
                        step=stored.AGAIN,
                        event_id=None,
                        campaign_id=round_.id,
                        centre_id=family.centre_id,
                        family_id=family.family_id,
                        contact_id=person.contact_id,
                        due_at=now,
                        expires_at=until,
                    )
                )
    return enqueue(db, reach, intents, now)


def _to_offer_again(db: Connection, round_: Row[Any], now: datetime) -> Iterator[Member]:
    """The families whose "no" or absence is some days old; a meeting that we cancelled, at once."""
    theirs: dict[int, list[Row[Any]]] = {}
    for meeting in stored.meetings_of(db, [round_.id]):
        theirs.setdefault(meeting.family_id, []).append(meeting)
    for family in stored.without_a_moment(db, round_.id, now):
        meetings = theirs.get(family.family_id, [])
        held = [one for one in meetings if one.status == "planned"]
        if any(one.attended is not False for one in held):
            continue  # they have met, or nobody has noted it yet
        since = [family.answered_at, *(one.starts_at for one in held)]
        since += [one.rsvp_at for one in meetings if one.rsvp == "no"]
        by_us = [one for one in meetings if one.status == "cancelled" and one.rsvp != "no"]
        if by_us or max(since) <= now - AGAIN_AFTER:
            yield Member(family.family_id, family.centre_id)


# -- what a calendar shows ------------------------------------------------------------------------


def calendar_of(rows: Iterable[Row[Any]]) -> tuple[Meeting, ...]:
    """Meetings for a calendar file: each with the family's reference, for staff only."""
    return tuple(
        Meeting(
            event_id=row.id,
            version=row.version,
            title=f"Rencontre {row.reference} ({row.host})",
            place=row.place,
            on=row.on,
            at=row.at,
            minutes=row.minutes,
            zone=row.time_zone,
            cancelled=row.status == "cancelled",
            changed_at=row.changed_at or row.created_at,
        )
        for row in rows
    )


# -- what cannot be -------------------------------------------------------------------------------


def _check(db: Connection, new: NewRound, now: datetime) -> str:
    """Refuse what is incomplete; give the centre's time zone."""
    zone = centre_zone(db, new.centre_id)
    if zone is None:
        raise Rejected("Ce centre n'existe pas.")
    check_wordings(new.wordings, new.original)
    check_place(new.place, None)
    if not new.host.strip():
        raise Rejected("Dites avec qui les familles ont rendez-vous.")
    if len(new.host.strip()) > LONGEST_HOST:
        raise Rejected(f"Le nom de la personne tient en {LONGEST_HOST} signes.")
    if not new.families:
        raise Rejected("Choisissez au moins une famille.")
    if not new.slots:
        raise Rejected("Gardez au moins un moment libre.")
    check_moment(new.on, new.at, zone, now)
    last = max(one.on for one in new.slots)
    if (new.ends_on or last) < new.on:
        raise Rejected("Le dernier jour vient avant le premier message.")
    return zone


def _open(db: Connection, campaign_id: int) -> Row[Any]:
    """The round, while it can change."""
    round_ = campaigns.campaign(db, campaign_id)
    if round_ is None or round_.kind != stored.KIND:
        raise Rejected("Cette série de rencontres n'existe pas.")
    if round_.status != "planned":
        raise Rejected("Cette série de rencontres est annulée.")
    return round_


def _add(
    db: Connection, round_: Row[Any], slots: Sequence[NewSlot], zone: str, now: datetime
) -> int:
    for one in slots:
        check_moment(one.on, one.at, zone, now)
        if not SHORTEST_MINUTES <= one.minutes <= LONGEST_MINUTES:
            raise Rejected(
                f"Un moment dure entre {SHORTEST_MINUTES} minutes et "
                f"{LONGEST_MINUTES // 60} heures."
            )
    fits = _fitting(_busy(db, round_, now), slots, zone)
    for one in slots:
        if one not in fits:
            raise Rejected(f"Le {_called(one)} {OVERLAPS.format(host=round_.host)}.")
    if len(fits) < len(slots):
        raise Rejected("Le même moment est donné deux fois.")
    _check_number(db, round_.id, len(slots))
    _insert(db, round_, slots, zone)
    return len(slots)


def _check_number(db: Connection, campaign_id: int, more: int) -> None:
    standing = [row for row in stored.slots_in(db, campaign_id) if row.withdrawn_at is None]
    if len(standing) + more > MOST_SLOTS:
        raise Rejected(f"Une série tient en {MOST_SLOTS} moments. Ouvrez-en une autre.")


Span = tuple[datetime, datetime, int]
"""When a moment begins and ends, and its row (0: not written yet)."""


def _busy(db: Connection, round_: Row[Any], now: datetime) -> list[Span]:
    """When the host is not free: their moments in every round of the centre."""
    found = stored.standing_of_host(db, round_.centre_id, round_.host, now - timedelta(days=1))
    return [
        (row.starts_at, row.starts_at + timedelta(minutes=row.minutes), row.id) for row in found
    ]


def _fitting(busy: Sequence[Span], slots: Iterable[NewSlot], zone: str) -> list[NewSlot]:
    """The moments that overlap nothing that stands, nor one another."""
    standing = list(busy)
    fits = []
    for one in slots:
        starts_at = at_wall_clock(one.on, one.at, zone)
        ends_at = starts_at + timedelta(minutes=one.minutes)
        if not any(starts_at < until and since < ends_at for since, until, _ in standing):
            standing.append((starts_at, ends_at, 0))
            fits.append(one)
    return fits


def _insert(db: Connection, round_: Row[Any], slots: Sequence[NewSlot], zone: str) -> None:
    """Write moments; one that was withdrawn at the same instant is kept free again."""
    withdrawn = {row.starts_at: row for row in stored.slots_in(db, round_.id) if row.withdrawn_at}
    rows = []
    for one in slots:
        starts_at = at_wall_clock(one.on, one.at, zone)
        before = withdrawn.get(starts_at)
        if before is not None:
            stored.set_slot(
                db, before.id, withdrawn_at=None, minutes=one.minutes, uid=one.uid or before.uid
            )
            continue
        rows.append(
            {
                "centre_id": round_.centre_id,
                "campaign_id": round_.id,
                "on": one.on,
                "at": one.at,
                "minutes": one.minutes,
                "time_zone": zone,
                "starts_at": starts_at,
                "uid": one.uid,
            }
        )
    stored.insert_slots(db, rows)
    _reach_last(db, round_, slots)


def _set_moments(
    db: Connection, round_: Row[Any], moved: Sequence[tuple[Row[Any], NewSlot]], now: datetime
) -> None:
    """Move free moments: each is withdrawn where it stood, and kept free where it stands now.

    Two that change places would meet on the way: all leave before any arrives.
    """
    for row, _ in moved:
        stored.set_slot(db, row.id, withdrawn_at=now, uid=None)
    _insert(db, round_, [slot for _, slot in moved], round_.time_zone)


def _reach_last(db: Connection, round_: Row[Any], slots: Iterable[NewSlot]) -> None:
    """Messages may leave until the last moment's day."""
    last = max((one.on for one in slots), default=round_.ends_on)
    if last > round_.ends_on:
        stored.set_round(db, round_.id, ends_on=last)


def _called(slot: NewSlot) -> str:
    return f"{day(slot.on, STAFF_LANGUAGE)} à {hour(slot.at, STAFF_LANGUAGE)}"
