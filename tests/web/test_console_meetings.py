"""Rounds of meetings on the pages: opening one, who has which moment, calendars, cancelling."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from httpx import Response
from icalendar import Calendar
from sqlalchemy import select, update

from bot.events import Wording
from bot.meetings import NewRound, NewSlot, open_round
from bot.storage.tables import campaign_families, campaigns, events, invitations, slots
from bot.taking import Taker, give_back, take
from tests.web.console_stage import FORM_TOKEN, NOW, Stage, visible_text

RIGHT = {
    "title_fr": "Parlons de votre enfant",
    "title_ar": "لنتحدث عن طفلكم",
    "host": "Mme Roy",
    "place": "Bureau du premier",
    "on": "2026-11-24",
    "at": "10:00",
    "day_1": "2026-12-01",
    "day_2": "2026-12-03",
    "first": "17:00",
    "until": "18:00",
    "minutes": "30",
}
FILE = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Agenda//FR
BEGIN:VEVENT
UID:libre-1
DTSTAMP:20261101T000000Z
DTSTART:20261208T160000Z
DURATION:PT30M
SUMMARY:Libre
END:VEVENT
BEGIN:VEVENT
UID:libre-2
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261209
SUMMARY:Formation
END:VEVENT
END:VCALENDAR
"""


def opened(stage: Stage, *references: str, centre: str = "tilleuls", **changes: Any) -> int:
    """A round of Mme Roy with two moments for these families."""
    values: dict[str, Any] = {
        "centre_id": stage.ids[centre],
        "host": "Mme Roy",
        "place": "Bureau du premier",
        "on": date(2026, 11, 24),
        "at": time(10),
        "families": [stage.ids[one] for one in references],
        "slots": [
            NewSlot(date(2026, 12, 1), time(17), 30),
            NewSlot(date(2026, 12, 3), time(9), 45),
        ],
        "wordings": {"fr": Wording("Parlons de votre enfant")},
    }
    with stage.database.write() as db:
        return open_round(db, NewRound(**values | changes), NOW)


def moments(stage: Stage, campaign_id: int) -> list[Any]:
    return stage.rows(
        select(slots).where(slots.c.campaign_id == campaign_id).order_by(slots.c.starts_at)
    )


def taken(stage: Stage, campaign_id: int, place: int, reference: str, at: datetime = NOW) -> int:
    slot = moments(stage, campaign_id)[place]
    with stage.database.write() as db:
        event_id = take(db, campaign_id, slot.id, Taker(stage.ids[reference]), at)
    assert event_id is not None
    return event_id


def upload(stage: Stage, path: str, content: bytes, data: dict[str, str] | None = None) -> Response:
    form = {"form_token": FORM_TOKEN, **(data or {})}
    files = {"calendar": ("agenda.ics", content, "text/calendar")}
    browser = stage.browser()
    return asyncio.run(browser._ask("POST", path, data=form, files=files))


def page_of(stage: Stage, campaign_id: int, who: str = "nadia") -> str:
    return visible_text(stage.browser(who).get(f"/meetings/{campaign_id}"))


# -- opening --------------------------------------------------------------------------------------


def test_round_is_opened_for_the_families_of_the_centre_that_were_chosen(stage: Stage) -> None:
    typed = RIGHT | {"centre": str(stage.ids["tilleuls"]), "audience_families": "F-001, F-002"}
    done = stage.post("/meetings/new", typed)
    assert done.status_code == 303
    campaign_id = int(done.headers["location"].rsplit("/", 1)[1])
    row = stage.row(campaigns, campaign_id)
    assert (row.kind, row.host, row.ends_on) == ("meetings", "Mme Roy", date(2026, 12, 3))
    asked = stage.rows(select(campaign_families.c.family_id))
    assert {one.family_id for one in asked} == {stage.ids["F-001"], stage.ids["F-002"]}
    assert [(one.on.day, one.at) for one in moments(stage, campaign_id)] == [
        (1, time(17)), (1, time(17, 30)), (3, time(17)), (3, time(17, 30)),
    ]  # fmt: skip
    words = visible_text(stage.browser().get("/meetings"))
    assert "Parlons de votre enfant" in words
    assert "Mme Roy" in words


