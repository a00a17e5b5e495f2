"""One's own account: the robot for one's pocket, linked by a one-time code."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.channels.link import deep_link
from bot.errors import Rejected
from bot.staff_chats import CODE_LIFE, new_staff_code
from bot.storage.pocket import chats_of, unbind_all
from bot.web.console.visit import Form, Page, Signed, Visit, see_other, show

router = APIRouter(route_class=Page)


@router.get("/account")
def account_page(visit: Signed) -> Response:
    """Who is signed in, and where the robot knows them."""
    return _account_page(visit)


@router.post("/account/pocket")
def pocket_code(visit: Signed, form: Form) -> Response:
    """Make a one-time code and show it this once."""
    try:
        with visit.context.database.write() as db:
            code = new_staff_code(db, visit.staff, visit.now)
    except Rejected as refusal:
        return _account_page(visit, refusal=str(refusal))
    return _account_page(visit, code=code)


@router.post("/account/pocket/unlink")
def unlink(visit: Signed, form: Form) -> Response:
    """Take the robot's chats away from this account, at once."""
    with visit.context.database.write() as db:
        unbind_all(db, visit.staff.id)
    return see_other("/account")


def _account_page(visit: Visit, *, code: str = "", refusal: str = "") -> Response:
    bot = visit.context.deployment.pocket_bot
    with visit.context.database.read() as db:
        chats = chats_of(db, visit.staff.id)
    return show(
        visit,
        "account.html",
        status=400 if refusal else 200,
        chats=chats,
        bot=bot,
        code=code,
        link=deep_link(bot, code) if bot and code else "",
        minutes=int(CODE_LIFE.total_seconds() // 60),
        refusal=refusal,
    )
