"""From sayings to what one channel can show: buttons, a numbered menu, or a private link. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from bot.flows.menus import HUMAN, YES
from bot.flows.rsvp import Question
from bot.messages import Button, Choice, Media, MediaKind, Say, Shape, say
from bot.translation import render, render_all
from bot.wording import INSTEAD, worded


@dataclass(frozen=True, slots=True)
class Way:
    """How one message travels.

    `can_receive`: a typed answer reaches us; where it does not, `link` stands in the text.
    `letter` tells this question's menu from others; `conversation_id` goes into every button.
    `media`: a voice note or a picture that stands in the text as an address.
    `drafts`: wordings that nobody who reads the language has checked may leave. `listens`: a voice
    note is told of before the words, which follow for who reads them.
    """

    shape: Shape
    can_receive: bool
    link: str = ""
    letter: str = ""
    conversation_id: int | None = None
    media: Media | None = None
    drafts: bool = True
    listens: bool = False


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
    """A message in words. `language` is the one that was shown; `gap`: see bot.wording."""

    text: str
    language: str
    buttons: tuple[Button, ...] = ()
    gap: str = ""


def compose(
    says: Sequence[Say], language: str | None, way: Way, *, introduce: Say | None
) -> Composed:
    """Put one message together; `introduce` comes first where someone hears from us newly."""
    lines = [introduce, *says] if introduce is not None else list(says)
    if way.media is not None:
        heard = way.listens and way.media.kind is MediaKind.VOICE
        lines.insert(len(lines) - len(says) if heard else len(lines), _where(way.media))
    told = worded(lines, language, drafts=way.drafts)
    shown = Composed(told.text, told.language, gap=told.gap)
    asking = next((one for one in reversed(says) if one.choices), None)
    choices = _offered(asking, told.gap)
    if not way.can_receive:
        tail = render(say("To answer or stop: {link}", link=way.link), told.labels)
        return replace(shown, text=f"{told.text}\n{tail}")
    if asking is None or not choices:
        return shown
    buttons = _buttons(choices, asking.question, told.labels, way)
    if len(buttons) <= way.shape.buttons and _legible(buttons, way):
        return replace(shown, buttons=buttons)
    menu = _menu(choices, told.labels, way.letter)
    return replace(shown, text=f"{told.text}\n{menu}") if menu else shown


def compose_beside(
    media: Media, says: Sequence[Say], language: str | None, way: Way, *, introduce: Say | None
) -> tuple[Composed, Media | None]:
    """Put a message together that a voice note or a picture belongs to; give what travels with it.

    It is one message wherever the channel can show both; else its address stands in the text, also
    where a voice note follows. Behind a private link it needs neither: its page shows it.
    """
    captions, told = way.shape.captions, replace(way, media=media)
    if not way.can_receive:
        return compose(says, language, way, introduce=introduce), None
    if captions is None:
        return compose(says, language, told, introduce=introduce), None
    if media.kind is MediaKind.VOICE and not captions.voice:
        return compose(says, language, told, introduce=introduce), media
    taps = way.shape.buttons if captions.buttons else 0
    beneath = replace(way, shape=replace(way.shape, buttons=taps))
    whole = compose(says, language, beneath, introduce=introduce)
    if _units(whole.text) <= captions.longest:
        return whole, media
    return compose(says, language, told, introduce=introduce), None


def compose_together(
    parts: Sequence[Part], language: str | None, way: Way, *, introduce: Say | None
) -> Composed:
    """Put several questions into one message, each with its own way to answer."""
    whole = worded([said for one in parts for said in one.says], language, drafts=way.drafts)
    shown, gap = whole.labels, whole.gap  # in one language: in two it would be too long
    greeting = render_all([*([introduce] if introduce else ()), say("See you soon!")], shown)
    if not way.can_receive:
        tail = render(say("To answer or stop: {link}", link=way.link), shown)
        text = "\n".join((greeting, *(_told(one, shown) for one in parts), tail))
        return Composed(text, shown, gap=gap)
    hours = len({one.on for one in parts}) < len(parts)
    buttons = [button for one in parts for button in _named(one, shown, hours=hours)]
    if len(buttons) <= way.shape.buttons:
        text = "\n".join((greeting, *(_told(one, shown) for one in parts)))
        return Composed(text, shown, tuple(buttons), gap)
    menus = [f"{_told(one, shown)}\n{_menu(_choices(one), shown, one.letter)}" for one in parts]
    return Composed("\n".join((greeting, *menus)), shown, gap=gap)


def _where(media: Media) -> Say:
    if media.kind is MediaKind.VOICE:
        return say("Listen to us: {link}", link=media.url)
    return say("See the picture: {link}", link=media.url)


def _units(text: str) -> int:
    """How long providers count a text: in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


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


def _offered(asking: Say | None, gap: str) -> tuple[Choice, ...]:
    """The answers to show; whoever is not written to in their language is offered a call."""
    choices = asking.choices if asking else ()
    if gap in INSTEAD and choices and HUMAN not in choices:
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
    """Numbered lines; a choice whose label is its own digit, or opens with it, needs none."""
    lines = []
    for one in choices:
        label = render(one.label, language)
        if label.startswith(f"{one.key} "):
            lines.append(f"{letter}{label}")
        elif label != one.key or letter:
            lines.append(f"{letter}{one.key} {label}")
    return "\n".join(lines)
