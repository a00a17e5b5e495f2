"""Every WhatsApp template that outreach can need: what its steps say to invented families. Pure.

The words come from the very functions that outreach uses, so that what is approved and what is sent
cannot drift apart; a sample family, event and campaign stand in for what varies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time, timedelta

from bot.flows.base import CampaignCard, EventCard, EventStatus, Scene, SlotCard
from bot.flows.rsvp import MAX_PARTY, MEETING
from bot.flows.wave import STATEMENTS
from bot.messages import Say, Texts
from bot.outreach import FLOW_OF_STEP, NOTICE_OF_STEP, says_now
from bot.templates import Draft, draft_of
from bot.translation import catalog_languages, readable

STEPS = tuple(dict.fromkeys((*FLOW_OF_STEP, *NOTICE_OF_STEP)))

WITHOUT: Mapping[str, str] = {
    "slots": "choices_vary",
    "slots_nudge": "choices_vary",
    "slots_again": "choices_vary",
    "announcement": "own_words",
}
"""Steps that no template can carry, and why: another channel does, or an open conversation."""

ON = date(2027, 1, 16)  # a Saturday: the longest day of the week in most languages
TITLE = Texts(
    "fr",
    {
        "fr": "Atelier cuisine",
        "ar": "ورشة الطبخ",
        "en": "Cooking workshop",
        "pt": "Oficina de cozinha",
        "ro": "Atelier de gătit",
        "tr": "Yemek atölyesi",
    },
)
EVENT = EventCard(
    id=0,
    kind="workshop",
    title=TITLE,
    notes=None,
    place="Maison de quartier",
    on=ON,
    at=time(14, 30),
    status=EventStatus.UPCOMING,
)
HOST = "Mme Roy"
MOMENT = SlotCard(id=0, on=ON, at=EVENT.at, minutes=30)
ROUND = CampaignCard(
    id=0,
    kind="meetings",
    title=TITLE,
    body=None,
    on=ON,
    status=EventStatus.UPCOMING,
    host=HOST,
    place=EVENT.place,
)
WAVE = CampaignCard(id=0, kind="wave", title=TITLE, body=None, on=ON, status=EventStatus.UPCOMING)


def drafts(association: str) -> tuple[Draft, ...]:
    """One draft for each thing that a step can say, in each language that parents read."""
    found: dict[tuple[str, str], Draft] = {}
    for step in STEPS:
        if step not in WITHOUT:
            for language, says in _spoken(step, association):
                draft = draft_of(step, says, language, association)
                found.setdefault((draft.signature, language), draft)
    return tuple(found.values())


def _spoken(step: str, association: str) -> Iterator[tuple[str, tuple[Say, ...]]]:
    for language in catalog_languages():
        for scene, on in _occasions(step, association, language):
            yield readable(scene.language), says_now(step, scene, on=on)


def _occasions(step: str, association: str, language: str) -> Iterable[tuple[Scene, date]]:
    """The scenes in which a step says different things, and the day on which it leaves.

    Children are never named: one approved text serves every family.
    """
    scene = Scene(association, "Les Tilleuls", language=language, event=EVENT, campaign=WAVE)
    match step:
        case "invitation":
            kinds = (EVENT.kind, MEETING)
            return [(replace(scene, event=replace(EVENT, kind=kind)), ON) for kind in kinds]
        case "reminder" | "morning":
            eve = ON - timedelta(days=1)
            return [
                (replace(scene, event=replace(EVENT, rsvp=rsvp, host=host)), on)
                for host in ("", HOST)
                for rsvp in ("yes", "maybe")
                for on in ((ON, eve) if step == "morning" else (eve,))
            ]
        case "slot_taken":
            return [(replace(scene, campaign=replace(ROUND, taken=MOMENT)), ON)]
        case "slot_gone":
            return [(replace(scene, campaign=ROUND), ON)]
        case "survey":
            return [(replace(scene, surveys=surveys), ON) for surveys in (True, None)]
        case "absence":
            return [(replace(scene, event=replace(EVENT, status=EventStatus.OVER)), ON)]
        case "offer":
            numbers = range(1, MAX_PARTY + 1)
            return [(replace(scene, event=replace(EVENT, offered=n)), ON) for n in numbers]
        case "wave" | "wave_nudge":
            asked_first = [(replace(scene, surveys=None), ON)]
            return asked_first + [
                (replace(scene, surveys=True, campaign=replace(WAVE, answered=answered)), ON)
                for place in range(len(STATEMENTS))
                for answered in (frozenset(STATEMENTS[:place]),)
            ]
        case "welcome":
            return [(replace(scene, language=known), ON) for known in (language, None)]
        case _:
            return [(scene, ON)]
