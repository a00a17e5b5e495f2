"""Campaigns that are about no event: announcements and survey waves. One transaction each.

A campaign keeps its families, its texts and its plan; the planner and the gate do the rest, as they
do for events. A preview writes nothing: it asks the gate who would hear of it, and shows the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row

from bot.errors import Rejected
from bot.events import check_moment
from bot.flows.base import CampaignCard, EventStatus, Scene
from bot.flows.menus import LANGUAGES
from bot.indicators.definitions import read_period
from bot.messages import NOTHING, About, DeliveryState, Texts, say
from bot.outreach import says_now
from bot.plans import PlannedStep, default_steps
from bot.preview import preview_audience
from bot.reach import Facts, Reach, hours_of, load_facts
from bot.scenes import Scenes
from bot.showing import Foreseen, first_messages
from bot.storage import campaigns as stored
from bot.storage.audience import Member
from bot.storage.events import centre_zone
from bot.storage.own_words import remember_original
from bot.storage.withdrawals import withdraw_campaign
from bot.translation import render
from bot.wallclock import at_wall_clock

KINDS = {"announcement": "annonce", "wave": "enquête"}
LONGEST_TITLE, LONGEST_BODY = 120, 600
LONGEST_DAYS = 92  # between the first message and the last day
ANNOUNCED_DAYS = 3  # who has had a message that day hears of it on the next open one
WAVE_DAYS = 21  # a survey wave stays open that long unless another last day is chosen
LEFT = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said in one language: a title, and more words below it where there are any."""

    title: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What a coordinator plans.

    `families`: pairs of a family and the centre of theirs that writes, see `storage.audience`;
    `audience`: the filter that chose them, as data. `centre_id` None: families of several centres.
    `on` and `at` are the wall clock of each family's own centre.
    """

    kind: str
    on: date
    at: time
    ends_on: date
    families: Sequence[tuple[int, int]]
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    original: str = "fr"
    audience: Mapping[str, Any] = field(default_factory=dict)
    centre_id: int | None = None
    wave: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a campaign for one family: its messages are `sent`, `waiting`, `failed` or
    `refused`, the best of them counts. `reason` is a code; `step`: the last that left."""

    family_id: int
    state: str
    reason: str
    step: str
    told_at: datetime | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reached:
    """The families of a campaign, each in one number; `targeted` is the sum of the others."""

    sent: int
    waiting: int
    failed: int
    refused: Mapping[str, int]
    answered: int  # of all; no part of the sum

    @property
    def targeted(self) -> int:
        """Every family that it is for."""
        return self.sent + self.waiting + self.failed + sum(self.refused.values())


def add_campaign(db: Connection, new: NewCampaign, now: datetime) -> int:
    """Write the campaign, its texts, its plan and its families; give its id.

    Raises Rejected, in French, when something is missing or cannot be.
    """
    new = _checked(db, new, now)
    campaign_id = stored.insert_campaign(
        db,
        {
            "centre_id": new.centre_id,
            "kind": new.kind,
            "wave": new.wave,
            "on": new.on,
            "at": new.at,
            "ends_on": new.ends_on,
            "audience": dict(new.audience),
            "created_at": now,
        },
    )
    for language, wording in new.wordings.items():
        stored.insert_text(
            db,
            campaign_id,
            language,
            original=language == new.original,
            title=wording.title,
            body=wording.body,
        )
    remember_original(db, About(campaign_id=campaign_id))
    stored.insert_plan(db, campaign_id, steps_of(new))
    if not stored.insert_families(db, campaign_id, new.families):
        raise Rejected("Aucune famille n'est dans ce public. Choisissez d'autres familles.")
    return campaign_id


