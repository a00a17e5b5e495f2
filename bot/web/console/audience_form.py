"""The fields that choose families, in any form: what may be chosen, what was typed, what it means.

Every field is named `audience_...`, so that it stands beside the fields of another form. A kept
audience (a segment) is chosen in place of conditions, never beside them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row
from starlette.datastructures import FormData

from bot.audience import (
    ANSWERS,
    KINDS,
    LEVELS,
    MOST_TIMES,
    Answered,
    Attendance,
    Filter,
    Names,
    check_filter,
    describe,
)
from bot.errors import Rejected
from bot.segments import Author, Segment, segments
from bot.storage import audience as stored
from bot.storage.console.centres import centres_seen
from bot.storage.console.families import families_called
from bot.web.console.event_form import read_day
from bot.web.console.pages import called, language_name, translated
from bot.web.console.visit import Visit, texts
from bot.web.console.words import word

LEADERS = frozenset({"director", "admin"})
NEVER = "never"  # of coming; of a language: not known yet
SEVERAL = (  # fields with any number of ticks
    *("centres", "cities", "groups", "levels", "languages", "answers", "tags_any", "tags_none"),
)
SINGLE = (
    *("segment", "came", "since", "kind", "no_answer", "no_answer_to", "answered_to", "families"),
)
FIELDS = (*SEVERAL, *SINGLE)
LABELS: Mapping[str, str] = {  # what the summary of errors calls each field
    "centres": word("Centres"),
    "cities": word("Cities"),
    "groups": word("Groups"),
    "levels": word("School levels"),
    "languages": word("Languages of the guardians"),
    "came": word("How often they came"),
    "since": word("Since"),
    "kind": word("Kind of event"),
    "no_answer": word("Invitations left unanswered, the last ones"),
    "no_answer_to": word("No answer to"),
    "answered_to": word("Answer to"),
    "answers": word("Their answer"),
    "tags_any": word("With one of these tags"),
    "tags_none": word("Without these tags"),
    "families": word("Only these families"),
    "segment": word("Saved audience"),
}

TIMES = (1, 2, 3, 4, 5, 10)

Typed = Mapping[str, tuple[str, ...]]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the reader may choose from: by field, codes and what they are called."""

    pairs: Mapping[str, Pairs]
    segments: tuple[Segment, ...]
    several: bool  # centres

    def allows(self, name: str, values: Collection[str]) -> bool:
        """Whether a field may send these values."""
        return set(values) <= {code for code, _ in self.pairs[name]}


@dataclass(frozen=True, slots=True)
class AudienceForm:
    """What was typed; and by field what is wrong, in the source language.

    `unknown` are the references of families that the reader may not see or that left.
    """

    typed: Typed
    wrong: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def asks(self) -> bool:
        """Whether anything is chosen."""
        return any(self.typed.values())


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that was chosen, as it was typed, and what it says in French."""

    filter: Filter
    typed: Typed
    phrases: tuple[str, ...]
    segment: Segment | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is chosen; without it, it is everybody."""
        return self.filter != Filter()


EMPTY = AudienceForm(dict.fromkeys(FIELDS, ()))


def author_of(visit: Visit) -> Author:
    """Who keeps segments."""
    return Author(visit.centre_id, visit.staff.role in LEADERS)


