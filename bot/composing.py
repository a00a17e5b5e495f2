"""From sayings to what one channel can show: buttons, a numbered menu, or a private link. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.flows.menus import HUMAN
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
    if 0 < len(choices) <= way.shape.buttons:
        return Composed(text, shown, _buttons(choices, asking.question, shown, way))
    menu = _menu(choices, shown, way.letter)
    return Composed(f"{text}\n{menu}" if menu else text, shown)


def introduction(association: str, *, can_receive: bool) -> Say:
    """Who writes and how to stop; the first thing that anyone ever gets from us."""
    if can_receive:
        return say(
            "This is {association}. To stop our messages, write STOP.", association=association
        )
    return say("This is {association}.", association=association)


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
