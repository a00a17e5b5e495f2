"""Approved WhatsApp templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.flows import notices
from bot.flows.rsvp import open_rsvp
from bot.flows.survey import open_survey
from bot.flows.welcome import open_welcome
from bot.messages import Say, Texts, say
from bot.templates import read_templates, variables_of
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
