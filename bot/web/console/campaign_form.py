"""The forms of an announcement and of a survey wave: what was typed, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.campaigns import KINDS, LONGEST_BODY, LONGEST_TITLE, NewCampaign, Wording, last_day
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.indicators.definitions import period_of, read_period
from bot.wallclock import at_wall_clock, local
from bot.web.console.event_form import ORIGINAL, read_day, read_hour
from bot.web.console.words import word

FIRST_HOUR = time(10)  # that the empty form proposes
NAMES = (
    "kind",
    "on",
    "at",
    "ends_on",
    "wave",
    *(f"{part}_{language}" for language in LANGUAGES for part in ("title", "body")),
)


@dataclass(frozen=True, slots=True)
class CampaignForm:
    """What was typed, by field; and by field what is wrong, in the source language."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str]


def empty_form(kind: str, zone: str, now: datetime) -> CampaignForm:
    """A form to begin with: tomorrow morning on the reader's wall clock."""
    today = local(now, zone).date()
    return CampaignForm(
        dict.fromkeys(NAMES, "")
        | {
            "kind": kind,
            "on": (today + timedelta(days=1)).isoformat(),
            "at": FIRST_HOUR.isoformat("minutes"),
            "wave": str(period_of(today)) if kind == "wave" else "",
        },
        {},
    )


def read_campaign(typed: Mapping[str, str], zone: str, now: datetime) -> NewCampaign | CampaignForm:
    """The campaign that was typed, still without its families; or the form to show again.

    `zone` is that of the centre that writes.
    """
    wrong: dict[str, str] = {}
    on, at = read_day(typed["on"]), read_hour(typed["at"])
    if on is None:
        wrong["on"] = word("Give the day, for example 25/11/2026.")
    if at is None:
        wrong["at"] = word("Give the hour, for example 18:30.")
    if on and at is not None and at_wall_clock(on, at, zone) <= now:
        wrong["on"] = word("This moment has passed. Choose one to come.")
    ends_on = read_day(typed["ends_on"])
    if typed["ends_on"] and ends_on is None:
        wrong["ends_on"] = word("Give the day, for example 25/11/2026.")
    elif ends_on and on and ends_on < on:
        wrong["ends_on"] = word("The last day comes before the first.")
    kind = typed["kind"] if typed["kind"] in KINDS else "announcement"
    wordings = _wordings(typed, wrong) if kind == "announcement" else {}
    wave = _wave(typed, wrong) if kind == "wave" else ""
    if wrong or on is None or at is None:
        return CampaignForm(typed, wrong)
    return NewCampaign(
        kind=kind,
        on=on,
        at=at,
        ends_on=ends_on or last_day(kind, on),
        families=(),
        wordings=wordings,
        original=ORIGINAL,
        wave=wave,
    )


def _wave(typed: Mapping[str, str], wrong: dict[str, str]) -> str:
    try:
        return str(read_period(typed["wave"]))
    except Rejected:
        wrong["wave"] = word("Write the year, then H1 or H2, for example 2026-H2.")
        return ""


def _wordings(typed: Mapping[str, str], wrong: dict[str, str]) -> dict[str, Wording]:
    wordings: dict[str, Wording] = {}
    for language in LANGUAGES:
        title, body = typed[f"title_{language}"], typed[f"body_{language}"]
        if not title and (body or language == ORIGINAL):
            wrong[f"title_{language}"] = word("The title is missing.")
        if len(title) > LONGEST_TITLE:
            wrong[f"title_{language}"] = word("The title is too long: 120 signs at most.")
        if len(body) > LONGEST_BODY:
            wrong[f"body_{language}"] = word("This is too long: 600 signs at most.")
        if title:
            wordings[language] = Wording(title, body)
    return wordings
