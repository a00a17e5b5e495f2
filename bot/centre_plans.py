"""A centre's own plan of outreach for a kind of event. One transaction each.

New events of the centre take the plan that stands; those that are planned already keep theirs. A
plan in which a family could be reminded of what it never heard of, or in which something could
never leave, is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

from bot.errors import Rejected
from bot.gate import Hours
from bot.messages import Purpose
from bot.plans import LOOKING_BACK, Condition, PlannedStep, default_steps, due_at, leaves_at
from bot.storage.centre_plans import own_steps, replace_steps
from bot.translation import hour

KINDS = ("workshop", "outing", "meeting")
STEPS = {  # what each step of an event is called; one that is not here has no words
    "invitation": "l'invitation",
    "nudge": "la relance",
    "reminder": "le rappel",
    "morning": "le dernier rappel",
    "survey": "les questions après l'événement",
    "absence": "la question après une absence",
}
FIRST_DAY, LAST_DAY = -60, 30
MOST_LATE = 30 * 24  # hours
DAY = 24 * 60  # minutes
HALF_A_DAY = 12  # hours: what leaves so shortly before leaves on the event's own day
EXAMPLE_AT = time(18)  # an event's hour, where only the order of steps matters


@dataclass(frozen=True, slots=True)
class Leaving:
    """One step of a plan for one event: when it is due, and when it really leaves (None: never)."""

    step: PlannedStep
    due_at: datetime
    leaves_at: datetime | None


def plan_for(db: Connection, centre_id: int, kind: str) -> tuple[PlannedStep, ...]:
    """The plan that a new event of this kind takes in this centre: its own, else the house's."""
    return own_steps(db, centre_id, kind) or default_steps(kind)


def save_plan(
    db: Connection, centre_id: int, kind: str, planned: Sequence[PlannedStep], hours: Hours
) -> None:
    """Write a centre's own plan; the house's own, written again, is no plan of its own.

    `hours` are the centre's. Raises Rejected, in French, for a plan that cannot be.
    """
    check_plan(kind, planned, hours)
    same = set(planned) == set(default_steps(kind))
    replace_steps(db, centre_id, kind, () if same else planned)


def reset_plan(db: Connection, centre_id: int, kind: str) -> None:
    """Go back to the house's plan."""
    _check_kind(kind)
    replace_steps(db, centre_id, kind, ())


def example(
    planned: Sequence[PlannedStep], on: date, at: time, hours: Hours
) -> tuple[Leaving, ...]:
    """When each step would leave for an event on this day at this hour, the first in front."""
    leaving = [
        Leaving(step, due, leaves_at(due, on, at, hours))
        for step in planned
        for due in (due_at(step, on, at, hours),)
    ]
    return tuple(sorted(leaving, key=lambda one: one.due_at))


def check_plan(kind: str, planned: Sequence[PlannedStep], hours: Hours) -> None:
    """Raise Rejected, in French, for a plan that cannot be kept or makes no sense."""
    _check_kind(kind)
    for name, times in Counter(step.name for step in planned).items():
        if name not in STEPS:
            raise Rejected(f"Message inconnu : « {name} ». Choisissez parmi : {', '.join(STEPS)}.")
        if times > 1:
            raise Rejected(f"Deux fois le même message : {STEPS[name]}. Gardez-en un seul.")
    if not any(_invites(step) for step in planned):
        raise Rejected(
            "Il manque l'invitation à toutes les familles : sans elle, personne ne saurait rien "
            "de l'événement. Ajoutez-la."
        )
    for step in planned:
        _check_condition(kind, step)
        _check_moment(step, hours)
    _check_order(planned)
    _check_days(planned)


def _check_days(planned: Sequence[PlannedStep]) -> None:
    """Two reminders on the event's own day: the second would be held until it is too late."""
    reminders = [step for step in planned if step.purpose is Purpose.REMINDER]
    of_the_day = [step for step in reminders if _on_the_day(step)]
    if len(of_the_day) > 1:
        names = " et ".join(STEPS[step.name] for step in of_the_day)
        raise Rejected(
            f"{_capital(names)} partiraient le même jour, et une famille reçoit un message par "
            "jour. Gardez-en un ce jour-là."
        )


def _on_the_day(step: PlannedStep) -> bool:
    return step.days == 0 if step.hours is None else -HALF_A_DAY < step.hours < 0


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Rejected(f"Le type doit être l'un de : {', '.join(KINDS)}.")


def _check_condition(kind: str, step: PlannedStep) -> None:
    """A step's words suit the families of its house plan, and no others."""
    house = next((one for one in default_steps(kind) if one.name == step.name), None)
    if house is None:
        raise Rejected(f"Ce type d'événement n'a pas ce message : {STEPS[step.name]}. Retirez-le.")
    if (step.condition, step.purpose) != (house.condition, house.purpose):
        raise Rejected(
            f"{_capital(STEPS[step.name])} : les familles concernées ne se changent pas "
            f"({house.condition})."
        )


def _check_moment(step: PlannedStep, hours: Hours) -> None:
    name = _capital(STEPS[step.name])
    days = step.days if step.hours is None else step.hours / 24
    if not FIRST_DAY <= days <= LAST_DAY:
        raise Rejected(
            f"{name} : choisissez entre {-FIRST_DAY} jours avant et {LAST_DAY} jours après."
        )
    if step.late_hours is not None and not 1 <= step.late_hours <= MOST_LATE:
        raise Rejected(f"{name} : le retard permis va de 1 à {MOST_LATE} heures, ou reste vide.")
    fixed = step.hours is None and not step.morning
    if fixed and not hours.opens <= step.at < hours.closes:
        window = f"de {hour(hours.opens, 'fr')} à {hour(hours.closes, 'fr')}"
        raise Rejected(
            f"{name} : rien ne part à {hour(step.at, 'fr')} dans ce centre. "
            f"Choisissez une heure {window}."
        )
    after = step.days > 0 if step.hours is None else step.hours >= 0
    if step.condition in LOOKING_BACK and not after:
        raise Rejected(
            f"{name} : choisissez un moment après l'événement, le lendemain par exemple."
        )
    if step.condition not in LOOKING_BACK and after:
        raise Rejected(f"{name} : choisissez un moment avant l'événement, ou le jour même.")


def _check_order(planned: Sequence[PlannedStep]) -> None:
    invited_at = min(_minute(step) for step in planned if _invites(step))
    for step in planned:
        early = step.condition in (Condition.SILENT, Condition.COMING)
        if early and _minute(step) <= invited_at:
            raise Rejected(
                f"{_capital(STEPS[step.name])} : choisissez un moment après celui de l'invitation."
            )


def _invites(step: PlannedStep) -> bool:
    return step.condition is Condition.INVITED and step.purpose is Purpose.INVITATION


def _minute(step: PlannedStep) -> int:
    """When a step comes, in minutes from the event's midnight: to tell which is first."""
    if step.hours is not None:
        return EXAMPLE_AT.hour * 60 + step.hours * 60
    return step.days * DAY + (0 if step.morning else step.at.hour * 60 + step.at.minute)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