def load_choices(db: Connection, visit: Visit) -> Choices:
    """What this reader may choose from."""
    within = visit.centre_id
    several = within is None
    centres = centres_seen(db, within)
    cities = stored.cities_seen(db, within)
    tags = tuple((tag, tag) for tag in stored.tags_seen(db, within))
    coming = tuple((str(one.id), _event(one, several)) for one in stored.events_seen(db, within))
    kept = segments(db, author_of(visit))
    return Choices(
        {
            "segment": tuple((str(one.id), segment_name(one)) for one in kept),
            "centres": tuple((str(one.id), one.name) for one in centres),
            "cities": tuple((one, one) for one in cities),
            "groups": tuple(
                (str(one.id), f"{one.name} ({one.centre})" if several else one.name)
                for one in stored.groups_seen(db, within)
            ),
            "levels": tuple(LEVELS.items()),
            "languages": tuple(
                (code or NEVER, language_name(code) or translated(word("not known")))
                for code in stored.languages_seen(db, within)
            ),
            "came": (
                (NEVER, translated(word("Never, though they were invited"))),
                *(
                    (str(n), translated(word("{n} times or more")).format(n=n))
                    if n > 1
                    else (str(n), translated(word("Once or more")))
                    for n in TIMES
                ),
            ),
            "kind": tuple((code, called(code, "kind")) for code in KINDS),
            "no_answer_to": coming,
            "answered_to": coming,
            "answers": tuple((code, called(code, "reply")) for code in ANSWERS),
            "tags_any": tags,
            "tags_none": tags,
        },
        kept,
        several,
    )


def segment_name(segment: Segment) -> str:
    """A kept audience's name, and whose it is where it is not the reader's centre's alone."""
    whose = segment.centre or translated(word("whole network"))
    return f"{segment.name} ({whose})"


def typed_audience(form: FormData) -> Typed:
    """The fields of the audience as they were sent."""
    return {
        name: tuple(value.strip() for value in texts(form, f"audience_{name}") if value.strip())
        for name in FIELDS
    }


def read_audience(
    db: Connection, visit: Visit, typed: Typed, choices: Choices
) -> Chosen | AudienceForm:
    """The filter that was chosen, or the fields to show again with what is wrong."""
    if typed["segment"]:
        return _segment(db, typed, choices)
    wrong: dict[str, str] = {}
    for name in (*SEVERAL, "no_answer_to", "answered_to"):
        if not choices.allows(name, typed[name]):
            wrong[name] = word("This is not to be chosen any more. Choose again.")
    references = tuple(re.findall(r"[^\s,;]+", " ".join(typed["families"])))
    known = families_called(db, visit.centre_id, references) if references else {}
    unknown = tuple(one for one in references if one.lower() not in known)
    if unknown:
        wrong["families"] = word("No family has this reference:")
    attendance = _attendance(typed, wrong)
    no_answer = _number(_one(typed, "no_answer"))
    if typed["no_answer"] and not no_answer:
        wrong["no_answer"] = word("Give a number of 1 or more, or leave this empty.")
    if typed["answers"] and not typed["answered_to"]:
        wrong["answered_to"] = word("Say to which event.")
    if typed["answered_to"] and not typed["answers"]:
        wrong["answers"] = word("Say which answers.")
    if wrong:
        return AudienceForm(typed, wrong, unknown)
    wanted = Filter(
        centres=frozenset(map(int, typed["centres"])),
        cities=frozenset(typed["cities"]),
        groups=frozenset(map(int, typed["groups"])),
        levels=frozenset(typed["levels"]),
        languages=frozenset("" if one == NEVER else one for one in typed["languages"]),
        attendance=attendance,
        no_answer=no_answer or 0,
        no_answer_to=_number(_one(typed, "no_answer_to")),
        answered=Answered(int(_one(typed, "answered_to")), frozenset(typed["answers"]))
        if typed["answers"]
        else None,
        tags_any=frozenset(typed["tags_any"]),
        tags_none=frozenset(typed["tags_none"]),
        families=frozenset(known.values()),
    )
    return _chosen(db, wanted, typed)


