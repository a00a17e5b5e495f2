"""The same facts for who reads little: fewer words, one idea a line, a menu of digits. Pure.

The invitation itself is easy for everyone. What comes around it is not always: a nudge that says
more than it asks, notes, words of comfort. A rendering is another choice of sayings, no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.flows.base import EventCard, Scene
from bot.messages import Choice, Param, Rendering, Say, Texts, say

SHORT_NOTE = 60  # signs; a longer one is for who reads well


def is_easy(scene: Scene) -> bool:
    """Whether only what is needed is said: when, where, what, and the question."""
    return scene.rendering != Rendering.STANDARD


def is_numbers(scene: Scene) -> bool:
    """Whether a question is its facts and a menu of digits, with no sentence around them."""
    return scene.rendering == Rendering.NUMBERS


def facts(event: EventCard) -> Say:
    """What, when and where, a line each, and nothing to understand beside them."""
    return Say("{title}\n{day}, {hour}\n{place}", params=_params(event))


def today(event: EventCard) -> Say:
    """The same on the day itself."""
    return Say("Today at {hour}\n{title}\n{place}", params=_params(event))


def tomorrow(event: EventCard) -> Say:
    """The same on the evening before."""
    return Say("Tomorrow at {hour}\n{title}\n{place}", params=_params(event))


def offered(scene: Scene, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The answers as this person reads them: "1 = Yes" where digits are read sooner than words."""
    return tuple(map(_numbered, choices)) if is_numbers(scene) else tuple(choices)


def notes(scene: Scene, event: EventCard) -> tuple[Say, ...]:
    """The practical notes; where only what is needed is said, short ones."""
    if event.notes is None or (is_easy(scene) and not _is_short(event.notes, scene)):
        return ()
    return (say("{text}", text=event.notes),)


def _params(event: EventCard) -> dict[str, Param]:
    if not event.host:
        return event.params
    met = say("{title}\n{host}", title=event.title, host=event.host)
    return {**event.params, "title": met}


def _numbered(choice: Choice) -> Choice:
    label = say("{number} = {answer}", number=choice.key, answer=choice.label)
    return Choice(choice.code, label, choice.key)


def _is_short(text: Texts, scene: Scene) -> bool:
    return len(text.in_language(scene.language or text.original)) <= SHORT_NOTE
