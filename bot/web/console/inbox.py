"""Parents who wait for a person: their words, an answer, and the end of it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.errors import Rejected
from bot.people import LONGEST, answer_parent, close_task
from bot.storage.console.waiting import waiting_parents, waits
from bot.web.console.visit import (
    Coordinator,
    Form,
    NotHere,
    Page,
    Visit,
    see_other,
    show,
    text,
)

router = APIRouter(route_class=Page)


@router.get("/inbox")
def inbox_page(visit: Coordinator) -> Response:
    """Who waits, the one who waits longest first."""
    return _inbox_page(visit)


@router.post("/inbox/{task_id}/answer")
def answer(visit: Coordinator, task_id: int, form: Form) -> Response:
    """Write to the parent, under the name of whoever is signed in."""
    words = text(form, "text").replace("\r\n", "\n")
    try:
        with visit.context.database.write() as db:
            _check(db, visit, task_id)
            answer_parent(db, task_id, words, visit.staff.name, visit.now)
    except Rejected as refusal:
        return _inbox_page(visit, task_id=task_id, refusal=str(refusal), typed=words)
    visit.context.wake()
    return see_other(f"/inbox#task-{task_id}")


@router.post("/inbox/{task_id}/close")
def close(visit: Coordinator, task_id: int, form: Form) -> Response:
    """The parent has what they needed."""
    with visit.context.database.write() as db:
        _check(db, visit, task_id)
        close_task(db, task_id, visit.staff.id, visit.now)
    return see_other("/inbox")


def _inbox_page(
    visit: Visit, *, task_id: int | None = None, refusal: str = "", typed: str = ""
) -> Response:
    with visit.context.database.read() as db:
        waiting = waiting_parents(db, visit.centre_id)
    return show(
        visit,
        "inbox.html",
        status=400 if refusal else 200,
        waiting=waiting,
        refused_task=task_id,
        refusal=refusal,
        typed=typed,
        longest=LONGEST,
        several=visit.centre_id is None,
    )


def _check(db: Connection, visit: Visit, task_id: int) -> None:
    if not waits(db, visit.centre_id, task_id):
        raise NotHere
