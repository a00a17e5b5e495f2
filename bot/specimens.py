"""Every message to parents, filled with the longest values that life has. Pure.

Nothing here is sent: catalogs are proofread with it, by `carnet lint --catalogs` and by the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time

from bot.composing import Way, compose, introduction
from bot.flows import barrier, menus, notices, offer, preferences, rsvp, survey, wave, welcome
from bot.flows.answers import Explained, Maybe, No, Number, Unclear, Yes
from bot.flows.base import CampaignCard, EventCard, EventStatus, Scene
from bot.messages import Choice, Rendering, Say, Shape, Texts
from bot.translation import render, render_all

LINK = "https://carnet.example.org/r/Ab3dEf7hJk"
EVENT = EventCard(
    id=1,
    kind="workshop",
    title=Texts("fr", {"fr": "Lire et rire en famille le soir"[:30]}),
    notes=None,
    place="Maison de quartier des Sources",
    on=date(2026, 9, 23),  # "mercredi 23 septembre": the longest day of the year
    at=time(18, 30),
    status=EventStatus.UPCOMING,
)
SCENE = Scene("Ma Chance Moi Aussi", "Centre social du Vieux Port"[:25], event=EVENT, language="fr")
OVER = replace(SCENE, event=replace(EVENT, status=EventStatus.OVER))
FULL = replace(SCENE, event=replace(EVENT, free=0))
WAITING = replace(SCENE, event=replace(EVENT, free=5, rsvp="yes", party=5, offered=5))
GROWN = replace(SCENE, event=replace(EVENT, free=5, rsvp="yes", party=5, seat="held"))
MAYBE = replace(SCENE, event=replace(EVENT, rsvp="maybe"))
WAVE = CampaignCard(
    id=1,
    kind="wave",
    title=Texts("fr", {"fr": "Votre avis"}),
    body=None,
    on=date(2026, 9, 23),
    status=EventStatus.UPCOMING,
)
ASKED = replace(SCENE, event=None, campaign=WAVE)
MEETING = replace(SCENE, event=replace(EVENT, kind="meeting"))
EASY = replace(SCENE, rendering=Rendering.EASY)
NUMBERS = replace(SCENE, rendering=Rendering.NUMBERS)

SAYINGS: Mapping[str, tuple[Say, ...]] = {
    "invitation": rsvp.open_rsvp(SCENE).says,
    "invitation with children": rsvp.open_rsvp(
        replace(SCENE, children=("Youssef", "Mariama"))
    ).says,
    "invitation to meet": rsvp.open_rsvp(MEETING).says,
    "invitation in numbers": rsvp.open_rsvp(NUMBERS).says,
    "easy nudge": notices.nudge(EASY),
    "easy reminder": notices.reminder(EASY),
    "reminder in numbers": notices.reminder(NUMBERS),
    "easy morning": notices.morning(EASY),
    "easy evening before": notices.eve(EASY),
    "nudge": notices.nudge(SCENE),
    "reminder": notices.reminder(SCENE),
    "reminder after maybe": notices.reminder(MAYBE),
    "morning": notices.morning(SCENE),
    "evening before": notices.eve(MAYBE),
    "moved": notices.moved(SCENE),
    "new place": notices.new_place(SCENE),
    "moved elsewhere": notices.moved_elsewhere(SCENE),
    "new hour": notices.new_hour(SCENE),
    "new hour elsewhere": notices.new_hour_elsewhere(SCENE),
    "now comes": notices.now_comes(SCENE),
    "now declines": notices.now_declines(SCENE),
    "cancelled": notices.cancelled(SCENE),
    "adults": rsvp.advance(rsvp.Rsvp(), Yes(), SCENE).says,
    "children": rsvp.advance(rsvp.Rsvp(rsvp.Question.ADULTS), Number(2), SCENE).says,
    "noted": rsvp.advance(rsvp.Rsvp(), Yes(2, 3, None), SCENE).says,
    "noted maybe": rsvp.advance(rsvp.Rsvp(), Maybe(), SCENE).says,
    "no, and why": (
        *rsvp.advance(rsvp.Rsvp(), No(), SCENE).says,
        *barrier.open_barrier(SCENE).says,
    ),
    "absent, and why": barrier.open_barrier(OVER).says,
    "why, explained": barrier.advance(barrier.Barrier(), Explained(), SCENE).says,
    "why, not understood": barrier.advance(barrier.Barrier(), Number(6), SCENE).says,
    "waiting list": rsvp.advance(rsvp.Rsvp(), Yes(2, 3, None), FULL).says,
    "not enough room": rsvp.advance(rsvp.Rsvp(), Yes(2, 5, None), GROWN).says,
    "offer": offer.open_offer(WAITING).says,
    "offer, too late": offer.advance(offer.Offer(), Yes(), FULL).says,
    "unclear": rsvp.advance(rsvp.Rsvp(), Unclear(), SCENE).says,
    "survey, may we": survey.open_survey(SCENE).says,
    "survey": survey.open_survey(replace(SCENE, surveys=True)).says,
    "survey, again": survey.advance(survey.Survey(), Number(3), SCENE).says,
    "wave, may we": wave.open_wave(ASKED).says,
    "wave": wave.open_wave(replace(ASKED, surveys=True)).says,
    "wave, again": wave.again(replace(ASKED, surveys=True)),
    **{f"wave, {one}": (wave.ask(wave.Wave(one), ASKED),) for one in wave.STATEMENTS},
    "welcome": welcome.open_welcome(SCENE).says,
    "welcome, surveys": welcome.advance(welcome.Welcome(), Yes(), SCENE).says,
    "welcome refused": welcome.advance(welcome.Welcome(), No(), SCENE).says,
    "welcome over": welcome.advance(welcome.Welcome(welcome.Question.SURVEYS), Yes(), SCENE).says,
    "preferences": preferences.open_preferences(SCENE).says,
    "how they read": (
        preferences.ask(preferences.Preferences(preferences.Question.RENDERING), SCENE),
    ),
    **{f"read, {one or 'standard'}": preferences.reading(one) for one in Rendering},
    "telegram link": notices.telegram_link("https://t.me/carnet_bot?start=Ab3dEf7hJkLm9nOp2qRs4t"),
    "introduction": (introduction(SCENE.association, can_receive=True),),
    "stopped": (preferences.stopped(),),
    "resumed": (preferences.resumed(),),
    "paused": (preferences.paused(preferences.PAUSE_DAYS),),
}

MENUS: Mapping[str, tuple[Choice, ...]] = {
    "yes or no": menus.YES_NO_MAYBE,
    "cannot come": (menus.CANNOT_COME, menus.HUMAN, menus.SKIP),
    "offer": (offer.TAKE, offer.LEAVE),
    "satisfaction": survey.SATISFACTION,
    "agreement": wave.AGREEMENT,
    "reasons": (*barrier.REASONS, menus.SKIP),
    "preferences": preferences.MENU,
    "how they read": preferences.HOW,
}


def messages(language: str, *, typed: bool) -> dict[str, str]:
    """Every saying as an SMS: with its numbered menu, or with the link where we cannot receive."""
    way = Way(Shape(), can_receive=typed, link="" if typed else LINK)
    return {
        name: compose(says, language, way, introduce=None).text for name, says in SAYINGS.items()
    }


@dataclass(frozen=True, slots=True)
class Specimen:
    """One message in one language: its own words, its answers, and the SMS that they make."""

    name: str
    text: str
    labels: tuple[str, ...]
    sms: str


def specimens(language: str) -> tuple[Specimen, ...]:
    """Every message of a language; its SMS holds the French that stands under a draft, too."""
    typed = messages(language, typed=True)
    return tuple(
        Specimen(
            name,
            render_all(says, language),
            tuple(render(choice.label, language) for one in says for choice in one.choices),
            typed[name],
        )
        for name, says in SAYINGS.items()
    )
