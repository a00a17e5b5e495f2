"""Every page of the console, in one router."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.web.console import (
    account,
    audience,
    campaigns,
    events,
    families,
    inbox,
    indicators,
    media,
    meetings,
    own_words,
    plans,
    received,
    safeguarding,
    signing,
)
from bot.web.console.pages import STATIC as STATIC
from bot.web.console.visit import NotHere, Page, Signed, see_other

PARTS = (
    signing,
    account,
    audience,
    events,
    campaigns,
    media,
    own_words,
    meetings,
    plans,
    families,
    inbox,
    received,
    safeguarding,
    indicators,
)

router = APIRouter(route_class=Page, include_in_schema=False)


@router.get("/")
def first_page(visit: Signed) -> Response:
    """Go where this person works."""
    return see_other("/events" if visit.sees_families else "/indicators")


for part in PARTS:
    router.include_router(part.router)


@router.get("/{path:path}")
def nothing(path: str) -> Response:
    """Answer for every address that is nobody's; it stands last."""
    raise NotHere
