"""Sensitive situations: words for the few who may read them, the week's alarms, who is on duty.

Every opening is written down, and the director sees by whom.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.calling import DIRECTORS
from bot.errors import Rejected
from bot.people import LONGEST, answer_parent
from bot.safeguarding import acknowledge, close_guarded, release, set_duty
from bot.storage import alarms, tasks
from bot.storage.alarms import What
from bot.storage.alarms_kept import past_between
from bot.storage.console.centres import ZONE
from bot.storage.console.guarded import guarded
from bot.storage.tasks import SAFEGUARDING
from bot.understanding.alarm import Kind
from bot.wallclock import at_wall_clock, local
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

VERDICTS = ("true", "false")
HINTS = ("langue", "genre", "mots", "alertes", "fausses alertes", "vraies alertes")


@router.get("/sensitive/{task_id}")
def sensitive_page(visit: Coordinator, task_id: int) -> Response:
    """The words of one parent; that they were opened is written down first."""
    with visit.context.database.write() as db:
        _check(db, visit, task_id)
        alarms.note(db, visit.staff.id, What.OPENED, visit.now, task_id=task_id)
    return _sensitive_page(visit, task_id)


@router.post("/sensitive/{task_id}/acknowledge")
def answer_call(visit: Coordinator, task_id: int, form: Form) -> Response:
    """Whoever is signed in takes care of it: nobody else is called."""
    with visit.context.database.read() as db:
        called = alarms.was_called(db, visit.staff.id, task_id)
        if not (called or alarms.may_read(db, visit.reader, task_id)):
            raise NotHere
    try:
        with visit.context.database.write() as db:
            acknowledge(db, visit.reader, task_id, visit.now)
    except Rejected as refusal:
        with visit.context.database.read() as db:
            if not alarms.may_read(db, visit.reader, task_id):
                return see_other("/inbox")  # where it says who takes care of it
        return _sensitive_page(visit, task_id, refusal=str(refusal))
    return see_other(f"/sensitive/{task_id}")


@router.post("/sensitive/{task_id}/answer")
def answer(visit: Coordinator, task_id: int, form: Form) -> Response:
    """Write to the parent; only those who may read this page see the words again."""
    words = text(form, "text").replace("\r\n", "\n")
    return _done(
        visit,
        task_id,
        lambda db: answer_parent(db, task_id, words, visit.staff.name, visit.now),
        typed=words,
    )


@router.post("/sensitive/{task_id}/close")
def close(visit: Coordinator, task_id: int, form: Form) -> Response:
    """The parent has what they needed; automation stays silent."""
    return _done(
        visit,
        task_id,
        lambda db: close_guarded(db, task_id, visit.staff.id, visit.now),
        to="/inbox",
    )


@router.post("/tasks/{task_id}/release")
def let_go(visit: Coordinator, task_id: int, form: Form) -> Response:
    """Automation may speak to them again."""
    with visit.context.database.write() as db:
        task = tasks.task(db, task_id)
        if task is None or not any(one.id == task_id for one in alarms.silenced(db, visit.reader)):
            raise NotHere
        if task.reason == SAFEGUARDING:
            _check(db, visit, task_id)
        release(db, task_id, visit.staff.id, visit.now)
    visit.context.wake()
    return see_other("/inbox#held")


@router.get("/alarms")
def alarms_page(visit: Coordinator, week: str = "") -> Response:
    """The alarms of one week, to say which were false."""
    monday = _monday(week, visit.now)
    since, until = _week(monday)
    with visit.context.database.write() as db:
        if not alarms.sees_lists(db, visit.reader):
            raise NotAllowed
        found = alarms.heard_between(db, visit.reader, since, until)
        past = past_between(db, visit.reader, monday, monday + timedelta(days=7))
        alarms.note(db, visit.staff.id, What.LISTED, visit.now, centre_id=visit.centre_id)
        opened = (
            alarms.audited(db, visit.reader, between=(since, until))
            if visit.staff.role in DIRECTORS
            else None
        )
    counted = Counter({(kind, language): count for kind, language, count, _ in past})
    counted.update((one.kind, one.language) for one in found)
    false = Counter({(kind, language): mistaken for kind, language, _, mistaken in past})
    false.update((one.kind, one.language) for one in found if one.verdict == "false")
    return show(
        visit,
        "alarms.html",
        alarms=[(kind, [one for one in found if one.kind == kind]) for kind in Kind],
        urgent=alarms.URGENT,
        monday=monday,
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7) if until <= visit.now else None,
        kinds=_totals(counted, false, 0, list(Kind)),
        languages=_totals(counted, false, 1, sorted({language for _, language in counted})),
        erased=sum(count for *_, count, _ in past),
        opened=opened,
        zone=ZONE,
    )


@router.post("/alarms")
def judge(visit: Coordinator, form: Form) -> Response:
    """Write down which alarms were false, and which were not."""
    verdicts = {
        int(name.removeprefix("alarm-")): str(value)
        for name, value in form.items()
        if name.startswith("alarm-")
        and name.removeprefix("alarm-").isascii()
        and name.removeprefix("alarm-").isdigit()
        and value in VERDICTS
    }
    with visit.context.database.write() as db:
        if not alarms.sees_lists(db, visit.reader):
            raise NotAllowed
        for task_id in alarms.judge(db, visit.reader, verdicts, visit.now):
            alarms.note(db, visit.staff.id, What.JUDGED, visit.now, task_id=task_id)
    return see_other(f"/alarms?week={_monday(text(form, 'week'), visit.now).isoformat()}")


@router.get("/alarms/hints.csv")
def hints(visit: Coordinator) -> Response:
    """The words that raised alarms, for a translator: no name, no number, no other word."""
    with visit.context.database.write() as db:
        if not alarms.sees_lists(db, visit.reader):
            raise NotAllowed
        rows = alarms.hints(db, visit.reader)
        alarms.note(db, visit.staff.id, What.EXPORTED, visit.now, centre_id=visit.centre_id)
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(HINTS)
    lines.writerows(tuple(row) for row in rows)
    return Response(
        "\ufeff" + written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="alertes.csv"',
            "Cache-Control": "private, no-store",
        },
    )


@router.get("/duty")
def duty_page(visit: Coordinator) -> Response:
    """Who is called first in each centre, and who is next."""
    return _duty_page(visit)


@router.post("/duty/{centre_id}")
def save_duty(visit: Coordinator, centre_id: int, form: Form) -> Response:
    """Write down who is on duty."""
    if visit.staff.role not in DIRECTORS:
        raise NotAllowed
    if visit.centre_id not in (None, centre_id):
        raise NotHere
    chosen = [_number(text(form, name)) for name in ("first", "deputy")]
    minutes = [_number(text(form, name)) for name in ("deputy_minutes", "again_minutes")]
    try:
        with visit.context.database.write() as db:
            if not alarms.duty_lists(db, centre_id):
                raise NotHere
            set_duty(db, centre_id, [one for one in chosen if one], *minutes)
    except Rejected as refusal:
        return _duty_page(visit, centre_id=centre_id, refusal=str(refusal))
    return see_other("/duty?done=1")


def _duty_page(visit: Visit, *, centre_id: int = 0, refusal: str = "") -> Response:
    with visit.context.database.read() as db:
        lists = [
            (one, alarms.eligible(db, one.id), (*alarms.duty(db, one.id), 0, 0))
            for one in alarms.duty_lists(db, visit.centre_id)
        ]
    return show(
        visit,
        "duty.html",
        status=400 if refusal else 200,
        lists=lists,
        may_save=visit.staff.role in DIRECTORS,
        refused_centre=centre_id,
        refusal=refusal,
        done=bool(visit.request.query_params.get("done")),
    )


def _totals(
    counted: Counter[tuple[str, str]],
    false: Counter[tuple[str, str]],
    part: int,
    order: Sequence[str],
) -> list[tuple[str, int, int]]:
    """Alarms and false alarms of each kind, or in each language, where there were any."""
    rows = [
        (
            one,
            sum(count for key, count in counted.items() if key[part] == one),
            sum(count for key, count in false.items() if key[part] == one),
        )
        for one in order
    ]
    return [row for row in rows if row[1]]


def _sensitive_page(visit: Visit, task_id: int, *, refusal: str = "", typed: str = "") -> Response:
    with visit.context.database.read() as db:
        _check(db, visit, task_id)
        found = guarded(db, task_id)
        if found is None:
            raise NotHere
        calls = any(one.task_id == task_id for one in alarms.calling(db, task_id))
        openings = alarms.audited(db, visit.reader, task_id=task_id)
    return show(
        visit,
        "sensitive.html",
        status=400 if refusal else 200,
        one=found,
        task=found.row,
        calls=calls,
        openings=openings if visit.staff.role in DIRECTORS else None,
        refusal=refusal,
        typed=typed,
        longest=LONGEST,
    )


def _done(
    visit: Visit,
    task_id: int,
    work: Callable[[Connection], object],
    *,
    to: str = "",
    typed: str = "",
) -> Response:
    try:
        with visit.context.database.write() as db:
            _check(db, visit, task_id)
            work(db)
    except Rejected as refusal:
        return _sensitive_page(visit, task_id, refusal=str(refusal), typed=typed)
    visit.context.wake()
    return see_other(to or f"/sensitive/{task_id}")


def _check(db: Connection, visit: Visit, task_id: int) -> None:
    task = tasks.task(db, task_id)
    if task is None or task.reason != SAFEGUARDING:
        raise NotHere
    if not alarms.may_read(db, visit.reader, task_id):
        raise NotHere


def _monday(written: str, now: datetime) -> date:
    """The first day of the week that an address names; of this week where it names none."""
    try:
        on = date.fromisoformat(written)
    except ValueError:
        on = local(now, ZONE).date()
    return on - timedelta(days=on.weekday())


def _week(monday: date) -> tuple[datetime, datetime]:
    midnight = datetime.min.time()
    return (
        at_wall_clock(monday, midnight, ZONE),
        at_wall_clock(monday + timedelta(days=7), midnight, ZONE),
    )


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 9 else 0
