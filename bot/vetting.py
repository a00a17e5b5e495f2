"""What the team writes for parents, looked over before it is kept: the same for every way in.

    titles, notes, messages --> look_over --> findings by field: "title_fr", "notes_ar", "body_tr"
    what they make of it    --> would_say, heard  --> findings by message

Each text goes through the linter, each translation beside its original through the invariants.
Whoever keeps words asks `must_change` first; what only warns is shown beside the text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bot.composing import Composed, Way, compose, segments
from bot.deployment import Deployment
from bot.events import NewEvent
from bot.flows import notices, rsvp
from bot.flows.base import EventCard, EventStatus, Scene
from bot.invariants import Kind
from bot.languages import FALLBACK
from bot.lint import Finding, Level, blocks, lint_message, lint_words
from bot.messages import ChannelName, Rendering, Say, Shape, Texts
from bot.own_words import LONGEST_MORE, NOTHING_BELOW, Words, remarks
from bot.showing import SHOWN_LINK, Shown
from bot.storage.console.centres import centre_row, unspoken_names
from bot.translation import french_name, render

BLOCKED = "Des mots sont à changer. Sous chaque texte, lisez ce qu'il faut écrire."
UNTRANSLATED = (
    "la suite du titre n'est pas traduite. Ces familles la liront dans la langue de l'original."
)
LEFT_BEHIND = "l'original a changé, pas cette traduction : ces familles recevront l'original."

SHORTEST = "x" * 16  # as short as a title that says something can be

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
    db: Connection,
    centre_id: int | None,
    words: Mapping[str, Words],
    more: str,
    *,
    original: str = FALLBACK,
    place: str = "",
    standing: Mapping[str, Words] | None = None,
) -> Findings:
    """What is seen in words by language, for families of a centre (None: of several).

    `more` names what stands below the title: notes or body. `place` and the centre are called the
    same in all languages. `standing`: the words as they are stored, see `vet`.
    """
    centre = centre_row(db, centre_id) if centre_id is not None else None
    fixed = (place, centre.name if centre is not None else "")
    return vet(
        words,
        more,
        original=original,
        children=unspoken_names(db, centre_id),
        fixed=tuple(one for one in fixed if one),
        standing=standing,
    )


def vet(
    words: Mapping[str, Words],
    more: str,
    *,
    original: str = FALLBACK,
    children: Collection[str] = (),
    fixed: tuple[str, ...] = (),
    standing: Mapping[str, Words] | None = None,
) -> Findings:
    """The same without a database: `children` are not to be named, `fixed` is never translated.

    Words that stay as they stand were looked at before; of a translation whose original changes
    it is only said what no longer fits, for it is a draft again.
    """
    before = standing or {}
    whole = words.get(original)
    found: dict[str, list[Finding]] = {}
    for language, own in words.items():
        was = before.get(language)
        parts = (("title", own.title, was and was.title), (more, own.more, was and was.more))
        for part, text, old in parts:
            if text and text != old:
                field = f"{part}_{language}"
                seen = lint_words(text, language, where=field, names=children)
                found.setdefault(field, []).extend(seen)
        if whole is None or language == original or (own == was and whole == before.get(original)):
            continue
        for one in _beside(whole, own, language, original, more, fixed, changed=own != was):
            found.setdefault(one.where, []).append(one)
    return {field: tuple(dict.fromkeys(seen)) for field, seen in found.items() if seen}


def must_change(findings: Findings) -> bool:
    """Whether the words cannot be saved as they are."""
    return blocks(every(findings))


def every(findings: Findings) -> Iterator[Finding]:
    """All that was seen, field by field."""
    return (one for seen in findings.values() for one in seen)


def _beside(
    whole: Words,
    own: Words,
    language: str,
    original: str,
    more: str,
    fixed: tuple[str, ...],
    *,
    changed: bool,
) -> Iterator[Finding]:
    """What a translation says that the original does not, and the other way round."""
    name = french_name(language)
    below = f"{more}_{language}"
    if own.more and not whole.more:
        yield Finding(Level.BLOCK, "differs", below, f"{name} : {NOTHING_BELOW}")
        own = Words(own.title)
    elif whole.more and not own.more:
        yield Finding(Level.WARN, "untranslated", below, f"{name} : {UNTRANSLATED}")
        whole = Words(whole.title)
    longest = LONGEST_MORE["event" if more == "notes" else "campaign"]
    for one in remarks(whole, own, language, original, fixed, longest):
        if one.difference.kind is Kind.EMPTY:
            continue  # the form asks for the title itself
        field = below if one.field == "more" else f"title_{language}"
        advice = f"{name} : {one.words}"
        if not changed and one.difference.grave:
            advice = f"{advice} {name} : {LEFT_BEHIND}"
        level = Level.BLOCK if one.difference.grave and changed else Level.WARN
        yield Finding(level, f"differs_{one.difference.kind}", field, advice)


# -- whole messages -------------------------------------------------------------------------------


def heard(
    messages: Iterable[Shown], *, asks: bool | None = None
) -> Mapping[Shown, tuple[Finding, ...]]:
    """What is seen in each first message of a campaign. `asks`: False for an announcement, which
    nobody can answer by a digit."""
    return {
        one: lint_message(
            one.text,
            one.language,
            asks=asks,
            sms=one.text if one.channel == ChannelName.SMS else "",
        )
        for one in messages
    }


def would_say(deployment: Deployment, centre: str, new: NewEvent) -> tuple[Spoken, ...]:
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
            read.append(_spoken(deployment, "invitation", told, _invited))
        for rendering in (Rendering.STANDARD, Rendering.EASY):
            told = replace(coming, language=language, rendering=rendering)
            read.append(_spoken(deployment, "reminder", told, notices.reminder))
    return tuple(read)


def _invited(scene: Scene) -> tuple[Say, ...]:
    return rsvp.open_rsvp(scene).says


def _spoken(
    deployment: Deployment, step: str, scene: Scene, says_of: Callable[[Scene], Sequence[Say]]
) -> Spoken:
    """One message; what would be seen without any words of the team is not theirs to change."""
    told, seen = _looked_at(deployment, scene, says_of(scene))
    _, ours = _looked_at(deployment, scene, says_of(_bare(scene)))
    codes = {one.code for one in ours}
    theirs = tuple(one for one in seen if one.code not in codes)
    language = scene.language or told.language
    return Spoken(step, language, scene.rendering, told.text, segments(told.text), theirs)


def _bare(scene: Scene) -> Scene:
    """The same with the shortest title that there can be, and nothing below it."""
    assert scene.event is not None, "a message of an event is about one"
    return replace(
        scene, event=replace(scene.event, title=Texts(FALLBACK, {FALLBACK: SHORTEST}), notes=None)
    )


def _looked_at(
    deployment: Deployment, scene: Scene, says: Sequence[Say]
) -> tuple[Composed, tuple[Finding, ...]]:
    way = Way(Shape(), deployment.sms_can_receive, SHOWN_LINK)
    composed = compose(says, scene.language, way, introduce=None)
    labels = [render(one.label, composed.language) for said in says for one in said.choices]
    return composed, lint_message(composed.text, composed.language, labels=labels)
