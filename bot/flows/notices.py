"""What outreach says beside a flow's first words: nudges, reminders, changes, news. Pure."""

from __future__ import annotations

from datetime import date

from bot.flows import wave
from bot.flows.base import EventCard, Scene
from bot.flows.menus import CANNOT_COME, NO, YES, YES_NO, YES_NO_MAYBE, asking
from bot.flows.rsvp import Question
from bot.messages import Choice, Say, say


def nudge(scene: Scene) -> tuple[Say, ...]:
    """Ask once more, without blame."""
    line = Say(
        "{title}: {day} at {hour}. We would love to see you. Will you come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO_MAYBE),)


def reminder(scene: Scene) -> tuple[Say, ...]:
    """Two days before: when, where, what to bring; a maybe is asked again."""
    event = _event(scene)
    if event.rsvp == "maybe":
        line = Say("{title}: {day} at {hour}, {place}. Will you come?", params=event.params)
    else:
        line = Say("See you soon! {title}: {day} at {hour}, {place}.", params=event.params)
    return (*_notes(event), asking(line, Question.COMING, _still_coming(event)))


def morning(scene: Scene) -> tuple[Say, ...]:
    """On the day: short; late is welcome too."""
    event = _event(scene)
    line = Say("Today at {hour}: {title}, {place}. Come even if you are late!", params=event.params)
    return (asking(line, Question.COMING, _still_coming(event)),)


def eve(scene: Scene) -> tuple[Say, ...]:
    """The evening before an early event, in place of the morning's reminder."""
    event = _event(scene)
    line = Say(
        "Tomorrow at {hour}: {title}, {place}. Come even if you are late!", params=event.params
    )
    return (asking(line, Question.COMING, _still_coming(event)),)


def moved(scene: Scene) -> tuple[Say, ...]:
    """The event has another day or hour; who said yes is asked again."""
    line = Say(
        "Change: {title}. New date: {day} at {hour}, {place}. Will you still come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO),)


def new_place(scene: Scene) -> tuple[Say, ...]:
    """The event is elsewhere, at the same hour; nothing is asked."""
    line = Say("Change: {title}, {day} at {hour}. New place: {place}.", params=_event(scene).params)
    return (line,)


def cancelled(scene: Scene) -> tuple[Say, ...]:
    """The event will not take place."""
    line = Say("{title}, {day} at {hour}, is cancelled. We are sorry.", params=_event(scene).params)
    return (line,)


def announcement(scene: Scene) -> tuple[Say, ...]:
    """Words about no event; nothing is asked."""
    assert scene.campaign is not None, "an announcement is a campaign"
    title, body = scene.campaign.title, scene.campaign.body
    words = say("{title}\n{text}", title=title, text=body) if body else say("{text}", text=title)
    return (say("{text}", text=scene.centre), words)


def wave_nudge(scene: Scene) -> tuple[Say, ...]:
    """Remind of a survey wave those who have not answered all of it."""
    return wave.again(scene)


def together(scene: Scene, *, on: date, with_notes: bool) -> tuple[Say, ...]:
    """One of several reminders in a message of this day: short, and of its own event alone."""
    event = _event(scene)
    if event.rsvp == "maybe":
        line = Say("{title}: {day} at {hour}, {place}. Will you come?", params=event.params)
    elif event.on == on:
        line = Say("{title}: today at {hour}, {place}.", params=event.params)
    else:
        line = Say("{title}: {day} at {hour}, {place}.", params=event.params)
    notes = _notes(event) if with_notes else ()
    return (*notes, asking(line, Question.COMING, _still_coming(event)))


def _still_coming(event: EventCard) -> tuple[Choice, ...]:
    """Who said maybe is asked; who said yes can only call off."""
    return (YES, NO) if event.rsvp == "maybe" else (CANNOT_COME,)


def _notes(event: EventCard) -> tuple[Say, ...]:
    return (say("{text}", text=event.notes),) if event.notes else ()


def _event(scene: Scene) -> EventCard:
    assert scene.event is not None, "a notice is always about an event"
    return scene.event
