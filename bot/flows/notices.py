"""What outreach says beside a flow's first words: nudges, reminders, changes, news. Pure."""

from __future__ import annotations

from datetime import date

from bot.flows import wave
from bot.flows.base import EventCard, Scene
from bot.flows.menus import CANNOT_COME, NO, WE_COME, YES, YES_NO, YES_NO_MAYBE, asking
from bot.flows.renderings import facts, is_easy, is_numbers, notes, offered, today, tomorrow
from bot.flows.rsvp import Question, coming
from bot.messages import Choice, Say, say


def nudge(scene: Scene) -> tuple[Say, ...]:
    """Ask once more, without blame."""
    if is_easy(scene):
        return (coming(scene),)
    line = Say(
        "{title}: {day} at {hour}. We would love to see you. Will you come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO_MAYBE),)


def reminder(scene: Scene) -> tuple[Say, ...]:
    """Two days before: when, where, what to bring; a maybe is asked again."""
    event = _event(scene)
    if is_easy(scene):
        return (*notes(scene, event), *_soon(scene, event))
    if event.rsvp == "maybe":
        line = Say("{title}: {day} at {hour}, {place}. Will you come?", params=event.params)
    elif event.host:
        line = Say(
            "See you soon! {title} with {host}: {day} at {hour}, {place}.", params=event.params
        )
    else:
        line = Say("See you soon! {title}: {day} at {hour}, {place}.", params=event.params)
    return (*notes(scene, event), asking(line, Question.COMING, _still_coming(event)))


def morning(scene: Scene) -> tuple[Say, ...]:
    """On the day: short; late is welcome too."""
    event = _event(scene)
    if is_easy(scene):
        line = today(event)
    elif event.host:
        line = Say(
            "Today at {hour}: {title} with {host}, {place}. Come even if you are late!",
            params=event.params,
        )
    else:
        line = Say(
            "Today at {hour}: {title}, {place}. Come even if you are late!", params=event.params
        )
    return (asking(line, Question.COMING, offered(scene, _still_coming(event))),)


def eve(scene: Scene) -> tuple[Say, ...]:
    """The evening before an early event, in place of the morning's reminder."""
    event = _event(scene)
    if is_easy(scene):
        line = tomorrow(event)
    elif event.host:
        line = Say(
            "Tomorrow at {hour}: {title} with {host}, {place}. Come even if you are late!",
            params=event.params,
        )
    else:
        line = Say(
            "Tomorrow at {hour}: {title}, {place}. Come even if you are late!", params=event.params
        )
    return (asking(line, Question.COMING, offered(scene, _still_coming(event))),)


def moved(scene: Scene) -> tuple[Say, ...]:
    """The event has another day; who said yes is asked again."""
    line = Say(
        "Change: {title}. New date: {day} at {hour}, {place}. Will you still come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO),)


def moved_elsewhere(scene: Scene) -> tuple[Say, ...]:
    """Another day, and another place."""
    line = Say(
        "Change: {title}. New date and new place: {day} at {hour}, {place}. Will you still come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO),)


def new_hour(scene: Scene) -> tuple[Say, ...]:
    """Another hour of the same day; who said yes is asked again."""
    line = Say(
        "Change: {title}, {day}. New hour: {hour}, {place}. Will you still come?",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, YES_NO),)


def new_hour_elsewhere(scene: Scene) -> tuple[Say, ...]:
    """Another hour of the same day, and another place."""
    line = Say(
        "Change: {title}, {day}. New hour and new place: {hour}, {place}. Will you still come?",
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


def now_comes(scene: Scene) -> tuple[Say, ...]:
    """Somebody else of the family has said yes, to who had said no; no blame."""
    line = Say(
        "{title}, {day} at {hour}: your family comes now. If that is a mistake, tell us.",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, (CANNOT_COME,)),)


def now_declines(scene: Scene) -> tuple[Say, ...]:
    """Somebody else of the family has said no, to who had said yes; no blame."""
    line = Say(
        "{title}, {day} at {hour}: your family does not come any more. "
        "If that is a mistake, tell us.",
        params=_event(scene).params,
    )
    return (asking(line, Question.COMING, (WE_COME,)),)


def announcement(scene: Scene) -> tuple[Say, ...]:
    """Words about no event; nothing is asked."""
    assert scene.campaign is not None, "an announcement is a campaign"
    title, body = scene.campaign.title, scene.campaign.body
    words = say("{title}\n{text}", title=title, text=body) if body else say("{text}", text=title)
    return (say("{text}", text=scene.centre), words)


def wave_nudge(scene: Scene) -> tuple[Say, ...]:
    """Remind of a survey wave those who have not answered all of it."""
    return wave.again(scene)


def telegram_link(link: str) -> tuple[Say, ...]:
    """What opens our bot on the parent's phone; its one-time code is theirs alone."""
    return (
        say("To write to us for free with Telegram, open this link: {link}", link=link),
        say("This link is for you only."),
    )


def together(scene: Scene, *, on: date, with_notes: bool) -> tuple[Say, ...]:
    """One of several reminders in a message of this day: short, and of its own event alone."""
    event = _event(scene)
    if event.rsvp == "maybe":
        line = Say("{title}: {day} at {hour}, {place}. Will you come?", params=event.params)
    elif event.on == on and event.host:
        line = Say("{title} with {host}: today at {hour}, {place}.", params=event.params)
    elif event.host:
        line = Say("{title} with {host}: {day} at {hour}, {place}.", params=event.params)
    elif event.on == on:
        line = Say("{title}: today at {hour}, {place}.", params=event.params)
    else:
        line = Say("{title}: {day} at {hour}, {place}.", params=event.params)
    told = notes(scene, event) if with_notes else ()
    return (*told, asking(line, Question.COMING, _still_coming(event)))


def _soon(scene: Scene, event: EventCard) -> tuple[Say, ...]:
    """A reminder for who reads little."""
    if event.rsvp == "maybe":
        return (coming(scene),)
    question = asking(facts(event), Question.COMING, offered(scene, _still_coming(event)))
    return (question,) if is_numbers(scene) else (say("See you soon!"), question)


def _still_coming(event: EventCard) -> tuple[Choice, ...]:
    """Who said maybe is asked; who said yes can only call off."""
    return (YES, NO) if event.rsvp == "maybe" else (CANNOT_COME,)


def _event(scene: Scene) -> EventCard:
    assert scene.event is not None, "a notice is always about an event"
    return scene.event