def foresee(db: Connection, reach: Reach, new: NewCampaign, now: datetime) -> Foreseen:
    """What `add_campaign` would lead to, as things stand; nothing is written.

    Raises Rejected as it does.
    """
    asked = len(new.families)
    new = _checked(db, new, now)
    first = steps_of(new)[0]
    due_at = max(now, at_wall_clock(new.on, new.at, _zone(db, new)))
    audience = preview_audience(
        db,
        reach,
        [Member(*one) for one in new.families],
        due_at,
        purpose=first.purpose,
        step=first.name,
    )
    writes = dict(new.families)
    people = [(one, writes[told.family_id]) for told in audience.told for one in told.people]
    facts = load_facts(
        db, reach, (one.contact_id for one, _ in people), {centre for _, centre in people}, due_at
    )
    opens = (hours_of(centre, due_at).next_open(due_at) for centre in facts.centres.values())
    return Foreseen(
        audience=audience,
        again=asked - len(new.families) if new.kind == "wave" else 0,
        messages=first_messages(
            facts,
            (person for person, _ in people),
            lambda row: says_now(first.name, _scene(facts, row, new), on=new.on),
        ),
        leaves_at=min((at for at in opens if at is not None), default=None),
    )


def cancel_campaign(db: Connection, campaign_id: int, now: datetime) -> int:
    """Cancel: what has not left will not leave; give how many messages are withdrawn.

    Who has read it is not told: nothing was asked of them. Raises Rejected for a campaign that is
    over or cancelled already.
    """
    row = stored.campaign(db, campaign_id)
    if row is None or row.status == "cancelled":
        raise Rejected("Cette campagne n'existe pas ou elle est déjà annulée.")
    if stored.card(db, campaign_id, now).status is EventStatus.OVER:
        raise Rejected("Cette campagne est terminée : il n'y a plus rien à annuler.")
    stored.set_cancelled(db, campaign_id)
    return withdraw_campaign(db, campaign_id)


def fates(db: Connection, campaign_id: int, now: datetime) -> tuple[Fate, ...]:
    """What became of it for each family, also for those that nothing was decided about yet."""
    status = stored.card(db, campaign_id, now).status
    rows = stored.fates(db, campaign_id)
    return tuple(
        _fate(list(theirs), status) for _, theirs in groupby(rows, key=attrgetter("family_id"))
    )


def reached(found: Iterable[Fate]) -> Reached:
    """The fates in numbers."""
    every = list(found)
    states = Counter(one.state for one in every)
    return Reached(
        sent=states["sent"],
        waiting=states["waiting"],
        failed=states["failed"],
        refused=Counter(one.reason for one in every if one.state == "refused"),
        answered=sum(one.answered_at is not None for one in every),
    )


def steps_of(new: NewCampaign) -> tuple[PlannedStep, ...]:
    """The plan of its kind; its first message leaves at the hour that was chosen."""
    first, *others = default_steps(new.kind)
    return (replace(first, at=new.at), *others)


def wave_wordings() -> dict[str, Wording]:
    """What a wave is called, in every language that parents read."""
    return {one: Wording(render(say("Your opinion"), one)) for one in LANGUAGES}


def last_day(kind: str, on: date) -> date:
    """The last day of a campaign of which none was chosen."""
    return on + timedelta(days=WAVE_DAYS if kind == "wave" else ANNOUNCED_DAYS)


# -- what cannot be -------------------------------------------------------------------------------


def _checked(db: Connection, new: NewCampaign, now: datetime) -> NewCampaign:
    """Refuse what is incomplete; give the campaign as it will be written."""
    if new.kind not in KINDS:
        raise Rejected(f"Le type doit être l'un de : {', '.join(KINDS)}.")
    if new.kind == "wave":
        new = _wave(db, new)
    new = replace(new, wordings=_wordings(new))
    check_moment(new.on, new.at, _zone(db, new), now)
    if new.ends_on < new.on:
        raise Rejected("Le dernier jour vient avant le premier. Choisissez une fin après le début.")
    if new.ends_on > new.on + timedelta(days=LONGEST_DAYS):
        raise Rejected(f"Le dernier jour est trop loin : {LONGEST_DAYS} jours au plus.")
    if not new.families:
        raise Rejected("Aucune famille n'est dans ce public. Choisissez d'autres familles.")
    if new.kind == "announcement":
        _check_new(db, new)
    return new


