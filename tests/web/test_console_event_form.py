"""The form that plans an event: what people type, and what is said when it is wrong."""

from __future__ import annotations

from datetime import date, time

import pytest

from bot.events import NewEvent, Wording
from bot.storage.console.lines import Centre
from bot.web.console.event_form import (
    NAMES,
    EventForm,
    empty_form,
    read_day,
    read_event,
    read_hour,
    read_seats,
)
from tests.web.console_stage import NOW

TILLEULS = Centre(1, "Les Tilleuls", "Europe/Paris")
PORT = Centre(2, "Le Port", "Indian/Reunion")
KNOWN = {"f-001": 11, "f-002": 12}
RIGHT = dict.fromkeys(NAMES, "") | {
    "kind": "outing",
    "centre": "1",
    "on": "2026-11-25",
    "at": "18:30",
    "place": "Parc de la Tête d'Or",
    "title_fr": "Sortie au parc",
}


def read(**change: str) -> NewEvent | EventForm:
    """Read the right form with some fields changed."""
    return read_event(RIGHT | change, (TILLEULS, PORT), KNOWN, NOW)


def test_a_complete_form_is_an_event() -> None:
    new = read(seats="20", notes_fr="Prenez un manteau.", title_tr="Park gezisi")
    assert new == NewEvent(
        kind="outing",
        centre_id=1,
        on=date(2026, 11, 25),
        at=time(18, 30),
        place="Parc de la Tête d'Or",
        wordings={
            "fr": Wording("Sortie au parc", "Prenez un manteau."),
            "tr": Wording("Park gezisi"),
        },
        seats=20,
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"centre": ""}, "centre"),
        ({"centre": "9"}, "centre"),
        ({"on": ""}, "on"),
        ({"on": "2026-02-30"}, "on"),
        ({"on": "2026-11-22"}, "on"),
        ({"on": "2026-11-23", "at": "09:59"}, "on"),
        ({"at": ""}, "at"),
        ({"at": "25:00"}, "at"),
        ({"place": ""}, "place"),
        ({"place": "x" * 201}, "place"),
        ({"seats": "0"}, "seats"),
        ({"seats": "beaucoup"}, "seats"),
        ({"seats": "-3"}, "seats"),
        ({"title_fr": ""}, "title_fr"),
        ({"title_fr": "x" * 121}, "title_fr"),
        ({"notes_fr": "x" * 401}, "notes_fr"),
        ({"notes_ar": "ملاحظة"}, "title_ar"),
        ({"kind": "meeting"}, "families"),
        ({"families": "F-001, F-999"}, "families"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    change: dict[str, str], field: str
) -> None:
    form = read(**change)
    assert isinstance(form, EventForm)
    assert list(form.wrong) == [field]
    assert form.typed == RIGHT | change


@pytest.mark.parametrize(
    ("written", "invited"),
    [("", None), ("F-001", (11,)), ("f-002 ;F-001,f-002", (12, 11)), (" , ", None)],
)
def test_every_family_is_invited_unless_some_are_named(
    written: str, invited: tuple[int, ...] | None
) -> None:
    new = read(families=written)
    assert isinstance(new, NewEvent)
    assert new.families == invited


def test_unknown_references_are_named() -> None:
    form = read(families="F-001, F-999; X-1")
    assert isinstance(form, EventForm)
    assert form.unknown == ("F-999", "X-1")


def test_the_past_is_judged_on_the_chosen_centre_s_clock() -> None:
    assert isinstance(read(on="2026-11-23", at="12:30"), NewEvent)
    in_reunion = read(on="2026-11-23", at="12:30", centre="2")  # 9:30 in Paris
    assert isinstance(in_reunion, EventForm)
    assert list(in_reunion.wrong) == ["on"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("25/11/2026", date(2026, 11, 25)),
        ("5.1.2027", date(2027, 1, 5)),
        ("25-11-2026", date(2026, 11, 25)),
        ("31/11/2026", None),
        ("demain", None),
        ("", None),
    ],
)
def test_days_are_read_as_browsers_and_people_write_them(written: str, day: date | None) -> None:
    assert read_day(written) == day


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("18:30", time(18, 30)),
        ("18:30:00", time(18, 30)),
        ("18h", time(18)),
        ("18 h 30", time(18, 30)),
        ("9H05", time(9, 5)),
        ("24:00", None),
        ("18", None),
        ("le soir", None),
    ],
)
def test_hours_are_read_as_browsers_and_people_write_them(written: str, hour: time | None) -> None:
    assert read_hour(written) == hour


@pytest.mark.parametrize(
    ("written", "seats"),
    [("1", 1), ("10000", 10_000), ("10001", None), ("٣", None), ("1.5", None), ("", None)],
)
def test_places_are_a_whole_number(written: str, seats: int | None) -> None:
    assert read_seats(written) == seats


def test_the_only_centre_is_chosen_already() -> None:
    assert empty_form([TILLEULS]).typed["centre"] == "1"
    assert empty_form([TILLEULS, PORT]).typed["centre"] == ""
