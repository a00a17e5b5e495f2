"""Announcements and survey waves: the list, planning one after a look at what it will do, its fate,
and cancelling it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from babel.numbers import format_currency
from fastapi import APIRouter, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from bot.audience import dump_filter
from bot.campaigns import KINDS as CAMPAIGNS
from bot.campaigns import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Fate,
    NewCampaign,
    add_campaign,
    cancel_campaign,
    fates,
    foresee,
    reached,
)
from bot.errors import Rejected
from bot.plans import on_the_clock
from bot.reach import hours_of
from bot.storage.audience import members
from bot.storage.campaigns import card, plan_of
from bot.storage.console import campaigns as stored
from bot.storage.console.campaigns import CampaignLine
from bot.storage.console.centres import ZONE, centre_row
from bot.vetting import BLOCKED, Findings, heard, look_over, must_change
from bot.web.console.audience_form import (
    EMPTY,
    LABELS,
    AudienceForm,
    Chosen,
    load_choices,
    read_audience,
    typed_audience,
)
from bot.web.console.campaign_form import NAMES, CampaignForm, empty_form, read_campaign
from bot.web.console.event_form import ORIGINAL, TRANSLATIONS, written
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

router = APIRouter(route_class=Page)


class Unread(NamedTuple):
    """A form to show again: its own fields, and those that choose families."""

    form: CampaignForm
    audience: AudienceForm


@router.get("/campaigns")
def campaigns_page(visit: Coordinator, page: str = "1") -> Response:
    """What was and will be said about no event."""
    number = page_number(page)
    with visit.context.database.read() as db:
        lines, more = stored.campaign_lines(db, visit.centre_id, number)
    return show(
        visit,
        "campaigns.html",
        campaigns=lines,
        page=number,
        more=more,
        several=visit.centre_id is None,
    )


@router.get("/campaigns/new/{kind}")
def new_campaign_page(visit: Coordinator, kind: str) -> Response:
    """An empty form."""
    if kind not in CAMPAIGNS:
        raise NotHere
    return _form_page(visit, empty_form(kind, _zone(visit), visit.now), EMPTY)


@router.post("/campaigns/form")
def change_form(visit: Coordinator, form: Form) -> Response:
    """The form again, as it was typed: something shall be different."""
    return _form_page(visit, CampaignForm(_typed(form), {}), AudienceForm(typed_audience(form)))


@router.post("/campaigns/preview")
def preview(visit: Coordinator, form: Form) -> Response:
    """Say what the campaign will do, before anything is planned."""
    try:
        with visit.context.database.read() as db:
            read = _read(db, visit, form)
            if isinstance(read, Unread):
                return _form_page(visit, *read)
            new, chosen = read
            findings = _seen(db, new, form)
            if must_change(findings):
                return _blocked(visit, form, findings)
            foreseen = foresee(db, visit.context.reach, new, visit.now)
            centre = centre_row(db, new.centre_id) if new.centre_id is not None else None
    except Rejected as refusal:
        return _refused(visit, form, refusal)
    tariffs = visit.context.tariffs
    return show(
        visit,
        "campaign_preview.html",
        new=new,
        phrases=chosen.phrases,
        zone=centre.time_zone if centre is not None else ZONE,
        foreseen=foreseen,
        cost=format_currency(foreseen.cost(tariffs), tariffs.currency, locale="fr"),
        tariffs=tariffs,
        fields=_sent(form),
        findings=findings,
        seen=heard(foreseen.messages, asks=False) if new.kind == "announcement" else {},
        labels=_labels(),
    )


@router.post("/campaigns/new")
def plan_campaign(visit: Coordinator, form: Form) -> Response:
    """Write the campaign that was looked at."""
    try:
        with visit.context.database.write() as db:
            read = _read(db, visit, form)
            if isinstance(read, Unread):
                return _form_page(visit, *read)
            findings = _seen(db, read[0], form)
            if must_change(findings):
                return _blocked(visit, form, findings)
            campaign_id = add_campaign(db, read[0], visit.now)
    except Rejected as refusal:
        return _refused(visit, form, refusal)
    return see_other(f"/campaigns/{campaign_id}")


@router.get("/campaigns/{campaign_id}")
def campaign_page(visit: Coordinator, campaign_id: int) -> Response:
    """What became of it, in numbers and family by family."""
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
        found = fates(db, campaign_id, visit.now)
        names = stored.family_names(db, visit.centre_id, campaign_id)
        words = stored.campaign_words(db, campaign_id)
        plan = plan_of(db, campaign_id)
        status = card(db, campaign_id, visit.now).status
        centre = centre_row(db, line.centre_id) if line.centre_id is not None else None
        hours = hours_of(centre, visit.now)
    groups: dict[str, list[Fate]] = {}
    for one in sorted(found, key=lambda one: names[one.family_id].reference):
        groups.setdefault(one.state, []).append(one)
    return show(
        visit,
        "campaign.html",
        campaign=line,
        words=words,
        groups=[(state, groups[state]) for state in _ORDER if state in groups],
        names=names,
        reached=reached(found),
        plan=[(step, on_the_clock(step, line.on, line.at, hours)) for step in plan],
        can_cancel=status == "upcoming",
        over=status == "over",
        several=visit.centre_id is None,
    )


@router.get("/campaigns/{campaign_id}/cancel")
def cancel_page(visit: Coordinator, campaign_id: int) -> Response:
    """Say what will not leave, before anything happens."""
    return _cancel_page(visit, campaign_id)


@router.post("/campaigns/{campaign_id}/cancel")
def cancel(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """Cancel; what has not left will not leave."""
    try:
        with visit.context.database.write() as db:
            _line(db, visit, campaign_id)
            cancel_campaign(db, campaign_id, visit.now)
    except Rejected as refusal:
        return _cancel_page(visit, campaign_id, refusal=str(refusal))
    return see_other(f"/campaigns/{campaign_id}")


_ORDER = ("sent", "waiting", "failed", "refused")  # of the families on a campaign's page


def _typed(form: FormData) -> dict[str, str]:
    return {name: text(form, name).replace("\r\n", "\n") for name in NAMES}


def _zone(visit: Visit) -> str:
    """The wall clock of the reader's centre."""
    with visit.context.database.read() as db:
        centre = centre_row(db, visit.centre_id) if visit.centre_id is not None else None
    return centre.time_zone if centre is not None else ZONE


