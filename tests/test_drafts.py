"""The templates that outreach needs: all of them, none twice, each as WhatsApp takes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta
from itertools import product

import pytest

from bot.drafts import EVENT, ON, ROUND, STEPS, WAVE, WITHOUT, drafts
from bot.flows.base import EventStatus, Scene, SlotCard
from bot.flows.menus import languages
from bot.flows.wave import STATEMENTS
from bot.messages import Texts
from bot.outreach import says_now
from bot.plans import default_steps
from bot.templates import Draft, faults, filled, signature, variables_of
from bot.translation import catalog_languages

DRAFTS = drafts("Les Mots")
NOTES = Texts("fr", {"fr": "Apportez un livre."})
MET = {  # steps that are about a round of meetings, and how it stands then
    "slot_taken": replace(ROUND, host="M. Petit", taken=SlotCard(3, ON, time(9), 20)),
    "slot_gone": replace(ROUND, host="M. Petit"),
}


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda one: one.name)
def test_every_draft_keeps_whatsapps_rules(draft: Draft) -> None:
    assert faults(draft.body, draft.samples, draft.buttons) == ()


def test_no_two_steps_need_the_same_template() -> None:
    steps: dict[tuple[str, str], set[str]] = {}
    for one in DRAFTS:
        steps.setdefault((one.signature, one.language), set()).add(one.step)
    assert all(len(found) == 1 for found in steps.values())
    assert len({one.name for one in DRAFTS}) == len(DRAFTS)


@pytest.mark.parametrize("language", catalog_languages())
def test_every_step_has_a_template_in_every_language_or_says_why_not(language: str) -> None:
    written = {one.step for one in DRAFTS if one.language == language}
    assert written == set(STEPS) - set(WITHOUT)


@pytest.mark.parametrize(
    "kind", ["workshop", "outing", "meeting", "announcement", "wave", "meetings"]
)
def test_every_planned_step_is_known_here(kind: str) -> None:
    assert {one.name for one in default_steps(kind)} <= set(STEPS)


def test_a_template_is_signed_once_with_the_association() -> None:
    for one in DRAFTS:
        assert one.body.removeprefix("\u2068").startswith("Les Mots")


@pytest.mark.parametrize("step", [one for one in STEPS if one not in WITHOUT])
def test_whatever_a_step_says_to_a_family_has_its_template(step: str) -> None:
    """The scenes here are all there can be; those of the drafts are a few of them."""
    known = {(one.signature, one.language): one for one in DRAFTS if one.step == step}
    used = set()
    status = EventStatus.OVER if step in ("absence", "survey") else EventStatus.UPCOMING
    variations = product(
        catalog_languages(),
        ("workshop", "outing", "meeting"),
        (None, "yes", "maybe"),
        (None, True),
        (None, NOTES),
        (1, 2, 3, 11),
        ((), STATEMENTS[:1], STATEMENTS[:2], STATEMENTS),
        (True, False),
        ("", "M. Petit"),
    )
    for language, kind, rsvp, surveys, notes, party, answered, spoken_for, host in variations:
        event = replace(
            EVENT,
            kind=kind,
            rsvp=rsvp,
            notes=notes,
            party=party,
            status=status,
            place="Parc",
            host=host,
        )
        campaign = MET.get(step) or replace(WAVE, answered=frozenset(answered))
        scene = Scene(
            "Les Mots",
            "Le Port",
            language=language,
            surveys=surveys,
            event=replace(event, offered=party if spoken_for else 0),
            campaign=campaign,
        )
        says = says_now(step, scene, on=ON - timedelta(days=int(spoken_for)))
        name = signature(says, language, "Les Mots")
        assert (name, language) in known
        used.add((name, language))
        draft = known[name, language]
        values = variables_of(says, language)
        assert set(values) == set(draft.samples)
        assert "{" not in filled(draft.body, values)
    unused = {(one.signature, one.language) for one in known.values()} - used
    assert Counter(known[one].step for one in unused) in ({}, {"welcome": 1})


def test_whoever_reads_no_known_language_is_asked_for_it_in_french() -> None:
    asking = [one for one in DRAFTS if one.step == "welcome" and len(one.buttons) > 2]
    assert [one.language for one in asking] == ["fr"]
    assert len(asking[0].buttons) == len(languages())
