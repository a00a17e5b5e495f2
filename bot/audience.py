"""Audiences: which families something is for, as a filter that is kept and said in French. Pure.

All conditions of a filter narrow it; the values inside one condition widen it. An empty filter is
every family. What is asked of a child (its centre, city, group and level) is asked of one and the
same child: "CP" and "centre Nord" is a family with a child in CP in that centre.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from babel import Locale

from bot.errors import Rejected

LEVELS: Mapping[str, str] = {  # stored codes of the French school, and what staff call them
    "PS": "petite section",
    "MS": "moyenne section",
    "GS": "grande section",
    **{code: code for code in ("CP", "CE1", "CE2", "CM1", "CM2", "6e", "5e", "4e", "3e")},
    "2de": "seconde",
    "1re": "première",
    "term": "terminale",
    "other": "autre classe",
}
KINDS: Mapping[str, str] = {  # of gatherings, in the plural
    "workshop": "ateliers",
    "outing": "sorties",
    "meeting": "rencontres individuelles",
}
ANSWERS: Mapping[str, str] = {"yes": "oui", "no": "non", "maybe": "peut-être"}
MOST_TIMES = 99  # a slip of the finger beyond
LONGEST_TAG = 40


@dataclass(frozen=True, slots=True)
class Attendance:
    """How often a family came: `times` or more; 0: never, though it was invited.

    Only gatherings since `since` (None: all) and of one kind ("": any) count. "Never" asks for at
    least one past gathering that the family was invited to and where who came was noted: nobody is
    called absent because a list was not filled in.
    """

    times: int
    since: date | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a family answered about one event: any of these codes."""

    event_id: int
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that a family meets. Empty or None: not asked."""

    centres: frozenset[int] = frozenset()
    cities: frozenset[str] = frozenset()
    groups: frozenset[int] = frozenset()
    levels: frozenset[str] = frozenset()  # codes of LEVELS
    languages: frozenset[str] = frozenset()  # of any guardian; "": not known yet
    attendance: Attendance | None = None
    no_answer: int = 0  # left this many last invitations unanswered
    no_answer_to: int | None = None  # an event whose invitation they left unanswered
    answered: Answered | None = None
    tags_any: frozenset[str] = frozenset()
    tags_none: frozenset[str] = frozenset()
    families: frozenset[int] = frozenset()


EVERYBODY = Filter()


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers in a filter are called; one that is missing no longer exists."""

    centres: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)
    events: Mapping[int, str] = field(default_factory=dict)


def check_filter(wanted: Filter) -> None:
    """Raise Rejected, in French, for a filter that no family could ever meet or that is a slip."""
    unknown = sorted(wanted.levels - LEVELS.keys())
    if unknown:
        raise Rejected(f"Classe inconnue : {', '.join(unknown)}. Classes : {', '.join(LEVELS)}.")
    if not 0 <= wanted.no_answer <= MOST_TIMES:
        raise Rejected(f"Le nombre d'invitations sans réponse va de 1 à {MOST_TIMES}.")
    if wanted.attendance is not None:
        _check_attendance(wanted.attendance)
    if wanted.answered is not None:
        strange = sorted(wanted.answered.answers - ANSWERS.keys())
        if strange or not wanted.answered.answers:
            raise Rejected(f"Choisissez au moins une réponse parmi : {', '.join(ANSWERS)}.")
    both = sorted(wanted.tags_any & wanted.tags_none)
    if both:
        raise Rejected(f"Une étiquette est demandée et exclue à la fois : {', '.join(both)}.")


def _check_attendance(wanted: Attendance) -> None:
    if not 0 <= wanted.times <= MOST_TIMES:
        raise Rejected(f"Le nombre de venues va de 0 (jamais) à {MOST_TIMES}.")
    if wanted.kind and wanted.kind not in KINDS:
        raise Rejected(f"Type d'événement inconnu : {wanted.kind}. Types : {', '.join(KINDS)}.")


def tag_of(written: str) -> str:
    """A tag as it is stored: lower case, single spaces, at most 40 signs; "" for none."""
    return " ".join(written.lower().split())[:LONGEST_TAG].strip()


# -- as data --------------------------------------------------------------------------------------


def dump_filter(wanted: Filter) -> dict[str, Any]:
    """The filter as JSON; conditions that are not asked are left out."""
    return {
        one.name: _dumped(getattr(wanted, one.name))
        for one in fields(Filter)
        if getattr(wanted, one.name) != one.default
    }