def typed_of(wanted: Filter, references: Sequence[str] = ()) -> Typed:
    """The fields as they would be filled in for a filter; `references` name its families."""
    attendance, answered = wanted.attendance, wanted.answered
    filled: dict[str, Sequence[str]] = {
        "centres": [str(one) for one in sorted(wanted.centres)],
        "cities": sorted(wanted.cities),
        "groups": [str(one) for one in sorted(wanted.groups)],
        "levels": [code for code in LEVELS if code in wanted.levels],
        "languages": [one or NEVER for one in sorted(wanted.languages)],
        "tags_any": sorted(wanted.tags_any),
        "tags_none": sorted(wanted.tags_none),
        "families": [", ".join(references)] if references else [],
        "no_answer": [str(wanted.no_answer)] if wanted.no_answer else [],
        "no_answer_to": [str(wanted.no_answer_to)] if wanted.no_answer_to else [],
    }
    if attendance is not None:
        filled["came"] = [str(attendance.times) if attendance.times else NEVER]
        filled["since"] = [attendance.since.isoformat()] if attendance.since else []
        filled["kind"] = [attendance.kind] if attendance.kind else []
    if answered is not None:
        filled["answered_to"] = [str(answered.event_id)]
        filled["answers"] = sorted(answered.answers)
    return {name: tuple(filled.get(name, ())) for name in FIELDS}


def around(wanted: Filter, centre_id: int) -> Filter:
    """The filter of something that happens in a centre: its families, unless others are chosen."""
    elsewhere = wanted.centres or wanted.cities or wanted.groups
    return wanted if elsewhere else replace(wanted, centres=frozenset({centre_id}))


def chosen_segment(db: Connection, segment: Segment) -> Chosen:
    """A kept audience, as if it had just been chosen."""
    typed = dict(EMPTY.typed) | {"segment": (str(segment.id),)}
    names = stored.names_in(db, segment.filter)
    return Chosen(segment.filter, typed, describe(segment.filter, names), segment)


def _segment(db: Connection, typed: Typed, choices: Choices) -> Chosen | AudienceForm:
    if any(typed[name] for name in FIELDS if name != "segment"):
        text = word("Choose a saved audience or conditions, not both.")
        return AudienceForm(typed, {"segment": text})
    known = {str(one.id): one for one in choices.segments}
    segment = known.get(_one(typed, "segment"))
    if segment is None:
        return AudienceForm(
            typed, {"segment": word("This is not to be chosen any more. Choose again.")}
        )
    if segment.unread:
        return AudienceForm(typed, refusal=segment.unread)
    return chosen_segment(db, segment)


def _chosen(db: Connection, wanted: Filter, typed: Typed) -> Chosen | AudienceForm:
    try:
        check_filter(wanted)
    except Rejected as refusal:
        return AudienceForm(typed, refusal=str(refusal))
    names = stored.names_in(db, wanted) if wanted != Filter() else Names()
    return Chosen(wanted, typed, describe(wanted, names))


def _attendance(typed: Typed, wrong: dict[str, str]) -> Attendance | None:
    came, kind, since = _one(typed, "came"), _one(typed, "kind"), _day(typed, wrong)
    times = 0 if came == NEVER else _number(came)
    if came and (times is None or times > MOST_TIMES):
        wrong["came"] = word("This is not to be chosen any more. Choose again.")
    if kind and kind not in KINDS:
        wrong["kind"] = word("Choose a kind.")
    if (kind or typed["since"]) and not came:
        wrong["came"] = word("Say how often they came.")
    return None if times is None or not came else Attendance(times, since, kind)


def _day(typed: Typed, wrong: dict[str, str]) -> date | None:
    written = _one(typed, "since")
    since = read_day(written) if written else None
    if written and since is None:
        wrong["since"] = word("Give the day, for example 25/11/2026.")
    return since


def _one(typed: Typed, name: str) -> str:
    return typed[name][0] if typed[name] else ""


def _number(written: str) -> int | None:
    """A whole number of 1 or more; None for anything else."""
    fits = written.isascii() and written.isdigit() and len(written) < 10
    return int(written) or None if fits else None


def _event(row: Row[Any], several: bool) -> str:
    return f"{row.on:%d/%m/%Y} {row.title}" + (f" ({row.centre})" if several else "")
