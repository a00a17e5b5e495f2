"""What keeps families from coming: counts by kind of event, who may read them, what to try. Pure.

An answer belongs to one family and one event. A line with fewer than MIN_FAMILIES families is not
shown, whatever was answered. `other` and `skip` suggest nothing; neither does health, which is
nobody's business but the family's.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.indicators.tables import HIDDEN, spreadsheet_safe

MIN_FAMILIES = 5
MOST_SUGGESTIONS = 2
LEAST_SHARE = 4  # a suggestion follows from at least one answer in so many

LABELS: Mapping[str, str] = {  # codes are stored with the answers: see bot/flows/barrier.py
    "time": "L'heure ou le jour",
    "work": "Le travail",
    "transport": "Le transport",
    "little_ones": "Les petits enfants",
    "health": "La santé",
    "unclear_message": "Le message n'est pas compris",
    "other": "Autre chose",
}

KINDS: Mapping[str, str] = {
    "workshop": "Atelier",
    "outing": "Sortie",
    "meeting": "Rencontre individuelle",
}

SUGGESTIONS: Mapping[str, str] = {
    "time": "L'heure ou le jour ne convient pas à plusieurs familles : essayez un autre créneau.",
    "work": "Plusieurs familles travaillent à ce moment : proposez le soir ou le samedi.",
    "transport": "Venir est difficile pour plusieurs familles : proposez un point de rendez-vous.",
    "little_ones": "Plusieurs familles ont des petits : dites que les petits sont les bienvenus.",
    "unclear_message": "Plusieurs familles n'ont pas compris le message : écrivez plus court.",
}

HIDDEN_LINES = f"Les lignes de moins de {MIN_FAMILIES} familles ne sont pas montrées."

FIELDS = ("centre", "kind", "code", "label", "answers", "families")
HEADINGS = ("Centre", "Activité", "Ce qui empêche", "Réponses", "Familles")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """How often one reason was given. `centre` is a name; None: all centres together."""

    centre: str | None
    kind: str
    code: str
    answers: int
    families: int

    @property
    def label(self) -> str:
        """The reason in French."""
        return LABELS[self.code]


def suggestions(kind: str, obstacles: Iterable[Obstacle]) -> tuple[str, ...]:
    """At most two sentences for whoever plans the next event of this kind, in French.

    Counts are one centre's. Only a reason that enough families gave, and a fair share of them,
    suggests anything; the most frequent comes first.
    """
    found = [one for one in obstacles if one.kind == kind]
    total = sum(one.answers for one in found)
    telling = [
        one
        for one in shown(found)
        if one.code in SUGGESTIONS and LEAST_SHARE * one.answers >= total
    ]
    telling.sort(key=lambda one: (-one.families, -one.answers, list(LABELS).index(one.code)))
    return tuple(SUGGESTIONS[one.code] for one in telling[:MOST_SUGGESTIONS])


def shown(obstacles: Iterable[Obstacle]) -> list[Obstacle]:
    """The lines that may be read; that others exist is not told either."""
    return [one for one in obstacles if one.families >= MIN_FAMILIES]


def as_table(obstacles: Iterable[Obstacle]) -> list[tuple[str, ...]]:
    """Give one row per reason under HEADINGS, without those that too few families gave."""
    return [
        (one.centre or HIDDEN, KINDS[one.kind], one.label, str(one.answers), str(one.families))
        for one in shown(obstacles)
    ]


def as_json(obstacles: Iterable[Obstacle]) -> str:
    """Give a list of objects with FIELDS as keys, without those that too few families gave."""
    records = [{name: getattr(one, name) for name in FIELDS} for one in shown(obstacles)]
    return json.dumps(records, ensure_ascii=False, indent=2) + "\n"


def as_csv(obstacles: Iterable[Obstacle]) -> str:
    """Give FIELDS, comma-separated, without the lines that too few families gave."""
    target = io.StringIO()
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(FIELDS)
    for one in shown(obstacles):
        rows.writerow([spreadsheet_safe(str(getattr(one, name) or "")) for name in FIELDS])
    return target.getvalue()
