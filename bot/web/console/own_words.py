"""The team's own words in every language: the editor, and links to whoever can read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import Row

from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.lint import Finding
from bot.messages import About
from bot.own_words import (
    LONGEST_TITLE,
    Remark,
    Words,
    findings,
    longest_more,
    names_in,
    open_review,
    remarks,
    remove,
    save,
    state_of,
    suggested,
)
from bot.storage import own_words as stored
from bot.storage.console.media import families_by_language
from bot.storage.own_words import Written
from bot.translators import TranslationFailed
from bot.web.console.subjects import open_subject, subject_of
from bot.web.console.visit import Coordinator, Form, NotHere, Page, Visit, see_other, show, text

router = APIRouter(route_class=Page)


@dataclass(frozen=True, slots=True)
class Card:
    """One language of the page. `typed` stands in its form; `state`: see words.READINGS."""

    language: str
    families: int
    written: Written | None
    typed: Words
    state: str
    remarks: tuple[Remark, ...]
    findings: tuple[Finding, ...]
    leaves: bool
    review: Row[Any] | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not done, beside its language, with what was typed."""

    words: str
    language: str
    typed: Words | None = None


@router.get("/events/{number}/words")
@router.get("/campaigns/{number}/words")
def words_page(visit: Coordinator, number: int) -> Response:
    """Every language: what is written in it, who has read it, and the form to change that."""
    return _page(visit, number)


@router.post("/events/{number}/words/{language}")
@router.post("/campaigns/{number}/words/{language}")
def write(visit: Coordinator, form: Form, number: int, language: str) -> Response:
    """Keep a translation; it is a draft."""
    typed = Words(text(form, "title"), text(form, "more"))
    try:
        with visit.context.database.write() as db:
            subject = open_subject(db, visit, number)
            save(db, subject.about, language, typed)
    except Rejected as refusal:
        return _page(visit, number, Refusal(str(refusal), language, typed))
    return see_other(f"{subject.path}/words#{language}")


@router.post("/events/{number}/words/{language}/draft")
@router.post("/campaigns/{number}/words/{language}/draft")
def propose(visit: Coordinator, _form: Form, number: int, language: str) -> Response:
    """Let the machine propose a draft. What a person has written is not lost to it."""
    translator = visit.context.translator
    if translator is None or language not in LANGUAGES:
        raise NotHere
    typed: Words | None = None
    try:
        with visit.context.database.read() as db:
            subject = open_subject(db, visit, number)
            original, *others = stored.written(db, subject.about)
            names = names_in(db, subject.about)
        standing = next((one for one in others if one.language == language), None)
        if standing is not None and not stored.is_stale(original, standing):
            raise Rejected("Une traduction est déjà écrite. Enlevez-la d'abord.")  # noqa: TRY301
        typed = suggested(translator, original, language, names)
        with visit.context.database.write() as db:
            save(db, subject.about, language, typed, source=stored.ENGINE)
    except (Rejected, TranslationFailed) as refusal:
        return _page(visit, number, Refusal(str(refusal), language, typed))
    return see_other(f"{subject.path}/words#{language}")


@router.post("/events/{number}/words/{language}/remove")
@router.post("/campaigns/{number}/words/{language}/remove")
def take_away(visit: Coordinator, _form: Form, number: int, language: str) -> Response:
    """Take a translation away: the original goes out in this language."""
    try:
        with visit.context.database.write() as db:
            subject = open_subject(db, visit, number)
            remove(db, subject.about, language, visit.now)
    except Rejected as refusal:
        return _page(visit, number, Refusal(str(refusal), language))
    return see_other(f"{subject.path}/words#{language}")


