"""The gate: may this message leave now? Pure; the one place that decides for all outbound.

Asked in this order, when a message is planned and again when it is sent: erased, a guardian whom
staff never writes to, consent for the purpose, an alarm that nobody has released, a person's pause,
cap per person, quiet hours, too late, language, channel, budget. What is answered to a parent who
has just written, and a person's own words, pass the pause, the cap, the quiet hours and the budget.
A change passes the cap and the budget, on its day the quiet hours too.

Where the cap leaves room for one of two, the more urgent has it: what is planned for later that day
or that week keeps its place from what is less urgent and could leave now. What the cap alone holds
back until it is too late is refused for that reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.messages import Purpose
from bot.wallclock import at_wall_clock

PER_DAY = 1
PER_WEEK = 3
MOST_PER_DAY, MOST_PER_WEEK = 5, 14
WEEK = timedelta(days=6)  # today and the six days before
WINDOW = timedelta(hours=24)  # WhatsApp: free text after the parent's last message
SEARCH_DAYS = 30
EVERY_DAY = frozenset(range(1, 8))  # ISO weekdays

ANSWERS = frozenset({Purpose.REPLY, Purpose.STAFF})
CAPPED = frozenset({Purpose.INVITATION, Purpose.REMINDER, Purpose.SURVEY})
OWED = ANSWERS | {Purpose.CHANGE}  # a spent budget leaves nobody without a word or before a door


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; ask again at this instant. The reason is a code."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Never. The reason is a code."""

    reason: str


Decision = Send | Later | Refuse


