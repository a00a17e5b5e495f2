"""Who is on the page, what they may do there, and the forms that they send back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from secrets import compare_digest
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from bot.accounts import signed_in
from bot.storage.alarms import Reader, sees_lists, unanswered
from bot.storage.console.waiting import how_many_wait
from bot.storage.staff import Staff
from bot.web.bodies import CALL, TooLarge, limited
from bot.web.console.pages import render
from bot.web.context import Context, context_of

COOKIE = "carnet_sign_in"
MOST_FIELDS = 20_000  # an attendance form has two for each family

FAMILIES = frozenset({"coordinator", "director", "admin"})  # roles that see names


class SignInNeeded(Exception):
    """Nobody is signed in."""


class NotAllowed(Exception):
    """This role has nothing to do here."""


class FormTooOld(Exception):
    """A form came without the token that we put into it."""


class NotHere(Exception):
    """There is no such page, or it belongs to another centre: the answer is the same."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a signed-in person."""

    request: Request
    context: Context
    staff: Staff
    token: str
    now: datetime

    @property
    def centre_id(self) -> int | None:
        """The centre that they see; None: all."""
        return self.staff.centre_id

    @property
    def reader(self) -> Reader:
        """Who they are, to words that few may read."""
        return Reader(self.staff.id, self.staff.role, self.staff.centre_id)

    @property
    def sees_families(self) -> bool:
        """Whether names may be shown to them."""
        return self.staff.role in FAMILIES


def visit(request: Request) -> Visit:
    """Whoever is signed in. Raises SignInNeeded."""
    context = context_of(request)
    now = context.clock()
    token = request.cookies.get(COOKIE, "")
    with context.database.read() as db:
        staff = signed_in(db, token, now) if token else None
    if staff is None:
        raise SignInNeeded
    return Visit(request, context, staff, token, now)


def family_visit(visit: Annotated[Visit, Depends(visit)]) -> Visit:
    """Whoever is signed in and may see families. Raises NotAllowed."""
    if not visit.sees_families:
        raise NotAllowed
    return visit


async def fields(request: Request) -> FormData:
    """What a form sent. Read here, so that pages can be plain functions in the thread pool.

    Raises TooLarge.
    """
    return await limited(request, CALL).form(max_files=0, max_fields=MOST_FIELDS)


Fields = Annotated[FormData, Depends(fields)]
Signed = Annotated[Visit, Depends(visit)]
Coordinator = Annotated[Visit, Depends(family_visit)]


def sent_form(visit: Signed, form: Fields) -> FormData:
    """A form that we gave to this person. Raises FormTooOld."""
    if not compare_digest(text(form, "form_token").encode(), visit.staff.form_token.encode()):
        raise FormTooOld
    return form


Form = Annotated[FormData, Depends(sent_form)]


def show(visit: Visit, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page with its frame: who is signed in, and how many parents wait."""
    waiting = alarms = 0
    lists = False
    if visit.sees_families:
        with visit.context.database.read() as db:
            waiting = how_many_wait(db, visit.centre_id)
            alarms = unanswered(db, visit.reader)
            lists = sees_lists(db, visit.reader)
    return render(
        template,
        status=status,
        me=visit.staff,
        sees_families=visit.sees_families,
        form_token=visit.staff.form_token,
        parents_wait=waiting,
        alarms_wait=alarms,
        sees_alarms=lists,
        here=visit.request.url.path,
        now=visit.now,
        **values,
    )


def text(form: FormData, name: str) -> str:
    """One field, stripped; "" when it is missing."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """Every value of a repeated field."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def page_number(written: str) -> int:
    """A page's number in an address; 1 for anything else."""
    return int(written) if written.isascii() and written.isdigit() and 0 < len(written) < 6 else 1


def see_other(path: str) -> Response:
    """Go on to a page after a form."""
    return RedirectResponse(path, 303)


class Page(APIRoute):
    """A route whose refusals are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Answer what the handler raised."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded:
                return RedirectResponse(f"/sign-in{_next(request)}", 303)
            except NotAllowed:
                return render("not_allowed.html", status=403)
            except FormTooOld:
                return render("form_too_old.html", status=403)
            except TooLarge:
                return render("form_too_large.html", status=413)
            except (NotHere, RequestValidationError):
                return not_found()

        return answer


def not_found() -> Response:
    """The page for an address where nothing is."""
    return render("not_found.html", status=404)


def _next(request: Request) -> str:
    """Where to go after signing in: a page that was asked for, never a form that was sent."""
    if request.method != "GET" or request.url.path == "/":
        return ""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"?next={quote(request.url.path + query, safe='')}"
