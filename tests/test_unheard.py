"""How long nobody's word is waited for: a table of what leaves when, and what always holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Purpose
from bot.unheard import MOST_AHEAD, next_way_at, person_at

SENT_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
PATIENCE = timedelta(hours=2)
CHANGE, REMINDER, INVITATION = Purpose.CHANGE, Purpose.REMINDER, Purpose.INVITATION

COURSES: dict[str, tuple[Purpose, float | None, float, float | None]] = {
    # hours, since it was sent: until it is of no use, to the next way, to a person
    "cancelled an hour before": (CHANGE, 1, 0.25, 0.25),
    "cancelled in the morning": (CHANGE, 6, 1.5, 1.5),
    "cancelled the evening before": (CHANGE, 20, 2, 2),
    "cancelled thirty hours before": (CHANGE, 30, 2, 6),
    "cancelled two days before": (CHANGE, 48, 2, 24),
    "cancelled ten days before": (CHANGE, 240, 2, 24),
    "news without a date": (CHANGE, None, 2, 24),
    "reminded an hour before": (REMINDER, 1, 0.5, 0.5),
    "reminded in the morning": (REMINDER, 6, 2, 2),
    "reminded the evening before": (REMINDER, 21, 2, 2),
    "reminded two days before": (REMINDER, 30, 2, 6),
    "reminded five days before": (REMINDER, 120, 2, 24),
    "invited a week before": (INVITATION, 168, 2, 24),
    "invited on the eve": (INVITATION, 20, 2, None),
    "invited to answer some day": (INVITATION, None, 2, 24),
    "asked what they think": (Purpose.SURVEY, 96, 2, None),
    "welcomed": (Purpose.WELCOME, None, 2, None),
    "answered": (Purpose.REPLY, None, 2, None),
}


@pytest.mark.parametrize(("purpose", "useful", "way", "person"), COURSES.values(), ids=COURSES)
def test_each_message_is_waited_for_as_its_row_says(
    purpose: Purpose, useful: float | None, way: float, person: float | None
) -> None:
    expires_at = None if useful is None else SENT_AT + timedelta(hours=useful)
    stands = purpose, SENT_AT, expires_at, PATIENCE
    assert next_way_at(*stands) == SENT_AT + timedelta(hours=way)
    assert person_at(*stands) == (None if person is None else SENT_AT + timedelta(hours=person))


minutes = st.integers(1, 20_000).map(lambda one: timedelta(minutes=one))


@given(st.sampled_from(Purpose), minutes, minutes)
def test_a_person_is_told_after_the_last_way_and_before_it_is_too_late(
    purpose: Purpose, useful: timedelta, patience: timedelta
) -> None:
    stands = purpose, SENT_AT, SENT_AT + useful, patience
    at = person_at(*stands)
    if at is not None:
        assert at < SENT_AT + useful
        assert at >= next_way_at(*stands) or purpose is INVITATION
    elif purpose in (CHANGE, REMINDER):
        assert next_way_at(*stands) >= SENT_AT + useful, "there is always a moment for a call"


@given(st.sampled_from(Purpose), minutes, minutes, minutes)
def test_what_is_due_is_what_the_database_looks_among(
    purpose: Purpose, useful: timedelta, patience: timedelta, since: timedelta
) -> None:
    expires_at, now = SENT_AT + useful, SENT_AT + since
    if next_way_at(purpose, SENT_AT, expires_at, patience) <= now < expires_at:
        assert now - patience >= SENT_AT or expires_at <= now + MOST_AHEAD * patience
