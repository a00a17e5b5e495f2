"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bot.accounts import LASTS, Attempts, sign_in, sign_out, signed_in
from bot.errors import Rejected
from bot.web.console.pages import render
from bot.web.console.visit import COOKIE, Fields, Form, FormTooOld, Page, Signed, see_other, text
from bot.web.context import Context, context_of

router = APIRouter(route_class=Page)


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the address's word
    """Ask who it is."""
    context = context_of(request)
    token = request.cookies.get(COOKIE, "")
    with context.database.read() as db:
        known = bool(token) and signed_in(db, token, context.clock()) is not None
    if known:
        return see_other(_inside(next))
    return render("sign_in.html", email="", next=next, wrong="")


@router.post("/sign-in")
def open_sign_in(request: Request, form: Fields) -> Response:
    """Check a password."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise FormTooOld  # nobody signs in from someone else's page
    context = context_of(request)
    email, onward = text(form, "email"), text(form, "next")
    password = form.get("password")
    try:
        opened = sign_in(
            context.database,
            _attempts(request),
            email,
            password if isinstance(password, str) else "",
            context.clock(),
        )
    except Rejected as refusal:
        return render("sign_in.html", status=400, email=email, next=onward, wrong=str(refusal))
    answer = see_other(_inside(onward))
    answer.set_cookie(
        COOKIE,
        opened.token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_secure(context),
    )
    return answer


@router.post("/sign-out")
def close_sign_in(visit: Signed, form: Form) -> Response:
    """Leave; the token is worth nothing from now on."""
    with visit.context.database.write() as db:
        sign_out(db, visit.token)
    answer = see_other("/sign-in")
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_secure(visit.context))
    return answer


def _secure(context: Context) -> bool:
    return context.deployment.public_url.startswith("https:")


def _inside(path: str) -> str:
    """Only ever go on to a page of ours."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if ours and path.isprintable() else "/"


def _attempts(request: Request) -> Attempts:
    """This application's record of failures."""
    state = request.app.state
    if not hasattr(state, "attempts"):
        state.attempts = Attempts()
    attempts = state.attempts
    assert isinstance(attempts, Attempts)
    return attempts
