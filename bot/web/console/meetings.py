"""Rounds of individual meetings: the list, opening one, who took which moment, and calendars."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from babel.numbers import format_currency
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile

from bot.audience import dump_filter
from bot.calendars import LARGEST, Left, read_diary, write_meetings
from bot.errors import FileUnreadable, Rejected
from bot.meetings import (
    Imported,
    NewRound,
    NewSlot,
    add_slots,
    calendar_of,
    cancel_round,
    foresee_round,
    import_slots,
    open_round,
    put,
    take_back,
    withdraw_slot,
)
from bot.storage import slots as moments
from bot.storage.audience import members
from bot.storage.console import meetings as stored
from bot.storage.console.centres import centres_seen
from bot.storage.console.families import families_called
from bot.storage.console.lines import Centre
from bot.storage.console.meetings import RoundLine
from bot.vetting import BLOCKED, Findings, heard, look_over, must_change
from bot.wallclock import local
from bot.web.bodies import CALL, limited
from bot.web.console.audience_form import (
    EMPTY,
    LABELS,
    AudienceForm,
    Chosen,
    load_choices,
    read_audience,
    typed_audience,
)
from bot.web.console.event_form import (
    LONGEST_NOTES,
    LONGEST_PLACE,
    LONGEST_TITLE,
    ORIGINAL,
    TRANSLATIONS,
    chosen_centre,
    written,
)
from bot.web.console.meeting_form import (
    DAYS,
    KEPT,
    MOMENTS,
    NAMES,
    RoundForm,
    empty_form,
    kept_slots,
    read_moments,
    read_round,
    with_families,
    written_slots,
)
from bot.web.console.visit import (
    Coordinator,
    Form,
    NotHere,
    Page,
    Signed,
    Visit,
    page_number,
    see_other,
    sent_form,
    show,
    text,
    texts,
)
from bot.web.console.words import word

router = APIRouter(route_class=Page)

FAR = timedelta(days=183)  # how far ahead a calendar file is read
MOST_SENT = 500  # fields beside a file
MOST_BYTES = LARGEST + CALL  # of a form and its file
LABEL_OF = {
    "centre": word("Centre"),
    "host": word("Whom they meet"),
    "place": word("Place"),
    "on": word("Day of the first message"),
    "at": word("Hour of the first message"),
    **dict.fromkeys(DAYS, word("Day")),
    "first": word("From"),
    "until": word("To"),
    "minutes": word("Minutes for each"),
}
GROUPS = ("other", "none", "silent", "unasked")  # of the families without a moment, in this order


class Read(NamedTuple):
    """A round that could be read. `from_file`: its moments that a calendar file brought; `left`:
    the lines of the file that were not taken. `findings`: what was seen in its words."""

    new: NewRound
    chosen: Chosen
    centre: Centre
    from_file: tuple[NewSlot, ...]
    left: tuple[Left, ...]
    findings: Findings


async def _with_file(request: Request) -> AsyncIterator[FormData]:
    """What a form sent, a calendar file among it; nothing of it stays."""
    async with limited(request, MOST_BYTES).form(max_files=1, max_fields=MOST_SENT) as form:
        yield form


def _sent_file(visit: Signed, form: Annotated[FormData, Depends(_with_file)]) -> FormData:
    return sent_form(visit, form)


FileForm = Annotated[FormData, Depends(_sent_file)]


@router.get("/meetings")
def rounds_page(visit: Coordinator, page: str = "1") -> Response:
    """Every round, the latest first."""
    number = page_number(page)
    with visit.context.database.read() as db:
        lines, more = stored.round_lines(db, visit.centre_id, visit.now, number)
    return show(
        visit,
        "meetings.html",
        rounds=lines,
        page=number,
        more=more,
        several=visit.centre_id is None,
    )


@router.get("/meetings/new")
def new_round_page(visit: Coordinator) -> Response:
    """An empty form."""
    centres = _centres(visit)
    return _form_page(visit, centres, empty_form(centres, visit.now), EMPTY)


@router.post("/meetings/form")
def change_form(visit: Coordinator, form: FileForm) -> Response:
    """The form again, as it was typed: something shall be different."""
    return _form_again(visit, form)


@router.post("/meetings/preview")
def preview(visit: Coordinator, form: FileForm) -> Response:
    """Say what the round will do, before it is opened."""
    read = _read(visit, form)
    if isinstance(read, Response):
        return read
    try:
        with visit.context.database.write() as db:
            new = _for_families(db, visit, read.new, read.chosen)
            foreseen = foresee_round(db, visit.context.reach, new, visit.now)
    except Rejected as refusal:
        return _form_again(visit, form, read.from_file, refusal=str(refusal))
    tariffs = visit.context.tariffs
    return show(
        visit,
        "meeting_preview.html",
        new=new,
        title=new.wordings[new.original].title,
        phrases=read.chosen.phrases,
        zone=read.centre.time_zone,
        foreseen=foreseen,
        cost=format_currency(foreseen.cost(tariffs), tariffs.currency, locale="fr"),
        tariffs=tariffs,
        left=read.left,
        days=_by_day(new.slots),
        fields=_sent(form, read.from_file),
        findings=read.findings,
        seen=heard(foreseen.messages),
        labels=_labels(),
    )


@router.post("/meetings/new")
def open_new_round(visit: Coordinator, form: FileForm) -> Response:
    """Open the round that was looked at, or show the form again with what was typed."""
    read = _read(visit, form)
    if isinstance(read, Response):
        return read
    try:
        with visit.context.database.write() as db:
            new = _for_families(db, visit, read.new, read.chosen)
            campaign_id = open_round(db, new, visit.now)
    except Rejected as refusal:
        return _form_again(visit, form, read.from_file, refusal=str(refusal))
    if read.left:
        done = Imported(len(new.slots), 0, 0, read.left)
        return _round_page(visit, campaign_id, imported=done)
    return see_other(f"/meetings/{campaign_id}")


@router.get("/meetings/{campaign_id}")
def round_page(visit: Coordinator, campaign_id: int) -> Response:
    """Who took which moment, who has not answered, and what changed lately."""
    return _round_page(visit, campaign_id)


@router.post("/meetings/{campaign_id}/add")
def add(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """Keep more moments free."""
    typed = _typed(form, MOMENTS)
    wrong: dict[str, str] = {}
    new = read_moments(typed, wrong)
    if wrong:
        return _round_page(visit, campaign_id, typed=typed, wrong=wrong)
    return _change(visit, campaign_id, lambda db: add_slots(db, campaign_id, new, visit.now))


@router.post("/meetings/{campaign_id}/import")
def take_in(visit: Coordinator, campaign_id: int, form: FileForm) -> Response:
    """Take in a calendar file; what was not taken is said line by line."""
    content = _content(form)
    try:
        with visit.context.database.write() as db:
            line = _line(db, visit, campaign_id)
            until = local(visit.now + FAR, line.time_zone).date()
            diary = read_diary(content, line.time_zone, visit.now, until)
            done = import_slots(db, campaign_id, diary, visit.now)
    except (Rejected, FileUnreadable) as refusal:
        return _round_page(visit, campaign_id, refusal=str(refusal))
    return _round_page(visit, campaign_id, imported=done)


@router.post("/meetings/{campaign_id}/withdraw")
def withdraw(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """Keep a moment free no longer; who had it is told."""
    slot_id, reach = _number(form, "slot"), visit.context.reach
    return _change(
        visit, campaign_id, lambda db: withdraw_slot(db, reach, campaign_id, slot_id, visit.now)
    )


@router.post("/meetings/{campaign_id}/put")
def put_family(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """Put a family that telephoned on a moment."""
    slot_id, reference = _number(form, "slot"), text(form, "family")

    def placed(db: Connection) -> int:
        found = families_called(db, visit.centre_id, [reference])
        family_id = found.get(reference.lower())
        if family_id is None:
            raise Rejected(f"Aucune famille ne porte la référence « {reference} ».")
        return put(db, visit.context.reach, campaign_id, slot_id, family_id, visit.now)

    return _change(visit, campaign_id, placed)


@router.post("/meetings/{campaign_id}/back")
def give_back(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """A family telephoned that it cannot come: its moment is free again."""
    family_id = _number(form, "family")
    return _change(visit, campaign_id, lambda db: take_back(db, campaign_id, family_id, visit.now))


@router.get("/meetings/{campaign_id}/cancel")
def cancel_page(visit: Coordinator, campaign_id: int) -> Response:
    """Say what will not take place, before anything happens."""
    return _cancel_page(visit, campaign_id)


@router.post("/meetings/{campaign_id}/cancel")
def cancel(visit: Coordinator, campaign_id: int, form: Form) -> Response:
    """Cancel the round; families with a meeting to come are told."""
    try:
        with visit.context.database.write() as db:
            _line(db, visit, campaign_id)
            cancel_round(db, visit.context.reach, campaign_id, visit.now)
    except Rejected as refusal:
        return _cancel_page(visit, campaign_id, refusal=str(refusal))
    visit.context.wake()
    return see_other(f"/meetings/{campaign_id}")


@router.get("/meetings/{campaign_id}/calendar.ics")
def round_calendar(visit: Coordinator, campaign_id: int) -> Response:
    """Every meeting of the round, those cancelled too: calendars then take them away."""
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
        rows = moments.meetings_of(db, [campaign_id])
    return _calendar(write_meetings(calendar_of(rows), line.title), f"rencontres-{campaign_id}")


@router.get("/meetings/{campaign_id}/{event_id}/calendar.ics")
def meeting_calendar(visit: Coordinator, campaign_id: int, event_id: int) -> Response:
    """One meeting."""
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
        row = moments.meeting(db, event_id)
    if row is None or row.campaign_id != campaign_id:
        raise NotHere
    return _calendar(write_meetings(calendar_of([row]), line.title), f"rencontre-{event_id}")


def _calendar(content: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.ics"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _change(visit: Visit, campaign_id: int, service: Callable[[Connection], Any]) -> Response:
    """Change the round in one transaction, then show it; or say why it cannot be."""
    try:
        with visit.context.database.write() as db:
            _line(db, visit, campaign_id)
            service(db)
    except Rejected as refusal:
        return _round_page(visit, campaign_id, refusal=str(refusal))
    visit.context.wake()
    return see_other(f"/meetings/{campaign_id}")


def _round_page(
    visit: Visit,
    campaign_id: int,
    *,
    refusal: str = "",
    typed: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    imported: Imported | None = None,
) -> Response:
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
        slots = stored.slot_lines(db, visit.centre_id, campaign_id)
        families = stored.family_lines(db, visit.centre_id, campaign_id)
        changes = stored.latest_changes(db, campaign_id)
    groups = [(state, [one for one in families if one.state == state]) for state in GROUPS]
    planned = line.status == "planned"
    return show(
        visit,
        "meeting.html",
        status=400 if refusal or wrong else 200,
        round=line,
        coming=[one for one in slots if one.starts_at > visit.now and (planned or one.family_id)],
        past=[one for one in slots if one.starts_at <= visit.now and one.family_id],
        groups=[(state, found) for state, found in groups if found],
        changes=changes,
        open=planned,
        refusal=refusal,
        typed=typed or dict.fromkeys(MOMENTS, "") | {"minutes": "30"},
        wrong=wrong or {},
        labels=LABEL_OF,
        imported=imported,
        several=visit.centre_id is None,
    )


def _cancel_page(visit: Visit, campaign_id: int, *, refusal: str = "") -> Response:
    with visit.context.database.read() as db:
        line = _line(db, visit, campaign_id)
    return show(
        visit,
        "meeting_cancel.html",
        status=400 if refusal else 200,
        round=line,
        refusal=refusal,
        can_cancel=line.status == "planned",
    )


def _form_page(
    visit: Visit,
    centres: Sequence[Centre],
    form: RoundForm,
    audience: AudienceForm,
    *,
    refusal: str = "",
    kept: Sequence[NewSlot] = (),
    findings: Findings | None = None,
) -> Response:
    with visit.context.database.read() as db:
        choices = load_choices(db, visit)
    return show(
        visit,
        "meeting_new.html",
        status=400 if form.wrong or audience.wrong or refusal else 200,
        centres=centres,
        typed=form.typed,
        wrong=form.wrong,
        labels=_labels(),
        findings=findings or {},
        refusal=refusal,
        audience=audience,
        choices=choices,
        audience_labels=LABELS,
        days=DAYS,
        kept=written_slots(kept),
        original=ORIGINAL,
        translations=TRANSLATIONS,
        longest_title=LONGEST_TITLE,
        longest_notes=LONGEST_NOTES,
        longest_place=LONGEST_PLACE,
    )


def _labels() -> dict[str, str]:
    """What each field is called, in the source language."""
    labels = dict(LABEL_OF)
    for language in (ORIGINAL, *TRANSLATIONS):
        labels[f"title_{language}"] = word("Title")
        labels[f"notes_{language}"] = word("Practical information")
    return labels


def _read(visit: Visit, form: FormData) -> Read | Response:
    """The round that was sent, with whom it is for; else the page that says what is wrong.

    Moments of a calendar file stand beside those that were typed.
    """
    typed, centres, content = _typed(form, NAMES), _centres(visit), _content(form)
    centre, kept = chosen_centre(typed, centres), kept_slots(texts(form, KEPT))
    new = read_round(typed, centre, visit.now, has_file=bool(content or kept))
    audience = typed_audience(form)
    with visit.context.database.read() as db:
        chosen = read_audience(db, visit, audience, load_choices(db, visit))
        within = centre.id if centre else visit.centre_id
        findings = look_over(db, within, written(typed), "notes", place=typed["place"])
    blocked = must_change(findings)
    if isinstance(new, RoundForm) or isinstance(chosen, AudienceForm) or blocked:
        again = new if isinstance(new, RoundForm) else RoundForm(typed, {})
        shown = chosen if isinstance(chosen, AudienceForm) else AudienceForm(audience)
        refused = BLOCKED if blocked else ""
        return _form_page(
            visit, centres, again, shown, refusal=refused, kept=kept, findings=findings
        )
    assert centre is not None, "a round that could be read has its centre"
    left: tuple[Left, ...] = ()
    if content:
        until = local(visit.now + FAR, centre.time_zone).date()
        try:
            diary = read_diary(content, centre.time_zone, visit.now, until)
        except (Rejected, FileUnreadable) as refusal:
            return _form_again(visit, form, kept, refusal=str(refusal))
        found = (NewSlot(one.on, one.at, one.minutes, one.uid) for one in diary.entries)
        kept, left = tuple(dict.fromkeys((*kept, *found))), diary.left
    new = replace(new, slots=(*new.slots, *kept))
    return Read(new, chosen, centre, kept, left, findings)


def _form_again(
    visit: Visit, form: FormData, kept: Sequence[NewSlot] | None = None, *, refusal: str = ""
) -> Response:
    """The form with what was sent, and with the moments of a calendar file that it keeps."""
    again, audience = RoundForm(_typed(form, NAMES), {}), AudienceForm(typed_audience(form))
    slots = kept_slots(texts(form, KEPT)) if kept is None else kept
    return _form_page(visit, _centres(visit), again, audience, refusal=refusal, kept=slots)


def _sent(form: FormData, kept: Sequence[NewSlot]) -> list[tuple[str, str]]:
    """Every field of the form, to be sent again; in place of the file, the moments in it."""
    typed = [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name not in ("form_token", KEPT)
    ]
    return [*typed, *((KEPT, one) for one in written_slots(kept))]


def _by_day(slots: Iterable[NewSlot]) -> list[tuple[date, list[NewSlot]]]:
    found: dict[date, list[NewSlot]] = {}
    for one in sorted(slots, key=lambda each: (each.on, each.at)):
        found.setdefault(one.on, []).append(one)
    return list(found.items())


def _for_families(db: Connection, visit: Visit, new: NewRound, chosen: Chosen) -> NewRound:
    """The round for the families of its centre that meet the filter."""
    wanted = replace(chosen.filter, centres=frozenset({new.centre_id}))
    found = members(db, wanted, visit.now, visit.centre_id)
    return with_families(new, [one.family_id for one in found], dump_filter(wanted))


def _centres(visit: Visit) -> tuple[Centre, ...]:
    with visit.context.database.read() as db:
        return centres_seen(db, visit.centre_id)


def _line(db: Connection, visit: Visit, campaign_id: int) -> RoundLine:
    line = stored.round_line(db, visit.centre_id, campaign_id, visit.now)
    if line is None:
        raise NotHere
    return line


def _typed(form: FormData, names: Sequence[str]) -> dict[str, str]:
    return {name: text(form, name).replace("\r\n", "\n") for name in names}


def _content(form: FormData) -> bytes:
    """The calendar file; nothing where none was chosen."""
    file = form.get("calendar")
    return file.file.read(LARGEST + 1) if isinstance(file, UploadFile) else b""


def _number(form: FormData, name: str) -> int:
    """A row's number; 0, which none has, for anything else."""
    written = text(form, name)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0
