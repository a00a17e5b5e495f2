"""Words for parents on the pages that write them: what is seen in them, and how they are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.campaigns import NewCampaign
from bot.composing import Way, compose, segments
from bot.deployment import Deployment
from bot.events import NewEvent
from bot.flows import notices, rsvp
from bot.flows.base import EventCard, EventStatus, Scene
from bot.flows.menus import LANGUAGES
from bot.lint import Finding, blocks, lint_message, lint_words
from bot.messages import ChannelName, Rendering, Say, Shape, Texts
from bot.showing import SHOWN_LINK, Shown
from bot.translation import render

BLOCKED = "Des mots sont à changer. Sous chaque texte, lisez ce qu'il faut écrire."

Findings = Mapping[str, tuple[Finding, ...]]
"""What was seen, by the name of the field."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message about an event as some people will read it, by SMS."""

    step: str
    language: str
    rendering: str
    text: str
    segments: int
    findings: tuple[Finding, ...]


def look_over(
    typed: Mapping[str, str],
    parts: Sequence[str],
    names: Collection[str],
    standing: Mapping[str, str] | None = None,
) -> Findings:
    """What is seen in the fields of words: `parts` of each language.

    `standing`: the words as they are stored; those that stay were looked at before.
    """
    before = standing or {}
    fields = ((f"{part}_{language}", language) for language in LANGUAGES for part in parts)
    found = {
        field: lint_words(typed[field], language, where=field, names=names)
        for field, language in fields
        if typed[field] and typed[field] != before.get(field)
    }
    return {field: seen for field, seen in found.items() if seen}


def must_change(findings: Findings) -> bool:
    """Whether the words cannot be saved as they are."""
    return blocks(one for seen in findings.values() for one in seen)


def announced(new: NewCampaign, messages: Iterable[Shown]) -> Mapping[Shown, tuple[Finding, ...]]:
    """What is seen in each first message of an announcement: nobody can answer it by a digit."""
    if new.kind != "announcement":
        return {}
    return {
        one: lint_message(
            one.text,
            one.language,
            asks=False,
            sms=one.text if one.channel == ChannelName.SMS else "",
        )
        for one in messages
    }


def invitations(deployment: Deployment, centre: str, new: NewEvent) -> tuple[Spoken, ...]:
    """What an event will say: its invitation in each language that was written, and to who reads
    digits; its reminder, and to who reads little."""
    notes = {one: each.notes for one, each in new.wordings.items() if each.notes}
    event = EventCard(
        id=0,
        kind=new.kind,
        title=Texts(new.original, {one: each.title for one, each in new.wordings.items()}),
        notes=Texts(new.original, notes) if new.original in notes else None,
        place=new.place,
        on=new.on,
        at=new.at,
        status=EventStatus.UPCOMING,
    )
    scene = Scene(deployment.association, centre, event=event)
    coming = replace(scene, event=replace(event, rsvp="yes"))
    read: list[Spoken] = []
    for language in new.wordings:
        for rendering in (Rendering.STANDARD, Rendering.NUMBERS):
            told = replace(scene, language=language, rendering=rendering)
            says = rsvp.open_rsvp(told).says
            read.append(_spoken(deployment, "invitation", language, rendering, says))
        for rendering in (Rendering.STANDARD, Rendering.EASY):
            told = replace(coming, language=language, rendering=rendering)
            says = notices.reminder(told)
            read.append(_spoken(deployment, "reminder", language, rendering, says))
    return tuple(read)


def _spoken(
    deployment: Deployment, step: str, language: str, rendering: Rendering, says: Sequence[Say]
) -> Spoken:
    way = Way(Shape(), deployment.sms_can_receive, SHOWN_LINK)
    composed = compose(says, language, way, introduce=None)
    labels = [render(one.label, composed.language) for said in says for one in said.choices]
    seen = lint_message(composed.text, composed.language, labels=labels)
    return Spoken(step, language, rendering, composed.text, segments(composed.text), seen)
