"""Families: finding one, its page, its wishes and its pause, and a guardian's Telegram card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from math import ceil

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from bot.audience import LEVELS
from bot.channels.link import deep_link
from bot.contacts import CARD_LIFE, new_binding_code, send_card
from bot.errors import Rejected
from bot.messages import Rendering
from bot.people import pause_family
from bot.storage import contacts
from bot.storage.console import families as stored
from bot.storage.console.lines import PER_PAGE, FamilyPage
from bot.wallclock import at_wall_clock
from bot.web.console.event_form import read_day
from bot.web.console.visit import (
    Coordinator,
    Form,
    NotHere,
    Page,
    Visit,
    page_number,
    see_other,
    show,
    text,
)
from bot.web.console.words import word
from bot.wishes import (
    LONGEST_REASON,
    allow_contact,
    forbid_contact,
    set_guardians,
    set_rendering,
    set_tags,
)

router = APIRouter(route_class=Page)

REACH = {"yes": True, "no": False}
DONE = {  # what a form has done, by the code in the page's address
    "guardians": word("It is noted whom to write to."),
    "card": word("The SMS with the Telegram link is on its way; one a day at most."),
    "tags": word("The tags are noted."),
    "rendering": word("It is noted how to write to this person."),
    "forbidden": word("Nobody writes to this person any more."),
    "allowed": word("This person can be written to again."),
}


@router.get("/families")
def families_page(visit: Coordinator, q: str = "", reach: str = "", page: str = "1") -> Response:
    """Families by reference, a page at a time."""
    number = page_number(page)
    q = q.strip()[:80]
    with visit.context.database.read() as db:
        found, total = stored.find_families(db, visit.centre_id, q, REACH.get(reach), number)
    return show(
        visit,
        "families.html",
        families=found,
        total=total,
        q=q,
        reach=reach if reach in REACH else "",
        page=number,
        pages=max(ceil(total / PER_PAGE), 1),
    )


@router.get("/families/{family_id}")
def family_page(visit: Coordinator, family_id: int, done: str = "", n: str = "") -> Response:
    """Who they are, how they are reached, what was said; and what a form has just done."""
    withdrawn = int(n) if n.isascii() and n.isdigit() and len(n) < 5 else 0
    return _family_page(visit, family_id, done=DONE.get(done, ""), withdrawn=withdrawn)


@router.post("/families/{family_id}/guardians")
def guardians(visit: Coordinator, family_id: int, form: Form) -> Response:
    """Write down whom the family wishes us to write to first, and whether to both."""
    first = {"1": 1, "2": 2}.get(text(form, "first"))
    return _noted(
        visit,
        family_id,
        "guardians",
        lambda db: set_guardians(db, family_id, first, bool(text(form, "both"))),
    )


@router.post("/families/{family_id}/tags")
def tags(visit: Coordinator, family_id: int, form: Form) -> Response:
    """Write down the team's own words for the family."""
    return _noted(visit, family_id, "tags", lambda db: set_tags(db, family_id, text(form, "tags")))


@router.post("/families/{family_id}/contacts/{contact_id}/forbid")
def forbid(visit: Coordinator, family_id: int, contact_id: int, form: Form) -> Response:
    """Never write to a guardian again; what waited for them does not leave."""
    reason = text(form, "why")
    try:
        with visit.context.database.write() as db:
            _family(db, visit, family_id)
            withdrawn = forbid_contact(db, family_id, contact_id, reason, visit.now)
    except Rejected as refusal:
        return _family_page(visit, family_id, refusal=str(refusal))
    visit.context.wake()
    return see_other(f"/families/{family_id}?done=forbidden&n={withdrawn}")


@router.post("/families/{family_id}/contacts/{contact_id}/allow")
def allow(visit: Coordinator, family_id: int, contact_id: int, form: Form) -> Response:
    """Let messages go to a guardian again."""
    return _noted(visit, family_id, "allowed", lambda db: allow_contact(db, family_id, contact_id))


@router.post("/families/{family_id}/contacts/{contact_id}/rendering")
def rendering(visit: Coordinator, family_id: int, contact_id: int, form: Form) -> Response:
    """Write down how much a guardian reads."""
    chosen = text(form, "rendering")
    return _noted(
        visit,
        family_id,
        "rendering",
        lambda db: set_rendering(db, family_id, contact_id, chosen, visit.now),
    )