def _check_new(db: Connection, new: NewCampaign) -> None:
    """Refuse the same announcement again: a form that was sent twice tells nobody twice."""
    title = new.wordings[new.original].title
    standing = stored.same_announcement(db, new.centre_id, new.on, new.at, title)
    if standing is not None:
        raise Rejected(
            f"La même annonce est déjà prévue à ce moment (campagne {standing}). "
            "Changez son titre ou son heure."
        )


def _wave(db: Connection, new: NewCampaign) -> NewCampaign:
    """The wave under its code, without the families that it asks already."""
    code = str(read_period(new.wave))
    for row in stored.waves_called(db, code):
        if row.centre_id == new.centre_id:
            raise Rejected(
                f"L'enquête {code} existe déjà (campagne {row.id}). "
                "Annulez-la d'abord, ou choisissez un autre semestre."
            )
    asked = stored.asked_in_wave(db, code)
    left = [one for one in new.families if one[0] not in asked]
    if new.families and not left:
        raise Rejected(f"Toutes ces familles sont déjà dans l'enquête {code}.")
    return replace(new, wave=code, families=left, wordings=new.wordings or wave_wordings())


def _wordings(new: NewCampaign) -> dict[str, Wording]:
    wordings = {
        language: Wording(one.title.strip(), one.body.strip())
        for language, one in new.wordings.items()
    }
    original = wordings.get(new.original)
    if original is None or not original.title:
        raise Rejected("Le titre manque.")
    if any(not one.title for one in wordings.values()):
        raise Rejected("Chaque traduction a besoin d'un titre.")
    if any(len(one.title) > LONGEST_TITLE for one in wordings.values()):
        raise Rejected(f"Le titre tient en {LONGEST_TITLE} signes.")
    if any(len(one.body) > LONGEST_BODY for one in wordings.values()):
        raise Rejected(f"Le message tient en {LONGEST_BODY} signes.")
    return wordings


def _zone(db: Connection, new: NewCampaign) -> str:
    if new.centre_id is None:
        return stored.ZONE
    zone = centre_zone(db, new.centre_id)
    if zone is None:
        raise Rejected("Ce centre n'existe pas.")
    return zone


# -- what a preview shows -------------------------------------------------------------------------


def _scene(facts: Facts, person: Row[Any], new: NewCampaign) -> Scene:
    titles = {language: one.title for language, one in new.wordings.items()}
    bodies = {language: one.body for language, one in new.wordings.items() if one.body}
    campaign = CampaignCard(
        id=0,
        kind=new.kind,
        title=Texts(new.original, titles),
        body=Texts(new.original, bodies) if new.original in bodies else None,
        on=new.on,
        status=EventStatus.UPCOMING,
    )
    around = Scenes(facts.reach.deployment, facts.now).of(person, NOTHING)
    return replace(around, campaign=campaign)


# -- what became of it ----------------------------------------------------------------------------


def _fate(rows: Sequence[Row[Any]], status: EventStatus) -> Fate:
    family = rows[0]
    state, reason, step = _best([row for row in rows if row.step is not None]) or (
        *_undecided(family, status),
        "",
    )
    return Fate(family.family_id, state, reason, step, family.told_at, family.answered_at)


def _best(rows: Sequence[Row[Any]]) -> tuple[str, str, str] | None:
    """State, reason and step of the message that came furthest; None where there is none."""
    left = [row for row in rows if row.state in LEFT]
    for state, found in (
        ("sent", left[::-1]),
        ("waiting", [row for row in rows if row.state in OPEN]),
        ("failed", [row for row in rows if row.state == DeliveryState.FAILED]),
        ("refused", rows),
    ):
        if found:
            return state, found[0].reason if state != "sent" else "", found[0].step
    return None


def _undecided(family: Row[Any], status: EventStatus) -> tuple[str, str]:
    """Of a family to which no message was decided."""
    if status is EventStatus.CANCELLED:
        return "refused", "campaign_cancelled"
    if family.left_on is not None:
        return "refused", "left"
    if not family.known:
        return "refused", "no_contact"
    return ("refused", "too_late") if status is EventStatus.OVER else ("waiting", "planned")
