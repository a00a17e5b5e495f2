"""From sayings to what one channel can show: buttons, a numbered menu, or a private link. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from bot.flows.menus import HUMAN, YES
from bot.flows.rsvp import Question
from bot.messages import Button, Choice, Say, Shape, say
from bot.translation import has_catalog, readable, render, render_all


@dataclass(frozen=True, slots=True)
class Way:
    """How one message travels.

    `can_receive`: a typed answer reaches us; where it does not, `link` stands in the text.
    `letter` tells this question's menu from others; `conversation_id` goes into every button.
    """

    shape: Shape
    can_receive: bool
    link: str = ""
    letter: str = ""
    conversation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions in a message, each about an event of its own.

    `letter` tells its menu from the others, and `conversation_id` its buttons; to the reader, its
    day does, or its hour where that is not enough.
    """

    says: tuple[Say, ...]
    on: date
    at: time
    letter: str
    conversation_id: int | None


@dataclass(frozen=True, slots=True)
class Composed:
    """A message in words. `language` is the one that was shown."""

    text: str
    language: str
    buttons: tuple[Button, ...] = ()


def compose(
    says: Sequence[Say], language: str | None, way: Way, *, introduce: Say | None
) -> Composed:
    """Put one message together; `introduce` comes first where someone hears from us newly."""
    shown = readable(language)
    lines = [introduce, *says] if introduce is not None else list(says)
    text = render_all(lines, shown)
    asking = next((one for one in reversed(says) if one.choices), None)
    choices = _offered(asking, language)
    if not way.can_receive:
        tail = render(say("To answer or stop: {link}", link=way.link), shown)
        return Composed(f"{text}\n{tail}", shown)
    if asking is None or not choices:
        return Composed(text, shown)
    buttons = _buttons(choices, asking.question, shown, way)
    if len(buttons) <= way.shape.buttons and _legible(buttons, way):
        return Composed(text, shown, buttons)
    menu = _menu(choices, shown, way.letter)
    return Composed(f"{text}\n{menu}" if menu else text, shown)


def compose_together(
    parts: Sequence[Part], language: str | None, way: Way, *, introduce: Say | None
) -> Composed:
    """Put several questions into one message, each with its own way to answer."""
    shown = readable(language)
    greeting = render_all([*([introduce] if introduce else ()), say("See you soon!")], shown)
    if not way.can_receive:
        tail = render(say("To answer or stop: {link}", link=way.link), shown)
        return Composed("\n".join((greeting, *(_told(one, shown) for one in parts), tail)), shown)
    hours = len({one.on for one in parts}) < len(parts)
    buttons = [button for one in parts for button in _named(one, shown, hours=hours)]
    if len(buttons) <= way.shape.buttons:
        text = "\n".join((greeting, *(_told(one, shown) for one in parts)))
        return Composed(text, shown, tuple(buttons))
    menus = [f"{_told(one, shown)}\n{_menu(_choices(one), shown, one.letter)}" for one in parts]
    return Composed("\n".join((greeting, *menus)), shown)


def _legible(buttons: Sequence[Button], way: Way) -> bool:
    """Whether nothing is cut: half a day and no hour names no moment."""
    return all(len(one.label) <= way.shape.label for one in buttons)


def _told(part: Part, language: str) -> str:
    return render_all(part.says, language)


def _choices(part: Part) -> tuple[Choice, ...]:
    return next((one.choices for one in reversed(part.says) if one.choices), ())


def _named(part: Part, language: str, *, hours: bool) -> Iterator[Button]:
    """The buttons of one event among others: they name it by its day, or by its hour."""
    day = f"{part.on:%d/%m}"
    for one in _choices(part):
        if hours:
            yes, no = say("Yes at {hour}", hour=part.at), say("Not at {hour}", hour=part.at)
        else:
            yes, no = say("Yes on {day}", day=day), say("Not on {day}", day=day)
        label = render(yes if one.code == YES.code else no, language)
        yield Button(label, payload(part.conversation_id, Question.COMING, one.code))


def introduction(association: str, *, can_receive: bool) -> Say:
    """Who writes and how to stop; the first thing that anyone ever gets from us."""
    if can_receive:
        return say(
            "This is {association}. To stop our messages, write STOP.", association=association
        )
    return say("This is {association}.", association=association)


def segments(text: str) -> int:
    """How many SMS a text is charged as (GSM-7 160/153, else UCS-2 70/67)."""
    import smsutil

    return len(smsutil.split(text).parts)


def payload(conversation_id: int | None, question: str, code: str) -> str:
    """What a button carries: its conversation, its question, its answer; at most 64 bytes."""
    return f"{conversation_id or ''}:{question}:{code}"


def _offered(asking: Say | None, language: str | None) -> tuple[Choice, ...]:
    """The answers to show; whoever reads a language that we do not have is offered a call."""
    choices = asking.choices if asking else ()
    unread = language is not None and not has_catalog(language)
    if unread and choices and HUMAN not in choices:
        return (*choices, HUMAN)
    return choices


def _buttons(
    choices: tuple[Choice, ...], question: str, language: str, way: Way
) -> tuple[Button, ...]:
    return tuple(
        Button(render(one.label, language), payload(way.conversation_id, question, one.code))
        for one in choices
    )


def _menu(choices: tuple[Choice, ...], language: str, letter: str) -> str:
    """Numbered lines; a choice whose label is its own digit needs none."""
    lines = []
    for one in choices:
        label = render(one.label, language)
        if label != one.key or letter:
            lines.append(f"{letter}{one.key} {label}")
    return "\n".join(lines)
