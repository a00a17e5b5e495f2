"""The form of a centre's plan: what was typed for each step, and the plan behind it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.centre_plans import STEPS
from bot.errors import Rejected
from bot.plans import PlannedStep, default_steps
from bot.web.console.event_form import read_hour

HOUR, HOURS, MORNING = "hour", "hours", "morning"  # the three ways to say when
PARTS = ("sent", "how", "days", "at", "hours", "late")


def names_of(kind: str) -> tuple[str, ...]:
    """The fields of the form for a kind of event."""
    return tuple(f"{part}_{step.name}" for step in default_steps(kind) for part in PARTS)


def typed_of(kind: str, planned: tuple[PlannedStep, ...]) -> dict[str, str]:
    """The form as a plan stands; a step that is not in it keeps the house's moment, unticked."""
    standing = {step.name: step for step in planned}
    typed: dict[str, str] = {}
    for house in default_steps(kind):
        step = standing.get(house.name, house)
        typed |= {
            f"sent_{step.name}": "1" if house.name in standing else "",
            f"how_{step.name}": _how(step),
            f"days_{step.name}": str(step.days),
            f"at_{step.name}": step.at.isoformat("minutes") if _how(step) == HOUR else "",
            f"hours_{step.name}": "" if step.hours is None else str(step.hours),
            f"late_{step.name}": "" if step.late_hours is None else str(step.late_hours),
        }
    return typed


def read_plan(kind: str, typed: Mapping[str, str]) -> tuple[PlannedStep, ...]:
    """The plan that was typed. Raises Rejected, in French, for what cannot be read."""
    return tuple(
        _step(house, typed) for house in default_steps(kind) if typed[f"sent_{house.name}"]
    )


def _step(house: PlannedStep, typed: Mapping[str, str]) -> PlannedStep:
    name, called = house.name, f"Pour {STEPS[house.name]}"
    how = typed[f"how_{name}"]
    late = typed[f"late_{name}"]
    step = replace(
        house, hours=None, morning=False, late_hours=_number(late, called) if late else None
    )
    if how == HOURS:
        return replace(step, hours=_number(typed[f"hours_{name}"], called))
    step = replace(step, days=_number(typed[f"days_{name}"], called))
    if how == MORNING:
        return replace(step, morning=True)
    at = read_hour(typed[f"at_{name}"])
    if how != HOUR or at is None:
        raise Rejected(f"{called}, écrivez une heure, par exemple 18:30.")
    return replace(step, at=at)


def _how(step: PlannedStep) -> str:
    if step.hours is not None:
        return HOURS
    return MORNING if step.morning else HOUR


def _number(written: str, called: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,4}", written.replace("\u2212", "-")):
        raise Rejected(f"{called}, écrivez un nombre entier, par exemple -2.")
    return int(written.replace("\u2212", "-"))
