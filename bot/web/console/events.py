"""Events: the list, planning one, what became of it, cancelling it, and who came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData

from bot.audience import Filter, describe
from bot.changes import change_event, preview_cancellation, preview_change
from bot.errors import Rejected
from bot.events import NewEvent, add_event, cancel_event, record_attendance
from bot.indicators.obstacles import KINDS, suggestions
from bot.preview import Preview
from bot.reach import hours_of
from bot.seats import Seat
from bot.storage.audience import members, names_in
from bot.storage.console import events as stored
from bot.storage.console import invited
from bot.storage.console.centres import centre_row, centres_seen
from bot.storage.console.families import families_called, family_of_reference
from bot.storage.console.lines import Centre, EventLine, Household, Words
from bot.storage.events import steps_of, who_was_told
from bot.storage.obstacles import count_obstacles
from bot.vetting import BLOCKED, Findings, Spoken, look_over, must_change, would_say
from bot.waitlist import waiting_list
from bot.wallclock import local
from bot.watchdog import findings
from bot.web.console.audience import MOST_SHOWN, look_at
from bot.web.console.audience_form import (
    EMPTY,
    AudienceForm,
    Choices,
    Chosen,
    around,
    load_choices,
    read_audience,
    typed_audience,
)
from bot.web.console.audience_form import LABELS as AUDIENCE_LABELS
from bot.web.console.event_form import (
    LONGEST_NOTES,
    LONGEST_PLACE,
    LONGEST_TITLE,
    NAMES,
    ORIGINAL,
    TRANSLATIONS,
    EventForm,
    chosen_centre,
    empty_form,
    form_of,
    read_change,
    read_event,
    references,
    written,
)
from bot.web.console.plan_lines import plan_line
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
    texts,
)
from bot.web.console.words import ANSWERS, word

router = APIRouter(route_class=Page)

HALF_YEAR = timedelta(days=183)  # how far back, and ahead, what families told is looked at
MARKS = {"1": True, "0": False, "": None}  # how an attendance form says what it showed


@router.get("/events")
def events_page(visit: Coordinator, page: str = "1") -> Response:
    """What comes, then what was."""
    number = page_number(page)
    with visit.context.database.read() as db:
        coming = stored.coming_events(db, visit.centre_id, visit.now)
        past, more = stored.past_events(db, visit.centre_id, visit.now, number)
        found = findings(db, visit.centre_id, visit.now)
    return show(
        visit,
        "events.html",
        coming=coming,
        past=past,
        page=number,
        more=more,
        findings=found,
        several=visit.centre_id is None,
    )


@router.get("/events/new")
def new_event_page(visit: Coordinator) -> Response:
    """An empty form."""
    with visit.context.database.read() as db:
        centres = centres_seen(db, visit.centre_id)
        choices = load_choices(db, visit)
    return _form_page(visit, centres, empty_form(centres), choices=choices)


@router.post("/events/new")
def plan_event(visit: Coordinator, form: Form) -> Response:
    """Write the event, or show the form again with what was typed, or who would be invited."""
    typed = _typed(form)
    with visit.context.database.read() as db:
        centres = centres_seen(db, visit.centre_id)
        centre = chosen_centre(typed, centres)
        known = families_called(db, centre.id, references(typed)) if centre else {}
        choices = load_choices(db, visit)
        audience = read_audience(db, visit, typed_audience(form), choices)
        within = centre.id if centre else visit.centre_id
        findings = look_over(db, within, written(typed), "notes", place=typed["place"])
    asks = isinstance(audience, AudienceForm) or audience.asks
    new = read_event(typed, centres, known, visit.now, by_conditions=asks)
    shown = new if isinstance(new, EventForm) else EventForm(typed, {})
    if text(form, "see"):
        spoken = _invitations(visit, centre, new)
        return _who_page(visit, centres, shown, audience, choices, known, findings, spoken)
    incomplete = isinstance(new, EventForm) or isinstance(audience, AudienceForm)
    if must_change(findings) or incomplete:
        return _form_page(
            visit,
            centres,
            shown,
            refusal=BLOCKED if must_change(findings) else "",
            audience=audience,
            choices=choices,
            findings=findings,
        )
    assert isinstance(new, NewEvent), "what is incomplete was shown again"
    assert isinstance(audience, Chosen), "what is incomplete was shown again"
    try:
        with visit.context.database.write() as db:
            if audience.asks:
                wanted = around(audience.filter, new.centre_id)
                chosen = members(db, wanted, visit.now, visit.centre_id)
                new = replace(new, audience=tuple(one.family_id for one in chosen))
            event_id = add_event(db, new, visit.now)
    except Rejected as refusal:
        return _form_page(
            visit,
            centres,
            shown,
            refusal=str(refusal),
            audience=audience,
            choices=choices,
            findings=findings,
        )
    return see_other(f"/events/{event_id}")


@router.get("/events/{event_id}")
def event_page(visit: Coordinator, event_id: int) -> Response:
    """Who comes, who cannot be reached, what was sent and what will be."""
    return _event_page(visit, event_id)


@router.get("/events/{event_id}/edit")
def edit_page(visit: Coordinator, event_id: int) -> Response:
    """The form, as the event stands."""
    with visit.context.database.read() as db:
        event = _event(db, visit, event_id)
        words = stored.event_words(db, event_id)
    if not _can_change(event, visit.now):
        return see_other(f"/events/{event_id}")
    return _form_page(visit, (), form_of(event, words), event=event, version=event.version)


@router.post("/events/{event_id}/edit")
def look_at_change(visit: Coordinator, event_id: int, form: Form) -> Response:
    """Say what a change will do, before anything happens."""
    return _change_page(visit, event_id, form)


@router.post("/events/{event_id}/change")
def change(visit: Coordinator, event_id: int, form: Form) -> Response:
    """Change; those who know of the event are told."""
    try:
        with visit.context.database.write() as db:
            event = _event(db, visit, event_id)
            words = stored.event_words(db, event_id)
            changes = read_change(_typed(form), event, words, visit.now)
            if isinstance(changes, EventForm):
                return _form_page(visit, (), changes, event=event, version=_version(form))
            findings = _seen(db, event, words, _typed(form))
            if must_change(findings):
                return _blocked_change(visit, event, form, findings)
            confirmed = bool(text(form, "fewer"))
            changes = replace(changes, version=_version(form), fewer_seats=confirmed)
            change_event(db, visit.context.reach, event_id, changes, visit.now)
    except Rejected as refusal:
        return _change_page(visit, event_id, form, refusal=str(refusal))
    visit.context.wake()
    return see_other(f"/events/{event_id}")


@router.get("/events/{event_id}/cancel")
def cancel_page(visit: Coordinator, event_id: int) -> Response:
    """Say how many families will be told, before anything happens."""
    return _cancel_page(visit, event_id)


@router.post("/events/{event_id}/cancel")
def cancel(visit: Coordinator, event_id: int, form: Form) -> Response:
    """Cancel; those who were told are told."""
    try:
        with visit.context.database.write() as db:
            _event(db, visit, event_id)
            cancel_event(db, visit.context.reach, event_id, visit.now)
    except Rejected as refusal:
        return _cancel_page(visit, event_id, refusal=str(refusal))
    visit.context.wake()
    return see_other(f"/events/{event_id}")


@router.post("/events/{event_id}/attendance")
def attendance(visit: Coordinator, event_id: int, form: Form) -> Response:
    """Write who came; a family that came without an invitation is added by its reference."""
    also = text(form, "also")
    try:
        with visit.context.database.write() as db:
            _event(db, visit, event_id)
            came = _changes(form, invited.attendance(db, event_id))
            if also:
                came[_family_called(db, visit, also)] = True
            record_attendance(db, event_id, came, visit.now)
    except Rejected as refusal:
        return _event_page(visit, event_id, refusal=str(refusal), ticked=texts(form, "came"))
    return see_other(f"/events/{event_id}#attendance")


def _typed(form: FormData) -> dict[str, str]:
    return {name: text(form, name).replace("\r\n", "\n") for name in NAMES}


def _version(form: FormData) -> int:
    """The version that the form was filled in for; 0, which none is, where it does not say."""
    written = text(form, "version")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0


def _can_change(event: EventLine, now: datetime) -> bool:
    return event.status == "planned" and event.starts_at > now


def _change_page(visit: Visit, event_id: int, form: FormData, *, refusal: str = "") -> Response:
    """What the change does; the form again where it cannot be."""
    typed, version = _typed(form), _version(form)
    with visit.context.database.read() as db:
        event = _event(db, visit, event_id)
        words = stored.event_words(db, event_id)
        households = invited.households(db, visit.centre_id, event_id, ())
        findings = _seen(db, event, words, typed)
    changes = read_change(typed, event, words, visit.now)
    if isinstance(changes, EventForm):
        return _form_page(
            visit, (), changes, refusal=refusal, event=event, version=version, findings=findings
        )
    if must_change(findings):
        return _blocked_change(visit, event, form, findings)
    try:
        with visit.context.database.write() as db:
            wanted = replace(changes, version=version)
            preview = preview_change(db, visit.context.reach, event_id, wanted, visit.now)
    except Rejected as why:
        return _form_page(
            visit,
            (),
            EventForm(typed, {}),
            refusal=str(why),
            event=event,
            version=event.version,
        )
    return show(
        visit,
        "event_change.html",
        status=400 if refusal else 200,
        event=event,
        preview=preview,
        beyond=[one for one in households if one.family_id in preview.unreached],
        typed=typed | {"version": str(version)},
        refusal=refusal,
        findings=findings,
    )


def _blocked_change(visit: Visit, event: EventLine, form: FormData, findings: Findings) -> Response:
    """The form again: its words cannot be sent as they are."""
    shown, version = EventForm(_typed(form), {}), _version(form)
    return _form_page(
        visit, (), shown, refusal=BLOCKED, event=event, version=version, findings=findings
    )


def _seen(
    db: Connection, event: EventLine, words: Sequence[Words], typed: Mapping[str, str]
) -> Findings:
    """What is seen in the words that a change writes."""
    standing = written(form_of(event, words).typed)
    return look_over(
        db, event.centre_id, written(typed), "notes", place=typed["place"], standing=standing
    )


def _invitations(
    visit: Visit, centre: Centre | None, new: NewEvent | EventForm
) -> tuple[Spoken, ...]:
    """What the event would say, as soon as all of it is known."""
    if centre is None or isinstance(new, EventForm):
        return ()
    return would_say(visit.context.deployment, centre.name, new)


def _form_page(
    visit: Visit,
    centres: Sequence[Centre],
    form: EventForm,
    *,
    refusal: str = "",
    event: EventLine | None = None,
    version: int = 0,
    audience: AudienceForm | Chosen = EMPTY,
    choices: Choices | None = None,
    preview: Preview | None = None,
    phrases: Sequence[str] = (),
    findings: Findings | None = None,
    spoken: Sequence[Spoken] = (),
) -> Response:
    """The form that plans an event, or the one that changes `event`.

    `preview`: who would be invited, and what was asked of them, where the reader wants to see it.
    """
    centre = chosen_centre(form.typed, centres) if event is None else None
    beside = AudienceForm(audience.typed) if isinstance(audience, Chosen) else audience
    return show(
        visit,
        "event_new.html",
        status=400 if form.wrong or refusal or beside.wrong or beside.refusal else 200,
        audience=beside,
        choices=choices,
        audience_labels=AUDIENCE_LABELS,
        preview=preview,
        phrases=phrases,
        most=MOST_SHOWN,
        findings=findings or {},
        spoken=spoken,
        event=event,
        version=version,
        centres=centres,
        typed=form.typed,
        wrong=form.wrong,
        unknown=form.unknown if form.wrong.get("families") else (),
        refusal=refusal,
        original=ORIGINAL,
        translations=TRANSLATIONS,
        longest_title=LONGEST_TITLE,
        longest_notes=LONGEST_NOTES,
        longest_place=LONGEST_PLACE,
        labels=_labels(),
        suggestions=_suggestions(visit, centre) if centre else {},
    )


def _who_page(
    visit: Visit,
    centres: Sequence[Centre],
    form: EventForm,
    audience: AudienceForm | Chosen,
    choices: Choices,
    known: Mapping[str, int],
    findings: Findings,
    spoken: Sequence[Spoken],
) -> Response:
    """The form again, with who would be invited, and what they would read.

    Only what is wrong about the first is said.
    """
    about = ("centre", "families")
    wrong = {name: form.wrong[name] for name in about if name in form.wrong}
    if form.typed["kind"] == "meeting" and not references(form.typed):
        wrong.pop("families", None)  # it may be given later
    shown = EventForm(form.typed, wrong, form.unknown)
    centre = chosen_centre(form.typed, centres)
    if wrong or centre is None or isinstance(audience, AudienceForm):
        return _form_page(
            visit, centres, shown, audience=audience, choices=choices, findings=findings
        )
    named = Filter(families=frozenset(known.values()))
    wanted = around(audience.filter if audience.asks else named, centre.id)
    with visit.context.database.read() as db:
        preview = look_at(db, visit, wanted)
        phrases = describe(wanted, names_in(db, wanted))
    return _form_page(
        visit,
        centres,
        shown,
        audience=audience,
        choices=choices,
        preview=preview,
        phrases=phrases,
        findings=findings,
        spoken=spoken,
    )


def _suggestions(visit: Visit, centre: Centre) -> dict[str, tuple[str, ...]]:
    """What to try at the next event of each kind, from why families of this centre do not come."""
    today = local(visit.now, centre.time_zone).date()
    with visit.context.database.read() as db:
        found = count_obstacles(db, today - HALF_YEAR, today + HALF_YEAR, centre_id=centre.id)
    told = {kind: suggestions(kind, found) for kind in KINDS}
    return {kind: sentences for kind, sentences in told.items() if sentences}


def _labels() -> dict[str, str]:
    """What the summary of errors calls each field, in the source language."""
    named = {
        "kind": word("Kind"),
        "centre": word("Centre"),
        "on": word("Day"),
        "at": word("Hour"),
        "place": word("Place"),
        "seats": word("Number of places"),
        "seats_for": word("Places counted for"),
        "families": word("Invited families"),
    }
    for language in (ORIGINAL, *TRANSLATIONS):
        named[f"title_{language}"] = word("Title")
        named[f"notes_{language}"] = word("Practical information")
    return named


def _event_page(
    visit: Visit, event_id: int, *, refusal: str = "", ticked: Sequence[str] = ()
) -> Response:
    with visit.context.database.read() as db:
        event = _event(db, visit, event_id)
        sent = invited.event_messages(db, event_id)
        households = invited.households(db, visit.centre_id, event_id, sent)
        steps = steps_of(db, event_id)
        hours = hours_of(centre_row(db, event.centre_id), visit.now)
        hours = replace(hours, zone=event.time_zone)
        words = stored.event_words(db, event_id)
        waitlist = waiting_list(db, event_id, visit.now)
    today = local(visit.now, event.time_zone).date()
    groups = {name: [one for one in households if one.group == name] for name in ANSWERS}
    totals = invited.totals(sent)
    return show(
        visit,
        "event.html",
        status=400 if refusal else 200,
        event=event,
        words=words,
        groups=groups,
        households=[one for group in groups.values() for one in group],
        coming=_headcount([one for one in groups["yes"] if one.seat != Seat.WAITING]),
        waitlist=waitlist,
        by_family={one.family_id: one for one in households},
        totals=totals,
        sent=sent,
        refused_in_all=sum(sum(one.refused.values()) for one in totals),
        plan=[
            plan_line(step, event.on, event.at, event.created_at, hours, visit.now)
            for step in steps
        ],
        attendance=event.status == "planned" and today >= event.on,
        can_cancel=_can_change(event, visit.now),
        refusal=refusal,
        ticked=frozenset(ticked),
        several=visit.centre_id is None,
    )


def _cancel_page(visit: Visit, event_id: int, *, refusal: str = "") -> Response:
    with visit.context.database.read() as db:
        event = _event(db, visit, event_id)
        told = {one.family_id for one in who_was_told(db, event_id)}
        households = invited.households(db, visit.centre_id, event_id, ())
    can_cancel = _can_change(event, visit.now)
    preview = None
    if can_cancel:
        with visit.context.database.write() as db:
            preview = preview_cancellation(db, visit.context.reach, event_id, visit.now)
    known = [one for one in households if one.family_id in told]
    beyond = [one for one in known if not any(each.reachable for each in one.guardians)]
    return show(
        visit,
        "event_cancel.html",
        status=400 if refusal else 200,
        event=event,
        told=len(known) - len(beyond),
        beyond=beyond,
        preview=preview,
        refusal=refusal,
        can_cancel=can_cancel,
    )


def _event(db: Connection, visit: Visit, event_id: int) -> EventLine:
    event = stored.event_line(db, visit.centre_id, event_id)
    if event is None:
        raise NotHere
    return event


def _family_called(db: Connection, visit: Visit, reference: str) -> int:
    found = family_of_reference(db, visit.centre_id, reference)
    if found is None:
        raise Rejected(f"Aucune famille ne porte la référence « {reference} ».")
    return found


def _headcount(coming: Sequence[Household]) -> tuple[int, int, int]:
    """Adults, children, and families that have not said how many they are."""
    return (
        sum(one.adults or 0 for one in coming),
        sum(one.child_count or 0 for one in coming),
        sum(one.adults is None and one.child_count is None for one in coming),
    )


def _changes(form: FormData, recorded: Mapping[int, bool | None]) -> dict[int, bool]:
    """What this form changed, and nothing that a colleague ticked since it was shown."""
    ticked = frozenset(texts(form, "came"))
    came: dict[int, bool] = {}
    for shown in texts(form, "shown"):
        written, _, mark = shown.partition(":")
        family_id = int(written) if written.isascii() and written.isdigit() else 0
        before, present = MARKS.get(mark), written in ticked
        ticked_meanwhile = before is None and recorded.get(family_id) is not None
        if family_id in recorded and before is not present and (present or not ticked_meanwhile):
            came[family_id] = present
    return came