def test_without_a_condition_every_family_of_the_centre_and_of_no_other_is_asked(
    stage: Stage,
) -> None:
    stage.post("/meetings/new", RIGHT | {"centre": str(stage.ids["tilleuls"])}, who="ada")
    asked = {one.family_id for one in stage.rows(select(campaign_families.c.family_id))}
    assert stage.ids["P-001"] not in asked
    assert len(asked) == 7


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(stage: Stage) -> None:
    typed = RIGHT | {
        "centre": str(stage.ids["tilleuls"]), "host": "", "on": "2026-11-02", "until": "17:10",
    }  # fmt: skip
    page = stage.post("/meetings/new", typed)
    assert page.status_code == 400
    for field, text in (
        ("host", "Dites avec qui les familles ont rendez-vous."),
        ("on", "Ce moment est passé. Choisissez-en un à venir."),
        ("until", "Aucun moment ne tient entre ces heures."),
    ):
        assert re.search(rf'id="{field}-error">{re.escape(text)}<', page.text)
        control = re.search(rf'<input id="{field}"[^>]*>', page.text)
        assert control is not None
        assert f"{field}-error" in control[0]
    assert "لنتحدث عن طفلكم" in page.text
    assert stage.rows(select(campaigns)) == []


def test_moments_may_come_from_a_calendar_file_alone(stage: Stage) -> None:
    typed = {name: text for name, text in RIGHT.items() if not name.startswith("day_")}
    page = upload(stage, "/meetings/new", FILE, typed | {"centre": str(stage.ids["tilleuls"])})
    assert page.status_code == 200
    assert "Formation, 09/12/2026 : journée entière" in visible_text(page)
    [slot] = stage.rows(select(slots))
    assert (slot.uid, slot.on, slot.at, slot.minutes) == (
        "libre-1", date(2026, 12, 8), time(17), 30,
    )  # fmt: skip