@router.post("/families/{family_id}/pause")
def pause(visit: Coordinator, family_id: int, form: Form) -> Response:
    """Hold everything automatic until the end of a day."""
    written, reason = text(form, "until"), text(form, "reason")
    try:
        with visit.context.database.write() as db:
            family = _family(db, visit, family_id)
            until = _end_of(written, family.time_zone)
            pause_family(db, family_id, until, reason[:LONGEST_REASON], visit.now)
    except Rejected as refusal:
        return _family_page(
            visit, family_id, refusal=str(refusal), typed={"until": written, "reason": reason}
        )
    return see_other(f"/families/{family_id}")


@router.post("/families/{family_id}/resume")
def resume(visit: Coordinator, family_id: int, form: Form) -> Response:
    """Let automatic messages go on."""
    with visit.context.database.write() as db:
        _family(db, visit, family_id)
        pause_family(db, family_id, None, "", visit.now)
    visit.context.wake()
    return see_other(f"/families/{family_id}")


@router.post("/families/{family_id}/contacts/{contact_id}/card")
def card(visit: Coordinator, family_id: int, contact_id: int, form: Form) -> Response:
    """Make a guardian's card and show it this once."""
    with visit.context.database.write() as db:
        family = _family(db, visit, family_id)
        if not stored.contact_of_family(db, family_id, contact_id):
            raise NotHere
        code = new_binding_code(db, contact_id, visit.now)
        person = contacts.person(db, contact_id)
    bot = visit.context.deployment.bot_named(person.telegram_bot or "" if person else "")
    return show(
        visit,
        "card.html",
        family=family,
        guardian=next(one for one in family.line.guardians if one.id == contact_id),
        code=code,
        link=deep_link(bot, code) if bot else "",
        days=CARD_LIFE.days,
    )


@router.post("/families/{family_id}/contacts/{contact_id}/card/sms")
def card_by_sms(visit: Coordinator, family_id: int, contact_id: int, form: Form) -> Response:
    """Send a guardian the link that opens our bot on their phone."""

    def send(db: Connection) -> None:
        if not stored.contact_of_family(db, family_id, contact_id):
            raise NotHere
        send_card(db, visit.context.deployment, contact_id, visit.now)

    sent = _noted(visit, family_id, "card", send)
    visit.context.wake()
    return sent


def _noted(
    visit: Visit, family_id: int, done: str, note: Callable[[Connection], object]
) -> Response:
    """Write something about a family down and say so, or say why not."""
    try:
        with visit.context.database.write() as db:
            _family(db, visit, family_id)
            note(db)
    except Rejected as refusal:
        return _family_page(visit, family_id, refusal=str(refusal))
    return see_other(f"/families/{family_id}?done={done}")


def _family_page(
    visit: Visit,
    family_id: int,
    *,
    refusal: str = "",
    typed: dict[str, str] | None = None,
    done: str = "",
    withdrawn: int = 0,
) -> Response:
    with visit.context.database.read() as db:
        family = _family(db, visit, family_id)
        exchanges = stored.timeline(db, family_id)
    return show(
        visit,
        "family.html",
        status=400 if refusal else 200,
        family=family,
        paused=family.line.paused_until is not None and family.line.paused_until > visit.now,
        exchanges=exchanges,
        most=stored.PER_TIMELINE,
        refusal=refusal,
        typed=typed or {"until": "", "reason": ""},
        longest_reason=LONGEST_REASON,
        done=done,
        withdrawn=withdrawn,
        levels=LEVELS,
        renderings=tuple(Rendering),
    )


def _family(db: Connection, visit: Visit, family_id: int) -> FamilyPage:
    family = stored.family(db, visit.centre_id, family_id)
    if family is None:
        raise NotHere
    return family


def _end_of(written: str, zone: str) -> datetime:
    """The instant at which a day ends on the centre's clock."""
    last = read_day(written)
    if last is None:
        raise Rejected("Donnez le dernier jour de la pause, par exemple 25/11/2026.")
    return at_wall_clock(last + timedelta(days=1), time(), zone)