def load_filter(stored: Mapping[str, Any]) -> Filter:
    """The filter that was stored.

    Raises Rejected for a condition that is not known: to pass over it would widen the audience.
    """
    strange = sorted(stored.keys() - {one.name for one in fields(Filter)})
    if strange:
        raise Rejected(
            f"Ce public contient une condition inconnue : {', '.join(strange)}. "
            "Choisissez de nouveau les familles."
        )
    try:
        wanted = Filter(**{name: _loaded(name, value) for name, value in stored.items()})
    except (TypeError, ValueError, KeyError, AttributeError) as broken:
        raise Rejected("Ce public est illisible. Choisissez de nouveau les familles.") from broken
    check_filter(wanted)
    return wanted


def _dumped(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(value)
        case Attendance(times, since, kind):
            return {"times": times, "since": since.isoformat() if since else None, "kind": kind}
        case Answered(event_id, answers):
            return {"event_id": event_id, "answers": sorted(answers)}
        case _:
            return value


def _loaded(name: str, value: Any) -> Any:
    match name:
        case "attendance":
            since = value["since"]
            return Attendance(
                _number(value["times"]), date.fromisoformat(since) if since else None, value["kind"]
            )
        case "answered":
            return Answered(_number(value["event_id"]), frozenset(value["answers"]))
        case "no_answer" | "no_answer_to":
            return _number(value)
        case "centres" | "groups" | "families":
            return frozenset(_number(one) for one in value)
        case _:
            return frozenset(_text(one) for one in value)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


# -- in words -------------------------------------------------------------------------------------


def describe(wanted: Filter, names: Names) -> tuple[str, ...]:
    """Each condition as a French phrase, in the order of the form; none: everybody."""
    return tuple(_phrases(wanted, names))


def _phrases(wanted: Filter, names: Names) -> Iterator[str]:
    if wanted.centres:
        yield f"centre : {_called(wanted.centres, names.centres, 'centre')}"
    if wanted.cities:
        yield f"ville : {_any_of(sorted(wanted.cities))}"
    if wanted.groups:
        yield f"groupe : {_called(wanted.groups, names.groups, 'groupe')}"
    if wanted.levels:
        yield f"classe : {_any_of([LEVELS[code] for code in LEVELS if code in wanted.levels])}"
    if wanted.languages:
        yield f"langue d'un parent : {_any_of(sorted(map(_language, wanted.languages)))}"
    if wanted.attendance is not None:
        yield _attendance(wanted.attendance)
    if wanted.no_answer:
        yield (
            "sans réponse à la dernière invitation"
            if wanted.no_answer == 1
            else f"sans réponse aux {wanted.no_answer} dernières invitations"
        )
    if wanted.no_answer_to is not None:
        yield f"sans réponse à {_event(wanted.no_answer_to, names)}"
    if wanted.answered is not None:
        said = _any_of([ANSWERS[code] for code in ANSWERS if code in wanted.answered.answers])
        yield f"réponse {said} à {_event(wanted.answered.event_id, names)}"
    if wanted.tags_any:
        yield f"étiquette : {_any_of(sorted(wanted.tags_any))}"
    if wanted.tags_none:
        yield f"sans l'étiquette : {_any_of(sorted(wanted.tags_none))}"
    if wanted.families:
        count = len(wanted.families)
        yield f"{count} famille choisie" if count == 1 else f"parmi {count} familles choisies"


def _attendance(wanted: Attendance) -> str:
    kind = f" ({KINDS[wanted.kind]})" if wanted.kind else ""
    since = f" depuis le {wanted.since:%d/%m/%Y}" if wanted.since else ""
    if wanted.times == 0:
        return f"invitée et jamais venue{kind}{since}"
    return f"venue au moins {wanted.times} fois{kind}{since}"


def _event(event_id: int, names: Names) -> str:
    title = names.events.get(event_id)
    return f"« {title} »" if title else f"l'événement {event_id}"


def _called(ids: Collection[int], names: Mapping[int, str], noun: str) -> str:
    return _any_of(sorted(names.get(one, f"{noun} {one}, disparu") for one in ids))


def _any_of(words: Collection[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} ou {last}" if first else last


def _language(code: str) -> str:
    return Locale("fr").languages.get(code, code) if code else "pas encore connue"
