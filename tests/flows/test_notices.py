"""What outreach says about an event after its invitation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.flows import notices
from bot.flows.base import CampaignCard, EventStatus, Scene
from bot.flows.rsvp import Question
from bot.messages import Say, Texts
from bot.translation import render_all
from tests.flows.scenes import READING, SATURDAY, card, scene

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


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "Les Tilleuls\nCentre fermé"),
        (Texts("fr", {"fr": "Revenez lundi."}), "Les Tilleuls\nCentre fermé\nRevenez lundi."),
    ],
    ids=["title alone", "title and body"],
)
def test_announcement_says_its_words_and_asks_nothing(body: Texts | None, said: str) -> None:
    campaign = CampaignCard(
        id=4,
        kind="announcement",
        title=Texts("fr", {"fr": "Centre fermé", "tr": "Merkez kapalı"}),
        body=body,
        on=SATURDAY,
        status=EventStatus.UPCOMING,
    )
    told = notices.announcement(replace(scene(), campaign=campaign))
    assert render_all(told, "fr") == said
    assert not any(one.choices for one in told)
    assert render_all(told, "tr").splitlines()[1] == "Merkez kapalı"
