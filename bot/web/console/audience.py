"""Audiences: choosing families by conditions, seeing who they are, and keeping the choice."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.audience import Filter
from bot.errors import Rejected
from bot.messages import Purpose
from bot.preview import Preview, preview_audience
from bot.segments import (
    LONGEST_NAME,
    Segment,
    delete_segment,
    rename_segment,
    save_segment,
    segments,
)
from bot.storage.audience import members
from bot.storage.console.centres import centres_seen
from bot.web.console.audience_form import (
    EMPTY,
    LABELS,
    AudienceForm,
    Chosen,
    author_of,
    chosen_segment,
    load_choices,
    read_audience,
    typed_audience,
)
from bot.web.console.visit import Coordinator, Form, NotHere, Page, Visit, see_other, show, text

router = APIRouter(route_class=Page)

MOST_SHOWN = 200  # families in one list of a page
NETWORK = "network"  # in place of a centre: a choice that is kept for everybody


def look_at(
    db: Connection,
    visit: Visit,
    wanted: Filter,
    *,
    purpose: Purpose = Purpose.INVITATION,
    step: str = "invitation",
) -> Preview:
    """Who of the reader's families meets a filter, and who of them would be written to now."""
    audience = members(db, wanted, visit.now, visit.centre_id)
    return preview_audience(
        db, visit.context.reach, audience, visit.now, purpose=purpose, step=step
    )


@router.get("/audience")
def audience_page(visit: Coordinator) -> Response:
    """Conditions to choose from, and what was kept."""
    return _page(visit, EMPTY)


@router.post("/audience")
def see_audience(visit: Coordinator, form: Form) -> Response:
    """Who is meant by what was chosen."""
    typed = typed_audience(form)
    with visit.context.database.read() as db:
        choices = load_choices(db, visit)
        chosen = read_audience(db, visit, typed, choices)
    return _page(visit, chosen)


@router.post("/audience/keep")
def keep_audience(visit: Coordinator, form: Form) -> Response:
    """Keep what was chosen under a name."""
    name, whose = text(form, "name"), text(form, "whose")
    typed = typed_audience(form)
    with visit.context.database.read() as db:
        choices = load_choices(db, visit)
        chosen = read_audience(db, visit, typed, choices)
    if isinstance(chosen, AudienceForm):
        return _page(visit, chosen)
    try:
        with visit.context.database.write() as db:
            author = author_of(visit)
            centre_id = _whose(db, visit, whose)
            segment_id = save_segment(db, author, name, chosen.filter, centre_id, visit.now)
    except Rejected as refusal:
        return _page(visit, chosen, refusal=str(refusal), name=name, whose=whose)
    return see_other(f"/audience/{segment_id}")


@router.get("/audience/{segment_id}")
def segment_page(visit: Coordinator, segment_id: int) -> Response:
    """Who is in a kept audience today."""
    return _segment_page(visit, segment_id)


@router.post("/audience/{segment_id}/rename")
def rename(visit: Coordinator, segment_id: int, form: Form) -> Response:
    """Give it another name."""
    name = text(form, "name")
    try:
        with visit.context.database.write() as db:
            rename_segment(db, author_of(visit), segment_id, name)
    except Rejected as refusal:
        return _segment_page(visit, segment_id, refusal=str(refusal), name=name)
    return see_other(f"/audience/{segment_id}")


@router.post("/audience/{segment_id}/delete")
def delete(visit: Coordinator, segment_id: int, form: Form) -> Response:
    """Forget it."""
    try:
        with visit.context.database.write() as db:
            delete_segment(db, author_of(visit), segment_id)
    except Rejected as refusal:
        return _segment_page(visit, segment_id, refusal=str(refusal))
    return see_other("/audience")


def _page(
    visit: Visit,
    audience: AudienceForm | Chosen,
    *,
    refusal: str = "",
    name: str = "",
    whose: str = "",
) -> Response:
    """The conditions, and below them whom they mean where they were sent and are right."""
    with visit.context.database.read() as db:
        choices = load_choices(db, visit)
        chosen = audience if isinstance(audience, Chosen) else None
        preview = look_at(db, visit, chosen.filter) if chosen else None
        centres = centres_seen(db, visit.centre_id)
    form = AudienceForm(audience.typed) if isinstance(audience, Chosen) else audience
    author = author_of(visit)
    return show(
        visit,
        "audience.html",
        status=400 if refusal or form.wrong or form.refusal else 200,
        audience=form,
        chosen=chosen,
        choices=choices,
        labels=LABELS,
        preview=preview,
        most=MOST_SHOWN,
        refusal=refusal,
        centres=centres,
        leads=author.leads,
        network=NETWORK,
        name=name,
        whose=whose,
        longest_name=LONGEST_NAME,
    )


def _segment_page(
    visit: Visit, segment_id: int, *, refusal: str = "", name: str | None = None
) -> Response:
    with visit.context.database.read() as db:
        segment = _segment(db, visit, segment_id)
        chosen = chosen_segment(db, segment)
        preview = None if segment.unread else look_at(db, visit, segment.filter)
    return show(
        visit,
        "segment.html",
        status=400 if refusal else 200,
        segment=segment,
        phrases=chosen.phrases,
        preview=preview,
        most=MOST_SHOWN,
        several=visit.centre_id is None,
        refusal=refusal or segment.unread,
        name=segment.name if name is None else name,
        longest_name=LONGEST_NAME,
    )


def _segment(db: Connection, visit: Visit, segment_id: int) -> Segment:
    for one in segments(db, author_of(visit)):
        if one.id == segment_id:
            return one
    raise NotHere


def _whose(db: Connection, visit: Visit, written: str) -> int | None:
    """The centre that keeps it; None: the whole network. Raises Rejected for anything else."""
    if visit.centre_id is not None and written != NETWORK:
        return visit.centre_id
    if written == NETWORK:
        return None
    known = {str(one.id): one.id for one in centres_seen(db, visit.centre_id)}
    if written not in known:
        raise Rejected("Choisissez le centre qui garde ce public, ou tout le réseau.")
    return known[written]
