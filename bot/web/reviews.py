"""A reviewer's page: someone who reads a language looks at one translation, without an account.

Opening it changes nothing; a button does, once. The words stand in French and in their language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.link import hash_token
from bot.errors import Rejected
from bot.invariants import Difference, Kind
from bot.languages import FALLBACK
from bot.messages import Say, say
from bot.own_words import (
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_TITLE,
    NotTheSame,
    Review,
    Words,
    approve,
    longest_more,
    refuse,
    review_of,
)
from bot.storage import own_words as stored
from bot.storage import paces
from bot.translation import direction, readable
from bot.web.bodies import LETTER, TooLarge, limited
from bot.web.context import Context, context_of
from bot.web.links import HEADERS, STYLE, pages
from bot.web.marked import apart, told

MOST_PRESSES, WITHIN = 30, timedelta(minutes=15)  # of one link
MAX_FIELD = 2_000


async def show(request: Request) -> Response:
    """Show both texts, or what was found; change nothing."""
    context, token = context_of(request), request.path_params["token"]
    found = await context.database.reading(lambda db: _open(db, token, context.clock()))
    return _gone(context) if found is None else _html(context, token, found)


async def answer(request: Request) -> Response:
    """Take the reviewer's word, once, and show the page again."""
    context, token = context_of(request), request.path_params["token"]
    now = context.clock()
    try:
        form = await limited(request, LETTER).form(max_files=0, max_fields=8)
    except TooLarge:
        return _plain(context, "C'est trop long. Revenez en arrière et écrivez moins.", 413)
    fields = {name: str(value)[:MAX_FIELD] for name, value in form.items()}
    match await context.database.writing(lambda db: _press(db, token, now)):
        case None:
            return _gone(context)
        case False:
            return _late(context)
    refusal: Rejected | None = None
    try:
        await context.database.writing(lambda db: _take(db, token, fields, now))
    except Rejected as error:
        refusal = error
    if refusal is None:
        return RedirectResponse(f"/r/{token}", status_code=303, headers=HEADERS)
    found = await context.database.reading(lambda db: _open(db, token, now))
    if found is None:
        return _gone(context)
    return _html(context, token, found, refusal=refusal, fields=fields)


REVIEW_ROUTES = [
    Route("/r/{token}", show, methods=["GET"]),
    Route("/r/{token}", answer, methods=["POST"]),
]


def _open(db: Connection, token: str, now: datetime) -> Review | None:
    """What a link shows; nothing once its event is cancelled or has begun."""
    found = review_of(db, token, now)
    if found is None:
        return None
    about = stored.where(db, found.about)
    over = about is None or (about.over_at is not None and about.over_at <= now)
    return None if over or (about is not None and about.status != "planned") else found


def _press(db: Connection, token: str, now: datetime) -> bool | None:
    """Whether one press more of this link is in order, over all processes; None: there is none."""
    if _open(db, token, now) is None:
        return None
    return paces.press(db, "review", hash_token(token).hex(), MOST_PRESSES, WITHIN, now)


def _take(db: Connection, token: str, fields: Mapping[str, str], now: datetime) -> None:
    if _open(db, token, now) is None:
        return
    mark, by = fields.get("mark", ""), fields.get("by", "")
    if fields.get("verdict") == stored.APPROVED:
        words = Words(fields.get("title", ""), fields.get("more", ""))
        approve(db, token, words, by, mark, now)
    elif fields.get("verdict") == stored.WRONG:
        refuse(db, token, fields.get("note", ""), by, mark, now)


def _html(
    context: Context,
    token: str,
    found: Review,
    *,
    refusal: Rejected | None = None,
    fields: Mapping[str, str] | None = None,
) -> HTMLResponse:
    language = readable(found.language)
    typed, standing = fields or {}, found.translation

    def both(msgid: str) -> Markup:
        """A saying in the reviewer's language, and in French below it."""
        own = told(Say(msgid), language)
        french = apart(told(Say(msgid), FALLBACK), FALLBACK)
        return own if language == FALLBACK else Markup("{}<br>{}").format(own, french)

    html = pages.get_template("review/page.html").render(
        association=context.deployment.association,
        token=token,
        found=found,
        title=typed.get("title", standing.title if standing else ""),
        more=typed.get("more", standing.more if standing else ""),
        by=typed.get("by", ""),
        note=typed.get("note", ""),
        refusals=_refusals(refusal, language),
        language=language,
        direction=direction(language),
        of_direction=direction(found.original.language),
        style=STYLE,
        _=both,
        longest_title=LONGEST_TITLE,
        longest_more=longest_more(found.about),
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
    )
    return HTMLResponse(html, 400 if refusal else 200, headers=HEADERS)


def _refusals(refusal: Rejected | None, language: str) -> tuple[tuple[Markup, str], ...]:
    """Each refusal in the reviewer's language, where it can be said in it, and in French."""
    if not isinstance(refusal, NotTheSame):
        return ((Markup(), str(refusal)),) if refusal is not None else ()
    return tuple((_own(one.difference, language), one.words) for one in refusal.remarks)


def _own(one: Difference, language: str) -> Markup:
    if not one.shown or one.kind in (Kind.LONG, Kind.SCRIPT):
        return Markup()
    if one.missing:
        return told(say("Missing: {text}", text=one.shown), language)
    return told(say("Too much: {text}", text=one.shown), language)


def _gone(context: Context) -> HTMLResponse:
    return _plain(
        context,
        "Ce lien n'est plus valable. Demandez-en un autre à l'équipe.",
        404,
    )


def _late(context: Context) -> HTMLResponse:
    return _plain(context, "C'est beaucoup d'essais. Attendez un quart d'heure.", 429)


def _plain(context: Context, words: str, status: int) -> HTMLResponse:
    html = pages.get_template("review/gone.html").render(
        association=context.deployment.association, words=words, style=STYLE
    )
    return HTMLResponse(html, status, headers=HEADERS)
