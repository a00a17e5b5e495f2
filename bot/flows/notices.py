"""What outreach says about an event after its invitation: nudge, reminders, changes. Pure."""

from __future__ import annotations

from bot.flows.base import EventCard, Scene
from bot.flows.menus import CANNOT_COME, NO, YES, YES_NO_MAYBE, asking
from bot.flows.rsvp import Question
from bot.messages import Say, say


def nudge(scene: Scene) -> tuple[Say, ...]:
    """Ask once more, without blame."""
    event = _event(scene)
    line = say(
        "{title}: {day} at {hour}. We would love to see you. Will you come?",
        title=event.title,
        day=event.on,
        hour=event.at,
    )
    return (asking(line, Question.COMING, YES_NO_MAYBE),)


def reminder(scene: Scene) -> tuple[Say, ...]:
    """Two days before: when, where, what to bring; a maybe is asked again."""
    event = _event(scene)
    if event.rsvp == "maybe":
        line = say(
            "{title}: {day} at {hour}, {place}. Will you come?",
            title=event.title,
            day=event.on,
            hour=event.at,
            place=event.place,
        )
        return (*_notes(event), asking(line, Question.COMING, (YES, NO)))
    line = say(
        "See you soon! {title}: {day} at {hour}, {place}.",
        title=event.title,
        day=event.on,
        hour=event.at,
        place=event.place,
    )
    return (*_notes(event), asking(line, Question.COMING, (CANNOT_COME,)))


def morning(scene: Scene) -> tuple[Say, ...]:
    """On the day: short; late is welcome too."""
    event = _event(scene)
    line = say(
        "Today at {hour}: {title}, {place}. Come even if you are late!",
        title=event.title,
        hour=event.at,
        place=event.place,
    )
    choices = (YES, NO) if event.rsvp == "maybe" else (CANNOT_COME,)
    return (asking(line, Question.COMING, choices),)


def eve(scene: Scene) -> tuple[Say, ...]:
    """The evening before an early event, in place of the morning's reminder."""
    event = _event(scene)
    line = say(
        "Tomorrow at {hour}: {title}, {place}. Come even if you are late!",
        title=event.title,
        hour=event.at,
        place=event.place,
    )
    choices = (YES, NO) if event.rsvp == "maybe" else (CANNOT_COME,)
    return (asking(line, Question.COMING, choices),)


def cancelled(scene: Scene) -> tuple[Say, ...]:
    """The event will not take place."""
    event = _event(scene)
    line = say(
        "{title}, {day} at {hour}, is cancelled. We are sorry.",
        title=event.title,
        day=event.on,
        hour=event.at,
    )
    return (line,)


def _notes(event: EventCard) -> tuple[Say, ...]:
    return (say("{text}", text=event.notes),) if event.notes else ()


def _event(scene: Scene) -> EventCard:
    assert scene.event is not None, "a notice is always about an event"
    return scene.event
