"""The watchdog: what should not be, how much of it, and what to do about it, in French.

Nothing is kept: each finding is read from the tables, and is gone when its cause is. Read it as
often as the first page is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.twilio_codes import MEANINGS, Failure
from bot.gate import Hours, impossible
from bot.plans import due_at
from bot.reach import hours_of, month_start
from bot.storage import watchdog as stored
from bot.storage.asking import mute_and_heard
from bot.storage.budget import segments_by_centre
from bot.storage.steps import step_of
from bot.storage.watchdog import Named
from bot.translation import catalog, day
from bot.unheard import PATIENCE, is_deaf

NOT_STARTED = timedelta(hours=1)  # the planner looks every minute
STUCK = timedelta(minutes=30)
TOO_LONG = timedelta(hours=24)
NEARLY = 0.8  # of a month's SMS
NAMED = 3  # events in one sentence
LATELY = timedelta(days=3)  # a provider that spoke again since is no news
OUR_SETTINGS = (
    *(code for code, failure in MEANINGS.items() if failure is Failure.CONFIGURATION),
    "401",  # Telegram's word for a wrong token
)
"""The providers' codes that a person who looks after Carnet must answer."""

PEOPLE_WAIT = "people_wait"  # the console links it to the page where they are answered
MILD = frozenset({PEOPLE_WAIT, "budget_low"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: how many, and in French what to do. `grave`: families miss messages.

    `events`: those that it is about, the soonest first.
    """

    code: str
    count: int
    words: str
    grave: bool
    events: tuple[Named, ...] = ()

    @property
    def told(self) -> str:
        """The words, with the names of the first events."""
        names = [f"« {one.title} », {day(one.on, 'fr')}" for one in self.events[:NAMED]]
        more = len(self.events) - len(names)
        others = [f"{more} autre" + ("s" if more > 1 else "")] if more else []
        return f"{self.words} ({' ; '.join([*names, *others])})" if names else self.words


def findings(db: Connection, centre_id: int | None, now: datetime) -> tuple[Finding, ...]:
    """Everything that should not be, for who may see this centre (None: all of them)."""
    planned = stored.planned_for_everyone(db, centre_id, now)
    waiting, in_doubt = stored.overdue(db, centre_id, now - STUCK)
    centres = stored.centres_of(db, centre_id)
    low, spent = _budgets(db, centres, now)
    hours = {one.id: hours_of(one, now) for one in centres}
    undecided = _overdue(planned, hours, now)
    not_started = stored.events_undecided(db, undecided, now - NOT_STARTED)
    nobody_reached = stored.events_that_reached_nobody(db, centre_id, now)
    counted = {
        PEOPLE_WAIT: stored.parents_waiting(db, centre_id, now - TOO_LONG),
        "not_started": len(not_started),
        "not_sent": waiting.messages,
        "in_doubt": in_doubt.messages,
        "no_receipts": _unheard_of(db, centre_id, now),
        "settings": stored.held_by_settings(db, centre_id, OUR_SETTINGS, now - TOO_LONG),
        "nobody_reached": len(nobody_reached),
        "duty_silent": stored.cannot_be_called(db, centre_id),
        "never_open": sum(_never_open(one) for one in centres),
        "budget_spent": spent,
        "budget_low": low,
    }
    about = {
        "not_started": not_started,
        "not_sent": waiting.events,
        "in_doubt": in_doubt.events,
        "nobody_reached": nobody_reached,
    }
    names = stored.named(db, {one for ids in about.values() for one in ids})
    return tuple(
        _finding(code, count, [one for one in names if one.id in about.get(code, ())])
        for code, count in counted.items()
        if count
    )


def _finding(code: str, count: int, about: Iterable[Named]) -> Finding:
    words = _words(code, count).format(n=count)
    return Finding(code, count, words, code not in MILD, tuple(about))


def _words(code: str, n: int) -> str:
    french = catalog("fr", "console")
    match code:
        case "people_wait":
            return french.ngettext(
                "{n} parent has waited for an answer for more than 24 hours.",
                "{n} parents have waited for an answer for more than 24 hours.",
                n,
            )
        case "not_started":
            return french.ngettext(
                "{n} event should have been announced and was not. Tell whoever looks after "
                "Carnet: its tasks do not run.",
                "{n} events should have been announced and were not. Tell whoever looks after "
                "Carnet: its tasks do not run.",
                n,
            )
        case "not_sent":
            return french.ngettext(
                "{n} message should have left and did not. Tell whoever looks after Carnet.",
                "{n} messages should have left and did not. Tell whoever looks after Carnet.",
                n,
            )
        case "in_doubt":
            return french.ngettext(
                "{n} message began to leave and nobody knows whether it did. Tell whoever looks "
                "after Carnet; starting it anew asks the provider.",
                "{n} messages began to leave and nobody knows whether they did. Tell whoever looks "
                "after Carnet; starting it anew asks the provider.",
                n,
            )
        case "no_receipts":
            return french.ngettext(
                "{n} message left and the provider never told us that it arrived: answers of "
                "parents may be lost the same way. Tell whoever looks after Carnet: the provider "
                "must reach CARNET_PUBLIC_URL followed by /webhooks/twilio from outside, over "
                "https, and CARNET_TWILIO_AUTH_TOKEN must be the account's own, else its signed "
                "calls are turned away.",
                "{n} messages left and the provider never told us that they arrived: answers of "
                "parents may be lost the same way. Tell whoever looks after Carnet: the provider "
                "must reach CARNET_PUBLIC_URL followed by /webhooks/twilio from outside, over "
                "https, and CARNET_TWILIO_AUTH_TOKEN must be the account's own, else its signed "
                "calls are turned away.",
                n,
            )
        case "settings":
            return french.ngettext(
                "{n} message was turned away because of our own settings. Tell whoever looks after "
                "Carnet: the reason stands beside each.",
                "{n} messages were turned away because of our own settings. Tell whoever looks "
                "after Carnet: the reason stands beside each.",
                n,
            )
        case "nobody_reached":
            return french.ngettext(
                "{n} event has a message that reached none of its families. Open the event: the "
                "reasons are there.",
                "{n} events have a message that reached none of their families. Open them: the "
                "reasons are there.",
                n,
            )
        case "duty_silent":
            return french.ngettext(
                "{n} person on duty cannot be called: their phone is not linked. An alert calls "
                "the next person at once. They link it on the page Your account, or choose someone "
                "else on the page Who is on duty.",
                "{n} people on duty cannot be called: their phones are not linked. An alert calls "
                "the next person at once. They link them on the page Your account, or choose "
                "someone else on the page Who is on duty.",
                n,
            )
        case "never_open":
            return french.ngettext(
                "{n} centre has hours in which no message can ever leave. Correct them with: "
                "carnet centre set.",
                "{n} centres have hours in which no message can ever leave. Correct them with: "
                "carnet centre set.",
                n,
            )
        case "budget_spent":
            return french.ngettext(
                "{n} centre has used all its SMS of the month: invitations by SMS do not leave any "
                "more. Raise its budget, or call the families.",
                "{n} centres have used all their SMS of the month: invitations by SMS do not leave "
                "any more. Raise their budgets, or call the families.",
                n,
            )
        case _:
            return french.ngettext(
                "{n} centre has used four fifths of its SMS of the month. See what is still to "
                "leave before you plan more.",
                "{n} centres have used four fifths of their SMS of the month. See what is still to "
                "leave before you plan more.",
                n,
            )


def _unheard_of(db: Connection, centre_id: int | None, now: datetime) -> int:
    """How many messages nobody told us of, by the channels whose words do not reach us."""
    found = mute_and_heard(db, centre_id, now - LATELY, now - PATIENCE)
    return sum(mute for mute, heard in found.values() if is_deaf(mute, heard))


def _overdue(
    planned: Iterable[Row[Any]], hours: Mapping[int, Hours], now: datetime
) -> Iterator[tuple[int, str]]:
    """Events and steps for every family that should have been decided a while ago.

    Of several steps of one kind only the latest that is due still opens.
    """
    latest: dict[tuple[int, str], tuple[datetime, datetime, str]] = {}
    for row in planned:
        opens_at, closes_at = _span(row, hours[row.centre_id])
        if opens_at <= now - NOT_STARTED:
            kind = row.event_id, row.purpose
            slot = opens_at, closes_at, row.name
            latest[kind] = max(latest.get(kind, slot), slot)
    for (event_id, _), (_, closes_at, name) in latest.items():
        if now < closes_at:
            yield event_id, name


def _span(row: Row[Any], hours: Hours) -> tuple[datetime, datetime]:
    """When a step opens and closes, as the planner has it."""
    planned_at = due_at(step_of(row), row.on, row.event_at, replace(hours, zone=row.time_zone))
    opens_at = max(planned_at, row.created_at)
    if row.late_hours is None:
        return opens_at, row.starts_at
    return opens_at, min(row.starts_at, opens_at + timedelta(hours=row.late_hours))


def _budgets(db: Connection, centres: Sequence[Row[Any]], now: datetime) -> tuple[int, int]:
    """How many centres near the end of their month's SMS, and how many have reached it."""
    budgets = {
        one.id: one.monthly_segments
        for one in centres
        if one.monthly_segments is not None and not _never_open(one)
    }
    zones: dict[str, list[int]] = {}
    for one in centres:
        if one.id in budgets:
            zones.setdefault(one.time_zone, []).append(one.id)
    used: dict[int, int] = {}
    for zone, ids in zones.items():
        used |= segments_by_centre(db, ids, month_start(now, zone))
    spent = sum(used.get(one, 0) >= budget for one, budget in budgets.items())
    nearly = sum(used.get(one, 0) >= budget * NEARLY for one, budget in budgets.items())
    return nearly - spent, spent


def _never_open(centre: Row[Any]) -> bool:
    return bool(
        impossible(
            centre.time_zone,
            centre.opens_at,
            centre.closes_at,
            centre.quiet_days,
            centre.holidays,
        )
    )