def test_file_that_is_no_calendar_is_refused_with_what_to_do(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    page = upload(stage, f"/meetings/{campaign_id}/import", b"PK\x03\x04 not a calendar")
    assert page.status_code == 400
    assert "Exportez-le de nouveau" in visible_text(page)


def test_calendar_file_is_taken_in_once(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    first = visible_text(upload(stage, f"/meetings/{campaign_id}/import", FILE))
    again = visible_text(upload(stage, f"/meetings/{campaign_id}/import", FILE))
    assert "1 moment ajouté, 0 déplacé, 0 inchangé." in first
    assert "0 moment ajouté, 0 déplacé, 1 inchangé." in again
    assert len(moments(stage, campaign_id)) == 3


# -- one round ------------------------------------------------------------------------------------


def test_page_says_who_has_which_moment_and_who_has_none(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001", "F-002", "F-003")
    taken(stage, campaign_id, 0, "F-001")
    with stage.database.write() as db:
        give_back(db, campaign_id, Taker(stage.ids["F-002"]), NOW)
    words = page_of(stage, campaign_id)
    assert re.search(r"mardi 1er décembre à 17h 30 F-001", words)
    assert re.search(r"jeudi 3 décembre à 9h 45 Libre", words)
    assert "N'en veulent pas pour l'instant (1) F-002" in words
    assert "Pas encore demandé (1) F-003" in words
    assert "F-001 prend un moment (mardi 1er décembre à 17h)" in words
    assert "F-002 ne veut pas de moment" in words


def test_family_that_telephoned_is_put_on_a_moment_and_taken_back(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    slot = moments(stage, campaign_id)[0]
    put = {"slot": str(slot.id), "family": "f-004"}
    assert stage.post(f"/meetings/{campaign_id}/put", put).status_code == 303
    assert moments(stage, campaign_id)[0].family_id == stage.ids["F-004"]
    again = stage.post(f"/meetings/{campaign_id}/put", put | {"family": "F-001"})
    assert "Ce moment n'est plus libre." in visible_text(again)
    unknown = stage.post(f"/meetings/{campaign_id}/put", put | {"family": "X-9"})
    assert "Aucune famille ne porte la référence" in visible_text(unknown)
    back = {"family": str(stage.ids["F-004"])}
    assert stage.post(f"/meetings/{campaign_id}/back", back).status_code == 303
    assert moments(stage, campaign_id)[0].family_id is None
    assert "F-004 ne peut plus venir" in page_of(stage, campaign_id)


def test_moments_are_added_and_withdrawn(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    more = {"day_1": "2026-12-10", "first": "9h", "until": "10h", "minutes": "20"}
    assert stage.post(f"/meetings/{campaign_id}/add", more).status_code == 303
    assert len(moments(stage, campaign_id)) == 5
    wrong = stage.post(f"/meetings/{campaign_id}/add", more | {"minutes": "beaucoup"})
    assert "Donnez un nombre de minutes" in visible_text(wrong)
    overlapping = stage.post(f"/meetings/{campaign_id}/add", more)
    assert "chevauche un autre moment de Mme Roy" in visible_text(overlapping)
    first = moments(stage, campaign_id)[0]
    gone = stage.post(f"/meetings/{campaign_id}/withdraw", {"slot": str(first.id)})
    assert gone.status_code == 303
    assert moments(stage, campaign_id)[0].withdrawn_at == NOW


def test_past_meetings_show_who_came_and_what_is_to_be_noted(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001", "F-002")
    came = taken(stage, campaign_id, 0, "F-001")
    taken(stage, campaign_id, 1, "F-002")
    with stage.database.write() as db:
        db.execute(update(invitations).where(invitations.c.event_id == came).values(attended=True))
    stage.now = datetime(2026, 12, 4, 9, tzinfo=UTC)
    stage.now = min(stage.now, NOW + timedelta(hours=11))  # the sign-ins of the stage end
    with stage.database.write() as db:
        moved = {"starts_at": NOW - timedelta(hours=1)}
        db.execute(update(slots).where(slots.c.campaign_id == campaign_id, slots.c.event_id == came)
                   .values(**moved))  # fmt: skip
    words = page_of(stage, campaign_id)
    assert "Rencontres passées" in words
    assert re.search(r"mardi 1er décembre à 17h F-001 Oui", words)


# -- calendars ------------------------------------------------------------------------------------


def calendar(stage: Stage, path: str, who: str = "nadia") -> Any:
    answer = stage.browser(who).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return Calendar.from_ical(answer.content)


def test_calendar_holds_each_meeting_on_the_wall_clock_of_the_centre(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001", "F-002")
    event_id = taken(stage, campaign_id, 0, "F-001")
    found = calendar(stage, f"/meetings/{campaign_id}/calendar.ics")
    [zone] = found.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Paris"
    [meeting] = found.walk("VEVENT")
    assert meeting["UID"] == f"meeting-{event_id}@carnet"
    assert meeting["SEQUENCE"] == 0
    assert meeting["STATUS"] == "CONFIRMED"
    assert meeting["DTSTART"].params["TZID"] == "Europe/Paris"
    assert meeting["DTSTART"].dt == datetime.fromisoformat("2026-12-01T17:00+01:00")
    assert meeting["DTEND"].dt - meeting["DTSTART"].dt == timedelta(minutes=30)
    assert meeting["SUMMARY"] == "Rencontre F-001 (Mme Roy)"
    assert meeting["LOCATION"] == "Bureau du premier"
    alone = calendar(stage, f"/meetings/{campaign_id}/{event_id}/calendar.ics")
    assert [one["UID"] for one in alone.walk("VEVENT")] == [meeting["UID"]]


def test_calendar_follows_a_move_and_a_cancellation_under_the_same_name(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    event_id = taken(stage, campaign_id, 0, "F-001")
    taken(stage, campaign_id, 1, "F-001")
    path = f"/meetings/{campaign_id}/calendar.ics"
    [moved] = calendar(stage, path).walk("VEVENT")
    assert (moved["UID"], moved["SEQUENCE"]) == (f"meeting-{event_id}@carnet", 1)
    assert moved["DTSTART"].dt == datetime.fromisoformat("2026-12-03T09:00+01:00")
    with stage.database.write() as db:
        give_back(db, campaign_id, Taker(stage.ids["F-001"]), NOW)
    [gone] = calendar(stage, path).walk("VEVENT")
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == (moved["UID"], 2, "CANCELLED")


# -- cancelling, and who may see ------------------------------------------------------------------


def test_cancelling_says_what_it_does_and_does_it(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    event_id = taken(stage, campaign_id, 0, "F-001")
    page = visible_text(stage.browser().get(f"/meetings/{campaign_id}/cancel"))
    assert "1 rencontre à venir est annulée, et la famille est prévenue." in page
    assert stage.post(f"/meetings/{campaign_id}/cancel").status_code == 303
    assert stage.row(campaigns, campaign_id).status == "cancelled"
    assert stage.row(events, event_id).status == "cancelled"
    assert "Cette série est annulée." in page_of(stage, campaign_id)
    again = stage.post(f"/meetings/{campaign_id}/cancel")
    assert again.status_code == 400


@pytest.mark.parametrize("path", ["", "/cancel", "/calendar.ics", "/{event}/calendar.ics"], ids=str)
def test_another_centre_sees_nothing_of_a_round(stage: Stage, path: str) -> None:
    campaign_id = opened(stage, "F-001")
    event_id = taken(stage, campaign_id, 0, "F-001")
    address = f"/meetings/{campaign_id}{path}".replace("{event}", str(event_id))
    assert stage.browser("port").get(address).status_code == 404
    assert stage.browser("eva").get(address).status_code == 403
    assert stage.browser("ada").get(address).status_code == 200


def test_another_centre_changes_nothing_of_a_round(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    slot = str(moments(stage, campaign_id)[0].id)
    for path, form in (
        ("withdraw", {"slot": slot}),
        ("put", {"slot": slot, "family": "P-001"}),
        ("back", {"family": str(stage.ids["F-001"])}),
        ("add", {"day_1": "2026-12-10", "first": "9:00", "until": "10:00", "minutes": "30"}),
        ("cancel", {}),
    ):
        assert stage.post(f"/meetings/{campaign_id}/{path}", form, who="port").status_code == 404
    assert len([one for one in moments(stage, campaign_id) if not one.withdrawn_at]) == 2
    foreign = opened(stage, "P-001", centre="port")
    mixed = f"/meetings/{campaign_id}/{taken(stage, foreign, 0, 'P-001')}/calendar.ics"
    assert stage.browser().get(mixed).status_code == 404


def test_forms_without_our_token_are_refused(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    bare = stage.browser().post(f"/meetings/{campaign_id}/cancel", {})
    assert bare.status_code == 403
    files = {"calendar": ("agenda.ics", FILE, "text/calendar")}
    sent = asyncio.run(
        stage.browser()._ask("POST", f"/meetings/{campaign_id}/import", data={}, files=files)
    )
    assert sent.status_code == 403


# -- what the lists say ---------------------------------------------------------------------------


def test_history_shows_where_a_meeting_stood_and_where_it_stands(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    taken(stage, campaign_id, 0, "F-001")
    taken(stage, campaign_id, 1, "F-001", NOW + timedelta(minutes=5))
    words = visible_text(stage.browser().get(f"/meetings/{campaign_id}"))
    assert "F-001 prend un moment (mardi 1er décembre à 17h)" in words
    assert "F-001 prend un autre moment (jeudi 3 décembre à 9h)" in words


def test_cancelled_round_has_nothing_free_and_is_called_so_in_good_french(stage: Stage) -> None:
    campaign_id = opened(stage, "F-001")
    assert stage.post(f"/meetings/{campaign_id}/cancel", {}).status_code == 303
    words = visible_text(stage.browser().get(f"/meetings/{campaign_id}"))
    assert "0 pris, 0 libre" in words
    assert re.search(r"\b1 libre|\b2 libres", words) is None
    listed = visible_text(stage.browser().get("/meetings"))
    assert re.search(r"Parlons de votre enfant Annulée\b", listed)