@dataclass(frozen=True, slots=True)
class Hours:
    """When a centre's messages may leave, on its wall clock."""

    zone: str
    opens: time = time(9)
    closes: time = time(19, 30)
    quiet_days: frozenset[int] = frozenset({7})  # ISO weekdays
    holidays: frozenset[date] = frozenset()

    def __hash__(self) -> int:
        return hash(self.zone)  # hours are looked up a million times

    def next_open(self, now: datetime) -> datetime | None:
        """`now` when inside the window, else the next opening; None: not within 30 days."""
        return next((opens for opens, _ in self._windows(now)), None)

    def after(self, since: datetime, open_time: timedelta) -> datetime | None:
        """When this much open time has passed since an instant; None: not within 30 days."""
        left = open_time
        for opens, closes in self._windows(since):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        return None

    def open_between(self, since: datetime, until: datetime) -> timedelta:
        """How much open time lies between two instants, at most 30 days of it."""
        spans = (min(closes, until) - opens for opens, closes in self._windows(since))
        return sum((max(span, timedelta()) for span in spans), timedelta())

    def _windows(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When messages may leave from an instant on, day by day; the first may have begun."""
        here = since.astimezone(ZoneInfo(self.zone))
        for ahead in range(SEARCH_DAYS):
            on = here.date() + timedelta(days=ahead)
            if on.isoweekday() in self.quiet_days or on in self.holidays:
                continue
            opens = at_wall_clock(on, self.opens, self.zone)
            closes = at_wall_clock(on, self.closes, self.zone)
            if since < opens:
                yield opens, closes
            elif since < closes:
                yield since, closes


@dataclass(frozen=True, slots=True)
class Caps:
    """How many automatic messages a person gets at most, in a day and in seven days."""

    per_day: int = PER_DAY
    per_week: int = PER_WEEK

    def __or__(self, other: Caps) -> Caps:
        """The stricter of both."""
        return Caps(min(self.per_day, other.per_day), min(self.per_week, other.per_week))


def impossible_caps(caps: Caps) -> str:
    """Why a centre may not have these caps, in French for whoever sets them; "" if it may."""
    if not 1 <= caps.per_day <= MOST_PER_DAY:
        return (
            f"Le nombre de messages par jour et par personne va de 1 à {MOST_PER_DAY}, "
            f"pas {caps.per_day}."
        )
    if not caps.per_day <= caps.per_week <= MOST_PER_WEEK:
        return (
            f"Avec {caps.per_day} par jour, le nombre de messages par semaine et par personne va "
            f"de {caps.per_day} à {MOST_PER_WEEK}, pas {caps.per_week}."
        )
    return ""


def impossible(
    zone: str, opens: time, closes: time, quiet_days: Collection[int], holidays: str
) -> str:
    """Why nothing could ever leave in these hours, in French for whoever sets them; "" if it can.

    `quiet_days` are ISO weekdays; `holidays` is a country, or a country and one of its regions:
    "FR", "FR-57".
    """
    if not _is_zone(zone):
        return f"Fuseau horaire inconnu : « {zone} ». Écrivez par exemple Europe/Paris."
    if not _is_region(holidays):
        return (
            f"Jours fériés inconnus : « {holidays} ». Écrivez un pays, ou un pays et une région : "
            "FR, FR-57 (Moselle), BE."
        )
    if closes <= opens:
        return (
            f"Les messages finiraient à {closes:%H:%M} avant d'avoir commencé à {opens:%H:%M} : "
            "rien ne partirait jamais. Choisissez une fin après le début."
        )
    if not set(quiet_days) <= EVERY_DAY:
        return "Les jours sans message se comptent de 1 (lundi) à 7 (dimanche)."
    if set(quiet_days) == EVERY_DAY:
        return "Sept jours sans message sur sept : rien ne partirait jamais. Laissez-en un libre."
    return ""


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_region(region: str) -> bool:
    import holidays

    country, _, subdivision = region.partition("-")
    try:
        holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:  # so the library says that it knows no such place
        return False
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """One message that wants to leave, and what is true of its recipient at this moment.

    `sent` are the instants at which automatic messages left lately, and `reserved` those at which
    more urgent ones will leave: for this person, or for anyone on the same phone. `caps` are those
    of the centre that writes, or stricter ones of a centre for whose message a place is reserved.
    `unreachable` says why no address works, on a channel that can carry this message now.
    `segments_left`: of the centre's budget this month; None where there is no budget or the channel
    costs nothing.
    """

    purpose: Purpose
    hours: Hours
    erased: bool = False
    no_contact: bool = False  # staff: never write to them
    stopped: bool = False
    surveys: bool | None = None
    confirms_stop: bool = False
    paused_until: datetime | None = None
    person_until: datetime | None = None  # a person is talking with them until then
    held_until: datetime | None = None  # nothing is planned for them until a person releases them
    guarded: bool = False  # not even what answers them leaves
    sent: Sequence[datetime] = field(default_factory=tuple)
    reserved: Sequence[datetime] = field(default_factory=tuple)
    caps: Caps = Caps()
    expires_at: datetime | None = None
    language_ready: bool = True
    unreachable: str = ""  # a reason code; "": reachable
    segments_left: int | None = None
    same_day: bool = False  # a change to an event of today


def decide(request: Request, now: datetime) -> Decision:
    """Send, later or refuse."""
    refused = _forbidden(request)
    if refused:
        return Refuse(refused)
    at, reason = _earliest(request, now)
    if at is None:
        return Refuse("no_open_hours")
    if request.expires_at is not None and max(at, now) >= request.expires_at:
        return Refuse(_stale(request, request.expires_at, now))
    if not request.language_ready:
        return Refuse("language_not_ready")
    if request.unreachable:
        return Refuse(request.unreachable)
    if request.purpose not in OWED and _spent(request):
        return Refuse("budget_spent")
    return Later(at, reason) if at > now else Send()


def _stale(request: Request, expires_at: datetime, now: datetime) -> str:
    """Why it comes too late: the cap, where it would have been in time without it."""
    at, _ = _earliest(replace(request, sent=(), reserved=()), now)
    return "cap" if at is not None and at < expires_at else "too_late"


def _spent(request: Request) -> bool:
    return request.segments_left is not None and request.segments_left <= 0


def _forbidden(request: Request) -> str:
    """Why nothing of the kind may ever leave to this person, or ""."""
    if request.erased:
        return "erased"
    if request.no_contact:
        return "do_not_contact"
    if request.stopped and not request.confirms_stop:
        return "stopped"
    if request.purpose is Purpose.SURVEY and request.surveys is False:
        return "surveys_refused"
    if request.held_until is not None and request.purpose is Purpose.SURVEY:
        return "held"
    if request.guarded and request.purpose is Purpose.REPLY and not request.confirms_stop:
        return "held"
    return ""


def _earliest(request: Request, now: datetime) -> tuple[datetime | None, str]:
    """The first instant that pause, cap and quiet hours all allow, and what holds it back."""
    if request.purpose in ANSWERS:
        return now, ""
    at, reason = now, ""
    for _ in range(SEARCH_DAYS):
        before = at
        for held_until, why in (
            (request.paused_until, "paused"),
            (request.person_until, "person_talking"),
            (request.held_until, "held"),
        ):
            if held_until is not None and held_until > at:
                at, reason = held_until, why
        if request.purpose in CAPPED:
            free = _under_cap(request, at)
            if free > at:
                at, reason = free, "cap"
        if not (request.same_day and request.purpose is Purpose.CHANGE):
            opened = request.hours.next_open(at)
            if opened is None:
                return None, "no_open_hours"
            if opened > at:
                at, reason = opened, reason or "quiet_hours"
        if at == before:
            return at, reason
    return None, "no_open_hours"


def _under_cap(request: Request, at: datetime) -> datetime:
    """The first instant from `at` on when one more keeps within the caps; local days count."""
    zone = ZoneInfo(request.hours.zone)
    days = [one.astimezone(zone).date() for one in (*request.sent, *request.reserved)]
    on = at.astimezone(zone).date()
    for ahead in range(SEARCH_DAYS):
        day = on + timedelta(days=ahead)
        if _has_room(day, days, request.caps):
            return at if ahead == 0 else at_wall_clock(day, request.hours.opens, request.hours.zone)
    return at + timedelta(days=SEARCH_DAYS)


def _has_room(day: date, taken: Sequence[date], caps: Caps) -> bool:
    """Whether one more on this day keeps within the caps, on it and in each week that it is of."""
    if taken.count(day) >= caps.per_day:
        return False
    weeks = (day, *(one for one in taken if day < one <= day + WEEK))
    return all(sum(end - WEEK <= one <= end for one in taken) < caps.per_week for end in weeks)