@router.post("/events/{number}/words/{language}/link")
@router.post("/campaigns/{number}/words/{language}/link")
def make_link(visit: Coordinator, _form: Form, number: int, language: str) -> Response:
    """Make a link for a reviewer; it is shown this once, for we keep only its hash."""
    try:
        with visit.context.database.write() as db:
            subject = open_subject(db, visit, number)
            token = open_review(db, subject.about, language, visit.staff.id, visit.now)
    except Rejected as refusal:
        return _page(visit, number, Refusal(str(refusal), language))
    address = f"{visit.context.deployment.public_url.rstrip('/')}/r/{token}"
    return _page(visit, number, link=(language, address))


@router.post("/events/{number}/words/{language}/revoke")
@router.post("/campaigns/{number}/words/{language}/revoke")
def close_link(visit: Coordinator, _form: Form, number: int, language: str) -> Response:
    """Let the links to this language open nothing any more."""
    with visit.context.database.write() as db:
        subject = subject_of(db, visit, number)
        stored.revoke(db, subject.about, visit.now, language=language)
    return see_other(f"{subject.path}/words#{language}")


def _page(
    visit: Visit, number: int, refusal: Refusal | None = None, link: tuple[str, str] | None = None
) -> Response:
    with visit.context.database.read() as db:
        subject = subject_of(db, visit, number)
        heard = families_by_language(db, subject.about)
        links = _newest(stored.reviews(db, subject.about))
        names = names_in(db, subject.about)
        held = stored.held_in(db, subject.about)
        original, *others = stored.written(db, subject.about)
        standing = {one.language: one for one in others}
        seen = {
            one.language: findings(db, subject.about, one.language, Words(one.title, one.more))
            for one in others
        }
    languages = _shown(original.language, heard, standing)
    cards = [
        _card(
            subject.about,
            one,
            heard.get(one, 0),
            original,
            standing.get(one),
            names,
            refusal,
            links,
            seen.get(one, ()),
            may_leave=one not in held,
        )
        for one in languages
    ]
    refused = refusal.language if refusal is not None else ""
    wanted = [
        one
        for one in cards
        if one.families or one.written or one.language in (refused, link[0] if link else "")
    ]
    return show(
        visit,
        "own_words.html",
        status=400 if refusal else 200,
        subject=subject,
        original=original,
        cards=wanted,
        others=[one for one in cards if one not in wanted],
        refusal=refusal,
        known_refusal=bool(refusal) and refused in languages,
        link=link,
        machine=visit.context.translator is not None,
        longest_title=LONGEST_TITLE,
        longest_more=longest_more(subject.about),
        is_event=subject.about.event_id is not None,
    )


def _newest(reviews: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    """The newest link of each language; they come the newest first."""
    found: dict[str, Row[Any]] = {}
    for row in reviews:
        found.setdefault(row.language, row)
    return found


def _shown(original: str, heard: Iterable[str], standing: Collection[str]) -> list[str]:
    """The languages of the page: those that families read, those that are written, all of ours."""
    return [
        one
        for one in dict.fromkeys((*heard, *standing, *LANGUAGES))
        if one != original and (one in LANGUAGES or one in standing)
    ]


def _card(
    about: About,
    language: str,
    families: int,
    original: Written,
    written: Written | None,
    names: tuple[str, ...],
    refusal: Refusal | None,
    links: Mapping[str, Row[Any]],
    seen: tuple[Finding, ...],
    *,
    may_leave: bool,
) -> Card:
    typed = Words(written.title, written.more) if written is not None else Words("")
    if refusal is not None and refusal.language == language and refusal.typed is not None:
        typed = refusal.typed
    own = Words(written.title, written.more) if written is not None else None
    whole = Words(original.title, original.more)
    found = (
        remarks(whole, own, language, original.language, names, longest_more(about)) if own else ()
    )
    state = state_of(original, written)
    return Card(
        language=language,
        families=families,
        written=written,
        typed=typed,
        state=state,
        remarks=found,
        findings=seen,
        leaves=written is not None
        and (may_leave or state == stored.REVIEWED)
        and not (state == "stale" and any(one.difference.grave for one in found)),
        review=links.get(language),
    )
