"""A centre's own plan of outreach for each kind of event: read it, change it, go back."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Connection, Row

from bot.centre_plans import KINDS, example, plan_for, reset_plan, save_plan
from bot.errors import Rejected
from bot.plans import default_steps
from bot.reach import hours_of
from bot.storage.centre_plans import own_steps
from bot.storage.console.centres import centre_row, centres_seen
from bot.wallclock import local
from bot.web.console.event_form import read_day, read_hour
from bot.web.console.plan_form import names_of, read_plan, typed_of
from bot.web.console.visit import (
    Coordinator,
    Form,
    NotAllowed,
    NotHere,
    Page,
    Visit,
    see_other,
    show,
    text,
)

router = APIRouter(route_class=Page)

MAY_SAVE = frozenset({"director", "admin"})
EXAMPLE_DAYS = 21  # how far ahead the example's event lies where no day was given
EXAMPLE_AT = time(18)


@router.get("/plans")
def plans_page(visit: Coordinator) -> Response:
    """The plans of the centres that the reader may see."""
    with visit.context.database.read() as db:
        centres = centres_seen(db, visit.centre_id)
        own = {one.id: [kind for kind in KINDS if own_steps(db, one.id, kind)] for one in centres}
    return show(visit, "plans.html", centres=centres, own=own, kinds=KINDS)


@router.get("/plans/{centre_id}/{kind}")
def plan_page(
    visit: Coordinator, centre_id: int, kind: str, on: str = "", at: str = ""
) -> Response:
    """One plan, with the moments at which it would leave for an event on a day."""
    return _plan_page(visit, centre_id, kind, on=on, at=at)


@router.post("/plans/{centre_id}/{kind}")
def save(visit: Coordinator, centre_id: int, kind: str, form: Form) -> Response:
    """Write the centre's own plan."""
    _may_save(visit)
    typed = {name: text(form, name) for name in _names(kind)}
    try:
        planned = read_plan(kind, typed)
        with visit.context.database.write() as db:
            centre = _centre(db, visit, centre_id)
            save_plan(db, centre_id, kind, planned, hours_of(centre, visit.now))
    except Rejected as refusal:
        return _plan_page(visit, centre_id, kind, typed=typed, refusal=str(refusal))
    return see_other(f"/plans/{centre_id}/{kind}")


@router.post("/plans/{centre_id}/{kind}/reset")
def reset(visit: Coordinator, centre_id: int, kind: str, form: Form) -> Response:
    """Go back to the house's plan."""
    _may_save(visit)
    _names(kind)
    with visit.context.database.write() as db:
        _centre(db, visit, centre_id)
        reset_plan(db, centre_id, kind)
    return see_other(f"/plans/{centre_id}/{kind}")


def _may_save(visit: Visit) -> None:
    if visit.staff.role not in MAY_SAVE:
        raise NotAllowed


def _names(kind: str) -> tuple[str, ...]:
    if kind not in KINDS:
        raise NotHere
    return names_of(kind)


def _plan_page(
    visit: Visit,
    centre_id: int,
    kind: str,
    *,
    on: str = "",
    at: str = "",
    typed: dict[str, str] | None = None,
    refusal: str = "",
) -> Response:
    _names(kind)
    with visit.context.database.read() as db:
        centre = _centre(db, visit, centre_id)
        own = bool(own_steps(db, centre_id, kind))
        planned = plan_for(db, centre_id, kind)
    hours = hours_of(centre, visit.now)
    day = read_day(on) or _example_day(visit, centre)
    hour = read_hour(at) or EXAMPLE_AT
    return show(
        visit,
        "plan.html",
        status=400 if refusal else 200,
        centre=centre,
        kind=kind,
        kinds=KINDS,
        own=own,
        planned=planned,
        house=default_steps(kind),
        typed=typed or typed_of(kind, planned),
        example=example(planned, day, hour, hours),
        on=day,
        at=hour,
        may_save=visit.staff.role in MAY_SAVE,
        refusal=refusal,
    )


def _example_day(visit: Visit, centre: Row[Any]) -> date:
    return local(visit.now, centre.time_zone).date() + timedelta(days=EXAMPLE_DAYS)


def _centre(db: Connection, visit: Visit, centre_id: int) -> Row[Any]:
    centre = centre_row(db, centre_id) if visit.centre_id in (None, centre_id) else None
    if centre is None:
        raise NotHere
    return centre