def _read(db: Connection, visit: Visit, form: FormData) -> tuple[NewCampaign, Chosen] | Unread:
    """The campaign that was typed, with the families that were chosen; else what is wrong.

    It is of one centre where only families of one may be chosen, else of several.
    """
    typed, choices = _typed(form), load_choices(db, visit)
    chosen = read_audience(db, visit, typed_audience(form), choices)
    within = visit.centre_id
    if within is None and isinstance(chosen, Chosen) and len(chosen.filter.centres) == 1:
        [within] = chosen.filter.centres
    centre = centre_row(db, within) if within is not None else None
    new = read_campaign(typed, centre.time_zone if centre is not None else ZONE, visit.now)
    if isinstance(new, CampaignForm) or isinstance(chosen, AudienceForm):
        form_again = new if isinstance(new, CampaignForm) else CampaignForm(typed, {})
        kept = chosen if isinstance(chosen, AudienceForm) else AudienceForm(chosen.typed)
        return Unread(form_again, kept)
    found = members(db, chosen.filter, visit.now, visit.centre_id)
    stored_filter = dump_filter(chosen.filter)
    return replace(new, families=found, audience=stored_filter, centre_id=within), chosen


def _refused(visit: Visit, form: FormData, refusal: Rejected) -> Response:
    audience = AudienceForm(typed_audience(form))
    return _form_page(visit, CampaignForm(_typed(form), {}), audience, refusal=str(refusal))


def _seen(db: Connection, new: NewCampaign, form: FormData) -> Findings:
    """What is seen in the words of an announcement; a wave's are our own."""
    if new.kind != "announcement":
        return {}
    return look_over(db, new.centre_id, written(_typed(form), "body"), "body")


def _blocked(visit: Visit, form: FormData, findings: Findings) -> Response:
    """The form again: its words cannot be sent as they are."""
    audience = AudienceForm(typed_audience(form))
    typed = CampaignForm(_typed(form), {})
    return _form_page(visit, typed, audience, refusal=BLOCKED, findings=findings)


def _form_page(
    visit: Visit,
    form: CampaignForm,
    audience: AudienceForm,
    *,
    refusal: str = "",
    findings: Findings | None = None,
) -> Response:
    with visit.context.database.read() as db:
        choices = load_choices(db, visit)
    faulty = form.wrong or audience.wrong or audience.refusal or refusal
    return show(
        visit,
        "campaign_new.html",
        status=400 if faulty else 200,
        kind=form.typed["kind"],
        typed=form.typed,
        wrong=form.wrong,
        findings=findings or {},
        audience=audience,
        choices=choices,
        refusal=refusal,
        original=ORIGINAL,
        translations=TRANSLATIONS,
        longest_title=LONGEST_TITLE,
        longest_body=LONGEST_BODY,
        labels=_labels(),
        audience_labels=LABELS,
    )


def _sent(form: FormData) -> list[tuple[str, str]]:
    """Every field of the form, to be sent again."""
    return [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name != "form_token"
    ]


def _labels() -> Mapping[str, str]:
    """What the summary of errors calls each field, in the source language."""
    named = {
        "on": word("Day"),
        "at": word("Hour"),
        "ends_on": word("Last day"),
        "wave": word("Half-year"),
    }
    for language in (ORIGINAL, *TRANSLATIONS):
        named[f"title_{language}"] = word("Title")
        named[f"body_{language}"] = word("Message")
    return named


def _cancel_page(visit: Visit, campaign_id: int, *, refusal: str = "") -> Response:
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
        totals = reached(fates(db, campaign_id, visit.now))
        status = card(db, campaign_id, visit.now).status
    return show(
        visit,
        "campaign_cancel.html",
        status=400 if refusal else 200,
        campaign=line,
        reached=totals,
        can_cancel=status == "upcoming",
        refusal=refusal,
    )


def _line(db: Connection, visit: Visit, campaign_id: int) -> CampaignLine:
    line = stored.campaign_line(db, visit.centre_id, campaign_id)
    if line is None:
        raise NotHere
    return line
