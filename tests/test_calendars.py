"""Calendar files: what a moment is, what is none and why, and what calendars get from us."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.calendars import MOST_ENTRIES, Diary, Entry, Meeting, read_diary, write_meetings
from bot.errors import FileUnreadable

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
UNTIL = date(2026, 12, 31)
PARIS = "Europe/Paris"
HALF_HOUR = "DURATION:PT30M"


def event(*lines: str, uid: str = "a") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines,
                        "END:VEVENT"])  # fmt: skip


def read(*events: str, zone: str = PARIS, until: date = UNTIL) -> Diary:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Agenda//FR", *events, "END:VCALENDAR", ""]
    return read_diary("\r\n".join(lines).encode(), zone, NOW, until)


@pytest.mark.parametrize(
    ("lines", "on", "at", "minutes"),
    [
        (["DTSTART:20261203T160000Z", HALF_HOUR], date(2026, 12, 3), time(17), 30),
        (
            ["DTSTART;TZID=Europe/Paris:20261203T170000",
             "DTEND;TZID=Europe/Paris:20261203T174500"],
            date(2026, 12, 3), time(17), 45,
        ),
        (["DTSTART:20261203T170000", HALF_HOUR], date(2026, 12, 3), time(17), 30),
        (
            ["DTSTART;TZID=America/Montreal:20261204T100000", HALF_HOUR],
            date(2026, 12, 4), time(16), 30,
        ),
        (["DTSTART:20261203T233000Z", "DTEND:20261204T003000Z"], date(2026, 12, 4), time(0, 30),
         60),
    ],
    ids=["in UTC", "with a zone", "floating: the centre's clock", "from far away", "past midnight"],
)  # fmt: skip
def test_entry_is_a_moment_on_the_wall_clock_of_the_centre(
    lines: list[str], on: date, at: time, minutes: int
) -> None:
    assert read(event(*lines)) == Diary((Entry("a", on, at, minutes),), ())


def test_zone_is_the_centres() -> None:
    [entry] = read(event("DTSTART:20261203T160000Z", HALF_HOUR), zone="America/Cayenne").entries
    assert entry.at == time(13)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["DTSTART;VALUE=DATE:20261203"], "journée entière"),
        (["DTSTART:20261103T160000Z", HALF_HOUR], "passé"),
        (["DTSTART:20270203T160000Z", HALF_HOUR], "après le 31/12/2026"),
        (["DTSTART:20261203T160000Z"], "durée"),
        (["DTSTART:20261203T160000Z", "DURATION:PT1M"], "durée"),
        (["DTSTART:20261203T160000Z", "DTEND:20261206T160000Z"], "durée"),
        (["DTSTART:20261203T160000Z", HALF_HOUR, "STATUS:CANCELLED"], "annulé"),
        (["DTSTART:bientot", HALF_HOUR], "illisible"),
        ([HALF_HOUR], "sans date"),
        (["DTSTART:20261203T160000Z", HALF_HOUR, "RRULE:FREQ=SECONDLY"], "plusieurs fois par jour"),
        (["DTSTART:20261203T160000Z", HALF_HOUR, "RRULE:FREQ=DAILY;BYMINUTE=0,1,2"],
         "plusieurs fois par jour"),
        (["DTSTART:20261003T160000Z", HALF_HOUR, "RRULE:FREQ=WEEKLY;COUNT=2"],
         "aucune répétition dans la période"),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_said_with_its_reason(lines: list[str], why: str) -> None:
    diary = read(event("SUMMARY:Point avec Lina", *lines))
    assert diary.entries == ()
    [left] = diary.left
    assert left.entry.startswith("Point avec Lina")
    assert why in left.why


def test_entry_without_a_name_cannot_be_known_again() -> None:
    diary = read(event("DTSTART:20261203T160000Z", HALF_HOUR, uid=""))
    assert [one.why for one in diary.left] == ["sans identifiant (UID)"]


def test_repetitions_are_moments_of_their_own_until_the_last_day() -> None:
    weekly = event("DTSTART;TZID=Europe/Paris:20261007T140000", HALF_HOUR, "RRULE:FREQ=WEEKLY",
                   "EXDATE;TZID=Europe/Paris:20261125T140000")  # fmt: skip
    moved = event("RECURRENCE-ID;TZID=Europe/Paris:20261202T140000",
                  "DTSTART;TZID=Europe/Paris:20261203T160000", HALF_HOUR)  # fmt: skip
    diary = read(weekly, moved, until=date(2026, 12, 10))
    assert [(one.on, one.at) for one in diary.entries] == [
        (date(2026, 11, 18), time(14)),
        (date(2026, 12, 3), time(16)),
        (date(2026, 12, 9), time(14)),
    ]
    before = read(weekly, until=date(2026, 12, 10))
    names = {one.uid for one in diary.entries}
    assert names <= {one.uid for one in before.entries}  # a moved repetition keeps its name
    assert len(names) == 3


def test_endless_calendar_is_refused_and_does_not_take_forever() -> None:
    rules = [event("DTSTART:20261117T080000Z", HALF_HOUR, "RRULE:FREQ=DAILY", uid=str(n))
             for n in range(20)]  # fmt: skip
    with pytest.raises(FileUnreadable, match=str(MOST_ENTRIES)):
        read(*rules)


@pytest.mark.parametrize(
    "content", [b"", b"bonjour", b"BEGIN:VCALENDAR\n", b"\xff\xfe\x00\x01", b"x" * 2_000_001]
)
def test_what_is_no_calendar_is_refused_in_french(content: bytes) -> None:
    with pytest.raises(FileUnreadable, match="fichier"):
        read_diary(content, PARIS, NOW, UNTIL)


# -- writing --------------------------------------------------------------------------------------


def meeting(**changes: object) -> Meeting:
    values: dict[str, object] = {
        "event_id": 3, "version": 2, "title": "Rencontre F-001 (Mme Roy)",
        "place": "Salle 2, étage 1",
        "on": date(2026, 12, 3), "at": time(17), "minutes": 30, "zone": PARIS, "cancelled": False,
        "changed_at": NOW,
    }  # fmt: skip
    return Meeting(**values | changes)  # type: ignore[arg-type]


def written(meetings: list[Meeting]) -> Any:
    """The file as another program reads it."""
    return Calendar.from_ical(write_meetings(meetings, "Rencontres"))


def test_meeting_is_written_with_its_zone_its_version_and_a_name_of_its_own() -> None:
    calendar = written([meeting()])
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == [PARIS]
    [one] = calendar.walk("VEVENT")
    assert (one["UID"], one["SEQUENCE"], one["STATUS"]) == ("meeting-3@carnet", 1, "CONFIRMED")
    assert one["LOCATION"] == "Salle 2, étage 1"
    assert one["DTSTART"].dt == datetime.fromisoformat("2026-12-03T17:00+01:00")
    assert one["DTEND"].dt == datetime.fromisoformat("2026-12-03T17:30+01:00")


def test_cancelled_meeting_says_so_and_needs_no_end() -> None:
    gone = meeting(cancelled=True, minutes=None)
    [one] = written([gone]).walk("VEVENT")
    assert one["STATUS"] == "CANCELLED"
    assert "DTEND" not in one


def test_calendar_without_a_meeting_can_be_read() -> None:
    assert written([]).walk("VEVENT") == []


@given(
    on=st.dates(date(2026, 11, 17), date(2027, 12, 31)),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    minutes=st.integers(5, 480),
    zone=st.sampled_from([PARIS, "America/Cayenne", "Indian/Reunion", "Pacific/Noumea"]),
    title=st.text(max_size=40),
)
def test_what_is_written_is_read_as_the_same_moment(
    on: date, at: time, minutes: int, zone: str, title: str
) -> None:
    if on.month == 3 and zone == PARIS and at.hour == 2:
        at = at.replace(hour=12)  # an hour that clocks skip names no moment
    one = meeting(on=on, at=at, minutes=minutes, zone=zone, title=title)
    diary = read_diary(write_meetings([one], "Rencontres"), zone, NOW, date(2028, 1, 1))
    assert [(one.uid, one.on, one.at) for one in diary.entries] == [("meeting-3@carnet", on, at)]
