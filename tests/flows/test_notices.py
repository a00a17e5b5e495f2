"""What outreach says about an event after its invitation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows import notices
from bot.flows.base import Scene
from bot.flows.rsvp import Question
from bot.messages import Say, Texts
from tests.flows.scenes import READING, card, scene

Notice = Callable[[Scene], tuple[Say, ...]]
NOTES = Texts("fr", {"fr": "Apportez un livre."})


@pytest.mark.parametrize(
    ("notice", "rsvp", "codes"),
    [
        (notices.nudge, None, ["yes", "no", "maybe"]),
        (notices.reminder, "yes", ["no"]),
        (notices.reminder, "maybe", ["yes", "no"]),
        (notices.morning, "yes", ["no"]),
        (notices.morning, "maybe", ["yes", "no"]),
        (notices.eve, "yes", ["no"]),
        (notices.eve, "maybe", ["yes", "no"]),
        (notices.cancelled, "yes", []),
    ],
)
def test_notice_offers_the_answers_that_still_make_sense(
    notice: Notice, rsvp: str | None, codes: list[str]
) -> None:
    last = notice(scene(card(rsvp=rsvp)))[-1]
    assert [choice.code for choice in last.choices] == codes
    assert last.question == (Question.COMING if codes else "")


@pytest.mark.parametrize(
    "notice", [notices.nudge, notices.reminder, notices.morning, notices.eve, notices.cancelled]
)
def test_every_notice_names_its_event_and_its_hour(notice: Notice) -> None:
    last = notice(scene(card(rsvp="yes")))[-1]
    assert last.params["title"] == READING
    assert "hour" in last.params


def test_no_is_two_in_every_menu() -> None:
    shown = [
        choice
        for notice in (notices.nudge, notices.reminder, notices.morning, notices.eve)
        for rsvp in ("yes", "maybe")
        for choice in notice(scene(card(rsvp=rsvp)))[-1].choices
    ]
    assert {choice.key for choice in shown if choice.code == "no"} == {"2"}


@pytest.mark.parametrize("rsvp", ["yes", "maybe"])
def test_reminder_brings_the_practical_notes_first(rsvp: str) -> None:
    with_notes = notices.reminder(scene(card(rsvp=rsvp, notes=NOTES)))
    assert with_notes[0].params["text"] == NOTES
    assert with_notes[1:] == notices.reminder(scene(card(rsvp=rsvp)))
