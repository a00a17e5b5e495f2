"""Approved WhatsApp templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.drafts import drafts
from bot.errors import SettingsError
from bot.flows import notices, survey
from bot.flows.menus import LANGUAGES
from bot.flows.rsvp import open_rsvp
from bot.flows.survey import open_survey
from bot.flows.welcome import open_welcome
from bot.languages import FALLBACK
from bot.messages import Say, Texts, say, say_n
from bot.reviews import CAREFUL
from bot.templates import (
    MAX_BODY,
    QuickReply,
    body_of,
    draft_of,
    faults,
    filled,
    read_templates,
    signature,
    variables_of,
)
from bot.translation import render, render_all
from tests.flows.scenes import card, scene

SID = "HX" + "0123456789abcdef" * 2
NOTES = Texts("fr", {"fr": "Apportez un livre."})
WHAT_WHEN_WHERE = {
    "1": "Atelier lecture",
    "2": "samedi 5 décembre",
    "3": "14h",
    "4": "Salle Pergaud",
}
INVITATION = {
    "1": "Les Tilleuls",
    "2": "Atelier lecture",
    "3": "samedi 5 décembre",
    "4": "14h",
    "5": "Salle Pergaud",
}


def test_registry_is_read_by_step_and_language(tmp_path: Path) -> None:
    file = tmp_path / "templates.toml"
    file.write_text(f'[invitation]\nfr = "{SID}"\nar = "{SID}"\n[reminder]\nfr = "{SID}"\n')
    assert read_templates(file) == {
        "invitation": {"fr": SID, "ar": SID},
        "reminder": {"fr": SID},
    }


def test_nothing_is_approved_without_a_file() -> None:
    assert read_templates(None) == {}


@pytest.mark.parametrize(
    "written",
    [
        "[invitation\n",
        '[invitation]\nfr = "HX0123"\n',
        f'[invitation]\nfr = "{SID.upper()}"\n',
        f'[invitation]\nfr = "{SID} "\n',
        "[invitation]\nfr = 12\n",
        'invitation = "HX"\n',
    ],
    ids=["no TOML", "too short", "capitals", "a space", "a number", "no table"],
)
def test_wrong_line_is_named_before_anything_is_sent(tmp_path: Path, written: str) -> None:
    file = tmp_path / "templates.toml"
    file.write_text(written)
    with pytest.raises(SettingsError, match="CARNET_WHATSAPP_TEMPLATES"):
        read_templates(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not UTF-8"])
def test_file_that_cannot_be_read_is_a_settings_error(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "templates.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="CARNET_WHATSAPP_TEMPLATES"):
        read_templates(file)


@pytest.mark.parametrize(
    ("says", "variables"),
    [
        (open_rsvp(scene(card())).says, INVITATION),
        (open_rsvp(scene(card(kind="meeting"))).says, INVITATION),
        (open_rsvp(scene(card(), children=("Lina",))).says, INVITATION),
        (notices.reminder(scene(card(rsvp="yes"))), WHAT_WHEN_WHERE),
        (notices.reminder(scene(card(rsvp="yes", notes=NOTES))), WHAT_WHEN_WHERE),
        (notices.reminder(scene(card(rsvp="maybe", notes=NOTES))), WHAT_WHEN_WHERE),
        (open_survey(scene(card(), surveys=True)).says, {"1": "Atelier lecture"}),
        (open_survey(scene(card(), surveys=None)).says, {"1": "Atelier lecture"}),
        (open_welcome(scene()).says, {"1": "Les Mots", "2": "Les Tilleuls"}),
        ((say("Great!"),), {}),
        ((), {}),
    ],
    ids=[
        "invitation",
        "invitation to a meeting",
        "invitation that names the children",
        "reminder",
        "reminder with notes",
        "reminder of a maybe",
        "survey",
        "survey that asks first",
        "welcome",
        "no variables",
        "nothing said",
    ],
)
def test_variables_are_the_placeholders_of_the_steps_saying(
    says: tuple[Say, ...], variables: dict[str, str]
) -> None:
    assert variables_of(says, "fr") == variables


def test_placeholder_that_comes_twice_is_one_variable() -> None:
    twice = say("{title}! {title}, {place}", title="A", place="B")
    assert variables_of((twice,), "fr") == {"1": "A", "2": "B"}


def test_variables_are_in_the_parents_language() -> None:
    (shown,) = {variables_of(notices.cancelled(scene(card())), "ar")["1"]}
    assert shown == "ورشة القراءة"


@pytest.mark.parametrize(
    ("written", "filled_in"),
    [
        ("Salle A\nau fond", "Salle A au fond"),
        ("Salle A\r\n\tau fond", "Salle A au fond"),
        ("Salle A     au fond", "Salle A au fond"),
        ("18\u00a0h", "18\u00a0h"),
        ("", "–"),
        (" \n ", "–"),
    ],
)
def test_variable_is_on_one_line_and_never_empty(written: str, filled_in: str) -> None:
    assert variables_of((say("Here: {place}.", place=written),), "en") == {"1": filled_in}


# -- what is approved -----------------------------------------------------------------------------

INVITED = open_rsvp(scene(card())).says
YES, NO = QuickReply("Oui", "yes"), QuickReply("Non", "no")


def test_body_says_who_writes_and_numbers_what_varies() -> None:
    assert body_of(INVITED, "fr", "Les Mots") == (
        "Les Mots : {{1}} vous invite :\n{{2}}\n– {{3}} à {{4}}\n– {{5}}\nVenez-vous ?"
    )


def test_last_variable_is_followed_by_a_full_stop() -> None:
    says = notices.reminder(scene(card(rsvp="yes", notes=NOTES)))
    assert body_of(says, "fr", "Les Mots") == (
        "Les Mots : Nous vous attendons !\n{{1}}\n– {{2}} à {{3}}\n– {{4}}."
    )


def test_numbers_mean_the_same_in_every_language_whatever_the_order() -> None:
    turned = say("{title} on {day}", title="A", day="B")
    assert body_of((turned,), "tr", "Les Mots") == "Les Mots : {{1}} on {{2}}."
    cancelled = notices.cancelled(scene(card()))
    for language in ("fr", "ar", "tr"):
        values = variables_of(cancelled, language)
        read = filled(body_of(cancelled, language, "Les Mots"), values)
        assert "{" not in read
        assert all(value in read for value in values.values())


def test_draft_holds_the_buttons_of_the_question() -> None:
    draft = draft_of("invitation", INVITED, "fr", "Les Mots")
    assert [one.code for one in draft.buttons] == ["yes", "no", "maybe"]
    assert draft.buttons[0].title == "Oui"
    assert draft.samples == INVITATION
    assert draft.name.startswith(f"carnet_invitation_fr_{draft.signature}_")


def named(says: tuple[Say, ...], language: str = "fr", association: str = "Les Mots") -> str:
    return signature(says, language, association)


def test_signature_does_not_know_what_varies() -> None:
    other = card(id=9, title=Texts("fr", {"fr": "Sortie au parc"}))
    assert named(open_rsvp(scene(other)).says) == named(INVITED)
    bare, noted = (
        notices.reminder(scene(card(rsvp="yes", notes=notes))) for notes in (None, NOTES)
    )
    assert named(bare) == named(noted)


@pytest.mark.parametrize(
    "says",
    [
        open_rsvp(scene(card(kind="meeting"))).says,
        open_rsvp(scene(card(), children=("Lina",))).says,
        notices.nudge(scene(card())),
        tuple(Say(one.msgid, params=one.params) for one in INVITED),
    ],
    ids=["a meeting", "names the children", "another step", "no buttons"],
)
def test_signature_tells_what_is_said(says: tuple[Say, ...]) -> None:
    assert named(says) != named(INVITED)


def test_signature_knows_the_association_and_the_form_of_a_number() -> None:
    assert named(INVITED, association="Les Autres") != named(INVITED)

    def places(n: int) -> tuple[Say, ...]:
        return (say_n("{n} place is free for you: {title}.", "{n} places: {title}.", n),)

    assert named(places(2)) == named(places(5))
    assert named(places(1)) != named(places(2))
    assert named(places(2), "ar") != named(places(5), "ar")


@pytest.mark.parametrize(
    ("body", "samples", "buttons", "wrong"),
    [
        ("Bonjour {{1}}.", {"1": "Awa"}, (YES, NO), ()),
        ("Bonjour.", {}, (), ()),
        (" ", {}, (), ("body_empty",)),
        ("a" * MAX_BODY, {}, (), ()),
        ("a" * (MAX_BODY + 1), {}, (), ("body_too_long",)),
        ("{{1}} vous invite.", {"1": "A"}, (), ("begins_with_variable",)),
        (" {{1}} vous invite.", {"1": "A"}, (), ("begins_with_variable",)),
        ("Chez {{1}}", {"1": "A"}, (), ("ends_with_variable",)),
        ("Chez {{1}}\n", {"1": "A"}, (), ("ends_with_variable",)),
        ("Chez {{1}}.", {"1": "A"}, (), ()),
        ("Le {{1}}{{2}}.", {"1": "A", "2": "B"}, (), ("variables_side_by_side",)),
        ("Le {{1}}\n{{2}}.", {"1": "A", "2": "B"}, (), ("variables_side_by_side",)),
        ("Le {{1}}, {{2}}.", {"1": "A", "2": "B"}, (), ()),
        ("Le {{2}}, {{1}}.", {"1": "A", "2": "B"}, (), ()),
        ("Le {{1}}, {{3}}.", {"1": "A", "3": "B"}, (), ("variables_not_in_a_row",)),
        ("Le {{1}}, {{2}}.", {"1": "A"}, (), ("sample_missing",)),
        ("Le {{1}}.", {"1": " "}, (), ("sample_missing",)),
        ("Le {{1}}.", {"1": "A", "2": "B"}, (), ("sample_too_many",)),
        ("Le {{1}}.", {"1": "A\nB"}, (), ("sample_not_on_one_line",)),
        ("Oui ?", {}, tuple(QuickReply(str(n), str(n)) for n in range(10)), ()),
        (
            "Oui ?",
            {},
            tuple(QuickReply(str(n), str(n)) for n in range(11)),
            ("too_many_buttons",),
        ),
        ("Oui ?", {}, (QuickReply("", "yes"),), ("button_empty",)),
        ("Oui ?", {}, (QuickReply("a" * 20, "yes"),), ()),
        ("Oui ?", {}, (QuickReply("a" * 21, "yes"),), ("button_too_long",)),
        ("Oui ?", {}, (QuickReply("Oui", "y" * 257),), ("button_id_too_long",)),
        ("Oui ?", {}, (YES, QuickReply("Oui", "no")), ("buttons_alike",)),
    ],
)
def test_whatsapps_rules(
    body: str,
    samples: dict[str, str],
    buttons: tuple[QuickReply, ...],
    wrong: tuple[str, ...],
) -> None:
    assert faults(body, samples, buttons) == wrong


# -- a consent that nobody has read ---------------------------------------------------------------

TRANSLATED = sorted(set(LANGUAGES) - {FALLBACK})
MAY_WE = (survey.ask(survey.Survey(survey.Question.MAY_WE), scene(card())),)
STEPS_WITH_CONSENT = ("survey", "wave", "wave_nudge")
ALL = drafts("Les Mots")


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_consent_is_approved_with_the_french_under_it(language: str) -> None:
    own, french = (render_all(MAY_WE, one) for one in (language, FALLBACK))
    assert body_of(MAY_WE, language, "Les Mots").partition(" : ")[2] == f"{own}\n{french}"


def test_a_consent_in_french_is_said_once() -> None:
    assert body_of(MAY_WE, FALLBACK, "Les Mots") == f"Les Mots : {render_all(MAY_WE, FALLBACK)}"


def test_a_consent_that_somebody_has_read_is_approved_alone_under_the_same_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = draft_of("survey", MAY_WE, "tr", "Les Mots")
    monkeypatch.setattr("bot.templates.is_ready", lambda *_: True)
    after = draft_of("survey", MAY_WE, "tr", "Les Mots")
    assert after.body == f"Les Mots : {render_all(MAY_WE, 'tr')}"
    assert after.signature == before.signature, "what was approved may still leave"
    assert after.name != before.name, "what is submitted anew is another template"


def test_the_french_under_a_consent_brings_no_variable_of_its_own() -> None:
    asked = open_welcome(scene(language="ar")).says
    body = body_of(asked, "ar", "Les Mots")
    variables = variables_of(asked, "ar")
    assert body.count("{{1}}") == body.count("{{2}}") == 2
    assert set(variables) == {"1", "2"}
    assert not faults(body, variables)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_template_says_in_french_what_is_careful_and_nothing_else(language: str) -> None:
    french = {one: render(Say(one), FALLBACK) for one in CAREFUL if "{" not in one}
    seen = set()
    for step in STEPS_WITH_CONSENT:
        for draft in (one for one in ALL if (one.step, one.language) == (step, language)):
            own = {one for one in french if render(Say(one), language) in draft.body}
            assert {one for one, text in french.items() if text in draft.body} == own
            seen |= own
    assert seen, "some template asks with care"
    for draft in ALL:
        if draft.language == language and draft.step not in STEPS_WITH_CONSENT:
            assert not [one for one in french.values() if one in draft.body]
