"""Parents who wait for a person: their words, an answer, and the end of it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.errors import Rejected
from bot.people import LONGEST, answer_parent, close_task, take_task
from bot.storage import alarms, tasks
from bot.storage.console.waiting import waiting_parents, waits
from bot.storage.tasks import SAFEGUARDING
from bot.translators import Read
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

NOT_READ = Read()


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


@router.post("/inbox/{task_id}/take")
def take(visit: Coordinator, task_id: int, form: Form) -> Response:
    """Whoever is signed in takes care of it; automation is silent meanwhile."""
    with visit.context.database.write() as db:
        _check(db, visit, task_id)
        take_task(db, task_id, visit.staff.id, visit.now)
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
        held = alarms.silenced(db, visit.reader)
        guarded = [one.task_id for one in waiting if one.reason == SAFEGUARDING]
        guarded += [one.id for one in held if one.reason == SAFEGUARDING]
        readable = alarms.readable_of(db, visit.reader, guarded)
        calling = {one.task_id for one in alarms.calling(db)}
        called = {one for one in calling if alarms.was_called(db, visit.staff.id, one)}
    foreign = [one.foreign for one in waiting if one.foreign]
    readings = visit.context.readings
    return show(
        visit,
        "inbox.html",
        status=400 if refusal else 200,
        waiting=waiting,
        held=held,
        readable=readable,
        calling=calling,
        may_answer=called | (calling & readable),
        refused_task=task_id,
        refusal=refusal,
        typed=typed,
        longest=LONGEST,
        readings=readings.read(foreign) if readings is not None else NOT_READ,
        several=visit.centre_id is None,
    )


def _check(db: Connection, visit: Visit, task_id: int) -> None:
    """What few may read is answered on its own page."""
    task = tasks.task(db, task_id)
    guarded = task is not None and task.reason == SAFEGUARDING
    if guarded or not waits(db, visit.centre_id, task_id):
        raise NotHere
