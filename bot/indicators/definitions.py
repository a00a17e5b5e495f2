"""What each indicator counts, in words, and over which half-year. Data only: no figure is here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.errors import Rejected

VERSION = "1"  # raised whenever a definition changes: older figures then no longer compare

ACTIVE_DAYS = 60  # enrolled that long within the half-year, first and last day included


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator. `min_n` counts families; under it, the figure stays inside the centre."""

    code: str
    label: str
    numerator: str
    denominator: str
    unit: str
    min_n: int
    source: str
    serves: str


DEFINITIONS = (
    Definition(
        "I01",
        "Familles joignables",
        "familles actives dont au moins un adulte accepte nos messages "
        "et à qui au moins un message a été remis",
        "familles actives (inscrites au moins 60 jours dans le semestre)",
        "famille",
        11,
        "inscriptions, accords des parents, accusés de réception",
        "base de tous les indicateurs",
    ),
    Definition(
        "I02",
        "Messages remis",
        "messages remis ou lus",
        "messages partis, sans les doublons ni les nouveaux essais",
        "message, groupé par famille",
        11,
        "accusés de réception",
        "base",
    ),
    Definition(
        "I05",
        "Réponse à l'invitation",
        "réponses oui, non ou peut-être avant le début",
        "invitations remises",
        "famille x séance",
        11,
        "invitations et réponses",
        "P4, mise en œuvre",
    ),
    Definition(
        "I06",
        'Présence après "oui"',
        "familles venues",
        'familles qui avaient dit "oui" et dont la présence a été notée',
        "famille x séance",
        11,
        "réponses et présences",
        "P4, mise en œuvre",
    ),
    Definition(
        "I07",
        "Participation",
        "familles actives venues à au moins une activité",
        "familles actives (inscrites au moins 60 jours dans le semestre)",
        "famille",
        11,
        "inscriptions et présences",
        "P4, mise en œuvre",
    ),
    Definition(
        "I13",
        "Satisfaction séance",
        "réponses dans les deux meilleures des quatre",
        "réponses valables, une par famille et par séance",
        "famille x séance",
        11,
        "questions après la séance",
        "qualité",
    ),
    Definition(
        "I15",
        "Aide au comportement",
        "réponses dans les deux meilleures des quatre",
        "réponses valables, une par parent, sans « je ne sais pas » ni « passer »",
        "parent, groupé par famille",
        30,
        "enquête semestrielle",
        "P1",
    ),
    Definition(
        "I16",
        "Aide à l'école",
        "réponses dans les deux meilleures des quatre",
        "réponses valables, une par parent, sans « je ne sais pas » ni « passer »",
        "parent, groupé par famille",
        30,
        "enquête semestrielle",
        "P2",
    ),
    Definition(
        "I17",
        "Aide à choisir sa vie",
        "réponses dans les deux meilleures des quatre",
        "réponses valables, une par parent, sans « je ne sais pas » ni « passer »",
        "parent, groupé par famille",
        30,
        "enquête semestrielle",
        "P3",
    ),
    Definition(
        "I18",
        "Aide à prendre son rôle éducatif",
        "réponses dans les deux meilleures des quatre",
        "réponses valables, une par parent, sans « je ne sais pas » ni « passer »",
        "parent, groupé par famille",
        30,
        "enquête semestrielle",
        "P4",
    ),
)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-year of local dates, both ends included."""

    year: int
    half: int

    def __str__(self) -> str:
        return f"{self.year}-H{self.half}"

    @property
    def start(self) -> date:
        """1 January or 1 July."""
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def end(self) -> date:
        """30 June or 31 December."""
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    def instants(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Give the first instant inside and the first one after, on the wall clock of `zone`."""
        first, after = (
            datetime.combine(day, time(), zone).astimezone(UTC)
            for day in (self.start, self.end + timedelta(days=1))
        )
        return first, after

    def has_enrolled(self, joined_on: date, left_on: date | None, *, today: date) -> bool:
        """Tell whether a family counts as active: ACTIVE_DAYS days here, up to `today`."""
        last = min(self.end, today, left_on or self.end)
        return (last - max(self.start, joined_on)).days + 1 >= ACTIVE_DAYS


def read_period(text: str) -> Period:
    """Read "2026-H2". Raises Rejected, in French, for anything else."""
    found = re.fullmatch(r"(20[0-9]{2})-H([12])", text.strip().upper())
    if found is None:
        raise Rejected(
            f"Semestre « {text} » illisible. Écrivez l'année puis H1 (janvier à juin) "
            "ou H2 (juillet à décembre), par exemple 2026-H2."
        )
    return Period(int(found[1]), int(found[2]))


def period_of(day: date) -> Period:
    """Give the half-year in which `day` lies."""
    return Period(day.year, 1 if day.month <= 6 else 2)
